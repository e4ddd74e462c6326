/*
 * bench_login - one client that logs in: TCP, TLS, the mechanism, and a first answer.
 *
 * PLAIN and SCRAM: SaslHandshake, SaslAuthenticate. Certificate: TLS alone. Then
 * ApiVersions, whose answer says that the session is served.
 */
#ifndef BENCH_LOGIN_H
#define BENCH_LOGIN_H

#include "bench_link.h"
#include "bench_scram.h"

enum bench_mechanism {
    BENCH_LOGIN_SECRET,   /* PLAIN, generated secrets */
    BENCH_LOGIN_PASSWORD, /* PLAIN, passwords that somebody chose */
    BENCH_LOGIN_SCRAM,
    BENCH_LOGIN_CERTIFICATE,
    BENCH_MECHANISMS
};

/* What all clients of a mechanism have in common; users are called PREFIX and a number. */
struct bench_identity {
    enum bench_mechanism mechanism;
    struct sockaddr_in to;
    SSL_CTX *context; /* owned by the site */
    const char *prefix;
    const char *password;
    struct bench_scram_salted salted;
};

enum bench_login_state {
    BENCH_LOGIN_TLS,
    BENCH_LOGIN_CHOOSE, /* SaslHandshake was sent */
    BENCH_LOGIN_FIRST,  /* the first token was sent */
    BENCH_LOGIN_PROOF,  /* SCRAM: the second one */
    BENCH_LOGIN_ASK,    /* ApiVersions was sent */
    BENCH_LOGIN_DONE
};

struct bench_login {
    struct bench_link link;
    enum bench_login_state state;
    unsigned number; /* of its user */
    struct bench_scram scram;
};

const char *bench_login_state_text(enum bench_login_state state);

enum err bench_login_begin(struct bench_login *l, const struct bench_identity *who,
    unsigned number, struct in_addr from) MUST_CHECK;
/*
 * As far as the socket lets it. OK: logged in. ERR_AGAIN: wait for the socket. ERR_CLOSED:
 * the broker ended the connection. ERR_DENIED: it refused the login.
 */
enum err bench_login_step(struct bench_login *l, struct bench_identity *who) MUST_CHECK;

#endif
