/*
 * keys_expiry - says once for each step that a certificate comes nearer to its end.
 *
 * No clock and no log here: the time is an argument, and a warning is a value.
 *
 * Ownership: borrows the facts.
 */
#ifndef KEYS_EXPIRY_H
#define KEYS_EXPIRY_H

#include "expiry.h"
#include "ipc_certificates.h"

#include <stdbool.h>

struct keys_expiry {
    const struct ipc_certificates *facts; /* borrowed: keys_key */
    enum expiry said[IPC_CERTIFICATES_MAX];
};

struct keys_warning {
    const struct ipc_certificate_fact *fact;
    enum expiry step;
    bool is_issuer; /* not the server's own, but one behind it */
};

/* From now on; nothing is said yet. */
void keys_expiry_init(struct keys_expiry *x, const struct ipc_certificates *facts);
/* The next warning that is due, which counts as said; false: there is none. */
bool keys_expiry_take(struct keys_expiry *x, int64_t now_s, struct keys_warning *out);
/* When there is something to say again; INT64_MAX: never. */
int64_t keys_expiry_next_s(const struct keys_expiry *x, int64_t now_s);

#endif
