/* policytool_event - events of a trail, for the tests of what reads them. */
#ifndef POLICYTOOL_EVENT_H
#define POLICYTOOL_EVENT_H

#include "policytool_fixture.h"
#include "policytool_trail.h"

static inline struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

/* Of User:alice at 10.20.4.7 who logged in by GSSAPI. */
static inline struct policytool_event event_of(
    const char *event, const char *operation, const char *resource, const char *name)
{
    const bool is_refusal = strcmp(event, "denied") == 0;

    return (struct policytool_event){.event = view_of(event),
        .outcome = view_of(is_refusal ? "denied" : "success"),
        .principal = view_of("User:alice"),
        .address = view_of("10.20.4.7"),
        .listener = view_of("OUTSIDE"),
        .mechanism = view_of("GSSAPI"),
        .operation = view_of(operation),
        .resource = view_of(resource),
        .name = view_of(name),
        .time_ms = NOW_MS};
}

#endif
