#include "wire_admin_api.h"
#include "wire_fixed.h"

#include <string.h>

#define ARENA_MAX     ((size_t)1 << 20)
#define FIRST_PRIVATE 120

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* By its key, so that a new table leaves the inputs of the others alone. Those of private
 * requests do not fit into the byte: they come behind FIRST_PRIVATE. */
static const struct wire_api *choose_api(int key)
{
    if (key >= FIRST_PRIVATE) {
        size_t index = (size_t)(key - FIRST_PRIVATE);
        return wire_admin_private_at(index % wire_admin_private_count());
    }
    const struct wire_api *api = wire_api_known_find((int16_t)key);

    return api != NULL ? api : wire_api_known_at((size_t)key % wire_api_known_count());
}

/* First byte: API key and direction; the rest is the message. It has one form: what decodes
 * encodes to the very same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _Alignas(max_align_t) uint8_t message[1024];
    struct arena a;

    if (size < 1) {
        return 0;
    }
    const struct wire_api *api = choose_api(data[0] >> 1);
    const struct wire_schema *schema = (data[0] & 1) != 0 ? api->response : api->request;
    check(schema->struct_size <= sizeof(message));
    struct wire_reader r = wire_reader_init(data + 1, size - 1);
    arena_init(&a, ARENA_MAX);
    if (wire_fixed_decode(schema, &r, &a, message) == WIRE_OK) {
        struct buf b;
        buf_init(&b, size);
        wire_fixed_encode(schema, message, &b);
        check(buf_error(&b) == OK && b.length == size - 1);
        check(b.length == 0 || memcmp(b.bytes, data + 1, b.length) == 0);
        buf_fini(&b);
    }
    arena_fini(&a);
    return 0;
}
