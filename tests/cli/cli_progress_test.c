#include "cli_progress.h"

#include "test.h"

#include <string.h>

static const char *step(struct cli_progress *p, int64_t now_ms)
{
    static char text[512];
    struct buf out;

    buf_init(&out, sizeof(text) - 1);
    cli_progress_step(p, 50, 20, now_ms, &out);
    memset(text, 0, sizeof(text));
    if (out.length > 0) {
        memcpy(text, out.bytes, out.length);
    }
    buf_fini(&out);
    return text;
}

static void a_bar_comes_after_a_second_and_not_too_often(void **state)
{
    struct cli_progress p = {.on = true, .total = 100};

    (void)state;
    assert_string_equal(step(&p, 1000), "");
    assert_string_equal(
        step(&p, 2000), "[############............] 50 % 20 records, 10/s");
    assert_string_equal(step(&p, 2099), "");
    assert_int_equal(strncmp(step(&p, 2100), "\r\033[K[", 5), 0);
}

static void a_dumb_terminal_gets_plain_lines_and_a_pipe_nothing(void **state)
{
    struct cli_progress plain = {.on = true, .plain = true, .total = 100};
    struct cli_progress off = {.on = false, .total = 100};

    (void)state;
    assert_string_equal(step(&plain, 10000), "");
    assert_string_equal(step(&plain, 20000), "50 % 20 records, 1/s\n");
    assert_string_equal(step(&off, 20000), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_comes_after_a_second_and_not_too_often),
        cmocka_unit_test(a_dumb_terminal_gets_plain_lines_and_a_pipe_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
