#include "bench_tree.h"

#include "clock.h"
#include "test.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PRIVATE_KIB 4096

static enum err parse(const char *line, struct bench_stat *out)
{
    return bench_stat_parse(line, strlen(line), out);
}

static void a_stat_line_gives_pid_parent_and_ticks(void **state)
{
    struct bench_stat s;

    (void)state;
    assert_int_equal(
        parse("17 (a b) S 4 17 8 0 -1 419 94 80 0 0 38 5 7 11 20 0 1 0 359", &s), OK);
    assert_int_equal(s.pid, 17);
    assert_int_equal(s.parent, 4);
    assert_int_equal(s.own_ticks, 43);
    assert_int_equal(s.reaped_ticks, 18);
}

static void a_name_may_look_like_the_rest_of_the_line(void **state)
{
    struct bench_stat s;

    (void)state;
    assert_int_equal(
        parse("17 (x) R 99 (y) S 4 17 8 0 -1 419 94 80 0 0 1 2 3 4 20", &s), OK);
    assert_int_equal(s.parent, 4);
    assert_int_equal(s.own_ticks, 3);
}

static void every_truncation_before_the_last_number_is_an_error(void **state)
{
    static const char line[] = "17 (a) S 4 17 8 0 -1 419 94 80 0 0 38 5 7 1";
    struct bench_stat s;

    (void)state;
    assert_int_equal(parse(line, &s), OK);
    for (size_t length = 0; length < sizeof(line) - 2; length++) {
        char cut[sizeof(line)];
        memcpy(cut, line, length);
        cut[length] = '\0';
        assert_int_equal(bench_stat_parse(cut, length, &s), ERR_INVALID);
    }
}

/* A child that holds memory of its own and waits for its end. */
static pid_t start_child(int ready)
{
    pid_t pid = fork();

    if (pid == 0) {
        char *p = mmap(NULL, (size_t)PRIVATE_KIB << 10, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) {
            _exit(1);
        }
        memset(p, 1, (size_t)PRIVATE_KIB << 10);
        ssize_t n = write(ready, "", 1);
        (void)n;
        for (;;) {
            (void)pause();
        }
    }
    assert_true(pid > 0);
    return pid;
}

static void end_child(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void memory_counts_the_whole_tree_by_role(void **state)
{
    struct bench_memory alone;
    struct bench_memory with;
    int ends[2];
    char byte;

    (void)state;
    assert_int_equal(bench_tree_memory(getpid(), &alone), OK);
    assert_int_equal(alone.processes, 1);
    assert_int_equal(bench_memory_count(&alone, "warden"), 1);
    assert_int_equal(pipe(ends), 0);
    pid_t child = start_child(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(bench_tree_memory(getpid(), &with), OK);
    end_child(child);
    assert_int_equal(with.processes, 2);
    assert_int_equal(with.role_count, 2);
    assert_int_equal(bench_memory_count(&with, "bench_tree_test"), 1);
    assert_true(with.roles[1].pss_kib >= PRIVATE_KIB);
    assert_true(with.roles[1].peak_kib >= PRIVATE_KIB);
    assert_int_equal(with.pss_kib, with.roles[0].pss_kib + with.roles[1].pss_kib);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Own CPU time, which the scheduler adds up where it looks. */
static void burn(int64_t ms)
{
    const int64_t end = clock_mono_us() + ms * 1000;

    while (clock_mono_us() < end) {
    }
}

static void cpu_time_keeps_what_the_reaped_used(void **state)
{
    int64_t before = 0;
    int64_t after = 0;

    (void)state;
    assert_int_equal(bench_tree_cpu(getpid(), &before), OK);
    pid_t pid = fork();
    if (pid == 0) {
        /* until the CPU clock says so, however busy the machine is */
        struct timespec t = {0};
        while (t.tv_sec == 0 && t.tv_nsec < 100000000) {
            (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(bench_tree_cpu(getpid(), &after), OK);
    assert_true(after - before >= 80000); /* two ticks may be lost to rounding */
}

static void cpu_time_of_the_living_grows(void **state)
{
    int64_t before = 0;
    int64_t after = 0;

    (void)state;
    assert_int_equal(bench_tree_cpu(getpid(), &before), OK);
    do {
        burn(5);
        assert_int_equal(bench_tree_cpu(getpid(), &after), OK);
    } while (after <= before);
}

static void cpu_time_is_told_by_role_and_that_of_the_reaped_apart(void **state)
{
    struct bench_cpu before;
    struct bench_cpu after;

    (void)state;
    assert_int_equal(bench_tree_cpu_by_role(getpid(), &before), OK);
    do {
        burn(5);
        assert_int_equal(bench_tree_cpu_by_role(getpid(), &after), OK);
    } while (bench_cpu_between(&before, &after, "warden") == 0);
    assert_int_equal(after.role_count, 1);
    assert_int_equal(bench_cpu_between(&before, &after, "gate"), 0);
    assert_true(after.reaped_us >= 80000); /* of the test before */
}

static void a_process_that_is_gone_is_not_found(void **state)
{
    struct bench_memory m;
    int64_t us = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(bench_tree_cpu(pid, &us), ERR_NOT_FOUND);
    assert_int_equal(bench_tree_memory(pid, &m), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stat_line_gives_pid_parent_and_ticks),
        cmocka_unit_test(a_name_may_look_like_the_rest_of_the_line),
        cmocka_unit_test(every_truncation_before_the_last_number_is_an_error),
        cmocka_unit_test(memory_counts_the_whole_tree_by_role),
        cmocka_unit_test(cpu_time_keeps_what_the_reaped_used),
        cmocka_unit_test(cpu_time_of_the_living_grows),
        cmocka_unit_test(cpu_time_is_told_by_role_and_that_of_the_reaped_apart),
        cmocka_unit_test(a_process_that_is_gone_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
