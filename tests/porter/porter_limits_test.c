#include "porter_limits.h"

#include "mem.h"
#include "test.h"

#include <arpa/inet.h>
#include <string.h>

#define LUCKY   UINT32_MAX /* dropped by certainty only */
#define UNLUCKY 0u

static const struct porter_limits_config wide = {.connections_max = 1000,
    .listener_max = {1000, 1000},
    .per_address_max = 1000,
    .unauthenticated_max = 1000,
    .unauthenticated_per_address_max = 1000};

static struct in6_addr address_of(const char *text)
{
    struct in6_addr a;

    assert_int_equal(inet_pton(AF_INET6, text, &a), 1);
    return a;
}

static enum porter_verdict admit_at(
    struct porter_limits *l, uint64_t gate, const char *address, int64_t now_ms)
{
    struct in6_addr a = address_of(address);

    return porter_limits_admit(l, gate, 0, &a, now_ms, LUCKY);
}

static enum porter_verdict admit(
    struct porter_limits *l, uint64_t gate, const char *address)
{
    return admit_at(l, gate, address, 0);
}

static void connections_in_all_are_bounded(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;

    (void)state;
    config.connections_max = 2;
    porter_limits_init(&l, &config);
    assert_int_equal(admit(&l, 1, "::ffff:10.0.0.1"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 2, "::ffff:10.0.0.2"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.3"), PORTER_TOO_MANY);
    porter_limits_trusted(&l, 1); /* rights do not make room */
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.1"), PORTER_TOO_MANY);
    porter_limits_gone(&l, 2, IPC_EXIT_CLEAN, 0);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.3"), PORTER_ADMIT);
    assert_int_equal(l.connections, 2);
    porter_limits_fini(&l);
}

static void a_listener_that_is_full_leaves_room_for_the_others(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;
    struct in6_addr a = address_of("::ffff:10.0.0.1");

    (void)state;
    config.connections_max = 4;
    config.listener_max[0] = 2;
    porter_limits_init(&l, &config);
    assert_int_equal(porter_limits_admit(&l, 1, 0, &a, 0, LUCKY), PORTER_ADMIT);
    assert_int_equal(porter_limits_admit(&l, 2, 0, &a, 0, LUCKY), PORTER_ADMIT);
    assert_int_equal(
        porter_limits_admit(&l, 3, 0, &a, 0, LUCKY), PORTER_TOO_MANY_LISTENER);
    assert_int_equal(porter_limits_admit(&l, 3, 1, &a, 0, LUCKY), PORTER_ADMIT);
    porter_limits_gone(&l, 3, IPC_EXIT_CLEAN, 0); /* that was the other's */
    assert_int_equal(
        porter_limits_admit(&l, 3, 0, &a, 0, LUCKY), PORTER_TOO_MANY_LISTENER);
    porter_limits_gone(&l, 1, IPC_EXIT_CLEAN, 0);
    assert_int_equal(porter_limits_admit(&l, 3, 0, &a, 0, LUCKY), PORTER_ADMIT);
    porter_limits_fini(&l);
}

static void connections_of_an_address_are_bounded(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;

    (void)state;
    config.per_address_max = 2;
    porter_limits_init(&l, &config);
    assert_int_equal(admit(&l, 1, "::ffff:10.0.0.1"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 2, "::ffff:10.0.0.1"), PORTER_ADMIT);
    porter_limits_trusted(&l, 1);
    porter_limits_trusted(&l, 2);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.1"), PORTER_TOO_MANY_HERE);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.2"), PORTER_ADMIT);
    porter_limits_gone(&l, 1, IPC_EXIT_CLEAN, 0);
    assert_int_equal(admit(&l, 4, "::ffff:10.0.0.1"), PORTER_ADMIT);
    porter_limits_fini(&l);
}

static void strangers_of_an_address_are_bounded_until_they_are_trusted(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;

    (void)state;
    config.unauthenticated_per_address_max = 2;
    porter_limits_init(&l, &config);
    assert_int_equal(admit(&l, 1, "::ffff:10.0.0.1"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 2, "::ffff:10.0.0.1"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.1"), PORTER_TOO_MANY_UNKNOWN_HERE);
    porter_limits_trusted(&l, 1);
    porter_limits_trusted(&l, 1); /* once only */
    porter_limits_trusted(&l, 99);
    assert_int_equal(l.unauthenticated, 1);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.1"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 4, "::ffff:10.0.0.1"), PORTER_TOO_MANY_UNKNOWN_HERE);
    porter_limits_gone(&l, 3, IPC_EXIT_CLEAN, 0);
    assert_int_equal(admit(&l, 4, "::ffff:10.0.0.1"), PORTER_ADMIT);
    porter_limits_fini(&l);
}

static void strangers_in_all_are_bounded_but_not_those_in_good_standing(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;

    (void)state;
    config.unauthenticated_max = 2;
    porter_limits_init(&l, &config);
    assert_int_equal(admit(&l, 1, "::ffff:10.0.0.1"), PORTER_ADMIT);
    porter_limits_trusted(&l, 1);
    assert_int_equal(admit(&l, 2, "::ffff:10.0.0.2"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.3"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 4, "::ffff:10.0.0.4"), PORTER_TOO_MANY_UNKNOWN);
    assert_int_equal(admit(&l, 4, "::ffff:10.0.0.1"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 5, "::ffff:10.0.0.1"), PORTER_ADMIT);
    assert_int_equal(l.unauthenticated, 4);
    /* Its last authenticated session gone, the address is a stranger again. */
    porter_limits_gone(&l, 1, IPC_EXIT_CLEAN, 0);
    assert_int_equal(admit(&l, 6, "::ffff:10.0.0.1"), PORTER_TOO_MANY_UNKNOWN);
    porter_limits_fini(&l);
}

static void from_half_of_the_limit_on_luck_decides(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;
    struct in6_addr a = address_of("::ffff:10.1.0.0");

    (void)state;
    config.unauthenticated_max = 8;
    porter_limits_init(&l, &config);
    for (uint64_t gate = 1; gate <= 8; gate++) {
        a.s6_addr[15] = (uint8_t)gate;
        /* gate - 1 strangers are there; above 4 the chance is (n - 4) of 4. */
        uint32_t border = gate <= 5 ? 0 : (uint32_t)(gate - 5) << 30;
        if (border > 0) {
            assert_int_equal(
                porter_limits_admit(&l, gate, 0, &a, 0, UNLUCKY), PORTER_EARLY_DROP);
            assert_int_equal(
                porter_limits_admit(&l, gate, 0, &a, 0, border - 1), PORTER_EARLY_DROP);
        }
        assert_int_equal(porter_limits_admit(&l, gate, 0, &a, 0, border), PORTER_ADMIT);
    }
    a.s6_addr[15] = 9;
    assert_int_equal(
        porter_limits_admit(&l, 9, 0, &a, 0, LUCKY), PORTER_TOO_MANY_UNKNOWN);
    porter_limits_fini(&l);
}

static void good_standing_is_exempt_from_luck(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;
    struct in6_addr good = address_of("::ffff:10.0.0.1");
    struct in6_addr other = address_of("::ffff:10.0.0.2");

    (void)state;
    config.unauthenticated_max = 4;
    porter_limits_init(&l, &config);
    assert_int_equal(porter_limits_admit(&l, 1, 0, &good, 0, LUCKY), PORTER_ADMIT);
    porter_limits_trusted(&l, 1);
    for (uint64_t gate = 2; gate <= 4; gate++) {
        assert_int_equal(
            porter_limits_admit(&l, gate, 0, &other, 0, LUCKY), PORTER_ADMIT);
    }
    assert_int_equal(
        porter_limits_admit(&l, 5, 0, &other, 0, UNLUCKY), PORTER_EARLY_DROP);
    assert_int_equal(porter_limits_admit(&l, 5, 0, &good, 0, UNLUCKY), PORTER_ADMIT);
    porter_limits_fini(&l);
}

static void a_limit_of_one_stranger_needs_no_luck(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;
    struct in6_addr a = address_of("::ffff:10.0.0.1");

    (void)state;
    config.unauthenticated_max = 1;
    porter_limits_init(&l, &config);
    assert_int_equal(porter_limits_admit(&l, 1, 0, &a, 0, UNLUCKY), PORTER_ADMIT);
    assert_int_equal(
        porter_limits_admit(&l, 2, 0, &a, 0, LUCKY), PORTER_TOO_MANY_UNKNOWN);
    porter_limits_fini(&l);
}

/* One connection that ends in that way. */
static void misbehave(
    struct porter_limits *l, const char *address, enum ipc_exit_class how, int64_t now_ms)
{
    assert_int_equal(admit_at(l, 77, address, now_ms), PORTER_ADMIT);
    porter_limits_gone(l, 77, how, now_ms);
}

static void a_crash_is_punished_until_its_time_is_over(void **state)
{
    static const enum ipc_exit_class heavy[] = {IPC_EXIT_CRASH, IPC_EXIT_KILLED};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct porter_limits l;
        porter_limits_init(&l, &wide);
        misbehave(&l, "::ffff:10.0.0.1", heavy[i], 1000);
        assert_int_equal(admit_at(&l, 1, "::ffff:10.0.0.1", 1000), PORTER_PENALTY);
        assert_int_equal(admit_at(&l, 1, "::ffff:10.0.0.1", 90999), PORTER_PENALTY);
        assert_int_equal(admit_at(&l, 2, "::ffff:10.0.0.2", 1000), PORTER_ADMIT);
        assert_int_equal(admit_at(&l, 1, "::ffff:10.0.0.1", 91000), PORTER_ADMIT);
        porter_limits_fini(&l);
    }
}

static void small_faults_add_up(void **state)
{
    struct porter_limits l;

    (void)state;
    porter_limits_init(&l, &wide);
    misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_AUTH_FAIL, 0);
    misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_AUTH_FAIL, 0);
    for (int i = 0; i < 4; i++) {
        misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_PEER_FAULT, 0);
    }
    misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_CLEAN, 0);
    /* 14 s: not yet. One second more: for all of it. */
    misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_PEER_FAULT, 0);
    assert_int_equal(admit_at(&l, 1, "::ffff:10.0.0.1", 0), PORTER_PENALTY);
    assert_int_equal(admit_at(&l, 1, "::ffff:10.0.0.1", 14999), PORTER_PENALTY);
    assert_int_equal(admit_at(&l, 1, "::ffff:10.0.0.1", 15000), PORTER_ADMIT);
    porter_limits_gone(&l, 1, IPC_EXIT_AUTH_FAIL, 15000);
    /* The old penalty is over and does not make the new one heavier. */
    assert_int_equal(admit_at(&l, 1, "::ffff:10.0.0.1", 15000), PORTER_ADMIT);
    porter_limits_fini(&l);
}

static void faults_far_apart_do_not_add_up(void **state)
{
    struct porter_limits l;

    (void)state;
    porter_limits_init(&l, &wide);
    for (int64_t now = 0; now < 1000000; now += 5000) {
        misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_AUTH_FAIL, now);
    }
    porter_limits_fini(&l);
}

static void a_penalty_has_a_longest_time(void **state)
{
    struct porter_limits l;

    (void)state;
    porter_limits_init(&l, &wide);
    for (uint64_t gate = 1; gate <= 20; gate++) {
        assert_int_equal(admit(&l, gate, "::ffff:10.0.0.1"), PORTER_ADMIT);
    }
    for (uint64_t gate = 1; gate <= 20; gate++) {
        porter_limits_gone(&l, gate, IPC_EXIT_CRASH, 0);
    }
    assert_int_equal(
        admit_at(&l, 1, "::ffff:10.0.0.1", PORTER_PENALTY_MAX_MS - 1), PORTER_PENALTY);
    assert_int_equal(
        admit_at(&l, 1, "::ffff:10.0.0.1", PORTER_PENALTY_MAX_MS), PORTER_ADMIT);
    porter_limits_fini(&l);
}

static void what_is_no_fault_of_the_address_is_not_punished(void **state)
{
    struct porter_limits l;

    (void)state;
    porter_limits_init(&l, &wide);
    for (int i = 0; i < 50; i++) {
        misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_CLEAN, 0);
        misbehave(&l, "::ffff:10.0.0.1", (enum ipc_exit_class)99, 0);
        /* A session that lost its right is killed without blame. */
        assert_int_equal(admit(&l, 5, "::ffff:10.0.0.1"), PORTER_ADMIT);
        porter_limits_trusted(&l, 5);
        porter_limits_gone(&l, 5, IPC_EXIT_KILLED, 0);
    }
    assert_int_equal(admit(&l, 1, "::ffff:10.0.0.1"), PORTER_ADMIT);
    porter_limits_gone(&l, 12345, IPC_EXIT_CRASH, 0); /* no such gate */
    assert_int_equal(l.connections, 1);
    assert_int_equal(l.unauthenticated, 1);
    porter_limits_fini(&l);
}

static void an_ipv6_address_counts_as_its_64(void **state)
{
    struct porter_limits l;

    (void)state;
    porter_limits_init(&l, &wide);
    misbehave(&l, "2001:db8:0:1::1", IPC_EXIT_CRASH, 0);
    assert_int_equal(admit(&l, 1, "2001:db8:0:1:ffff:ffff:ffff:ffff"), PORTER_PENALTY);
    assert_int_equal(admit(&l, 1, "2001:db8:0:2::1"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 2, "2001:db8:0:0:1::1"), PORTER_ADMIT);
    /* IPv4 counts whole, and apart from ::/64. */
    misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_CRASH, 0);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.1"), PORTER_PENALTY);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.2"), PORTER_ADMIT);
    assert_int_equal(admit(&l, 4, "::1"), PORTER_ADMIT);
    porter_limits_fini(&l);
}

static void what_is_over_is_forgotten_and_nothing_else(void **state)
{
    struct porter_limits l;

    (void)state;
    porter_limits_init(&l, &wide);
    misbehave(&l, "::ffff:10.0.0.1", IPC_EXIT_CRASH, 0);
    misbehave(&l, "::ffff:10.0.0.2", IPC_EXIT_CLEAN, 0);
    assert_int_equal(admit(&l, 3, "::ffff:10.0.0.3"), PORTER_ADMIT);
    assert_int_equal(l.addresses.count, 3);
    porter_limits_forget(&l, 0);
    assert_int_equal(l.addresses.count, 2);
    porter_limits_forget(&l, 89999);
    assert_int_equal(l.addresses.count, 2);
    assert_int_equal(admit_at(&l, 1, "::ffff:10.0.0.1", 89999), PORTER_PENALTY);
    porter_limits_forget(&l, 90000);
    assert_int_equal(l.addresses.count, 1);
    porter_limits_gone(&l, 3, IPC_EXIT_CLEAN, 90000);
    porter_limits_forget(&l, 90000);
    assert_int_equal(l.addresses.count, 0);
    porter_limits_fini(&l);
}

static void refused_strangers_leave_nothing_behind(void **state)
{
    struct porter_limits_config config = wide;
    struct porter_limits l;
    struct in6_addr a = address_of("2001:db8::");

    (void)state;
    config.connections_max = 1;
    porter_limits_init(&l, &config);
    assert_int_equal(admit(&l, 1, "::ffff:10.0.0.1"), PORTER_ADMIT);
    for (unsigned i = 0; i < 70000; i++) {
        a.s6_addr[5] = (uint8_t)(i >> 16);
        a.s6_addr[6] = (uint8_t)(i >> 8);
        a.s6_addr[7] = (uint8_t)i;
        assert_int_equal(porter_limits_admit(&l, 2, 0, &a, 0, LUCKY), PORTER_TOO_MANY);
    }
    assert_int_equal(l.addresses.count, 1);
    porter_limits_fini(&l);
}

static void without_memory_nobody_comes_in_and_nothing_is_counted(void **state)
{
    struct porter_limits l;
    struct in6_addr a = address_of("::ffff:10.0.0.1");
    enum porter_verdict v = PORTER_NO_MEMORY;

    (void)state;
    porter_limits_init(&l, &wide);
    for (long n = 0; v == PORTER_NO_MEMORY; n++) {
        mem_fail_after(n);
        v = porter_limits_admit(&l, 1, 0, &a, 0, LUCKY);
        mem_fail_after(-1);
        assert_int_equal(l.connections, v == PORTER_ADMIT);
        assert_int_equal(l.addresses.count, v == PORTER_ADMIT);
        assert_true(n < 10);
    }
    porter_limits_fini(&l);
}

static void every_verdict_has_a_text(void **state)
{
    (void)state;
    for (int v = PORTER_ADMIT; v <= PORTER_NO_MEMORY; v++) {
        assert_string_not_equal(porter_verdict_text((enum porter_verdict)v), "unknown");
    }
    assert_string_equal(
        porter_verdict_text((enum porter_verdict)(PORTER_NO_MEMORY + 1)), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_in_all_are_bounded),
        cmocka_unit_test(a_listener_that_is_full_leaves_room_for_the_others),
        cmocka_unit_test(connections_of_an_address_are_bounded),
        cmocka_unit_test(strangers_of_an_address_are_bounded_until_they_are_trusted),
        cmocka_unit_test(strangers_in_all_are_bounded_but_not_those_in_good_standing),
        cmocka_unit_test(from_half_of_the_limit_on_luck_decides),
        cmocka_unit_test(good_standing_is_exempt_from_luck),
        cmocka_unit_test(a_limit_of_one_stranger_needs_no_luck),
        cmocka_unit_test(a_crash_is_punished_until_its_time_is_over),
        cmocka_unit_test(small_faults_add_up),
        cmocka_unit_test(faults_far_apart_do_not_add_up),
        cmocka_unit_test(a_penalty_has_a_longest_time),
        cmocka_unit_test(what_is_no_fault_of_the_address_is_not_punished),
        cmocka_unit_test(an_ipv6_address_counts_as_its_64),
        cmocka_unit_test(what_is_over_is_forgotten_and_nothing_else),
        cmocka_unit_test(refused_strangers_leave_nothing_behind),
        cmocka_unit_test(without_memory_nobody_comes_in_and_nothing_is_counted),
        cmocka_unit_test(every_verdict_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
