#include "warden_policy.h"

#include "clock.h"
#include "warden_admin.h"
#include "warden_child.h"
#include "warden_compile.h"
#include "warden_history.h"
#include "warden_life.h"
#include "warden_permissive.h"
#include "warden_signed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OFFER_DEATHS_MAX 2

enum err warden_policy_first(struct warden *w)
{
    const struct warden_compile_ask ask = {.path = w->conf->policy_file, .expected = ""};
    struct warden_offer *o = &w->offer;
    enum err e = warden_compile_wait(w, &o->compile, &ask);

    if (e != OK) {
        return e;
    }
    w->policy_fd = o->compile.out.fd;
    w->policy_state = o->compile.out.state;
    w->policy_serial = 1;
    o->serial = 1; /* the last one given */
    w->in_force = (struct warden_in_force){.bundle = o->compile.out.bundle};
    memcpy(w->in_force.hash, o->compile.out.hash, sizeof(w->in_force.hash));
    return OK;
}

static enum err send_policy(struct ipc_link *broker, uint64_t serial, int fd)
{
    struct ipc_policy policy = {.serial = serial};

    if (lseek(fd, 0, SEEK_SET) != 0) {
        return ERR_IO;
    }
    return ipc_link_send(broker, IPC_MSG_POLICY, 0, &policy, fd);
}

enum err warden_policy_send(struct warden *w, struct ipc_link *broker)
{
    return send_policy(broker, w->policy_serial, w->policy_fd);
}

static void refuse(struct warden *w, const char *hash, const char *code)
{
    char reason[128];

    (void)snprintf(
        reason, sizeof(reason), hash[0] == '\0' ? "refused" : "refused sha256 %s", hash);
    log_err("reload: the policy is refused, the one in force stays [REL002]");
    warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_FAILURE, "reload", "policy", reason);
    warden_admin_reload_part(w, code, "policy");
    w->in_force.refused_ms = clock_wall_ms();
}

void warden_policy_offer(struct warden *w)
{
    struct warden_offer *o = &w->offer;
    struct warden_child *broker = warden_child_ready(w, IPC_BROKER);

    if (o->fd < 0 || o->sent || !w->serving || broker == NULL) {
        return;
    }
    o->sent = true;
    if (send_policy(&broker->link, o->serial, o->fd) != OK) {
        warden_child_kill(broker); /* the next one gets it */
    }
}

/* It was accepted or refused: the next one, if there is one. */
static void end_offer(struct warden *w)
{
    char expected[sizeof(w->offer.again_expected)];

    w->offer.fd = -1;
    if (w->offer.again && !w->stopping) {
        memcpy(expected, w->offer.again_expected, sizeof(expected));
        warden_policy_reload(w, expected);
    }
    warden_admin_reload_check(w);
}

static void on_compiled(struct warden *w, enum err e)
{
    struct warden_offer *o = &w->offer;

    if (e != OK) {
        refuse(w, o->compile.out.hash, "REL002");
        end_offer(w);
        return;
    }
    o->fd = o->compile.out.fd;
    warden_policy_offer(w);
}

void warden_policy_reload(struct warden *w, const char *expected)
{
    struct warden_offer *o = &w->offer;
    const struct warden_compile_ask ask = {
        .path = w->conf->policy_file, .expected = expected, .on_end = on_compiled};

    if (warden_policy_is_under_way(w)) {
        log_info(
            "reload: the policy of the reload before is not in force yet; this one is "
            "read after it");
        o->again = true;
        (void)snprintf(o->again_expected, sizeof(o->again_expected), "%s", expected);
        return;
    }
    *o = (struct warden_offer){.fd = -1, .serial = o->serial + 1};
    enum err e = warden_compile_begin(w, &o->compile, &ask);
    if (e != OK) {
        refuse(w, o->compile.out.hash, e == ERR_DENIED ? "REL004" : "REL002");
    }
}

bool warden_policy_is_under_way(const struct warden *w)
{
    return w->offer.fd >= 0 || w->offer.compile.running;
}

void warden_policy_stop(struct warden *w)
{
    warden_compile_abandon(&w->offer.compile);
}

static void withdraw(struct warden *w)
{
    (void)close(w->offer.fd);
    buf_fini(&w->offer.compile.out.bundle);
    refuse(w, w->offer.compile.out.hash, "REL002");
    end_offer(w);
}

static void accept_offer(struct warden *w, const struct ipc_policy_taken *taken)
{
    const struct warden_compiled *c = &w->offer.compile.out;
    char reason[128];

    (void)close(w->policy_fd);
    w->policy_fd = w->offer.fd;
    w->policy_serial = w->offer.serial;
    w->policy_state = c->state;
    buf_fini(&w->in_force.bundle);
    w->in_force = (struct warden_in_force){.bundle = c->bundle,
        .serial = taken->file_serial,
        .rules = taken->rules,
        .since_ms = clock_wall_ms()};
    memcpy(w->in_force.hash, c->hash, sizeof(w->in_force.hash));
    warden_signed_keep(w);
    warden_history_keep(w);
    log_info("reload: the policy is in force [REL001] serial=%llu sha256=%s",
        (unsigned long long)taken->file_serial, c->hash);
    (void)snprintf(reason, sizeof(reason), "serial %llu sha256 %s",
        (unsigned long long)taken->file_serial, c->hash);
    warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_SUCCESS, "reload", "policy", reason);
    warden_admin_reload_part(w, "REL001", "policy");
    end_offer(w);
}

/* A broker has the policy in force: the first one, or one that was started anew. */
static void confirm(struct warden *w, const struct ipc_policy_taken *taken)
{
    warden_signed_keep(w);
    if (w->in_force.since_ms == 0) {
        w->in_force.serial = taken->file_serial;
        w->in_force.rules = taken->rules;
        w->in_force.since_ms = clock_wall_ms();
        warden_history_keep(w);
    }
}

void warden_policy_on_core_death(struct warden *w)
{
    struct warden_offer *o = &w->offer;

    if (o->fd < 0 || !o->sent) {
        return;
    }
    o->sent = false;
    if (++o->deaths == OFFER_DEATHS_MAX) {
        log_err("reload: broker or store died each time before the policy was in force");
        withdraw(w);
    }
}

enum err warden_policy_taken(
    struct warden_child *broker, const struct ipc_policy_taken *taken)
{
    struct warden *w = broker->warden;
    const bool accepted = taken->accepted != 0;

    if (taken->is_permissive != 0) {
        warden_permissive_taken(w, taken);
        return OK;
    }
    if (w->offer.fd >= 0 && w->offer.sent && taken->serial == w->offer.serial) {
        if (accepted) {
            accept_offer(w, taken);
        } else {
            withdraw(w);
        }
        return OK;
    }
    if (taken->serial != w->policy_serial) {
        return ERR_INVALID;
    }
    if (accepted) {
        confirm(w, taken);
    } else if (!w->served) {
        warden_stop(w, WARDEN_EXIT_CONFIG);
    } else {
        warden_child_kill(broker);
    }
    return OK;
}
