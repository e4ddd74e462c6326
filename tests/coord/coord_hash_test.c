#include "coord_hash.h"
#include "test.h"

#include <string.h>

static int32_t partition(const char *group, int32_t count)
{
    return coord_partition_for(
        (struct wire_view){(const uint8_t *)group, strlen(group)}, count);
}

static void groups_go_where_a_java_broker_puts_them(void **state)
{
    (void)state;
    assert_int_equal(partition("", 50), 0);
    assert_int_equal(partition("g", INT32_MAX), 103);
    assert_int_equal(partition("Aa", 50), 12);
    assert_int_equal(partition("BB", INT32_MAX), 2112);
    assert_int_equal(partition("console-consumer-12345", 50), 6);
    assert_int_equal(partition("console-consumer-12345", INT32_MAX), 158455506);
    assert_int_equal(partition("payments.v2", INT32_MAX), 1539522339);
    assert_int_equal(partition("payments.v2", 1), 0);
}

static void names_hash_as_utf_16(void **state)
{
    (void)state;
    assert_int_equal(partition("gr\xc3\xbcppe", INT32_MAX), 1233264812);
    assert_int_equal(partition("\xe6\x97\xa5\xe6\x9c\xac", INT32_MAX), 835047);
    assert_int_equal(partition("\xf0\x9f\x98\x80x", INT32_MAX), 54959989);
}

static void the_int_without_an_absolute_value_counts_as_zero(void **state)
{
    (void)state;
    assert_int_equal(partition("polygenelubricants", 50), 0);
    assert_int_equal(partition("polygenelubricants", INT32_MAX), 0);
}

static void bytes_that_are_not_utf_8_count_as_the_replacement_character(void **state)
{
    (void)state;
    assert_int_equal(partition("\xef\xbf\xbd", INT32_MAX), 65533);
    assert_int_equal(partition("\xff", INT32_MAX), 65533);
    assert_int_equal(partition("\xc0\x80", INT32_MAX), 31 * 65533 + 65533); /* overlong */
    assert_int_equal(partition("\xe6\x97", INT32_MAX), 31 * 65533 + 65533); /* cut */
    assert_int_equal(partition("\xc3g", INT32_MAX), 31 * 65533 + 103);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_go_where_a_java_broker_puts_them),
        cmocka_unit_test(names_hash_as_utf_16),
        cmocka_unit_test(the_int_without_an_absolute_value_counts_as_zero),
        cmocka_unit_test(bytes_that_are_not_utf_8_count_as_the_replacement_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
