#include "coord_subscription.h"
#include "test.h"

#include <string.h>

static const uint8_t two[] = "\0\3\0\0\0\2\0\5first\0\6second\xff\xff\xff\xff";

static bool differs(void *context, struct wire_view topic)
{
    const char *name = context;

    return topic.len != strlen(name) || memcmp(topic.ptr, name, topic.len) != 0;
}

/* Named, or nobody knows. */
static bool has(const uint8_t *bytes, size_t len, const char *name)
{
    return !coord_subscription_each(
        (struct wire_view){.ptr = bytes, .len = len}, differs, (void *)name);
}

static void topics_that_are_named_are_wanted_and_no_others(void **state)
{
    (void)state;
    assert_true(has(two, sizeof(two) - 1, "first"));
    assert_true(has(two, sizeof(two) - 1, "second"));
    assert_false(has(two, sizeof(two) - 1, "secon"));
    assert_false(has(two, sizeof(two) - 1, "third"));
    assert_false(has((const uint8_t *)"\0\0\0\0\0\0", 6, "first")); /* none at all */
}

static void what_can_not_be_read_may_want_everything(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(two) - 5; len++) {
        assert_true(has(two, len, "third"));
    }
    assert_false(has(two, sizeof(two) - 5, "third")); /* what follows is not read */
    assert_true(has((const uint8_t *)"\xff\xff\0\0\0\0", 6, "third"));
    assert_true(has((const uint8_t *)"\0\0\x7f\xff\xff\xff", 6, "third"));
    assert_true(has((const uint8_t *)"\0\0\xff\xff\xff\xff", 6, "third"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_that_are_named_are_wanted_and_no_others),
        cmocka_unit_test(what_can_not_be_read_may_want_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
