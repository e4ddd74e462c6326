#include "wire_admin_api.h"

#include "err.h"
#include "wire_admin.h"

#define COUNT (sizeof(apis) / sizeof(apis[0]))

#define API(key, name, message)                                                          \
    {                                                                                    \
        WIRE_ADMIN_##key, (name), 0, 0, 0, false, &message##_request_schema,             \
            &message##_response_schema                                                   \
    }

/* Each has one version, and tags from the first on. */
static const struct wire_api apis[] = {
    API(DESCRIBE_SESSIONS, "DescribeSessions", describe_sessions),
    API(END_SESSIONS, "EndSessions", end_sessions),
    API(STATUS, "Status", status),
    API(RELOAD, "Reload", reload),
    API(DESCRIBE_LAST_USE, "DescribeLastUse", describe_last_use),
    API(RECORD_SELFTEST, "RecordSelftest", record_selftest),
};

size_t wire_admin_private_count(void)
{
    return COUNT;
}

const struct wire_api *wire_admin_private_at(size_t index)
{
    INVARIANT(index < COUNT);
    return &apis[index];
}

const struct wire_api *wire_admin_private_find(int16_t key)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (apis[i].key == key) {
            return &apis[i];
        }
    }
    return NULL;
}

const struct wire_api *wire_admin_find(int16_t key)
{
    return key == WIRE_API_API_VERSIONS ? wire_api_find(key)
                                        : wire_admin_private_find(key);
}

size_t wire_admin_count(void)
{
    return 1 + COUNT;
}

const struct wire_api *wire_admin_at(size_t index)
{
    return index == 0 ? wire_api_find(WIRE_API_API_VERSIONS)
                      : wire_admin_private_at(index - 1);
}
