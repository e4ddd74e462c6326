#include "test.h"

#include "mem.h"
#include "policy_collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INCLUDING "policy 1\ninclude \"teams/*.policy\"\n"

static char dir[64];
static char path[512];

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/policy_collect_test.XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static const char *at(const char *name)
{
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(at(name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void make(const char *name)
{
    assert_int_equal(mkdir(at(name), 0755), 0);
}

/* The names, each with a blank behind it. */
static void check_collected(const char *main_file, const char *expected)
{
    struct policy_collect_message why;
    struct policy_collected c;
    char names[4096] = "";

    if (policy_collect(at(main_file), &c, &why) != OK) {
        fail_msg("%s", why.text);
    }
    for (size_t i = 0; i < c.count; i++) {
        size_t length = strlen(names);
        (void)snprintf(names + length, sizeof(names) - length, "%s ", c.files[i].name);
    }
    assert_string_equal(names, expected);
    policy_collected_fini(&c);
}

static void check_refused(const char *name, const char *reason)
{
    struct policy_collect_message why;
    struct policy_collected c;

    assert_int_equal(policy_collect(at("main.policy"), &c, &why), ERR_INVALID);
    if (strstr(why.text, reason) == NULL || strstr(why.text, name) == NULL ||
        strstr(why.text, dir) == NULL) {
        fail_msg("expected: %s %s\ngot: %s", name, reason, why.text);
    }
}

static void a_file_that_includes_nothing_is_taken_alone(void **state)
{
    (void)state;
    put("main.policy", "policy 1\n");
    put("other.policy", "policy 1\n");
    assert_int_equal(symlink("nowhere", at("broken.policy")), 0);
    check_collected("main.policy", "main.policy ");
    put("empty", "");
    check_collected("empty", "empty ");
}

static void the_main_file_comes_first_and_the_others_by_name(void **state)
{
    struct policy_collect_message why;
    struct policy_collected c;

    (void)state;
    put("main.policy", INCLUDING);
    make("teams");
    make("teams/deep");
    put("zoo.policy", "z");
    put("teams/b.policy", "b");
    put("teams/a.policy", "a");
    put("teams/deep/c.policy", "c");
    put("a.policy", "");
    check_collected("main.policy",
        "main.policy a.policy teams/a.policy teams/b.policy teams/deep/c.policy "
        "zoo.policy ");
    assert_int_equal(policy_collect(at("main.policy"), &c, &why), OK);
    assert_memory_equal(c.files[0].text, INCLUDING, strlen(INCLUDING));
    assert_int_equal(c.files[1].length, 0);
    assert_int_equal(c.files[3].length, 1);
    assert_memory_equal(c.files[3].text, "b", 1);
    policy_collected_fini(&c);
}

static void other_files_and_hidden_ones_are_passed_over(void **state)
{
    (void)state;
    put("main.policy", INCLUDING);
    put("notes.txt", "x");
    put(".policy", "x");
    put(".hidden.policy", "x");
    put("a.policy~", "x");
    make(".git");
    put(".git/x.policy", "x");
    assert_int_equal(symlink("nowhere", at("link")), 0);
    check_collected("main.policy", "main.policy ");
}

static void the_main_file_may_have_any_name_and_may_be_a_link(void **state)
{
    (void)state;
    put("real", INCLUDING);
    put("a.policy", "x");
    assert_int_equal(symlink("real", at("rights")), 0);
    check_collected("rights", "rights a.policy ");
}

static void an_included_file_that_is_a_link_is_refused(void **state)
{
    (void)state;
    put("main.policy", INCLUDING);
    assert_int_equal(symlink("/etc/passwd", at("a.policy")), 0);
    check_refused("a.policy", "can not be opened: it is a symbolic link");
}

static void a_directory_that_is_a_link_is_not_entered(void **state)
{
    (void)state;
    put("main.policy", INCLUDING);
    assert_int_equal(symlink("/", at("teams")), 0);
    check_collected("main.policy", "main.policy ");
}

static void what_is_no_regular_file_is_refused_and_never_waited_for(void **state)
{
    (void)state;
    put("main.policy", INCLUDING);
    assert_int_equal(mkfifo(at("a.policy"), 0600), 0);
    check_refused("a.policy", "is not a regular file");
    assert_int_equal(unlink(at("main.policy")), 0);
    check_refused("main.policy", "can not be opened: No such file");
    assert_int_equal(mkfifo(at("main.policy"), 0600), 0);
    check_refused("main.policy", "is not a regular file");
}

static void a_name_that_could_write_to_a_terminal_is_refused_and_not_shown(void **state)
{
    struct policy_collect_message why;
    struct policy_collected c;

    (void)state;
    put("main.policy", INCLUDING);
    put("\x1b[2J.policy", "x");
    check_refused("", "not printable ASCII");
    assert_int_equal(unlink(at("\x1b[2J.policy")), 0);
    assert_int_equal(symlink("x", at("\x1b[2J.policy")), 0);
    assert_int_equal(policy_collect(at("main.policy"), &c, &why), ERR_INVALID);
    assert_null(strchr(why.text, '\x1b'));
    assert_non_null(strstr(why.text, "\\x1b[2J.policy"));
}

static void directories_nest_four_deep(void **state)
{
    (void)state;
    put("main.policy", INCLUDING);
    make("a");
    make("a/b");
    make("a/b/c");
    make("a/b/c/d");
    put("a/b/c/d/x.policy", "x");
    check_collected("main.policy", "main.policy a/b/c/d/x.policy ");
    make("a/b/c/d/e");
    check_refused("a/b/c/d/e", "nested deeper than 4 directories");
}

static void there_are_256_files_at_most(void **state)
{
    char name[32];

    (void)state;
    put("main.policy", INCLUDING);
    for (int i = 1; i < POLICY_SOURCES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "%d.policy", i);
        put(name, "x");
    }
    struct policy_collect_message why;
    struct policy_collected c;
    assert_int_equal(policy_collect(at("main.policy"), &c, &why), OK);
    assert_int_equal(c.count, POLICY_SOURCES_MAX);
    policy_collected_fini(&c);
    put("256.policy", "x");
    check_refused(".policy", "more than 256 policy files");
}

static void there_are_4_mib_of_text_at_most(void **state)
{
    size_t rest = POLICY_TEXT_MAX - strlen(INCLUDING);

    (void)state;
    put("main.policy", INCLUDING);
    put("big.policy", "");
    assert_int_equal(truncate(at("big.policy"), (off_t)rest), 0);
    check_collected("main.policy", "main.policy big.policy ");
    assert_int_equal(truncate(at("big.policy"), (off_t)rest + 1), 0);
    check_refused("big.policy", "more than 4 MiB of text");
    assert_int_equal(truncate(at("main.policy"), (off_t)POLICY_TEXT_MAX + 1), 0);
    check_refused("main.policy", "more than 4 MiB of text");
}

static void a_directory_full_of_other_things_is_refused(void **state)
{
    char name[32];

    (void)state;
    put("main.policy", INCLUDING);
    for (int i = 1; i < 4096; i++) {
        (void)snprintf(name, sizeof(name), "%d", i);
        put(name, "");
    }
    check_collected("main.policy", "main.policy ");
    put("4096", "");
    check_refused("", "more than 4096 files and directories");
}

/* Of everything that is there. */
static void close_to_others(void)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "chmod -R go-w '%s'", dir);
    assert_int_equal(system(command), 0);
}

static void check_guarded(enum policy_guard guard, const char *name, const char *reason)
{
    struct policy_collect_message why = {.text = ""};
    struct policy_collected c;
    char whole[256];
    enum err e = policy_collect_guarded(at("main.policy"), guard, &c, &why);

    if (reason == NULL) {
        if (e != OK) {
            fail_msg("%s", why.text);
        }
        policy_collected_fini(&c);
        return;
    }
    (void)snprintf(whole, sizeof(whole), "%s%s: decides", dir, name);
    assert_int_equal(e, ERR_INVALID);
    if (strstr(why.text, whole) != why.text || strstr(why.text, reason) == NULL ||
        strstr(why.text, "[POL025]") == NULL) {
        fail_msg("expected: %s %s\ngot: %s", whole, reason, why.text);
    }
}

static void make_guarded(void)
{
    put("main.policy", INCLUDING);
    make("teams");
    put("teams/a.policy", "a");
    put("notes.txt", "x");
    close_to_others();
}

static void what_others_may_write_to_is_refused_where_that_counts(void **state)
{
    static const struct {
        const char *name;
        mode_t bad;
        mode_t good;
    } rows[] = {
        {"", 0770, 0700},
        {"", 01777, 0755},
        {"/main.policy", 0664, 0644},
        {"/main.policy", 0602, 0600},
        {"/teams", 0775, 0755},
        {"/teams", 0757, 0755},
        {"/teams/a.policy", 0620, 0400},
    };

    (void)state;
    make_guarded();
    assert_int_equal(chmod(at("notes.txt"), 0666), 0); /* is no policy */
    check_guarded(POLICY_GUARD_OWNER, "", NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(chmod(at(rows[i].name), rows[i].bad), 0);
        check_guarded(POLICY_GUARD_OWNER, rows[i].name, "run: chmod go-w /tmp");
        check_guarded(POLICY_GUARD_UNMAPPED, rows[i].name, "run: chmod go-w /tmp");
        check_guarded(POLICY_GUARD_NONE, "", NULL);
        assert_int_equal(chmod(at(rows[i].name), rows[i].good), 0);
        check_guarded(POLICY_GUARD_OWNER, "", NULL);
    }
}

static void what_belongs_to_somebody_else_is_refused_where_that_counts(void **state)
{
    static const char *const names[] = {"", "/main.policy", "/teams", "/teams/a.policy"};

    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    make_guarded();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(chown(at(names[i]), 4711, 0), 0);
        check_guarded(POLICY_GUARD_OWNER, names[i], "run: chown root /tmp");
        check_guarded(POLICY_GUARD_UNMAPPED, names[i], "run: chown root /tmp");
        check_guarded(POLICY_GUARD_NONE, "", NULL);
        assert_int_equal(chown(at(names[i]), 65534, 0), 0); /* has no number */
        check_guarded(POLICY_GUARD_OWNER, names[i], "run: chown root /tmp");
        check_guarded(POLICY_GUARD_UNMAPPED, "", NULL);
        assert_int_equal(chown(at(names[i]), 0, 4711), 0);
        check_guarded(POLICY_GUARD_OWNER, "", NULL);
    }
}

static void the_directory_that_a_link_leads_to_counts_as_well(void **state)
{
    char target[128];

    (void)state;
    make("there");
    put("there/real.policy", "policy 1\n");
    (void)snprintf(target, sizeof(target), "%s/there/real.policy", dir);
    assert_int_equal(symlink(target, at("main.policy")), 0);
    close_to_others();
    check_guarded(POLICY_GUARD_OWNER, "", NULL);
    assert_int_equal(chmod(at("there"), 0777), 0);
    check_guarded(POLICY_GUARD_OWNER, "/there", "others may write to it");
    check_guarded(POLICY_GUARD_NONE, "", NULL);
}

static void each_link_on_the_way_counts_as_well(void **state)
{
    char target[128];

    (void)state;
    make("there");
    make("between");
    put("there/real.policy", "policy 1\n");
    (void)snprintf(target, sizeof(target), "%s/there/real.policy", dir);
    assert_int_equal(symlink(target, at("between/link")), 0);
    assert_int_equal(symlink("between/link", at("main.policy")), 0);
    close_to_others();
    check_guarded(POLICY_GUARD_OWNER, "", NULL);
    assert_int_equal(chmod(at("between"), 0777), 0);
    check_guarded(POLICY_GUARD_OWNER, "/between", "others may write to it");
    check_guarded(POLICY_GUARD_NONE, "", NULL);
}

static void a_guarded_file_without_a_directory_is_in_the_present_one(void **state)
{
    struct policy_collect_message why;
    struct policy_collected c;
    char before[512];

    (void)state;
    put("main.policy", "policy 1\n");
    close_to_others();
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(
        policy_collect_guarded("main.policy", POLICY_GUARD_OWNER, &c, &why), OK);
    policy_collected_fini(&c);
    assert_int_equal(chmod(".", 0777), 0);
    assert_int_equal(
        policy_collect_guarded("main.policy", POLICY_GUARD_OWNER, &c, &why), ERR_INVALID);
    assert_string_equal(why.text,
        ".: decides who may do what, and others may write to it; run: chmod go-w . "
        "[POL025]");
    assert_int_equal(chdir(before), 0);
}

static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    struct policy_collect_message why;
    struct policy_collected c;
    enum err e = ERR_NOMEM;
    long n = 0;

    (void)state;
    put("main.policy", INCLUDING);
    put("a.policy", "x");
    for (; e == ERR_NOMEM && n < 100; n++) {
        mem_fail_after(n);
        e = policy_collect(at("main.policy"), &c, &why);
        mem_fail_after(-1);
        if (e == ERR_NOMEM) {
            assert_non_null(strstr(why.text, "out of memory"));
        }
    }
    assert_int_equal(e, OK);
    assert_true(n > 4);
    policy_collected_fini(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_includes_nothing_is_taken_alone),
        TEST(the_main_file_comes_first_and_the_others_by_name),
        TEST(other_files_and_hidden_ones_are_passed_over),
        TEST(the_main_file_may_have_any_name_and_may_be_a_link),
        TEST(an_included_file_that_is_a_link_is_refused),
        TEST(a_directory_that_is_a_link_is_not_entered),
        TEST(what_is_no_regular_file_is_refused_and_never_waited_for),
        TEST(a_name_that_could_write_to_a_terminal_is_refused_and_not_shown),
        TEST(directories_nest_four_deep),
        TEST(there_are_256_files_at_most),
        TEST(there_are_4_mib_of_text_at_most),
        TEST(a_directory_full_of_other_things_is_refused),
        TEST(what_others_may_write_to_is_refused_where_that_counts),
        TEST(what_belongs_to_somebody_else_is_refused_where_that_counts),
        TEST(the_directory_that_a_link_leads_to_counts_as_well),
        TEST(each_link_on_the_way_counts_as_well),
        TEST(a_guarded_file_without_a_directory_is_in_the_present_one),
        TEST(running_out_of_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
