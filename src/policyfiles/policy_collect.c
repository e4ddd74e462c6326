#include "policy_collect.h"

#include "buf.h"
#include "mem.h"
#include "policy_bundle.h"
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

#define DEPTH_MAX     4
#define ENTRIES_MAX   4096
#define SUFFIX        ".policy"
#define MAIN_PATH_MAX 2048
#define LINKS_MAX     40 /* as the kernel follows */
#define OPEN_FLAGS    (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

struct policy_collected_text {
    char name[POLICY_SOURCE_NAME_MAX + 1];
    struct buf text;
};

struct collector {
    struct policy_collected out;
    struct policy_collect_message *why;
    const char *directory; /* of the main file, with its slash */
    int directory_length;
    enum policy_guard guard;
    size_t text_left;
    size_t entries;
};

__attribute__((format(printf, 2, 3))) static enum err say(
    struct collector *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(c->why->text, sizeof(c->why->text), format, args);
    va_end(args);
    return ERR_INVALID;
}

/* A name below the directory. */
__attribute__((format(printf, 3, 4))) static enum err say_of(
    struct collector *c, const char *name, const char *format, ...)
{
    char escaped[256];
    char what[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return say(c, "%.*s%s: %s", c->directory_length, c->directory,
        text_escape(escaped, sizeof(escaped), name, strlen(name)), what);
}

/* --- who else may write --- */

static enum err check_guard(struct collector *c, int fd, const char *path)
{
    char escaped[512];

    (void)text_escape(escaped, sizeof(escaped), path, strlen(path));
    switch (policy_guard_look(fd, c->guard)) {
    case POLICY_GUARD_UNSEEN:
        return say(c, "%s: can not be seen: %s", escaped, strerror(errno));
    case POLICY_GUARD_ALIEN:
        return say(c,
            "%s: decides who may do what, and belongs to another user; run: chown root "
            "%s [POL025]",
            escaped, escaped);
    case POLICY_GUARD_OPEN:
        return say(c,
            "%s: decides who may do what, and others may write to it; run: chmod go-w %s "
            "[POL025]",
            escaped, escaped);
    case POLICY_GUARD_GOOD:
        break;
    }
    return OK;
}

/* A name below the directory. */
static enum err check_guard_of(struct collector *c, int fd, const char *name)
{
    char path[1024 + 2 * POLICY_SOURCE_NAME_MAX];

    (void)snprintf(path, sizeof(path), "%.*s%s", c->directory_length, c->directory, name);
    return check_guard(c, fd, path);
}

static enum err check_directory_of(struct collector *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    char directory[MAIN_PATH_MAX];

    (void)snprintf(directory, sizeof(directory), "%.*s",
        slash == NULL ? 1 : (int)(slash - path) + (slash == path ? 1 : 0),
        slash == NULL ? "." : path);
    int fd = open(directory, OPEN_FLAGS | O_DIRECTORY);
    if (fd < 0) {
        return say(c, "%s: can not be opened: %s", directory, strerror(errno));
    }
    enum err e = check_guard(c, fd, directory);
    (void)close(fd);
    return e;
}

/* What the link at that path leads to, in its place. False: it is none, errno says why. */
static bool follow(char path[MAIN_PATH_MAX])
{
    char target[MAIN_PATH_MAX];
    const char *slash = strrchr(path, '/');
    ssize_t length = readlink(path, target, sizeof(target));

    if (length < 0) {
        return false;
    }
    size_t kept = target[0] == '/' || slash == NULL ? 0 : (size_t)(slash + 1 - path);
    if (kept + (size_t)length >= MAIN_PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(path + kept, target, (size_t)length);
    path[kept + (size_t)length] = '\0';
    return true;
}

/* Who may write to a directory may put another file in place of this one. The main file
 * may be a link, and lead to one: then the directory of each counts as well. */
static enum err check_directories(struct collector *c, const char *path)
{
    char at[MAIN_PATH_MAX];
    int links = 0;

    if (c->guard == POLICY_GUARD_NONE) {
        return OK;
    }
    if (strlen(path) >= sizeof(at)) {
        return say(c, "the name of the policy is too long");
    }
    (void)snprintf(at, sizeof(at), "%s", path);
    do {
        enum err e = check_directory_of(c, at);
        if (e != OK) {
            return e;
        }
    } while (links++ < LINKS_MAX && follow(at));
    if (links > LINKS_MAX || errno != EINVAL) {
        return say(c, "%s: can not be followed to a file: %s", path,
            strerror(links > LINKS_MAX ? ELOOP : errno));
    }
    return OK;
}

/* --- files --- */

static enum err read_text(struct collector *c, int fd, const char *name, struct buf *out)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return say_of(c, name, "is not a regular file");
    }
    /* One read more than it may hold, to see that there is no more. */
    buf_init(out, c->text_left + 65536);
    for (;;) {
        uint8_t *room = buf_reserve(out, 4096);
        if (room == NULL) {
            return ERR_NOMEM;
        }
        ssize_t n = read(fd, room, 4096);
        if (n < 0) {
            return say_of(c, name, "can not be read: %s", strerror(errno));
        }
        if (n == 0) {
            break;
        }
        buf_grew(out, (size_t)n);
        if (out->length > c->text_left) {
            return say_of(c, name, "the policy has more than %zu MiB of text",
                POLICY_TEXT_MAX >> 20);
        }
    }
    c->text_left -= out->length;
    return OK;
}

static enum err add_file(struct collector *c, int fd, const char *name)
{
    size_t i = c->out.count;

    if (!policy_bundle_is_name(name, strlen(name))) {
        return say(c,
            "%.*s: holds a policy file whose name is longer than %d bytes, or has a "
            "character that is not printable ASCII, or a quotation mark; rename it",
            c->directory_length, c->directory, POLICY_SOURCE_NAME_MAX);
    }
    if (i == POLICY_SOURCES_MAX) {
        return say_of(c, name, "more than %d policy files", POLICY_SOURCES_MAX);
    }
    struct policy_collected_text *t = &c->out.texts[i];
    enum err e = check_guard_of(c, fd, name);
    e = e == OK ? read_text(c, fd, name, &t->text) : e;
    if (e != OK) {
        buf_fini(&t->text);
        return e;
    }
    (void)snprintf(t->name, sizeof(t->name), "%s", name);
    c->out.files[i] = (struct policy_source){t->name, t->text.bytes, t->text.length};
    c->out.count++;
    return OK;
}

/* --- directories --- */

static bool is_policy(const char *name)
{
    size_t length = strlen(name);

    return length > sizeof(SUFFIX) - 1 &&
           strcmp(name + length - (sizeof(SUFFIX) - 1), SUFFIX) == 0;
}

static enum err walk(struct collector *c, int directory, const char *prefix, int depth);

static enum err descend(
    struct collector *c, int directory, const char *entry, const char *name, int depth)
{
    char prefix[2 * POLICY_SOURCE_NAME_MAX + 8];
    int fd = openat(directory, entry, OPEN_FLAGS | O_DIRECTORY | O_NOFOLLOW);

    if (fd < 0) {
        return say_of(c, name,
            "can not be looked into for policy files: %s; keep the policy in a "
            "directory of its own",
            strerror(errno));
    }
    if (depth == DEPTH_MAX || strlen(name) > POLICY_SOURCE_NAME_MAX) {
        (void)close(fd);
        return say_of(c, name,
            "is nested deeper than %d directories; keep the policy in a directory of its "
            "own",
            DEPTH_MAX);
    }
    enum err e = check_guard_of(c, fd, name);
    if (e != OK) {
        (void)close(fd);
        return e;
    }
    (void)snprintf(prefix, sizeof(prefix), "%s/", name);
    return walk(c, fd, prefix, depth + 1);
}

static enum err take_file(
    struct collector *c, int directory, const char *entry, const char *name)
{
    if (strcmp(name, c->out.files[0].name) == 0) {
        return OK;
    }
    int fd = openat(directory, entry, OPEN_FLAGS | O_NOFOLLOW);
    if (fd < 0) {
        return say_of(c, name, "can not be opened: %s",
            errno == ELOOP ? "it is a symbolic link" : strerror(errno));
    }
    enum err e = add_file(c, fd, name);
    (void)close(fd);
    return e;
}

static enum err take_entry(
    struct collector *c, int directory, const char *entry, const char *prefix, int depth)
{
    char name[2 * POLICY_SOURCE_NAME_MAX + 8];
    struct stat st;

    if (++c->entries > ENTRIES_MAX) {
        return say(c,
            "%.*s: more than %d files and directories below it; keep the policy in a "
            "directory of its own",
            c->directory_length, c->directory, ENTRIES_MAX);
    }
    (void)snprintf(name, sizeof(name), "%s%s", prefix, entry);
    if (fstatat(directory, entry, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        /* Gone meanwhile, as editors' files are. */
        return errno == ENOENT ? OK
                               : say_of(c, name, "can not be seen: %s", strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return descend(c, directory, entry, name, depth);
    }
    return is_policy(entry) ? take_file(c, directory, entry, name) : OK;
}

/* Takes the descriptor. */
static enum err walk(struct collector *c, int directory, const char *prefix, int depth)
{
    DIR *stream = fdopendir(directory);
    enum err e = OK;

    if (stream == NULL) {
        (void)close(directory);
        return say_of(c, prefix, "can not be read: %s", strerror(errno));
    }
    while (e == OK) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            e = errno == 0 ? OK
                           : say_of(c, prefix, "can not be read: %s", strerror(errno));
            break;
        }
        if (entry->d_name[0] != '.') {
            e = take_entry(c, directory, entry->d_name, prefix, depth);
        }
    }
    (void)closedir(stream);
    return e;
}

/* --- all of it --- */

static enum err collect_main(struct collector *c, const char *path)
{
    int fd = open(path, OPEN_FLAGS);

    if (fd < 0) {
        return say(c, "%s: can not be opened: %s", path, strerror(errno));
    }
    enum err e = check_directories(c, path);
    e = e == OK ? add_file(c, fd, path + c->directory_length) : e;
    (void)close(fd);
    return e;
}

static enum err collect_rest(struct collector *c)
{
    static const char include[] = "include";
    const struct policy_source *main_file = &c->out.files[0];
    char directory[1024];

    if (main_file->length == 0 || memmem(main_file->text, main_file->length, include,
                                      sizeof(include) - 1) == NULL) {
        return OK;
    }
    int length = snprintf(
        directory, sizeof(directory), "%.*s.", c->directory_length, c->directory);
    if (length < 0 || (size_t)length >= sizeof(directory)) {
        return say(c, "the name of the policy's directory is too long");
    }
    int fd = open(directory, OPEN_FLAGS | O_DIRECTORY);
    if (fd < 0) {
        return say(c, "%s: can not be opened: %s", directory, strerror(errno));
    }
    enum err e = check_guard(c, fd, directory); /* it may be another one by now */
    if (e != OK) {
        (void)close(fd);
        return e;
    }
    return walk(c, fd, "", 0);
}

static int compare_files(const void *a, const void *b)
{
    const struct policy_source *x = a;
    const struct policy_source *y = b;

    return strcmp(x->name, y->name);
}

enum err policy_collect(
    const char *path, struct policy_collected *out, struct policy_collect_message *why)
{
    return policy_collect_guarded(path, POLICY_GUARD_NONE, out, why);
}

enum err policy_collect_guarded(const char *path, enum policy_guard guard,
    struct policy_collected *out, struct policy_collect_message *why)
{
    const char *slash = strrchr(path, '/');
    struct collector c = {.why = why,
        .directory = path,
        .directory_length = slash == NULL ? 0 : (int)(slash + 1 - path),
        .guard = guard,
        .text_left = POLICY_TEXT_MAX};

    (void)snprintf(
        why->text, sizeof(why->text), "%s: can not be read: out of memory", path);
    c.out.files = mem_alloc(POLICY_SOURCES_MAX, sizeof(*c.out.files));
    c.out.texts = mem_alloc(POLICY_SOURCES_MAX, sizeof(*c.out.texts));
    enum err e =
        c.out.files == NULL || c.out.texts == NULL ? ERR_NOMEM : collect_main(&c, path);
    if (e == OK) {
        e = collect_rest(&c);
    }
    if (e != OK) {
        policy_collected_fini(&c.out);
        return e;
    }
    qsort(c.out.files + 1, c.out.count - 1, sizeof(*c.out.files), compare_files);
    *out = c.out;
    return OK;
}

void policy_collected_fini(struct policy_collected *c)
{
    for (size_t i = 0; i < c->count; i++) {
        buf_fini(&c->texts[i].text);
    }
    mem_free(c->texts);
    mem_free(c->files);
    *c = (struct policy_collected){.files = NULL};
}
