/*
 * wire_api - which APIs and versions we know and serve, and the tables of their messages.
 *
 * Known are all that clients of Apache Kafka 4.3.1 may use. Only the served ones are
 * advertised, and only those does a gate decode.
 */
#ifndef WIRE_API_H
#define WIRE_API_H

#include "wire_schema.h"

enum wire_api_key {
    WIRE_API_PRODUCE = 0,
    WIRE_API_FETCH = 1,
    WIRE_API_LIST_OFFSETS = 2,
    WIRE_API_METADATA = 3,
    WIRE_API_OFFSET_COMMIT = 8,
    WIRE_API_OFFSET_FETCH = 9,
    WIRE_API_FIND_COORDINATOR = 10,
    WIRE_API_JOIN_GROUP = 11,
    WIRE_API_HEARTBEAT = 12,
    WIRE_API_LEAVE_GROUP = 13,
    WIRE_API_SYNC_GROUP = 14,
    WIRE_API_DESCRIBE_GROUPS = 15,
    WIRE_API_LIST_GROUPS = 16,
    WIRE_API_SASL_HANDSHAKE = 17,
    WIRE_API_API_VERSIONS = 18,
    WIRE_API_CREATE_TOPICS = 19,
    WIRE_API_DELETE_TOPICS = 20,
    WIRE_API_DELETE_RECORDS = 21,
    WIRE_API_INIT_PRODUCER_ID = 22,
    WIRE_API_OFFSET_FOR_LEADER_EPOCH = 23,
    WIRE_API_ADD_PARTITIONS_TO_TXN = 24,
    WIRE_API_ADD_OFFSETS_TO_TXN = 25,
    WIRE_API_END_TXN = 26,
    WIRE_API_WRITE_TXN_MARKERS = 27,
    WIRE_API_TXN_OFFSET_COMMIT = 28,
    WIRE_API_DESCRIBE_ACLS = 29,
    WIRE_API_CREATE_ACLS = 30,
    WIRE_API_DELETE_ACLS = 31,
    WIRE_API_DESCRIBE_CONFIGS = 32,
    WIRE_API_ALTER_CONFIGS = 33,
    WIRE_API_ALTER_REPLICA_LOG_DIRS = 34,
    WIRE_API_DESCRIBE_LOG_DIRS = 35,
    WIRE_API_SASL_AUTHENTICATE = 36,
    WIRE_API_CREATE_PARTITIONS = 37,
    WIRE_API_CREATE_DELEGATION_TOKEN = 38,
    WIRE_API_RENEW_DELEGATION_TOKEN = 39,
    WIRE_API_EXPIRE_DELEGATION_TOKEN = 40,
    WIRE_API_DESCRIBE_DELEGATION_TOKEN = 41,
    WIRE_API_DELETE_GROUPS = 42,
    WIRE_API_ELECT_LEADERS = 43,
    WIRE_API_INCREMENTAL_ALTER_CONFIGS = 44,
    WIRE_API_ALTER_PARTITION_REASSIGNMENTS = 45,
    WIRE_API_LIST_PARTITION_REASSIGNMENTS = 46,
    WIRE_API_OFFSET_DELETE = 47,
    WIRE_API_DESCRIBE_CLIENT_QUOTAS = 48,
    WIRE_API_ALTER_CLIENT_QUOTAS = 49,
    WIRE_API_DESCRIBE_USER_SCRAM_CREDENTIALS = 50,
    WIRE_API_ALTER_USER_SCRAM_CREDENTIALS = 51,
    WIRE_API_DESCRIBE_QUORUM = 55,
    WIRE_API_UPDATE_FEATURES = 57,
    WIRE_API_DESCRIBE_CLUSTER = 60,
    WIRE_API_DESCRIBE_PRODUCERS = 61,
    WIRE_API_UNREGISTER_BROKER = 64,
    WIRE_API_DESCRIBE_TRANSACTIONS = 65,
    WIRE_API_LIST_TRANSACTIONS = 66,
    WIRE_API_CONSUMER_GROUP_HEARTBEAT = 68,
    WIRE_API_CONSUMER_GROUP_DESCRIBE = 69,
    WIRE_API_GET_TELEMETRY_SUBSCRIPTIONS = 71,
    WIRE_API_PUSH_TELEMETRY = 72,
    WIRE_API_LIST_CONFIG_RESOURCES = 74,
    WIRE_API_DESCRIBE_TOPIC_PARTITIONS = 75,
    WIRE_API_SHARE_GROUP_HEARTBEAT = 76,
    WIRE_API_SHARE_GROUP_DESCRIBE = 77,
    WIRE_API_SHARE_FETCH = 78,
    WIRE_API_SHARE_ACKNOWLEDGE = 79,
    WIRE_API_ADD_RAFT_VOTER = 80,
    WIRE_API_REMOVE_RAFT_VOTER = 81,
    WIRE_API_INITIALIZE_SHARE_GROUP_STATE = 83,
    WIRE_API_READ_SHARE_GROUP_STATE = 84,
    WIRE_API_WRITE_SHARE_GROUP_STATE = 85,
    WIRE_API_DELETE_SHARE_GROUP_STATE = 86,
    WIRE_API_READ_SHARE_GROUP_STATE_SUMMARY = 87,
    WIRE_API_STREAMS_GROUP_HEARTBEAT = 88,
    WIRE_API_STREAMS_GROUP_DESCRIBE = 89,
    WIRE_API_DESCRIBE_SHARE_GROUP_OFFSETS = 90,
    WIRE_API_ALTER_SHARE_GROUP_OFFSETS = 91,
    WIRE_API_DELETE_SHARE_GROUP_OFFSETS = 92,
};

#define WIRE_API_NEVER_FLEXIBLE INT16_MAX

struct wire_api {
    int16_t key;
    const char *name;
    int16_t min; /* first and last version that is accepted */
    int16_t max;
    int16_t flexible_from; /* from this version on: tags and compact lengths */
    bool served;           /* false: the tables are there, nothing that answers */
    const struct wire_schema *request;
    const struct wire_schema *response;
};

/* NULL when we do not serve it. */
const struct wire_api *wire_api_find(int16_t key);
/* All that are served, by ascending key. */
size_t wire_api_count(void);
const struct wire_api *wire_api_at(size_t index);

/* The same over all tables, served or not, and the private ones of wire_admin_api.h:
 * never for a client's bytes. */
const struct wire_api *wire_api_known_find(int16_t key);
size_t wire_api_known_count(void);
const struct wire_api *wire_api_known_at(size_t index);

bool wire_api_accepts(const struct wire_api *api, int16_t version);
bool wire_api_is_flexible(const struct wire_api *api, int16_t version);
/* The first version to advertise: 0 for Produce, though 0-2 are refused (clients that do
 * not find Produce 0 give up compression without a word). */
int16_t wire_api_advertised_min(const struct wire_api *api);

#endif
