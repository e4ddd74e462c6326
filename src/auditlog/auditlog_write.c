#include "auditlog_write.h"

#include "auditlog_time.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define BASE64(bytes) sodium_base64_ENCODED_LEN(bytes, sodium_base64_VARIANT_ORIGINAL)

static void add_base64(struct buf *out, const uint8_t *bytes, size_t length)
{
    char text[BASE64(AUDITLOG_SIGNATURE_MAX)];

    sodium_bin2base64(text, sizeof(text), bytes, length, sodium_base64_VARIANT_ORIGINAL);
    buf_add_text(out, text);
}

void auditlog_write_begin(
    struct buf *out, int64_t time_ms, uint64_t seq, const char *event)
{
    buf_add_text(out, "{\"time\":");
    auditlog_time_add(out, time_ms);
    buf_add_format(
        out, ",\"seq\":%" PRIu64 ",\"source\":\"audit\",\"event\":\"%s\"", seq, event);
}

void auditlog_write_key(struct buf *out, const struct auditlog_public *key)
{
    buf_add_format(
        out, ",\"algorithm\":\"%s\",\"key\":\"", auditlog_algorithm_name(key->algorithm));
    add_base64(out, key->bytes, key->length);
    buf_add_text(out, "\"");
}

void auditlog_write_trail(struct buf *out, const uint8_t trail[AUDITLOG_TRAIL])
{
    char hex[2 * AUDITLOG_TRAIL + 1];

    sodium_bin2hex(hex, sizeof(hex), trail, AUDITLOG_TRAIL);
    buf_add_format(out, ",\"trail\":\"%s\"", hex);
}

enum err auditlog_write_signature(struct buf *out, size_t start, const char *event,
    const struct auditlog_chain *before, struct auditlog_crypto *crypto,
    const struct auditlog_pair *pair)
{
    uint8_t text[AUDITLOG_LINE_TEXT];
    uint8_t signature[AUDITLOG_SIGNATURE_MAX];
    size_t length = 0;
    enum err e = buf_error(out);

    if (e == OK) {
        e = auditlog_line_text((struct auditlog_view){event, strlen(event)}, before,
            crypto,
            (struct auditlog_view){(const char *)out->bytes + start, out->length - start},
            text, &length);
    }
    if (e == OK) {
        e = auditlog_sign(crypto, pair, text, length, signature, &length);
    }
    if (e == OK) {
        buf_add_text(out, AUDITLOG_LINE_SIGNATURE);
        add_base64(out, signature, length);
        buf_add_text(out, "\"");
        e = buf_error(out);
    }
    return e;
}

enum err auditlog_write_end(struct auditlog_chain *chain, struct auditlog_crypto *crypto,
    struct buf *out, size_t start)
{
    uint8_t hash[AUDITLOG_HASH];
    char hex[AUDITLOG_HASH_HEX + 1];
    enum err e = buf_error(out);

    if (e != OK) {
        return e;
    }
    if (out->length - start > AUDITLOG_LINE_MAX - AUDITLOG_SEAL) {
        out->length = start;
        return ERR_FULL;
    }
    e = auditlog_chain_next(chain, crypto, out->bytes + start, out->length - start, hash);
    if (e != OK) {
        return e;
    }
    auditlog_hex(hash, hex);
    buf_add_text(out, ",\"hash\":\"");
    buf_add_text(out, hex);
    buf_add_text(out, "\"}\n");
    e = buf_error(out);
    if (e == OK) {
        chain->seq++;
        memcpy(chain->hash, hash, sizeof(hash));
    }
    return e;
}
