#include "selftest_plugin.h"

#include "clock.h"
#include "selftest_ipc.h"
#include "selftest_sasl.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE  "X-HOSTILE"
#define OTHER    "X-OTHER"
#define READY_MS 30000 /* for a plugin to be started anew */
#define DEATH_MS 5000
#define PAUSE_MS 20
#define BEYOND   100                      /* numbers of sessions that there are not yet */
#define ENDED    "%s ended by signal 31 " /* SIGSYS */

struct attempt {
    const char *process;
    const char *name;
    enum selftest_login login;
    const char *expected;
    void (*perform)(struct selftest_attack *a);
};

/* --- orders ----------------------------------------------------------------------- */

/* Another gate in the same hands gives it to the plugin. What came of it is in a->got, and
 * in the reply if it was carried out. */
static void order(struct selftest_attack *a, const char *mechanism,
    char reply[SELFTEST_REPLY_MAX], const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void order(struct selftest_attack *a, const char *mechanism,
    char reply[SELFTEST_REPLY_MAX], const char *format, ...)
{
    struct selftest_attack giver = {.instance = a->instance};
    char text[SELFTEST_REPLY_MAX];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    reply[0] = '\0';
    if (selftest_course_enter(&giver, SELFTEST_NOBODY) &&
        selftest_sasl_handshake(&giver, mechanism) == 0) {
        selftest_sasl_say(&giver, text, (size_t)length);
        selftest_sasl_hear(&giver, reply);
    }
    selftest_got(a, "%s", giver.got);
    selftest_intruder_close(&giver.intruder);
}

/* It is there, or is again. */
static bool is_ready(struct selftest_instance *i, const char *mechanism)
{
    struct selftest_attack a = {.instance = i};
    int64_t deadline_ms = clock_mono_ms() + READY_MS;
    char reply[SELFTEST_REPLY_MAX] = "";

    while (reply[0] == '\0' && clock_mono_ms() < deadline_ms) {
        order(&a, mechanism, reply, "list");
        if (reply[0] == '\0') {
            (void)poll(NULL, 0, PAUSE_MS);
        }
    }
    return reply[0] != '\0';
}

static bool will_say(struct selftest_attack *a, const char *text)
{
    int64_t deadline_ms = clock_mono_ms() + DEATH_MS;
    bool said = false;

    while (!said && clock_mono_ms() < deadline_ms) {
        said = selftest_instance_says(a->instance, &a->log_read, text);
        if (!said) {
            (void)poll(NULL, 0, PAUSE_MS);
        }
    }
    return said;
}

static unsigned long long gate_of(const struct selftest_attack *a)
{
    return (unsigned long long)a->intruder.gate;
}

/* --- who somebody is -------------------------------------------------------------- */

/* The session is somebody's if it may ask. */
static void see_open(struct selftest_attack *a)
{
    struct ipc_open open = {
        .operation = IPC_OPERATION_READ, .topic = ipc_text(SELFTEST_BOB_TOPIC)};
    union ipc_any answer;

    selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_OPEN, &open);
    if (selftest_heard(a, PUPPET_BROKER, IPC_MSG_OPENED, &answer)) {
        selftest_got(a, "let in");
    }
}

static void see_login(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];

    selftest_sasl_hear(a, reply);
    if (strcmp(a->got, "error 0") == 0) {
        selftest_attack_let_in(a);
    }
}

/* The gate's own client logs in, and the plugin is to do this with it. */
static void log_in(struct selftest_attack *a, const char *text)
{
    if (selftest_sasl_handshake(a, HOSTILE) == 0) {
        selftest_sasl_say(a, text, strlen(text));
        see_login(a);
    }
}

static void let_in_unasked(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];

    order(a, HOSTILE, reply, "let-in %llu 0 User:eve", gate_of(a));
    if (strcmp(reply, "sent") == 0) {
        see_open(a);
    }
}

static void let_in_of_another(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];
    union ipc_any answer;
    enum ipc_msg msg;

    if (selftest_sasl_handshake(a, OTHER) != 0) {
        return;
    }
    selftest_sasl_say(a, "hang", 4);
    order(a, HOSTILE, reply, "let-in %llu 1 User:bob", gate_of(a));
    if (strcmp(reply, "sent") != 0) {
        return;
    }
    switch (selftest_intruder_hear(
        &a->intruder, PUPPET_BROKER, SELFTEST_QUIET_MS, &msg, &answer)) {
    case SELFTEST_MESSAGE:
        selftest_attack_let_in(a);
        break;
    case SELFTEST_SILENCE:
        selftest_got(a, "no answer");
        break;
    default:
        selftest_got(a, "gate killed");
        break;
    }
}

static void answer_twice(struct selftest_attack *a)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "twice %llu", gate_of(a));
    log_in(a, text);
}

static void name_beyond_manifest(struct selftest_attack *a)
{
    log_in(a, "allow User:carol");
}

static void name_beyond_scope(struct selftest_attack *a)
{
    log_in(a, "allow User:bob");
}

static void name_as(struct selftest_attack *a, const char *principal)
{
    char text[128];

    (void)snprintf(text, sizeof(text), "let-in %llu 1 %s", gate_of(a), principal);
    log_in(a, text);
}

static void name_lines(struct selftest_attack *a)
{
    name_as(a, "User:eve\nUser:admin");
}

static void name_no_text(struct selftest_attack *a)
{
    name_as(a, "User:eve\xff\xfe");
}

static void name_nobody(struct selftest_attack *a)
{
    name_as(a, "");
}

static void name_no_user(struct selftest_attack *a)
{
    name_as(a, "Group:admins");
}

static void name_long(struct selftest_attack *a)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "long %llu", gate_of(a));
    log_in(a, text);
    if (!is_ready(a->instance, HOSTILE)) {
        selftest_got(a, "the plugin did not come back");
    }
}

static void end_of_another(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];
    int16_t error = 0;

    order(a, HOSTILE, reply, "unknown %llu", gate_of(a));
    if (strcmp(reply, "sent") != 0) {
        return;
    }
    if (selftest_intruder_grant(
            &a->intruder, SELFTEST_ALICE_TOPIC, IPC_OPERATION_READ, &error) != 0) {
        selftest_got(a, "it stays");
    } else {
        selftest_outcome(a, PUPPET_BROKER);
    }
}

static void guess(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];

    a->log_read = selftest_instance_logged(a->instance);
    order(a, HOSTILE, reply, "guess %llu", gate_of(a) + BEYOND);
    bool ended = will_say(a, "auth-hostile ended by signal 9 ");
    see_open(a);
    if (!ended) {
        selftest_got(a, "it goes on");
    } else if (strcmp(a->got, "gate killed") == 0) {
        selftest_got(a, "it is ended");
    }
    if (!is_ready(a->instance, HOSTILE)) {
        selftest_got(a, "the plugin did not come back");
    }
}

/* --- what is another's ------------------------------------------------------------ */

static void see_reply(struct selftest_attack *a, const char *reply)
{
    if (reply[0] != '\0') {
        selftest_got(a, "%s", reply);
    }
}

static void open_file(struct selftest_attack *a, const char *file)
{
    char reply[SELFTEST_REPLY_MAX];

    order(a, HOSTILE, reply, "open %s/%s", a->instance->dir, file);
    see_reply(a, reply);
}

static void open_users(struct selftest_attack *a)
{
    open_file(a, "users");
}

static void open_scram(struct selftest_attack *a)
{
    open_file(a, "scram");
}

static void open_key(struct selftest_attack *a)
{
    open_file(a, "broker.key");
}

static void open_own(struct selftest_attack *a)
{
    open_file(a, "hostile-secret");
}

static void open_proc(struct selftest_attack *a, const char *what)
{
    char reply[SELFTEST_REPLY_MAX];

    order(a, HOSTILE, reply, "open /proc/%d/%s", (int)a->instance->plugins[0], what);
    see_reply(a, reply);
}

static void open_descriptors(struct selftest_attack *a)
{
    open_proc(a, "fd");
}

static void open_memory(struct selftest_attack *a)
{
    open_proc(a, "mem");
}

static void open_scratch(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];

    order(a, HOSTILE, reply, "open /scratch");
    see_reply(a, reply);
}

static void make_file(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];

    order(a, HOSTILE, reply, "make /intruder");
    see_reply(a, reply);
}

static void read_again(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];

    order(a, HOSTILE, reply, "read-again");
    see_reply(a, reply);
}

static void share_memory(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];

    order(a, HOSTILE, reply, "shared-memory");
    see_reply(a, reply);
}

static void list_descriptors(struct selftest_attack *a)
{
    char reply[SELFTEST_REPLY_MAX];

    order(a, HOSTILE, reply, "list");
    see_reply(a, reply);
}

/* --- what ends it ----------------------------------------------------------------- */

static void die(struct selftest_attack *a, const char *mechanism, const char *word)
{
    const char *process = strcmp(mechanism, HOSTILE) == 0 ? "auth-hostile" : "auth-other";
    char reply[SELFTEST_REPLY_MAX];
    char line[64];

    a->log_read = selftest_instance_logged(a->instance);
    (void)snprintf(line, sizeof(line), ENDED, process);
    order(a, mechanism, reply, "%s %d", word, (int)a->instance->plugins[0]);
    if (reply[0] != '\0') {
        selftest_got(a, "%s", reply);
    } else {
        selftest_got(a, will_say(a, line) ? "SIGSYS" : "it lives");
    }
    if (!is_ready(a->instance, mechanism)) {
        selftest_got(a, "the plugin did not come back");
    }
}

static void read_memory(struct selftest_attack *a)
{
    die(a, HOSTILE, "memory");
}

static void trace(struct selftest_attack *a)
{
    die(a, HOSTILE, "trace");
}

static void send_signal(struct selftest_attack *a)
{
    die(a, HOSTILE, "kill");
}

static void start_process(struct selftest_attack *a)
{
    die(a, OTHER, "fork");
}

static void start_program(struct selftest_attack *a)
{
    die(a, OTHER, "program");
}

static void make_socket(struct selftest_attack *a)
{
    die(a, OTHER, "socket");
}

static bool write_secret(const struct selftest_instance *i, const char *text)
{
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/hostile-secret", i->dir);
    FILE *f = fopen(path, "we");
    bool good = f != NULL && fputs(text, f) >= 0;
    return f != NULL && fclose(f) == 0 && good;
}

/* A copy of the descriptor, which it makes while it is created: in a process that a reload
 * starts, for the one that is there has not. The old ones live on for a while. */
static void keep_secret(struct selftest_attack *a)
{
    a->log_read = selftest_instance_logged(a->instance);
    if (!write_secret(a->instance, "keep") || kill(a->instance->pids[0], SIGHUP) != 0) {
        selftest_got(a, "it could not be tried");
    } else if (will_say(a, "reload: the new auth-hostile is refused")) {
        selftest_got(a, "not used");
    } else {
        selftest_got(a, "used");
    }
}

/* --- the table -------------------------------------------------------------------- */

#define BY_HOSTILE(name, login, expected, perform)                                       \
    {                                                                                    \
        "auth-hostile", name, SELFTEST_##login, expected, perform                        \
    }
#define BY_OTHER(name, perform)                                                          \
    {                                                                                    \
        "auth-other", name, SELFTEST_NOBODY, "SIGSYS", perform                           \
    }

/* clang-format off */
static const struct attempt attempts[] = {
    BY_HOSTILE("let in a session that it was not asked about",     NOBODY,   "gate killed",           let_in_unasked),
    BY_HOSTILE("let in a session that another plugin is asked about", NOBODY, "no answer",            let_in_of_another),
    BY_HOSTILE("refuse a login, and then let it in",               NOBODY,   "error 58",              answer_twice),
    BY_HOSTILE("name whom its manifest does not let it name",      NOBODY,   "error 58",              name_beyond_manifest),
    BY_HOSTILE("name whom its scope does not let it name",         NOBODY,   "error 58",              name_beyond_scope),
    BY_HOSTILE("name a principal of two lines",                    NOBODY,   "gate killed",           name_lines),
    BY_HOSTILE("name a principal that is no text",                 NOBODY,   "gate killed",           name_no_text),
    BY_HOSTILE("name nobody",                                      NOBODY,   "gate killed",           name_nobody),
    BY_HOSTILE("name what is no user",                             NOBODY,   "gate killed",           name_no_user),
    BY_HOSTILE("name a principal that no message can hold",        NOBODY,   "gate killed",           name_long),
    BY_HOSTILE("end the session of another plugin's user",         AS_ALICE, "it stays",              end_of_another),
    BY_HOSTILE("let in each session, by guessing its number",      NOBODY,   "it is ended",           guess),
    BY_HOSTILE("open the file of users",                           NOBODY,   "EACCES",                open_users),
    BY_HOSTILE("open the file of SCRAM credentials",               NOBODY,   "EACCES",                open_scram),
    BY_HOSTILE("open the server's private key",                    NOBODY,   "EACCES",                open_key),
    BY_HOSTILE("open the descriptors of another plugin",           NOBODY,   "EACCES",                open_descriptors),
    BY_HOSTILE("open the memory of another plugin",                NOBODY,   "EACCES",                open_memory),
    BY_HOSTILE("open a directory for plugins that have one",       NOBODY,   "EACCES",                open_scratch),
    BY_HOSTILE("make a file",                                      NOBODY,   "EACCES",                make_file),
    BY_HOSTILE("open its own secret again",                        NOBODY,   "EACCES",                open_own),
    BY_HOSTILE("read its own secret again by its descriptor",      NOBODY,   "nothing",               read_again),
    BY_HOSTILE("find more descriptors than its own",               NOBODY,   "0 1 2 3 4 5",           list_descriptors),
    BY_HOSTILE("share memory with another process",                NOBODY,   "EACCES",                share_memory),
    BY_HOSTILE("read the memory of another plugin",                NOBODY,   "SIGSYS",                read_memory),
    BY_HOSTILE("trace another plugin",                             NOBODY,   "SIGSYS",                trace),
    BY_HOSTILE("kill another plugin",                              NOBODY,   "SIGSYS",                send_signal),
    BY_OTHER("start a process",                                    start_process),
    BY_OTHER("start a program",                                    start_program),
    BY_OTHER("make a socket",                                      make_socket),
    BY_HOSTILE("keep its secret open once it is ready",            NOBODY,   "not used",              keep_secret), /* the last one */
};
/* clang-format on */

static void attempt(struct selftest_course *c, const struct attempt *what)
{
    struct selftest_attack a = {.instance = &c->instance};

    if (selftest_course_enter(&a, what->login)) {
        what->perform(&a);
    } else {
        selftest_got(&a, "the attempt could not be made");
    }
    selftest_course_judge(c, &a, what->process, what->name, what->expected);
}

/* --- before ----------------------------------------------------------------------- */

/* Which two of them obey is found out by letting them end. */
static bool single_out(struct selftest_instance *i)
{
    struct selftest_attack a = {.instance = i};
    int64_t deadline_ms = clock_mono_ms() + DEATH_MS;
    char reply[SELFTEST_REPLY_MAX];

    order(&a, HOSTILE, reply, "exit");
    order(&a, OTHER, reply, "exit");
    while (selftest_instance_ended(i) < 2 && clock_mono_ms() < deadline_ms) {
        (void)poll(NULL, 0, PAUSE_MS);
    }
    bool good = selftest_instance_ended(i) == 2;
    selftest_instance_spare(i);
    return good && is_ready(i, HOSTILE) && is_ready(i, OTHER);
}

/* It must be able to let somebody in: else no attempt could show anything. */
static bool obeys(struct selftest_course *c)
{
    struct selftest_attack a = {.instance = &c->instance};

    if (selftest_course_enter(&a, SELFTEST_NOBODY)) {
        log_in(&a, "allow User:eve");
    }
    selftest_intruder_close(&a.intruder);
    return strcmp(a.got, "let in") == 0;
}

/* As an ordinary user all share one, as SECURITY.md says. */
static void compare_users(struct selftest_course *c)
{
    const struct selftest_instance *i = &c->instance;
    const char *got = "each has its own";

    if (i->mode == SANDBOX_ROOTLESS) {
        return;
    }
    for (size_t n = 1; n < i->plugin_count; n++) {
        if (selftest_instance_user(i->plugins[n]) ==
            selftest_instance_user(i->plugins[n - 1])) {
            got = "two share one";
        }
    }
    selftest_results_add(
        c->out, true, "auth", "have the user of another plugin", "each has its own", got);
}

int selftest_plugin_run(const char *dir, const char *program_dir, enum sandbox_mode mode,
    struct selftest_results *out)
{
    struct selftest_course c = {.out = out, .bystander = {.fd = -1}};
    int status = selftest_instance_start(&c.instance, dir, program_dir, mode, true);

    if (status != 0) {
        selftest_instance_stop(&c.instance);
        return status;
    }
    status = SELFTEST_EXIT_FAULT;
    if (!selftest_course_furnish(&c)) {
        (void)fprintf(stderr, "schloss-selftest: the infested broker does not serve\n");
    } else if (!single_out(&c.instance) || !obeys(&c)) {
        (void)fprintf(stderr, "schloss-selftest: the hostile plugins do not obey\n");
    } else {
        compare_users(&c);
        for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
            attempt(&c, &attempts[i]);
        }
        status = selftest_course_settle(&c);
    }
    selftest_client_close(&c.bystander);
    selftest_instance_stop(&c.instance);
    return status;
}
