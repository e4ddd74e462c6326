#include "broker_admin.h"

#include "broker_authz.h"
#include "broker_event.h"
#include "broker_job.h"
#include "broker_trail.h"
#include "clock.h"
#include "text.h"
#include "wire_admin.h"
#include "wire_admin_api.h"
#include "wire_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 1000 /* sessions in one answer */
#define END_MAX  5000 /* ... that one request ends: the warden and audit hear of each */

/* clang-format off */
static const struct broker_api apis[] = {
    /* key                          before authentication  handle */
    {WIRE_ADMIN_DESCRIBE_SESSIONS,  false,                 broker_on_describe_sessions},
    {WIRE_ADMIN_END_SESSIONS,       false,                 broker_on_end_sessions},
    {WIRE_ADMIN_STATUS,             false,                 broker_on_status},
    {WIRE_ADMIN_RELOAD,             false,                 broker_on_reload},
    {WIRE_ADMIN_DESCRIBE_LAST_USE,  false,                 broker_on_describe_last_use},
    {WIRE_ADMIN_RECORD_SELFTEST,    false,                 broker_on_record_selftest},
};
/* clang-format on */

const struct broker_api *broker_admin_find(int16_t key)
{
    for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++) {
        if (apis[i].key == key) {
            return &apis[i];
        }
    }
    return NULL;
}

void broker_admin_open(struct broker *b, const struct ipc_admin_open *open)
{
    const struct ipc_admin_open told = *open; /* the message may not last */
    struct broker_session *s = broker_session_introduced(b, told.gate);

    if (s == NULL || s->state != SESSION_WAITING) {
        return;
    }
    if (told.listener != IPC_LISTENER_ADMIN || !b->listeners[told.listener].present) {
        broker_session_kill(s, IPC_KILL_BREACH);
        return;
    }
    s->listener = told.listener;
    s->is_admin = true;
    s->uid = told.uid;
    s->connected_ms = s->authenticated_ms = clock_wall_ms();
    s->authenticated_mono_ms = clock_mono_ms();
    (void)snprintf(s->address, sizeof(s->address), "unix");
    (void)snprintf(s->mechanism, sizeof(s->mechanism), "PEERCRED");
    (void)snprintf(s->principal, sizeof(s->principal), "Admin:uid-%u", told.uid);
    s->state = SESSION_AUTHENTICATED;
    broker_authz_trust(s, false);
    broker_event_authentication(s, IPC_OUTCOME_SUCCESS, NULL);
    broker_ledger_open(s);
}

/* --- DescribeSessions --------------------------------------------------------------- */

/* A client is there: not a spare gate, nor one that is on its way out. */
static bool is_there(const struct broker_session *s)
{
    return s->state != SESSION_WAITING && s->state != SESSION_ENDING &&
           s->state != SESSION_GONE;
}

static bool fits(struct wire_view filter, const char *text)
{
    return filter.ptr == NULL || meta_view_equal(filter, meta_view(text));
}

static int by_gate(const void *a, const void *b)
{
    uint64_t x = (*(const struct broker_session *const *)a)->gate;
    uint64_t y = (*(const struct broker_session *const *)b)->gate;

    return x < y ? -1 : x > y;
}

/* Those that fit, in the order of their numbers; NULL: no memory. */
static struct broker_session **collect(
    struct broker *b, const struct describe_sessions_request *r, size_t *count_out)
{
    struct broker_session **list =
        arena_alloc(&b->arena, b->sessions.count + 1, sizeof(struct broker_session *));
    struct broker_session *s;
    size_t count = 0;

    for (size_t cursor = 0;
         list != NULL && (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (is_there(s) && (int64_t)s->gate > r->after_id &&
            fits(r->principal, s->principal) &&
            fits(r->listener, broker_session_listener(s)->name)) {
            list[count++] = s;
        }
    }
    if (count > 1) {
        qsort(list, count, sizeof(struct broker_session *), by_gate);
    }
    *count_out = count;
    return list;
}

static int64_t expires_ms(const struct broker_session *s)
{
    int64_t left_ms = s->deadline.due_ms - loop_now_ms(s->broker->role.loop);

    return s->state == SESSION_AUTHENTICATED && s->lifetime.ms > 0
               ? clock_wall_ms() + left_ms
               : 0;
}

static void describe(
    const struct broker_session *s, struct describe_sessions_response_session *out)
{
    *out = (struct describe_sessions_response_session){.id = (int64_t)s->gate,
        .principal = meta_view(s->principal),
        .mechanism = meta_view(s->mechanism),
        .listener = meta_view(broker_session_listener(s)->name),
        .address = meta_view(s->address),
        .port = s->port,
        .client_id = meta_view(s->client_id),
        .connected_ms = s->connected_ms,
        .authenticated_ms = s->authenticated_ms,
        .expires_ms = expires_ms(s)};
}

/* Cut in the middle of a character it would be no string of the protocol. */
static void whole_characters(struct wire_view *text)
{
    while (text->len > 0 && !text_is_utf8(text->ptr, text->len)) {
        text->len--;
    }
}

void broker_on_describe_sessions(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_sessions_request *r = request;
    struct broker *b = s->broker;
    struct describe_sessions_response response = {.error_message = meta_view("")};
    size_t count = 0;
    size_t page = r->limit < 1 || r->limit > PAGE_MAX ? PAGE_MAX : (size_t)r->limit;

    struct broker_session **list = collect(b, r, &count);
    page = count < page ? count : page;
    struct describe_sessions_response_session *rows =
        arena_alloc(&b->arena, page + 1, sizeof(*rows));
    if (list == NULL || rows == NULL) {
        response.error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        response.error_message = meta_view("no memory for the list");
        page = 0;
    }
    for (size_t i = 0; i < page; i++) {
        describe(list[i], &rows[i]);
        whole_characters(&rows[i].client_id);
    }
    response.sessions = (struct wire_array){.items = rows, .count = (int32_t)page};
    response.next_id = page > 0 && page < count ? rows[page - 1].id : 0;
    broker_event_look(s, "list", "session", r->principal);
    broker_respond(b, call, &response);
}

/* --- EndSessions -------------------------------------------------------------------- */

static void end(struct broker_session *s, const struct broker_session *by)
{
    broker_event_ended(s, by->principal);
    broker_session_kill(s, IPC_KILL_ENDED);
}

/* Not the one that asks: it is to have its answer. */
static void end_all_of(struct broker_session *by, struct wire_view principal,
    struct end_sessions_response *out)
{
    struct broker *b = by->broker;
    struct broker_session *s;

    for (size_t cursor = 0; (s = table_next(&b->sessions, &cursor)) != NULL;) {
        if (s == by || !is_there(s) || !fits(principal, s->principal)) {
            continue;
        }
        if (out->ended == END_MAX) {
            out->left++;
        } else {
            end(s, by);
            out->ended++;
        }
    }
}

static int32_t end_those(struct broker_session *by, const struct wire_array *ids)
{
    const int64_t *list = ids->items;
    int32_t ended = 0;

    for (int32_t i = 0; i < ids->count; i++) {
        struct broker_session *s = broker_session_find(by->broker, (uint64_t)list[i]);
        if (s != NULL && s != by && is_there(s)) {
            end(s, by);
            ended++;
        }
    }
    return ended;
}

void broker_on_end_sessions(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct end_sessions_request *r = request;
    struct end_sessions_response response = {.error_message = meta_view("")};
    bool by_name = r->principal.ptr != NULL;
    char reason[48];

    if (by_name == (r->ids.count > 0) || (by_name && r->principal.len == 0)) {
        response.error_code = WIRE_CODE_INVALID_REQUEST;
        response.error_message = meta_view("name a principal, or sessions");
    } else if (by_name) {
        end_all_of(s, r->principal, &response);
    } else {
        response.ended = end_those(s, &r->ids);
    }
    (void)snprintf(reason, sizeof(reason), "%d sessions ended", (int)response.ended);
    broker_event_admin(s->broker, s, "end", "session", r->principal,
        response.error_code == 0 ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_FAILURE, reason);
    broker_respond(s->broker, call, &response);
}

/* --- RecordSelftest ----------------------------------------------------------------- */

/* What the program's status means: see `schloss-selftest --help`. */
static const struct {
    int32_t status;
    const char *text;
} selftests[] = {
    {0, "every attempt was refused"},
    {1, "an attempt was not refused"},
    {70, "it could not be tried"},
    {77, "a layer of the sandbox is missing"},
};

/* It is the administrator's word: a private broker was attacked, not this one. The answer
 * says that it is recorded, and waits for that. */
void broker_on_record_selftest(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct record_selftest_request *r = request;
    struct record_selftest_response response = {.error_message = meta_view("")};
    char reason[48];
    struct broker *b = s->broker;
    const uint64_t before = b->trail.sent;

    (void)snprintf(reason, sizeof(reason), "it ended with status %d", (int)r->status);
    for (size_t i = 0; i < sizeof(selftests) / sizeof(selftests[0]); i++) {
        if (selftests[i].status == r->status) {
            (void)snprintf(reason, sizeof(reason), "%s", selftests[i].text);
        }
    }
    broker_event_admin(b, s, "selftest", "sandbox", meta_view(""),
        r->status == 0 ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_FAILURE, reason);
    if (broker_trail_forbids_changes(b)) {
        response.error_code = WIRE_CODE_REQUEST_TIMED_OUT;
        response.error_message = meta_view(broker_no_record);
    } else {
        s->record = b->trail.sent > before ? b->trail.sent : BROKER_TRAIL_NEVER;
    }
    broker_respond(b, call, &response);
}
