#include "rand.h"

#include "err.h"

#include <errno.h>
#include <sys/random.h>

void rand_bytes(void *out, size_t length)
{
    uint8_t *p = out;

    while (length > 0) {
        ssize_t n = getrandom(p, length, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            fatal("getrandom failed: errno %d", errno);
        }
        p += n;
        length -= (size_t)n;
    }
}

uint64_t rand_u64(void)
{
    uint64_t value;

    rand_bytes(&value, sizeof(value));
    return value;
}
