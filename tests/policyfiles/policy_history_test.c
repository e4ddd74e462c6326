#include "test.h"

#include "policy_history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[64];
static char dir[128];

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(base, sizeof(base), "/tmp/policy_history_test.XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    (void)snprintf(dir, sizeof(dir), "%s/state/history", base);
    return 0;
}

static int remove_dir(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", base);
    return system(command);
}

static struct policy_history_entry entry_of(uint64_t serial, const char *text)
{
    struct policy_history_entry e = {.serial = serial};

    policy_history_hash((const uint8_t *)text, strlen(text), e.hash);
    return e;
}

static enum err keep(uint64_t serial, const char *text)
{
    const struct policy_history_entry e = entry_of(serial, text);
    struct buf b;

    buf_init(&b, 4096);
    buf_add_text(&b, text);
    const enum err result = policy_history_keep(dir, &e, &b, (gid_t)-1);
    buf_fini(&b);
    return result;
}

/* Files are told apart by their times: this one is of that second. */
static void set_time(uint64_t serial, const char *text, int64_t seconds)
{
    const struct policy_history_entry e = entry_of(serial, text);
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    char name[POLICY_HISTORY_NAME];
    char path[512];

    policy_history_name(&e, name);
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void a_hash_is_that_of_sha_256(void **state)
{
    (void)state;
    char hash[POLICY_HASH_DIGITS + 1];

    policy_history_hash((const uint8_t *)"abc", 3, hash);
    assert_string_equal(
        hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(policy_history_is_hash(hash, POLICY_HASH_DIGITS));
    assert_false(policy_history_is_hash(hash, POLICY_HASH_DIGITS - 1));
    hash[63] = 'D';
    assert_false(policy_history_is_hash(hash, POLICY_HASH_DIGITS));
    hash[63] = 'g';
    assert_false(policy_history_is_hash(hash, POLICY_HASH_DIGITS));
}

static void a_name_is_read_back_and_what_is_none_is_refused(void **state)
{
    (void)state;
    const struct policy_history_entry e = entry_of(UINT64_MAX, "x");
    struct policy_history_entry back;
    char name[POLICY_HISTORY_NAME];
    char other[POLICY_HISTORY_NAME + 8];

    policy_history_name(&e, name);
    assert_true(policy_history_parse_name(name, &back));
    assert_true(back.serial == UINT64_MAX);
    assert_string_equal(back.hash, e.hash);
    for (size_t cut = 0; cut < strlen(name); cut++) {
        (void)snprintf(other, sizeof(other), "%.*s", (int)cut, name);
        assert_false(policy_history_parse_name(other, &back));
    }
    for (const char *first = "0.-x"; *first != '\0'; first++) {
        (void)snprintf(other, sizeof(other), "%c%s", *first, name);
        assert_false(policy_history_parse_name(other, &back));
    }
    (void)snprintf(other, sizeof(other), "%s.new", name);
    assert_false(policy_history_parse_name(other, &back));
    (void)snprintf(other, sizeof(other), "18446744073709551616-%s.bundle", e.hash);
    assert_false(policy_history_parse_name(other, &back)); /* one more than fits */
}

static void what_is_kept_is_read_back_and_the_directory_is_nobody_elses(void **state)
{
    (void)state;
    const struct policy_history_entry e = entry_of(7, "policy 1\n");
    struct policy_history h;
    struct stat st;
    struct buf out;

    assert_int_equal(policy_history_list(dir, &h), ERR_IO);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(keep(7, "policy 1\n"), OK);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(policy_history_list(dir, &h), OK);
    assert_int_equal(h.count, 1);
    assert_true(h.entries[0].serial == 7 && h.entries[0].time_ms > 0);
    buf_init(&out, 4096);
    assert_int_equal(policy_history_read(dir, &e, &out), OK);
    assert_int_equal(out.length, 9);
    assert_memory_equal(out.bytes, "policy 1\n", 9);
    buf_fini(&out);
}

static void an_edited_bundle_is_not_read(void **state)
{
    (void)state;
    const struct policy_history_entry e = entry_of(7, "policy 1\n");
    char name[POLICY_HISTORY_NAME];
    char path[512];
    struct buf out;

    assert_int_equal(keep(7, "policy 1\n"), OK);
    policy_history_name(&e, name);
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_true(fputc('x', file) == 'x' && fclose(file) == 0);
    buf_init(&out, 4096);
    assert_int_equal(policy_history_read(dir, &e, &out), ERR_INVALID);
    assert_int_equal(out.length, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    assert_int_equal(policy_history_read(dir, &e, &out), ERR_IO);
    buf_fini(&out);
}

static void a_directory_that_others_may_write_to_is_left_alone(void **state)
{
    (void)state;
    struct policy_history h;

    assert_int_equal(keep(1, "a"), OK);
    assert_int_equal(chmod(dir, 0770), 0);
    assert_int_equal(keep(2, "b"), ERR_DENIED);
    assert_int_equal(policy_history_list(dir, &h), OK);
    assert_int_equal(h.count, 1);
}

static void the_oldest_go_and_one_that_comes_back_is_the_latest(void **state)
{
    (void)state;
    struct policy_history h;
    char text[16];

    for (uint64_t i = 0; i < POLICY_HISTORY_MAX; i++) {
        (void)snprintf(text, sizeof(text), "text %d", (int)i);
        assert_int_equal(keep(i, text), OK);
        set_time(i, text, 1000 + (int64_t)i);
    }
    assert_int_equal(keep(0, "text 0"), OK);
    assert_int_equal(policy_history_list(dir, &h), OK);
    assert_int_equal(h.count, POLICY_HISTORY_MAX);
    assert_true(h.entries[0].serial == 0 && h.entries[1].serial == 10);
    assert_int_equal(keep(99, "another"), OK);
    assert_int_equal(policy_history_list(dir, &h), OK);
    assert_int_equal(h.count, POLICY_HISTORY_MAX);
    for (size_t i = 0; i < h.count; i++) {
        assert_true(h.entries[i].serial != 1); /* was the oldest */
    }
}

static void other_files_are_passed_over(void **state)
{
    (void)state;
    struct policy_history h;
    char path[512];

    assert_int_equal(keep(1, "a"), OK);
    (void)snprintf(path, sizeof(path), "%s/notes.txt", dir);
    FILE *file = fopen(path, "w");
    assert_true(file != NULL && fclose(file) == 0);
    (void)snprintf(path, sizeof(path), "%s/2-%064d.bundle", dir, 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(policy_history_list(dir, &h), OK);
    assert_int_equal(h.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_that_of_sha_256),
        cmocka_unit_test(a_name_is_read_back_and_what_is_none_is_refused),
        cmocka_unit_test_setup_teardown(
            what_is_kept_is_read_back_and_the_directory_is_nobody_elses, make_dir,
            remove_dir),
        cmocka_unit_test_setup_teardown(
            an_edited_bundle_is_not_read, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            a_directory_that_others_may_write_to_is_left_alone, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            the_oldest_go_and_one_that_comes_back_is_the_latest, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            other_files_are_passed_over, make_dir, remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
