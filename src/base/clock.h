/* clock - wall time for people and records, monotonic time for deadlines; milliseconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
/* Whether the kernel believes its wall time: something keeps it right. False where it may
 * not be asked. */
bool clock_is_synchronized(void);

#endif
