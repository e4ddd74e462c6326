#include "loop.h"

#include "clock.h"
#include "mem.h"
#include "test.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TIMERS  40
#define SOON_MS 50 /* below what the loop takes for having been away */

/* What ran, in order. */
static int trace[256];
static size_t traced;

static void note(int what)
{
    assert_true(traced < sizeof(trace) / sizeof(trace[0]));
    trace[traced++] = what;
}

struct subject {
    struct loop *loop;
    struct loop_timer timer;
    struct loop_watch watch;
    struct subject *other;
    int number;
    int64_t again_ms; /* from now; INT64_MAX: not */
};

static void on_timer(void *context)
{
    struct subject *s = context;

    note(s->number);
    if (s->again_ms != INT64_MAX) {
        assert_int_equal(
            loop_timer_set(s->loop, &s->timer, loop_now_ms(s->loop) + s->again_ms), OK);
    }
}

static struct subject timed(struct loop *l, int number)
{
    return (struct subject){
        .loop = l, .number = number, .again_ms = INT64_MAX, .timer.on_timer = on_timer};
}

static struct loop *start(void)
{
    traced = 0;
    struct loop *l = loop_new();
    assert_non_null(l);
    return l;
}

static void arm(struct subject *s, int64_t due_ms)
{
    s->timer.context = s;
    assert_int_equal(loop_timer_set(s->loop, &s->timer, due_ms), OK);
}

static void turn(struct loop *l)
{
    assert_int_equal(loop_once(l, 0), OK);
}

static void timers_run_in_the_order_of_their_times(void **state)
{
    struct loop *l = start();
    struct subject s[TIMERS];

    (void)state;
    for (int i = 0; i < TIMERS; i++) {
        s[i] = timed(l, i);
    }
    for (int i = 0; i < TIMERS; i++) {
        int k = i * 17 % TIMERS;
        arm(&s[k], k);
    }
    turn(l);
    assert_int_equal(traced, TIMERS);
    for (int i = 0; i < TIMERS; i++) {
        assert_int_equal(trace[i], i);
    }
    turn(l);
    assert_int_equal(traced, TIMERS); /* each once */
    loop_free(&l);
    assert_null(l);
}

static void cancelled_timers_do_not_run_and_the_others_keep_their_order(void **state)
{
    (void)state;
    for (int gone = 0; gone < TIMERS; gone++) {
        struct loop *l = start();
        struct subject s[TIMERS];
        for (int i = 0; i < TIMERS; i++) {
            s[i] = timed(l, i);
        }
        for (int i = 0; i < TIMERS; i++) {
            int k = i * 23 % TIMERS;
            arm(&s[k], k);
        }
        loop_timer_cancel(l, &s[gone].timer);
        loop_timer_cancel(l, &s[gone].timer);
        turn(l);
        assert_int_equal(traced, TIMERS - 1);
        for (int i = 0; i < TIMERS - 1; i++) {
            assert_int_equal(trace[i], i < gone ? i : i + 1);
        }
        loop_free(&l);
    }
}

/* Any mixture of setting, setting anew and cancelling leaves the order right. */
static void timers_keep_their_order_whatever_is_done_to_them(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct loop *l = start();
        struct subject s[TIMERS];
        size_t armed = 0;
        for (int i = 0; i < TIMERS; i++) {
            s[i] = timed(l, i);
        }
        for (int i = 0; i < 4 * TIMERS; i++) {
            seed = seed * 1664525 + 1013904223;
            struct subject *one = &s[(seed >> 16) % TIMERS];
            if (seed >> 30 == 0) {
                loop_timer_cancel(l, &one->timer);
            } else {
                arm(one, seed >> 8 & 63);
            }
        }
        for (int i = 0; i < TIMERS; i++) {
            armed += s[i].timer.armed;
        }
        turn(l);
        assert_int_equal(traced, armed);
        for (size_t i = 1; i < traced; i++) {
            assert_true(s[trace[i - 1]].timer.due_ms <= s[trace[i]].timer.due_ms);
        }
        loop_free(&l);
    }
}

static void a_timer_that_is_set_again_has_the_new_time_only(void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);
    struct subject b = timed(l, 2);

    (void)state;
    arm(&a, 1);
    arm(&b, 2);
    arm(&a, 3);
    turn(l);
    assert_int_equal(traced, 2);
    assert_int_equal(trace[0], 2);
    assert_int_equal(trace[1], 1);
    loop_free(&l);
}

static void a_timer_is_not_early(void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);
    int64_t due = clock_mono_ms() + 20;

    (void)state;
    arm(&a, due);
    turn(l);
    assert_int_equal(traced, 0);
    while (traced == 0) {
        assert_int_equal(loop_once(l, -1), OK);
    }
    assert_true(clock_mono_ms() >= due);
    assert_true(loop_now_ms(l) >= due);
    loop_free(&l);
}

static void a_timer_that_arms_itself_runs_once_a_round(void **state)
{
    static const int64_t again[] = {0, -1000};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct loop *l = start();
        struct subject a = timed(l, 1);
        struct subject b = timed(l, 2);
        struct subject c = timed(l, 3);
        a.again_ms = again[k];
        arm(&a, 0);
        arm(&b, 1);
        arm(&c, clock_mono_ms() + 3600000);
        turn(l);
        assert_int_equal(traced, 2); /* and it does not keep the others from running */
        turn(l);
        assert_int_equal(traced, 3);
        assert_int_equal(trace[2], 1);
        loop_free(&l);
    }
}

static void arm_other(void *context)
{
    struct subject *s = context;

    note(s->number);
    arm(s->other, loop_now_ms(s->loop));
}

static void a_timer_may_arm_and_cancel_others(void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);
    struct subject b = timed(l, 2);

    (void)state;
    a.timer.on_timer = arm_other;
    a.other = &b;
    arm(&a, 0);
    arm(&b, 1); /* would run now; a puts it off to the next round */
    turn(l);
    assert_int_equal(traced, 1);
    turn(l);
    assert_int_equal(traced, 2);
    assert_int_equal(trace[1], 2);
    loop_free(&l);
}

static void an_allocation_that_fails_is_told(void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);

    (void)state;
    mem_fail_after(0);
    assert_int_equal(loop_timer_set(l, &a.timer, 0), ERR_NOMEM);
    assert_false(a.timer.armed);
    mem_fail_after(0);
    assert_null(loop_new());
    mem_fail_after(-1);
    turn(l);
    loop_free(&l);
    loop_free(&l);
}

static void on_ready(void *context, uint32_t events)
{
    struct subject *s = context;

    assert_true((events & EPOLLIN) != 0);
    note(s->number);
}

static void remove_both(void *context, uint32_t events)
{
    struct subject *s = context;

    on_ready(context, events);
    loop_remove(s->loop, &s->watch);
    loop_remove(s->loop, &s->other->watch);
}

static void watch(struct subject *s, void (*on_event)(void *, uint32_t))
{
    int fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);

    assert_true(fd >= 0);
    s->watch = (struct loop_watch){
        .fd = fd, .events = EPOLLIN, .on_event = on_event, .context = s};
    assert_int_equal(loop_add(s->loop, &s->watch), OK);
    assert_true(s->watch.active);
}

static void a_watch_that_is_removed_in_a_callback_is_not_called_in_that_round(
    void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);
    struct subject b = timed(l, 2);

    (void)state;
    a.other = &b;
    b.other = &a;
    watch(&a, remove_both);
    watch(&b, remove_both);
    turn(l);
    assert_int_equal(traced, 1);
    assert_false(a.watch.active);
    assert_false(b.watch.active);
    turn(l);
    assert_int_equal(traced, 1);
    loop_remove(l, &a.watch); /* harmless */
    close(a.watch.fd);
    close(b.watch.fd);
    loop_free(&l);
}

static void only_the_events_of_interest_are_told(void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);

    (void)state;
    watch(&a, on_ready);
    turn(l);
    assert_int_equal(traced, 1);
    assert_int_equal(loop_set_events(l, &a.watch, 0), OK);
    turn(l);
    assert_int_equal(traced, 1);
    assert_int_equal(loop_set_events(l, &a.watch, EPOLLIN), OK);
    assert_int_equal(loop_set_events(l, &a.watch, EPOLLIN), OK);
    turn(l);
    assert_int_equal(traced, 2);
    loop_remove(l, &a.watch);
    assert_int_equal(loop_set_events(l, &a.watch, EPOLLOUT), ERR_IO);
    close(a.watch.fd);
    loop_free(&l);
}

static void what_can_not_be_watched_is_an_error(void **state)
{
    struct loop *l = start();
    struct loop_watch w = {.fd = -1, .events = EPOLLIN};

    (void)state;
    assert_int_equal(loop_add(l, &w), ERR_IO);
    assert_false(w.active);
    loop_free(&l);
}

static void on_round(void *context)
{
    struct subject *s = context;

    note(100);
    if (s != NULL) {
        loop_stop(s->loop);
    }
}

/* One round with an event of a and a timer of b that is due; how late the timer was. */
static int64_t event_and_timer(struct loop *l, struct subject *a, struct subject *b)
{
    int64_t due = clock_mono_ms();

    traced = 0;
    watch(a, on_ready);
    arm(b, due);
    turn(l);
    loop_remove(l, &a->watch);
    close(a->watch.fd);
    return loop_now_ms(l) - due;
}

static void timers_that_are_due_run_before_events(void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);
    struct subject b = timed(l, 2);

    (void)state;
    while (event_and_timer(l, &a, &b) > SOON_MS) {
        /* This test was kept from running, which the next one is about. */
    }
    assert_int_equal(traced, 2);
    assert_int_equal(trace[0], 2);
    assert_int_equal(trace[1], 1);
    loop_free(&l);
}

static void events_that_wait_for_a_process_that_was_away_run_before_timers(void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);
    struct subject b = timed(l, 2);

    (void)state;
    watch(&a, on_ready);
    arm(&b, clock_mono_ms() - 60000);
    turn(l);
    assert_int_equal(traced, 2);
    assert_int_equal(trace[0], 1);
    assert_int_equal(trace[1], 2);
    loop_remove(l, &a.watch);
    close(a.watch.fd);
    loop_free(&l);
}

static void lose_interest(void *context)
{
    struct subject *s = context;

    note(s->number);
    assert_int_equal(loop_set_events(s->loop, &s->other->watch, EPOLLOUT), OK);
}

static void leave(void *context)
{
    struct subject *s = context;

    note(s->number);
    loop_remove(s->loop, &s->other->watch);
}

static void what_a_timer_removes_or_silences_is_not_called_in_that_round(void **state)
{
    void (*const on_timers[])(void *) = {lose_interest, leave};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct loop *l = start();
        struct subject a = timed(l, 1);
        struct subject b = timed(l, 2);
        b.other = &a;
        b.timer.on_timer = on_timers[i];
        int64_t late_ms;
        do {
            late_ms = event_and_timer(l, &a, &b);
        } while (late_ms > SOON_MS);
        assert_int_equal(traced, 1);
        assert_int_equal(trace[0], 2);
        loop_free(&l);
    }
}

static void the_end_of_a_round_comes_after_events_and_timers(void **state)
{
    struct loop *l = start();
    struct subject a = timed(l, 1);
    struct subject b = timed(l, 2);

    (void)state;
    watch(&a, on_ready);
    arm(&b, 0);
    loop_on_round(l, on_round, NULL);
    turn(l);
    assert_int_equal(traced, 3);
    assert_int_equal(trace[2], 100);
    loop_on_round(l, on_round, &a);
    assert_int_equal(loop_run(l), OK); /* until loop_stop() */
    loop_remove(l, &a.watch);
    close(a.watch.fd);
    loop_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_run_in_the_order_of_their_times),
        cmocka_unit_test(cancelled_timers_do_not_run_and_the_others_keep_their_order),
        cmocka_unit_test(timers_keep_their_order_whatever_is_done_to_them),
        cmocka_unit_test(a_timer_that_is_set_again_has_the_new_time_only),
        cmocka_unit_test(a_timer_is_not_early),
        cmocka_unit_test(a_timer_that_arms_itself_runs_once_a_round),
        cmocka_unit_test(a_timer_may_arm_and_cancel_others),
        cmocka_unit_test(an_allocation_that_fails_is_told),
        cmocka_unit_test(
            a_watch_that_is_removed_in_a_callback_is_not_called_in_that_round),
        cmocka_unit_test(only_the_events_of_interest_are_told),
        cmocka_unit_test(what_can_not_be_watched_is_an_error),
        cmocka_unit_test(timers_that_are_due_run_before_events),
        cmocka_unit_test(events_that_wait_for_a_process_that_was_away_run_before_timers),
        cmocka_unit_test(what_a_timer_removes_or_silences_is_not_called_in_that_round),
        cmocka_unit_test(the_end_of_a_round_comes_after_events_and_timers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
