#include "oauth_base64.h"

#define NO_DIGIT 64u

static uint32_t digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint32_t)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (uint32_t)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0') + 52;
    }
    return c == '-' ? 62 : c == '_' ? 63 : NO_DIGIT;
}

enum err oauth_base64_decode(
    uint8_t *out, size_t size, struct schloss_auth_bytes text, size_t *length_out)
{
    const uint8_t *in = text.bytes;
    uint32_t bits = 0; /* the low `held` ones are not written yet */
    unsigned held = 0;
    size_t length = 0;

    for (size_t i = 0; i < text.length; i++) {
        const uint32_t digit = digit_of(in[i]);
        if (digit == NO_DIGIT) {
            return ERR_INVALID;
        }
        bits = (bits << 6 | digit) & 0xfff;
        held += 6;
        if (held < 8) {
            continue;
        }
        if (length == size) {
            return ERR_FULL;
        }
        held -= 8;
        out[length] = (uint8_t)(bits >> held);
        length++;
    }
    /* One digit alone is no byte, and what is left over says nothing. */
    if (text.length % 4 == 1 || (bits & ((1u << held) - 1)) != 0) {
        return ERR_INVALID;
    }
    *length_out = length;
    return OK;
}
