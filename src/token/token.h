/*
 * token - the server's private key in a PKCS#11 token, for `keys`.
 *
 * The module is code from elsewhere: it is loaded before the sandbox closes, and it is why
 * this is a program of its own. It can make no thread and no process from the first moment
 * (RLIMIT_NPROC is 0), has no network, and from the first signature on reads the
 * administrator's paths and writes nothing.
 *
 * Trust: the warden's messages; the module is the administrator's.
 *
 * Ownership: the module stays loaded until the process ends.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include "keys_signer.h"
#include "token_session.h"

#define TOKEN_PATHS_MAX 8

struct token {
    char module[256];
    char uri[TOKEN_URI_MAX + 1];
    int paths[TOKEN_PATHS_MAX]; /* owned */
    size_t path_count;
    struct token_session session;
};

/* The signer borrows the token. */
struct keys_signer token_signer(struct token *t);

/* For sandbox_print_libraries(): loads the modules that are named. */
void token_print_files(int argc, char **argv);

#endif
