#include "log_start.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define SIZE_MAX_BYTES 32 /* two digits and 19, with their ends */

static bool parse(const char *text, size_t length, int64_t *out)
{
    return length > 3 && text[0] == '0' && text[1] == '\n' && text[length - 1] == '\n' &&
           text_to_i64(text + 2, length - 3, 0, INT64_MAX - 1, out) == OK;
}

enum err log_start_load(const struct log_fs *fs, int dir, int64_t *out)
{
    char text[SIZE_MAX_BYTES];
    int64_t size = 0;
    int fd = fs->ops->open(fs->context, dir, LOG_START_FILE, O_RDONLY);

    *out = 0;
    if (fd == -ENOENT) {
        return OK;
    }
    if (fd < 0) {
        return ERR_IO;
    }
    enum err e = fs->ops->size(fs->context, fd, &size) == 0 ? OK : ERR_IO;
    if (e == OK && (size <= 0 || size > SIZE_MAX_BYTES)) {
        e = ERR_CORRUPT;
    }
    if (e == OK) {
        e = log_fs_read(fs, fd, text, (size_t)size, 0);
    }
    if (e == OK && !parse(text, (size_t)size, out)) {
        e = ERR_CORRUPT;
    }
    fs->ops->close(fs->context, fd);
    return e;
}

enum err log_start_store(const struct log_fs *fs, int dir, int64_t offset)
{
    char text[SIZE_MAX_BYTES];
    int length = snprintf(text, sizeof(text), "0\n%lld\n", (long long)offset);

    return log_fs_replace(fs, dir, LOG_START_FILE, text, (size_t)length);
}
