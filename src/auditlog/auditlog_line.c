#include "auditlog_line.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const char *const signed_kinds[] = {AUDITLOG_CHECKPOINT, AUDITLOG_KEY,
    AUDITLOG_START, AUDITLOG_FILE_START, AUDITLOG_FILE_END, AUDITLOG_STOP};

enum err auditlog_line_text(struct auditlog_view event,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    struct auditlog_view body, uint8_t out[AUDITLOG_LINE_TEXT], size_t *length_out)
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
    uint8_t text[AUDITLOG_LINE_TEXT];
    uint8_t signature[AUDITLOG_SIGNATURE_MAX];
    size_t signature_length = 0;
    size_t length = 0;
    const size_t tail =
        r->signature.len + sizeof(AUDITLOG_LINE_SIGNATURE); /* and a quote */

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
    return auditlog_line_text(r->event, before, crypto, body, text, &length) == OK &&
           auditlog_is_signed(crypto, key, text, length, signature, signature_length);
}
