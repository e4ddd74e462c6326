/* record_hex - hexadecimal text to bytes, for tests. */
#ifndef RECORD_HEX_H
#define RECORD_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t hex_digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static inline size_t hex_bytes(const char *hex, uint8_t *out, size_t max)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len && i < max; i++) {
        out[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    }
    return len;
}

#endif
