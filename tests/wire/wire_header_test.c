#include "test.h"

#include "wire_admin_api.h"
#include "wire_header.h"

#include <string.h>

#define FRAME(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static enum wire_err decode(
    const uint8_t *frame, size_t len, struct wire_request_header *h, size_t *left)
{
    struct wire_reader r = wire_reader_init(frame, len);
    enum wire_err err = wire_header_decode(&r, h);

    *left = r.left;
    return err;
}

static void check_error(const uint8_t *frame, size_t len, enum wire_err wanted)
{
    struct wire_request_header h;
    size_t left;

    assert_int_equal(decode(frame, len, &h, &left), wanted);
    assert_int_equal(left, 0);
}

static void plain_headers_end_with_the_client_id(void **state)
{
    (void)state;
    struct wire_request_header h;
    size_t left;

    assert_int_equal(
        decode(FRAME(0, 3, 0, 8, 1, 2, 3, 4, 0, 2, 'm', 'e', 77), &h, &left), WIRE_OK);
    assert_int_equal(h.key, WIRE_API_METADATA);
    assert_int_equal(h.version, 8);
    assert_int_equal(h.correlation_id, 0x01020304);
    assert_int_equal(h.client_id.len, 2);
    assert_memory_equal(h.client_id.ptr, "me", 2);
    assert_string_equal(h.api->name, "Metadata");
    assert_false(h.flexible);
    assert_int_equal(left, 1);
}

static void flexible_headers_keep_the_old_client_id_and_have_tags(void **state)
{
    (void)state;
    struct wire_request_header h;
    size_t left;

    assert_int_equal(
        decode(FRAME(0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 1, 4, 1, 0, 77, 77), &h, &left),
        WIRE_OK);
    assert_null(h.client_id.ptr);
    assert_true(h.flexible);
    assert_int_equal(left, 2);
    check_error(FRAME(0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff), WIRE_ERR_SHORT);
    check_error(FRAME(0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 2, 4, 0, 4, 0), WIRE_ERR_VALUE);
}

static void api_versions_3_has_a_flexible_request_header(void **state)
{
    (void)state;
    struct wire_request_header h;
    size_t left;

    assert_int_equal(
        decode(FRAME(0, 18, 0, 3, 0, 0, 0, 1, 0, 1, 'c', 0, 1, 1, 0), &h, &left),
        WIRE_OK);
    assert_true(h.flexible);
    assert_int_equal(left, 3);
}

static void an_unknown_version_still_says_what_was_asked(void **state)
{
    (void)state;
    struct wire_request_header h;
    size_t left;

    assert_int_equal(
        decode(FRAME(0, 18, 0, 5, 0, 0, 0, 9, 1, 2, 3), &h, &left), WIRE_ERR_VERSION);
    assert_int_equal(h.key, 18);
    assert_int_equal(h.version, 5);
    assert_int_equal(h.correlation_id, 9);
    assert_int_equal(h.api->key, WIRE_API_API_VERSIONS);
    assert_false(h.flexible);
    assert_int_equal(left, 0);

    assert_int_equal(
        decode(FRAME(3, 0xe7, 0, 1, 0, 0, 0, 9), &h, &left), WIRE_ERR_VERSION);
    assert_int_equal(h.key, 999);
    assert_null(h.api);
    check_error(FRAME(0, 0, 0, 2, 0, 0, 0, 9, 0xff, 0xff), WIRE_ERR_VERSION);
    check_error(FRAME(0, 3, 0xff, 0xff, 0, 0, 0, 9, 0xff, 0xff), WIRE_ERR_VERSION);
}

static void every_truncation_is_an_error(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0, 18, 0, 3, 0, 0, 0, 1, 0, 2, 'm', 'e', 1, 7, 1, 9};
    struct wire_request_header h;
    size_t left;

    for (size_t len = 0; len < sizeof(frame); len++) {
        assert_int_equal(decode(frame, len, &h, &left), WIRE_ERR_SHORT);
        assert_int_equal(h.api == NULL, len < 8);
    }
    assert_int_equal(decode(frame, sizeof(frame), &h, &left), WIRE_OK);
}

static void what_is_spoken_depends_on_who_listens(void **state)
{
    (void)state;
    static const uint8_t end_sessions[] = {0x4e, 0x21, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0};
    static const uint8_t metadata[] = {0, 3, 0, 0, 0, 0, 0, 1, 0xff, 0xff};
    static const uint8_t versions[] = {0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff};
    const struct {
        const uint8_t *frame;
        size_t len;
        enum wire_err network, admin;
    } rows[] = {{end_sessions, sizeof(end_sessions), WIRE_ERR_VERSION, WIRE_OK},
        {metadata, sizeof(metadata), WIRE_OK, WIRE_ERR_VERSION},
        {versions, sizeof(versions), WIRE_OK, WIRE_OK}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct wire_reader a = wire_reader_init(rows[i].frame, rows[i].len);
        struct wire_reader b = a;
        struct wire_request_header h;
        assert_int_equal(wire_header_decode(&a, &h), rows[i].network);
        assert_int_equal(wire_header_decode_by(&b, wire_admin_find, &h), rows[i].admin);
    }
}

static void a_client_id_is_utf8(void **state)
{
    (void)state;
    check_error(FRAME(0, 3, 0, 0, 0, 0, 0, 1, 0, 1, 0xff), WIRE_ERR_UTF8);
    check_error(FRAME(0, 3, 0, 0, 0, 0, 0, 1, 0xff, 0xfe), WIRE_ERR_LIMIT);
}

static void check_response(int16_t key, int16_t version, const uint8_t *bytes, size_t len)
{
    struct buf b;

    buf_init(&b, 64);
    wire_header_encode(wire_api_find(key), version, 0x01020304, &b);
    assert_int_equal(b.length, len);
    assert_memory_equal(b.bytes, bytes, len);
    buf_fini(&b);
}

static void responses_have_tags_where_flexible_but_api_versions_never(void **state)
{
    (void)state;
    check_response(WIRE_API_METADATA, 8, FRAME(1, 2, 3, 4));
    check_response(WIRE_API_METADATA, 9, FRAME(1, 2, 3, 4, 0));
    check_response(WIRE_API_API_VERSIONS, 0, FRAME(1, 2, 3, 4));
    check_response(WIRE_API_API_VERSIONS, 4, FRAME(1, 2, 3, 4));
    check_response(WIRE_API_SASL_HANDSHAKE, 1, FRAME(1, 2, 3, 4));
    check_response(WIRE_API_DESCRIBE_CLUSTER, 0, FRAME(1, 2, 3, 4, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_headers_end_with_the_client_id),
        cmocka_unit_test(flexible_headers_keep_the_old_client_id_and_have_tags),
        cmocka_unit_test(api_versions_3_has_a_flexible_request_header),
        cmocka_unit_test(an_unknown_version_still_says_what_was_asked),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(what_is_spoken_depends_on_who_listens),
        cmocka_unit_test(a_client_id_is_utf8),
        cmocka_unit_test(responses_have_tags_where_flexible_but_api_versions_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
