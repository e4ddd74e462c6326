#include "selftest_ipc.h"

#include "selftest_data.h"
#include "wire_fixed.h"
#include "wire_metadata.h"

#include <stdarg.h>
#include <string.h>

#define METADATA_VERSION 4
#define ARENA_MAX        ((size_t)1024 * 1024)
/* A gate ended by a signal, or a status, that was not the warden's doing. */
#define GATE_CRASHED "[GAT001]"

#define ATTEMPT(process, name, login, expected, function)                                \
    {#process, name, SELFTEST_##login, expected, selftest_attack_##function},
static const struct selftest_ipc_attempt attempts[] = {
#include "selftest_ipc.def"
};
#undef ATTEMPT

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

struct course {
    struct selftest_instance instance;
    struct selftest_client bystander; /* alice, connected before anything happened */
    struct selftest_results *out;
};

static bool is_served(struct selftest_client *c)
{
    struct metadata_request all = {.topics = {.count = -1}};

    return selftest_client_call(c, WIRE_API_METADATA, METADATA_VERSION, &all) != NULL;
}

/* What must hold whatever was tried; NULL: it does. */
static const char *harm_done(struct course *c, struct selftest_attack *a)
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
    if (selftest_instance_says(&c->instance, GATE_CRASHED)) {
        return "the gate failed by itself";
    }
    if (!is_served(&c->bystander)) {
        return "cut another's connection";
    }
    bool served = selftest_client_open(&fresh, &c->instance, SELFTEST_ALICE);
    selftest_client_close(&fresh);
    return served ? NULL : "kept a new client out";
}

static bool enter(struct selftest_attack *a, enum selftest_login login)
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

static void judge(struct course *c, struct selftest_attack *a, const char *process,
    const char *name, const char *expected)
{
    const char *harm = harm_done(c, a);

    if (harm != NULL) {
        selftest_got(a, "%s", harm);
    }
    selftest_intruder_close(&a->intruder);
    selftest_results_add(c->out, true, process, name, expected, a->got);
}

static void attempt(struct course *c, const struct selftest_ipc_attempt *what)
{
    struct selftest_attack a = {.instance = &c->instance};

    if (enter(&a, what->login)) {
        what->perform(&a);
    } else {
        selftest_got(&a, "the attempt could not be made");
    }
    judge(c, &a, what->process, what->name, what->expected);
}

static enum puppet_channel channel_of(enum ipc_role role)
{
    switch (role) {
    case IPC_PORTER:
        return PUPPET_PORTER;
    case IPC_BROKER:
        return PUPPET_BROKER;
    case IPC_KEYS:
        return PUPPET_KEYS;
    case IPC_STORE:
        return PUPPET_STORE;
    default:
        return PUPPET_WARDEN;
    }
}

/* A well-formed message that the catalogue does not let a gate send there. */
static void attempt_message(struct course *c, enum ipc_role role, enum ipc_msg msg)
{
    static const union ipc_any nothing;
    struct selftest_attack a = {.instance = &c->instance};
    char name[80];

    (void)snprintf(name, sizeof(name), "send it %s", ipc_info(msg)->name);
    if (enter(&a, SELFTEST_NOBODY)) {
        selftest_intruder_send(&a.intruder, channel_of(role), msg, &nothing);
        selftest_outcome(&a, channel_of(role));
    } else {
        selftest_got(&a, "the attempt could not be made");
    }
    judge(c, &a, ipc_role_name(role), name, "gate killed");
}

static void attempt_every_message(struct course *c)
{
    static const enum ipc_role roles[] = {IPC_WARDEN, IPC_BROKER, IPC_KEYS, IPC_STORE};

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        for (int msg = 0; msg < IPC_MSG_COUNT; msg++) {
            const struct ipc_info *info = ipc_info((enum ipc_msg)msg);
            if ((info->from & IPC_GATE) == 0 || (info->to & (unsigned)roles[i]) == 0) {
                attempt_message(c, roles[i], (enum ipc_msg)msg);
            }
        }
    }
}

/* A whole request of defaults: there is nothing wrong with it but that it is too early.
 */
static bool ask_by_default(struct selftest_attack *a, const struct wire_api *api)
{
    struct arena arena;

    arena_init(&arena, ARENA_MAX);
    void *request = arena_alloc(&arena, 1, api->request->struct_size);
    if (request != NULL) {
        wire_set_defaults(api->request, request);
        selftest_intruder_ask(
            &a->intruder, (enum wire_api_key)api->key, api->max, request);
    }
    arena_fini(&arena);
    return request != NULL;
}

/* Every API but the two that make a session somebody's. */
static void attempt_every_api(struct course *c)
{
    for (size_t i = 0; i < wire_api_count(); i++) {
        const struct wire_api *api = wire_api_at(i);
        struct selftest_attack a = {.instance = &c->instance};
        char name[80];
        if (api->key == WIRE_API_SASL_HANDSHAKE ||
            api->key == WIRE_API_SASL_AUTHENTICATE) {
            continue;
        }
        (void)snprintf(name, sizeof(name), "ask for %s before authentication", api->name);
        if (enter(&a, SELFTEST_NOBODY) && ask_by_default(&a, api)) {
            selftest_outcome(&a, PUPPET_BROKER);
        } else {
            selftest_got(&a, "the attempt could not be made");
        }
        judge(c, &a, "broker", name, "gate killed");
    }
}

/* --- before and after --- */

static bool furnish(struct course *c)
{
    return selftest_data_make(&c->instance) &&
           selftest_client_open(&c->bystander, &c->instance, SELFTEST_ALICE) &&
           selftest_instance_find(&c->instance);
}

/* A puppet in bob's hands must be able to read it: else no attempt could show anything.
 */
static bool canary_can_be_found(struct course *c)
{
    struct selftest_attack a = {.instance = &c->instance};
    bool found = false;
    int16_t error = 0;

    if (selftest_intruder_open(&a.intruder, &c->instance, SELFTEST_DOOR_SASL) &&
        selftest_intruder_login(&a.intruder, &c->instance, SELFTEST_BOB)) {
        uint64_t handle = selftest_intruder_grant(
            &a.intruder, SELFTEST_BOB_TOPIC, IPC_OPERATION_READ, &error);
        selftest_attack_fetch(&a, handle);
        const char *harm = harm_done(c, &a);
        found = harm != NULL && strcmp(harm, "read bob's data") == 0;
    }
    selftest_intruder_close(&a.intruder);
    return found;
}

/* What the intruder puts together must be good where nothing in it is false. */
static bool forgery_works(struct course *c)
{
    struct selftest_attack a = {.instance = &c->instance};
    bool by_certificate = enter(&a, SELFTEST_TO_PROVE) && selftest_attack_prove_alice(&a);

    selftest_intruder_close(&a.intruder);
    a = (struct selftest_attack){.instance = &c->instance};
    bool by_scram = enter(&a, SELFTEST_NOBODY) && selftest_attack_scram_alice(&a);
    selftest_intruder_close(&a.intruder);
    return by_certificate && by_scram;
}

/* What the last gates left in the log. */
static int settle(struct course *c)
{
    selftest_client_close(&c->bystander);
    selftest_instance_stop(&c->instance);
    if (selftest_instance_says(&c->instance, GATE_CRASHED)) {
        (void)fprintf(stderr, "schloss-selftest: a gate ended by a fault of its own\n");
        return SELFTEST_EXIT_FAULT;
    }
    return 0;
}

int selftest_ipc_run(const char *dir, const char *program_dir, enum sandbox_mode mode,
    struct selftest_results *out)
{
    struct course c = {.out = out, .bystander = {.fd = -1}};
    int status = selftest_instance_start(&c.instance, dir, program_dir, mode);

    if (status != 0) {
        selftest_instance_stop(&c.instance);
        return status;
    }
    status = SELFTEST_EXIT_FAULT;
    if (!furnish(&c)) {
        (void)fprintf(stderr, "schloss-selftest: the private broker does not serve\n");
    } else if (!canary_can_be_found(&c)) {
        (void)fprintf(stderr, "schloss-selftest: not even bob can read the canary\n");
    } else if (!forgery_works(&c)) {
        (void)fprintf(stderr, "schloss-selftest: not even alice can prove who she is\n");
    } else {
        for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
            attempt(&c, &attempts[i]);
        }
        attempt_every_api(&c);
        attempt_every_message(&c);
        status = settle(&c);
    }
    selftest_client_close(&c.bystander);
    selftest_instance_stop(&c.instance);
    return status;
}
