#include "ipc_message.h"

#include "ipc_fixture.h"
#include "ipc_words.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static const enum ipc_shape shapes[] = {IPC_SHAPE_EMPTY, IPC_SHAPE_SMALL, IPC_SHAPE_FULL};

static void numbers_are_unique_and_dense_in_their_groups(void **state)
{
    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        uint16_t number = ipc_info((enum ipc_msg)i)->number;
        enum ipc_msg found = IPC_MSG_COUNT;
        assert_int_equal(ipc_find(number, &found), OK);
        assert_int_equal(found, i); /* the first with that number: unique */
        assert_int_equal(ipc_find((uint16_t)(number & 0xff00), &found), ERR_NOT_FOUND);
        if ((number & 0xff) > 1) {
            assert_int_equal(ipc_find((uint16_t)(number - 1), &found), OK);
        } else if (number > 0x0101) {
            assert_int_equal(ipc_find((uint16_t)(number - 0x100), &found), OK);
        }
    }
}

static void a_number_in_no_row_is_not_found(void **state)
{
    enum ipc_msg found = IPC_MSG_COUNT;
    size_t count = 0;

    (void)state;
    for (unsigned number = 0; number <= UINT16_MAX; number++) {
        count += ipc_find((uint16_t)number, &found) == OK;
    }
    assert_int_equal(count, IPC_MSG_COUNT);
}

static void every_row_names_who_speaks_to_whom(void **state)
{
    const unsigned all = IPC_WARDEN | IPC_PORTER | IPC_GATE | IPC_KEYS | IPC_AUTH |
                         IPC_BROKER | IPC_STORE | IPC_AUDIT | IPC_DIAL;

    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        assert_true(info->from != 0 && (info->from & ~all) == 0);
        assert_true(info->to != 0 && (info->to & ~all) == 0);
        assert_true(info->fds <= 1);
        /* A gate attaches nothing, and nobody hears a gate but those it needs. */
        if ((info->from & IPC_GATE) != 0) {
            assert_int_equal(info->fds, 0);
            assert_int_equal(
                info->to & ~(unsigned)(IPC_WARDEN | IPC_BROKER | IPC_KEYS | IPC_STORE),
                0);
        }
    }
}

static void the_lengths_of_the_catalogue_are_those_of_the_bytes(void **state)
{
    uint8_t *bytes = ipc_space();

    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        assert_int_equal(
            ipc_lay((enum ipc_msg)i, IPC_SHAPE_EMPTY, SIZE_MAX, bytes), info->length_min);
        assert_int_equal(
            ipc_lay((enum ipc_msg)i, IPC_SHAPE_FULL, SIZE_MAX, bytes), info->length_max);
    }
    munmap(bytes, IPC_LAY_MAX);
}

/* Independent bytes are decoded, encoded again, and come out the same. */
static void every_message_survives_a_round_trip_at_its_borders(void **state)
{
    uint8_t *bytes = ipc_space();
    union ipc_any any;
    struct buf out;

    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        enum ipc_msg msg = (enum ipc_msg)i;
        for (size_t k = 0; k < 3; k++) {
            size_t length = ipc_lay(msg, shapes[k], SIZE_MAX, bytes);
            assert_int_equal(ipc_decode(msg, bytes, length, &any), OK);
            if (length > ((size_t)1 << 20)) {
                continue; /* its bytes stay untouched */
            }
            buf_init(&out, length);
            ipc_encode(msg, &any, &out);
            assert_int_equal(buf_error(&out), OK);
            assert_int_equal(out.length, length);
            if (length > 0) {
                assert_memory_equal(out.bytes, bytes, length);
            }
            buf_fini(&out);
        }
    }
    munmap(bytes, IPC_LAY_MAX);
}

static void every_truncation_and_one_byte_more_are_errors(void **state)
{
    uint8_t *bytes = ipc_space();
    union ipc_any any;

    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        enum ipc_msg msg = (enum ipc_msg)i;
        for (size_t k = 0; k < 2; k++) {
            size_t length = ipc_lay(msg, shapes[k], SIZE_MAX, bytes);
            for (size_t n = 0; n < length; n++) {
                assert_int_equal(ipc_decode(msg, bytes, n, &any), ERR_INVALID);
            }
            assert_int_equal(ipc_decode(msg, bytes, length, &any), OK);
            assert_int_equal(ipc_decode(msg, bytes, length + 1, &any), ERR_INVALID);
        }
        size_t length = ipc_lay(msg, IPC_SHAPE_FULL, SIZE_MAX, bytes);
        assert_int_equal(ipc_decode(msg, bytes, length + 1, &any), ERR_INVALID);
        if (length > 0) {
            assert_int_equal(ipc_decode(msg, bytes, length - 1, &any), ERR_INVALID);
        }
    }
    munmap(bytes, IPC_LAY_MAX);
}

static void a_field_one_above_its_maximum_is_an_error(void **state)
{
    uint8_t *bytes = ipc_space();
    union ipc_any any;
    size_t fields = 0;

    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        for (size_t k = 0; k < info->field_count; k++) {
            if (info->fields[k].kind == IPC_TEXT || info->fields[k].kind == IPC_BLOB) {
                size_t length = ipc_lay((enum ipc_msg)i, IPC_SHAPE_EMPTY, k, bytes);
                assert_int_equal(
                    ipc_decode((enum ipc_msg)i, bytes, length, &any), ERR_INVALID);
                fields++;
            } else {
                assert_int_equal(info->fields[k].max, 0);
            }
        }
    }
    assert_true(fields > 40);
    munmap(bytes, IPC_LAY_MAX);
}

static void a_field_above_its_maximum_is_never_sent(void **state)
{
    struct ipc_gate_log m = {.text = {.ptr = (const uint8_t *)"", .len = 129}};
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    m.text = ipc_cut(m.text, 128);
    assert_int_equal(m.text.len, 128);
    m.text = ipc_cut((struct ipc_view){.ptr = (const uint8_t *)"ab", .len = 2}, 128);
    assert_int_equal(m.text.len, 2);
    ipc_encode(IPC_MSG_GATE_LOG, &m, &out);
    assert_int_equal(out.length, 12);
    buf_fini(&out);
}

static void numbers_are_little_endian(void **state)
{
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 0, 0, 0, 0};
    union ipc_any any;

    (void)state;
    assert_int_equal(ipc_decode(IPC_MSG_GATE_LOG, bytes, sizeof(bytes), &any), OK);
    assert_int_equal(any.gate_log.code, 0x0201);
    assert_int_equal(any.gate_log.detail, 0x06050403);
    assert_int_equal(any.gate_log.text.len, 0);
}

static void a_header_survives_a_round_trip(void **state)
{
    const struct ipc_header header = {.number = 0x0102,
        .flags = 0x0304,
        .length = 0x05060708,
        .request = 0x090a0b0c0d0e0f10};
    const uint8_t want[IPC_HEADER_BYTES] = {
        2, 1, 4, 3, 8, 7, 6, 5, 0x10, 0x0f, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 9};
    uint8_t bytes[IPC_HEADER_BYTES];

    (void)state;
    ipc_header_encode(&header, bytes);
    assert_memory_equal(bytes, want, sizeof(want));
    struct ipc_header again = ipc_header_decode(bytes);
    assert_int_equal(again.number, header.number);
    assert_int_equal(again.flags, header.flags);
    assert_int_equal(again.length, header.length);
    assert_true(again.request == header.request);
}

static void every_role_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned a = 1; a <= IPC_DIAL; a <<= 1) {
        assert_string_not_equal(ipc_role_name((enum ipc_role)a), "unknown");
        for (unsigned b = 1; b < a; b <<= 1) {
            assert_string_not_equal(
                ipc_role_name((enum ipc_role)a), ipc_role_name((enum ipc_role)b));
        }
    }
    assert_string_equal(ipc_role_name((enum ipc_role)0), "unknown");
    assert_string_equal(ipc_role_name((enum ipc_role)3), "unknown");
}

static void views_compare_whole(void **state)
{
    struct ipc_view view = ipc_text("abc");

    (void)state;
    assert_int_equal(view.len, 3);
    assert_true(ipc_view_equals(view, "abc"));
    assert_false(ipc_view_equals(view, "ab"));
    assert_false(ipc_view_equals(view, "abcd"));
    assert_false(ipc_view_equals(view, "abd"));
    assert_true(ipc_view_equals(ipc_cut(view, 2), "ab"));
    assert_true(ipc_view_equals(ipc_cut(view, 3), "abc"));
}

static void fetch_entries_survive_a_round_trip(void **state)
{
    const struct ipc_fetch_entry entries[] = {{.handle = 1,
                                                  .offset = 2,
                                                  .max_bytes = 3,
                                                  .leader_epoch = -1,
                                                  .last_fetched_epoch = 4},
        {UINT64_MAX, INT64_MIN, INT32_MIN, INT32_MAX, INT32_MIN}};
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    ipc_fetch_entry_add(&out, &entries[0]);
    ipc_fetch_entry_add(&out, &entries[1]);
    assert_int_equal(out.length, 2 * FETCH_ENTRY_BYTES);
    for (size_t i = 0; i < 2; i++) {
        struct ipc_view view = {.ptr = out.bytes, .len = out.length};
        struct ipc_fetch_entry e = ipc_fetch_entry_at(view, i);
        assert_true(e.handle == entries[i].handle && e.offset == entries[i].offset);
        assert_int_equal(e.max_bytes, entries[i].max_bytes);
        assert_int_equal(e.leader_epoch, entries[i].leader_epoch);
        assert_int_equal(e.last_fetched_epoch, entries[i].last_fetched_epoch);
    }
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_unique_and_dense_in_their_groups),
        cmocka_unit_test(a_number_in_no_row_is_not_found),
        cmocka_unit_test(every_row_names_who_speaks_to_whom),
        cmocka_unit_test(the_lengths_of_the_catalogue_are_those_of_the_bytes),
        cmocka_unit_test(every_message_survives_a_round_trip_at_its_borders),
        cmocka_unit_test(every_truncation_and_one_byte_more_are_errors),
        cmocka_unit_test(a_field_one_above_its_maximum_is_an_error),
        cmocka_unit_test(a_field_above_its_maximum_is_never_sent),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(a_header_survives_a_round_trip),
        cmocka_unit_test(every_role_has_a_name_of_its_own),
        cmocka_unit_test(views_compare_whole),
        cmocka_unit_test(fetch_entries_survive_a_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
