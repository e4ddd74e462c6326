#include "store_world.h"

#include "clock.h"
#include "mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUEUE    ((size_t)64 * 1024 * 1024)
#define LIMIT_MS 20000

static void on_warden_end(void *context, enum err why)
{
    struct store *s = context;

    (void)why;
    s->role.stopping = true;
    ipc_link_fini(&s->role.warden);
}

static void open_warden(struct world *w)
{
    struct ipc_channel channel;
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_init(&channel, ends[0], IPC_PACKETS, IPC_STORE, IPC_WARDEN, QUEUE),
        OK);
    assert_int_equal(ipc_link_init(&w->store.role.warden, w->store.role.loop, &channel,
                         store_handlers, &w->store, on_warden_end),
        OK);
    w->store.role.warden.channel.state = ROLE_RUNNING;
    assert_int_equal(
        ipc_channel_init(&w->warden, ends[1], IPC_PACKETS, IPC_WARDEN, IPC_STORE, QUEUE),
        OK);
}

static void open_broker(struct world *w)
{
    struct ipc_peer_add add = {.role = IPC_BROKER};
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_send(&w->warden, IPC_MSG_PEER_ADD, 0, &add, ends[0]), OK);
    (void)close(ends[0]);
    assert_int_equal(
        ipc_channel_init(&w->broker, ends[1], IPC_PACKETS, IPC_BROKER, IPC_STORE, QUEUE),
        OK);
    (void)world_expect(w, &w->broker, IPC_MSG_IDENTITY);
}

void world_start(struct world *w, const struct world_options *options)
{
    struct store_files posix = store_files_posix();
    struct ipc_store_start start = {.segment_bytes = 1 << 20,
        .index_interval_bytes = 4096,
        .message_max_bytes = 1 << 20,
        .durable = !options->lax,
        .producer_expiry_ms = 86400000,
        .node_id = 1};
    char why[256] = "";

    if (w->path[0] == '\0') {
        (void)snprintf(w->path, sizeof(w->path), "/tmp/schloss-store-XXXXXX");
        assert_non_null(mkdtemp(w->path));
    }
    memset(&w->store, 0, sizeof(w->store));
    for (size_t i = 0; i < WORLD_GATES; i++) {
        w->gates[i].fd = -1;
    }
    w->store.role.self = IPC_STORE;
    w->store.role.loop = loop_new();
    assert_non_null(w->store.role.loop);
    int dir = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    enum err e = store_init(&w->store, options->files != NULL ? options->files : &posix,
        dir, &start, options->flushers, why, sizeof(why));
    assert_string_equal(why, "");
    assert_int_equal(e, OK);
    loop_on_round(w->store.role.loop, store_on_round, &w->store);
    open_warden(w);
    open_broker(w);
}

static void close_ends(struct world *w)
{
    ipc_channel_fini(&w->warden);
    ipc_channel_fini(&w->broker);
    for (size_t i = 0; i < WORLD_GATES; i++) {
        if (w->gates[i].fd >= 0) {
            ipc_channel_fini(&w->gates[i]);
        }
    }
}

bool world_stop(struct world *w)
{
    bool good = store_finish(&w->store);

    close_ends(w);
    ipc_link_fini(&w->store.role.warden);
    store_fini(&w->store);
    loop_free(&w->store.role.loop);
    return good;
}

void world_crash(struct world *w)
{
    char path[128];

    (void)world_stop(w);
    (void)snprintf(path, sizeof(path), "%s/" STORE_CLEAN_FILE, w->path);
    (void)unlink(path);
}

void world_remove(struct world *w)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", w->path);
    assert_int_equal(system(command), 0);
    w->path[0] = '\0';
}

void world_rounds(struct world *w, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(loop_once(w->store.role.loop, 0), OK);
    }
}

static enum err receive(struct world *w, struct ipc_channel *end)
{
    int64_t until = clock_mono_ms() + LIMIT_MS;
    enum err e = ERR_AGAIN;

    while (e == ERR_AGAIN && clock_mono_ms() < until) {
        assert_int_equal(ipc_channel_flush(end), OK);
        assert_int_equal(loop_once(w->store.role.loop, 1), OK);
        e = ipc_channel_receive(end, &w->last);
    }
    return e;
}

/* It may come between any others. */
static void note_use(struct world *w)
{
    if (w->last.msg == IPC_MSG_USED) {
        assert_true(w->use_count < WORLD_USES);
        w->uses[w->use_count++] = w->last.body.used;
    }
}

const union ipc_any *world_expect(
    struct world *w, struct ipc_channel *end, enum ipc_msg msg)
{
    do {
        assert_int_equal(receive(w, end), OK);
        note_use(w);
    } while (w->last.msg == IPC_MSG_USED && msg != IPC_MSG_USED);
    assert_string_equal(ipc_info(w->last.msg)->name, ipc_info(msg)->name);
    return &w->last.body;
}

void world_expect_end(struct world *w, struct ipc_channel *end)
{
    assert_int_equal(receive(w, end), ERR_CLOSED);
}

void world_expect_silence(struct world *w, struct ipc_channel *end)
{
    assert_int_equal(ipc_channel_flush(end), OK);
    world_rounds(w, 5);
    assert_int_equal(ipc_channel_receive(end, &w->last), ERR_AGAIN);
}

struct ipc_uuid world_topic(uint8_t n)
{
    return (struct ipc_uuid){.bytes = {n, 7}};
}

static void send_open(struct world *w, uint8_t topic, int32_t partition, bool create,
    bool only_configures, uint64_t request)
{
    char name[16];

    (void)snprintf(name, sizeof(name), "topic-%d", topic);
    struct ipc_partition_open open = {.topic_id = world_topic(topic),
        .topic = ipc_text(name),
        .partition = partition,
        .leader_epoch = 3,
        .create = create,
        .only_configures = only_configures};
    assert_int_equal(
        ipc_channel_send(&w->broker, IPC_MSG_PARTITION_OPEN, request, &open, -1), OK);
}

int16_t world_open(struct world *w, uint8_t topic, int32_t partition, bool create)
{
    send_open(w, topic, partition, create, false, ++w->request);
    int16_t error =
        world_expect(w, &w->broker, IPC_MSG_PARTITION_OPENED)->partition_opened.error;
    assert_int_equal(w->last.request, w->request);
    return error;
}

int16_t world_reconfigure(struct world *w, uint8_t topic, int32_t partition)
{
    send_open(w, topic, partition, false, true, ++w->request);
    return world_expect(w, &w->broker, IPC_MSG_PARTITION_OPENED)->partition_opened.error;
}

int16_t world_drop(struct world *w, uint8_t topic, int32_t partition)
{
    struct ipc_partition_drop drop = {
        .topic_id = world_topic(topic), .partition = partition};

    assert_int_equal(
        ipc_channel_send(&w->broker, IPC_MSG_PARTITION_DROP, 1, &drop, -1), OK);
    return world_expect(w, &w->broker, IPC_MSG_PARTITION_DROPPED)
        ->partition_dropped.error;
}

struct ipc_channel *world_gate(struct world *w, uint64_t number)
{
    struct ipc_channel *end = &w->gates[number - 1];
    struct ipc_gate_add add = {.gate = number};
    int ends[2];

    assert_int_equal(ipc_pair(IPC_STREAM, ends), OK);
    assert_int_equal(
        ipc_channel_send(&w->warden, IPC_MSG_GATE_ADD, 0, &add, ends[0]), OK);
    (void)close(ends[0]);
    assert_int_equal(
        ipc_channel_init(end, ends[1], IPC_STREAM, IPC_GATE, IPC_STORE, QUEUE), OK);
    return end;
}

void world_grant(struct world *w, uint64_t gate, uint64_t handle, uint8_t topic,
    enum ipc_operation operation)
{
    struct ipc_grant grant = {.gate = gate,
        .handle = handle,
        .topic_id = world_topic(topic),
        .operation = operation,
        .leader_epoch = 3,
        .max_message_bytes = BATCH_MAX};

    assert_int_equal(ipc_channel_send(&w->broker, IPC_MSG_GRANT, 0, &grant, -1), OK);
}

void world_revoke(struct world *w, uint64_t gate, uint64_t handle)
{
    struct ipc_revoke revoke = {.gate = gate, .handle = handle};

    assert_int_equal(ipc_channel_send(&w->broker, IPC_MSG_REVOKE, 77, &revoke, -1), OK);
    const struct ipc_revoked *done =
        &world_expect(w, &w->broker, IPC_MSG_REVOKED)->revoked;
    assert_int_equal(w->last.request, 77);
    assert_int_equal(done->gate, gate);
    assert_int_equal(done->handle, handle);
}

void world_hear_uses(struct world *w)
{
    struct loop_timer *timer = &w->store.use_timer;

    if (timer->armed) {
        loop_timer_cancel(w->store.role.loop, timer);
        timer->on_timer(timer->context);
    }
    while (ipc_channel_receive(&w->broker, &w->last) == OK) {
        assert_string_equal(ipc_info(w->last.msg)->name, ipc_info(IPC_MSG_USED)->name);
        note_use(w);
    }
}

void world_named(struct world *w)
{
    struct ipc_partitions_named named = {0};

    assert_int_equal(
        ipc_channel_send(&w->broker, IPC_MSG_PARTITIONS_NAMED, 0, &named, -1), OK);
    world_rounds(w, 2);
}

uint64_t world_produce(
    struct world *w, uint64_t gate, uint64_t handle, int16_t acks, int32_t count)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {.count = count, .value_size = 10, .timestamp = BATCH_NOW};
    struct ipc_produce produce = {.handle = handle,
        .acks = acks,
        .timeout_ms = 1000,
        .batch = {.ptr = bytes, .len = batch_make(bytes, &spec)}};
    uint64_t request = ++w->request;

    assert_int_equal(
        ipc_channel_send(&w->gates[gate - 1], IPC_MSG_PRODUCE, request, &produce, -1),
        OK);
    return request;
}

int16_t world_produced(struct world *w, uint64_t gate, uint64_t request)
{
    int16_t error =
        world_expect(w, &w->gates[gate - 1], IPC_MSG_PRODUCED)->produced.error;

    assert_int_equal(w->last.request, request);
    return error;
}

int64_t world_write(struct world *w, uint64_t gate, uint64_t handle, int32_t count)
{
    assert_int_equal(
        world_produced(w, gate, world_produce(w, gate, handle, -1, count)), 0);
    return w->last.body.produced.base_offset;
}

uint64_t world_fetch(struct world *w, uint64_t gate, const struct world_fetch *f)
{
    struct ipc_fetch_entry entry = {.handle = f->handle,
        .offset = f->offset,
        .max_bytes = f->max_bytes > 0 ? f->max_bytes : 1 << 20,
        .leader_epoch = f->leader_epoch_plus_one - 1,
        .last_fetched_epoch = f->last_epoch_plus_one - 1};
    struct buf entries;

    buf_init(&entries, 4096);
    ipc_fetch_entry_add(&entries, &entry);
    struct ipc_fetch fetch = {.max_wait_ms = f->max_wait_ms,
        .min_bytes = f->min_bytes,
        .max_bytes = f->max_bytes > 0 ? f->max_bytes : 1 << 20,
        .partitions = {.ptr = entries.bytes, .len = entries.length}};
    uint64_t request = ++w->request;
    assert_int_equal(
        ipc_channel_send(&w->gates[gate - 1], IPC_MSG_FETCH, request, &fetch, -1), OK);
    buf_fini(&entries);
    return request;
}

const struct ipc_fetched *world_fetched(struct world *w, uint64_t gate, uint64_t request)
{
    const struct ipc_fetched *f =
        &world_expect(w, &w->gates[gate - 1], IPC_MSG_FETCHED)->fetched;

    assert_int_equal(w->last.request, request);
    return f;
}

int64_t world_records(const struct ipc_fetched *f, int64_t offset)
{
    const uint8_t *at = f->records.ptr;
    size_t left = f->records.len;
    int64_t count = 0;

    while (left > 0) {
        struct record_batch_header h;
        assert_int_equal(record_batch_read(at, left, &h), RECORD_OK);
        size_t size = record_batch_size(&h);
        assert_true(record_batch_check_crc(at, size));
        assert_int_equal(h.base_offset, offset + count);
        count += h.record_count;
        at += size;
        left -= size;
    }
    return count;
}
