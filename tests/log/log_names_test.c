#include "log_fs_sim.h"
#include "log_names.h"
#include "mem.h"
#include "test.h"

static struct sim sim;
static struct log_fs fs;

static void put(const char *name)
{
    sim_put(&sim, name, "", 0);
}

static int begin(void **state)
{
    (void)state;
    sim_init(&sim, 1);
    fs = sim_fs(&sim);
    put("00000000000000000070.log");
    put("00000000000000000000.log");
    put("09223372036854775806.log");
    put("00000000000000000007.snapshot");
    put("00000000000000000008.snapshot.tmp");
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_fini(&sim);
    return 0;
}

static void each_kind_is_listed_in_order(void **state)
{
    struct log_names names;

    (void)state;
    assert_int_equal(log_names_list(&fs, SIM_DIR, &names), OK);
    assert_int_equal(names.of[LOG_NAME_SEGMENT].count, 3);
    assert_int_equal(names.of[LOG_NAME_SEGMENT].offsets[0], 0);
    assert_int_equal(names.of[LOG_NAME_SEGMENT].offsets[1], 70);
    assert_int_equal(names.of[LOG_NAME_SEGMENT].offsets[2], INT64_MAX - 1);
    assert_int_equal(names.of[LOG_NAME_SNAPSHOT].count, 1);
    assert_int_equal(names.of[LOG_NAME_SNAPSHOT].offsets[0], 7);
    assert_int_equal(names.of[LOG_NAME_LEFTOVER].count, 1);
    assert_int_equal(names.of[LOG_NAME_LEFTOVER].offsets[0], 8);
    assert_true(log_names_has(&names, LOG_NAME_SEGMENT, 70));
    assert_false(log_names_has(&names, LOG_NAME_SEGMENT, 7));
    assert_true(log_names_has(&names, LOG_NAME_SNAPSHOT, 7));
    log_names_fini(&names);
    assert_false(log_names_has(&names, LOG_NAME_SNAPSHOT, 7));
}

static void other_names_are_left_alone(void **state)
{
    struct log_names names;

    (void)state;
    put("70.log");
    put("0000000000000000007x.log");
    put("99999999999999999999.log");
    put("09223372036854775807.log");
    put("00000000000000000071.log.tmp");
    put("00000000000000000071.snapshot.bad");
    put("00000000000000000071");
    put("x");
    assert_int_equal(log_names_list(&fs, SIM_DIR, &names), OK);
    assert_int_equal(names.of[LOG_NAME_SEGMENT].count, 3);
    assert_int_equal(names.of[LOG_NAME_SNAPSHOT].count, 1);
    assert_int_equal(names.of[LOG_NAME_LEFTOVER].count, 1);
    log_names_fini(&names);
}

static void a_failed_allocation_is_an_error(void **state)
{
    struct log_names names;

    (void)state;
    for (long n = 0; n < 3; n++) {
        mem_fail_after(n);
        assert_int_equal(log_names_list(&fs, SIM_DIR, &names), ERR_NOMEM);
        mem_fail_after(-1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_kind_is_listed_in_order, begin, end),
        cmocka_unit_test_setup_teardown(other_names_are_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_allocation_is_an_error, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
