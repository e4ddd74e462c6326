#include "policy_rule_id.h"

#include <sodium.h>
#include <stdio.h>

static void hash_text(crypto_hash_sha256_state *state, const void *bytes, size_t length)
{
    (void)crypto_hash_sha256_update(state, bytes, length);
}

void policy_rule_id(
    const struct policy_token *tokens, size_t count, char out[POLICY_ID_MAX + 1])
{
    crypto_hash_sha256_state state;
    uint8_t digest[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++) {
        size_t quote = tokens[i].kind == POLICY_TOKEN_QUOTED ? 1 : 0;
        if (i > 0 && tokens[i].kind != POLICY_TOKEN_COMMA) {
            hash_text(&state, " ", 1);
        }
        hash_text(&state, "\"", quote);
        hash_text(&state, tokens[i].text.ptr, tokens[i].text.len);
        hash_text(&state, "\"", quote);
    }
    (void)crypto_hash_sha256_final(&state, digest);
    (void)snprintf(out, POLICY_ID_MAX + 1, "r-%02x%02x%02x%02x", digest[0], digest[1],
        digest[2], digest[3]);
}

bool policy_rule_id_is_made(struct policy_view label)
{
    if (label.len != 10 || label.ptr[0] != 'r' || label.ptr[1] != '-') {
        return false;
    }
    for (size_t i = 2; i < label.len; i++) {
        uint8_t c = label.ptr[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return true;
}
