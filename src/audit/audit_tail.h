/*
 * audit_tail - where the trail that a file holds ended.
 *
 * Trust: the file may have been changed while nobody watched, or end anywhere in a line.
 * What continues from here is the last line that is whole and continues the one before.
 */
#ifndef AUDIT_TAIL_H
#define AUDIT_TAIL_H

#include "auditlog_line.h"
#include "ipc_words.h"

#define AUDIT_TAIL_BYTES IPC_AUDIT_PAST_BYTES /* of the file's end that are looked at */

struct audit_tail {
    bool found; /* a last line */
    struct auditlog_chain chain;
    bool is_end;  /* it is a stop or a file-end */
    bool has_key; /* it announces this key */
    struct auditlog_public key;
    bool meets;                /* what was signed last is there, or right before it */
    bool cut;                  /* the bytes do not end with a newline */
    struct auditlog_torn torn; /* what stands behind the last line */
};

struct audit_bytes {
    const char *ptr; /* the end of a file */
    size_t len;
    bool from_start; /* all of it */
};

/* signed_to: the last signed line that the key knows of. ERR_NOMEM. */
enum err audit_tail_read(struct auditlog_crypto *crypto, const struct audit_bytes *bytes,
    const struct auditlog_chain *signed_to, struct audit_tail *out) MUST_CHECK;

#endif
