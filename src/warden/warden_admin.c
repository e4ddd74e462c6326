#include "warden_admin.h"

#include "clock.h"
#include "policy_history.h"
#include "text.h"
#include "warden_child.h"
#include "warden_flags.h"
#include "warden_history.h"
#include "warden_life.h"
#include "warden_permissive.h"
#include "warden_policy.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME    "admin.sock" /* no listener of the configuration can be called so */
#define BACKLOG 16

_Static_assert(IPC_LISTENER_ADMIN == CONF_LISTENERS_MAX, "it stands behind the others");

__attribute__((format(printf, 2, 3))) static enum err say(
    struct warden_message *why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return ERR_INVALID;
}

/* --- the file ----------------------------------------------------------------------- */

static enum err read_group(const char *name, gid_t *out, struct warden_message *why)
{
    const struct group *group = getgrnam(name);
    int64_t number = 0;

    if (group == NULL && text_to_i64(name, strlen(name), 0, INT32_MAX, &number) != OK) {
        return say(why, "schloss.admin.group: there is no group %s", name);
    }
    *out = group != NULL ? group->gr_gid : (gid_t)number;
    return OK;
}

/* Who may write there could put another socket in place of this one. */
static enum err check_directory(const char *path, struct warden_message *why)
{
    char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];
    struct stat st;

    (void)snprintf(copy, sizeof(copy), "%s", path);
    const char *dir = dirname(copy);
    if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
        return say(why,
            "%s: the directory of the administrator's socket can not be made: %s", dir,
            strerror(errno));
    }
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return say(why, "%s: is not a directory", dir);
    }
    bool is_open = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
        (is_open && (st.st_mode & S_ISVTX) == 0)) {
        return say(why,
            "%s: others may write there, and so could put a socket of theirs in place of "
            "the administrator's; run: chmod go-w %s",
            dir, dir);
    }
    return OK;
}

/* Whether somebody listens on it. */
static bool is_alive(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused = fd >= 0 &&
                   connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                   errno == ECONNREFUSED;

    if (fd >= 0) {
        (void)close(fd);
    }
    return !refused;
}

/* What a schlossd before this one left behind. */
static enum err clear_place(const struct sockaddr_un *address, struct warden_message *why)
{
    const char *path = address->sun_path;
    struct stat st;

    if (lstat(path, &st) != 0) {
        return errno == ENOENT
                   ? OK
                   : say(why, "%s: can not be looked at: %s", path, strerror(errno));
    }
    if (!S_ISSOCK(st.st_mode)) {
        return say(why,
            "%s: is not a socket, and is left alone; remove it, or set "
            "schloss.admin.socket to another path",
            path);
    }
    if (st.st_uid != geteuid()) {
        return say(why, "%s: is a socket of uid %u, and is left alone", path, st.st_uid);
    }
    if (is_alive(address)) {
        return say(why, "%s: another schlossd listens on it", path);
    }
    return unlink(path) == 0 ? OK
                             : say(why, "%s: a socket left behind can not be removed: %s",
                                   path, strerror(errno));
}

static enum err listen_on(
    int fd, const struct sockaddr_un *address, struct warden_message *why)
{
    mode_t mask = umask(0177); /* nobody else, not even for a moment */
    int bound = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    int error = errno;

    (void)umask(mask);
    if (bound != 0 || listen(fd, BACKLOG) != 0) {
        return say(why, "%s: can not be listened on: %s", address->sun_path,
            strerror(bound != 0 ? error : errno));
    }
    return OK;
}

static enum err open_to_group(
    const char *path, const char *group, gid_t *gid_out, struct warden_message *why)
{
    gid_t gid = 0;
    enum err e = read_group(group, &gid, why);

    if (e == OK && (lchown(path, (uid_t)-1, gid) != 0 || chmod(path, 0660) != 0)) {
        e = say(why, "%s: can not be given to the group %s: %s", path, group,
            strerror(errno));
    }
    *gid_out = gid;
    return e;
}

enum err warden_admin_bind(struct warden *w, struct warden_message *why)
{
    const char *path = w->conf->admin_socket;
    const char *group = w->conf->admin_group;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat st;

    if (path == NULL) {
        return OK;
    }
    if (strlen(path) >= sizeof(address.sun_path)) {
        return say(why, "schloss.admin.socket: a path of a socket has at most %zu bytes",
            sizeof(address.sun_path) - 1);
    }
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    enum err e = check_directory(path, why);
    if (e == OK) {
        e = clear_place(&address, why);
    }
    if (e != OK) {
        return e;
    }
    w->admin.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (w->admin.fd < 0) {
        return say(why, "%s: no socket: %s", path, strerror(errno));
    }
    e = listen_on(w->admin.fd, &address, why);
    if (e == OK && lstat(path, &st) != 0) {
        e = say(why, "%s: is gone at once", path);
    }
    if (e != OK) {
        return e;
    }
    w->admin.bound = true;
    w->admin.device = st.st_dev;
    w->admin.inode = st.st_ino;
    w->admin.uid = geteuid();
    (void)snprintf(w->admin.path, sizeof(w->admin.path), "%s", path);
    return group == NULL ? OK : open_to_group(path, group, &w->admin.gid, why);
}

void warden_admin_remove(struct warden *w)
{
    struct stat st;

    if (!w->admin.bound) {
        return;
    }
    w->admin.bound = false;
    if (lstat(w->admin.path, &st) == 0 && st.st_dev == w->admin.device &&
        st.st_ino == w->admin.inode && unlink(w->admin.path) != 0) {
        log_warn("%s: the administrator's socket can not be removed: %s", w->admin.path,
            strerror(errno));
    }
}

void warden_admin_announce(const struct warden *w)
{
    if (w->admin.bound) {
        log_info("administrators: root and uid %u%s%s by %s", w->admin.uid,
            w->conf->admin_group == NULL ? "" : ", and the group ",
            w->conf->admin_group == NULL ? "" : w->conf->admin_group, w->admin.path);
    }
}

enum err warden_admin_send(struct warden *w, struct ipc_link *link)
{
    struct ipc_listener told = {.index = IPC_LISTENER_ADMIN,
        .name = ipc_text(NAME),
        .protocol = IPC_PROTOCOL_ADMIN,
        .host = ipc_cut(ipc_text(w->admin.path), 255)};

    return w->admin.bound ? ipc_link_send(link, IPC_MSG_LISTENER, 0, &told, -1) : OK;
}

enum err warden_admin_give(struct warden *w, struct ipc_link *porter)
{
    struct ipc_porter_admin told = {.index = IPC_LISTENER_ADMIN,
        .uid = w->admin.uid,
        .anybody = w->conf->admin_group != NULL};
    enum err e = warden_admin_send(w, porter);

    return e == OK ? ipc_link_send(porter, IPC_MSG_PORTER_ADMIN, 0, &told, w->admin.fd)
                   : e;
}

/* --- status ------------------------------------------------------------------------- */

static enum ipc_process state_of(const struct warden_child *c)
{
    switch (c->state) {
    case CHILD_STARTING:
        return IPC_PROCESS_STARTING;
    case CHILD_READY:
        return IPC_PROCESS_READY;
    case CHILD_STOPPING:
        return IPC_PROCESS_STOPPING;
    case CHILD_ABSENT:
        break;
    }
    return IPC_PROCESS_ABSENT;
}

static enum err send_process(
    struct warden *w, struct ipc_link *broker, struct warden_post post, size_t index)
{
    const char *name =
        post.plugin != NULL ? post.plugin->process : ipc_role_name(post.role);
    unsigned starts = w->starts[index];
    struct ipc_process_status told = {.name = ipc_cut(ipc_text(name), 64),
        .state = IPC_PROCESS_ABSENT,
        .restarts = starts > 0 ? starts - 1 : 0};

    for (const struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (c->role == post.role && c->plugin == post.plugin && !c->retired &&
            !c->replaces) {
            told.state = (uint8_t)state_of(c);
            told.since_ms = c->since_ms;
        }
    }
    return ipc_link_send(broker, IPC_MSG_PROCESS_STATUS, 0, &told, -1);
}

static enum err send_parts(struct warden *w, struct ipc_link *broker)
{
    enum err e = OK;

    for (size_t i = 0; e == OK && i < w->reload.count; i++) {
        struct ipc_reload_part part = {.code = ipc_text(w->reload.parts[i].code),
            .name = ipc_text(w->reload.parts[i].name)};
        e = ipc_link_send(broker, IPC_MSG_RELOAD_PART, 0, &part, -1);
    }
    return e;
}

static enum err send_policy(struct warden *w, struct ipc_link *broker)
{
    const struct warden_in_force *p = &w->in_force;
    char history[1024];
    struct ipc_policy_status told = {.mode = (uint8_t)w->conf->policy_mode,
        .serial = p->serial,
        .hash = ipc_text(p->hash),
        .rules = p->rules,
        .since_ms = p->since_ms,
        .refused_ms = p->refused_ms,
        .state = ipc_text(w->policy_state.text),
        .file = ipc_cut(ipc_text(w->conf->policy_file), 1024)};

    warden_history_directory(w, history, sizeof(history));
    told.history = ipc_text(history);
    return ipc_link_send(broker, IPC_MSG_POLICY_STATUS, 0, &told, -1);
}

enum err warden_admin_on_status_ask(struct warden *w)
{
    struct warden_child *broker = warden_child_ready(w, IPC_BROKER);
    struct warden_post posts[WARDEN_POSTS_MAX];
    struct ipc_status told = {.version = ipc_cut(ipc_text(WARDEN_VERSION), 32),
        .started_ms = w->started_ms,
        .reloaded_ms = w->reload.done_ms};
    size_t count = warden_posts(w, posts);
    enum err e = OK;

    if (broker == NULL) {
        return OK; /* who asked is on its way out */
    }
    for (size_t i = 0; e == OK && i < count; i++) {
        e = send_process(w, &broker->link, posts[i], i);
    }
    if (e == OK) {
        e = send_policy(w, &broker->link);
    }
    if (e == OK) {
        e = warden_permissive_tell(w, &broker->link);
    }
    if (e == OK && !w->reload.running) {
        e = send_parts(w, &broker->link);
    }
    return e == OK ? ipc_link_send(&broker->link, IPC_MSG_STATUS, 0, &told, -1) : e;
}

/* --- reload ------------------------------------------------------------------------- */

void warden_admin_reload_begins(struct warden *w)
{
    struct warden_reloading *r = &w->reload;

    if (!r->running) {
        r->breaks = w->events.breaks;
    }
    if (r->recording) {
        warden_event_forget(w); /* this one is waited for as well */
    }
    r->recording = false;
    r->running = true;
    r->count = 0;
}

void warden_admin_reload_part(struct warden *w, const char *code, const char *name)
{
    struct warden_reloading *r = &w->reload;

    if (r->running && r->count < WARDEN_RELOAD_PARTS_MAX) {
        struct warden_reload_part *part = &r->parts[r->count++];
        (void)snprintf(part->code, sizeof(part->code), "%s", code);
        (void)snprintf(part->name, sizeof(part->name), "%s", name);
    }
}

static bool is_under_way(const struct warden *w)
{
    bool under_way = warden_policy_is_under_way(w) || w->permissive.compile.running;

    for (const struct warden_child *c = w->children; c != NULL; c = c->next) {
        under_way = under_way || (c->replaces && !c->retired);
    }
    return under_way;
}

static void answer(struct warden *w, bool refused)
{
    struct warden_child *broker = warden_child_ready(w, IPC_BROKER);
    struct ipc_reload_done done = {.refused = refused};

    w->reload.asked = false;
    if (broker == NULL) {
        return;
    }
    enum err e = refused ? OK : send_parts(w, &broker->link);
    if (e != OK ||
        ipc_link_send(&broker->link, IPC_MSG_RELOAD_DONE, 0, &done, -1) != OK) {
        warden_child_kill(broker); /* it does not read */
    }
}

static void end_reload(struct warden *w)
{
    w->reload.running = false;
    w->reload.recording = false;
    w->reload.done_ms = clock_wall_ms();
    if (w->reload.asked) {
        answer(w, false);
    }
}

static void on_recorded(struct warden *w, bool is_recorded)
{
    struct warden_reloading *r = &w->reload;

    if (!is_recorded) {
        log_err("reload: the audit does not say that its record is on disk [AUD017]");
        r->count -= r->count == WARDEN_RELOAD_PARTS_MAX ? 1 : 0;
        warden_admin_reload_part(w, "AUD017", "audit");
    }
    end_reload(w);
}

void warden_admin_reload_check(struct warden *w)
{
    struct warden_reloading *r = &w->reload;

    if (!r->running || r->recording || is_under_way(w)) {
        return;
    }
    if (r->asked && w->conf->audit_failure != CONF_AUDIT_DROP) {
        r->recording = true;
        warden_event_await(w, r->breaks, on_recorded);
    } else {
        end_reload(w);
    }
}

enum err warden_admin_on_reload_ask(struct warden *w, const struct ipc_reload_ask *ask)
{
    const struct ipc_view hash = ask->expected;
    char expected[POLICY_HASH_DIGITS + 1] = "";

    if (ask->part > IPC_RELOAD_POLICY ||
        (hash.len > 0 && !policy_history_is_hash((const char *)hash.ptr, hash.len))) {
        return ERR_INVALID;
    }
    if (w->stopping || !w->serving) {
        answer(w, true);
        return OK;
    }
    log_info("reload: uid %u asks for it by the administrator's socket", ask->uid);
    w->reload.asked = true;
    if (ask->part == IPC_RELOAD_ALL) {
        warden_reload(w);
        return OK;
    }
    if (hash.len > 0) {
        memcpy(expected, hash.ptr, hash.len);
    }
    warden_reload_policy(w, expected);
    return OK;
}
