#include "broker_quota.h"

#include "clock.h"
#include "log.h"
#include "wire_code.h"

#include <string.h>

/* As in Apache Kafka a share of time is not waited for longer than a sample lasts. */
#define REQUEST_WAIT_MAX_MS 1000
/* The same connection has the heartbeats of a member of a group, which must not be lost. */
#define CHANGES_WAIT_MAX_MS 3000
/* More than the partitions that a FETCH can name. */
#define OPENS_A_REQUEST 131072
#define US_A_PERCENT    10000.0 /* of a second */

static struct wire_view user_in(const char *principal)
{
    const char *name = strchr(principal, ':');

    return meta_view(name == NULL ? principal : name + 1);
}

static struct wire_view user_of(const struct broker_session *s)
{
    return user_in(s->principal);
}

/* One number for all who share this quota; nobody can choose another one's. */
static uint64_t number_of(enum meta_quota_key key, const struct meta_quota_share *share,
    struct wire_view user, struct wire_view client_id)
{
    uint8_t bytes[2 + BROKER_PRINCIPAL_MAX + 1 +
                  sizeof(((struct broker_session *)0)->client_id)];
    size_t length = 0;

    bytes[length++] = (uint8_t)((unsigned)key << 2 | (share->by_user ? 2u : 0u) |
                                (share->by_client ? 1u : 0u));
    if (share->by_user) {
        memcpy(bytes + length, user.ptr, user.len);
        length += user.len;
        bytes[length++] = 0;
    }
    if (share->by_client && client_id.len > 0) {
        memcpy(bytes + length, client_id.ptr, client_id.len);
        length += client_id.len;
    }
    uint64_t number = table_hash(bytes, length);
    return number == 0 ? 1 : number;
}

/* What all sessions of this principal share; no quota has such a number. */
static uint64_t number_of_changes(const char *principal)
{
    const struct meta_quota_share share = {.by_user = true};

    return number_of(META_QUOTA_KEYS, &share, user_in(principal), (struct wire_view){0});
}

/* 0: no such quota holds for this session. */
static uint64_t find_quota(
    const struct broker_session *s, enum meta_quota_key key, double *rate_out)
{
    struct meta_quota_share share;
    struct wire_view user = user_of(s);
    struct wire_view client_id = meta_view(s->client_id);

    return meta_quota_rate(
               &s->broker->image.quotas, key, user, client_id, rate_out, &share)
               ? number_of(key, &share, user, client_id)
               : 0;
}

static void hold(
    struct broker_session *s, struct buckets_row **row, uint64_t number, double rate)
{
    struct broker *b = s->broker;
    uint64_t left_out = 0;

    if (*row != NULL && (*row)->id == number && (*row)->bucket.rate == rate) {
        return;
    }
    if (buckets_change(&b->quota_buckets, row, number, rate, clock_mono_ms()) != OK &&
        log_limit_allows(&b->gate_log, loop_now_ms(b->role.loop), &left_out)) {
        log_warn("a quota does not hold for %s:%u: no memory, or too many are counted; "
                 "%llu more not shown [QTA010]",
            s->address, s->port, (unsigned long long)left_out);
    }
}

static int64_t whole(double rate)
{
    if (rate >= (double)INT64_MAX) {
        return INT64_MAX;
    }
    return rate < 1 ? 1 : (int64_t)(rate + 0.5);
}

static void tell_store(struct broker_session *s, const struct ipc_gate_quota *quota)
{
    if (memcmp(quota, &s->quota.told, sizeof(*quota)) == 0) {
        return;
    }
    s->quota.told = *quota;
    if (ipc_link_send(&s->broker->store_link, IPC_MSG_GATE_QUOTA, 0, quota, -1) != OK) {
        broker_session_kill(s, IPC_KILL_NEIGHBOUR); /* it would be without a limit */
    }
}

/* A new session's first answer tells it to wait if its principal made too many by others:
 * else who comes again would be in no debt. */
static void bind_changes(struct broker_session *s)
{
    double rate = s->broker->config.changes_rate;
    const struct buckets_row *before = s->quota.changes;

    hold(s, &s->quota.changes, rate > 0 ? number_of_changes(s->principal) : 0, rate);
    s->quota.changes_any |= s->quota.changes != before;
}

void broker_quota_bind(struct broker_session *s)
{
    struct ipc_gate_quota quota;
    double rate = 0;

    if (s->is_admin) {
        return; /* quotas are of clients */
    }
    memset(&quota, 0, sizeof(quota)); /* it is compared as a whole */
    quota.gate = s->gate;
    uint64_t number = find_quota(s, META_QUOTA_MUTATION, &rate);
    hold(s, &s->quota.mutation, number, rate);
    bind_changes(s);
    quota.produce = find_quota(s, META_QUOTA_PRODUCE, &rate);
    quota.produce_rate = quota.produce == 0 ? 0 : whole(rate);
    quota.fetch = find_quota(s, META_QUOTA_FETCH, &rate);
    quota.fetch_rate = quota.fetch == 0 ? 0 : whole(rate);
    quota.request = find_quota(s, META_QUOTA_REQUEST, &rate);
    quota.request_rate = quota.request == 0 ? 0 : whole(rate * US_A_PERCENT);
    hold(s, &s->quota.request, quota.request, (double)quota.request_rate);
    bool knows_none = s->quota.told.gate == 0 && quota.produce == 0 && quota.fetch == 0 &&
                      quota.request == 0;
    if (!knows_none) {
        tell_store(s, &quota);
    }
}

void broker_quota_release(struct broker_session *s)
{
    buckets_release(&s->quota.mutation);
    buckets_release(&s->quota.changes);
    buckets_release(&s->quota.request);
}

static void tell_address(struct broker *b, struct ipc_view address, int32_t rate)
{
    struct ipc_address_rate told = {.address = address, .rate = rate};

    if (address.len <= IPC_ADDRESS_MAX) { /* else it is the address of nobody */
        /* A porter that is restarted is told everything. */
        (void)!ipc_link_send(&b->porter, IPC_MSG_ADDRESS_RATE, 0, &told, -1);
    }
}

void broker_quota_tell_porter(struct broker *b)
{
    const struct meta_quota *row;

    for (size_t cursor = 0; (row = meta_quota_next(&b->image.quotas, &cursor)) != NULL;) {
        struct wire_view name = row->entity.parts[META_QUOTA_IP].name;
        if (row->has[META_QUOTA_CONNECTION]) {
            tell_address(b, (struct ipc_view){.ptr = name.ptr, .len = name.len},
                (int32_t)whole(row->values[META_QUOTA_CONNECTION]));
        }
    }
}

void broker_quota_changed(struct broker *b, const struct meta_change *change)
{
    if (change->quota == META_QUOTA_CONNECTION) {
        tell_address(b, ipc_text(change->address),
            change->rate == 0 ? 0 : (int32_t)whole(change->rate));
    } else {
        b->quotas_changed = true;
    }
}

void broker_quota_end_round(struct broker *b)
{
    struct broker_session *s;

    if (!b->quotas_changed) {
        return;
    }
    b->quotas_changed = false;
    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (broker_session_is_trusted(s)) {
            broker_quota_bind(s);
        }
    }
}

/* --- what was used ---------------------------------------------------------------------- */

void broker_quota_begin(struct broker_session *s)
{
    s->quota.mutates = false;
    s->quota.since_us = s->quota.request == NULL ? 0 : clock_mono_us();
}

void broker_quota_end(struct broker_session *s)
{
    if (s->quota.request != NULL && s->quota.since_us != 0) {
        int64_t now_us = clock_mono_us();
        bucket_take(&s->quota.request->bucket, (double)(now_us - s->quota.since_us),
            now_us / 1000);
    }
    s->quota.since_us = 0;
}

static int32_t request_wait_ms(const struct broker_session *s, int64_t now_ms)
{
    int32_t wait =
        s->quota.request == NULL ? 0 : bucket_wait_ms(&s->quota.request->bucket, now_ms);

    return wait > REQUEST_WAIT_MAX_MS ? REQUEST_WAIT_MAX_MS : wait;
}

bool broker_quota_may_open(struct broker_session *s, int32_t *throttle_ms_out)
{
    if (s->quota.request == NULL) {
        return true;
    }
    broker_quota_end(s);
    int64_t now_ms = clock_mono_ms();
    bool early = now_ms < s->quota.opens_until_ms;
    s->quota.opens = early ? s->quota.opens + 1 : 0;
    *throttle_ms_out = request_wait_ms(s, now_ms);
    if (!early && *throttle_ms_out > 0) {
        s->quota.opens_until_ms = now_ms + *throttle_ms_out;
    }
    return s->quota.opens < OPENS_A_REQUEST;
}

/* What waits already, or for that row, if it is longer: at most max_ms. */
static int32_t longer(
    int32_t wait, const struct buckets_row *row, int64_t now_ms, int32_t max_ms)
{
    int32_t other = row == NULL ? 0 : bucket_wait_ms(&row->bucket, now_ms);

    other = other > max_ms ? max_ms : other;
    return other > wait ? other : wait;
}

int32_t broker_quota_close_request(struct broker_session *s)
{
    if (s->quota.request == NULL && !s->quota.mutates && !s->quota.changes_any) {
        return 0;
    }
    broker_quota_end(s); /* what comes behind the answer costs next to nothing */
    int64_t now_ms = clock_mono_ms();
    int32_t wait = request_wait_ms(s, now_ms);
    wait = s->quota.mutates ? longer(wait, s->quota.mutation, now_ms, INT32_MAX) : wait;
    wait = s->quota.changes_any
               ? longer(wait, s->quota.changes, now_ms, CHANGES_WAIT_MAX_MS)
               : wait;
    s->quota.changes_any = false;
    s->quota.muted_until_ms = now_ms + wait;
    return wait;
}

void broker_quota_change(struct broker_session *s)
{
    if (s->quota.changes != NULL) {
        s->quota.changes_any = true;
        bucket_take(&s->quota.changes->bucket, 1, clock_mono_ms());
    }
}

void broker_quota_change_by(struct broker *b, const struct broker_author *author)
{
    const double rate = b->config.changes_rate;
    const uint64_t number = rate > 0 ? number_of_changes(author->principal) : 0;
    const int64_t now_ms = clock_mono_ms();
    struct buckets_row *row = NULL;

    if (buckets_change(&b->quota_buckets, &row, number, rate, now_ms) == OK &&
        row != NULL) {
        bucket_take(&row->bucket, 1, now_ms);
    }
    buckets_release(&row);
}

void broker_quota_mutate(struct broker_session *s, int32_t partitions)
{
    if (s->quota.mutation != NULL) {
        s->quota.mutates = true;
        bucket_take(&s->quota.mutation->bucket, partitions, clock_mono_ms());
    }
}

bool broker_quota_may_mutate(struct broker_session *s, struct broker_item *item,
    int32_t partitions, int16_t since_version)
{
    int32_t wait = s->quota.mutation == NULL
                       ? 0
                       : bucket_wait_ms(&s->quota.mutation->bucket, clock_mono_ms());

    if (wait > 0 && item->job->call.version >= since_version) {
        s->quota.mutates = true;
        broker_item_refuse(item, WIRE_CODE_THROTTLING_QUOTA_EXCEEDED,
            "the quota controller_mutation_rate is used up for now");
        return false;
    }
    broker_quota_mutate(s, partitions);
    return true;
}
