#include "gssapi_token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What a good frame is, said another way: its last part is exactly what its length says. */
static void check_frame(const uint8_t *data, size_t size)
{
    static const uint8_t oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
    size_t head = data[1] < 0x80 ? 2 : 2 + (data[1] & 0x7fu);
    size_t length = 0;

    demand(size >= head + 13 && data[0] == 0x60);
    for (size_t i = 2; i < head; i++) {
        length = length << 8 | data[i];
    }
    demand((head == 2 ? data[1] : length) == size - head);
    demand(memcmp(data + head + 2, oid, sizeof(oid)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gssapi_choice choice;
    uint8_t *copy = malloc(size > 0 ? size : 1);

    demand(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (gssapi_token_is_krb5(copy, size)) {
        check_frame(copy, size);
    }
    if (gssapi_choice_parse(&choice, copy, size)) {
        demand(choice.authzid_length + 4 == size);
        demand(size == 4 ||
               choice.authzid[choice.authzid_length - 1] == (char)copy[size - 1]);
    }
    free(copy);
    return 0;
}
