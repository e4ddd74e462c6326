#include "broker_ledger.h"

#include "broker_event.h"
#include "clock.h"
#include "log.h"
#include "mem.h"

#include <inttypes.h>
#include <string.h>

#define PAGES_MAX 131072

struct page {
    struct broker_author author;
    int64_t since_ms;  /* wall time */
    uint64_t produced; /* bytes */
    uint64_t consumed;
    bool is_over;
    const char *why;
};

void broker_ledger_init(struct broker *b)
{
    table_init(&b->ledger.pages, PAGES_MAX);
}

void broker_ledger_fini(struct broker *b)
{
    struct page *page;

    for (size_t cursor = 0; (page = table_next(&b->ledger.pages, &cursor)) != NULL;) {
        mem_free(page);
    }
    table_fini(&b->ledger.pages);
}

static struct page *find(const struct broker *b, uint64_t gate)
{
    return table_get(&b->ledger.pages, &gate, sizeof(gate));
}

void broker_ledger_open(struct broker_session *s)
{
    struct broker *b = s->broker;
    struct ipc_event event = {.kind = IPC_EVENT_SESSION,
        .outcome = IPC_OUTCOME_SUCCESS,
        .operation = ipc_text("start")};

    if (find(b, s->gate) != NULL) {
        return;
    }
    struct page *page = mem_alloc(1, sizeof(*page));
    if (page == NULL ||
        table_put(&b->ledger.pages, &s->gate, sizeof(s->gate), page) != OK) {
        uint64_t left_out = 0;
        if (log_limit_allows(&b->audit_log, loop_now_ms(b->role.loop), &left_out)) {
            log_err("a session is not in the ledger: what it does with data is recorded "
                    "without a principal; %llu more not shown [AUD015]",
                (unsigned long long)left_out);
        }
        mem_free(page);
    } else {
        broker_event_note_author(&page->author, s);
        page->since_ms = clock_wall_ms();
    }
    (void)broker_event_of(s, &event);
}

static void end(struct broker *b, struct page *page)
{
    char reason[160];
    struct ipc_event event = {.kind = IPC_EVENT_SESSION,
        .outcome = IPC_OUTCOME_SUCCESS,
        .operation = ipc_text("end"),
        .bytes = page->produced + page->consumed,
        .first_time_ms = page->since_ms};

    (void)snprintf(reason, sizeof(reason),
        "%s after %" PRId64 " ms; %" PRIu64 " bytes produced, %" PRIu64 " consumed",
        page->why, clock_wall_ms() - page->since_ms, page->produced, page->consumed);
    event.reason = ipc_text(reason);
    broker_event_by(b, &page->author, &event);
    (void)table_remove(
        &b->ledger.pages, &page->author.session, sizeof(page->author.session));
    mem_free(page);
}

void broker_ledger_close(struct broker_session *s, const char *why, bool is_owed)
{
    struct page *page = find(s->broker, s->gate);

    if (page == NULL || page->is_over) {
        return;
    }
    broker_event_note_author(&page->author, s); /* its client has a name by now */
    page->is_over = true;
    page->why = why;
    if (!is_owed) {
        end(s->broker, page);
    }
}

void broker_ledger_on_revoked(struct broker *b, const struct ipc_revoked *told)
{
    struct page *page = told->handle == 0 ? find(b, told->gate) : NULL;

    if (page != NULL && page->is_over) {
        end(b, page);
    }
}

static uint32_t count_of(const struct ipc_used *used)
{
    return used->jumps == UINT32_MAX ? UINT32_MAX : used->jumps + 1;
}

enum err broker_ledger_on_used(void *context, const struct ipc_received *m)
{
    struct broker *b = context;
    const struct ipc_used *used = &m->body.used;
    struct page *page = find(b, used->gate);
    const struct broker_session *s = broker_session_find(b, used->gate);
    bool write = used->operation == IPC_OPERATION_WRITE;
    const struct broker_author nobody = {.session = used->gate};
    struct wire_uuid id;

    memcpy(id.bytes, used->topic_id.bytes, sizeof(id.bytes));
    const struct meta_topic *topic = meta_image_topic_by_id(&b->image, id);
    struct ipc_event event = {.kind = write ? IPC_EVENT_PRODUCE : IPC_EVENT_CONSUME,
        .outcome = IPC_OUTCOME_SUCCESS,
        .api = ipc_text(write ? "Produce" : "Fetch"),
        .operation = ipc_text(write ? "write" : "read"),
        .resource = ipc_text("topic"),
        .reason = ipc_text(used->jumps > 0 ? "in pieces between these offsets" : ""),
        .count = count_of(used),
        .partition = used->partition,
        .first_offset = used->first_offset,
        .last_offset = used->last_offset,
        .records = used->records,
        .bytes = used->bytes,
        .time_ms = used->last_time_ms,
        .first_time_ms = used->first_time_ms};
    if (topic != NULL) {
        event.name = (struct ipc_view){
            .ptr = (const uint8_t *)topic->name, .len = topic->name_length};
    }
    if (page != NULL) {
        page->produced += write ? used->bytes : 0;
        page->consumed += write ? 0 : used->bytes;
        if (s != NULL && !page->is_over) {
            broker_event_note_author(&page->author, s);
        }
    }
    broker_event_by(b, page == NULL ? &nobody : &page->author, &event);
    return OK;
}
