/*
 * broker_fixture - the broker in the test's own process: a store that keeps batches in
 * memory, an audit that counts, gates that the test speaks for.
 *
 * Everything runs in fixture_pump(): it lets the broker's loop and the store work until
 * both have nothing more to do. No clock is waited for, but for fixture_wait().
 */
#ifndef BROKER_FIXTURE_H
#define BROKER_FIXTURE_H

#include "broker_session.h"
#include "wire_fixed.h"

#define FIXTURE_ROOM           4000000
#define FIXTURE_GATES_MAX      16
#define FIXTURE_PARTITIONS_MAX 128
#define FIXTURE_BATCHES_MAX    4096
#define FIXTURE_EVENTS_MAX     256

struct fixture_event {
    struct ipc_event event; /* its texts are gone but for these */
    char text[900];         /* "User:bob delete topic t" */
    char decision[40];
    char reason[256];
    char api[65];
    char rule[65];
};

struct fixture_gate {
    uint64_t number; /* 0: not in use */
    struct ipc_channel channel;
    uint64_t request;
    int32_t open_throttle_ms; /* of the last OPENED */
    int16_t open_error;
    size_t rooms;        /* ROOM_GIVEN, so far */
    bool answered;       /* ... and not yet looked at */
    size_t provens;      /* PROVEN, so far */
    bool proven;         /* ... the last of them */
    int32_t throttle_ms; /* of the last answer */
    struct buf body;
};

struct fixture_partition {
    struct ipc_uuid topic_id;
    int32_t partition;
    int64_t end;
};

struct fixture_batch {
    size_t partition; /* index */
    int64_t base;
    int64_t last;
    struct buf bytes;
};

struct fixture_append { /* held back */
    uint64_t request;
    struct ipc_append message; /* its views point into bytes */
    struct buf bytes;
};

struct fixture {
    struct broker broker;
    const char *policy;
    struct ipc_channel warden;
    struct ipc_channel porter;
    struct ipc_channel store;
    struct ipc_channel audit;
    struct fixture_gate gates[FIXTURE_GATES_MAX];
    uint64_t gates_made;
    /* The disk: outlives fixture_restart(). */
    struct fixture_partition partitions[FIXTURE_PARTITIONS_MAX];
    size_t partition_count;
    struct fixture_batch batches[FIXTURE_BATCHES_MAX];
    size_t batch_count;
    /* How the store behaves. */
    bool hold_appends; /* until fixture_release() */
    struct fixture_append held[64];
    size_t held_count;
    bool hold_opens; /* the same for PARTITION_OPEN */
    struct ipc_received held_opens[64];
    size_t held_open_count;
    int16_t append_error; /* instead of writing */
    bool hold_revokes;    /* until fixture_release() */
    struct ipc_revoked held_revokes[1024];
    size_t held_revoke_count;
    /* How audit behaves. */
    enum ipc_audit_failure audit_mode; /* from the next start on */
    bool hold_syncs;                   /* until fixture_sync() */
    /* How it is configured, from the next start on. */
    enum ipc_policy_mode policy_mode;
    bool policy_compat;
    bool policy_allow_everyone;
    /* What was heard. */
    bool serving;
    size_t asked;                /* STATUS_ASK and RELOAD_ASK that the warden got */
    uint16_t last_kill;          /* why the last gate was ended: enum ipc_kill_reason */
    size_t broken;               /* times that an auth process was to be ended */
    uint8_t last_broken;         /* ... the authority of the last */
    struct ipc_gate_quota quota; /* the last that store was told */
    size_t quotas_told;
    struct fixture_rate {
        char address[IPC_ADDRESS_MAX + 1];
        int32_t rate;
    } rates[8]; /* that the porter was told, the last of them */
    size_t rate_count;
    size_t logins; /* audit events of authentication that succeeded */
    size_t failed_logins;
    char last_failed[128];                           /* "X509: reason" */
    size_t denied;                                   /* audit events of refusals */
    char last_denied[128];                           /* "read group g" */
    char last_change[400];                           /* "User:bob alter user zoe" */
    struct fixture_event events[FIXTURE_EVENTS_MAX]; /* the last that audit got */
    size_t event_count;
    uint64_t audit_asked; /* AUDIT_SYNC that is not answered */
    size_t grants;
    struct ipc_grant last_grant;
    size_t revokes;
    struct ipc_revoke revoked; /* the last */
    struct arena arena;        /* of decoded answers */
};

/* Policy text without its first line. Starts with an empty disk; serves when it returns.
 */
struct fixture *fixture_new(const char *rules);
struct fixture *fixture_new_in(const char *rules, enum ipc_policy_mode mode);
void fixture_free(struct fixture **f);
/* The broker ends and starts anew from the same disk; gates are gone. */
void fixture_restart(struct fixture *f);
/* Another policy, from now on. */
void fixture_set_policy(struct fixture *f, const char *rules);
/* One that decides nothing; NULL: none any more. */
void fixture_set_permissive(struct fixture *f, const char *rules);
/* Makes a topic with two partitions. */
void fixture_topic(struct fixture *f, const char *name);
struct wire_uuid fixture_topic_id(struct fixture *f, const char *name);

/* A session of that user, authenticated, from 192.0.2.7. */
uint64_t fixture_gate(struct fixture *f, const char *user);
/* One of an administrator with that uid, as the porter tells of it. */
uint64_t fixture_admin(struct fixture *f, uint32_t uid);
/* The warden says that. */
void fixture_say(struct fixture *f, enum ipc_msg msg, const void *message);
void fixture_drop_gate(struct fixture *f, uint64_t gate);
/* A gate of which the broker was told nothing yet: the test speaks for the warden, the
 * porter and the gate's channel. end_out is the broker's end. */
struct fixture_gate *fixture_new_gate(struct fixture *f, int *end_out);

void fixture_pump(struct fixture *f);
/* Lets the loop wait for its next timer once. */
void fixture_wait(struct fixture *f);
void fixture_send(
    struct fixture *f, uint64_t gate, int16_t key, int16_t version, const void *request);
bool fixture_answered(struct fixture *f, uint64_t gate);
/* Opens partition 0 to read; how long the client has to wait for that. */
int32_t fixture_open(struct fixture *f, uint64_t gate, const char *topic);
/* The same for an operation: the error code. */
int16_t fixture_open_code(
    struct fixture *f, uint64_t gate, const char *topic, uint8_t operation);
/* The same for each partition of the topic, which all may be opened. */
void fixture_open_all(
    struct fixture *f, uint64_t gate, const char *topic, uint8_t operation);
/* Asks for memory (ROOM), or gives it back; how often it got some. */
void fixture_room(struct fixture *f, uint64_t gate, uint32_t bytes);
size_t fixture_rooms(struct fixture *f, uint64_t gate);
/* How long the client has to wait, as the last answer said. */
int32_t fixture_throttle_ms(struct fixture *f, uint64_t gate);
/* The decoded answer, which must be there. It lives as long as the fixture. */
const void *fixture_answer(struct fixture *f, uint64_t gate, int16_t key);
const void *fixture_call(
    struct fixture *f, uint64_t gate, int16_t key, int16_t version, const void *request);
/* As fixture_send(), but past the gate's channel, and while the handler runs the n-th
 * allocation fails. */
void fixture_send_starved(struct fixture *f, uint64_t gate, int16_t key, int16_t version,
    const void *request, long n);
/* Lets what is held happen; appends fail with that code when it is not 0. */
void fixture_release(struct fixture *f, int16_t error);
/* Whether the gate was ended: what it asked was a breach, or could not be answered. */
bool fixture_is_killed(struct fixture *f, uint64_t gate);

/* Audit goes, and comes again. */
void fixture_stop_audit(struct fixture *f);
void fixture_start_audit(struct fixture *f);
/* Audit says that what it was asked for is on disk. */
void fixture_sync(struct fixture *f);
/* The last event of that kind, or so many before it; NULL: there is none. */
const struct fixture_event *fixture_event(
    const struct fixture *f, enum ipc_event_kind kind, size_t back);
/* What store says. */
void fixture_used(struct fixture *f, const struct ipc_used *used);

struct wire_view fixture_view(const char *text);
/* Asserts that the view is this text. */
void fixture_assert_text(struct wire_view view, const char *text);

#endif
