#include "password_check.h"

#include "mem.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define CHEAP "$argon2id$v=19$m=8,t=1,p=1$"
#define DEAR  "$argon2id$v=19$m=24576,t=3,p=1$"

/* alice and carol chose their passwords, bob's was generated. */
static const char file[] =
    "alice:" DEAR "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    "bob:" CHEAP "BBBBBBBBBBBBBBBBBBBBBA$BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA\n"
    "carol:" DEAR "CCCCCCCCCCCCCCCCCCCCCA$CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA\n";

/* Stands in for Argon2: counts by cost; "right" is everybody's password. */
static struct {
    unsigned cheap;
    unsigned dear;
    unsigned other;
} calls;

static bool counting_match(const char *hash, const void *password, size_t length)
{
    assert_true(users_hash_is_valid(hash, strlen(hash)));
    if (strncmp(hash, CHEAP, sizeof(CHEAP) - 1) == 0) {
        calls.cheap++;
    } else if (strncmp(hash, DEAR, sizeof(DEAR) - 1) == 0) {
        calls.dear++;
    } else {
        calls.other++;
    }
    return length == 5 && memcmp(password, "right", 5) == 0;
}

static struct password_check check;

static int load(const char *text)
{
    struct users_problem problem;

    memset(&calls, 0, sizeof(calls));
    if (password_check_init(&check, counting_match) != OK) {
        return -1;
    }
    return password_check_load(&check, text, strlen(text), &problem) == OK ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    return load(file);
}

static int teardown(void **state)
{
    (void)state;
    password_check_fini(&check);
    return 0;
}

#define WALL_MS INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */

static enum password_answer ask(const char *name, const char *password, int64_t now_ms)
{
    const struct password_proof proof = {
        name, strlen(name), password, strlen(password), NULL};

    memset(&calls, 0, sizeof(calls));
    return password_check_run(&check, &proof, (struct password_now){now_ms, WALL_MS});
}

static void assert_calls(unsigned cheap, unsigned dear)
{
    assert_int_equal(calls.cheap, cheap);
    assert_int_equal(calls.dear, dear);
    assert_int_equal(calls.other, 0);
}

static void every_refusal_makes_the_same_argon2_calls(void **state)
{
    (void)state;
    assert_int_equal(ask("nobody", "wrong", 1), PASSWORD_UNKNOWN_USER);
    assert_calls(1, 1);
    assert_int_equal(ask("alice", "wrong", 1), PASSWORD_WRONG);
    assert_calls(1, 1);
    assert_int_equal(ask("bob", "wrong", 1), PASSWORD_WRONG);
    assert_calls(1, 1);
    /* A password that would match a phantom does not make a user. */
    assert_int_equal(ask("nobody", "right", 1), PASSWORD_UNKNOWN_USER);
    assert_calls(1, 1);
}

static void a_right_password_costs_its_own_hash_once_and_then_nothing(void **state)
{
    (void)state;
    assert_int_equal(ask("alice", "right", 1), PASSWORD_RIGHT);
    assert_calls(0, 1);
    assert_int_equal(ask("alice", "right", PASSWORD_CACHE_TTL_MS), PASSWORD_RIGHT);
    assert_calls(0, 0);
    assert_int_equal(ask("alice", "right", PASSWORD_CACHE_TTL_MS + 1), PASSWORD_RIGHT);
    assert_calls(0, 1);
    assert_int_equal(ask("bob", "right", 1), PASSWORD_RIGHT);
    assert_calls(1, 0);
}

static void a_wrong_password_never_uses_or_fills_the_cache(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ask("alice", "wrong", 1), PASSWORD_WRONG);
        assert_calls(1, 1);
        assert_int_equal(ask("nobody", "right", 1), PASSWORD_UNKNOWN_USER);
        assert_calls(1, 1);
    }
    assert_int_equal(ask("alice", "right", 1), PASSWORD_RIGHT);
    assert_int_equal(ask("alice", "wrong", 1), PASSWORD_WRONG);
    assert_calls(1, 1);
    assert_int_equal(ask("carol", "right", 1), PASSWORD_RIGHT); /* not by alice's entry */
    assert_calls(0, 1);
}

static void the_cache_makes_no_users(void **state)
{
    const struct password_proof proof = {"nobody", 6, "right", 5, check.phantoms[0]};

    (void)state;
    password_cache_add(&check.cache, &proof, 1);
    assert_int_equal(ask("nobody", "right", 1), PASSWORD_UNKNOWN_USER);
    assert_calls(1, 1);
}

static void phantoms_are_valid_and_differ(void **state)
{
    (void)state;
    assert_int_equal(check.costs, 2);
    for (size_t i = 0; i < check.costs; i++) {
        const char *phantom = check.phantoms[i];
        assert_true(users_hash_is_valid(phantom, strlen(phantom)));
        assert_false(users_hash_matches(phantom, "right", 5));
    }
    assert_string_not_equal(
        strrchr(check.phantoms[0], '$'), strrchr(check.phantoms[1], '$'));
    for (size_t i = 0; i < PASSWORD_NOBODIES; i++) {
        const char *hash = check.nobodies[i]->hash;
        assert_true(users_hash_is_valid(hash, strlen(hash)));
        assert_null(check.nobodies[i]->old_hash);
        assert_string_not_equal(hash, check.phantoms[0]);
        assert_int_equal(strncmp(hash, check.phantoms[0], sizeof(CHEAP) - 4), 0);
    }
}

static void an_empty_file_knows_nobody_and_still_costs(void **state)
{
    (void)state;
    assert_int_equal(load(""), 0);
    assert_int_equal(ask("alice", "right", 1), PASSWORD_UNKNOWN_USER);
    assert_calls(0, 1);
    password_check_fini(&check);
}

static enum err load_costs(unsigned costs)
{
    char text[2048];
    size_t length = 0;
    struct users_problem problem;

    for (unsigned i = 0; i < costs; i++) {
        length += (size_t)snprintf(text + length, sizeof(text) - length,
            "u%u:$argon2id$v=19$m=%u,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
            i, 8 + i);
    }
    assert_int_equal(password_check_init(&check, counting_match), OK);
    enum err e = password_check_load(&check, text, length, &problem);
    password_check_fini(&check);
    return e;
}

#define A "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define B "BBBBBBBBBBBBBBBBBBBBBA$BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"

static void two_hashes_no_user_and_a_disabled_one_cost_the_same(void **state)
{
    /* Who of them has what, and in which order, is not to be told from the work. */
    static const char *const names[] = {
        "chosen", "generated", "twice", "both", "disabled", "expired", "gone", "nobody"};

    (void)state;
    assert_int_equal(load("chosen:" DEAR A "\ngenerated:" CHEAP A "\n"
                          "twice:" DEAR A ":" DEAR B "\n"
                          "both:" CHEAP A ":" DEAR B "\n"
                          "disabled:" DEAR A ":" DEAR B ":disabled\n"
                          "expired:" DEAR A ":expires=2027-01-15T08:00:00Z\n"
                          "gone:" CHEAP A ":disabled:expires=2000-01-01T00:00:00Z\n"),
        0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_not_equal(ask(names[i], "wrong", 1), PASSWORD_RIGHT);
        assert_calls(1, 2);
    }
    password_check_fini(&check);
}

static void who_may_not_be_here_is_refused_with_the_right_password_too(void **state)
{
    (void)state;
    assert_int_equal(load("disabled:" DEAR A ":disabled\n"
                          "expired:" CHEAP A ":expires=2027-01-15T08:00:00Z\n"
                          "both:" CHEAP A ":disabled:expires=2000-01-01T00:00:00Z\n"
                          "later:" CHEAP A ":expires=2027-01-15T08:00:01Z\n"),
        0);
    for (unsigned i = 0; i < 2; i++) { /* and nothing of it is remembered */
        assert_int_equal(ask("disabled", "right", 1), PASSWORD_DISABLED);
        assert_calls(1, 1);
        assert_int_equal(ask("expired", "right", 1), PASSWORD_EXPIRED);
        assert_calls(1, 1);
        assert_int_equal(ask("both", "right", 1), PASSWORD_DISABLED);
        assert_calls(1, 1);
    }
    assert_int_equal(ask("later", "right", 1), PASSWORD_RIGHT);
    password_check_fini(&check);
}

static void the_cache_forgets_who_expires_meanwhile(void **state)
{
    const struct password_proof proof = {"bob", 3, "right", 5, NULL};
    const int64_t end_ms = WALL_MS + 1000;

    (void)state;
    assert_int_equal(load("bob:" CHEAP A ":expires=2027-01-15T08:00:01Z\n"), 0);
    assert_true(password_check_expires_ms(&check, "bob", 3) == end_ms);
    assert_true(password_check_expires_ms(&check, "nobody", 6) == 0);
    assert_int_equal(
        password_check_run(&check, &proof, (struct password_now){1, end_ms - 1}),
        PASSWORD_RIGHT);
    assert_int_equal(
        password_check_run(&check, &proof, (struct password_now){2, end_ms - 1}),
        PASSWORD_RIGHT);
    assert_calls(1, 0);
    assert_int_equal(password_check_run(&check, &proof, (struct password_now){3, end_ms}),
        PASSWORD_EXPIRED);
    assert_calls(2, 0);
    password_check_fini(&check);
}

static void standing_is_told_without_a_password(void **state)
{
    (void)state;
    assert_int_equal(load("bob:" CHEAP A ":expires=2027-01-15T08:00:00Z\n"
                          "eve:" CHEAP A ":disabled\n"),
        0);
    assert_int_equal(
        password_check_standing(&check, "bob", 3, WALL_MS - 1), PASSWORD_RIGHT);
    assert_int_equal(
        password_check_standing(&check, "bob", 3, WALL_MS), PASSWORD_EXPIRED);
    assert_int_equal(password_check_standing(&check, "eve", 3, 0), PASSWORD_DISABLED);
    assert_int_equal(password_check_standing(&check, "bo", 2, 0), PASSWORD_UNKNOWN_USER);
    assert_int_equal(calls.cheap, 0);
    password_check_fini(&check);
}

static bool right_for_one(const char *hash, const void *password, size_t length)
{
    (void)counting_match(hash, password, length);
    return strcmp(strrchr(hash, '$'), strrchr(B, '$')) == 0 && length == 3 &&
           memcmp(password, "old", 3) == 0;
}

static void what_is_remembered_is_the_hash_that_matched(void **state)
{
    struct password_proof proof = {"twice", 5, "old", 3, CHEAP A};

    (void)state;
    assert_int_equal(load("twice:" CHEAP A ":" CHEAP B "\n"), 0);
    check.match = right_for_one;
    assert_int_equal(ask("twice", "old", 1), PASSWORD_RIGHT);
    assert_calls(2, 0);
    assert_false(password_cache_has(&check.cache, &proof, 1));
    proof.hash = CHEAP B;
    assert_true(password_cache_has(&check.cache, &proof, 1));
    assert_int_equal(ask("twice", "old", 1), PASSWORD_RIGHT);
    assert_calls(0, 0);
    password_check_fini(&check);
}

static void a_phantom_in_the_cache_lets_nobody_in(void **state)
{
    const struct password_proof proof = {"alice", 5, "wrong", 5, check.phantoms[0]};

    (void)state;
    password_cache_add(&check.cache, &proof, 1);
    assert_int_equal(ask("alice", "wrong", 1), PASSWORD_WRONG);
    assert_calls(1, 1);
}

static void failed_allocations_are_reported(void **state)
{
    static const char text[] = "bob:" CHEAP A ":" DEAR B ":group=ops\n";
    struct users_problem problem;
    enum err e = ERR_NOMEM;

    (void)state;
    for (long n = 0; e == ERR_NOMEM; n++) {
        assert_true(n < 1000);
        mem_fail_after(n);
        e = password_check_init(&check, counting_match);
        if (e == OK) {
            e = password_check_load(&check, text, sizeof(text) - 1, &problem);
        }
        mem_fail_after(-1);
        password_check_fini(&check);
    }
    assert_int_equal(e, OK);
}

static void the_number_of_costs_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(load_costs(PASSWORD_COSTS_MAX), OK);
    assert_int_equal(load_costs(PASSWORD_COSTS_MAX + 1), ERR_FULL);
}

static void a_bad_file_is_refused_with_its_place(void **state)
{
    struct users_problem problem = {.line = 0};
    static const char bad[] = "alice:hash\n";

    (void)state;
    assert_int_equal(password_check_init(&check, counting_match), OK);
    assert_int_equal(
        password_check_load(&check, bad, sizeof(bad) - 1, &problem), ERR_INVALID);
    assert_int_equal(problem.line, 1);
    password_check_fini(&check);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_refusal_makes_the_same_argon2_calls),
        TEST(a_right_password_costs_its_own_hash_once_and_then_nothing),
        TEST(a_wrong_password_never_uses_or_fills_the_cache),
        TEST(the_cache_makes_no_users),
        TEST(phantoms_are_valid_and_differ),
        cmocka_unit_test(an_empty_file_knows_nobody_and_still_costs),
        cmocka_unit_test(two_hashes_no_user_and_a_disabled_one_cost_the_same),
        cmocka_unit_test(who_may_not_be_here_is_refused_with_the_right_password_too),
        cmocka_unit_test(the_cache_forgets_who_expires_meanwhile),
        cmocka_unit_test(standing_is_told_without_a_password),
        cmocka_unit_test(what_is_remembered_is_the_hash_that_matched),
        TEST(a_phantom_in_the_cache_lets_nobody_in),
        cmocka_unit_test(failed_allocations_are_reported),
        cmocka_unit_test(the_number_of_costs_is_bounded),
        cmocka_unit_test(a_bad_file_is_refused_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
