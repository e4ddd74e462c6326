/* schloss audit: the files of a trail, which somebody may have put something else among. */
#include "cli_audit.h"
#include "cli_output.h"
#include "mem.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_NAME "audit.log"

/* --- files -------------------------------------------------------------------------- */

static enum err add_path(struct cli_audit_files *f, const char *path)
{
    if (f->count == CLI_AUDIT_FILES_MAX) {
        return ERR_FULL;
    }
    if (f->count == f->capacity) {
        size_t capacity = f->capacity == 0 ? 64 : 2 * f->capacity;
        char **more = mem_resize(f->paths, capacity, sizeof(*more));
        if (more == NULL) {
            return ERR_NOMEM;
        }
        f->paths = more;
        f->capacity = capacity;
    }
    f->paths[f->count] = mem_copy_text(path, strlen(path));
    if (f->paths[f->count] == NULL) {
        return ERR_NOMEM;
    }
    f->count++;
    return OK;
}

void cli_audit_files_fini(struct cli_audit_files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        mem_free(f->paths[i]);
    }
    mem_free(f->paths);
    *f = (struct cli_audit_files){.paths = NULL};
}

/* audit-000001.log; 0: another name. */
static int64_t number_of(const char *name)
{
    size_t length = strlen(name);
    int64_t number = 0;

    if (length < 16 || length > 19 || strncmp(name, "audit-", 6) != 0 ||
        strcmp(name + length - 4, ".log") != 0 ||
        text_to_i64(name + 6, length - 10, 1, 999999999, &number) != OK) {
        return 0;
    }
    return number;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = number_of(last_part(*(char *const *)a));
    int64_t y = number_of(last_part(*(char *const *)b));

    return x < y ? -1 : x > y;
}

bool cli_audit_is_there(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static enum err add_directory(struct cli_audit_files *f, const char *dir)
{
    char path[4096];
    DIR *entries = opendir(dir);
    const struct dirent *entry;
    enum err e = entries == NULL ? ERR_IO : OK;

    while (e == OK && (entry = readdir(entries)) != NULL) {
        if (number_of(entry->d_name) > 0) {
            (void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
            e = add_path(f, path);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    if (e == OK && f->count > 1) {
        qsort(f->paths, f->count, sizeof(f->paths[0]), by_number);
    }
    (void)snprintf(path, sizeof(path), "%s/" LOG_NAME, dir);
    if (e == OK && cli_audit_is_there(path)) {
        e = add_path(f, path);
    }
    (void)snprintf(f->head, sizeof(f->head), "%s/audit.head", dir);
    f->is_directory = true;
    return e;
}

/* A file that is still appended to has its anchor beside it. */
static void find_head(struct cli_audit_files *f)
{
    const char *last = f->paths[f->count - 1];
    const char *name = last_part(last);

    if (strcmp(name, LOG_NAME) == 0) {
        (void)snprintf(
            f->head, sizeof(f->head), "%.*saudit.head", (int)(name - last), last);
    }
}

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum cli_exit cli_audit_files(const struct cli *cli, struct cli_audit_files *out)
{
    static const char *const usual[] = {CLI_AUDIT_DIR};
    const char *const *args = cli->args_count == 0 ? usual : cli->args;
    size_t count = cli->args_count == 0 ? 1 : cli->args_count;
    enum err e = OK;

    *out = (struct cli_audit_files){.paths = NULL};
    if (count == 1 && is_directory(args[0])) {
        e = add_directory(out, args[0]);
    }
    for (size_t i = 0; e == OK && !out->is_directory && i < count; i++) {
        if (access(args[i], R_OK) != 0 || is_directory(args[i])) {
            cli_error("name one directory, or files in their order", "cannot read %s: %s",
                args[i], is_directory(args[i]) ? "a directory" : strerror(errno));
            cli_audit_files_fini(out);
            return CLI_EXIT_USAGE;
        }
        e = add_path(out, args[i]);
    }
    if (e != OK || out->count == 0) {
        cli_error("group `audit.group` may read it", "%s: %s", args[0],
            e == ERR_IO ? strerror(errno)
                        : (e == OK ? "there is no audit file in it" : err_text(e)));
        cli_audit_files_fini(out);
        return CLI_EXIT_USAGE;
    }
    if (!out->is_directory) {
        find_head(out);
    }
    return CLI_EXIT_OK;
}

/* --- opening ------------------------------------------------------------------------ */

/* Without waiting for who may be at the other end of what lies there. */
int cli_audit_open(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        cli_error(NULL, "cannot read %s: %s", path,
            errno == ELOOP ? "a symbolic link: name the file itself" : strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        cli_error("nothing else belongs into a trail",
            "cannot read %s: not a regular file", path);
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* Closes fd. */
static enum cli_exit read_all(int fd, const char *path, struct buf *out)
{
    ssize_t n = 1;

    while (n > 0) {
        uint8_t *room = buf_reserve(out, 4096);
        n = room == NULL ? -1 : read(fd, room, 4096);
        if (n > 0) {
            buf_grew(out, (size_t)n);
        }
    }
    if (n < 0) {
        cli_error(NULL, "cannot read %s: %s", path,
            buf_error(out) != OK ? err_text(buf_error(out)) : strerror(errno));
    }
    (void)close(fd);
    return n < 0 ? CLI_EXIT_NO : CLI_EXIT_OK;
}

enum cli_exit cli_audit_read_part(const char *path, struct buf *out)
{
    int fd = cli_audit_open(path);

    return fd < 0 ? CLI_EXIT_NO : read_all(fd, path, out);
}

enum cli_exit cli_audit_read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        cli_error(NULL, "cannot read %s: %s", path, strerror(errno));
        return CLI_EXIT_NO;
    }
    return read_all(fd, path, out);
}
