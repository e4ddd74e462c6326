#include "warden_life.h"

#include "clock.h"
#include "sandbox.h"
#include "warden_admin.h"
#include "warden_audit.h"
#include "warden_child.h"
#include "warden_dial.h"
#include "warden_fetch.h"
#include "warden_gate.h"
#include "warden_permissive.h"
#include "warden_policy.h"

#include <string.h>
#include <sys/wait.h>

#define CORE_DEATHS_MAX   3
#define CORE_DEATHS_MS    60000
#define RETIRED_STOP_MS   30000
#define RESTART_FIRST_MS  100
#define RESTART_MAX_MS    30000
#define RESTART_FORGET_MS 600000 /* who lived that long begins anew */
#define GATES_STOP_MS     5000
#define HANDOVER_GRACE_MS 5000

/* In this order they are ended; the gates come before the first. */
static const enum ipc_role stop_order[] = {
    IPC_BROKER, IPC_STORE, IPC_KEYS, IPC_AUTH, IPC_DIAL, IPC_AUDIT};

static bool is_core(enum ipc_role role)
{
    return role == IPC_BROKER || role == IPC_STORE;
}

bool warden_is_wanted(const struct warden *w, enum ipc_role role)
{
    bool tls = false;

    for (size_t i = 0; i < w->conf->listener_count; i++) {
        enum conf_protocol p = w->conf->listeners[i].protocol;
        tls = tls || p == CONF_SSL || p == CONF_SASL_SSL;
    }
    return role == IPC_KEYS ? tls : true;
}

size_t warden_posts(const struct warden *w, struct warden_post out[WARDEN_POSTS_MAX])
{
    static const enum ipc_role roles[] = {
        IPC_AUDIT, IPC_STORE, IPC_KEYS, IPC_BROKER, IPC_PORTER};
    size_t count = 0;

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        for (size_t k = 0; roles[i] == IPC_BROKER && k < w->plugin_count; k++) {
            if (warden_dial_is_wanted(&w->plugins[k])) {
                out[count++] = (struct warden_post){IPC_DIAL, &w->plugins[k]};
            }
            out[count++] = (struct warden_post){IPC_AUTH, &w->plugins[k]};
        }
        if (warden_is_wanted(w, roles[i])) {
            out[count++] = (struct warden_post){roles[i], NULL};
        }
    }
    return count;
}

static bool is_of_post(const struct warden_child *c, struct warden_post post)
{
    return c->role == post.role && c->plugin == post.plugin;
}

static bool is_there(const struct warden *w, struct warden_post post)
{
    for (const struct warden_child *c = w->children; c != NULL; c = c->next) {
        /* A core process that is dying still has the data directory. */
        if (is_of_post(c, post) && (!c->retired || is_core(c->role)) && !c->replaces) {
            return true;
        }
    }
    return false;
}

static bool is_ready(const struct warden *w, struct warden_post post)
{
    for (const struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (is_of_post(c, post) && c->state == CHILD_READY && !c->retired) {
            return true;
        }
    }
    return false;
}

bool warden_all_ready(struct warden *w)
{
    struct warden_post posts[WARDEN_POSTS_MAX];
    size_t count = warden_posts(w, posts);

    for (size_t i = 0; i < count; i++) {
        if (!is_ready(w, posts[i])) {
            return false;
        }
    }
    return true;
}

static size_t index_of(const struct warden *w, struct warden_post post)
{
    struct warden_post posts[WARDEN_POSTS_MAX];
    size_t count = warden_posts(w, posts);
    size_t at = 0;

    while (
        at < count && (posts[at].role != post.role || posts[at].plugin != post.plugin)) {
        at++;
    }
    INVARIANT(at < count);
    return at;
}

/* For the first post that is due: none waits for another's back-off. */
static void arm_restart(struct warden *w)
{
    int64_t first_ms = 0;

    for (size_t i = 0; i < WARDEN_POSTS_MAX; i++) {
        int64_t due_ms = w->restart_due_ms[i];
        if (due_ms != 0 && (first_ms == 0 || due_ms < first_ms)) {
            first_ms = due_ms;
        }
    }
    if (first_ms != 0 && loop_timer_set(w->loop, &w->restart, first_ms) != OK) {
        warden_stop(w, WARDEN_EXIT_FAULT);
    }
}

static void restart_in(struct warden *w, struct warden_post post, int64_t delay_ms)
{
    w->restart_due_ms[index_of(w, post)] = clock_mono_ms() + delay_ms;
    arm_restart(w);
}

static void schedule_restart(struct warden *w, struct warden_post post)
{
    size_t i = index_of(w, post);
    int64_t now_ms = clock_mono_ms();

    if (now_ms - w->restarted_ms[i] > RESTART_FORGET_MS) {
        w->restarts[i] = 0;
    }
    w->restarted_ms[i] = now_ms;
    unsigned n = w->restarts[i]++;
    int64_t delay = n > 8 ? RESTART_MAX_MS : (int64_t)RESTART_FIRST_MS << n;

    restart_in(w, post, delay > RESTART_MAX_MS ? RESTART_MAX_MS : delay);
}

void warden_start_missing(struct warden *w)
{
    struct warden_post posts[WARDEN_POSTS_MAX];
    size_t count = warden_posts(w, posts);
    int64_t now_ms = clock_mono_ms();

    for (size_t i = 0; !w->stopping && i < count; i++) {
        bool there = is_there(w, posts[i]);
        if (!there && w->restart_due_ms[i] > now_ms) {
            continue;
        }
        w->restart_due_ms[i] = 0;
        if (there) {
            continue;
        }
        enum err e = warden_child_start(w, posts[i], false);
        if (e != OK) {
            log_err("%s can not be started: %s", warden_post_name(posts[i]), err_text(e));
            if (!w->served) {
                warden_stop(w, WARDEN_EXIT_CONFIG);
                return;
            }
            schedule_restart(w, posts[i]);
            continue;
        }
        w->starts[i]++;
    }
    if (!w->stopping) {
        arm_restart(w);
    }
}

/* Told to stop, it had its time. */
static void on_overdue(void *context)
{
    struct warden_child *c = context;

    log_err(
        "%s was replaced and does not end: it is ended [WAR005]", warden_child_name(c));
    warden_child_kill(c);
}

static void on_retired(void *context)
{
    struct warden_child *c = context;

    warden_child_stop(c);
    c->timer.on_timer = on_overdue;
    if (loop_timer_set(c->warden->loop, &c->timer, clock_mono_ms() + RETIRED_STOP_MS) !=
        OK) {
        warden_child_kill(c);
    }
}

/* A reload: the new process is in, the old one ends when what it has in hand is over. */
static void take_over(struct warden_child *c)
{
    struct warden *w = c->warden;
    int64_t grace =
        w->conf->handshake_timeout_ms + w->conf->auth_timeout_ms + HANDOVER_GRACE_MS;

    for (struct warden_child *old = w->children; old != NULL; old = old->next) {
        if (old != c && old->role == c->role && old->plugin == c->plugin &&
            old->state == CHILD_READY && !old->retired) {
            old->retired = true;
            old->timer.on_timer = on_retired;
            (void)!loop_timer_set(w->loop, &old->timer, clock_mono_ms() + grace);
        }
    }
    c->replaces = false;
    log_info("reload: %s is in force [REL001]",
        c->role == IPC_KEYS ? "the certificate" : warden_child_name(c));
    warden_admin_reload_part(
        w, "REL001", c->role == IPC_KEYS ? "certificate" : warden_child_name(c));
    warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_SUCCESS, "reload",
        c->role == IPC_KEYS ? "certificate" : warden_child_name(c), "");
}

/* Broker has them when either of the two is new. */
static enum err tell_certificates(const struct warden_child *c)
{
    struct warden *w = c->warden;
    struct warden_child *broker = warden_child_ready(w, IPC_BROKER);

    if (broker == NULL || (c->role != IPC_KEYS && c->role != IPC_BROKER)) {
        return OK;
    }
    return ipc_certificates_send(&w->certificates, &broker->link);
}

static void begin_service(struct warden *w)
{
    w->served = true;
    for (size_t i = 0; i < w->conf->listener_count; i++) {
        const struct conf_listener *l = &w->conf->listeners[i];
        log_info("listening: %s on %s port %u, advertised as %s:%u", l->name,
            l->host[0] == '\0' ? "every address" : l->host, w->listeners[i].port,
            l->advertised_host,
            l->advertised_port != 0 ? l->advertised_port : w->listeners[i].port);
    }
    warden_admin_announce(w);
    warden_policy_offer(w);
    warden_gate_refill(w);
}

void warden_on_ready(struct warden_child *c)
{
    struct warden *w = c->warden;
    bool reload = c->replaces;
    enum err e;

    if (reload) {
        take_over(c);
    }
    if (c->role == IPC_KEYS) {
        buf_reset(&w->chain);
        buf_add(&w->chain, c->chain.bytes, c->chain.length);
        w->certificates = c->certificates;
    }
    e = buf_error(&w->chain);
    if (e == OK && c->role == IPC_AUDIT) {
        e = warden_audit_begin(c);
    }
    if (e == OK) {
        e = warden_wire(c);
    }
    if (e == OK && c->role == IPC_BROKER) {
        e = warden_policy_send(w, &c->link);
    }
    if (e == OK && c->role == IPC_BROKER) {
        e = warden_permissive_send(w, &c->link);
    }
    if (e == OK) {
        e = tell_certificates(c);
    }
    if (e != OK) {
        log_err("%s can not be wired: %s", warden_child_name(c), err_text(e));
        warden_child_kill(c);
    }
    warden_admin_reload_check(w);
    if (e != OK) {
        return;
    }
    if (c->role == IPC_AUDIT) {
        warden_event_catch_up(w);
    }
    if (!reload) {
        warden_event(
            w, IPC_EVENT_PROCESS, IPC_OUTCOME_SUCCESS, "start", warden_child_name(c), "");
    }
    if (c->role == IPC_KEYS) {
        warden_gate_replace_spares(w);
    }
    if (w->serving && !w->served && warden_all_ready(w)) {
        begin_service(w); /* broker was there before this one */
    }
    warden_gate_refill(w);
    warden_fetch_on_ready(c);
}

void warden_on_serving(struct warden *w)
{
    memset(w->restarts, 0, sizeof(w->restarts));
    w->serving = true;
    if (w->served || warden_all_ready(w)) {
        begin_service(w);
    }
}

/* The end of the whole, one step at a time; each waits for the one before. */
static void advance_stop(struct warden *w)
{
    if (w->gates.count > 0) {
        return;
    }
    if (!w->gates_stopped) {
        w->gates_stopped = true;
        (void)!loop_timer_set(
            w->loop, &w->stop_timer, clock_mono_ms() + w->conf->stop_timeout_ms);
    }
    for (size_t i = 0; i < sizeof(stop_order) / sizeof(stop_order[0]); i++) {
        bool left = false;
        for (struct warden_child *c = w->children; c != NULL; c = c->next) {
            if (c->role != stop_order[i]) {
                continue;
            }
            left = true;
            if (c->state != CHILD_STOPPING) {
                warden_child_stop(c);
            }
        }
        if (left && i < 2) {
            return; /* broker before store, store before the rest */
        }
    }
    if (w->children == NULL) {
        loop_stop(w->loop);
    }
}

static void on_stop_timeout(void *context)
{
    struct warden *w = context;

    if (w->gates.count > 0) {
        warden_gate_end_all(w); /* the last of them sets the timer for the rest */
        return;
    }
    log_warn("not everything ended in time: the rest is killed");
    for (struct warden_child *c = w->children; c != NULL; c = c->next) {
        warden_child_kill(c);
    }
}

void warden_stop(struct warden *w, int exit_status)
{
    if (w->stopping) {
        return;
    }
    log_info("stopping");
    warden_event(w, IPC_EVENT_PROCESS, IPC_OUTCOME_SUCCESS, "stop", "schlossd", "");
    w->stopping = true;
    w->exit_status = exit_status;
    warden_fetch_stop(w);
    warden_policy_stop(w);
    warden_permissive_stop(w);
    w->stop_timer = (struct loop_timer){.on_timer = on_stop_timeout, .context = w};
    (void)!loop_timer_set(w->loop, &w->stop_timer, clock_mono_ms() + GATES_STOP_MS);
    for (struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (c->role == IPC_PORTER) {
            warden_child_stop(c);
        }
    }
    warden_gate_stop_all(w);
    advance_stop(w);
}

void warden_on_gate_end(struct warden *w)
{
    if (w->stopping) {
        advance_stop(w);
    }
}

/* Never continue with a half-trusted core: all gates end, and both are started anew. */
static void on_core_death(struct warden *w, struct warden_post post)
{
    int64_t now = clock_mono_ms();

    memmove(w->core_deaths, w->core_deaths + 1,
        sizeof(w->core_deaths) - sizeof(w->core_deaths[0]));
    w->core_deaths[CORE_DEATHS_MAX - 1] = now;
    w->serving = false;
    w->reload.asked = false; /* whoever did is gone */
    if (w->core_deaths[0] != 0 && now - w->core_deaths[0] < CORE_DEATHS_MS) {
        log_err(
            "broker or store died %d times within a minute: ending the service [WAR001]",
            CORE_DEATHS_MAX);
        warden_stop(w, WARDEN_EXIT_FAULT);
        return;
    }
    warden_gate_end_all(w);
    for (struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (is_core(c->role) && c->state != CHILD_STOPPING) {
            c->retired = true;
            warden_child_kill(c);
        }
    }
    schedule_restart(w, post);
    warden_policy_on_core_death(w);
}

static void describe(int status, char *out, size_t size)
{
    if (WIFSIGNALED(status)) {
        (void)snprintf(out, size, "signal %d", WTERMSIG(status));
    } else {
        (void)snprintf(out, size, "status %d", WEXITSTATUS(status));
    }
}

void warden_on_death(struct warden_child *c, int status)
{
    struct warden *w = c->warden;
    enum ipc_role role = c->role;
    const struct warden_post post = {c->role, c->plugin};
    const char *name = warden_post_name(post);
    bool expected = c->retired || c->state == CHILD_STOPPING;
    bool reload = c->replaces;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    char how[32];

    describe(status, how, sizeof(how));
    if (role == IPC_AUDIT) {
        warden_event_broken(w);
    }
    warden_fetch_on_death(c);
    warden_child_free(c);
    if (w->stopping) {
        advance_stop(w);
        return;
    }
    if (expected && is_core(role)) {
        /* Now that it is gone the next one may have the data directory. */
        restart_in(w, post, RESTART_FIRST_MS);
    }
    if (expected) {
        return;
    }
    if (reload) {
        log_err("reload: the new %s is refused (%s), the one in force stays [REL002]",
            role == IPC_KEYS ? "certificate and key" : name, how);
        warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_FAILURE, "reload",
            role == IPC_KEYS ? "certificate" : name, "refused");
        warden_admin_reload_part(w, "REL002", role == IPC_KEYS ? "certificate" : name);
        warden_admin_reload_check(w);
        return;
    }
    log_err("%s ended by %s [WAR002]", name, how);
    warden_event(w, IPC_EVENT_PROCESS, IPC_OUTCOME_FAILURE, "end", name, how);
    if (!w->served && (code == SANDBOX_EXIT || code == WARDEN_EXIT_CONFIG)) {
        warden_stop(w, code); /* it will not get better by itself */
    } else if (is_core(role)) {
        on_core_death(w, post);
    } else {
        if (role == IPC_PORTER || role == IPC_KEYS) {
            warden_gate_replace_spares(w);
        }
        schedule_restart(w, post);
    }
}
