/*
 * policy_text - names of a policy as messages show them.
 *
 * Everything is NUL-terminated and cut, at the end of a character, where it does not fit.
 */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include "policy_model.h"

#define POLICY_SHOWN_MAX 160 /* bytes of one name, with its NUL */

/* As memcmp, a shorter one before its extensions. */
int policy_text_compare(struct policy_view a, struct policy_view b);
bool policy_text_starts(struct policy_view name, struct policy_view prefix);
/* `...` stands for what is left out of the name. */
void policy_text_put(char *out, size_t size, const char *before, struct policy_view name,
    const char *after);
/* `topic orders.*`, `cluster`. */
void policy_text_target(const struct policy_model_target *t, char *out, size_t size);
/* `topic a.*, b group c`, as it stands in the file. */
void policy_text_targets(
    const struct policy_model *m, struct policy_range targets, char *out, size_t size);
/* `a.policy:12`, below the directory of the report. */
void policy_text_place(const struct report *report, const struct report_place *place,
    char *out, size_t size);

#endif
