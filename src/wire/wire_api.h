/*
 * wire_api - which APIs and versions we speak, and the tables of their messages.
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
    WIRE_API_INIT_PRODUCER_ID = 22,
    WIRE_API_SASL_AUTHENTICATE = 36,
    WIRE_API_DESCRIBE_CLUSTER = 60,
};

#define WIRE_API_NEVER_FLEXIBLE INT16_MAX

struct wire_api {
    int16_t key;
    const char *name;
    int16_t min; /* first and last version that is accepted */
    int16_t max;
    int16_t flexible_from; /* from this version on: tags and compact lengths */
    const struct wire_schema *request;
    const struct wire_schema *response;
};

/* NULL when we do not speak it. */
const struct wire_api *wire_api_find(int16_t key);
/* All of them, by ascending key. */
size_t wire_api_count(void);
const struct wire_api *wire_api_at(size_t index);

bool wire_api_accepts(const struct wire_api *api, int16_t version);
bool wire_api_is_flexible(const struct wire_api *api, int16_t version);
/* The first version to advertise: 0 for Produce, though 0-2 are refused (clients that do
 * not find Produce 0 give up compression without a word). */
int16_t wire_api_advertised_min(const struct wire_api *api);

#endif
