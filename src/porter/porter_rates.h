/*
 * porter_rates - how many connections a second an address may make (KIP-612).
 *
 * An address has the rate of its name, else the default one, else none. One IPv6 address
 * is named as it is; under the default all of its /64 count together, since a host may
 * pick any address in it.
 *
 * Trust: rates come from broker, addresses from the kernel. No clock and no socket inside.
 *
 * Ownership: owns its rows.
 */
#ifndef PORTER_RATES_H
#define PORTER_RATES_H

#include "buckets.h"
#include "table.h"

#include <netinet/in.h>
#include <stdbool.h>

#define PORTER_RATES_MAX   10000
#define PORTER_BUCKETS_MAX 65536

struct porter_rates {
    struct table named; /* by in6_addr: struct porter_rate */
    int32_t otherwise;  /* 0: no limit */
    struct buckets used;
};

void porter_rates_init(struct porter_rates *r);
void porter_rates_fini(struct porter_rates *r);

/* address NULL: every one without a rate of its own. rate 0: it has none any more. */
enum err porter_rates_set(
    struct porter_rates *r, const struct in6_addr *address, int32_t rate) MUST_CHECK;
/* Counts one more connection; false: it would be too many. */
bool porter_rates_admit(
    struct porter_rates *r, const struct in6_addr *address, int64_t now_ms) MUST_CHECK;

#endif
