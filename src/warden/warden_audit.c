#include "warden_audit.h"

#include "clock.h"
#include "text.h"
#include "warden_child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOG_NAME   "audit.log"
#define KEY_NAME   "audit.key"
#define HEAD_NAME  "audit.head"
#define OLD_FORMAT "audit-%06u.log"
#define OLD_MAX    999999999
#define NAME_SIZE  64
#define SYSLOG     "/dev/log"

__attribute__((format(printf, 2, 3))) static enum err say(
    struct warden_message *why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return ERR_INVALID;
}

static void close_one(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* --- who may read ------------------------------------------------------------------- */

static enum err group_of(const struct conf *conf, gid_t *out, struct warden_message *why)
{
    const char *name = conf->audit_group;
    const struct group *group = getgrnam(name);
    int64_t number = 0;

    if (group == NULL && text_to_i64(name, strlen(name), 0, INT32_MAX, &number) != OK) {
        return say(why, "audit.group: there is no group %s", name);
    }
    *out = group != NULL ? group->gr_gid : (gid_t)number;
    return OK;
}

/* The key is nobody's but root's. */
static enum err give(const struct conf *conf, int fd, const char *name, mode_t mode,
    struct warden_message *why)
{
    gid_t gid = 0;

    if (conf->audit_group == NULL) {
        return OK;
    }
    enum err e = group_of(conf, &gid, why);
    if (e == OK && (fchown(fd, (uid_t)-1, gid) != 0 || fchmod(fd, mode) != 0)) {
        e = say(why, "%s: can not be given to the group %s: %s", name, conf->audit_group,
            strerror(errno));
    }
    return e;
}

static enum err open_directory(
    const struct conf *conf, int *fd_out, struct warden_message *why)
{
    const char *dir = conf->audit_dir;

    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return say(
            why, "%s: the audit directory can not be made: %s", dir, strerror(errno));
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return say(
            why, "%s: the audit directory can not be opened: %s", dir, strerror(errno));
    }
    enum err e = give(conf, fd, dir, 0750, why);
    if (e != OK) {
        close_one(fd);
        return e;
    }
    *fd_out = fd;
    return OK;
}

/* A file of the directory, made if it is not there; private: for nobody else to read. */
static enum err open_file(const struct conf *conf, int dir, const char *name, int flags,
    bool private, int *fd_out, struct warden_message *why)
{
    struct stat st;
    int fd =
        openat(dir, name, flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        int error = fd < 0 ? errno : EINVAL;
        close_one(fd);
        return say(why, "%s/%s: the audit file can not be opened: %s", conf->audit_dir,
            name, strerror(error));
    }
    enum err e = private ? OK : give(conf, fd, name, 0640, why);
    if (e != OK) {
        close_one(fd);
        return e;
    }
    *fd_out = fd;
    return OK;
}

/* --- numbers of old files ----------------------------------------------------------- */

/* 0: not the name of one. */
static unsigned number_of(const char *name)
{
    size_t length = strlen(name);
    int64_t number = 0;

    if (length < 16 || length > 19 || strncmp(name, "audit-", 6) != 0 ||
        strcmp(name + length - 4, ".log") != 0 ||
        text_to_i64(name + 6, length - 10, 1, OLD_MAX, &number) != OK) {
        return 0;
    }
    return (unsigned)number;
}

/* The highest; 0: there is none. */
static enum err newest_old(int dir, unsigned *out, struct warden_message *why)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;
    unsigned newest = 0;

    if (entries == NULL) {
        close_one(copy);
        return say(why, "the audit directory can not be read: %s", strerror(errno));
    }
    while ((entry = readdir(entries)) != NULL) {
        unsigned number = number_of(entry->d_name);
        newest = number > newest ? number : newest;
    }
    (void)closedir(entries);
    *out = newest;
    return OK;
}

/* --- opening ------------------------------------------------------------------------ */

static off_t size_at(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size : 0;
}

/* Lines of a time before there was a key, or one that was taken away: no part of a trail. */
static enum err set_aside(const struct conf *conf, int dir, struct warden_message *why)
{
    char name[NAME_SIZE];

    if (size_at(dir, KEY_NAME) > 0 || size_at(dir, LOG_NAME) == 0) {
        return OK;
    }
    (void)snprintf(
        name, sizeof(name), LOG_NAME ".unchained-%lld", (long long)clock_wall_ms());
    if (renameat(dir, LOG_NAME, dir, name) != 0) {
        return say(why, "%s/" LOG_NAME ": can not be renamed: %s", conf->audit_dir,
            strerror(errno));
    }
    log_warn("there is no key for the audit trail: a new one begins, and what was in "
             "audit.log is in %s now [AUD006]",
        name);
    return OK;
}

enum err warden_audit_open(
    const struct conf *conf, int *fd_out, struct warden_message *why)
{
    int dir = -1;
    enum err e = open_directory(conf, &dir, why);

    if (e == OK) {
        e = set_aside(conf, dir, why);
    }
    if (e == OK) {
        e = open_file(conf, dir, LOG_NAME, O_WRONLY | O_APPEND, false, fd_out, why);
    }
    close_one(dir);
    return e;
}

/* The socket takes fd; it is closed here. */
static enum err send_file(
    struct warden_child *c, enum ipc_audit_kind kind, const char *name, int fd)
{
    struct ipc_audit_file file = {
        .kind = (uint8_t)kind, .name = ipc_cut(ipc_text(name), 255)};
    enum err e = ipc_link_send(&c->link, IPC_MSG_AUDIT_FILE, 0, &file, fd);

    close_one(fd);
    return e;
}

static enum err send_one(struct warden_child *c, int dir, enum ipc_audit_kind kind,
    const char *name, struct warden_message *why)
{
    int fd = -1;
    enum err e =
        open_file(c->warden->conf, dir, name, O_RDWR, kind == IPC_AUDIT_KEY, &fd, why);

    return e == OK ? send_file(c, kind, "", fd) : e;
}

/* The end of audit.log or, when that has just been begun, of the file before. */
static enum err send_past(struct warden_child *c, int dir, struct warden_message *why)
{
    char name[NAME_SIZE] = LOG_NAME;
    bool present = size_at(dir, LOG_NAME) > 0;
    unsigned newest = 0;
    struct stat st;
    enum err e = present ? OK : newest_old(dir, &newest, why);

    if (e != OK || (!present && newest == 0)) {
        return e;
    }
    if (!present) {
        (void)snprintf(name, sizeof(name), OLD_FORMAT, newest);
    }
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close_one(fd);
        return say(why, "%s: can not be read: the audit trail does not go on", name);
    }
    off_t from = st.st_size > (off_t)IPC_AUDIT_PAST_BYTES
                     ? st.st_size - (off_t)IPC_AUDIT_PAST_BYTES
                     : 0;
    (void)lseek(fd, from, SEEK_SET);
    return send_file(c, IPC_AUDIT_PAST, present ? "" : name, fd);
}

/* Without its anchor the trail goes on; the log says that it has none. */
static enum err send_anchor(struct warden_child *c)
{
    const struct conf *conf = c->warden->conf;
    const char *path = conf->audit_anchor_file;
    struct warden_message why = {.text = ""};
    struct stat st;

    if (path == NULL) {
        return OK;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        give(conf, fd, path, 0640, &why) != OK) {
        log_err("the anchor of the audit trail can not be opened: %s: %s [AUD004]", path,
            fd < 0 ? strerror(errno)
                   : (why.text[0] == '\0' ? "not a regular file" : why.text));
        close_one(fd);
        return OK;
    }
    return send_file(c, IPC_AUDIT_ANCHOR, "", fd);
}

static enum err send_syslog(struct warden_child *c)
{
    const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = SYSLOG};

    if (!c->warden->conf->audit_anchor_syslog) {
        return OK;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        log_err(
            "the anchor of the audit trail: " SYSLOG ": %s [AUD004]", strerror(errno));
        close_one(fd);
        return OK;
    }
    return send_file(c, IPC_AUDIT_SYSLOG, "", fd);
}

enum err warden_audit_begin(struct warden_child *c)
{
    struct ipc_audit_begin begin = {0};
    struct warden_message why = {.text = ""};
    int dir = -1;
    enum err e = open_directory(c->warden->conf, &dir, &why);

    if (e == OK) {
        e = send_one(c, dir, IPC_AUDIT_KEY, KEY_NAME, &why);
    }
    if (e == OK) {
        e = send_one(c, dir, IPC_AUDIT_HEAD, HEAD_NAME, &why);
    }
    if (e == OK) {
        e = send_past(c, dir, &why);
    }
    /* A file whose name is not on disk is lost with all that was confirmed in it. */
    if (e == OK && fsync(dir) != 0) {
        e = say(&why, "the audit directory can not be synced: %s", strerror(errno));
    }
    close_one(dir);
    if (e == OK) {
        e = send_anchor(c);
    }
    if (e == OK) {
        e = send_syslog(c);
    }
    if (e == OK) {
        e = ipc_link_send(&c->link, IPC_MSG_AUDIT_BEGIN, 0, &begin, -1);
    }
    if (why.text[0] != '\0') {
        log_err("%s", why.text);
    }
    return e;
}

/* --- the next file ------------------------------------------------------------------ */

/* name_out: what the present one is called now; empty: somebody moved it away. */
static enum err rename_present(
    int dir, char name_out[NAME_SIZE], struct warden_message *why)
{
    struct stat st;
    unsigned newest = 0;

    name_out[0] = '\0';
    if (fstatat(dir, LOG_NAME, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return OK;
    }
    enum err e = newest_old(dir, &newest, why);
    if (e == OK && newest == OLD_MAX) {
        e = say(why, "the audit directory has no number left for another file");
    }
    if (e != OK) {
        return e;
    }
    (void)snprintf(name_out, NAME_SIZE, OLD_FORMAT, newest + 1);
    /* By the kernel, so that none is ever overwritten. */
    if (renameat2(dir, LOG_NAME, dir, name_out, RENAME_NOREPLACE) != 0) {
        return say(
            why, LOG_NAME ": can not be renamed to %s: %s", name_out, strerror(errno));
    }
    return OK;
}

static enum err give_next(struct warden_child *c, struct warden_message *why)
{
    const struct conf *conf = c->warden->conf;
    char name[NAME_SIZE];
    int dir = -1;
    int fd = -1;
    enum err e = open_directory(conf, &dir, why);

    if (e == OK) {
        e = rename_present(dir, name, why);
    }
    if (e == OK) {
        e = open_file(conf, dir, LOG_NAME, O_WRONLY | O_APPEND | O_EXCL, false, &fd, why);
    }
    if (e == OK && fsync(dir) != 0) {
        e = say(why, "the audit directory can not be synced: %s", strerror(errno));
        close_one(fd);
    }
    close_one(dir);
    return e == OK ? send_file(c, IPC_AUDIT_LOG, name, fd) : e;
}

void warden_audit_next(struct warden *w)
{
    struct warden_child *c = warden_child_ready(w, IPC_AUDIT);
    struct warden_message why = {.text = ""};

    if (c == NULL || w->stopping) {
        return;
    }
    if (give_next(c, &why) != OK) {
        log_err("the next audit file can not be begun, the present one goes on: %s "
                "[AUD007]",
            why.text);
    }
}

/* A daemon of syslog that was started anew is another socket, a mount another file. */
static void send_anchors_again(struct warden *w)
{
    struct warden_child *c = warden_child_ready(w, IPC_AUDIT);

    if (c != NULL && !w->stopping && (send_anchor(c) != OK || send_syslog(c) != OK)) {
        log_err("the anchors of the audit trail could not be handed over [AUD004]");
    }
}

void warden_audit_reload(struct warden *w)
{
    char name[1024];
    struct stat st;

    (void)snprintf(name, sizeof(name), "%s/" LOG_NAME, w->conf->audit_dir);
    if (lstat(name, &st) != 0 && errno == ENOENT) {
        warden_audit_next(w);
    }
    send_anchors_again(w);
}
