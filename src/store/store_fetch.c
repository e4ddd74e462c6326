#include "mem.h"
#include "store.h"
#include "wire_code.h"

#include <string.h>

/* --- what there is for one entry
 * -------------------------------------------------------- */

struct look {
    int16_t error;
    struct store_grant *grant;         /* NULL: none */
    struct store_partition *partition; /* NULL: no grant, or not open */
    int64_t high_watermark;
    struct log_epoch diverging; /* -1: the client's log is a part of ours */
    struct log_slice slice;
};

static int16_t check_epoch(const struct store_partition *p, int32_t epoch)
{
    if (epoch < 0 || epoch == p->leader_epoch) {
        return 0;
    }
    return epoch < p->leader_epoch ? WIRE_CODE_FENCED_LEADER_EPOCH
                                   : WIRE_CODE_UNKNOWN_LEADER_EPOCH;
}

/* Whether what the client read last lies in this log too (KIP-320, KIP-595). */
static int16_t check_divergence(
    const struct store_fetch_entry *entry, struct store_partition *p, struct look *l)
{
    int32_t epoch = entry->asked.last_fetched_epoch;

    if (epoch < 0) {
        return 0;
    }
    struct log_epoch end = log_partition_end_of_epoch(p->log, epoch, p->leader_epoch);
    if (end.start_offset < 0) {
        return WIRE_CODE_OFFSET_OUT_OF_RANGE;
    }
    if (end.epoch < epoch || end.start_offset < entry->asked.offset) {
        l->diverging = end;
    }
    return 0;
}

static struct look look_at(
    const struct store_fetch_entry *entry, size_t max_bytes, bool at_least_one)
{
    struct store_grant *grant =
        store_grant_find(entry->gate, entry->asked.handle, IPC_OPERATION_READ);
    struct look l = {.high_watermark = -1,
        .diverging = {.epoch = -1, .start_offset = -1},
        .slice = {.fd = -1}};

    if (grant == NULL || grant->partition->log == NULL) {
        l.error = grant == NULL ? IPC_ERROR_NO_GRANT : WIRE_CODE_KAFKA_STORAGE_ERROR;
        return l;
    }
    l.grant = grant;
    l.partition = grant->partition;
    l.high_watermark = store_partition_high_watermark(l.partition);
    l.error = check_epoch(l.partition, entry->asked.leader_epoch);
    if (l.error == 0) {
        l.error = check_divergence(entry, l.partition, &l);
    }
    if (l.error == 0 && l.diverging.epoch < 0) {
        struct log_read read = {.offset = entry->asked.offset,
            .upper_bound = l.high_watermark,
            .max_bytes = max_bytes,
            .at_least_one = at_least_one};
        l.error = (int16_t)log_partition_read(l.partition->log, &read, &l.slice);
    }
    return l;
}

static size_t entry_max(const struct store_fetch_entry *entry)
{
    return entry->asked.max_bytes <= 0 ? 0 : (size_t)entry->asked.max_bytes;
}

/* --- waiting
 * ----------------------------------------------------------------------------
 */

static void unpark_entry(struct store_fetch_entry *entry)
{
    if (entry->partition != NULL) {
        *entry->link = entry->next;
        if (entry->next != NULL) {
            entry->next->link = entry->link;
        }
        entry->partition = NULL;
    }
}

static void watch(struct store_fetch_entry *entry, struct store_partition *p)
{
    entry->partition = p;
    entry->next = p->watchers;
    entry->link = &p->watchers;
    if (p->watchers != NULL) {
        p->watchers->link = &entry->next;
    }
    p->watchers = entry;
}

static void park_entry(struct store_fetch_entry *entry, struct store_partition *p)
{
    watch(entry, p);
    /* What is appended but not yet durable is what this one waits for. */
    if (log_partition_end_offset(p->log) > store_partition_high_watermark(p)) {
        store_partition_appended(p, false);
    }
}

void store_fetch_drop(struct store_gate *g)
{
    struct store_fetch *f = &g->fetch;

    loop_timer_cancel(g->store->role.loop, &f->deadline);
    for (size_t i = 0; i < f->count; i++) {
        unpark_entry(&f->entries[i]);
    }
    mem_free(f->entries);
    *f = (struct store_fetch){.state = STORE_FETCH_NONE};
}

static void begin_sending(struct store_gate *g)
{
    struct store_fetch *f = &g->fetch;

    loop_timer_cancel(g->store->role.loop, &f->deadline);
    for (size_t i = 0; i < f->count; i++) {
        unpark_entry(&f->entries[i]);
    }
    f->state = STORE_FETCH_SENDING;
    size_t most = store_quota_fetch_max(g);
    f->starved = most == 0;
    f->bytes_left = most < f->bytes_left ? most : f->bytes_left;
    store_fetch_continue(g);
}

void store_fetch_hurry(struct store_gate *g)
{
    if (g->fetch.state == STORE_FETCH_PARKED) {
        begin_sending(g);
    }
}

static void on_deadline(void *context)
{
    begin_sending(context);
}

/* Counts what is there now. True: answer at once. */
static bool count_entry(struct store_fetch *f, struct store_fetch_entry *entry)
{
    struct look l = look_at(entry, entry_max(entry), true);

    f->available += l.slice.length - entry->available;
    entry->available = l.slice.length;
    return l.error != 0 || l.diverging.epoch >= 0 || f->available >= f->min_bytes;
}

/* Each entry is looked at once: all are taken out first, and who waits on goes back. */
void store_fetch_wake(struct store_partition *p)
{
    struct store_fetch_entry *entries = p->watchers;

    p->watchers = NULL;
    if (entries != NULL) {
        entries->link = &entries;
    }
    while (entries != NULL) {
        struct store_fetch_entry *entry = entries;
        struct store_gate *g = entry->gate;
        if (count_entry(&g->fetch, entry)) {
            begin_sending(g); /* takes all its entries out of every list, this one too */
        } else {
            unpark_entry(entry);
            watch(entry, p);
        }
    }
}

/* --- answering
 * --------------------------------------------------------------------------
 */

/* More pressure, smaller pieces; a single batch is never cut. */
static size_t piece_max(const struct store_gate *g, const struct store_fetch_entry *entry)
{
    size_t max = g->store->queued > STORE_QUEUED_MAX ? STORE_PIECE_MIN : STORE_PIECE_MAX;

    max = entry_max(entry) < max ? entry_max(entry) : max;
    return g->fetch.bytes_left < max ? g->fetch.bytes_left : max;
}

static int16_t read_slice(
    struct store *s, const struct log_slice *slice, const uint8_t **out)
{
    uint8_t *piece = slice->length > IPC_BATCH_MAX ? NULL : store_piece(s, slice->length);

    if (piece == NULL) {
        return WIRE_CODE_UNKNOWN_SERVER_ERROR;
    }
    *out = piece;
    return log_fs_read(&s->files.fs, slice->fd, piece, slice->length, slice->position) ==
                   OK
               ? 0
               : WIRE_CODE_KAFKA_STORAGE_ERROR;
}

/* False: the gate is no more. */
static bool send_next(struct store_gate *g)
{
    struct store_fetch *f = &g->fetch;
    uint32_t index = (uint32_t)f->next++;
    const struct store_fetch_entry *entry = &f->entries[index];
    struct store_work work = store_quota_begin(g);
    struct look l = look_at(entry, piece_max(g, entry), !f->sent_some && !f->starved);
    struct ipc_fetched answer = {.index = index,
        .error = l.error,
        .high_watermark = -1,
        .last_stable_offset = -1,
        .log_start_offset = -1,
        .diverging_epoch = l.diverging.epoch,
        .diverging_end_offset = l.diverging.start_offset,
        .last = f->next == f->count};

    if (l.error == 0) {
        answer.high_watermark = l.high_watermark;
        answer.last_stable_offset = l.high_watermark;
        answer.log_start_offset = log_partition_start_offset(l.partition->log);
    }
    if (l.error == 0 && l.slice.length > 0) {
        answer.error = read_slice(g->store, &l.slice, &answer.records.ptr);
        answer.records.len = answer.error == 0 ? l.slice.length : 0;
    }
    size_t sent = answer.records.len;
    f->sent_some = f->sent_some || sent > 0;
    f->bytes_left -= sent < f->bytes_left ? sent : f->bytes_left;
    store_quota_take_fetched(g, sent);
    store_quota_end(g->store, work);
    if (sent > 0) {
        store_use_add_batches(g, l.grant, answer.records.ptr, sent);
    }
    uint64_t request = f->request;
    if (answer.last != 0) {
        store_fetch_drop(g); /* from here on the gate may fetch again */
        answer.throttle_ms = store_quota_end_fetch(g);
    }
    return store_gate_send(g, IPC_MSG_FETCHED, request, &answer);
}

void store_fetch_continue(struct store_gate *g)
{
    bool alive = !g->dead;

    while (alive && g->fetch.state == STORE_FETCH_SENDING &&
           g->channel.queued < STORE_GATE_WINDOW) {
        alive = send_next(g);
    }
}

/* --- a new fetch
 * ------------------------------------------------------------------------
 */

/* No handle may be there twice: it would multiply the work of a fetch that waits. */
static bool name_handle(struct store_gate *g, uint64_t handle)
{
    struct store_grant *grant = table_get(&g->grants, &handle, sizeof(handle));

    if (grant == NULL) {
        return true;
    }
    bool again = grant->fetch == g->fetches;
    grant->fetch = g->fetches;
    return !again;
}

static enum err take_entries(struct store_gate *g, struct ipc_view partitions)
{
    struct store_fetch *f = &g->fetch;
    size_t count = partitions.len / FETCH_ENTRY_BYTES;

    f->entries = mem_alloc(count, sizeof(*f->entries));
    if (f->entries == NULL) {
        return ERR_NOMEM;
    }
    f->count = count;
    g->fetches++;
    for (size_t i = 0; i < count; i++) {
        f->entries[i] = (struct store_fetch_entry){
            .asked = ipc_fetch_entry_at(partitions, i), .gate = g};
        if (!name_handle(g, f->entries[i].asked.handle)) {
            return ERR_INVALID;
        }
    }
    return OK;
}

/* True: it waits now. */
static bool park(struct store_gate *g, int32_t max_wait_ms)
{
    struct store_fetch *f = &g->fetch;
    struct loop *loop = g->store->role.loop;
    int64_t wait = max_wait_ms > STORE_WAIT_MAX_MS ? STORE_WAIT_MAX_MS : max_wait_ms;
    bool now = max_wait_ms <= 0 || f->min_bytes == 0 || g->store->draining ||
               store_quota_fetch_max(g) == 0;

    for (size_t i = 0; i < f->count && !now; i++) {
        now = count_entry(f, &f->entries[i]);
    }
    f->deadline = (struct loop_timer){.on_timer = on_deadline, .context = g};
    if (now || loop_timer_set(loop, &f->deadline, loop_now_ms(loop) + wait) != OK) {
        return false;
    }
    f->state = STORE_FETCH_PARKED;
    for (size_t i = 0; i < f->count; i++) {
        const struct store_grant *grant =
            store_grant_find(g, f->entries[i].asked.handle, IPC_OPERATION_READ);
        INVARIANT(grant != NULL); /* else it would have been counted as an error */
        park_entry(&f->entries[i], grant->partition);
    }
    return true;
}

enum err store_fetch_on_fetch(void *context, const struct ipc_received *m)
{
    struct store_gate *g = context;
    struct store_fetch *f = &g->fetch;
    const struct ipc_fetch *asked = &m->body.fetch;

    if (f->state != STORE_FETCH_NONE || asked->partitions.len == 0 ||
        asked->partitions.len % FETCH_ENTRY_BYTES != 0) {
        return ERR_INVALID;
    }
    ipc_link_drain(&g->store->broker);
    if (g->dead) {
        return OK;
    }
    enum err e = take_entries(g, asked->partitions);
    if (e != OK) {
        return e;
    }
    size_t most = asked->max_bytes <= 0 ? 0 : (size_t)asked->max_bytes;
    f->request = m->request;
    f->min_bytes = asked->min_bytes <= 0 ? 0 : (size_t)asked->min_bytes;
    f->bytes_left = most > STORE_FETCH_BYTES ? STORE_FETCH_BYTES : most;
    if (!park(g, asked->max_wait_ms)) {
        begin_sending(g);
    }
    return OK;
}
