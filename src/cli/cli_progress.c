#include "cli_progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_MS 1000
#define BAR_MS   100
#define PLAIN_MS 10000
#define WIDTH    24

void cli_progress_start(struct cli_progress *p, uint64_t total, int64_t now_ms)
{
    const char *terminal = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");

    *p = (struct cli_progress){
        .on = isatty(STDERR_FILENO) != 0,
        .plain = terminal == NULL || strcmp(terminal, "dumb") == 0,
        .colour = no_colour == NULL || no_colour[0] == '\0',
        .start_ms = now_ms,
        .total = total,
    };
}

void cli_progress_clear(struct cli_progress *p, struct buf *out)
{
    if (p->drawn) {
        buf_add_text(out, "\r\033[K");
        p->drawn = false;
    }
}

static void add_bar(const struct cli_progress *p, unsigned percent, struct buf *out)
{
    const unsigned filled = percent * WIDTH / 100;

    buf_add_text(out, p->colour ? "[\033[32m" : "[");
    for (unsigned i = 0; i < WIDTH; i++) {
        if (i == filled && p->colour) {
            buf_add_text(out, "\033[0m");
        }
        buf_add_text(out, i < filled ? "#" : ".");
    }
    buf_add_text(out, p->colour ? "\033[0m] " : "] ");
}

void cli_progress_step(struct cli_progress *p, uint64_t done, uint64_t records,
    int64_t now_ms, struct buf *out)
{
    const int64_t every_ms = p->plain ? PLAIN_MS : BAR_MS;
    const int64_t elapsed_ms = now_ms - p->start_ms;

    if (!p->on || elapsed_ms <= (p->plain ? PLAIN_MS : FIRST_MS) ||
        now_ms - p->drawn_ms < every_ms) {
        return;
    }
    const uint64_t known = done < p->total ? done : p->total;
    const unsigned percent =
        p->total == 0 ? 0 : (unsigned)((double)known * 100.0 / (double)p->total);
    const double rate = (double)records * 1000.0 / (double)elapsed_ms;

    cli_progress_clear(p, out);
    if (p->total > 0 && !p->plain) {
        add_bar(p, percent, out);
    }
    if (p->total > 0) {
        buf_add_format(out, "%u %% ", percent);
    }
    buf_add_format(out, "%llu records, %.0f/s", (unsigned long long)records, rate);
    if (p->plain) {
        buf_add_text(out, "\n");
    }
    p->drawn = !p->plain;
    p->drawn_ms = now_ms;
}
