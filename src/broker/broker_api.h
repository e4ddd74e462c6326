/*
 * broker_api - the table of requests that broker answers, and their handlers.
 *
 * A handler gets the session, the call to answer, and the decoded request, which lives in
 * broker.arena until the handler returns: what it needs later it copies. It answers
 * exactly once, now or later, by broker_respond().
 */
#ifndef BROKER_API_H
#define BROKER_API_H

#include "broker_session.h"

struct broker_api {
    int16_t key;
    bool before_authentication; /* may come from a session that is nobody yet */
    void (*handle)(
        struct broker_session *s, const struct broker_call *call, const void *request);
};

/* NULL: not one that broker answers. */
const struct broker_api *broker_api_find(int16_t key);

#define BROKER_HANDLER(name)                                                             \
    void name(                                                                           \
        struct broker_session *s, const struct broker_call *call, const void *request)

BROKER_HANDLER(broker_on_sasl_handshake); /* broker_authn.c */
BROKER_HANDLER(broker_on_sasl_authenticate);
BROKER_HANDLER(broker_on_metadata); /* broker_metadata.c */
BROKER_HANDLER(broker_on_describe_cluster);
BROKER_HANDLER(broker_on_create_topics); /* broker_topics.c */
BROKER_HANDLER(broker_on_delete_topics);
BROKER_HANDLER(broker_on_delete_records);   /* broker_delete_records.c */
BROKER_HANDLER(broker_on_describe_configs); /* broker_configs.c */
BROKER_HANDLER(broker_on_list_config_resources);
BROKER_HANDLER(broker_on_alter_configs); /* broker_alter.c */
BROKER_HANDLER(broker_on_incremental_alter_configs);
BROKER_HANDLER(broker_on_create_partitions);
BROKER_HANDLER(broker_on_describe_topic_partitions); /* broker_topic_partitions.c */
BROKER_HANDLER(broker_on_elect_leaders);             /* broker_replicas.c */
BROKER_HANDLER(broker_on_alter_partition_reassignments);
BROKER_HANDLER(broker_on_list_partition_reassignments);
BROKER_HANDLER(broker_on_describe_log_dirs); /* broker_log_dirs.c */
BROKER_HANDLER(broker_on_alter_replica_log_dirs);
BROKER_HANDLER(broker_on_list_offsets);            /* broker_list_offsets.c */
BROKER_HANDLER(broker_on_offset_for_leader_epoch); /* broker_leader_epochs.c */
BROKER_HANDLER(broker_on_describe_producers);      /* broker_describe_producers.c */
BROKER_HANDLER(broker_on_init_producer_id);        /* broker_producer.c */
BROKER_HANDLER(broker_on_find_coordinator);        /* broker_groups.c */
BROKER_HANDLER(broker_on_join_group);
BROKER_HANDLER(broker_on_sync_group);
BROKER_HANDLER(broker_on_heartbeat);
BROKER_HANDLER(broker_on_leave_group);
BROKER_HANDLER(broker_on_describe_groups);
BROKER_HANDLER(broker_on_list_groups);
BROKER_HANDLER(broker_on_delete_groups); /* broker_group_delete.c */
BROKER_HANDLER(broker_on_offset_delete);
BROKER_HANDLER(broker_on_describe_client_quotas); /* broker_client_quotas.c */
BROKER_HANDLER(broker_on_alter_client_quotas);
BROKER_HANDLER(broker_on_describe_quorum); /* broker_quorum.c */
BROKER_HANDLER(broker_on_update_features);
BROKER_HANDLER(broker_on_describe_acls); /* broker_acls.c */
BROKER_HANDLER(broker_on_create_acls);
BROKER_HANDLER(broker_on_delete_acls);
BROKER_HANDLER(broker_on_describe_user_scram_credentials); /* broker_scram.c */
BROKER_HANDLER(broker_on_alter_user_scram_credentials);
BROKER_HANDLER(broker_on_offset_commit); /* broker_offsets.c */
BROKER_HANDLER(broker_on_offset_fetch);

#endif
