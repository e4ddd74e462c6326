#include "log.h"

#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void at_most_a_burst_in_each_period_passes(void **state)
{
    struct log_limit l = {.burst = 3, .period_ms = 1000};
    uint64_t left_out = 99;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(log_limit_allows(&l, 5000 + i, &left_out));
        assert_int_equal(left_out, 0);
    }
    left_out = 99;
    assert_false(log_limit_allows(&l, 5003, &left_out));
    assert_false(log_limit_allows(&l, 5999, &left_out));
    assert_int_equal(left_out, 99);
    assert_true(log_limit_allows(&l, 6000, &left_out));
    assert_int_equal(left_out, 2);
    assert_true(log_limit_allows(&l, 6001, &left_out));
    assert_int_equal(left_out, 0);
}

static void a_burst_of_none_passes_nothing(void **state)
{
    struct log_limit l = {.burst = 0, .period_ms = 1000};
    uint64_t left_out = 0;

    (void)state;
    assert_false(log_limit_allows(&l, 5000, &left_out));
    assert_false(log_limit_allows(&l, 500000, &left_out));
    assert_int_equal(l.left_out, 2);
}

/* Runs write() with stderr in memory; what was written, as a string. */
static void capture(void (*write_lines)(void), char *out, size_t size)
{
    int memory = memfd_create("log", MFD_CLOEXEC);
    int kept = dup(STDERR_FILENO);

    assert_true(memory >= 0 && kept >= 0);
    assert_true(dup2(memory, STDERR_FILENO) >= 0);
    write_lines();
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    ssize_t n = pread(memory, out, size - 1, 0);
    assert_true(n >= 0);
    out[n] = '\0';
    close(memory);
    close(kept);
}

static void write_levels(void)
{
    log_init("porter", LOG_LEVEL_WARN);
    log_err("one %d", 1);
    log_warn("two");
    log_info("three");
    log_debug("four");
}

static void lines_carry_process_and_level_and_what_is_below_is_left_out(void **state)
{
    char said[256];

    (void)state;
    capture(write_levels, said, sizeof(said));
    assert_string_equal(said, "porter: error: one 1\nporter: warning: two\n");
}

static void write_everything(void)
{
    log_init("porter", LOG_LEVEL_DEBUG);
    log_info("three");
    log_debug("four");
}

static void a_lower_level_shows_more(void **state)
{
    char said[256];

    (void)state;
    capture(write_everything, said, sizeof(said));
    assert_string_equal(said, "porter: info: three\nporter: debug: four\n");
}

static void write_long(void)
{
    char text[4096];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    log_err("%s", text);
}

static void a_long_line_is_cut_and_still_one_line(void **state)
{
    char said[4096];

    (void)state;
    capture(write_long, said, sizeof(said));
    assert_int_equal(strlen(said), 2047);
    assert_ptr_equal(strchr(said, '\n'), said + 2046);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_most_a_burst_in_each_period_passes),
        cmocka_unit_test(a_burst_of_none_passes_nothing),
        cmocka_unit_test(lines_carry_process_and_level_and_what_is_below_is_left_out),
        cmocka_unit_test(a_lower_level_shows_more),
        cmocka_unit_test(a_long_line_is_cut_and_still_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
