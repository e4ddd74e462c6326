#include "policy_build_parts.h"

#include "mem.h"

#include <string.h>

/* --- what everything that is given is copied to ------------------------------------------- */

static void fail(struct policy_build *b, enum err e)
{
    b->error = b->error == OK ? e : b->error;
}

static void refuse(struct policy_build *b, const char *too_many)
{
    if (b->error == OK) {
        b->error = ERR_FULL;
        b->too_many = too_many;
    }
}

/* A zeroed element more, or NULL: nothing is added any more behind a failure. */
static void *add(
    struct policy_build *b, struct policy_build_array *a, size_t limit, const char *what)
{
    if (a->count >= limit) {
        refuse(b, what);
    }
    if (b->error != OK) {
        return NULL;
    }
    if (a->count == a->capacity) {
        size_t capacity = a->capacity == 0 ? 16 : 2 * a->capacity;
        void *items = mem_resize(a->items, capacity, a->size);
        if (items == NULL) {
            fail(b, ERR_NOMEM);
            return NULL;
        }
        a->items = items;
        a->capacity = capacity;
    }
    void *item = (uint8_t *)a->items + a->count * a->size;
    memset(item, 0, a->size);
    a->count++;
    return item;
}

static struct policy_view copy(struct policy_build *b, struct policy_view v)
{
    char *text =
        v.len > POLICY_BLOB_MAX ? NULL : arena_copy_text(&b->arena, v.ptr, v.len);

    if (text == NULL) {
        if (b->arena.used + v.len > POLICY_BLOB_MAX) {
            refuse(b, "bytes");
        }
        fail(b, ERR_NOMEM);
        return (struct policy_view){(const uint8_t *)"", 0};
    }
    return (struct policy_view){(const uint8_t *)text, v.len};
}

static void array_init(struct policy_build_array *a, size_t size)
{
    *a = (struct policy_build_array){.size = size};
}

struct policy_build *policy_build_new(void)
{
    struct policy_build *b = mem_alloc(1, sizeof(*b));

    if (b == NULL) {
        return NULL;
    }
    arena_init(&b->arena, 2 * POLICY_BLOB_MAX);
    array_init(&b->files, sizeof(struct policy_view));
    array_init(&b->teams, sizeof(struct policy_team));
    array_init(&b->members, sizeof(struct policy_build_member));
    array_init(&b->exclusives, sizeof(struct policy_pair));
    array_init(&b->rules, sizeof(struct policy_build_row));
    array_init(&b->conditions, sizeof(struct policy_condition));
    array_init(&b->nets, sizeof(struct policy_net));
    array_init(&b->listeners, sizeof(struct policy_view));
    array_init(&b->items, sizeof(struct policy_build_item));
    table_init(&b->known, POLICY_RULES_MAX);
    buf_init(&b->key, POLICY_BLOB_MAX);
    return b;
}

void policy_build_free(struct policy_build **pointer)
{
    struct policy_build *b = *pointer;

    if (b == NULL) {
        return;
    }
    struct policy_build_array *const arrays[] = {&b->files, &b->teams, &b->members,
        &b->exclusives, &b->rules, &b->conditions, &b->nets, &b->listeners, &b->items};
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        mem_free(arrays[i]->items);
    }
    table_fini(&b->known);
    buf_fini(&b->key);
    arena_fini(&b->arena);
    mem_free(b);
    *pointer = NULL;
}

/* --- who ------------------------------------------------------------------------------------ */

uint32_t policy_build_file(struct policy_build *b, const char *name)
{
    struct policy_view *file = add(b, &b->files, POLICY_FILES_MAX, "files");

    if (file == NULL) {
        return 0;
    }
    *file = copy(b, (struct policy_view){(const uint8_t *)name, strlen(name)});
    return (uint32_t)(b->files.count - 1);
}

uint32_t policy_build_team(struct policy_build *b, struct policy_view name,
    const struct policy_view *members, size_t count, struct policy_view source,
    struct policy_view group)
{
    struct policy_team *team = add(b, &b->teams, POLICY_TEAM_COUNT_MAX, "teams");
    uint32_t number = (uint32_t)(b->teams.count - 1);

    if (team == NULL) {
        return 0;
    }
    *team = (struct policy_team){copy(b, name), copy(b, source), copy(b, group)};
    for (size_t i = 0; i < count; i++) {
        struct policy_build_member *member =
            add(b, &b->members, POLICY_ENTRIES_MAX, "members of teams");
        if (member == NULL) {
            break;
        }
        member->name = copy(b, members[i]);
        member->team = number;
        if (members[i].len == 0) {
            fail(b, ERR_INVALID);
        }
    }
    return number;
}

void policy_build_exclusive(struct policy_build *b, uint32_t team, uint32_t other)
{
    if (b->error != OK) { /* the numbers may be of teams that were not added */
        return;
    }
    INVARIANT(team < b->teams.count && other < b->teams.count);
    if (team == other) {
        return;
    }
    struct policy_pair *pair =
        add(b, &b->exclusives, POLICY_EXCLUSIVES_MAX, "pairs of exclusive teams");
    if (pair != NULL) {
        pair->first = team < other ? team : other;
        pair->second = team < other ? other : team;
    }
}

/* --- conditions: those that ask for the same are one --------------------------------------- */

static bool asks_for_nothing(const struct policy_build_condition *c)
{
    return c->net_count == 0 && c->listener_count == 0 && c->methods == 0 &&
           c->tls_min == 0 && c->age_ms <= 0 && c->issuer.len == 0 && c->after_ms <= 0 &&
           c->until_ms <= 0;
}

static void add_number(struct buf *key, uint64_t number)
{
    buf_add(key, &number, sizeof(number));
}

static void make_key(struct policy_build *b, const struct policy_build_condition *c)
{
    buf_reset(&b->key);
    add_number(&b->key, c->is_outside ? 1 : 0);
    add_number(&b->key, c->methods);
    add_number(&b->key, c->tls_min);
    add_number(&b->key, (uint64_t)c->age_ms);
    add_number(&b->key, (uint64_t)c->after_ms);
    add_number(&b->key, (uint64_t)c->until_ms);
    add_number(&b->key, c->issuer.len);
    buf_add(&b->key, c->issuer.ptr, c->issuer.len);
    add_number(&b->key, c->net_count);
    for (size_t i = 0; i < c->net_count; i++) {
        buf_add(&b->key, c->nets[i].address, sizeof(c->nets[i].address));
        buf_add(&b->key, &c->nets[i].bits, 1);
    }
    for (size_t i = 0; i < c->listener_count; i++) {
        add_number(&b->key, c->listeners[i].len);
        buf_add(&b->key, c->listeners[i].ptr, c->listeners[i].len);
    }
    if (buf_error(&b->key) != OK) {
        fail(b, buf_error(&b->key));
    }
}

static void fill_condition(struct policy_build *b, struct policy_condition *row,
    const struct policy_build_condition *c)
{
    *row = (struct policy_condition){.nets = (uint32_t)c->net_count,
        .is_outside = c->is_outside && c->net_count > 0 ? 1 : 0,
        .listeners = (uint32_t)c->listener_count,
        .methods = c->methods,
        .tls_min = c->tls_min,
        .age_ms = c->age_ms > 0 ? c->age_ms : 0,
        .issuer = copy(b, c->issuer),
        .after_ms = c->after_ms > 0 ? c->after_ms : 0,
        .until_ms = c->until_ms > 0 ? c->until_ms : 0};
    for (size_t i = 0; i < c->net_count; i++) {
        struct policy_net *net =
            add(b, &b->nets, POLICY_ENTRIES_MAX, "networks of conditions");
        if (net == NULL) {
            return;
        }
        INVARIANT(c->nets[i].bits <= 128 && policy_net_is_sound(&c->nets[i]));
        *net = c->nets[i];
    }
    for (size_t i = 0; i < c->listener_count; i++) {
        struct policy_view *listener =
            add(b, &b->listeners, POLICY_LISTENERS_MAX, "listeners of conditions");
        if (listener == NULL) {
            return;
        }
        *listener = copy(b, c->listeners[i]);
    }
}

/* Its number + 1, or 0 for none. */
static uint32_t condition_number(
    struct policy_build *b, const struct policy_build_condition *c)
{
    if (asks_for_nothing(c)) {
        return 0;
    }
    make_key(b, c);
    if (b->error != OK) {
        return 0;
    }
    const uint32_t *known = table_get(&b->known, b->key.bytes, b->key.length);
    if (known != NULL) {
        return *known;
    }
    uint32_t *number = arena_alloc(&b->arena, 1, sizeof(*number));
    struct policy_condition *row = add(b, &b->conditions, POLICY_RULES_MAX, "conditions");
    if (number == NULL || row == NULL) {
        fail(b, ERR_NOMEM);
        return 0;
    }
    *number = (uint32_t)b->conditions.count;
    fill_condition(b, row, c);
    if (table_put(&b->known, b->key.bytes, b->key.length, number) != OK) {
        fail(b, ERR_NOMEM);
    }
    return *number;
}

/* --- rules ---------------------------------------------------------------------------------- */

static struct policy_key key_of(
    struct policy_build *b, const struct policy_build_target *t)
{
    if (t->resource == POLICY_CLUSTER) {
        return (struct policy_key){POLICY_CLUSTER, 0, policy_cluster_name()};
    }
    if (!t->is_prefix && t->name.len == 0) {
        fail(b, ERR_INVALID);
    }
    return (struct policy_key){
        (uint32_t)t->resource, t->is_prefix ? 1 : 0, copy(b, t->name)};
}

static void add_pairs(struct policy_build *b, const struct policy_build_rule *rule,
    const struct policy_build_subject *subject, struct policy_view name)
{
    for (size_t i = 0; i < rule->target_count; i++) {
        struct policy_build_item *item = NULL;
        if ((rule->targets[i].operations & POLICY_BITS_ALL) != 0) {
            item =
                add(b, &b->items, POLICY_ENTRIES_MAX, "pairs of a principal and a name");
        }
        if (item != NULL) {
            *item = (struct policy_build_item){.key = b->keys[i],
                .kind = subject->kind,
                .name = name,
                .team = subject->team,
                .rule = (uint32_t)(b->rules.count - 1),
                .operations = rule->targets[i].operations & POLICY_BITS_ALL};
        }
    }
}

static void check_rule(struct policy_build *b, const struct policy_build_rule *rule)
{
    INVARIANT(rule->effect < POLICY_EFFECTS && rule->file < b->files.count);
    INVARIANT((rule->condition.methods >> POLICY_METHODS) == 0);
    for (size_t i = 0; i < rule->target_count; i++) {
        INVARIANT(rule->targets[i].resource >= POLICY_TOPIC &&
                  rule->targets[i].resource <= POLICY_USER);
    }
    for (size_t i = 0; i < rule->subject_count; i++) {
        const struct policy_build_subject *s = &rule->subjects[i];
        INVARIANT(s->kind != POLICY_SUBJECT_TEAM || s->team < b->teams.count);
        if (s->kind == POLICY_SUBJECT_PRINCIPAL && s->name.len == 0) {
            fail(b, ERR_INVALID);
        }
    }
}

void policy_build_rule(struct policy_build *b, const struct policy_build_rule *rule)
{
    if (b->error != OK) { /* ... and so with the rule's file */
        return;
    }
    check_rule(b, rule);
    struct policy_build_row *row = add(b, &b->rules, POLICY_RULES_MAX, "rules");
    b->keys = arena_alloc(&b->arena, rule->target_count, sizeof(*b->keys));
    if (row == NULL || b->keys == NULL) {
        fail(b, ERR_NOMEM);
        return;
    }
    *row = (struct policy_build_row){.effect = rule->effect,
        .file = rule->file,
        .line = rule->line,
        .id = copy(b, rule->id),
        .condition = condition_number(b, &rule->condition)};
    for (size_t i = 0; i < rule->target_count; i++) {
        b->keys[i] = key_of(b, &rule->targets[i]);
    }
    for (size_t i = 0; i < rule->subject_count && b->error == OK; i++) {
        const struct policy_build_subject *s = &rule->subjects[i];
        struct policy_view name = {(const uint8_t *)"", 0};
        add_pairs(
            b, rule, s, s->kind == POLICY_SUBJECT_PRINCIPAL ? copy(b, s->name) : name);
    }
}

void policy_build_header(struct policy_build *b, struct policy_view cluster,
    uint64_t serial, uint32_t signatures)
{
    b->cluster = copy(b, cluster);
    b->serial = serial;
    b->signatures = signatures;
}
