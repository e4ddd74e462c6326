#include "mem.h"
#include "store.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define RETENTION_CHECK_MS 300000
#define BROKER_QUEUE       ((size_t)256 * 1024 * 1024)
#define BROKER_BUDGET      4096 /* what is already there is heard before a gate is judged */

uint8_t *store_piece(struct store *s, size_t size)
{
    if (s->piece == NULL || s->piece_size < size) {
        uint8_t *piece = mem_resize(s->piece, size + 1, 1);
        if (piece == NULL) {
            return NULL;
        }
        s->piece = piece;
        s->piece_size = size;
    }
    return s->piece;
}

/* --- start
 * ------------------------------------------------------------------------------
 */

static bool is_number(uint32_t n, uint32_t min)
{
    return n >= min && n <= INT32_MAX;
}

static uint64_t fds_for_files(uint64_t descriptors)
{
    return descriptors > STORE_FDS_RESERVED ? descriptors - STORE_FDS_RESERVED : 0;
}

size_t store_segments_max(uint64_t descriptors)
{
    uint64_t most = fds_for_files(descriptors) / 5 / STORE_FDS_A_SEGMENT;

    return most < STORE_SEGMENTS_MIN ? STORE_SEGMENTS_MIN : (size_t)most;
}

size_t store_partitions_max(uint64_t descriptors)
{
    uint64_t most = fds_for_files(descriptors) / 5 * 4 / STORE_FDS_A_PARTITION;

    most = most < STORE_PARTITIONS_MIN ? STORE_PARTITIONS_MIN : most;
    return most < STORE_PARTITIONS_MAX ? (size_t)most : STORE_PARTITIONS_MAX;
}

enum err store_init(struct store *s, const struct store_files *files, int data_dir,
    const struct ipc_store_start *start, unsigned flushers, char *why, size_t why_size)
{
    s->files = *files;
    s->data_dir = data_dir;
    if (!is_number(start->segment_bytes, 1) ||
        !is_number(start->index_interval_bytes, 0) ||
        !is_number(start->message_max_bytes, 0)) {
        (void)snprintf(why, why_size, "a size in the configuration is out of range");
        return ERR_INVALID;
    }
    s->config = (struct store_config){.segment_bytes = (int32_t)start->segment_bytes,
        .index_interval_bytes = (int32_t)start->index_interval_bytes,
        .message_max_bytes = (int32_t)start->message_max_bytes,
        .durable = start->durable != 0,
        .producer_expiry_ms = start->producer_expiry_ms,
        .retention_check_ms = start->retention_check_ms > 0 ? start->retention_check_ms
                                                            : RETENTION_CHECK_MS};
    table_init(&s->partitions, STORE_PARTITIONS_MAX);
    table_init(&s->gates, STORE_GATES_MAX);
    buckets_init(&s->quotas, STORE_QUOTAS_MAX);
    s->producers = (struct log_budget){.max = STORE_PRODUCERS_MAX};
    s->segments = (struct log_budget){.max = STORE_SEGMENTS_MIN};
    s->log_limit = (struct log_limit){.burst = 10, .period_ms = 10000};
    s->lazy_timer =
        (struct loop_timer){.on_timer = store_partition_on_lazy, .context = s};
    enum err e = store_identity_load(&s->files.fs, data_dir, start->cluster_id,
        start->node_id, &s->identity, why, why_size);
    if (e != OK) {
        return e;
    }
    e = store_identity_take_clean(&s->files.fs, data_dir, &s->was_clean);
    if (e == OK) {
        e = store_flush_init(&s->flush, s->role.loop, store_partition_on_flushed);
    }
    if (e == OK && flushers > 0) {
        e = store_flush_start(&s->flush, flushers);
    }
    if (e != OK) {
        (void)snprintf(
            why, why_size, "the data directory can not be used: %s", err_text(e));
    }
    return e;
}

static enum err on_start(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    struct store_files files = store_files_posix();
    char why[256] = "";

    /* The flushers come later, when the files are closed. */
    if (store_init(s, &files, m->fd, &m->body.store_start, 0, why, sizeof(why)) != OK) {
        role_refuse("%s [STO030]", why);
    }
    s->role.started = true;
    return OK;
}

/* --- neighbours ------------------------------------------------------------------------
 */

static void on_broker_end(void *context, enum err why)
{
    struct store *s = context;

    if (why == ERR_INVALID) {
        log_err("broker sent what it may not send: store ends, and both start anew "
                "[STO031]");
    }
    ipc_link_fini(&s->broker);
    s->role.stopping = true;
}

static enum err add_broker(struct store *s, int fd)
{
    struct ipc_channel channel;
    struct ipc_identity identity = {.cluster_id = ipc_text(s->identity.cluster_id),
        .directory = s->identity.directory,
        .unclean = !s->was_clean && !s->identity.is_new};

    if (ipc_link_is_open(&s->broker)) {
        (void)close(fd);
        return ERR_INVALID;
    }
    enum err e =
        ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_STORE, IPC_BROKER, BROKER_QUEUE);
    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    e = ipc_link_init(
        &s->broker, s->role.loop, &channel, store_handlers, s, on_broker_end);
    if (e == OK) {
        s->broker.budget = BROKER_BUDGET;
        e = ipc_link_send(&s->broker, IPC_MSG_IDENTITY, 0, &identity, -1);
    }
    return e;
}

static enum err on_peer_add(void *context, const struct ipc_received *m)
{
    if (m->body.peer_add.role != IPC_BROKER) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    return add_broker(context, m->fd);
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    struct store *s = context;

    (void)m;
    s->asked_to_stop = true;
    s->role.stopping = true;
    return OK;
}

const struct ipc_handler store_handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_STORE_START] = {IPC_WARDEN, ROLE_STARTING, on_start},
    [IPC_MSG_PEER_ADD] = {IPC_WARDEN, ROLE_RUNNING, on_peer_add},
    [IPC_MSG_GATE_ADD] = {IPC_WARDEN, ROLE_RUNNING, store_gate_on_add},
    [IPC_MSG_GATE_GONE] = {IPC_WARDEN, ROLE_RUNNING, store_gate_on_gone},
    [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_stop},
    [IPC_MSG_GRANT] = {IPC_BROKER, IPC_ANY_STATE, store_grant_on_grant},
    [IPC_MSG_GATE_QUOTA] = {IPC_BROKER, IPC_ANY_STATE, store_quota_on_gate_quota},
    [IPC_MSG_REVOKE] = {IPC_BROKER, IPC_ANY_STATE, store_grant_on_revoke},
    [IPC_MSG_PARTITION_OPEN] = {IPC_BROKER, IPC_ANY_STATE, store_broker_on_open},
    [IPC_MSG_PARTITION_DROP] = {IPC_BROKER, IPC_ANY_STATE, store_broker_on_drop},
    [IPC_MSG_PARTITIONS_NAMED] = {IPC_BROKER, IPC_ANY_STATE, store_broker_on_named},
    [IPC_MSG_APPEND] = {IPC_BROKER, IPC_ANY_STATE, store_broker_on_append},
    [IPC_MSG_READ] = {IPC_BROKER, IPC_ANY_STATE, store_broker_on_read},
    [IPC_MSG_EPOCH_QUERY] = {IPC_BROKER, IPC_ANY_STATE, store_broker_on_epoch_query},
    [IPC_MSG_PRODUCERS_QUERY] = {IPC_BROKER, IPC_ANY_STATE,
        store_broker_on_producers_query},
    [IPC_MSG_LOG_QUERY] = {IPC_BROKER, IPC_ANY_STATE, store_broker_on_log_query},
    [IPC_MSG_RECORDS_DELETE] = {IPC_BROKER, IPC_ANY_STATE,
        store_broker_on_delete_records},
    [IPC_MSG_OFFSET_QUERY] = {IPC_BROKER, IPC_ANY_STATE, store_offset_on_query},
    [IPC_MSG_PRODUCE] = {IPC_GATE, IPC_ANY_STATE, store_produce_on_produce},
    [IPC_MSG_FETCH] = {IPC_GATE, IPC_ANY_STATE, store_fetch_on_fetch},
};

/* --- run and stop ----------------------------------------------------------------------
 */

void store_on_round(void *context)
{
    struct store *s = context;

    store_partition_begin_flushes(s);
    store_gate_reap(s);
}

bool store_finish(struct store *s)
{
    struct store_gate *g;
    enum err e = OK;

    s->draining = true;
    (void)!ipc_link_pause(&s->broker, true);
    for (size_t cursor = 0; (g = table_next(&s->gates, &cursor)) != NULL;) {
        store_gate_settle(g);
    }
    store_partition_flush_all(s);
    store_on_round(s);
    while (e == OK && (s->flush.running > 0 || s->wanted != NULL)) {
        e = loop_once(s->role.loop, -1);
        store_on_round(s);
    }
    loop_timer_cancel(s->role.loop, &s->lazy_timer);
    loop_timer_cancel(s->role.loop, &s->retention_timer);
    store_gate_close_all(s);
    store_clean_fini(s);
    bool good = e == OK && s->flush.running == 0 && store_partition_close_all(s);
    good = good && s->named && !s->damaged;
    if (good && store_identity_mark_clean(&s->files.fs, s->data_dir) != OK) {
        log_warn("the mark of a clean stop could not be written: the next start checks "
                 "everything [STO032]");
        good = false;
    }
    return good;
}

void store_fini(struct store *s)
{
    ipc_link_fini(&s->broker);
    store_flush_fini(&s->flush);
    table_fini(&s->partitions);
    table_fini(&s->gates);
    buckets_fini(&s->quotas);
    mem_free(s->piece);
    s->files.fs.ops->close(s->files.fs.context, s->data_dir);
}

/* The limit of the process is set before it runs, and its filter may forbid the call. */
static void limit_partitions(struct store *s)
{
    struct rlimit files = {0};

    (void)getrlimit(RLIMIT_NOFILE, &files); /* on failure: the least */
    s->partitions.limit = store_partitions_max(files.rlim_cur);
    s->segments.max = store_segments_max(files.rlim_cur);
}

int store_process(int argc, char **argv)
{
    static struct store store; /* the process's root struct */
    struct store *s = &store;

    role_begin(&s->role, IPC_STORE, argc, argv, store_handlers, s);
    table_seed();
    role_await_start(&s->role);
    limit_partitions(s);
    loop_on_round(s->role.loop, store_on_round, s);
    role_close_files(&s->role, &s->data_dir, 1);
    if (store_flush_start(&s->flush, STORE_FLUSHERS) != OK) {
        role_refuse("the flushers can not be started [STO033]");
    }
    role_close_calls(&s->role);
    int status = role_run(&s->role);
    if (!store_finish(s) && status == ROLE_EXIT_OK) {
        log_warn("stopped without the mark of a clean stop: the next start checks "
                 "everything");
    }
    return s->asked_to_stop ? status : ROLE_EXIT_FAULT;
}
