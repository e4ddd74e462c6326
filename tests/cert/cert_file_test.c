#include "cert_file.h"

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/cert-file-XXXXXX";
static char path[CERT_PATH_MAX];

static enum err put(const char *text, unsigned mode, bool replace)
{
    const struct cert_file f = {.path = path,
        .bytes = text,
        .length = strlen(text),
        .mode = mode,
        .replace = replace};

    return cert_file_write(&f);
}

static void check_content(const char *text)
{
    struct buf b;

    buf_init(&b, 1000);
    assert_int_equal(cert_file_read(path, &b), OK);
    assert_int_equal(b.length, strlen(text));
    assert_memory_equal(b.bytes, text, b.length);
    buf_fini(&b);
}

static void a_file_is_replaced_only_where_that_is_asked_for(void **state)
{
    struct stat status;

    (void)state;
    assert_int_equal(cert_file_path(path, folder, "a"), OK);
    assert_false(cert_file_exists(path));
    assert_int_equal(put("one", 0600, false), OK);
    assert_int_equal(put("two", 0600, false), ERR_EXISTS);
    check_content("one");
    assert_int_equal(put("three", 0644, true), OK);
    check_content("three");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_int_equal(unlink(path), 0);
}

static void a_link_that_leads_nowhere_is_not_written_through(void **state)
{
    char target[CERT_PATH_MAX];

    (void)state;
    assert_int_equal(cert_file_path(path, folder, "link"), OK);
    assert_int_equal(cert_file_path(target, folder, "target"), OK);
    assert_int_equal(symlink(target, path), 0);
    assert_true(cert_file_exists(path));
    assert_int_equal(put("x", 0600, false), ERR_EXISTS);
    assert_int_equal(put("x", 0600, true), OK);
    assert_false(cert_file_exists(target));
    assert_int_equal(unlink(path), 0);
}

static void what_fails_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_int_equal(cert_file_path(path, folder, "none/a"), OK);
    assert_int_equal(put("x", 0600, false), ERR_NOT_FOUND);
    assert_int_equal(cert_file_path(path, folder, "."), OK);
    assert_int_not_equal(put("x", 0600, true), OK);
    assert_int_equal(rmdir(folder), 0); /* it is empty */
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void a_file_above_the_limit_or_of_another_kind_is_not_read(void **state)
{
    struct buf b;

    (void)state;
    assert_int_equal(cert_file_path(path, folder, "long"), OK);
    assert_int_equal(put("0123456789", 0600, false), OK);
    buf_init(&b, 10);
    assert_int_equal(cert_file_read(path, &b), ERR_FULL);
    buf_fini(&b);
    buf_init(&b, 1000);
    assert_int_equal(cert_file_read(folder, &b), ERR_DENIED);
    assert_int_equal(cert_file_read("/nonexistent/file", &b), ERR_NOT_FOUND);
    buf_fini(&b);
    assert_int_equal(unlink(path), 0);
}

static void a_folder_that_others_may_write_to_is_refused(void **state)
{
    struct stat status;

    (void)state;
    assert_int_equal(cert_file_path(path, folder, "sub"), OK);
    assert_int_equal(cert_file_folder(path), OK);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(cert_file_folder(path), OK);
    assert_int_equal(chmod(path, 0770), 0);
    assert_int_equal(cert_file_folder(path), ERR_INVALID);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(cert_file_folder(path), OK);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(put("x", 0600, false), OK);
    assert_int_equal(cert_file_folder(path), ERR_NOT_FOUND);
    assert_int_equal(unlink(path), 0);
}

static void a_folder_of_another_user_is_refused(void **state)
{
    int status = 0;

    (void)state;
    assert_int_equal(cert_file_folder_check("/"), OK); /* of root */
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(cert_file_path(path, folder, "sub"), OK);
    assert_int_equal(cert_file_folder(path), OK);
    assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
    assert_int_equal(cert_file_folder(path), ERR_INVALID);
    assert_int_equal(cert_file_folder_check(path), ERR_INVALID);
    assert_int_equal(chmod(folder, 0755), 0);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(setuid(65534) == 0 && cert_file_folder(path) == OK ? 0 : 1); /* its owner */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(rmdir(path), 0);
}

static void a_path_that_is_too_long_is_no_path(void **state)
{
    static char name[CERT_PATH_MAX];

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    assert_int_equal(cert_file_path(path, folder, name), ERR_FULL);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_only_where_that_is_asked_for),
        cmocka_unit_test(a_link_that_leads_nowhere_is_not_written_through),
        cmocka_unit_test(what_fails_leaves_nothing_behind),
        cmocka_unit_test(a_file_above_the_limit_or_of_another_kind_is_not_read),
        cmocka_unit_test(a_folder_that_others_may_write_to_is_refused),
        cmocka_unit_test(a_folder_of_another_user_is_refused),
        cmocka_unit_test(a_path_that_is_too_long_is_no_path),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
