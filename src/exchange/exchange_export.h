/*
 * exchange_export - a policy in the format of another tool.
 *
 * What has no shape there is refused, or, where that is asked for, left out and told of
 * in comments: nobody is to believe that such an export is complete.
 */
#ifndef EXCHANGE_EXPORT_H
#define EXCHANGE_EXPORT_H

#include "exchange_import.h"
#include "policy_model.h"

/* Not EXCHANGE_FORMAT_GUESS and not _REDPANDA, which can not be written. */
bool exchange_export_format(const char *word, enum exchange_format *out);
/*
 * *left_out: how many rules have no shape there. ERR_UNSUPPORTED: some have none, and
 * lossy was not asked for; out holds a comment for each then.
 */
enum err exchange_export(enum exchange_format format, const struct policy_model *m,
    bool lossy, struct buf *out, size_t *left_out) MUST_CHECK;

#endif
