#include "broker_permissive.h"

#include "broker_event.h"
#include "clock.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 255
/* Operation and resource, the outcome, whether it is listed, and a NUL behind each part. */
#define KEY_MAX                                                                          \
    (BROKER_PRINCIPAL_MAX + IPC_ADDRESS_MAX + 32 + 32 + 2 + NAME_MAX_BYTES + 8)

struct broker_permissive_row {
    struct broker_permissive_row *next;
    uint8_t key[KEY_MAX];
    size_t length;
    struct broker_author author;
    const char *operation; /* constants of the policy's words */
    const char *resource;
    char name[NAME_MAX_BYTES];
    size_t name_length;
    char rule[65];
    char api[65];
    char reason[96];
    uint64_t serial;
    uint8_t outcome; /* that it would have had */
    bool is_listed;
    uint32_t more; /* besides the first */
    int64_t first_ms;
    int64_t last_ms;
    int64_t due_ms;
};

static void on_timer(void *context);

void broker_permissive_init(struct broker *b)
{
    b->permissive = (struct broker_permissive){.policy = NULL};
    table_init(&b->permissive.rows, BROKER_PERMISSIVE_MAX);
    b->permissive.timer = (struct loop_timer){.on_timer = on_timer, .context = b};
}

void broker_permissive_set(struct broker *b, struct policy *fresh)
{
    policy_free(&b->permissive.policy);
    b->permissive.policy = fresh;
    b->permissive.generation++;
}

/* --- rows ------------------------------------------------------------------------------- */

static struct ipc_event event_of(const struct broker_permissive_row *row)
{
    return (struct ipc_event){.kind = IPC_EVENT_PERMISSIVE,
        .outcome = row->outcome,
        .operation = ipc_text(row->operation),
        .resource = ipc_text(row->resource),
        .name = {.ptr = (const uint8_t *)row->name, .len = row->name_length},
        .rule = ipc_text(row->rule),
        .api = ipc_text(row->api),
        .serial = row->serial,
        .reason = ipc_text(row->reason)};
}

static void tell_lost(struct broker *b)
{
    static const struct broker_author nobody;
    struct broker_permissive *p = &b->permissive;
    struct ipc_event event = {.kind = IPC_EVENT_PERMISSIVE,
        .outcome = IPC_OUTCOME_FAILURE,
        .reason = ipc_text("other differences, which are only counted"),
        .count = p->lost,
        .first_time_ms = p->lost_ms};

    if (p->lost > 0) {
        p->lost = 0;
        broker_event_by(b, &nobody, &event);
    }
}

static void end_first(struct broker *b)
{
    struct broker_permissive *p = &b->permissive;
    struct broker_permissive_row *row = p->first;

    if (row->more > 0) {
        struct ipc_event event = event_of(row);
        event.count = row->more;
        event.time_ms = row->last_ms;
        event.first_time_ms = row->first_ms;
        broker_event_by(b, &row->author, &event);
    }
    p->listed -= row->is_listed ? 1 : 0;
    p->first = row->next;
    p->last = p->first == NULL ? NULL : p->last;
    (void)table_remove(&p->rows, row->key, row->length);
    mem_free(row);
}

void broker_permissive_flush(struct broker *b)
{
    while (b->permissive.first != NULL) {
        end_first(b);
    }
    tell_lost(b);
}

static void on_timer(void *context)
{
    struct broker *b = context;
    struct broker_permissive *p = &b->permissive;
    const int64_t now_ms = loop_now_ms(b->role.loop);

    while (p->first != NULL && p->first->due_ms <= now_ms) {
        end_first(b);
    }
    tell_lost(b);
    if (p->first != NULL &&
        loop_timer_set(b->role.loop, &p->timer, p->first->due_ms) != OK) {
        broker_permissive_flush(b); /* too early is better than never */
    }
}

void broker_permissive_fini(struct broker *b)
{
    broker_permissive_flush(b);
    loop_timer_cancel(b->role.loop, &b->permissive.timer);
    table_fini(&b->permissive.rows);
    policy_free(&b->permissive.policy);
}

/* --- a difference ----------------------------------------------------------------------- */

static void add_part(struct broker_permissive_row *row, const void *text, size_t length)
{
    const size_t room = sizeof(row->key) - row->length - 1;

    length = length < room ? length : room;
    if (length > 0) {
        memcpy(row->key + row->length, text, length);
    }
    row->length += length;
    row->key[row->length++] = '\0';
}

static const char *word_of(const struct broker_permissive_difference *d)
{
    if (d->is_listed) {
        return d->decided->allowed ? "listed" : "left out";
    }
    return d->decided->allowed ? "allowed" : "denied";
}

static void fill(struct broker_permissive_row *row, const struct broker_session *s,
    const struct broker_permissive_difference *d)
{
    const struct policy_query *asked = d->asked;

    broker_event_note_author(&row->author, s);
    row->operation = policy_operation_name(asked->operation);
    row->resource = policy_resource_name(asked->resource);
    row->name_length =
        asked->name.len < NAME_MAX_BYTES ? asked->name.len : NAME_MAX_BYTES;
    if (row->name_length > 0) {
        memcpy(row->name, asked->name.ptr, row->name_length);
    }
    row->is_listed = d->is_listed;
    row->outcome = d->would->allowed ? IPC_OUTCOME_SUCCESS : IPC_OUTCOME_DENIED;
    row->serial = policy_header(s->broker->permissive.policy).serial;
    row->first_ms = clock_wall_ms();
    (void)snprintf(row->rule, sizeof(row->rule), "%s", d->would->id);
    (void)snprintf(row->api, sizeof(row->api), "%s", broker_event_api(s, row->operation));
    (void)snprintf(
        row->reason, sizeof(row->reason), "%s by %s", word_of(d), d->decided->id);
    add_part(row, row->author.principal, strlen(row->author.principal));
    add_part(row, row->author.address, strlen(row->author.address));
    add_part(row, row->operation, strlen(row->operation));
    add_part(row, row->resource, strlen(row->resource));
    add_part(row, &row->outcome, sizeof(row->outcome));
    add_part(row, &row->is_listed, sizeof(row->is_listed));
    add_part(row, row->name, row->name_length);
}

static bool insert(struct broker *b, struct broker_permissive_row *row)
{
    struct broker_permissive *p = &b->permissive;

    row->due_ms = loop_now_ms(b->role.loop) + BROKER_PERMISSIVE_MS;
    if (p->rows.count >= BROKER_PERMISSIVE_MAX ||
        (row->is_listed && p->listed >= BROKER_PERMISSIVE_LISTED) ||
        table_put(&p->rows, row->key, row->length, row) != OK) {
        return false;
    }
    struct broker_permissive_row **end = p->first == NULL ? &p->first : &p->last->next;
    *end = row;
    p->last = row;
    p->listed += row->is_listed ? 1 : 0;
    if (!p->timer.armed) {
        (void)!loop_timer_set(b->role.loop, &p->timer, row->due_ms); /* or by the next */
    }
    return true;
}

static void count_lost(struct broker *b)
{
    struct broker_permissive *p = &b->permissive;

    p->lost_ms = p->lost == 0 ? clock_wall_ms() : p->lost_ms;
    p->lost += p->lost < UINT32_MAX ? 1 : 0;
    if (!p->timer.armed) { /* where there is no row either */
        (void)!loop_timer_set(b->role.loop, &p->timer,
            loop_now_ms(b->role.loop) + BROKER_PERMISSIVE_MS); /* or by the next */
    }
}

void broker_permissive_add(
    struct broker_session *s, const struct broker_permissive_difference *difference)
{
    struct broker *b = s->broker;
    struct broker_permissive_row *row = mem_alloc(1, sizeof(*row));

    if (row == NULL) {
        count_lost(b);
        return;
    }
    fill(row, s, difference);
    struct broker_permissive_row *found =
        table_get(&b->permissive.rows, row->key, row->length);
    if (found != NULL) {
        found->more += found->more < UINT32_MAX ? 1 : 0;
        found->last_ms = row->first_ms;
        mem_free(row);
        return;
    }
    if (!insert(b, row)) {
        count_lost(b);
        mem_free(row);
        return;
    }
    struct ipc_event event = event_of(row);
    broker_event_of(s, &event);
}
