/*
 * exchange_list - what `kafka-acls.sh --list` prints.
 *
 * Trust: the text may hold any bytes. A name may hold anything but a backtick and a
 * newline, so that lines are read from both ends.
 */
#ifndef EXCHANGE_LIST_H
#define EXCHANGE_LIST_H

#include "exchange_acl.h"

void exchange_list_read(struct policy_view text, struct exchange_set *out);
/* Sorts the set by resource. */
void exchange_list_write(struct exchange_set *s, struct buf *out);

#endif
