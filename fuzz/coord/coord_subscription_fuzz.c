/* The bytes of a member that any client may have sent: a name that was read from them is
 * wanted, and what can not be read wants everything. */
#include "coord_subscription.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int32_t count_of(const uint8_t *data)
{
    return (int32_t)((uint32_t)data[2] << 24 | (uint32_t)data[3] << 16 |
                     (uint32_t)data[4] << 8 | data[5]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_view bytes = {.ptr = data, .len = size};
    struct wire_view nothing = {.ptr = (const uint8_t *)"\x01", .len = 1};
    bool wanted = coord_subscription_has(bytes, nothing);

    if (size < 6 && !wanted) {
        __builtin_trap();
    }
    if (size >= 8 && count_of(data) >= 1 && data[0] < 0x80) {
        size_t length = (size_t)(data[6] << 8 | data[7]);
        if (length < 0x8000 && length <= size - 8 &&
            !coord_subscription_has(
                bytes, (struct wire_view){.ptr = data + 8, .len = length})) {
            __builtin_trap();
        }
    }
    return 0;
}
