#include "audit_space.h"

#include "log.h"

#include <sys/vfs.h>

#define AGAIN_PERCENT 15
#define MIB           ((uint64_t)1 << 20)

static uint64_t percent(uint64_t left, uint64_t total)
{
    uint64_t one = total / 100;

    return one == 0 ? 100 : left / one;
}

unsigned audit_space_step(uint64_t left, uint64_t total)
{
    static const unsigned steps[] = {10, 5, 2, 1};
    unsigned gone = 0;

    while (
        gone < sizeof(steps) / sizeof(steps[0]) && percent(left, total) < steps[gone]) {
        gone++;
    }
    return gone;
}

int audit_space_change(struct audit_space *s, uint64_t left, uint64_t total)
{
    unsigned step = audit_space_step(left, total);

    if (step > s->told) {
        s->told = step;
        return 1;
    }
    if (s->told > 0 && percent(left, total) >= AGAIN_PERCENT) {
        s->told = 0;
        return -1;
    }
    return 0;
}

void audit_space_look(struct audit_space *s, int fd, int64_t now_ms)
{
    struct statfs found;

    if (now_ms < s->next_ms) {
        return;
    }
    s->next_ms = now_ms + AUDIT_SPACE_PERIOD_MS;
    if (fstatfs(fd, &found) != 0 || found.f_bsize <= 0) {
        return; /* it is a warning, no more */
    }
    int change = audit_space_change(s, found.f_bavail, found.f_blocks);
    uint64_t size = (uint64_t)found.f_bsize;
    if (change > 0) {
        log_warn(
            "the file system of the audit has %llu %% (%llu MiB) left: make room before "
            "it is full [AUD018]",
            (unsigned long long)percent(found.f_bavail, found.f_blocks),
            (unsigned long long)(size < MIB ? found.f_bavail / (MIB / size)
                                            : found.f_bavail * (size / MIB)));
    } else if (change < 0) {
        log_info("the file system of the audit has room again [AUD019]");
    }
}
