#include "buckets.h"

#include "mem.h"

void buckets_init(struct buckets *b, size_t max)
{
    table_init(&b->by_id, max);
}

static void drop(struct buckets *b, struct buckets_row *row)
{
    (void)table_remove(&b->by_id, &row->id, sizeof(row->id));
    mem_free(row);
}

void buckets_fini(struct buckets *b)
{
    struct buckets_row *row;

    for (size_t cursor = 0; (row = table_next(&b->by_id, &cursor)) != NULL;) {
        drop(b, row);
    }
    table_fini(&b->by_id);
}

/* What may be forgotten of those that nobody holds, the harmless first. */
enum loss { LOSS_NONE, LOSS_OF_USE, LOSS_OF_DEBTS };

static bool may_go(const struct buckets_row *row, enum loss loss, int64_t now_ms)
{
    switch (loss) {
    case LOSS_NONE:
        return bucket_is_full(&row->bucket, now_ms);
    case LOSS_OF_USE:
        return bucket_wait_ms(&row->bucket, now_ms) == 0;
    case LOSS_OF_DEBTS:
        return true;
    }
    return false;
}

static void forget(struct buckets *b, enum loss loss, int64_t now_ms)
{
    struct buckets_row *row;

    for (size_t cursor = 0; (row = table_next(&b->by_id, &cursor)) != NULL;) {
        if (row->holders == 0 && may_go(row, loss, now_ms)) {
            drop(b, row);
        }
    }
}

static struct buckets_row *add(
    struct buckets *b, uint64_t id, double rate, int64_t now_ms)
{
    for (int loss = LOSS_NONE; loss <= LOSS_OF_DEBTS && b->by_id.count >= b->by_id.limit;
         loss++) {
        forget(b, (enum loss)loss, now_ms);
    }
    struct buckets_row *row = mem_alloc(1, sizeof(*row));
    if (row == NULL) {
        return NULL;
    }
    *row = (struct buckets_row){.id = id, .bucket = bucket_new(rate, now_ms)};
    if (table_put(&b->by_id, &row->id, sizeof(row->id), row) != OK) {
        mem_free(row);
        return NULL;
    }
    return row;
}

struct buckets_row *buckets_hold(
    struct buckets *b, uint64_t id, double rate, int64_t now_ms)
{
    struct buckets_row *row = table_get(&b->by_id, &id, sizeof(id));

    if (row == NULL) {
        row = add(b, id, rate, now_ms);
    }
    if (row != NULL) {
        if (row->holders == 0 && row->bucket.rate != rate) {
            row->bucket = bucket_new(rate, now_ms); /* it was taken away meanwhile */
        } else if (row->bucket.rate != rate) {
            bucket_set_rate(&row->bucket, rate, now_ms);
        }
        row->holders++;
    }
    return row;
}

void buckets_release(struct buckets_row **row)
{
    if (*row != NULL) {
        (*row)->holders--;
    }
    *row = NULL;
}

enum err buckets_change(
    struct buckets *b, struct buckets_row **row, uint64_t id, double rate, int64_t now_ms)
{
    struct buckets_row *before = *row;

    *row = id == 0 ? NULL : buckets_hold(b, id, rate, now_ms);
    buckets_release(&before); /* last: one that is let go and taken up begins anew */
    return id != 0 && *row == NULL ? ERR_NOMEM : OK;
}
