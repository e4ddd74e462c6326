#include "sandbox_libraries.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct sandbox_libraries libraries;

static enum err parse(const char *text)
{
    return sandbox_libraries_parse(text, strlen(text), &libraries);
}

static void paths_are_taken_once_each(void **state)
{
    (void)state;
    assert_int_equal(parse("/lib/a.so\n/lib/b.so\n/lib/a.so\n"), OK);
    assert_int_equal(libraries.count, 2);
    assert_string_equal(libraries.path[1], "/lib/b.so");
}

static void every_truncation_inside_a_line_is_an_error(void **state)
{
    static const char text[] = "/lib/a.so\n";

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        assert_int_equal(sandbox_libraries_parse(text, n, &libraries), ERR_INVALID);
    }
}

static void what_is_no_plain_path_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("lib/a.so\n"), ERR_INVALID);
    assert_int_equal(parse("\n"), ERR_INVALID);
    assert_int_equal(parse("/\n"), ERR_INVALID);
    assert_int_equal(parse("/lib/\n"), ERR_INVALID);
    assert_int_equal(parse("/lib/../etc/shadow\n"), ERR_INVALID);
    assert_int_equal(parse("/lib/./a\n"), ERR_INVALID);
    assert_int_equal(parse("/lib//a\n"), ERR_INVALID);
    assert_int_equal(sandbox_libraries_parse("/a\0b\n", 5, &libraries), ERR_INVALID);
}

static void the_longest_path_fits_and_one_more_does_not(void **state)
{
    char text[SANDBOX_LIBRARY_PATH_SIZE + 2];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[0] = '/';
    text[SANDBOX_LIBRARY_PATH_SIZE - 1] = '\n';
    assert_int_equal(
        sandbox_libraries_parse(text, SANDBOX_LIBRARY_PATH_SIZE, &libraries), OK);
    text[SANDBOX_LIBRARY_PATH_SIZE - 1] = 'a';
    text[SANDBOX_LIBRARY_PATH_SIZE] = '\n';
    assert_int_equal(
        sandbox_libraries_parse(text, SANDBOX_LIBRARY_PATH_SIZE + 1, &libraries),
        ERR_INVALID);
}

static void one_library_too_many_is_refused(void **state)
{
    char path[32];

    (void)state;
    libraries.count = 0;
    for (unsigned i = 0; i < SANDBOX_LIBRARIES_MAX; i++) {
        (void)snprintf(path, sizeof(path), "/lib/%u", i);
        assert_int_equal(sandbox_libraries_add(&libraries, path), OK);
    }
    assert_int_equal(sandbox_libraries_add(&libraries, "/lib/more"), ERR_FULL);
    assert_int_equal(sandbox_libraries_add(&libraries, "/lib/0"), OK);
}

static void a_program_says_what_it_needs(void **state)
{
    (void)state;
    int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    assert_int_equal(sandbox_libraries_ask(fd, "test", NULL, &libraries), OK);
    (void)close(fd);
    bool loader = false;
    bool libc = false;
    for (size_t i = 0; i < libraries.count; i++) {
        loader |= strstr(libraries.path[i], "/ld-linux") != NULL;
        libc |= strstr(libraries.path[i], "/libc.so") != NULL;
    }
    assert_true(loader);
    assert_true(libc);
}

static void a_program_that_fails_is_an_error(void **state)
{
    (void)state;
    int fd = open("/bin/false", O_PATH | O_CLOEXEC);
    assert_int_equal(sandbox_libraries_ask(fd, "false", NULL, &libraries), ERR_INVALID);
    (void)close(fd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_taken_once_each),
        cmocka_unit_test(every_truncation_inside_a_line_is_an_error),
        cmocka_unit_test(what_is_no_plain_path_is_refused),
        cmocka_unit_test(the_longest_path_fits_and_one_more_does_not),
        cmocka_unit_test(one_library_too_many_is_refused),
        cmocka_unit_test(a_program_says_what_it_needs),
        cmocka_unit_test(a_program_that_fails_is_an_error),
    };
    sandbox_print_libraries(argc, argv, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
