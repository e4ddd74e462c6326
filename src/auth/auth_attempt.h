/*
 * auth_attempt - the attempts to authenticate that are under way, and the queue of those
 * whose message waits for the plugin.
 *
 * A session has one attempt at a time. To the plugin an attempt is a number that is never
 * used again: what it says about one that ended finds nothing.
 *
 * The queue is fair to addresses: whoever was served last waits until all others had a
 * turn, and no address may hold more than half of it.
 *
 * Ownership: the set owns the attempts; a pointer is valid until it is released. Messages
 * are wiped.
 *
 * Limits: AUTH_ATTEMPTS_MAX attempts, AUTH_QUEUE_MAX waiting messages.
 */
#ifndef AUTH_ATTEMPT_H
#define AUTH_ATTEMPT_H

#include "ipc_message.h"
#include "mem.h"
#include "table.h"

#define AUTH_ATTEMPTS_MAX    1024
#define AUTH_QUEUE_MAX       128
#define AUTH_QUEUE_SHARE_MAX (AUTH_QUEUE_MAX / 2)

enum auth_state {
    AUTH_FREE = 0,
    AUTH_IDLE,    /* the client's next message is awaited */
    AUTH_QUEUED,  /* its message waits for the plugin */
    AUTH_RUNNING, /* the plugin has it */
    AUTH_WAITING, /* the plugin wants it back at due_ms */
    AUTH_RESUMED, /* ... and that time has come: in the queue again */
    AUTH_HELD,    /* denied; the answer goes out at due_ms */
};

struct auth_attempt {
    enum auth_state state;
    uint64_t number; /* for the plugin; its low bits are the place in the set */
    uint64_t session;
    uint32_t attempt;
    uint32_t rounds;
    int64_t deadline_ms;
    int64_t due_ms;
    uint16_t reason; /* AUTH_HELD */
    struct secret message;
    size_t address_length;
    uint8_t address[IPC_ADDRESS_MAX];
};

struct auth_attempts {
    struct auth_attempt *slots; /* owned, AUTH_ATTEMPTS_MAX */
    size_t count;
    uint64_t generation;
    struct table by_session;
    struct auth_attempt *queue[AUTH_ATTEMPTS_MAX]; /* the oldest first */
    size_t queued;
    size_t last_length; /* who was served last */
    uint8_t last_address[IPC_ADDRESS_MAX];
};

enum err auth_attempts_init(struct auth_attempts *s) MUST_CHECK;
void auth_attempts_fini(struct auth_attempts *s);

/* ERR_FULL, ERR_NOMEM. The session has none yet. address: at most IPC_ADDRESS_MAX. */
enum err auth_attempts_add(struct auth_attempts *s, uint64_t session, uint32_t attempt,
    struct ipc_view address, struct auth_attempt **out) MUST_CHECK;
/* Out of the queue, wiped, forgotten. */
void auth_attempts_release(struct auth_attempts *s, struct auth_attempt *a);

struct auth_attempt *auth_attempts_of_session(
    const struct auth_attempts *s, uint64_t session);
struct auth_attempt *auth_attempts_of_number(
    const struct auth_attempts *s, uint64_t number);

/* May one more message of this address wait? */
bool auth_queue_has_room(const struct auth_attempts *s, const struct auth_attempt *a);
/* Not in the queue yet. The state is the caller's to set. */
void auth_queue_add(struct auth_attempts *s, struct auth_attempt *a);
/* Harmless when it is not there. */
void auth_queue_remove(struct auth_attempts *s, const struct auth_attempt *a);
/* NULL: nobody waits. */
struct auth_attempt *auth_queue_take(struct auth_attempts *s);

#endif
