#include "scope.h"
#include "test.h"

#include <string.h>

static void a_principal_is_in_scope_when_a_pattern_fits_it(void **state)
{
    (void)state;
    assert_true(scope_allows("User:*", "User:alice"));
    assert_true(scope_allows("User:alice", "User:alice"));
    assert_false(scope_allows("User:alice", "User:alice2"));
    assert_false(scope_allows("User:alice", "User:alic"));
    assert_true(scope_allows("User:x; User:*@A.EXAMPLE", "User:bob@A.EXAMPLE"));
    assert_false(scope_allows("User:x; User:*@A.EXAMPLE", "User:bob@B.EXAMPLE"));
    assert_true(scope_allows("User:app-*-x", "User:app-1-x"));
    assert_true(scope_allows("User:app-*-x", "User:app--x"));
    assert_false(scope_allows("User:app-*-x", "User:app-x")); /* nothing counts twice */
    assert_false(scope_allows("User:app-*", "user:app-1"));
}

static void what_is_taken_away_is_so_wherever_it_stands(void **state)
{
    (void)state;
    assert_false(scope_allows("User:*;!User:admin", "User:admin"));
    assert_false(scope_allows("!User:admin;User:*", "User:admin"));
    assert_true(scope_allows("!User:admin;User:*", "User:admin2"));
    assert_false(scope_allows("!User:admin*;User:*", "User:admin2"));
    assert_false(scope_allows("!User:admin", "User:bob"));
}

static void an_empty_scope_allows_nobody(void **state)
{
    (void)state;
    assert_false(scope_allows("", "User:alice"));
    assert_false(scope_allows(" ; ;", "User:alice"));
    assert_false(scope_allows("User:*", "User:")); /* a name is never empty */
}

static void only_patterns_are_patterns(void **state)
{
    (void)state;
    assert_true(scope_is_valid(""));
    assert_true(scope_is_valid("User:a; !User:b* ;User:*c"));
    assert_false(scope_is_valid("User:"));
    assert_false(scope_is_valid("!"));
    assert_false(scope_is_valid("!!User:a"));
    assert_false(scope_is_valid("Group:a"));
    assert_false(scope_is_valid("User:*a*"));
    assert_false(scope_is_valid("User:a;b"));
    char text[SCOPE_LENGTH_MAX + 2];
    memset(text, ' ', sizeof(text));
    text[sizeof(text) - 2] = '\0';
    assert_true(scope_is_valid(text));
    text[sizeof(text) - 2] = ' ';
    text[sizeof(text) - 1] = '\0';
    assert_false(scope_is_valid(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_principal_is_in_scope_when_a_pattern_fits_it),
        cmocka_unit_test(what_is_taken_away_is_so_wherever_it_stands),
        cmocka_unit_test(an_empty_scope_allows_nobody),
        cmocka_unit_test(only_patterns_are_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
