#include "gate_process.h"

#include "clock.h"
#include "gate_proof.h"
#include "gate_session.h"
#include "record_crc.h"
#include "seal_credential.h"
#include "table.h"
#include "tls_server.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Fixed descriptors, by the warden. */
#define FD_PORTER 4
#define FD_BROKER 5
#define FD_KEYS   6
#define FD_STORE  7

#define ARENA_MAX       ((size_t)256 * 1024 * 1024)
#define OUT_MAX         ((size_t)256 * 1024 * 1024)
#define QUEUE_MAX       ((size_t)160 * 1024 * 1024)
#define LOG_LINES       16
#define SIGN_TIMEOUT_MS 10000

static enum err on_listener(void *context, const struct ipc_received *m)
{
    struct gate *g = context;
    const struct ipc_listener *told = &m->body.listener;

    if (told->index >= GATE_LISTENERS_MAX ||
        told->client_auth > IPC_CLIENT_AUTH_REQUIRED ||
        told->tls_policy >= TLSPOLICY_COUNT) {
        return ERR_INVALID;
    }
    struct gate_listener *l = &g->listeners[told->index];
    *l = (struct gate_listener){.present = true,
        .protocol = told->protocol,
        .tls_policy = told->tls_policy,
        .client_auth = told->client_auth};
    memcpy(l->name, told->name.ptr, told->name.len);
    return OK;
}

/* Called by OpenSSL's signature operation: the key is in another process. */
static enum err sign(void *context, uint16_t scheme, const uint8_t *text, size_t length,
    uint8_t *signature, size_t *signature_length)
{
    struct gate *g = context;
    uint64_t request = ++g->request;
    struct ipc_sign ask = {.scheme = scheme, .text = {.ptr = text, .len = length}};
    struct ipc_received m;

    if (length > 512) {
        return ERR_INVALID;
    }
    enum err e = ipc_channel_send(&g->keys, IPC_MSG_SIGN, request, &ask, -1);
    if (e == OK) {
        e = gate_await(g, &g->keys, IPC_MSG_SIGN_RESULT, request,
            clock_mono_ms() + SIGN_TIMEOUT_MS, &m);
    }
    if (e != OK) {
        return e;
    }
    const struct ipc_sign_result *r = &m.body.sign_result;
    if (r->refused != 0 || r->signature.len > *signature_length) {
        return ERR_DENIED;
    }
    memcpy(signature, r->signature.ptr, r->signature.len);
    *signature_length = r->signature.len;
    return OK;
}

static void make_tls(struct gate *g, const struct ipc_gate_start *s)
{
    struct tls_signer signer = {.sign = sign, .context = g};
    struct tls_chain chain = {.bytes = s->certificate_chain.ptr,
        .length = s->certificate_chain.len,
        .version_min = s->tls_min,
        .version_max = s->tls_max};
    struct tls_problem problem;

    if (s->certificate_chain.len == 0) {
        return;
    }
    enum err e = tls_context_new_mode(
        s->fips != 0 ? ALGO_FIPS : ALGO_DEFAULT, &chain, &signer, &g->tls, &problem);
    if (e != OK) {
        role_refuse("the certificate can not be used: %s", problem.text);
    }
    for (size_t i = 0; i < GATE_LISTENERS_MAX; i++) {
        const struct gate_listener *l = &g->listeners[i];
        if (l->present && (l->protocol & 1) != 0 &&
            tls_context_policy(g->tls, tlspolicy_get(l->tls_policy), &problem) != OK) {
            role_refuse("the listener %s can not have TLS: %s", l->name, problem.text);
        }
    }
}

static enum err on_start(void *context, const struct ipc_received *m)
{
    struct gate *g = context;
    const struct ipc_gate_start *s = &m->body.gate_start;

    g->config = (struct gate_config){.gate = s->gate,
        .handshake_timeout_ms = s->handshake_timeout_ms,
        .auth_timeout_ms = s->auth_timeout_ms,
        .idle_timeout_ms = s->idle_timeout_ms,
        .auth_rounds_max = s->auth_rounds_max,
        .preauth_frame_max = s->preauth_frame_max,
        .frame_max = s->frame_max,
        .message_max_bytes = s->message_max_bytes};
    make_tls(g, s);
    gate_proof_prepare(g);
    g->role.started = true;
    return OK;
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    struct gate *g = context;

    (void)m;
    g->role.stopping = true;
    return OK;
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_LISTENER] = {IPC_WARDEN, ROLE_STARTING, on_listener},
    [IPC_MSG_GATE_START] = {IPC_WARDEN, ROLE_STARTING, on_start},
    [IPC_MSG_STOP] = {IPC_WARDEN, IPC_ANY_STATE, on_stop},
};

static void open_channel(struct ipc_channel *c, int fd, enum ipc_role peer,
    enum ipc_form form, size_t queue_max)
{
    if (ipc_channel_init(c, fd, form, IPC_GATE, peer, queue_max) != OK) {
        role_refuse("the channel to %s can not be set up", ipc_role_name(peer));
    }
}

/* Blocks until the porter hands over a client, or the warden says stop. */
static bool await_client(struct gate *g)
{
    struct ipc_received m = {.fd = -1};

    while (!g->role.stopping) {
        struct pollfd p[2] = {{.fd = g->porter.fd, .events = POLLIN},
            {.fd = g->role.warden.channel.fd, .events = POLLIN}};
        if (poll(p, 2, -1) < 0) {
            continue;
        }
        if (p[1].revents != 0) {
            ipc_link_drain(&g->role.warden);
            continue;
        }
        enum err e = ipc_channel_receive(&g->porter, &m);
        if (e == ERR_AGAIN) {
            continue;
        }
        if (e != OK || m.msg != IPC_MSG_CLIENT) {
            return false;
        }
        uint8_t index = m.body.client.listener;
        if (m.body.client.gate != g->config.gate || index >= GATE_LISTENERS_MAX ||
            !g->listeners[index].present) {
            (void)close(m.fd);
            return false;
        }
        g->listener = &g->listeners[index];
        g->connection.fd = m.fd;
        return true;
    }
    return false;
}

/* What a library does lazily is done now, while files can still be opened. */
static void warm_up(struct gate *g)
{
    struct tls_problem problem;

    table_seed();
    (void)record_crc32c("", 0);
    if (seal_prepare() != OK) {
        role_refuse("libsodium can not be used");
    }
    if (g->tls != NULL && tls_warm(g->tls, &problem) != OK) {
        role_refuse("TLS can not be set up: %s", problem.text);
    }
}

int gate_process(int argc, char **argv)
{
    static struct gate gate; /* the process's root struct */
    struct gate *g = &gate;

    g->connection.fd = -1;
    g->log_budget = LOG_LINES;
    role_begin(&g->role, IPC_GATE, argc, argv, handlers, g);
    role_await_start(&g->role);
    open_channel(&g->porter, FD_PORTER, IPC_PORTER, IPC_PACKETS, 4096);
    open_channel(&g->broker, FD_BROKER, IPC_BROKER, IPC_PACKETS, QUEUE_MAX);
    open_channel(&g->keys, FD_KEYS, IPC_KEYS, IPC_PACKETS, 4096);
    open_channel(&g->store, FD_STORE, IPC_STORE, IPC_STREAM, QUEUE_MAX);
    arena_init(&g->arena, ARENA_MAX);
    buf_init(&g->frame, g->config.frame_max);
    buf_init(&g->fixed, IPC_REQUEST_MAX);
    buf_init(&g->out, OUT_MAX);
    gate_batch_scratch_init(&g->batch);
    gate_grants_init(&g->grants);
    warm_up(g);
    role_enter(&g->role);
    return await_client(g) ? gate_session_run(g) : ROLE_EXIT_OK;
}
