#include "policytool_replay.h"

#include "mem.h"
#include "policytool_table.h"
#include "policytool_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_LENGTH 5 /* User: */
#define TEXT_MAX    ((size_t)65536)

/* Owns its text: the principal, then the name. */
struct policytool_replay_row {
    struct policy_decision decision; /* borrows from the policy */
    enum policy_operation operation;
    enum policy_resource resource;
    struct policy_view principal;
    struct policy_view name;
    uint8_t address[16]; /* of the first */
    bool has_others;
    int64_t first_ms;
    int64_t last_ms;
    uint64_t count;
    uint8_t text[];
};

void policytool_replay_init(struct policytool_replay *r, const struct policytool_set *set,
    struct policytool_supers supers)
{
    *r = (struct policytool_replay){.set = set, .supers = supers};
    table_init(&r->rows, POLICYTOOL_REPLAY_MAX);
}

void policytool_replay_fini(struct policytool_replay *r)
{
    struct policytool_replay_row *row = NULL;
    size_t cursor = 0;

    while ((row = table_next(&r->rows, &cursor)) != NULL) {
        mem_free(row);
    }
    table_fini(&r->rows);
}

/* --- the decision --- */

static bool is_super(const struct policytool_replay *r, struct policy_view principal)
{
    for (size_t i = 0; i < r->supers.count; i++) {
        const char *name = r->supers.names[i];
        if (principal.len - TYPE_LENGTH == strlen(name) &&
            memcmp(principal.ptr + TYPE_LENGTH, name, strlen(name)) == 0) {
            return true;
        }
    }
    return false;
}

static struct policy_decision ask(const struct policytool_replay *r,
    const struct policytool_use *use, const struct policy_who *who, bool on_cluster)
{
    static const struct policy_view cluster = {
        (const uint8_t *)POLICY_CLUSTER_NAME, sizeof(POLICY_CLUSTER_NAME) - 1};
    const struct policy_query query = {.who = who,
        .context = &use->context,
        .operation = on_cluster ? use->on_cluster : use->operation,
        .resource = on_cluster ? POLICY_CLUSTER : use->resource,
        .name = on_cluster ? cluster : use->name};

    return policy_decide(r->set->policy, &query);
}

/* As the broker asks: some requests may be allowed by one of two rights. */
static struct policy_decision decide(
    const struct policytool_replay *r, const struct policytool_use *use)
{
    const struct policy_identity identity = {.principal = use->principal,
        .is_super = !use->is_anonymous && is_super(r, use->principal),
        .is_anonymous = use->is_anonymous};
    struct policy_who who;

    policy_resolve(r->set->policy, &identity, &who);
    if (use->on_cluster != 0) {
        const struct policy_decision d = ask(r, use, &who, true);
        if (d.allowed) {
            return d;
        }
    }
    struct policy_decision d = ask(r, use, &who, false);
    if (use->operation == POLICY_IDEMPOTENT_WRITE && !d.allowed) {
        d.allowed = policy_allows_any(
            r->set->policy, &who, &use->context, POLICY_WRITE, POLICY_TOPIC);
        d.id = d.allowed ? "write on a topic" : d.id;
        d.file = d.allowed ? "" : d.file;
    }
    return d;
}

/* --- rows --- */

static void add_number(struct buf *key, uint32_t number)
{
    buf_add(key, &number, sizeof(number));
}

static void make_key(
    const struct policytool_use *use, const struct policy_decision *d, struct buf *key)
{
    add_number(key, d->allowed ? 1 : 0);
    add_number(key, (uint32_t)use->operation);
    add_number(key, (uint32_t)use->resource);
    add_number(key, d->rule);
    buf_add_text(key, d->id);
    buf_add(key, "", 1);
    add_number(key, (uint32_t)use->principal.len);
    buf_add(key, use->principal.ptr, use->principal.len);
    buf_add(key, use->name.ptr, use->name.len);
}

static struct policytool_replay_row *new_row(
    const struct policytool_use *use, const struct policy_decision *d)
{
    const size_t length = use->principal.len + use->name.len;
    struct policytool_replay_row *row = mem_alloc(1, sizeof(*row) + length);

    if (row == NULL) {
        return NULL;
    }
    *row = (struct policytool_replay_row){.decision = *d,
        .operation = use->operation,
        .resource = use->resource,
        .first_ms = use->first_ms,
        .last_ms = use->last_ms};
    memcpy(row->address, use->context.address, sizeof(row->address));
    memcpy(row->text, use->principal.ptr, use->principal.len);
    memcpy(row->text + use->principal.len, use->name.ptr, use->name.len);
    row->principal = (struct policy_view){row->text, use->principal.len};
    row->name = (struct policy_view){row->text + use->principal.len, use->name.len};
    return row;
}

static void count_in(struct policytool_replay_row *row, const struct policytool_use *use)
{
    const bool is_same =
        memcmp(row->address, use->context.address, sizeof(row->address)) == 0;

    row->has_others = row->has_others || !is_same;
    row->count += use->count;
    row->first_ms = use->first_ms < row->first_ms ? use->first_ms : row->first_ms;
    row->last_ms = use->last_ms > row->last_ms ? use->last_ms : row->last_ms;
}

static enum err add_row(struct policytool_replay *r, const struct policytool_use *use,
    const struct policy_decision *d, const struct buf *key)
{
    struct policytool_replay_row *row = table_get(&r->rows, key->bytes, key->length);

    if (row == NULL && r->rows.count == POLICYTOOL_REPLAY_MAX) {
        r->hidden += use->count;
        return OK;
    }
    if (row == NULL) {
        row = new_row(use, d);
        if (row == NULL || table_put(&r->rows, key->bytes, key->length, row) != OK) {
            mem_free(row);
            return ERR_NOMEM;
        }
    }
    count_in(row, use);
    return OK;
}

enum err policytool_replay_add(
    struct policytool_replay *r, const struct policytool_event *event)
{
    struct policytool_use use;
    struct buf key;

    switch (policytool_trail_read(event, &use)) {
    case POLICYTOOL_TRAIL_OTHER:
        return OK;
    case POLICYTOOL_TRAIL_BAD:
        r->bad++;
        return OK;
    case POLICYTOOL_TRAIL_USE:
        break;
    }
    r->uses += use.was_allowed ? use.count : 0;
    r->refusals += use.was_allowed ? 0 : use.count;
    const struct policy_decision d = decide(r, &use);
    if (d.allowed == use.was_allowed) {
        return OK;
    }
    buf_init(&key, 4 * TEXT_MAX);
    make_key(&use, &d, &key);
    enum err e = buf_error(&key);
    e = e == OK ? add_row(r, &use, &d, &key) : e;
    buf_fini(&key);
    return e;
}

/* --- the answer --- */

static int compare_views(struct policy_view a, struct policy_view b)
{
    const size_t shorter = a.len < b.len ? a.len : b.len;
    const int c = memcmp(a.ptr, b.ptr, shorter);

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* What is taken away first. */
static int compare_rows(const void *left, const void *right)
{
    const struct policytool_replay_row *a =
        *(const struct policytool_replay_row *const *)left;
    const struct policytool_replay_row *b =
        *(const struct policytool_replay_row *const *)right;
    int c = (int)a->decision.allowed - (int)b->decision.allowed;

    c = c != 0 ? c : compare_views(a->principal, b->principal);
    c = c != 0 ? c : (int)a->resource - (int)b->resource;
    c = c != 0 ? c : compare_views(a->name, b->name);
    c = c != 0 ? c : (int)a->operation - (int)b->operation;
    return c != 0 ? c : strcmp(a->decision.id, b->decision.id);
}

static void add_row_address(struct buf *b, const struct policytool_replay_row *row)
{
    struct policy_net net = {.bits = 128};
    char text[POLICY_NET_TEXT_MAX];

    memcpy(net.address, row->address, sizeof(net.address));
    policy_net_text(&net, text);
    buf_add(b, text, strcspn(text, "/"));
    buf_add_text(b, row->has_others ? " and others" : "");
}

static void add_rule(struct buf *b, const struct policy_decision *d)
{
    buf_add_text(b, d->id);
    if (d->file[0] != '\0') {
        buf_add_format(b, " %s:%" PRIu32, d->file, d->line);
    }
}

static void add_cells(
    struct policytool_table *table, const struct policytool_replay_row *row)
{
    policytool_table_add(table, row->decision.allowed ? "allowed" : "denied");
    buf_add_format(policytool_table_cell(table), "%" PRIu64, row->count);
    policytool_table_next(table);
    policytool_add_view(policytool_table_cell(table), row->principal);
    policytool_table_next(table);
    policytool_table_add(table, policy_operation_name(row->operation));
    policytool_table_add(table, policy_resource_name(row->resource));
    policytool_add_name(policytool_table_cell(table), row->name);
    policytool_table_next(table);
    add_row_address(policytool_table_cell(table), row);
    policytool_table_next(table);
    add_rule(policytool_table_cell(table), &row->decision);
    policytool_table_next(table);
    policytool_add_time(policytool_table_cell(table), row->first_ms);
    policytool_table_next(table);
    policytool_add_time(policytool_table_cell(table), row->last_ms);
    policytool_table_next(table);
}

static enum err write_rows(
    const struct policytool_replay *r, bool as_json, struct buf *out)
{
    static const char *const columns[] = {"NOW", "TIMES", "PRINCIPAL", "OPERATION",
        "KIND", "NAME", "FROM", "RULE", "FIRST", "LAST"};
    const size_t count = r->rows.count;
    const struct policytool_replay_row **sorted =
        mem_alloc(count == 0 ? 1 : count, sizeof(const struct policytool_replay_row *));
    const struct policytool_replay_row *row = NULL;
    struct policytool_table table;
    size_t cursor = 0;
    size_t n = 0;

    if (sorted == NULL) {
        return ERR_NOMEM;
    }
    while ((row = table_next(&r->rows, &cursor)) != NULL && n < count) {
        sorted[n++] = row;
    }
    qsort(sorted, n, sizeof(const struct policytool_replay_row *), compare_rows);
    policytool_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < n; i++) {
        add_cells(&table, sorted[i]);
    }
    const enum err e = policytool_table_write(&table, as_json, out);
    policytool_table_fini(&table);
    mem_free(sorted);
    return e;
}

static uint64_t count_rows(const struct policytool_replay *r, bool allowed)
{
    const struct policytool_replay_row *row = NULL;
    uint64_t count = 0;
    size_t cursor = 0;

    while ((row = table_next(&r->rows, &cursor)) != NULL) {
        count += row->decision.allowed == allowed ? row->count : 0;
    }
    return count;
}

static void add_json_summary(const struct policytool_replay *r, struct buf *out)
{
    buf_add_format(out,
        ", \"uses\": %" PRIu64 ", \"refusals\": %" PRIu64 ", \"denied\": %" PRIu64
        ", \"allowed\": %" PRIu64 ", \"hidden\": %" PRIu64 ", \"bad\": %" PRIu64 "}\n",
        r->uses, r->refusals, count_rows(r, false), count_rows(r, true), r->hidden,
        r->bad);
}

static void add_summary(const struct policytool_replay *r, struct buf *out)
{
    buf_add_format(out,
        "%" PRIu64 " uses and %" PRIu64 " refusals replayed: %" PRIu64
        " would be denied now, %" PRIu64 " allowed\n",
        r->uses, r->refusals, count_rows(r, false), count_rows(r, true));
    if (r->hidden > 0) {
        buf_add_format(out,
            "%" PRIu64 " more are decided otherwise, and not listed: there are more than "
            "%d different ones\n",
            r->hidden, POLICYTOOL_REPLAY_MAX);
    }
    if (r->bad > 0) {
        buf_add_format(out,
            "%" PRIu64 " lines could not be understood, and were left out\n", r->bad);
    }
    buf_add_text(out, "not in the trail: what was allowed and changed nothing (metadata, "
                      "describe), the version of TLS, issuer, groups, age of logins\n");
}

enum err policytool_replay_write(
    const struct policytool_replay *r, bool as_json, struct buf *out, bool *changes_out)
{
    enum err e = OK;

    buf_add_text(out, as_json ? "{\"changes\": " : "");
    if (as_json || r->rows.count > 0) {
        e = write_rows(r, as_json, out);
    }
    if (as_json) {
        add_json_summary(r, out);
    } else {
        add_summary(r, out);
    }
    *changes_out = r->rows.count > 0;
    return e == OK ? buf_error(out) : e;
}
