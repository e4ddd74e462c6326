/*
 * dial_attempt - one connection by TCP: the addresses one after the other until one
 * answers, or the time is over.
 *
 * Each address gets an equal share of the time that is left; one that refuses passes what
 * it did not use on. Not a byte is read from the connection.
 *
 * Ownership: loop, addresses and rate are borrowed. The socket is the attempt's until its
 * end, where on_end may hand it on; it is closed behind that.
 *
 * Limits: DIAL_RATE_MAX tries in DIAL_RATE_MS, of all attempts that share a rate.
 */
#ifndef DIAL_ATTEMPT_H
#define DIAL_ATTEMPT_H

#include "loop.h"

#define DIAL_ADDRESSES_MAX  8
#define DIAL_TIMEOUT_MAX_MS 10000
#define DIAL_RATE_MAX       60
#define DIAL_RATE_MS        60000

struct dial_address {
    bool is_v6;
    uint8_t bytes[16]; /* of IPv4 the first four; the order of the network */
    uint16_t port;
};

struct dial_addresses {
    struct dial_address items[DIAL_ADDRESSES_MAX];
    size_t count;
};

struct dial_rate {
    int64_t start_ms; /* of the period; 0: none yet */
    unsigned used;
};

struct dial_attempt {
    struct loop *loop;
    const struct dial_addresses *addresses;
    struct dial_rate *rate;
    /* fd: the connection, borrowed for the call; -1: there is none, and why. */
    void (*on_end)(void *context, int fd, enum err why);
    void *context;
    /* private */
    bool active;
    int fd; /* while it is active and a connection is being made */
    size_t next;
    int64_t deadline_ms;
    struct loop_watch watch;
    struct loop_timer timer;
};

/* One more try now? */
bool dial_rate_allows(struct dial_rate *r, int64_t now_ms);

/* on_end is called once, possibly before this returns. Not while it is active. */
void dial_attempt_begin(struct dial_attempt *a, uint32_t timeout_ms);
/* Without on_end; harmless when it is not active. */
void dial_attempt_cancel(struct dial_attempt *a);

#endif
