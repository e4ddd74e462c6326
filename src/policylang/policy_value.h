/*
 * policy_value - values of the language as text: times, durations, versions, methods,
 * networks, names.
 *
 * Trust: the text may hold any bytes. Nothing here allocates or reports.
 */
#ifndef POLICY_VALUE_H
#define POLICY_VALUE_H

#include "policy.h"

bool policy_value_is(struct policy_view v, const char *text);
bool policy_value_starts(struct policy_view v, const char *text);
bool policy_value_has(struct policy_view v, char c);

/* YYYY-MM-DD or YYYY-MM-DDTHH:MMZ of the years 2000 to 9999. */
bool policy_value_time(struct policy_view text, int64_t *ms_out);
/* Digits and one of s m h d: a second to ten years. */
bool policy_value_duration(struct policy_view text, int64_t *ms_out);
/* 1.2 or 1.3 */
bool policy_value_tls(struct policy_view text, uint16_t *out);
bool policy_value_method(struct policy_view text, enum policy_method *out);
/* As the keys of the configuration have it: letters, digits, _ and -; at most 64. */
bool policy_value_listener(struct policy_view text);
/* What a team, net, auth or role can be called: letters, digits, . _ and -. */
bool policy_value_is_definable(struct policy_view text);

enum policy_value_net {
    POLICY_VALUE_NET_GOOD,
    POLICY_VALUE_NET_HOST_BITS, /* *out is the network that it is in */
    POLICY_VALUE_NET_WRONG,
};
/* An address is a network of one. */
enum policy_value_net policy_value_net(struct policy_view text, struct policy_net *out);

#endif
