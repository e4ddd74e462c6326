#include "password_cache.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct password_proof proof(
    const char *name, const char *password, const char *hash)
{
    return (struct password_proof){name, strlen(name), password, strlen(password), hash};
}

static int setup(void **state)
{
    static struct password_cache cache;

    *state = &cache;
    return password_cache_init(&cache) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    password_cache_fini(*state);
    return 0;
}

static void what_was_right_is_found_until_its_time(void **state)
{
    const struct password_proof p = proof("alice", "secret", "hash");

    assert_false(password_cache_has(*state, &p, 1000));
    password_cache_add(*state, &p, 1000);
    assert_true(password_cache_has(*state, &p, 1000));
    assert_true(password_cache_has(*state, &p, 1000 + PASSWORD_CACHE_TTL_MS - 1));
    assert_false(password_cache_has(*state, &p, 1000 + PASSWORD_CACHE_TTL_MS));
}

static void each_part_counts(void **state)
{
    const struct password_proof right = proof("alice", "secret", "hash");
    const struct password_proof others[] = {
        proof("alicf", "secret", "hash"),
        proof("alice", "secreu", "hash"),
        proof("alice", "secret", "hasi"), /* the password was changed */
        proof("alices", "ecret", "hash"), /* the border moved */
        proof("alice", "secre", "hasht"),
        proof("aliceh", "secret", "ash"),
        proof("", "secret", "hash"),
        proof("alice", "", "hash"),
    };

    password_cache_add(*state, &right, 1);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(password_cache_has(*state, &others[i], 1));
    }
}

static void more_than_it_holds_pushes_the_oldest_out(void **state)
{
    char name[16];
    size_t found = 0;
    const size_t entries = (size_t)PASSWORD_CACHE_SETS * PASSWORD_CACHE_WAYS;

    for (size_t i = 0; i < 4 * entries; i++) {
        (void)snprintf(name, sizeof(name), "u%zu", i);
        const struct password_proof p = proof(name, "secret", "hash");
        password_cache_add(*state, &p, (int64_t)i + 1);
        assert_true(password_cache_has(*state, &p, (int64_t)i + 1));
    }
    for (size_t i = 0; i < 4 * entries; i++) {
        (void)snprintf(name, sizeof(name), "u%zu", i);
        const struct password_proof p = proof(name, "secret", "hash");
        found += password_cache_has(*state, &p, 1);
    }
    assert_in_range(found, entries / 2, entries);
}

static void two_processes_have_two_keys(void **state)
{
    const struct password_proof p = proof("alice", "secret", "hash");
    struct password_cache other;

    assert_int_equal(password_cache_init(&other), OK);
    const struct password_cache *mine = *state;
    assert_memory_not_equal(mine->key, other.key, sizeof(other.key));
    struct password_cache swapped = *mine;
    memcpy(swapped.key, other.key, sizeof(other.key));
    password_cache_add(*state, &p, 1);
    assert_false(password_cache_has(&swapped, &p, 1));
    password_cache_fini(&other);
    password_cache_fini(&other);
}

static void without_memory_there_is_no_cache(void **state)
{
    struct password_cache c;

    (void)state;
    mem_fail_after(0);
    enum err e = password_cache_init(&c);
    mem_fail_after(-1);
    assert_int_equal(e, ERR_NOMEM);
    password_cache_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_was_right_is_found_until_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(each_part_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(
            more_than_it_holds_pushes_the_oldest_out, setup, teardown),
        cmocka_unit_test_setup_teardown(two_processes_have_two_keys, setup, teardown),
        cmocka_unit_test(without_memory_there_is_no_cache),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
