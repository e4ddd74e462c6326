/*
 * policy_registry - the names that files give to things of one kind, to find them by.
 *
 * Ownership: borrows the texts; owns its table and its list.
 */
#ifndef POLICY_REGISTRY_H
#define POLICY_REGISTRY_H

#include "policy_model.h"
#include "table.h"

struct policy_registry {
    const char *what; /* "team" */
    struct table table;
    struct policy_model_name *list;
    size_t count;
    size_t *offers_left; /* borrowed: comparisons that all suggestions may still make */
};

/* Room for `max` names. */
enum err policy_registry_init(struct policy_registry *n, const char *what, size_t max,
    size_t *offers_left) MUST_CHECK;
void policy_registry_fini(struct policy_registry *n);
/* They are numbered from 0. One that is there already is reported, and stays the first. */
enum err policy_registry_add(struct policy_registry *n, struct report *report,
    const struct policy_model_name *name) MUST_CHECK;
/* POLICY_UNRESOLVED: there is none. */
uint32_t policy_registry_find(const struct policy_registry *n, struct policy_view name);
/* "did you mean 'PREFIXnearest'?", or else the other text. */
void policy_registry_help(const struct policy_registry *n, struct policy_view name,
    const char *prefix, const char *otherwise, char *out, size_t size);

#endif
