#include "ipc_dispatch.h"

#include "ipc_fixture.h"

#include <unistd.h>

/* A handler's view of the world. */
struct heard {
    unsigned count;
    enum ipc_msg last;
    enum err answer;
};

static enum err on_any(void *context, const struct ipc_received *m)
{
    struct heard *h = context;

    h->count++;
    h->last = m->msg;
    if (m->fd >= 0) {
        close(m->fd);
    }
    return h->answer;
}

static uint8_t packet[65536];

static void say(int raw, enum ipc_msg msg)
{
    size_t length = ipc_packet_of(msg, 0, IPC_SHAPE_SMALL, packet);

    ipc_raw_send(raw, packet, length, ipc_info(msg)->fds);
}

static void every_message_reaches_its_own_handler(void **state)
{
    (void)state;
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        struct ipc_handler handlers[IPC_MSG_COUNT] = {{0}};
        struct heard h = {.answer = OK};
        struct ipc_channel c;
        int raw = ipc_open(
            &c, IPC_PACKETS, ipc_first_role(info->to), ipc_first_role(info->from), 0);
        handlers[i] = (struct ipc_handler){info->from, IPC_ANY_STATE, on_any};
        say(raw, (enum ipc_msg)i);
        assert_int_equal(ipc_dispatch(&c, handlers, &h, 5), OK);
        assert_int_equal(h.count, 1);
        assert_int_equal(h.last, i);
        ipc_channel_fini(&c);
        close(raw);
    }
}

struct scene {
    unsigned from;
    unsigned states;
    enum err (*handle)(void *, const struct ipc_received *);
    unsigned state; /* of the channel */
    enum err want;
};

static void sender_state_and_row_must_all_allow_it(void **state)
{
    const struct scene scenes[] = {
        {IPC_WARDEN, 1, on_any, 1, OK}, {IPC_WARDEN | IPC_GATE, 6, on_any, 4, OK},
        {IPC_WARDEN, IPC_ANY_STATE, on_any, 1u << 31, OK},
        {IPC_BROKER, 1, on_any, 1, ERR_INVALID}, /* not from the warden */
        {0, 1, on_any, 1, ERR_INVALID},          /* from nobody */
        {IPC_WARDEN, 2, on_any, 1, ERR_INVALID}, /* not now */
        {IPC_WARDEN, 5, on_any, 2, ERR_INVALID},
        {IPC_WARDEN, 0, on_any, 1, ERR_INVALID},           /* never */
        {IPC_WARDEN, IPC_ANY_STATE, NULL, 1, ERR_INVALID}, /* by nobody */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        struct ipc_handler handlers[IPC_MSG_COUNT] = {{0}};
        struct heard h = {.answer = OK};
        struct ipc_channel c;
        size_t before = ipc_count_descriptors();
        int raw = ipc_open(&c, IPC_PACKETS, IPC_KEYS, IPC_WARDEN, 0);
        handlers[IPC_MSG_PEER_ADD] =
            (struct ipc_handler){scenes[i].from, scenes[i].states, scenes[i].handle};
        c.state = scenes[i].state;
        say(raw, IPC_MSG_PEER_ADD); /* with a descriptor, which must not stay */
        assert_int_equal(ipc_dispatch(&c, handlers, &h, 5), scenes[i].want);
        assert_int_equal(h.count, scenes[i].want == OK);
        ipc_channel_fini(&c);
        close(raw);
        assert_int_equal(ipc_count_descriptors(), before);
    }
}

static void no_more_than_the_budget_is_handled(void **state)
{
    struct ipc_handler handlers[IPC_MSG_COUNT] = {
        [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_any}};
    struct heard h = {.answer = OK};
    struct ipc_channel c;
    int raw = ipc_open(&c, IPC_PACKETS, IPC_KEYS, IPC_WARDEN, 0);

    (void)state;
    for (int i = 0; i < 5; i++) {
        say(raw, IPC_MSG_STOP);
    }
    assert_int_equal(ipc_dispatch(&c, handlers, &h, 0), OK);
    assert_int_equal(h.count, 0);
    assert_int_equal(ipc_dispatch(&c, handlers, &h, 3), OK);
    assert_int_equal(h.count, 3);
    assert_int_equal(ipc_dispatch(&c, handlers, &h, 3), OK);
    assert_int_equal(h.count, 5);
    close(raw);
    assert_int_equal(ipc_dispatch(&c, handlers, &h, 3), ERR_CLOSED);
    ipc_channel_fini(&c);
}

static void a_handlers_error_ends_it_at_once(void **state)
{
    struct ipc_handler handlers[IPC_MSG_COUNT] = {
        [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_any}};
    struct heard h = {.answer = ERR_DENIED};
    struct ipc_channel c;
    int raw = ipc_open(&c, IPC_PACKETS, IPC_KEYS, IPC_WARDEN, 0);

    (void)state;
    say(raw, IPC_MSG_STOP);
    say(raw, IPC_MSG_STOP);
    assert_int_equal(ipc_dispatch(&c, handlers, &h, 5), ERR_DENIED);
    assert_int_equal(h.count, 1);
    ipc_channel_fini(&c);
    close(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_reaches_its_own_handler),
        cmocka_unit_test(sender_state_and_row_must_all_allow_it),
        cmocka_unit_test(no_more_than_the_budget_is_handled),
        cmocka_unit_test(a_handlers_error_ends_it_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
