/* warden_audit: the files of the audit trail, and who may read them. */
#include "warden_audit.h"

#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static char trail[128];
static char group[16];
static struct conf conf;
static struct warden_message why;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/warden_audit_test.XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    (void)snprintf(trail, sizeof(trail), "%s/audit", dir);
    (void)snprintf(group, sizeof(group), "%u", (unsigned)getgid());
    conf = (struct conf){.audit_dir = trail};
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static const char *at(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", trail, name);
    return path;
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(at(name), "w");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, true);
    assert_int_equal(fclose(file), 0);
}

static int open_trail(void)
{
    int fd = -1;

    assert_int_equal(warden_audit_open(&conf, &fd, &why), OK);
    return fd;
}

static void the_audit_file_is_only_appended_to(void **state)
{
    (void)state;
    int fd = open_trail();
    int flags = fcntl(fd, F_GETFL);
    assert_int_equal(flags & O_APPEND, O_APPEND);
    assert_int_equal(flags & O_ACCMODE, O_WRONLY);
    assert_int_equal(close(fd), 0);
}

static void nobody_else_reads_the_trail_unless_a_group_is_named(void **state)
{
    (void)state;
    assert_int_equal(close(open_trail()), 0);
    assert_int_equal(mode_of(trail), 0700);
    assert_int_equal(mode_of(at("audit.log")), 0600);
    conf.audit_group = group;
    assert_int_equal(close(open_trail()), 0);
    assert_int_equal(mode_of(trail), 0750);
    assert_int_equal(mode_of(at("audit.log")), 0640);
}

static void a_group_that_is_not_there_is_refused(void **state)
{
    int fd = -1;

    (void)state;
    conf.audit_group = "no-such-group";
    assert_int_equal(warden_audit_open(&conf, &fd, &why), ERR_INVALID);
    assert_non_null(strstr(why.text, "no-such-group"));
}

static void lines_without_a_key_are_set_aside_and_never_lost(void **state)
{
    char command[256];

    (void)state;
    assert_int_equal(close(open_trail()), 0);
    put("audit.log", "old\n");
    assert_int_equal(close(open_trail()), 0);
    struct stat st;
    assert_int_equal(lstat(at("audit.log"), &st), 0);
    assert_int_equal(st.st_size, 0);
    (void)snprintf(
        command, sizeof(command), "grep -q '^old$' %s/audit.log.unchained-*", trail);
    assert_int_equal(system(command), 0);
}

static void lines_with_a_key_go_on(void **state)
{
    (void)state;
    assert_int_equal(close(open_trail()), 0);
    put("audit.log", "old\n");
    put("audit.key", "key");
    assert_int_equal(close(open_trail()), 0);
    struct stat st;
    assert_int_equal(lstat(at("audit.log"), &st), 0);
    assert_int_equal(st.st_size, 4);
}

static void a_link_is_not_followed(void **state)
{
    int fd = -1;

    (void)state;
    assert_int_equal(mkdir(trail, 0700), 0);
    assert_int_equal(symlink("/dev/null", at("audit.log")), 0);
    put("audit.key", "key");
    assert_int_equal(warden_audit_open(&conf, &fd, &why), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_audit_file_is_only_appended_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            nobody_else_reads_the_trail_unless_a_group_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_group_that_is_not_there_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            lines_without_a_key_are_set_aside_and_never_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_with_a_key_go_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_not_followed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
