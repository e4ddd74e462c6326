#include "broker_status.h"

#include "broker_admin.h"
#include "broker_coord.h"
#include "broker_event.h"
#include "clock.h"
#include "wire_admin.h"
#include "wire_code.h"

#include <string.h>

static void copy_text(char *out, size_t size, struct ipc_view view)
{
    view = ipc_cut(view, size - 1);
    if (view.len > 0) {
        memcpy(out, view.ptr, view.len);
    }
    out[view.len] = '\0';
}

static struct wire_view view_of(struct ipc_view view)
{
    return (struct wire_view){
        .ptr = view.len == 0 ? (const uint8_t *)"" : view.ptr, .len = view.len};
}

/* --- what the warden says ----------------------------------------------------------- */

enum err broker_status_on_process(void *context, const struct ipc_received *m)
{
    struct broker_status *status = &((struct broker *)context)->status;
    const struct ipc_process_status *told = &m->body.process_status;

    if (status->process_count == BROKER_PROCESSES_MAX) {
        return OK; /* more than anybody starts: the rest is not shown */
    }
    struct broker_process_row *row = &status->processes[status->process_count++];
    copy_text(row->name, sizeof(row->name), told->name);
    row->state = told->state;
    row->restarts = told->restarts;
    row->since_ms = told->since_ms;
    return OK;
}

enum err broker_status_on_policy(void *context, const struct ipc_received *m)
{
    struct broker_status *status = &((struct broker *)context)->status;
    const struct ipc_policy_status *told = &m->body.policy_status;

    if (status->policy_count == BROKER_POLICIES_MAX) {
        return OK;
    }
    struct broker_policy_row *row = &status->policies[status->policy_count++];
    *row = (struct broker_policy_row){.is_permissive = told->is_permissive != 0,
        .mode = told->mode,
        .serial = told->serial,
        .rules = told->rules,
        .since_ms = told->since_ms,
        .refused_ms = told->refused_ms};
    copy_text(row->hash, sizeof(row->hash), told->hash);
    copy_text(row->state, sizeof(row->state), told->state);
    copy_text(row->file, sizeof(row->file), told->file);
    copy_text(row->history, sizeof(row->history), told->history);
    return OK;
}

static const char *mode_text(const struct broker_policy_row *p)
{
    static const char *const texts[] = {"file", "api", "mixed"};

    if (p->is_permissive) {
        return "permissive";
    }
    return p->mode < sizeof(texts) / sizeof(texts[0]) ? texts[p->mode] : "unknown";
}

static struct wire_array policies_of(struct broker *b)
{
    const struct broker_status *status = &b->status;
    struct status_response_policy *rows =
        arena_alloc(&b->arena, status->policy_count + 1, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < status->policy_count; i++) {
        const struct broker_policy_row *p = &status->policies[i];
        rows[i] = (struct status_response_policy){.mode = meta_view(mode_text(p)),
            .file = meta_view(p->file),
            .serial = p->serial > INT64_MAX ? INT64_MAX : (int64_t)p->serial,
            .hash = meta_view(p->hash),
            .rules = (int32_t)(p->rules > INT32_MAX ? INT32_MAX : p->rules),
            .since_ms = p->since_ms,
            .refused_ms = p->refused_ms,
            .state = meta_view(p->state),
            .history = meta_view(p->history)};
    }
    return (struct wire_array){
        .items = rows, .count = rows == NULL ? 0 : (int32_t)status->policy_count};
}

enum err broker_status_on_part(void *context, const struct ipc_received *m)
{
    struct broker_status *status = &((struct broker *)context)->status;
    const struct ipc_reload_part *told = &m->body.reload_part;

    if (status->part_count == BROKER_RELOAD_PARTS_MAX) {
        return OK;
    }
    struct broker_reload_part *part = &status->parts[status->part_count++];
    copy_text(part->code, sizeof(part->code), told->code);
    copy_text(part->name, sizeof(part->name), told->name);
    return OK;
}

static struct wire_array parts_of(struct broker *b)
{
    const struct broker_status *status = &b->status;
    struct status_response_part *rows =
        arena_alloc(&b->arena, status->part_count + 1, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < status->part_count; i++) {
        rows[i] = (struct status_response_part){.code = meta_view(status->parts[i].code),
            .name = meta_view(status->parts[i].name)};
    }
    return (struct wire_array){
        .items = rows, .count = rows == NULL ? 0 : (int32_t)status->part_count};
}

/* --- Status ------------------------------------------------------------------------- */

static const char *state_text(uint8_t state)
{
    switch ((enum ipc_process)state) {
    case IPC_PROCESS_ABSENT:
        return "absent";
    case IPC_PROCESS_STARTING:
        return "starting";
    case IPC_PROCESS_READY:
        return "ready";
    case IPC_PROCESS_STOPPING:
        return "stopping";
    }
    return "unknown";
}

static struct wire_array processes_of(struct broker *b)
{
    const struct broker_status *status = &b->status;
    struct status_response_process *rows =
        arena_alloc(&b->arena, status->process_count + 1, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < status->process_count; i++) {
        const struct broker_process_row *p = &status->processes[i];
        rows[i] = (struct status_response_process){.name = meta_view(p->name),
            .state = meta_view(state_text(p->state)),
            .restarts = (int32_t)(p->restarts > INT32_MAX ? INT32_MAX : p->restarts),
            .since_ms = p->since_ms};
    }
    return (struct wire_array){
        .items = rows, .count = rows == NULL ? 0 : (int32_t)status->process_count};
}

static const char *protocol_text(uint8_t protocol)
{
    static const char *const texts[] = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};

    return protocol < sizeof(texts) / sizeof(texts[0]) ? texts[protocol] : "unix";
}

/* With the sessions that came by each. */
static struct wire_array listeners_of(struct broker *b, struct status_response *out)
{
    struct status_response_listener *rows =
        arena_alloc(&b->arena, BROKER_LISTENERS_MAX, sizeof(*rows));
    int32_t by_listener[BROKER_LISTENERS_MAX] = {0};
    struct broker_session *s;
    int32_t count = 0;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (s->state != SESSION_WAITING && s->state != SESSION_GONE) {
            by_listener[s->listener]++;
            out->sessions++;
            out->authenticated += broker_session_is_trusted(s) ? 1 : 0;
        }
    }
    for (size_t i = 0; rows != NULL && i < BROKER_LISTENERS_MAX; i++) {
        const struct broker_listener *l = &b->listeners[i];
        if (l->present) {
            rows[count++] = (struct status_response_listener){.name = meta_view(l->name),
                .protocol = meta_view(protocol_text(l->protocol)),
                .host = meta_view(l->host),
                .port = (int32_t)l->port,
                .mechanisms = meta_view(l->mechanisms),
                .sessions = by_listener[i]};
        }
    }
    return (struct wire_array){.items = rows, .count = count};
}

/* Those in force, the server's own first. */
static struct wire_array certificates_of(struct broker *b)
{
    const struct ipc_certificates *c = &b->certificates;
    struct status_response_certificate *rows =
        arena_alloc(&b->arena, c->count + 1, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < c->count; i++) {
        rows[i] =
            (struct status_response_certificate){.name = meta_view(c->items[i].subject),
                .not_after_ms = c->items[i].not_after_s * 1000};
    }
    return (struct wire_array){
        .items = rows, .count = rows == NULL ? 0 : (int32_t)c->count};
}

static void describe(struct broker *b, struct status_response *out)
{
    *out = (struct status_response){.error_message = meta_view(""),
        .version = meta_view(""),
        .cluster_id = meta_view(b->config.cluster_id),
        .now_ms = clock_wall_ms(),
        .topics = (int32_t)b->image.topic_count,
        .groups = (int32_t)broker_coord_groups(b)->by_id.count};
    out->listeners = listeners_of(b, out);
    out->certificates = certificates_of(b);
}

static void refuse_status(
    struct broker *b, const struct broker_call *call, int16_t code, const char *why)
{
    struct status_response response;

    describe(b, &response);
    response.error_code = code;
    response.error_message = meta_view(why);
    broker_respond(b, call, &response);
}

void broker_on_status(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct status_request *r = request;
    struct broker *b = s->broker;
    struct broker_status *status = &b->status;
    struct ipc_status_ask ask = {0};

    broker_event_look(s, "show", "status", meta_view(""));
    if (!r->processes) {
        refuse_status(b, call, WIRE_CODE_NONE, "");
    } else if (status->call_count == BROKER_ADMINS_MAX) {
        refuse_status(b, call, WIRE_CODE_REQUEST_TIMED_OUT, "the warden is slow");
    } else if (ipc_link_send(&b->role.warden, IPC_MSG_STATUS_ASK, 0, &ask, -1) != OK) {
        refuse_status(
            b, call, WIRE_CODE_UNKNOWN_SERVER_ERROR, "the warden can not be asked");
    } else {
        status->calls[status->call_count++] = *call;
    }
}

enum err broker_status_on_status(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    struct broker_status *status = &b->status;
    const struct ipc_status *told = &m->body.status;
    struct status_response response;

    arena_reset(&b->arena); /* no request is in hand */
    describe(b, &response);
    response.version = view_of(told->version);
    response.started_ms = told->started_ms;
    response.reloaded_ms = told->reloaded_ms;
    response.processes = processes_of(b);
    response.reload = parts_of(b);
    response.policies = policies_of(b);
    for (size_t i = 0; i < status->call_count; i++) {
        broker_respond(b, &status->calls[i], &response);
    }
    status->call_count = 0;
    status->process_count = 0;
    status->policy_count = 0;
    status->part_count = 0;
    return OK;
}

/* --- Reload ------------------------------------------------------------------------- */

static void answer_reload(struct broker *b, const struct broker_call *call, int16_t code,
    const char *why, struct wire_array parts)
{
    struct reload_response response = {
        .error_code = code, .error_message = meta_view(why), .parts = parts};

    broker_respond(b, call, &response);
}

static bool is_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* What the warden would take for a fault of this process. */
static bool read_reload(const struct reload_request *r, struct ipc_reload_ask *out)
{
    static const char policy[] = "policy";
    const bool is_policy = r->part.len == sizeof(policy) - 1 &&
                           memcmp(r->part.ptr, policy, sizeof(policy) - 1) == 0;
    bool good = r->part.len == 0 || is_policy;

    good = good && (r->expected.len == 0 || (is_policy && r->expected.len == 64));
    for (size_t i = 0; good && i < r->expected.len; i++) {
        good = is_digit(r->expected.ptr[i]);
    }
    out->part = is_policy ? IPC_RELOAD_POLICY : IPC_RELOAD_ALL;
    out->expected = (struct ipc_view){r->expected.ptr, r->expected.len};
    return good;
}

void broker_on_reload(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    static const struct wire_array none = {0};
    const struct reload_request *r = request;
    struct broker *b = s->broker;
    struct ipc_reload_ask ask = {.uid = s->uid};
    bool may = !b->status.is_reloading;
    const uint64_t before = b->trail.sent;

    if (!read_reload(r, &ask)) {
        answer_reload(b, call, WIRE_CODE_INVALID_REQUEST,
            "a reload is one of everything or of the policy, and the hash of its files "
            "has "
            "64 digits",
            none);
        return;
    }
    broker_event_admin(b, s, "reload", ask.part == IPC_RELOAD_ALL ? "broker" : "policy",
        meta_view(""), may ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_FAILURE,
        may ? NULL : "another reload is under way");
    if (!may) {
        answer_reload(b, call, WIRE_CODE_REQUEST_TIMED_OUT,
            "another reload is under way: try again", none);
    } else if (ipc_link_send(&b->role.warden, IPC_MSG_RELOAD_ASK, 0, &ask, -1) != OK) {
        answer_reload(
            b, call, WIRE_CODE_UNKNOWN_SERVER_ERROR, "the warden can not be asked", none);
    } else {
        b->status.is_reloading = true;
        b->status.is_reloaded = false;
        b->status.reload = *call;
        b->status.reload_record =
            b->trail.sent > before ? b->trail.sent : BROKER_TRAIL_NEVER;
        if (!r->wait) {
            answer_reload(b, call, WIRE_CODE_NONE, "", none);
        }
    }
}

enum err broker_status_on_reloaded(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    bool refused = m->body.reload_done.refused != 0;

    static const struct wire_array none = {0};
    struct broker_status *status = &b->status;

    if (!status->is_reloading || status->is_reloaded) {
        return ERR_INVALID;
    }
    memcpy(status->reloaded, status->parts, sizeof(status->parts));
    status->reloaded_count = status->part_count;
    status->part_count = 0;
    if (refused) {
        status->is_reloading = false;
        answer_reload(b, &status->reload, WIRE_CODE_UNKNOWN_SERVER_ERROR,
            "there is no reload while schlossd stops or starts", none);
    } else {
        status->is_reloaded = true;
        broker_status_on_trail(b);
    }
    return OK;
}

static void add_unrecorded(struct broker_status *status)
{
    static const struct broker_reload_part part = {.code = "AUD017", .name = "audit"};

    for (size_t i = 0; i < status->reloaded_count; i++) {
        if (strcmp(status->reloaded[i].code, part.code) == 0) {
            return;
        }
    }
    status->reloaded[status->reloaded_count++] = part;
}

void broker_status_on_trail(struct broker *b)
{
    struct status_response_part rows[BROKER_RELOAD_PARTS_MAX + 1];
    struct broker_status *status = &b->status;
    bool is_recorded =
        b->trail.mode == IPC_AUDIT_DROP || broker_trail_has(b, status->reload_record);

    if (!status->is_reloading || !status->is_reloaded) {
        return;
    }
    if (!is_recorded && !b->trail.failing &&
        status->reload_record != BROKER_TRAIL_NEVER) {
        return;
    }
    status->is_reloading = false;
    if (!is_recorded) {
        add_unrecorded(status);
    }
    /* A request may be in hand: what the arena holds is its. */
    for (size_t i = 0; i < status->reloaded_count; i++) {
        rows[i] =
            (struct status_response_part){.code = meta_view(status->reloaded[i].code),
                .name = meta_view(status->reloaded[i].name)};
    }
    answer_reload(b, &status->reload, WIRE_CODE_NONE, "",
        (struct wire_array){.items = rows, .count = (int32_t)status->reloaded_count});
}
