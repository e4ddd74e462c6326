#include "broker_denial.h"

#include "broker_event.h"
#include "clock.h"
#include "mem.h"
#include "rand.h"
#include "text.h"
#include "wire_code.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define KEY_MAX (BROKER_PRINCIPAL_MAX + 2 * IPC_ADDRESS_MAX + 32 + 32 + 255 + 8)

/* Of a principal in one network. */
struct owner {
    size_t length; /* of its key, which begins the keys of its rows */
    size_t rows;
};

struct broker_denial {
    struct broker_denial *next;
    struct owner *owner;
    uint8_t key[KEY_MAX];
    size_t length;
    char decision[BROKER_DECISION_MAX + 1];
    uint64_t record; /* of the first */
    struct broker_author author;
    char operation[33];
    char resource[33];
    char name[256];
    size_t name_length;
    char rule[65];
    char api[65];
    uint64_t serial;
    uint32_t more; /* besides the first */
    int64_t first_ms;
    int64_t last_ms;
    int64_t due_ms;
};

static void on_timer(void *context);

void broker_denials_init(struct broker *b)
{
    struct broker_denials *d = &b->denials;

    *d = (struct broker_denials){0};
    table_init(&d->rows, BROKER_DENIALS_MAX);
    table_init(&d->owners, BROKER_DENIALS_MAX);
    rand_bytes(&d->boot, sizeof(d->boot));
    d->timer = (struct loop_timer){.on_timer = on_timer, .context = b};
}

/* --- rows ------------------------------------------------------------------------------- */

static void add_part(struct broker_denial *row, const void *text, size_t length)
{
    size_t room = sizeof(row->key) - row->length - 1;

    length = length < room ? length : room;
    if (length > 0) {
        memcpy(row->key + row->length, text, length);
    }
    row->length += length;
    row->key[row->length++] = '\0';
}

static void copy_text(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text == NULL ? "" : text);
}

static void tell_more(struct broker *b, const struct broker_denial *row)
{
    struct ipc_event event = {.kind = IPC_EVENT_DENIED,
        .outcome = IPC_OUTCOME_DENIED,
        .operation = ipc_text(row->operation),
        .resource = ipc_text(row->resource),
        .name = {.ptr = (const uint8_t *)row->name, .len = row->name_length},
        .rule = ipc_text(row->rule),
        .api = ipc_text(row->api),
        .serial = row->serial,
        .decision = ipc_text(row->decision),
        .reason = ipc_text("again"),
        .count = row->more,
        .time_ms = row->last_ms,
        .first_time_ms = row->first_ms};

    if (row->more > 0) {
        broker_event_by(b, &row->author, &event);
    }
}

static void forget_owner(
    struct broker_denials *d, const struct broker_denial *row, struct owner *owner)
{
    if (owner != NULL && owner->rows == 0) {
        (void)table_remove(&d->owners, row->key, owner->length);
        mem_free(owner);
    }
}

static void end_first(struct broker *b)
{
    struct broker_denials *d = &b->denials;
    struct broker_denial *row = d->first;
    struct owner *owner = row->owner;

    tell_more(b, row);
    d->first = row->next;
    d->last = d->first == NULL ? NULL : d->last;
    (void)table_remove(&d->rows, row->key, row->length);
    owner->rows--;
    forget_owner(d, row, owner);
    mem_free(row);
}

/* Nobody's in particular: they are of many. */
static void tell_rest(struct broker *b)
{
    struct broker_denial_rest *rest = &b->denials.rest;
    const struct broker_author nobody = {.session = 0};
    struct ipc_event event = {.kind = IPC_EVENT_DENIED,
        .outcome = IPC_OUTCOME_DENIED,
        .decision = ipc_text(rest->decision),
        .reason = ipc_text("refusals of several clients: too many at once"),
        .count = rest->more,
        .time_ms = rest->last_ms,
        .first_time_ms = rest->first_ms};

    if (rest->more > 0) {
        broker_event_by(b, &nobody, &event);
    }
    *rest = (struct broker_denial_rest){.until_ms = 0};
}

static void set_timer(struct broker *b)
{
    struct broker_denials *d = &b->denials;
    int64_t due_ms = d->first != NULL ? d->first->due_ms : d->rest.until_ms;

    if ((d->first != NULL || d->rest.more > 0) &&
        loop_timer_set(b->role.loop, &d->timer, due_ms) != OK) {
        broker_denials_flush(b); /* too early is better than never */
    }
}

static void on_timer(void *context)
{
    struct broker *b = context;
    struct broker_denials *d = &b->denials;
    int64_t now_ms = loop_now_ms(b->role.loop);

    while (d->first != NULL && d->first->due_ms <= now_ms) {
        end_first(b);
    }
    if (d->rest.until_ms <= now_ms) {
        tell_rest(b);
    }
    set_timer(b);
}

void broker_denials_flush(struct broker *b)
{
    while (b->denials.first != NULL) {
        end_first(b);
    }
    tell_rest(b);
}

void broker_denials_fini(struct broker *b)
{
    broker_denials_flush(b);
    loop_timer_cancel(b->role.loop, &b->denials.timer);
    table_fini(&b->denials.rows);
    table_fini(&b->denials.owners);
}

static struct owner *owner_of(struct broker_denials *d, const struct broker_denial *row)
{
    struct owner *owner = table_get(&d->owners, row->key, row->length);

    if (owner != NULL) {
        return owner;
    }
    owner = mem_alloc(1, sizeof(*owner));
    if (owner == NULL || table_put(&d->owners, row->key, row->length, owner) != OK) {
        mem_free(owner);
        return NULL;
    }
    owner->length = row->length;
    return owner;
}

static bool insert(struct broker *b, struct broker_denial *row, struct owner *owner)
{
    struct broker_denials *d = &b->denials;

    row->due_ms = loop_now_ms(b->role.loop) + BROKER_DENIAL_MS;
    if (table_put(&d->rows, row->key, row->length, row) != OK) {
        return false;
    }
    struct broker_denial **end = d->first == NULL ? &d->first : &d->last->next;
    *end = row;
    d->last = row;
    row->owner = owner;
    owner->rows++;
    if (!d->timer.armed) {
        (void)!loop_timer_set(b->role.loop, &d->timer, row->due_ms); /* or by the next */
    }
    return true;
}

static void name_what(struct broker_denial *row, const struct broker_refusal *refusal)
{
    struct ipc_view name = ipc_cut(
        (struct ipc_view){.ptr = refusal->name.ptr, .len = refusal->name.len}, 255);

    copy_text(row->operation, sizeof(row->operation), refusal->operation);
    copy_text(row->resource, sizeof(row->resource), refusal->resource);
    copy_text(row->rule, sizeof(row->rule), refusal->rule);
    if (name.len > 0) {
        memcpy(row->name, name.ptr, name.len);
    }
    row->name_length = name.len;
    add_part(row, row->operation, strlen(row->operation));
    add_part(row, row->resource, strlen(row->resource));
    add_part(row, row->name, row->name_length);
}

static void new_id(struct broker_denials *d, char out[BROKER_DECISION_MAX + 1])
{
    (void)snprintf(
        out, BROKER_DECISION_MAX + 1, "%08" PRIx32 "-%" PRIx64, d->boot, ++d->counter);
}

/* --- Apache Kafka's own line ------------------------------------------------------------ */

static void kafka_words(
    const struct broker_denial *row, char operation[33], const char **type)
{
    static const struct {
        const char *ours;
        const char *theirs;
    } types[] = {{"topic", "Topic"}, {"group", "Group"}, {"cluster", "Cluster"},
        {"txn", "TransactionalId"}, {"token", "DelegationToken"}, {"user", "User"}};
    size_t i = 0;

    for (; row->operation[i] != '\0'; i++) {
        operation[i] = row->operation[i] == '-'
                           ? '_'
                           : (char)toupper((unsigned char)row->operation[i]);
    }
    operation[i] = '\0';
    *type = "Unknown";
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        *type = strcmp(types[i].ours, row->resource) == 0 ? types[i].theirs : *type;
    }
}

/* The words and their order are those of its StandardAuthorizer, for rules that look for
 * them. */
static void print_line(struct broker *b, const struct broker_denial *row)
{
    char principal[4 * BROKER_PRINCIPAL_MAX + 1];
    char name[4 * 255 + 1];
    char operation[33];
    const char *type;

    if (!b->config.authorizer_log) {
        return;
    }
    kafka_words(row, operation, &type);
    text_escape(principal, sizeof(principal), row->author.principal,
        strlen(row->author.principal));
    text_escape(name, sizeof(name), row->name, row->name_length);
    log_info("Principal = %s is Denied operation = %s from host = %s on resource = "
             "%s:LITERAL:%s for request = %s with resourceRefCount = 1 based on rule %s "
             "[AUD013]",
        principal, operation, row->author.address, type, name, row->api,
        row->rule[0] == '\0' ? "DefaultDeny" : row->rule);
}

/* --- a refusal -------------------------------------------------------------------------- */

static uint64_t tell_first(
    struct broker_session *s, const struct broker_denial *row, const char *reason)
{
    struct ipc_event event = {.kind = IPC_EVENT_DENIED,
        .outcome = IPC_OUTCOME_DENIED,
        .operation = ipc_text(row->operation),
        .resource = ipc_text(row->resource),
        .name = {.ptr = (const uint8_t *)row->name, .len = row->name_length},
        .rule = ipc_text(row->rule),
        .api = ipc_text(row->api),
        .serial = row->serial,
        .decision = ipc_text(row->decision),
        .reason = ipc_text(reason)};

    print_line(s->broker, row);
    return broker_event_of(s, &event);
}

/* A host may pick any address in its /64. */
static void add_network(struct broker_denial *row)
{
    struct in6_addr address;

    if (inet_pton(AF_INET6, row->author.address, &address) == 1) {
        add_part(row, &address, 8);
    } else {
        add_part(row, row->author.address, strlen(row->author.address));
    }
}

/* The key of what is counted together, and whether that is there already. */
static struct broker_denial *find(struct broker *b, struct broker_denial *row,
    const struct broker_refusal *refusal, struct owner **owner)
{
    struct broker_denials *d = &b->denials;

    add_part(row, row->author.principal, strlen(row->author.principal));
    add_network(row);
    *owner = owner_of(d, row);
    size_t length = row->length;
    add_part(row, row->author.address, strlen(row->author.address));
    name_what(row, refusal);
    struct broker_denial *found = table_get(&d->rows, row->key, row->length);
    if (found == NULL && *owner != NULL && (*owner)->rows >= BROKER_DENIAL_NAMES_MAX) {
        row->length = length; /* the names behind the last, as one */
        add_part(row, "", 0);
        found = table_get(&d->rows, row->key, row->length);
    }
    return found;
}

/* Whether one that has no row is told by itself. */
static bool may_tell(struct broker *b)
{
    struct broker_denial_rest *rest = &b->denials.rest;
    int64_t now_ms = loop_now_ms(b->role.loop);

    if (rest->until_ms <= now_ms) {
        tell_rest(b);
        rest->until_ms = now_ms + BROKER_DENIAL_MS;
    }
    return rest->told++ < BROKER_DENIALS_PLAIN;
}

static void count(struct broker *b, int64_t now_ms)
{
    struct broker_denial_rest *rest = &b->denials.rest;

    rest->told = BROKER_DENIALS_PLAIN;
    if (rest->more == 0) {
        new_id(&b->denials, rest->decision);
        rest->first_ms = now_ms;
    }
    rest->more += rest->more < UINT32_MAX ? 1 : 0;
    rest->last_ms = now_ms;
    if (!b->denials.timer.armed) {
        set_timer(b);
    }
}

/* It was told before, or is told later with others: under that id. */
static void tell_later(struct broker_session *s, const char *decision, uint64_t record)
{
    copy_text(s->decision, sizeof(s->decision), decision);
    s->refused_record = record;
    broker_event_needs_record(s, record);
}

void broker_denial_add(struct broker_session *s, const struct broker_refusal *refusal)
{
    struct broker *b = s->broker;
    struct owner *owner = NULL;
    int64_t now_ms = clock_wall_ms();
    struct broker_denial *row = mem_alloc(1, sizeof(*row));
    struct broker_denial plain; /* where there is no memory, each is told */
    struct broker_denial *used = row == NULL ? &plain : row;

    *used = (struct broker_denial){.serial = b->policy_serial, .first_ms = now_ms};
    broker_event_note_author(&used->author, s);
    copy_text(used->api, sizeof(used->api), broker_event_api(s, refusal->operation));
    struct broker_denial *found = find(b, used, refusal, &owner);
    if (found != NULL) {
        found->more++;
        found->last_ms = now_ms;
        tell_later(s, found->decision, found->record);
        mem_free(row);
        return;
    }
    bool is_rest = owner != NULL && owner->rows >= BROKER_DENIAL_NAMES_MAX;
    bool is_kept = row != NULL && owner != NULL && insert(b, row, owner);
    if (is_kept || may_tell(b)) {
        new_id(&b->denials, used->decision);
        copy_text(s->decision, sizeof(s->decision), used->decision);
        used->record =
            tell_first(s, used, is_rest ? "and other names, which are only counted" : "");
        s->refused_record = used->record;
    } else {
        count(b, now_ms);
        tell_later(s, b->denials.rest.decision, b->trail.sent);
    }
    if (!is_kept) {
        forget_owner(&b->denials, used, owner);
        mem_free(row);
    }
}

const char *broker_denial_text(struct broker_session *s, int16_t code)
{
    static const struct {
        int16_t code;
        const char *words;
    } all[] = {{WIRE_CODE_TOPIC_AUTHORIZATION_FAILED, "Topic authorization failed."},
        {WIRE_CODE_GROUP_AUTHORIZATION_FAILED, "Group authorization failed."},
        {WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED, "Cluster authorization failed."},
        {WIRE_CODE_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            "Transactional ID authorization failed."}};
    const char *words = "Authorization failed.";
    char text[128];

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        words = all[i].code == code ? all[i].words : words;
    }
    (void)snprintf(text, sizeof(text), "%s (decision %s)", words, s->decision);
    const char *copy = arena_copy_text(&s->broker->arena, text, strlen(text));
    return copy == NULL ? words : copy;
}
