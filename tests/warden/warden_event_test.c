#include "test.h"

#include "warden_child.h"
#include "warden_event.h"

#include <stdio.h>
#include <string.h>

/* A warden with an audit that the test speaks for. */
struct fixture {
    struct warden warden;
    struct warden_child audit;
    struct ipc_channel other;
    struct ipc_received last;
    int ends; /* of waits */
    bool is_recorded;
};

static const struct ipc_handler no_handlers[IPC_MSG_COUNT];

static void on_end(void *context, enum err why)
{
    (void)context;
    fail_msg("the channel ended: %s", err_text(why));
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    struct ipc_channel channel;
    int ends[2];

    f->warden.loop = loop_new();
    assert_non_null(f->warden.loop);
    f->audit = (struct warden_child){
        .warden = &f->warden, .role = IPC_AUDIT, .state = CHILD_READY};
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_init(&channel, ends[0], IPC_PACKETS, IPC_WARDEN, IPC_AUDIT, 1 << 20),
        OK);
    assert_int_equal(
        ipc_link_init(&f->audit.link, f->warden.loop, &channel, no_handlers, f, on_end),
        OK);
    assert_int_equal(
        ipc_channel_init(&f->other, ends[1], IPC_PACKETS, IPC_AUDIT, IPC_WARDEN, 1 << 20),
        OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    warden_event_forget(&f->warden);
    ipc_link_fini(&f->audit.link);
    ipc_channel_fini(&f->other);
    loop_free(&f->warden.loop);
    test_free(f);
    return 0;
}

static void on_recorded(struct warden *w, bool is_recorded)
{
    struct fixture *f = (struct fixture *)(void *)w; /* its first member */

    f->ends++;
    f->is_recorded = is_recorded;
}

static void await(struct fixture *f)
{
    warden_event_await(&f->warden, f->warden.events.breaks, on_recorded);
}

static void tell(struct fixture *f, const char *name)
{
    warden_event(&f->warden, IPC_EVENT_PROCESS, IPC_OUTCOME_FAILURE, "end", name, "why");
}

/* The next event; false: there is none. */
static bool hear(struct fixture *f)
{
    assert_int_equal(loop_once(f->warden.loop, 0), OK);
    return ipc_channel_receive(&f->other, &f->last) == OK;
}

static void assert_heard(struct fixture *f, const char *name)
{
    assert_true(hear(f));
    assert_true(ipc_view_equals(f->last.body.event.name, name));
}

static void an_event_goes_to_audit(void **state)
{
    struct fixture *f = *state;

    f->warden.children = &f->audit;
    tell(f, "broker");
    assert_heard(f, "broker");
    assert_int_equal(f->last.body.event.kind, IPC_EVENT_PROCESS);
    assert_int_equal(f->last.body.event.outcome, IPC_OUTCOME_FAILURE);
    assert_true(ipc_view_equals(f->last.body.event.operation, "end"));
    assert_true(ipc_view_equals(f->last.body.event.reason, "why"));
    assert_false(hear(f));
}

static void without_an_audit_it_is_kept_with_its_time_and_order(void **state)
{
    struct fixture *f = *state;

    tell(f, "audit");
    tell(f, "keys");
    int64_t first_ms = f->warden.events.kept[0].time_ms;
    f->warden.children = &f->audit;
    tell(f, "auth"); /* not before what is kept */
    assert_false(hear(f));
    warden_event_catch_up(&f->warden);
    assert_heard(f, "audit");
    assert_int_equal(f->last.body.event.time_ms, first_ms);
    assert_heard(f, "keys");
    assert_heard(f, "auth");
    assert_false(hear(f));
    assert_int_equal(f->warden.events.count, 0);
}

static void what_is_too_much_is_counted(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < WARDEN_EVENTS_MAX + 3; i++) {
        tell(f, "gate");
    }
    f->warden.children = &f->audit;
    warden_event_catch_up(&f->warden);
    for (int i = 0; i < WARDEN_EVENTS_MAX; i++) {
        assert_heard(f, "gate");
    }
    assert_true(hear(f));
    assert_int_equal(f->last.body.event.kind, IPC_EVENT_GAP);
    assert_int_equal(f->last.body.event.count, 3);
    assert_true(f->last.body.event.first_time_ms > 0);
    assert_false(hear(f));
    assert_int_equal(f->warden.events.lost, 0);
}

static void nobody_there_keeps_all_of_it(void **state)
{
    struct fixture *f = *state;

    tell(f, "audit");
    warden_event_catch_up(&f->warden);
    assert_int_equal(f->warden.events.count, 1);
}

static void a_name_that_is_too_long_is_cut(void **state)
{
    struct fixture *f = *state;
    char name[400];

    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    f->warden.children = &f->audit;
    tell(f, name);
    assert_true(hear(f));
    assert_int_equal(f->last.body.event.name.len, 255);
}

/* The question for what was told, and its number. */
static uint64_t hear_question(struct fixture *f)
{
    assert_true(hear(f));
    assert_int_equal(f->last.msg, IPC_MSG_AUDIT_SYNC);
    return f->last.body.audit_sync.number;
}

static void who_waits_hears_when_audit_has_all_of_it_on_disk(void **state)
{
    struct fixture *f = *state;

    f->warden.children = &f->audit;
    for (int round = 1; round < 3; round++) {
        tell(f, "policy");
        await(f);
        assert_heard(f, "policy");
        uint64_t number = hear_question(f);
        assert_int_equal(f->ends, round - 1);
        assert_int_equal(warden_event_on_synced(&f->warden, number), OK);
        assert_int_equal(f->ends, round);
        assert_true(f->is_recorded);
        assert_false(f->warden.events.late.armed);
        assert_int_equal(warden_event_on_synced(&f->warden, number), OK);
        assert_int_equal(f->ends, round); /* once */
    }
}

static void without_an_audit_it_is_asked_behind_what_was_kept(void **state)
{
    struct fixture *f = *state;

    tell(f, "policy");
    await(f);
    f->warden.children = &f->audit;
    assert_false(hear(f));
    warden_event_catch_up(&f->warden);
    assert_heard(f, "policy");
    uint64_t number = hear_question(f);
    assert_int_equal(warden_event_on_synced(&f->warden, number), OK);
    assert_int_equal(f->ends, 1);
    assert_true(f->is_recorded);
}

static void an_audit_that_ends_confirms_nothing_of_before(void **state)
{
    struct fixture *f = *state;

    f->warden.children = &f->audit;
    uint64_t since = f->warden.events.breaks;
    tell(f, "policy");
    warden_event_await(&f->warden, since, on_recorded);
    warden_event_broken(&f->warden);
    assert_int_equal(f->ends, 1);
    assert_false(f->is_recorded);
    warden_event_await(&f->warden, since, on_recorded); /* it had ended before already */
    assert_int_equal(f->ends, 2);
    assert_false(f->is_recorded);
    assert_false(f->warden.events.late.armed);
}

static void what_was_not_kept_is_not_confirmed(void **state)
{
    struct fixture *f = *state;
    uint64_t since = f->warden.events.breaks;

    for (int i = 0; i < WARDEN_EVENTS_MAX + 1; i++) {
        tell(f, "policy");
    }
    warden_event_await(&f->warden, since, on_recorded);
    assert_int_equal(f->ends, 1);
    assert_false(f->is_recorded);
}

static void an_audit_that_says_nothing_is_not_waited_for_for_ever(void **state)
{
    struct fixture *f = *state;
    struct loop_timer *late = &f->warden.events.late;

    f->warden.children = &f->audit;
    await(f);
    uint64_t number = hear_question(f);
    assert_true(late->armed);
    late->on_timer(late->context);
    assert_int_equal(f->ends, 1);
    assert_false(f->is_recorded);
    assert_int_equal(warden_event_on_synced(&f->warden, number), OK); /* too late */
    assert_int_equal(f->ends, 1);
}

static void an_answer_to_another_question_is_none(void **state)
{
    struct fixture *f = *state;

    f->warden.children = &f->audit;
    assert_int_equal(warden_event_on_synced(&f->warden, 0), ERR_INVALID);
    assert_int_equal(warden_event_on_synced(&f->warden, 1), ERR_INVALID);
    await(f);
    uint64_t first = hear_question(f);
    await(f);
    uint64_t second = hear_question(f);
    assert_int_equal(warden_event_on_synced(&f->warden, second + 1), ERR_INVALID);
    assert_int_equal(warden_event_on_synced(&f->warden, first), OK);
    assert_int_equal(f->ends, 0); /* it says nothing of what came after it */
    assert_int_equal(warden_event_on_synced(&f->warden, second), OK);
    assert_int_equal(f->ends, 1);
}

static void who_does_not_wait_any_more_hears_nothing(void **state)
{
    struct fixture *f = *state;

    f->warden.children = &f->audit;
    await(f);
    uint64_t number = hear_question(f);
    warden_event_forget(&f->warden);
    assert_int_equal(warden_event_on_synced(&f->warden, number), OK);
    warden_event_broken(&f->warden);
    assert_int_equal(f->ends, 0);
}

static void an_old_answer_said_again_ends_no_wait_that_is_not_asked_yet(void **state)
{
    struct fixture *f = *state;

    f->warden.children = &f->audit;
    await(f);
    uint64_t number = hear_question(f);
    assert_int_equal(warden_event_on_synced(&f->warden, number), OK);
    assert_int_equal(f->ends, 1);
    f->warden.children = NULL;
    tell(f, "broker"); /* is kept: nobody can be asked yet */
    await(f);
    assert_int_equal(warden_event_on_synced(&f->warden, number), OK);
    assert_int_equal(f->ends, 1);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(an_event_goes_to_audit),
        WITH(without_an_audit_it_is_kept_with_its_time_and_order),
        WITH(what_is_too_much_is_counted),
        WITH(nobody_there_keeps_all_of_it),
        WITH(a_name_that_is_too_long_is_cut),
        WITH(who_waits_hears_when_audit_has_all_of_it_on_disk),
        WITH(without_an_audit_it_is_asked_behind_what_was_kept),
        WITH(an_audit_that_ends_confirms_nothing_of_before),
        WITH(what_was_not_kept_is_not_confirmed),
        WITH(an_audit_that_says_nothing_is_not_waited_for_for_ever),
        WITH(an_answer_to_another_question_is_none),
        WITH(who_does_not_wait_any_more_hears_nothing),
        WITH(an_old_answer_said_again_ends_no_wait_that_is_not_asked_yet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
