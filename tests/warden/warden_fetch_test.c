#include "warden_fetch.h"

#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int make(const void *bytes, size_t length)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    return fd;
}

static void failures_are_tried_again_sooner_but_ever_later(void **state)
{
    static const int64_t refresh = 900000;

    (void)state;
    assert_int_equal(warden_fetch_delay(0, refresh, 0), refresh);
    assert_int_equal(warden_fetch_delay(1, refresh, 0), 10000);
    assert_int_equal(warden_fetch_delay(2, refresh, 0), 20000);
    assert_int_equal(warden_fetch_delay(7, refresh, 0), 640000);
    assert_int_equal(warden_fetch_delay(8, refresh, 0), refresh);
    assert_int_equal(warden_fetch_delay(4000000000u, refresh, 0), refresh);
    assert_int_equal(warden_fetch_delay(1, 1000, 0), 1000);
    assert_int_equal(warden_fetch_delay(15, 86400000, 0), 86400000);
}

static void the_time_is_up_to_a_tenth_less(void **state)
{
    (void)state;
    assert_int_equal(warden_fetch_delay(0, 900000, 90000), 810000);
    assert_int_equal(warden_fetch_delay(0, 900000, 90001), 900000);
    assert_int_equal(warden_fetch_delay(1, 900000, 999), 9001);
    for (uint64_t random = 1; random != 0; random <<= 1) {
        int64_t delay = warden_fetch_delay(3, 900000, random - 1);
        assert_in_range(delay, 36000, 40000);
    }
}

static void what_is_sealed_can_not_be_changed(void **state)
{
    int fd = make("keys", 4);

    (void)state;
    assert_int_equal(warden_fetch_seal(fd), OK);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 1), -1);
    assert_int_equal(ftruncate(fd, 100), -1);
    (void)close(fd);
}

static void another_size_than_that_of_keys_is_refused(void **state)
{
    int fd = make("", 0);

    (void)state;
    assert_int_equal(warden_fetch_seal(fd), ERR_INVALID);
    (void)close(fd);
    fd = make("x", 1);
    assert_int_equal(ftruncate(fd, WARDEN_FETCH_BYTES_MAX), 0);
    assert_int_equal(warden_fetch_seal(fd), OK);
    (void)close(fd);
    fd = make("x", 1);
    assert_int_equal(ftruncate(fd, WARDEN_FETCH_BYTES_MAX + 1), 0);
    assert_int_equal(warden_fetch_seal(fd), ERR_INVALID);
    (void)close(fd);
    assert_int_equal(warden_fetch_seal(fd), ERR_IO);
}

static void only_the_same_bytes_are_the_same(void **state)
{
    char bytes[3000];

    (void)state;
    memset(bytes, 'k', sizeof(bytes));
    int a = make(bytes, sizeof(bytes));
    int same = make(bytes, sizeof(bytes));
    int shorter = make(bytes, sizeof(bytes) - 1);
    bytes[sizeof(bytes) - 1] = 'x';
    int other = make(bytes, sizeof(bytes));

    assert_true(warden_fetch_is_same(a, same));
    assert_true(warden_fetch_is_same(a, same)); /* wherever they stand */
    assert_false(warden_fetch_is_same(a, shorter));
    assert_false(warden_fetch_is_same(shorter, a));
    assert_false(warden_fetch_is_same(a, other));
    assert_false(warden_fetch_is_same(a, -1));
    (void)close(a);
    (void)close(same);
    (void)close(shorter);
    (void)close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_are_tried_again_sooner_but_ever_later),
        cmocka_unit_test(the_time_is_up_to_a_tenth_less),
        cmocka_unit_test(what_is_sealed_can_not_be_changed),
        cmocka_unit_test(another_size_than_that_of_keys_is_refused),
        cmocka_unit_test(only_the_same_bytes_are_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
