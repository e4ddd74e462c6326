#include "cli_scram.h"

#include "scram_client.h"
#include "scram_store.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[80];
static struct secret password;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/cli-scram-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/scram", folder);
    return secret_set(&password, "a password", 10) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    secret_free(&password);
    (void)unlink(path);
    return rmdir(folder);
}

static void load(struct scram_file *f)
{
    struct users_problem problem;

    scram_file_init(f);
    assert_int_equal(scram_store_load(path, f, &problem), OK);
}

/* The line in the file is what a client of its own would have made of the password. */
static void assert_is_of(const struct scram_entry *entry, const char *text)
{
    struct scram_credential c = entry->credential;
    struct scram_crypto crypto;
    const struct scram_part part = {text, strlen(text)};

    assert_int_equal(scram_crypto_init(&crypto), OK);
    assert_int_equal(scram_credential_derive(&c, &crypto, &part), OK);
    assert_memory_equal(c.stored_key, entry->credential.stored_key, sizeof(c.stored_key));
    scram_crypto_fini(&crypto);
}

static void to_set_makes_a_private_file_with_both_mechanisms(void **state)
{
    struct scram_file f;
    struct stat status;

    (void)state;
    assert_int_equal(
        cli_scram_set(path, "alice", &password, USERS_COST_CHOSEN), CLI_EXIT_OK);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    load(&f);
    assert_int_equal(f.count, 2);
    assert_true(f.has_phantom_key);
    for (unsigned m = 0; m < SCRAM_MECHANISMS; m++) {
        const struct scram_entry *e =
            scram_file_find(&f, (enum scram_mechanism)m, "alice", 5);
        assert_non_null(e);
        assert_int_equal(e->credential.iterations, SCRAM_ITERATIONS_DEFAULT);
        assert_is_of(e, "a password");
    }
    scram_file_fini(&f);
}

static void to_set_again_changes_the_password_and_keeps_the_others(void **state)
{
    struct scram_file f;

    (void)state;
    assert_int_equal(
        cli_scram_set(path, "alice", &password, USERS_COST_CHOSEN), CLI_EXIT_OK);
    assert_int_equal(
        cli_scram_set(path, "bob", &password, USERS_COST_GENERATED), CLI_EXIT_OK);
    assert_int_equal(secret_set(&password, "another one", 11), OK);
    assert_int_equal(
        cli_scram_set(path, "alice", &password, USERS_COST_CHOSEN), CLI_EXIT_OK);
    load(&f);
    assert_int_equal(f.count, 4);
    assert_is_of(scram_file_find(&f, SCRAM_SHA_512, "alice", 5), "another one");
    assert_is_of(scram_file_find(&f, SCRAM_SHA_512, "bob", 3), "a password");
    assert_int_equal(scram_file_find(&f, SCRAM_SHA_512, "bob", 3)->credential.iterations,
        SCRAM_ITERATIONS_MIN);
    scram_file_fini(&f);
}

static void to_remove_takes_all_of_a_user(void **state)
{
    struct scram_file f;

    (void)state;
    assert_int_equal(cli_scram_remove(path, "alice"), CLI_EXIT_NO); /* no file */
    assert_int_equal(
        cli_scram_set(path, "alice", &password, USERS_COST_GENERATED), CLI_EXIT_OK);
    assert_int_equal(
        cli_scram_set(path, "bob", &password, USERS_COST_GENERATED), CLI_EXIT_OK);
    assert_int_equal(cli_scram_remove(path, "alice"), CLI_EXIT_OK);
    assert_int_equal(cli_scram_remove(path, "alice"), CLI_EXIT_NO);
    load(&f);
    assert_int_equal(f.count, 2);
    assert_non_null(scram_file_find(&f, SCRAM_SHA_512, "bob", 3));
    scram_file_fini(&f);
}

static void what_can_not_be_is_refused_and_nothing_is_written(void **state)
{
    (void)state;
    assert_int_equal(
        cli_scram_set(path, "a:b", &password, USERS_COST_CHOSEN), CLI_EXIT_USAGE);
    assert_int_equal(secret_set(&password, "short", 5), OK);
    assert_int_equal(
        cli_scram_set(path, "alice", &password, USERS_COST_CHOSEN), CLI_EXIT_NO);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_damaged_file_is_not_replaced(void **state)
{
    struct stat before;
    struct stat after;
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    (void)state;
    assert_int_equal(write(fd, "damaged\n", 8), 8);
    assert_int_equal(close(fd), 0);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(
        cli_scram_set(path, "alice", &password, USERS_COST_GENERATED), CLI_EXIT_NO);
    assert_int_equal(cli_scram_remove(path, "alice"), CLI_EXIT_NO);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_size, 8);
}

static void a_list_shows_nothing_secret(void **state)
{
    static const struct cli cli;
    static char output[4096];
    static char file[4096];
    int pipe_fds[2];

    (void)state;
    assert_int_equal(
        cli_scram_set(path, "alice", &password, USERS_COST_GENERATED), CLI_EXIT_OK);
    assert_int_equal(pipe(pipe_fds), 0);
    (void)fflush(stdout);
    int old = dup(STDOUT_FILENO);
    assert_true(dup2(pipe_fds[1], STDOUT_FILENO) >= 0);
    enum cli_exit result = cli_scram_list(&cli, path);
    (void)fflush(stdout);
    assert_true(dup2(old, STDOUT_FILENO) >= 0);
    (void)close(old);
    (void)close(pipe_fds[1]);
    assert_int_equal(result, CLI_EXIT_OK);
    assert_true(read(pipe_fds[0], output, sizeof(output) - 1) > 0);
    (void)close(pipe_fds[0]);
    assert_non_null(strstr(output, "alice\tSCRAM-SHA-512\t4096\tenabled"));
    int fd = open(path, O_RDONLY);
    assert_true(read(fd, file, sizeof(file) - 1) > 0);
    (void)close(fd);
    for (char *part = strtok(file, ":$\n"); part != NULL; part = strtok(NULL, ":$\n")) {
        if (strlen(part) >= 40) { /* base64 of salts and keys */
            assert_null(strstr(output, part));
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(to_set_makes_a_private_file_with_both_mechanisms),
        TEST(to_set_again_changes_the_password_and_keeps_the_others),
        TEST(to_remove_takes_all_of_a_user),
        TEST(what_can_not_be_is_refused_and_nothing_is_written),
        TEST(a_damaged_file_is_not_replaced),
        TEST(a_list_shows_nothing_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
