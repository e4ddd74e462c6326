#include "warden_child.h"

#include "clock.h"
#include "mem.h"
#include "role.h"
#include "sandbox_verify.h"
#include "text.h"
#include "warden_admin.h"
#include "warden_alive.h"
#include "warden_audit.h"
#include "warden_dial.h"
#include "warden_gate.h"
#include "warden_life.h"
#include "warden_plugin.h"
#include "warden_policy.h"
#include "warden_token.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_MS 30000
#define CHILD_QUEUE      ((size_t)4 * 1024 * 1024)
#define EPOLL_FD         4 /* role_begin() makes it right behind the warden's channel */

static const struct ipc_handler handlers[IPC_MSG_COUNT];

void warden_child_free(struct warden_child *c)
{
    struct warden *w = c->warden;

    for (struct warden_child **at = &w->children; *at != NULL; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    loop_remove(w->loop, &c->exit_watch);
    loop_timer_cancel(w->loop, &c->timer);
    loop_timer_cancel(w->loop, &c->alive);
    ipc_link_fini(&c->link);
    buf_fini(&c->chain);
    if (c->process.pidfd > 0) {
        (void)close(c->process.pidfd);
    }
    mem_free(c);
}

const char *warden_post_name(struct warden_post post)
{
    if (post.plugin == NULL) {
        return ipc_role_name(post.role);
    }
    return post.role == IPC_DIAL ? post.plugin->dial : post.plugin->process;
}

const char *warden_child_name(const struct warden_child *c)
{
    return warden_post_name((struct warden_post){c->role, c->plugin});
}

struct warden_child *warden_child_ready(struct warden *w, enum ipc_role role)
{
    for (struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (c->role == role && c->state == CHILD_READY && !c->retired) {
            return c;
        }
    }
    return NULL;
}

void warden_child_kill(struct warden_child *c)
{
    (void)syscall(SYS_pidfd_send_signal, c->process.pidfd, SIGKILL, NULL, 0);
}

void warden_child_stop(struct warden_child *c)
{
    struct ipc_stop stop = {0};

    c->state = CHILD_STOPPING;
    if (ipc_link_send(&c->link, IPC_MSG_STOP, 0, &stop, -1) != OK) {
        warden_child_kill(c);
    }
}

void warden_child_reap(const struct sandbox_process *process)
{
    int status = 0;

    if (process->pid > 0) {
        (void)syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
        (void)waitpid(process->pid, &status, 0);
    }
}

static void on_exit_event(void *context, uint32_t events)
{
    struct warden_child *c = context;
    int status = 0;

    (void)events;
    if (waitpid(c->process.pid, &status, WNOHANG) != c->process.pid) {
        return;
    }
    warden_on_death(c, status);
}

/* Its channel ended: it is dying, or it broke a rule and has to. */
static void on_link_end(void *context, enum err why)
{
    struct warden_child *c = context;

    if (why == ERR_INVALID) {
        log_err("%s sent the warden what it may not send: it is ended [IPC030]",
            warden_child_name(c));
    }
    if (why != ERR_CLOSED) {
        warden_child_kill(c);
    }
    ipc_link_fini(&c->link);
}

static void on_start_timeout(void *context)
{
    struct warden_child *c = context;

    log_err("%s was not ready within %d s: it is ended", warden_child_name(c),
        START_TIMEOUT_MS / 1000);
    warden_child_kill(c);
}

static enum sandbox_role sandbox_of(const struct warden_child *c)
{
    if (c->role == IPC_KEYS && warden_token_is_wanted(c->warden)) {
        return SANDBOX_KEYS_TOKEN;
    }
    if (c->role != IPC_AUTH) {
        return role_sandbox(c->role);
    }
    if (c->plugin->manifest.scratch) {
        return SANDBOX_AUTH_SCRATCH;
    }
    return warden_dial_is_wanted(c->plugin) ? SANDBOX_AUTH_DIAL : SANDBOX_AUTH;
}

/* Every plugin has a root of its own; dials, which are one program, share theirs. */
static const char *root_of(const struct warden_child *c)
{
    enum sandbox_role role = sandbox_of(c);

    return role == SANDBOX_DIAL || role == SANDBOX_KEYS_TOKEN ? sandbox_role_name(role)
                                                              : warden_child_name(c);
}

/* The sandboxes of auth are all of one program. */
static int program_of(const struct warden_child *c)
{
    enum sandbox_role role = sandbox_of(c);

    return c->warden->programs[role == SANDBOX_KEYS_TOKEN ? role : role_sandbox(c->role)];
}

static enum err spawn(struct warden_child *c, int channel_fd)
{
    struct warden *w = c->warden;
    enum sandbox_role role = sandbox_of(c);
    struct sandbox_fd fds[] = {{.fd = channel_fd, .target = 3}};
    struct sandbox_start start = {.role = role,
        .instance = c->plugin == NULL ? 0 : c->plugin->number + 1u,
        .root = root_of(c),
        .program_fd = program_of(c),
        .fds = fds,
        .fd_count = 1,
        .stderr_fd = w->logs[1]};
    struct sandbox_failure failure = {0};
    enum err e = sandbox_spawn(&w->sandbox, &start, &c->process, &failure);

    if (e != OK) {
        char text[512];
        sandbox_failure_text(
            warden_child_name(c), w->sandbox.mode, &failure, text, sizeof(text));
        log_err("%s", text);
    }
    return e;
}

static enum err watch_exit(struct warden_child *c)
{
    c->exit_watch = (struct loop_watch){.fd = c->process.pidfd,
        .events = EPOLLIN,
        .on_event = on_exit_event,
        .context = c};
    return loop_add(c->warden->loop, &c->exit_watch);
}

enum err warden_child_start(struct warden *w, struct warden_post post, bool replaces)
{
    struct warden_child *c = mem_alloc(1, sizeof(*c));
    struct ipc_channel channel;
    int ends[2];

    if (c == NULL || ipc_pair(IPC_PACKETS, ends) != OK) {
        mem_free(c);
        return ERR_NOMEM;
    }
    *c = (struct warden_child){.warden = w,
        .next = w->children,
        .role = post.role,
        .plugin = post.plugin,
        .state = CHILD_STARTING,
        .replaces = replaces};
    w->children = c;
    c->timer = (struct loop_timer){.on_timer = on_start_timeout, .context = c};
    enum err e = ipc_channel_init(
        &channel, ends[0], IPC_PACKETS, IPC_WARDEN, post.role, CHILD_QUEUE);
    if (e == OK) {
        e = ipc_link_init(&c->link, w->loop, &channel, handlers, c, on_link_end);
    } else {
        ipc_channel_fini(&channel);
    }
    if (e == OK) {
        e = spawn(c, ends[1]);
    }
    (void)close(ends[1]);
    if (e == OK) {
        e = watch_exit(c);
    }
    if (e == OK) {
        e = loop_timer_set(w->loop, &c->timer, clock_mono_ms() + START_TIMEOUT_MS);
    }
    if (e == OK) {
        e = warden_start_send(c);
    }
    if (e != OK) {
        if (c->exit_watch.active) {
            warden_child_kill(c); /* its exit is reaped by the watch */
        } else {
            warden_child_reap(&c->process);
            warden_child_free(c);
        }
    }
    return e;
}

static enum err verify(struct warden_child *c)
{
    struct sandbox_expected_fd fds[24] = {
        {2, SANDBOX_FD_PIPE}, {3, SANDBOX_FD_SOCKET}, {EPOLL_FD, SANDBOX_FD_EPOLL}};
    struct sandbox_expectation expected = {.threads = 1, .fds = fds, .fd_count = 3};
    char why[512];

    for (size_t i = 0; i < c->fd_count; i++) {
        fds[expected.fd_count++] =
            (struct sandbox_expected_fd){c->fds[i], (enum sandbox_fd_kind)c->fd_kinds[i]};
    }
    if (c->role == IPC_STORE) {
        expected.threads = 1 + WARDEN_STORE_FLUSHERS;
    }
    enum err e = sandbox_verify(
        &c->warden->sandbox, &c->process, sandbox_of(c), &expected, why, sizeof(why));
    if (e != OK) {
        log_err("%s is not in its sandbox and is not used: %s [SBX010]",
            warden_child_name(c), why);
    }
    return e;
}

/* Those whose loop may stand still: in code from elsewhere, or for another's. */
static bool is_asked(const struct warden_child *c)
{
    return c->role == IPC_AUTH || c->role == IPC_DIAL ||
           sandbox_of(c) == SANDBOX_KEYS_TOKEN;
}

static enum err on_ready(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    (void)m;
    if (c->state == CHILD_STOPPING || c->retired) {
        return OK; /* it was told to stop before it had said so */
    }
    if (c->state != CHILD_STARTING) {
        return ERR_INVALID;
    }
    loop_timer_cancel(c->warden->loop, &c->timer);
    enum err e = verify(c);
    if (e != OK) {
        return ERR_DENIED;
    }
    c->state = CHILD_READY;
    c->since_ms = clock_wall_ms();
    if (is_asked(c) && warden_alive_watch(c) != OK) {
        return ERR_NOMEM;
    }
    warden_on_ready(c);
    return OK;
}

/* keys, before it is ready: what counts once it is. */
static enum err on_certificate(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    return c->state == CHILD_STARTING
               ? ipc_certificates_take(&c->certificates, &m->body.certificate)
               : ERR_INVALID;
}

static enum err on_alive(void *context, const struct ipc_received *m)
{
    (void)m;
    return warden_alive_answer(context);
}

static enum err on_gate_kill(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    warden_gate_kill(
        c->warden, m->body.gate_kill.gate, c->role, m->body.gate_kill.reason);
    return OK;
}

static enum err on_gate_taken(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    warden_gate_taken(c->warden, m->body.gate_taken.gate);
    return OK;
}

/* What one that is on its way out still says does not count. */
static bool is_current(const struct warden_child *c)
{
    return c->state == CHILD_READY && !c->retired;
}

static enum err on_serving(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    (void)m;
    if (is_current(c)) {
        warden_on_serving(c->warden);
    }
    return OK;
}

static enum err on_auth_broken(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    if (is_current(c)) {
        warden_plugin_on_broken(c->warden, m->body.auth_broken.authority);
    }
    return OK;
}

static enum err on_policy_taken(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;
    const struct ipc_policy_taken *t = &m->body.policy_taken;

    if (!is_current(c)) {
        return OK;
    }
    if (t->accepted == 0) {
        char reason[300];
        log_err("broker refused %spolicy serial %llu: %s [WAR007]",
            t->is_permissive != 0 ? "the permissive " : "", (unsigned long long)t->serial,
            text_escape(reason, sizeof(reason), t->reason.ptr, t->reason.len));
    }
    return warden_policy_taken(c, t);
}

static enum err on_status_ask(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    (void)m;
    return is_current(c) ? warden_admin_on_status_ask(c->warden) : OK;
}

static enum err on_reload_ask(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    return is_current(c) ? warden_admin_on_reload_ask(c->warden, &m->body.reload_ask)
                         : OK;
}

static enum err on_audit_next(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    (void)m;
    if (is_current(c)) {
        warden_audit_next(c->warden);
    }
    return OK;
}

static enum err on_audit_synced(void *context, const struct ipc_received *m)
{
    struct warden_child *c = context;

    return warden_event_on_synced(c->warden, m->body.audit_synced.number);
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_READY] = {IPC_PORTER | IPC_KEYS | IPC_AUTH | IPC_BROKER | IPC_STORE |
                           IPC_AUDIT | IPC_DIAL,
        IPC_ANY_STATE, on_ready},
    [IPC_MSG_CERTIFICATE] = {IPC_KEYS, IPC_ANY_STATE, on_certificate},
    [IPC_MSG_ALIVE] = {IPC_AUTH | IPC_DIAL | IPC_KEYS, IPC_ANY_STATE, on_alive},
    [IPC_MSG_GATE_KILL] = {IPC_PORTER | IPC_KEYS | IPC_BROKER | IPC_STORE, IPC_ANY_STATE,
        on_gate_kill},
    [IPC_MSG_GATE_TAKEN] = {IPC_PORTER, IPC_ANY_STATE, on_gate_taken},
    [IPC_MSG_STATUS_ASK] = {IPC_BROKER, IPC_ANY_STATE, on_status_ask},
    [IPC_MSG_RELOAD_ASK] = {IPC_BROKER, IPC_ANY_STATE, on_reload_ask},
    [IPC_MSG_SERVING] = {IPC_BROKER, IPC_ANY_STATE, on_serving},
    [IPC_MSG_AUTH_BROKEN] = {IPC_BROKER, IPC_ANY_STATE, on_auth_broken},
    [IPC_MSG_POLICY_TAKEN] = {IPC_BROKER, IPC_ANY_STATE, on_policy_taken},
    [IPC_MSG_AUDIT_NEXT] = {IPC_AUDIT, IPC_ANY_STATE, on_audit_next},
    [IPC_MSG_AUDIT_SYNCED] = {IPC_AUDIT, IPC_ANY_STATE, on_audit_synced},
};
