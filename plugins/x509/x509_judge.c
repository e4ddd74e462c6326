#include "x509_judge.h"

#include "x509_proof.h"

#include <openssl/err.h>
#include <string.h>

/* Kafka's name of a client that did not say who it is. */
#define NOBODY "ANONYMOUS"

enum err x509_judge_init(struct x509_judge *j)
{
    *j = (struct x509_judge){.source = X509_SOURCE_SUBJECT};
    return x509_chain_init(&j->chain);
}

void x509_judge_fini(struct x509_judge *j)
{
    x509_chain_fini(&j->chain);
    x509_rules_fini(&j->rules);
}

static bool is_name(const struct buf *name)
{
    return name->length > 0 && name->length <= X509_PRINCIPAL_MAX &&
           x509_name_is_harmless(name->bytes, name->length) &&
           (name->length != sizeof(NOBODY) - 1 ||
               memcmp(name->bytes, NOBODY, sizeof(NOBODY) - 1) != 0);
}

static enum schloss_auth_reason name_client(
    const struct x509_judge *j, const X509 *leaf, struct x509_verdict *out)
{
    struct buf subject;
    struct buf name;

    buf_init(&subject, X509_SUBJECT_MAX);
    buf_init(&name, X509_SUBJECT_MAX);
    enum err e = x509_name_write(&subject, leaf, j->source, j->first_of_several);
    if (e == OK) {
        e = x509_rules_apply(&j->rules, subject.bytes, subject.length, &name);
    }
    if (e == OK && !is_name(&name)) {
        e = ERR_INVALID;
    }
    if (e == OK) {
        memcpy(out->name, name.bytes, name.length);
        out->name_length = name.length;
    }
    buf_fini(&subject);
    buf_fini(&name);
    return e == OK          ? SCHLOSS_AUTH_REASON_NONE
           : e == ERR_NOMEM ? SCHLOSS_AUTH_REASON_INTERNAL
                            : SCHLOSS_AUTH_REASON_X509_NAME;
}

static enum schloss_auth_reason name_issuer(const X509 *leaf, struct x509_verdict *out)
{
    struct buf name;

    buf_init(&name, sizeof(out->issuer));
    enum err e = x509_name_write_issuer(&name, leaf);
    if (e == OK) {
        memcpy(out->issuer, name.bytes, name.length);
        out->issuer_length = name.length;
    }
    buf_fini(&name);
    return e == OK          ? SCHLOSS_AUTH_REASON_NONE
           : e == ERR_NOMEM ? SCHLOSS_AUTH_REASON_INTERNAL
                            : SCHLOSS_AUTH_REASON_X509_ISSUER;
}

static enum schloss_auth_reason name_both(
    const struct x509_judge *j, const X509 *leaf, struct x509_verdict *out)
{
    enum schloss_auth_reason reason = name_client(j, leaf, out);

    return reason == SCHLOSS_AUTH_REASON_NONE ? name_issuer(leaf, out) : reason;
}

static enum schloss_auth_reason judge_client(struct x509_judge *j,
    const struct x509_peer *client, int64_t now_ms, struct x509_verdict *out)
{
    enum schloss_auth_reason reason =
        x509_chain_check(&j->chain, client, now_ms, &out->expires_ms);

    return reason == SCHLOSS_AUTH_REASON_NONE ? name_both(j, client->leaf, out) : reason;
}

enum schloss_auth_reason x509_judge_message(struct x509_judge *j, const void *bytes,
    size_t length, int64_t now_ms, struct x509_verdict *out)
{
    struct x509_transcript t;
    struct x509_peer server = {.leaf = NULL};
    struct x509_peer client = {.leaf = NULL};
    enum schloss_auth_reason reason = x509_proof_parse(&t, bytes, length);

    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        return reason;
    }
    reason = x509_peer_init(&server, &t.server);
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = x509_peer_init(&client, &t.client);
    }
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = x509_proof_check(&t, bytes, server.leaf, client.leaf);
    }
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = judge_client(j, &client, now_ms, out);
    }
    x509_peer_fini(&server);
    x509_peer_fini(&client);
    ERR_clear_error();
    return reason;
}

/* The first anchor in the place of a client; what comes of it is not of interest. */
enum err x509_judge_warm(struct x509_judge *j)
{
    struct x509_verdict verdict;
    int64_t expires_ms;
    struct x509_peer peer = {
        .leaf = sk_X509_value(j->chain.anchors, 0), .others = sk_X509_new_null()};
    enum err e = x509_proof_warm();

    if (e == OK &&
        (peer.leaf == NULL || peer.others == NULL ||
            x509_chain_check(&j->chain, &peer, 0, &expires_ms) ==
                SCHLOSS_AUTH_REASON_INTERNAL ||
            name_client(j, peer.leaf, &verdict) == SCHLOSS_AUTH_REASON_INTERNAL ||
            name_issuer(peer.leaf, &verdict) == SCHLOSS_AUTH_REASON_INTERNAL)) {
        e = ERR_NOMEM;
    }
    sk_X509_free(peer.others);
    ERR_clear_error();
    return e;
}
