#include "seal_box.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What is inside a seal: who has the public key chose it. What decodes is inside the
 * limits, and encodes to the same bytes; what is no seal does not open. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct seal_keys keys;
    static bool prepared;
    struct seal_credential c;
    uint8_t text[SEAL_TEXT_MAX];

    if (!prepared) {
        demand(seal_prepare() == OK);
        seal_keys_derive(&keys, "0123456789abcdef0123456789abcdef", 32);
        prepared = true;
    }
    memset(&c, 0xee, sizeof(c));
    if (seal_credential_decode(data, size, &c) == OK) {
        demand(seal_credential_is_good(&c));
        demand(c.name_length <= sizeof(c.name) && c.salt_length <= sizeof(c.salt));
        demand(
            seal_credential_is_of(&c, c.name, c.name_length, c.mechanism, c.iterations));
        demand(seal_credential_encode(&c, text) == size);
        demand(memcmp(text, data, size) == 0);
    } else {
        demand(c.mechanism == 0xee); /* not touched */
    }
    demand(seal_offer_open(&keys, data, size, &c) != OK);
    demand(seal_store_open(&keys, data, size, &c) != OK);
    return 0;
}
