#include "exchange_acl.h"

#include "mem.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 256
#define COUNT(x)       (sizeof(x) / sizeof((x)[0]))
#define NOTE_MAX       1024

/* --- views --- */

struct policy_view exchange_view(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

int exchange_view_compare(struct policy_view a, struct policy_view b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int c = both == 0 ? 0 : memcmp(a.ptr, b.ptr, both);

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

bool exchange_view_is(struct policy_view v, const char *text)
{
    return exchange_view_compare(v, exchange_view(text)) == 0;
}

/* --- words --- */

struct word {
    const char *upper;
    const char *camel;
    uint8_t code;
};

static const struct word resources[] = {
    {"TOPIC", "Topic", POLICY_TOPIC},
    {"GROUP", "Group", POLICY_GROUP},
    {"CLUSTER", "Cluster", POLICY_CLUSTER},
    {"TRANSACTIONAL_ID", "TransactionalId", POLICY_TXN},
    {"DELEGATION_TOKEN", "DelegationToken", POLICY_TOKEN},
    {"USER", "User", POLICY_USER},
};

static const struct word operations[] = {
    {"ALL", "All", EXCHANGE_ALL},
    {"READ", "Read", POLICY_READ},
    {"WRITE", "Write", POLICY_WRITE},
    {"CREATE", "Create", POLICY_CREATE},
    {"DELETE", "Delete", POLICY_DELETE},
    {"ALTER", "Alter", POLICY_ALTER},
    {"DESCRIBE", "Describe", POLICY_DESCRIBE},
    {"CLUSTER_ACTION", "ClusterAction", POLICY_CLUSTER_ACTION},
    {"DESCRIBE_CONFIGS", "DescribeConfigs", POLICY_DESCRIBE_CONFIGS},
    {"ALTER_CONFIGS", "AlterConfigs", POLICY_ALTER_CONFIGS},
    {"IDEMPOTENT_WRITE", "IdempotentWrite", POLICY_IDEMPOTENT_WRITE},
    {"CREATE_TOKENS", "CreateTokens", POLICY_CREATE_TOKENS},
    {"DESCRIBE_TOKENS", "DescribeTokens", POLICY_DESCRIBE_TOKENS},
    {"TWO_PHASE_COMMIT", "TwoPhaseCommit", POLICY_TWO_PHASE_COMMIT},
};

static const struct word patterns[] = {
    {"LITERAL", "literal", 0}, {"PREFIXED", "prefix", 1}, {"PREFIX", "prefix", 1}};
static const struct word permissions[] = {{"ALLOW", "allow", 0}, {"DENY", "deny", 1}};

static bool same_word(struct policy_view word, const char *upper)
{
    size_t at = 0;

    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.ptr[i];
        if (c == '_' || c == '-') {
            continue;
        }
        at += upper[at] == '_' ? 1 : 0;
        uint8_t capital = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
        if (upper[at] == '\0' || (uint8_t)upper[at] != capital) {
            return false;
        }
        at++;
    }
    return upper[at] == '\0';
}

static const struct word *find_word(
    const struct word *words, size_t count, struct policy_view word)
{
    for (size_t i = 0; i < count; i++) {
        if (same_word(word, words[i].upper)) {
            return &words[i];
        }
    }
    return NULL;
}

bool exchange_resource_of(struct policy_view word, enum policy_resource *out)
{
    const struct word *w = find_word(resources, COUNT(resources), word);

    if (w != NULL) {
        *out = (enum policy_resource)w->code;
    }
    return w != NULL;
}

bool exchange_operation_of(struct policy_view word, uint8_t *out)
{
    const struct word *w = find_word(operations, COUNT(operations), word);

    if (w != NULL) {
        *out = w->code;
    }
    return w != NULL;
}

bool exchange_pattern_of(struct policy_view word, bool *is_prefix_out)
{
    const struct word *w = find_word(patterns, COUNT(patterns), word);

    if (w != NULL) {
        *is_prefix_out = w->code == 1;
    }
    return w != NULL;
}

bool exchange_permission_of(struct policy_view word, bool *is_deny_out)
{
    const struct word *w = find_word(permissions, COUNT(permissions), word);

    if (w != NULL) {
        *is_deny_out = w->code == 1;
    }
    return w != NULL;
}

static const char *word_of(
    const struct word *words, size_t count, uint8_t code, bool camel)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i].code == code) {
            return camel ? words[i].camel : words[i].upper;
        }
    }
    return "UNKNOWN";
}

const char *exchange_resource_word(enum policy_resource resource, bool camel)
{
    return word_of(resources, COUNT(resources), (uint8_t)resource, camel);
}

const char *exchange_operation_word(uint8_t operation, bool camel)
{
    return word_of(operations, COUNT(operations), operation, camel);
}

/* --- the set --- */

struct exchange_set *exchange_set_new(void)
{
    struct exchange_set *s = mem_alloc(1, sizeof(*s));

    if (s != NULL) {
        arena_init(&s->texts, EXCHANGE_TEXT_MAX);
        buf_init(&s->notes, (size_t)(EXCHANGE_NOTES_MAX + 2) * NOTE_MAX);
    }
    return s;
}

void exchange_set_free(struct exchange_set **s)
{
    if (*s != NULL) {
        arena_fini(&(*s)->texts);
        buf_fini(&(*s)->notes);
        mem_free((*s)->acls);
        mem_free(*s);
        *s = NULL;
    }
}

static void fail(struct exchange_set *s, enum err e)
{
    s->error = s->error == OK ? e : s->error;
}

struct policy_view exchange_set_copy(struct exchange_set *s, struct policy_view text)
{
    char *copy = arena_copy_text(&s->texts, text.ptr, text.len);

    if (copy == NULL) {
        fail(s, ERR_FULL);
        return (struct policy_view){0};
    }
    return (struct policy_view){(const uint8_t *)copy, text.len};
}

static bool make_room(struct exchange_set *s)
{
    size_t more = s->capacity == 0 ? CAPACITY_FIRST : s->capacity * 2;

    if (s->count < s->capacity) {
        return true;
    }
    if (s->count == EXCHANGE_ACLS_MAX) {
        fail(s, ERR_FULL);
        return false;
    }
    struct exchange_acl *grown = mem_resize(
        s->acls, more < EXCHANGE_ACLS_MAX ? more : EXCHANGE_ACLS_MAX, sizeof(*grown));
    if (grown == NULL) {
        fail(s, ERR_NOMEM);
        return false;
    }
    s->acls = grown;
    s->capacity = more < EXCHANGE_ACLS_MAX ? more : EXCHANGE_ACLS_MAX;
    return true;
}

void exchange_set_add(struct exchange_set *s, const struct exchange_acl *acl)
{
    if (s->error != OK || !make_room(s)) {
        return;
    }
    struct exchange_acl *to = &s->acls[s->count];
    *to = *acl;
    to->name = exchange_set_copy(s, acl->name);
    to->principal = exchange_set_copy(s, acl->principal);
    to->host = exchange_set_copy(s, acl->host);
    s->count += s->error == OK ? 1 : 0;
}

/* The team of that name, or the next free place; NULL: there is none. */
static struct exchange_team *team_at(struct exchange_set *s, struct policy_view name)
{
    size_t i = 0;

    while (i < s->team_count && exchange_view_compare(s->teams[i].name, name) != 0) {
        i++;
    }
    return i == EXCHANGE_TEAMS_MAX ? NULL : &s->teams[i];
}

struct exchange_team *exchange_set_add_team(
    struct exchange_set *s, struct policy_view name, size_t members)
{
    struct exchange_team *t = team_at(s, name);
    bool is_new = t == &s->teams[s->team_count];
    size_t before = is_new || t == NULL ? 0 : t->count;
    struct policy_view *all =
        t == NULL ? NULL : arena_alloc(&s->texts, before + members + 1, sizeof(*all));

    if (s->error != OK || all == NULL) {
        fail(s, ERR_FULL);
        return NULL;
    }
    for (size_t i = 0; i < before; i++) {
        all[i] = t->members[i];
    }
    *t = (struct exchange_team){.name = is_new ? exchange_set_copy(s, name) : t->name,
        .members = all,
        .count = before};
    s->team_count += is_new && s->error == OK ? 1 : 0;
    return s->error == OK ? t : NULL;
}

void exchange_set_note(struct exchange_set *s, const char *format, ...)
{
    char line[NOTE_MAX];
    va_list args;

    s->note_count++;
    if (s->note_count > EXCHANGE_NOTES_MAX) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    buf_add_format(&s->notes, "# not taken: %s\n", line);
}

static int compare_resources(const struct exchange_acl *x, const struct exchange_acl *y)
{
    int c = (int)x->resource - (int)y->resource;

    c = c != 0 ? c : exchange_view_compare(x->name, y->name);
    return c != 0 ? c : (int)x->is_prefix - (int)y->is_prefix;
}

static int compare_who(const struct exchange_acl *x, const struct exchange_acl *y)
{
    int c = (int)y->is_deny - (int)x->is_deny;

    c = c != 0 ? c : exchange_view_compare(x->principal, y->principal);
    return c != 0 ? c : exchange_view_compare(x->host, y->host);
}

static int compare_acls(const void *a, const void *b)
{
    const struct exchange_acl *x = a;
    const struct exchange_acl *y = b;
    int c = compare_who(x, y);

    c = c != 0 ? c : compare_resources(x, y);
    return c != 0 ? c : (int)x->operation - (int)y->operation;
}

static int compare_by_resource(const void *a, const void *b)
{
    const struct exchange_acl *x = a;
    const struct exchange_acl *y = b;
    int c = compare_resources(x, y);

    c = c != 0 ? c : compare_who(x, y);
    return c != 0 ? c : (int)x->operation - (int)y->operation;
}

static int compare_by_principal(const void *a, const void *b)
{
    const struct exchange_acl *x = a;
    const struct exchange_acl *y = b;
    int c = exchange_view_compare(x->principal, y->principal);

    return c != 0 ? c : compare_acls(a, b);
}

static void sort_by(struct exchange_set *s, int (*compare)(const void *, const void *))
{
    size_t kept = 0;

    if (s->count > 0) {
        qsort(s->acls, s->count, sizeof(*s->acls), compare);
    }
    for (size_t i = 0; i < s->count; i++) {
        if (kept == 0 || compare(&s->acls[kept - 1], &s->acls[i]) != 0) {
            s->acls[kept++] = s->acls[i];
        }
    }
    s->count = kept;
}

void exchange_set_sort(struct exchange_set *s)
{
    sort_by(s, compare_acls);
}

void exchange_set_sort_by_resource(struct exchange_set *s)
{
    sort_by(s, compare_by_resource);
}

void exchange_set_sort_by_principal(struct exchange_set *s)
{
    sort_by(s, compare_by_principal);
}

static bool same_place(const struct exchange_acl *a, const struct exchange_acl *b)
{
    return compare_who(a, b) == 0 && compare_resources(a, b) == 0;
}

static bool is_implied(const struct exchange_acl *a, uint32_t beside)
{
    static const uint32_t describing =
        POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) | POLICY_BIT(POLICY_DELETE) |
        POLICY_BIT(POLICY_ALTER);

    if (a->operation != EXCHANGE_ALL && (beside & POLICY_BIT(EXCHANGE_ALL)) != 0) {
        return true;
    }
    if (a->is_deny) {
        return false;
    }
    return (a->operation == POLICY_DESCRIBE && (beside & describing) != 0) ||
           (a->operation == POLICY_DESCRIBE_CONFIGS &&
               (beside & POLICY_BIT(POLICY_ALTER_CONFIGS)) != 0);
}

void exchange_set_drop_implied(struct exchange_set *s)
{
    size_t kept = 0;

    exchange_set_sort(s);
    for (size_t i = 0; i < s->count;) {
        uint32_t beside = 0;
        size_t end = i;
        while (end < s->count && same_place(&s->acls[i], &s->acls[end])) {
            beside |= POLICY_BIT(s->acls[end++].operation);
        }
        for (; i < end; i++) {
            if (!is_implied(&s->acls[i], beside)) {
                s->acls[kept++] = s->acls[i];
            }
        }
    }
    s->count = kept;
}

/* --- entries as words --- */

static const char *shown(char out[EXCHANGE_SHOWN], const char *word)
{
    return word == NULL ? "(missing)"
                        : text_escape(out, EXCHANGE_SHOWN, word, strlen(word));
}

static void refuse(struct exchange_set *s, const char *where, const char *what,
    const char *word, const struct exchange_words *w)
{
    char a[EXCHANGE_SHOWN];
    char b[EXCHANGE_SHOWN];
    char c[EXCHANGE_SHOWN];

    exchange_set_note(s, "%s: %s '%s' (of %s on %s)", where, what, shown(a, word),
        shown(b, w->principal), shown(c, w->name));
}

static bool is_word(const char *word)
{
    return word != NULL && word[0] != '\0';
}

void exchange_set_add_words(
    struct exchange_set *s, const char *where, const struct exchange_words *w)
{
    struct exchange_acl acl = {.host = exchange_view("*")};

    if (!is_word(w->resource) ||
        !exchange_resource_of(exchange_view(w->resource), &acl.resource)) {
        refuse(s, where, "unknown kind of resource", w->resource, w);
    } else if (!is_word(w->operation) ||
               !exchange_operation_of(exchange_view(w->operation), &acl.operation)) {
        refuse(s, where, "unknown operation", w->operation, w);
    } else if (w->pattern != NULL &&
               !exchange_pattern_of(exchange_view(w->pattern), &acl.is_prefix)) {
        refuse(s, where, "unknown kind of pattern", w->pattern, w);
    } else if (w->permission != NULL &&
               !exchange_permission_of(exchange_view(w->permission), &acl.is_deny)) {
        refuse(s, where, "unknown permission", w->permission, w);
    } else if (!is_word(w->name) || !is_word(w->principal) ||
               (w->host != NULL && w->host[0] == '\0')) {
        refuse(s, where, "no name, principal or host", w->host, w);
    } else {
        acl.name = exchange_view(w->name);
        acl.principal = exchange_view(w->principal);
        acl.host = w->host == NULL ? acl.host : exchange_view(w->host);
        exchange_set_add(s, &acl);
    }
}
