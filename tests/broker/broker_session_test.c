/* Who tells the broker of a gate is not who speaks for it: the words of one may be read
 * before the earlier words of another. */

#include "broker_fixture.h"
#include "test.h"
#include "wire_api.h"
#include "wire_sasl_handshake.h"

#define RULES "allow alice to read group g\n"

struct arrival {
    struct fixture *f;
    struct fixture_gate *g;
    int end; /* the broker's, not yet handed over */
};

static struct arrival arrive(void)
{
    struct arrival a = {.f = fixture_new(RULES)};

    a.g = fixture_new_gate(a.f, &a.end);
    return a;
}

static void say_added(struct arrival *a)
{
    struct ipc_gate_add add = {.gate = a->g->number};

    assert_int_equal(
        ipc_channel_send(&a->f->warden, IPC_MSG_GATE_ADD, 0, &add, a->end), OK);
}

static void say_gone(struct arrival *a)
{
    struct ipc_gate_gone gone = {.gate = a->g->number};

    assert_int_equal(
        ipc_channel_send(&a->f->warden, IPC_MSG_GATE_GONE, 0, &gone, -1), OK);
}

static void say_open(struct arrival *a)
{
    struct ipc_session_open open = {.gate = a->g->number,
        .listener = 0,
        .address = {.ptr = (const uint8_t *)"192.0.2.9", .len = 9},
        .port = 4711};

    assert_int_equal(
        ipc_channel_send(&a->f->porter, IPC_MSG_SESSION_OPEN, 0, &open, -1), OK);
}

static void say_why(struct arrival *a)
{
    struct ipc_gate_log line = {.code = IPC_LOG_FRAME_SIZE};

    assert_int_equal(
        ipc_channel_send(&a->g->channel, IPC_MSG_GATE_LOG, 0, &line, -1), OK);
}

/* The loop hears these ends in that order, whatever was said first. */
static void hear(struct ipc_link *link)
{
    ipc_link_drain(link);
}

static uint32_t lines_shown(const struct arrival *a)
{
    return a->f->broker.gate_log.used;
}

static void finish(struct arrival *a)
{
    fixture_drop_gate(a->f, a->g->number);
    assert_int_equal(a->f->broker.sessions.count, 0);
    fixture_free(&a->f);
}

static void a_client_whose_gate_is_not_introduced_yet_is_kept(void **state)
{
    (void)state;
    struct arrival a = arrive();

    say_added(&a);
    say_open(&a);
    hear(&a.f->broker.porter);
    struct broker_session *s = broker_session_find(&a.f->broker, a.g->number);
    assert_non_null(s);
    assert_int_equal(s->state, SESSION_UNKNOWN);
    assert_string_equal(s->address, "192.0.2.9");
    assert_int_equal(s->port, 4711);
    finish(&a);
}

static void what_a_gate_says_last_is_heard_after_its_end(void **state)
{
    (void)state;
    struct arrival a = arrive();

    say_added(&a);
    say_open(&a);
    fixture_pump(a.f);
    say_why(&a);
    ipc_channel_fini(&a.g->channel);
    say_gone(&a);
    hear(&a.f->broker.role.warden);
    assert_null(broker_session_find(&a.f->broker, a.g->number));
    fixture_pump(a.f);
    assert_int_equal(lines_shown(&a), 1);
    finish(&a);
}

static void a_gate_that_ended_before_the_porter_was_heard_is_named_all_the_same(
    void **state)
{
    (void)state;
    struct arrival a = arrive();

    say_added(&a);
    say_open(&a);
    say_why(&a);
    ipc_channel_fini(&a.g->channel);
    say_gone(&a);
    hear(&a.f->broker.role.warden);
    fixture_pump(a.f);
    assert_int_equal(lines_shown(&a), 1);
    finish(&a);
}

static void a_gate_that_is_gone_asks_for_nothing(void **state)
{
    (void)state;
    struct arrival a = arrive();

    say_added(&a);
    say_open(&a);
    fixture_pump(a.f);
    say_gone(&a);
    hear(&a.f->broker.role.warden);
    struct sasl_handshake_request request = {.mechanism = fixture_view("PLAIN")};
    fixture_send(a.f, a.g->number, WIRE_API_SASL_HANDSHAKE, 1, &request);
    assert_false(fixture_answered(a.f, a.g->number));
    finish(&a);
}

static void a_channel_that_outlives_its_gate_is_closed_in_time(void **state)
{
    (void)state;
    struct arrival a = arrive();

    say_added(&a);
    say_gone(&a);
    fixture_pump(a.f);
    assert_int_equal(a.f->broker.sessions.count, 1);
    while (a.f->broker.sessions.count > 0) {
        fixture_wait(a.f);
    }
    finish(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_whose_gate_is_not_introduced_yet_is_kept),
        cmocka_unit_test(what_a_gate_says_last_is_heard_after_its_end),
        cmocka_unit_test(
            a_gate_that_ended_before_the_porter_was_heard_is_named_all_the_same),
        cmocka_unit_test(a_gate_that_is_gone_asks_for_nothing),
        cmocka_unit_test(a_channel_that_outlives_its_gate_is_closed_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
