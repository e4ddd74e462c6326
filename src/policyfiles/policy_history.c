#include "policy_history.h"

#include "policy_bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX      ".bundle"
#define FRESH       ".new"
#define READ_SIZE   ((size_t)65536)
#define ENTRIES_MAX 4096 /* of the directory, whatever they are called */

_Static_assert(POLICY_HASH_DIGITS == 2 * crypto_hash_sha256_BYTES, "of SHA-256");

/* --- names --- */

void policy_history_hash(
    const uint8_t *bytes, size_t length, char out[POLICY_HASH_DIGITS + 1])
{
    uint8_t digest[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(digest, bytes, length);
    (void)sodium_bin2hex(out, POLICY_HASH_DIGITS + 1, digest, sizeof(digest));
}

bool policy_history_is_hash(const char *text, size_t length)
{
    bool good = length == POLICY_HASH_DIGITS;

    for (size_t i = 0; good && i < length; i++) {
        good = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    }
    return good;
}

void policy_history_name(
    const struct policy_history_entry *entry, char out[POLICY_HISTORY_NAME])
{
    (void)snprintf(out, POLICY_HISTORY_NAME, "%" PRIu64 "-%.*s" SUFFIX, entry->serial,
        POLICY_HASH_DIGITS, entry->hash);
}

bool policy_history_parse_name(const char *name, struct policy_history_entry *out)
{
    const size_t digits = strspn(name, "0123456789");
    char again[POLICY_HISTORY_NAME];
    struct policy_history_entry entry = {0};

    if (strlen(name) >= sizeof(again) || digits == 0 || digits > 20 ||
        name[digits] != '-' ||
        strlen(name) != digits + 1 + POLICY_HASH_DIGITS + strlen(SUFFIX) ||
        !policy_history_is_hash(name + digits + 1, POLICY_HASH_DIGITS)) {
        return false;
    }
    entry.serial = strtoull(name, NULL, 10);
    memcpy(entry.hash, name + digits + 1, POLICY_HASH_DIGITS);
    policy_history_name(&entry, again);
    if (strcmp(name, again) != 0) { /* a number that does not fit, or begins with 0 */
        return false;
    }
    *out = entry;
    return true;
}

/* --- reading --- */

static int open_directory(const char *directory)
{
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int later_first(const void *a, const void *b)
{
    const struct policy_history_entry *x = a;
    const struct policy_history_entry *y = b;

    if (x->time_ms != y->time_ms) {
        return x->time_ms < y->time_ms ? 1 : -1;
    }
    return strcmp(y->hash, x->hash);
}

static void add(int fd, const char *name, struct policy_history *h)
{
    struct policy_history_entry entry;
    struct stat st;

    if (h->count == POLICY_HISTORY_LIST || !policy_history_parse_name(name, &entry) ||
        fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) {
        return;
    }
    entry.time_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    h->entries[h->count++] = entry;
}

enum err policy_history_list(const char *directory, struct policy_history *out)
{
    int fd = open_directory(directory);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry = NULL;

    out->count = 0;
    if (dir == NULL) {
        const int why = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        errno = why;
        return ERR_IO;
    }
    for (int i = 0; i < ENTRIES_MAX && (entry = readdir(dir)) != NULL; i++) {
        add(fd, entry->d_name, out);
    }
    (void)closedir(dir);
    qsort(out->entries, out->count, sizeof(out->entries[0]), later_first);
    return OK;
}

static enum err read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, READ_SIZE);
        ssize_t n = room == NULL ? -1 : read(fd, room, READ_SIZE);
        if (n == 0) {
            return out->length > POLICY_BUNDLE_MAX ? ERR_FULL : OK;
        }
        if (n < 0 && room != NULL && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return room == NULL ? ERR_FULL : ERR_IO;
        }
        buf_grew(out, (size_t)n);
    }
}

enum err policy_history_read(
    const char *directory, const struct policy_history_entry *entry, struct buf *out)
{
    char hash[POLICY_HASH_DIGITS + 1];
    char name[POLICY_HISTORY_NAME];
    struct buf bytes;
    int dir = open_directory(directory);

    policy_history_name(entry, name);
    int fd =
        dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    const int why = errno;
    if (dir >= 0) {
        (void)close(dir);
    }
    if (fd < 0) {
        errno = why;
        return ERR_IO;
    }
    buf_init(&bytes, POLICY_BUNDLE_MAX + 2 * READ_SIZE);
    enum err e = read_all(fd, &bytes);
    (void)close(fd);
    if (e == OK) {
        policy_history_hash(bytes.bytes, bytes.length, hash);
        e = strcmp(hash, entry->hash) == 0 ? OK : ERR_INVALID;
    }
    if (e == OK) {
        buf_add(out, bytes.bytes, bytes.length);
        e = buf_error(out);
    }
    buf_fini(&bytes);
    return e;
}

/* --- keeping --- */

static enum err make_directory(const char *path, gid_t gid, int *fd_out)
{
    char parent[1024];
    const char *slash = strrchr(path, '/');
    struct stat st;

    if (slash != NULL && slash != path && (size_t)(slash - path) < sizeof(parent)) {
        (void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
        (void)mkdir(parent, 0711);
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return ERR_IO;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0) {
        const int why = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        errno = why;
        return ERR_IO;
    }
    if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        (void)close(fd);
        return ERR_DENIED;
    }
    if (gid != (gid_t)-1 && (fchown(fd, (uid_t)-1, gid) != 0 || fchmod(fd, 0750) != 0)) {
        const int why = errno;
        (void)close(fd);
        errno = why;
        return ERR_IO;
    }
    *fd_out = fd;
    return OK;
}

/* Whole or not at all: it is renamed into its place. */
static enum err write_file(int dir, const char *name, const struct buf *bundle, gid_t gid)
{
    (void)unlinkat(dir, FRESH, 0);
    int fd =
        openat(dir, FRESH, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && buf_write(bundle, fd) == OK;

    if (good && gid != (gid_t)-1) {
        good = fchown(fd, (uid_t)-1, gid) == 0 && fchmod(fd, 0640) == 0;
    }
    good =
        good && fsync(fd) == 0 && renameat(dir, FRESH, dir, name) == 0 && fsync(dir) == 0;
    const int why = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = why;
    return good ? OK : ERR_IO;
}

static void prune(const char *directory, int dir, const char *hash)
{
    struct policy_history h;
    size_t kept = 0;

    if (policy_history_list(directory, &h) != OK) {
        return;
    }
    for (size_t i = 0; i < h.count; i++) {
        char name[POLICY_HISTORY_NAME];
        if (strcmp(h.entries[i].hash, hash) != 0 && ++kept >= POLICY_HISTORY_MAX) {
            policy_history_name(&h.entries[i], name);
            (void)unlinkat(dir, name, 0);
        }
    }
}

enum err policy_history_keep(const char *directory,
    const struct policy_history_entry *entry, const struct buf *bundle, gid_t gid)
{
    char name[POLICY_HISTORY_NAME];
    int dir = -1;
    enum err e = make_directory(directory, gid, &dir);

    if (e != OK) {
        return e;
    }
    policy_history_name(entry, name);
    e = write_file(dir, name, bundle, gid);
    if (e == OK) {
        prune(directory, dir, entry->hash);
    }
    const int why = errno;
    (void)close(dir);
    errno = why;
    return e;
}
