#include "wire_admin_api.h"
#include "wire_codec.h"

#include <string.h>

#define ARENA_MAX     ((size_t)1 << 20)
#define FIRST_PRIVATE 120
#define OUT_MAX       ((size_t)1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

struct target {
    const struct wire_schema *schema;
    int16_t version;
    bool flexible;
};

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

static struct target choose(uint8_t api_byte, uint8_t version_byte)
{
    const struct wire_api *api = choose_api(api_byte >> 1);
    int versions = api->max - api->min + 1;
    int16_t version = (int16_t)(api->min + version_byte % versions);

    return (struct target){.schema = (api_byte & 1) != 0 ? api->response : api->request,
        .version = version,
        .flexible = wire_api_is_flexible(api, version)};
}

static enum wire_err decode(const struct target *t, const uint8_t *bytes, size_t len,
    struct arena *a, void *message_out)
{
    struct wire_reader r = wire_reader_init(bytes, len);

    return wire_decode(t->schema, t->version, t->flexible, &r, a, message_out);
}

static struct buf encode(const struct target *t, const void *message)
{
    struct buf b;

    buf_init(&b, OUT_MAX);
    wire_encode(t->schema, t->version, t->flexible, message, &b);
    check(buf_error(&b) == OK);
    return b;
}

/*
 * What decodes, encodes; what that gives decodes again and encodes to the same bytes. It
 * is never longer than the input: only padding, unknown tags and stated defaults go.
 * Without tags all that may change is the spelling of bools, so the length is equal.
 */
static void check_stable(
    const struct target *t, const void *message, size_t size, struct arena *a)
{
    _Alignas(max_align_t) uint8_t again[1024];
    struct buf first = encode(t, message);

    check(first.length <= size && (t->flexible || first.length == size));
    check(decode(t, first.bytes, first.length, a, again) == WIRE_OK);
    struct buf second = encode(t, again);
    check(first.length == second.length);
    check(first.length == 0 || memcmp(first.bytes, second.bytes, first.length) == 0);
    buf_fini(&second);
    buf_fini(&first);
}

/* First byte: API key and direction; second: version; the rest is the message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _Alignas(max_align_t) uint8_t message[1024];
    struct arena a;

    if (size < 2) {
        return 0;
    }
    struct target t = choose(data[0], data[1]);
    check(t.schema->struct_size <= sizeof(message));
    arena_init(&a, ARENA_MAX);
    if (decode(&t, data + 2, size - 2, &a, message) == WIRE_OK) {
        struct arena second;
        arena_init(&second, ARENA_MAX);
        check_stable(&t, message, size - 2, &second);
        arena_fini(&second);
    }
    arena_fini(&a);
    return 0;
}
