#include "warden_policy.h"

#include "clock.h"
#include "policy_bundle.h"
#include "policy_collect.h"
#include "policy_history.h"
#include "warden_admin.h"
#include "warden_child.h"
#include "warden_history.h"
#include "warden_life.h"
#include "warden_permissive.h"
#include "warden_signed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMPILE_TIMEOUT_MS 10000
#define OFFER_DEATHS_MAX   2

/* Copies what the compiler had to say to stderr, whole. */
static void show_messages(int fd)
{
    char bytes[4096];
    ssize_t n;

    if (lseek(fd, 0, SEEK_SET) != 0) {
        return;
    }
    while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
        ssize_t ignored = write(STDERR_FILENO, bytes, (size_t)n);
        (void)ignored;
    }
}

/* The exit status, or -1: killed, or not finished in time. */
static int await_exit(const struct sandbox_process *process)
{
    int64_t deadline = clock_mono_ms() + COMPILE_TIMEOUT_MS;
    struct pollfd p = {.fd = process->pidfd, .events = POLLIN};
    int status = 0;

    for (;;) {
        int64_t left = deadline - clock_mono_ms();
        int n = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            (void)syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
        }
        break;
    }
    if (waitpid(process->pid, &status, 0) != process->pid) {
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static enum err spawn(struct warden *w, const char *const *arguments,
    const struct sandbox_fd *fds, struct sandbox_process *process_out)
{
    struct sandbox_start start = {.role = SANDBOX_COMPILER,
        .root = sandbox_role_name(SANDBOX_COMPILER),
        .program_fd = w->programs[SANDBOX_COMPILER],
        .arguments = arguments,
        .fds = fds,
        .fd_count = 3,
        .stderr_fd = w->logs[1]};
    struct sandbox_failure failure = {0};
    enum err e = sandbox_spawn(&w->sandbox, &start, process_out, &failure);

    if (e != OK) {
        char sentence[512];
        sandbox_failure_text(
            "compiler", w->sandbox.mode, &failure, sentence, sizeof(sentence));
        log_err("%s", sentence);
    }
    return e;
}

enum err warden_policy_run(
    struct warden *w, const char *const *arguments, int in, int out)
{
    int messages = memfd_create("messages", MFD_CLOEXEC);
    const struct sandbox_fd fds[] = {{in, 3}, {out, 4}, {messages, 5}};
    struct sandbox_process process;
    enum err e = messages < 0 ? ERR_IO : spawn(w, arguments, fds, &process);

    if (e == OK) {
        int status = await_exit(&process);
        (void)close(process.pidfd);
        if (status != 0) {
            show_messages(messages);
            e = ERR_INVALID;
        }
        if (status != 0 && status != WARDEN_EXIT_CONFIG) {
            log_err("the policy compiler failed on %s (status %d) [WAR006]", arguments[0],
                status);
        }
    }
    if (messages >= 0) {
        (void)close(messages);
    }
    return e;
}

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static enum err failed(const char *path, enum err e)
{
    log_err("the policy %s can not be handed to its compiler: %s [WAR006]", path,
        err_text(e));
    return e;
}

static bool write_bundle(int fd, const struct buf *b)
{
    for (size_t done = 0; done < b->length;) {
        ssize_t n = write(fd, b->bytes + done, b->length - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        done += (size_t)n;
    }
    return lseek(fd, 0, SEEK_SET) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0;
}

enum err warden_policy_memfd(const struct buf *bytes, int *fd_out)
{
    int fd = memfd_create("bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0) {
        return ERR_IO;
    }
    if (!write_bundle(fd, bytes)) {
        (void)close(fd);
        return ERR_IO;
    }
    *fd_out = fd;
    return OK;
}

/* The same bytes whose signatures were checked, as a sealed memfd: the compiler opens no
 * file. */
static enum err compile(struct warden *w, const char *path, const struct buf *bundle,
    const struct warden_state *state, int *fd_out)
{
    const char *const arguments[] = {path, "compile", state->text, NULL};
    int in = -1;
    enum err e = warden_policy_memfd(bundle, &in);

    if (e != OK) {
        return failed(path, e);
    }
    int compiled = memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    e = compiled < 0 ? ERR_IO : warden_policy_run(w, arguments, in, compiled);
    if (e == OK && fcntl(compiled, F_ADD_SEALS, SEALS) != 0) {
        e = ERR_IO;
    }
    (void)close(in);
    if (e != OK && compiled >= 0) {
        (void)close(compiled);
        compiled = -1;
    }
    *fd_out = compiled;
    return e;
}

/* Where the rules of clients count alone: a file that says nothing. */
static enum err compile_nothing(
    struct warden *w, const char *path, struct warden_compiled *out)
{
    static const char text[] = "policy 1\n";
    const struct policy_source nothing = {
        "none.policy", (const uint8_t *)text, sizeof(text) - 1};
    struct buf bundle;

    buf_init(&bundle, POLICY_BUNDLE_MAX);
    enum err e = policy_bundle_encode(&nothing, 1, &bundle);
    e = e == OK ? compile(w, path, &bundle, &out->state, &out->fd) : failed(path, e);
    buf_fini(&bundle);
    return e;
}

/* Whoever asked for this reload has seen those files, and no others. */
static enum err check_hash(
    const char *path, const struct warden_compiled *c, const char *expected)
{
    if (expected[0] == '\0' || strcmp(expected, c->hash) == 0) {
        return OK;
    }
    log_err("reload: the files of %s are not those that were asked for: sha256=%s "
            "expected=%s; the policy in force stays [REL004]",
        path, c->hash, expected);
    return ERR_DENIED;
}

static enum err read_and_compile(
    struct warden *w, const char *path, const char *expected, struct warden_compiled *out)
{
    struct policy_collect_message why;
    struct policy_collected files;

    enum err e = policy_collect(path, &files, &why);
    if (e != OK) {
        log_err("%s", why.text);
        return e;
    }
    e = policy_bundle_encode(files.files, files.count, &out->bundle);
    if (e != OK) {
        e = failed(path, e);
    } else {
        policy_history_hash(out->bundle.bytes, out->bundle.length, out->hash);
        e = check_hash(path, out, expected);
    }
    if (e == OK && w->conf->policy_signatures_required > 0) {
        e = warden_signed_check(w, path, &files, &out->state);
    }
    policy_collected_fini(&files);
    return e == OK ? compile(w, path, &out->bundle, &out->state, &out->fd) : e;
}

enum err warden_policy_compile_files(
    struct warden *w, const char *path, const char *expected, struct warden_compiled *out)
{
    *out = (struct warden_compiled){.fd = -1};
    buf_init(&out->bundle, POLICY_BUNDLE_MAX);
    enum err e = read_and_compile(w, path, expected, out);
    if (e != OK) {
        buf_fini(&out->bundle);
    }
    return e;
}

enum err warden_policy_compile(
    struct warden *w, const char *path, const char *expected, struct warden_compiled *out)
{
    if (w->conf->policy_mode != CONF_POLICY_API) {
        return warden_policy_compile_files(w, path, expected, out);
    }
    *out = (struct warden_compiled){.fd = -1};
    buf_init(&out->bundle, POLICY_BUNDLE_MAX);
    return compile_nothing(w, path, out);
}

void warden_policy_first(struct warden *w, struct warden_compiled *compiled)
{
    w->policy_fd = compiled->fd;
    w->policy_state = compiled->state;
    w->policy_serial = 1;
    w->offer.serial = 1; /* the last one given */
    w->in_force = (struct warden_in_force){.bundle = compiled->bundle};
    memcpy(w->in_force.hash, compiled->hash, sizeof(w->in_force.hash));
}

static enum err send_policy(struct ipc_link *broker, uint64_t serial, int fd)
{
    struct ipc_policy policy = {.serial = serial};

    if (lseek(fd, 0, SEEK_SET) != 0) {
        return ERR_IO;
    }
    return ipc_link_send(broker, IPC_MSG_POLICY, 0, &policy, fd);
}

enum err warden_policy_send(struct warden *w, struct ipc_link *broker)
{
    return send_policy(broker, w->policy_serial, w->policy_fd);
}

static void refuse(struct warden *w, const char *hash, const char *code)
{
    char reason[128];

    (void)snprintf(
        reason, sizeof(reason), hash[0] == '\0' ? "refused" : "refused sha256 %s", hash);
    log_err("reload: the policy is refused, the one in force stays [REL002]");
    warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_FAILURE, "reload", "policy", reason);
    warden_admin_reload_part(w, code, "policy");
    w->in_force.refused_ms = clock_wall_ms();
}

void warden_policy_offer(struct warden *w)
{
    struct warden_offer *o = &w->offer;
    struct warden_child *broker = warden_child_ready(w, IPC_BROKER);

    if (o->fd < 0 || o->sent || !w->serving || broker == NULL) {
        return;
    }
    o->sent = true;
    if (send_policy(&broker->link, o->serial, o->fd) != OK) {
        warden_child_kill(broker); /* the next one gets it */
    }
}

void warden_policy_reload(struct warden *w, const char *expected)
{
    struct warden_offer *o = &w->offer;
    struct warden_compiled *c = &o->compiled;

    if (o->fd >= 0) {
        log_info(
            "reload: the policy of the reload before is not in force yet; this one is "
            "read after it");
        o->again = true;
        (void)snprintf(o->again_expected, sizeof(o->again_expected), "%s", expected);
        return;
    }
    *o = (struct warden_offer){.fd = -1, .serial = o->serial + 1};
    enum err e = warden_policy_compile(w, w->conf->policy_file, expected, c);
    if (e != OK) {
        refuse(w, c->hash, e == ERR_DENIED ? "REL004" : "REL002");
        return;
    }
    o->fd = c->fd;
    warden_policy_offer(w);
}

/* It was accepted or refused: the next one, if there is one. */
static void end_offer(struct warden *w)
{
    char expected[sizeof(w->offer.again_expected)];

    w->offer.fd = -1;
    if (w->offer.again) {
        memcpy(expected, w->offer.again_expected, sizeof(expected));
        warden_policy_reload(w, expected);
    }
    warden_admin_reload_check(w);
}

static void withdraw(struct warden *w)
{
    (void)close(w->offer.fd);
    buf_fini(&w->offer.compiled.bundle);
    refuse(w, w->offer.compiled.hash, "REL002");
    end_offer(w);
}

static void accept_offer(struct warden *w, const struct ipc_policy_taken *taken)
{
    const struct warden_compiled *c = &w->offer.compiled;
    char reason[128];

    (void)close(w->policy_fd);
    w->policy_fd = w->offer.fd;
    w->policy_serial = w->offer.serial;
    w->policy_state = c->state;
    buf_fini(&w->in_force.bundle);
    w->in_force = (struct warden_in_force){.bundle = c->bundle,
        .serial = taken->file_serial,
        .rules = taken->rules,
        .since_ms = clock_wall_ms()};
    memcpy(w->in_force.hash, c->hash, sizeof(w->in_force.hash));
    warden_signed_keep(w);
    warden_history_keep(w);
    log_info("reload: the policy is in force [REL001] serial=%llu sha256=%s",
        (unsigned long long)taken->file_serial, c->hash);
    (void)snprintf(reason, sizeof(reason), "serial %llu sha256 %s",
        (unsigned long long)taken->file_serial, c->hash);
    warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_SUCCESS, "reload", "policy", reason);
    warden_admin_reload_part(w, "REL001", "policy");
    end_offer(w);
}

/* A broker has the policy in force: the first one, or one that was started anew. */
static void confirm(struct warden *w, const struct ipc_policy_taken *taken)
{
    warden_signed_keep(w);
    if (w->in_force.since_ms == 0) {
        w->in_force.serial = taken->file_serial;
        w->in_force.rules = taken->rules;
        w->in_force.since_ms = clock_wall_ms();
        warden_history_keep(w);
    }
}

void warden_policy_on_core_death(struct warden *w)
{
    struct warden_offer *o = &w->offer;

    if (o->fd < 0 || !o->sent) {
        return;
    }
    o->sent = false;
    if (++o->deaths == OFFER_DEATHS_MAX) {
        log_err("reload: broker or store died each time before the policy was in force");
        withdraw(w);
    }
}

enum err warden_policy_taken(
    struct warden_child *broker, const struct ipc_policy_taken *taken)
{
    struct warden *w = broker->warden;
    const bool accepted = taken->accepted != 0;

    if (taken->is_permissive != 0) {
        warden_permissive_taken(w, taken);
        return OK;
    }
    if (w->offer.fd >= 0 && w->offer.sent && taken->serial == w->offer.serial) {
        if (accepted) {
            accept_offer(w, taken);
        } else {
            withdraw(w);
        }
        return OK;
    }
    if (taken->serial != w->policy_serial) {
        return ERR_INVALID;
    }
    if (accepted) {
        confirm(w, taken);
    } else if (!w->served) {
        warden_stop(w, WARDEN_EXIT_CONFIG);
    } else {
        warden_child_kill(broker);
    }
    return OK;
}
