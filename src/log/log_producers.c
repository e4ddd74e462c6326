#include "log_producers.h"

#include "mem.h"

#include <stdbool.h>

struct log_producer {
    int64_t id;
    int16_t epoch; /* -1: nothing noted yet */
    int64_t written_ms;
    size_t batch_count;
    size_t batch_next; /* where the ring is written next */
    struct log_producer_batch batches[LOG_PRODUCER_BATCHES];
    struct log_producer *older;
    struct log_producer *newer;
};

void log_producers_init(
    struct log_producers *p, size_t max, int64_t expiry_ms, struct log_budget *budget)
{
    INVARIANT(max > 0);
    *p = (struct log_producers){.max = max, .expiry_ms = expiry_ms, .budget = budget};
    table_init(&p->by_id, max);
}

static void unlink_entry(struct log_producers *p, struct log_producer *e)
{
    *(e->older != NULL ? &e->older->newer : &p->oldest) = e->newer;
    *(e->newer != NULL ? &e->newer->older : &p->newest) = e->older;
    e->older = NULL;
    e->newer = NULL;
}

static void link_newest(struct log_producers *p, struct log_producer *e)
{
    e->older = p->newest;
    *(p->newest != NULL ? &p->newest->newer : &p->oldest) = e;
    p->newest = e;
}

static void link_oldest(struct log_producers *p, struct log_producer *e)
{
    e->newer = p->oldest;
    *(p->oldest != NULL ? &p->oldest->older : &p->newest) = e;
    p->oldest = e;
}

static void drop(struct log_producers *p, struct log_producer *e)
{
    unlink_entry(p, e);
    (void)table_remove(&p->by_id, &e->id, sizeof(e->id));
    if (p->budget != NULL) {
        p->budget->used--;
    }
    mem_free(e);
}

void log_producers_fini(struct log_producers *p)
{
    while (p->oldest != NULL) {
        drop(p, p->oldest);
    }
    table_fini(&p->by_id);
}

size_t log_producers_count(const struct log_producers *p)
{
    return p->by_id.count;
}

static bool is_long_ago(const struct log_producers *p, int64_t written_ms, int64_t now_ms)
{
    int64_t silent;

    return !__builtin_sub_overflow(now_ms, written_ms, &silent) && silent >= p->expiry_ms;
}

static bool expired(
    const struct log_producers *p, const struct log_producer *e, int64_t now_ms)
{
    return is_long_ago(p, e->written_ms, now_ms);
}

static struct log_producer *find(const struct log_producers *p, int64_t id)
{
    return table_get(&p->by_id, &id, sizeof(id));
}

static const struct log_producer_batch *last_batch(const struct log_producer *e)
{
    return &e->batches[(e->batch_next + LOG_PRODUCER_BATCHES - 1) % LOG_PRODUCER_BATCHES];
}

static const struct log_producer_batch *find_duplicate(
    const struct log_producer *e, const struct record_batch_header *h)
{
    for (size_t i = 0; i < e->batch_count; i++) {
        const struct log_producer_batch *b = &e->batches[i];
        if (b->first_sequence == h->base_sequence &&
            b->last_sequence == record_batch_last_sequence(h)) {
            return b;
        }
    }
    return NULL;
}

enum log_code log_producers_check(const struct log_producers *p,
    const struct record_batch_header *h, int64_t now_ms,
    const struct log_producer_batch **duplicate_out)
{
    const struct log_producer *e = find(p, h->producer_id);

    *duplicate_out = NULL;
    if (e == NULL || e->batch_count == 0 || expired(p, e, now_ms)) {
        return LOG_CODE_NONE;
    }
    if (h->producer_epoch < e->epoch) {
        return LOG_CODE_INVALID_PRODUCER_EPOCH;
    }
    if (h->producer_epoch > e->epoch) {
        return h->base_sequence == 0 ? LOG_CODE_NONE : LOG_CODE_OUT_OF_ORDER_SEQUENCE;
    }
    *duplicate_out = find_duplicate(e, h);
    if (*duplicate_out != NULL) {
        return LOG_CODE_NONE;
    }
    int32_t last = last_batch(e)->last_sequence;
    int32_t expected = last == INT32_MAX ? 0 : last + 1;
    return h->base_sequence == expected ? LOG_CODE_NONE : LOG_CODE_OUT_OF_ORDER_SEQUENCE;
}

static bool budget_is_spent(const struct log_producers *p)
{
    return p->budget != NULL && p->budget->used >= p->budget->max;
}

/* In no order yet. */
static enum err add(
    struct log_producers *p, int64_t id, int64_t written_ms, struct log_producer **out)
{
    struct log_producer *e = mem_alloc(1, sizeof(*e));

    if (e == NULL) {
        return ERR_NOMEM;
    }
    e->id = id;
    e->epoch = -1;
    e->written_ms = written_ms;
    enum err error = table_put(&p->by_id, &e->id, sizeof(e->id), e);
    if (error != OK) {
        mem_free(e);
        return error;
    }
    if (p->budget != NULL) {
        p->budget->used++;
    }
    *out = e;
    return OK;
}

enum err log_producers_reserve(
    struct log_producers *p, int64_t producer_id, int64_t now_ms)
{
    if (find(p, producer_id) != NULL) {
        return OK;
    }
    while (p->oldest != NULL && (p->by_id.count >= p->max || budget_is_spent(p) ||
                                    expired(p, p->oldest, now_ms))) {
        drop(p, p->oldest);
    }
    if (budget_is_spent(p)) {
        return ERR_FULL;
    }
    struct log_producer *e = NULL;
    enum err error = add(p, producer_id, now_ms, &e);
    if (error == OK) {
        link_newest(p, e);
    }
    return error;
}

static void add_batch(struct log_producer *e, struct log_producer_batch batch)
{
    e->batches[e->batch_next] = batch;
    e->batch_next = (e->batch_next + 1) % LOG_PRODUCER_BATCHES;
    e->batch_count += e->batch_count < LOG_PRODUCER_BATCHES ? 1 : 0;
}

enum err log_producers_restore(
    struct log_producers *p, const struct log_producer_state *state, int64_t now_ms)
{
    int64_t written_ms = state->last_timestamp < now_ms ? state->last_timestamp : now_ms;
    struct log_producer *e = NULL;

    if (find(p, state->id) != NULL || is_long_ago(p, written_ms, now_ms)) {
        return OK;
    }
    if (p->by_id.count >= p->max || budget_is_spent(p)) {
        return ERR_FULL;
    }
    enum err error = add(p, state->id, written_ms, &e);
    if (error == OK) {
        e->epoch = state->epoch;
        add_batch(e, (struct log_producer_batch){.first_sequence = state->first_sequence,
                         .last_sequence = state->last_sequence,
                         .base_offset = state->base_offset,
                         .last_offset = state->last_offset,
                         .timestamp = state->last_timestamp});
        link_oldest(p, e);
    }
    return error;
}

void log_producers_note(
    struct log_producers *p, const struct record_batch_header *h, int64_t now_ms)
{
    struct log_producer *e = find(p, h->producer_id);

    INVARIANT(e != NULL);
    if (e->epoch != h->producer_epoch || expired(p, e, now_ms)) {
        e->epoch = h->producer_epoch;
        e->batch_count = 0;
        e->batch_next = 0;
    }
    add_batch(e, (struct log_producer_batch){.first_sequence = h->base_sequence,
                     .last_sequence = record_batch_last_sequence(h),
                     .base_offset = h->base_offset,
                     .last_offset = record_batch_last_offset(h),
                     .timestamp = h->max_timestamp});
    e->written_ms = now_ms;
    unlink_entry(p, e);
    link_newest(p, e);
}

bool log_producers_next(const struct log_producers *p, size_t *cursor, int64_t now_ms,
    struct log_producer_state *out)
{
    const struct log_producer *e;

    while ((e = table_next(&p->by_id, cursor)) != NULL) {
        if (e->batch_count > 0 && !expired(p, e, now_ms)) {
            const struct log_producer_batch *last = last_batch(e);
            *out = (struct log_producer_state){.id = e->id,
                .epoch = e->epoch,
                .first_sequence = last->first_sequence,
                .last_sequence = last->last_sequence,
                .base_offset = last->base_offset,
                .last_offset = last->last_offset,
                .last_timestamp = last->timestamp};
            return true;
        }
    }
    return false;
}
