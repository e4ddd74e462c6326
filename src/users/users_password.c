#include "users_password.h"

#include "text.h"

#include <sodium.h>
#include <string.h>

#define SECRET_SIZE      32
#define SECRET_TEXT_SIZE 44 /* base64url of it, with the NUL */
#define SALT_CHARACTERS  22 /* base64 of 16 bytes, without padding */
#define HASH_CHARACTERS  43 /* base64 of 32 bytes, without padding */

_Static_assert(USERS_HASH_MAX == crypto_pwhash_STRBYTES, "libsodium's size of a hash");

enum err users_hash_make(
    char *out, const void *password, size_t length, enum users_cost cost)
{
    const unsigned long long passes =
        cost == USERS_COST_GENERATED ? crypto_pwhash_OPSLIMIT_MIN : USERS_PASSES;
    const size_t memory = cost == USERS_COST_GENERATED ? crypto_pwhash_MEMLIMIT_MIN
                                                       : (size_t)USERS_MEMORY_KIB * 1024;

    if (length < USERS_PASSWORD_MIN || length > USERS_PASSWORD_MAX ||
        memchr(password, '\0', length) != NULL) {
        return ERR_INVALID;
    }
    if (sodium_init() < 0) {
        return ERR_UNSUPPORTED;
    }
    return crypto_pwhash_str(out, password, length, passes, memory) == 0 ? OK : ERR_NOMEM;
}

bool users_hash_matches(const char *hash, const void *password, size_t length)
{
    return length <= USERS_PASSWORD_MAX && sodium_init() >= 0 &&
           crypto_pwhash_str_verify(hash, password, length) == 0;
}

/* What is left of a stored form; NULL once it failed. */
struct cursor {
    const char *pos;
    const char *end;
};

static void expect(struct cursor *c, const char *text)
{
    size_t length = strlen(text);

    if (c->pos == NULL || (size_t)(c->end - c->pos) < length ||
        memcmp(c->pos, text, length) != 0) {
        c->pos = NULL;
        return;
    }
    c->pos += length;
}

/* A decimal number without leading zeros, from 1 to 99999 at most. */
static void expect_number(struct cursor *c, int64_t min, int64_t max)
{
    size_t digits = 0;
    int64_t value = 0;

    if (c->pos == NULL) {
        return;
    }
    while (digits < 5 && c->pos + digits < c->end && c->pos[digits] >= '0' &&
           c->pos[digits] <= '9') {
        digits++;
    }
    if (digits == 0 || c->pos[0] == '0' ||
        text_to_i64(c->pos, digits, min, max, &value) != OK) {
        c->pos = NULL;
        return;
    }
    c->pos += digits;
}

/*
 * length: characters of an unpadded text whose last one carries spare_bits beyond the bytes; they
 * must be zero, or libsodium would refuse the hash without doing the work.
 */
static void expect_base64(struct cursor *c, size_t length, unsigned spare_bits)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    if (c->pos == NULL || (size_t)(c->end - c->pos) < length) {
        c->pos = NULL;
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (memchr(alphabet, c->pos[i], sizeof(alphabet) - 1) == NULL) {
            c->pos = NULL;
            return;
        }
    }
    const char *last = memchr(alphabet, c->pos[length - 1], sizeof(alphabet) - 1);
    if ((((size_t)(last - alphabet)) & ((1u << spare_bits) - 1)) != 0) {
        c->pos = NULL;
        return;
    }
    c->pos += length;
}

bool users_hash_is_valid(const char *hash, size_t length)
{
    struct cursor c = {.pos = hash, .end = hash + length};

    expect(&c, "$argon2id$v=19$m=");
    expect_number(&c, 8, USERS_MEMORY_MAX_KIB);
    expect(&c, ",t=");
    expect_number(&c, 1, USERS_PASSES_MAX);
    expect(&c, ",p=1$");
    expect_base64(&c, SALT_CHARACTERS, 4);
    expect(&c, "$");
    expect_base64(&c, HASH_CHARACTERS, 2);
    return c.pos != NULL && c.pos == c.end;
}

enum err users_secret_generate(struct secret *out)
{
    uint8_t bytes[SECRET_SIZE];
    char text[SECRET_TEXT_SIZE];

    if (sodium_init() < 0) {
        return ERR_UNSUPPORTED;
    }
    randombytes_buf(bytes, sizeof(bytes));
    (void)sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes),
        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    enum err e = secret_set(out, text, sizeof(text) - 1);
    mem_wipe(bytes, sizeof(bytes));
    mem_wipe(text, sizeof(text));
    return e;
}
