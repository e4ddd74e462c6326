/*
 * Every request against every right: with that one right and no other it is refused,
 * unless it is the one that the request needs; with all but that one it is done, unless
 * it is.
 *
 * Requests are filled from their tables (wire_schema.h), and refusals are looked for
 * wherever an answer has an error code: what a request is about is the row, not the test.
 */
#include "broker_fixture.h"
#include "test.h"
#include "wire_api.h"
#include "wire_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct right {
    enum policy_resource resource;
    enum policy_operation operation;
};

struct row {
    int16_t key;
    const char *fields; /* " Name=value ..."; `Name=-`: none; else one element, or 0;
                           `version=N` where it is not the last one */
    struct right needs;
    struct right or_else; /* does as well; operation 0: nothing does */
    const char *besides;  /* rules that the request also needs */
    int16_t refused;
};

#define TOPIC(operation)                                                                 \
    {                                                                                    \
        POLICY_TOPIC, operation                                                          \
    }
#define GROUP(operation)                                                                 \
    {                                                                                    \
        POLICY_GROUP, operation                                                          \
    }
#define CLUSTER(operation)                                                               \
    {                                                                                    \
        POLICY_CLUSTER, operation                                                        \
    }
#define TXN(operation)                                                                   \
    {                                                                                    \
        POLICY_TXN, operation                                                            \
    }
#define NOTHING                                                                          \
    {                                                                                    \
        POLICY_TOPIC, (enum policy_operation)0                                           \
    }
#define NO_TOPIC   WIRE_CODE_TOPIC_AUTHORIZATION_FAILED
#define NO_GROUP   WIRE_CODE_GROUP_AUTHORIZATION_FAILED
#define NO_CLUSTER WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED
#define NO_TXN     WIRE_CODE_TRANSACTIONAL_ID_AUTHORIZATION_FAILED
#define OPEN_READ  (-1)
#define OPEN_WRITE (-2)

/* clang-format off */
static const struct row rows[] = {
    {OPEN_READ,  "", TOPIC(POLICY_READ), NOTHING, "", NO_TOPIC},
    {OPEN_WRITE, "", TOPIC(POLICY_WRITE), NOTHING, "", NO_TOPIC},
    {WIRE_API_METADATA, " Name=t", TOPIC(POLICY_DESCRIBE), NOTHING, "", NO_TOPIC},
    {WIRE_API_DESCRIBE_TOPIC_PARTITIONS, " Name=t", TOPIC(POLICY_DESCRIBE), NOTHING, "", NO_TOPIC},
    {WIRE_API_LIST_OFFSETS, " Name=t", TOPIC(POLICY_DESCRIBE), NOTHING, "", NO_TOPIC},
    {WIRE_API_OFFSET_FOR_LEADER_EPOCH, " Topic=t", CLUSTER(POLICY_CLUSTER_ACTION), TOPIC(POLICY_DESCRIBE), "", NO_TOPIC},
    {WIRE_API_DESCRIBE_PRODUCERS, " Name=t", TOPIC(POLICY_READ), NOTHING, "", NO_TOPIC},
    {WIRE_API_CREATE_TOPICS, " Name=new NumPartitions=1 ReplicationFactor=1 Assignments=- Configs=- validateOnly=1", CLUSTER(POLICY_CREATE), TOPIC(POLICY_CREATE), "", NO_TOPIC},
    {WIRE_API_DELETE_TOPICS, " Name=d TopicNames=-", CLUSTER(POLICY_DELETE), TOPIC(POLICY_DELETE), "", NO_TOPIC},
    {WIRE_API_DELETE_RECORDS, " Name=t", TOPIC(POLICY_DELETE), NOTHING, "", NO_TOPIC},
    {WIRE_API_CREATE_PARTITIONS, " Name=t Count=3 Assignments=- ValidateOnly=1", TOPIC(POLICY_ALTER), NOTHING, "", NO_TOPIC},
    {WIRE_API_DESCRIBE_CONFIGS, " ResourceType=2 ResourceName=t ConfigurationKeys=-", TOPIC(POLICY_DESCRIBE_CONFIGS), NOTHING, "", NO_TOPIC},
    {WIRE_API_DESCRIBE_CONFIGS, " ResourceType=4 ResourceName=1 ConfigurationKeys=-", CLUSTER(POLICY_DESCRIBE_CONFIGS), NOTHING, "", NO_CLUSTER},
    {WIRE_API_DESCRIBE_CONFIGS, " ResourceType=32 ResourceName=g ConfigurationKeys=-", GROUP(POLICY_DESCRIBE_CONFIGS), NOTHING, "", NO_GROUP},
    {WIRE_API_ALTER_CONFIGS, " ResourceType=2 ResourceName=t Name=retention.ms Value=1000", TOPIC(POLICY_ALTER_CONFIGS), NOTHING, "", NO_TOPIC},
    {WIRE_API_ALTER_CONFIGS, " ResourceType=4 ResourceName=1 Name=x Value=1", CLUSTER(POLICY_ALTER_CONFIGS), NOTHING, "", NO_CLUSTER},
    {WIRE_API_ALTER_CONFIGS, " ResourceType=32 ResourceName=g Name=x Value=1", GROUP(POLICY_ALTER_CONFIGS), NOTHING, "", NO_GROUP},
    {WIRE_API_INCREMENTAL_ALTER_CONFIGS, " ResourceType=2 ResourceName=t Name=retention.ms Value=1000", TOPIC(POLICY_ALTER_CONFIGS), NOTHING, "", NO_TOPIC},
    {WIRE_API_INCREMENTAL_ALTER_CONFIGS, " ResourceType=4 ResourceName=1 Name=x Value=1", CLUSTER(POLICY_ALTER_CONFIGS), NOTHING, "", NO_CLUSTER},
    {WIRE_API_INCREMENTAL_ALTER_CONFIGS, " ResourceType=32 ResourceName=g Name=x Value=1", GROUP(POLICY_ALTER_CONFIGS), NOTHING, "", NO_GROUP},
    {WIRE_API_LIST_CONFIG_RESOURCES, "", CLUSTER(POLICY_DESCRIBE_CONFIGS), NOTHING, "", NO_CLUSTER},
    {WIRE_API_ELECT_LEADERS, " Topic=t", CLUSTER(POLICY_ALTER), NOTHING, "", NO_CLUSTER},
    {WIRE_API_ALTER_PARTITION_REASSIGNMENTS, " Name=t", CLUSTER(POLICY_ALTER), NOTHING, "", NO_CLUSTER},
    {WIRE_API_LIST_PARTITION_REASSIGNMENTS, " Topics=-", CLUSTER(POLICY_DESCRIBE), NOTHING, "", NO_CLUSTER},
    {WIRE_API_DESCRIBE_LOG_DIRS, " Topics=-", CLUSTER(POLICY_DESCRIBE), NOTHING, "", NO_CLUSTER},
    {WIRE_API_ALTER_REPLICA_LOG_DIRS, " Path=/x Name=t", CLUSTER(POLICY_ALTER), NOTHING, "", NO_CLUSTER},
    {WIRE_API_INIT_PRODUCER_ID, " TransactionalId=-", CLUSTER(POLICY_IDEMPOTENT_WRITE), TOPIC(POLICY_WRITE), "", NO_CLUSTER},
    {WIRE_API_INIT_PRODUCER_ID, " TransactionalId=x", TXN(POLICY_WRITE), NOTHING, "", NO_TXN},
    {WIRE_API_FIND_COORDINATOR, " KeyType=0 CoordinatorKeys=g", GROUP(POLICY_DESCRIBE), NOTHING, "", NO_GROUP},
    {WIRE_API_FIND_COORDINATOR, " KeyType=1 CoordinatorKeys=x", TXN(POLICY_DESCRIBE), NOTHING, "", NO_TXN},
    {WIRE_API_JOIN_GROUP, " GroupId=g SessionTimeoutMs=10000 RebalanceTimeoutMs=10000 ProtocolType=consumer Name=range", GROUP(POLICY_READ), NOTHING, "", NO_GROUP},
    {WIRE_API_SYNC_GROUP, " GroupId=g ProtocolType=consumer ProtocolName=range", GROUP(POLICY_READ), NOTHING, "", NO_GROUP},
    {WIRE_API_HEARTBEAT, " GroupId=g", GROUP(POLICY_READ), NOTHING, "", NO_GROUP},
    {WIRE_API_LEAVE_GROUP, " GroupId=g MemberId=m", GROUP(POLICY_READ), NOTHING, "", NO_GROUP},
    {WIRE_API_DESCRIBE_GROUPS, " Groups=g", GROUP(POLICY_DESCRIBE), NOTHING, "", NO_GROUP},
    {WIRE_API_DELETE_GROUPS, " GroupsNames=g", GROUP(POLICY_DELETE), NOTHING, "", NO_GROUP},
    {WIRE_API_OFFSET_DELETE, " GroupId=g Name=t", GROUP(POLICY_DELETE), NOTHING, "allow u to read topic *\n", NO_GROUP},
    {WIRE_API_OFFSET_COMMIT, " version=9 GroupId=g GenerationIdOrMemberEpoch=-1 Name=t", GROUP(POLICY_READ), NOTHING, "allow u to read topic *\n", NO_GROUP},
    {WIRE_API_OFFSET_COMMIT, " version=9 GroupId=g GenerationIdOrMemberEpoch=-1 Name=t", TOPIC(POLICY_READ), NOTHING, "allow u to read group *\n", NO_TOPIC},
    {WIRE_API_OFFSET_FETCH, " version=9 GroupId=g GenerationIdOrMemberEpoch=-1 Name=t", GROUP(POLICY_DESCRIBE), NOTHING, "allow u to describe topic *\n", NO_GROUP},
    {WIRE_API_OFFSET_FETCH, " version=9 GroupId=g GenerationIdOrMemberEpoch=-1 Name=t", TOPIC(POLICY_DESCRIBE), NOTHING, "allow u to describe group *\n", NO_TOPIC},
    {WIRE_API_DESCRIBE_CLIENT_QUOTAS, " Components=-", CLUSTER(POLICY_DESCRIBE_CONFIGS), NOTHING, "", NO_CLUSTER},
    {WIRE_API_ALTER_CLIENT_QUOTAS, " EntityType=user EntityName=u Key=producer_byte_rate", CLUSTER(POLICY_ALTER_CONFIGS), NOTHING, "", NO_CLUSTER},
    {WIRE_API_DESCRIBE_QUORUM, " TopicName=__cluster_metadata", CLUSTER(POLICY_DESCRIBE), NOTHING, "", NO_CLUSTER},
    {WIRE_API_UPDATE_FEATURES, " Feature=x", CLUSTER(POLICY_ALTER), NOTHING, "", NO_CLUSTER},
    {WIRE_API_DESCRIBE_ACLS, " ResourceTypeFilter=1 PatternTypeFilter=1 Operation=1 PermissionType=1", CLUSTER(POLICY_DESCRIBE), NOTHING, "", NO_CLUSTER},
    {WIRE_API_CREATE_ACLS, " ResourceType=2 ResourceName=t ResourcePatternType=3 Principal=User:x Host=* Operation=3 PermissionType=3", CLUSTER(POLICY_ALTER), NOTHING, "", NO_CLUSTER},
    {WIRE_API_DELETE_ACLS, " ResourceTypeFilter=1 PatternTypeFilter=1 Operation=1 PermissionType=1", CLUSTER(POLICY_ALTER), NOTHING, "", NO_CLUSTER},
    {WIRE_API_DESCRIBE_USER_SCRAM_CREDENTIALS, " Users=-", CLUSTER(POLICY_DESCRIBE), NOTHING, "", NO_CLUSTER},
    {WIRE_API_ALTER_USER_SCRAM_CREDENTIALS, " Name=zoe Mechanism=1 Upsertions=-", CLUSTER(POLICY_ALTER), NOTHING, "", NO_CLUSTER},
};
/* clang-format on */

/* --- requests ----------------------------------------------------------------------- */

static _Alignas(16) uint8_t pool[65536];
static size_t pool_used;

static void *take(size_t size)
{
    uint8_t *p = &pool[pool_used];

    pool_used += (size + 15) & ~(size_t)15;
    assert_true(pool_used <= sizeof(pool));
    memset(p, 0, size);
    return p;
}

/* The value that a row gives to a field, or a null view. */
static struct wire_view value_of(const char *fields, const char *name)
{
    char key[80];

    (void)snprintf(key, sizeof(key), " %s=", name);
    const char *at = strstr(fields, key);
    if (at == NULL) {
        return (struct wire_view){NULL, 0};
    }
    at += strlen(key);
    return (struct wire_view){(const uint8_t *)at, strcspn(at, " ")};
}

static void set_number(enum wire_type type, void *out, long value)
{
    switch (type) {
    case WIRE_TYPE_BOOL:
        *(bool *)out = value != 0;
        break;
    case WIRE_TYPE_INT8:
        *(int8_t *)out = (int8_t)value;
        break;
    case WIRE_TYPE_INT16:
        *(int16_t *)out = (int16_t)value;
        break;
    case WIRE_TYPE_INT32:
        *(int32_t *)out = (int32_t)value;
        break;
    case WIRE_TYPE_INT64:
        *(int64_t *)out = value;
        break;
    default: /* nothing that a row sets */
        break;
    }
}

static void fill(
    const struct wire_schema *schema, void *message, int16_t version, const char *fields);

static void fill_value(const struct wire_field *field, enum wire_type type, void *out,
    int16_t version, const char *fields)
{
    const struct wire_view value = value_of(fields, field->name);

    if (type == WIRE_TYPE_STRUCT) {
        fill(field->nested, out, version, fields);
    } else if (type == WIRE_TYPE_STRING && value.ptr != NULL) {
        *(struct wire_view *)out =
            *value.ptr == '-' ? (struct wire_view){NULL, 0} : value;
    } else if (value.ptr != NULL) {
        set_number(type, out, strtol((const char *)value.ptr, NULL, 10));
    }
}

static void fill_array(const struct wire_field *field, struct wire_array *out,
    int16_t version, const char *fields)
{
    const struct wire_view value = value_of(fields, field->name);

    if (value.ptr != NULL && *value.ptr == '-') {
        *out = (struct wire_array){
            NULL, wire_versions_include(field->nullable, version) ? -1 : 0};
        return;
    }
    *out = (struct wire_array){take(wire_element_size(field)), 1};
    fill_value(field, field->element, out->items, version, fields);
}

static void fill(
    const struct wire_schema *schema, void *message, int16_t version, const char *fields)
{
    wire_set_defaults(schema, message);
    for (size_t i = 0; i < schema->count; i++) {
        const struct wire_field *field = &schema->fields[i];
        void *at = (uint8_t *)message + field->offset;
        if (!wire_versions_include(field->versions, version)) {
            continue;
        }
        if (field->type == WIRE_TYPE_ARRAY) {
            fill_array(field, at, version, fields);
        } else {
            fill_value(field, field->type, at, version, fields);
        }
    }
}

/* --- answers ------------------------------------------------------------------------ */

static bool has_code(const struct wire_schema *schema, const void *message, int16_t code);

static bool array_has_code(
    const struct wire_field *field, const struct wire_array *array, int16_t code)
{
    const size_t size = wire_element_size(field);

    for (int32_t i = 0; field->element == WIRE_TYPE_STRUCT && i < array->count; i++) {
        if (has_code(
                field->nested, (const uint8_t *)array->items + (size_t)i * size, code)) {
            return true;
        }
    }
    return false;
}

static bool has_code(const struct wire_schema *schema, const void *message, int16_t code)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct wire_field *field = &schema->fields[i];
        const void *at = (const uint8_t *)message + field->offset;
        if (field->type == WIRE_TYPE_ARRAY ? array_has_code(field, at, code)
            : field->type == WIRE_TYPE_STRUCT
                ? has_code(field->nested, at, code)
                : strcmp(field->name, "ErrorCode") == 0 && *(const int16_t *)at == code) {
            return true;
        }
    }
    return false;
}

/* --- the matrix --------------------------------------------------------------------- */

static bool is_refused(struct fixture *f, const struct row *row)
{
    const uint64_t gate = fixture_gate(f, "u");
    bool refused = false;

    if (row->key < 0) {
        refused = fixture_open_code(f, gate, "t",
                      row->key == OPEN_READ ? IPC_OPERATION_READ : IPC_OPERATION_WRITE) ==
                  row->refused;
    } else {
        const struct wire_api *api = wire_api_find(row->key);
        const struct wire_view asked = value_of(row->fields, "version");
        const int16_t version = asked.ptr == NULL
                                    ? api->max
                                    : (int16_t)strtol((const char *)asked.ptr, NULL, 10);
        pool_used = 0;
        void *request = take(api->request->struct_size);
        fill(api->request, request, version, row->fields);
        refused = has_code(api->response,
            fixture_call(f, gate, row->key, version, request), row->refused);
    }
    fixture_drop_gate(f, gate);
    fixture_pump(f);
    return refused;
}

static bool is_same(struct right a, struct right b)
{
    return a.resource == b.resource && a.operation == b.operation;
}

/* Whether the first right, allowed, contains the second one. */
static bool gives(struct right a, struct right b)
{
    const uint32_t describing = POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE) |
                                POLICY_BIT(POLICY_DELETE) | POLICY_BIT(POLICY_ALTER);

    return is_same(a, b) ||
           (a.resource == b.resource && b.operation == POLICY_DESCRIBE &&
               (describing & POLICY_BIT(a.operation)) != 0) ||
           (a.resource == b.resource && b.operation == POLICY_DESCRIBE_CONFIGS &&
               a.operation == POLICY_ALTER_CONFIGS);
}

static const char *const operation_words[] = {[POLICY_READ] = "read",
    [POLICY_WRITE] = "write",
    [POLICY_CREATE] = "create",
    [POLICY_DELETE] = "delete",
    [POLICY_ALTER] = "alter",
    [POLICY_DESCRIBE] = "describe",
    [POLICY_CLUSTER_ACTION] = "cluster-action",
    [POLICY_DESCRIBE_CONFIGS] = "describe-configs",
    [POLICY_ALTER_CONFIGS] = "alter-configs",
    [POLICY_IDEMPOTENT_WRITE] = "idempotent-write"};

static const char *const resource_words[] = {[POLICY_TOPIC] = "topic *",
    [POLICY_GROUP] = "group *",
    [POLICY_CLUSTER] = "cluster",
    [POLICY_TXN] = "txn *"};

/* Whether or not the last one who tried could delete it. */
static void make_topic_to_delete(struct fixture *f)
{
    if (meta_image_topic(&f->broker.image, fixture_view("d")) == NULL) {
        fixture_topic(f, "d");
    }
}

/* Calls for every right that has a meaning and a word. */
static size_t for_every_right(void (*call)(struct fixture *f, struct right right))
{
    static const struct row find = {
        .key = WIRE_API_FIND_COORDINATOR, .fields = " KeyType=0 CoordinatorKeys=g"};
    struct fixture *f = fixture_new("allow u to all group *\n");
    size_t count = 0;

    fixture_topic(f, "t");
    (void)is_refused(f, &find); /* which makes the topic that groups are kept in */
    fixture_pump(f);
    for (enum policy_resource r = POLICY_TOPIC; r <= POLICY_TXN; r++) {
        for (enum policy_operation o = POLICY_READ; o <= POLICY_IDEMPOTENT_WRITE; o++) {
            const bool is_delete_cluster = r == POLICY_CLUSTER && o == POLICY_DELETE;
            if ((policy_meaningful(r) & POLICY_BIT(o)) != 0 && !is_delete_cluster) {
                make_topic_to_delete(f);
                call(f, (struct right){r, o});
                count++;
            }
        }
    }
    fixture_free(&f);
    return count;
}

static void check(const struct row *row, struct right right, bool refused, bool expected)
{
    if (refused != expected) {
        fail_msg("request %d%s: %s with %s %s", row->key, row->fields,
            refused ? "refused" : "done", operation_words[right.operation],
            resource_words[right.resource]);
    }
}

static void try_with_one(struct fixture *f, struct right right)
{
    char rules[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        (void)snprintf(rules, sizeof(rules), "%sallow u to %s %s\n", row->besides,
            operation_words[right.operation], resource_words[right.resource]);
        fixture_set_policy(f, rules);
        check(row, right, is_refused(f, row),
            !gives(right, row->needs) && !gives(right, row->or_else));
    }
}

static void one_right_allows_what_needs_it_and_nothing_else(void **state)
{
    (void)state;
    assert_true(for_every_right(try_with_one) >= 20);
}

static void try_without_one(struct fixture *f, struct right right)
{
    char rules[256];

    (void)snprintf(rules, sizeof(rules),
        "allow u to all topic * group * cluster txn *\ndeny u to %s %s\n",
        operation_words[right.operation], resource_words[right.resource]);
    fixture_set_policy(f, rules);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        const bool has_other = row->or_else.operation != 0;
        check(row, right, is_refused(f, row), is_same(right, row->needs) && !has_other);
    }
}

static void a_deny_takes_that_right_and_nothing_that_it_implies(void **state)
{
    (void)state;
    assert_true(for_every_right(try_without_one) >= 20);
}

static bool is_tried(int16_t key)
{
    /* Produce and Fetch are the two that open; the others are refused to nobody. */
    static const int16_t others[] = {WIRE_API_PRODUCE, WIRE_API_FETCH,
        WIRE_API_API_VERSIONS, WIRE_API_SASL_HANDSHAKE, WIRE_API_SASL_AUTHENTICATE,
        WIRE_API_DESCRIBE_CLUSTER, WIRE_API_LIST_GROUPS};
    bool found = false;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        found = found || rows[i].key == key;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        found = found || others[i] == key;
    }
    return found;
}

static void no_request_is_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < wire_api_count(); i++) {
        const struct wire_api *api = wire_api_at(i);
        if (!is_tried(api->key)) {
            fail_msg("%s has no row", api->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_request_is_left_out),
        cmocka_unit_test(one_right_allows_what_needs_it_and_nothing_else),
        cmocka_unit_test(a_deny_takes_that_right_and_nothing_that_it_implies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
