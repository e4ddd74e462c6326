#include "keys_text.h"

#include <stdbool.h>
#include <string.h>

#define SPACES  64
#define CONTEXT "TLS 1.3, server CertificateVerify" /* its NUL is the separator */
#define HASH_AT (SPACES + sizeof(CONTEXT))
#define SHA256  32
#define SHA384  48

#define RANDOMS     64 /* client random, server random: any bytes */
#define NAMED_CURVE 3
#define POINT_AT    (RANDOMS + 4) /* curve type, two bytes of curve, length of the point */

static bool is_tls_1_3(const uint8_t *text, size_t length)
{
    if (length != HASH_AT + SHA256 && length != HASH_AT + SHA384) {
        return false;
    }
    for (size_t i = 0; i < SPACES; i++) {
        if (text[i] != ' ') {
            return false;
        }
    }
    return memcmp(text + SPACES, CONTEXT, sizeof(CONTEXT)) == 0;
}

struct curve {
    uint8_t number; /* in the low byte of two */
    uint8_t point_length;
    bool uncompressed; /* the point begins with a 4 */
};

static const struct curve curves[] = {
    {23, 65, true},  /* secp256r1 */
    {24, 97, true},  /* secp384r1 */
    {29, 32, false}, /* x25519 */
};

static bool is_tls_1_2(const uint8_t *text, size_t length)
{
    if (length < POINT_AT || text[RANDOMS] != NAMED_CURVE || text[RANDOMS + 1] != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        const struct curve *c = &curves[i];
        if (text[RANDOMS + 2] == c->number) {
            return text[RANDOMS + 3] == c->point_length &&
                   length == (size_t)POINT_AT + c->point_length &&
                   (!c->uncompressed || text[POINT_AT] == 4);
        }
    }
    return false;
}

enum keys_shape keys_text_shape(const uint8_t *text, size_t length)
{
    if (is_tls_1_3(text, length)) {
        return KEYS_SHAPE_TLS_1_3;
    }
    return is_tls_1_2(text, length) ? KEYS_SHAPE_TLS_1_2 : KEYS_SHAPE_NONE;
}
