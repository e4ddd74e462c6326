/*
 * auth_host - runs one plugin for broker: begin, step and cancel in, one answer out.
 *
 * The rules that it keeps whatever the two sides do:
 *  - Each attempt that began ends with exactly one final answer, or is cancelled by
 *    broker. CONTINUE is not final. A plugin that is silent, answers twice, answers what
 *    nobody asked or what is not an answer loses the attempt: ERROR.
 *  - A message that does not fit (a step without a begin, for another attempt, before the
 *    last was answered; a second begin) is answered ERROR. It never ends the process.
 *  - The attempts, the queue, a message, an answer, the rounds and the time are bounded;
 *    beyond the bounds the answer is ERROR (DENY where it is the client's own message
 *    that is too long).
 *  - A DENY is held back until failure_delay_ms after its message was looked at; that
 *    costs nothing but the attempt's slot.
 *
 * A plugin may need 50 ms for a message, so auth_host_work() hands it one at a time and
 * returns to the event loop between.
 *
 * Trust: broker's messages were decoded and bounded by ipc; they may still be wrong. The
 * client's bytes inside are hostile and go to the plugin only.
 *
 * Ownership: the plugin and the texts of the configuration are borrowed. The address of
 * the host is known to the plugin: it does not move. Time comes from the caller,
 * monotonic milliseconds.
 */
#ifndef AUTH_HOST_H
#define AUTH_HOST_H

#include "auth_attempt.h"
#include "auth_loader.h"
#include "ipc_words.h"
#include "log.h"

#define AUTH_STEP_MAX   16384 /* bytes of one message of a client, if nothing is said */
#define AUTH_ROUNDS_MAX 8
#define AUTH_TIMEOUT_MS 10000 /* from begin to the last answer of the plugin */
#define AUTH_SAID_MAX   1024

struct auth_host_config {
    struct ipc_view mechanisms; /* enabled ones; words between blanks or commas */
    uint32_t failure_delay_ms;
    uint32_t timeout_ms;  /* AUTH_TIMEOUT_MS, but for tests */
    uint32_t message_max; /* of a client, bytes; 0: AUTH_STEP_MAX */
    const struct schloss_auth_setting *settings; /* borrowed for auth_host_init() */
    size_t setting_count;
    /* An error ends broker's channel: see auth_host.broken. */
    enum err (*send)(void *context, const struct ipc_auth_result *result);
    /* A connected socket or -1; NULL: this plugin has no connections. */
    int (*dial)(void *context, uint32_t timeout_ms);
    void *context;
};

struct auth_host {
    struct auth_host_config config;
    const struct auth_plugin *plugin; /* borrowed */
    struct schloss_auth_instance *instance;
    struct schloss_auth_host offer;
    struct auth_attempts attempts;
    int64_t now_ms;
    bool started;      /* until then what the plugin says is told by who starts it */
    enum err broken;   /* OK: every answer could be sent */
    uint64_t breaches; /* of the plugin */
    struct log_limit breach_limit;
    struct log_limit said_limit;
    char said[AUTH_SAID_MAX]; /* the last thing that the plugin logged */
};

/*
 * Makes the plugin's instance and warms it: before the sandbox closes. files are borrowed
 * for the call. On an error h->said is the reason; auth_host_fini() is safe.
 */
enum err auth_host_init(struct auth_host *h, const struct auth_plugin *plugin,
    const struct auth_host_config *config, const struct schloss_auth_file *files,
    size_t file_count) MUST_CHECK;
void auth_host_fini(struct auth_host *h);

void auth_host_begin(struct auth_host *h, const struct ipc_auth_begin *m, int64_t now_ms);
void auth_host_step(struct auth_host *h, const struct ipc_auth_step *m, int64_t now_ms);
void auth_host_cancel(
    struct auth_host *h, const struct ipc_auth_cancel *m, int64_t now_ms);

/* May this principal, whom an instance before this one let in, stay? */
enum ipc_known auth_host_knows(struct auth_host *h, struct ipc_view principal);

/* The plugin's public key for credentials; empty: it takes none. */
struct ipc_view auth_host_sealing_key(struct auth_host *h);
/* What the plugin makes of a credential; its bytes are borrowed until the next call. */
struct ipc_credential_answer auth_host_credential(
    struct auth_host *h, const struct ipc_credential *m, int64_t now_ms);

/* What is due, and one message for the plugin. */
void auth_host_work(struct auth_host *h, int64_t now_ms);
/* When there is work again; -1: not before a message comes. */
int64_t auth_host_next_ms(const struct auth_host *h);

#endif
