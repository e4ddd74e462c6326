#include "broker_api.h"

/* clang-format off */
static const struct broker_api apis[] = {
    /* key                        before authentication  handle */
    {WIRE_API_SASL_HANDSHAKE,     true,                  broker_on_sasl_handshake},
    {WIRE_API_SASL_AUTHENTICATE,  true,                  broker_on_sasl_authenticate},
    {WIRE_API_METADATA,           false,                 broker_on_metadata},
    {WIRE_API_DESCRIBE_CLUSTER,   false,                 broker_on_describe_cluster},
    {WIRE_API_CREATE_TOPICS,      false,                 broker_on_create_topics},
    {WIRE_API_DELETE_TOPICS,      false,                 broker_on_delete_topics},
    {WIRE_API_DELETE_RECORDS,     false,                 broker_on_delete_records},
    {WIRE_API_CREATE_PARTITIONS,  false,                 broker_on_create_partitions},
    {WIRE_API_DESCRIBE_CONFIGS,   false,                 broker_on_describe_configs},
    {WIRE_API_ALTER_CONFIGS,      false,                 broker_on_alter_configs},
    {WIRE_API_INCREMENTAL_ALTER_CONFIGS, false,          broker_on_incremental_alter_configs},
    {WIRE_API_LIST_CONFIG_RESOURCES, false,              broker_on_list_config_resources},
    {WIRE_API_DESCRIBE_TOPIC_PARTITIONS, false,          broker_on_describe_topic_partitions},
    {WIRE_API_ELECT_LEADERS,      false,                 broker_on_elect_leaders},
    {WIRE_API_ALTER_PARTITION_REASSIGNMENTS, false,      broker_on_alter_partition_reassignments},
    {WIRE_API_LIST_PARTITION_REASSIGNMENTS, false,       broker_on_list_partition_reassignments},
    {WIRE_API_DESCRIBE_LOG_DIRS,  false,                 broker_on_describe_log_dirs},
    {WIRE_API_ALTER_REPLICA_LOG_DIRS, false,             broker_on_alter_replica_log_dirs},
    {WIRE_API_LIST_OFFSETS,       false,                 broker_on_list_offsets},
    {WIRE_API_OFFSET_FOR_LEADER_EPOCH, false,            broker_on_offset_for_leader_epoch},
    {WIRE_API_DESCRIBE_PRODUCERS, false,                 broker_on_describe_producers},
    {WIRE_API_INIT_PRODUCER_ID,   false,                 broker_on_init_producer_id},
    {WIRE_API_FIND_COORDINATOR,   false,                 broker_on_find_coordinator},
    {WIRE_API_JOIN_GROUP,         false,                 broker_on_join_group},
    {WIRE_API_SYNC_GROUP,         false,                 broker_on_sync_group},
    {WIRE_API_HEARTBEAT,          false,                 broker_on_heartbeat},
    {WIRE_API_LEAVE_GROUP,        false,                 broker_on_leave_group},
    {WIRE_API_DESCRIBE_GROUPS,    false,                 broker_on_describe_groups},
    {WIRE_API_LIST_GROUPS,        false,                 broker_on_list_groups},
    {WIRE_API_DELETE_GROUPS,      false,                 broker_on_delete_groups},
    {WIRE_API_OFFSET_DELETE,      false,                 broker_on_offset_delete},
    {WIRE_API_DESCRIBE_CLIENT_QUOTAS, false,             broker_on_describe_client_quotas},
    {WIRE_API_ALTER_CLIENT_QUOTAS, false,                broker_on_alter_client_quotas},
    {WIRE_API_DESCRIBE_QUORUM,    false,                 broker_on_describe_quorum},
    {WIRE_API_UPDATE_FEATURES,    false,                 broker_on_update_features},
    {WIRE_API_DESCRIBE_ACLS,      false,                 broker_on_describe_acls},
    {WIRE_API_CREATE_ACLS,        false,                 broker_on_create_acls},
    {WIRE_API_DELETE_ACLS,        false,                 broker_on_delete_acls},
    {WIRE_API_DESCRIBE_USER_SCRAM_CREDENTIALS, false,    broker_on_describe_user_scram_credentials},
    {WIRE_API_ALTER_USER_SCRAM_CREDENTIALS, false,       broker_on_alter_user_scram_credentials},
    {WIRE_API_OFFSET_COMMIT,      false,                 broker_on_offset_commit},
    {WIRE_API_OFFSET_FETCH,       false,                 broker_on_offset_fetch},
};
/* clang-format on */

const struct broker_api *broker_api_find(int16_t key)
{
    for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++) {
        if (apis[i].key == key) {
            return &apis[i];
        }
    }
    return NULL;
}
