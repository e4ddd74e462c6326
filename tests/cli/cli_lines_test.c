#include "cli_lines.h"

#include "test.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void lines_come_whole_and_the_last_needs_no_end(void **state)
{
    static char text[200002];
    struct cli_lines l;
    const uint8_t *line = NULL;
    size_t length = 0;
    int fd = memfd_create("lines", MFD_CLOEXEC);

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "a\n\n", 3);
    text[150000] = '\n';
    assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    cli_lines_init(&l, fd);
    static const size_t expected[] = {1, 0, 149997, 50001};
    for (size_t i = 0; i < 4; i++) {
        assert_true(cli_lines_next(&l, &line, &length));
        assert_int_equal(length, expected[i]);
        assert_int_equal(l.number, i + 1);
    }
    assert_false(cli_lines_next(&l, &line, &length));
    assert_int_equal(l.error, OK);
    assert_int_equal(l.bytes_read, sizeof(text));
    cli_lines_fini(&l);
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_whole_and_the_last_needs_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
