/* bench_program - a program that an operator would run, run to its end. */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include "buf.h"
#include "err.h"

/*
 * argv[0] is a path, or a name to be looked for. input: its stdin, at most 4 KiB; NULL: our
 * own. Its stdout is appended to out, its stderr is ours. ERR_IO, said on stderr: it could
 * not be run, or did not end with 0.
 */
enum err bench_program_run(
    char *const argv[], const char *input, struct buf *out) MUST_CHECK;

#endif
