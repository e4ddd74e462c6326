#include "err.h"

#include "test.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_ONE(name, text) +1
#define LAST                  (0 ERR_LIST(COUNT_ONE))

static void every_error_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = OK; i <= LAST; i++) {
        assert_true(strlen(err_text((enum err)i)) > 0);
        assert_string_not_equal(err_text((enum err)i), "unknown error");
        for (int k = OK; k < i; k++) {
            assert_string_not_equal(err_text((enum err)i), err_text((enum err)k));
        }
    }
    assert_string_equal(err_text(OK), "success");
    assert_string_equal(err_text(ERR_NOMEM), "out of memory");
}

static void a_number_that_is_no_error_has_a_text_too(void **state)
{
    (void)state;
    assert_string_equal(err_text((enum err)(LAST + 1)), "unknown error");
    assert_string_equal(err_text((enum err) - 1), "unknown error");
}

/* What fatal() writes, and the signal by which it ends. */
static int die(const char *text, char *out, size_t size)
{
    int ends[2];
    int status;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        /* A sanitizer's handler would turn the trap into an ordinary exit. */
        (void)signal(SIGILL, SIG_DFL);
        (void)signal(SIGTRAP, SIG_DFL);
        fatal("%s", text);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void fatal_says_why_and_ends_by_a_trap(void **state)
{
    char said[2048];

    (void)state;
    int signal_number = die("broken", said, sizeof(said));
    assert_true(signal_number == SIGILL || signal_number == SIGTRAP);
    assert_string_equal(said, "broken\n");
}

static void a_long_reason_is_cut_to_one_line(void **state)
{
    char text[1024];
    char said[2048];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_true(die(text, said, sizeof(said)) != 0);
    assert_int_equal(strlen(said), 511);
    assert_int_equal(said[510], '\n');
    assert_int_equal(said[509], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_text_of_its_own),
        cmocka_unit_test(a_number_that_is_no_error_has_a_text_too),
        cmocka_unit_test(fatal_says_why_and_ends_by_a_trap),
        cmocka_unit_test(a_long_reason_is_cut_to_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
