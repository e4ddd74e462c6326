/* warden_admin: the file of the administrator's socket. */
#include "warden_admin.h"

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[64];
static char path[128];
static struct conf conf;
static struct warden warden;
static struct warden_message why;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/warden_admin_test.XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/admin.sock", dir);
    conf = (struct conf){.admin_socket = path};
    warden = (struct warden){.conf = &conf, .admin = {.fd = -1}};
    return 0;
}

static int tear_down(void **state)
{
    char command[160];

    (void)state;
    if (warden.admin.fd >= 0) {
        (void)close(warden.admin.fd);
    }
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static bool is_there(void)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static mode_t mode_of_it(void)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    return st.st_mode & 07777;
}

/* Binds a socket there, as another process would; listens with a backlog above 0. */
static int other(int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(strlen(path) < sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    if (backlog > 0) {
        assert_int_equal(listen(fd, backlog), 0);
    }
    return fd;
}

static void refused(const char *text)
{
    assert_int_equal(warden_admin_bind(&warden, &why), ERR_INVALID);
    if (strstr(why.text, text) == NULL) {
        fail_msg("'%s' is not in: %s", text, why.text);
    }
    assert_false(warden.admin.bound);
}

static void without_the_key_there_is_none(void **state)
{
    (void)state;
    conf.admin_socket = NULL;
    assert_int_equal(warden_admin_bind(&warden, &why), OK);
    assert_false(warden.admin.bound);
    warden_admin_remove(&warden);
    assert_int_equal(warden.admin.fd, -1);
}

static void it_is_its_owner_s_alone_whatever_the_mask(void **state)
{
    (void)state;
    mode_t mask = umask(0);
    enum err e = warden_admin_bind(&warden, &why);
    mode_t after = umask(mask);

    assert_int_equal(e, OK);
    assert_int_equal(after, 0);
    assert_int_equal(mode_of_it(), 0600);
    assert_true(warden.admin.bound);
    assert_int_equal(warden.admin.uid, geteuid());
}

static void a_group_may_be_let_in(void **state)
{
    (void)state;
    char gid[16];

    (void)snprintf(gid, sizeof(gid), "%u", getegid());
    conf.admin_group = gid;
    assert_int_equal(warden_admin_bind(&warden, &why), OK);
    assert_int_equal(mode_of_it(), 0660);
}

static void an_unknown_group_is_refused(void **state)
{
    (void)state;
    conf.admin_group = "no-such-group-here";
    assert_int_equal(warden_admin_bind(&warden, &why), ERR_INVALID);
    assert_non_null(strstr(why.text, "there is no group no-such-group-here"));
    warden_admin_remove(&warden);
    assert_false(is_there());
}

static void what_a_dead_one_left_is_replaced(void **state)
{
    (void)state;
    assert_int_equal(close(other(1)), 0);
    assert_true(is_there());
    assert_int_equal(warden_admin_bind(&warden, &why), OK);
    assert_int_equal(mode_of_it(), 0600);
}

static void one_that_is_listened_on_is_left_alone(void **state)
{
    (void)state;
    int fd = other(1);

    refused("another schlossd listens on it");
    assert_true(is_there());
    assert_int_equal(close(fd), 0);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    (void)state;
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    refused("is not a socket");
    assert_true(is_there());
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    refused("is not a socket");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    refused("is not a socket");
}

static void a_directory_that_others_may_write_is_refused(void **state)
{
    (void)state;
    assert_int_equal(chmod(dir, 0777), 0);
    refused("others may write there");
    assert_int_equal(chmod(dir, 0770), 0);
    refused("others may write there");
    assert_int_equal(chmod(dir, 01777), 0); /* as /tmp: nobody can replace it */
    assert_int_equal(warden_admin_bind(&warden, &why), OK);
}

static void its_directory_is_made(void **state)
{
    (void)state;
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/run/admin.sock", dir);
    assert_int_equal(warden_admin_bind(&warden, &why), OK);
    (void)snprintf(path, sizeof(path), "%s/run", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 022, 0);
}

static void a_path_without_a_directory_above_is_refused(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof(path), "%s/a/b/admin.sock", dir);
    refused("can not be made");
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    size_t length = strlen(dir);

    memcpy(path, dir, length);
    path[length] = '/';
    memset(path + length + 1, 'a', 107 - length - 1);
    path[107] = '\0'; /* the longest */
    assert_int_equal(warden_admin_bind(&warden, &why), OK);
    warden_admin_remove(&warden);
    assert_int_equal(close(warden.admin.fd), 0);
    path[107] = 'b';
    path[108] = '\0';
    refused("at most 107 bytes");
    warden.admin.fd = -1;
}

static void a_stop_takes_it_away_but_not_another_one_s(void **state)
{
    (void)state;
    assert_int_equal(warden_admin_bind(&warden, &why), OK);
    assert_true(is_there());
    warden_admin_remove(&warden);
    assert_false(is_there());
    warden_admin_remove(&warden);
    assert_int_equal(close(warden.admin.fd), 0);
    assert_int_equal(warden_admin_bind(&warden, &why), OK);
    char moved[140];
    (void)snprintf(moved, sizeof(moved), "%s.old", path);
    assert_int_equal(rename(path, moved), 0); /* so that its number stays in use */
    int fd = other(1);
    warden_admin_remove(&warden);
    assert_true(is_there());
    assert_int_equal(close(fd), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_the_key_there_is_none),
        TEST(it_is_its_owner_s_alone_whatever_the_mask),
        TEST(a_group_may_be_let_in),
        TEST(an_unknown_group_is_refused),
        TEST(what_a_dead_one_left_is_replaced),
        TEST(one_that_is_listened_on_is_left_alone),
        TEST(what_is_no_socket_is_left_alone),
        TEST(a_directory_that_others_may_write_is_refused),
        TEST(its_directory_is_made),
        TEST(a_path_without_a_directory_above_is_refused),
        TEST(a_path_that_is_too_long_is_refused),
        TEST(a_stop_takes_it_away_but_not_another_one_s),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
