#include "scram_file.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS                                                                             \
    "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"                                     \
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
#define C256 "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==" KEYS
#define ZEROS                                                                            \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AA"                                                                                 \
    "AA=="
#define C512 "SCRAM-SHA-512$5000:W22ZaJ0SNY7soEsUEjb6gQ==$" ZEROS ":" ZEROS
#define KEY  ":phantom-key$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static struct users_problem problem;

static enum err parse(struct scram_file *f, const char *text, size_t length)
{
    problem = (struct users_problem){.line = 0};
    scram_file_init(f);
    return scram_file_parse(f, text, length, &problem);
}

static void check_refused(
    const char *text, size_t length, size_t line, size_t column, const char *code)
{
    struct scram_file f;

    assert_int_equal(parse(&f, text, length), ERR_INVALID);
    assert_int_equal(f.count, 0);
    assert_false(f.has_phantom_key);
    assert_string_equal(problem.code, code);
    assert_int_equal(problem.line, line);
    assert_int_equal(problem.column, column);
    assert_non_null(problem.help);
    scram_file_fini(&f);
}

#define REFUSED(text, line, column, code)                                                \
    check_refused(text, sizeof(text) - 1, line, column, code)

static void assert_same_bytes(const char *text)
{
    struct scram_file f;
    struct buf out;

    assert_int_equal(parse(&f, text, strlen(text)), OK);
    buf_init(&out, USERS_FILE_SIZE_MAX);
    assert_int_equal(scram_file_serialise(&f, &out), OK);
    assert_int_equal(out.length, strlen(text));
    if (out.length > 0) {
        assert_memory_equal(out.bytes, text, out.length);
    }
    buf_fini(&out);
    scram_file_fini(&f);
}

static void good_files_serialise_to_the_same_bytes(void **state)
{
    (void)state;
    assert_same_bytes("");
    assert_same_bytes("alice:" C256 "\n");
    assert_same_bytes(
        "alice:" C512 "\nalice:" C256 ":disabled\nj\xc3\xbcrg B:" C512 "\n");
    assert_same_bytes(KEY "\nalice:" C256 "\n");
    assert_same_bytes(KEY "\n");
}

static void each_user_and_mechanism_finds_its_own(void **state)
{
    static const char text[] = "alice:" C256 "\nalice:" C512 "\nbob:" C512 "\n";
    struct scram_file f;

    (void)state;
    assert_int_equal(parse(&f, text, sizeof(text) - 1), OK);
    assert_ptr_equal(scram_file_find(&f, SCRAM_SHA_256, "alice", 5), f.entries[0]);
    assert_ptr_equal(scram_file_find(&f, SCRAM_SHA_512, "alice", 5), f.entries[1]);
    assert_ptr_equal(scram_file_find(&f, SCRAM_SHA_512, "bob", 3), f.entries[2]);
    assert_null(scram_file_find(&f, SCRAM_SHA_256, "bob", 3));
    assert_null(scram_file_find(&f, SCRAM_SHA_256, "alic", 4));
    assert_null(scram_file_find(&f, SCRAM_SHA_256, "", 0));
    assert_null(scram_file_find(&f, SCRAM_SHA_256, text, USERS_NAME_MAX + 1));
    scram_file_fini(&f);
}

static void every_truncation_inside_a_line_is_an_error(void **state)
{
    static const char text[] = KEY "\nalice:" C256 "\n";
    const size_t first = sizeof(KEY "\n") - 1;
    struct scram_file f;

    (void)state;
    for (size_t length = 1; length < sizeof(text) - 1; length++) {
        assert_int_equal(parse(&f, text, length), length == first ? OK : ERR_INVALID);
        scram_file_fini(&f);
    }
}

static void errors_name_line_column_and_code(void **state)
{
    (void)state;
    REFUSED("alice:" C256, 1, sizeof("alice:" C256), "SCR002");
    REFUSED("alice\n", 1, 1, "SCR003");
    REFUSED("\n", 1, 1, "SCR003");
    REFUSED("alice:" C256 "\n\n", 2, 1, "SCR003");
    REFUSED("al\tice:" C256 "\n", 1, 3, "SCR004");
    REFUSED("alice:" C256 "\n:" C256 "\n", 2, 1, "SCR004");
    REFUSED("alice:" C256 "\n" KEY "\n", 2, 1, "SCR004");
    REFUSED("alice:nothing\n", 1, 7, "SCR005");
    REFUSED("alice:SCRAM-SHA-256$1:\n", 1, 21, "SCR005");
    REFUSED("alice:" C256 "\r\n", 1, 96, "SCR005");
    REFUSED("alice:" C256 "\nalice:" C512 "\nalice:" C256 "\n", 3, 1, "SCR006");
    REFUSED(":phantom-key$AAAA\n", 1, 1, "SCR007");
    REFUSED(":phantom-key$\n", 1, 1, "SCR007");
    REFUSED(":other\n", 1, 1, "SCR007");
    REFUSED(":\n", 1, 1, "SCR007");
}

static void a_problem_is_told_without_what_is_secret(void **state)
{
    struct buf out;

    (void)state;
    REFUSED("alice:" C256 ":x\n", 1, 96, "SCR005");
    buf_init(&out, 4096);
    users_problem_describe(&problem, "scram", &out);
    buf_add(&out, "", 1);
    assert_non_null(strstr((const char *)out.bytes, "scram:1:96: error: "));
    assert_null(strstr((const char *)out.bytes, "WG5d8oPm3"));
    buf_fini(&out);
}

static void a_file_has_a_greatest_size(void **state)
{
    char *text = malloc(USERS_FILE_SIZE_MAX + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'a', USERS_FILE_SIZE_MAX + 1);
    check_refused(text, USERS_FILE_SIZE_MAX + 1, 1, 1, "SCR001");
    check_refused(text, USERS_FILE_SIZE_MAX, 1, USERS_FILE_SIZE_MAX + 1, "SCR002");
    free(text);
}

static struct scram_credential credential_of(const char *text)
{
    struct scram_credential c;
    size_t at;

    assert_null(scram_credential_parse(&c, text, strlen(text), &at));
    return c;
}

static void there_is_a_greatest_number_of_lines(void **state)
{
    const struct scram_credential c = credential_of(C256);
    struct scram_file f;
    struct buf out;
    char name[16];

    (void)state;
    scram_file_init(&f);
    for (size_t i = 0; i <= SCRAM_FILE_MAX; i++) {
        int length = snprintf(name, sizeof(name), "u%zu", i);
        assert_int_equal(scram_file_add(&f, name, (size_t)length, &c),
            i < SCRAM_FILE_MAX ? OK : ERR_FULL);
    }
    buf_init(&out, (size_t)64 << 20);
    assert_int_equal(scram_file_serialise(&f, &out), ERR_FULL);
    buf_fini(&out);
    scram_file_fini(&f);
}

static void names_are_those_of_users(void **state)
{
    const struct scram_credential c = credential_of(C256);
    struct scram_file f;

    (void)state;
    scram_file_init(&f);
    assert_int_equal(scram_file_add(&f, "", 0, &c), ERR_INVALID);
    assert_int_equal(scram_file_add(&f, "a:b", 3, &c), ERR_INVALID);
    assert_int_equal(scram_file_set(&f, "a\nb", 3, &c), ERR_INVALID);
    assert_int_equal(scram_file_add(&f, "alice", 5, &c), OK);
    assert_int_equal(scram_file_add(&f, "alice", 5, &c), ERR_EXISTS);
    assert_int_equal(f.count, 1);
    scram_file_fini(&f);
}

static void to_set_replaces_and_leaves_a_disabled_user_disabled(void **state)
{
    static const char text[] = "alice:" C256 ":disabled\nbob:" C256 "\n";
    const struct scram_credential c256 = credential_of(C256);
    struct scram_credential c512 = credential_of(C512);
    struct scram_file f;

    (void)state;
    assert_int_equal(parse(&f, text, sizeof(text) - 1), OK);
    assert_int_equal(scram_file_set(&f, "alice", 5, &c512), OK);
    assert_int_equal(scram_file_set(&f, "alice", 5, &c256), OK);
    c512.iterations = 6000;
    assert_int_equal(scram_file_set(&f, "bob", 3, &c512), OK);
    assert_int_equal(f.count, 4);
    assert_true(scram_file_find(&f, SCRAM_SHA_256, "alice", 5)->credential.disabled);
    assert_true(scram_file_find(&f, SCRAM_SHA_512, "alice", 5)->credential.disabled);
    assert_false(scram_file_find(&f, SCRAM_SHA_512, "bob", 3)->credential.disabled);
    assert_int_equal(
        scram_file_find(&f, SCRAM_SHA_512, "bob", 3)->credential.iterations, 6000);
    scram_file_fini(&f);
}

static void to_remove_takes_both_mechanisms_and_nobody_else(void **state)
{
    static const char text[] =
        "alice:" C256 "\nbob:" C256 "\nalice:" C512 "\nbob:" C512 "\n";
    struct scram_file f;

    (void)state;
    assert_int_equal(parse(&f, text, sizeof(text) - 1), OK);
    assert_int_equal(scram_file_remove(&f, "alice", 5), OK);
    assert_int_equal(scram_file_remove(&f, "alice", 5), ERR_NOT_FOUND);
    assert_int_equal(scram_file_remove(&f, "", 0), ERR_NOT_FOUND);
    assert_int_equal(f.count, 2);
    assert_ptr_equal(scram_file_find(&f, SCRAM_SHA_256, "bob", 3), f.entries[0]);
    assert_ptr_equal(scram_file_find(&f, SCRAM_SHA_512, "bob", 3), f.entries[1]);
    scram_file_fini(&f);
}

static void a_failed_allocation_leaves_an_empty_file(void **state)
{
    static const char text[] = KEY "\nalice:" C256 "\nbob:" C512 "\n";
    struct scram_file f;
    unsigned failures = 0;

    (void)state;
    for (long n = 0;; n++) {
        mem_fail_after(n);
        enum err e = parse(&f, text, sizeof(text) - 1);
        mem_fail_after(-1);
        if (e == OK) {
            scram_file_fini(&f);
            break;
        }
        assert_int_equal(e, ERR_NOMEM);
        assert_int_equal(f.count, 0);
        assert_false(f.has_phantom_key);
        scram_file_fini(&f);
        failures++;
    }
    assert_true(failures >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_serialise_to_the_same_bytes),
        cmocka_unit_test(each_user_and_mechanism_finds_its_own),
        cmocka_unit_test(every_truncation_inside_a_line_is_an_error),
        cmocka_unit_test(errors_name_line_column_and_code),
        cmocka_unit_test(a_problem_is_told_without_what_is_secret),
        cmocka_unit_test(a_file_has_a_greatest_size),
        cmocka_unit_test(there_is_a_greatest_number_of_lines),
        cmocka_unit_test(names_are_those_of_users),
        cmocka_unit_test(to_set_replaces_and_leaves_a_disabled_user_disabled),
        cmocka_unit_test(to_remove_takes_both_mechanisms_and_nobody_else),
        cmocka_unit_test(a_failed_allocation_leaves_an_empty_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
