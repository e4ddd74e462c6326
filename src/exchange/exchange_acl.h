/*
 * exchange_acl - rules in the shape of Apache Kafka's ACLs, as a set: what the formats of
 * other tools are read into and written from.
 *
 * Trust: whoever wrote the file that is read chose all texts; they may hold any bytes but
 * NUL.
 *
 * Ownership: a set owns its entries and copies of their texts. Limits: EXCHANGE_ACLS_MAX
 * entries, EXCHANGE_TEXT_MAX bytes of text.
 */
#ifndef EXCHANGE_ACL_H
#define EXCHANGE_ACL_H

#include "arena.h"
#include "buf.h"
#include "policy.h"

#define EXCHANGE_ACLS_MAX  100000
#define EXCHANGE_TEAMS_MAX 1000
#define EXCHANGE_TEXT_MAX  ((size_t)64 << 20)
#define EXCHANGE_INPUT_MAX ((size_t)16 << 20)
#define EXCHANGE_NOTES_MAX 200
#define EXCHANGE_ALL       2 /* the operation ALL; the others are enum policy_operation */
#define EXCHANGE_SHOWN     120

struct exchange_acl {
    enum policy_resource resource;
    bool is_prefix;
    bool is_deny;
    uint8_t operation;
    struct policy_view name;      /* "*" without is_prefix: every name */
    struct policy_view principal; /* with its type */
    struct policy_view host;      /* "*": every one */
};

/* Members of a role of somebody else's; named by the principal `RedpandaRole:NAME`. */
struct exchange_team {
    struct policy_view name;
    struct policy_view *members; /* with their type */
    size_t count;
};

struct exchange_set {
    struct exchange_acl *acls;
    size_t count;
    size_t capacity;
    struct exchange_team teams[EXCHANGE_TEAMS_MAX];
    size_t team_count;
    struct arena texts;
    struct buf notes; /* what could not be taken: a comment a line */
    size_t note_count;
    enum err error; /* the first; ERR_FULL: a limit */
};

/* NULL without memory. */
struct exchange_set *exchange_set_new(void);
void exchange_set_free(struct exchange_set **s);
/* Copies the texts. */
void exchange_set_add(struct exchange_set *s, const struct exchange_acl *acl);
/* With room for so many more members; the one of that name if there is one already. NULL:
 * s->error says why. */
struct exchange_team *exchange_set_add_team(
    struct exchange_set *s, struct policy_view name, size_t members);
struct policy_view exchange_set_copy(struct exchange_set *s, struct policy_view text);
/* Something of the input has no place in the set or in a policy. */
void exchange_set_note(struct exchange_set *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Sorted by effect, principal, host and resource; each entry once. */
void exchange_set_sort(struct exchange_set *s);
/* The same, but by resource first. */
void exchange_set_sort_by_resource(struct exchange_set *s);
/* The same, but by principal first. */
void exchange_set_sort_by_principal(struct exchange_set *s);
/* Drops what other entries imply: operations beside ALL, describes beside what gives
 * them (of allows). */
void exchange_set_drop_implied(struct exchange_set *s);

int exchange_view_compare(struct policy_view a, struct policy_view b);
bool exchange_view_is(struct policy_view v, const char *text);
struct policy_view exchange_view(const char *text);

/* The words of Apache Kafka and of those around it: no case, no '_' and no '-'. */
bool exchange_resource_of(struct policy_view word, enum policy_resource *out);
bool exchange_operation_of(struct policy_view word, uint8_t *out);
bool exchange_pattern_of(struct policy_view word, bool *is_prefix_out);
bool exchange_permission_of(struct policy_view word, bool *is_deny_out);
/* "TRANSACTIONAL_ID"; "TransactionalId" in the other writing. */
const char *exchange_resource_word(enum policy_resource resource, bool camel);
const char *exchange_operation_word(uint8_t operation, bool camel);

/* All words of one entry at once; what is not understood is noted, and nothing added.
 * NULL is a word that is missing. */
struct exchange_words {
    const char *resource;
    const char *name;
    const char *pattern; /* NULL: literal */
    const char *principal;
    const char *host; /* NULL: every one */
    const char *operation;
    const char *permission; /* NULL: allow */
};
void exchange_set_add_words(
    struct exchange_set *s, const char *where, const struct exchange_words *w);

#endif
