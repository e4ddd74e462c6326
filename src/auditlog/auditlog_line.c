#include "auditlog_line.h"

#include "auditlog_time.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define BASE64(bytes) sodium_base64_ENCODED_LEN(bytes, sodium_base64_VARIANT_ORIGINAL)

static const char signature_member[] = ",\"signature\":\"";
static const char *const signed_kinds[] = {AUDITLOG_CHECKPOINT, AUDITLOG_KEY,
    AUDITLOG_START, AUDITLOG_FILE_START, AUDITLOG_FILE_END, AUDITLOG_STOP};

static void add_base64(struct buf *out, const uint8_t *bytes, size_t length)
{
    char text[BASE64(AUDITLOG_SIGNATURE_MAX)];

    sodium_bin2base64(text, sizeof(text), bytes, length, sodium_base64_VARIANT_ORIGINAL);
    buf_add_text(out, text);
}

void auditlog_line_begin(
    struct buf *out, int64_t time_ms, uint64_t seq, const char *event)
{
    buf_add_text(out, "{\"time\":");
    auditlog_time_add(out, time_ms);
    buf_add_format(
        out, ",\"seq\":%" PRIu64 ",\"source\":\"audit\",\"event\":\"%s\"", seq, event);
}

void auditlog_line_key(struct buf *out, const struct auditlog_public *key)
{
    buf_add_format(
        out, ",\"algorithm\":\"%s\",\"key\":\"", auditlog_algorithm_name(key->algorithm));
    add_base64(out, key->bytes, key->length);
    buf_add_text(out, "\"");
}

void auditlog_line_trail(struct buf *out, const uint8_t trail[AUDITLOG_TRAIL])
{
    char hex[2 * AUDITLOG_TRAIL + 1];

    sodium_bin2hex(hex, sizeof(hex), trail, AUDITLOG_TRAIL);
    buf_add_format(out, ",\"trail\":\"%s\"", hex);
}

#define TEXT_MAX (64 + 8 + 2 * AUDITLOG_HASH)

/* The bytes that are signed. */
static enum err signing_text(struct auditlog_view event,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    struct auditlog_view body, uint8_t out[TEXT_MAX], size_t *length_out)
{
    const struct auditlog_bytes part = {body.ptr, body.len};
    uint64_t seq = before->seq + 1;
    int n = snprintf((char *)out, 64, "schloss-audit-%.*s-v1", (int)event.len, event.ptr);
    size_t at = n < 0 || n > 63 ? 63 : (size_t)n;

    for (size_t i = 0; i < 8; i++) {
        out[at + i] = (uint8_t)(seq >> (56 - 8 * i));
    }
    memcpy(out + at + 8, before->hash, AUDITLOG_HASH);
    *length_out = at + 8 + 2 * (size_t)AUDITLOG_HASH;
    return auditlog_hash(crypto, &part, 1, out + at + 8 + AUDITLOG_HASH);
}

enum err auditlog_line_sign(struct buf *out, size_t start, const char *event,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    const struct auditlog_pair *pair)
{
    uint8_t text[TEXT_MAX];
    uint8_t signature[AUDITLOG_SIGNATURE_MAX];
    size_t length = 0;
    enum err e = buf_error(out);

    if (e == OK) {
        e = signing_text((struct auditlog_view){event, strlen(event)}, before, crypto,
            (struct auditlog_view){(const char *)out->bytes + start, out->length - start},
            text, &length);
    }
    if (e == OK) {
        e = auditlog_sign(crypto, pair, text, length, signature, &length);
    }
    if (e == OK) {
        buf_add_text(out, signature_member);
        add_base64(out, signature, length);
        buf_add_text(out, "\"");
        e = buf_error(out);
    }
    return e;
}

bool auditlog_line_is_signed_kind(struct auditlog_view event)
{
    for (size_t i = 0; i < sizeof(signed_kinds) / sizeof(signed_kinds[0]); i++) {
        if (auditlog_view_is(event, signed_kinds[i])) {
            return true;
        }
    }
    return false;
}

bool auditlog_line_verify(const struct auditlog_record *r,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    const struct auditlog_public *key)
{
    uint8_t text[TEXT_MAX];
    uint8_t signature[AUDITLOG_SIGNATURE_MAX];
    size_t signature_length = 0;
    size_t length = 0;
    const size_t tail = r->signature.len + sizeof(signature_member); /* and a quote */

    /* It is the last member, so that all that stands before it is signed. */
    if (r->signature.ptr == NULL ||
        r->signature.ptr + r->signature.len + 1 != r->body.ptr + r->body.len ||
        r->body.len < tail ||
        sodium_base642bin(signature, sizeof(signature), r->signature.ptr,
            r->signature.len, NULL, &signature_length, NULL,
            sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    struct auditlog_view body = {r->body.ptr, r->body.len - tail};
    return signing_text(r->event, before, crypto, body, text, &length) == OK &&
           auditlog_is_signed(crypto, key, text, length, signature, signature_length);
}
