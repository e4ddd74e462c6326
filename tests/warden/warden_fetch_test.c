#include "warden_fetch.h"

#include "test.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int make(const void *bytes, size_t length)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    return fd;
}

static void failures_are_tried_again_sooner_but_ever_later(void **state)
{
    static const int64_t refresh = 900000;

    (void)state;
    assert_int_equal(warden_fetch_delay(0, refresh, 0), refresh);
    assert_int_equal(warden_fetch_delay(1, refresh, 0), 10000);
    assert_int_equal(warden_fetch_delay(2, refresh, 0), 20000);
    assert_int_equal(warden_fetch_delay(7, refresh, 0), 640000);
    assert_int_equal(warden_fetch_delay(8, refresh, 0), refresh);
    assert_int_equal(warden_fetch_delay(4000000000u, refresh, 0), refresh);
    assert_int_equal(warden_fetch_delay(1, 1000, 0), 1000);
    assert_int_equal(warden_fetch_delay(15, 86400000, 0), 86400000);
}

static void the_time_is_up_to_a_tenth_less(void **state)
{
    (void)state;
    assert_int_equal(warden_fetch_delay(0, 900000, 90000), 810000);
    assert_int_equal(warden_fetch_delay(0, 900000, 90001), 900000);
    assert_int_equal(warden_fetch_delay(1, 900000, 999), 9001);
    for (uint64_t random = 1; random != 0; random <<= 1) {
        int64_t delay = warden_fetch_delay(3, 900000, random - 1);
        assert_in_range(delay, 36000, 40000);
    }
}

static void what_is_sealed_can_not_be_changed(void **state)
{
    int fd = make("keys", 4);

    (void)state;
    assert_int_equal(warden_fetch_seal(fd), OK);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 1), -1);
    assert_int_equal(ftruncate(fd, 100), -1);
    (void)close(fd);
}

static void another_size_than_that_of_keys_is_refused(void **state)
{
    int fd = make("", 0);

    (void)state;
    assert_int_equal(warden_fetch_seal(fd), ERR_INVALID);
    (void)close(fd);
    fd = make("x", 1);
    assert_int_equal(ftruncate(fd, WARDEN_FETCH_BYTES_MAX), 0);
    assert_int_equal(warden_fetch_seal(fd), OK);
    (void)close(fd);
    fd = make("x", 1);
    assert_int_equal(ftruncate(fd, WARDEN_FETCH_BYTES_MAX + 1), 0);
    assert_int_equal(warden_fetch_seal(fd), ERR_INVALID);
    (void)close(fd);
    assert_int_equal(warden_fetch_seal(fd), ERR_IO);
}

static void only_the_same_bytes_are_the_same(void **state)
{
    char bytes[3000];

    (void)state;
    memset(bytes, 'k', sizeof(bytes));
    int a = make(bytes, sizeof(bytes));
    int same = make(bytes, sizeof(bytes));
    int shorter = make(bytes, sizeof(bytes) - 1);
    bytes[sizeof(bytes) - 1] = 'x';
    int other = make(bytes, sizeof(bytes));

    assert_true(warden_fetch_is_same(a, same));
    assert_true(warden_fetch_is_same(a, same)); /* wherever they stand */
    assert_false(warden_fetch_is_same(a, shorter));
    assert_false(warden_fetch_is_same(shorter, a));
    assert_false(warden_fetch_is_same(a, other));
    assert_false(warden_fetch_is_same(a, -1));
    (void)close(a);
    (void)close(same);
    (void)close(shorter);
    (void)close(other);
}

/* --- the plugin and what it is offered ---------------------------------------------- */

struct fixture {
    struct warden warden;
    struct warden_child child; /* of the plugin, starting in place of another */
    struct ipc_channel other;
};

static const char config[] =
    "node.id=1\nlog.dirs=/data\nsasl.enabled.mechanisms=OAUTHBEARER\n"
    "ssl.certificate.location=/c.pem\nssl.key.location=/k.pem\n"
    "listeners=SASL_SSL://127.0.0.1:9092\n"
    "sasl.oauthbearer.jwks.endpoint.url=https://keys.test/\n"
    "schloss.oauthbearer.jwks.address=127.0.0.1:1\n"
    "schloss.oauthbearer.jwks.ca.file=/no/such/file\n";

static const struct ipc_handler no_handlers[IPC_MSG_COUNT];

static void on_end(void *context, enum err why)
{
    (void)context;
    (void)why;
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    struct warden *w = &f->warden;
    const struct conf_source file = {"test", (const uint8_t *)config, strlen(config)};
    struct ipc_channel channel;
    struct buf errors;
    int ends[2];

    buf_init(&errors, 65536);
    assert_int_equal(conf_parse(&file, 1, &w->conf, &errors), OK);
    buf_fini(&errors);
    w->loop = loop_new();
    assert_non_null(w->loop);
    w->fetch = (struct warden_fetch){.plugin = &w->plugins[0],
        .out_fd = -1,
        .messages_fd = -1,
        .keys_fd = -1,
        .offer_fd = -1};
    f->child = (struct warden_child){.warden = w,
        .role = IPC_AUTH,
        .plugin = &w->plugins[0],
        .state = CHILD_STARTING,
        .replaces = true};
    w->children = &f->child;
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_init(&channel, ends[0], IPC_PACKETS, IPC_WARDEN, IPC_AUTH, 65536),
        OK);
    assert_int_equal(
        ipc_link_init(&f->child.link, w->loop, &channel, no_handlers, f, on_end), OK);
    assert_int_equal(
        ipc_channel_init(&f->other, ends[1], IPC_PACKETS, IPC_AUTH, IPC_WARDEN, 65536),
        OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    struct warden *w = &f->warden;
    const int fds[] = {w->fetch.keys_fd, w->fetch.offer_fd};

    for (size_t i = 0; i < 2; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    loop_timer_cancel(w->loop, &w->fetch.timer);
    ipc_link_fini(&f->child.link);
    ipc_channel_fini(&f->other);
    loop_free(&w->loop);
    conf_free(&w->conf);
    test_free(f);
    return 0;
}

static void new_keys_are_given_to_who_replaces_another_alone(void **state)
{
    struct fixture *f = *state;
    struct warden_fetch *fetch = &f->warden.fetch;

    assert_true(warden_fetch_has(&f->child, "schloss.oauthbearer.jwks.file"));
    assert_false(warden_fetch_has(&f->child, "schloss.users.file"));
    assert_int_equal(warden_fetch_send(&f->child, "jwks"), OK); /* there are none */
    assert_false(f->child.has_offer);
    fetch->keys_fd = make("old", 3);
    assert_int_equal(warden_fetch_send(&f->child, "jwks"), OK);
    assert_false(f->child.has_offer);
    fetch->offer_fd = make("new", 3);
    f->child.replaces = false;
    assert_int_equal(warden_fetch_send(&f->child, "jwks"), OK);
    assert_false(f->child.has_offer);
    f->child.replaces = true;
    assert_int_equal(warden_fetch_send(&f->child, "jwks"), OK);
    assert_true(f->child.has_offer);
    f->child.plugin = &f->warden.plugins[1];
    assert_false(warden_fetch_has(&f->child, "schloss.oauthbearer.jwks.file"));
}

static void keys_are_in_force_when_the_plugin_is_ready_with_them(void **state)
{
    struct fixture *f = *state;
    struct warden_fetch *fetch = &f->warden.fetch;

    fetch->keys_fd = make("old", 3);
    fetch->offer_fd = make("new", 3);
    int offered = fetch->offer_fd;
    f->child.has_offer = true;
    f->child.state = CHILD_READY;
    warden_fetch_on_ready(&f->child);
    assert_int_equal(fetch->keys_fd, offered);
    assert_int_equal(fetch->offer_fd, -1);
    assert_false(f->child.has_offer);
    assert_in_range(fetch->keys_ms, 1, clock_mono_ms());
}

static void keys_that_the_plugin_refuses_leave_the_old_ones(void **state)
{
    struct fixture *f = *state;
    struct warden_fetch *fetch = &f->warden.fetch;

    fetch->keys_fd = make("old", 3);
    fetch->offer_fd = make("new", 3);
    int kept = fetch->keys_fd;
    f->child.has_offer = true;
    f->child.retired = true; /* a reload put another in its place */
    warden_fetch_on_death(&f->child);
    assert_int_not_equal(fetch->offer_fd, -1);
    f->child.retired = false;
    warden_fetch_on_death(&f->child);
    assert_int_equal(fetch->offer_fd, -1);
    assert_int_equal(fetch->keys_fd, kept);
    assert_int_equal(fetch->failures, 1);
    assert_true(fetch->timer.armed);
}

static void a_fetch_that_can_not_begin_is_a_failure(void **state)
{
    struct fixture *f = *state;
    struct warden_fetch *fetch = &f->warden.fetch;

    warden_fetch_now(&f->warden);
    assert_int_equal(loop_once(f->warden.loop, 1000), OK);
    assert_int_equal(fetch->failures, 1);
    assert_false(fetch->running);
    assert_int_equal(fetch->out_fd, -1);
    assert_int_equal(fetch->messages_fd, -1);
    assert_true(fetch->timer.armed);
}

static void never(void *context, uint32_t events)
{
    (void)context;
    (void)events;
    fail();
}

/* A fetch that hangs, with keys of the one before it that the plugin has not taken yet. */
static void begin_fetch(struct fixture *f)
{
    struct warden_fetch *fetch = &f->warden.fetch;

    fetch->keys_fd = make("in force", 8);
    fetch->offer_fd = make("of the old address", 18);
    fetch->out_fd = make("", 0);
    fetch->messages_fd = make("", 0);
    fetch->process.pid = fork();
    if (fetch->process.pid == 0) {
        for (;;) {
            (void)pause();
        }
    }
    fetch->process.pidfd = (int)syscall(SYS_pidfd_open, fetch->process.pid, 0);
    fetch->exit_watch = (struct loop_watch){
        .fd = fetch->process.pidfd, .events = EPOLLIN, .on_event = never};
    assert_int_equal(loop_add(f->warden.loop, &fetch->exit_watch), OK);
    assert_int_equal(
        loop_timer_set(f->warden.loop, &fetch->timer, clock_mono_ms() + 100000), OK);
    fetch->running = true;
}

static void a_reload_takes_no_keys_of_the_address_that_was(void **state)
{
    struct fixture *f = *state;
    struct warden_fetch *fetch = &f->warden.fetch;

    begin_fetch(f);
    pid_t pid = fetch->process.pid;
    int kept = fetch->keys_fd;
    warden_fetch_anew(&f->warden);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* it was reaped */
    assert_int_equal(errno, ECHILD);
    assert_false(fetch->running);
    assert_false(fetch->exit_watch.active);
    assert_int_equal(fetch->out_fd, -1);
    assert_int_equal(fetch->messages_fd, -1);
    assert_int_equal(fetch->offer_fd, -1);
    assert_int_equal(fetch->keys_fd, kept); /* the last good ones */
    assert_int_equal(fetch->failures, 0);
    assert_int_equal(warden_fetch_send(&f->child, "jwks"), OK);
    assert_false(f->child.has_offer);
    assert_int_equal(loop_once(f->warden.loop, 1000), OK);
    assert_int_equal(fetch->failures, 1); /* another began at once: there is no CA file */
}

static void nothing_is_fetched_while_old_processes_are_many(void **state)
{
    struct fixture *f = *state;
    static struct warden_child more[WARDEN_FETCH_PROCESSES_MAX - 1];

    for (size_t i = 0; i < WARDEN_FETCH_PROCESSES_MAX - 1; i++) {
        more[i] = (struct warden_child){.warden = &f->warden,
            .plugin = f->child.plugin,
            .retired = true,
            .next = f->warden.children};
        f->warden.children = &more[i];
    }
    warden_fetch_now(&f->warden);
    assert_int_equal(loop_once(f->warden.loop, 1000), OK);
    assert_int_equal(f->warden.fetch.failures, 0);
    assert_true(f->warden.fetch.timer.armed);
    f->warden.children = f->warden.children->next;
    warden_fetch_now(&f->warden);
    assert_int_equal(loop_once(f->warden.loop, 1000), OK);
    assert_int_equal(f->warden.fetch.failures, 1);
}

static void without_a_url_nothing_is_done(void **state)
{
    struct fixture *f = *state;

    f->warden.fetch.plugin = NULL;
    warden_fetch_now(&f->warden);
    assert_false(f->warden.fetch.timer.armed);
    assert_false(warden_fetch_has(&f->child, "schloss.oauthbearer.jwks.file"));
    warden_fetch_on_ready(&f->child);
    warden_fetch_anew(&f->warden);
    assert_false(f->warden.fetch.timer.armed);
    warden_fetch_stop(&f->warden);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_are_tried_again_sooner_but_ever_later),
        cmocka_unit_test(the_time_is_up_to_a_tenth_less),
        cmocka_unit_test(what_is_sealed_can_not_be_changed),
        cmocka_unit_test(another_size_than_that_of_keys_is_refused),
        cmocka_unit_test(only_the_same_bytes_are_the_same),
        TEST(new_keys_are_given_to_who_replaces_another_alone),
        TEST(keys_are_in_force_when_the_plugin_is_ready_with_them),
        TEST(keys_that_the_plugin_refuses_leave_the_old_ones),
        TEST(a_fetch_that_can_not_begin_is_a_failure),
        TEST(a_reload_takes_no_keys_of_the_address_that_was),
        TEST(nothing_is_fetched_while_old_processes_are_many),
        TEST(without_a_url_nothing_is_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
