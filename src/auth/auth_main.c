/*
 * auth - decides who somebody is, by one plugin.
 *
 * Sees:       the SASL messages of clients, as broker relays them, and their addresses; with
 *             a dial, what the server of its plugin sends.
 * Holds:      the credentials of its plugin (for password.so: the file of hashes), and
 *             the key that opens sealed ones.
 * Talks to:   broker; the warden; its dial and, over what that hands over, the server of
 *             its plugin.
 * May call:   the profile "auth" in src/sandbox; no file, no socket, no thread. A plugin
 *             whose manifest says scratch=true: "auth-scratch", files in a directory of
 *             its own; dial=KEY: "auth-dial", poll, and connections that its dial makes
 *             and hands over.
 * If taken:   attacker has those credentials, and may say of an attempt that broker began
 *             that it is anybody whom its scope lets it name.
 *
 * Broker is shared: what is wrong in one of its messages costs that attempt
 * (auth_host.h). A message that is none, or one it may not send, means that broker itself
 * is not what it was; its channel ends, and with it this process, whose only use it is.
 * The warden starts both again.
 */
#include "auth_dial.h"
#include "auth_given.h"
#include "auth_host.h"
#include "log.h"
#include "role.h"
#include "sandbox_libraries.h"
#include "sandbox_prepare.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BROKER_QUEUE ((size_t)4 * 1024 * 1024)

struct auth {
    struct role role;
    struct ipc_link broker;
    struct auth_given given;
    char plugin_path[256];
    char mechanisms[256];
    uint32_t failure_delay_ms;
    uint32_t message_max;
    bool scratch;    /* it has a directory of its own */
    bool is_dialing; /* a dial makes connections for it */
    struct auth_dial dial;
    struct auth_plugin plugin;
    struct auth_host host;
    struct loop_timer timer;
    bool fault;
};

static void stop(struct auth *a, bool fault)
{
    a->fault |= fault;
    a->role.stopping = true;
}

static void on_broker_end(void *context, enum err why);
static const struct ipc_handler handlers[IPC_MSG_COUNT];

/* Takes fd. */
static enum err link_broker(struct auth *a, int fd)
{
    struct ipc_channel channel;
    enum err e =
        ipc_channel_init(&channel, fd, IPC_PACKETS, IPC_AUTH, IPC_BROKER, BROKER_QUEUE);

    if (e != OK) {
        ipc_channel_fini(&channel);
        return e;
    }
    e = ipc_link_init(&a->broker, a->role.loop, &channel, handlers, a, on_broker_end);
    a->broker.channel.state = ROLE_RUNNING;
    const struct ipc_sealing_key key = {.key = auth_host_sealing_key(&a->host)};
    if (e == OK && key.key.len > 0) {
        e = ipc_link_send(&a->broker, IPC_MSG_SEALING_KEY, 0, &key, -1);
    }
    return e;
}

/* --- the warden ------------------------------------------------------------------- */

static enum err on_peer_add(void *context, const struct ipc_received *m)
{
    struct auth *a = context;

    if (m->body.peer_add.role == IPC_DIAL && a->is_dialing) {
        return auth_dial_link(&a->dial, m->fd);
    }
    if (m->body.peer_add.role != IPC_BROKER || ipc_link_is_open(&a->broker)) {
        (void)close(m->fd);
        return ERR_INVALID;
    }
    return link_broker(a, m->fd);
}

static enum err on_auth_file(void *context, const struct ipc_received *m)
{
    struct auth *a = context;

    return auth_given_file(&a->given, m->body.auth_file.name, m->fd);
}

static enum err on_auth_setting(void *context, const struct ipc_received *m)
{
    struct auth *a = context;

    return auth_given_setting(
        &a->given, m->body.auth_setting.name, m->body.auth_setting.value);
}

static enum err on_auth_start(void *context, const struct ipc_received *m)
{
    struct auth *a = context;
    const struct ipc_auth_start *start = &m->body.auth_start;

    if (start->scratch != 0) {
        enum err e =
            auth_given_setting(&a->given, ipc_text("scratch"), ipc_text(SANDBOX_SCRATCH));
        if (e != OK) {
            return e;
        }
    }

    (void)snprintf(a->plugin_path, sizeof(a->plugin_path), "%.*s", (int)start->plugin.len,
        (const char *)start->plugin.ptr);
    (void)snprintf(a->mechanisms, sizeof(a->mechanisms), "%.*s",
        (int)start->mechanisms.len, (const char *)start->mechanisms.ptr);
    a->failure_delay_ms = start->failure_delay_ms;
    a->message_max = start->message_max;
    a->scratch = start->scratch != 0;
    a->is_dialing = start->dial != 0;
    a->role.started = true;
    return OK;
}

static enum err on_stop(void *context, const struct ipc_received *m)
{
    (void)m;
    stop(context, false);
    return OK;
}

static enum err on_alive_ask(void *context, const struct ipc_received *m)
{
    struct auth *a = context;
    const struct ipc_alive answer = {0};

    (void)m;
    return ipc_link_send(&a->role.warden, IPC_MSG_ALIVE, 0, &answer, -1);
}

/* --- broker ----------------------------------------------------------------------- */

static enum err on_auth_begin(void *context, const struct ipc_received *m)
{
    struct auth *a = context;

    auth_host_begin(&a->host, &m->body.auth_begin, loop_now_ms(a->role.loop));
    return a->host.broken;
}

static enum err on_auth_step(void *context, const struct ipc_received *m)
{
    struct auth *a = context;

    auth_host_step(&a->host, &m->body.auth_step, loop_now_ms(a->role.loop));
    ipc_channel_forget(&a->broker.channel);
    return a->host.broken;
}

static enum err on_auth_cancel(void *context, const struct ipc_received *m)
{
    struct auth *a = context;

    auth_host_cancel(&a->host, &m->body.auth_cancel, loop_now_ms(a->role.loop));
    return a->host.broken;
}

static enum err on_auth_knows(void *context, const struct ipc_received *m)
{
    struct auth *a = context;
    const struct ipc_auth_knows *asked = &m->body.auth_knows;
    const struct ipc_auth_known answer = {.session = asked->session,
        .known = (uint8_t)auth_host_knows(&a->host, asked->principal)};

    return ipc_link_send(&a->broker, IPC_MSG_AUTH_KNOWN, 0, &answer, -1);
}

static enum err on_credential(void *context, const struct ipc_received *m)
{
    struct auth *a = context;
    const struct ipc_credential_answer answer =
        auth_host_credential(&a->host, &m->body.credential, loop_now_ms(a->role.loop));

    if (m->request == 0) {
        return a->host.broken;
    }
    return ipc_link_send(&a->broker, IPC_MSG_CREDENTIAL_ANSWER, m->request, &answer, -1);
}

static void on_broker_end(void *context, enum err why)
{
    struct auth *a = context;

    if (why != ERR_CLOSED) {
        log_err("the channel to broker broke: %s [AUTH021]", err_text(why));
    }
    ipc_link_fini(&a->broker);
    stop(a, why != ERR_CLOSED);
}

static const struct ipc_handler handlers[IPC_MSG_COUNT] = {
    [IPC_MSG_PEER_ADD] = {IPC_WARDEN, ROLE_RUNNING, on_peer_add},
    [IPC_MSG_AUTH_FILE] = {IPC_WARDEN, ROLE_STARTING, on_auth_file},
    [IPC_MSG_AUTH_SETTING] = {IPC_WARDEN, ROLE_STARTING, on_auth_setting},
    [IPC_MSG_AUTH_START] = {IPC_WARDEN, ROLE_STARTING, on_auth_start},
    [IPC_MSG_STOP] = {IPC_WARDEN, ROLE_STARTING | ROLE_RUNNING, on_stop},
    [IPC_MSG_ALIVE_ASK] = {IPC_WARDEN, ROLE_RUNNING, on_alive_ask},
    [IPC_MSG_AUTH_BEGIN] = {IPC_BROKER, ROLE_RUNNING, on_auth_begin},
    [IPC_MSG_AUTH_STEP] = {IPC_BROKER, ROLE_RUNNING, on_auth_step},
    [IPC_MSG_AUTH_CANCEL] = {IPC_BROKER, ROLE_RUNNING, on_auth_cancel},
    [IPC_MSG_AUTH_KNOWS] = {IPC_BROKER, ROLE_RUNNING, on_auth_knows},
    [IPC_MSG_CREDENTIAL] = {IPC_BROKER, ROLE_RUNNING, on_credential},
};

static enum err send_to_broker(void *context, const struct ipc_auth_result *result)
{
    struct auth *a = context;

    return ipc_link_send(&a->broker, IPC_MSG_AUTH_RESULT, 0, result, -1);
}

static int dial(void *context, uint32_t timeout_ms)
{
    struct auth *a = context;

    return auth_dial_connect(&a->dial, timeout_ms);
}

/* --- start ------------------------------------------------------------------------ */

/* One that can not be used is refused when it is, with its reason. */
static void print_files(const char *path)
{
    struct auth_plugin plugin = {.library = NULL};
    const char *why = NULL;

    if (auth_loader_open(&plugin, path, &why) == OK && plugin.files != NULL) {
        const char *files = plugin.files();
        (void)fputs(files == NULL ? "" : files, stdout);
    }
}

/* The warden asks for the plugin's libraries too: it names the file that it will show us.
 */
static void load_for_list(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '/') {
            continue;
        }
        if (dlopen(argv[i], RTLD_NOW | RTLD_LOCAL) == NULL) {
            (void)fprintf(stderr, "%s\n", dlerror());
            exit(ROLE_EXIT_CONFIG);
        }
        print_files(argv[i]);
    }
}

static void load_plugin(struct auth *a)
{
    const struct auth_host_config config = {.mechanisms = ipc_text(a->mechanisms),
        .failure_delay_ms = a->failure_delay_ms,
        .timeout_ms = AUTH_TIMEOUT_MS,
        .message_max = a->message_max,
        .settings = a->given.settings,
        .setting_count = a->given.setting_count,
        .send = send_to_broker,
        .dial = a->is_dialing ? dial : NULL,
        .context = a};
    const char *why = NULL;

    if (auth_loader_open(&a->plugin, a->plugin_path, &why) != OK) {
        role_refuse("the authentication plugin %s can not be used: %s [AUTH022]",
            a->plugin_path, why);
    }
    if (auth_host_init(
            &a->host, &a->plugin, &config, a->given.files, a->given.file_count) != OK) {
        role_refuse("the authentication plugin %s does not start: %s [AUTH023]",
            a->plugin_path,
            a->host.said[0] != '\0' ? a->host.said : "it does not say why");
    }
    auth_given_fini(&a->given);
}

static void enter(struct auth *a)
{
    int fd = -1;

    if (!a->scratch) {
        a->role.sandbox = a->is_dialing ? SANDBOX_AUTH_DIAL : SANDBOX_AUTH;
        role_enter(&a->role);
        return;
    }
    a->role.sandbox = SANDBOX_AUTH_SCRATCH;
    fd = open(SANDBOX_SCRATCH, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        role_refuse("there is no " SANDBOX_SCRATCH " [AUTH027]");
    }
    role_close_files(&a->role, &fd, 1);
    (void)close(fd);
    role_close_calls(&a->role);
}

/* --- the loop --------------------------------------------------------------------- */

static void on_timer(void *context)
{
    (void)context; /* the work is done at the end of this round */
}

static void on_round(void *context)
{
    struct auth *a = context;

    if (a->role.stopping) {
        return;
    }
    auth_host_work(&a->host, loop_now_ms(a->role.loop));
    int64_t next_ms = auth_host_next_ms(&a->host);
    if (a->host.broken != OK) {
        log_err(
            "broker does not take its answers: %s [AUTH025]", err_text(a->host.broken));
        stop(a, true);
        return;
    }
    if (next_ms < 0) {
        loop_timer_cancel(a->role.loop, &a->timer);
    } else if (loop_timer_set(a->role.loop, &a->timer, next_ms) != OK) {
        stop(a, true);
    }
}

int main(int argc, char **argv)
{
    static struct auth a;

    sandbox_print_libraries(argc, argv, load_for_list);
    auth_dial_init(&a.dial);
    role_begin(&a.role, IPC_AUTH, argc, argv, handlers, &a);
    role_await_start(&a.role);
    load_plugin(&a);
    a.timer = (struct loop_timer){.on_timer = on_timer, .context = &a};
    enter(&a);
    log_info("authenticates plugin=%s version=%s mechanisms=%s", a.plugin.about->name,
        a.plugin.about->version, a.plugin.about->mechanisms);
    loop_on_round(a.role.loop, on_round, &a);
    int status = role_run(&a.role);
    auth_host_fini(&a.host);
    ipc_link_fini(&a.broker);
    auth_dial_fini(&a.dial);
    return a.fault ? ROLE_EXIT_FAULT : status;
}
