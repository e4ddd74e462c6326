#include "test.h"

#include "store_identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];
static int dir;
static struct log_fs fs;
static char why[256];

static int start(void **state)
{
    (void)state;
    fs = log_fs_posix();
    (void)snprintf(path, sizeof(path), "/tmp/schloss-identity-XXXXXX");
    assert_non_null(mkdtemp(path));
    dir = open(path, O_RDONLY | O_DIRECTORY);
    assert_true(dir >= 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)unlinkat(dir, STORE_IDENTITY_FILE, 0);
    (void)unlinkat(dir, STORE_CLEAN_FILE, 0);
    (void)close(dir);
    assert_int_equal(rmdir(path), 0);
    return 0;
}

static enum err load(const char *cluster, uint32_t node, struct store_identity *out)
{
    why[0] = '\0';
    return store_identity_load(&fs, dir, ipc_text(cluster), node, out, why, sizeof(why));
}

static void put(const char *text)
{
    assert_int_equal(
        log_fs_replace(&fs, dir, STORE_IDENTITY_FILE, text, strlen(text)), OK);
}

static void a_new_directory_gets_an_identity_and_keeps_it(void **state)
{
    struct store_identity first;
    struct store_identity second;

    (void)state;
    memset(&first, 0, sizeof(first));
    memset(&second, 0, sizeof(second));
    assert_int_equal(load("", 7, &first), OK);
    assert_int_equal(strlen(first.cluster_id), 22);
    assert_int_equal(load("", 7, &second), OK);
    assert_string_equal(first.cluster_id, second.cluster_id);
    assert_memory_equal(&first.directory, &second.directory, 16);
    assert_int_equal(load(first.cluster_id, 7, &second), OK);
}

static void a_configured_cluster_id_is_taken(void **state)
{
    struct store_identity id;

    (void)state;
    assert_int_equal(load("has a space", 7, &id), ERR_INVALID);
    assert_int_equal(load("my-Cluster_1", 7, &id), OK);
    assert_string_equal(id.cluster_id, "my-Cluster_1");
}

static void another_cluster_or_node_is_refused_in_words(void **state)
{
    struct store_identity id;

    (void)state;
    assert_int_equal(load("one", 7, &id), OK);
    assert_int_equal(load("two", 7, &id), ERR_DENIED);
    assert_non_null(strstr(why, "another cluster"));
    assert_int_equal(load("on", 7, &id), ERR_DENIED);
    assert_int_equal(load("one", 8, &id), ERR_DENIED);
    assert_non_null(strstr(why, "node.id"));
}

static void kafkas_own_file_is_read(void **state)
{
    struct store_identity id;
    static const uint8_t directory[16] = {
        0xfb, 0xf0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    (void)state;
    put("#\n#Fri Nov 20 10:00:00 UTC 2026\r\nnode.id=1\nversion=1\n"
        "directory.id=-_AAAAAAAAAAAAAAAAAAAQ\n cluster.id = abc \nother=x");
    assert_int_equal(load("", 1, &id), OK);
    assert_string_equal(id.cluster_id, "abc");
    assert_memory_equal(id.directory.bytes, directory, 16);
    /* One without a directory id gets one, and keeps the rest. */
    put("version=1\nnode.id=1\ncluster.id=abc\n");
    assert_int_equal(load("", 1, &id), OK);
    struct store_identity again;
    assert_int_equal(load("abc", 1, &again), OK);
    assert_memory_equal(&id.directory, &again.directory, 16);
}

static void a_damaged_file_is_refused_and_stays(void **state)
{
    static const char *const texts[] = {"", "version=2\nnode.id=1\ncluster.id=a\n",
        "version=1\ncluster.id=a\n", "version=1\nnode.id=1\n",
        "version=1\nnode.id=-1\ncluster.id=a\n", "version=1\nnode.id=1\ncluster.id=a/b\n",
        "version=1\nnode.id=1\ncluster.id=a\ndirectory.id=short\n",
        "version=1\nnode.id=1\ncluster.id=a\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAB\n",
        "version=1\nnode.id=1\ncluster.id=a\ndirectory.id=AAAAAAAAAAAAAAAAAAAAA!\n"};
    struct store_identity id;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        put(texts[i]);
        assert_int_equal(load("", 1, &id), ERR_CORRUPT);
        assert_string_not_equal(why, "");
    }
    static char large[4098];
    memset(large, '#', 4097);
    put(large);
    assert_int_equal(load("", 1, &id), ERR_CORRUPT);
}

static void the_clean_mark_is_taken_once(void **state)
{
    bool clean = true;

    (void)state;
    assert_int_equal(store_identity_take_clean(&fs, dir, &clean), OK);
    assert_false(clean);
    assert_int_equal(store_identity_mark_clean(&fs, dir), OK);
    assert_int_equal(store_identity_take_clean(&fs, dir, &clean), OK);
    assert_true(clean);
    assert_int_equal(store_identity_take_clean(&fs, dir, &clean), OK);
    assert_false(clean);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_directory_gets_an_identity_and_keeps_it),
        TEST(a_configured_cluster_id_is_taken),
        TEST(another_cluster_or_node_is_refused_in_words),
        TEST(kafkas_own_file_is_read),
        TEST(a_damaged_file_is_refused_and_stays),
        TEST(the_clean_mark_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
