/* Requests that a session may not make, or not yet, or not for what is another's. */
#include "selftest_ipc.h"

#include "wire_create_topics.h"
#include "wire_delete_topics.h"
#include "wire_join_group.h"
#include "wire_list_offsets.h"
#include "wire_metadata.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <string.h>

#define ARENA_MAX            ((size_t)1024 * 1024)
#define HANDSHAKE_VERSION    1
#define AUTHENTICATE_VERSION 2
#define FLOOD                600000 /* answers of 24 MiB and more */
#define FLOOD_ROUNDS         20
#define FLOOD_WAITS          6

static struct wire_view view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

/* --- before authentication -------------------------------------------------------- */

static void try_open(
    struct selftest_attack *a, uint8_t operation, const char *topic, int32_t partition)
{
    struct ipc_open ask = {
        .operation = operation, .topic = ipc_text(topic), .partition = partition};
    union ipc_any answer;

    selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_OPEN, &ask);
    if (!selftest_heard(a, PUPPET_BROKER, IPC_MSG_OPENED, &answer)) {
        return;
    }
    if (answer.opened.error != 0) {
        selftest_got(a, "error %d", answer.opened.error);
        return;
    }
    selftest_got(a, "opened");
    if (operation == IPC_OPERATION_READ) {
        selftest_attack_fetch(a, answer.opened.handle);
    }
}

void selftest_attack_let_in(struct selftest_attack *a)
{
    int16_t error = 0;
    uint64_t handle = selftest_intruder_grant(
        &a->intruder, SELFTEST_BOB_TOPIC, IPC_OPERATION_READ, &error);

    if (handle != 0) {
        selftest_attack_fetch(a, handle);
    }
    selftest_got(a, "let in");
}

void selftest_attack_open_early(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_READ, SELFTEST_BOB_TOPIC, 0);
}

static void prove(struct selftest_attack *a, size_t length)
{
    static const uint8_t handshake[64] = {1};
    struct ipc_proof proof = {.transcript = {.ptr = handshake, .len = length}};

    selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_PROOF, &proof);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_proof_unasked(struct selftest_attack *a)
{
    prove(a, 64);
}

void selftest_attack_proof_of_none(struct selftest_attack *a)
{
    prove(a, 0);
}

void selftest_attack_proof_late(struct selftest_attack *a)
{
    prove(a, 64);
}

static void ask_raw(struct selftest_attack *a, int16_t key, int16_t version,
    const void *body, size_t length)
{
    struct ipc_request ask = {
        .api_key = key, .api_version = version, .body = {.ptr = body, .len = length}};

    selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_REQUEST, &ask);
    selftest_outcome(a, PUPPET_BROKER);
}

void selftest_attack_api_unknown(struct selftest_attack *a)
{
    ask_raw(a, 9999, 0, NULL, 0);
}

/* The fixed form of SaslHandshake is one string. */
static const uint8_t handshake_plain[] = {0, 0, 0, 5, 'P', 'L', 'A', 'I', 'N', 0};
#define HANDSHAKE_BYTES (sizeof(handshake_plain) - 1)

void selftest_attack_version_unknown(struct selftest_attack *a)
{
    ask_raw(a, WIRE_API_SASL_HANDSHAKE, 99, handshake_plain, HANDSHAKE_BYTES);
}

void selftest_attack_body_short(struct selftest_attack *a)
{
    ask_raw(a, WIRE_API_SASL_HANDSHAKE, HANDSHAKE_VERSION, handshake_plain,
        HANDSHAKE_BYTES - 1);
}

void selftest_attack_body_long(struct selftest_attack *a)
{
    ask_raw(a, WIRE_API_SASL_HANDSHAKE, HANDSHAKE_VERSION, handshake_plain,
        HANDSHAKE_BYTES + 1);
}

/* --- SASL ------------------------------------------------------------------------- */

static void handshake(struct selftest_attack *a)
{
    struct sasl_handshake_request request = {.mechanism = view("PLAIN")};

    selftest_intruder_ask(
        &a->intruder, WIRE_API_SASL_HANDSHAKE, HANDSHAKE_VERSION, &request);
}

static void step(
    struct selftest_attack *a, const char *as, const char *user, const char *password)
{
    char token[256];
    int n = snprintf(token, sizeof(token), "%s%c%s%c%s", as, 0, user, 0, password);
    struct sasl_authenticate_request request = {
        .auth_bytes = {.ptr = (const uint8_t *)token, .len = (size_t)n}};

    selftest_intruder_ask(
        &a->intruder, WIRE_API_SASL_AUTHENTICATE, AUTHENTICATE_VERSION, &request);
}

static void see_step(struct selftest_attack *a)
{
    struct arena arena;
    void *answer = NULL;

    arena_init(&arena, ARENA_MAX);
    if (selftest_answer(a, WIRE_API_SASL_AUTHENTICATE, &arena, &answer)) {
        const struct sasl_authenticate_response *r = answer;
        selftest_got(a, "error %d", r->error_code);
    }
    arena_fini(&arena);
}

static bool skip_handshake(struct selftest_attack *a)
{
    union ipc_any answer;

    handshake(a);
    return selftest_heard(a, PUPPET_BROKER, IPC_MSG_RESPONSE, &answer);
}

void selftest_attack_sasl_early(struct selftest_attack *a)
{
    step(a, "", SELFTEST_BOB, a->instance->password);
    see_step(a);
}

void selftest_attack_sasl_wrong(struct selftest_attack *a)
{
    if (skip_handshake(a)) {
        step(a, "", SELFTEST_BOB, "not bob's password");
        see_step(a);
    }
}

void selftest_attack_sasl_as_bob(struct selftest_attack *a)
{
    if (skip_handshake(a)) {
        step(a, SELFTEST_BOB, SELFTEST_ALICE, a->instance->password);
        see_step(a);
    }
}

void selftest_attack_sasl_late(struct selftest_attack *a)
{
    step(a, "", SELFTEST_BOB, a->instance->password);
    see_step(a);
}

void selftest_attack_sasl_again(struct selftest_attack *a)
{
    struct arena arena;
    void *answer = NULL;

    arena_init(&arena, ARENA_MAX);
    handshake(a);
    if (selftest_answer(a, WIRE_API_SASL_HANDSHAKE, &arena, &answer)) {
        const struct sasl_handshake_response *r = answer;
        selftest_got(a, "error %d", r->error_code);
    }
    arena_fini(&arena);
}

/* The first takes its time in `auth`. */
void selftest_attack_request_twice(struct selftest_attack *a)
{
    if (skip_handshake(a)) {
        for (int i = 0; i < 3; i++) {
            step(a, "", SELFTEST_BOB, "not bob's password");
        }
        selftest_outcome(a, PUPPET_BROKER);
    }
}

/* --- what is bob's ---------------------------------------------------------------- */

void selftest_attack_open_read(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_READ, SELFTEST_BOB_TOPIC, 0);
}

void selftest_attack_open_write(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_WRITE, SELFTEST_BOB_TOPIC, 0);
}

void selftest_attack_open_metadata_log(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_READ, "__cluster_metadata", 0);
}

void selftest_attack_open_offsets(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_READ, "__consumer_offsets", 0);
}

void selftest_attack_open_operation(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_READ | IPC_OPERATION_WRITE, SELFTEST_ALICE_TOPIC, 0);
}

void selftest_attack_open_partition(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_READ, SELFTEST_ALICE_TOPIC, INT32_MAX);
}

void selftest_attack_internal_write(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_WRITE, "__cluster_metadata", 0);
}

void selftest_attack_internal_offsets(struct selftest_attack *a)
{
    try_open(a, IPC_OPERATION_WRITE, "__consumer_offsets", 0);
}

void selftest_attack_open_flood(struct selftest_attack *a)
{
    struct ipc_open ask = {
        .operation = IPC_OPERATION_READ, .topic = ipc_text(SELFTEST_ALICE_TOPIC)};
    struct ipc_header header = {.number = ipc_info(IPC_MSG_OPEN)->number};
    struct buf bytes;

    buf_init(&bytes, PUPPET_LENGTH_MAX);
    buf_add(&bytes, "0123456789abcdef", IPC_HEADER_BYTES);
    ipc_encode(IPC_MSG_OPEN, &ask, &bytes);
    header.length = (uint32_t)(bytes.length - IPC_HEADER_BYTES);
    ipc_header_encode(&header, bytes.bytes);
    selftest_intruder_say(&a->intruder, PUPPET_BROKER, PUPPET_DEAF, NULL, 0, 0);
    for (int i = 0; i < FLOOD_ROUNDS; i++) {
        selftest_intruder_say(&a->intruder, PUPPET_BROKER, PUPPET_SEND, bytes.bytes,
            bytes.length, FLOOD / FLOOD_ROUNDS);
    }
    selftest_got(a, "no answer");
    for (int i = 0; i < FLOOD_WAITS && strcmp(a->got, "no answer") == 0; i++) {
        selftest_outcome(a, PUPPET_BROKER); /* a slow machine has much to read */
    }
    buf_fini(&bytes);
}

/* An array of two thousand million topics in a body of a few bytes. */
void selftest_attack_count_enormous(struct selftest_attack *a)
{
    static const uint8_t body[] = {0x7f, 0xff, 0xff, 0xff, 0, 0, 0};

    ask_raw(a, WIRE_API_METADATA, 12, body, sizeof(body));
}

/* Asks; the code is at the end of the path that `code` knows. */
static void ask_api(struct selftest_attack *a, enum wire_api_key key, int16_t version,
    const void *request, int16_t (*code)(const void *response))
{
    struct arena arena;
    void *answer = NULL;

    arena_init(&arena, ARENA_MAX);
    selftest_intruder_ask(&a->intruder, key, version, request);
    if (selftest_answer(a, key, &arena, &answer)) {
        int16_t found = code(answer);
        selftest_got(a, found == 0 ? "answered" : "error %d", found);
    }
    arena_fini(&arena);
}

static int16_t code_of_metadata(const void *response)
{
    const struct metadata_response *r = response;
    const struct metadata_response_topic *t = r->topics.items;

    return r->topics.count == 1 ? t->error_code : 0;
}

void selftest_attack_api_metadata(struct selftest_attack *a)
{
    struct metadata_request_topic topic = {.name = view(SELFTEST_BOB_TOPIC)};
    struct metadata_request request = {.topics = {.items = &topic, .count = 1}};

    ask_api(a, WIRE_API_METADATA, 12, &request, code_of_metadata);
}

static int16_t code_of_offsets(const void *response)
{
    const struct list_offsets_response *r = response;
    const struct list_offsets_topic_response *t = r->topics.items;

    if (r->topics.count != 1 || t->partitions.count != 1) {
        return 0;
    }
    const struct list_offsets_partition_response *p = t->partitions.items;
    return p->error_code;
}

void selftest_attack_api_offsets(struct selftest_attack *a)
{
    struct list_offsets_partition partition = {.timestamp = -1};
    struct list_offsets_topic topic = {.name = view(SELFTEST_BOB_TOPIC),
        .partitions = {.items = &partition, .count = 1}};
    struct list_offsets_request request = {
        .replica_id = -1, .topics = {.items = &topic, .count = 1}};

    ask_api(a, WIRE_API_LIST_OFFSETS, 7, &request, code_of_offsets);
}

static int16_t code_of_delete(const void *response)
{
    const struct delete_topics_response *r = response;
    const struct delete_topics_response_deletable_topic_result *t = r->responses.items;

    return r->responses.count == 1 ? t->error_code : 0;
}

void selftest_attack_api_delete(struct selftest_attack *a)
{
    struct wire_view name = view(SELFTEST_BOB_TOPIC);
    struct delete_topics_request request = {
        .topic_names = {.items = &name, .count = 1}, .timeout_ms = 1000};

    ask_api(a, WIRE_API_DELETE_TOPICS, 5, &request, code_of_delete);
}

static int16_t code_of_create(const void *response)
{
    const struct create_topics_response *r = response;
    const struct create_topics_response_creatable_topic_result *t = r->topics.items;

    return r->topics.count == 1 ? t->error_code : 0;
}

void selftest_attack_api_create(struct selftest_attack *a)
{
    struct create_topics_request_creatable_topic topic = {
        .name = view("bob.new"), .num_partitions = 1, .replication_factor = 1};
    struct create_topics_request request = {
        .topics = {.items = &topic, .count = 1}, .timeout_ms = 1000};

    ask_api(a, WIRE_API_CREATE_TOPICS, 5, &request, code_of_create);
}

static int16_t code_of_join(const void *response)
{
    const struct join_group_response *r = response;

    return r->error_code;
}

void selftest_attack_api_join(struct selftest_attack *a)
{
    struct join_group_request_protocol protocol = {
        .name = view("range"), .metadata = view("")};
    struct join_group_request request = {.group_id = view("bob.group"),
        .session_timeout_ms = 10000,
        .rebalance_timeout_ms = 10000,
        .member_id = view(""),
        .protocol_type = view("consumer"),
        .protocols = {.items = &protocol, .count = 1}};

    ask_api(a, WIRE_API_JOIN_GROUP, 5, &request, code_of_join);
}
