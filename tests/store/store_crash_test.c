#include "store_world.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACKNOWLEDGED_MIN 60
#define IN_FLIGHT        8

static struct world w;

static void begin(void)
{
    static const struct world_options threads = {.flushers = STORE_FLUSHERS};

    world_start(&w, &threads);
    (void)world_gate(&w, 1);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    world_grant(&w, 1, 11, 1, IPC_OPERATION_WRITE);
    world_grant(&w, 1, 12, 1, IPC_OPERATION_READ);
}

/* Writes for ever, several batches at a time; says the end of each that was acknowledged.
 */
static void write_until_killed(int out)
{
    uint64_t requests[IN_FLIGHT];
    int32_t counts[IN_FLIGHT];

    begin();
    for (size_t i = 0;; i++) {
        size_t slot = i % IN_FLIGHT;
        if (i >= IN_FLIGHT) {
            assert_int_equal(world_produced(&w, 1, requests[slot]), 0);
            int64_t end = w.last.body.produced.base_offset + counts[slot];
            assert_int_equal(write(out, &end, sizeof(end)), sizeof(end));
        }
        counts[slot] = 1 + (int32_t)(i % 7);
        requests[slot] = world_produce(&w, 1, 11, -1, counts[slot]);
    }
}

static int64_t kill_in_the_middle(int acknowledged)
{
    int64_t end = 0;
    int64_t before = 0;
    int pipes[2];
    int status = 0;

    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(pipes[0]);
        write_until_killed(pipes[1]);
        _exit(1);
    }
    (void)close(pipes[1]);
    for (int i = 0; i < acknowledged; i++) {
        assert_int_equal(read(pipes[0], &end, sizeof(end)), sizeof(end));
        assert_true(end > before);
        before = end;
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(pipes[0], &end, sizeof(end)) == (ssize_t)sizeof(end)) {
    }
    (void)close(pipes[0]);
    return end;
}

static int64_t count_all(void)
{
    int64_t offset = 0;

    for (;;) {
        struct world_fetch f = {.handle = 12, .offset = offset};
        const struct ipc_fetched *got = world_fetched(&w, 1, world_fetch(&w, 1, &f));
        assert_int_equal(got->error, 0);
        int64_t count = world_records(got, offset);
        offset += count;
        if (count == 0) {
            return offset;
        }
    }
}

static void whatever_was_acknowledged_is_there_after_kill_9(void **state)
{
    (void)state;
    begin(); /* makes the directory, whose name the children inherit */
    (void)world_stop(&w);
    for (int round = 0; round < 5; round++) {
        int64_t acknowledged = kill_in_the_middle(ACKNOWLEDGED_MIN + 13 * round);
        begin();
        assert_false(w.store.was_clean);
        int64_t there = count_all();
        assert_true(there >= acknowledged);
        assert_int_equal(
            world_write(&w, 1, 11, 1), there); /* and it goes on from there */
        world_crash(&w);
    }
    world_remove(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_was_acknowledged_is_there_after_kill_9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
