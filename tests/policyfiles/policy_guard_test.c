#include "policy_guard.h"

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_file(mode_t mode)
{
    char path[] = "/tmp/policy_guard_test.XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    return fd;
}

static void only_its_owner_may_write(void **state)
{
    static const struct {
        mode_t mode;
        enum policy_guard_fault fault;
    } rows[] = {
        {0600, POLICY_GUARD_GOOD},
        {0444, POLICY_GUARD_GOOD},
        {0755, POLICY_GUARD_GOOD},
        {0620, POLICY_GUARD_OPEN},
        {0602, POLICY_GUARD_OPEN},
        {01777, POLICY_GUARD_OPEN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int fd = open_file(rows[i].mode);
        assert_int_equal(policy_guard_look(fd, POLICY_GUARD_OWNER), rows[i].fault);
        assert_int_equal(policy_guard_look(fd, POLICY_GUARD_UNMAPPED), rows[i].fault);
        assert_int_equal(policy_guard_look(fd, POLICY_GUARD_NONE), POLICY_GUARD_GOOD);
        assert_int_equal(close(fd), 0);
    }
}

static void the_owner_is_root_or_who_looks(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    int fd = open_file(0600);
    assert_int_equal(fchown(fd, 4711, 0), 0);
    assert_int_equal(policy_guard_look(fd, POLICY_GUARD_OWNER), POLICY_GUARD_ALIEN);
    assert_int_equal(policy_guard_look(fd, POLICY_GUARD_UNMAPPED), POLICY_GUARD_ALIEN);
    assert_int_equal(seteuid(4711), 0);
    enum policy_guard_fault own = policy_guard_look(fd, POLICY_GUARD_OWNER);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(own, POLICY_GUARD_GOOD);
    assert_int_equal(close(fd), 0);
}

static void what_can_not_be_looked_at_is_not_good(void **state)
{
    (void)state;
    assert_int_equal(policy_guard_look(-1, POLICY_GUARD_OWNER), POLICY_GUARD_UNSEEN);
    assert_int_equal(policy_guard_look(-1, POLICY_GUARD_UNMAPPED), POLICY_GUARD_UNSEEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_its_owner_may_write),
        cmocka_unit_test(the_owner_is_root_or_who_looks),
        cmocka_unit_test(what_can_not_be_looked_at_is_not_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
