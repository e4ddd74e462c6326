#include "policy_papers.h"

#include "buf.h"
#include "mem.h"
#include "policy_bundle.h"
#include "policy_guard.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST     "policy.manifest"
#define SIGNATURE    ".minisig"
#define KEY          ".pub"
#define MANIFEST_MAX ((size_t)256 * 1024)
#define SMALL_MAX    ((size_t)4096)
#define ENTRIES_MAX  4096
#define OPEN_FLAGS   (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

struct policy_papers_text {
    char name[POLICY_SOURCE_NAME_MAX + 1];
    struct buf text;
};

struct collector {
    struct policy_papers out;
    struct policy_collect_message *why;
    const char *directory;   /* for messages */
    enum policy_guard guard; /* of keys: owners and modes count */
};

__attribute__((format(printf, 3, 4))) static enum err say(
    struct collector *c, const char *name, const char *format, ...)
{
    char escaped[256];
    char what[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    (void)snprintf(c->why->text, sizeof(c->why->text), "%s/%s: %s", c->directory,
        text_escape(escaped, sizeof(escaped), name, strlen(name)), what);
    return ERR_INVALID;
}

/* --- one file --- */

static enum err check_guard(struct collector *c, int fd, const char *name)
{
    switch (policy_guard_look(fd, c->guard)) {
    case POLICY_GUARD_UNSEEN:
        return say(c, name, "can not be seen: %s", strerror(errno));
    case POLICY_GUARD_ALIEN:
        return say(
            c, name, "decides who may sign and belongs to another user; run chown root");
    case POLICY_GUARD_OPEN:
        return say(
            c, name, "decides who may sign and others may write to it; run chmod go-w");
    case POLICY_GUARD_GOOD:
        break;
    }
    return OK;
}

static enum err read_all(
    struct collector *c, int fd, const char *name, size_t max, struct buf *out)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return say(c, name, "is not a regular file");
    }
    buf_init(out, max + SMALL_MAX);
    for (;;) {
        uint8_t *room = buf_reserve(out, SMALL_MAX);
        ssize_t n = room == NULL ? -1 : read(fd, room, SMALL_MAX);
        if (n == 0) {
            return OK;
        }
        if (n < 0) {
            return room == NULL ? ERR_NOMEM
                                : say(c, name, "can not be read: %s", strerror(errno));
        }
        buf_grew(out, (size_t)n);
        if (out->length > max) {
            return say(c, name, "is larger than %zu bytes", max);
        }
    }
}

static enum err take(struct collector *c, int directory, const char *name, size_t max,
    struct policy_source *source_out)
{
    struct policy_papers_text *t = &c->out.texts[c->out.text_count];
    int fd = openat(directory, name, OPEN_FLAGS | O_NOFOLLOW);

    if (fd < 0) {
        return say(c, name, "can not be opened: %s",
            errno == ELOOP ? "it is a symbolic link" : strerror(errno));
    }
    enum err e = check_guard(c, fd, name);
    if (e == OK) {
        e = read_all(c, fd, name, max, &t->text);
    }
    (void)close(fd);
    if (e != OK) {
        buf_fini(&t->text);
        return e;
    }
    (void)snprintf(t->name, sizeof(t->name), "%s", name);
    *source_out = (struct policy_source){t->name, t->text.bytes, t->text.length};
    c->out.text_count++;
    return OK;
}

/* --- directories --- */

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name);

    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static bool is_signature(const char *name)
{
    return strncmp(name, MANIFEST ".", sizeof(MANIFEST)) == 0 &&
           strlen(name) > sizeof(MANIFEST) + sizeof(SIGNATURE) - 1 &&
           ends_with(name, SIGNATURE);
}

static bool is_key(const char *name)
{
    return name[0] != '.' && ends_with(name, KEY);
}

/* Two bytes are kept for the bundle that carries it. */
static enum err take_one_of(struct collector *c, int directory, const char *name,
    struct policy_source *list, size_t *count)
{
    if (strlen(name) > POLICY_SOURCE_NAME_MAX - 2 ||
        !policy_bundle_is_name(name, strlen(name))) {
        return say(c, name, "has a name that is too long or not printable ASCII");
    }
    if (*count == POLICY_PAPERS_EACH_MAX) {
        return say(c, name, "is one more than %d", POLICY_PAPERS_EACH_MAX);
    }
    enum err e = take(c, directory, name, SMALL_MAX, &list[*count]);
    *count += e == OK ? 1 : 0;
    return e;
}

static enum err take_matching(struct collector *c, int directory,
    bool (*matches)(const char *), struct policy_source *list, size_t *count)
{
    int copy = fcntl(directory, F_DUPFD_CLOEXEC, 3);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    size_t entries = 0;
    enum err e = OK;

    if (stream == NULL) {
        if (copy >= 0) {
            (void)close(copy);
        }
        return say(c, ".", "can not be read: %s", strerror(errno));
    }
    while (e == OK) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            e = errno == 0 ? OK : say(c, ".", "can not be read: %s", strerror(errno));
            break;
        }
        if (++entries > ENTRIES_MAX) {
            e = say(c, ".", "holds more than %d files", ENTRIES_MAX);
        } else if (matches(entry->d_name)) {
            e = take_one_of(c, directory, entry->d_name, list, count);
        }
    }
    (void)closedir(stream);
    return e;
}

static int compare_sources(const void *a, const void *b)
{
    const struct policy_source *x = a;
    const struct policy_source *y = b;

    return strcmp(x->name, y->name);
}

static enum err take_manifest(struct collector *c, int directory)
{
    struct stat st;

    c->out.manifest = (struct policy_source){.name = MANIFEST};
    if (fstatat(directory, MANIFEST, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) {
        return OK;
    }
    return take(c, directory, MANIFEST, MANIFEST_MAX, &c->out.manifest);
}

static enum err look(struct collector *c, const char *directory, bool is_keys)
{
    struct policy_papers *p = &c->out;
    int fd = open(directory, OPEN_FLAGS | O_DIRECTORY);

    c->directory = directory;
    c->guard = is_keys ? POLICY_GUARD_OWNER : POLICY_GUARD_NONE;
    if (fd < 0) {
        return say(c, ".", "can not be opened: %s", strerror(errno));
    }
    enum err e = check_guard(c, fd, ".");
    if (e == OK && is_keys) {
        e = take_matching(c, fd, is_key, p->keys, &p->key_count);
        qsort(p->keys, p->key_count, sizeof(*p->keys), compare_sources);
    } else if (e == OK) {
        e = take_manifest(c, fd);
        if (e == OK) {
            e = take_matching(c, fd, is_signature, p->signatures, &p->signature_count);
        }
        qsort(p->signatures, p->signature_count, sizeof(*p->signatures), compare_sources);
    }
    (void)close(fd);
    return e;
}

/* --- all of it --- */

static enum err make_room(struct collector *c)
{
    c->out.texts = mem_alloc(POLICY_PAPERS_MAX, sizeof(*c->out.texts));
    c->out.signatures = mem_alloc(POLICY_PAPERS_EACH_MAX, sizeof(*c->out.signatures));
    c->out.keys = mem_alloc(POLICY_PAPERS_EACH_MAX, sizeof(*c->out.keys));
    return c->out.texts == NULL || c->out.signatures == NULL || c->out.keys == NULL
               ? ERR_NOMEM
               : OK;
}

enum err policy_papers_read(const char *main_path, const char *keys_dir,
    struct policy_papers *out, struct policy_collect_message *why)
{
    const char *slash = strrchr(main_path, '/');
    struct collector c = {.why = why};
    char directory[1024];
    int length = snprintf(directory, sizeof(directory), "%.*s",
        slash == NULL ? 1 : (int)(slash - main_path + (slash == main_path ? 1 : 0)),
        slash == NULL ? "." : main_path);

    (void)snprintf(why->text, sizeof(why->text), "%s: out of memory", main_path);
    if (length < 0 || (size_t)length >= sizeof(directory)) {
        (void)snprintf(why->text, sizeof(why->text),
            "the name of the policy's directory is too long");
        return ERR_INVALID;
    }
    enum err e = make_room(&c);
    if (e == OK) {
        e = look(&c, directory, false);
    }
    if (e == OK && keys_dir != NULL) {
        e = look(&c, keys_dir, true);
    }
    if (e != OK) {
        policy_papers_fini(&c.out);
        return e;
    }
    *out = c.out;
    return OK;
}

void policy_papers_fini(struct policy_papers *p)
{
    for (size_t i = 0; i < p->text_count; i++) {
        buf_fini(&p->texts[i].text);
    }
    mem_free(p->texts);
    mem_free(p->signatures);
    mem_free(p->keys);
    *p = (struct policy_papers){.texts = NULL};
}
