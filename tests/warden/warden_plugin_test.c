/* warden_plugin: whose process is ended when broker does not listen to it any more. */
#include "warden_plugin.h"

#include "test.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST, SECOND, CHILDREN };

/* Two plugins, with a process each that only a signal ends. */
struct fixture {
    struct warden warden;
    struct warden_plugin plugins[CHILDREN];
    struct warden_child children[CHILDREN];
};

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

    for (size_t i = 0; i < CHILDREN; i++) {
        f->plugins[i] =
            (struct warden_plugin){.number = (uint8_t)(3 + i), .process = "auth-x"};
        f->children[i] = (struct warden_child){.warden = &f->warden,
            .role = IPC_AUTH,
            .plugin = &f->plugins[i],
            .state = CHILD_READY,
            .next = f->warden.children};
        f->warden.children = &f->children[i];
        start_process(&f->children[i].process);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < CHILDREN; i++) {
        const struct sandbox_process *p = &f->children[i].process;
        (void)kill(p->pid, SIGKILL);
        (void)waitpid(p->pid, NULL, 0);
        (void)close(p->pidfd);
    }
    test_free(f);
    return 0;
}

/* A signal that was sent ends it before it does anything else: it is waited for. */
static void assert_ended(struct fixture *f, size_t child)
{
    siginfo_t info = {0};

    assert_int_equal(
        waitid(P_PID, (id_t)f->children[child].process.pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(info.si_status, SIGKILL);
}

static void assert_lives(struct fixture *f, size_t child)
{
    siginfo_t info = {0};

    assert_int_equal(waitid(P_PID, (id_t)f->children[child].process.pid, &info,
                         WEXITED | WNOHANG | WNOWAIT),
        0);
    assert_int_equal(info.si_pid, 0);
}

static void the_process_of_that_plugin_is_ended_and_no_other(void **state)
{
    struct fixture *f = *state;

    warden_plugin_on_broken(&f->warden, f->plugins[SECOND].number);
    assert_ended(f, SECOND);
    assert_lives(f, FIRST);
}

static void a_number_of_no_plugin_ends_nothing(void **state)
{
    struct fixture *f = *state;

    warden_plugin_on_broken(&f->warden, 0);
    warden_plugin_on_broken(&f->warden, 255);
    assert_lives(f, FIRST);
    assert_lives(f, SECOND);
}

static void what_is_on_its_way_in_or_out_is_left_alone(void **state)
{
    struct fixture *f = *state;

    f->children[FIRST].retired = true;
    warden_plugin_on_broken(&f->warden, f->plugins[FIRST].number);
    f->children[FIRST].retired = false;
    f->children[FIRST].state = CHILD_STARTING;
    warden_plugin_on_broken(&f->warden, f->plugins[FIRST].number);
    f->children[FIRST].state = CHILD_STOPPING;
    warden_plugin_on_broken(&f->warden, f->plugins[FIRST].number);
    f->children[FIRST].state = CHILD_READY;
    f->children[FIRST].role = IPC_KEYS;
    warden_plugin_on_broken(&f->warden, f->plugins[FIRST].number);
    assert_lives(f, FIRST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_process_of_that_plugin_is_ended_and_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_number_of_no_plugin_ends_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_on_its_way_in_or_out_is_left_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
