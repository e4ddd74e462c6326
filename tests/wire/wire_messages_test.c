/* Every message of the tables, served or not, at every version, with generated values. */
#include "test.h"

#include "wire_api.h"
#include "wire_codec.h"
#include "wire_fixed.h"
#include "wire_generate.h"

#include <stdlib.h>
#include <string.h>

#define SEEDS      12
#define ARENA_MAX  ((size_t)1 << 20)
#define STRUCT_MAX 512

struct message {
    const struct wire_schema *schema;
    int16_t version;
    bool flexible;
    uint64_t seed;
    _Alignas(max_align_t) uint8_t value[STRUCT_MAX];
    struct arena arena;
};

typedef void check_fn(struct message *m);

/* The bytes get a block of their own size, so that a sanitizer sees each read behind
 * them. */
static uint8_t *copy_exactly(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    assert_non_null(copy);
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

static enum wire_err decode(const struct message *m, bool fixed, const uint8_t *bytes,
    size_t len, struct arena *a, void *out)
{
    struct wire_reader r = wire_reader_init(bytes, len);

    if (fixed) {
        return wire_fixed_decode(m->schema, &r, a, out);
    }
    return wire_decode(m->schema, m->version, m->flexible, &r, a, out);
}

static struct buf encode(const struct message *m, bool fixed, const void *value)
{
    struct buf b;

    buf_init(&b, ARENA_MAX);
    if (fixed) {
        wire_fixed_encode(m->schema, value, &b);
    } else {
        wire_encode(m->schema, m->version, m->flexible, value, &b);
    }
    assert_int_equal(buf_error(&b), OK);
    return b;
}

static void assert_same(const struct buf *a, const struct buf *b)
{
    assert_int_equal(a->length, b->length);
    if (a->length > 0) {
        assert_memory_equal(a->bytes, b->bytes, a->length);
    }
}

/* value -> bytes -> value -> the same bytes, and the same value as the fixed form shows
 * it. */
static void check_round_trip(struct message *m, bool fixed)
{
    _Alignas(max_align_t) uint8_t again[STRUCT_MAX];
    struct arena a;
    struct buf bytes = encode(m, fixed, m->value);

    arena_init(&a, ARENA_MAX);
    assert_int_equal(decode(m, fixed, bytes.bytes, bytes.length, &a, again), WIRE_OK);
    struct buf bytes_again = encode(m, fixed, again);
    struct buf shown = encode(m, true, m->value);
    struct buf shown_again = encode(m, true, again);
    assert_same(&bytes, &bytes_again);
    assert_same(&shown, &shown_again);
    buf_fini(&shown_again);
    buf_fini(&shown);
    buf_fini(&bytes_again);
    buf_fini(&bytes);
    arena_fini(&a);
}

static void check_round_trips(struct message *m)
{
    check_round_trip(m, false);
    check_round_trip(m, true);
}

static void check_truncations(struct message *m)
{
    _Alignas(max_align_t) uint8_t again[STRUCT_MAX];
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (int fixed = 0; fixed < 2; fixed++) {
        struct buf bytes = encode(m, fixed != 0, m->value);
        for (size_t len = 0; len < bytes.length; len++) {
            uint8_t *copy = copy_exactly(bytes.bytes, len);
            assert_int_not_equal(decode(m, fixed != 0, copy, len, &a, again), WIRE_OK);
            arena_reset(&a);
            free(copy);
        }
        buf_fini(&bytes);
    }
    arena_fini(&a);
}

static void check_one_byte_more(struct message *m)
{
    _Alignas(max_align_t) uint8_t again[STRUCT_MAX];
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (int fixed = 0; fixed < 2; fixed++) {
        struct buf bytes = encode(m, fixed != 0, m->value);
        buf_add(&bytes, "", 1);
        assert_int_equal(decode(m, fixed != 0, bytes.bytes, bytes.length, &a, again),
            WIRE_ERR_TRAILING);
        buf_fini(&bytes);
    }
    arena_fini(&a);
}

/* Each byte made 0x00, 0x7f, 0x80 and 0xff: whatever comes out, it ends and stays inside.
 */
static void check_damage(struct message *m)
{
    static const uint8_t values[] = {0x00, 0x7f, 0x80, 0xff};
    _Alignas(max_align_t) uint8_t again[STRUCT_MAX];
    struct arena a;

    arena_init(&a, ARENA_MAX);
    for (int fixed = 0; fixed < 2; fixed++) {
        struct buf bytes = encode(m, fixed != 0, m->value);
        uint8_t *copy = copy_exactly(bytes.bytes, bytes.length);
        for (size_t i = 0; i < 4 * bytes.length; i++) {
            copy[i / 4] = values[i % 4];
            if (decode(m, fixed != 0, copy, bytes.length, &a, again) == WIRE_OK) {
                struct buf out = encode(m, fixed != 0, again);
                buf_fini(&out);
            }
            copy[i / 4] = bytes.bytes[i / 4];
            arena_reset(&a);
        }
        free(copy);
        buf_fini(&bytes);
    }
    arena_fini(&a);
}

static void check_schema(const struct wire_api *api, const struct wire_schema *schema,
    int16_t version, check_fn *check)
{
    struct message m = {.schema = schema,
        .version = version,
        .flexible = wire_api_is_flexible(api, version)};

    assert_true(schema->struct_size <= STRUCT_MAX);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        m.seed = seed;
        arena_init(&m.arena, ARENA_MAX);
        wire_generate(schema, version, seed, &m.arena, m.value);
        check(&m);
        arena_fini(&m.arena);
    }
}

static void for_every_message(check_fn *check)
{
    for (size_t i = 0; i < wire_api_known_count(); i++) {
        const struct wire_api *api = wire_api_known_at(i);
        for (int16_t version = api->min; version <= api->max; version++) {
            check_schema(api, api->request, version, check);
            check_schema(api, api->response, version, check);
        }
    }
}

static void every_message_survives_a_round_trip(void **state)
{
    (void)state;
    for_every_message(check_round_trips);
}

static void every_truncation_is_an_error(void **state)
{
    (void)state;
    for_every_message(check_truncations);
}

static void a_byte_behind_the_message_is_an_error(void **state)
{
    (void)state;
    for_every_message(check_one_byte_more);
}

static void no_damage_leaves_the_frame(void **state)
{
    (void)state;
    for_every_message(check_damage);
}

static void check_defaults(struct message *m)
{
    wire_set_defaults(m->schema, m->value);
    for (size_t i = 0; i < m->schema->count; i++) {
        const struct wire_field *field = &m->schema->fields[i];
        assert_true(wire_is_default(field, m->value + field->offset));
    }
    check_round_trip(m, true);
}

static void defaults_of_every_message_are_defaults(void **state)
{
    (void)state;
    for_every_message(check_defaults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_survives_a_round_trip),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(a_byte_behind_the_message_is_an_error),
        cmocka_unit_test(no_damage_leaves_the_frame),
        cmocka_unit_test(defaults_of_every_message_are_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
