/*
 * cli_lines - the lines of a descriptor, each of bounded length.
 *
 * A last line without an end counts. Errors stick.
 *
 * Ownership: a line is borrowed until the next call.
 */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_LINE_MAX ((size_t)64 << 20)

struct cli_lines {
    int fd;            /* borrowed */
    struct buf buffer; /* what was read and not yet handed out starts at offset `taken` */
    size_t taken;
    size_t searched; /* no line end before this offset */
    bool ended;
    uint64_t number;     /* of the line handed out last, from 1 */
    uint64_t bytes_read; /* of the descriptor */
    enum err error;      /* ERR_FULL: a line is too long; ERR_IO: errno says */
};

void cli_lines_init(struct cli_lines *l, int fd);
void cli_lines_fini(struct cli_lines *l);
/* False at the end, on an error (see error) and with ERR_AGAIN when a signal came. */
bool cli_lines_next(struct cli_lines *l, const uint8_t **line_out, size_t *length_out);

#endif
