#include "test.h"

#include "auth_host.h"
#include "warden_alive.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child of the warden: a process that only a signal ends, and both ends of its channel. */
struct fixture {
    struct warden warden;
    struct warden_child child;
    struct ipc_channel other;
};

static const struct ipc_handler no_handlers[IPC_MSG_COUNT];

static void on_end(void *context, enum err why)
{
    struct fixture *f = context;

    (void)why;
    ipc_link_fini(&f->child.link);
}

static void start_process(struct sandbox_process *p)
{
    p->pid = fork();
    if (p->pid == 0) {
        for (;;) {
            (void)pause();
        }
    }
    assert_true(p->pid > 0);
    p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
    assert_true(p->pidfd >= 0);
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    struct ipc_channel channel;
    int ends[2];

    f->warden.loop = loop_new();
    assert_non_null(f->warden.loop);
    f->child.warden = &f->warden;
    f->child.role = IPC_AUTH;
    f->child.state = CHILD_READY;
    start_process(&f->child.process);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_init(&channel, ends[0], IPC_PACKETS, IPC_WARDEN, IPC_AUTH, 65536),
        OK);
    assert_int_equal(
        ipc_link_init(&f->child.link, f->warden.loop, &channel, no_handlers, f, on_end),
        OK);
    assert_int_equal(
        ipc_channel_init(&f->other, ends[1], IPC_PACKETS, IPC_AUTH, IPC_WARDEN, 65536),
        OK);
    assert_int_equal(warden_alive_watch(&f->child), OK);
    *state = f;
    return 0;
}

/* The signal that ended the process; 0: none did until now. */
static int ended_by(struct fixture *f)
{
    int status = 0;
    siginfo_t info = {0};

    (void)waitid(P_PID, (id_t)f->child.process.pid, &info, WEXITED | WNOHANG | WNOWAIT);
    if (info.si_pid == 0) {
        return 0;
    }
    assert_int_equal(waitpid(f->child.process.pid, &status, 0), f->child.process.pid);
    f->child.process.pid = 0;
    return WTERMSIG(status);
}

/* The same, of one that was certainly told to end. */
static int await_end(struct fixture *f)
{
    int status = 0;

    assert_int_equal(waitpid(f->child.process.pid, &status, 0), f->child.process.pid);
    f->child.process.pid = 0;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    if (f->child.process.pid > 0) {
        (void)kill(f->child.process.pid, SIGKILL);
        (void)waitpid(f->child.process.pid, NULL, 0);
    }
    loop_timer_cancel(f->warden.loop, &f->child.alive);
    ipc_link_fini(&f->child.link);
    ipc_channel_fini(&f->other);
    (void)close(f->child.process.pidfd);
    loop_free(&f->warden.loop);
    test_free(f);
    return 0;
}

/* As the loop does when the time that was set has come. */
static void let_time_pass(struct fixture *f)
{
    f->child.alive.on_timer(f->child.alive.context);
}

static void assert_asked(struct fixture *f, bool expected)
{
    struct ipc_received m;
    enum err e = ipc_channel_receive(&f->other, &m);

    assert_int_equal(e, expected ? OK : ERR_AGAIN);
    assert_true(!expected || m.msg == IPC_MSG_ALIVE_ASK);
}

static void one_that_answers_is_asked_again_and_again(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 10; i++) {
        assert_asked(f, false);
        let_time_pass(f);
        assert_asked(f, true);
        assert_int_equal(warden_alive_answer(&f->child), OK);
    }
    assert_int_equal(ended_by(f), 0);
}

static void one_that_does_not_answer_is_killed(void **state)
{
    struct fixture *f = *state;

    let_time_pass(f);
    assert_asked(f, true);
    assert_int_equal(ended_by(f), 0);
    let_time_pass(f);
    assert_int_equal(await_end(f), SIGKILL);
    assert_asked(f, false);
}

static void one_that_was_told_to_stop_and_does_not_answer_is_killed_too(void **state)
{
    struct fixture *f = *state;

    f->child.retired = true;
    f->child.state = CHILD_STOPPING;
    let_time_pass(f);
    let_time_pass(f);
    assert_int_equal(await_end(f), SIGKILL);
}

static void an_answer_that_nobody_asked_for_is_a_breach(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(warden_alive_answer(&f->child), ERR_INVALID);
    let_time_pass(f);
    assert_int_equal(warden_alive_answer(&f->child), OK);
    assert_int_equal(warden_alive_answer(&f->child), ERR_INVALID);
}

static void one_that_gave_up_its_channel_and_lives_on_is_killed(void **state)
{
    struct fixture *f = *state;

    ipc_link_fini(&f->child.link);
    let_time_pass(f);
    assert_int_equal(await_end(f), SIGKILL);
}

static void an_answer_has_more_time_than_an_attempt(void **state)
{
    (void)state;
    assert_true(WARDEN_ALIVE_ANSWER_MS > AUTH_TIMEOUT_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            one_that_answers_is_asked_again_and_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            one_that_does_not_answer_is_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            one_that_was_told_to_stop_and_does_not_answer_is_killed_too, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            an_answer_that_nobody_asked_for_is_a_breach, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            one_that_gave_up_its_channel_and_lives_on_is_killed, set_up, tear_down),
        cmocka_unit_test(an_answer_has_more_time_than_an_attempt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
