#include "wire_admin_api.h"
#include "wire_codec.h"
#include "wire_header.h"

#define ARENA_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* The way of a gate: header, then the body that the header names; an answer's header goes
 * back. */
static void go(
    const uint8_t *data, size_t size, const struct wire_api *(*find)(int16_t key))
{
    _Alignas(max_align_t) uint8_t message[1024];
    struct wire_request_header h;
    struct wire_reader r = wire_reader_init(data, size);
    enum wire_err err = wire_header_decode_by(&r, find, &h);

    check(size < 8 || h.key == (int16_t)(data[0] << 8 | data[1]));
    if (err != WIRE_OK) {
        check(err != WIRE_ERR_VERSION || size >= 8);
        return;
    }
    check(h.api != NULL && h.api->key == h.key && wire_api_accepts(h.api, h.version));
    check(h.api->request->struct_size <= sizeof(message));
    struct buf answer;
    buf_init(&answer, 16);
    wire_header_encode(h.api, h.version, h.correlation_id, &answer);
    check(buf_error(&answer) == OK && answer.length <= 5);
    buf_fini(&answer);

    struct arena a;
    arena_init(&a, ARENA_MAX);
    err = wire_decode(h.api->request, h.version, h.flexible, &r, &a, message);
    check(err != WIRE_ERR_VERSION);
    arena_fini(&a);
}

/* On a network listener, and on the administrator's socket. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    go(data, size, wire_api_find);
    go(data, size, wire_admin_find);
    return 0;
}
