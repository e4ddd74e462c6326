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

static void forget(struct buckets *b, bool debts_too, int64_t now_ms)
{
    struct buckets_row *row;

    for (size_t cursor = 0; (row = table_next(&b->by_id, &cursor)) != NULL;) {
        if (row->holders == 0 &&
            (debts_too || bucket_wait_ms(&row->bucket, now_ms) == 0)) {
            drop(b, row);
        }
    }
}

static struct buckets_row *add(
    struct buckets *b, uint64_t id, double rate, int64_t now_ms)
{
    if (b->by_id.count >= b->by_id.limit) {
        forget(b, false, now_ms);
    }
    if (b->by_id.count >= b->by_id.limit) {
        forget(b, true, now_ms);
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
