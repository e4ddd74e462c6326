/* Against librdkafka's broker of one process. */
#include "bench_load.h"

#include "test.h"

#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <string.h>

static struct bench_access access_to_mock;
static rd_kafka_t *owner;
static rd_kafka_mock_cluster_t *cluster;

static const struct bench_target target = {
    .access = &access_to_mock, .transport = BENCH_PLAIN};

static int start_cluster(void **state)
{
    char why[256];

    (void)state;
    owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
    cluster = owner == NULL ? NULL : rd_kafka_mock_cluster_new(owner, 1);
    if (cluster == NULL) {
        return -1;
    }
    (void)snprintf(access_to_mock.servers[BENCH_PLAIN],
        sizeof(access_to_mock.servers[BENCH_PLAIN]), "%s",
        rd_kafka_mock_cluster_bootstraps(cluster));
    access_to_mock.protocols[BENCH_PLAIN] = "plaintext";
    return 0;
}

static int stop_cluster(void **state)
{
    (void)state;
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
    return 0;
}

static struct bench_load load_of(const char *topic, uint64_t records)
{
    assert_int_equal(rd_kafka_mock_topic_create(cluster, topic, BENCH_PARTITIONS, 1), 0);
    return (struct bench_load){
        .topic = topic, .record_size = 100, .records_max = records};
}

static void what_is_sent_comes_back_and_is_counted(void **state)
{
    struct bench_load load = load_of("all", 1000);
    struct bench_outcome sent = {0};
    struct bench_outcome fetched = {0};

    (void)state;
    assert_int_equal(bench_produce(&target, &load, &sent), OK);
    assert_int_equal(sent.records, 1000);
    assert_int_equal(sent.bytes, 100000);
    assert_true(sent.elapsed_us > 0);
    assert_true(sent.client_cpu_us > 0);
    assert_int_equal(sent.broker_cpu_us, -1);
    assert_int_equal(bench_fetch(&target, &load, 1000, &fetched), OK);
    assert_int_equal(fetched.records, 1000);
    assert_int_equal(fetched.bytes, 100000);
    assert_true(fetched.elapsed_us > 0);
}

static void a_record_that_the_broker_lacks_is_an_error(void **state)
{
    struct bench_load load = load_of("lacks", 10);
    struct bench_outcome o = {0};

    (void)state;
    assert_int_equal(bench_produce(&target, &load, &o), OK);
    assert_int_equal(bench_fetch(&target, &load, 11, &o), ERR_CORRUPT);
    assert_int_equal(bench_fetch(&target, &load, 9, &o), ERR_CORRUPT);
}

static void a_record_of_another_size_is_an_error(void **state)
{
    struct bench_load load = load_of("size", 10);
    struct bench_outcome o = {0};

    (void)state;
    assert_int_equal(bench_produce(&target, &load, &o), OK);
    load.record_size = 101;
    assert_int_equal(bench_fetch(&target, &load, 10, &o), ERR_CORRUPT);
}

static void a_topic_that_holds_something_is_refused(void **state)
{
    struct bench_load load = load_of("holds", 10);
    struct bench_outcome o = {0};

    (void)state;
    assert_int_equal(bench_produce(&target, &load, &o), OK);
    assert_int_equal(bench_produce(&target, &load, &o), ERR_EXISTS);
}

static void a_refused_record_is_an_error(void **state)
{
    struct bench_load load = load_of("refused", 10);
    struct bench_outcome o = {0};

    (void)state;
    rd_kafka_mock_push_request_errors(cluster, 0 /* Produce */, 3,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(bench_produce(&target, &load, &o), ERR_IO);
    rd_kafka_mock_clear_request_errors(cluster, 0);
}

static void a_time_limit_ends_the_sending(void **state)
{
    struct bench_load load = load_of("limit", UINT64_MAX);
    struct bench_outcome o = {0};

    (void)state;
    load.ms_max = 1;
    assert_int_equal(bench_produce(&target, &load, &o), OK);
    assert_true(o.records > 0);
}

static void every_request_is_timed(void **state)
{
    struct bench_load load = load_of("timed", 50);
    struct bench_latency l = {0};

    (void)state;
    assert_int_equal(bench_one_by_one(&target, &load, &l), OK);
    assert_int_equal(l.requests, 50);
    assert_true(l.p50_ns > 0);
    assert_true(l.p50_ns <= l.p99_ns);
    assert_true(l.p99_ns <= l.elapsed_ns);
}

static void percentiles_count_from_below(void **state)
{
    int64_t hundred[100];
    int64_t three[] = {30, 10, 20};
    int64_t one[] = {7};

    (void)state;
    for (int i = 0; i < 100; i++) {
        hundred[i] = 100 - i;
    }
    assert_int_equal(bench_percentile(hundred, 100, 50), 50);
    assert_int_equal(bench_percentile(hundred, 100, 99), 99);
    assert_int_equal(bench_percentile(hundred, 100, 100), 100);
    assert_int_equal(bench_percentile(hundred, 100, 1), 1);
    assert_int_equal(bench_percentile(three, 3, 50), 20);
    assert_int_equal(bench_percentile(three, 3, 99), 30);
    assert_int_equal(bench_percentile(one, 1, 50), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_comes_back_and_is_counted),
        cmocka_unit_test(a_record_that_the_broker_lacks_is_an_error),
        cmocka_unit_test(a_record_of_another_size_is_an_error),
        cmocka_unit_test(a_topic_that_holds_something_is_refused),
        cmocka_unit_test(a_refused_record_is_an_error),
        cmocka_unit_test(a_time_limit_ends_the_sending),
        cmocka_unit_test(every_request_is_timed),
        cmocka_unit_test(percentiles_count_from_below),
    };
    return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}
