/*
 * Every message that the catalogue lets only others send, sent by a gate to a process
 * that has a handler for it. Built twice: with the library as it ships nothing is
 * handled, and with the check of the sender taken out of it (SELFTEST_TRUSTING)
 * everything is. So it is that check which stops them.
 */
#include "ipc_dispatch.h"

#include "test.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef SELFTEST_TRUSTING
#define TAKEN true
#else
#define TAKEN false
#endif

static enum err note(void *context, const struct ipc_received *m)
{
    (void)m;
    ++*(unsigned *)context;
    return OK;
}

/* A process that expects each message of whoever may send it to that process. */
static void make_handlers(enum ipc_role self, struct ipc_handler handlers[IPC_MSG_COUNT])
{
    for (int msg = 0; msg < IPC_MSG_COUNT; msg++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)msg);
        handlers[msg] = (struct ipc_handler){0};
        if ((info->to & (unsigned)self) != 0) {
            handlers[msg] = (struct ipc_handler){info->from, IPC_ANY_STATE, note};
        }
    }
}

static bool is_taken(enum ipc_role self, enum ipc_msg msg)
{
    static const union ipc_any nothing;
    struct ipc_handler handlers[IPC_MSG_COUNT];
    struct ipc_header header = {.number = ipc_info(msg)->number};
    struct ipc_channel channel;
    struct buf bytes;
    unsigned taken = 0;
    int ends[2];

    make_handlers(self, handlers);
    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_init(&channel, ends[0], IPC_PACKETS, self, IPC_GATE, 4096), OK);
    buf_init(&bytes, 4096);
    buf_add(&bytes, "0123456789abcdef", IPC_HEADER_BYTES);
    ipc_encode(msg, &nothing, &bytes);
    header.length = (uint32_t)(bytes.length - IPC_HEADER_BYTES);
    ipc_header_encode(&header, bytes.bytes);
    assert_int_equal(send(ends[1], bytes.bytes, bytes.length, 0), (ssize_t)bytes.length);
    enum err e = ipc_dispatch(&channel, handlers, &taken, 8);
    assert_int_equal(e, taken > 0 ? OK : ERR_INVALID);
    buf_fini(&bytes);
    ipc_channel_fini(&channel);
    (void)close(ends[1]);
    return taken > 0;
}

static void a_message_of_others_is_taken_from_a_gate_only_without_the_check(void **state)
{
    static const enum ipc_role roles[] = {IPC_WARDEN, IPC_PORTER, IPC_KEYS, IPC_AUTH,
        IPC_BROKER, IPC_STORE, IPC_AUDIT, IPC_DIAL};
    unsigned tried = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        for (int msg = 0; msg < IPC_MSG_COUNT; msg++) {
            const struct ipc_info *info = ipc_info((enum ipc_msg)msg);
            bool others = (info->to & (unsigned)roles[i]) != 0 &&
                          (info->from & IPC_GATE) == 0 && info->fds == 0;
            if (others && is_taken(roles[i], (enum ipc_msg)msg) != TAKEN) {
                fail_msg("%s to %s", info->name, ipc_role_name(roles[i]));
            }
            tried += others ? 1 : 0;
        }
    }
    assert_in_range(tried, 40, 400);
}

static void what_a_gate_may_send_is_taken_in_either_case(void **state)
{
    (void)state;
    assert_true(is_taken(IPC_BROKER, IPC_MSG_OPEN));
    assert_true(is_taken(IPC_BROKER, IPC_MSG_REQUEST));
    assert_true(is_taken(IPC_KEYS, IPC_MSG_SIGN));
    assert_true(is_taken(IPC_WARDEN, IPC_MSG_READY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_of_others_is_taken_from_a_gate_only_without_the_check),
        cmocka_unit_test(what_a_gate_may_send_is_taken_in_either_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
