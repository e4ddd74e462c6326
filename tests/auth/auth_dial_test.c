#include "auth_dial.h"

#include "test.h"

#include <fcntl.h>
#include <unistd.h>

/* The other side answers before it is asked: the numbers of requests are known. */
struct fixture {
    struct auth_dial dial;
    struct ipc_channel other;
};

static int set_up(void **state)
{
    static struct fixture f;
    int ends[2];

    auth_dial_init(&f.dial);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(auth_dial_link(&f.dial, ends[0]), OK);
    assert_int_equal(
        ipc_channel_init(&f.other, ends[1], IPC_PACKETS, IPC_DIAL, IPC_AUTH, 4096), OK);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    auth_dial_fini(&f->dial);
    ipc_channel_fini(&f->other);
    return 0;
}

static void hand_over(struct fixture *f, uint64_t request)
{
    const struct ipc_dialed dialed = {0};
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_int_equal(
        ipc_channel_send(&f->other, IPC_MSG_DIALED, request, &dialed, fd), OK);
    close(fd);
}

static void refuse(struct fixture *f, uint64_t request)
{
    const struct ipc_dial_failed failed = {.error = ERR_CLOSED};

    assert_int_equal(
        ipc_channel_send(&f->other, IPC_MSG_DIAL_FAILED, request, &failed, -1), OK);
}

static void what_is_handed_over_is_the_callers(void **state)
{
    struct fixture *f = *state;
    struct ipc_received m;

    hand_over(f, 1);
    int fd = auth_dial_connect(&f->dial, 100000);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(ipc_channel_receive(&f->other, &m), OK);
    assert_int_equal(m.msg, IPC_MSG_DIAL);
    assert_int_equal(m.body.dial.timeout_ms, AUTH_DIAL_TIMEOUT_MAX_MS);
}

static void a_refusal_is_no_connection_and_the_next_may_be_one(void **state)
{
    struct fixture *f = *state;

    refuse(f, 1);
    hand_over(f, 2);
    assert_int_equal(auth_dial_connect(&f->dial, 1000), -1);
    int fd = auth_dial_connect(&f->dial, 1000);
    assert_true(fd >= 0);
    close(fd);
}

static void a_silent_dial_is_waited_for_no_longer_than_said(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(auth_dial_connect(&f->dial, 1), -1);
    assert_true(f->dial.channel.fd >= 0);
}

static void an_answer_that_is_late_is_dropped_with_its_descriptor(void **state)
{
    struct fixture *f = *state;
    int before = dup(0);

    assert_int_equal(auth_dial_connect(&f->dial, 1), -1);
    hand_over(f, 1);
    refuse(f, 1);
    assert_int_equal(auth_dial_connect(&f->dial, 1), -1);
    int after = dup(0);
    assert_int_equal(after, before + 1); /* nothing took the place between */
    close(after);
    hand_over(f, 2);
    hand_over(f, 3);
    int fd = auth_dial_connect(&f->dial, 1000);
    assert_true(fd >= 0);
    close(fd);
    close(before);
}

static void a_dial_that_is_gone_is_found_out_and_another_can_come(void **state)
{
    struct fixture *f = *state;
    int ends[2];

    ipc_channel_fini(&f->other);
    assert_int_equal(auth_dial_connect(&f->dial, 5000), -1);
    assert_int_equal(auth_dial_connect(&f->dial, 5000), -1);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(auth_dial_link(&f->dial, ends[0]), OK);
    assert_int_equal(
        ipc_channel_init(&f->other, ends[1], IPC_PACKETS, IPC_DIAL, IPC_AUTH, 4096), OK);
    hand_over(f, f->dial.request + 1);
    int fd = auth_dial_connect(&f->dial, 1000);
    assert_true(fd >= 0);
    close(fd);
}

static void a_dial_that_breaks_a_rule_is_heard_no_more(void **state)
{
    struct fixture *f = *state;
    char packet[IPC_HEADER_BYTES] = {0};

    assert_int_equal(write(f->other.fd, packet, sizeof(packet)), sizeof(packet));
    hand_over(f, 1);
    assert_int_equal(auth_dial_connect(&f->dial, 1000), -1);
    assert_int_equal(f->dial.channel.fd, -1);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_handed_over_is_the_callers),
        TEST(a_refusal_is_no_connection_and_the_next_may_be_one),
        TEST(a_silent_dial_is_waited_for_no_longer_than_said),
        TEST(an_answer_that_is_late_is_dropped_with_its_descriptor),
        TEST(a_dial_that_is_gone_is_found_out_and_another_can_come),
        TEST(a_dial_that_breaks_a_rule_is_heard_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
