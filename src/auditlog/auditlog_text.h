/*
 * auditlog_text - strings of a record for people and other programs.
 */
#ifndef AUDITLOG_TEXT_H
#define AUDITLOG_TEXT_H

#include "auditlog_record.h"

/* What a string of JSON stands for; what can not be decoded stays as it is. */
void auditlog_unescape(struct auditlog_view value, struct buf *out);

#endif
