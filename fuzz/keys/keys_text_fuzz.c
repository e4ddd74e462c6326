#include "keys_text.h"

#include <stdbool.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What is accepted is rebuilt from its free parts and must come out the same. */
static void check_1_3(const uint8_t *text, size_t length)
{
    uint8_t again[64 + 34 + 48];
    size_t hash = length - 98;

    demand(hash == 32 || hash == 48);
    memset(again, ' ', 64);
    memcpy(again + 64, "TLS 1.3, server CertificateVerify", 34);
    memcpy(again + 98, text + 98, hash);
    demand(memcmp(again, text, length) == 0);
}

static void check_1_2(const uint8_t *text, size_t length)
{
    size_t point = length - 68;
    const uint8_t x25519[] = {3, 0, 29, 32};
    const uint8_t p256[] = {3, 0, 23, 65, 4};
    const uint8_t p384[] = {3, 0, 24, 97, 4};

    demand(length > 68);
    demand(point == 32   ? memcmp(text + 64, x25519, 4) == 0
           : point == 65 ? memcmp(text + 64, p256, 5) == 0
                         : point == 97 && memcmp(text + 64, p384, 5) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    switch (keys_text_shape(data, size)) {
    case KEYS_SHAPE_TLS_1_3:
        check_1_3(data, size);
        break;
    case KEYS_SHAPE_TLS_1_2:
        check_1_2(data, size);
        break;
    case KEYS_SHAPE_NONE:
        break;
    }
    return 0;
}
