#include "selftest_course.h"

#include "selftest_data.h"
#include "wire_fixed.h"
#include "wire_metadata.h"

#include <stdarg.h>
#include <string.h>

#define METADATA_VERSION 4
/* A gate ended by a signal, or a status, that was not the warden's doing. */
#define GATE_CRASHED "[GAT001]"

/* --- for the attacks --- */

void selftest_got(struct selftest_attack *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(a->got, sizeof(a->got), format, args);
    va_end(args);
}

bool selftest_heard(struct selftest_attack *a, enum puppet_channel from,
    enum ipc_msg expected, union ipc_any *out)
{
    enum ipc_msg msg = IPC_MSG_COUNT;

    switch (selftest_intruder_hear(&a->intruder, from, SELFTEST_WAIT_MS, &msg, out)) {
    case SELFTEST_MESSAGE:
        if (msg == expected) {
            return true;
        }
        selftest_got(a, "got %s", ipc_info(msg)->name);
        break;
    case SELFTEST_KILLED:
        selftest_got(a, "gate killed");
        break;
    case SELFTEST_CLOSED:
        selftest_got(a, "channel closed");
        break;
    case SELFTEST_SILENCE:
        selftest_got(a, "no answer");
        break;
    }
    return false;
}

void selftest_outcome(struct selftest_attack *a, enum puppet_channel from)
{
    union ipc_any answer;

    /* No message has this number: whatever comes is named. */
    (void)selftest_heard(a, from, IPC_MSG_COUNT, &answer);
}

bool selftest_answer(struct selftest_attack *a, enum wire_api_key key,
    struct arena *arena, void **response_out)
{
    const struct wire_api *api = wire_api_find((int16_t)key);
    union ipc_any answer;

    if (!selftest_heard(a, PUPPET_BROKER, IPC_MSG_RESPONSE, &answer)) {
        return false;
    }
    struct wire_reader r =
        wire_reader_init(answer.response.body.ptr, answer.response.body.len);
    *response_out = arena_alloc(arena, 1, api->response->struct_size);
    if (*response_out == NULL ||
        wire_fixed_decode(api->response, &r, arena, *response_out) != WIRE_OK) {
        selftest_got(a, "an answer that can not be read");
        return false;
    }
    return true;
}

/* --- one attempt --- */

static bool is_served(struct selftest_client *c)
{
    struct metadata_request all = {.topics = {.count = -1}};

    return selftest_client_call(c, WIRE_API_METADATA, METADATA_VERSION, &all) != NULL;
}

const char *selftest_course_harm(struct selftest_course *c, struct selftest_attack *a)
{
    const struct buf *found = &a->intruder.found;
    const char *canary = c->instance.canary;
    struct selftest_client fresh;

    if (found->length > 0 &&
        memmem(found->bytes, found->length, canary, strlen(canary)) != NULL) {
        return "read bob's data";
    }
    if (selftest_instance_dead(&c->instance) != NULL) {
        return "ended a shared process";
    }
    if (selftest_instance_says(&c->instance, &c->log_read, GATE_CRASHED)) {
        return "the gate failed by itself";
    }
    if (!is_served(&c->bystander)) {
        return "cut another's connection";
    }
    bool served = selftest_client_open(&fresh, &c->instance, SELFTEST_ALICE);
    selftest_client_close(&fresh);
    return served ? NULL : "kept a new client out";
}

bool selftest_course_enter(struct selftest_attack *a, enum selftest_login login)
{
    static const struct {
        enum selftest_door door;
        const char *user; /* NULL: nobody */
    } ways[] = {
        [SELFTEST_NOBODY] = {SELFTEST_DOOR_SASL, NULL},
        [SELFTEST_AS_ALICE] = {SELFTEST_DOOR_SASL, SELFTEST_ALICE},
        [SELFTEST_AS_ADMIN] = {SELFTEST_DOOR_SASL, SELFTEST_ADMIN},
        [SELFTEST_TO_PROVE] = {SELFTEST_DOOR_CERTIFICATE, NULL},
        [SELFTEST_TO_RENEW] = {SELFTEST_DOOR_RENEW, SELFTEST_ALICE},
        [SELFTEST_PLAIN_ONLY] = {SELFTEST_DOOR_RENEW, NULL},
    };
    const char *user = ways[login].user;

    return selftest_intruder_open(&a->intruder, a->instance, ways[login].door) &&
           (user == NULL || selftest_intruder_login(&a->intruder, a->instance, user));
}

void selftest_course_judge(struct selftest_course *c, struct selftest_attack *a,
    const char *process, const char *name, const char *expected)
{
    const char *harm = selftest_course_harm(c, a);

    if (harm != NULL) {
        selftest_got(a, "%s", harm);
    }
    selftest_intruder_close(&a->intruder);
    selftest_results_add(c->out, true, process, name, expected, a->got);
}

/* --- before and after --- */

bool selftest_course_furnish(struct selftest_course *c)
{
    return selftest_data_make(&c->instance) &&
           selftest_client_open(&c->bystander, &c->instance, SELFTEST_ALICE) &&
           selftest_instance_find(&c->instance);
}

/* What the last gates left in the log. */
int selftest_course_settle(struct selftest_course *c)
{
    selftest_client_close(&c->bystander);
    selftest_instance_stop(&c->instance);
    if (selftest_instance_says(&c->instance, &c->log_read, GATE_CRASHED)) {
        (void)fprintf(stderr, "schloss-selftest: a gate ended by a fault of its own\n");
        return SELFTEST_EXIT_FAULT;
    }
    return 0;
}
