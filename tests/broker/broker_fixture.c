#include "broker_fixture.h"

#include "broker_acl_queue.h"
#include "broker_admin.h"
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_coord.h"
#include "broker_credential.h"
#include "broker_forget.h"
#include "broker_ledger.h"
#include "broker_principal.h"
#include "broker_quota.h"
#include "broker_room.h"
#include "broker_start.h"
#include "broker_status.h"
#include "broker_topic.h"
#include "mem.h"
#include "policy_compile.h"
#include "record_batch.h"
#include "test.h"
#include "wire_api.h"

#include <stdio.h>
#include <string.h>

#define QUEUE_MAX ((size_t)64 * 1024 * 1024)

static enum err on_ignored(void *context, const struct ipc_received *m)
{
    (void)context;
    (void)m;
    return OK;
}

static enum err on_gate_add(void *context, const struct ipc_received *m)
{
    return broker_session_add(context, m->body.gate_add.gate, m->fd);
}

static enum err on_gate_gone(void *context, const struct ipc_received *m)
{
    broker_session_remove(context, m->body.gate_gone.gate);
    return OK;
}

static enum err on_session_open(void *context, const struct ipc_received *m)
{
    broker_session_open(context, &m->body.session_open);
    return OK;
}

static enum err on_admin_open(void *context, const struct ipc_received *m)
{
    broker_admin_open(context, &m->body.admin_open);
    return OK;
}

static enum err on_revoked(void *context, const struct ipc_received *m)
{
    struct broker *b = context;

    assert_true(b->revokes > 0);
    b->revokes--;
    broker_ledger_on_revoked(b, &m->body.revoked);
    broker_acl_queue_revoked(b);
    return OK;
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_ADMIN_OPEN] = {IPC_PORTER, IPC_ANY_STATE, on_admin_open},
    [IPC_MSG_PROCESS_STATUS] = {IPC_WARDEN, IPC_ANY_STATE, broker_status_on_process},
    [IPC_MSG_POLICY_STATUS] = {IPC_WARDEN, IPC_ANY_STATE, broker_status_on_policy},
    [IPC_MSG_RELOAD_PART] = {IPC_WARDEN, IPC_ANY_STATE, broker_status_on_part},
    [IPC_MSG_STATUS] = {IPC_WARDEN, IPC_ANY_STATE, broker_status_on_status},
    [IPC_MSG_RELOAD_DONE] = {IPC_WARDEN, IPC_ANY_STATE, broker_status_on_reloaded},
    [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_ignored},
    [IPC_MSG_GATE_ADD] = {IPC_WARDEN, IPC_ANY_STATE, on_gate_add},
    [IPC_MSG_GATE_GONE] = {IPC_WARDEN, IPC_ANY_STATE, on_gate_gone},
    [IPC_MSG_SESSION_OPEN] = {IPC_PORTER, IPC_ANY_STATE, on_session_open},
    [IPC_MSG_PARTITION_OPENED] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_PARTITION_DROPPED] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_REVOKED] = {IPC_STORE, IPC_ANY_STATE, on_revoked},
    [IPC_MSG_APPENDED] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_READ_DATA] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_EPOCH_ANSWER] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_PRODUCERS_ANSWER] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_LOG_ANSWER] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_RECORDS_DELETED] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_OFFSET_ANSWER] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_USED] = {IPC_STORE, IPC_ANY_STATE, broker_ledger_on_used},
    [IPC_MSG_AUDIT_SYNCED] = {IPC_AUDIT, IPC_ANY_STATE, broker_trail_on_synced},
};

static void on_end(void *context, enum err why)
{
    (void)context;
    fail_msg("a channel of the broker ended: %s", err_text(why));
}

struct wire_view fixture_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

void fixture_assert_text(struct wire_view view, const char *text)
{
    assert_non_null(view.ptr);
    assert_int_equal(view.len, strlen(text));
    assert_memory_equal(view.ptr, text, view.len);
}

static void connect(struct fixture *f, struct ipc_link *link, struct ipc_channel *ours,
    enum ipc_role role)
{
    struct ipc_channel theirs;
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    assert_int_equal(
        ipc_channel_init(&theirs, ends[0], IPC_PACKETS, IPC_BROKER, role, QUEUE_MAX), OK);
    assert_int_equal(
        ipc_channel_init(ours, ends[1], IPC_PACKETS, role, IPC_BROKER, QUEUE_MAX), OK);
    assert_int_equal(
        ipc_link_init(link, f->broker.role.loop, &theirs, handlers, &f->broker, on_end),
        OK);
}

void fixture_start_audit(struct fixture *f)
{
    f->audit_asked = 0;
    connect(f, &f->broker.audit, &f->audit, IPC_AUDIT);
    broker_trail_connected(&f->broker);
}

void fixture_stop_audit(struct fixture *f)
{
    ipc_link_fini(&f->broker.audit);
    ipc_channel_fini(&f->audit);
    broker_trail_disconnected(&f->broker);
}

void fixture_sync(struct fixture *f)
{
    struct ipc_audit_synced synced = {.number = f->audit_asked};

    if (f->audit_asked > 0) {
        f->audit_asked = 0;
        assert_int_equal(
            ipc_channel_send(&f->audit, IPC_MSG_AUDIT_SYNCED, 0, &synced, -1), OK);
    }
}

static struct policy *compile(const struct broker *b, const char *rules)
{
    struct policy *policy = NULL;
    struct buf text;
    struct buf blob;
    struct buf errors;

    buf_init(&text, 65536);
    buf_init(&blob, 1 << 24);
    buf_init(&errors, 65536);
    buf_add_text(&text, "policy 1\n");
    buf_add_text(&text, rules);
    const struct policy_source file = {"test.policy", text.bytes, text.length};
    if (policy_compile_text(&file, 1, &blob, &errors) != OK) {
        fail_msg("%.*s", (int)errors.length, (const char *)errors.bytes);
    }
    assert_int_equal(
        policy_load(blob.bytes, blob.length, broker_authz_flags(b), &policy), OK);
    buf_fini(&text);
    buf_fini(&blob);
    buf_fini(&errors);
    return policy;
}

static void configure(struct fixture *f)
{
    struct broker *b = &f->broker;
    struct meta_limits limits = {
        .topics_max = 100, .partitions_max = 1000, .partitions_per_topic_max = 100};

    b->config = (struct broker_config){.node_id = 7,
        .cluster_id = "test-cluster",
        .partitions_default = 2,
        .auto_create_topics = true,
        .delete_topics = true,
        .offsets_partitions = 3,
        .offsets_retention_ms = (int64_t)7 * 24 * 60 * 60 * 1000,
        .offsets_check_ms = 600000,
        .message_max_bytes = 1048588,
        .auth_rounds_max = 8,
        .auth_timeout_ms = 60000,
        .segment_bytes = 1 << 20,
        .policy_mode = f->policy_mode,
        .policy_compat = f->policy_compat,
        .policy_allow_everyone = f->policy_allow_everyone,
        .super_users = mem_copy_text("User:root", 9)};
    assert_non_null(b->config.super_users);
    b->listeners[0] = (struct broker_listener){.present = true,
        .protocol = IPC_PROTOCOL_SASL_SSL,
        .name = "CLIENTS",
        .mechanisms = "PLAIN",
        .host = "kafka.example",
        .port = 9093,
        .sessions_max = 1000};
    b->listeners[IPC_LISTENER_ADMIN] = (struct broker_listener){
        .present = true, .protocol = IPC_PROTOCOL_ADMIN, .name = "admin.sock"};
    meta_image_init(&b->image, &limits);
}

static void start_groups(struct broker *b)
{
    struct coord_limits limits = {.members_max = 4,
        .session_min_ms = 20,
        .session_max_ms = 60000,
        .initial_delay_ms = 0,
        .new_member_ms = 60000,
        .record_max = 65536,
        .groups_max = 8,
        .bytes_max = 1024 * 1024,
        .offsets_max = 16,
        .offset_metadata_max = 32};

    assert_int_equal(broker_coord_init(b, &limits), OK);
}

static void begin(struct fixture *f)
{
    struct broker *b = &f->broker;

    *b = (struct broker){.gate_log = {.burst = 20, .period_ms = 10000}};
    table_init(&b->sessions, 64);
    buckets_init(&b->quota_buckets, 64);
    broker_room_init(&b->room, FIXTURE_ROOM);
    broker_principals_init(&b->principals);
    broker_store_init(&b->store);
    broker_credential_init(b);
    broker_ledger_init(b);
    broker_denials_init(b);
    broker_permissive_init(b);
    b->trail.mode = f->audit_mode;
    b->audit_log = (struct log_limit){.burst = 5, .period_ms = 10000};
    broker_trail_init(b);
    arena_init(&b->arena, (size_t)1 << 24);
    buf_init(&b->out, IPC_RESPONSE_MAX);
    b->role.self = IPC_BROKER;
    b->role.loop = loop_new();
    assert_non_null(b->role.loop);
    connect(f, &b->role.warden, &f->warden, IPC_WARDEN);
    connect(f, &b->porter, &f->porter, IPC_PORTER);
    connect(f, &b->store_link, &f->store, IPC_STORE);
    fixture_start_audit(f);
    configure(f);
    start_groups(b);
    broker_authz_set_policy(b, compile(b, f->policy));
    f->serving = false;
    broker_start(b);
    fixture_pump(f);
    assert_true(f->serving);
}

static void end(struct fixture *f)
{
    struct broker *b = &f->broker;

    fixture_release(f, 0);
    for (size_t i = 0; i < FIXTURE_GATES_MAX; i++) {
        if (f->gates[i].number != 0) {
            fixture_drop_gate(f, f->gates[i].number);
        }
    }
    fixture_pump(f);
    assert_int_equal(b->store.pending.count, 0);
    broker_forget_end(b);
    broker_coord_fini(b);
    meta_controller_fini(&b->controller);
    meta_image_fini(&b->image);
    policy_free(&b->policy);
    broker_acl_fini(b);
    table_fini(&b->store.pending);
    broker_credential_fini(b);
    broker_denials_fini(b);
    broker_permissive_fini(b);
    broker_ledger_fini(b);
    broker_trail_fini(b);
    table_fini(&b->sessions);
    buckets_fini(&b->quota_buckets);
    assert_int_equal(b->room.used, 0);
    broker_room_fini(&b->room);
    broker_principals_fini(&b->principals);
    ipc_link_fini(&b->role.warden);
    ipc_link_fini(&b->porter);
    ipc_link_fini(&b->store_link);
    ipc_link_fini(&b->audit);
    ipc_channel_fini(&f->warden);
    ipc_channel_fini(&f->porter);
    ipc_channel_fini(&f->store);
    ipc_channel_fini(&f->audit);
    arena_fini(&b->arena);
    buf_fini(&b->out);
    mem_free(b->config.super_users);
    loop_free(&b->role.loop);
}

struct fixture *fixture_new(const char *rules)
{
    return fixture_new_in(rules, IPC_POLICY_FILE);
}

struct fixture *fixture_new_in(const char *rules, enum ipc_policy_mode mode)
{
    struct fixture *f = mem_alloc(1, sizeof(*f));

    assert_non_null(f);
    f->policy = rules;
    f->policy_mode = mode;
    arena_init(&f->arena, (size_t)1 << 26);
    begin(f);
    return f;
}

void fixture_free(struct fixture **f)
{
    end(*f);
    for (size_t i = 0; i < (*f)->batch_count; i++) {
        buf_fini(&(*f)->batches[i].bytes);
    }
    arena_fini(&(*f)->arena);
    mem_free(*f);
    *f = NULL;
}

void fixture_restart(struct fixture *f)
{
    end(f);
    begin(f);
}

void fixture_set_policy(struct fixture *f, const char *rules)
{
    f->policy = rules;
    broker_authz_set_policy(&f->broker, compile(&f->broker, rules));
}

void fixture_set_permissive(struct fixture *f, const char *rules)
{
    broker_permissive_set(&f->broker, rules == NULL ? NULL : compile(&f->broker, rules));
}

void fixture_topic(struct fixture *f, const char *name)
{
    broker_topic_create_in_background(&f->broker, fixture_view(name));
    fixture_pump(f);
    assert_non_null(meta_image_topic(&f->broker.image, fixture_view(name)));
}

struct wire_uuid fixture_topic_id(struct fixture *f, const char *name)
{
    const struct meta_topic *topic =
        meta_image_topic(&f->broker.image, fixture_view(name));

    assert_non_null(topic);
    return topic->id;
}

/* The store. */

static struct fixture_partition *partition_of(
    struct fixture *f, struct ipc_uuid topic_id, int32_t partition, bool create)
{
    for (size_t i = 0; i < f->partition_count; i++) {
        struct fixture_partition *p = &f->partitions[i];
        if (p->partition == partition &&
            memcmp(p->topic_id.bytes, topic_id.bytes, sizeof(topic_id.bytes)) == 0) {
            return p;
        }
    }
    if (!create) {
        return NULL;
    }
    assert_true(f->partition_count < FIXTURE_PARTITIONS_MAX);
    struct fixture_partition *p = &f->partitions[f->partition_count++];
    *p = (struct fixture_partition){.topic_id = topic_id, .partition = partition};
    return p;
}

static void answer_store(
    struct fixture *f, enum ipc_msg msg, uint64_t request, const void *message)
{
    assert_int_equal(ipc_channel_send(&f->store, msg, request, message, -1), OK);
}

static void open_partition(struct fixture *f, const struct ipc_received *m)
{
    const struct ipc_partition_open *open = &m->body.partition_open;
    struct fixture_partition *p =
        partition_of(f, open->topic_id, open->partition, open->create != 0);
    struct ipc_partition_opened opened = {.topic_id = open->topic_id,
        .partition = open->partition,
        .error = p == NULL ? 3 : 0,
        .log_end_offset = p == NULL ? 0 : p->end};

    answer_store(f, IPC_MSG_PARTITION_OPENED, m->request, &opened);
}

static void append(struct fixture *f, uint64_t request, const struct ipc_append *a)
{
    struct fixture_partition *p = partition_of(f, a->topic_id, a->partition, false);
    struct ipc_appended appended = {.error = f->append_error, .base_offset = -1};
    struct record_batch_header h;

    assert_non_null(p);
    assert_int_equal(record_batch_read(a->batch.ptr, a->batch.len, &h), RECORD_OK);
    assert_int_equal(record_batch_size(&h), a->batch.len);
    if (appended.error == 0) {
        assert_true(f->batch_count < FIXTURE_BATCHES_MAX);
        struct fixture_batch *batch = &f->batches[f->batch_count++];
        *batch = (struct fixture_batch){.partition = (size_t)(p - f->partitions),
            .base = p->end,
            .last = p->end + h.last_offset_delta};
        buf_init(&batch->bytes, IPC_BATCH_MAX);
        buf_add(&batch->bytes, a->batch.ptr, a->batch.len);
        assert_int_equal(buf_error(&batch->bytes), OK);
        for (size_t i = 0; i < 8; i++) {
            batch->bytes.bytes[i] = (uint8_t)((uint64_t)p->end >> (56 - 8 * i));
        }
        appended.base_offset = p->end;
        p->end = batch->last + 1;
    }
    answer_store(f, IPC_MSG_APPENDED, request, &appended);
}

static void hold(struct fixture *f, const struct ipc_received *m)
{
    assert_true(f->held_count < 64);
    struct fixture_append *held = &f->held[f->held_count++];
    *held = (struct fixture_append){.request = m->request, .message = m->body.append};
    buf_init(&held->bytes, IPC_BATCH_MAX);
    buf_add(&held->bytes, m->body.append.batch.ptr, m->body.append.batch.len);
    held->message.batch.ptr = held->bytes.bytes;
}

void fixture_release(struct fixture *f, int16_t error)
{
    int16_t before = f->append_error;

    f->hold_appends = false;
    f->append_error = error;
    for (size_t i = 0; i < f->held_count; i++) {
        append(f, f->held[i].request, &f->held[i].message);
        buf_fini(&f->held[i].bytes);
    }
    f->held_count = 0;
    f->append_error = before;
    f->hold_opens = false;
    for (size_t i = 0; i < f->held_open_count; i++) {
        open_partition(f, &f->held_opens[i]);
    }
    f->held_open_count = 0;
    f->hold_revokes = false;
    for (size_t i = 0; i < f->held_revoke_count; i++) {
        answer_store(f, IPC_MSG_REVOKED, 0, &f->held_revokes[i]);
    }
    f->held_revoke_count = 0;
    fixture_pump(f);
}

static void read_log(struct fixture *f, const struct ipc_received *m)
{
    const struct ipc_read *r = &m->body.read;
    struct fixture_partition *p = partition_of(f, r->topic_id, r->partition, false);
    struct ipc_read_data data = {.error = 0};
    struct buf bytes;

    assert_non_null(p);
    buf_init(&bytes, 1 << 24);
    for (size_t i = 0; i < f->batch_count; i++) {
        const struct fixture_batch *batch = &f->batches[i];
        if (batch->partition != (size_t)(p - f->partitions) || batch->last < r->offset) {
            continue;
        }
        if (bytes.length > 0 && bytes.length + batch->bytes.length > r->max_bytes) {
            break;
        }
        buf_add(&bytes, batch->bytes.bytes, batch->bytes.length);
    }
    data.log_end_offset = p->end;
    data.records = (struct ipc_view){.ptr = bytes.bytes, .len = bytes.length};
    answer_store(f, IPC_MSG_READ_DATA, m->request, &data);
    buf_fini(&bytes);
}

/* Only says so: what it keeps is read from the start. */
static void delete_records(struct fixture *f, const struct ipc_received *m)
{
    const struct ipc_records_delete *d = &m->body.records_delete;
    const struct fixture_partition *p = partition_of(f, d->topic_id, d->partition, false);
    int64_t before = d->before == -1 ? p->end : d->before;
    struct ipc_records_deleted deleted = {
        .error = before > p->end ? 1 : 0, .log_start_offset = before};

    answer_store(f, IPC_MSG_RECORDS_DELETED, m->request, &deleted);
}

/* Times of one kind: the end for -1, the offset that is ten times less for all others. */
static void find_offset(struct fixture *f, const struct ipc_received *m)
{
    const struct ipc_offset_query *q = &m->body.offset_query;
    const struct fixture_partition *p = partition_of(f, q->topic_id, q->partition, false);
    struct ipc_offset_answer found = {
        .offset = q->timestamp == -1 ? p->end : q->timestamp / 10,
        .timestamp = q->timestamp == -1 ? -1 : q->timestamp};

    answer_store(f, IPC_MSG_OFFSET_ANSWER, m->request, &found);
}

/* Every epoch ends ten offsets after the one before it. */
static void find_epoch(struct fixture *f, const struct ipc_received *m)
{
    struct ipc_epoch_answer found = {.epoch = m->body.epoch_query.epoch,
        .end_offset = 10 * (m->body.epoch_query.epoch + 1)};

    answer_store(f, IPC_MSG_EPOCH_ANSWER, m->request, &found);
}

/* Two producers wrote to every partition. */
static void name_producers(struct fixture *f, const struct ipc_received *m)
{
    struct ipc_producer producers[] = {
        {.id = 7, .epoch = 1, .last_sequence = 41, .last_timestamp = 1000},
        {.id = 8, .epoch = 0, .last_sequence = 0, .last_timestamp = -1}};
    struct ipc_producers_answer found = {0};
    struct buf entries;

    buf_init(&entries, 1000);
    ipc_producer_add(&entries, &producers[0]);
    ipc_producer_add(&entries, &producers[1]);
    found.producers = (struct ipc_view){.ptr = entries.bytes, .len = entries.length};
    answer_store(f, IPC_MSG_PRODUCERS_ANSWER, m->request, &found);
    buf_fini(&entries);
}

/* A hundred bytes a record. */
static void measure(struct fixture *f, const struct ipc_received *m)
{
    const struct ipc_log_query *q = &m->body.log_query;
    const struct fixture_partition *p = partition_of(f, q->topic_id, q->partition, false);
    struct ipc_log_answer measured = {.size_bytes = p->end * 100};

    answer_store(f, IPC_MSG_LOG_ANSWER, m->request, &measured);
}

void fixture_used(struct fixture *f, const struct ipc_used *used)
{
    answer_store(f, IPC_MSG_USED, 0, used);
    fixture_pump(f);
}

static void revoke(struct fixture *f, const struct ipc_revoke *m)
{
    struct ipc_revoked done = {.gate = m->gate, .handle = m->handle};

    f->revoked = *m;
    f->revokes++;
    if (f->hold_revokes) {
        assert_true(f->held_revoke_count < 1024);
        f->held_revokes[f->held_revoke_count++] = done;
    } else {
        answer_store(f, IPC_MSG_REVOKED, 0, &done);
    }
}

static void on_store_message(struct fixture *f, const struct ipc_received *m)
{
    struct ipc_partition_dropped dropped = {.error = 0};

    switch (m->msg) {
    case IPC_MSG_PARTITION_OPEN:
        if (f->hold_opens) {
            assert_true(f->held_open_count < 64);
            f->held_opens[f->held_open_count++] = *m; /* its name is not looked at */
        } else {
            open_partition(f, m);
        }
        break;
    case IPC_MSG_APPEND:
        if (f->hold_appends) {
            hold(f, m);
        } else {
            append(f, m->request, &m->body.append);
        }
        break;
    case IPC_MSG_READ:
        read_log(f, m);
        break;
    case IPC_MSG_RECORDS_DELETE:
        delete_records(f, m);
        break;
    case IPC_MSG_OFFSET_QUERY:
        find_offset(f, m);
        break;
    case IPC_MSG_EPOCH_QUERY:
        find_epoch(f, m);
        break;
    case IPC_MSG_PRODUCERS_QUERY:
        name_producers(f, m);
        break;
    case IPC_MSG_LOG_QUERY:
        measure(f, m);
        break;
    case IPC_MSG_PARTITION_DROP:
        answer_store(f, IPC_MSG_PARTITION_DROPPED, m->request, &dropped);
        break;
    case IPC_MSG_GATE_QUOTA:
        f->quota = m->body.gate_quota;
        f->quotas_told++;
        break;
    case IPC_MSG_GRANT:
        f->grants++;
        f->last_grant = m->body.grant;
        break;
    case IPC_MSG_REVOKE:
        revoke(f, &m->body.revoke);
        break;
    default:
        break; /* PARTITIONS_NAMED: nothing to answer */
    }
}

/* What the broker says. */

static void note_event(struct fixture *f, const struct ipc_event *event)
{
    struct fixture_event *e = &f->events[f->event_count++ % FIXTURE_EVENTS_MAX];

    *e = (struct fixture_event){.event = *event};
    (void)snprintf(e->text, sizeof(e->text), "%.*s %.*s %.*s %.*s",
        (int)event->principal.len, (const char *)event->principal.ptr,
        (int)event->operation.len, (const char *)event->operation.ptr,
        (int)event->resource.len, (const char *)event->resource.ptr, (int)event->name.len,
        (const char *)event->name.ptr);
    (void)snprintf(e->decision, sizeof(e->decision), "%.*s", (int)event->decision.len,
        (const char *)event->decision.ptr);
    (void)snprintf(e->reason, sizeof(e->reason), "%.*s", (int)event->reason.len,
        (const char *)event->reason.ptr);
    (void)snprintf(e->api, sizeof(e->api), "%.*s", (int)event->api.len,
        (const char *)event->api.ptr);
    (void)snprintf(e->rule, sizeof(e->rule), "%.*s", (int)event->rule.len,
        (const char *)event->rule.ptr);
}

const struct fixture_event *fixture_event(
    const struct fixture *f, enum ipc_event_kind kind, size_t back)
{
    size_t first =
        f->event_count > FIXTURE_EVENTS_MAX ? f->event_count - FIXTURE_EVENTS_MAX : 0;

    for (size_t i = f->event_count; i > first; i--) {
        const struct fixture_event *e = &f->events[(i - 1) % FIXTURE_EVENTS_MAX];
        if (e->event.kind == kind && back-- == 0) {
            return e;
        }
    }
    return NULL;
}

static void on_event(struct fixture *f, const struct ipc_event *event)
{
    note_event(f, event);
    if (event->kind == IPC_EVENT_AUTHENTICATION) {
        bool failed = event->outcome == IPC_OUTCOME_FAILURE;
        f->logins += failed ? 0 : 1;
        f->failed_logins += failed ? 1 : 0;
        (void)snprintf(f->last_failed, failed ? sizeof(f->last_failed) : 0, "%.*s: %.*s",
            (int)event->mechanism.len, (const char *)event->mechanism.ptr,
            (int)event->reason.len, (const char *)event->reason.ptr);
    }
    if (event->kind == IPC_EVENT_ADMIN) {
        (void)snprintf(f->last_change, sizeof(f->last_change), "%.*s %.*s %.*s %.*s",
            (int)event->principal.len, (const char *)event->principal.ptr,
            (int)event->operation.len, (const char *)event->operation.ptr,
            (int)event->resource.len, (const char *)event->resource.ptr,
            (int)event->name.len, (const char *)event->name.ptr);
    }
    if (event->outcome == IPC_OUTCOME_DENIED && event->kind != IPC_EVENT_PERMISSIVE) {
        f->denied++;
        (void)snprintf(f->last_denied, sizeof(f->last_denied), "%.*s %.*s %.*s",
            (int)event->operation.len, (const char *)event->operation.ptr,
            (int)event->resource.len, (const char *)event->resource.ptr,
            (int)event->name.len, (const char *)event->name.ptr);
    }
}

static bool hear_warden_and_audit(struct fixture *f)
{
    struct ipc_received m;
    bool heard = false;

    while (ipc_channel_receive(&f->warden, &m) == OK) {
        f->serving = f->serving || m.msg == IPC_MSG_SERVING;
        f->last_kill =
            m.msg == IPC_MSG_GATE_KILL ? m.body.gate_kill.reason : f->last_kill;
        if (m.msg == IPC_MSG_AUTH_BROKEN) {
            f->broken++;
            f->last_broken = m.body.auth_broken.authority;
        }
        f->asked += m.msg == IPC_MSG_STATUS_ASK || m.msg == IPC_MSG_RELOAD_ASK ? 1 : 0;
        heard = true;
    }
    while (f->audit.fd >= 0 && ipc_channel_receive(&f->audit, &m) == OK) {
        if (m.msg == IPC_MSG_AUDIT_SYNC) {
            f->audit_asked = m.body.audit_sync.number;
        } else {
            on_event(f, &m.body.event);
        }
        heard = true;
    }
    if (!f->hold_syncs) {
        fixture_sync(f);
    }
    return heard;
}

static bool hear_gate(struct fixture_gate *g)
{
    struct ipc_received m;

    if (g->number == 0 || ipc_channel_receive(&g->channel, &m) != OK) {
        return false;
    }
    if (m.msg == IPC_MSG_RESPONSE) {
        assert_false(g->answered); /* exactly once */
        assert_int_equal(m.request, g->request);
        g->answered = true;
        g->throttle_ms = m.body.response.throttle_ms;
        buf_reset(&g->body);
        buf_add(&g->body, m.body.response.body.ptr, m.body.response.body.len);
    }
    if (m.msg == IPC_MSG_OPENED) {
        g->open_throttle_ms = m.body.opened.throttle_ms;
        g->open_error = m.body.opened.error;
    }
    if (m.msg == IPC_MSG_PROVEN) {
        assert_int_equal(m.request, g->request);
        g->provens++;
        g->proven = m.body.proven.ok != 0;
    }
    g->rooms += m.msg == IPC_MSG_ROOM_GIVEN ? 1 : 0;
    return true;
}

static void hear_porter(struct fixture *f)
{
    struct ipc_received m;

    while (ipc_channel_receive(&f->porter, &m) == OK) {
        if (m.msg == IPC_MSG_ADDRESS_RATE) {
            struct fixture_rate *rate = &f->rates[f->rate_count++ % 8];
            *rate = (struct fixture_rate){.rate = m.body.address_rate.rate};
            memcpy(rate->address, m.body.address_rate.address.ptr,
                m.body.address_rate.address.len);
        }
    }
}

static bool hear_all(struct fixture *f)
{
    struct ipc_received m;
    bool heard = hear_warden_and_audit(f);

    hear_porter(f);

    while (ipc_channel_receive(&f->store, &m) == OK) {
        on_store_message(f, &m);
        heard = true;
    }
    for (size_t i = 0; i < FIXTURE_GATES_MAX; i++) {
        heard = hear_gate(&f->gates[i]) || heard;
    }
    return heard;
}

void fixture_pump(struct fixture *f)
{
    unsigned quiet = 0;

    while (quiet < 3) {
        assert_int_equal(loop_once(f->broker.role.loop, 0), OK);
        broker_acl_queue_reviewed(&f->broker);
        broker_session_bury(&f->broker);
        assert_int_equal(ipc_channel_flush(&f->store), OK);
        quiet = hear_all(f) ? 0 : quiet + 1;
    }
}

void fixture_wait(struct fixture *f)
{
    assert_int_equal(loop_once(f->broker.role.loop, -1), OK);
    fixture_pump(f);
}

/* Gates. */

static struct fixture_gate *find_gate(struct fixture *f, uint64_t number)
{
    for (size_t i = 0; i < FIXTURE_GATES_MAX; i++) {
        if (f->gates[i].number == number) {
            return &f->gates[i];
        }
    }
    fail_msg("no such gate");
    return NULL;
}

struct fixture_gate *fixture_new_gate(struct fixture *f, int *end_out)
{
    struct fixture_gate *g = find_gate(f, 0);
    int ends[2];

    assert_int_equal(ipc_pair(IPC_PACKETS, ends), OK);
    g->number = ++f->gates_made;
    g->answered = false;
    g->rooms = 0;
    g->provens = 0;
    g->proven = false;
    buf_init(&g->body, IPC_RESPONSE_MAX);
    assert_int_equal(ipc_channel_init(&g->channel, ends[1], IPC_PACKETS, IPC_GATE,
                         IPC_BROKER, QUEUE_MAX),
        OK);
    *end_out = ends[0];
    return g;
}

uint64_t fixture_gate(struct fixture *f, const char *user)
{
    int end;
    struct fixture_gate *g = fixture_new_gate(f, &end);

    assert_int_equal(broker_session_add(&f->broker, g->number, end), OK);
    struct broker_session *s = broker_session_find(&f->broker, g->number);
    assert_non_null(s);
    (void)snprintf(s->principal, sizeof(s->principal), "User:%s", user);
    (void)snprintf(s->address, sizeof(s->address), "192.0.2.7");
    s->port = 40000;
    s->state = SESSION_AUTHENTICATED;
    broker_authz_trust(s, false);
    s->is_super = strcmp(user, "root") == 0;
    broker_ledger_open(s);
    return g->number;
}

uint64_t fixture_admin(struct fixture *f, uint32_t uid)
{
    int end;
    struct fixture_gate *g = fixture_new_gate(f, &end);
    struct ipc_admin_open open = {
        .gate = g->number, .listener = IPC_LISTENER_ADMIN, .uid = uid};

    assert_int_equal(broker_session_add(&f->broker, g->number, end), OK);
    assert_int_equal(ipc_channel_send(&f->porter, IPC_MSG_ADMIN_OPEN, 0, &open, -1), OK);
    fixture_pump(f);
    return g->number;
}

void fixture_say(struct fixture *f, enum ipc_msg msg, const void *message)
{
    assert_int_equal(ipc_channel_send(&f->warden, msg, 0, message, -1), OK);
    fixture_pump(f);
}

void fixture_drop_gate(struct fixture *f, uint64_t gate)
{
    struct fixture_gate *g = find_gate(f, gate);

    broker_session_remove(&f->broker, gate);
    ipc_channel_fini(&g->channel);
    buf_fini(&g->body);
    g->number = 0;
    fixture_pump(f);
}

bool fixture_is_killed(struct fixture *f, uint64_t gate)
{
    struct broker_session *s = broker_session_find(&f->broker, gate);

    return s == NULL || !ipc_link_is_open(&s->link);
}

void fixture_send(
    struct fixture *f, uint64_t gate, int16_t key, int16_t version, const void *request)
{
    struct fixture_gate *g = find_gate(f, gate);
    const struct wire_api *api = wire_api_known_find(key);
    struct ipc_request message = {.api_key = key,
        .api_version = version,
        .correlation_id = 1,
        .client_id = {.ptr = (const uint8_t *)"tester", .len = 6}};
    struct buf body;

    assert_non_null(api);
    buf_init(&body, IPC_REQUEST_MAX);
    wire_fixed_encode(api->request, request, &body);
    assert_int_equal(buf_error(&body), OK);
    message.body = (struct ipc_view){.ptr = body.bytes, .len = body.length};
    g->answered = false;
    assert_int_equal(
        ipc_channel_send(&g->channel, IPC_MSG_REQUEST, ++g->request, &message, -1), OK);
    buf_fini(&body);
    fixture_pump(f);
}

void fixture_send_starved(struct fixture *f, uint64_t gate, int16_t key, int16_t version,
    const void *request, long n)
{
    struct fixture_gate *g = find_gate(f, gate);
    struct broker_session *s = broker_session_find(&f->broker, gate);
    struct broker_call call = {
        .gate = gate, .request = ++g->request, .key = key, .version = version};

    assert_non_null(s);
    g->answered = false;
    s->busy = true;
    s->call = call;
    arena_fini(&f->broker.arena);
    arena_init(&f->broker.arena, (size_t)1 << 24);
    mem_fail_after(n);
    const struct broker_api *entry =
        s->is_admin ? broker_admin_find(key) : broker_api_find(key);
    entry->handle(s, &call, request);
    mem_fail_after(-1);
    fixture_pump(f);
}

static struct fixture_gate *ask_to_open(
    struct fixture *f, uint64_t gate, const char *topic, uint8_t operation)
{
    struct fixture_gate *g = find_gate(f, gate);
    struct ipc_open open = {.operation = operation,
        .topic = ipc_text(topic),
        .client_id = ipc_text("tester")};

    g->open_throttle_ms = -1;
    assert_int_equal(
        ipc_channel_send(&g->channel, IPC_MSG_OPEN, ++g->request, &open, -1), OK);
    fixture_pump(f);
    return g;
}

int32_t fixture_open(struct fixture *f, uint64_t gate, const char *topic)
{
    return ask_to_open(f, gate, topic, IPC_OPERATION_READ)->open_throttle_ms;
}

int16_t fixture_open_code(
    struct fixture *f, uint64_t gate, const char *topic, uint8_t operation)
{
    const struct fixture_gate *g = ask_to_open(f, gate, topic, operation);

    assert_true(g->open_throttle_ms >= 0);
    return g->open_error;
}

void fixture_open_all(
    struct fixture *f, uint64_t gate, const char *topic, uint8_t operation)
{
    struct fixture_gate *g = find_gate(f, gate);
    const struct meta_topic *row =
        meta_image_topic(&f->broker.image, fixture_view(topic));

    assert_non_null(row);
    for (int32_t i = 0; i < row->partition_count; i++) {
        struct ipc_open open = {
            .operation = operation, .topic = ipc_text(topic), .partition = i};
        g->open_error = -1;
        assert_int_equal(
            ipc_channel_send(&g->channel, IPC_MSG_OPEN, ++g->request, &open, -1), OK);
        fixture_pump(f);
        assert_int_equal(g->open_error, 0);
    }
}

void fixture_room(struct fixture *f, uint64_t gate, uint32_t bytes)
{
    struct fixture_gate *g = find_gate(f, gate);
    struct ipc_room room = {.bytes = bytes};

    assert_int_equal(
        ipc_channel_send(&g->channel, IPC_MSG_ROOM, ++g->request, &room, -1), OK);
    fixture_pump(f);
}

size_t fixture_rooms(struct fixture *f, uint64_t gate)
{
    return find_gate(f, gate)->rooms;
}

int32_t fixture_throttle_ms(struct fixture *f, uint64_t gate)
{
    return find_gate(f, gate)->throttle_ms;
}

bool fixture_answered(struct fixture *f, uint64_t gate)
{
    return find_gate(f, gate)->answered;
}

const void *fixture_answer(struct fixture *f, uint64_t gate, int16_t key)
{
    struct fixture_gate *g = find_gate(f, gate);
    const struct wire_schema *schema = wire_api_known_find(key)->response;

    assert_true(g->answered);
    g->answered = false;
    char *bytes = arena_copy_text(&f->arena, g->body.bytes, g->body.length);
    void *response = arena_alloc(&f->arena, 1, schema->struct_size);
    assert_non_null(bytes);
    assert_non_null(response);
    struct wire_reader r = wire_reader_init((const uint8_t *)bytes, g->body.length);
    assert_int_equal(wire_fixed_decode(schema, &r, &f->arena, response), WIRE_OK);
    return response;
}

const void *fixture_call(
    struct fixture *f, uint64_t gate, int16_t key, int16_t version, const void *request)
{
    fixture_send(f, gate, key, version, request);
    return fixture_answer(f, gate, key);
}
