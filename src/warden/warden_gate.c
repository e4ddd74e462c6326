#include "warden_gate.h"

#include "clock.h"
#include "mem.h"
#include "sandbox_verify.h"
#include "warden_admin.h"
#include "warden_child.h"
#include "warden_life.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_MS 20000
#define REFILL_AT_ONCE   4
#define REFILL_PAUSE_MS  2
#define RETRY_PAUSE_MS   1000
#define GATE_QUEUE       ((size_t)256 * 1024)
#define GATE_EPOLL_FD    8 /* behind warden 3, porter 4, broker 5, keys 6, store 7 */

enum end { END_PORTER, END_BROKER, END_KEYS, END_STORE };

static const enum ipc_role end_roles[4] = {IPC_PORTER, IPC_BROKER, IPC_KEYS, IPC_STORE};

static const struct ipc_handler handlers[IPC_MSG_COUNT];

static struct warden_gate *find(struct warden *w, uint64_t number)
{
    return table_get(&w->gates, &number, sizeof(number));
}

static void free_gate(struct warden_gate *g)
{
    struct warden *w = g->warden;

    (void)table_remove(&w->gates, &g->number, sizeof(g->number));
    loop_remove(w->loop, &g->exit_watch);
    loop_timer_cancel(w->loop, &g->timer);
    ipc_link_fini(&g->link);
    for (size_t i = 0; i < 4; i++) {
        if (g->ends[i] >= 0) {
            (void)close(g->ends[i]);
        }
    }
    if (g->process.pidfd > 0) {
        (void)close(g->process.pidfd);
    }
    if (!g->taken) {
        w->spares--;
    }
    if (!g->ready) {
        w->starting--;
    }
    mem_free(g);
}

/* how: what its client is held guilty of. */
static void kill_gate(struct warden_gate *g, enum ipc_exit_class how)
{
    g->killed = true;
    g->kill_class = how;
    (void)syscall(SYS_pidfd_send_signal, g->process.pidfd, SIGKILL, NULL, 0);
}

static enum ipc_exit_class classify(const struct warden_gate *g, int status)
{
    if (g->killed) {
        return g->kill_class;
    }
    if (WIFSIGNALED(status)) {
        return IPC_EXIT_CRASH;
    }
    switch (WEXITSTATUS(status)) {
    case 0:
    case IPC_GATE_EXIT_NEIGHBOUR:
        return IPC_EXIT_CLEAN;
    case IPC_GATE_EXIT_AUTH_FAIL:
        return IPC_EXIT_AUTH_FAIL;
    case IPC_GATE_EXIT_PEER_FAULT:
        return IPC_EXIT_PEER_FAULT;
    default:
        return IPC_EXIT_CRASH;
    }
}

static void tell_gone(struct warden *w, uint64_t number, enum ipc_exit_class how)
{
    struct ipc_gate_gone gone = {.gate = number, .exit_class = (uint8_t)how};

    for (size_t i = 0; i < 4; i++) {
        struct warden_child *c = warden_child_ready(w, end_roles[i]);
        if (c != NULL && ipc_link_send(&c->link, IPC_MSG_GATE_GONE, 0, &gone, -1) != OK) {
            warden_child_kill(c);
        }
    }
}

static void on_exit_event(void *context, uint32_t events)
{
    struct warden_gate *g = context;
    struct warden *w = g->warden;
    uint64_t number = g->number;
    bool was_ready = g->ready;
    bool replaced = g->replaced;
    int status = 0;

    (void)events;
    if (waitpid(g->process.pid, &status, WNOHANG) != g->process.pid) {
        return;
    }
    enum ipc_exit_class how = classify(g, status);
    if (how == IPC_EXIT_CRASH) {
        log_err("gate %llu ended by %s %d [GAT001]", (unsigned long long)number,
            WIFSIGNALED(status) ? "signal" : "status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    free_gate(g);
    if (was_ready) {
        tell_gone(w, number, how);
        warden_gate_refill(w);
    } else if (replaced) {
        warden_gate_refill(w);
    } else if (!w->stopping) {
        /* It died before it was ready: the next one may too, so not at once. */
        (void)!loop_timer_set(w->loop, &w->refill, clock_mono_ms() + RETRY_PAUSE_MS);
    }
    warden_on_gate_end(w);
}

static void on_link_end(void *context, enum err why)
{
    struct warden_gate *g = context;

    if (why != ERR_CLOSED) {
        kill_gate(g, IPC_EXIT_KILLED);
    }
    ipc_link_fini(&g->link);
}

static void on_start_timeout(void *context)
{
    log_err("a gate was not ready in time: it is ended");
    kill_gate(context, IPC_EXIT_CLEAN);
}

static enum err verify(struct warden_gate *g)
{
    static const struct sandbox_expected_fd fds[] = {{2, SANDBOX_FD_PIPE},
        {3, SANDBOX_FD_SOCKET}, {4, SANDBOX_FD_SOCKET}, {5, SANDBOX_FD_SOCKET},
        {6, SANDBOX_FD_SOCKET}, {7, SANDBOX_FD_SOCKET},
        {GATE_EPOLL_FD, SANDBOX_FD_EPOLL}};
    struct sandbox_expectation expected = {
        .threads = 1, .fds = fds, .fd_count = sizeof(fds) / sizeof(fds[0])};
    char why[512];
    enum err e = sandbox_verify(
        &g->warden->sandbox, &g->process, SANDBOX_GATE, &expected, why, sizeof(why));

    if (e != OK) {
        log_err("a gate is not in its sandbox and is not used: %s [SBX010]", why);
    }
    return e;
}

/* Broker, store and keys hear of it first, the porter last: then clients may come. */
static enum err introduce(struct warden_gate *g)
{
    static const enum end order[4] = {END_BROKER, END_STORE, END_KEYS, END_PORTER};
    struct ipc_gate_add add = {.gate = g->number};

    for (size_t i = 0; i < 4; i++) {
        struct warden_child *c = warden_child_ready(g->warden, end_roles[order[i]]);
        if (c == NULL) {
            if (order[i] == END_KEYS && g->warden->chain.length == 0) {
                continue; /* no listener has TLS */
            }
            return ERR_AGAIN;
        }
        enum err e =
            ipc_link_send(&c->link, IPC_MSG_GATE_ADD, 0, &add, g->ends[order[i]]);
        if (e != OK) {
            return e;
        }
        (void)close(g->ends[order[i]]);
        g->ends[order[i]] = -1;
    }
    return OK;
}

static enum err on_ready(void *context, const struct ipc_received *m)
{
    struct warden_gate *g = context;

    (void)m;
    if (g->ready) {
        return ERR_INVALID;
    }
    if (g->killed) {
        return OK; /* it said so just before: no client for it */
    }
    loop_timer_cancel(g->warden->loop, &g->timer);
    if (verify(g) != OK) {
        return ERR_DENIED;
    }
    g->ready = true;
    g->warden->starting--;
    if (introduce(g) != OK) {
        kill_gate(g, IPC_EXIT_CLEAN); /* a neighbour is being restarted */
    }
    warden_gate_refill(g->warden);
    return OK;
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_READY] = {IPC_GATE, IPC_ANY_STATE, on_ready},
};

static enum err spawn(struct warden_gate *g, const int their_ends[4], int channel_fd)
{
    struct warden *w = g->warden;
    struct sandbox_fd fds[] = {{channel_fd, 3}, {their_ends[END_PORTER], 4},
        {their_ends[END_BROKER], 5}, {their_ends[END_KEYS], 6},
        {their_ends[END_STORE], 7}};
    struct sandbox_start start = {.role = SANDBOX_GATE,
        .root = sandbox_role_name(SANDBOX_GATE),
        .program_fd = w->programs[SANDBOX_GATE],
        .arguments = w->options.gate_arguments,
        .fds = fds,
        .fd_count = 5,
        .stderr_fd = w->gate_logs[1]};
    struct sandbox_failure failure = {0};
    enum err e = sandbox_spawn(&w->sandbox, &start, &g->process, &failure);

    if (e != OK) {
        char text[512];
        sandbox_failure_text("gate", w->sandbox.mode, &failure, text, sizeof(text));
        log_err("%s", text);
    }
    return e;
}

static enum err send_listeners(struct warden *w, struct ipc_link *link)
{
    for (size_t i = 0; i < w->conf->listener_count; i++) {
        enum err e = warden_listener_send(w, link, i);
        if (e != OK) {
            return e;
        }
    }
    return warden_admin_send(w, link);
}

static enum err send_start(struct warden_gate *g)
{
    struct warden *w = g->warden;
    const struct conf *c = w->conf;
    struct ipc_gate_start start = {.gate = g->number,
        .handshake_timeout_ms = (uint32_t)c->handshake_timeout_ms,
        .auth_timeout_ms = (uint32_t)c->auth_timeout_ms,
        .idle_timeout_ms = (uint32_t)c->connections_max_idle_ms,
        .auth_rounds_max = (uint32_t)c->auth_rounds_max,
        .preauth_frame_max = (uint32_t)c->gate_preauth_frame_max,
        .frame_max = (uint32_t)c->socket_request_max_bytes,
        .tls_min = c->tls12 ? 0x0303 : 0x0304,
        .tls_max = c->tls13 ? 0x0304 : 0x0303,
        .message_max_bytes = (uint32_t)c->message_max_bytes,
        .fips = c->fips,
        .certificate_chain = {.ptr = w->chain.bytes, .len = w->chain.length}};
    enum err e = send_listeners(w, &g->link);

    return e == OK ? ipc_link_send(&g->link, IPC_MSG_GATE_START, 0, &start, -1) : e;
}

static enum err make_ends(struct warden_gate *g, int their_ends[4])
{
    for (size_t i = 0; i < 4; i++) {
        int ends[2];
        enum err e = ipc_pair(i == END_STORE ? IPC_STREAM : IPC_PACKETS, ends);
        if (e != OK) {
            return e;
        }
        g->ends[i] = ends[0];
        their_ends[i] = ends[1];
    }
    return OK;
}

static enum err watch(struct warden_gate *g)
{
    struct warden *w = g->warden;

    g->exit_watch = (struct loop_watch){.fd = g->process.pidfd,
        .events = EPOLLIN,
        .on_event = on_exit_event,
        .context = g};
    enum err e = loop_add(w->loop, &g->exit_watch);
    if (e == OK) {
        e = loop_timer_set(w->loop, &g->timer, clock_mono_ms() + START_TIMEOUT_MS);
    }
    return e;
}

static enum err start_gate(struct warden *w)
{
    struct warden_gate *g = mem_alloc(1, sizeof(*g));
    struct ipc_channel channel;
    int their_ends[4] = {-1, -1, -1, -1};
    int ends[2] = {-1, -1};

    if (g == NULL) {
        return ERR_NOMEM;
    }
    *g = (struct warden_gate){
        .warden = w, .number = ++w->last_gate, .ends = {-1, -1, -1, -1}};
    g->timer = (struct loop_timer){.on_timer = on_start_timeout, .context = g};
    w->spares++;
    w->starting++;
    enum err e = table_put(&w->gates, &g->number, sizeof(g->number), g);
    if (e == OK) {
        e = make_ends(g, their_ends);
    }
    if (e == OK) {
        e = ipc_pair(IPC_PACKETS, ends);
    }
    if (e == OK) {
        e = ipc_channel_init(
            &channel, ends[0], IPC_PACKETS, IPC_WARDEN, IPC_GATE, GATE_QUEUE);
        if (e == OK) {
            e = ipc_link_init(&g->link, w->loop, &channel, handlers, g, on_link_end);
        }
    }
    if (e == OK) {
        e = spawn(g, their_ends, ends[1]);
    }
    for (size_t i = 0; i < 4; i++) {
        if (their_ends[i] >= 0) {
            (void)close(their_ends[i]);
        }
    }
    if (ends[1] >= 0) {
        (void)close(ends[1]);
    }
    if (e == OK) {
        e = watch(g);
    }
    if (e == OK) {
        e = send_start(g);
    }
    if (e != OK && g->exit_watch.active) {
        kill_gate(g, IPC_EXIT_CLEAN);
    } else if (e != OK) {
        warden_child_reap(&g->process);
        free_gate(g);
    }
    return e;
}

/* One more where there is an administrator's socket: the porter keeps it for that. */
static size_t wanted_spares(const struct warden *w)
{
    return (size_t)w->conf->gate_spares + (w->admin.bound ? 1 : 0);
}

static size_t gates_max(const struct warden *w)
{
    return w->connections_max + wanted_spares(w) +
           (w->admin.bound ? WARDEN_ADMINS_MAX : 0);
}

void warden_gate_refill(struct warden *w)
{
    size_t started = 0;

    if (!w->serving || w->stopping || !warden_all_ready(w)) {
        return;
    }
    while (w->spares < wanted_spares(w) && w->starting < w->starts_max &&
           w->gates.count < gates_max(w)) {
        if (started == REFILL_AT_ONCE) {
            (void)!loop_timer_set(w->loop, &w->refill, clock_mono_ms() + REFILL_PAUSE_MS);
            return;
        }
        enum err e = start_gate(w);
        if (e != OK) {
            log_err("a gate can not be started: %s [GAT002]", err_text(e));
            (void)!loop_timer_set(w->loop, &w->refill, clock_mono_ms() + RETRY_PAUSE_MS);
            return;
        }
        started++;
    }
}

void warden_gate_taken(struct warden *w, uint64_t number)
{
    struct warden_gate *g = find(w, number);

    if (g != NULL && g->ready && !g->taken) {
        g->taken = true;
        w->spares--;
        warden_gate_refill(w);
    }
}

void warden_gate_kill(
    struct warden *w, uint64_t number, enum ipc_role who, uint16_t reason)
{
    struct warden_gate *g = find(w, number);

    if (g == NULL || g->killed) {
        return;
    }
    if (reason == IPC_KILL_BREACH) {
        log_err("%s saw gate %llu break a rule: it is ended [IPC031]", ipc_role_name(who),
            (unsigned long long)number);
        warden_event(w, IPC_EVENT_PROCESS, IPC_OUTCOME_DENIED, "breach", "gate",
            ipc_role_name(who));
    }
    kill_gate(g, reason == IPC_KILL_BREACH || reason == IPC_KILL_QUEUE ? IPC_EXIT_KILLED
                 : reason == IPC_KILL_EXPIRED ? IPC_EXIT_PEER_FAULT
                                              : IPC_EXIT_CLEAN);
}

void warden_gate_replace_spares(struct warden *w)
{
    struct warden_child *porter = warden_child_ready(w, IPC_PORTER);
    struct warden_gate *g;

    for (size_t cursor = 0; (g = table_next(&w->gates, &cursor)) != NULL;) {
        struct ipc_spare_drop drop = {.gate = g->number};
        if (g->taken) {
            continue;
        }
        /* The porter may have given it a client that we have not heard of: it decides. */
        if (!g->ready || porter == NULL ||
            ipc_link_send(&porter->link, IPC_MSG_SPARE_DROP, 0, &drop, -1) != OK) {
            g->replaced = true;
            kill_gate(g, IPC_EXIT_CLEAN);
        }
    }
}

void warden_gate_end_all(struct warden *w)
{
    struct warden_gate *g;

    for (size_t cursor = 0; (g = table_next(&w->gates, &cursor)) != NULL;) {
        kill_gate(g, IPC_EXIT_CLEAN);
    }
}

void warden_gate_stop_all(struct warden *w)
{
    struct ipc_stop stop = {0};
    struct warden_gate *g;

    for (size_t cursor = 0; (g = table_next(&w->gates, &cursor)) != NULL;) {
        if (!g->ready || ipc_link_send(&g->link, IPC_MSG_STOP, 0, &stop, -1) != OK) {
            kill_gate(g, IPC_EXIT_CLEAN);
        }
    }
}
