#include "warden_permissive.h"

#include "clock.h"
#include "warden_admin.h"
#include "warden_child.h"
#include "warden_compile.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void refuse(struct warden *w)
{
    log_warn("%s: the permissive policy is refused, and left out or as it was; decisions "
             "are those of policy.file [REL005]",
        w->conf->policy_permissive_file);
    w->permissive.refused_ms = clock_wall_ms();
}

static void drop(struct warden *w)
{
    if (w->permissive.fd >= 0) {
        (void)close(w->permissive.fd);
    }
    w->permissive = (struct warden_permissive){
        .fd = -1, .serial = w->permissive.serial, .compile = w->permissive.compile};
}

/* No bytes: there is none any more. */
static enum err send_nothing(struct warden *w, struct ipc_link *broker)
{
    struct ipc_policy policy = {.serial = w->permissive.serial, .is_permissive = 1};
    int fd = memfd_create("nothing", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    enum err e = fd < 0 ? ERR_IO : ipc_link_send(broker, IPC_MSG_POLICY, 0, &policy, fd);

    if (fd >= 0) {
        (void)close(fd);
    }
    return e;
}

enum err warden_permissive_send(struct warden *w, struct ipc_link *broker)
{
    struct ipc_policy policy = {.serial = w->permissive.serial, .is_permissive = 1};

    if (w->permissive.fd < 0) {
        return OK;
    }
    if (lseek(w->permissive.fd, 0, SEEK_SET) != 0) {
        return ERR_IO;
    }
    return ipc_link_send(broker, IPC_MSG_POLICY, 0, &policy, w->permissive.fd);
}

static void offer(struct warden *w, bool is_none)
{
    struct warden_child *broker = warden_child_ready(w, IPC_BROKER);

    if (broker != NULL && (is_none ? send_nothing(w, &broker->link)
                                   : warden_permissive_send(w, &broker->link)) != OK) {
        warden_child_kill(broker); /* the next one gets it */
    }
}

static void drop_named(struct warden *w)
{
    if (w->permissive.fd >= 0) {
        drop(w);
        w->permissive.serial++;
        offer(w, true);
        log_info("no policy is permissive any more");
    }
}

static void take(struct warden *w, enum err e)
{
    struct warden_compiled *c = &w->permissive.compile.out;

    if (e != OK) {
        refuse(w);
        return;
    }
    buf_fini(&c->bundle);
    drop(w);
    w->permissive.fd = c->fd;
    w->permissive.serial++;
    memcpy(w->permissive.hash, c->hash, sizeof(w->permissive.hash));
    offer(w, false);
}

static void on_compiled(struct warden *w, enum err e)
{
    take(w, e);
    warden_admin_reload_check(w);
}

void warden_permissive_first(struct warden *w)
{
    const struct warden_compile_ask ask = {
        .path = w->conf->policy_permissive_file, .expected = "", .only_files = true};

    if (ask.path != NULL) {
        take(w, warden_compile_wait(w, &w->permissive.compile, &ask));
    }
}

void warden_permissive_load(struct warden *w)
{
    const struct warden_compile_ask ask = {.path = w->conf->policy_permissive_file,
        .expected = "",
        .only_files = true,
        .on_end = on_compiled};

    warden_compile_abandon(&w->permissive.compile); /* these files are newer */
    if (ask.path == NULL) {
        drop_named(w);
    } else if (warden_compile_begin(w, &w->permissive.compile, &ask) != OK) {
        refuse(w);
    }
}

void warden_permissive_stop(struct warden *w)
{
    warden_compile_abandon(&w->permissive.compile);
}

void warden_permissive_taken(struct warden *w, const struct ipc_policy_taken *taken)
{
    if (taken->serial != w->permissive.serial || w->permissive.fd < 0) {
        return; /* of one before */
    }
    if (taken->accepted == 0) {
        drop(w);
        refuse(w); /* last: status tells when */
        return;
    }
    w->permissive.file_serial = taken->file_serial;
    w->permissive.rules = taken->rules;
    w->permissive.since_ms = clock_wall_ms();
    log_warn(
        "the policy %s is permissive: it decides nothing, and the audit says where it "
        "would have [REL006] sha256=%s",
        w->conf->policy_permissive_file, w->permissive.hash);
}

enum err warden_permissive_tell(struct warden *w, struct ipc_link *broker)
{
    const struct warden_permissive *p = &w->permissive;
    struct ipc_policy_status told = {.is_permissive = 1,
        .serial = p->file_serial,
        .hash = ipc_text(p->hash),
        .rules = p->rules,
        .since_ms = p->since_ms,
        .refused_ms = p->refused_ms};

    if (w->conf->policy_permissive_file == NULL) {
        return OK;
    }
    told.file = ipc_cut(ipc_text(w->conf->policy_permissive_file), 1024);
    return ipc_link_send(broker, IPC_MSG_POLICY_STATUS, 0, &told, -1);
}
