#include "gssapi_scratch.h"

#include "rand.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONF_LEAF_MAX 32

#define READ_SIZE 16384u

enum err gssapi_scratch_read(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, READ_SIZE);
        if (room == NULL) {
            return buf_error(out);
        }
        ssize_t n = pread(fd, room, READ_SIZE, (off_t)out->length);
        if (n < 0) {
            return ERR_IO;
        }
        if (n == 0) {
            return OK;
        }
        buf_grew(out, (size_t)n);
    }
}

/* ':' separates the paths of a variable, and blanks and quotes mean something in
 * krb5.conf. */
const char *gssapi_scratch_path_problem(const char *path)
{
    size_t length = strlen(path);

    if (path[0] != '/' || length > GSSAPI_PATH_MAX) {
        return "it must begin with '/' and have 200 bytes at most";
    }
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)path[i]) && strchr("/._-", path[i]) == NULL) {
            return "it may hold letters, digits and /._- only";
        }
    }
    return NULL;
}

void gssapi_scratch_name(char out[GSSAPI_NAMED_MAX], const char *path)
{
    (void)snprintf(out, GSSAPI_NAMED_MAX, "%s-%016" PRIx64, path, rand_u64());
}

static enum err write_all(int fd, const void *bytes, size_t length)
{
    size_t written = 0;

    while (written < length) {
        ssize_t n = write(fd, (const char *)bytes + written, length - written);
        if (n <= 0) {
            return ERR_IO;
        }
        written += (size_t)n;
    }
    return OK;
}

enum err gssapi_scratch_write(const char *path, const void *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0) {
        return ERR_IO;
    }
    enum err e = write_all(fd, bytes, length);
    if (close(fd) != 0 && e == OK) {
        e = ERR_IO;
    }
    if (e != OK) {
        (void)unlink(path);
    }
    return e;
}

/* OK: the very bytes. ERR_NOT_FOUND: others, or none. */
static enum err compare(const char *path, const struct buf *text)
{
    struct buf present;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return ERR_NOT_FOUND;
    }
    buf_init(&present, GSSAPI_CONF_MAX + 2 * READ_SIZE);
    enum err e = gssapi_scratch_read(fd, &present);
    if (e == OK || e == ERR_FULL) {
        bool same = e == OK && present.length == text->length &&
                    memcmp(present.bytes, text->bytes, text->length) == 0;
        e = same ? OK : ERR_NOT_FOUND;
    }
    buf_fini(&present);
    (void)close(fd);
    return e;
}

/* Another process may be reading it at this moment: it sees the old or the new one. */
static enum err replace(const char *path, const struct buf *text)
{
    char fresh[GSSAPI_NAMED_MAX];

    enum err e = compare(path, text);
    if (e != ERR_NOT_FOUND) {
        return e;
    }
    gssapi_scratch_name(fresh, path);
    e = gssapi_scratch_write(fresh, text->bytes, text->length);
    if (e == OK && rename(fresh, path) != 0) {
        (void)unlink(fresh);
        e = ERR_IO;
    }
    return e;
}

void gssapi_scratch_shred(const char *path, size_t length)
{
    static const char zeros[4096];
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

    for (size_t done = 0; fd >= 0 && done < length; done += sizeof(zeros)) {
        size_t left = length - done;
        if (write_all(fd, zeros, left < sizeof(zeros) ? left : sizeof(zeros)) != OK) {
            break;
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    (void)unlink(path);
}

/* --- krb5.conf -------------------------------------------------------------------- */

static bool is_word(const char *line, size_t length, const char *word)
{
    size_t size = strlen(word);

    return length > size && memcmp(line, word, size) == 0 &&
           isspace((unsigned char)line[size]);
}

/* As the library reads them: at the very beginning of a line. "module" is one before the
 * first section only; we do not look for that, and so ask for no "=" behind it. */
static bool names_another_file(const char *line, size_t length)
{
    return is_word(line, length, "include") || is_word(line, length, "includedir") ||
           (is_word(line, length, "module") && memchr(line, '=', length) == NULL);
}

/* 0: none. */
static size_t bad_line(const char *bytes, size_t length)
{
    size_t number = 1;

    while (length > 0) {
        const char *newline = memchr(bytes, '\n', length);
        size_t line = newline != NULL ? (size_t)(newline - bytes) : length;
        if (names_another_file(bytes, line) || memchr(bytes, '\0', line) != NULL) {
            return number;
        }
        number++;
        line += newline != NULL;
        bytes += line;
        length -= line;
    }
    return 0;
}

/* FNV-1a: texts that differ have names that differ, but for an accident. */
static uint64_t hash_of(const struct buf *text)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < text->length; i++) {
        hash = (hash ^ text->bytes[i]) * 0x100000001b3;
    }
    return hash;
}

/* A file that is there is never changed: the process of before may look at it again. */
static enum err write_conf(
    const char *folder, const void *bytes, size_t length, char leaf[CONF_LEAF_MAX])
{
    char path[GSSAPI_PATH_MAX + 32];
    struct buf text;

    buf_init(&text, GSSAPI_CONF_MAX + 4096);
    buf_add_format(&text,
        "[libdefaults]\n"
        "    dns_canonicalize_hostname = false\n"
        "    rdns = false\n"
        "    dns_lookup_realm = false\n"
        "    dns_lookup_kdc = false\n"
        "    dns_uri_lookup = false\n"
        "    plugin_base_dir = %s/none\n",
        folder);
    buf_add(&text, bytes, length);
    enum err e = buf_error(&text);
    if (e == OK) {
        (void)snprintf(leaf, CONF_LEAF_MAX, "krb5-%016" PRIx64 ".conf", hash_of(&text));
        (void)snprintf(path, sizeof(path), "%s/%s", folder, leaf);
        e = replace(path, &text);
    }
    buf_fini(&text);
    return e;
}

static enum err set_variable(
    const char *name, const char *prefix, const char *folder, const char *leaf)
{
    char value[GSSAPI_NAMED_MAX];

    (void)snprintf(value, sizeof(value), "%s%s/%s", prefix, folder, leaf);
    return setenv(name, value, 1) == 0 ? OK : ERR_NOMEM;
}

static enum err set_environment(const char *folder, const char *conf)
{
    static const char *const removed[] = {"KRB5_KTNAME", "KRB5_CLIENT_KTNAME",
        "KRB5CCNAME", "KRB5_TRACE", "KRB5RCACHETYPE", "KRB5RCACHEDIR"};
    enum err e = set_variable("KRB5_CONFIG", "", folder, conf);

    for (size_t i = 0; i < sizeof(removed) / sizeof(removed[0]); i++) {
        (void)unsetenv(removed[i]);
    }
    if (e == OK) {
        e = set_variable("KRB5RCACHENAME", "file2:", folder, "rcache");
    }
    if (e == OK) {
        e = set_variable("GSS_MECH_CONFIG", "", folder, "none");
    }
    return e;
}

enum err gssapi_scratch_prepare(
    const char *folder, const void *bytes, size_t length, size_t *line_out)
{
    size_t line = bad_line(bytes, length);

    if (line > 0) {
        *line_out = line;
        return ERR_INVALID;
    }
    char conf[CONF_LEAF_MAX];
    enum err e = write_conf(folder, bytes, length, conf);
    return e == OK ? set_environment(folder, conf) : e;
}
