/* tls_wait - poll for one descriptor, until a deadline. */
#ifndef TLS_WAIT_H
#define TLS_WAIT_H

#include "err.h"

#include <stdint.h>

/* deadline_ms: monotonic; negative: none; in the past: ERR_TIMEOUT unless it is ready
 * now. */
enum err tls_wait(int fd, short events, int64_t deadline_ms) MUST_CHECK;

#endif
