#include "exchange_fold.h"

#include "mem.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX      2600 /* bytes of operations and resources in one statement */
#define FROM_MAX      700  /* of addresses */
#define MEMBERS_WIDTH 90
#define B(name)       POLICY_BIT(POLICY_##name)
#define ALL           POLICY_BIT(EXCHANGE_ALL)

/* What rules of one principal, host and effect say about one pattern. */
struct target {
    const struct exchange_acl *acl; /* one of them */
    uint32_t operations;            /* bits; ALL alone */
    struct policy_view word;        /* of its name */
};

struct statement {
    bool is_deny;
    struct policy_view subject;
    struct policy_view body;
    struct policy_view host; /* "*": none */
};

struct folding {
    struct exchange_set *set;
    struct target *targets; /* of the present principal, host and effect */
    size_t target_count;
    struct statement *statements;
    size_t statement_count;
    struct buf scratch;
    enum err error;
};

/* --- what the language has a word for --- */

static uint32_t meaningful(enum policy_resource resource)
{
    static const uint32_t bits[] = {
        [POLICY_TOPIC] = B(READ) | B(WRITE) | B(CREATE) | B(DELETE) | B(ALTER) |
                         B(DESCRIBE) | B(DESCRIBE_CONFIGS) | B(ALTER_CONFIGS),
        [POLICY_GROUP] =
            B(READ) | B(DELETE) | B(DESCRIBE) | B(DESCRIBE_CONFIGS) | B(ALTER_CONFIGS),
        [POLICY_CLUSTER] = B(CREATE) | B(ALTER) | B(DESCRIBE) | B(CLUSTER_ACTION) |
                           B(DESCRIBE_CONFIGS) | B(ALTER_CONFIGS) | B(IDEMPOTENT_WRITE),
        [POLICY_TXN] = B(WRITE) | B(DESCRIBE) | B(TWO_PHASE_COMMIT),
        [POLICY_TOKEN] = B(DESCRIBE),
        [POLICY_USER] = B(CREATE_TOKENS) | B(DESCRIBE_TOKENS),
    };

    return bits[resource] | ALL;
}

static void refuse(struct folding *f, const struct exchange_acl *a, const char *why)
{
    char principal[EXCHANGE_SHOWN];
    char host[EXCHANGE_SHOWN];
    char name[EXCHANGE_SHOWN];

    exchange_set_note(f->set, "%s %s to %s %s %s%s from %s: %s",
        a->is_deny ? "deny" : "allow",
        text_escape(principal, sizeof(principal), a->principal.ptr, a->principal.len),
        exchange_operation_word(a->operation, false),
        exchange_resource_word(a->resource, false),
        text_escape(name, sizeof(name), a->name.ptr, a->name.len),
        a->is_prefix ? " (prefix)" : "",
        text_escape(host, sizeof(host), a->host.ptr, a->host.len), why);
}

/* What the scratch buffer holds from there on, kept with the set. */
static struct policy_view keep(struct folding *f, size_t from)
{
    struct policy_view text = {f->scratch.bytes + from, f->scratch.length - from};

    if (buf_error(&f->scratch) != OK) {
        f->error = buf_error(&f->scratch);
        return (struct policy_view){0};
    }
    struct policy_view kept = exchange_set_copy(f->set, text);
    f->error = f->error == OK ? f->set->error : f->error;
    return kept;
}

static bool is_cluster(const struct exchange_acl *a)
{
    return !a->is_prefix && (exchange_view_is(a->name, POLICY_CLUSTER_NAME) ||
                                exchange_view_is(a->name, "*"));
}

/* False: noted. */
static bool take_name(struct folding *f, const struct exchange_acl *a, struct target *t)
{
    buf_reset(&f->scratch);
    if (a->resource == POLICY_CLUSTER) {
        if (!is_cluster(a)) {
            refuse(f, a, "there is one cluster, " POLICY_CLUSTER_NAME);
            return false;
        }
    } else if (!exchange_word_name(a, &f->scratch)) {
        refuse(f, a,
            a->is_prefix ? "the prefix has characters that a pattern can not have"
                         : "the name can not be written in a policy");
        return false;
    }
    t->word = keep(f, 0);
    return true;
}

/* --- statements --- */

static void add_statement(struct folding *f, const struct exchange_acl *a,
    struct policy_view subject, struct policy_view body)
{
    /* each one says something of an entry that no other says */
    INVARIANT(f->statement_count < f->set->count);
    if (f->error == OK) {
        f->statements[f->statement_count++] = (struct statement){
            .is_deny = a->is_deny, .subject = subject, .body = body, .host = a->host};
    }
}

static const char *kind_word(enum policy_resource resource)
{
    static const char *const words[] = {[POLICY_TOPIC] = "topic",
        [POLICY_GROUP] = "group",
        [POLICY_CLUSTER] = "cluster",
        [POLICY_TXN] = "txn",
        [POLICY_TOKEN] = "token",
        [POLICY_USER] = "user"};

    return words[resource];
}

static void add_target(struct buf *out, const struct target *t, enum policy_resource last)
{
    bool again = t->acl->resource == last;

    if (t->acl->resource == POLICY_CLUSTER) {
        buf_add_text(out, again ? "" : " cluster");
        return;
    }
    if (again) {
        buf_add_text(out, ", ");
    } else {
        buf_add_format(out, " %s ", kind_word(t->acl->resource));
    }
    buf_add(out, t->word.ptr, t->word.len);
}

/* The targets that have all of those operations, and these operations only if whole. */
struct choice {
    const char *words;
    uint32_t operations;
    bool whole;
};

static bool is_chosen(const struct choice *c, const struct target *t)
{
    return c->whole ? t->operations == c->operations
                    : (t->operations & c->operations) == c->operations;
}

static void fold_choice(
    struct folding *f, struct policy_view subject, const struct choice *choice)
{
    enum policy_resource last = (enum policy_resource)0;

    buf_reset(&f->scratch);
    for (size_t i = 0; i <= f->target_count; i++) {
        struct target *t = &f->targets[i];
        bool chosen = i < f->target_count && is_chosen(choice, t);
        bool full = chosen && f->scratch.length + t->word.len > BODY_MAX;
        if ((i == f->target_count || full) && f->scratch.length > 0) {
            add_statement(f, f->targets[0].acl, subject, keep(f, 0));
            buf_reset(&f->scratch);
        }
        if (chosen) {
            if (f->scratch.length == 0) {
                buf_add_text(&f->scratch, choice->words);
                last = (enum policy_resource)0;
            }
            add_target(&f->scratch, t, last);
            last = t->acl->resource;
            t->operations &= ~choice->operations;
        }
    }
}

/* "create, delete" */
static void list_words(uint32_t operations, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (unsigned op = POLICY_READ; op <= POLICY_TWO_PHASE_COMMIT; op++) {
        if ((operations & (UINT32_C(1) << op)) != 0) {
            int n = snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
                policy_operation_name((enum policy_operation)op));
            INVARIANT(n > 0 && (size_t)n < size - used);
            used += (size_t)n;
        }
    }
}

static void fold_targets(struct folding *f, struct policy_view subject)
{
    static const struct choice first[] = {
        {"all", ALL, false},
        {"consume", B(READ), false},
        {"produce", B(WRITE), false},
        {"manage", B(CREATE) | B(DELETE) | B(ALTER) | B(ALTER_CONFIGS), false},
    };
    char words[256];

    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
        fold_choice(f, subject, &first[i]);
    }
    for (size_t i = 0; i < f->target_count; i++) {
        if (f->targets[i].operations != 0) {
            struct choice rest = {words, f->targets[i].operations, true};
            list_words(rest.operations, words, sizeof(words));
            fold_choice(f, subject, &rest);
        }
    }
}

/* --- from the set --- */

static bool same_who(const struct exchange_acl *a, const struct exchange_acl *b)
{
    return a->is_deny == b->is_deny &&
           exchange_view_compare(a->principal, b->principal) == 0 &&
           exchange_view_compare(a->host, b->host) == 0;
}

static bool same_pattern(const struct exchange_acl *a, const struct exchange_acl *b)
{
    return a->resource == b->resource && a->is_prefix == b->is_prefix &&
           exchange_view_compare(a->name, b->name) == 0;
}

/* The entries of one pattern, of which there is one at least; how many. */
static size_t gather_target(struct folding *f, size_t at, size_t end)
{
    const struct exchange_acl *acls = f->set->acls;
    struct target t = {.acl = &acls[at]};
    size_t i = at;

    for (; i < end && same_pattern(&acls[at], &acls[i]); i++) {
        uint32_t bit = UINT32_C(1) << acls[i].operation;
        if ((bit & meaningful(acls[i].resource)) == 0) {
            refuse(f, &acls[i], "the operation means nothing there");
        } else {
            t.operations |= bit;
        }
    }
    if (t.operations != 0 && take_name(f, t.acl, &t)) {
        f->targets[f->target_count++] = t;
    }
    return i - at;
}

static bool take_who(
    struct folding *f, const struct exchange_acl *a, struct policy_view *subject_out)
{
    buf_reset(&f->scratch);
    if (!exchange_view_is(a->host, "*") && !exchange_word_host(a->host, &f->scratch)) {
        refuse(f, a, "the host is no address and no network");
        return false;
    }
    buf_reset(&f->scratch);
    if (!exchange_word_principal(f->set, a->principal, &f->scratch)) {
        refuse(f, a, "the principal can not be written in a policy");
        return false;
    }
    *subject_out = keep(f, 0);
    return true;
}

static void fold_who(struct folding *f, size_t at, size_t end)
{
    struct policy_view subject;

    for (size_t i = at; i < end; i++) {
        if (!take_who(f, &f->set->acls[i], &subject)) {
            continue; /* each entry is noted */
        }
        f->target_count = 0;
        while (i < end && f->error == OK) {
            i += gather_target(f, i, end);
        }
        fold_targets(f, subject);
    }
}

static void fold_set(struct folding *f)
{
    for (size_t i = 0; i < f->set->count && f->error == OK;) {
        size_t end = i;
        while (end < f->set->count && same_who(&f->set->acls[i], &f->set->acls[end])) {
            end++;
        }
        fold_who(f, i, end);
        i = end;
    }
}

/* --- writing --- */

static int compare_statements(const void *a, const void *b)
{
    const struct statement *x = a;
    const struct statement *y = b;
    int c = (int)y->is_deny - (int)x->is_deny;

    c = c != 0 ? c : exchange_view_compare(x->subject, y->subject);
    c = c != 0 ? c : exchange_view_compare(x->body, y->body);
    return c != 0 ? c : exchange_view_compare(x->host, y->host);
}

static bool can_share(const struct statement *a, const struct statement *b)
{
    return a->is_deny == b->is_deny && !exchange_view_is(a->host, "*") &&
           exchange_view_compare(a->subject, b->subject) == 0 &&
           exchange_view_compare(a->body, b->body) == 0;
}

/* As many of them as differ in their hosts alone; how many. */
static size_t write_statement(const struct folding *f, size_t at, struct buf *out)
{
    const struct statement *s = &f->statements[at];
    size_t i = at + 1;

    buf_add_text(out, s->is_deny ? "deny " : "allow ");
    buf_add(out, s->subject.ptr, s->subject.len);
    buf_add_text(out, " to ");
    buf_add(out, s->body.ptr, s->body.len);
    if (!exchange_view_is(s->host, "*")) {
        size_t from = out->length;
        buf_add_text(out, " from ");
        buf_add(out, s->host.ptr, s->host.len);
        for (; i < f->statement_count && out->length - from < FROM_MAX &&
               can_share(s, &f->statements[i]);
             i++) {
            buf_add_text(out, ", ");
            buf_add(out, f->statements[i].host.ptr, f->statements[i].host.len);
        }
    }
    buf_add_text(out, "\n");
    return i - at;
}

static void write_members(
    const struct exchange_team *t, const char *between, struct buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        buf_add_text(out, i > 0 ? "," : "");
        buf_add_text(out, between);
        (void)exchange_word_member(t->members[i], out);
    }
}

static void write_team(const struct exchange_team *t, struct buf *out)
{
    size_t before = out->length;

    buf_add_text(out, "team ");
    buf_add(out, t->name.ptr, t->name.len);
    buf_add_text(out, " = {");
    size_t members = out->length;
    write_members(t, " ", out);
    if (out->length - before > MEMBERS_WIDTH) {
        out->length = members;
        write_members(t, "\n    ", out);
        buf_add_text(out, "\n}\n");
    } else {
        buf_add_text(out, " }\n");
    }
}

static void write_teams(const struct exchange_set *s, struct buf *out)
{
    for (size_t i = 0; i < s->team_count; i++) {
        if (exchange_word_is_team(s->teams[i].name) && s->teams[i].count > 0) {
            write_team(&s->teams[i], out);
        }
    }
}

static void write_all(struct folding *f, struct buf *out)
{
    if (f->statement_count > 0) {
        qsort(f->statements, f->statement_count, sizeof(*f->statements),
            compare_statements);
    }
    write_teams(f->set, out);
    for (size_t i = 0; i < f->statement_count;) {
        i += write_statement(f, i, out);
    }
}

enum err exchange_fold(struct exchange_set *s, struct buf *out)
{
    struct folding f = {.set = s, .error = s->error};

    exchange_set_drop_implied(s);
    buf_init(&f.scratch, 65536);
    f.targets = mem_alloc(s->count + 1, sizeof(*f.targets));
    f.statements = mem_alloc(s->count + 1, sizeof(*f.statements));
    if (f.targets == NULL || f.statements == NULL) {
        f.error = ERR_NOMEM;
    }
    if (f.error == OK) {
        fold_set(&f);
    }
    if (f.error == OK) {
        write_all(&f, out);
        f.error = buf_error(out);
    }
    mem_free(f.targets);
    mem_free(f.statements);
    buf_fini(&f.scratch);
    return f.error;
}
