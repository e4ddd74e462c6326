#include "warden_files.h"

#include "mem.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_FILES_MAX 64
#define CONFIG_BYTES_MAX ((size_t)1024 * 1024)
#define CHAIN_BYTES_MAX  ((size_t)65536)
#define LISTEN_BACKLOG   1024

__attribute__((format(printf, 2, 3))) static enum err say(
    struct warden_message *why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return ERR_INVALID;
}

static enum err read_all(int fd, size_t max, struct buf *out)
{
    buf_init(out, max + 4096);
    for (;;) {
        uint8_t *room = buf_reserve(out, 4096);
        ssize_t n = room == NULL ? -1 : read(fd, room, 4096);
        if (n == 0) {
            return OK;
        }
        if (n < 0) {
            return room == NULL ? ERR_FULL : ERR_IO;
        }
        buf_grew(out, (size_t)n);
    }
}

enum err warden_files_open(
    const char *path, bool secret, int *fd_out, struct warden_message *why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0) {
        return say(why, "%s: can not be opened: %s", path, strerror(errno));
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return say(why, "%s: is not a regular file", path);
    }
    if (secret && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        (void)close(fd);
        return say(why,
            "%s: holds a secret but its mode is %04o: group and others may reach it; "
            "run: chmod "
            "600 %s",
            path, (unsigned)(st.st_mode & 07777), path);
    }
    *fd_out = fd;
    return OK;
}

struct source_list {
    struct conf_source sources[CONFIG_FILES_MAX];
    struct buf texts[CONFIG_FILES_MAX];
    char names[CONFIG_FILES_MAX][512];
    size_t count;
};

static enum err add_source(
    struct source_list *list, const char *path, struct buf *errors_out)
{
    struct warden_message why;
    int fd = -1;
    enum err e = ERR_FULL;
    size_t i = list->count;

    if (i == CONFIG_FILES_MAX) {
        buf_add_format(errors_out, "%s: too many configuration files\n", path);
        return ERR_FULL;
    }
    e = warden_files_open(path, false, &fd, &why);
    if (e == OK) {
        e = read_all(fd, CONFIG_BYTES_MAX, &list->texts[i]);
        (void)close(fd);
        (void)snprintf(
            why.text, sizeof(why.text), "%s: can not be read: %s", path, err_text(e));
    }
    if (e != OK) {
        buf_add_format(errors_out, "%s\n", why.text);
        return e;
    }
    (void)snprintf(list->names[i], sizeof(list->names[i]), "%s", path);
    list->sources[i] = (struct conf_source){.name = list->names[i],
        .text = list->texts[i].bytes,
        .length = list->texts[i].length};
    list->count++;
    return OK;
}

static int is_properties(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 11 && strcmp(entry->d_name + length - 11, ".properties") == 0;
}

/* conf.d/\*.properties beside the file, in the order of their names. */
static enum err add_drop_ins(
    struct source_list *list, const char *path, struct buf *errors_out)
{
    char dir[512];
    const char *slash = strrchr(path, '/');
    struct dirent **entries = NULL;
    enum err e = OK;

    (void)snprintf(dir, sizeof(dir), "%.*s/conf.d",
        slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    int n = scandir(dir, &entries, is_properties, alphasort);
    for (int i = 0; i < n; i++) {
        char name[1024];
        (void)snprintf(name, sizeof(name), "%s/%s", dir, entries[i]->d_name);
        if (e == OK) {
            e = add_source(list, name, errors_out);
        }
        free(entries[i]);
    }
    free(entries);
    return e;
}

enum err warden_files_config(const char *path, struct conf **out, struct buf *errors_out)
{
    struct source_list *list = mem_alloc(1, sizeof(*list));

    if (list == NULL) {
        return ERR_NOMEM;
    }
    enum err e = add_source(list, path, errors_out);
    if (e == OK) {
        e = add_drop_ins(list, path, errors_out);
    }
    if (e == OK) {
        e = conf_parse(list->sources, list->count, out, errors_out);
    }
    for (size_t i = 0; i < list->count; i++) {
        buf_fini(&list->texts[i]);
    }
    mem_free(list);
    return e;
}

enum err warden_files_read(
    const char *path, size_t max, struct buf *out, struct warden_message *why)
{
    int fd = -1;
    enum err e = warden_files_open(path, false, &fd, why);

    if (e != OK) {
        return e;
    }
    e = read_all(fd, max, out);
    (void)close(fd);
    if (e != OK) {
        buf_fini(out);
        return say(why, "%s: can not be read: %s", path, err_text(e));
    }
    return OK;
}

enum err warden_files_chain(const char *path, struct buf *out, struct warden_message *why)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    static const char end[] = "-----END CERTIFICATE-----";
    struct buf text;
    int fd = -1;
    enum err e = warden_files_open(path, false, &fd, why);

    if (e != OK) {
        return e;
    }
    e = read_all(fd, CHAIN_BYTES_MAX, &text);
    (void)close(fd);
    buf_reset(out);
    const uint8_t *at = text.bytes;
    size_t left = e == OK ? text.length : 0;
    while (left > 0) {
        const uint8_t *from = memmem(at, left, begin, sizeof(begin) - 1);
        const uint8_t *to =
            from == NULL ? NULL
                         : memmem(from, left - (size_t)(from - at), end, sizeof(end) - 1);
        if (to == NULL) {
            break;
        }
        to += sizeof(end) - 1;
        buf_add(out, from, (size_t)(to - from));
        buf_add_text(out, "\n");
        left -= (size_t)(to - at);
        at = to;
    }
    if (text.bytes != NULL) {
        mem_wipe(
            text.bytes, text.capacity); /* a key may have stood beside the certificates */
    }
    buf_fini(&text);
    if (e != OK || buf_error(out) != OK) {
        return say(why, "%s: can not be read, or is larger than 64 KiB", path);
    }
    return out->length > 0 ? OK : say(why, "%s: holds no certificate in PEM form", path);
}

enum err warden_files_data(
    const char *path, uid_t uid, int *fd_out, struct warden_message *why)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return say(
            why, "%s: the data directory can not be made: %s", path, strerror(errno));
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return say(
            why, "%s: the data directory can not be opened: %s", path, strerror(errno));
    }
    /* Store gets this descriptor: a directory is in use until it is gone as well. */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        (void)close(fd);
        return error == EWOULDBLOCK
                   ? say(why, "%s: another schlossd uses this data directory", path)
                   : say(why, "%s: the data directory can not be locked: %s", path,
                         strerror(error));
    }
    if ((uid != (uid_t)-1 && fchown(fd, uid, (gid_t)uid) != 0) || fchmod(fd, 0700) != 0) {
        int error = errno;
        (void)close(fd);
        return say(why, "%s: the data directory can not be given to the store: %s", path,
            strerror(error));
    }
    *fd_out = fd;
    return OK;
}

enum err warden_files_program(
    const char *dir, const char *name, int *fd_out, struct warden_message *why)
{
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return say(why, "%s: the program can not be opened: %s", path, strerror(errno));
    }
    *fd_out = fd;
    return OK;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool read_address(
    const char *host, uint16_t port, union address *out, socklen_t *length)
{
    const char *text = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;

    memset(out, 0, sizeof(*out));
    if (text[0] == '\0') {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_addr = in6addr_any;
        out->v6.sin6_port = htons(port);
        *length = sizeof(out->v6);
        return true;
    }
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        *length = sizeof(out->v4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        *length = sizeof(out->v6);
        return true;
    }
    return false;
}

enum err warden_files_listen(const struct conf_listener *l, struct warden_listener *out,
    struct warden_message *why)
{
    union address address;
    socklen_t length = 0;
    int on = 1;
    int off = 0;

    if (!read_address(l->host, l->port, &address, &length)) {
        return say(why, "listener %s: '%s' is not an address", l->name, l->host);
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return say(why, "listener %s: no socket: %s", l->name, strerror(errno));
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address.any.sa_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    if (bind(fd, &address.any, length) != 0 || listen(fd, LISTEN_BACKLOG) != 0) {
        int error = errno;
        (void)close(fd);
        return say(why, "listener %s: %s:%u can not be listened on: %s", l->name, l->host,
            l->port, strerror(error));
    }
    length = sizeof(address);
    if (getsockname(fd, &address.any, &length) != 0) {
        (void)close(fd);
        return say(why, "listener %s: the bound port is unknown", l->name);
    }
    out->fd = fd;
    out->port = ntohs(
        address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    return OK;
}
