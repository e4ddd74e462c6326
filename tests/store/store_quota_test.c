#include "store_world.h"

#include "clock.h"

static struct world w;
static const struct world_options plain;

static int start(void **state)
{
    (void)state;
    world_start(&w, &plain);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    for (uint64_t gate = 1; gate <= 3; gate++) {
        (void)world_gate(&w, gate);
        world_grant(&w, gate, gate * 10 + 1, 1, IPC_OPERATION_WRITE);
        world_grant(&w, gate, gate * 10 + 2, 1, IPC_OPERATION_READ);
    }
    world_rounds(&w, 3);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)world_stop(&w);
    world_remove(&w);
    return 0;
}

static void tell(const struct ipc_gate_quota *quota)
{
    assert_int_equal(ipc_channel_send(&w.broker, IPC_MSG_GATE_QUOTA, 0, quota, -1), OK);
    world_rounds(&w, 3);
}

/* The answer to one batch: how long its client has to wait. */
static int32_t produce(uint64_t gate)
{
    uint64_t request = world_produce(&w, gate, gate * 10 + 1, 1, 5);

    assert_int_equal(world_produced(&w, gate, request), 0);
    return w.last.body.produced.throttle_ms;
}

static const struct ipc_fetched *fetch(uint64_t gate)
{
    uint64_t request =
        world_fetch(&w, gate, &(struct world_fetch){.handle = gate * 10 + 2});

    return world_fetched(&w, gate, request);
}

static void without_a_quota_nobody_waits(void **state)
{
    (void)state;
    assert_int_equal(produce(1), 0);
    assert_int_equal(fetch(1)->throttle_ms, 0);
}

static void who_shares_a_number_shares_the_rate(void **state)
{
    (void)state;
    tell(&(struct ipc_gate_quota){.gate = 1, .produce = 7, .produce_rate = 9});
    tell(&(struct ipc_gate_quota){.gate = 2, .produce = 7, .produce_rate = 9});
    tell(&(struct ipc_gate_quota){.gate = 3, .produce = 8, .produce_rate = 1000000});
    assert_true(produce(1) > 1000);
    int32_t second = produce(2);
    assert_true(second > 1000);
    assert_true(produce(1) > second);
    assert_int_equal(produce(3), 0);
    /* The first does not count any more. */
    tell(&(struct ipc_gate_quota){.gate = 1});
    assert_int_equal(produce(1), 0);
}

static void a_debt_outlives_the_connection(void **state)
{
    (void)state;
    tell(&(struct ipc_gate_quota){.gate = 1, .produce = 7, .produce_rate = 9});
    int32_t wait = produce(1);
    store_gate_end(store_gate_find(&w.store, 1), 0);
    world_rounds(&w, 2);
    tell(&(struct ipc_gate_quota){.gate = 2, .produce = 7, .produce_rate = 9});
    assert_true(produce(2) > wait);
}

static void a_fetch_above_the_quota_gets_no_records_and_is_told_to_wait(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        (void)world_write(&w, 3, 31, 5);
    }
    tell(&(struct ipc_gate_quota){.gate = 1, .fetch = 7, .fetch_rate = 1});
    tell(&(struct ipc_gate_quota){.gate = 2, .fetch = 7, .fetch_rate = 1});
    /* The first has one batch, since that is the least there is. */
    const struct ipc_fetched *first = fetch(1);
    assert_int_equal(world_records(first, 0), 5);
    assert_true(first->throttle_ms > 1000);
    const struct ipc_fetched *second = fetch(2);
    assert_int_equal(second->error, 0);
    assert_int_equal(second->records.len, 0);
    assert_int_equal(second->high_watermark, 100);
    assert_true(second->throttle_ms > 1000);
    assert_int_equal(world_records(fetch(3), 0), 100);
}

static void a_gate_that_goes_on_fetching_is_not_read_until_its_time_is_over(void **state)
{
    (void)state;
    (void)world_write(&w, 3, 31, 5);
    tell(&(struct ipc_gate_quota){.gate = 1, .fetch = 7, .fetch_rate = 1});
    assert_true(fetch(1)->throttle_ms > 0);
    uint64_t request = world_fetch(&w, 1, &(struct world_fetch){.handle = 12});
    world_expect_silence(&w, &w.gates[0]);
    /* Others are not affected, and it is heard when its quota is gone and time passed. */
    assert_int_equal(world_records(fetch(3), 0), 5);
    struct store_gate *g = store_gate_find(&w.store, 1);
    tell(&(struct ipc_gate_quota){.gate = 1});
    assert_int_equal(
        loop_timer_set(w.store.role.loop, &g->quota.unmute, clock_mono_ms()), OK);
    assert_int_equal(world_records(world_fetched(&w, 1, request), 0), 5);
}

static void a_gate_that_goes_on_producing_is_not_read_beyond_one_request(void **state)
{
    (void)state;
    tell(&(struct ipc_gate_quota){.gate = 1, .produce = 7, .produce_rate = 9});
    /* What one request may have is taken in, however many batches it has. */
    assert_true(produce(1) > 0);
    assert_true(produce(1) > 0);
    struct store_gate *g = store_gate_find(&w.store, 1);
    assert_true(g->quota.over > 0);
    g->quota.over = STORE_OVER_QUOTA;
    assert_true(produce(1) > 0);
    (void)world_produce(&w, 1, 11, 1, 5);
    world_expect_silence(&w, &w.gates[0]);
    assert_int_equal(produce(3), 0);
}

static void a_gate_that_waits_as_it_was_told_begins_anew(void **state)
{
    (void)state;
    tell(&(struct ipc_gate_quota){.gate = 1, .produce = 7, .produce_rate = 9});
    assert_true(produce(1) > 0);
    struct store_gate *g = store_gate_find(&w.store, 1);
    g->quota.over = STORE_OVER_QUOTA;
    g->quota.told_until_ms = 0; /* the time is over, though the quota is used up again */
    assert_true(produce(1) > 0);
    assert_false(g->quota.muted);
    assert_int_equal(g->quota.over, 0);
}

static void what_is_half_a_minute_above_the_quota_is_not_written(void **state)
{
    (void)state;
    tell(&(struct ipc_gate_quota){.gate = 1, .produce = 7, .produce_rate = 1});
    tell(&(struct ipc_gate_quota){.gate = 2, .produce = 7, .produce_rate = 1});
    (void)produce(1);
    uint64_t request = world_produce(&w, 2, 21, 1, 5);
    assert_int_equal(world_produced(&w, 2, request), 7);
    assert_in_range(w.last.body.produced.throttle_ms, 50000, 60001);
    assert_int_equal(world_write(&w, 3, 31, 1), 5);
}

static void a_share_of_time_is_counted_and_waited_for_a_second_at_most(void **state)
{
    (void)state;
    tell(&(struct ipc_gate_quota){.gate = 1, .request = 9, .request_rate = 1});
    struct store_gate *g = store_gate_find(&w.store, 1);
    double before = g->quota.request->bucket.level;
    (void)produce(1);
    assert_true(g->quota.request->bucket.level < before);
    bucket_take(&g->quota.request->bucket, 1e9, clock_mono_ms());
    assert_int_equal(produce(1), 1000);
    assert_int_equal(fetch(1)->throttle_ms, 1000);
}

static void a_rate_below_zero_is_a_breach_of_broker(void **state)
{
    (void)state;
    struct ipc_gate_quota quota = {.gate = 1, .produce = 7, .produce_rate = -1};
    assert_int_equal(ipc_channel_send(&w.broker, IPC_MSG_GATE_QUOTA, 0, &quota, -1), OK);
    world_expect_end(&w, &w.broker);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_quota_nobody_waits),
        TEST(who_shares_a_number_shares_the_rate),
        TEST(a_debt_outlives_the_connection),
        TEST(a_fetch_above_the_quota_gets_no_records_and_is_told_to_wait),
        TEST(a_gate_that_goes_on_fetching_is_not_read_until_its_time_is_over),
        TEST(a_gate_that_goes_on_producing_is_not_read_beyond_one_request),
        TEST(a_gate_that_waits_as_it_was_told_begins_anew),
        TEST(what_is_half_a_minute_above_the_quota_is_not_written),
        TEST(a_share_of_time_is_counted_and_waited_for_a_second_at_most),
        TEST(a_rate_below_zero_is_a_breach_of_broker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
