/*
 * exchange_fold - a set of rules as statements of the policy language.
 *
 * One statement for a principal, an effect and a list of operations; read becomes
 * `consume` and write `produce`, so that a topic and its group or transactional id stand
 * on one line. What is implied anyhow is left out. Entries that have no words in the
 * language are noted in the set.
 *
 * Trust: texts of the set may hold anything but NUL; what comes out is one statement a
 * line, whatever they hold.
 */
#ifndef EXCHANGE_FOLD_H
#define EXCHANGE_FOLD_H

#include "exchange_acl.h"

/* Sorts the set and drops from it what is implied. */
enum err exchange_fold(struct exchange_set *s, struct buf *out) MUST_CHECK;

/* The words of the language for a principal, an address, a name; false: none. */
bool exchange_word_principal(
    const struct exchange_set *s, struct policy_view principal, struct buf *out);
/* Of somebody who is in a team. */
bool exchange_word_member(struct policy_view principal, struct buf *out);
bool exchange_word_is_team(struct policy_view name);
bool exchange_word_host(struct policy_view host, struct buf *out);
bool exchange_word_name(const struct exchange_acl *a, struct buf *out);

#endif
