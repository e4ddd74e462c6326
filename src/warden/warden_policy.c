#include "warden_policy.h"

#include "clock.h"
#include "policy_bundle.h"
#include "policy_collect.h"
#include "warden_admin.h"
#include "warden_child.h"
#include "warden_life.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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

static enum err run(
    struct warden *w, const char *path, int bundle, int compiled, int messages)
{
    const char *const arguments[] = {path, NULL};
    struct sandbox_fd fds[] = {{bundle, 3}, {compiled, 4}, {messages, 5}};
    struct sandbox_start start = {.role = SANDBOX_COMPILER,
        .root = sandbox_role_name(SANDBOX_COMPILER),
        .program_fd = w->programs[SANDBOX_COMPILER],
        .arguments = arguments,
        .fds = fds,
        .fd_count = 3,
        .stderr_fd = w->logs[1]};
    struct sandbox_failure failure = {0};
    struct sandbox_process process;
    enum err e = sandbox_spawn(&w->sandbox, &start, &process, &failure);

    if (e != OK) {
        char sentence[512];
        sandbox_failure_text(
            "compiler", w->sandbox.mode, &failure, sentence, sizeof(sentence));
        log_err("%s", sentence);
        return e;
    }
    int status = await_exit(&process);
    (void)close(process.pidfd);
    if (status == 0) {
        return OK;
    }
    show_messages(messages);
    if (status != WARDEN_EXIT_CONFIG) {
        log_err("the policy compiler failed on %s (status %d) [POL001]", path, status);
    }
    return ERR_INVALID;
}

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static enum err failed(const char *path, enum err e)
{
    log_err("the policy %s can not be handed to its compiler: %s [POL001]", path,
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

static enum err bundle_files(const char *path, struct buf *out)
{
    struct policy_collect_message why;
    struct policy_collected files;
    enum err e = policy_collect(path, &files, &why);

    if (e != OK) {
        log_err("%s", why.text);
        return e;
    }
    e = policy_bundle_encode(files.files, files.count, out);
    policy_collected_fini(&files);
    return e == OK ? OK : failed(path, e);
}

/* Where the rules of clients count alone: a file that says nothing. */
static enum err bundle_nothing(struct buf *out)
{
    static const char text[] = "policy 1\n";
    const struct policy_source nothing = {
        "none.policy", (const uint8_t *)text, sizeof(text) - 1};

    return policy_bundle_encode(&nothing, 1, out);
}

/* The policy files as a sealed memfd: the compiler opens none. */
static enum err collect(const struct warden *w, const char *path, int *fd_out)
{
    bool has_files = w->conf->policy_mode != CONF_POLICY_API;
    struct buf bundle;
    int fd = -1;

    buf_init(&bundle, POLICY_BUNDLE_MAX);
    enum err e = has_files ? bundle_files(path, &bundle) : bundle_nothing(&bundle);
    if (e == OK) {
        fd = memfd_create("bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        e = fd >= 0 && write_bundle(fd, &bundle) ? OK : failed(path, ERR_IO);
    }
    buf_fini(&bundle);
    if (e == OK) {
        *fd_out = fd;
    } else if (fd >= 0) {
        (void)close(fd);
    }
    return e;
}

enum err warden_policy_compile(struct warden *w, const char *path, int *fd_out)
{
    int bundle = -1;
    enum err e = collect(w, path, &bundle);

    if (e != OK) {
        return e;
    }
    int compiled = memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int messages = memfd_create("messages", MFD_CLOEXEC);
    e = compiled < 0 || messages < 0 ? ERR_IO : run(w, path, bundle, compiled, messages);
    if (e == OK && fcntl(compiled, F_ADD_SEALS, SEALS) != 0) {
        e = ERR_IO;
    }
    (void)close(bundle);
    if (messages >= 0) {
        (void)close(messages);
    }
    if (e != OK && compiled >= 0) {
        (void)close(compiled);
        compiled = -1;
    }
    *fd_out = compiled;
    return e;
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

static void refuse(struct warden *w)
{
    log_err("reload: the policy is refused, the one in force stays [REL002]");
    warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_FAILURE, "reload", "policy", "refused");
    warden_admin_reload_part(w, "REL002", "policy");
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

void warden_policy_reload(struct warden *w)
{
    struct warden_offer *o = &w->offer;

    if (o->fd >= 0) {
        log_info(
            "reload: the policy of the reload before is not in force yet; this one is "
            "read after it");
        o->again = true;
        return;
    }
    *o = (struct warden_offer){.fd = -1, .serial = o->serial + 1};
    if (warden_policy_compile(w, w->conf->policy_file, &o->fd) != OK) {
        refuse(w);
        return;
    }
    warden_policy_offer(w);
}

/* It was accepted or refused: the next one, if there is one. */
static void end_offer(struct warden *w)
{
    w->offer.fd = -1;
    if (w->offer.again) {
        warden_policy_reload(w);
    }
    warden_admin_reload_check(w);
}

static void withdraw(struct warden *w)
{
    (void)close(w->offer.fd);
    refuse(w);
    end_offer(w);
}

static void accept_offer(struct warden *w)
{
    (void)close(w->policy_fd);
    w->policy_fd = w->offer.fd;
    w->policy_serial = w->offer.serial;
    log_info("reload: the policy is in force [REL001]");
    warden_event(w, IPC_EVENT_RELOAD, IPC_OUTCOME_SUCCESS, "reload", "policy", "");
    warden_admin_reload_part(w, "REL001", "policy");
    end_offer(w);
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

enum err warden_policy_taken(struct warden_child *broker, uint64_t serial, bool accepted)
{
    struct warden *w = broker->warden;

    if (w->offer.fd >= 0 && w->offer.sent && serial == w->offer.serial) {
        if (accepted) {
            accept_offer(w);
        } else {
            withdraw(w);
        }
        return OK;
    }
    if (serial != w->policy_serial) {
        return ERR_INVALID;
    }
    if (!accepted && !w->served) {
        warden_stop(w, WARDEN_EXIT_CONFIG);
    } else if (!accepted) {
        warden_child_kill(broker);
    }
    return OK;
}
