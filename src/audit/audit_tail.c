#include "audit_tail.h"

#include <string.h>

static bool continues(struct auditlog_crypto *crypto, const struct audit_tail *t,
    const struct auditlog_record *r)
{
    uint8_t hash[AUDITLOG_HASH];

    return !t->found || (r->seq > t->chain.seq &&
                            auditlog_chain_next(&t->chain, crypto, r->body.ptr,
                                r->body.len, hash) == OK &&
                            memcmp(hash, r->hash, sizeof(hash)) == 0);
}

/*
 * Whether this is the line that was signed last, or the one behind it. What was signed is
 * there only then: a hash that lines agree on among themselves can be made by anybody.
 */
static bool meets(struct auditlog_crypto *crypto, const struct auditlog_chain *signed_to,
    const struct auditlog_record *r)
{
    uint8_t hash[AUDITLOG_HASH];

    if (r->seq == signed_to->seq) {
        return memcmp(r->hash, signed_to->hash, sizeof(hash)) == 0;
    }
    return r->seq == signed_to->seq + 1 &&
           auditlog_chain_next(signed_to, crypto, r->body.ptr, r->body.len, hash) == OK &&
           memcmp(hash, r->hash, sizeof(hash)) == 0;
}

static void take(struct audit_tail *t, const struct auditlog_record *r)
{
    bool own = auditlog_record_is_own(r);

    t->found = true;
    t->chain.seq = r->seq;
    memcpy(t->chain.hash, r->hash, sizeof(r->hash));
    t->is_end = own && (auditlog_view_is(r->event, AUDITLOG_STOP) ||
                           auditlog_view_is(r->event, AUDITLOG_FILE_END));
    t->has_key = own && auditlog_view_is(r->event, AUDITLOG_KEY) &&
                 auditlog_record_key(r, &t->key) == OK;
}

/* Pieces as auditlog_verify makes them. */
static enum err add_torn(struct auditlog_crypto *crypto, const char *at, size_t left,
    struct auditlog_torn *out)
{
    enum err e = OK;

    while (e == OK && left > 0) {
        const char *end = memchr(at, '\n', left);
        size_t n = end == NULL ? left : (size_t)(end - at);
        bool piece = n >= AUDITLOG_LINE_MAX;
        n = piece ? AUDITLOG_LINE_MAX : n;
        e = auditlog_torn_add(out, crypto, at, n);
        n += !piece && end != NULL ? 1 : 0;
        at += n;
        left -= n;
        if (e == OK && piece && left == 0) {
            e = auditlog_torn_add(out, crypto, at, 0); /* the rest of that line */
        }
    }
    return e;
}

enum err audit_tail_read(struct auditlog_crypto *crypto, const struct audit_bytes *in,
    const struct auditlog_chain *signed_to, struct audit_tail *out)
{
    struct audit_tail t = {.found = false};
    const char *bytes = in->ptr;
    const size_t length = in->len;
    const char *first = in->from_start ? bytes : memchr(bytes, '\n', length);
    size_t at = first == NULL ? 0 : (size_t)(first - bytes) + (in->from_start ? 0 : 1);
    size_t good = at;

    while (at < length) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t n = end == NULL ? length - at : (size_t)(end - (bytes + at));
        struct auditlog_record r;
        bool taken =
            auditlog_record_read(bytes + at, n, &r) == OK && continues(crypto, &t, &r);
        at += n + (end == NULL ? 0 : 1);
        if (taken) {
            take(&t, &r);
            t.meets = t.meets || meets(crypto, signed_to, &r);
            good = at;
        }
    }
    t.cut = length > 0 && bytes[length - 1] != '\n';
    enum err e = add_torn(crypto, bytes + good, length - good, &t.torn);
    if (e == OK) {
        *out = t;
    }
    return e;
}
