/* Bytes of others, asked of store by handles that are not ours or not for that. */
#include "selftest_ipc.h"

#include <string.h>

#define GUESSES   256
#define MAX_BYTES (1 << 20)
#define LONG_WAIT 60000

static void send_fetch(struct selftest_attack *a, const struct buf *entries,
    int32_t max_wait_ms, int32_t min_bytes)
{
    struct ipc_fetch fetch = {.max_wait_ms = max_wait_ms,
        .min_bytes = min_bytes,
        .max_bytes = MAX_BYTES,
        .partitions = {.ptr = entries->bytes, .len = entries->length}};

    selftest_intruder_send(&a->intruder, PUPPET_STORE, IPC_MSG_FETCH, &fetch);
}

static void add_entry(struct buf *entries, uint64_t handle)
{
    struct ipc_fetch_entry entry = {.handle = handle,
        .max_bytes = MAX_BYTES,
        .leader_epoch = -1,
        .last_fetched_epoch = -1};

    ipc_fetch_entry_add(entries, &entry);
}

/* Every answer of one FETCH: all must be refusals. */
static void see_fetched(struct selftest_attack *a)
{
    union ipc_any answer;
    bool last = false;

    selftest_got(a, "no grant");
    while (!last) {
        char before[sizeof(a->got)];
        memcpy(before, a->got, sizeof(before));
        if (!selftest_heard(a, PUPPET_STORE, IPC_MSG_FETCHED, &answer)) {
            return;
        }
        memcpy(a->got, before, sizeof(before));
        if (answer.fetched.error == 0) {
            selftest_got(a, "read");
        } else if (answer.fetched.error != IPC_ERROR_NO_GRANT) {
            selftest_got(a, "error %d", answer.fetched.error);
        }
        last = answer.fetched.last != 0;
    }
}

void selftest_attack_fetch(struct selftest_attack *a, uint64_t handle)
{
    struct buf entries;

    buf_init(&entries, PUPPET_LENGTH_MAX);
    add_entry(&entries, handle);
    send_fetch(a, &entries, 100, 1);
    see_fetched(a);
    buf_fini(&entries);
}

void selftest_attack_fetch_guess(struct selftest_attack *a)
{
    struct buf entries;

    buf_init(&entries, PUPPET_LENGTH_MAX);
    for (uint64_t handle = 1; handle <= GUESSES; handle++) {
        add_entry(&entries, handle);
    }
    send_fetch(a, &entries, 100, 1);
    see_fetched(a);
    buf_fini(&entries);
}

static void produce(struct selftest_attack *a, uint64_t handle)
{
    static const uint8_t garbage[100] = {1};
    struct ipc_produce message = {.handle = handle,
        .acks = -1,
        .timeout_ms = 1000,
        .batch = {.ptr = garbage, .len = sizeof(garbage)}};
    union ipc_any answer;

    selftest_intruder_send(&a->intruder, PUPPET_STORE, IPC_MSG_PRODUCE, &message);
    if (!selftest_heard(a, PUPPET_STORE, IPC_MSG_PRODUCED, &answer)) {
        return;
    }
    if (answer.produced.error == 0) {
        selftest_got(a, "written");
    } else if (answer.produced.error == IPC_ERROR_NO_GRANT) {
        selftest_got(a, "no grant");
    } else {
        selftest_got(a, "error %d", answer.produced.error);
    }
}

void selftest_attack_produce_guess(struct selftest_attack *a)
{
    selftest_got(a, "no grant");
    for (uint64_t handle = 1; handle <= 32 && strcmp(a->got, "no grant") == 0; handle++) {
        produce(a, handle);
    }
}

/* bob's own session holds the grant while alice's uses its number. */
static void by_the_handle_of_bob(struct selftest_attack *a, uint8_t operation,
    void (*use)(struct selftest_attack *a, uint64_t handle))
{
    struct selftest_intruder bob;
    int16_t error = 0;
    uint64_t handle = 0;

    if (selftest_intruder_open(&bob, a->instance, SELFTEST_DOOR_SASL) &&
        selftest_intruder_login(&bob, a->instance, SELFTEST_BOB)) {
        handle = selftest_intruder_grant(&bob, SELFTEST_BOB_TOPIC, operation, &error);
    }
    if (handle != 0) {
        use(a, handle);
    } else {
        selftest_got(a, "bob has no grant");
    }
    selftest_intruder_close(&bob);
}

void selftest_attack_fetch_of_bob(struct selftest_attack *a)
{
    by_the_handle_of_bob(a, IPC_OPERATION_READ, selftest_attack_fetch);
}

void selftest_attack_produce_of_bob(struct selftest_attack *a)
{
    by_the_handle_of_bob(a, IPC_OPERATION_WRITE, produce);
}

/* A grant of alice's own, or 0 with the reason in a->got. */
static uint64_t own_grant(struct selftest_attack *a, uint8_t operation)
{
    int16_t error = 0;
    uint64_t handle =
        selftest_intruder_grant(&a->intruder, SELFTEST_ALICE_TOPIC, operation, &error);

    if (handle == 0) {
        selftest_got(a, "no grant of its own: %d", error);
    }
    return handle;
}

void selftest_attack_produce_by_read(struct selftest_attack *a)
{
    uint64_t handle = own_grant(a, IPC_OPERATION_READ);

    if (handle != 0) {
        produce(a, handle);
    }
}

void selftest_attack_fetch_by_write(struct selftest_attack *a)
{
    uint64_t handle = own_grant(a, IPC_OPERATION_WRITE);

    if (handle != 0) {
        selftest_attack_fetch(a, handle);
    }
}

void selftest_attack_produce_garbage(struct selftest_attack *a)
{
    uint64_t handle = own_grant(a, IPC_OPERATION_WRITE);

    if (handle != 0) {
        produce(a, handle);
    }
}

void selftest_attack_fetch_half(struct selftest_attack *a)
{
    struct buf entries;

    buf_init(&entries, PUPPET_LENGTH_MAX);
    add_entry(&entries, 1);
    entries.length -= FETCH_ENTRY_BYTES / 2;
    send_fetch(a, &entries, 100, 1);
    selftest_outcome(a, PUPPET_STORE);
    buf_fini(&entries);
}

/* The first waits for more than there is. */
void selftest_attack_fetch_twice(struct selftest_attack *a)
{
    uint64_t handle = own_grant(a, IPC_OPERATION_READ);
    struct buf entries;

    if (handle == 0) {
        return;
    }
    buf_init(&entries, PUPPET_LENGTH_MAX);
    add_entry(&entries, handle);
    send_fetch(a, &entries, LONG_WAIT, MAX_BYTES);
    send_fetch(a, &entries, LONG_WAIT, MAX_BYTES);
    selftest_outcome(a, PUPPET_STORE);
    buf_fini(&entries);
}
