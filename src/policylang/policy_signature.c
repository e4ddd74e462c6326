#include "policy_signature.h"

#include "mem.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define KIND_BYTES 2
#define HASH_BYTES 64

_Static_assert(POLICY_SIGNATURE_BYTES == crypto_sign_BYTES &&
                   POLICY_SIGNATURE_KEY_BYTES == crypto_sign_PUBLICKEYBYTES,
    "of Ed25519");
_Static_assert(HASH_BYTES == crypto_generichash_BYTES_MAX, "of BLAKE2b");

static const char untrusted[] = "untrusted comment: ";
static const char trusted[] = "trusted comment: ";

/* The next line without its end, which the last line of a file may lack. */
static bool next_line(struct policy_view *rest, struct policy_view *line_out)
{
    if (rest->len == 0) {
        return false;
    }
    const uint8_t *end = memchr(rest->ptr, '\n', rest->len);
    size_t length = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    size_t used = end == NULL ? length : length + 1;
    *line_out = (struct policy_view){rest->ptr, length};
    rest->ptr += used;
    rest->len -= used;
    return true;
}

static bool is_plain(struct policy_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return text.len <= POLICY_SIGNATURE_COMMENT_MAX;
}

/* A comment line; what stands behind its first words is in comment_out. */
static bool take_comment(
    struct policy_view *rest, const char *begins, struct policy_view *comment_out)
{
    struct policy_view line;
    size_t length = strlen(begins);

    if (!next_line(rest, &line) || line.len < length ||
        memcmp(line.ptr, begins, length) != 0) {
        return false;
    }
    *comment_out = (struct policy_view){line.ptr + length, line.len - length};
    return is_plain(*comment_out);
}

/* A line of base64 that stands for exactly that many bytes. */
static bool take_bytes(struct policy_view *rest, uint8_t *out, size_t size)
{
    struct policy_view line;
    const char *end = NULL;
    size_t length = 0;

    if (!next_line(rest, &line) || line.len == 0) {
        return false;
    }
    const char *text = (const char *)line.ptr;
    return sodium_base642bin(out, size, text, line.len, NULL, &length, &end,
               sodium_base64_VARIANT_ORIGINAL) == 0 &&
           length == size && end == text + line.len;
}

bool policy_signature_key_parse(struct policy_view text, struct policy_signature_key *out)
{
    uint8_t bytes[KIND_BYTES + POLICY_SIGNATURE_ID_BYTES + POLICY_SIGNATURE_KEY_BYTES];
    struct policy_view comment;

    if (text.len > POLICY_SIGNATURE_TEXT_MAX ||
        !take_comment(&text, untrusted, &comment) ||
        !take_bytes(&text, bytes, sizeof(bytes)) || text.len != 0 ||
        memcmp(bytes, "Ed", KIND_BYTES) != 0) {
        return false;
    }
    memcpy(out->id, bytes + KIND_BYTES, sizeof(out->id));
    memcpy(out->key, bytes + KIND_BYTES + sizeof(out->id), sizeof(out->key));
    return true;
}

bool policy_signature_parse(struct policy_view text, struct policy_signature *out)
{
    uint8_t bytes[KIND_BYTES + POLICY_SIGNATURE_ID_BYTES + POLICY_SIGNATURE_BYTES];
    struct policy_signature s;
    struct policy_view comment;

    if (text.len > POLICY_SIGNATURE_TEXT_MAX ||
        !take_comment(&text, untrusted, &comment) ||
        !take_bytes(&text, bytes, sizeof(bytes)) ||
        !take_comment(&text, trusted, &s.comment) ||
        !take_bytes(&text, s.whole, sizeof(s.whole)) || text.len != 0) {
        return false;
    }
    s.is_hashed = memcmp(bytes, "ED", KIND_BYTES) == 0;
    if (!s.is_hashed && memcmp(bytes, "Ed", KIND_BYTES) != 0) {
        return false;
    }
    memcpy(s.id, bytes + KIND_BYTES, sizeof(s.id));
    memcpy(s.bytes, bytes + KIND_BYTES + sizeof(s.id), sizeof(s.bytes));
    *out = s;
    return true;
}

static bool message_is_signed(const struct policy_signature *s,
    const struct policy_signature_key *key, struct policy_view message)
{
    uint8_t hash[HASH_BYTES];

    if (s->is_hashed) {
        if (crypto_generichash(hash, sizeof(hash), message.ptr, message.len, NULL, 0) !=
            0) {
            return false;
        }
        message = (struct policy_view){hash, sizeof(hash)};
    }
    return crypto_sign_verify_detached(s->bytes, message.ptr, message.len, key->key) == 0;
}

static bool comment_is_signed(
    const struct policy_signature *s, const struct policy_signature_key *key)
{
    uint8_t whole[POLICY_SIGNATURE_BYTES + POLICY_SIGNATURE_COMMENT_MAX];

    memcpy(whole, s->bytes, sizeof(s->bytes));
    if (s->comment.len > 0) {
        memcpy(whole + sizeof(s->bytes), s->comment.ptr, s->comment.len);
    }
    return crypto_sign_verify_detached(
               s->whole, whole, sizeof(s->bytes) + s->comment.len, key->key) == 0;
}

enum policy_signature_verdict policy_signature_verify(const struct policy_signature *s,
    const struct policy_signature_key *key, struct policy_view message)
{
    if (memcmp(s->id, key->id, sizeof(s->id)) != 0) {
        return POLICY_SIGNATURE_OTHER_KEY;
    }
    if (!message_is_signed(s, key, message)) {
        return POLICY_SIGNATURE_OTHER_MESSAGE;
    }
    return comment_is_signed(s, key) ? POLICY_SIGNATURE_GOOD
                                     : POLICY_SIGNATURE_OTHER_COMMENT;
}

void policy_signature_id_text(
    const uint8_t id[POLICY_SIGNATURE_ID_BYTES], char out[POLICY_SIGNATURE_ID_TEXT])
{
    for (size_t i = 0; i < POLICY_SIGNATURE_ID_BYTES; i++) {
        /* a number of the other byte order */
        (void)snprintf(out + 2 * i, 3, "%02X", id[POLICY_SIGNATURE_ID_BYTES - 1 - i]);
    }
}
