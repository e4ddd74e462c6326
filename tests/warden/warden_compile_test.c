/* warden_compile: what is refused before any process is started. That the others are
 * watched is shown by tests/system/policies.py. */
#include "warden_compile.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static char path[128];
static struct conf conf;
static struct warden warden;
static struct warden_compile job;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/warden_compile_test.XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/main.policy", dir);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs("policy 1\n", file) < 0 || fclose(file) != 0) {
        return -1;
    }
    conf = (struct conf){.policy_mode = CONF_POLICY_FILE};
    warden = (struct warden){.conf = &conf};
    job = (struct warden_compile){.running = false};
    return chmod(path, 0600);
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static void on_end(struct warden *w, enum err e)
{
    (void)w;
    fail_msg("told of an end: %s", err_text(e));
}

static enum err begin(const char *expected)
{
    const struct warden_compile_ask ask = {
        .path = path, .expected = expected, .on_end = on_end};
    enum err e = warden_compile_begin(&warden, &job, &ask);

    assert_false(job.running);
    assert_int_equal(job.out.fd, -1);
    assert_int_equal(job.out.bundle.length, 0);
    return e;
}

static void files_that_are_not_there_start_nothing(void **state)
{
    (void)state;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(begin(""), ERR_INVALID);
    assert_string_equal(job.out.hash, "");
}

static void other_files_than_were_asked_for_start_nothing_and_are_named(void **state)
{
    (void)state;
    assert_int_equal(
        begin("0000000000000000000000000000000000000000000000000000000000000000"),
        ERR_DENIED);
    assert_int_equal(strlen(job.out.hash), 64);
}

static void files_of_others_start_nothing_and_have_no_hash(void **state)
{
    (void)state;
    assert_int_equal(chmod(path, 0660), 0);
    assert_int_equal(begin(""), ERR_INVALID);
    assert_string_equal(job.out.hash, "");
}

static void signatures_of_no_cluster_start_nothing(void **state)
{
    (void)state;
    conf.policy_signatures_required = 1;
    assert_int_equal(chmod(path, 0660), 0); /* read all the same */
    assert_int_equal(begin(""), ERR_INVALID);
    assert_int_equal(strlen(job.out.hash), 64);
}

static void what_does_not_run_can_be_abandoned(void **state)
{
    (void)state;
    warden_compile_abandon(&job);
    assert_false(job.running);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_that_are_not_there_start_nothing),
        TEST(other_files_than_were_asked_for_start_nothing_and_are_named),
        TEST(files_of_others_start_nothing_and_have_no_hash),
        TEST(signatures_of_no_cluster_start_nothing),
        TEST(what_does_not_run_can_be_abandoned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
