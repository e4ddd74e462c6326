#include "ldap_groups.h"

#include "test.h"

#include <string.h>

#define ADD(g, text) ldap_groups_add(g, text, sizeof(text) - 1)

static void names_stand_one_behind_the_other(void **state)
{
    struct ldap_groups g = {.length = 0};

    (void)state;
    assert_true(ADD(&g, "cn=ops,dc=x"));
    assert_true(ADD(&g, "caf\xc3\xa9 #1"));
    assert_int_equal(g.count, 2);
    assert_int_equal(g.length, 21);
    assert_memory_equal(g.names, "cn=ops,dc=x\0caf\xc3\xa9 #1", 21);
}

static void what_is_no_name_is_not_taken(void **state)
{
    struct ldap_groups g = {.length = 0};

    (void)state;
    assert_false(ADD(&g, ""));
    assert_false(ADD(&g, "a\0b"));
    assert_false(ADD(&g, "a\nb"));
    assert_false(ADD(&g, "a\x7f"));
    assert_false(ADD(&g, "\xff\xfe"));
    assert_false(ADD(&g, "\xc0\x80"));
    assert_int_equal(g.count, 0);
    assert_int_equal(g.length, 0);
}

static void there_is_an_end_to_their_number_and_their_bytes(void **state)
{
    static char text[SCHLOSS_AUTH_GROUPS_BYTES_MAX];
    struct ldap_groups g = {.length = 0};

    (void)state;
    for (unsigned i = 0; i < SCHLOSS_AUTH_GROUPS_MAX; i++) {
        assert_true(ADD(&g, "x"));
    }
    assert_false(ADD(&g, "x"));
    assert_int_equal(g.length, 2 * SCHLOSS_AUTH_GROUPS_MAX);
    memset(text, 'x', sizeof(text));
    g = (struct ldap_groups){.length = 0};
    assert_false(ldap_groups_add(&g, text, sizeof(text)));
    assert_true(ldap_groups_add(&g, text, sizeof(text) - 3));
    assert_false(ADD(&g, "xx"));
    assert_true(ADD(&g, "x"));
    assert_int_equal(g.length, sizeof(text));
    assert_false(ADD(&g, "x"));
}

static void an_attribute_is_known_by_its_name_and_not_by_its_beginning(void **state)
{
    (void)state;
    assert_true(ldap_groups_is_attribute("memberOf", "memberOf"));
    assert_true(ldap_groups_is_attribute("MEMBEROF", "memberOf"));
    assert_true(ldap_groups_is_attribute("memberOf;range=0-1499", "memberOf"));
    assert_false(ldap_groups_is_attribute("memberOfAll", "memberOf"));
    assert_false(ldap_groups_is_attribute("member", "memberOf"));
    assert_false(ldap_groups_is_attribute("memberOf", "member"));
    assert_false(ldap_groups_is_attribute("", ""));
    assert_false(ldap_groups_is_attribute(";x", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_one_behind_the_other),
        cmocka_unit_test(what_is_no_name_is_not_taken),
        cmocka_unit_test(there_is_an_end_to_their_number_and_their_bytes),
        cmocka_unit_test(an_attribute_is_known_by_its_name_and_not_by_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
