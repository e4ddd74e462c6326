#include "broker_process.h"

#include "broker_acl_queue.h"
#include "broker_admin.h"
#include "broker_authn.h"
#include "broker_authz.h"
#include "broker_coord.h"
#include "broker_credential.h"
#include "broker_principal.h"
#include "broker_proof.h"
#include "broker_quota.h"
#include "broker_review.h"
#include "broker_room.h"
#include "broker_setting.h"
#include "broker_start.h"
#include "broker_status.h"
#include "clock.h"
#include "mem.h"
#include "tlspolicy.h"

#include <string.h>
#include <unistd.h>

#define SESSIONS_MAX 65536
#define QUOTA_BUCKETS_MAX                                                                \
    (6 * SESSIONS_MAX) /* three a session, and as many of the past */
#define PEER_QUEUE         ((size_t)64 * 1024 * 1024)
#define STORE_QUEUE        ((size_t)256 * 1024 * 1024)
#define ARENA_LIMIT        ((size_t)128 * 1024 * 1024)
#define POLICY_BYTES       ((size_t)16 * 1024 * 1024)
#define TOPICS_MAX         10000
#define PARTITIONS_MAX     10000 /* store holds four descriptors for each */
#define PARTITIONS_A_TOPIC 10000
#define STOP_LATE_MS       3000

static const struct ipc_handler handlers[IPC_MSG_COUNT];

static void copy_text(char *out, size_t size, struct ipc_view view)
{
    view = ipc_cut(view, size - 1);
    if (view.len > 0) {
        memcpy(out, view.ptr, view.len);
    }
    out[view.len] = '\0';
}

/* Without these two there is nothing to decide about: the warden starts us anew. */
static void on_core_end(void *context, enum err why)
{
    struct broker *b = context;

    log_err("a process that broker needs is gone (%s): ending", err_text(why));
    b->role.stopping = true;
}

static void on_porter_end(void *context, enum err why)
{
    struct broker *b = context;

    (void)why;
    ipc_link_fini(&b->porter);
}

static void on_audit_end(void *context, enum err why)
{
    struct broker *b = context;

    (void)why;
    ipc_link_fini(&b->audit);
    broker_trail_disconnected(b);
}

static enum err add_peer(struct broker *b, enum ipc_role role, int fd)
{
    struct ipc_channel channel;
    struct ipc_link *link;
    void (*on_end)(void *context, enum err why);

    switch (role) {
    case IPC_PORTER:
        link = &b->porter;
        on_end = on_porter_end;
        break;
    case IPC_STORE:
        link = &b->store_link;
        on_end = on_core_end;
        break;
    case IPC_KEYS:
        return broker_proof_add_keys(b, fd);
    case IPC_AUDIT:
        link = &b->audit;
        on_end = on_audit_end;
        break;
    default:
        (void)close(fd);
        return ERR_INVALID;
    }
    ipc_link_fini(link);
    enum err e = ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_BROKER, role,
        role == IPC_STORE ? STORE_QUEUE : PEER_QUEUE);
    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    e = ipc_link_init(link, b->role.loop, &channel, handlers, b, on_end);
    if (e == OK && role == IPC_PORTER && b->replayed) {
        broker_quota_tell_porter(b);
    }
    if (e == OK && role == IPC_AUDIT) {
        broker_trail_connected(b);
    }
    return e;
}

static enum err on_peer_add(void *context, const struct ipc_received *m)
{
    const struct ipc_peer_add *add = &m->body.peer_add;

    return add->role == IPC_AUTH ? broker_authn_add(context, add->authority, m->fd)
                                 : add_peer(context, (enum ipc_role)add->role, m->fd);
}

/* What clients did with data is told up to a second after it was done. */
static void tell_gap(struct broker *b)
{
    struct ipc_event event = {.time_ms = clock_wall_ms(),
        .kind = IPC_EVENT_GAP,
        .outcome = IPC_OUTCOME_FAILURE,
        .operation = ipc_text("record"),
        .count = 1,
        .reason = ipc_text("broker or store did not end in good order: what was produced "
                           "and consumed in the last second before is missing")};

    (void)broker_trail_add(b, &event, true);
}

/* The first word of store: now there is something to read. */
static enum err on_identity(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    const struct ipc_identity *i = &m->body.identity;

    if (b->started || i->cluster_id.len == 0) {
        return ERR_INVALID;
    }
    b->started = true;
    copy_text(b->config.cluster_id, sizeof(b->config.cluster_id), i->cluster_id);
    memcpy(
        b->config.directory.bytes, i->directory.bytes, sizeof(b->config.directory.bytes));
    if (i->unclean != 0) {
        tell_gap(b);
    }
    broker_start(b);
    return OK;
}

static enum err on_gate_add(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    enum err e = broker_session_add(b, m->body.gate_add.gate, m->fd);

    if (e != OK) {
        log_err("a gate can not be taken on: %s", err_text(e));
    }
    return OK;
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

/* By the configuration, which a gate has no say in. Client certificates want TLS 1.3. */
static uint16_t tls_min_of(const struct ipc_listener *told)
{
    const struct tlspolicy *policy = tlspolicy_get(told->tls_policy);
    const bool has_tls =
        told->protocol == IPC_PROTOCOL_SSL || told->protocol == IPC_PROTOCOL_SASL_SSL;

    if (!has_tls || policy == NULL) {
        return 0;
    }
    return told->client_auth == IPC_CLIENT_AUTH_NONE ? policy->version_min
                                                     : TLSPOLICY_1_3;
}

static enum err on_listener(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    const struct ipc_listener *told = &m->body.listener;

    if (told->index >= BROKER_LISTENERS_MAX || told->reauth_max_ms < 0 ||
        (told->index == IPC_LISTENER_ADMIN) != (told->protocol == IPC_PROTOCOL_ADMIN)) {
        return ERR_INVALID;
    }
    struct broker_listener *l = &b->listeners[told->index];
    *l = (struct broker_listener){.present = true,
        .protocol = told->protocol,
        .client_auth = told->client_auth,
        .port = told->port,
        .reauth_max_ms = told->reauth_max_ms,
        .sessions_max = told->sessions_max};
    copy_text(l->name, sizeof(l->name), told->name);
    copy_text(l->host, sizeof(l->host), told->host);
    copy_text(l->anonymous, sizeof(l->anonymous), told->anonymous);
    copy_text(l->mechanisms, sizeof(l->mechanisms), told->mechanisms);
    l->tls_min = tls_min_of(told);
    return OK;
}

static enum err on_certificate(void *context, const struct ipc_received *m)
{
    struct broker *b = context;

    return ipc_certificates_take(&b->certificates, &m->body.certificate);
}

static enum err on_authority(void *context, const struct ipc_received *m)
{
    return broker_authn_on_authority(context, &m->body.authority);
}

static enum err on_scope(void *context, const struct ipc_received *m)
{
    return broker_authn_on_scope(context, &m->body.scope);
}

static enum err on_setting(void *context, const struct ipc_received *m)
{
    return broker_setting_add(context, &m->body.setting);
}

static enum err start_groups(struct broker *b, const struct ipc_broker_start *s)
{
    struct coord_limits limits = {.members_max = s->group_size_max,
        .session_min_ms = (int32_t)s->group_session_min_ms,
        .session_max_ms = (int32_t)s->group_session_max_ms,
        .initial_delay_ms = (int32_t)s->group_initial_delay_ms,
        .new_member_ms = 5 * 60 * 1000,
        .record_max = 8u * 1024 * 1024,
        .groups_max = 10000,
        .bytes_max = 512u * 1024 * 1024,
        .offsets_max = 100000,
        .offset_metadata_max = s->offset_metadata_max};

    return broker_coord_init(b, &limits);
}

/* What is no word of it is the default. */
static enum ipc_audit_failure audit_failure(uint8_t word)
{
    return word == IPC_AUDIT_BLOCK || word == IPC_AUDIT_DROP
               ? (enum ipc_audit_failure)word
               : IPC_AUDIT_READONLY;
}

static enum err on_start(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    const struct ipc_broker_start *s = &m->body.broker_start;
    struct meta_limits limits = {.topics_max = TOPICS_MAX,
        .partitions_max = PARTITIONS_MAX,
        .partitions_per_topic_max = PARTITIONS_A_TOPIC};

    b->config = (struct broker_config){.node_id = (int32_t)s->node_id,
        .partitions_default = (int32_t)s->partitions_default,
        .auto_create_topics = s->auto_create_topics != 0,
        .delete_topics = s->delete_topics != 0,
        .offsets_partitions = (int32_t)s->offsets_partitions,
        .offsets_retention_ms = (int64_t)s->offsets_retention_minutes * 60000,
        .offsets_check_ms = s->offsets_check_ms,
        .message_max_bytes = (int32_t)s->message_max_bytes,
        .auth_rounds_max = s->auth_rounds_max,
        .auth_timeout_ms = s->auth_timeout_ms,
        .segment_bytes = s->segment_bytes,
        .policy_mode = (enum ipc_policy_mode)s->policy_mode,
        .policy_compat = s->policy_compat != 0,
        .policy_allow_everyone = s->policy_allow_everyone != 0,
        .authorizer_log = s->authorizer_log != 0,
        .changes_rate = s->audit_changes_rate,
        .super_users = mem_copy_text(s->super_users.ptr, s->super_users.len)};
    if (b->config.super_users == NULL) {
        return ERR_NOMEM;
    }
    b->trail.mode = audit_failure(s->audit_failure);
    copy_text(b->config.cluster_id, sizeof(b->config.cluster_id), s->cluster_id);
    meta_image_init(&b->image, &limits);
    broker_room_init(&b->room, (uint64_t)s->requests_max_bytes);
    b->role.started = true;
    return start_groups(b, s);
}

/* The whole of it is copied before a byte is looked at, so that nobody can change it
 * after. */
static enum err read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, 65536);
        ssize_t n = room == NULL ? -1 : read(fd, room, 65536);
        if (n == 0) {
            return OK;
        }
        if (n < 0) {
            return room == NULL ? ERR_FULL : ERR_IO;
        }
        buf_grew(out, (size_t)n);
    }
}

/* A policy is in force when every grant was looked at, and store acknowledged each that it
 * took away. */
static void report_policy(struct broker *b)
{
    struct ipc_policy_taken taken = {.serial = b->policy_taken, .accepted = 1};

    if (b->policy_taken == 0 || !broker_review_is_settled(b)) {
        return;
    }
    const struct policy_header header = policy_header(b->policy);
    taken.file_serial = header.serial;
    taken.rules = header.rules;
    b->policy_taken = 0;
    if (ipc_link_send(
            &b->role.warden, IPC_MSG_POLICY_TAKEN, b->policy_request, &taken, -1) != OK) {
        b->role.stopping = true;
    }
}

/* *out stays NULL where a permissive policy is taken away: nothing is in the file. */
static enum err load_policy(
    const struct broker *b, const struct ipc_received *m, struct policy **out)
{
    struct buf bytes;

    buf_init(&bytes, POLICY_BYTES);
    enum err e = read_all(m->fd, &bytes);
    (void)close(m->fd);
    const bool is_none = bytes.length == 0 && m->body.policy.is_permissive != 0;
    if (e == OK && !is_none) {
        e = policy_load(bytes.bytes, bytes.length, broker_authz_flags(b), out);
    }
    buf_fini(&bytes);
    if (e == OK && *out != NULL && !broker_policy_fits(b, *out)) {
        policy_free(out);
        e = ERR_DENIED;
    }
    return e;
}

/* It decides nothing, so one that is no good is only said to be. */
static enum err on_permissive(
    struct broker *b, const struct ipc_received *m, struct policy *fresh, enum err e)
{
    struct ipc_policy_taken taken = {.serial = m->body.policy.serial,
        .accepted = e == OK,
        .is_permissive = 1,
        .reason = ipc_text(e == OK ? "" : err_text(e))};

    if (e == OK) {
        broker_permissive_set(b, fresh);
        broker_review_compare(b);
    }
    if (fresh != NULL) {
        const struct policy_header header = policy_header(fresh);
        taken.file_serial = header.serial;
        taken.rules = header.rules;
    }
    return ipc_link_send(&b->role.warden, IPC_MSG_POLICY_TAKEN, m->request, &taken, -1);
}

static enum err on_policy(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    struct policy *fresh = NULL;
    enum err e = load_policy(b, m, &fresh);

    if (m->body.policy.is_permissive != 0) {
        return on_permissive(b, m, fresh, e);
    }
    if (e == OK) {
        broker_authz_set_policy(b, fresh);
        b->policy_serial = m->body.policy.serial;
        broker_review_begin(b);
    }
    if (e != OK) {
        struct ipc_policy_taken refused = {
            .serial = m->body.policy.serial, .reason = ipc_text(err_text(e))};
        return ipc_link_send(
            &b->role.warden, IPC_MSG_POLICY_TAKEN, m->request, &refused, -1);
    }
    b->policy_taken = m->body.policy.serial;
    b->policy_request = m->request;
    report_policy(b);
    broker_start_check(b);
    return OK;
}

static enum err on_revoked(void *context, const struct ipc_received *m)
{
    struct broker *b = context;

    if (b->revokes == 0) {
        return ERR_INVALID;
    }
    b->revokes--;
    broker_ledger_on_revoked(b, &m->body.revoked);
    broker_acl_queue_revoked(b);
    report_policy(b);
    return OK;
}

/* Store still has to say what the last gates did, and audit that all of it is on disk. */
static void check_stop(struct broker *b)
{
    if (b->stop.asked && b->ledger.pages.count == 0 && b->trail.first == NULL) {
        b->role.stopping = true;
    }
}

static void on_stop_late(void *context)
{
    struct broker *b = context;

    log_warn("broker ends although not all of what was done is in the audit [AUD016]");
    b->role.stopping = true;
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    struct broker *b = context;

    (void)m;
    b->stop.asked = true;
    b->stop.late = (struct loop_timer){.on_timer = on_stop_late, .context = b};
    broker_denials_flush(b);
    broker_permissive_flush(b);
    if (loop_timer_set(b->role.loop, &b->stop.late,
            loop_now_ms(b->role.loop) + STOP_LATE_MS) != OK) {
        b->role.stopping = true;
    }
    check_stop(b);
    return OK;
}

static void on_round(void *context)
{
    struct broker *b = context;

    check_stop(b);
    report_policy(b);
    broker_acl_queue_reviewed(b);
    broker_quota_end_round(b);
    broker_session_bury(b);
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_LISTENER] = {IPC_WARDEN, ROLE_STARTING, on_listener},
    [IPC_MSG_AUTHORITY] = {IPC_WARDEN, ROLE_STARTING, on_authority},
    [IPC_MSG_SCOPE] = {IPC_WARDEN, ROLE_STARTING, on_scope},
    [IPC_MSG_SETTING] = {IPC_WARDEN, ROLE_STARTING, on_setting},
    [IPC_MSG_BROKER_START] = {IPC_WARDEN, ROLE_STARTING, on_start},
    [IPC_MSG_PEER_ADD] = {IPC_WARDEN, ROLE_RUNNING, on_peer_add},
    [IPC_MSG_GATE_ADD] = {IPC_WARDEN, ROLE_RUNNING, on_gate_add},
    [IPC_MSG_GATE_GONE] = {IPC_WARDEN, ROLE_RUNNING, on_gate_gone},
    [IPC_MSG_POLICY] = {IPC_WARDEN, ROLE_RUNNING, on_policy},
    [IPC_MSG_CERTIFICATE] = {IPC_WARDEN, ROLE_RUNNING, on_certificate},
    [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_stop},
    [IPC_MSG_SESSION_OPEN] = {IPC_PORTER, IPC_ANY_STATE, on_session_open},
    [IPC_MSG_ADMIN_OPEN] = {IPC_PORTER, IPC_ANY_STATE, on_admin_open},
    [IPC_MSG_PROCESS_STATUS] = {IPC_WARDEN, ROLE_RUNNING, broker_status_on_process},
    [IPC_MSG_POLICY_STATUS] = {IPC_WARDEN, ROLE_RUNNING, broker_status_on_policy},
    [IPC_MSG_RELOAD_PART] = {IPC_WARDEN, ROLE_RUNNING, broker_status_on_part},
    [IPC_MSG_STATUS] = {IPC_WARDEN, ROLE_RUNNING, broker_status_on_status},
    [IPC_MSG_RELOAD_DONE] = {IPC_WARDEN, ROLE_RUNNING, broker_status_on_reloaded},
    [IPC_MSG_IDENTITY] = {IPC_STORE, IPC_ANY_STATE, on_identity},
    [IPC_MSG_PARTITION_OPENED] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_PARTITION_DROPPED] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_APPENDED] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_READ_DATA] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_EPOCH_ANSWER] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_PRODUCERS_ANSWER] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_LOG_ANSWER] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_RECORDS_DELETED] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_OFFSET_ANSWER] = {IPC_STORE, IPC_ANY_STATE, broker_store_on_answer},
    [IPC_MSG_USED] = {IPC_STORE, IPC_ANY_STATE, broker_ledger_on_used},
    [IPC_MSG_AUDIT_SYNCED] = {IPC_AUDIT, IPC_ANY_STATE, broker_trail_on_synced},
    [IPC_MSG_REVOKED] = {IPC_STORE, IPC_ANY_STATE, on_revoked},
};

int broker_process(int argc, char **argv)
{
    static struct broker broker; /* the process's root struct */
    struct broker *b = &broker;

    b->audit_log = (struct log_limit){.burst = 5, .period_ms = 10000};
    b->gate_log = (struct log_limit){.burst = 20, .period_ms = 10000};
    table_init(&b->sessions, SESSIONS_MAX);
    buckets_init(&b->quota_buckets, QUOTA_BUCKETS_MAX);
    broker_principals_init(&b->principals);
    broker_store_init(&b->store);
    broker_credential_init(b);
    broker_trail_init(b);
    broker_ledger_init(b);
    broker_denials_init(b);
    broker_permissive_init(b);
    arena_init(&b->arena, ARENA_LIMIT);
    buf_init(&b->out, IPC_RESPONSE_MAX);
    role_begin(&b->role, IPC_BROKER, argc, argv, handlers, b);
    role_await_start(&b->role);
    loop_on_round(b->role.loop, on_round, b);
    role_enter(&b->role);
    return role_run(&b->role);
}
