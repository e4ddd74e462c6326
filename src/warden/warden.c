#include "warden.h"

#include "clock.h"
#include "mem.h"
#include "policy_collect.h"
#include "sandbox_enter.h"
#include "text.h"
#include "warden_admin.h"
#include "warden_audit.h"
#include "warden_child.h"
#include "warden_dial.h"
#include "warden_fetch.h"
#include "warden_files.h"
#include "warden_flags.h"
#include "warden_gate.h"
#include "warden_life.h"
#include "warden_permissive.h"
#include "warden_plugin.h"
#include "warden_policy.h"
#include "warden_token.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define GATES_MAX  65536
#define CHAIN_MAX  ((size_t)65536)
#define ERRORS_MAX ((size_t)256 * 1024)
#define GATE_BYTES                                                                       \
    ((uint64_t)2 * 1024 * 1024) /* measured: PSS of a connection, all processes */
#define FDS_RESERVED 128

static const enum sandbox_role program_roles[] = {SANDBOX_PORTER, SANDBOX_GATE,
    SANDBOX_KEYS, SANDBOX_AUTH, SANDBOX_BROKER, SANDBOX_STORE, SANDBOX_AUDIT,
    SANDBOX_COMPILER, SANDBOX_DIAL};

static void on_signal(void *context, uint32_t events)
{
    struct warden *w = context;
    struct signalfd_siginfo info;

    (void)events;
    while (read(w->signals.fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            warden_reload(w);
        } else if (info.ssi_signo == SIGUSR1) {
            warden_audit_next(w);
        } else {
            warden_stop(w, 0);
        }
    }
}

static enum err watch_signals(struct warden *w)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return ERR_IO;
    }
    w->signals = (struct loop_watch){.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
        .events = EPOLLIN,
        .on_event = on_signal,
        .context = w};
    return w->signals.fd < 0 ? ERR_IO : loop_add(w->loop, &w->signals);
}

/* What the trusted programs say, as it is. */
static void on_log(void *context, uint32_t events)
{
    struct warden *w = context;
    char bytes[4096];
    ssize_t n;

    (void)events;
    if ((n = read(w->logs[0], bytes, sizeof(bytes))) > 0) {
        ssize_t ignored = write(STDERR_FILENO, bytes, (size_t)n);
        (void)ignored;
    }
}

/* What a gate prints may be a stranger's: escaped, marked, and not much of it. */
static void on_gate_log(void *context, uint32_t events)
{
    struct warden *w = context;
    char bytes[256];
    ssize_t n;

    (void)events;
    if ((n = read(w->gate_logs[0], bytes, sizeof(bytes))) > 0) {
        uint64_t left_out = 0;
        if (log_limit_allows(&w->gate_log_limit, clock_mono_ms(), &left_out)) {
            char line[600];
            log_warn(
                "a gate printed: %s", text_escape(line, sizeof(line), bytes, (size_t)n));
        }
    }
}

static enum err make_log_pipe(struct warden *w, int ends[2], struct loop_watch *watch,
    void (*on_event)(void *context, uint32_t events))
{
    if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        return ERR_IO;
    }
    *watch = (struct loop_watch){
        .fd = ends[0], .events = EPOLLIN, .on_event = on_event, .context = w};
    return loop_add(w->loop, watch);
}

static void on_refill(void *context)
{
    warden_gate_refill(context);
}

static void on_restart(void *context)
{
    warden_start_missing(context);
}

/* How many gates memory, processes and descriptors allow. */
static void compute_ceiling(struct warden *w)
{
    struct sysinfo info = {0};
    struct rlimit files = {0};
    uint64_t by_memory = UINT64_MAX;
    uint64_t by_files;

    if (sysinfo(&info) == 0) {
        by_memory = (uint64_t)info.totalram * info.mem_unit / 4 * 3 / GATE_BYTES;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    /* A gate costs the warden its channel, its pidfd and, while it starts, four more. */
    by_files = files.rlim_cur > FDS_RESERVED ? (files.rlim_cur - FDS_RESERVED) / 3 : 1;
    uint64_t ceiling = by_memory < by_files ? by_memory : by_files;
    uint64_t wanted = (uint64_t)w->conf->max_connections;
    w->connections_max = (size_t)(wanted < ceiling ? wanted : ceiling);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    w->starts_max = processors > 1 ? (size_t)processors : 1;
    log_info("connections: at most %zu (max.connections %llu, memory allows %llu, "
             "descriptors %llu)",
        w->connections_max, (unsigned long long)wanted, (unsigned long long)by_memory,
        (unsigned long long)by_files);
}

static enum sandbox_mode mode_of(enum conf_sandbox mode)
{
    switch (mode) {
    case CONF_SANDBOX_STRICT:
        return SANDBOX_STRICT;
    case CONF_SANDBOX_CONTAINER:
        return SANDBOX_CONTAINER;
    case CONF_SANDBOX_ROOTLESS:
        return SANDBOX_ROOTLESS;
    }
    return SANDBOX_STRICT;
}

static int say(const struct warden_message *why)
{
    log_err("%s", why->text);
    return WARDEN_EXIT_CONFIG;
}

static int read_config(struct warden *w)
{
    struct buf errors;

    buf_init(&errors, ERRORS_MAX);
    enum err e = warden_files_config(w->options.config_file, &w->conf, &errors);
    if (e != OK) {
        ssize_t ignored = write(STDERR_FILENO, errors.bytes, errors.length);
        (void)ignored;
    }
    buf_fini(&errors);
    return e == OK ? 0 : WARDEN_EXIT_CONFIG;
}

/* Everything that needs the administrator's rights and names. */
static int open_files(struct warden *w)
{
    struct warden_message why;

    if (warden_plugin_find(w) != OK || warden_fetch_open(w) != OK ||
        warden_token_open(w) != OK) {
        return WARDEN_EXIT_CONFIG;
    }
    for (size_t i = 0; i < sizeof(program_roles) / sizeof(program_roles[0]); i++) {
        enum sandbox_role role = program_roles[i];
        const char *name = role == SANDBOX_GATE && w->options.gate_program != NULL
                               ? w->options.gate_program
                               : sandbox_program_name(role);
        if (warden_files_program(
                w->options.program_dir, name, &w->programs[role], &why) != OK) {
            return say(&why);
        }
    }
    for (size_t i = 0; i < w->conf->listener_count; i++) {
        if (warden_files_listen(&w->conf->listeners[i], &w->listeners[i], &why) != OK) {
            return say(&why);
        }
    }
    return warden_admin_bind(w, &why) == OK ? 0 : say(&why);
}

/* Its own user namespace knows one user: who owns the policy is seen before. */
static int look_at_policy(const struct warden *w)
{
    struct policy_collect_message why;
    struct policy_collected files;

    if (w->conf->sandbox != CONF_SANDBOX_ROOTLESS ||
        w->conf->policy_mode == CONF_POLICY_API ||
        w->conf->policy_signatures_required > 0) {
        return 0;
    }
    if (policy_collect_guarded(w->conf->policy_file, POLICY_GUARD_OWNER, &files, &why) !=
        OK) {
        log_err("%s", why.text);
        return WARDEN_EXIT_CONFIG;
    }
    policy_collected_fini(&files);
    return 0;
}

static int refuse_sandbox(struct warden *w, const struct sandbox_failure *failure)
{
    char text[768];

    sandbox_failure_text(
        "schlossd", mode_of(w->conf->sandbox), failure, text, sizeof(text));
    log_err("%s", text);
    return SANDBOX_EXIT;
}

static enum err add_scratch(
    struct warden *w, const struct warden_plugin *p, struct sandbox_failure *failure)
{
    uid_t uid = sandbox_uid(&w->sandbox, SANDBOX_AUTH_SCRATCH, p->number + 1u);

    return sandbox_add_scratch(&w->sandbox, p->process, uid, failure);
}

static int build_sandbox(struct warden *w)
{
    struct sandbox_failure failure = {0};
    enum err e;
    enum sandbox_mode mode = mode_of(w->conf->sandbox);

    if (sandbox_prepare(&w->sandbox, mode, (uid_t)w->conf->sandbox_uid_base, &failure) !=
        OK) {
        return refuse_sandbox(w, &failure);
    }
    if (sandbox_mode_lost(mode) != NULL) {
        log_warn("sandbox=%s: %s", sandbox_mode_name(mode), sandbox_mode_lost(mode));
    }
    warden_dial_warn(w);
    for (size_t i = 0; i < sizeof(program_roles) / sizeof(program_roles[0]); i++) {
        enum sandbox_role role = program_roles[i];
        if (role != SANDBOX_AUTH &&
            sandbox_add_program(&w->sandbox, sandbox_role_name(role), w->programs[role],
                NULL, NULL, &failure) != OK) {
            return refuse_sandbox(w, &failure);
        }
    }
    for (size_t i = 0; i < w->plugin_count; i++) {
        const struct warden_plugin *p = &w->plugins[i];
        const char *const arguments[] = {p->path, NULL};
        if (sandbox_add_program(&w->sandbox, p->process, w->programs[SANDBOX_AUTH],
                arguments, NULL, &failure) != OK) {
            return refuse_sandbox(w, &failure);
        }
        e = p->manifest.scratch ? add_scratch(w, p, &failure) : OK;
        if (e == ERR_UNSUPPORTED) {
            log_err("the plugin %s needs a directory of its own, which sandbox=container "
                    "can not give [PLG004]",
                p->name);
            return WARDEN_EXIT_CONFIG;
        }
        if (e != OK) {
            return refuse_sandbox(w, &failure);
        }
    }
    e = warden_token_root(w, &failure);
    if (e == ERR_INVALID) {
        return WARDEN_EXIT_CONFIG;
    }
    if (e != OK || warden_fetch_root(w, &failure) != OK ||
        sandbox_seal(&w->sandbox, &failure) != OK ||
        sandbox_enter_warden(&failure) != OK) {
        return refuse_sandbox(w, &failure);
    }
    return 0;
}

static int open_data(struct warden *w)
{
    struct warden_message why;
    uid_t uid = w->sandbox.mode == SANDBOX_ROOTLESS
                    ? (uid_t)-1
                    : sandbox_uid(&w->sandbox, SANDBOX_STORE, 0);

    if (warden_files_data(w->conf->log_dir, uid, &w->data_fd, &why) != OK) {
        return say(&why);
    }
    if (warden_policy_first(w) != OK) {
        return WARDEN_EXIT_CONFIG;
    }
    warden_permissive_first(w);
    return 0;
}

static int set_up(struct warden *w)
{
    w->loop = loop_new();
    w->gate_log_limit = (struct log_limit){.burst = 20, .period_ms = 10000};
    w->refill = (struct loop_timer){.on_timer = on_refill, .context = w};
    w->restart = (struct loop_timer){.on_timer = on_restart, .context = w};
    table_init(&w->gates, GATES_MAX);
    buf_init(&w->chain, CHAIN_MAX);
    if (w->loop == NULL || watch_signals(w) != OK ||
        make_log_pipe(w, w->logs, &w->log_watch, on_log) != OK ||
        make_log_pipe(w, w->gate_logs, &w->gate_log_watch, on_gate_log) != OK) {
        log_err("the event loop can not be set up: errno=%d", errno);
        return WARDEN_EXIT_FAULT;
    }
    return 0;
}

static void warn_insecure(const struct warden *w)
{
    for (size_t i = 0; i < w->conf->listener_count; i++) {
        const struct conf_listener *l = &w->conf->listeners[i];
        if (l->protocol == CONF_PLAINTEXT || l->protocol == CONF_SASL_PLAINTEXT) {
            log_warn("listener %s sends everything in the clear, as "
                     "schloss.allow.plaintext says",
                l->name);
        }
        if (l->anonymous_principal != NULL) {
            log_warn("listener %s: whoever %s is User:%s, as the configuration says",
                l->name,
                l->client_auth == CONF_CLIENT_AUTH_NONE ? "connects"
                                                        : "shows no certificate",
                l->anonymous_principal);
        }
    }
}

static void warn_open_policy(const struct conf *conf)
{
    if (conf->policy_compat) {
        log_warn("no deny holds for super users, as policy.kafka.compat says");
    }
    if (conf->policy_allow_everyone) {
        log_warn("everybody may do everything to what no rule is about, as "
                 "allow.everyone.if.no.acl.found says");
    }
}

static int run(struct warden *w)
{
    warden_start_missing(w);
    warden_fetch_now(w);
    if (loop_run(w->loop) != OK) {
        log_err("the event loop failed");
        return WARDEN_EXIT_FAULT;
    }
    on_log(w, 0);
    return w->exit_status;
}

int warden_run(const struct warden_options *options)
{
    static struct warden warden; /* the process's root struct */
    struct warden *w = &warden;
    int status;

    w->options = *options;
    w->policy_fd = -1;
    w->offer.fd = -1;
    w->permissive.fd = -1;
    w->admin.gid = (gid_t)-1;
    w->started_ms = clock_wall_ms();
    status = read_config(w);
    if (status == 0) {
        log_info("schlossd %s config=%s sandbox=%s", WARDEN_VERSION, options->config_file,
            sandbox_mode_name(mode_of(w->conf->sandbox)));
        compute_ceiling(w);
        status = open_files(w);
    }
    if (status == 0) {
        warn_insecure(w);
        warn_open_policy(w->conf);
        status = look_at_policy(w);
    }
    if (status == 0) {
        status = build_sandbox(w);
    }
    if (status == 0) {
        status = set_up(w);
    }
    if (status == 0) {
        status = open_data(w);
    }
    if (status == 0) {
        status = run(w);
    }
    warden_admin_remove(w);
    return status;
}
