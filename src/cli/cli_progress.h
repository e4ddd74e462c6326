/*
 * cli_progress - how far a long command is, for a person who waits.
 *
 * Only where stderr is a terminal and only after one second. A bar that is drawn over
 * itself; with TERM=dumb a plain line every ten seconds; with NO_COLOR no colour.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>

struct cli_progress {
    bool on;
    bool plain; /* whole lines instead of a bar */
    bool colour;
    bool drawn; /* a bar stands on the line */
    int64_t start_ms;
    int64_t drawn_ms;
    uint64_t total; /* bytes; 0: unknown */
};

/* What stderr and the environment allow. */
void cli_progress_start(struct cli_progress *p, uint64_t total, int64_t now_ms);
/* Appends what to write on the terminal now; mostly nothing. */
void cli_progress_step(struct cli_progress *p, uint64_t done, uint64_t records,
    int64_t now_ms, struct buf *out);
/* Appends what takes the bar away, before other text and at the end. */
void cli_progress_clear(struct cli_progress *p, struct buf *out);

#endif
