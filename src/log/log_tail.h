/*
 * log_tail - a bad place in the file that was written last: the end that a crash left, or
 * damage in the middle of good data.
 *
 * A crash loses what was not synced, in whole sectors, and those read as zeros; and it
 * breaks off the last write. Anything else with a whole batch behind it is damage, and
 * cutting there would throw records away that were durable.
 *
 * Trust: the file may be damaged, and a producer chose what is in the records. A batch
 * inside the records of another one is not taken for a batch of the log as long as the
 * length of the outer one can be believed.
 *
 * Ownership: borrows the descriptors.
 */
#ifndef LOG_TAIL_H
#define LOG_TAIL_H

#include "err.h"
#include "log_fs.h"

#include <stdbool.h>
#include <stdint.h>

#define LOG_TAIL_SUFFIX ".log.torn"

struct log_tail {
    const struct log_fs *fs; /* borrowed */
    int dir;                 /* borrowed */
    int fd;                  /* borrowed: the segment's file */
    int64_t file_size;
    int64_t position;    /* of the bad place */
    int64_t next_offset; /* that a batch there would have at least */
    int64_t base_offset; /* of the segment */
    int64_t batch_max;   /* no batch is longer */
};

/* False: whole batches lie behind the place, or it is too costly to tell. */
enum err log_tail_is_torn(const struct log_tail *t, bool *torn_out) MUST_CHECK;
/*
 * Copies what begins at the place to `<base offset>.log.torn`, durably, and only then
 * cuts it off. One such file a segment: an older one is overwritten.
 */
enum err log_tail_cut(const struct log_tail *t) MUST_CHECK;

#endif
