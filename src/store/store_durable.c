/* What was appended becomes durable: who waits for it, when it is flushed, what follows.
 */
#include "mem.h"
#include "store.h"
#include "wire_code.h"

int64_t store_partition_high_watermark(const struct store_partition *p)
{
    return p->store->config.durable ? log_partition_flushed_offset(p->log)
                                    : log_partition_end_offset(p->log);
}

static void want_flush(struct store_partition *p)
{
    if (p->flush == STORE_FLUSH_IDLE) {
        p->flush = STORE_FLUSH_WANTED;
        p->next_wanted = p->store->wanted;
        p->store->wanted = p;
        p->references++;
    }
}

static void want_flush_later(struct store_partition *p)
{
    struct store *s = p->store;

    if (!p->lazy) {
        p->lazy = true;
        p->next_lazy = s->lazy;
        s->lazy = p;
        p->references++;
    }
    if (!s->lazy_timer.armed &&
        loop_timer_set(s->role.loop, &s->lazy_timer,
            loop_now_ms(s->role.loop) + STORE_LAZY_FLUSH_MS) != OK) {
        want_flush(p);
    }
}

void store_partition_appended(struct store_partition *p, bool someone_waits)
{
    if (someone_waits || (p->store->config.durable && p->watchers != NULL)) {
        want_flush(p);
    } else if (p->store->config.durable) {
        want_flush_later(p);
    } else {
        store_fetch_wake(p);
    }
}

void store_partition_wait(struct store_partition *p, struct store_waiter *waiter)
{
    struct store_waiter **end = p->waiters == NULL ? &p->waiters : &p->last_waiter->next;

    waiter->next = NULL;
    *end = waiter;
    p->last_waiter = waiter;
    want_flush(p);
}

bool store_partition_wait_for_all(
    struct store_partition *p, const struct store_waiter *like)
{
    int64_t end = log_partition_end_offset(p->log);

    if (store_partition_high_watermark(p) >= end || log_partition_is_read_only(p->log)) {
        return false;
    }
    struct store_waiter *waiter = mem_alloc(1, sizeof(*waiter));
    if (waiter == NULL) {
        return false; /* then what is durable now has to do */
    }
    *waiter = *like;
    waiter->needed = end;
    store_partition_wait(p, waiter);
    return true;
}

static bool is_settled(
    const struct store_partition *p, const struct store_waiter *w, int16_t *error_out)
{
    *error_out = 0;
    if (p->log != NULL && log_partition_flushed_offset(p->log) >= w->needed) {
        return true;
    }
    if (p->dropped) {
        *error_out = WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION;
    } else if (log_partition_is_read_only(p->log)) {
        *error_out = WIRE_CODE_KAFKA_STORAGE_ERROR;
    }
    return *error_out != 0;
}

void store_partition_advanced(struct store_partition *p)
{
    struct store_waiter **at = &p->waiters;

    p->last_waiter = NULL;
    while (*at != NULL) {
        struct store_waiter *w = *at;
        int16_t error = 0;
        if (!is_settled(p, w, &error)) {
            p->last_waiter = w;
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->settled(p, w, error);
        mem_free(w);
    }
    store_fetch_wake(p);
}

void store_partition_on_flushed(struct store_flush_job *job)
{
    struct store_partition *p = job->context;

    p->flush = STORE_FLUSH_IDLE;
    if (log_flush_end(p->log, &job->flush, job->result) != OK) {
        log_err("%s can not be synced: errno=%d; it is read-only until the next start "
                "[LOG004]",
            p->name, -job->result);
        p->store->damaged = true;
    }
    store_partition_advanced(p);
    if (!p->dropped && !log_partition_is_read_only(p->log) &&
        log_partition_flushed_offset(p->log) < log_partition_end_offset(p->log)) {
        store_partition_appended(p, p->waiters != NULL);
    }
    store_partition_release(p);
}

static void begin_flush(struct store_partition *p)
{
    p->flush = STORE_FLUSH_IDLE;
    if (!p->dropped && log_flush_begin(p->log, &p->job.flush)) {
        p->flush = STORE_FLUSH_RUNNING;
        p->job.context = p;
        store_flush_submit(&p->store->flush, &p->job);
        return;
    }
    store_partition_advanced(p); /* durable already, or never */
    store_partition_release(p);
}

void store_partition_begin_flushes(struct store *s)
{
    while (s->wanted != NULL) {
        struct store_partition *p = s->wanted;
        s->wanted = p->next_wanted;
        begin_flush(p);
    }
}

void store_partition_on_lazy(void *store)
{
    struct store *s = store;

    while (s->lazy != NULL) {
        struct store_partition *p = s->lazy;
        s->lazy = p->next_lazy;
        p->lazy = false;
        want_flush(p);
        store_partition_release(p);
    }
}

void store_partition_flush_all(struct store *s)
{
    struct store_partition *p;

    for (size_t cursor = 0; (p = table_next(&s->partitions, &cursor)) != NULL;) {
        if (p->log != NULL &&
            log_partition_flushed_offset(p->log) < log_partition_end_offset(p->log)) {
            want_flush(p);
        }
    }
}
