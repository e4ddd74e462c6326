/*
 * broker_last_use - DescribeLastUse: when principals last logged in, and how. It is known
 * since this process began, and is not written down.
 */
#include "broker_admin.h"
#include "broker_event.h"
#include "broker_principal.h"
#include "wire_admin.h"
#include "wire_code.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 1000 /* principals in one answer */

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct broker_principal *const *)a)->name,
        (*(const struct broker_principal *const *)b)->name);
}

static bool is_behind(const struct broker_principal *row, struct wire_view name)
{
    size_t length = strlen(row->name);
    size_t least = length < name.len ? length : name.len;
    int order = least == 0 ? 0 : memcmp(row->name, name.ptr, least);

    return order > 0 || (order == 0 && length > name.len);
}

static const struct broker_principal **collect_all(
    struct broker *b, const struct describe_last_use_request *r, size_t *count_out)
{
    const struct table *rows = &b->principals.rows;
    const struct broker_principal **list =
        arena_alloc(&b->arena, rows->count + 1, sizeof(const struct broker_principal *));
    const struct broker_principal *row;
    size_t count = 0;

    for (size_t cursor = 0; list != NULL && (row = table_next(rows, &cursor)) != NULL;) {
        if (row->login_ms != 0 && is_behind(row, r->after_name)) {
            list[count++] = row;
        }
    }
    if (count > 1) {
        qsort(list, count, sizeof(const struct broker_principal *), by_name);
    }
    *count_out = count;
    return list;
}

/* In the order of the question; those of whom nothing is known are left out. */
static const struct broker_principal **collect_named(
    struct broker *b, const struct describe_last_use_request *r, size_t *count_out)
{
    const struct wire_view *names = r->names.items;
    const struct broker_principal **list = arena_alloc(
        &b->arena, (size_t)r->names.count + 1, sizeof(const struct broker_principal *));
    size_t count = 0;

    for (int32_t i = 0; list != NULL && i < r->names.count; i++) {
        const struct broker_principal *row = broker_principal_find(b, names[i]);
        if (row != NULL && row->login_ms != 0) {
            list[count++] = row;
        }
    }
    *count_out = count;
    return list;
}

static void fill(struct broker *b, const struct describe_last_use_request *r,
    struct describe_last_use_response *out)
{
    size_t page = r->limit < 1 || r->limit > PAGE_MAX ? PAGE_MAX : (size_t)r->limit;
    size_t count = 0;
    const struct broker_principal **list =
        r->names.count < 0 ? collect_all(b, r, &count) : collect_named(b, r, &count);

    page = count < page ? count : page;
    struct describe_last_use_response_user *rows =
        arena_alloc(&b->arena, page + 1, sizeof(*rows));
    if (list == NULL || rows == NULL) {
        out->error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
        out->error_message = meta_view("no memory for the list");
        return;
    }
    for (size_t i = 0; i < page; i++) {
        rows[i] = (struct describe_last_use_response_user){
            .principal = meta_view(list[i]->name),
            .login_ms = list[i]->login_ms,
            .mechanism = meta_view(list[i]->mechanism),
            .address = meta_view(list[i]->address),
            .sessions = (int32_t)list[i]->sessions};
    }
    out->users = (struct wire_array){.items = rows, .count = (int32_t)page};
    if (page > 0 && page < count && r->names.count < 0) {
        out->next_name = rows[page - 1].principal;
    }
}

void broker_on_describe_last_use(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_last_use_request *r = request;
    struct broker *b = s->broker;
    struct describe_last_use_response response = {.error_message = meta_view(""),
        .since_ms = b->principals.since_ms,
        .forgotten = (int64_t)b->principals.forgotten,
        .next_name = meta_view("")};

    fill(b, r, &response);
    broker_event_look(s, "list", "last-use", meta_view(""));
    broker_respond(b, call, &response);
}
