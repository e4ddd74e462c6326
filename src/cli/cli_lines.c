#include "cli_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

void cli_lines_init(struct cli_lines *l, int fd)
{
    *l = (struct cli_lines){.fd = fd};
    buf_init(&l->buffer, CLI_LINE_MAX + CHUNK);
}

void cli_lines_fini(struct cli_lines *l)
{
    buf_fini(&l->buffer);
}

static void read_more(struct cli_lines *l)
{
    if (l->taken > 0) {
        buf_consume(&l->buffer, l->taken);
        l->searched -= l->taken;
        l->taken = 0;
    }
    if (l->buffer.length > CLI_LINE_MAX) {
        l->error = ERR_FULL;
        return;
    }
    uint8_t *room = buf_reserve(&l->buffer, CHUNK);
    if (room == NULL) {
        l->error = buf_error(&l->buffer);
        return;
    }
    ssize_t n = read(l->fd, room, CHUNK);
    if (n < 0) {
        l->error = errno == EINTR ? ERR_AGAIN : ERR_IO;
        return;
    }
    l->ended = n == 0;
    l->bytes_read += (uint64_t)n;
    buf_grew(&l->buffer, (size_t)n);
}

/* Hands out length bytes and steps over them and `end` bytes of line end. */
static bool hand_out(struct cli_lines *l, size_t length, size_t end,
    const uint8_t **line_out, size_t *length_out)
{
    *line_out = l->buffer.bytes + l->taken;
    *length_out = length;
    l->taken += length + end;
    l->searched = l->taken;
    l->number++;
    return true;
}

bool cli_lines_next(struct cli_lines *l, const uint8_t **line_out, size_t *length_out)
{
    l->error = l->error == ERR_AGAIN ? OK : l->error;
    while (l->error == OK) {
        const size_t length = l->buffer.length;
        const uint8_t *end = length == l->searched ? NULL
                                                   : memchr(l->buffer.bytes + l->searched,
                                                         '\n', length - l->searched);
        if (end != NULL) {
            size_t at = (size_t)(end - l->buffer.bytes);
            return hand_out(l, at - l->taken, 1, line_out, length_out);
        }
        l->searched = length;
        if (l->ended) {
            return length > l->taken &&
                   hand_out(l, length - l->taken, 0, line_out, length_out);
        }
        read_more(l);
    }
    return false;
}
