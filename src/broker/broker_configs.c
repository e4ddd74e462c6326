/*
 * broker_configs - DescribeConfigs and ListConfigResources: which settings are in force,
 * and where they come from.
 */
#include "broker_api.h"
#include "broker_authz.h"
#include "broker_setting.h"
#include "text.h"
#include "wire_code.h"
#include "wire_describe_configs.h"
#include "wire_list_config_resources.h"

#include <stdio.h>
#include <string.h>

#define SYNONYMS_MAX 3

struct asked {
    struct broker_session *session;
    const struct describe_configs_request *request;
    const struct describe_configs_resource *resource;
    struct describe_configs_result *result;
    size_t capacity; /* of the result's rows */
};

static int8_t wire_type(enum meta_config_type type)
{
    switch (type) {
    case META_CONFIG_BOOL:
        return 1;
    case META_CONFIG_INT:
        return 3;
    case META_CONFIG_LONG:
        return 5;
    case META_CONFIG_FRACTION:
        return 6;
    case META_CONFIG_LIST:
        return 7;
    case META_CONFIG_CHOICE:
    case META_CONFIG_TEXT:
        break;
    }
    return 2;
}

static void refuse(struct asked *a, int16_t error, const char *message)
{
    struct arena *arena = &a->session->broker->arena;
    const char *copy =
        message == NULL ? NULL : arena_copy_text(arena, message, strlen(message));

    a->result->error_code = error;
    a->result->error_message = copy == NULL ? (struct wire_view){0} : meta_view(copy);
    a->result->configs.count = 0;
}

static bool make_rows(struct asked *a, size_t capacity)
{
    a->capacity = capacity;
    a->result->configs.items = arena_alloc(&a->session->broker->arena, capacity,
        sizeof(struct describe_configs_resource_result));
    if (a->result->configs.items == NULL) {
        refuse(a, WIRE_CODE_UNKNOWN_SERVER_ERROR, "out of memory");
    }
    return a->result->configs.items != NULL;
}

/* No list, and an empty one, ask for everything. */
static bool is_wanted(const struct asked *a, const char *name)
{
    const struct wire_array *keys = &a->resource->configuration_keys;
    const struct wire_view *wanted = keys->items;

    for (int32_t i = 0; i < keys->count; i++) {
        if (meta_view_equal(wanted[i], meta_view(name))) {
            return true;
        }
    }
    return keys->count <= 0;
}

static struct describe_configs_resource_result *add_row(
    struct asked *a, const char *name, const char *meaning)
{
    struct describe_configs_resource_result *rows = a->result->configs.items;

    INVARIANT((size_t)a->result->configs.count < a->capacity);
    struct describe_configs_resource_result *row = &rows[a->result->configs.count++];
    row->name = meta_view(name);
    if (a->request->include_documentation) {
        row->documentation = meta_view(meaning);
    }
    if (a->request->include_synonyms) {
        row->synonyms.items = arena_alloc(&a->session->broker->arena, SYNONYMS_MAX,
            sizeof(struct describe_configs_synonym));
    }
    return row;
}

static void add_synonym(struct describe_configs_resource_result *row, const char *name,
    const char *value, enum broker_config_source source)
{
    struct describe_configs_synonym *rows = row->synonyms.items;

    if (rows != NULL && name != NULL && value != NULL) {
        rows[row->synonyms.count++] = (struct describe_configs_synonym){
            .name = meta_view(name), .value = meta_view(value), .source = (int8_t)source};
    }
}

static void describe_topic_config(
    struct asked *a, const struct meta_topic *topic, const struct meta_config *c)
{
    const struct broker *b = a->session->broker;
    struct broker_config_value own = broker_topic_config(b, topic, c);
    struct broker_config_value inherited = broker_topic_config(b, NULL, c);
    struct describe_configs_resource_result *row = add_row(a, c->name, c->meaning);

    row->value = meta_view(own.text);
    row->config_source = (int8_t)own.source;
    row->config_type = wire_type(c->type);
    if (own.source == BROKER_SOURCE_TOPIC) {
        add_synonym(row, c->name, own.text, BROKER_SOURCE_TOPIC);
    }
    if (inherited.source == BROKER_SOURCE_FILE) {
        add_synonym(row, c->broker, inherited.text, BROKER_SOURCE_FILE);
    }
    add_synonym(row, c->shown_as, c->fallback, BROKER_SOURCE_DEFAULT);
}

static void describe_topic(struct asked *a)
{
    struct broker *b = a->session->broker;
    struct wire_view name = a->resource->resource_name;

    if (!broker_may(a->session, POLICY_DESCRIBE_CONFIGS, POLICY_TOPIC, name)) {
        refuse(a, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED,
            broker_denial_text(a->session, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED));
        return;
    }
    const char *illegal = meta_name_error(name);
    if (illegal != NULL) {
        refuse(a, WIRE_CODE_INVALID_TOPIC_EXCEPTION, illegal);
        return;
    }
    const struct meta_topic *topic = meta_image_topic(&b->image, name);
    if (topic == NULL) {
        refuse(a, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION, NULL);
        return;
    }
    if (!make_rows(a, meta_config_count())) {
        return;
    }
    for (size_t i = 0; i < meta_config_count(); i++) {
        if (is_wanted(a, meta_config_at(i)->name)) {
            describe_topic_config(a, topic, meta_config_at(i));
        }
    }
}

static void describe_setting(struct asked *a, const struct broker_setting *s)
{
    enum broker_config_source source =
        s->is_given ? BROKER_SOURCE_FILE : BROKER_SOURCE_DEFAULT;
    struct describe_configs_resource_result *row = add_row(a, s->name, s->meaning);

    row->read_only = true;
    row->is_sensitive = s->is_secret;
    row->config_source = (int8_t)source;
    row->config_type = s->type;
    if (s->value != NULL) {
        row->value = meta_view(s->value);
        add_synonym(row, s->name, s->value, source);
    }
}

/* "" is what all brokers share and can be changed while they run, which is nothing. */
/* Refuses what names another broker than this one. */
static bool is_this_broker(struct asked *a)
{
    struct wire_view name = a->resource->resource_name;
    int32_t node_id = a->session->broker->config.node_id;
    char message[128];
    int64_t id;

    if (text_to_i64((const char *)name.ptr, name.len, 0, INT32_MAX, &id) != OK) {
        refuse(a, WIRE_CODE_INVALID_REQUEST, "a broker is named by its number");
        return false;
    }
    if (id != node_id) {
        (void)snprintf(
            message, sizeof(message), "this is broker %d, not %d", (int)node_id, (int)id);
        refuse(a, WIRE_CODE_INVALID_REQUEST, message);
        return false;
    }
    return true;
}

static void describe_broker(struct asked *a)
{
    struct broker *b = a->session->broker;

    if (!broker_may_cluster(a->session, POLICY_DESCRIBE_CONFIGS, false)) {
        refuse(a, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED,
            broker_denial_text(a->session, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED));
        return;
    }
    if (a->resource->resource_name.len == 0 || !is_this_broker(a) ||
        !make_rows(a, b->setting_count)) {
        return;
    }
    for (size_t i = 0; i < b->setting_count; i++) {
        if (is_wanted(a, b->settings[i].name)) {
            describe_setting(a, &b->settings[i]);
        }
    }
}

static void describe(struct asked *a)
{
    switch (a->resource->resource_type) {
    case BROKER_RESOURCE_TOPIC:
        describe_topic(a);
        break;
    case BROKER_RESOURCE_BROKER:
        describe_broker(a);
        break;
    case BROKER_RESOURCE_LOGGER: /* there are none: an empty list */
        if (!broker_may_cluster(a->session, POLICY_DESCRIBE_CONFIGS, false)) {
            refuse(a, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED,
                broker_denial_text(a->session, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED));
        } else {
            (void)is_this_broker(a);
        }
        break;
    case BROKER_RESOURCE_CLIENT_METRICS: /* the same */
        if (!broker_may_cluster(a->session, POLICY_DESCRIBE_CONFIGS, false)) {
            refuse(a, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED,
                broker_denial_text(a->session, WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED));
        }
        break;
    case BROKER_RESOURCE_GROUP: /* what can be set there belongs to newer protocols */
        if (!broker_may(a->session, POLICY_DESCRIBE_CONFIGS, POLICY_GROUP,
                a->resource->resource_name)) {
            refuse(a, WIRE_CODE_GROUP_AUTHORIZATION_FAILED,
                broker_denial_text(a->session, WIRE_CODE_GROUP_AUTHORIZATION_FAILED));
        }
        break;
    default:
        refuse(a, WIRE_CODE_INVALID_REQUEST, "there is no resource of that type");
        break;
    }
}

void broker_on_describe_configs(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct describe_configs_request *r = request;
    const struct describe_configs_resource *resources = r->resources.items;
    size_t count = r->resources.count > 0 ? (size_t)r->resources.count : 0;
    struct broker *b = s->broker;
    struct describe_configs_result *results =
        count <= BROKER_TOPICS_A_REQUEST ? arena_alloc(&b->arena, count, sizeof(*results))
                                         : NULL;

    if (results == NULL) {
        broker_session_kill(s, IPC_KILL_QUEUE);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct asked a = {
            .session = s, .request = r, .resource = &resources[i], .result = &results[i]};
        results[i].resource_type = resources[i].resource_type;
        results[i].resource_name = resources[i].resource_name;
        describe(&a);
    }
    struct describe_configs_response response = {
        .results = {.items = results, .count = (int32_t)count}};
    broker_respond(b, call, &response);
}

static bool is_listed(const struct list_config_resources_request *r, int8_t type)
{
    const int8_t *types = r->resource_types.items;

    for (int32_t i = 0; i < r->resource_types.count; i++) {
        if (types[i] == type) {
            return true;
        }
    }
    return r->resource_types.count <= 0;
}

static bool are_known(const struct list_config_resources_request *r)
{
    const int8_t *types = r->resource_types.items;

    for (int32_t i = 0; i < r->resource_types.count; i++) {
        if (types[i] != BROKER_RESOURCE_TOPIC && types[i] != BROKER_RESOURCE_BROKER &&
            types[i] != BROKER_RESOURCE_LOGGER &&
            types[i] != BROKER_RESOURCE_CLIENT_METRICS &&
            types[i] != BROKER_RESOURCE_GROUP) {
            return false;
        }
    }
    return true;
}

static void list_resource(struct wire_array *out, struct wire_view name, int8_t type)
{
    struct list_config_resources_response_config_resource *rows = out->items;

    rows[out->count++] = (struct list_config_resources_response_config_resource){
        .resource_name = name, .resource_type = type};
}

static void list_resources(struct broker *b,
    const struct list_config_resources_request *r, struct wire_array *out)
{
    char id[16];
    int length = snprintf(id, sizeof(id), "%d", (int)b->config.node_id);
    const char *name = arena_copy_text(&b->arena, id, (size_t)length);

    size_t topics = is_listed(r, BROKER_RESOURCE_TOPIC) ? b->image.topic_count : 0;

    for (size_t i = 0; i < topics; i++) {
        list_resource(out, meta_view(b->image.topics[i]->name), BROKER_RESOURCE_TOPIC);
    }
    if (name != NULL && is_listed(r, BROKER_RESOURCE_BROKER)) {
        list_resource(out, meta_view(name), BROKER_RESOURCE_BROKER);
    }
    if (name != NULL && is_listed(r, BROKER_RESOURCE_LOGGER)) {
        list_resource(out, meta_view(name), BROKER_RESOURCE_LOGGER);
    }
}

void broker_on_list_config_resources(
    struct broker_session *s, const struct broker_call *call, const void *request)
{
    const struct list_config_resources_request *r = request;
    struct broker *b = s->broker;
    struct list_config_resources_response response = {.error_code = 0};
    struct list_config_resources_response_config_resource *rows =
        arena_alloc(&b->arena, b->image.topic_count + 2, sizeof(*rows));

    if (!broker_may_cluster(s, POLICY_DESCRIBE_CONFIGS, false)) {
        response.error_code = WIRE_CODE_CLUSTER_AUTHORIZATION_FAILED;
    } else if (rows == NULL) {
        response.error_code = WIRE_CODE_UNKNOWN_SERVER_ERROR;
    } else if (!are_known(r)) {
        response.error_code = WIRE_CODE_UNSUPPORTED_VERSION;
    } else if (call->version > 0) { /* version 0 asks for client metrics alone */
        response.config_resources.items = rows;
        list_resources(b, r, &response.config_resources);
    }
    broker_respond(b, call, &response);
}
