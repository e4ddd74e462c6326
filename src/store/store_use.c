/*
 * What gates wrote and were given, for the audit: told to broker a little later, so that
 * batches which follow each other become one range.
 */
#include "clock.h"
#include "mem.h"
#include "record_batch.h"
#include "store.h"

#include <string.h>

/* True: broker was told, or nobody is there to be. */
static bool tell(struct store *s, const struct ipc_used *used)
{
    enum err e = ipc_link_send(&s->broker, IPC_MSG_USED, 0, used, -1);

    return e == OK || e == ERR_CLOSED;
}

static void unlink_use(struct store_use *use)
{
    *use->link = use->next;
    if (use->next != NULL) {
        use->next->link = use->link;
    }
}

static bool flush(struct store *s, struct store_use *use)
{
    for (; use->count > 0; use->count--) {
        if (!tell(s, &use->ranges[0])) {
            return false; /* they stay, and grow */
        }
        memmove(
            use->ranges, use->ranges + 1, sizeof(use->ranges) - sizeof(use->ranges[0]));
    }
    return true;
}

void store_use_flush(struct store_grant *grant)
{
    struct store_use *use = grant->use;

    if (use == NULL) {
        return;
    }
    if (!flush(use->store, use)) {
        log_err("broker can not be told what was used: ending [STO017]");
        use->store->role.stopping = true;
    }
    unlink_use(use);
    grant->use = NULL;
    mem_free(use);
}

static void on_timer(void *context)
{
    struct store *s = context;
    struct store_use *next = NULL;

    for (struct store_use *use = s->uses; use != NULL; use = next) {
        next = use->next;
        if (flush(s, use)) {
            unlink_use(use);
            use->grant->use = NULL;
            mem_free(use);
        }
    }
    if (s->uses != NULL) {
        (void)!loop_timer_set(s->role.loop, &s->use_timer,
            loop_now_ms(s->role.loop) + STORE_USE_MS); /* or by the next use */
    }
}

static struct store_use *use_of(struct store_gate *g, struct store_grant *grant)
{
    struct store *s = g->store;
    struct store_use *use = grant->use;

    if (use == NULL) {
        use = mem_alloc(1, sizeof(*use));
        if (use == NULL) {
            return NULL;
        }
        *use = (struct store_use){
            .store = s, .grant = grant, .next = s->uses, .link = &s->uses};
        if (s->uses != NULL) {
            s->uses->link = &use->next;
        }
        s->uses = use;
        grant->use = use;
    }
    s->use_timer.on_timer = on_timer;
    s->use_timer.context = s;
    if (!s->use_timer.armed && loop_timer_set(s->role.loop, &s->use_timer,
                                   loop_now_ms(s->role.loop) + STORE_USE_MS) != OK) {
        on_timer(s); /* later is never */
        return grant->use;
    }
    return use;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* More ranges than are kept apart become one that holds them all, and says so. */
static void add(struct store_use *use, const struct ipc_used *part)
{
    struct ipc_used *last = use->count == 0 ? NULL : &use->ranges[use->count - 1];

    if (last != NULL && part->first_offset == last->last_offset + 1 && last->jumps == 0) {
        last->last_offset = part->last_offset;
    } else if (use->count < STORE_USE_RANGES) {
        use->ranges[use->count++] = *part;
        return;
    } else {
        last->jumps += last->jumps < UINT32_MAX ? 1 : 0;
        last->first_offset = lesser(last->first_offset, part->first_offset);
        last->last_offset = greater(last->last_offset, part->last_offset);
    }
    last->records += part->records;
    last->bytes += part->bytes;
    last->last_time_ms = part->last_time_ms;
}

void store_use_add(
    struct store_gate *g, struct store_grant *grant, const struct store_range *range)
{
    const struct store_partition *p = grant->partition;
    int64_t now_ms = clock_wall_ms();
    struct ipc_used part = {.gate = g->number,
        .operation = (uint8_t)grant->operation,
        .first_offset = range->first_offset,
        .last_offset = range->last_offset,
        .records = range->records,
        .bytes = range->bytes,
        .first_time_ms = now_ms,
        .last_time_ms = now_ms};

    store_partition_name(p, &part.topic_id, &part.partition);
    struct store_use *use = use_of(g, grant);
    if (use != NULL) {
        add(use, &part);
    } else if (!tell(g->store, &part)) {
        log_err("broker can not be told what was used: ending [STO017]");
        g->store->role.stopping = true;
    }
}

void store_use_add_batches(
    struct store_gate *g, struct store_grant *grant, const uint8_t *bytes, size_t length)
{
    struct store_range range = {.bytes = length, .last_offset = -1};
    struct record_batch_header h;
    size_t at = 0;

    /* They lie on the disk, and may be anything. */
    while (at < length && record_batch_read(bytes + at, length - at, &h) == RECORD_OK &&
           h.base_offset >= 0 && h.last_offset_delta >= 0 &&
           h.base_offset <= INT64_MAX - h.last_offset_delta) {
        range.first_offset = at == 0 ? h.base_offset : range.first_offset;
        range.last_offset = record_batch_last_offset(&h);
        range.records += h.record_count > 0 ? (uint64_t)h.record_count : 0;
        at += record_batch_size(&h);
    }
    store_use_add(g, grant, &range);
}
