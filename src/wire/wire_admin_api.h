/*
 * wire_admin_api - the requests that the administrator's socket speaks, and no network
 * listener does: the private ones, and ApiVersions.
 *
 * Their keys are far above those of Apache Kafka and, but for that socket, as unknown as
 * any other number: wire_api_find() never has them. The known ones of wire_api.h, for
 * tests and fuzzers, end with them.
 */
#ifndef WIRE_ADMIN_API_H
#define WIRE_ADMIN_API_H

#include "wire_api.h"

enum wire_admin_key {
    WIRE_ADMIN_DESCRIBE_SESSIONS = 20000,
    WIRE_ADMIN_END_SESSIONS = 20001,
    WIRE_ADMIN_STATUS = 20002,
    WIRE_ADMIN_RELOAD = 20003,
    WIRE_ADMIN_DESCRIBE_LAST_USE = 20004,
    WIRE_ADMIN_RECORD_SELFTEST = 20005,
};

/* The private ones alone, by ascending key. NULL: there is none. */
const struct wire_api *wire_admin_private_find(int16_t key);
size_t wire_admin_private_count(void);
const struct wire_api *wire_admin_private_at(size_t index);

/* What the socket speaks; NULL: nothing of it. */
const struct wire_api *wire_admin_find(int16_t key);
/* The same in a row, for ApiVersions. */
size_t wire_admin_count(void);
const struct wire_api *wire_admin_at(size_t index);

#endif
