/*
 * porter_limits - how many connections there may be, from where, and for how long one
 * must wait.
 *
 * Trust: addresses come from the kernel; how a connection ended is told by the warden. An
 * IPv6 address counts as its /64, since a host may pick any address in it.
 *
 * The rules: a limit for all connections, one for each listener, so that one can not take
 * the place of another, one for each address, and two smaller ones for those that did not authenticate yet, with random early drop once half of them are
 * taken. An address whose connections crash a gate, fail to authenticate or speak
 * nonsense collects a penalty in time; from PORTER_PENALTY_MIN_MS on it is turned away
 * until the time is over. An address with an authenticated session is exempt from the
 * early drop and from the limit of unauthenticated connections in all. Strangers who fill
 * the kernel's queue of a listener can still keep it waiting: that is before us.
 *
 * Ownership: the limits own their records. No clock and no socket inside: time is an
 * argument.
 */
#ifndef PORTER_LIMITS_H
#define PORTER_LIMITS_H

#include "err.h"
#include "ipc_words.h"
#include "table.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define PORTER_PENALTY_MIN_MS 15000
#define PORTER_PENALTY_MAX_MS 600000
#define PORTER_LISTENERS_MAX  IPC_LISTENERS_MAX

struct porter_limits_config {
    uint32_t connections_max;
    uint32_t listener_max[PORTER_LISTENERS_MAX];
    uint32_t per_address_max;
    uint32_t unauthenticated_max;
    uint32_t unauthenticated_per_address_max;
};

struct porter_limits {
    struct porter_limits_config config;
    struct table addresses; /* struct porter_address */
    struct table gates;     /* struct porter_connection */
    uint32_t connections;
    uint32_t listener_connections[PORTER_LISTENERS_MAX];
    uint32_t unauthenticated;
};

enum porter_verdict {
    PORTER_ADMIT,
    PORTER_TOO_MANY, /* connections in all */
    PORTER_TOO_MANY_LISTENER,
    PORTER_TOO_MANY_HERE,    /* from this address */
    PORTER_TOO_MANY_UNKNOWN, /* unauthenticated, in all */
    PORTER_TOO_MANY_UNKNOWN_HERE,
    PORTER_EARLY_DROP,
    PORTER_PENALTY,
    PORTER_TOO_FAST, /* see porter_rates.h */
    PORTER_NO_MEMORY,
};

const char *porter_verdict_text(enum porter_verdict v);

void porter_limits_init(
    struct porter_limits *l, const struct porter_limits_config *config);
void porter_limits_fini(struct porter_limits *l);

/*
 * Counts a new connection that will be served by `gate`, unless a rule is against it.
 * listener: below PORTER_LISTENERS_MAX. luck: any 32 random bits, for the early drop.
 */
enum porter_verdict porter_limits_admit(struct porter_limits *l, uint64_t gate,
    uint8_t listener, const struct in6_addr *address, int64_t now_ms, uint32_t luck);
/* The session of that gate authenticated. Harmless for an unknown gate. */
void porter_limits_trusted(struct porter_limits *l, uint64_t gate);
/* The connection ended. Harmless for an unknown gate. */
void porter_limits_gone(
    struct porter_limits *l, uint64_t gate, enum ipc_exit_class how, int64_t now_ms);
/* Forgets addresses without connections whose penalties are over. */
void porter_limits_forget(struct porter_limits *l, int64_t now_ms);

#endif
