/*
 * meta_quota - client quotas (KIP-546, KIP-599, KIP-612): which rate holds for whom.
 *
 * An entity is a user, a client id, both, or an address; each named, or the default for
 * those that have no entry of their own. It has a value for some of the keys below.
 *
 * Trust: entities come from the disk, or from a peer that may alter them; names of users,
 * clients and addresses that are looked up are a peer's.
 *
 * Ownership: struct meta_quotas owns its rows; a row is good until the next change.
 */
#ifndef META_QUOTA_H
#define META_QUOTA_H

#include "err.h"
#include "table.h"
#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define META_QUOTA_NAME_MAX     255
#define META_QUOTA_ENTITIES_MAX 10000

enum meta_quota_key {
    META_QUOTA_PRODUCE,    /* producer_byte_rate, bytes a second */
    META_QUOTA_FETCH,      /* consumer_byte_rate, bytes a second */
    META_QUOTA_REQUEST,    /* request_percentage, of one thread's time */
    META_QUOTA_MUTATION,   /* controller_mutation_rate, partitions a second */
    META_QUOTA_CONNECTION, /* connection_creation_rate, a second */
    META_QUOTA_KEYS,
};

/* The types of entity, in the order in which they are written. */
enum meta_quota_type {
    META_QUOTA_USER,
    META_QUOTA_CLIENT,
    META_QUOTA_IP,
    META_QUOTA_TYPES
};

enum meta_quota_form { META_QUOTA_ABSENT, META_QUOTA_DEFAULT, META_QUOTA_NAMED };

struct meta_quota_entity {
    struct {
        enum meta_quota_form form;
        struct wire_view name; /* of META_QUOTA_NAMED; not empty */
    } parts[META_QUOTA_TYPES];
};

struct meta_quota {
    struct meta_quota_entity entity; /* its views are its own */
    bool has[META_QUOTA_KEYS];
    double values[META_QUOTA_KEYS];
    char *names; /* owned: what the views look at */
};

struct meta_quotas {
    struct table by_entity;
    size_t counts[META_QUOTA_KEYS]; /* rows that have a value for it */
};

/* "producer_byte_rate"; NULL for no key. */
const char *meta_quota_key_name(enum meta_quota_key key);
/* META_QUOTA_KEYS: there is none of that name. */
enum meta_quota_key meta_quota_key_of(struct wire_view name);
/* "user", "client-id", "ip". */
const char *meta_quota_type_name(enum meta_quota_type type);
/* META_QUOTA_TYPES: there is none of that name. */
enum meta_quota_type meta_quota_type_of(struct wire_view name);

void meta_quotas_init(struct meta_quotas *q);
void meta_quotas_fini(struct meta_quotas *q);

/* NULL: it has no value. */
const struct meta_quota *meta_quota_find(
    const struct meta_quotas *q, const struct meta_quota_entity *entity);
/* ERR_FULL: more entities than there may be. To remove what is not there is no error. */
enum err meta_quota_set(struct meta_quotas *q, const struct meta_quota_entity *entity,
    enum meta_quota_key key, double value, bool remove) MUST_CHECK;
/* Each row once, in no order; *cursor starts at 0; NULL at the end. */
const struct meta_quota *meta_quota_next(const struct meta_quotas *q, size_t *cursor);

struct meta_quota_share {
    bool by_user;
    bool by_client;
};
/*
 * The rate of that key for requests of this user under this client id, in the order of
 * Apache Kafka: user and client id, user and default client id, user, then the same with
 * the default user, then client id, default client id. False: none. counted_out tells who
 * share it: those with the same user, with the same client id, or with both the same.
 */
bool meta_quota_rate(const struct meta_quotas *q, enum meta_quota_key key,
    struct wire_view user, struct wire_view client_id, double *rate_out,
    struct meta_quota_share *counted_out) MUST_CHECK;

/* Whether such an entity may have a value for the key (an address has only one). */
bool meta_quota_fits(const struct meta_quota_entity *entity, enum meta_quota_key key);
/* NULL, or what is wrong with these parts together. */
const char *meta_quota_entity_error(const struct meta_quota_entity *entity);
/* NULL, or what is wrong with the value. */
const char *meta_quota_value_error(enum meta_quota_key key, double value);

#endif
