#include "users_password.h"

#include "test.h"

#include <string.h>

#define SALT          "fbK1nXUay5Kq5Em61Qtkog"
#define SUM           "B2GAXJOQ/kEzd820PLDoBmSbbJXPYTEE9bkQTxrKXwU"
#define FORM(numbers) "$argon2id$v=19$" numbers "$" SALT "$" SUM

static bool valid(const char *hash)
{
    return users_hash_is_valid(hash, strlen(hash));
}

static void a_made_hash_is_valid_and_matches_only_its_password(void **state)
{
    char hash[USERS_HASH_MAX];

    (void)state;
    assert_int_equal(users_hash_make(hash, "correct horse", 13, USERS_COST_CHOSEN), OK);
    assert_non_null(strstr(hash, "$m=24576,t=3,p=1$"));
    assert_true(valid(hash));
    assert_true(users_hash_matches(hash, "correct horse", 13));
    assert_false(users_hash_matches(hash, "correct hors", 12));
    assert_false(users_hash_matches(hash, "Correct horse", 13));
}

static void a_generated_secret_is_stored_at_least_cost(void **state)
{
    char hash[USERS_HASH_MAX];
    struct secret a = {.bytes = NULL};
    struct secret b = {.bytes = NULL};

    (void)state;
    assert_int_equal(users_secret_generate(&a), OK);
    assert_int_equal(users_secret_generate(&b), OK);
    assert_int_equal(a.length, 43);
    assert_int_equal(a.length, b.length);
    assert_memory_not_equal(a.bytes, b.bytes, a.length);
    for (size_t i = 0; i < a.length; i++) {
        assert_non_null(
            memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                a.bytes[i], 64));
    }
    assert_int_equal(users_hash_make(hash, a.bytes, a.length, USERS_COST_GENERATED), OK);
    assert_non_null(strstr(hash, "$m=8,t=1,p=1$"));
    assert_true(valid(hash));
    assert_true(users_hash_matches(hash, a.bytes, a.length));
    assert_false(users_hash_matches(hash, b.bytes, b.length));
    secret_free(&a);
    secret_free(&b);
}

static void password_lengths_have_limits(void **state)
{
    static char longest[USERS_PASSWORD_MAX + 1];
    char hash[USERS_HASH_MAX];
    const enum users_cost cost = USERS_COST_GENERATED;

    (void)state;
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(users_hash_make(hash, longest, 7, cost), ERR_INVALID);
    assert_int_equal(users_hash_make(hash, longest, 8, cost), OK);
    assert_int_equal(users_hash_make(hash, longest, 1024, cost), OK);
    assert_true(users_hash_matches(hash, longest, 1024));
    assert_int_equal(users_hash_make(hash, longest, 1025, cost), ERR_INVALID);
    assert_false(users_hash_matches(hash, longest, 1025));
    assert_int_equal(users_hash_make(hash, "nul\0inside", 10, cost), ERR_INVALID);
}

static void costs_have_limits(void **state)
{
    (void)state;
    assert_true(valid(FORM("m=8,t=1,p=1")));
    assert_false(valid(FORM("m=7,t=1,p=1")));
    assert_true(valid(FORM("m=65536,t=16,p=1")));
    assert_false(valid(FORM("m=65537,t=16,p=1")));
    assert_false(valid(FORM("m=65536,t=17,p=1")));
    assert_false(valid(FORM("m=655360,t=1,p=1")));
    assert_false(valid(FORM("m=8,t=0,p=1")));
    assert_false(valid(FORM("m=08,t=1,p=1")));
    assert_false(valid(FORM("m=,t=1,p=1")));
    assert_false(valid(FORM("m=8,t=1,p=2")));
}

static void other_forms_are_not_valid(void **state)
{
    const char *good = FORM("m=8,t=1,p=1");
    char changed[USERS_HASH_MAX];

    (void)state;
    assert_false(valid(FORM("m=8,t=1,p=1") "A"));
    assert_false(valid("$argon2i$v=19$m=8,t=1,p=1$" SALT "$" SUM));
    assert_false(valid("$argon2id$v=16$m=8,t=1,p=1$" SALT "$" SUM));
    assert_false(valid("$argon2id$v=19$m=8,t=1,p=1$" SALT "A$" SUM));
    assert_false(valid("$argon2id$v=19$m=8,t=1,p=1$" SALT "$" SUM "="));
    for (size_t i = 0; i < strlen(good); i++) {
        assert_false(users_hash_is_valid(good, i));
        memcpy(changed, good, strlen(good) + 1);
        changed[i] = '\x01';
        assert_false(valid(changed));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_made_hash_is_valid_and_matches_only_its_password),
        cmocka_unit_test(a_generated_secret_is_stored_at_least_cost),
        cmocka_unit_test(password_lengths_have_limits),
        cmocka_unit_test(costs_have_limits),
        cmocka_unit_test(other_forms_are_not_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
