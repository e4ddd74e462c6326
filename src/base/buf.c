#include "buf.h"

#include "mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void buf_init(struct buf *b, size_t limit)
{
    *b = (struct buf){.limit = limit};
}

void buf_fini(struct buf *b)
{
    mem_free(b->bytes);
    *b = (struct buf){.limit = b->limit};
}

void buf_reset(struct buf *b)
{
    b->length = 0;
    b->error = OK;
}

enum err buf_error(const struct buf *b)
{
    return b->error;
}

uint8_t *buf_reserve(struct buf *b, size_t length)
{
    if (b->error != OK) {
        return NULL;
    }
    if (length > b->limit - b->length) {
        b->error = ERR_FULL;
        return NULL;
    }
    size_t needed = b->length + length;
    if (needed > b->capacity || b->bytes == NULL) {
        size_t capacity = b->capacity < 256 ? 256 : b->capacity;
        while (capacity < needed) {
            capacity = capacity > b->limit / 2 ? b->limit : capacity * 2;
        }
        if (capacity > b->limit) {
            capacity = b->limit > 0 ? b->limit : 1;
        }
        uint8_t *bytes = mem_resize(b->bytes, capacity, 1);
        if (bytes == NULL) {
            b->error = ERR_NOMEM;
            return NULL;
        }
        b->bytes = bytes;
        b->capacity = capacity;
    }
    return b->bytes + b->length;
}

void buf_grew(struct buf *b, size_t length)
{
    INVARIANT(length <= b->capacity - b->length);
    b->length += length;
}

void buf_add(struct buf *b, const void *bytes, size_t length)
{
    uint8_t *room = buf_reserve(b, length);

    if (room != NULL && length > 0) {
        memcpy(room, bytes, length);
        b->length += length;
    }
}

void buf_add_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_add_format(struct buf *b, const char *format, ...)
{
    char line[1024];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(line)) {
        b->error = b->error == OK ? ERR_FULL : b->error;
        return;
    }
    buf_add(b, line, (size_t)n);
}

void buf_consume(struct buf *b, size_t length)
{
    INVARIANT(length <= b->length);
    b->length -= length;
    if (b->length > 0 && length > 0) {
        memmove(b->bytes, b->bytes + length, b->length);
    }
}

enum err buf_write(const struct buf *b, int fd)
{
    for (size_t done = 0; done < b->length;) {
        ssize_t n = write(fd, b->bytes + done, b->length - done);
        if (n == 0) {
            errno = EIO;
        }
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return ERR_IO;
        }
        done += n < 0 ? 0 : (size_t)n;
    }
    return OK;
}
