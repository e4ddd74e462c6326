/*
 * conf_dial - where a plugin's process may have connections to: the value of the key that
 * its manifest names under `dial`.
 *
 *     192.0.2.7:636,[2001:db8::7]:636
 *
 * Addresses are numbers. A name would have to be looked up, and the answer is a stranger's
 * bytes, which nothing that holds a right may parse.
 *
 * Trust: any text. Ownership: values only. Limits: CONF_DIAL_MAX addresses.
 */
#ifndef CONF_DIAL_H
#define CONF_DIAL_H

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_DIAL_MAX 8

struct conf_dial_address {
    bool is_v6;
    uint8_t bytes[16]; /* of IPv4 the first four; the order of the network */
    uint16_t port;
};

struct conf_dial {
    struct conf_dial_address addresses[CONF_DIAL_MAX]; /* in the order of trial */
    size_t count;
};

/* ERR_INVALID: *why_out is a sentence for people, a constant. */
enum err conf_dial_parse(
    const char *text, struct conf_dial *out, const char **why_out) MUST_CHECK;

#endif
