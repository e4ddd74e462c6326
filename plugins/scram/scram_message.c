#include "scram_message.h"

#include "text.h"

#include <string.h>
#include <strings.h>

/* What is left of a message. */
struct cursor {
    const char *pos;
    const char *end;
};

static bool skip(struct cursor *c, const char *text)
{
    size_t length = strlen(text);

    if ((size_t)(c->end - c->pos) < length || memcmp(c->pos, text, length) != 0) {
        return false;
    }
    c->pos += length;
    return true;
}

/* Up to the next ',' or the end: the separator of everything, escaped inside names. */
static struct scram_view take_value(struct cursor *c)
{
    const size_t left = (size_t)(c->end - c->pos);
    const char *comma = memchr(c->pos, ',', left);
    struct scram_view value = {
        .bytes = c->pos, .length = comma != NULL ? (size_t)(comma - c->pos) : left};

    c->pos += value.length;
    return value;
}

static bool is_name(const struct scram_view *value, const char *name)
{
    return value->length == strlen(name) &&
           memcmp(value->bytes, name, value->length) == 0;
}

/* Letters, of which the protocol's own mean something only in their places. */
static bool is_extension_name(const struct scram_view *name)
{
    static const char own[] = "aceimnprsv";

    for (size_t i = 0; i < name->length; i++) {
        const char lower = (char)(name->bytes[i] | 0x20);
        if (lower < 'a' || lower > 'z') {
            return false;
        }
    }
    return name->length > 1 ||
           (name->length == 1 && memchr(own, name->bytes[0], sizeof(own) - 1) == NULL);
}

/* One `NAME=VALUE`; the cursor stands at its first letter. */
static enum schloss_auth_reason take_extension(struct cursor *c)
{
    const struct scram_view whole = take_value(c);
    const char *equals = memchr(whole.bytes, '=', whole.length);

    if (equals == NULL) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    const struct scram_view name = {whole.bytes, (size_t)(equals - whole.bytes)};
    const struct scram_view value = {equals + 1, whole.length - name.length - 1};
    if (!is_extension_name(&name) || value.length == 0) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    if (is_name(&name, "tokenauth") && value.length == 4 &&
        strncasecmp(value.bytes, "true", 4) == 0) {
        return SCHLOSS_AUTH_REASON_MECHANISM;
    }
    return SCHLOSS_AUTH_REASON_NONE;
}

static bool has_bad_size(size_t length, enum schloss_auth_reason *reason_out)
{
    *reason_out = length > SCRAM_MESSAGE_MAX ? SCHLOSS_AUTH_REASON_TOO_LONG
                                             : SCHLOSS_AUTH_REASON_MALFORMED;
    return length == 0 || length > SCRAM_MESSAGE_MAX;
}

static bool is_text(const void *bytes, size_t length)
{
    return memchr(bytes, '\0', length) == NULL && text_is_utf8(bytes, length);
}

/* --- client-first ----------------------------------------------------------------- */

/* =2C is a ',' and =3D a '='; no other '=' may be there. */
static bool decode_name(
    const struct scram_view *text, char out[USERS_NAME_MAX], size_t *length_out)
{
    size_t length = 0;
    size_t at = 0;

    for (size_t i = 0; i < text->length; i++) {
        char c = text->bytes[i];
        if (length == USERS_NAME_MAX) {
            return false;
        }
        if (c == '=') {
            if (text->length - i < 3) {
                return false;
            }
            bool comma = memcmp(text->bytes + i, "=2C", 3) == 0;
            if (!comma && memcmp(text->bytes + i, "=3D", 3) != 0) {
                return false;
            }
            c = comma ? ',' : '=';
            i += 2;
        }
        out[length] = c;
        length++;
    }
    *length_out = length;
    return users_name_problem(out, length, &at) == NULL;
}

/* `n,a=IDENTITY,`; the identity decoded, *length_out 0 for none. */
static bool take_gs2(struct cursor *c, char identity[USERS_NAME_MAX], size_t *length_out)
{
    *length_out = 0;
    if (!skip(c, "n,") && !skip(c, "y,")) {
        return false;
    }
    if (skip(c, "a=")) {
        const struct scram_view value = take_value(c);
        if (!decode_name(&value, identity, length_out)) {
            return false;
        }
    }
    return skip(c, ",");
}

static bool is_nonce(const struct scram_view *nonce, size_t max)
{
    if (nonce->length == 0 || nonce->length > max) {
        return false;
    }
    for (size_t i = 0; i < nonce->length; i++) {
        if (nonce->bytes[i] < 0x21 || nonce->bytes[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

static bool take_bare(struct cursor *c, struct scram_first *out)
{
    out->bare = (struct scram_view){c->pos, (size_t)(c->end - c->pos)};
    if (!skip(c, "n=")) { /* m= is refused here */
        return false;
    }
    const struct scram_view name = take_value(c);
    if (!decode_name(&name, out->name, &out->name_length) || !skip(c, ",r=")) {
        return false;
    }
    out->nonce = take_value(c);
    return is_nonce(&out->nonce, SCRAM_CLIENT_NONCE_MAX);
}

enum schloss_auth_reason scram_message_first(
    struct scram_first *out, const void *bytes, size_t length)
{
    struct scram_first m = {.name_length = 0};
    char identity[USERS_NAME_MAX];
    size_t identity_length = 0;
    enum schloss_auth_reason reason = SCHLOSS_AUTH_REASON_NONE;

    if (has_bad_size(length, &reason)) {
        return reason;
    }
    struct cursor c = {.pos = bytes, .end = (const char *)bytes + length};
    if (!is_text(bytes, length) || !take_gs2(&c, identity, &identity_length)) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    m.gs2 = (struct scram_view){bytes, length - (size_t)(c.end - c.pos)};
    if (!take_bare(&c, &m)) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    reason = SCHLOSS_AUTH_REASON_NONE;
    while (reason == SCHLOSS_AUTH_REASON_NONE && c.pos < c.end) {
        (void)skip(&c, ","); /* take_value() stopped there */
        reason = take_extension(&c);
    }
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        return reason;
    }
    /* Nobody acts for another. */
    if (identity_length != 0 && (identity_length != m.name_length ||
                                    memcmp(identity, m.name, identity_length) != 0)) {
        return SCHLOSS_AUTH_REASON_OTHER_IDENTITY;
    }
    *out = m;
    return SCHLOSS_AUTH_REASON_NONE;
}

/* --- client-final ----------------------------------------------------------------- */

static bool take_proof(struct cursor *c, size_t size, uint8_t out[SCRAM_HASH_MAX])
{
    const struct scram_view text = take_value(c);
    size_t decoded = 0;

    return c->pos == c->end &&
           scram_base64_decode(text.bytes, text.length, out, size, &decoded) &&
           decoded == size;
}

enum schloss_auth_reason scram_message_final(
    struct scram_final *out, size_t proof_size, const void *bytes, size_t length)
{
    struct scram_final m = {.nonce = {NULL, 0}};
    enum schloss_auth_reason reason = SCHLOSS_AUTH_REASON_NONE;

    if (has_bad_size(length, &reason)) {
        return reason;
    }
    struct cursor c = {.pos = bytes, .end = (const char *)bytes + length};
    if (!is_text(bytes, length) || !skip(&c, "c=")) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    m.binding = take_value(&c);
    if (!skip(&c, ",r=")) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    m.nonce = take_value(&c);
    if (!is_nonce(&m.nonce, SCRAM_CLIENT_NONCE_MAX + SCRAM_SERVER_NONCE)) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    m.without_proof = (struct scram_view){bytes, (size_t)(c.pos - (const char *)bytes)};
    while (!skip(&c, ",p=")) {
        if (!skip(&c, ",") || take_extension(&c) != SCHLOSS_AUTH_REASON_NONE) {
            return SCHLOSS_AUTH_REASON_MALFORMED;
        }
        m.without_proof.length = (size_t)(c.pos - m.without_proof.bytes);
    }
    if (!take_proof(&c, proof_size, m.proof)) {
        return SCHLOSS_AUTH_REASON_MALFORMED;
    }
    *out = m;
    return SCHLOSS_AUTH_REASON_NONE;
}
