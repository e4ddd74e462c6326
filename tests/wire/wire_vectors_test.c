/*
 * Messages written out by hand from the protocol's rules, byte by byte: they decode to
 * the values named here, and encode to the very same bytes.
 */
#include "test.h"

#include "wire_api.h"
#include "wire_api_versions.h"
#include "wire_codec.h"
#include "wire_fetch.h"
#include "wire_join_group.h"
#include "wire_metadata.h"
#include "wire_produce.h"

#include <string.h>

struct vector {
    uint8_t bytes[512];
    size_t len;
    struct arena arena;
};

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* "0001 ab 'text'": pairs of hexadecimal digits; between quotes each character is itself.
 */
static void parse(struct vector *v, const char *text)
{
    v->len = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'') {
            for (p++; *p != '\''; p++) {
                v->bytes[v->len++] = (uint8_t)*p;
            }
        } else if (*p != ' ') {
            v->bytes[v->len++] = (uint8_t)(nibble(p[0]) << 4 | nibble(p[1]));
            p++;
        }
    }
}

static void check(struct vector *v, int16_t key, int16_t version, bool request,
    const char *text, void *out)
{
    const struct wire_api *api = wire_api_find(key);
    const struct wire_schema *schema = request ? api->request : api->response;
    bool flexible = wire_api_is_flexible(api, version);
    struct buf b;

    parse(v, text);
    arena_reset(&v->arena);
    buf_init(&b, 4096);
    struct wire_reader r = wire_reader_init(v->bytes, v->len);
    assert_int_equal(wire_decode(schema, version, flexible, &r, &v->arena, out), WIRE_OK);
    wire_encode(schema, version, flexible, out, &b);
    assert_int_equal(b.length, v->len);
    if (v->len > 0) {
        assert_memory_equal(b.bytes, v->bytes, v->len);
    }
    buf_fini(&b);
}

static void assert_text(struct wire_view view, const char *text)
{
    assert_non_null(view.ptr);
    assert_int_equal(view.len, strlen(text));
    assert_memory_equal(view.ptr, text, view.len);
}

static void api_versions(void **state)
{
    struct vector *v = *state;
    struct api_versions_request request;
    struct api_versions_response response;

    check(v, WIRE_API_API_VERSIONS, 0, true, "", &request);
    check(v, WIRE_API_API_VERSIONS, 3, true, "03 'lk' 06 '2.0.2' 00", &request);
    assert_text(request.client_software_name, "lk");
    assert_text(request.client_software_version, "2.0.2");

    check(v, WIRE_API_API_VERSIONS, 0, false,
        "0023 00000002 0012 0000 0004 0003 0000 000d", &response);
    assert_int_equal(response.error_code, 35);
    assert_int_equal(response.api_keys.count, 2);
    const struct api_versions_response_api_version *keys = response.api_keys.items;
    assert_int_equal(keys[0].api_key, 18);
    assert_int_equal(keys[1].max_version, 13);
    assert_int_equal(response.finalized_features_epoch, -1);

    check(v, WIRE_API_API_VERSIONS, 3, false,
        "0000 02 0012 0000 0004 00 00000064 02"
        " 00 0c 02 06 'share' 0000 0001 00"
        " 01 08 0000000000000007",
        &response);
    assert_int_equal(response.throttle_time_ms, 100);
    assert_int_equal(response.finalized_features_epoch, 7);
    const struct api_versions_response_supported_feature_key *feature =
        response.supported_features.items;
    assert_text(feature->name, "share");
    assert_int_equal(feature->max_version, 1);
}

static void metadata_v1(void **state)
{
    struct vector *v = *state;
    struct metadata_request request;
    struct metadata_response response;

    check(v, WIRE_API_METADATA, 1, true, "ffffffff", &request);
    assert_int_equal(request.topics.count, -1);
    assert_true(request.allow_auto_topic_creation);
    check(v, WIRE_API_METADATA, 1, true, "00000001 0002 'ab'", &request);
    const struct metadata_request_topic *asked = request.topics.items;
    assert_text(asked->name, "ab");

    check(v, WIRE_API_METADATA, 1, false,
        "00000001 00000005 0001 'h' 00002384 ffff"
        " 00000005"
        " 00000001 0000 0002 'ab' 00"
        " 00000001 0000 00000003 00000005 00000001 00000005 00000001 00000005",
        &response);
    const struct metadata_response_broker *broker = response.brokers.items;
    assert_int_equal(broker->port, 9092);
    assert_null(broker->rack.ptr);
    const struct metadata_response_topic *topic = response.topics.items;
    const struct metadata_response_partition *partition = topic->partitions.items;
    assert_int_equal(partition->partition_index, 3);
    assert_int_equal(partition->leader_epoch, -1);
    assert_int_equal(((const int32_t *)partition->isr_nodes.items)[0], 5);
    assert_int_equal(topic->topic_authorized_operations, INT32_MIN);
}

static void metadata_v9(void **state)
{
    struct vector *v = *state;
    struct metadata_request request;
    struct metadata_response response;

    check(v, WIRE_API_METADATA, 9, true, "02 03 'ab' 00 00 01 00 00", &request);
    assert_false(request.allow_auto_topic_creation);
    assert_true(request.include_cluster_authorized_operations);
    assert_false(request.include_topic_authorized_operations);

    check(v, WIRE_API_METADATA, 9, false,
        "00000000"
        " 02 00000001 02 'h' 00002384 00 00"
        " 03 'id' 00000001"
        " 02 0000 03 'ab' 01"
        " 02 0000 00000000 00000001 00000004 02 00000001 02 00000001 01 00"
        " 80000000 00"
        " 00000102 00",
        &response);
    assert_text(response.cluster_id, "id");
    assert_int_equal(response.cluster_authorized_operations, 0x102);
    const struct metadata_response_topic *topic = response.topics.items;
    assert_true(topic->is_internal);
    const struct metadata_response_partition *partition = topic->partitions.items;
    assert_int_equal(partition->leader_epoch, 4);
    assert_int_equal(partition->offline_replicas.count, 0);
}

static void metadata_v12(void **state)
{
    struct vector *v = *state;
    struct metadata_request request;
    struct metadata_response response;

    check(v, WIRE_API_METADATA, 12, true,
        "02 000102030405060708090a0b0c0d0e0f 00 00 01 00 00", &request);
    const struct metadata_request_topic *asked = request.topics.items;
    assert_null(asked->name.ptr);
    assert_int_equal(asked->topic_id.bytes[15], 15);
    assert_true(request.allow_auto_topic_creation);

    check(v, WIRE_API_METADATA, 12, false,
        "00000000 01 00 ffffffff"
        " 02 0064 00 000102030405060708090a0b0c0d0e0f 00 01 80000000 00 00",
        &response);
    assert_null(response.cluster_id.ptr);
    const struct metadata_response_topic *topic = response.topics.items;
    assert_int_equal(topic->error_code, 100);
    assert_null(topic->name.ptr);
    assert_int_equal(topic->topic_id.bytes[1], 1);
}

static void produce_v9(void **state)
{
    struct vector *v = *state;
    struct produce_request request;
    struct produce_response response;

    check(v, WIRE_API_PRODUCE, 9, true,
        "00 ffff 000003e8"
        " 02 02 't' 03 00000000 04 'abc' 00 00000001 00 00 00 00",
        &request);
    assert_null(request.transactional_id.ptr);
    assert_int_equal(request.acks, -1);
    assert_int_equal(request.timeout_ms, 1000);
    const struct produce_request_topic_produce_data *topic = request.topic_data.items;
    const struct produce_request_partition_produce_data *data =
        topic->partition_data.items;
    assert_text(topic->name, "t");
    assert_text(data[0].records, "abc");
    assert_int_equal(data[1].index, 1);
    assert_null(data[1].records.ptr);

    check(v, WIRE_API_PRODUCE, 9, false,
        "02 02 't' 02 00000000 0057 000000000000002a ffffffffffffffff 0000000000000001"
        " 02 00000003 00 00 03 'no' 00 00 00000005 00",
        &response);
    const struct produce_response_topic_produce_response *answer =
        response.responses.items;
    const struct produce_response_partition_produce_response *partition =
        answer->partition_responses.items;
    assert_int_equal(partition->base_offset, 42);
    assert_int_equal(partition->log_start_offset, 1);
    assert_int_equal(partition->record_errors.count, 1);
    assert_text(partition->error_message, "no");
    assert_int_equal(partition->current_leader.leader_id, -1);
    assert_int_equal(response.throttle_time_ms, 5);
}

static void fetch_v12(void **state)
{
    struct vector *v = *state;
    struct fetch_request request;
    struct fetch_response response;

    check(v, WIRE_API_FETCH, 12, true,
        "ffffffff 000001f4 00000001 03200000 01 00000000 ffffffff"
        " 02 02 't' 02 00000007 00000002 0000000000000009 ffffffff ffffffffffffffff"
        " 00100000 00 00"
        " 01 01 01 00 02 02 'c'",
        &request);
    assert_int_equal(request.replica_id, -1);
    assert_int_equal(request.isolation_level, 1);
    assert_text(request.cluster_id, "c");
    assert_int_equal(request.rack_id.len, 0);
    const struct fetch_topic *topic = request.topics.items;
    const struct fetch_partition *partition = topic->partitions.items;
    assert_int_equal(partition->partition, 7);
    assert_int_equal(partition->fetch_offset, 9);
    assert_true(partition->high_watermark == INT64_MAX);

    check(v, WIRE_API_FETCH, 12, false,
        "00000000 0000 00000000"
        " 02 02 't' 02 00000007 0000 000000000000000a 000000000000000a 0000000000000000"
        " 00 ffffffff 03 'rb'"
        " 01 01 09 00000004 00000005 00"
        " 00 00",
        &response);
    const struct fetchable_topic_response *answer = response.responses.items;
    const struct fetch_response_partition_data *data = answer->partitions.items;
    assert_int_equal(data->high_watermark, 10);
    assert_int_equal(data->aborted_transactions.count, -1);
    assert_text(data->records, "rb");
    assert_int_equal(data->current_leader.leader_epoch, 5);
    assert_int_equal(data->diverging_epoch.epoch, -1);
}

static void join_group_v5(void **state)
{
    struct vector *v = *state;
    struct join_group_request request;
    struct join_group_response response;

    check(v, WIRE_API_JOIN_GROUP, 5, true,
        "0001 'g' 00002710 000493e0 0000 ffff 0008 'consumer'"
        " 00000001 0005 'range' 00000003 000102",
        &request);
    assert_text(request.group_id, "g");
    assert_int_equal(request.session_timeout_ms, 10000);
    assert_int_equal(request.rebalance_timeout_ms, 300000);
    assert_null(request.group_instance_id.ptr);
    const struct join_group_request_protocol *protocol = request.protocols.items;
    assert_text(protocol->name, "range");
    assert_int_equal(protocol->metadata.len, 3);

    check(v, WIRE_API_JOIN_GROUP, 5, false,
        "00000000 0000 00000001 0005 'range' 0001 'm' 0001 'm'"
        " 00000001 0001 'm' 0001 'i' 00000002 0001",
        &response);
    assert_int_equal(response.generation_id, 1);
    assert_text(response.protocol_name, "range");
    assert_null(response.protocol_type.ptr);
    const struct join_group_response_member *member = response.members.items;
    assert_text(member->group_instance_id, "i");
    assert_int_equal(member->metadata.len, 2);
}

static int set_up(void **state)
{
    static struct vector vector;

    arena_init(&vector.arena, 1 << 16);
    *state = &vector;
    return 0;
}

static int tear_down(void **state)
{
    struct vector *v = *state;

    arena_fini(&v->arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(api_versions),
        cmocka_unit_test(metadata_v1),
        cmocka_unit_test(metadata_v9),
        cmocka_unit_test(metadata_v12),
        cmocka_unit_test(produce_v9),
        cmocka_unit_test(fetch_v12),
        cmocka_unit_test(join_group_v5),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
