#include "selftest_data.h"

#include "clock.h"
#include "record_builder.h"
#include "selftest_client.h"
#include "wire_create_topics.h"
#include "wire_find_coordinator.h"
#include "wire_produce.h"

#include <string.h>

#define CREATE_VERSION      4
#define PRODUCE_VERSION     7
#define COORDINATOR_VERSION 2
#define START_WAIT_MS       20000
#define REQUEST_WAIT_MS     10000
#define BATCH_MAX           65536

static struct wire_view view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static bool create_topics(struct selftest_client *c)
{
    struct create_topics_request_creatable_topic topics[] = {
        {.name = view(SELFTEST_ALICE_TOPIC),
            .num_partitions = 1,
            .replication_factor = 1},
        {.name = view(SELFTEST_BOB_TOPIC), .num_partitions = 1, .replication_factor = 1}};
    struct create_topics_request request = {
        .topics = {.items = topics, .count = 2}, .timeout_ms = REQUEST_WAIT_MS};
    const struct create_topics_response *answer =
        selftest_client_call(c, WIRE_API_CREATE_TOPICS, CREATE_VERSION, &request);

    if (answer == NULL || answer->topics.count != 2) {
        return false;
    }
    const struct create_topics_response_creatable_topic_result *results =
        answer->topics.items;
    return results[0].error_code == 0 && results[1].error_code == 0;
}

static bool produce(struct selftest_client *c, const char *topic, const char *text)
{
    struct record_builder_options options = record_builder_plain(clock_wall_ms());
    struct buf batch;

    buf_init(&batch, BATCH_MAX);
    struct record_builder b = record_builder_begin(&batch, &options);
    record_builder_add(&b, clock_wall_ms(), (struct wire_view){0}, view(text), NULL, 0);
    if (record_builder_finish(&b) != OK) {
        return false;
    }
    struct produce_request_partition_produce_data partition = {
        .records = {.ptr = batch.bytes, .len = batch.length}};
    struct produce_request_topic_produce_data data = {
        .name = view(topic), .partition_data = {.items = &partition, .count = 1}};
    struct produce_request request = {.acks = -1,
        .timeout_ms = REQUEST_WAIT_MS,
        .topic_data = {.items = &data, .count = 1}};
    const struct produce_response *answer =
        selftest_client_call(c, WIRE_API_PRODUCE, PRODUCE_VERSION, &request);
    bool good = answer != NULL && answer->responses.count == 1;
    if (good) {
        const struct produce_response_topic_produce_response *t = answer->responses.items;
        const struct produce_response_partition_produce_response *p =
            t->partition_responses.items;
        good = t->partition_responses.count == 1 && p->error_code == 0;
    }
    buf_fini(&batch);
    return good;
}

/* Makes the log of the group offsets, which comes with the first group. */
static bool find_coordinator(struct selftest_client *c)
{
    struct find_coordinator_request request = {.key = view("alice.group")};
    const struct find_coordinator_response *answer =
        selftest_client_call(c, WIRE_API_FIND_COORDINATOR, COORDINATOR_VERSION, &request);

    return answer != NULL;
}

bool selftest_data_make(const struct selftest_instance *i)
{
    struct selftest_client client = {.fd = -1};
    int64_t deadline = clock_mono_ms() + START_WAIT_MS;
    bool good = false;

    while (!good && clock_mono_ms() < deadline) {
        selftest_client_close(&client);
        good = selftest_client_open(&client, i, SELFTEST_ADMIN);
    }
    good = good && create_topics(&client) && find_coordinator(&client) &&
           produce(&client, SELFTEST_BOB_TOPIC, i->canary) &&
           produce(&client, SELFTEST_ALICE_TOPIC, "what alice may read");
    selftest_client_close(&client);
    return good;
}
