#include "meta_quota.h"

#include "mem.h"
#include "meta_name.h"

#include <string.h>

/* form, length and name of each part */
#define KEY_BYTES (META_QUOTA_TYPES * (2 + META_QUOTA_NAME_MAX))
/* As a long in Java: that is how people write that there is no limit. */
#define BYTES_MAX    9223372036854775808.0
#define OTHERS_MAX   1e9
#define WHOLE_ENOUGH 1e-6
/* From here on every double is a whole number. */
#define WHOLE_FROM 4503599627370496.0

static const struct {
    const char *name;
    double max;
    bool whole; /* no fractions */
} keys[META_QUOTA_KEYS] = {
    [META_QUOTA_PRODUCE] = {"producer_byte_rate", BYTES_MAX, true},
    [META_QUOTA_FETCH] = {"consumer_byte_rate", BYTES_MAX, true},
    [META_QUOTA_REQUEST] = {"request_percentage", OTHERS_MAX, false},
    [META_QUOTA_MUTATION] = {"controller_mutation_rate", OTHERS_MAX, false},
    [META_QUOTA_CONNECTION] = {"connection_creation_rate", INT32_MAX, true},
};

static const char *const types[META_QUOTA_TYPES] = {
    [META_QUOTA_USER] = "user",
    [META_QUOTA_CLIENT] = "client-id",
    [META_QUOTA_IP] = "ip",
};

const char *meta_quota_key_name(enum meta_quota_key key)
{
    return key < META_QUOTA_KEYS ? keys[key].name : NULL;
}

enum meta_quota_key meta_quota_key_of(struct wire_view name)
{
    size_t i = 0;

    while (i < META_QUOTA_KEYS && !meta_view_equal(meta_view(keys[i].name), name)) {
        i++;
    }
    return (enum meta_quota_key)i;
}

const char *meta_quota_type_name(enum meta_quota_type type)
{
    return type < META_QUOTA_TYPES ? types[type] : NULL;
}

enum meta_quota_type meta_quota_type_of(struct wire_view name)
{
    size_t i = 0;

    while (i < META_QUOTA_TYPES && !meta_view_equal(meta_view(types[i]), name)) {
        i++;
    }
    return (enum meta_quota_type)i;
}

/* False: a name is too long to be one. */
static bool make_key(
    const struct meta_quota_entity *entity, uint8_t out[KEY_BYTES], size_t *length_out)
{
    size_t at = 0;

    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        bool named = entity->parts[i].form == META_QUOTA_NAMED;
        struct wire_view name = named ? entity->parts[i].name : (struct wire_view){0};
        if (name.len > META_QUOTA_NAME_MAX) {
            return false;
        }
        out[at++] = (uint8_t)entity->parts[i].form;
        out[at++] = (uint8_t)name.len;
        if (name.len > 0) {
            memcpy(out + at, name.ptr, name.len);
        }
        at += name.len;
    }
    *length_out = at;
    return true;
}

void meta_quotas_init(struct meta_quotas *q)
{
    *q = (struct meta_quotas){0};
    table_init(&q->by_entity, META_QUOTA_ENTITIES_MAX);
}

static void free_row(struct meta_quota *row)
{
    mem_free(row->names);
    mem_free(row);
}

void meta_quotas_fini(struct meta_quotas *q)
{
    struct meta_quota *row;

    for (size_t cursor = 0; (row = table_next(&q->by_entity, &cursor)) != NULL;) {
        free_row(row);
    }
    table_fini(&q->by_entity);
}

static struct meta_quota *find(
    const struct meta_quotas *q, const struct meta_quota_entity *entity)
{
    uint8_t key[KEY_BYTES];
    size_t length;

    return make_key(entity, key, &length) ? table_get(&q->by_entity, key, length) : NULL;
}

const struct meta_quota *meta_quota_find(
    const struct meta_quotas *q, const struct meta_quota_entity *entity)
{
    return find(q, entity);
}

const struct meta_quota *meta_quota_next(const struct meta_quotas *q, size_t *cursor)
{
    return table_next(&q->by_entity, cursor);
}

static struct meta_quota *new_row(const struct meta_quota_entity *entity)
{
    struct meta_quota *row = mem_alloc(1, sizeof(*row));
    char *names = mem_alloc(META_QUOTA_TYPES, META_QUOTA_NAME_MAX);
    size_t used = 0;

    if (row == NULL || names == NULL) {
        mem_free(row);
        mem_free(names);
        return NULL;
    }
    *row = (struct meta_quota){.names = names};
    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        row->entity.parts[i].form = entity->parts[i].form;
        if (entity->parts[i].form == META_QUOTA_NAMED) {
            struct wire_view name = entity->parts[i].name;
            memcpy(names + used, name.ptr, name.len);
            row->entity.parts[i].name =
                (struct wire_view){.ptr = (const uint8_t *)names + used, .len = name.len};
            used += name.len;
        }
    }
    return row;
}

static enum err add_row(struct meta_quotas *q, const struct meta_quota_entity *entity,
    struct meta_quota **out)
{
    uint8_t key[KEY_BYTES];
    size_t length;

    if (!make_key(entity, key, &length)) {
        return ERR_INVALID;
    }
    struct meta_quota *row = new_row(entity);
    enum err e = row == NULL ? ERR_NOMEM : table_put(&q->by_entity, key, length, row);
    if (e != OK && row != NULL) {
        free_row(row);
    }
    *out = e == OK ? row : NULL;
    return e;
}

static void drop_if_empty(struct meta_quotas *q, struct meta_quota *row)
{
    uint8_t key[KEY_BYTES];
    size_t length;

    for (size_t i = 0; i < META_QUOTA_KEYS; i++) {
        if (row->has[i]) {
            return;
        }
    }
    if (make_key(&row->entity, key, &length)) {
        (void)table_remove(&q->by_entity, key, length);
    }
    free_row(row);
}

enum err meta_quota_set(struct meta_quotas *q, const struct meta_quota_entity *entity,
    enum meta_quota_key key, double value, bool remove)
{
    struct meta_quota *row = find(q, entity);

    if (row == NULL && remove) {
        return OK;
    }
    if (row == NULL) {
        enum err e = add_row(q, entity, &row);
        if (e != OK) {
            return e;
        }
    }
    q->counts[key] += !remove && !row->has[key] ? 1 : 0;
    q->counts[key] -= remove && row->has[key] ? 1 : 0;
    row->has[key] = !remove;
    row->values[key] = remove ? 0 : value;
    drop_if_empty(q, row);
    return OK;
}

static bool rate_of(const struct meta_quotas *q, enum meta_quota_key key,
    enum meta_quota_form user_form, struct wire_view user,
    enum meta_quota_form client_form, struct wire_view client_id, double *rate_out)
{
    struct meta_quota_entity entity = {
        .parts = {[META_QUOTA_USER] = {user_form, user},
            [META_QUOTA_CLIENT] = {client_form, client_id}}};
    const struct meta_quota *row = find(q, &entity);

    if (row == NULL || !row->has[key]) {
        return false;
    }
    *rate_out = row->values[key];
    return true;
}

bool meta_quota_rate(const struct meta_quotas *q, enum meta_quota_key key,
    struct wire_view user, struct wire_view client_id, double *rate_out,
    struct meta_quota_share *counted_out)
{
    static const struct {
        enum meta_quota_form user;
        enum meta_quota_form client;
    } order[] = {
        {META_QUOTA_NAMED, META_QUOTA_NAMED},
        {META_QUOTA_NAMED, META_QUOTA_DEFAULT},
        {META_QUOTA_NAMED, META_QUOTA_ABSENT},
        {META_QUOTA_DEFAULT, META_QUOTA_NAMED},
        {META_QUOTA_DEFAULT, META_QUOTA_DEFAULT},
        {META_QUOTA_DEFAULT, META_QUOTA_ABSENT},
        {META_QUOTA_ABSENT, META_QUOTA_NAMED},
        {META_QUOTA_ABSENT, META_QUOTA_DEFAULT},
    };

    for (size_t i = 0; q->counts[key] > 0 && i < sizeof(order) / sizeof(order[0]); i++) {
        if (rate_of(q, key, order[i].user, user, order[i].client, client_id, rate_out)) {
            counted_out->by_user = order[i].user != META_QUOTA_ABSENT;
            counted_out->by_client = order[i].client != META_QUOTA_ABSENT;
            return true;
        }
    }
    return false;
}

bool meta_quota_fits(const struct meta_quota_entity *entity, enum meta_quota_key key)
{
    bool of_address = entity->parts[META_QUOTA_IP].form != META_QUOTA_ABSENT;

    return of_address == (key == META_QUOTA_CONNECTION);
}

const char *meta_quota_entity_error(const struct meta_quota_entity *entity)
{
    bool user = entity->parts[META_QUOTA_USER].form != META_QUOTA_ABSENT;
    bool client = entity->parts[META_QUOTA_CLIENT].form != META_QUOTA_ABSENT;
    bool ip = entity->parts[META_QUOTA_IP].form != META_QUOTA_ABSENT;

    if (!user && !client && !ip) {
        return "a quota is for a user, a client id, both, or an address";
    }
    if (ip && (user || client)) {
        return "a quota for an address can not be for a user or a client id as well";
    }
    for (size_t i = 0; i < META_QUOTA_TYPES; i++) {
        if (entity->parts[i].form != META_QUOTA_NAMED) {
            continue;
        }
        if (entity->parts[i].name.len == 0) {
            return "the name of an entity is empty; the default has none";
        }
        if (entity->parts[i].name.len > META_QUOTA_NAME_MAX) {
            return "the name of an entity is longer than 255 bytes";
        }
    }
    return NULL;
}

static bool is_whole(double value)
{
    double apart = value >= WHOLE_FROM ? 0 : value - (double)(int64_t)(value + 0.5);

    return value > 1 - WHOLE_ENOUGH && apart < WHOLE_ENOUGH && apart > -WHOLE_ENOUGH;
}

const char *meta_quota_value_error(enum meta_quota_key key, double value)
{
    if (!(value > 0)) { /* nor is it a NaN */
        return "a quota must be greater than 0";
    }
    if (value > keys[key].max) {
        return "this quota is greater than it may be: 1e9, or 9.2e18 bytes a second";
    }
    if (keys[key].whole && !is_whole(value)) {
        return "this quota must be a whole number";
    }
    return NULL;
}
