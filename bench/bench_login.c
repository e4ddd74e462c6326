#include "bench_login.h"

#include <stdio.h>
#include <string.h>

#define SASL_HANDSHAKE    17
#define API_VERSIONS      18
#define SASL_AUTHENTICATE 36

const char *bench_login_state_text(enum bench_login_state state)
{
    static const char *const texts[] = {"in TLS", "before the mechanism", "in SASL",
        "in SASL", "behind the login", "done"};

    return texts[state];
}

enum err bench_login_begin(struct bench_login *l, const struct bench_identity *who,
    unsigned number, struct in_addr from)
{
    l->state = BENCH_LOGIN_TLS;
    l->number = number;
    return bench_link_open(&l->link, &who->to, from, who->context);
}

static enum err ask_versions(struct bench_login *l)
{
    l->state = BENCH_LOGIN_ASK;
    return bench_link_ask(&l->link, API_VERSIONS, 0, NULL, 0);
}

static enum err choose(struct bench_login *l, const struct bench_identity *who)
{
    const char *name = who->mechanism == BENCH_LOGIN_SCRAM ? "SCRAM-SHA-256" : "PLAIN";
    uint8_t body[32] = {0, (uint8_t)strlen(name)};

    memcpy(body + 2, name, strlen(name));
    l->state = BENCH_LOGIN_CHOOSE;
    return bench_link_ask(&l->link, SASL_HANDSHAKE, 1, body, 2 + strlen(name));
}

static enum err send_token(struct bench_login *l, const char *token, size_t length)
{
    uint8_t body[4 + BENCH_SCRAM_TEXT] = {
        0, 0, (uint8_t)(length >> 8), (uint8_t)(length & 0xff)};

    memcpy(body + 4, token, length);
    return bench_link_ask(&l->link, SASL_AUTHENTICATE, 0, body, 4 + length);
}

static enum err send_first(struct bench_login *l, const struct bench_identity *who)
{
    char token[BENCH_SCRAM_TEXT];
    char user[64];
    int n;

    (void)snprintf(user, sizeof(user), "%s%u", who->prefix, l->number);
    l->state = BENCH_LOGIN_FIRST;
    if (who->mechanism == BENCH_LOGIN_SCRAM) {
        bench_scram_begin(&l->scram, user, token);
        return send_token(l, token, strlen(token));
    }
    n = snprintf(token, sizeof(token), "%c%s%c%s", '\0', user, '\0', who->password);
    return n < (int)sizeof(token) ? send_token(l, token, (size_t)n) : ERR_FULL;
}

static uint16_t error_of(const struct bench_frame *f)
{
    return f->length < 2 ? 1 : (uint16_t)(f->bytes[0] << 8 | f->bytes[1]);
}

/* The token of SaslAuthenticate v0: error, message that may be null, bytes. */
static enum err take_token(const struct bench_frame *f, struct bench_frame *out)
{
    size_t at = 4;

    if (f->length < 8 || f->bytes[2] != 0xff || f->bytes[3] != 0xff) {
        return ERR_INVALID; /* a message with an error that is none */
    }
    size_t length = (size_t)f->bytes[at + 2] << 8 | f->bytes[at + 3];
    if (length > f->length - at - 4) {
        return ERR_INVALID;
    }
    *out = (struct bench_frame){.bytes = f->bytes + at + 4, .length = length};
    return OK;
}

static enum err prove(
    struct bench_login *l, struct bench_identity *who, const struct bench_frame *f)
{
    char token[BENCH_SCRAM_TEXT];
    struct bench_frame said = {0};

    enum err e = take_token(f, &said);
    e = e == OK ? bench_scram_prove(&l->scram, said.bytes, said.length, who->password,
                      &who->salted, token)
                : e;
    l->state = BENCH_LOGIN_PROOF;
    return e == OK ? send_token(l, token, strlen(token)) : e;
}

static enum err on_answer(
    struct bench_login *l, struct bench_identity *who, const struct bench_frame *f)
{
    if (error_of(f) != 0) {
        return ERR_DENIED;
    }
    switch (l->state) {
    case BENCH_LOGIN_CHOOSE:
        return send_first(l, who);
    case BENCH_LOGIN_FIRST:
        return who->mechanism == BENCH_LOGIN_SCRAM ? prove(l, who, f) : ask_versions(l);
    case BENCH_LOGIN_PROOF:
        return ask_versions(l);
    case BENCH_LOGIN_ASK:
    case BENCH_LOGIN_TLS:
    case BENCH_LOGIN_DONE:
        break;
    }
    l->state = BENCH_LOGIN_DONE;
    return OK;
}

enum err bench_login_step(struct bench_login *l, struct bench_identity *who)
{
    enum err e = OK;

    if (l->state == BENCH_LOGIN_TLS) {
        e = bench_link_secure(&l->link);
        if (e == OK) {
            e = who->mechanism == BENCH_LOGIN_CERTIFICATE ? ask_versions(l)
                                                          : choose(l, who);
        }
    }
    while (e == OK && l->state != BENCH_LOGIN_DONE) {
        struct bench_frame f = {0};
        e = bench_link_answer(&l->link, &f);
        e = e == OK ? on_answer(l, who, &f) : e;
    }
    return e;
}
