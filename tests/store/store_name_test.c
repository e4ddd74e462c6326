#include "test.h"

#include "store_files.h"

#include <stdio.h>
#include <string.h>

static enum err name_of(const char *topic, int32_t partition, char out[STORE_NAME_SIZE])
{
    return store_name_partition(ipc_text(topic), partition, out);
}

static void a_partition_is_its_topic_and_its_number(void **state)
{
    char out[STORE_NAME_SIZE];
    char long_name[251];

    (void)state;
    assert_int_equal(name_of("a.B_c-9", 12, out), OK);
    assert_string_equal(out, "a.B_c-9-12");
    assert_int_equal(name_of("...", 0, out), OK);
    assert_int_equal(name_of(".", 0, out), ERR_INVALID);
    assert_int_equal(name_of("..", 0, out), ERR_INVALID);
    assert_int_equal(name_of("", 0, out), ERR_INVALID);
    assert_int_equal(name_of("a", -1, out), ERR_INVALID);
    memset(long_name, 'x', sizeof(long_name));
    long_name[249] = '\0';
    assert_int_equal(name_of(long_name, 99999, out), OK);
    assert_int_equal(strlen(out), STORE_NAME_MAX);
    assert_int_equal(name_of(long_name, 100000, out), ERR_INVALID);
    long_name[249] = 'x';
    long_name[250] = '\0';
    assert_int_equal(name_of(long_name, 0, out), ERR_INVALID);
}

static void only_legal_characters_stand_in_a_name(void **state)
{
    char out[STORE_NAME_SIZE];
    int legal = 0;

    (void)state;
    for (int c = 1; c < 256; c++) {
        char topic[4] = {'a', (char)c, 'b', '\0'};
        legal += name_of(topic, 0, out) == OK;
    }
    assert_int_equal(legal, 26 + 26 + 10 + 3);
    struct ipc_view nul = {.ptr = (const uint8_t *)"a\0b", .len = 3};
    assert_int_equal(store_name_partition(nul, 0, out), ERR_INVALID);
}

static void names_on_disk_are_told_apart(void **state)
{
    char out[STORE_NAME_SIZE];

    (void)state;
    assert_true(store_name_is_partition("a-0"));
    assert_true(store_name_is_partition("a-b-17"));
    static const char *const others[] = {
        "a", "a-", "-0", "a-0x", "..-0", ".-0", "a b-0", "a-0/", "", "lost+found-0"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(store_name_is_partition(others[i]));
        assert_false(store_name_is_deleted(others[i]));
    }
    store_name_deleted("a-0", out);
    assert_true(store_name_is_deleted(out));
    assert_false(store_name_is_partition(out));
    assert_int_equal(strncmp(out, "a-0.", 4), 0);
    out[strlen(out) - 1] = 'f';
    assert_false(store_name_is_deleted(out));
    assert_false(store_name_is_deleted("a-0.0123456789abcdef0123456789abcdeX-delete"));
    assert_false(store_name_is_deleted("a-0.0123456789abcdef0123456789abcde-delete"));
    assert_true(store_name_is_deleted("a-0.0123456789abcdef0123456789abcdef-delete"));
    assert_false(store_name_is_deleted(".0123456789abcdef0123456789abcdef-delete"));
}

static void what_is_set_aside_can_be_no_partition(void **state)
{
    char long_name[STORE_NAME_SIZE];
    char out[STORE_NAME_SIZE];

    (void)state;
    memset(long_name, 'x', sizeof(long_name));
    long_name[STORE_NAME_MAX] = '\0';
    for (int i = 0; i < 2; i++) {
        store_name_quarantine(i == 0 ? "a-0" : long_name, out);
        assert_false(store_name_is_partition(out));
        assert_int_equal(strncmp(out, "quarantine.", 11), 0);
        assert_true(strlen(out) <= STORE_NAME_MAX);
    }
    assert_int_equal(strlen(out), STORE_NAME_MAX);
    store_name_deleted(long_name, out);
    assert_int_equal(strlen(out), STORE_NAME_MAX);
    assert_true(store_name_is_deleted(out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partition_is_its_topic_and_its_number),
        cmocka_unit_test(only_legal_characters_stand_in_a_name),
        cmocka_unit_test(names_on_disk_are_told_apart),
        cmocka_unit_test(what_is_set_aside_can_be_no_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
