#include "ipc_link.h"

#include "ipc_fixture.h"
#include "mem.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE ((size_t)4 * 1024 * 1024)

struct fixture {
    struct loop *loop;
    struct ipc_link *link; /* on the heap, so that a use after its end shows */
    int raw;
    unsigned handled;
    unsigned ended;
    enum err why;
    unsigned act_at; /* do `act` when that many were handled */
    void (*act)(struct fixture *f);
    enum err answer;
};

static uint8_t packet[65536];

static enum err on_message(void *context, const struct ipc_received *m)
{
    struct fixture *f = context;

    (void)m;
    f->handled++;
    if (f->act != NULL && f->handled == f->act_at) {
        f->act(f);
    }
    return f->answer;
}

static void on_end(void *context, enum err why)
{
    struct fixture *f = context;

    f->ended++;
    f->why = why;
    ipc_link_fini(f->link);
    mem_free(f->link);
    f->link = NULL;
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_GATE_GONE] = {IPC_WARDEN, IPC_ANY_STATE, on_message},
    [IPC_MSG_FETCH] = {IPC_GATE, IPC_ANY_STATE, on_message},
};

/* Packets: the warden speaks to the store. Stream: a gate does. */
static struct fixture start(enum ipc_form form)
{
    return (struct fixture){
        .loop = loop_new(), .link = mem_alloc(1, sizeof(struct ipc_link)), .raw = form};
}

static void begin(struct fixture *f)
{
    enum ipc_form form = (enum ipc_form)f->raw;
    struct ipc_channel c;
    enum ipc_role peer = form == IPC_PACKETS ? IPC_WARDEN : IPC_GATE;

    f->raw = ipc_open(&c, form, IPC_STORE, peer, QUEUE);
    assert_int_equal(ipc_link_init(f->link, f->loop, &c, handlers, f, on_end), OK);
    assert_int_equal(c.fd, -1); /* taken */
    assert_true(ipc_link_is_open(f->link));
}

static void finish(struct fixture *f)
{
    if (f->link != NULL) {
        ipc_link_fini(f->link);
        ipc_link_fini(f->link);
        assert_false(ipc_link_is_open(f->link));
        mem_free(f->link);
    }
    if (f->raw >= 0) {
        close(f->raw);
    }
    loop_free(&f->loop);
}

static void say(struct fixture *f, enum ipc_msg msg, unsigned count)
{
    size_t length = ipc_packet_of(msg, 0, IPC_SHAPE_SMALL, packet);

    for (unsigned i = 0; i < count; i++) {
        ipc_raw_send(f->raw, packet, length, 0);
    }
}

static void leave(struct fixture *f)
{
    close(f->raw);
    f->raw = -1;
}

static void turn(struct fixture *f, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        assert_int_equal(loop_once(f->loop, 0), OK);
    }
}

static void messages_are_handled_a_budget_a_round(void **state)
{
    static const enum ipc_form forms[] = {IPC_PACKETS, IPC_STREAM};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = start(forms[i]);
        begin(&f);
        say(&f, forms[i] == IPC_PACKETS ? IPC_MSG_GATE_GONE : IPC_MSG_FETCH, 100);
        turn(&f, 1);
        assert_true(f.handled >= 32 && f.handled < 100);
        /* Those of a stream were all read in the first round: no event tells of them. */
        turn(&f, 4);
        assert_int_equal(f.handled, 100);
        assert_int_equal(f.ended, 0);
        finish(&f);
    }
}

static void a_part_of_a_message_keeps_nobody_busy(void **state)
{
    struct fixture f = start(IPC_STREAM);
    size_t length = ipc_packet_of(IPC_MSG_FETCH, 0, IPC_SHAPE_SMALL, packet);

    (void)state;
    begin(&f);
    ipc_raw_send(f.raw, packet, length - 1, 0);
    turn(&f, 2);
    assert_false(f.link->again.armed);
    ipc_raw_send(f.raw, packet + length - 1, 1, 0);
    turn(&f, 1);
    assert_int_equal(f.handled, 1);
    finish(&f);
}

static void a_drain_handles_all_that_is_there(void **state)
{
    struct fixture f = start(IPC_PACKETS);

    (void)state;
    begin(&f);
    say(&f, IPC_MSG_GATE_GONE, 100);
    ipc_link_drain(f.link);
    assert_int_equal(f.handled, 100);
    ipc_link_drain(f.link);
    assert_int_equal(f.ended, 0);
    say(&f, IPC_MSG_GATE_GONE, 2);
    leave(&f);
    ipc_link_drain(f.link); /* and its end: the link is gone then */
    assert_int_equal(f.handled, 102);
    assert_int_equal(f.ended, 1);
    assert_int_equal(f.why, ERR_CLOSED);
    turn(&f, 2);
    assert_int_equal(f.ended, 1);
    finish(&f);
}

static void what_was_sent_before_the_end_is_handled_before_it(void **state)
{
    struct fixture f = start(IPC_PACKETS);

    (void)state;
    begin(&f);
    say(&f, IPC_MSG_GATE_GONE, 40);
    leave(&f);
    turn(&f, 3);
    assert_int_equal(f.handled, 40);
    assert_int_equal(f.ended, 1);
    assert_int_equal(f.why, ERR_CLOSED);
    finish(&f);
}

static void a_breach_ends_the_link_once_and_closes_its_channel(void **state)
{
    struct fixture f = start(IPC_PACKETS);
    uint8_t byte;

    (void)state;
    begin(&f);
    say(&f, IPC_MSG_GATE_GONE, 1);
    say(&f, IPC_MSG_STOP, 1); /* no such row */
    say(&f, IPC_MSG_GATE_GONE, 1);
    turn(&f, 3);
    assert_int_equal(f.handled, 1);
    assert_int_equal(f.ended, 1);
    assert_int_equal(f.why, ERR_INVALID);
    ssize_t n = recv(f.raw, &byte, 1, MSG_DONTWAIT);
    assert_true(n <= 0);
    assert_true(send(f.raw, "", 1, MSG_NOSIGNAL) < 0);
    finish(&f);
}

static void a_handlers_error_is_the_reason_of_the_end(void **state)
{
    struct fixture f = start(IPC_PACKETS);

    (void)state;
    begin(&f);
    f.answer = ERR_DENIED;
    say(&f, IPC_MSG_GATE_GONE, 2);
    turn(&f, 2);
    assert_int_equal(f.handled, 1);
    assert_int_equal(f.ended, 1);
    assert_int_equal(f.why, ERR_DENIED);
    finish(&f);
}

static void pause_it(struct fixture *f)
{
    assert_int_equal(ipc_link_pause(f->link, true), OK);
}

static void a_paused_link_handles_nothing_until_it_is_resumed(void **state)
{
    static const enum ipc_form forms[] = {IPC_PACKETS, IPC_STREAM};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = start(forms[i]);
        begin(&f);
        f.act_at = 3;
        f.act = pause_it; /* in the middle of what was read at once */
        say(&f, forms[i] == IPC_PACKETS ? IPC_MSG_GATE_GONE : IPC_MSG_FETCH, 10);
        turn(&f, 3);
        assert_int_equal(f.handled, 3);
        ipc_link_drain(f.link);
        assert_int_equal(f.handled, 3);
        assert_int_equal(ipc_link_pause(f.link, true), OK);
        turn(&f, 1);
        assert_int_equal(f.handled, 3);
        assert_int_equal(ipc_link_pause(f.link, false), OK);
        turn(&f, 2);
        assert_int_equal(f.handled, 10);
        assert_int_equal(f.ended, 0);
        finish(&f);
    }
}

static void a_paused_link_whose_peer_leaves_ends(void **state)
{
    struct fixture f = start(IPC_PACKETS);

    (void)state;
    begin(&f);
    pause_it(&f);
    say(&f, IPC_MSG_GATE_GONE, 1);
    leave(&f);
    turn(&f, 2);
    assert_int_equal(f.handled, 0);
    assert_int_equal(f.ended, 1);
    assert_int_equal(f.why, ERR_CLOSED);
    finish(&f);
}

static void end_it(struct fixture *f)
{
    ipc_link_fini(f->link);
}

static void a_handler_may_end_its_own_link(void **state)
{
    static const enum ipc_form forms[] = {IPC_PACKETS, IPC_STREAM};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f = start(forms[i]);
        begin(&f);
        f.act_at = 2;
        f.act = end_it;
        say(&f, forms[i] == IPC_PACKETS ? IPC_MSG_GATE_GONE : IPC_MSG_FETCH, 50);
        turn(&f, 3);
        assert_int_equal(f.handled, 2);
        assert_int_equal(f.ended, 0); /* whoever ended it knows */
        assert_false(ipc_link_is_open(f.link));
        assert_int_equal(ipc_link_pause(f.link, false), OK);
        ipc_link_drain(f.link);
        finish(&f);
    }
}

static void what_can_not_be_sent_at_once_is_sent_when_there_is_room(void **state)
{
    struct fixture f = start(IPC_PACKETS);
    struct ipc_ready ready = {0};
    size_t sent = 0;
    size_t got = 0;

    (void)state;
    begin(&f);
    while (!ipc_channel_wants_write(&f.link->channel)) {
        assert_int_equal(ipc_link_send(f.link, IPC_MSG_READY, 0, &ready, -1), OK);
        sent++;
    }
    turn(&f, 1);
    pause_it(&f); /* writing goes on in a pause */
    do {
        while (recv(f.raw, packet, sizeof(packet), MSG_DONTWAIT) > 0) {
            got++;
        }
        turn(&f, 1);
    } while (got < sent);
    assert_int_equal(got, sent);
    assert_false(ipc_channel_wants_write(&f.link->channel));
    leave(&f);
    assert_int_equal(ipc_link_send(f.link, IPC_MSG_READY, 0, &ready, -1), ERR_CLOSED);
    assert_int_equal(f.ended, 0); /* the caller knows already */
    turn(&f, 1);
    assert_int_equal(f.ended, 1);
    finish(&f);
}

static void a_write_that_fails_later_ends_the_link(void **state)
{
    struct fixture f = start(IPC_STREAM);
    struct ipc_produced answer = {0};

    (void)state;
    begin(&f);
    while (!ipc_channel_wants_write(&f.link->channel)) {
        assert_int_equal(ipc_link_send(f.link, IPC_MSG_PRODUCED, 0, &answer, -1), OK);
    }
    leave(&f);
    turn(&f, 1);
    assert_int_equal(f.ended, 1);
    assert_int_equal(f.why, ERR_CLOSED);
    finish(&f);
}

static void a_finished_link_takes_nothing(void **state)
{
    struct ipc_link zero = {0};
    struct ipc_ready ready = {0};

    (void)state;
    ipc_link_fini(&zero);
    assert_false(ipc_link_is_open(&zero));
    assert_int_equal(ipc_link_send(&zero, IPC_MSG_READY, 0, &ready, -1), ERR_CLOSED);
    assert_int_equal(ipc_link_pause(&zero, true), OK);
    ipc_link_drain(&zero);
}

static void what_can_not_be_watched_is_closed(void **state)
{
    struct fixture f = start(IPC_PACKETS);
    struct ipc_channel c;
    size_t before = ipc_count_descriptors();
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC); /* epoll takes no file */

    (void)state;
    assert_int_equal(
        ipc_channel_init(&c, file, IPC_PACKETS, IPC_STORE, IPC_WARDEN, 0), OK);
    assert_int_equal(ipc_link_init(f.link, f.loop, &c, handlers, &f, on_end), ERR_IO);
    assert_false(ipc_link_is_open(f.link));
    assert_int_equal(ipc_count_descriptors(), before);
    f.raw = -1;
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_handled_a_budget_a_round),
        cmocka_unit_test(a_part_of_a_message_keeps_nobody_busy),
        cmocka_unit_test(a_drain_handles_all_that_is_there),
        cmocka_unit_test(what_was_sent_before_the_end_is_handled_before_it),
        cmocka_unit_test(a_breach_ends_the_link_once_and_closes_its_channel),
        cmocka_unit_test(a_handlers_error_is_the_reason_of_the_end),
        cmocka_unit_test(a_paused_link_handles_nothing_until_it_is_resumed),
        cmocka_unit_test(a_paused_link_whose_peer_leaves_ends),
        cmocka_unit_test(a_handler_may_end_its_own_link),
        cmocka_unit_test(what_can_not_be_sent_at_once_is_sent_when_there_is_room),
        cmocka_unit_test(a_write_that_fails_later_ends_the_link),
        cmocka_unit_test(a_finished_link_takes_nothing),
        cmocka_unit_test(what_can_not_be_watched_is_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
