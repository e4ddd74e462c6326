#include "token_der.h"

#include <string.h>

#define SEQUENCE 0x30
#define INTEGER  0x02

/* --- ECDSA ------------------------------------------------------------------------ */

/* A positive number without zeros before it, but for the one that keeps it positive. */
static enum err add_integer(
    const uint8_t *number, size_t length, uint8_t *out, size_t *at)
{
    while (length > 0 && number[0] == 0) {
        number++;
        length--;
    }
    if (length == 0) {
        return ERR_INVALID;
    }
    const size_t zero = (number[0] & 0x80) != 0 ? 1 : 0;
    out[(*at)++] = INTEGER;
    out[(*at)++] = (uint8_t)(length + zero);
    if (zero > 0) {
        out[(*at)++] = 0;
    }
    memcpy(out + *at, number, length);
    *at += length;
    return OK;
}

enum err token_der_ecdsa(const uint8_t *raw, size_t length,
    uint8_t out[TOKEN_ECDSA_DER_MAX], size_t *length_out)
{
    uint8_t made[TOKEN_ECDSA_DER_MAX];
    size_t at = 2; /* behind the sequence and its one byte of length */

    if (length == 0 || length > TOKEN_ECDSA_RAW_MAX || length % 2 != 0) {
        return ERR_INVALID;
    }
    enum err e = add_integer(raw, length / 2, made, &at);
    if (e == OK) {
        e = add_integer(raw + length / 2, length / 2, made, &at);
    }
    if (e != OK) {
        return e;
    }
    made[0] = SEQUENCE;
    made[1] = (uint8_t)(at - 2);
    memcpy(out, made, at);
    *length_out = at;
    return OK;
}

/* --- DigestInfo ------------------------------------------------------------------- */

/* SEQUENCE { SEQUENCE { OID 2.16.840.1.101.3.4.2.N, NULL }, OCTET STRING } */
static const struct {
    const char *digest;
    size_t length;
    uint8_t before[19];
} infos[] = {
    {"SHA256", 32,
        {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
            0x02, 0x01, 0x05, 0x00, 0x04, 0x20}},
    {"SHA384", 48,
        {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
            0x02, 0x02, 0x05, 0x00, 0x04, 0x30}},
    {"SHA512", 64,
        {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
            0x02, 0x03, 0x05, 0x00, 0x04, 0x40}},
};

enum err token_der_digest_info(const char *digest, const uint8_t *bytes, size_t length,
    uint8_t out[TOKEN_DIGEST_INFO_MAX], size_t *length_out)
{
    for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
        if (strcmp(infos[i].digest, digest) == 0 && infos[i].length == length) {
            memcpy(out, infos[i].before, sizeof(infos[i].before));
            memcpy(out + sizeof(infos[i].before), bytes, length);
            *length_out = sizeof(infos[i].before) + length;
            return OK;
        }
    }
    return ERR_INVALID;
}
