#include "broker_fixture.h"
#include "clock.h"
#include "test.h"
#include "wire_alter_client_quotas.h"
#include "wire_code.h"
#include "wire_create_partitions.h"
#include "wire_create_topics.h"
#include "wire_delete_topics.h"
#include "wire_describe_client_quotas.h"
#include "wire_list_groups.h"

#include <string.h>

static const char RULES[] = "allow alice to all cluster\n"
                            "allow alice to all topic *\n"
                            "allow bob to read topic orders\n";

struct entity {
    const char *user;   /* NULL: absent; "": the default */
    const char *client; /* the same */
    const char *ip;     /* the same */
};

/* name NULL: the default. */
static struct wire_view name_or_null(const char *name)
{
    return name[0] == '\0' ? (struct wire_view){0} : fixture_view(name);
}

static size_t fill_parts(
    const struct entity *entity, struct alter_client_quotas_request_entity_data out[3])
{
    static const char *const types[] = {"user", "client-id", "ip"};
    const char *const names[] = {entity->user, entity->client, entity->ip};
    size_t count = 0;

    for (size_t i = 0; i < 3; i++) {
        if (names[i] != NULL) {
            out[count++] = (struct alter_client_quotas_request_entity_data){
                .entity_type = fixture_view(types[i]),
                .entity_name = name_or_null(names[i])};
        }
    }
    return count;
}

/* value 0: removes. */
static int16_t alter_as(struct fixture *f, const char *who, struct entity entity,
    const char *key, double value, bool validate_only)
{
    struct alter_client_quotas_request_entity_data parts[3];
    struct alter_client_quotas_request_op_data op = {
        .key = fixture_view(key), .value = value, .remove = value == 0};
    struct alter_client_quotas_request_entry_data entry = {
        .entity = {.items = parts, .count = (int32_t)fill_parts(&entity, parts)},
        .ops = {.items = &op, .count = 1}};
    struct alter_client_quotas_request r = {
        .entries = {.items = &entry, .count = 1}, .validate_only = validate_only};
    uint64_t gate = fixture_gate(f, who);
    const struct alter_client_quotas_response *a =
        fixture_call(f, gate, WIRE_API_ALTER_CLIENT_QUOTAS, 1, &r);
    const struct alter_client_quotas_response_entry_data *row = a->entries.items;

    assert_int_equal(a->entries.count, 1);
    assert_int_equal(row->entity.count, entry.entity.count);
    assert_int_equal(row->error_code == 0, row->error_message.ptr == NULL);
    int16_t code = row->error_code;
    fixture_drop_gate(f, gate);
    return code;
}

static int16_t alter(
    struct fixture *f, struct entity entity, const char *key, double value)
{
    return alter_as(f, "alice", entity, key, value, false);
}

static const struct describe_client_quotas_response *describe(struct fixture *f,
    const char *who, const struct describe_client_quotas_request_component_data *filter,
    int32_t count, bool strict)
{
    struct describe_client_quotas_request_component_data none = {0};
    struct describe_client_quotas_request r = {
        .components = {.items = filter == NULL ? &none : (void *)(uintptr_t)filter,
            .count = count},
        .strict = strict};

    return fixture_call(f, fixture_gate(f, who), WIRE_API_DESCRIBE_CLIENT_QUOTAS, 1, &r);
}

static struct describe_client_quotas_request_component_data component(
    const char *type, int8_t match, const char *name)
{
    return (struct describe_client_quotas_request_component_data){
        .entity_type = fixture_view(type),
        .match_type = match,
        .match = name == NULL ? (struct wire_view){0} : fixture_view(name)};
}

static void what_is_altered_is_described_after_a_restart_too(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    assert_int_equal(
        alter(f, (struct entity){.user = "bob"}, "producer_byte_rate", 1000), 0);
    assert_int_equal(
        alter(f, (struct entity){.user = "bob"}, "request_percentage", 12.5), 0);
    assert_int_equal(
        alter(f, (struct entity){.ip = ""}, "connection_creation_rate", 7), 0);
    fixture_restart(f);
    const struct describe_client_quotas_response *a =
        describe(f, "alice", NULL, 0, false);
    const struct describe_client_quotas_response_entry_data *rows = a->entries.items;
    assert_int_equal(a->error_code, 0);
    assert_int_equal(a->entries.count, 2);
    const struct describe_client_quotas_response_entity_data *entity =
        rows[0].entity.items;
    fixture_assert_text(entity->entity_type, "ip");
    assert_null(entity->entity_name.ptr);
    entity = rows[1].entity.items;
    fixture_assert_text(entity->entity_name, "bob");
    const struct describe_client_quotas_response_value_data *values =
        rows[1].values.items;
    assert_int_equal(rows[1].values.count, 2);
    fixture_assert_text(values[1].key, "request_percentage");
    assert_true(values[1].value == 12.5);
    /* A porter that begins is told of the addresses. */
    assert_int_equal(f->rate_count, 2);
    assert_int_equal(f->rates[1].rate, 7);
    fixture_free(&f);
}

static void a_filter_names_entities_by_their_parts(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    static const struct entity entities[] = {{.user = "bob"}, {.user = ""},
        {.user = "bob", .client = "c"}, {.user = "bob", .client = ""}, {.client = "c"}};
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        assert_int_equal(alter(f, entities[i], "consumer_byte_rate", 5), 0);
    }
    struct describe_client_quotas_request_component_data c[2] = {
        component("user", 0, "bob"), component("client-id", 2, NULL)};
    assert_int_equal(describe(f, "alice", c, 1, false)->entries.count, 3);
    assert_int_equal(describe(f, "alice", c, 1, true)->entries.count, 1);
    assert_int_equal(describe(f, "alice", c, 2, true)->entries.count, 2);
    assert_int_equal(describe(f, "alice", c + 1, 1, false)->entries.count, 3);
    c[0] = component("user", 1, NULL);
    assert_int_equal(describe(f, "alice", c, 1, false)->entries.count, 1);
    assert_int_equal(describe(f, "alice", c, 0, true)->entries.count, 0);
    fixture_free(&f);
}

static void a_filter_that_says_nonsense_is_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct {
        struct describe_client_quotas_request_component_data c[2];
        int32_t count;
        int16_t code;
    } bad[] = {{{component("user", 0, NULL)}, 1, WIRE_CODE_INVALID_REQUEST},
        {{component("user", 1, "bob")}, 1, WIRE_CODE_INVALID_REQUEST},
        {{component("user", 3, NULL)}, 1, WIRE_CODE_INVALID_REQUEST},
        {{component("", 2, NULL)}, 1, WIRE_CODE_INVALID_REQUEST},
        {{component("group", 2, NULL)}, 1, WIRE_CODE_UNSUPPORTED_VERSION},
        {{component("user", 2, NULL), component("user", 2, NULL)}, 2,
            WIRE_CODE_INVALID_REQUEST},
        {{component("ip", 2, NULL), component("user", 2, NULL)}, 2,
            WIRE_CODE_INVALID_REQUEST}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct describe_client_quotas_response *a =
            describe(f, "alice", bad[i].c, bad[i].count, false);
        assert_int_equal(a->error_code, bad[i].code);
        assert_int_equal(a->entries.count, -1);
        assert_non_null(a->error_message.ptr);
    }
    fixture_free(&f);
}

static void quotas_are_for_those_who_may_configure_the_cluster(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    assert_int_equal(alter_as(f, "bob", (struct entity){.user = "bob"},
                         "producer_byte_rate", 1e9, false),
        WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    const struct describe_client_quotas_response *a = describe(f, "bob", NULL, 0, false);
    assert_int_equal(a->error_code, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED);
    assert_int_equal(a->entries.count, -1);
    assert_int_equal(describe(f, "alice", NULL, 0, false)->entries.count, 0);
    assert_int_equal(f->denied, 2);
    fixture_free(&f);
}

static void what_is_only_validated_or_wrong_changes_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct entity bob = {.user = "bob"};
    assert_int_equal(alter_as(f, "alice", bob, "producer_byte_rate", 1000, true), 0);
    assert_int_equal(alter(f, bob, "producer_byte_rate", -1), WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(alter(f, bob, "no_such_rate", 1), WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(
        alter(f, (struct entity){.ip = "localhost"}, "connection_creation_rate", 1),
        WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(
        alter(f, (struct entity){0}, "producer_byte_rate", 1), WIRE_CODE_INVALID_REQUEST);
    assert_int_equal(describe(f, "alice", NULL, 0, false)->entries.count, 0);
    assert_int_equal(f->rate_count, 0);
    fixture_free(&f);
}

static void addresses_are_told_to_the_porter_as_it_writes_them(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct entity ip = {.ip = "2001:DB8:0::1"};
    assert_int_equal(alter(f, ip, "connection_creation_rate", 3), 0);
    assert_int_equal(f->rate_count, 1);
    assert_string_equal(f->rates[0].address, "2001:db8::1");
    assert_int_equal(f->rates[0].rate, 3);
    assert_int_equal(alter(f, ip, "connection_creation_rate", 0), 0);
    assert_int_equal(f->rates[1].rate, 0);
    fixture_free(&f);
}

static void ask(struct fixture *f, uint64_t gate)
{
    struct list_groups_request r = {0};

    (void)fixture_call(f, gate, WIRE_API_LIST_GROUPS, 0, &r);
}

static void store_is_told_whose_bytes_count_together(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t bob = fixture_gate(f, "bob");
    ask(f, bob);
    assert_int_equal(f->quotas_told, 0); /* nothing to tell */
    assert_int_equal(
        alter(f, (struct entity){.user = "bob"}, "producer_byte_rate", 1000), 0);
    assert_int_equal(f->quotas_told, 1);
    assert_int_equal(f->quota.gate, bob);
    assert_int_equal(f->quota.produce_rate, 1000);
    assert_int_equal(f->quota.fetch, 0);
    uint64_t number = f->quota.produce;
    assert_int_not_equal(number, 0);
    /* Another session of his shares it, one of somebody else does not. */
    uint64_t again = fixture_gate(f, "bob");
    ask(f, again);
    assert_int_equal(f->quota.gate, again);
    assert_int_equal(f->quota.produce, number);
    size_t told = f->quotas_told;
    ask(f, fixture_gate(f, "carol"));
    assert_int_equal(f->quotas_told, told);
    /* By client id it is another quota. */
    assert_int_equal(alter(f, (struct entity){.user = "bob", .client = "tester"},
                         "producer_byte_rate", 1000),
        0);
    assert_int_not_equal(f->quota.produce, number);
    /* Without one there is none. */
    assert_int_equal(alter(f, (struct entity){.user = "bob", .client = "tester"},
                         "producer_byte_rate", 0),
        0);
    assert_int_equal(f->quota.produce, number);
    assert_int_equal(
        alter(f, (struct entity){.user = "bob"}, "producer_byte_rate", 0), 0);
    assert_int_equal(f->quota.produce, 0);
    fixture_free(&f);
}

static void the_largest_rates_are_told_as_what_they_are(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct entity bob = {.user = "bob"};
    ask(f, fixture_gate(f, "bob"));
    assert_int_equal(alter(f, bob, "request_percentage", 1e9), 0);
    assert_int_equal(alter(f, bob, "producer_byte_rate", 9223372036854775808.0), 0);
    assert_int_equal(alter(f, bob, "consumer_byte_rate", 9223372036854775808.0), 0);
    assert_true(f->quota.request_rate == 10000000000000);
    assert_true(f->quota.produce_rate == INT64_MAX && f->quota.fetch_rate == INT64_MAX);
    assert_int_equal(
        alter(f, bob, "request_percentage", 1e10), WIRE_CODE_INVALID_REQUEST);
    struct entity ip = {.ip = "::ffff:10.0.0.1"};
    assert_int_equal(alter(f, ip, "connection_creation_rate", 1e9), 0);
    assert_int_equal(f->rates[0].rate, 1000000000);
    assert_string_equal(f->rates[0].address, "10.0.0.1");
    fixture_free(&f);
}

static void a_share_of_time_is_waited_for_and_a_gate_that_does_not_is_ended(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t bob = fixture_gate(f, "bob");
    uint64_t carol = fixture_gate(f, "carol");
    ask(f, bob);
    assert_int_equal(
        alter(f, (struct entity){.user = "bob"}, "request_percentage", 0.0001), 0);
    assert_int_equal(f->quota.request_rate, 1);
    struct broker_session *s = broker_session_find(&f->broker, bob);
    bucket_take(&s->quota.request->bucket, 1e9, clock_mono_ms());
    ask(f, bob);
    assert_int_equal(fixture_throttle_ms(f, bob), 1000);
    ask(f, carol);
    assert_int_equal(fixture_throttle_ms(f, carol), 0);
    fixture_send(f, bob, WIRE_API_LIST_GROUPS, 0, &(struct list_groups_request){0});
    assert_true(fixture_is_killed(f, bob));
    fixture_free(&f);
}

static void opening_partitions_counts_too(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    fixture_topic(f, "orders");
    uint64_t bob = fixture_gate(f, "bob");
    ask(f, bob);
    assert_int_equal(
        alter(f, (struct entity){.user = "bob"}, "request_percentage", 0.0001), 0);
    assert_true(fixture_open(f, bob, "orders") >= 0);
    struct broker_session *s = broker_session_find(&f->broker, bob);
    bucket_take(&s->quota.request->bucket, 1e9, clock_mono_ms());
    assert_int_equal(fixture_open(f, bob, "orders"), 1000);
    assert_int_equal(fixture_open(f, bob, "orders"), 1000); /* of the same request */
    assert_false(fixture_is_killed(f, bob));
    s->quota.opens = 131071;
    (void)fixture_open(f, bob, "orders");
    assert_true(fixture_is_killed(f, bob));
    fixture_free(&f);
}

static int16_t create(struct fixture *f, uint64_t gate, const char *name,
    int32_t partitions, int16_t version)
{
    struct create_topics_request_creatable_topic topic = {.name = fixture_view(name),
        .num_partitions = partitions,
        .replication_factor = -1};
    struct create_topics_request r = {.topics = {.items = &topic, .count = 1}};
    const struct create_topics_response *a =
        fixture_call(f, gate, WIRE_API_CREATE_TOPICS, version, &r);

    return ((const struct create_topics_response_creatable_topic_result *)a->topics.items)
        ->error_code;
}

/* Ends the time that the client has to wait, which no test waits for. */
static void unmute(struct fixture *f, uint64_t gate)
{
    broker_session_find(&f->broker, gate)->quota.muted_until_ms = 0;
}

static void partitions_are_made_at_their_rate(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    uint64_t alice = fixture_gate(f, "alice");
    assert_int_equal(alter_as(f, "alice", (struct entity){.user = "alice"},
                         "controller_mutation_rate", 0.5, false),
        0);
    ask(f, alice);
    /* Five in ten seconds: one request may go beyond it. */
    assert_int_equal(create(f, alice, "a", 4, 7), 0);
    assert_int_equal(fixture_throttle_ms(f, alice), 0);
    assert_int_equal(create(f, alice, "b", 3, 7), 0);
    assert_in_range(fixture_throttle_ms(f, alice), 3000, 4001);
    unmute(f, alice);
    assert_int_equal(create(f, alice, "c", 1, 7), WIRE_CODE_THROTTLING_QUOTA_EXCEEDED);
    assert_true(fixture_throttle_ms(f, alice) > 0);
    assert_null(meta_image_topic(&f->broker.image, fixture_view("c")));
    unmute(f, alice);
    /* An older client is served, and waits. */
    assert_int_equal(create(f, alice, "c", 1, 5), 0);
    assert_true(fixture_throttle_ms(f, alice) > 4000);
    unmute(f, alice);
    struct create_partitions_topic more = {
        .name = fixture_view("a"), .count = 5, .assignments = {.count = -1}};
    struct create_partitions_request grow = {.topics = {.items = &more, .count = 1}};
    const struct create_partitions_response *grown =
        fixture_call(f, alice, WIRE_API_CREATE_PARTITIONS, 3, &grow);
    assert_int_equal(
        ((const struct create_partitions_topic_result *)grown->results.items)->error_code,
        WIRE_CODE_THROTTLING_QUOTA_EXCEEDED);
    unmute(f, alice);
    struct delete_topics_request_delete_topic_state state_of = {
        .name = fixture_view("a")};
    struct delete_topics_request remove = {.topics = {.items = &state_of, .count = 1}};
    const struct delete_topics_response *removed =
        fixture_call(f, alice, WIRE_API_DELETE_TOPICS, 6, &remove);
    assert_int_equal(((const struct delete_topics_response_deletable_topic_result *)
                             removed->responses.items)
                         ->error_code,
        WIRE_CODE_THROTTLING_QUOTA_EXCEEDED);
    assert_non_null(meta_image_topic(&f->broker.image, fixture_view("a")));
    /* What was refused can be made later: nothing of it stays reserved. */
    assert_int_equal(alter_as(f, "alice", (struct entity){.user = "alice"},
                         "controller_mutation_rate", 0, false),
        0);
    unmute(f, alice);
    removed = fixture_call(f, alice, WIRE_API_DELETE_TOPICS, 6, &remove);
    assert_int_equal(((const struct delete_topics_response_deletable_topic_result *)
                             removed->responses.items)
                         ->error_code,
        0);
    fixture_free(&f);
}

static void who_changes_too_much_for_the_audit_waits_and_no_other(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    f->broker.config.changes_rate = 1; /* ten in ten seconds */
    uint64_t alice = fixture_gate(f, "alice");
    uint64_t again = fixture_gate(f, "alice");
    uint64_t bob = fixture_gate(f, "bob");
    for (int i = 0; i < 10; i++) {
        char name[8];
        (void)snprintf(name, sizeof(name), "t%d", i);
        assert_int_equal(create(f, i % 2 == 0 ? alice : again, name, 1, 7), 0);
        assert_int_equal(fixture_throttle_ms(f, i % 2 == 0 ? alice : again), 0);
    }
    struct broker_session *s = broker_session_find(&f->broker, alice);
    bucket_take(&s->quota.changes->bucket, 30, clock_mono_ms());
    assert_int_equal(create(f, again, "next", 1, 7), 0);
    assert_int_equal(fixture_throttle_ms(f, again), 3000); /* its heartbeats go on */
    /* Who only asks, or is another, does not wait. */
    ask(f, alice);
    assert_int_equal(fixture_throttle_ms(f, alice), 0);
    assert_int_equal(create(f, alice, "more", 1, 7), 0);
    assert_int_equal(fixture_throttle_ms(f, alice), 3000);
    ask(f, bob);
    assert_int_equal(fixture_throttle_ms(f, bob), 0);
    fixture_send(f, again, WIRE_API_LIST_GROUPS, 0, &(struct list_groups_request){0});
    assert_true(fixture_is_killed(f, again));
    fixture_free(&f);
}

static void who_leaves_before_the_record_is_counted_all_the_same(void **state)
{
    struct create_topics_request_creatable_topic topic = {
        .name = fixture_view("late"), .num_partitions = 1, .replication_factor = -1};
    struct create_topics_request r = {.topics = {.items = &topic, .count = 1}};

    (void)state;
    struct fixture *f = fixture_new(RULES);
    f->broker.config.changes_rate = 10;
    uint64_t alice = fixture_gate(f, "alice");
    uint64_t again = fixture_gate(f, "alice");
    assert_int_equal(create(f, again, "first", 1, 7), 0);
    struct bucket *shared =
        &broker_session_find(&f->broker, again)->quota.changes->bucket;
    shared->filled_ms = clock_mono_ms() + 1000000; /* time gives nothing back */
    double before = shared->level;
    f->hold_appends = true;
    fixture_send(f, alice, WIRE_API_CREATE_TOPICS, 7, &r);
    assert_false(fixture_answered(f, alice));
    broker_session_remove(&f->broker, alice);
    assert_true(shared->level == before);
    fixture_release(f, 0);
    assert_non_null(meta_image_topic(&f->broker.image, fixture_view("late")));
    assert_true(shared->level < before);
    fixture_free(&f);
}

static void who_comes_again_has_the_debt_of_before(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    f->broker.config.changes_rate = 1;
    uint64_t alice = fixture_gate(f, "alice");
    ask(f, alice);
    assert_int_equal(fixture_throttle_ms(f, alice), 0);
    struct broker_session *s = broker_session_find(&f->broker, alice);
    bucket_take(&s->quota.changes->bucket, 40, clock_mono_ms());
    fixture_drop_gate(f, alice);
    alice = fixture_gate(f, "alice");
    ask(f, alice);
    assert_int_equal(fixture_throttle_ms(f, alice), 3000);
    uint64_t bob = fixture_gate(f, "bob");
    ask(f, bob);
    assert_int_equal(fixture_throttle_ms(f, bob), 0);
    fixture_free(&f);
}

static void without_a_limit_for_changes_nobody_waits(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    f->broker.config.changes_rate = 0;
    uint64_t alice = fixture_gate(f, "alice");
    for (int i = 0; i < 30; i++) {
        char name[8];
        (void)snprintf(name, sizeof(name), "t%d", i);
        assert_int_equal(create(f, alice, name, 1, 7), 0);
        assert_int_equal(fixture_throttle_ms(f, alice), 0);
    }
    fixture_free(&f);
}

static void altering_survives_every_failed_allocation(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(RULES);
    struct alter_client_quotas_request_entity_data parts[3];
    /* Names that are longer than what an arena has at first. */
    static char user[META_QUOTA_NAME_MAX + 1];
    static char client[META_QUOTA_NAME_MAX + 1];
    memset(user, 'u', META_QUOTA_NAME_MAX);
    memset(client, 'c', META_QUOTA_NAME_MAX);
    struct entity entity = {.user = user, .client = client};
    struct alter_client_quotas_request_op_data op = {
        .key = fixture_view("producer_byte_rate"), .value = 5};
    struct alter_client_quotas_request_entry_data entry = {
        .entity = {.items = parts, .count = (int32_t)fill_parts(&entity, parts)},
        .ops = {.items = &op, .count = 1}};
    struct alter_client_quotas_request r = {.entries = {.items = &entry, .count = 1}};
    for (long n = 0; n < 60; n++) {
        uint64_t gate = fixture_gate(f, "alice");
        fixture_send_starved(f, gate, WIRE_API_ALTER_CLIENT_QUOTAS, 1, &r, n);
        fixture_drop_gate(f, gate);
        op.value += 1;
    }
    /* Of whatever was altered, nothing became another entity's. */
    assert_int_equal(alter(f, entity, "producer_byte_rate", 5), 0);
    assert_int_equal(f->broker.image.quotas.by_entity.count, 1);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_altered_is_described_after_a_restart_too),
        cmocka_unit_test(a_filter_names_entities_by_their_parts),
        cmocka_unit_test(a_filter_that_says_nonsense_is_refused),
        cmocka_unit_test(quotas_are_for_those_who_may_configure_the_cluster),
        cmocka_unit_test(what_is_only_validated_or_wrong_changes_nothing),
        cmocka_unit_test(addresses_are_told_to_the_porter_as_it_writes_them),
        cmocka_unit_test(store_is_told_whose_bytes_count_together),
        cmocka_unit_test(the_largest_rates_are_told_as_what_they_are),
        cmocka_unit_test(a_share_of_time_is_waited_for_and_a_gate_that_does_not_is_ended),
        cmocka_unit_test(opening_partitions_counts_too),
        cmocka_unit_test(partitions_are_made_at_their_rate),
        cmocka_unit_test(who_changes_too_much_for_the_audit_waits_and_no_other),
        cmocka_unit_test(who_leaves_before_the_record_is_counted_all_the_same),
        cmocka_unit_test(who_comes_again_has_the_debt_of_before),
        cmocka_unit_test(without_a_limit_for_changes_nobody_waits),
        cmocka_unit_test(altering_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
