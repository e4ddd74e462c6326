/*
 * buf - bytes that grow up to a limit.
 *
 * Ownership: the buffer owns its bytes. Errors stick: after the first failed append every
 * later one fails too, and buf_error() says why, so that a writer asks once at the end.
 */
#ifndef BUF_H
#define BUF_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    size_t limit;
    enum err error;
};

void buf_init(struct buf *b, size_t limit);
void buf_fini(struct buf *b);
/* Empty it and forget the error; keeps its memory. */
void buf_reset(struct buf *b);
enum err buf_error(const struct buf *b);

void buf_add(struct buf *b, const void *bytes, size_t length);
void buf_add_text(struct buf *b, const char *text);
void buf_add_format(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for length more bytes behind the present end, or NULL; buf_grew() then makes them
 * count. */
uint8_t *buf_reserve(struct buf *b, size_t length);
void buf_grew(struct buf *b, size_t length);
/* Drop bytes from the front. */
void buf_consume(struct buf *b, size_t length);
/* All of it, to a file. ERR_IO: not all, errno says why. */
enum err buf_write(const struct buf *b, int fd) MUST_CHECK;

#endif
