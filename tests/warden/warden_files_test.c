#include "test.h"

#include "warden_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/warden_files_test.XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static const char *put(const char *name, const char *text, mode_t mode)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void a_secret_that_others_may_read_is_refused_and_the_remedy_named(void **state)
{
    static const mode_t open_to_others[] = {0640, 0604, 0620, 0601, 0610};
    struct warden_message why;
    int fd = -1;

    (void)state;
    for (size_t i = 0; i < sizeof(open_to_others) / sizeof(open_to_others[0]); i++) {
        const char *path = put("key.pem", "x", open_to_others[i]);
        assert_int_equal(warden_files_open(path, true, &fd, &why), ERR_INVALID);
        assert_non_null(strstr(why.text, "chmod 600"));
        assert_non_null(strstr(why.text, path));
    }
    assert_int_equal(warden_files_open(put("key.pem", "x", 0600), true, &fd, &why), OK);
    assert_int_equal(close(fd), 0);
}

static void what_is_no_secret_may_be_read_by_all(void **state)
{
    struct warden_message why;
    int fd = -1;

    (void)state;
    assert_int_equal(
        warden_files_open(put("main.policy", "x", 0644), false, &fd, &why), OK);
    assert_int_equal(close(fd), 0);
}

static void a_directory_or_a_missing_file_is_named(void **state)
{
    struct warden_message why;
    int fd = -1;

    (void)state;
    assert_int_equal(warden_files_open(dir, false, &fd, &why), ERR_INVALID);
    assert_non_null(strstr(why.text, "not a regular file"));
    assert_int_equal(warden_files_open("/nonexistent/x", false, &fd, &why), ERR_INVALID);
    assert_non_null(strstr(why.text, "/nonexistent/x"));
}

static void a_private_key_beside_the_certificates_is_left_out(void **state)
{
    static const char text[] =
        "-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n"
        "-----BEGIN CERTIFICATE-----\nONE\n-----END CERTIFICATE-----\n"
        "junk\n"
        "-----BEGIN CERTIFICATE-----\nTWO\n-----END CERTIFICATE-----\n";
    static const char expected[] =
        "-----BEGIN CERTIFICATE-----\nONE\n-----END CERTIFICATE-----\n"
        "-----BEGIN CERTIFICATE-----\nTWO\n-----END CERTIFICATE-----\n";
    struct warden_message why;
    struct buf chain;

    (void)state;
    buf_init(&chain, 65536);
    assert_int_equal(warden_files_chain(put("both.pem", text, 0600), &chain, &why), OK);
    assert_int_equal(chain.length, strlen(expected));
    assert_memory_equal(chain.bytes, expected, strlen(expected));
    buf_fini(&chain);
}

static void a_file_without_a_certificate_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "hello", "-----BEGIN CERTIFICATE-----\nONE\n", "-----END CERTIFICATE-----\n"};
    struct warden_message why;
    struct buf chain;

    (void)state;
    buf_init(&chain, 65536);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(
            warden_files_chain(put("none.pem", texts[i], 0600), &chain, &why),
            ERR_INVALID);
        assert_non_null(strstr(why.text, "no certificate"));
    }
    buf_fini(&chain);
}

static void a_data_directory_is_private_and_in_use_until_store_is_gone_too(void **state)
{
    struct warden_message why;
    struct stat st;
    char path[128];
    int fd = -1;
    int other_fd = -1;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/data", dir);
    assert_int_equal(warden_files_data(path, (uid_t)-1, &fd, &why), OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    int stores = dup(fd);
    assert_true(stores >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(warden_files_data(path, (uid_t)-1, &other_fd, &why), ERR_INVALID);
    assert_non_null(strstr(why.text, "another schlossd"));
    assert_int_equal(close(stores), 0);
    assert_int_equal(warden_files_data(path, (uid_t)-1, &other_fd, &why), OK);
    assert_int_equal(close(other_fd), 0);
}

static void a_symlink_is_no_data_directory(void **state)
{
    struct warden_message why;
    char path[128];
    int fd = -1;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/link", dir);
    assert_int_equal(symlink("/tmp", path), 0);
    assert_int_equal(warden_files_data(path, (uid_t)-1, &fd, &why), ERR_INVALID);
}

static void a_later_file_of_the_drop_in_directory_wins(void **state)
{
    static const char main_text[] =
        "node.id=1\nlisteners=A://"
        "127.0.0.1:0\nlistener.security.protocol.map=A:PLAINTEXT\n"
        "schloss.allow.plaintext=A\nschloss.anonymous.principal.A=User:a\n"
        "log.dirs=/tmp/d\nnum.partitions=1\n";
    struct conf *conf = NULL;
    struct buf errors;
    char path[256];
    char drop_in[128];

    (void)state;
    (void)snprintf(drop_in, sizeof(drop_in), "%s/conf.d", dir);
    assert_int_equal(mkdir(drop_in, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s", put("schloss.properties", main_text, 0600));
    (void)put("conf.d/10-a.properties", "num.partitions=3\n", 0600);
    (void)put("conf.d/20-b.properties", "num.partitions=7\n", 0600);
    (void)put("conf.d/30-c.txt", "num.partitions=9\n", 0600);
    buf_init(&errors, 65536);
    assert_int_equal(warden_files_config(path, &conf, &errors), OK);
    assert_int_equal(conf->num_partitions, 7);
    conf_free(&conf);
    buf_fini(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_secret_that_others_may_read_is_refused_and_the_remedy_named, make_dir,
            remove_dir),
        cmocka_unit_test_setup_teardown(
            what_is_no_secret_may_be_read_by_all, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            a_directory_or_a_missing_file_is_named, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            a_private_key_beside_the_certificates_is_left_out, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            a_file_without_a_certificate_is_refused, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            a_data_directory_is_private_and_in_use_until_store_is_gone_too, make_dir,
            remove_dir),
        cmocka_unit_test_setup_teardown(
            a_symlink_is_no_data_directory, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            a_later_file_of_the_drop_in_directory_wins, make_dir, remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
