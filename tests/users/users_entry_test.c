#include "users_entry.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define REST  "$fbK1nXUay5Kq5Em61Qtkog$B2GAXJOQ/kEzd820PLDoBmSbbJXPYTEE9bkQTxrKXwU"
#define ONE   "$argon2id$v=19$m=8,t=1,p=1" REST
#define TWO   "$argon2id$v=19$m=9,t=1,p=1" REST
#define THREE "$argon2id$v=19$m=10,t=1,p=1" REST

static void check_line(const struct users_entry *entry, const char *expected)
{
    struct buf out;

    buf_init(&out, 65536);
    users_entry_write(entry, &out);
    buf_add(&out, "", 1);
    assert_int_equal(buf_error(&out), OK);
    assert_string_equal((const char *)out.bytes, expected);
    buf_fini(&out);
}

static void a_rotation_keeps_one_password_beside_the_new_one(void **state)
{
    struct users_entry *entry = users_entry_new("alice", 5, ONE);

    (void)state;
    assert_non_null(entry);
    check_line(entry, "alice:" ONE "\n");
    assert_int_equal(users_entry_rotate(entry, TWO), OK);
    check_line(entry, "alice:" TWO ":" ONE "\n");
    assert_int_equal(users_entry_rotate(entry, THREE), OK);
    check_line(entry, "alice:" THREE ":" TWO "\n");
    users_entry_drop_old(entry);
    check_line(entry, "alice:" THREE "\n");
    users_entry_drop_old(entry);
    assert_int_equal(users_entry_rotate(entry, ONE), OK);
    users_entry_set_hash(entry, TWO);
    check_line(entry, "alice:" TWO "\n");
    users_entry_free(&entry);
    assert_null(entry);
    users_entry_free(&entry);
}

static void the_line_of_an_entry_tells_all_of_it(void **state)
{
    struct users_entry *entry = users_entry_new("alice", 5, ONE);

    (void)state;
    assert_int_equal(users_entry_rotate(entry, TWO), OK);
    entry->disabled = true;
    assert_int_equal(
        users_time_parse("2027-01-31T23:59:59Z", USERS_TIME_LENGTH, &entry->expires_ms),
        OK);
    assert_int_equal(users_entry_add_group(entry, "ops", 3), OK);
    assert_int_equal(users_entry_add_group(entry, "night shift", 11), OK);
    check_line(entry, "alice:" TWO ":" ONE
                      ":disabled:expires=2027-01-31T23:59:59Z:group=ops:group=night "
                      "shift\n");
    users_entry_free(&entry);
}

static void groups_are_added_once_and_removed(void **state)
{
    struct users_entry *entry = users_entry_new("a", 1, ONE);

    (void)state;
    assert_int_equal(users_entry_add_group(entry, "x", 1), OK);
    assert_int_equal(users_entry_add_group(entry, "xy", 2), OK);
    assert_int_equal(users_entry_add_group(entry, "z", 1), OK);
    assert_int_equal(users_entry_add_group(entry, "xy", 2), ERR_EXISTS);
    assert_int_equal(users_entry_add_group(entry, "", 0), ERR_INVALID);
    assert_int_equal(users_entry_add_group(entry, "a:b", 3), ERR_INVALID);
    assert_int_equal(users_entry_add_group(entry, " a", 2), ERR_INVALID);
    assert_int_equal(users_entry_remove_group(entry, "y", 1), ERR_NOT_FOUND);
    assert_int_equal(users_entry_remove_group(entry, "xy", 2), OK);
    assert_int_equal(users_entry_remove_group(entry, "xy", 2), ERR_NOT_FOUND);
    check_line(entry, "a:" ONE ":group=x:group=z\n");
    users_entry_free(&entry);
}

static void the_number_of_groups_has_a_limit(void **state)
{
    struct users_entry *entry = users_entry_new("a", 1, ONE);
    char name[16];

    (void)state;
    for (size_t i = 0; i < USERS_GROUPS_MAX; i++) {
        int length = snprintf(name, sizeof(name), "g%zu", i);
        assert_int_equal(users_entry_add_group(entry, name, (size_t)length), OK);
    }
    assert_int_equal(users_entry_add_group(entry, "more", 4), ERR_FULL);
    assert_int_equal(users_entry_add_group(entry, "g0", 2), ERR_EXISTS);
    assert_int_equal(entry->group_count, 32);
    users_entry_free(&entry);
}

static void a_user_expires_at_the_very_millisecond(void **state)
{
    struct users_entry entry = {.expires_ms = 0};

    (void)state;
    assert_false(users_entry_is_expired(&entry, 0));
    assert_false(users_entry_is_expired(&entry, INT64_MAX));
    entry.expires_ms = 1000;
    assert_false(users_entry_is_expired(&entry, 999));
    assert_true(users_entry_is_expired(&entry, 1000));
    assert_true(users_entry_is_expired(&entry, 1001));
}

static void failed_allocations_change_nothing(void **state)
{
    struct users_entry *entry = users_entry_new("a", 1, ONE);

    (void)state;
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_null(users_entry_new("b", 1, ONE));
        mem_fail_after(n);
        assert_int_equal(users_entry_add_group(entry, "g", 1), ERR_NOMEM);
    }
    mem_fail_after(0);
    assert_int_equal(users_entry_rotate(entry, TWO), ERR_NOMEM);
    mem_fail_after(-1);
    check_line(entry, "a:" ONE "\n");
    users_entry_free(&entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rotation_keeps_one_password_beside_the_new_one),
        cmocka_unit_test(the_line_of_an_entry_tells_all_of_it),
        cmocka_unit_test(groups_are_added_once_and_removed),
        cmocka_unit_test(the_number_of_groups_has_a_limit),
        cmocka_unit_test(a_user_expires_at_the_very_millisecond),
        cmocka_unit_test(failed_allocations_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
