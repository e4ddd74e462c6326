/* Each row of ipc_attempts.def against the real catalogue and the real dispatch. */
#include "ipc_dispatch.h"
#include "ipc_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TAKEN_IN 2u /* the state in which our tables take every message */

enum abuse {
    WRONG_SENDER,
    WRONG_RECEIVER,
    WRONG_STATE,
    NO_ROW,
    TRUNCATED,
    SURPLUS_BYTE,
    OVERSIZED,
    SURPLUS_DESCRIPTOR,
    MISSING_DESCRIPTOR,
    UNKNOWN_FLAG,
    ABUSE_COUNT
};

enum expected { ENDS, TAKEN };

struct attempt {
    enum ipc_msg msg;
    enum ipc_role sender;
    enum ipc_role receiver;
    enum abuse abuse;
    enum expected expected;
    const char *text;
};

static const struct attempt attempts[] = {
#define ATTEMPT(message, sender, receiver, abuse, expected)                              \
    {IPC_MSG_##message, IPC_##sender, IPC_##receiver, abuse, expected,                   \
        #message " " #sender " " #receiver " " #abuse},
#include "ipc_attempts.def"
#undef ATTEMPT
};

#define COUNT (sizeof(attempts) / sizeof(attempts[0]))

static uint8_t packet[65536 + 64];
static uint8_t space[1 << 20];

static enum err on_message(void *context, const struct ipc_received *m)
{
    unsigned *handled = context;

    (*handled)++;
    if (m->fd >= 0) {
        close(m->fd);
    }
    return OK;
}

/* A process that takes all that the catalogue lets it take, in one state. */
static void make_table(struct ipc_handler table[IPC_MSG_COUNT], enum ipc_role self)
{
    for (int i = 0; i < IPC_MSG_COUNT; i++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)i);
        table[i] = (info->to & self) != 0
                       ? (struct ipc_handler){info->from, TAKEN_IN, on_message}
                       : (struct ipc_handler){0};
    }
}

static void set_header(enum ipc_msg msg, uint16_t flags, size_t length)
{
    const struct ipc_header h = {
        .number = ipc_info(msg)->number, .flags = flags, .length = (uint32_t)length};

    ipc_header_encode(&h, packet);
}

/* One field beyond its maximum; where no packet holds that, a first fragment says so. */
static size_t oversize(enum ipc_msg msg)
{
    const struct ipc_info *info = ipc_info(msg);
    size_t smallest = SIZE_MAX;

    for (size_t i = 0; i < info->field_count; i++) {
        const struct ipc_field *field = &info->fields[i];
        bool bytes = field->kind == IPC_TEXT || field->kind == IPC_BLOB;
        if (bytes && (smallest == SIZE_MAX || field->max < info->fields[smallest].max)) {
            smallest = i;
        }
    }
    assert_true(smallest != SIZE_MAX);
    if (info->length_min + info->fields[smallest].max + 1 <= 65536 - IPC_HEADER_BYTES) {
        size_t length = ipc_lay(msg, IPC_SHAPE_EMPTY, smallest, space);
        set_header(msg, 0, length);
        memcpy(packet + IPC_HEADER_BYTES, space, length);
        return IPC_HEADER_BYTES + length;
    }
    uint32_t total = (uint32_t)info->length_max + 1;
    set_header(msg, IPC_FLAG_FIRST, 65536 - IPC_HEADER_BYTES);
    memcpy(packet + IPC_HEADER_BYTES, &total, sizeof(total));
    return 65536;
}

/* The packet of the attempt; returns its length. */
static size_t make_packet(const struct attempt *a, size_t *descriptors_out)
{
    const struct ipc_info *info = ipc_info(a->msg);
    size_t length = ipc_packet_of(a->msg, 1, IPC_SHAPE_SMALL, packet);

    *descriptors_out = info->fds;
    switch (a->abuse) {
    case TRUNCATED:
        set_header(a->msg, 0, --length - IPC_HEADER_BYTES);
        break;
    case SURPLUS_BYTE:
        set_header(a->msg, 0, ++length - IPC_HEADER_BYTES);
        break;
    case OVERSIZED:
        length = oversize(a->msg);
        break;
    case SURPLUS_DESCRIPTOR:
        *descriptors_out = info->fds + 1;
        break;
    case MISSING_DESCRIPTOR:
        assert_int_equal(info->fds, 1);
        *descriptors_out = 0;
        break;
    case UNKNOWN_FLAG:
        set_header(a->msg, 4, length - IPC_HEADER_BYTES);
        break;
    case WRONG_SENDER:
    case WRONG_RECEIVER:
    case WRONG_STATE:
    case NO_ROW:
    case ABUSE_COUNT:
        break;
    }
    return length;
}

/* A good message of that kind from one who may send it: the process takes it. */
static void demand_alive(const struct attempt *a)
{
    const struct ipc_info *info = ipc_info(a->msg);
    enum ipc_role self =
        (info->to & a->receiver) != 0 ? a->receiver : ipc_first_role(info->to);
    enum ipc_role peer =
        (info->from & a->sender) != 0 ? a->sender : ipc_first_role(info->from);
    struct ipc_handler table[IPC_MSG_COUNT];
    struct ipc_channel c;
    unsigned handled = 0;
    int raw = ipc_open(&c, IPC_PACKETS, self, peer, 0);
    size_t length = ipc_packet_of(a->msg, 1, IPC_SHAPE_SMALL, packet);

    make_table(table, self);
    c.state = TAKEN_IN;
    ipc_raw_send(raw, packet, length, info->fds);
    assert_int_equal(ipc_dispatch(&c, table, &handled, 4), OK);
    assert_int_equal(handled, 1);
    ipc_channel_fini(&c);
    close(raw);
}

static void try_attempt(const struct attempt *a)
{
    struct ipc_handler table[IPC_MSG_COUNT];
    struct ipc_channel c;
    unsigned handled = 0;
    size_t descriptors;
    int raw = ipc_open(&c, IPC_PACKETS, a->receiver, a->sender, 0);
    size_t length = make_packet(a, &descriptors);

    make_table(table, a->receiver);
    c.state = a->abuse == WRONG_STATE ? 1 : TAKEN_IN;
    if (a->abuse == NO_ROW) {
        table[a->msg] = (struct ipc_handler){0};
    }
    ipc_raw_send(raw, packet, length, descriptors);
    assert_int_equal(
        ipc_dispatch(&c, table, &handled, 4), a->expected == ENDS ? ERR_INVALID : OK);
    assert_int_equal(handled, a->expected == ENDS ? 0 : 1);
    ipc_channel_fini(&c);
    close(raw);
}

static void every_attempt_ends_as_stated_and_the_process_lives(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        size_t before = ipc_count_descriptors();
        printf("%s\n", attempts[i].text);
        demand_alive(&attempts[i]);
        try_attempt(&attempts[i]);
        demand_alive(&attempts[i]);
        assert_int_equal(ipc_count_descriptors(), before);
    }
}

static void every_attempt_is_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        const struct attempt *a = &attempts[i];
        const struct ipc_info *info = ipc_info(a->msg);
        assert_int_equal((info->from & a->sender) == 0, a->abuse == WRONG_SENDER);
        assert_int_equal((info->to & a->receiver) == 0, a->abuse == WRONG_RECEIVER);
        assert_int_equal(a->expected == TAKEN,
            a->abuse == SURPLUS_DESCRIPTOR && a->sender == IPC_GATE);
    }
}

/* A new message is not done before what it may be abused for stands in the table. */
static void every_message_has_every_attempt_that_fits_it(void **state)
{
    (void)state;
    for (int msg = 0; msg < IPC_MSG_COUNT; msg++) {
        const struct ipc_info *info = ipc_info((enum ipc_msg)msg);
        bool tried[ABUSE_COUNT] = {false};
        for (size_t i = 0; i < COUNT; i++) {
            if ((int)attempts[i].msg == msg) {
                tried[attempts[i].abuse] = true;
            }
        }
        for (int abuse = 0; abuse < ABUSE_COUNT; abuse++) {
            bool fits = (abuse != TRUNCATED || info->length_min > 0) &&
                        (abuse != OVERSIZED || info->length_max > info->length_min) &&
                        (abuse != MISSING_DESCRIPTOR || info->fds > 0);
            if (tried[abuse] != fits) {
                fail_msg("%s: abuse %d is %s in ipc_attempts.def", info->name, abuse,
                    fits ? "missing" : "out of place");
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_has_every_attempt_that_fits_it),
        cmocka_unit_test(every_attempt_is_what_it_says),
        cmocka_unit_test(every_attempt_ends_as_stated_and_the_process_lives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
