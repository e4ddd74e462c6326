/*
 * bench_tree - a process and all that descend from it: how many, their CPU time, their
 * memory.
 *
 * CPU time: for the living, what the scheduler counted for each thread (nanoseconds; the
 * ticks of /proc/PID/stat are too coarse for a short run); for those that ended and were
 * reaped, what their parent was credited with (ticks).
 *
 * Memory: proportional set size, so that a page shared by n processes counts 1/n in each.
 * Page tables, kernel stacks and socket buffers are not in it.
 */
#ifndef BENCH_TREE_H
#define BENCH_TREE_H

#include "err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_ROLES_MAX 16

struct bench_role {
    char name[24];
    size_t processes;
    uint64_t pss_kib;
    uint64_t peak_kib; /* the most that one of them ever had resident, shared pages too */
};

struct bench_memory {
    struct bench_role roles[BENCH_ROLES_MAX];
    size_t role_count;
    size_t processes;
    uint64_t pss_kib;
};

struct bench_cpu {
    struct bench_cpu_role {
        char name[24];
        int64_t us;
    } roles[BENCH_ROLES_MAX];
    size_t role_count;
    int64_t reaped_us;
};

/* What /proc/PID/stat says, as far as it is of use. */
struct bench_stat {
    pid_t pid;
    pid_t parent;
    uint64_t own_ticks;    /* the process itself */
    uint64_t reaped_ticks; /* its children that are gone */
};

/* ERR_INVALID: not such a line. The name in parentheses may hold anything. */
enum err bench_stat_parse(
    const char *line, size_t length, struct bench_stat *out) MUST_CHECK;

/* CPU microseconds of the tree since it began. ERR_NOT_FOUND: root is gone. */
enum err bench_tree_cpu(pid_t root, int64_t *us_out) MUST_CHECK;
/* The same by role, of the living. Those that ended are the root's `reaped_us`. */
enum err bench_tree_cpu_by_role(pid_t root, struct bench_cpu *out) MUST_CHECK;
/* What was used between the two, role by role; none where it was not there before. */
int64_t bench_cpu_between(
    const struct bench_cpu *before, const struct bench_cpu *after, const char *role);
/* ERR_DENIED: the memory of a process may not be looked at. */
enum err bench_tree_memory(pid_t root, struct bench_memory *out) MUST_CHECK;
/* How many processes of that role; 0 where there is none. */
size_t bench_memory_count(const struct bench_memory *m, const char *role);

/*
 * Waits until the tree holds that many processes of the role (SIZE_MAX: any number) and
 * does not change for a while, then takes its memory. ERR_TIMEOUT: it does not come to
 * rest.
 */
enum err bench_tree_settle(
    pid_t root, const char *role, size_t count, struct bench_memory *out) MUST_CHECK;

#endif
