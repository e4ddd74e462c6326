#include "log.h"
#include "log_batches.h"
#include "log_fs_sim.h"
#include "record_batch.h"
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Input: a byte of options, then what a gate writes into its bulk channel. It may read
 * topic-1 (handle 1) and write topic-2 (handle 2); handle 3 is another gate's. Whatever
 * it sends: nothing of topic-2 comes back, nothing is added to topic-1, every answer is a
 * whole message, the process goes on, and nothing is left behind when the gate is gone.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OPTION_REPAIR 1 /* make the CRCs of batches right */
#define DIR_DATA      1
#define DIR_FIRST     2 /* topic-1-0 */
#define DIR_SECOND    3
#define INPUT_MAX     65536
#define CANARY        0xc5

static void require(int condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* --- two directories in the one that the sim has: a prefix on each name ----------- */

static struct sim sim;

static const char *inside(int dir, const char *name, char out[SIM_NAME])
{
    (void)snprintf(out, SIM_NAME, "%d.%s", dir, name);
    return out;
}

static int fs_open(void *context, int dir, const char *name, int flags)
{
    char full[SIM_NAME];
    struct log_fs fs = sim_fs(&sim);

    (void)context;
    if ((flags & O_DIRECTORY) != 0) {
        return strcmp(name, "topic-1-0") == 0   ? DIR_FIRST
               : strcmp(name, "topic-2-0") == 0 ? DIR_SECOND
                                                : -ENOENT;
    }
    return fs.ops->open(fs.context, SIM_DIR, inside(dir, name, full), flags);
}

static void fs_close(void *context, int fd)
{
    struct log_fs fs = sim_fs(&sim);

    (void)context;
    if (fd > DIR_SECOND) {
        fs.ops->close(fs.context, fd);
    }
}

static int fs_sync_dir(void *context, int dir)
{
    (void)context;
    (void)dir;
    return 0;
}

static int fs_unlink(void *context, int dir, const char *name)
{
    char full[SIM_NAME];
    struct log_fs fs = sim_fs(&sim);

    (void)context;
    return fs.ops->unlink(fs.context, SIM_DIR, inside(dir, name, full));
}

static int fs_rename(void *context, int dir, const char *from, const char *to)
{
    char a[SIM_NAME];
    char b[SIM_NAME];
    struct log_fs fs = sim_fs(&sim);

    (void)context;
    return fs.ops->rename(fs.context, SIM_DIR, inside(dir, from, a), inside(dir, to, b));
}

struct listing {
    char digit;
    enum err (*on_name)(void *user, const char *name);
    void *user;
};

static enum err on_listed(void *user, const char *name)
{
    struct listing *l = user;

    return name[0] == l->digit ? l->on_name(l->user, name + 2) : OK;
}

static int fs_list(
    void *context, int dir, enum err (*on_name)(void *user, const char *name), void *user)
{
    struct log_fs fs = sim_fs(&sim);
    struct listing l = {(char)('0' + dir), on_name, user};

    (void)context;
    return fs.ops->list(fs.context, SIM_DIR, on_listed, &l);
}

static int no_directory(void *context, int dir, const char *name)
{
    (void)context;
    (void)dir;
    (void)name;
    return -EACCES;
}

static struct store_files files_of_sim(void)
{
    static struct log_fs_ops ops;
    struct log_fs fs = sim_fs(&sim);

    ops = *fs.ops;
    ops.open = fs_open;
    ops.close = fs_close;
    ops.sync_dir = fs_sync_dir;
    ops.unlink = fs_unlink;
    ops.rename = fs_rename;
    ops.list = fs_list;
    fs.ops = &ops;
    return (struct store_files){.fs = fs, .make = no_directory, .remove = no_directory};
}

/* --- the neighbours --------------------------------------------------------------- */

static struct store store;

static struct store_partition *open_topic(uint8_t number)
{
    char name[16];
    struct store_partition *p = NULL;

    (void)snprintf(name, sizeof(name), "topic-%d", number);
    struct ipc_partition_open open = {
        .topic_id = {.bytes = {number}}, .topic = ipc_text(name), .leader_epoch = 3};
    require(store_partition_open(&store, &open, &p) == 0);
    return p;
}

static void grant(uint64_t gate, uint64_t handle, uint8_t topic, uint8_t operation)
{
    struct ipc_received m = {.msg = IPC_MSG_GRANT, .fd = -1};

    m.body.grant = (struct ipc_grant){.gate = gate,
        .handle = handle,
        .topic_id = {.bytes = {topic}},
        .operation = operation,
        .leader_epoch = 3,
        .max_message_bytes = 2000};
    require(store_grant_on_grant(&store, &m) == OK);
}

static int add_gate(uint64_t number)
{
    int ends[2];
    struct ipc_received m = {.msg = IPC_MSG_GATE_ADD};

    require(ipc_pair(IPC_STREAM, ends) == OK);
    m.fd = ends[0];
    m.body.gate_add.gate = number;
    require(store_gate_on_add(&store, &m) == OK);
    return ends[1];
}

static void begin(void)
{
    struct ipc_store_start start = {.segment_bytes = 4096,
        .index_interval_bytes = 256,
        .message_max_bytes = 4096,
        .durable = 1,
        .producer_expiry_ms = 1000000};
    struct store_files files = files_of_sim();
    char why[256];

    memset(&store, 0, sizeof(store));
    store.role.self = IPC_STORE;
    store.role.loop = loop_new();
    require(store.role.loop != NULL);
    require(store_init(&store, &files, DIR_DATA, &start, 0, why, sizeof(why)) == OK);
    loop_on_round(store.role.loop, store_on_round, &store);
}

static void fill(struct store_partition *p, uint8_t byte)
{
    static uint8_t bytes[BATCH_MAX];
    struct batch_spec spec = {
        .count = 2, .value_size = 40, .timestamp = BATCH_NOW, .fill = byte};
    struct log_append_rules rules = batch_rules();
    struct log_appended appended;
    size_t len = batch_make(bytes, &spec);

    require(log_partition_append(p->log, bytes, len, &rules, BATCH_NOW, &appended) ==
            LOG_CODE_NONE);
    require(log_partition_sync(p->log) == OK);
}

static void check_answers(struct ipc_channel *gate)
{
    static const uint8_t canary[8] = {
        CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY};
    struct ipc_received m;
    enum err e;

    while ((e = ipc_channel_receive(gate, &m)) == OK) {
        if (m.msg == IPC_MSG_FETCHED) {
            struct ipc_view records = m.body.fetched.records;
            require(memmem(records.ptr, records.len, canary, sizeof(canary)) == NULL);
        }
    }
    require(e == ERR_AGAIN || e == ERR_CLOSED || e == ERR_IO);
}

/* The batch of each PRODUCE, as far as the bytes are a stream of messages. */
static void repair(uint8_t *bytes, size_t len)
{
    const size_t front = IPC_HEADER_BYTES + 8 + 2 + 4 + 4;

    while (len >= IPC_HEADER_BYTES) {
        struct ipc_header h = ipc_header_decode(bytes);
        size_t whole = IPC_HEADER_BYTES + (size_t)h.length;
        struct record_batch_header batch;
        if (whole > len) {
            break;
        }
        if (h.number == ipc_info(IPC_MSG_PRODUCE)->number && whole > front &&
            record_batch_read(bytes + front, whole - front, &batch) == RECORD_OK) {
            record_batch_set_crc(bytes + front, record_batch_size(&batch));
        }
        bytes += whole;
        len -= whole;
    }
}

static void play(int fd, const uint8_t *data, size_t len)
{
    struct ipc_channel gate;

    require(ipc_channel_init(&gate, fd, IPC_STREAM, IPC_GATE, IPC_STORE, 1 << 20) == OK);
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        } else if (errno != EAGAIN) {
            break;
        }
        require(loop_once(store.role.loop, 0) == OK);
        check_answers(&gate);
    }
    for (int i = 0; i < 4; i++) {
        require(loop_once(store.role.loop, 0) == OK);
        check_answers(&gate);
    }
    ipc_channel_fini(&gate);
}

static void end(void)
{
    (void)store_finish(&store);
    store_fini(&store);
    loop_free(&store.role.loop);
    require(sim_open_descriptors(&sim) == 0);
}

/* The files of both topics, made once: making files is what takes time in the sim. */
static void make_template(struct sim *out)
{
    sim_init(&sim, 1);
    begin();
    fill(open_topic(1), 'a');
    fill(open_topic(2), CANARY);
    end();
    *out = sim;
}

static uint8_t *copy_bytes(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = calloc(len + 1, 1);

    require(copy != NULL);
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

static void copy_template(const struct sim *from)
{
    sim = *from;
    for (size_t i = 0; i < SIM_FILES; i++) {
        struct sim_file *f = &sim.files[i];
        if (f->used) {
            f->now = copy_bytes(f->now, f->now_len);
            f->durable = copy_bytes(f->durable, f->durable_len);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[INPUT_MAX];
    static struct sim template;
    static bool made;

    if (size < 1 || size > INPUT_MAX) {
        return 0;
    }
    log_init("fuzz", LOG_LEVEL_ERROR);
    if (!made) {
        make_template(&template);
        made = true;
    }
    memcpy(bytes, data + 1, size - 1);
    if ((data[0] & OPTION_REPAIR) != 0) {
        repair(bytes, size - 1);
    }
    copy_template(&template);
    begin();
    struct store_partition *first = open_topic(1);
    (void)open_topic(2);
    int gate = add_gate(1);
    int other = add_gate(2);
    grant(1, 1, 1, IPC_OPERATION_READ);
    grant(1, 2, 2, IPC_OPERATION_WRITE);
    grant(2, 3, 2, IPC_OPERATION_READ);
    play(gate, bytes, size - 1);
    (void)close(other);
    require(loop_once(store.role.loop, 0) == OK);
    require(loop_once(store.role.loop, 0) == OK);
    require(!store.role.stopping && store.gates.count == 0 && store.queued == 0);
    require(log_partition_end_offset(first->log) == 2 && first->references == 1);
    end();
    sim_fini(&sim);
    return 0;
}
