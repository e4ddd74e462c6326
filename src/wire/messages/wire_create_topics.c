#include "wire_create_topics.h"

#include "wire_table.h"

WIRE_TABLE(
    create_topics_request_creatable_replica_assignment, "CreatableReplicaAssignment")
WIRE_TABLE(create_topics_request_creatable_topic_config, "CreatableTopicConfig")
WIRE_TABLE(create_topics_request_creatable_topic, "CreatableTopic")
WIRE_TABLE(create_topics_request, "CreateTopicsRequest")
WIRE_TABLE(create_topics_response_creatable_topic_configs, "CreatableTopicConfigs")
WIRE_TABLE(create_topics_response_creatable_topic_result, "CreatableTopicResult")
WIRE_TABLE(create_topics_response, "CreateTopicsResponse")
