#include "auditlog_chain.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void auditlog_hex(const uint8_t hash[AUDITLOG_HASH], char out[AUDITLOG_HASH_HEX + 1])
{
    for (size_t i = 0; i < AUDITLOG_HASH; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[AUDITLOG_HASH_HEX] = '\0';
}

static int value_of(char digit)
{
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);

    return at == NULL ? -1 : (int)(at - digits);
}

enum err auditlog_unhex(const void *text, size_t length, uint8_t out[AUDITLOG_HASH])
{
    const char *t = text;
    uint8_t hash[AUDITLOG_HASH];

    if (length != AUDITLOG_HASH_HEX) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < AUDITLOG_HASH; i++) {
        int high = value_of(t[2 * i]);
        int low = value_of(t[2 * i + 1]);
        if (high < 0 || low < 0) {
            return ERR_INVALID;
        }
        hash[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(out, hash, sizeof(hash));
    return OK;
}

enum err auditlog_chain_next(const struct auditlog_chain *chain,
    struct auditlog_crypto *crypto, const void *body, size_t length,
    uint8_t out[AUDITLOG_HASH])
{
    const struct auditlog_bytes parts[] = {{chain->hash, AUDITLOG_HASH}, {body, length}};

    return auditlog_hash(crypto, parts, 2, out);
}

enum err auditlog_torn_add(struct auditlog_torn *t, struct auditlog_crypto *crypto,
    const void *piece, size_t length)
{
    const struct auditlog_bytes parts[] = {{t->hash, AUDITLOG_HASH}, {piece, length}};

    t->bytes += length;
    return auditlog_hash(crypto, parts, 2, t->hash);
}
