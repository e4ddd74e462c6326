#include "keys_process.h"

#include "clock.h"
#include "ipc_words.h"
#include "keys_sign.h"
#include "keys_start.h"
#include "mem.h"

#include <unistd.h>

#define AUDIT_QUEUE      (256 * 1024)
#define BROKER_QUEUE     (256 * 1024)
#define BREACH_LINES     20
#define BREACH_PERIOD_MS 60000
#define UNTOLD_LINES     5

struct keys_gate {
    uint64_t number;
    struct keys *keys; /* borrowed: its owner */
    struct ipc_link link;
    bool asked;         /* its one signature is used up */
    const char *breach; /* NULL: none, or one that the channel found */
};

/* --- breaches --------------------------------------------------------------------- */

static void audit_breach(struct keys *k, uint64_t gate, const char *what)
{
    struct ipc_event event = {.time_ms = clock_wall_ms(),
        .kind = IPC_EVENT_PROCESS,
        .outcome = IPC_OUTCOME_DENIED,
        .session = gate,
        .operation = ipc_text("sign"),
        .reason = ipc_text(what),
        .count = 1};

    if (ipc_link_send(&k->audit, IPC_MSG_EVENT, 0, &event, -1) != OK) {
        log_warn("a breach could not be told to audit gate=%llu [KEY003]",
            (unsigned long long)gate);
    }
}

static void report_breach(
    struct keys *k, uint64_t gate, const char *what, uint16_t reason)
{
    struct ipc_gate_kill kill = {.gate = gate, .reason = reason};
    uint64_t left_out = 0;

    k->breaches++;
    if (ipc_link_send(&k->role.warden, IPC_MSG_GATE_KILL, 0, &kill, -1) != OK) {
        log_err("the warden could not be asked to kill a gate gate=%llu [KEY002]",
            (unsigned long long)gate);
    }
    audit_breach(k, gate, what);
    if (log_limit_allows(&k->breach_lines, clock_mono_ms(), &left_out)) {
        log_warn("a gate broke the rules: %s gate=%llu left-out=%llu [KEY001]", what,
            (unsigned long long)gate, (unsigned long long)left_out);
    }
}

/* --- gates ------------------------------------------------------------------------ */

static void gate_free(struct keys_gate *g)
{
    (void)table_remove(&g->keys->gates, &g->number, sizeof(g->number));
    ipc_link_fini(&g->link);
    mem_free(g);
}

static void on_gate_end(void *context, enum err why)
{
    struct keys_gate *g = context;

    if (why == ERR_DENIED || why == ERR_INVALID) {
        const char *what =
            g->breach != NULL ? g->breach : "a message that it may not send";
        report_breach(g->keys, g->number, what, IPC_KILL_BREACH);
    } else if (why == ERR_FULL) {
        report_breach(g->keys, g->number, "it does not read its answer", IPC_KILL_QUEUE);
    }
    /* ERR_CLOSED is how every gate ends; without memory its handshake fails, and no more.
     */
    gate_free(g);
}

static enum err breach(struct keys_gate *g, const char *what)
{
    g->breach = what;
    return ERR_DENIED;
}

/*
 * What broker does not hear of proves no client and no version of TLS to it; so this is no
 * reason not to sign.
 */
static void tell_broker(struct keys_gate *g, const uint8_t *signature, size_t length)
{
    struct keys *k = g->keys;
    uint8_t digest[IPC_DIGEST_MAX];
    struct ipc_signed_text told = {
        .gate = g->number, .digest = {.ptr = digest, .len = sizeof(digest)}};
    uint64_t left_out = 0;

    if (algo_sha256(&k->algo, signature, length, digest) == OK &&
        ipc_link_send(&k->broker, IPC_MSG_SIGNED, 0, &told, -1) == OK) {
        return;
    }
    if (log_limit_allows(&k->untold_lines, clock_mono_ms(), &left_out)) {
        log_warn("broker could not be told of a signature gate=%llu left-out=%llu "
                 "[KEY010]",
            (unsigned long long)g->number, (unsigned long long)left_out);
    }
}

/* No listener's policy has it: no honest gate asks for it. */
static bool is_of_a_policy(const struct keys *k, uint16_t scheme)
{
    for (unsigned i = 0; i < TLSPOLICY_COUNT; i++) {
        if ((k->policies & 1u << i) != 0 && tlspolicy_signs(tlspolicy_get(i), scheme)) {
            return true;
        }
    }
    return false;
}

static enum err on_sign(void *context, const struct ipc_received *m)
{
    struct keys_gate *g = context;
    struct keys *k = g->keys;
    struct ipc_view text = m->body.sign.text;
    uint8_t signature[KEYS_SIGNATURE_MAX];
    struct ipc_sign_result result = {.refused = 1};
    size_t length = 0;

    if (g->asked) {
        return breach(g, "a second signature");
    }
    g->asked = true;
    enum keys_shape shape = keys_text_shape(text.ptr, text.len);
    if (shape == KEYS_SHAPE_NONE || (shape == KEYS_SHAPE_TLS_1_2 && !k->tls12) ||
        (shape == KEYS_SHAPE_TLS_1_3 && !k->tls13)) {
        return breach(g, "a text that is not of a TLS handshake");
    }
    const struct keys_scheme *scheme =
        keys_scheme_find(k->key.type, m->body.sign.scheme, shape);
    if (scheme == NULL || !is_of_a_policy(k, m->body.sign.scheme)) {
        return breach(g, "a signature scheme that is not of this key");
    }
    if (keys_sign(&k->key, scheme, text.ptr, text.len, signature, &length) == OK) {
        result.refused = 0;
        result.signature = (struct ipc_view){.ptr = signature, .len = length};
        k->signatures++;
        if (k->tells_broker && shape == KEYS_SHAPE_TLS_1_3) {
            tell_broker(g, signature, length); /* before the gate has it */
        }
    } else {
        log_err("a signature could not be made gate=%llu [KEY004]",
            (unsigned long long)g->number);
        k->failed = k->signer != NULL;
        k->role.stopping = k->role.stopping || k->failed;
    }
    return ipc_link_send(&g->link, IPC_MSG_SIGN_RESULT, m->request, &result, -1);
}

/* Takes fd. */
static enum err open_link(struct ipc_link *link, struct keys *k, int fd,
    enum ipc_role peer, size_t queue, void *context,
    void (*on_end)(void *context, enum err why))
{
    struct ipc_channel channel;
    enum err e = ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_KEYS, peer, queue);

    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    return ipc_link_init(link, k->role.loop, &channel, keys_handlers, context, on_end);
}

static enum err gate_new(struct keys *k, uint64_t number, int fd)
{
    struct keys_gate *g = mem_alloc(1, sizeof(*g));

    if (g == NULL) {
        (void)close(fd);
        return ERR_NOMEM;
    }
    g->number = number;
    g->keys = k;
    enum err e = open_link(&g->link, k, fd, IPC_GATE, KEYS_GATE_QUEUE, g, on_gate_end);
    if (e == OK) {
        e = table_put(&k->gates, &g->number, sizeof(g->number), g);
    }
    if (e != OK) {
        gate_free(g);
    }
    return e;
}

/* --- the warden's messages -------------------------------------------------------- */

static enum err on_gate_add(void *context, const struct ipc_received *m)
{
    struct keys *k = context;
    uint64_t number = m->body.gate_add.gate;

    if (table_get(&k->gates, &number, sizeof(number)) != NULL) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    enum err e = gate_new(k, number, m->fd);
    if (e != OK) {
        /* That gate finds its channel closed; the others go on. */
        log_err("no room for a gate: %s gate=%llu [KEY005]", err_text(e),
            (unsigned long long)number);
    }
    return OK;
}

/* A gate that we reported ourselves is not known any more. */
static enum err on_gate_gone(void *context, const struct ipc_received *m)
{
    struct keys *k = context;
    uint64_t number = m->body.gate_gone.gate;
    struct keys_gate *g = table_get(&k->gates, &number, sizeof(number));

    if (g != NULL) {
        gate_free(g);
    }
    return OK;
}

static void on_audit_end(void *context, enum err why)
{
    struct keys *k = context;

    if (!k->role.stopping && why != ERR_CLOSED) {
        log_warn("the channel to audit ended: %s [KEY006]", err_text(why));
    }
    ipc_link_fini(&k->audit);
}

static void on_broker_end(void *context, enum err why)
{
    struct keys *k = context;

    if (!k->role.stopping && why != ERR_CLOSED) {
        log_warn("the channel to broker ended: %s [KEY011]", err_text(why));
    }
    ipc_link_fini(&k->broker);
}

/* What there was of it before was started again. */
static enum err on_peer_add(void *context, const struct ipc_received *m)
{
    struct keys *k = context;

    switch (m->body.peer_add.role) {
    case IPC_AUDIT:
        ipc_link_fini(&k->audit);
        return open_link(&k->audit, k, m->fd, IPC_AUDIT, AUDIT_QUEUE, k, on_audit_end);
    case IPC_BROKER:
        ipc_link_fini(&k->broker);
        return open_link(
            &k->broker, k, m->fd, IPC_BROKER, BROKER_QUEUE, k, on_broker_end);
    default:
        (void)close(m->fd);
        return ERR_INVALID;
    }
}

static enum err on_start(void *context, const struct ipc_received *m)
{
    struct keys *k = context;

    if (k->role.started) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    return keys_start(k, &m->body.keys_start, m->fd);
}

/* Of the signer: without one the warden has no reason to send it. */
static enum err on_given(void *context, const struct ipc_received *m)
{
    struct keys *k = context;

    return k->signer != NULL ? k->signer->given(k->signer->context, m) : ERR_INVALID;
}

static enum err on_alive_ask(void *context, const struct ipc_received *m)
{
    struct keys *k = context;
    const struct ipc_alive answer = {0};

    (void)m;
    return ipc_link_send(&k->role.warden, IPC_MSG_ALIVE, 0, &answer, -1);
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    struct keys *k = context;

    (void)m;
    k->role.stopping = true;
    return OK;
}

const struct ipc_handler keys_handlers[IPC_MSG_COUNT] = {
    /* from, states of that channel, handler */
    [IPC_MSG_PEER_ADD] = {IPC_WARDEN, ROLE_STARTING | ROLE_RUNNING, on_peer_add},
    [IPC_MSG_KEYS_TOKEN] = {IPC_WARDEN, ROLE_STARTING, on_given},
    [IPC_MSG_KEYS_PATH] = {IPC_WARDEN, ROLE_STARTING, on_given},
    [IPC_MSG_KEYS_VARIABLE] = {IPC_WARDEN, ROLE_STARTING, on_given},
    [IPC_MSG_KEYS_START] = {IPC_WARDEN, ROLE_STARTING, on_start},
    [IPC_MSG_ALIVE_ASK] = {IPC_WARDEN, ROLE_RUNNING, on_alive_ask},
    [IPC_MSG_GATE_ADD] = {IPC_WARDEN, ROLE_RUNNING, on_gate_add},
    [IPC_MSG_GATE_GONE] = {IPC_WARDEN, ROLE_RUNNING, on_gate_gone},
    [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_stop},
    [IPC_MSG_SIGN] = {IPC_GATE, IPC_ANY_STATE, on_sign},
};

/* --- the process ------------------------------------------------------------------ */

void keys_init(struct keys *k)
{
    *k = (struct keys){
        .breach_lines = {.burst = BREACH_LINES, .period_ms = BREACH_PERIOD_MS},
        .untold_lines = {.burst = UNTOLD_LINES, .period_ms = BREACH_PERIOD_MS}};
    table_init(&k->gates, KEYS_GATES_MAX);
}

void keys_fini(struct keys *k)
{
    size_t cursor = 0;
    struct keys_gate *g;

    while ((g = table_next(&k->gates, &cursor)) != NULL) {
        gate_free(g);
    }
    table_fini(&k->gates);
    ipc_link_fini(&k->audit);
    ipc_link_fini(&k->broker);
    loop_timer_cancel(k->role.loop, &k->expiry_timer);
    keys_key_fini(&k->key);
    algo_close(&k->algo);
}

/* What the signer reads was opened when it could still be; only Landlock needs it. */
static void enter(struct keys *k)
{
    size_t count = 0;
    const int *paths;

    if (k->signer == NULL) {
        role_enter(&k->role);
        return;
    }
    k->role.sandbox = SANDBOX_KEYS_TOKEN;
    paths = k->signer->paths(k->signer->context, &count);
    role_close_files_but_reading(&k->role, paths, count);
    for (size_t i = 0; i < count; i++) {
        (void)close(paths[i]);
    }
    role_close_calls(&k->role);
}

int keys_process(int argc, char **argv, const struct keys_signer *signer)
{
    struct keys k;

    keys_init(&k);
    k.signer = signer;
    role_begin(&k.role, IPC_KEYS, argc, argv, keys_handlers, &k);
    if (keys_key_prepare() != OK) {
        role_refuse("OpenSSL can not be started [KEY009]");
    }
    role_await_start(&k.role);
    enter(&k);
    int status = role_run(&k.role);
    status = k.failed ? ROLE_EXIT_FAULT : status;
    keys_fini(&k);
    return status;
}
