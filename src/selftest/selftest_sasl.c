#include "selftest_sasl.h"

#include "wire_sasl_authenticate.h"
#include "wire_sasl_handshake.h"

#include <string.h>

#define ARENA_MAX            ((size_t)1024 * 1024)
#define HANDSHAKE_VERSION    1
#define AUTHENTICATE_VERSION 2

static struct wire_view view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

int selftest_sasl_handshake(struct selftest_attack *a, const char *mechanism)
{
    struct sasl_handshake_request request = {.mechanism = view(mechanism)};
    struct arena arena;
    void *answer = NULL;
    int code = -1;

    arena_init(&arena, ARENA_MAX);
    selftest_intruder_ask(
        &a->intruder, WIRE_API_SASL_HANDSHAKE, HANDSHAKE_VERSION, &request);
    if (selftest_answer(a, WIRE_API_SASL_HANDSHAKE, &arena, &answer)) {
        const struct sasl_handshake_response *r = answer;
        code = r->error_code;
        selftest_got(a, "error %d", code);
    }
    arena_fini(&arena);
    return code;
}

void selftest_sasl_say(struct selftest_attack *a, const void *token, size_t length)
{
    struct sasl_authenticate_request request = {
        .auth_bytes = {.ptr = token, .len = length}};

    selftest_intruder_ask(
        &a->intruder, WIRE_API_SASL_AUTHENTICATE, AUTHENTICATE_VERSION, &request);
}

void selftest_sasl_hear(struct selftest_attack *a, char reply[SELFTEST_REPLY_MAX])
{
    struct arena arena;
    void *answer = NULL;

    arena_init(&arena, ARENA_MAX);
    reply[0] = '\0';
    if (selftest_answer(a, WIRE_API_SASL_AUTHENTICATE, &arena, &answer)) {
        const struct sasl_authenticate_response *r = answer;
        selftest_got(a, "error %d", r->error_code);
        if (r->error_code == 0) {
            (void)snprintf(reply, SELFTEST_REPLY_MAX, "%.*s", (int)r->auth_bytes.len,
                (const char *)r->auth_bytes.ptr);
        }
    }
    arena_fini(&arena);
}
