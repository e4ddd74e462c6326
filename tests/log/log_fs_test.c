/* The real file calls, in a directory of their own. */
#include "log_batches.h"
#include "log_fs.h"
#include "log_partition.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];
static int dir;
static struct log_fs fs;

static int begin(void **state)
{
    (void)state;
    strcpy(path, "/tmp/log_fs_test.XXXXXX");
    assert_non_null(mkdtemp(path));
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    fs = log_fs_posix();
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(log_fs_empty(&fs, dir), OK);
    close(dir);
    assert_int_equal(rmdir(path), 0);
    return 0;
}

/* Here, because the simulated one has no room for so many files. */
static void age_gives_one_log_no_more_than_two_hundred_segments(void **state)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;
    struct log_report report;
    struct batch_spec spec = {.count = 1, .timestamp = 1000};
    struct log_appended out;

    (void)state;
    config.segment_bytes = 1 << 20;
    config.segment_ms = 1;
    assert_int_equal(log_partition_open(&fs, dir, &config, BATCH_NOW, &lp, &report), OK);
    for (int i = 0; i < 210; i++) {
        spec.timestamp += 2;
        assert_int_equal(batch_append(lp, &spec, &out), LOG_CODE_NONE);
    }
    assert_int_equal(log_partition_segment_count(lp), 200);
    log_partition_close(&lp);
}

static void a_log_lives_on_a_real_file_system(void **state)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;
    struct log_report report;

    (void)state;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(
            log_partition_open(&fs, dir, &config, BATCH_NOW, &lp, &report), OK);
        assert_int_equal(report.indexes_rebuilt, 0);
        assert_int_equal(log_partition_end_offset(lp), round * 300);
        for (int i = 0; i < 100; i++) {
            assert_int_equal(batch_append_plain(lp, 3), round * 300 + i * 3);
        }
        assert_int_equal(log_partition_sync(lp), OK);
        assert_int_equal(log_partition_flushed_offset(lp), round * 300 + 300);
        log_partition_close(&lp);
    }
}

static void symbolic_links_are_not_followed(void **state)
{
    struct log_config config = batch_config();
    struct log_partition *lp = NULL;
    struct log_report report;

    (void)state;
    assert_int_equal(symlinkat("/etc/passwd", dir, "00000000000000000000.log"), 0);
    assert_int_equal(fs.ops->open(NULL, dir, "00000000000000000000.log", O_RDWR), -ELOOP);
    assert_int_equal(
        log_partition_open(&fs, dir, &config, BATCH_NOW, &lp, &report), ERR_IO);
}

static void files_are_replaced_whole(void **state)
{
    char text[8] = {0};

    (void)state;
    assert_int_equal(log_fs_replace(&fs, dir, "f", "one", 3), OK);
    assert_int_equal(log_fs_replace(&fs, dir, "f", "two!", 4), OK);
    int fd = fs.ops->open(NULL, dir, "f", O_RDONLY);
    assert_int_equal(log_fs_read(&fs, fd, text, 4, 0), OK);
    assert_string_equal(text, "two!");
    assert_int_equal(log_fs_read(&fs, fd, text, 5, 0), ERR_IO);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 0137, 0);
    fs.ops->close(NULL, fd);
    assert_int_equal(fs.ops->open(NULL, dir, "f.tmp", O_RDONLY), -ENOENT);
    assert_int_equal(log_fs_quarantine(&fs, dir, "f"), OK);
    assert_int_equal(fs.ops->open(NULL, dir, "f", O_RDONLY), -ENOENT);
    fd = fs.ops->open(NULL, dir, "f.bad", O_RDONLY);
    assert_true(fd >= 0);
    fs.ops->close(NULL, fd);
}

static void errors_are_negative_errnos(void **state)
{
    int64_t size;
    char byte = 0;

    (void)state;
    assert_int_equal(fs.ops->pread(NULL, -1, &byte, 1, 0), -EBADF);
    assert_int_equal(fs.ops->pwrite(NULL, -1, &byte, 1, 0), -EBADF);
    assert_int_equal(fs.ops->fdatasync(NULL, -1), -EBADF);
    assert_int_equal(fs.ops->sync_dir(NULL, -1), -EBADF);
    assert_int_equal(fs.ops->truncate(NULL, -1, 0), -EBADF);
    assert_int_equal(fs.ops->size(NULL, -1, &size), -EBADF);
    assert_int_equal(fs.ops->size(NULL, dir, &size), -EINVAL);
    assert_int_equal(fs.ops->unlink(NULL, dir, "none"), -ENOENT);
    assert_int_equal(fs.ops->rename(NULL, dir, "none", "n"), -ENOENT);
    assert_int_equal(fs.ops->list(NULL, -1, NULL, NULL), -EBADF);
    assert_int_equal(log_fs_write(&fs, -1, &byte, 1, 0), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_log_lives_on_a_real_file_system, begin, end),
        cmocka_unit_test_setup_teardown(
            age_gives_one_log_no_more_than_two_hundred_segments, begin, end),
        cmocka_unit_test_setup_teardown(symbolic_links_are_not_followed, begin, end),
        cmocka_unit_test_setup_teardown(files_are_replaced_whole, begin, end),
        cmocka_unit_test_setup_teardown(errors_are_negative_errnos, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
