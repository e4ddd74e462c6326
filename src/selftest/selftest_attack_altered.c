/* A message that may be sent, again and again with another byte changed. */
#include "selftest_ipc.h"

#include "wire_metadata.h"

#include <string.h>

#define PAUSE_MS       20
#define HANDLE_GUESSED 1

static bool has_canary(const struct selftest_attack *a)
{
    const struct buf *found = &a->intruder.found;
    const char *canary = a->instance->canary;

    return found->length > 0 &&
           memmem(found->bytes, found->length, canary, strlen(canary)) != NULL;
}

static bool start_again(struct selftest_attack *a)
{
    selftest_intruder_close(&a->intruder);
    return selftest_intruder_open(&a->intruder, a->instance, SELFTEST_DOOR_SASL) &&
           selftest_intruder_login(&a->intruder, a->instance, SELFTEST_ALICE);
}

/* What came by an altered OPEN may be a handle: it is used at once. */
static void use_what_came(struct selftest_attack *a, enum puppet_channel to)
{
    union ipc_any answer;
    enum ipc_msg msg;

    if (selftest_intruder_hear(&a->intruder, to, PAUSE_MS, &msg, &answer) ==
            SELFTEST_MESSAGE &&
        msg == IPC_MSG_OPENED && answer.opened.error == 0) {
        selftest_attack_fetch(a, answer.opened.handle);
    }
}

/* A stream that was broken once says nothing more: it takes a new gate each time. */
static void alter(struct selftest_attack *a, enum puppet_channel to, enum ipc_msg msg,
    const void *message)
{
    struct ipc_header header = {.number = ipc_info(msg)->number, .request = 1};
    struct buf bytes;

    buf_init(&bytes, PUPPET_LENGTH_MAX);
    buf_add(&bytes, "0123456789abcdef", IPC_HEADER_BYTES);
    ipc_encode(msg, message, &bytes);
    header.length = (uint32_t)(bytes.length - IPC_HEADER_BYTES);
    ipc_header_encode(&header, bytes.bytes);
    for (size_t i = 0; i < bytes.length; i++) {
        bytes.bytes[i] ^= 1;
        selftest_intruder_say(
            &a->intruder, to, PUPPET_SEND, bytes.bytes, bytes.length, 1);
        bytes.bytes[i] ^= 1;
        use_what_came(a, to);
        if (has_canary(a)) {
            selftest_got(a, "read bob's data by byte %zu", i);
            break;
        }
        if ((a->intruder.ended || a->intruder.closed[to] || to == PUPPET_STORE) &&
            !start_again(a)) {
            selftest_got(a, "no new gate after byte %zu", i);
            break;
        }
        selftest_got(a, "nothing gained");
    }
    buf_fini(&bytes);
}

void selftest_attack_open_altered(struct selftest_attack *a)
{
    struct ipc_open open = {
        .operation = IPC_OPERATION_READ, .topic = ipc_text(SELFTEST_BOB_TOPIC)};

    alter(a, PUPPET_BROKER, IPC_MSG_OPEN, &open);
}

/* Metadata of one topic, in its fixed form. */
void selftest_attack_request_altered(struct selftest_attack *a)
{
    static const char topic[] = SELFTEST_BOB_TOPIC;
    uint8_t body[128] = {0, 0, 0, 1};
    size_t length = 4 + 16;

    body[length + 3] = sizeof(topic) - 1;
    memcpy(body + length + 4, topic, sizeof(topic) - 1);
    length += 4 + sizeof(topic) - 1 + 3;
    struct ipc_request ask = {.api_key = WIRE_API_METADATA,
        .api_version = 12,
        .client_id = ipc_text("x"),
        .body = {.ptr = body, .len = length}};
    alter(a, PUPPET_BROKER, IPC_MSG_REQUEST, &ask);
}

void selftest_attack_fetch_altered(struct selftest_attack *a)
{
    struct ipc_fetch_entry entry = {.handle = HANDLE_GUESSED,
        .max_bytes = 1 << 20,
        .leader_epoch = -1,
        .last_fetched_epoch = -1};
    struct buf entries;

    buf_init(&entries, 4096);
    ipc_fetch_entry_add(&entries, &entry);
    struct ipc_fetch fetch = {.max_bytes = 1 << 20,
        .partitions = {.ptr = entries.bytes, .len = entries.length}};
    alter(a, PUPPET_STORE, IPC_MSG_FETCH, &fetch);
    buf_fini(&entries);
}
