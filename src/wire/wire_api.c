#include "wire_api.h"

#include "err.h"
#include "wire_add_offsets_to_txn.h"
#include "wire_add_partitions_to_txn.h"
#include "wire_add_raft_voter.h"
#include "wire_admin_api.h"
#include "wire_alter_client_quotas.h"
#include "wire_alter_configs.h"
#include "wire_alter_partition_reassignments.h"
#include "wire_alter_replica_log_dirs.h"
#include "wire_alter_share_group_offsets.h"
#include "wire_alter_user_scram_credentials.h"
#include "wire_api_versions.h"
#include "wire_consumer_group_describe.h"
#include "wire_consumer_group_heartbeat.h"
#include "wire_create_acls.h"
#include "wire_create_delegation_token.h"
#include "wire_create_partitions.h"
#include "wire_create_topics.h"
#include "wire_delete_acls.h"
#include "wire_delete_groups.h"
#include "wire_delete_records.h"
#include "wire_delete_share_group_offsets.h"
#include "wire_delete_share_group_state.h"
#include "wire_delete_topics.h"
#include "wire_describe_acls.h"
#include "wire_describe_client_quotas.h"
#include "wire_describe_cluster.h"
#include "wire_describe_configs.h"
#include "wire_describe_delegation_token.h"
#include "wire_describe_groups.h"
#include "wire_describe_log_dirs.h"
#include "wire_describe_producers.h"
#include "wire_describe_quorum.h"
#include "wire_describe_share_group_offsets.h"
#include "wire_describe_topic_partitions.h"
#include "wire_describe_transactions.h"
#include "wire_describe_user_scram_credentials.h"
#include "wire_elect_leaders.h"
#include "wire_end_txn.h"
#include "wire_expire_delegation_token.h"
#include "wire_fetch.h"
#include "wire_find_coordinator.h"
#include "wire_get_telemetry_subscriptions.h"
#include "wire_heartbeat.h"
#include "wire_incremental_alter_configs.h"
#include "wire_init_producer_id.h"
#include "wire_initialize_share_group_state.h"
#include "wire_join_group.h"
#include "wire_leave_group.h"
#include "wire_list_config_resources.h"
#include "wire_list_groups.h"
#include "wire_list_offsets.h"
#include "wire_list_partition_reassignments.h"
#include "wire_list_transactions.h"
#include "wire_metadata.h"
#include "wire_offset_commit.h"
#include "wire_offset_delete.h"
#include "wire_offset_fetch.h"
#include "wire_offset_for_leader_epoch.h"
#include "wire_produce.h"
#include "wire_push_telemetry.h"
#include "wire_read_share_group_state.h"
#include "wire_read_share_group_state_summary.h"
#include "wire_remove_raft_voter.h"
#include "wire_renew_delegation_token.h"
#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"
#include "wire_share_acknowledge.h"
#include "wire_share_fetch.h"
#include "wire_share_group_describe.h"
#include "wire_share_group_heartbeat.h"
#include "wire_streams_group_describe.h"
#include "wire_streams_group_heartbeat.h"
#include "wire_sync_group.h"
#include "wire_txn_offset_commit.h"
#include "wire_unregister_broker.h"
#include "wire_update_features.h"
#include "wire_write_share_group_state.h"
#include "wire_write_txn_markers.h"

#define NEVER WIRE_API_NEVER_FLEXIBLE
#define KNOWN (sizeof(apis) / sizeof(apis[0]))

#define API(key, name, min, max, flexible_from, served, message)                         \
    {                                                                                    \
        WIRE_API_##key, (name), (min), (max), (flexible_from), (served),                 \
            &message##_request_schema, &message##_response_schema                        \
    }

/* clang-format off */
static const struct wire_api apis[] = {
    /*  key                              name                          min  max   flex  served  message */
    API(PRODUCE,                         "Produce",                       3, 13,     9, true,  produce),
    API(FETCH,                           "Fetch",                         4, 18,    12, true,  fetch),
    API(LIST_OFFSETS,                    "ListOffsets",                   1, 11,     6, true,  list_offsets),
    API(METADATA,                        "Metadata",                      0, 13,     9, true,  metadata),
    API(OFFSET_COMMIT,                   "OffsetCommit",                  2, 10,     8, true,  offset_commit),
    API(OFFSET_FETCH,                    "OffsetFetch",                   1, 10,     6, true,  offset_fetch),
    API(FIND_COORDINATOR,                "FindCoordinator",               0,  6,     3, true,  find_coordinator),
    API(JOIN_GROUP,                      "JoinGroup",                     0,  9,     6, true,  join_group),
    API(HEARTBEAT,                       "Heartbeat",                     0,  4,     4, true,  heartbeat),
    API(LEAVE_GROUP,                     "LeaveGroup",                    0,  5,     4, true,  leave_group),
    API(SYNC_GROUP,                      "SyncGroup",                     0,  5,     4, true,  sync_group),
    API(DESCRIBE_GROUPS,                 "DescribeGroups",                0,  6,     5, true,  describe_groups),
    API(LIST_GROUPS,                     "ListGroups",                    0,  5,     3, true,  list_groups),
    API(SASL_HANDSHAKE,                  "SaslHandshake",                 0,  1, NEVER, true,  sasl_handshake),
    API(API_VERSIONS,                    "ApiVersions",                   0,  4,     3, true,  api_versions),
    API(CREATE_TOPICS,                   "CreateTopics",                  2,  7,     5, true,  create_topics),
    API(DELETE_TOPICS,                   "DeleteTopics",                  1,  6,     4, true,  delete_topics),
    API(DELETE_RECORDS,                  "DeleteRecords",                 0,  2,     2, true,  delete_records),
    API(INIT_PRODUCER_ID,                "InitProducerId",                0,  5,     2, true,  init_producer_id),
    API(OFFSET_FOR_LEADER_EPOCH,         "OffsetForLeaderEpoch",          2,  4,     4, true,  offset_for_leader_epoch),
    API(ADD_PARTITIONS_TO_TXN,           "AddPartitionsToTxn",            0,  5,     3, false, add_partitions_to_txn),
    API(ADD_OFFSETS_TO_TXN,              "AddOffsetsToTxn",               0,  4,     3, false, add_offsets_to_txn),
    API(END_TXN,                         "EndTxn",                        0,  5,     3, false, end_txn),
    API(WRITE_TXN_MARKERS,               "WriteTxnMarkers",               1,  2,     1, false, write_txn_markers),
    API(TXN_OFFSET_COMMIT,               "TxnOffsetCommit",               0,  5,     3, false, txn_offset_commit),
    API(DESCRIBE_ACLS,                   "DescribeAcls",                  1,  3,     2, true,  describe_acls),
    API(CREATE_ACLS,                     "CreateAcls",                    1,  3,     2, true,  create_acls),
    API(DELETE_ACLS,                     "DeleteAcls",                    1,  3,     2, true,  delete_acls),
    API(DESCRIBE_CONFIGS,                "DescribeConfigs",               1,  4,     4, true,  describe_configs),
    API(ALTER_CONFIGS,                   "AlterConfigs",                  0,  2,     2, true,  alter_configs),
    API(ALTER_REPLICA_LOG_DIRS,          "AlterReplicaLogDirs",           1,  2,     2, true,  alter_replica_log_dirs),
    API(DESCRIBE_LOG_DIRS,               "DescribeLogDirs",               1,  5,     2, true,  describe_log_dirs),
    API(SASL_AUTHENTICATE,               "SaslAuthenticate",              0,  2,     2, true,  sasl_authenticate),
    API(CREATE_PARTITIONS,               "CreatePartitions",              0,  3,     2, true,  create_partitions),
    API(CREATE_DELEGATION_TOKEN,         "CreateDelegationToken",         1,  3,     2, false, create_delegation_token),
    API(RENEW_DELEGATION_TOKEN,          "RenewDelegationToken",          1,  2,     2, false, renew_delegation_token),
    API(EXPIRE_DELEGATION_TOKEN,         "ExpireDelegationToken",         1,  2,     2, false, expire_delegation_token),
    API(DESCRIBE_DELEGATION_TOKEN,       "DescribeDelegationToken",       1,  3,     2, false, describe_delegation_token),
    API(DELETE_GROUPS,                   "DeleteGroups",                  0,  2,     2, true,  delete_groups),
    API(ELECT_LEADERS,                   "ElectLeaders",                  0,  2,     2, true,  elect_leaders),
    API(INCREMENTAL_ALTER_CONFIGS,       "IncrementalAlterConfigs",       0,  1,     1, true,  incremental_alter_configs),
    API(ALTER_PARTITION_REASSIGNMENTS,   "AlterPartitionReassignments",   0,  1,     0, true,  alter_partition_reassignments),
    API(LIST_PARTITION_REASSIGNMENTS,    "ListPartitionReassignments",    0,  0,     0, true,  list_partition_reassignments),
    API(OFFSET_DELETE,                   "OffsetDelete",                  0,  0, NEVER, true,  offset_delete),
    API(DESCRIBE_CLIENT_QUOTAS,          "DescribeClientQuotas",          0,  1,     1, true,  describe_client_quotas),
    API(ALTER_CLIENT_QUOTAS,             "AlterClientQuotas",             0,  1,     1, true,  alter_client_quotas),
    API(DESCRIBE_USER_SCRAM_CREDENTIALS, "DescribeUserScramCredentials",  0,  0,     0, true,  describe_user_scram_credentials),
    API(ALTER_USER_SCRAM_CREDENTIALS,    "AlterUserScramCredentials",     0,  0,     0, true,  alter_user_scram_credentials),
    API(DESCRIBE_QUORUM,                 "DescribeQuorum",                0,  2,     0, true,  describe_quorum),
    API(UPDATE_FEATURES,                 "UpdateFeatures",                0,  2,     0, true,  update_features),
    API(DESCRIBE_CLUSTER,                "DescribeCluster",               0,  2,     0, true,  describe_cluster),
    API(DESCRIBE_PRODUCERS,              "DescribeProducers",             0,  0,     0, true,  describe_producers),
    API(UNREGISTER_BROKER,               "UnregisterBroker",              0,  0,     0, false, unregister_broker),
    API(DESCRIBE_TRANSACTIONS,           "DescribeTransactions",          0,  0,     0, false, describe_transactions),
    API(LIST_TRANSACTIONS,               "ListTransactions",              0,  2,     0, false, list_transactions),
    API(CONSUMER_GROUP_HEARTBEAT,        "ConsumerGroupHeartbeat",        0,  1,     0, false, consumer_group_heartbeat),
    API(CONSUMER_GROUP_DESCRIBE,         "ConsumerGroupDescribe",         0,  1,     0, false, consumer_group_describe),
    API(GET_TELEMETRY_SUBSCRIPTIONS,     "GetTelemetrySubscriptions",     0,  0,     0, false, get_telemetry_subscriptions),
    API(PUSH_TELEMETRY,                  "PushTelemetry",                 0,  0,     0, false, push_telemetry),
    API(LIST_CONFIG_RESOURCES,           "ListConfigResources",           0,  1,     0, true,  list_config_resources),
    API(DESCRIBE_TOPIC_PARTITIONS,       "DescribeTopicPartitions",       0,  0,     0, true,  describe_topic_partitions),
    API(SHARE_GROUP_HEARTBEAT,           "ShareGroupHeartbeat",           1,  1,     0, false, share_group_heartbeat),
    API(SHARE_GROUP_DESCRIBE,            "ShareGroupDescribe",            1,  1,     0, false, share_group_describe),
    API(SHARE_FETCH,                     "ShareFetch",                    1,  2,     0, false, share_fetch),
    API(SHARE_ACKNOWLEDGE,               "ShareAcknowledge",              1,  2,     0, false, share_acknowledge),
    API(ADD_RAFT_VOTER,                  "AddRaftVoter",                  0,  1,     0, false, add_raft_voter),
    API(REMOVE_RAFT_VOTER,               "RemoveRaftVoter",               0,  0,     0, false, remove_raft_voter),
    API(INITIALIZE_SHARE_GROUP_STATE,    "InitializeShareGroupState",     0,  0,     0, false, initialize_share_group_state),
    API(READ_SHARE_GROUP_STATE,          "ReadShareGroupState",           0,  0,     0, false, read_share_group_state),
    API(WRITE_SHARE_GROUP_STATE,         "WriteShareGroupState",          0,  1,     0, false, write_share_group_state),
    API(DELETE_SHARE_GROUP_STATE,        "DeleteShareGroupState",         0,  0,     0, false, delete_share_group_state),
    API(READ_SHARE_GROUP_STATE_SUMMARY,  "ReadShareGroupStateSummary",    0,  1,     0, false, read_share_group_state_summary),
    API(STREAMS_GROUP_HEARTBEAT,         "StreamsGroupHeartbeat",         0,  0,     0, false, streams_group_heartbeat),
    API(STREAMS_GROUP_DESCRIBE,          "StreamsGroupDescribe",          0,  0,     0, false, streams_group_describe),
    API(DESCRIBE_SHARE_GROUP_OFFSETS,    "DescribeShareGroupOffsets",     0,  1,     0, false, describe_share_group_offsets),
    API(ALTER_SHARE_GROUP_OFFSETS,       "AlterShareGroupOffsets",        0,  0,     0, false, alter_share_group_offsets),
    API(DELETE_SHARE_GROUP_OFFSETS,      "DeleteShareGroupOffsets",       0,  0,     0, false, delete_share_group_offsets),
};
/* clang-format on */

const struct wire_api *wire_api_known_find(int16_t key)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (apis[i].key == key) {
            return &apis[i];
        }
    }
    return wire_admin_private_find(key);
}

size_t wire_api_known_count(void)
{
    return KNOWN + wire_admin_private_count();
}

const struct wire_api *wire_api_known_at(size_t index)
{
    return index < KNOWN ? &apis[index] : wire_admin_private_at(index - KNOWN);
}

const struct wire_api *wire_api_find(int16_t key)
{
    const struct wire_api *api = wire_api_known_find(key);

    return api != NULL && api->served ? api : NULL;
}

size_t wire_api_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < KNOWN; i++) {
        count += apis[i].served ? 1 : 0;
    }
    return count;
}

const struct wire_api *wire_api_at(size_t index)
{
    size_t skip = index;

    for (size_t i = 0; i < KNOWN; i++) {
        if (apis[i].served && skip-- == 0) {
            return &apis[i];
        }
    }
    fatal("wire_api: no served API number %zu", index);
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
