/*
 * cert_check - whether a certificate and its key will do, before a broker or a client is
 * given them.
 *
 * Trust: the files may hold anything. Ownership: values only, but `file`, which is borrowed.
 */
#ifndef CERT_CHECK_H
#define CERT_CHECK_H

#include "cert_facts.h"

#define CERT_CHECKS_MAX 12
#define CERT_SOON_DAYS  30

enum cert_result { CERT_GOOD, CERT_WARNING, CERT_FAILED };

struct cert_row {
    const char *check; /* a constant word */
    enum cert_result result;
    char detail[300];
    char fix[300]; /* "" where there is nothing to do */
};

struct cert_report {
    struct cert_row rows[CERT_CHECKS_MAX];
    size_t count;
    bool failed;
};

struct cert_subjects {
    const char *file;     /* of the certificate, its chain behind it */
    const char *key_file; /* NULL: the key is not looked at */
    const char *ca_file;  /* NULL: the chain is not looked at */
    unsigned uses;        /* enum cert_use: what it is needed for; 0: for either */
    int64_t now_s;
};

/* ERR_NOMEM only: what is wrong with the files is in the report. */
enum err cert_check(const struct cert_subjects *s, struct cert_report *out) MUST_CHECK;

#endif
