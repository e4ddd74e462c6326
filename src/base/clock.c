#include "clock.h"

#include "err.h"

#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now;

    if (clock_gettime(id, &now) != 0) {
        fatal("clock_gettime failed");
    }
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

bool clock_is_synchronized(void)
{
    struct timex state = {0}; /* modes 0: asks, changes nothing */

    /* By its number: the library's function of that name makes another call, which can set
     * any clock and which no sandbox lets through. */
    long said = syscall(SYS_adjtimex, &state);
    return said >= 0 && said != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}
