#include "auth_attempt.h"

#include "test.h"

static struct auth_attempts set;

static int setup(void **state)
{
    (void)state;
    return auth_attempts_init(&set) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    auth_attempts_fini(&set);
    return 0;
}

static struct auth_attempt *add(uint64_t session, const char *address)
{
    struct auth_attempt *a = NULL;

    assert_int_equal(auth_attempts_add(&set, session, 1, ipc_text(address), &a), OK);
    return a;
}

static void an_attempt_is_found_until_it_is_released(void **state)
{
    struct auth_attempt *a = add(5, "a");
    const uint64_t number = a->number;

    (void)state;
    assert_ptr_equal(auth_attempts_of_session(&set, 5), a);
    assert_ptr_equal(auth_attempts_of_number(&set, number), a);
    assert_null(auth_attempts_of_number(&set, number + AUTH_ATTEMPTS_MAX));
    assert_null(auth_attempts_of_session(&set, 6));
    auth_attempts_release(&set, a);
    assert_null(auth_attempts_of_session(&set, 5));
    assert_null(auth_attempts_of_number(&set, number));
    assert_null(auth_attempts_of_number(&set, 0));
    a = add(5, "a");
    assert_int_not_equal(a->number, number); /* never again */
    assert_null(auth_attempts_of_number(&set, number));
}

static void attempts_are_bounded(void **state)
{
    struct auth_attempt *a = NULL;

    (void)state;
    for (uint64_t i = 0; i < AUTH_ATTEMPTS_MAX; i++) {
        a = add(i, "a");
    }
    struct auth_attempt *none = NULL;
    assert_int_equal(auth_attempts_add(&set, 99999, 1, ipc_text("a"), &none), ERR_FULL);
    assert_null(none);
    auth_attempts_release(&set, a);
    (void)add(99999, "a");
}

static void the_queue_is_fair_to_addresses(void **state)
{
    struct auth_attempt *many[3] = {add(1, "a"), add(2, "a"), add(3, "a")};
    struct auth_attempt *one = add(4, "b");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        auth_queue_add(&set, many[i]);
    }
    auth_queue_add(&set, one);
    assert_ptr_equal(auth_queue_take(&set), many[0]);
    assert_ptr_equal(auth_queue_take(&set), one); /* overtakes who had a turn */
    assert_ptr_equal(auth_queue_take(&set), many[1]);
    assert_ptr_equal(auth_queue_take(&set), many[2]);
    assert_null(auth_queue_take(&set));
}

static void the_queue_is_bounded_in_all_and_for_each_address(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < AUTH_QUEUE_SHARE_MAX; i++) {
        struct auth_attempt *a = add(i, "a");
        assert_true(auth_queue_has_room(&set, a));
        auth_queue_add(&set, a);
    }
    assert_false(auth_queue_has_room(&set, add(1000, "a")));
    for (uint64_t i = 0; i < AUTH_QUEUE_MAX - AUTH_QUEUE_SHARE_MAX; i++) {
        struct auth_attempt *a = add(2000 + i, i % 2 == 0 ? "b" : "c");
        assert_true(auth_queue_has_room(&set, a));
        auth_queue_add(&set, a);
    }
    struct auth_attempt *last = add(3000, "d");
    assert_false(auth_queue_has_room(&set, last));
    assert_non_null(auth_queue_take(&set));
    assert_true(auth_queue_has_room(&set, last));
}

static void a_released_attempt_leaves_the_queue(void **state)
{
    struct auth_attempt *a = add(1, "a");
    struct auth_attempt *b = add(2, "a");
    struct auth_attempt *c = add(3, "a");

    (void)state;
    auth_queue_add(&set, a);
    auth_queue_add(&set, b);
    auth_queue_add(&set, c);
    assert_int_equal(secret_set(&b->message, "secret", 6), OK);
    auth_attempts_release(&set, b);
    assert_int_equal(set.queued, 2);
    assert_ptr_equal(auth_queue_take(&set), a);
    assert_ptr_equal(auth_queue_take(&set), c);
}

static void without_memory_nothing_is_added(void **state)
{
    struct auth_attempt *a = NULL;
    static struct auth_attempts other;

    (void)state;
    mem_fail_after(0);
    enum err e = auth_attempts_add(&set, 1, 1, ipc_text("a"), &a);
    mem_fail_after(0);
    enum err init = auth_attempts_init(&other);
    mem_fail_after(-1);
    assert_int_equal(e, ERR_NOMEM);
    assert_int_equal(set.count, 0);
    assert_int_equal(init, ERR_NOMEM);
    auth_attempts_fini(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_attempt_is_found_until_it_is_released),
        TEST(attempts_are_bounded),
        TEST(the_queue_is_fair_to_addresses),
        TEST(the_queue_is_bounded_in_all_and_for_each_address),
        TEST(a_released_attempt_leaves_the_queue),
        TEST(without_memory_nothing_is_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
