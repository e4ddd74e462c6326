#include "users_file.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH                                                                             \
    "$argon2id$v=19$m=8,t=1,p=1$fbK1nXUay5Kq5Em61Qtkog$B2GAXJOQ/"                        \
    "kEzd820PLDoBmSbbJXPYTEE9bkQTxrKXwU"
#define OTHER                                                                            \
    "$argon2id$v=19$m=9,t=1,p=1$fbK1nXUay5Kq5Em61Qtkog$B2GAXJOQ/"                        \
    "kEzd820PLDoBmSbbJXPYTEE9bkQTxrKXwU"

static struct users_problem problem;

static enum err parse(struct users_file *f, const char *text, size_t length)
{
    problem = (struct users_problem){.line = 0};
    users_file_init(f);
    return users_file_parse(f, text, length, &problem);
}

static void check_refused(
    const char *text, size_t length, size_t line, size_t column, const char *code)
{
    struct users_file f;

    assert_int_equal(parse(&f, text, length), ERR_INVALID);
    assert_int_equal(f.count, 0);
    assert_string_equal(problem.code, code);
    assert_int_equal(problem.line, line);
    assert_int_equal(problem.column, column);
    assert_non_null(problem.help);
    users_file_fini(&f);
}

#define REFUSED(text, line, column, code)                                                \
    check_refused(text, sizeof(text) - 1, line, column, code)

static void good_files_parse_and_serialise_to_the_same_bytes(void **state)
{
    static const char text[] = "alice:" HASH "\nj\xc3\xbcrg B:" OTHER "\n";
    struct users_file f;
    struct buf out;

    (void)state;
    assert_int_equal(parse(&f, text, sizeof(text) - 1), OK);
    assert_int_equal(f.count, 2);
    assert_string_equal(users_file_find(&f, "alice", 5)->hash, HASH);
    assert_string_equal(users_file_find(&f, "j\xc3\xbcrg B", 7)->hash, OTHER);
    assert_null(users_file_find(&f, "alic", 4));
    buf_init(&out, USERS_FILE_SIZE_MAX);
    assert_int_equal(users_file_serialise(&f, &out), OK);
    assert_int_equal(out.length, sizeof(text) - 1);
    assert_memory_equal(out.bytes, text, out.length);
    buf_fini(&out);
    users_file_fini(&f);
    assert_int_equal(parse(&f, "", 0), OK);
    users_file_fini(&f);
}

static void every_truncation_inside_a_line_is_an_error(void **state)
{
    static const char text[] = "alice:" HASH "\nbob:" HASH "\n";
    const size_t first = sizeof("alice:" HASH "\n") - 1;
    struct users_file f;

    (void)state;
    for (size_t length = 1; length < sizeof(text) - 1; length++) {
        assert_int_equal(parse(&f, text, length), length == first ? OK : ERR_INVALID);
        users_file_fini(&f);
    }
}

static void errors_name_line_column_and_code(void **state)
{
    (void)state;
    REFUSED("alice:" HASH, 1, sizeof("alice:" HASH), "USR002");
    REFUSED("a:" HASH "\n\n", 2, 1, "USR003");
    REFUSED("# comment\n", 1, 1, "USR003");
    REFUSED(":" HASH "\n", 1, 1, "USR004");
    REFUSED("a:" HASH "\nb\x01:" HASH "\n", 2, 2, "USR004");
    REFUSED("a:" HASH "\r\n", 1, 3, "USR005");
    REFUSED("ab:secret\n", 1, 4, "USR005");
    REFUSED("a:b:" HASH "\n", 1, 3, "USR005");
    REFUSED("a:" HASH "\nb:" HASH "\na:" OTHER "\n", 3, 1, "USR006");
}

#define FULL                                                                             \
    "alice:" HASH ":" OTHER ":disabled:expires=2027-01-31T23:59:59Z:group=ops:group=a="  \
    "b\n"

static void a_line_tells_passwords_state_expiry_and_groups(void **state)
{
    static const char text[] =
        "bob:" HASH ":group=ops\n" FULL "eve:" HASH ":expires=9999-12-31T23:59:59Z\n";
    struct users_file f;
    struct buf out;

    (void)state;
    assert_int_equal(parse(&f, text, sizeof(text) - 1), OK);
    const struct users_entry *alice = users_file_find(&f, "alice", 5);
    assert_string_equal(alice->hash, HASH);
    assert_string_equal(alice->old_hash, OTHER);
    assert_true(alice->disabled);
    assert_true(alice->expires_ms == INT64_C(1801439999000));
    assert_int_equal(alice->group_count, 2);
    assert_string_equal(alice->groups[0], "ops");
    assert_string_equal(alice->groups[1], "a=b");
    const struct users_entry *bob = users_file_find(&f, "bob", 3);
    assert_null(bob->old_hash);
    assert_false(bob->disabled);
    assert_true(bob->expires_ms == 0);
    assert_int_equal(bob->group_count, 1);
    buf_init(&out, USERS_FILE_SIZE_MAX);
    assert_int_equal(users_file_serialise(&f, &out), OK);
    assert_int_equal(out.length, sizeof(text) - 1);
    assert_memory_equal(out.bytes, text, out.length);
    buf_fini(&out);
    users_file_fini(&f);
}

static void every_truncation_of_a_full_line_is_an_error(void **state)
{
    static const char text[] = FULL;
    struct users_file f;

    (void)state;
    for (size_t length = 1; length < sizeof(text) - 1; length++) {
        assert_int_equal(parse(&f, text, length), ERR_INVALID);
        users_file_fini(&f);
    }
}

#define AT(text) (sizeof("a:" HASH text))

static void errors_behind_the_hash_name_their_column(void **state)
{
    (void)state;
    REFUSED("a:" HASH ":\n", 1, AT(":"), "USR007");
    REFUSED("a:" HASH ":disabled:\n", 1, AT(":disabled:"), "USR007");
    REFUSED("a:" HASH ":enabled\n", 1, AT(":"), "USR007");
    REFUSED("a:" HASH ":disabledx\n", 1, AT(":disabled"), "USR007");
    REFUSED("a:" HASH ":Disabled\n", 1, AT(":"), "USR007");
    REFUSED("a:" HASH ":disabled:disabled\n", 1, AT(":disabled:"), "USR007");
    REFUSED("a:" HASH ":group=g:disabled\n", 1, AT(":group=g:"), "USR007");
    REFUSED("a:" HASH ":disabled:" OTHER "\n", 1, AT(":disabled:"), "USR007");
    REFUSED("a:" HASH ":" OTHER ":" HASH "\n", 1, AT(":" OTHER ":"), "USR007");
    REFUSED("a:" HASH ":" OTHER "x\n", 1, AT(":"), "USR005");
    REFUSED("a:" HASH ":$\n", 1, AT(":"), "USR005");
    REFUSED("a:" HASH ":expires=\n", 1, AT(":expires="), "USR008");
    REFUSED("a:" HASH ":expires=never\n", 1, AT(":expires="), "USR008");
    REFUSED("a:" HASH ":expires=2027-02-29T00:00:00Z\n", 1, AT(":expires="), "USR008");
    REFUSED("a:" HASH ":expires=2027-01-31T23:59:59Zx\n", 1,
        AT(":expires=2027-01-31T23:59:59Z"), "USR007");
    REFUSED("a:" HASH ":group=\n", 1, AT(":group="), "USR009");
    REFUSED("a:" HASH ":group= g\n", 1, AT(":group="), "USR009");
    REFUSED("a:" HASH ":group=g\t\n", 1, AT(":group=g"), "USR009");
    REFUSED("a:" HASH ":group=g\r\n", 1, AT(":group=g"), "USR009");
    REFUSED("a:" HASH ":group=g:group=h:group=g\n", 1, AT(":group=g:group=h:group="),
        "USR010");
}

static void the_groups_of_a_line_have_a_limit(void **state)
{
    char text[1024] = "a:" HASH;
    struct users_file f;

    (void)state;
    for (unsigned i = 0; i < USERS_GROUPS_MAX; i++) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof(text) - length, ":group=g%02u", i);
    }
    const size_t length = strlen(text);
    memcpy(text + length, "\n", 2);
    assert_int_equal(parse(&f, text, length + 1), OK);
    assert_int_equal(f.entries[0]->group_count, USERS_GROUPS_MAX);
    users_file_fini(&f);
    memcpy(text + length, ":group=x\n", sizeof(":group=x\n"));
    check_refused(text, strlen(text), 1, length + sizeof(":group="), "USR010");
}

static void a_change_of_one_user_leaves_the_other_lines_alone(void **state)
{
    static const char text[] = "# a name too:" HASH "\n" FULL "b:" HASH ":" OTHER "\n";
    static const char after[] = "# a name too:" HASH "\n" FULL "b:" OTHER ":disabled\n";
    struct users_file f;
    struct buf out;

    (void)state;
    assert_int_equal(parse(&f, text, sizeof(text) - 1), OK);
    assert_null(users_file_edit(&f, "c", 1));
    assert_int_equal(users_file_replace(&f, "b", 1, OTHER), OK);
    users_file_edit(&f, "b", 1)->disabled = true;
    buf_init(&out, USERS_FILE_SIZE_MAX);
    assert_int_equal(users_file_serialise(&f, &out), OK);
    assert_int_equal(out.length, sizeof(after) - 1);
    assert_memory_equal(out.bytes, after, out.length);
    buf_fini(&out);
    users_file_fini(&f);
}

static void a_described_problem_shows_no_hash(void **state)
{
    struct buf out;

    (void)state;
    REFUSED("ab:" HASH "x\n", 1, 4, "USR005");
    buf_init(&out, 4096);
    users_problem_describe(&problem, "dir/users", &out);
    buf_add(&out, "", 1);
    assert_int_equal(strncmp((char *)out.bytes, "dir/users:1:4: error: ", 22), 0);
    assert_non_null(strstr((char *)out.bytes, " [USR005]\n  help: set the password"));
    assert_null(strstr((char *)out.bytes, "B2GAXJOQ"));
    buf_fini(&out);
}

static bool is_good(const char *name, size_t length)
{
    size_t at;

    return users_name_problem(name, length, &at) == NULL;
}

#define GOOD(name) is_good(name, sizeof(name) - 1)

static void names_are_printable_and_of_bounded_length(void **state)
{
    static char longest[256];

    (void)state;
    memset(longest, 'n', sizeof(longest));
    assert_true(is_good(longest, 1));
    assert_true(is_good(longest, 255));
    assert_false(is_good(longest, 256));
    assert_false(is_good(longest, 0));
    assert_true(GOOD("CN=svc-pay,O=Bank"));
    assert_true(GOOD("a b~"));
    assert_true(GOOD(
        "\xc2\xa1\xc2\xac\xc2\xae")); /* beside the C1 controls and the soft hyphen */
    assert_true(GOOD("\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xb0\xe2\x81\x9e\xe2\x81\xb0"));
    assert_true(GOOD("\xe3\x80\x81\xef\xbb\xbe\xef\xbf\xbc"));
    assert_false(GOOD(" a"));
    assert_false(GOOD("a "));
    assert_false(GOOD("a:b"));
    assert_false(GOOD("a\x1f"));
    assert_false(GOOD("a\x7f"));
    assert_false(GOOD("a\0b"));
    assert_false(GOOD("\xff"));
    assert_false(GOOD("\xc2\x80"));
    assert_false(GOOD("\xc2\xa0"));
    assert_false(GOOD("\xc2\xad"));
    assert_false(GOOD("a\xe2\x80\x8b"
                      "b"));
    assert_false(GOOD("\xe2\x80\x8f"));
    assert_false(GOOD("\xe2\x80\xa8"));
    assert_false(GOOD("\xe2\x80\xae"));
    assert_false(GOOD("\xe2\x81\xa6"));
    assert_false(GOOD("\xe3\x80\x80"));
    assert_false(GOOD("\xef\xbb\xbf"));
}

static void users_can_be_added_replaced_and_removed(void **state)
{
    struct users_file f;

    (void)state;
    users_file_init(&f);
    assert_int_equal(users_file_add(&f, "a", 1, HASH), OK);
    assert_int_equal(users_file_add(&f, "b", 1, HASH), OK);
    assert_int_equal(users_file_add(&f, "c", 1, HASH), OK);
    assert_int_equal(users_file_add(&f, "b", 1, OTHER), ERR_EXISTS);
    assert_int_equal(users_file_add(&f, "x:", 2, HASH), ERR_INVALID);
    assert_int_equal(users_file_add(&f, "x", 1, "plain"), ERR_INVALID);
    assert_int_equal(users_file_replace(&f, "b", 1, OTHER), OK);
    assert_int_equal(users_file_replace(&f, "b", 1, "plain"), ERR_INVALID);
    assert_int_equal(users_file_replace(&f, "d", 1, OTHER), ERR_NOT_FOUND);
    assert_string_equal(users_file_find(&f, "b", 1)->hash, OTHER);
    assert_int_equal(users_file_remove(&f, "a", 1), OK);
    assert_int_equal(users_file_remove(&f, "a", 1), ERR_NOT_FOUND);
    assert_int_equal(f.count, 2);
    assert_string_equal(f.entries[0]->name, "b");
    assert_string_equal(f.entries[1]->name, "c");
    assert_int_equal(users_file_remove(&f, "c", 1), OK);
    assert_null(users_file_find(&f, "c", 1));
    users_file_fini(&f);
}

static void the_number_of_users_and_the_size_have_limits(void **state)
{
    struct users_file f;
    struct buf out;
    char name[16];

    (void)state;
    users_file_init(&f);
    for (size_t i = 0; i < USERS_MAX; i++) {
        int length = snprintf(name, sizeof(name), "u%zu", i);
        assert_int_equal(users_file_add(&f, name, (size_t)length, HASH), OK);
    }
    assert_int_equal(users_file_add(&f, "one more", 8, HASH), ERR_FULL);
    buf_init(&out, 64u << 20);
    assert_int_equal(users_file_serialise(&f, &out), ERR_FULL);
    assert_true(out.length > USERS_FILE_SIZE_MAX);
    check_refused((char *)out.bytes, USERS_FILE_SIZE_MAX + 1, 1, 1, "USR001");
    buf_fini(&out);
    users_file_fini(&f);
}

static void failed_allocations_are_reported_and_leave_nothing_behind(void **state)
{
    static const char text[] = FULL "bob:" HASH "\n";
    struct users_file f;
    enum err e = ERR_NOMEM;

    (void)state;
    for (long n = 0; e == ERR_NOMEM; n++) {
        assert_true(n < 100);
        mem_fail_after(n);
        e = parse(&f, text, sizeof(text) - 1);
        mem_fail_after(-1);
        assert_int_equal(f.count, e == OK ? 2 : 0);
        users_file_fini(&f);
    }
    assert_int_equal(e, OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_parse_and_serialise_to_the_same_bytes),
        cmocka_unit_test(every_truncation_inside_a_line_is_an_error),
        cmocka_unit_test(errors_name_line_column_and_code),
        cmocka_unit_test(a_line_tells_passwords_state_expiry_and_groups),
        cmocka_unit_test(every_truncation_of_a_full_line_is_an_error),
        cmocka_unit_test(errors_behind_the_hash_name_their_column),
        cmocka_unit_test(the_groups_of_a_line_have_a_limit),
        cmocka_unit_test(a_change_of_one_user_leaves_the_other_lines_alone),
        cmocka_unit_test(a_described_problem_shows_no_hash),
        cmocka_unit_test(names_are_printable_and_of_bounded_length),
        cmocka_unit_test(users_can_be_added_replaced_and_removed),
        cmocka_unit_test(the_number_of_users_and_the_size_have_limits),
        cmocka_unit_test(failed_allocations_are_reported_and_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
