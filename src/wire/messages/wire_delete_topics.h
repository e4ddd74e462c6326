/*
 * wire_delete_topics - DeleteTopics, request and response (notation: wire_message.h).
 */
#ifndef WIRE_DELETE_TOPICS_H
#define WIRE_DELETE_TOPICS_H

#include "wire_message.h"

/* clang-format off */

#define delete_topics_request_delete_topic_state_FIELDS(S, FIELD)              \
    FIELD(S, SINCE(6), string, name, "Name", NULLABLE(SINCE(6)), DEFAULT_NULL) \
    FIELD(S, SINCE(6), uuid, topic_id, "TopicId")
WIRE_STRUCT(delete_topics_request_delete_topic_state);

#define delete_topics_request_FIELDS(S, FIELD)                                 \
    FIELD(S, SINCE(6),      structs(delete_topics_request_delete_topic_state), \
        topics, "Topics")                                                      \
    FIELD(S, BETWEEN(0, 5), array(string), topic_names, "TopicNames")          \
    FIELD(S, SINCE(0),      int32, timeout_ms, "TimeoutMs")
WIRE_STRUCT(delete_topics_request);

#define delete_topics_response_deletable_topic_result_FIELDS(S, FIELD)            \
    FIELD(S, SINCE(0), string, name, "Name", NULLABLE(SINCE(6)))                  \
    FIELD(S, SINCE(6), uuid, topic_id, "TopicId")                                 \
    FIELD(S, SINCE(0), int16, error_code, "ErrorCode")                            \
    FIELD(S, SINCE(5), string, error_message, "ErrorMessage", NULLABLE(SINCE(5)), \
        DEFAULT_NULL)
WIRE_STRUCT(delete_topics_response_deletable_topic_result);

#define delete_topics_response_FIELDS(S, FIELD)                                \
    FIELD(S, SINCE(1), int32, throttle_time_ms, "ThrottleTimeMs")              \
    FIELD(S, SINCE(0), structs(delete_topics_response_deletable_topic_result), \
        responses, "Responses")
WIRE_STRUCT(delete_topics_response);

/* clang-format on */

#endif
