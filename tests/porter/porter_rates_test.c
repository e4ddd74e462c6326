#include "porter_rates.h"
#include "test.h"

#include <arpa/inet.h>
#include <stdio.h>

static struct porter_rates rates;

static int set_up(void **state)
{
    (void)state;
    porter_rates_init(&rates);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    porter_rates_fini(&rates);
    return 0;
}

static struct in6_addr address_of(const char *text)
{
    struct in6_addr a;

    assert_int_equal(inet_pton(AF_INET6, text, &a), 1);
    return a;
}

static void set(const char *address, int32_t rate)
{
    struct in6_addr a;

    if (address != NULL) {
        a = address_of(address);
    }
    assert_int_equal(porter_rates_set(&rates, address == NULL ? NULL : &a, rate), OK);
}

/* How many of so many are admitted. */
static int admitted(const char *address, int count, int64_t now_ms)
{
    struct in6_addr a = address_of(address);
    int n = 0;

    for (int i = 0; i < count; i++) {
        n += porter_rates_admit(&rates, &a, now_ms) ? 1 : 0;
    }
    return n;
}

static void without_a_rate_there_is_no_limit(void **state)
{
    (void)state;
    assert_int_equal(admitted("::ffff:10.0.0.1", 100000, 0), 100000);
}

static void ten_seconds_worth_may_come_at_once_and_then_as_many_as_the_rate(void **state)
{
    (void)state;
    set("::ffff:10.0.0.1", 3);
    assert_int_equal(admitted("::ffff:10.0.0.1", 100, 0), 30);
    /* What was refused does not count. */
    assert_int_equal(admitted("::ffff:10.0.0.1", 100, 1000), 3);
    assert_int_equal(admitted("::ffff:10.0.0.1", 100, 100000), 30);
    assert_int_equal(admitted("::ffff:10.0.0.2", 100, 0), 100);
}

static void the_default_is_for_each_address_without_a_rate_of_its_own(void **state)
{
    (void)state;
    set(NULL, 1);
    set("::ffff:10.0.0.1", 2);
    assert_int_equal(admitted("::ffff:10.0.0.1", 100, 0), 20);
    assert_int_equal(admitted("::ffff:10.0.0.2", 100, 0), 10);
    assert_int_equal(admitted("::ffff:10.0.0.3", 100, 0), 10);
    set("::ffff:10.0.0.1", 0);
    assert_int_equal(admitted("::ffff:10.0.0.1", 100, 0), 10); /* anew, at another rate */
    assert_int_equal(admitted("::ffff:10.0.0.1", 100, 0), 0);
    set(NULL, 0);
    assert_int_equal(admitted("::ffff:10.0.0.2", 100, 0), 100);
}

static void a_host_does_not_escape_the_default_within_its_network(void **state)
{
    (void)state;
    set(NULL, 1);
    set("2001:db8::7", 1);
    assert_int_equal(admitted("2001:db8::1", 100, 0), 10);
    assert_int_equal(admitted("2001:db8::2", 100, 0), 0);
    assert_int_equal(admitted("2001:db8::7", 100, 0), 10);
    assert_int_equal(admitted("2001:db8:0:1::1", 100, 0), 10);
}

static void there_are_no_more_rates_than_there_may_be(void **state)
{
    (void)state;
    char text[32];
    for (int i = 0; i < PORTER_RATES_MAX; i++) {
        (void)snprintf(text, sizeof(text), "2001:db8::%x", (unsigned)i);
        set(text, 1);
    }
    struct in6_addr one_more = address_of("2001:db9::1");
    assert_int_equal(porter_rates_set(&rates, &one_more, 1), ERR_FULL);
    set("2001:db8::1", 0);
    assert_int_equal(porter_rates_set(&rates, &one_more, 1), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            without_a_rate_there_is_no_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            ten_seconds_worth_may_come_at_once_and_then_as_many_as_the_rate, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            the_default_is_for_each_address_without_a_rate_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_host_does_not_escape_the_default_within_its_network, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            there_are_no_more_rates_than_there_may_be, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
