/* fmt: policy files in their canonical layout; reads and writes each file by itself. */
#include "mem.h"
#include "policy_source.h"
#include "policytool_fmt.h"
#include "policytool_print.h"
#include "policytool_unified.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAID_OUT_MAX (4 * POLICY_TEXT_MAX)

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static int fail_errno(const struct policytool_call *call, const char *path)
{
    return policytool_print_failure(call, path, strerror(errno));
}

/* --- reading and writing --- */

static bool read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, 65536);
        const ssize_t n = room == NULL ? -1 : read(fd, room, 65536);
        if (n == 0) {
            return true;
        }
        if (n < 0 && room != NULL && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            errno = room == NULL ? EFBIG : errno;
            return false;
        }
        buf_grew(out, (size_t)n);
    }
}

static bool read_file(const char *path, struct buf *out)
{
    const int fd = is_stdin(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    const bool good = read_all(fd, out);
    const int saved = errno;
    if (!is_stdin(path)) {
        (void)close(fd);
    }
    errno = saved;
    return good;
}

static bool write_all(int fd, const struct buf *b)
{
    for (size_t done = 0; done < b->length;) {
        const ssize_t n = write(fd, b->bytes + done, b->length - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        done += (size_t)n;
    }
    return true;
}

/* The new file has the mode and the owner of the old one, or does not come to be. */
static bool fill_copy(int fd, const char *path, const struct buf *text)
{
    struct stat old;

    return stat(path, &old) == 0 && write_all(fd, text) &&
           fchown(fd, old.st_uid, old.st_gid) == 0 &&
           fchmod(fd, old.st_mode & 07777) == 0 && fsync(fd) == 0;
}

/* In one step: whoever reads the file sees the old text or the new one. */
static bool replace_file(const char *path, const struct buf *text)
{
    struct buf temporary;
    char *real = realpath(path, NULL); /* not a link to it */
    bool good = false;

    buf_init(&temporary, 8192);
    if (real != NULL) {
        buf_add_text(&temporary, real);
        buf_add(&temporary, ".XXXXXX", sizeof(".XXXXXX"));
    }
    if (real != NULL && buf_error(&temporary) == OK) {
        char *name = (char *)temporary.bytes;
        const int fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0) {
            good = fill_copy(fd, real, text);
            good = close(fd) == 0 && good;
            good = good && rename(name, real) == 0;
            const int saved = errno;
            if (!good) {
                (void)unlink(name);
            }
            errno = saved;
        }
    }
    free(real); /* realpath()'s own */
    buf_fini(&temporary);
    return good;
}

/* --- one file --- */

/* A terminal is not to obey what a comment says. */
static int print_text(const struct policytool_call *call, const struct buf *text)
{
    struct buf safe;

    if (isatty(STDOUT_FILENO) == 0) {
        return policytool_print(call, text, POLICYTOOL_YES);
    }
    buf_init(&safe, 4 * LAID_OUT_MAX);
    for (size_t i = 0; i < text->length;) {
        const uint8_t *end = memchr(text->bytes + i, '\n', text->length - i);
        const size_t length =
            end != NULL ? (size_t)(end - text->bytes) - i : text->length - i;
        text_add_safe(&safe, text->bytes + i, length, false);
        buf_add_text(&safe, "\n");
        i += length + 1;
    }
    const int result = policytool_print(call, &safe, POLICYTOOL_YES);
    buf_fini(&safe);
    return result;
}

static int print_diff(const struct policytool_call *call, const char *path,
    const struct buf *was, const struct buf *is)
{
    struct buf out;

    buf_init(&out, 8 * LAID_OUT_MAX);
    const enum err e =
        policytool_unified(path, (struct policy_view){was->bytes, was->length},
            (struct policy_view){is->bytes, is->length}, &out);
    const int result = e == OK ? policytool_print(call, &out, POLICYTOOL_NO)
                               : policytool_print_failure(call, path, err_text(e));
    buf_fini(&out);
    return result;
}

static int write_back(
    const struct policytool_call *call, const char *path, const struct buf *text)
{
    struct buf name;

    if (!replace_file(path, text)) {
        return fail_errno(call, path);
    }
    buf_init(&name, 65536);
    text_add_safe(&name, path, strlen(path), true);
    buf_add_text(&name, "\n");
    const int result = policytool_print(call, &name, POLICYTOOL_YES);
    buf_fini(&name);
    return result;
}

static int finish_file(const struct policytool_call *call, const char *path,
    const struct buf *was, const struct buf *is)
{
    const bool differs =
        was->length != is->length ||
        (is->length > 0 && memcmp(was->bytes, is->bytes, is->length) != 0);
    int result = differs ? POLICYTOOL_NO : POLICYTOOL_YES;

    if (!call->writes && !call->shows_diff) {
        const int printed = print_text(call, is);
        return printed == POLICYTOOL_YES ? result : printed;
    }
    if (differs && call->shows_diff) {
        result = print_diff(call, path, was, is);
    }
    if (differs && call->writes) {
        result = write_back(call, path, is);
    }
    return result;
}

static int lay_out(const struct policytool_call *call, const char *path)
{
    const char *name = is_stdin(path) ? "stdin" : path;
    struct policytool_load load = {.is_collected = false}; /* for its messages alone */
    struct buf was;
    struct buf is;
    int result = POLICYTOOL_NO;

    buf_init(&load.messages, (size_t)1 << 20);
    report_init(&load.report, &load.messages);
    buf_init(&was, POLICY_TEXT_MAX + 65536);
    buf_init(&is, LAID_OUT_MAX);
    if (!read_file(path, &was)) {
        result = fail_errno(call, path);
    } else {
        const enum err e = policytool_fmt(
            name, (struct policy_view){was.bytes, was.length}, &load.report, &is);
        result = e == OK ? finish_file(call, path, &was, &is)
                         : policytool_print_load(call, &load, path, e);
    }
    buf_fini(&was);
    buf_fini(&is);
    policytool_load_close(&load);
    return result;
}

int policytool_run_fmt(const struct policytool_call *call)
{
    int result = POLICYTOOL_YES;

    if (call->words.count == 0) {
        return lay_out(call, call->file);
    }
    for (size_t i = 0; i < call->words.count; i++) {
        if (is_stdin(call->words.words[i]) && call->writes) {
            (void)policytool_print_failure(call, "-w", "stdin can not be written back");
            return POLICYTOOL_USAGE;
        }
    }
    for (size_t i = 0; i < call->words.count; i++) {
        const int one = lay_out(call, call->words.words[i]);
        result = one > result ? one : result;
    }
    return result;
}
