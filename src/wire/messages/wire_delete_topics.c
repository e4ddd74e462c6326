#include "wire_delete_topics.h"

#include "wire_table.h"

WIRE_TABLE(delete_topics_request_delete_topic_state, "DeleteTopicState")
WIRE_TABLE(delete_topics_request, "DeleteTopicsRequest")
WIRE_TABLE(delete_topics_response_deletable_topic_result, "DeletableTopicResult")
WIRE_TABLE(delete_topics_response, "DeleteTopicsResponse")
