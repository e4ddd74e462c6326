#include "auth_host.h"

#include "auth_verdict.h"
#include "ipc_words.h"
#include "text.h"

#include <string.h>

#define BREACH_BURST     10
#define BREACH_PERIOD_MS 60000

/* --- answers ---------------------------------------------------------------------- */

static void send_result(struct auth_host *h, const struct ipc_auth_result *result)
{
    enum err e = h->config.send(h->config.context, result);

    if (e != OK && h->broken == OK) {
        h->broken = e;
    }
}

static void send_verdict(struct auth_host *h, uint64_t session, uint32_t attempt,
    enum ipc_verdict verdict, uint16_t reason)
{
    const struct ipc_auth_result result = {.session = session,
        .attempt = attempt,
        .verdict = (uint8_t)verdict,
        .reason = reason};

    send_result(h, &result);
}

/* The last of an attempt: at once, or for a DENY a little later. */
static void end(struct auth_host *h, struct auth_attempt *a, enum ipc_verdict verdict,
    uint16_t reason)
{
    auth_queue_remove(&h->attempts, a);
    secret_free(&a->message);
    if (verdict == IPC_VERDICT_DENY && h->config.failure_delay_ms > 0) {
        a->state = AUTH_HELD;
        a->reason = reason;
        a->due_ms = h->now_ms + h->config.failure_delay_ms;
        return;
    }
    send_verdict(h, a->session, a->attempt, verdict, reason);
    auth_attempts_release(&h->attempts, a);
}

/* As end(), where the plugin does not know it yet. */
static void end_early(struct auth_host *h, struct auth_attempt *a,
    enum ipc_verdict verdict, uint16_t reason)
{
    const uint64_t number = a->number;

    end(h, a, verdict, reason);
    h->plugin->cancel(h->instance, number);
}

/* --- what the plugin may call ----------------------------------------------------- */

static void breach(struct auth_host *h, const char *what)
{
    uint64_t left_out;

    h->breaches++;
    if (log_limit_allows(&h->breach_limit, h->now_ms, &left_out)) {
        log_err("plugin broke a rule: %s plugin=%s left_out=%llu [AUTH010]", what,
            h->plugin->about->name, (unsigned long long)left_out);
    }
}

/* What is not an answer, or not now, costs the attempt. */
static void complete(
    struct auth_host *h, struct auth_attempt *a, const struct schloss_auth_result *said)
{
    struct ipc_auth_result result = {.session = a->session, .attempt = a->attempt};

    if (a->state != AUTH_RUNNING || auth_verdict_check(said, &result) != OK) {
        breach(h, a->state != AUTH_RUNNING ? "an answer that nobody asked for"
                                           : "what it said is not an answer");
        end_early(h, a, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_PLUGIN);
        return;
    }
    if (result.verdict == IPC_VERDICT_CONTINUE) {
        a->state = AUTH_IDLE;
        send_result(h, &result);
    } else if (result.verdict == IPC_VERDICT_ALLOW) {
        send_result(h, &result);
        auth_attempts_release(&h->attempts, a);
    } else {
        end(h, a, (enum ipc_verdict)result.verdict, result.reason);
    }
}

static void on_complete(
    void *host, uint64_t attempt, const struct schloss_auth_result *result)
{
    struct auth_host *h = host;
    struct auth_attempt *a = auth_attempts_of_number(&h->attempts, attempt);

    if (a == NULL || a->state == AUTH_HELD) {
        breach(h, "an answer for an attempt that ended");
        return;
    }
    complete(h, a, result);
}

static int64_t on_now_ms(void *host)
{
    const struct auth_host *h = host;

    return h->now_ms;
}

static void on_wait(void *host, uint64_t attempt, uint32_t delay_ms)
{
    struct auth_host *h = host;
    struct auth_attempt *a = auth_attempts_of_number(&h->attempts, attempt);

    if (a == NULL || a->state == AUTH_HELD) {
        breach(h, "a wait for an attempt that ended");
        return;
    }
    if (a->state != AUTH_RUNNING || h->plugin->resume == NULL) {
        breach(h, "a wait that it may not ask for");
        end_early(h, a, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_PLUGIN);
        return;
    }
    a->state = AUTH_WAITING;
    a->due_ms = h->now_ms + delay_ms;
}

/* Lines of a plugin may have line ends between them, and nothing else that is special. */
static void on_log(void *host, uint32_t level, struct schloss_auth_bytes text)
{
    struct auth_host *h = host;
    const char *bytes = text.bytes;
    char line[AUTH_SAID_MAX];
    uint64_t left_out;
    size_t n = 0;

    while (
        bytes != NULL && n < text.length && n < AUTH_SAID_MAX - 1 && bytes[n] != '\0') {
        bool plain = (bytes[n] >= 0x20 && bytes[n] <= 0x7e) || bytes[n] == '\n';
        h->said[n] = plain ? bytes[n] : '?';
        n++;
    }
    while (n > 0 && h->said[n - 1] == '\n') {
        n--;
    }
    h->said[n] = '\0';
    if (!h->started || !log_limit_allows(&h->said_limit, h->now_ms, &left_out)) {
        return;
    }
    (void)text_escape(line, sizeof(line), h->said, n);
    switch (level) {
    case SCHLOSS_AUTH_LOG_ERROR:
        log_err("plugin says: %s", line);
        break;
    case SCHLOSS_AUTH_LOG_WARN:
        log_warn("plugin says: %s", line);
        break;
    default:
        log_info("plugin says: %s", line);
        break;
    }
}

/* Before the sandbox is closed there is none: nobody has asked for anything yet. */
static int on_dial(void *host, uint32_t timeout_ms)
{
    struct auth_host *h = host;

    return h->started && h->config.dial != NULL
               ? h->config.dial(h->config.context, timeout_ms)
               : -1;
}

static const struct schloss_auth_function offered[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (void (*)(void))on_complete},
    {SCHLOSS_AUTH_HOST_NOW_MS, (void (*)(void))on_now_ms},
    {SCHLOSS_AUTH_HOST_WAIT, (void (*)(void))on_wait},
    {SCHLOSS_AUTH_HOST_LOG, (void (*)(void))on_log},
    {SCHLOSS_AUTH_HOST_DIAL, (void (*)(void))on_dial},
    {0, NULL},
};

/* --- start and end ---------------------------------------------------------------- */

enum err auth_host_init(struct auth_host *h, const struct auth_plugin *plugin,
    const struct auth_host_config *config, const struct schloss_auth_file *files,
    size_t file_count)
{
    const struct schloss_auth_config given = {.size = sizeof(given),
        .files = files,
        .file_count = file_count,
        .settings = config->settings,
        .setting_count = config->setting_count};

    *h = (struct auth_host){.config = *config,
        .plugin = plugin,
        .breach_limit = {.burst = BREACH_BURST, .period_ms = BREACH_PERIOD_MS},
        .said_limit = {.burst = BREACH_BURST, .period_ms = BREACH_PERIOD_MS},
        .offer = {.size = sizeof(h->offer),
            .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
            .abi_minor = SCHLOSS_AUTH_ABI_MINOR,
            .host = h,
            .functions = offered}};
    h->config.settings = NULL;
    h->config.setting_count = 0;
    enum err e = auth_attempts_init(&h->attempts);
    if (e != OK) {
        return e;
    }
    h->instance = plugin->create(&h->offer, &given);
    if (h->instance == NULL || plugin->warm(h->instance) != SCHLOSS_AUTH_READY) {
        return ERR_INVALID;
    }
    h->started = true;
    return OK;
}

void auth_host_fini(struct auth_host *h)
{
    if (h->instance != NULL) {
        h->plugin->destroy(h->instance);
        h->instance = NULL;
    }
    auth_attempts_fini(&h->attempts);
}

/* --- what broker sends ------------------------------------------------------------ */

static bool is_enabled(const struct auth_host *h, struct ipc_view mechanism)
{
    return auth_loader_has_word(h->config.mechanisms, mechanism) &&
           auth_loader_has_word(ipc_text(h->plugin->about->mechanisms), mechanism);
}

/* A session that begins again while it has an attempt is not one that can be trusted with
 * either. What is held ends by itself: a refusal does not become quicker. */
static void begin_twice(
    struct auth_host *h, struct auth_attempt *live, const struct ipc_auth_begin *m)
{
    bool same = live->attempt == m->attempt;

    if (live->state != AUTH_HELD) {
        end_early(h, live, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_SEQUENCE);
    }
    if (!same) {
        send_verdict(
            h, m->session, m->attempt, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_SEQUENCE);
    }
}

void auth_host_begin(struct auth_host *h, const struct ipc_auth_begin *m, int64_t now_ms)
{
    struct auth_attempt *a = auth_attempts_of_session(&h->attempts, m->session);

    h->now_ms = now_ms;
    if (a != NULL) {
        begin_twice(h, a, m);
        return;
    }
    if (!is_enabled(h, m->mechanism)) {
        send_verdict(
            h, m->session, m->attempt, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_MECHANISM);
        return;
    }
    if (auth_attempts_add(&h->attempts, m->session, m->attempt,
            ipc_cut(m->address, IPC_ADDRESS_MAX), &a) != OK) {
        send_verdict(
            h, m->session, m->attempt, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_BUSY);
        return;
    }
    a->deadline_ms = now_ms + h->config.timeout_ms;
    h->plugin->begin(h->instance, a->number,
        (struct schloss_auth_bytes){m->mechanism.ptr, m->mechanism.len},
        (struct schloss_auth_bytes){a->address, a->address_length});
}

/* OK, or why the message of an attempt that is idle can not be taken. */
static enum schloss_auth_reason take_message(
    struct auth_host *h, struct auth_attempt *a, struct ipc_view bytes)
{
    if (bytes.len > (h->config.message_max > 0 ? h->config.message_max : AUTH_STEP_MAX)) {
        return SCHLOSS_AUTH_REASON_TOO_LONG;
    }
    if (a->rounds == AUTH_ROUNDS_MAX) {
        return SCHLOSS_AUTH_REASON_ROUNDS;
    }
    if (!auth_queue_has_room(&h->attempts, a)) {
        return SCHLOSS_AUTH_REASON_BUSY;
    }
    if (bytes.len > 0 && secret_set(&a->message, bytes.ptr, bytes.len) != OK) {
        return SCHLOSS_AUTH_REASON_INTERNAL;
    }
    a->rounds++;
    a->state = AUTH_QUEUED;
    auth_queue_add(&h->attempts, a);
    return SCHLOSS_AUTH_REASON_NONE;
}

void auth_host_step(struct auth_host *h, const struct ipc_auth_step *m, int64_t now_ms)
{
    struct auth_attempt *a = auth_attempts_of_session(&h->attempts, m->session);

    h->now_ms = now_ms;
    if (a == NULL || a->attempt != m->attempt) {
        send_verdict(
            h, m->session, m->attempt, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_SEQUENCE);
        return;
    }
    if (a->state == AUTH_HELD) {
        return; /* its answer is on the way */
    }
    if (a->state != AUTH_IDLE) {
        end_early(h, a, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_SEQUENCE);
        return;
    }
    enum schloss_auth_reason reason = take_message(h, a, m->bytes);
    if (reason == SCHLOSS_AUTH_REASON_TOO_LONG || reason == SCHLOSS_AUTH_REASON_ROUNDS) {
        end_early(h, a, IPC_VERDICT_DENY, (uint16_t)reason);
    } else if (reason != SCHLOSS_AUTH_REASON_NONE) {
        end_early(h, a, IPC_VERDICT_ERROR, (uint16_t)reason);
    }
}

void auth_host_cancel(
    struct auth_host *h, const struct ipc_auth_cancel *m, int64_t now_ms)
{
    struct auth_attempt *a = auth_attempts_of_session(&h->attempts, m->session);

    h->now_ms = now_ms;
    if (a == NULL || a->attempt != m->attempt) {
        return; /* it ended while the message was on its way */
    }
    const uint64_t number = a->number;
    bool known = a->state != AUTH_HELD;
    auth_attempts_release(&h->attempts, a);
    if (known) {
        h->plugin->cancel(h->instance, number);
    }
}

enum ipc_known auth_host_knows(struct auth_host *h, struct ipc_view principal)
{
    if (h->plugin->knows == NULL) {
        return IPC_KNOWN_UNSAID;
    }
    uint32_t answer = h->plugin->knows(
        h->instance, (struct schloss_auth_bytes){principal.ptr, principal.len});
    return answer == SCHLOSS_AUTH_READY ? IPC_KNOWN_YES : IPC_KNOWN_NO;
}

/* --- credentials ------------------------------------------------------------------- */

_Static_assert((int)IPC_CREDENTIAL_OFFER == (int)SCHLOSS_AUTH_CREDENTIAL_OFFER &&
                   (int)IPC_CREDENTIAL_KEEP == (int)SCHLOSS_AUTH_CREDENTIAL_KEEP &&
                   (int)IPC_CREDENTIAL_REMOVE == (int)SCHLOSS_AUTH_CREDENTIAL_REMOVE &&
                   SCHLOSS_AUTH_CREDENTIAL_MAX == IPC_SEALED_MAX,
    "the same numbers");

struct ipc_view auth_host_sealing_key(struct auth_host *h)
{
    struct schloss_auth_bytes key = {.bytes = NULL};

    if (h->plugin->sealing_key == NULL ||
        h->plugin->sealing_key(h->instance, &key) != SCHLOSS_AUTH_READY) {
        return (struct ipc_view){.ptr = NULL};
    }
    if (key.bytes == NULL || key.length != IPC_SEAL_KEY_MAX) {
        breach(h, "its sealing key has not 32 bytes");
        return (struct ipc_view){.ptr = NULL};
    }
    return (struct ipc_view){.ptr = key.bytes, .len = key.length};
}

static struct schloss_auth_bytes bytes_of(struct ipc_view view)
{
    return (struct schloss_auth_bytes){view.ptr, view.len};
}

struct ipc_credential_answer auth_host_credential(
    struct auth_host *h, const struct ipc_credential *m, int64_t now_ms)
{
    const struct schloss_auth_credential credential = {.size = sizeof(credential),
        .act = m->act,
        .cost = m->cost,
        .name = bytes_of(m->name),
        .mechanism = bytes_of(m->mechanism),
        .serial = m->serial,
        .bytes = bytes_of(m->bytes)};
    struct schloss_auth_bytes stored = {.bytes = NULL};
    struct ipc_credential_answer answer = {.status = IPC_CREDENTIAL_REFUSED};

    h->now_ms = now_ms;
    if (h->plugin->credential == NULL || m->act < IPC_CREDENTIAL_OFFER ||
        m->act > IPC_CREDENTIAL_REMOVE || !is_enabled(h, m->mechanism)) {
        return answer;
    }
    uint32_t said = h->plugin->credential(h->instance, &credential, &stored);
    if (said == SCHLOSS_AUTH_ELSEWHERE) {
        answer.status = IPC_CREDENTIAL_ELSEWHERE;
    } else if (said == SCHLOSS_AUTH_READY && m->act != IPC_CREDENTIAL_OFFER) {
        answer.status = IPC_CREDENTIAL_TAKEN;
    } else if (said == SCHLOSS_AUTH_READY) {
        if (stored.bytes == NULL || stored.length == 0 ||
            stored.length > IPC_SEALED_MAX) {
            breach(h, "what it wants to be stored has not 1 to 1024 bytes");
            return answer;
        }
        answer.status = IPC_CREDENTIAL_TAKEN;
        answer.stored = (struct ipc_view){.ptr = stored.bytes, .len = stored.length};
    }
    return answer;
}

/* --- time ------------------------------------------------------------------------- */

static int64_t wakes_ms(const struct auth_attempt *a)
{
    if (a->state == AUTH_HELD) {
        return a->due_ms;
    }
    return a->state == AUTH_WAITING && a->due_ms < a->deadline_ms ? a->due_ms
                                                                  : a->deadline_ms;
}

static void wake(struct auth_host *h, struct auth_attempt *a)
{
    if (a->state == AUTH_HELD) {
        send_verdict(h, a->session, a->attempt, IPC_VERDICT_DENY, a->reason);
        auth_attempts_release(&h->attempts, a);
    } else if (h->now_ms >= a->deadline_ms) {
        end_early(h, a, IPC_VERDICT_ERROR, SCHLOSS_AUTH_REASON_TIMEOUT);
    } else {
        a->state = AUTH_RESUMED;
        auth_queue_add(&h->attempts, a);
    }
}

static void run_one(struct auth_host *h)
{
    struct auth_attempt *a = auth_queue_take(&h->attempts);

    if (a == NULL) {
        return;
    }
    const uint64_t number = a->number;
    bool resumed = a->state == AUTH_RESUMED;
    struct secret message = a->message; /* the attempt may end inside the call */
    a->message = (struct secret){.bytes = NULL};
    a->state = AUTH_RUNNING;
    if (resumed) {
        h->plugin->resume(h->instance, number);
    } else {
        h->plugin->step(h->instance, number,
            (struct schloss_auth_bytes){message.bytes, message.length});
    }
    secret_free(&message);
}

void auth_host_work(struct auth_host *h, int64_t now_ms)
{
    h->now_ms = now_ms;
    for (size_t i = 0; h->attempts.count > 0 && i < AUTH_ATTEMPTS_MAX; i++) {
        struct auth_attempt *a = &h->attempts.slots[i];
        if (a->state != AUTH_FREE && wakes_ms(a) <= now_ms) {
            wake(h, a);
        }
    }
    run_one(h);
}

int64_t auth_host_next_ms(const struct auth_host *h)
{
    int64_t next_ms = -1;

    if (h->attempts.queued > 0) {
        return h->now_ms;
    }
    for (size_t i = 0; h->attempts.count > 0 && i < AUTH_ATTEMPTS_MAX; i++) {
        const struct auth_attempt *a = &h->attempts.slots[i];
        if (a->state != AUTH_FREE && (next_ms < 0 || wakes_ms(a) < next_ms)) {
            next_ms = wakes_ms(a);
        }
    }
    return next_ms;
}
