/*
 * policy_blob - the compiled policy as bytes, and as it stands in memory once believed.
 *
 * The bytes: a header of POLICY_BLOB_WORDS little-endian words of 32 bits, then twelve
 * arrays of words, then the strings, each with a NUL behind it. No pointers; a string is
 * named by its offset and length among the strings. The whole has exactly the length that
 * the counts say. Numbers of 64 bits are two words, the low one first.
 *
 *   header     magic, version, string bytes, the counts of the arrays, cluster (string),
 *              serial (64 bits), signatures
 *   file       name (string)
 *   rule       effect, file, line, id (string), condition + 1 or 0 for none
 *   principal  name (string)                                          strictly ascending
 *   team       name, source, group (strings; the last two empty: all members are listed)
 *   member     principal, team                                        strictly ascending
 *   exclusive  team, a later team                                     strictly ascending
 *   condition  nets, 1 for outside or 0, listeners, methods, tls, age (64 bits),
 *              issuer (string), after, until (64 bits each)
 *   net        address (four words, network order), bits
 *   listener   name (string)
 *   pattern    resource, 1 for prefix or 0, name (string), cells      strictly ascending
 *   cell       subject, entries, conditional entries                  ascending in its pattern
 *   entry      rule, operations                                       ascending in its cell
 *
 * Nets and listeners belong to conditions, cells to patterns and entries to cells, in the
 * order in which they stand. A subject is 0 for any, 1 for anonymous, then the principals,
 * then the teams. The conditional entries of a cell stand behind the others. An entry
 * without condition names only operations that no earlier one of the same effect in its
 * cell names: the earliest rule decides. Operations stand as they were written; what they
 * imply is added when the bytes are read.
 *
 * What a question may cost is bounded by POLICY_WORK_MAX: see policy_lookup.c.
 */
#ifndef POLICY_BLOB_H
#define POLICY_BLOB_H

#include "policy.h"
#include "policy_index.h"
#include "policy_reader.h"
#include "policy_trie.h"

#define POLICY_BLOB_MAGIC   UINT32_C(0x4c4f5053)
#define POLICY_BLOB_VERSION 2
#define POLICY_BLOB_WORDS   20
#define POLICY_BLOB_MAX     ((size_t)32 << 20)

#define POLICY_RULES_MAX      10000
#define POLICY_FILES_MAX      64
#define POLICY_ENTRIES_MAX    262144
#define POLICY_TEAM_COUNT_MAX 4096
#define POLICY_EXCLUSIVES_MAX 4096
#define POLICY_LISTENERS_MAX  65536
#define POLICY_ID_MAX         64
/* Cells, conditional entries, and the networks and listeners of those, that one question
 * may have to look at below one exact name, and as many below the prefixes of a name:
 * 10,000 rules of one network fit. Lists of topics ask thousands of questions. */
#define POLICY_WORK_MAX 32768

enum policy_blob_section {
    POLICY_FILES,
    POLICY_RULES,
    POLICY_PRINCIPALS,
    POLICY_TEAMS,
    POLICY_MEMBERS,
    POLICY_EXCLUSIVES,
    POLICY_CONDITIONS,
    POLICY_NETS,
    POLICY_LISTENERS,
    POLICY_PATTERNS,
    POLICY_CELLS,
    POLICY_ENTRIES,
    POLICY_SECTIONS,
};

/* Words of one element. */
extern const uint8_t policy_blob_words[POLICY_SECTIONS];

#define POLICY_NONE UINT32_MAX

enum {
    POLICY_NUMBER_ANY,
    POLICY_NUMBER_ANONYMOUS,
    POLICY_NUMBER_FIRST
}; /* of subjects */

struct policy_rule {
    uint32_t effect;
    uint32_t condition; /* + 1; 0: none */
    uint32_t line;
    const char *id;
    const char *file;
};

struct policy_team {
    struct policy_view name;
    struct policy_view source;
    struct policy_view group;
};

struct policy_pair {
    uint32_t first;
    uint32_t second;
};

struct policy_condition {
    uint32_t first_net;
    uint32_t nets;
    uint32_t is_outside;
    uint32_t first_listener;
    uint32_t listeners;
    uint32_t methods;
    uint32_t tls_min;
    int64_t age_ms;
    struct policy_view issuer;
    int64_t after_ms;
    int64_t until_ms;
};

struct policy_key {
    uint32_t resource;
    uint32_t is_prefix; /* with an empty name: every name */
    struct policy_view name;
};

struct policy_pattern {
    struct policy_key key;
    uint32_t parent; /* the longest other prefix pattern that this name begins with */
    uint32_t first_cell;
    uint32_t cells;
    uint32_t team_cells; /* the last ones */
    uint32_t work;       /* see policy_lookup.c */
    bool is_named;       /* some rule of it allows or denies */
    bool is_never;       /* some rule of it is a NEVER */
};

struct policy_cell {
    uint32_t subject;
    uint32_t pattern;
    uint32_t first_entry;
    uint32_t entries; /* without condition; the conditional ones behind them */
    uint32_t conditionals;
    uint32_t masks[POLICY_EFFECTS]; /* all operations of entries without condition */
    uint32_t conditional;           /* ... of the others, whatever the effect */
};

struct policy_entry {
    uint32_t rule;
    uint32_t effect;
    uint32_t written;
    uint32_t operations; /* with what they imply */
};

#define POLICY_RESOURCES (POLICY_USER + 1)

struct policy {
    struct policy_header header;
    uint32_t flags;
    uint32_t counts[POLICY_SECTIONS];
    const char **files;
    struct policy_rule *rules;
    struct policy_view *principals;
    struct policy_team *teams;
    struct policy_pair *members;
    struct policy_pair *exclusives;
    struct policy_condition *conditions;
    struct policy_net *nets;
    struct policy_view *listeners;
    struct policy_pattern *patterns;
    struct policy_cell *cells;
    struct policy_entry *entries;
    uint32_t subjects;
    uint32_t *by_subject; /* cells, those of one subject together */
    uint32_t *first_of;   /* subjects + 1: where in by_subject each begins */
    uint32_t *by_team;    /* principals of members, those of one team together */
    uint32_t *first_in;   /* teams + 1: where in by_team each begins */
    uint32_t *nevers;     /* patterns of which a NEVER rule speaks, ascending */
    uint32_t never_count;
    uint32_t prefixes_from[POLICY_RESOURCES]; /* where those of a resource begin ... */
    uint32_t prefixes_end[POLICY_RESOURCES];
    struct policy_trie prefixes[POLICY_RESOURCES];
    struct policy_index principal_index;
    struct policy_index group_index; /* of teams */
    struct policy_index exact_index; /* of the patterns that are no prefix */
    uint8_t *marks;                  /* for policy_allows_any(): of patterns ... */
    uint8_t *answers;                /* ... and of rules */
    char *strings;
};

/* As policy_load(). *too_many: of what there is more than the limits allow, or NULL. */
enum err policy_read(const uint8_t *bytes, size_t length, uint32_t flags,
    struct policy **out, const char **too_many) MUST_CHECK;
/* Parts of it: the arrays up to the listeners, and those behind them. */
void policy_read_rules(struct policy_reader *r, struct policy *p);
void policy_read_patterns(struct policy_reader *r, struct policy *p);
/* What look-ups need, once all is read. */
enum err policy_index_all(struct policy_reader *r, struct policy *p) MUST_CHECK;

/* As memcmp, a shorter one before its extensions. */
int policy_view_compare(struct policy_view a, struct policy_view b);
bool policy_view_equal(struct policy_view a, struct policy_view b);
bool policy_view_starts(struct policy_view name, struct policy_view prefix);
/* By resource, then exact before prefix, then name. */
int policy_key_compare(const struct policy_key *a, const struct policy_key *b);
struct policy_view policy_cluster_name(void);
/* What is behind the counted bits is zero. */
bool policy_net_is_sound(const struct policy_net *net);

/* The numbers of a principal and of a pattern that is no prefix, or POLICY_NONE. */
uint32_t policy_find_principal(const struct policy *p, struct policy_view name);
uint32_t policy_find_exact(
    const struct policy *p, uint32_t resource, struct policy_view name);
/* The longest prefix pattern that the name begins with; its parents are all the others. */
uint32_t policy_find_prefix(
    const struct policy *p, uint32_t resource, struct policy_view name);
/* The subject's cell of the pattern, or NULL. */
const struct policy_cell *policy_find_cell(
    const struct policy *p, const struct policy_pattern *pattern, uint32_t subject);

/* Whether the condition of a rule is met; in doubt those that deny hold, and no other. */
bool policy_holds(
    const struct policy *p, uint32_t rule, const struct policy_context *context);

/* Whether this policy leaves to another one beside it what the question is about; a
 * prefix: as a whole. */
bool policy_leaves(const struct policy *p, const struct policy_query *q, bool is_prefix);

#endif
