/*
 * What a gate's client used of its quotas, together with all whom broker told us it shares
 * them with. A gate is told how long its client has to wait; one that goes on is not read.
 */
#include "clock.h"
#include "store.h"

/* As in Apache Kafka a share of time is not waited for longer than a sample lasts. */
#define REQUEST_WAIT_MAX_MS 1000
/* What a message counts at least, where it is sent in spite of a debt. */
#define MESSAGE_BYTES 1024

static void hold(
    struct store_gate *g, struct buckets_row **row, uint64_t number, int64_t rate)
{
    uint64_t left_out = 0;

    if (buckets_change(&g->store->quotas, row, number, (double)rate, clock_mono_ms()) !=
            OK &&
        log_limit_allows(
            &g->store->log_limit, loop_now_ms(g->store->role.loop), &left_out)) {
        log_warn("a quota does not hold for gate %llu: no memory, or too many are "
                 "counted; %llu more not shown [STO042]",
            (unsigned long long)g->number, (unsigned long long)left_out);
    }
}

enum err store_quota_on_gate_quota(void *context, const struct ipc_received *m)
{
    struct store *s = context;
    const struct ipc_gate_quota *told = &m->body.gate_quota;

    if (told->produce_rate < 0 || told->fetch_rate < 0 || told->request_rate < 0) {
        return ERR_INVALID;
    }
    struct store_gate *g = store_gate_find_introduced(s, told->gate);
    if (g != NULL) {
        hold(g, &g->quota.produce, told->produce, told->produce_rate);
        hold(g, &g->quota.fetch, told->fetch, told->fetch_rate);
        hold(g, &g->quota.request, told->request, told->request_rate);
    }
    return OK;
}

void store_quota_release(struct store_gate *g)
{
    buckets_release(&g->quota.produce);
    buckets_release(&g->quota.fetch);
    buckets_release(&g->quota.request);
    loop_timer_cancel(g->store->role.loop, &g->quota.unmute);
}

/* --- time ------------------------------------------------------------------------------- */

static void charge(struct store *s, int64_t now_us)
{
    struct store_gate *g = s->at_work;

    if (g != NULL && g->quota.request != NULL) {
        bucket_take(&g->quota.request->bucket, (double)(now_us - s->work_since_us),
            now_us / 1000);
    }
    s->work_since_us = now_us;
}

struct store_work store_quota_begin(struct store_gate *g)
{
    struct store *s = g->store;
    struct store_work work = {.before = s->at_work};

    work.counts = g->quota.request != NULL || s->at_work != NULL;
    if (work.counts) {
        charge(s, clock_mono_us());
        s->at_work = g;
    }
    return work;
}

void store_quota_end(struct store *s, struct store_work work)
{
    if (work.counts) {
        charge(s, clock_mono_us());
        s->at_work = work.before;
    }
}

static int32_t wait_of(const struct buckets_row *row, int64_t now_ms)
{
    return row == NULL ? 0 : bucket_wait_ms(&row->bucket, now_ms);
}

static int32_t longer_wait(
    const struct store_gate *g, const struct buckets_row *bytes, int64_t now_ms)
{
    int32_t wait = wait_of(bytes, now_ms);
    int32_t time = wait_of(g->quota.request, now_ms);

    time = time > REQUEST_WAIT_MAX_MS ? REQUEST_WAIT_MAX_MS : time;
    return wait > time ? wait : time;
}

/* --- bytes ------------------------------------------------------------------------------ */

static void on_unmute(void *context)
{
    struct store_gate *g = context;

    g->quota.muted = false;
    store_gate_settle(g);
}

static void mute(struct store_gate *g)
{
    struct loop *loop = g->store->role.loop;

    if (g->quota.muted) {
        return;
    }
    g->quota.unmute = (struct loop_timer){.on_timer = on_unmute, .context = g};
    g->quota.muted = loop_timer_set(loop, &g->quota.unmute, g->quota.told_until_ms) == OK;
    if (!g->quota.muted) {
        store_gate_end(g, IPC_KILL_QUEUE); /* it would be without a limit */
    }
}

/* Its client is told to wait, from now on. */
static int32_t tell(struct store_gate *g, const struct buckets_row *bytes)
{
    int64_t now_ms = clock_mono_ms();
    int32_t wait = longer_wait(g, bytes, now_ms);

    if (now_ms + wait > g->quota.told_until_ms) {
        g->quota.told_until_ms = now_ms + wait;
    }
    return wait;
}

bool store_quota_take_produced(struct store_gate *g, size_t bytes)
{
    int64_t now_ms = clock_mono_ms();
    struct buckets_row *row = g->quota.produce;

    /* The rest of a request whose first partitions used it up is on its way already. */
    g->quota.over =
        now_ms >= g->quota.told_until_ms ? 0 : g->quota.over + bytes + MESSAGE_BYTES;
    if (g->quota.over > STORE_OVER_QUOTA) {
        mute(g);
    }
    if (row != NULL && bucket_is_overdrawn(&row->bucket, now_ms)) {
        return false;
    }
    if (row != NULL) {
        bucket_take(&row->bucket, (double)bytes, now_ms);
    }
    return true;
}

int32_t store_quota_end_produce(struct store_gate *g)
{
    return tell(g, g->quota.produce);
}

size_t store_quota_fetch_max(const struct store_gate *g)
{
    if (wait_of(g->quota.fetch, clock_mono_ms()) > 0) {
        return 0;
    }
    double most = g->quota.fetch == NULL ? (double)STORE_FETCH_BYTES
                                         : bucket_capacity(&g->quota.fetch->bucket);
    return most < (double)STORE_FETCH_BYTES ? (size_t)most : STORE_FETCH_BYTES;
}

void store_quota_take_fetched(struct store_gate *g, size_t bytes)
{
    if (g->quota.fetch != NULL) {
        bucket_take(&g->quota.fetch->bucket, (double)bytes, clock_mono_ms());
    }
}

int32_t store_quota_end_fetch(struct store_gate *g)
{
    int32_t wait = tell(g, g->quota.fetch);

    if (wait > 0) {
        mute(g);
    }
    return wait;
}
