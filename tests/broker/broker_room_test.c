#include "broker_fixture.h"
#include "test.h"

#define SHARE (FIXTURE_ROOM / 4)

static const char RULES[] = "allow any to describe group *\n";

static struct fixture *f;

static int set_up(void **state)
{
    (void)state;
    f = fixture_new(RULES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_free(&f);
    return 0;
}

/* A gate of that user that asks for so much; it waits, or does not. */
static uint64_t ask(const char *user, uint32_t bytes, bool waits)
{
    uint64_t gate = fixture_gate(f, user);

    fixture_room(f, gate, bytes);
    assert_int_equal(fixture_rooms(f, gate), waits ? 0 : 1);
    return gate;
}

static void there_is_room_until_all_of_it_is_used(void **state)
{
    (void)state;
    uint64_t first = ask("a", SHARE, false);
    (void)ask("b", SHARE, false);
    (void)ask("c", SHARE, false);
    (void)ask("d", SHARE, false);
    uint64_t fifth = ask("e", SHARE, true);
    fixture_room(f, first, 0);
    assert_int_equal(fixture_rooms(f, fifth), 1);
    assert_int_equal(f->broker.room.used, FIXTURE_ROOM);
}

static void nobody_has_more_than_a_quarter_and_others_go_before_who_wants_it(void **state)
{
    (void)state;
    uint64_t first = ask("a", SHARE - 10, false);
    uint64_t second = ask("a", 11, true);
    (void)ask("b", SHARE, false);
    (void)ask("a", 10, true); /* behind the one before it */
    fixture_room(f, first, 0);
    assert_int_equal(fixture_rooms(f, second), 1);
}

static void one_request_of_any_size_has_its_turn(void **state)
{
    (void)state;
    uint64_t small = ask("a", SHARE, false);
    uint64_t large = ask("b", 3 * SHARE + 1, true);
    /* Nobody overtakes it, though there would be room. */
    uint64_t later = ask("c", 1, true);
    fixture_room(f, small, 0);
    assert_int_equal(fixture_rooms(f, large), 1);
    assert_int_equal(fixture_rooms(f, later), 1);
    uint64_t larger = ask("d", 100 * 1024 * 1024, true);
    fixture_room(f, large, 0);
    fixture_room(f, later, 0);
    assert_int_equal(fixture_rooms(f, larger), 1);
}

static void what_a_connection_had_comes_back_when_it_ends(void **state)
{
    (void)state;
    uint64_t first = ask("a", SHARE, false);
    uint64_t second = ask("a", SHARE, true);
    uint64_t third = ask("a", SHARE, true);
    fixture_drop_gate(f, second);
    fixture_drop_gate(f, first);
    assert_int_equal(fixture_rooms(f, third), 1);
    fixture_drop_gate(f, third);
    assert_int_equal(f->broker.room.used, 0);
    assert_int_equal(f->broker.room.owners.count, 0);
    assert_null(f->broker.room.first);
    assert_null(f->broker.room.last);
}

static void asking_twice_for_too_much_or_giving_back_nothing_is_a_breach(void **state)
{
    (void)state;
    uint64_t gate = ask("a", 10, false);
    fixture_room(f, gate, 10);
    assert_true(fixture_is_killed(f, gate));
    gate = ask("b", 104857601, true);
    assert_true(fixture_is_killed(f, gate));
    gate = ask("c", 0, true);
    assert_true(fixture_is_killed(f, gate));
    (void)ask("d", SHARE, false);
    gate = ask("d", SHARE, true);
    fixture_room(f, gate, 0); /* of what it waits for */
    assert_true(fixture_is_killed(f, gate));
    assert_int_equal(f->broker.room.used, SHARE);
    assert_null(f->broker.room.first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(there_is_room_until_all_of_it_is_used),
        TEST(nobody_has_more_than_a_quarter_and_others_go_before_who_wants_it),
        TEST(one_request_of_any_size_has_its_turn),
        TEST(what_a_connection_had_comes_back_when_it_ends),
        TEST(asking_twice_for_too_much_or_giving_back_nothing_is_a_breach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
