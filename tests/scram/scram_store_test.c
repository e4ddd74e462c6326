#include "scram_store.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE                                                                             \
    "alice:SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"                                 \
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"                                      \
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\n"

static char folder[64];
static char path[80];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/scram-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/scram", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void write_text(const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void a_saved_file_is_private_and_reads_back(void **state)
{
    struct users_problem problem;
    struct scram_file f;
    struct stat status;

    (void)state;
    write_text(LINE);
    scram_file_init(&f);
    assert_int_equal(scram_store_load(path, &f, &problem), OK);
    assert_false(f.has_phantom_key);
    assert_int_equal(scram_store_save(path, &f), OK);
    scram_file_fini(&f);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    scram_file_init(&f);
    assert_int_equal(scram_store_load(path, &f, &problem), OK);
    assert_int_equal(f.count, 1);
    assert_non_null(scram_file_find(&f, SCRAM_SHA_256, "alice", 5));
    scram_file_fini(&f);
}

static void a_phantom_key_is_drawn_once_and_kept(void **state)
{
    uint8_t key[SCRAM_PHANTOM_KEY_SIZE];
    static const uint8_t zeros[SCRAM_PHANTOM_KEY_SIZE];
    struct users_problem problem;
    struct scram_file f;

    (void)state;
    scram_file_init(&f);
    assert_int_equal(scram_store_save(path, &f), OK);
    memcpy(key, f.phantom_key, sizeof(key));
    assert_memory_not_equal(key, zeros, sizeof(key));
    scram_file_fini(&f);
    for (unsigned i = 0; i < 2; i++) {
        scram_file_init(&f);
        assert_int_equal(scram_store_load(path, &f, &problem), OK);
        assert_true(f.has_phantom_key);
        assert_memory_equal(f.phantom_key, key, sizeof(key));
        assert_int_equal(scram_store_save(path, &f), OK);
        scram_file_fini(&f);
    }
}

static void what_can_not_be_read_says_why(void **state)
{
    struct users_problem problem;
    struct scram_file f;

    (void)state;
    scram_file_init(&f);
    assert_int_equal(scram_store_load(path, &f, &problem), ERR_NOT_FOUND);
    assert_int_equal(scram_store_load(folder, &f, &problem), ERR_DENIED);
    write_text("alice:nothing\n");
    assert_int_equal(scram_store_load(path, &f, &problem), ERR_INVALID);
    assert_int_equal(problem.column, 7);
    assert_int_equal(f.count, 0);
    scram_file_fini(&f);
}

static void a_failed_save_leaves_the_old_file(void **state)
{
    char missing[128];
    struct users_problem problem;
    struct scram_file f;

    (void)state;
    write_text(LINE);
    scram_file_init(&f);
    (void)snprintf(missing, sizeof(missing), "%s/none/scram", folder);
    assert_int_equal(scram_store_save(missing, &f), ERR_NOT_FOUND);
    mem_fail_after(0);
    assert_int_equal(scram_store_save(path, &f), ERR_NOMEM);
    mem_fail_after(-1);
    scram_file_fini(&f);
    scram_file_init(&f);
    assert_int_equal(scram_store_load(path, &f, &problem), OK);
    assert_int_equal(f.count, 1);
    scram_file_fini(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_saved_file_is_private_and_reads_back),
        TEST(a_phantom_key_is_drawn_once_and_kept),
        TEST(what_can_not_be_read_says_why),
        TEST(a_failed_save_leaves_the_old_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
