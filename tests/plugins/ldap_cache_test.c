#include "ldap_cache.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const struct ldap_groups none;
static struct ldap_groups groups;
static const struct ldap_login alice = {"alice", 5, "secret", 6};

static void who_was_right_is_found_until_the_time_is_over(void **state)
{
    struct ldap_cache c;

    (void)state;
    assert_int_equal(ldap_cache_init(&c, 100), OK);
    assert_false(ldap_cache_has(&c, &alice, 1000, &groups));
    ldap_cache_add(&c, &alice, 1000, &none);
    assert_true(ldap_cache_has(&c, &alice, 1000, &groups));
    assert_true(ldap_cache_has(&c, &alice, 1099, &groups));
    assert_false(ldap_cache_has(&c, &alice, 1100, &groups));
    ldap_cache_fini(&c);
}

static void nobody_else_is_found(void **state)
{
    static const struct ldap_login others[] = {{"alice", 5, "Secret", 6},
        {"alice", 5, "secre", 5}, {"alices", 6, "ecret", 5}, {"alic", 4, "esecret", 7},
        {"bob", 3, "secret", 6}, {"", 0, "alicesecret", 11}, {"alice", 5, "", 0}};
    struct ldap_cache c;

    (void)state;
    assert_int_equal(ldap_cache_init(&c, 100), OK);
    ldap_cache_add(&c, &alice, 1000, &none);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(ldap_cache_has(&c, &others[i], 1000, &groups));
    }
    ldap_cache_fini(&c);
}

static void without_a_time_nothing_is_remembered(void **state)
{
    struct ldap_cache c;

    (void)state;
    assert_int_equal(ldap_cache_init(&c, 0), OK);
    ldap_cache_add(&c, &alice, 1000, &none);
    assert_false(ldap_cache_has(&c, &alice, 1000, &groups));
    assert_false(ldap_cache_has(&c, &alice, 999, &groups));
    ldap_cache_fini(&c);
}

static void many_make_room_for_each_other_and_the_last_is_there(void **state)
{
    struct ldap_cache c;
    char name[16];

    (void)state;
    assert_int_equal(ldap_cache_init(&c, 1000000), OK);
    for (unsigned i = 0; i < 4 * LDAP_CACHE_SETS * LDAP_CACHE_WAYS; i++) {
        size_t length = (size_t)snprintf(name, sizeof(name), "user%u", i);
        const struct ldap_login login = {name, length, "p", 1};
        ldap_cache_add(&c, &login, 1000 + i, &none);
        assert_true(ldap_cache_has(&c, &login, 1000 + i, &groups));
    }
    assert_false(
        ldap_cache_has(&c, &(struct ldap_login){"user0", 5, "p", 1}, 1000, &groups));
    ldap_cache_fini(&c);
}

static void groups_stay_with_the_verdict(void **state)
{
    static const struct ldap_login bob = {"bob", 3, "secret", 6};
    struct ldap_groups said = {.length = 0};
    struct ldap_cache c;

    (void)state;
    assert_int_equal(ldap_cache_init(&c, 100), OK);
    assert_true(ldap_groups_add(&said, "ops", 3));
    assert_true(ldap_groups_add(&said, "dev", 3));
    ldap_cache_add(&c, &alice, 1000, &said);
    ldap_cache_add(&c, &bob, 1000, &none);
    groups = none;
    assert_true(ldap_cache_has(&c, &alice, 1000, &groups));
    assert_int_equal(groups.count, 2);
    assert_int_equal(groups.length, 8);
    assert_memory_equal(groups.names, "ops\0dev", 8);
    assert_true(ldap_cache_has(&c, &bob, 1000, &groups));
    assert_int_equal(groups.length, 0);
    ldap_cache_add(&c, &alice, 1001, &none); /* in none any more */
    assert_true(ldap_cache_has(&c, &alice, 1001, &groups));
    assert_int_equal(groups.length, 0);
    ldap_cache_fini(&c);
}

/* Better asked again than let in without them. */
static void whose_groups_do_not_fit_into_memory_is_forgotten(void **state)
{
    struct ldap_groups said = {.length = 0};
    struct ldap_cache c;

    (void)state;
    assert_int_equal(ldap_cache_init(&c, 100), OK);
    assert_true(ldap_groups_add(&said, "ops", 3));
    ldap_cache_add(&c, &alice, 1000, &none);
    mem_fail_after(0);
    ldap_cache_add(&c, &alice, 1000, &said);
    mem_fail_after(-1);
    assert_false(ldap_cache_has(&c, &alice, 1000, &groups));
    ldap_cache_fini(&c);
}

static void two_processes_do_not_have_the_same_digests(void **state)
{
    struct ldap_cache one;
    struct ldap_cache other;

    (void)state;
    assert_int_equal(ldap_cache_init(&one, 1), OK);
    assert_int_equal(ldap_cache_init(&other, 1), OK);
    assert_memory_not_equal(one.key, other.key, sizeof(one.key));
    ldap_cache_fini(&one);
    ldap_cache_fini(&other);
    assert_null(one.entries);
}

static void without_memory_it_says_so(void **state)
{
    struct ldap_cache c;

    (void)state;
    mem_fail_after(0);
    enum err e = ldap_cache_init(&c, 1);
    mem_fail_after(-1);
    assert_int_equal(e, ERR_NOMEM);
    ldap_cache_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_right_is_found_until_the_time_is_over),
        cmocka_unit_test(nobody_else_is_found),
        cmocka_unit_test(without_a_time_nothing_is_remembered),
        cmocka_unit_test(many_make_room_for_each_other_and_the_last_is_there),
        cmocka_unit_test(groups_stay_with_the_verdict),
        cmocka_unit_test(whose_groups_do_not_fit_into_memory_is_forgotten),
        cmocka_unit_test(two_processes_do_not_have_the_same_digests),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
