#include "selftest_ipc.h"

#include <string.h>

#define ARENA_MAX ((size_t)1024 * 1024)

#define ATTEMPT(process, name, login, expected, function)                                \
    {#process, name, SELFTEST_##login, expected, selftest_attack_##function},
static const struct selftest_ipc_attempt attempts[] = {
#include "selftest_ipc.def"
};
#undef ATTEMPT

static void attempt(struct selftest_course *c, const struct selftest_ipc_attempt *what)
{
    struct selftest_attack a = {.instance = &c->instance};

    if (selftest_course_enter(&a, what->login)) {
        what->perform(&a);
    } else {
        selftest_got(&a, "the attempt could not be made");
    }
    selftest_course_judge(c, &a, what->process, what->name, what->expected);
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
static void attempt_message(
    struct selftest_course *c, enum ipc_role role, enum ipc_msg msg)
{
    static const union ipc_any nothing;
    struct selftest_attack a = {.instance = &c->instance};
    char name[80];

    (void)snprintf(name, sizeof(name), "send it %s", ipc_info(msg)->name);
    if (selftest_course_enter(&a, SELFTEST_NOBODY)) {
        selftest_intruder_send(&a.intruder, channel_of(role), msg, &nothing);
        selftest_outcome(&a, channel_of(role));
    } else {
        selftest_got(&a, "the attempt could not be made");
    }
    selftest_course_judge(c, &a, ipc_role_name(role), name, "gate killed");
}

static void attempt_every_message(struct selftest_course *c)
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
static void attempt_every_api(struct selftest_course *c)
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
        if (selftest_course_enter(&a, SELFTEST_NOBODY) && ask_by_default(&a, api)) {
            selftest_outcome(&a, PUPPET_BROKER);
        } else {
            selftest_got(&a, "the attempt could not be made");
        }
        selftest_course_judge(c, &a, "broker", name, "gate killed");
    }
}

/* A puppet in bob's hands must be able to read it: else no attempt could show anything.
 */
static bool canary_can_be_found(struct selftest_course *c)
{
    struct selftest_attack a = {.instance = &c->instance};
    bool found = false;
    int16_t error = 0;

    if (selftest_intruder_open(&a.intruder, &c->instance, SELFTEST_DOOR_SASL) &&
        selftest_intruder_login(&a.intruder, &c->instance, SELFTEST_BOB)) {
        uint64_t handle = selftest_intruder_grant(
            &a.intruder, SELFTEST_BOB_TOPIC, IPC_OPERATION_READ, &error);
        selftest_attack_fetch(&a, handle);
        const char *harm = selftest_course_harm(c, &a);
        found = harm != NULL && strcmp(harm, "read bob's data") == 0;
    }
    selftest_intruder_close(&a.intruder);
    return found;
}

/* What the intruder puts together must be good where nothing in it is false. */
static bool forgery_works(struct selftest_course *c)
{
    struct selftest_attack a = {.instance = &c->instance};
    bool by_certificate =
        selftest_course_enter(&a, SELFTEST_TO_PROVE) && selftest_attack_prove_alice(&a);

    selftest_intruder_close(&a.intruder);
    a = (struct selftest_attack){.instance = &c->instance};
    bool by_scram =
        selftest_course_enter(&a, SELFTEST_NOBODY) && selftest_attack_scram_alice(&a);
    selftest_intruder_close(&a.intruder);
    return by_certificate && by_scram;
}

int selftest_ipc_run(const char *dir, const char *program_dir, enum sandbox_mode mode,
    struct selftest_results *out)
{
    struct selftest_course c = {.out = out, .bystander = {.fd = -1}};
    int status = selftest_instance_start(&c.instance, dir, program_dir, mode, false);

    if (status != 0) {
        selftest_instance_stop(&c.instance);
        return status;
    }
    status = SELFTEST_EXIT_FAULT;
    if (!selftest_course_furnish(&c)) {
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
        status = selftest_course_settle(&c);
    }
    selftest_client_close(&c.bystander);
    selftest_instance_stop(&c.instance);
    return status;
}
