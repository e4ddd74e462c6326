/*
 * policy_parser - policy files as statements (the grammar is in docs and
 * schloss.policy(5)).
 *
 * LL(1), one statement a line. Every error of every file is reported, at most one per
 * statement. Words of the language that this version cannot honour are refused, never
 * ignored.
 *
 * Trust: the files may hold any bytes.
 *
 * Ownership: struct policy_parsed owns its arrays and borrows names and texts from the
 * files.
 */
#ifndef POLICY_PARSER_H
#define POLICY_PARSER_H

#include "policy_compile.h"
#include "report.h"

#include <stdbool.h>
#include <stdint.h>

struct policy_subject {
    bool any;
    struct policy_view name; /* without `User:` */
};

struct policy_target {
    enum policy_resource resource;
    bool is_prefix; /* with an empty name: every name */
    struct policy_view name;
    uint32_t operations; /* as written: nothing implied */
};

struct policy_statement {
    bool deny;
    uint32_t file;
    struct report_place place; /* its first token */
    struct policy_view label;  /* empty: none */
    struct policy_view text;   /* from its first token to its last */
    uint32_t first_subject;
    uint32_t subjects;
    uint32_t first_target;
    uint32_t targets;
};

struct policy_parsed {
    struct policy_statement *statements;
    size_t statement_count;
    size_t statement_capacity;
    struct policy_subject *subjects;
    size_t subject_count;
    size_t subject_capacity;
    struct policy_target *targets;
    size_t target_count;
    size_t target_capacity;
    struct policy_view cluster;
    uint64_t serial;
    uint32_t signatures;
    bool has_header;
};

/* ERR_NOMEM only; what is wrong with the text is in the report. *out is to be freed in
 * any case. */
enum err policy_parse(const struct policy_source *files, size_t count,
    struct report *report, struct policy_parsed *out) MUST_CHECK;
void policy_parsed_fini(struct policy_parsed *p);

#endif
