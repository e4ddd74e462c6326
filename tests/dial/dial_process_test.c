#include "dial_process.h"

#include "clock.h"
#include "dial_server.h"
#include "mem.h"
#include "test.h"

#include <string.h>
#include <unistd.h>

static struct dial d;

static int set_up(void **state)
{
    (void)state;
    memset(&d, 0, sizeof(d));
    d.role.loop = loop_new();
    return d.role.loop == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    dial_process_fini(&d);
    loop_free(&d.role.loop);
    return 0;
}

/* The plugin's end of a new line. */
static void open_line(struct ipc_channel *plugin)
{
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(dial_process_add(&d, ends[0]), OK);
    assert_int_equal(
        ipc_channel_init(plugin, ends[1], IPC_PACKETS, IPC_AUTH, IPC_DIAL, 4096), OK);
}

static void ask(struct ipc_channel *plugin, uint64_t request, uint32_t timeout_ms)
{
    const struct ipc_dial message = {.timeout_ms = timeout_ms};

    assert_int_equal(ipc_channel_send(plugin, IPC_MSG_DIAL, request, &message, -1), OK);
}

static enum err answer_of(struct ipc_channel *plugin, struct ipc_received *out)
{
    enum err e = ipc_channel_receive(plugin, out);

    while (e == ERR_AGAIN) {
        assert_int_equal(loop_once(d.role.loop, -1), OK);
        e = ipc_channel_receive(plugin, out);
    }
    return e;
}

static void add_address(const struct dial_server *s)
{
    d.addresses.items[d.addresses.count++] = s->address;
}

static void who_asks_gets_a_connection_and_none_stays_behind(void **state)
{
    struct ipc_channel plugin;
    struct ipc_received m;
    struct dial_server s;

    (void)state;
    dial_server_open(&s);
    add_address(&s);
    open_line(&plugin);
    ask(&plugin, 7, 5000);
    assert_int_equal(answer_of(&plugin, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_DIALED);
    assert_int_equal(m.request, 7);
    assert_true(dial_server_is_at_end_of(&s, m.fd));
    assert_int_equal(d.lines[0].attempt.fd, -1);
    close(m.fd);
    ipc_channel_fini(&plugin);
    dial_server_close(&s);
}

static void where_nobody_answers_the_error_is_told(void **state)
{
    struct ipc_channel plugin;
    struct ipc_received m;
    struct dial_server s;

    (void)state;
    dial_server_open(&s);
    dial_server_close(&s);
    add_address(&s);
    open_line(&plugin);
    ask(&plugin, 8, 5000);
    assert_int_equal(answer_of(&plugin, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_DIAL_FAILED);
    assert_int_equal(m.request, 8);
    assert_int_equal(m.body.dial_failed.error, ERR_CLOSED);
    ipc_channel_fini(&plugin);
}

static void who_asks_again_is_answered_once(void **state)
{
    struct ipc_channel plugin;
    struct ipc_received m;
    struct dial_server s;

    (void)state;
    dial_server_open_silent(&s);
    add_address(&s);
    open_line(&plugin);
    ask(&plugin, 1, 10000);
    ask(&plugin, 2, 20);
    assert_int_equal(answer_of(&plugin, &m), OK);
    assert_int_equal(m.request, 2);
    assert_int_equal(m.msg, IPC_MSG_DIAL_FAILED);
    assert_false(d.lines[0].attempt.active);
    ipc_channel_fini(&plugin);
    dial_server_close(&s);
}

static void what_it_may_not_say_ends_its_line_and_no_other(void **state)
{
    struct ipc_channel plugin;
    struct ipc_channel other;
    struct ipc_received m;
    struct dial_server s;
    char packet[IPC_HEADER_BYTES] = {0};

    (void)state;
    dial_server_open(&s);
    add_address(&s);
    open_line(&plugin);
    open_line(&other);
    assert_int_equal(write(plugin.fd, packet, sizeof(packet)), sizeof(packet));
    assert_int_equal(answer_of(&plugin, &m), ERR_CLOSED);
    assert_false(ipc_link_is_open(&d.lines[0].link));
    ask(&other, 1, 5000);
    assert_int_equal(answer_of(&other, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_DIALED);
    close(m.fd);
    ipc_channel_fini(&plugin);
    ipc_channel_fini(&other);
    dial_server_close(&s);
}

static void who_leaves_takes_its_attempt_along(void **state)
{
    struct ipc_channel plugin;
    struct dial_server s;

    (void)state;
    dial_server_open_silent(&s);
    add_address(&s);
    open_line(&plugin);
    ask(&plugin, 1, 10000);
    while (!d.lines[0].attempt.active) {
        assert_int_equal(loop_once(d.role.loop, -1), OK);
    }
    ipc_channel_fini(&plugin);
    while (ipc_link_is_open(&d.lines[0].link)) {
        assert_int_equal(loop_once(d.role.loop, -1), OK);
    }
    assert_false(d.lines[0].attempt.active);
    dial_server_close(&s);
}

static void lines_are_counted_and_one_that_ended_makes_room(void **state)
{
    struct ipc_channel plugins[DIAL_LINES_MAX];
    struct ipc_channel late;
    int ends[2];

    (void)state;
    for (size_t i = 0; i < DIAL_LINES_MAX; i++) {
        open_line(&plugins[i]);
    }
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(dial_process_add(&d, ends[0]), ERR_FULL);
    close(ends[1]);
    ipc_channel_fini(&plugins[2]);
    while (ipc_link_is_open(&d.lines[2].link)) {
        assert_int_equal(loop_once(d.role.loop, -1), OK);
    }
    open_line(&late);
    assert_true(ipc_link_is_open(&d.lines[2].link));
    ipc_channel_fini(&late);
    for (size_t i = 0; i < DIAL_LINES_MAX; i++) {
        ipc_channel_fini(&plugins[i]);
    }
}

static void without_memory_a_line_is_refused_and_nothing_stays(void **state)
{
    struct ipc_channel plugin;

    (void)state;
    for (long n = 0; n < 16; n++) {
        int ends[2];
        assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
        mem_fail_after(n);
        enum err e = dial_process_add(&d, ends[0]);
        mem_fail_after(-1);
        close(ends[1]);
        if (e == OK) {
            assert_true(n > 0);
            break;
        }
        assert_int_equal(e, ERR_NOMEM);
        assert_false(ipc_link_is_open(&d.lines[0].link));
        assert_true(n < 15);
    }
    dial_process_fini(&d);
    open_line(&plugin);
    ipc_channel_fini(&plugin);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_asks_gets_a_connection_and_none_stays_behind),
        TEST(where_nobody_answers_the_error_is_told),
        TEST(who_asks_again_is_answered_once),
        TEST(what_it_may_not_say_ends_its_line_and_no_other),
        TEST(who_leaves_takes_its_attempt_along),
        TEST(lines_are_counted_and_one_that_ended_makes_room),
        TEST(without_memory_a_line_is_refused_and_nothing_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
