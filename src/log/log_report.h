/*
 * log_report - what opening a log had to repair; all zero when it found everything in
 * order.
 */
#ifndef LOG_REPORT_H
#define LOG_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct log_report {
    int64_t truncated_bytes;     /* cut from the tail of the last segment */
    int64_t truncated_at_offset; /* first offset that is gone, when bytes were cut */
    unsigned indexes_rebuilt;
    unsigned indexes_failed;    /* could not be written: reads are slower */
    unsigned files_quarantined; /* renamed to *.bad */
    bool epochs_rebuilt;
    bool identity_written; /* on an existing log */
    /* When opening failed with ERR_CORRUPT: where. */
    int64_t damaged_segment;
    int64_t damaged_position;
};

#endif
