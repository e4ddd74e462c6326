/*
 * policy_blob - the compiled policy as bytes, and as it stands in memory once believed.
 *
 * The bytes: a header of POLICY_BLOB_WORDS little-endian words of 32 bits, then six
 * arrays of words, then the strings, each with a NUL behind it. No pointers; a string is
 * named by its offset and length among the strings. The whole has exactly the length that
 * the counts say.
 *
 *   header      magic, version, string bytes, then the counts: files, rules, principals,
 *               patterns, cells, entries; cluster (offset, length), serial (low, high),
 *               signatures
 *   file        name (offset, length)
 *   rule        1 for deny or 0, file, line, id (offset, length)
 *   principal   name (offset, length)                                  strictly ascending
 *   pattern     resource, 1 for prefix or 0, name (offset, length), cells   strictly
 * ascending cell        principal + 1 or 0 for any, entries       strictly ascending in
 * its pattern entry       rule, operations                          strictly ascending in
 * its cell
 *
 * Cells belong to patterns, and entries to cells, in the order in which they stand. An
 * entry names only operations that no earlier entry of the same effect in its cell names:
 * the earliest rule decides, and a cell has at most 26 entries.
 */
#ifndef POLICY_BLOB_H
#define POLICY_BLOB_H

#include "policy.h"
#include "policy_index.h"

#define POLICY_BLOB_MAGIC   UINT32_C(0x4c4f5053)
#define POLICY_BLOB_VERSION 1
#define POLICY_BLOB_WORDS   14
#define POLICY_BLOB_MAX     ((size_t)32 << 20)

#define POLICY_RULES_MAX   10000
#define POLICY_FILES_MAX   64
#define POLICY_ENTRIES_MAX 262144
#define POLICY_ID_MAX      64

enum policy_blob_section {
    POLICY_FILES,
    POLICY_RULES,
    POLICY_PRINCIPALS,
    POLICY_PATTERNS,
    POLICY_CELLS,
    POLICY_ENTRIES,
    POLICY_SECTIONS,
};

/* Words of one element. */
extern const uint8_t policy_blob_words[POLICY_SECTIONS];

#define POLICY_NONE UINT32_MAX

struct policy_rule {
    bool deny;
    uint32_t line;
    const char *id;
    const char *file;
};

struct policy_pattern {
    uint32_t resource;
    uint32_t is_prefix; /* with an empty name: every name */
    struct policy_view name;
    uint32_t parent; /* the longest other prefix pattern that this name begins with */
    uint32_t first_cell;
    uint32_t cells;
};

struct policy_cell {
    uint32_t principal; /* index + 1; 0: any */
    uint32_t pattern;
    uint32_t first_entry;
    uint32_t entries;
    uint32_t deny; /* all operations of its entries */
    uint32_t allow;
};

struct policy_entry {
    uint32_t rule;
    uint32_t operations;
};

struct policy {
    struct policy_header header;
    uint32_t counts[POLICY_SECTIONS];
    const char **files;
    struct policy_rule *rules;
    struct policy_view *principals;
    struct policy_pattern *patterns;
    struct policy_cell *cells;
    struct policy_entry *entries;
    uint32_t *by_principal; /* cells, those of one principal together */
    uint32_t *first_of;     /* principals + 2: where in by_principal each begins */
    struct policy_index principal_index;
    struct policy_index exact_index; /* of the patterns that are no prefix */
    char *strings;
};

/* As memcmp, a shorter one before its extensions. */
int policy_view_compare(struct policy_view a, struct policy_view b);
uint64_t policy_name_hash(struct policy_view name, uint32_t resource);
/* By resource, then exact before prefix, then name. */
int policy_pattern_compare(
    const struct policy_pattern *a, const struct policy_pattern *b);
bool policy_view_starts(struct policy_view name, struct policy_view prefix);

#endif
