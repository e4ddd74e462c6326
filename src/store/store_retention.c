/* Retention: at intervals every partition is looked at, and gives up what is too old. */
#include "clock.h"
#include "store.h"

/* The loop serves others between two partitions that had something to remove. */
#define SEGMENTS_A_TICK   8
#define PARTITIONS_A_TICK 256
#define TICK_MS           20

static void on_tick(void *context);

static void arm(struct store *s, int64_t in_ms)
{
    s->retention_timer.on_timer = on_tick;
    s->retention_timer.context = s;
    if (loop_timer_set(
            s->role.loop, &s->retention_timer, loop_now_ms(s->role.loop) + in_ms) != OK) {
        log_err("no memory for a timer: nothing is removed by age or size [STO041]");
    }
}

/* True: it may have more to remove. */
static bool retain(struct store *s, struct store_partition *p)
{
    size_t removed = 0;

    if (p->log == NULL) {
        return false;
    }
    enum err e = log_partition_retain(
        p->log, &p->retention, clock_wall_ms(), SEGMENTS_A_TICK, &removed);
    if (e != OK && e != ERR_AGAIN) {
        s->damaged = s->damaged || log_partition_is_read_only(p->log);
        log_err("%s: what is too old or too much can not be removed: %s [STO040]",
            p->name, err_text(e));
    }
    if (removed > 0) {
        log_info("%s: %zu segments were too old or too much and are removed; it begins "
                 "at offset %lld",
            p->name, removed, (long long)log_partition_start_offset(p->log));
    }
    return e == OK && removed == SEGMENTS_A_TICK;
}

static void on_tick(void *context)
{
    struct store *s = context;

    for (unsigned i = 0; i < PARTITIONS_A_TICK; i++) {
        size_t here = s->retention_cursor;
        struct store_partition *p = table_next(&s->partitions, &s->retention_cursor);
        if (p == NULL) {
            s->retention_cursor = 0;
            arm(s, s->config.retention_check_ms);
            return;
        }
        if (!s->draining && retain(s, p)) {
            s->retention_cursor = here;
            break;
        }
    }
    arm(s, TICK_MS);
}

void store_retention_begin(struct store *s)
{
    arm(s, s->config.retention_check_ms);
}
