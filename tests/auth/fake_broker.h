/* fake_broker - sends auth_host what broker would send, and remembers the answers. */
#ifndef FAKE_BROKER_H
#define FAKE_BROKER_H

#include "auth_host.h"
#include "ipc_words.h"

#include <schloss/auth_plugin.h>

#define FAKE_ANSWERS_MAX 4096

struct fake_answer {
    uint64_t session;
    uint32_t attempt;
    enum ipc_verdict verdict;
    enum schloss_auth_reason reason;
    size_t length; /* of the bytes for the client */
    char principal[IPC_PRINCIPAL_MAX + 1];
    int64_t expires_ms;
};

struct fake_broker {
    struct auth_host host;
    int64_t now_ms;
    struct fake_answer answers[FAKE_ANSWERS_MAX];
    size_t count;  /* answers so far */
    size_t seen;   /* of them, looked at by the test */
    enum err fail; /* what sending answers */
};

/* A configuration that sends to b: all mechanisms of the tests, no delay,
 * AUTH_TIMEOUT_MS. */
struct auth_host_config fake_config(struct fake_broker *b);
/* The one of the process, empty: it is too large for a stack. */
struct fake_broker *fake_broker(void);

void fake_begin(struct fake_broker *b, uint64_t session, uint32_t attempt);
void fake_begin_from(struct fake_broker *b, uint64_t session, uint32_t attempt,
    const char *mechanism, const char *address);
void fake_step(
    struct fake_broker *b, uint64_t session, uint32_t attempt, const char *text);
void fake_step_bytes(struct fake_broker *b, uint64_t session, uint32_t attempt,
    const void *bytes, size_t length);
void fake_cancel(struct fake_broker *b, uint64_t session, uint32_t attempt);
/* Works until nothing is left to do now. */
void fake_work(struct fake_broker *b);
void fake_pass(struct fake_broker *b, int64_t ms);
/* The next answer, or NULL. */
const struct fake_answer *fake_next(struct fake_broker *b);

#endif
