#include "wire_api.h"

#include "err.h"
#include "wire_api_versions.h"
#include "wire_create_topics.h"
#include "wire_delete_topics.h"
#include "wire_describe_cluster.h"
#include "wire_describe_groups.h"
#include "wire_fetch.h"
#include "wire_find_coordinator.h"
#include "wire_heartbeat.h"
#include "wire_init_producer_id.h"
#include "wire_join_group.h"
#include "wire_leave_group.h"
#include "wire_list_groups.h"
#include "wire_list_offsets.h"
#include "wire_metadata.h"
#include "wire_offset_commit.h"
#include "wire_offset_fetch.h"
#include "wire_produce.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"
#include "wire_sync_group.h"

#define NEVER WIRE_API_NEVER_FLEXIBLE

#define API(key, name, min, max, flexible_from, message)                                 \
    {                                                                                    \
        (key), (name), (min), (max), (flexible_from), &message##_request_schema,         \
            &message##_response_schema                                                   \
    }

/* clang-format off */
static const struct wire_api apis[] = {
    /*  key                         name          min max flexible messages */
    API(WIRE_API_PRODUCE,           "Produce",          3, 13,  9, produce),
    API(WIRE_API_FETCH,             "Fetch",            4, 18, 12, fetch),
    API(WIRE_API_LIST_OFFSETS,      "ListOffsets",      1, 11,  6, list_offsets),
    API(WIRE_API_METADATA,          "Metadata",         0, 13,  9, metadata),
    API(WIRE_API_OFFSET_COMMIT,     "OffsetCommit",     2, 10,  8, offset_commit),
    API(WIRE_API_OFFSET_FETCH,      "OffsetFetch",      1, 10,  6, offset_fetch),
    API(WIRE_API_FIND_COORDINATOR,  "FindCoordinator",  0,  6,  3, find_coordinator),
    API(WIRE_API_JOIN_GROUP,        "JoinGroup",        0,  9,  6, join_group),
    API(WIRE_API_HEARTBEAT,         "Heartbeat",        0,  4,  4, heartbeat),
    API(WIRE_API_LEAVE_GROUP,       "LeaveGroup",       0,  5,  4, leave_group),
    API(WIRE_API_SYNC_GROUP,        "SyncGroup",        0,  5,  4, sync_group),
    API(WIRE_API_DESCRIBE_GROUPS,   "DescribeGroups",   0,  6,  5, describe_groups),
    API(WIRE_API_LIST_GROUPS,       "ListGroups",       0,  5,  3, list_groups),
    API(WIRE_API_SASL_HANDSHAKE,    "SaslHandshake",    0,  1, NEVER, sasl_handshake),
    API(WIRE_API_API_VERSIONS,      "ApiVersions",      0,  4,  3, api_versions),
    API(WIRE_API_CREATE_TOPICS,     "CreateTopics",     2,  7,  5, create_topics),
    API(WIRE_API_DELETE_TOPICS,     "DeleteTopics",     1,  6,  4, delete_topics),
    API(WIRE_API_INIT_PRODUCER_ID,  "InitProducerId",   0,  5,  2, init_producer_id),
    API(WIRE_API_SASL_AUTHENTICATE, "SaslAuthenticate", 0,  2,  2, sasl_authenticate),
    API(WIRE_API_DESCRIBE_CLUSTER,  "DescribeCluster",  0,  2,  0, describe_cluster),
};
/* clang-format on */

const struct wire_api *wire_api_find(int16_t key)
{
    for (size_t i = 0; i < wire_api_count(); i++) {
        if (apis[i].key == key) {
            return &apis[i];
        }
    }
    return NULL;
}

size_t wire_api_count(void)
{
    return sizeof(apis) / sizeof(apis[0]);
}

const struct wire_api *wire_api_at(size_t index)
{
    INVARIANT(index < wire_api_count());
    return &apis[index];
}

bool wire_api_accepts(const struct wire_api *api, int16_t version)
{
    return version >= api->min && version <= api->max;
}

bool wire_api_is_flexible(const struct wire_api *api, int16_t version)
{
    return version >= api->flexible_from;
}

int16_t wire_api_advertised_min(const struct wire_api *api)
{
    if (api->key == WIRE_API_PRODUCE) {
        return 0;
    }
    return api->min;
}
