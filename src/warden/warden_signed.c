#include "warden_signed.h"

#include "mem.h"
#include "policy_order.h"
#include "policy_papers.h"
#include "warden_life.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_BYTES 1024

_Static_assert(sizeof(((struct warden_state *)0)->text) == POLICY_STATE_MAX + 1,
    "room for a state and a NUL");

/* The whole of what is behind the descriptor, or false: too much, or not to be read. */
static bool read_state(int fd, struct warden_state *out)
{
    size_t length = 0;

    for (;;) {
        ssize_t n = read(fd, out->text + length, sizeof(out->text) - length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        length += n > 0 ? (size_t)n : 0;
        if (n <= 0 || length == sizeof(out->text)) {
            out->text[length < sizeof(out->text) ? length : 0] = '\0';
            return n == 0 && memchr(out->text, '\0', length) == NULL;
        }
    }
}

/* What is kept from an earlier run; nothing where there is no such file. */
static enum err load(struct warden *w)
{
    const char *path = w->conf->policy_state_file;

    if (w->policy_kept.text[0] != '\0') {
        return OK;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        return OK;
    }
    /* An empty one is no first start: what stood there is gone. */
    bool good =
        fd >= 0 && read_state(fd, &w->policy_kept) && w->policy_kept.text[0] != '\0';
    if (!good) {
        log_err("%s: what was kept of the signed policy in force last can not be read "
                "[POL086]",
            path);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return good ? OK : ERR_INVALID;
}

/* --- the check --- */

static struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

static struct policy_signed_parts parts_of(
    const struct policy_source *sources, size_t count, struct policy_signed_part *room)
{
    for (size_t i = 0; i < count; i++) {
        room[i] = (struct policy_signed_part){
            sources[i].name, {sources[i].text, sources[i].length}};
    }
    return (struct policy_signed_parts){room, count};
}

static enum err encode(struct warden *w, const struct policy_papers *papers,
    const struct policy_collected *files, struct buf *out)
{
    size_t count = papers->signature_count + papers->key_count + files->count;
    struct policy_signed_part *room = mem_alloc(count, sizeof(*room));
    struct policy_signed_order order = {.cluster = view_of(w->conf->cluster_id),
        .required = (uint32_t)w->conf->policy_signatures_required,
        .last = view_of(w->policy_kept.text),
        .manifest = {
            papers->manifest.name, {papers->manifest.text, papers->manifest.length}}};

    if (room == NULL) {
        return ERR_NOMEM;
    }
    order.signatures = parts_of(papers->signatures, papers->signature_count, room);
    order.keys =
        parts_of(papers->keys, papers->key_count, room + papers->signature_count);
    order.files = parts_of(
        files->files, files->count, room + papers->signature_count + papers->key_count);
    enum err e = policy_order_encode(&order, out);
    mem_free(room);
    return e;
}

enum err warden_signed_order(struct warden *w, const char *path,
    const struct policy_collected *files, struct buf *out)
{
    struct policy_collect_message why;
    struct policy_papers papers;

    if (w->conf->cluster_id == NULL || w->conf->cluster_id[0] == '\0') {
        log_err("policy.signatures.required needs cluster.id: a signed policy is one of "
                "that cluster [POL084]");
        return ERR_INVALID;
    }
    enum err e = load(w);
    if (e != OK) {
        return e;
    }
    e = policy_papers_read(path, w->conf->policy_keys_dir, &papers, &why);
    if (e != OK) {
        log_err("%s [POL083]", why.text);
        return e;
    }
    e = encode(w, &papers, files, out);
    policy_papers_fini(&papers);
    if (e != OK) {
        log_err("%s: its signatures can not be handed to the check: %s [POL082]", path,
            err_text(e));
    }
    return e;
}

enum err warden_signed_read(const char *path, int fd, struct warden_state *out)
{
    struct warden_state state;

    if (lseek(fd, 0, SEEK_SET) != 0 || !read_state(fd, &state) || state.text[0] == '\0') {
        log_err("%s: the check of its signatures said nothing of use [POL082]", path);
        return ERR_INVALID;
    }
    *out = state;
    return OK;
}

/* --- what is kept --- */

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return false;
    }
    bool good = write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fsync(fd) == 0;
    return close(fd) == 0 && good;
}

static bool sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    return good;
}

static bool replace_file(const char *path, const char *text)
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_MAX_BYTES];
    char fresh[PATH_MAX_BYTES];
    int n = snprintf(fresh, sizeof(fresh), "%s.new", path);
    int d = snprintf(directory, sizeof(directory), "%.*s",
        slash == NULL ? 1 : (int)(slash - path) + (slash == path ? 1 : 0),
        slash == NULL ? "." : path);

    if (n < 0 || (size_t)n >= sizeof(fresh) || d < 0 || (size_t)d >= sizeof(directory)) {
        errno = ENAMETOOLONG;
        return false;
    }
    if ((mkdir(directory, 0700) != 0 && errno != EEXIST) ||
        (unlink(fresh) != 0 && errno != ENOENT)) {
        return false;
    }
    return write_file(fresh, text) && rename(fresh, path) == 0 &&
           sync_directory(directory);
}

void warden_signed_keep(struct warden *w)
{
    const char *path = w->conf->policy_state_file;

    if (w->policy_state.text[0] == '\0' ||
        (!w->policy_is_unkept &&
            strcmp(w->policy_state.text, w->policy_kept.text) == 0)) {
        return;
    }
    w->policy_kept = w->policy_state; /* what this process goes by in any case */
    w->policy_is_unkept = !replace_file(path, w->policy_state.text);
    if (!w->policy_is_unkept) {
        return;
    }
    log_err("%s: the serial of the signed policy can not be kept: %s; an older one could "
            "come back after a restart [POL089]",
        path, strerror(errno));
    if (!w->served) {
        warden_stop(w, WARDEN_EXIT_CONFIG);
    }
}
