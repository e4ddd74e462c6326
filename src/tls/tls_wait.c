#include "tls_wait.h"

#include "clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

static int time_left(int64_t deadline_ms)
{
    if (deadline_ms < 0) {
        return -1;
    }
    int64_t left = deadline_ms - clock_mono_ms();
    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

enum err tls_wait(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        int left = time_left(deadline_ms);
        int n = poll(&p, 1, left);
        if (n > 0) {
            return OK; /* an error or a hang-up too: the next call says which */
        }
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        if (n == 0 && left == 0) {
            return ERR_TIMEOUT;
        }
    }
}
