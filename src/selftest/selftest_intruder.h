/*
 * selftest_intruder - our end of a gate that we have taken over.
 *
 * Says anything on any of the gate's genuine channels and hears what comes back. All that
 * the gate ever finds is kept: none of it may be the canary.
 *
 * Ownership: what selftest_intruder_hear() hands out is valid until the next call.
 */
#ifndef SELFTEST_INTRUDER_H
#define SELFTEST_INTRUDER_H

#include "buf.h"
#include "ipc_message.h"
#include "selftest_instance.h"
#include "selftest_puppet.h"
#include "wire_api.h"

#define SELFTEST_WAIT_MS  5000 /* for what must come */
#define SELFTEST_KILL_MS  1500 /* from the end of a channel to that of the gate */
#define SELFTEST_QUIET_MS 300  /* for what must not */

struct selftest_intruder {
    int fd;        /* the client's connection; -1: none */
    uint64_t gate; /* its number, as the others know it */
    bool ended;    /* the gate is gone */
    bool closed[PUPPET_CHANNELS];
    struct buf found;                    /* everything, for the canary */
    struct buf arrived[PUPPET_CHANNELS]; /* not yet heard */
    struct buf report;
    uint64_t request; /* ids of our messages */
    struct buf out;
};

enum selftest_heard {
    SELFTEST_MESSAGE,
    SELFTEST_KILLED, /* the gate ended */
    SELFTEST_CLOSED, /* the channel ended, and the gate lives */
    SELFTEST_SILENCE,
};

/* Connects as a stranger and takes the gate over. selftest_intruder_close() in any case.
 */
bool selftest_intruder_open(
    struct selftest_intruder *t, struct selftest_instance *i, enum selftest_door door);
void selftest_intruder_close(struct selftest_intruder *t);

/* Any bytes, count times; to store they go into the stream. */
void selftest_intruder_say(struct selftest_intruder *t, enum puppet_channel to,
    enum puppet_order how, const void *bytes, size_t length, uint32_t count);
/* One well-formed message. */
void selftest_intruder_send(struct selftest_intruder *t, enum puppet_channel to,
    enum ipc_msg msg, const void *message);
/* The request in its fixed form, to broker. */
void selftest_intruder_ask(struct selftest_intruder *t, enum wire_api_key key,
    int16_t version, const void *request);

/* The next message of the channel. */
enum selftest_heard selftest_intruder_hear(struct selftest_intruder *t,
    enum puppet_channel from, int wait_ms, enum ipc_msg *msg_out, union ipc_any *out);

/* SASL/PLAIN by its own messages, as the gate would do it for its client. */
bool selftest_intruder_login(
    struct selftest_intruder *t, const struct selftest_instance *i, const char *user);
/* The handle of a grant, or 0 and the code of the refusal. */
uint64_t selftest_intruder_grant(struct selftest_intruder *t, const char *topic,
    uint8_t operation, int16_t *error_out);

#endif
