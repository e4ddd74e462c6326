#include "users_store.h"

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH                                                                             \
    "$argon2id$v=19$m=8,t=1,p=1$fbK1nXUay5Kq5Em61Qtkog$B2GAXJOQ/"                        \
    "kEzd820PLDoBmSbbJXPYTEE9bkQTxrKXwU"

static char folder[64];
static char path[80];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/users-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/users", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void write_text(const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static size_t files_in_folder(void)
{
    size_t count = 0;
    DIR *dir = opendir(folder);

    assert_non_null(dir);
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        count += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 ? 1 : 0;
    }
    (void)closedir(dir);
    return count;
}

static void a_saved_file_is_private_and_reads_back(void **state)
{
    struct users_problem problem;
    struct users_file f;
    struct stat status;

    (void)state;
    write_text("old:" HASH "\n", 0644);
    users_file_init(&f);
    assert_int_equal(users_file_add(&f, "alice", 5, HASH), OK);
    assert_int_equal(users_store_save(path, &f), OK);
    users_file_fini(&f);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(files_in_folder(), 1);
    users_file_init(&f);
    assert_int_equal(users_store_load(path, &f, &problem), OK);
    assert_int_equal(f.count, 1);
    assert_non_null(users_file_find(&f, "alice", 5));
    users_file_fini(&f);
}

static void a_failed_save_leaves_the_old_file_and_no_other(void **state)
{
    char in_the_way[96];
    struct users_file f;

    (void)state;
    (void)unlink(path);
    assert_int_equal(mkdir(path, 0700), 0); /* rename() of a file over a folder fails */
    (void)snprintf(in_the_way, sizeof(in_the_way), "%s/x/y", folder);
    users_file_init(&f);
    assert_int_equal(users_store_save(path, &f), ERR_IO);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(files_in_folder(), 1);
    assert_int_equal(users_store_save(in_the_way, &f), ERR_NOT_FOUND);
    assert_int_equal(rmdir(path), 0);
    users_file_fini(&f);
}

static void what_is_missing_or_malformed_is_said(void **state)
{
    struct users_problem problem = {.line = 0};
    struct users_file f;

    (void)state;
    users_file_init(&f);
    (void)unlink(path);
    assert_int_equal(users_store_load(path, &f, &problem), ERR_NOT_FOUND);
    assert_int_equal(users_store_load(folder, &f, &problem), ERR_DENIED);
    write_text("a:" HASH "\nb\n", 0600);
    assert_int_equal(users_store_load(path, &f, &problem), ERR_INVALID);
    assert_int_equal(problem.line, 2);
    assert_int_equal(f.count, 0);
    users_file_fini(&f);
}

static void a_lock_holds_off_other_editors(void **state)
{
    int fd = -1;
    int other = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_int_equal(users_store_lock(path, &fd), OK);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(close(other), 0);
    assert_int_equal(users_store_lock("/nonexistent/users", &fd), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_saved_file_is_private_and_reads_back),
        cmocka_unit_test(a_failed_save_leaves_the_old_file_and_no_other),
        cmocka_unit_test(what_is_missing_or_malformed_is_said),
        cmocka_unit_test(a_lock_holds_off_other_editors),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
