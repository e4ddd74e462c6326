#include "porter_rates.h"

#include "mem.h"

#include <string.h>

#define V6_NETWORK_BYTES 8

struct porter_rate {
    struct in6_addr address;
    int32_t rate;
};

void porter_rates_init(struct porter_rates *r)
{
    *r = (struct porter_rates){0};
    table_init(&r->named, PORTER_RATES_MAX);
    buckets_init(&r->used, PORTER_BUCKETS_MAX);
}

void porter_rates_fini(struct porter_rates *r)
{
    struct porter_rate *rate;

    for (size_t cursor = 0; (rate = table_next(&r->named, &cursor)) != NULL;) {
        mem_free(rate);
    }
    table_fini(&r->named);
    buckets_fini(&r->used);
}

static enum err add(struct porter_rates *r, const struct in6_addr *address, int32_t rate)
{
    struct porter_rate *row = mem_alloc(1, sizeof(*row));
    enum err e =
        row == NULL ? ERR_NOMEM : table_put(&r->named, address, sizeof(*address), row);

    if (e != OK) {
        mem_free(row);
        return e;
    }
    *row = (struct porter_rate){.address = *address, .rate = rate};
    return OK;
}

enum err porter_rates_set(
    struct porter_rates *r, const struct in6_addr *address, int32_t rate)
{
    if (address == NULL) {
        r->otherwise = rate;
        return OK;
    }
    struct porter_rate *row = table_get(&r->named, address, sizeof(*address));
    if (rate == 0) {
        mem_free(table_remove(&r->named, address, sizeof(*address)));
        return OK;
    }
    if (row == NULL) {
        return add(r, address, rate);
    }
    row->rate = rate;
    return OK;
}

bool porter_rates_admit(
    struct porter_rates *r, const struct in6_addr *address, int64_t now_ms)
{
    const struct porter_rate *row = table_get(&r->named, address, sizeof(*address));
    int32_t rate = row == NULL ? r->otherwise : row->rate;
    struct in6_addr key = *address;

    if (rate == 0) {
        return true;
    }
    if (row == NULL && !IN6_IS_ADDR_V4MAPPED(address)) {
        memset(key.s6_addr + V6_NETWORK_BYTES, 0, sizeof(key) - V6_NETWORK_BYTES);
    }
    struct buckets_row *used =
        buckets_hold(&r->used, table_hash(&key, sizeof(key)), rate, now_ms);
    if (used == NULL) {
        return true; /* there are other limits */
    }
    bucket_take(&used->bucket, 1, now_ms);
    bool may = bucket_wait_ms(&used->bucket, now_ms) == 0;
    if (!may) {
        bucket_take(&used->bucket, -1, now_ms); /* what is refused here does not count */
    }
    buckets_release(&used);
    return may;
}
