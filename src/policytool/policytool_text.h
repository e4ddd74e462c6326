/*
 * policytool_text - parts of a policy as text, in the words of the language.
 *
 * Trust: names are the files'; all of it comes out safe for a terminal.
 */
#ifndef POLICYTOOL_TEXT_H
#define POLICYTOOL_TEXT_H

#include "policy_model.h"

void policytool_add_view(struct buf *b, struct policy_view text);
/* In quotes where the language needs them. */
void policytool_add_name(struct buf *b, struct policy_view name);
/* "payments.*", "*", or a name. */
void policytool_add_pattern(struct buf *b, const struct policy_model_target *t);
/* "read, write"; "all" for all that have a meaning on that kind. */
void policytool_add_operations(
    struct buf *b, uint32_t bits, enum policy_resource resource);
/* 2026-11-20T00:00Z; with seconds where there are some. */
void policytool_add_time(struct buf *b, int64_t ms);
/* 8h */
void policytool_add_duration(struct buf *b, int64_t ms);
/* 1.3, or "no" */
void policytool_add_tls(struct buf *b, uint16_t version);
/* "mtls, gssapi" */
void policytool_add_methods(struct buf *b, uint32_t methods);
/* "10.20.0.0/16, @bastion" as written. */
void policytool_add_nets(
    struct buf *b, const struct policy_model *m, const struct policy_model_condition *c);
/* "from not @dc with strong and tls >= 1.3", as written; nothing for no condition. */
void policytool_add_condition(
    struct buf *b, const struct policy_model *m, const struct policy_model_condition *c);
/* The same with what the names of networks and methods stand for. */
void policytool_add_condition_whole(
    struct buf *b, const struct policy_model *m, const struct policy_model_condition *c);
/* "User:alice", "@ops", "@staff (ldap staff)", "any". */
void policytool_add_subject(
    struct buf *b, const struct policy_model *m, const struct policy_model_subject *s);
/* teams/pci.policy:2 */
void policytool_add_place(struct buf *b, const struct report_place *place);

#endif
