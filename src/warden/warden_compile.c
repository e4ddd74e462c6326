#include "warden_compile.h"

#include "clock.h"
#include "policy_bundle.h"
#include "policy_collect.h"
#include "policy_history.h"
#include "warden_child.h"
#include "warden_signed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* --- one process -------------------------------------------------------------------- */

/* Copies what it had to say to stderr; more than it ever has is not its own. */
static void show_messages(int fd)
{
    char bytes[4096];
    ssize_t n;

    for (off_t at = 0; at < WARDEN_COMPILE_MESSAGES_MAX &&
                       (n = pread(fd, bytes, sizeof(bytes), at)) > 0;
         at += n) {
        ssize_t ignored = write(STDERR_FILENO, bytes, (size_t)n);
        (void)ignored;
    }
}

static enum err failed(const struct warden_compile *c, enum err e)
{
    log_err("the policy %s can not be handed to its compiler: %s [WAR006]", c->path,
        err_text(e));
    return e;
}

/* What it reads is sealed, and it opens no file. */
static enum err open_ends(struct warden_compile *c, const struct buf *in)
{
    c->in_fd = memfd_create("bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    c->out_fd = memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    c->messages_fd = memfd_create("messages", MFD_CLOEXEC);
    bool good = c->in_fd >= 0 && c->out_fd >= 0 && c->messages_fd >= 0 &&
                buf_write(in, c->in_fd) == OK && lseek(c->in_fd, 0, SEEK_SET) == 0 &&
                fcntl(c->in_fd, F_ADD_SEALS, SEALS) == 0;

    return good ? OK : failed(c, ERR_IO);
}

static void close_ends(struct warden_compile *c)
{
    close_fd(&c->in_fd);
    close_fd(&c->out_fd);
    close_fd(&c->messages_fd);
    close_fd(&c->process.pidfd);
}

static enum err spawn(struct warden_compile *c)
{
    struct warden *w = c->warden;
    const char *const arguments[] = {c->path, c->is_check ? "verify" : "compile",
        c->is_check ? NULL : c->out.state.text, NULL};
    const struct sandbox_fd fds[] = {{c->in_fd, 3}, {c->out_fd, 4}, {c->messages_fd, 5}};
    const struct sandbox_start start = {.role = SANDBOX_COMPILER,
        .root = sandbox_role_name(SANDBOX_COMPILER),
        .program_fd = w->programs[SANDBOX_COMPILER],
        .arguments = arguments,
        .fds = fds,
        .fd_count = sizeof(fds) / sizeof(fds[0]),
        .stderr_fd = w->logs[1]};
    struct sandbox_failure failure = {0};
    char sentence[512];

    enum err e = sandbox_spawn(&w->sandbox, &start, &c->process, &failure);
    if (e != OK) {
        c->process = (struct sandbox_process){.pidfd = -1};
        sandbox_failure_text(
            "compiler", w->sandbox.mode, &failure, sentence, sizeof(sentence));
        log_err("%s", sentence);
    }
    return e;
}

/* Its end is seen as that of any other: nobody waits for it. */
static void end_overdue(struct warden_compile *c)
{
    log_err("the policy compiler is not done with %s after %d s, and is ended [WAR006]",
        c->path, WARDEN_COMPILE_TIMEOUT_MS / 1000);
    c->is_overdue = true;
    (void)syscall(SYS_pidfd_send_signal, c->process.pidfd, SIGKILL, NULL, 0);
}

static void on_timer(void *context)
{
    end_overdue(context);
}

static void on_exit_event(void *context, uint32_t events);

/* Watched by its exit and by the clock, unless it is waited for. */
static enum err watch(struct warden_compile *c)
{
    struct loop *loop = c->warden->loop;

    if (c->on_end == NULL) {
        return OK;
    }
    c->exit_watch = (struct loop_watch){.fd = c->process.pidfd,
        .events = EPOLLIN,
        .on_event = on_exit_event,
        .context = c};
    c->timer = (struct loop_timer){.on_timer = on_timer, .context = c};
    enum err e = loop_add(loop, &c->exit_watch);
    if (e == OK) {
        e = loop_timer_set(loop, &c->timer, clock_mono_ms() + WARDEN_COMPILE_TIMEOUT_MS);
    }
    if (e != OK) {
        log_err("the policy compiler can not be watched: %s [WAR006]", err_text(e));
        loop_remove(loop, &c->exit_watch);
        warden_child_reap(&c->process);
    }
    return e;
}

static enum err start(struct warden_compile *c, const struct buf *in)
{
    c->is_overdue = false;
    enum err e = open_ends(c, in);

    if (e == OK) {
        e = spawn(c);
    }
    if (e == OK) {
        e = watch(c);
    }
    if (e != OK) {
        close_ends(c);
    }
    c->running = e == OK;
    return e;
}

/* --- from one to the next ----------------------------------------------------------- */

/* How it ended; what was wrong was said. */
static enum err judge(const struct warden_compile *c, int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    if (code == 0) {
        return OK;
    }
    show_messages(c->messages_fd);
    if (code != WARDEN_EXIT_CONFIG && !c->is_overdue) {
        log_err("the policy compiler failed on %s (status %d) [WAR006]", c->path, code);
    }
    return ERR_INVALID;
}

/* The configuration may ask for more signatures than were looked at. */
static enum err take_compiled(struct warden_compile *c)
{
    const int32_t required = c->warden->conf->policy_signatures_required;

    if (required > c->signatures_required) {
        log_err("the policy %s was read before policy.signatures.required=%d: it is not "
                "taken [WAR006]",
            c->path, (int)required);
        return ERR_DENIED;
    }
    if (fcntl(c->out_fd, F_ADD_SEALS, SEALS) != 0) {
        return failed(c, ERR_IO);
    }
    c->out.fd = c->out_fd;
    c->out_fd = -1;
    return OK;
}

/* The process ended: the next one is started, or none runs any more. */
static enum err advance(struct warden_compile *c, int status)
{
    enum err e = judge(c, status);

    if (e == OK) {
        e = c->is_check ? warden_signed_read(c->path, c->out_fd, &c->out.state)
                        : take_compiled(c);
    }
    close_ends(c);
    c->running = false;
    if (e == OK && c->is_check) {
        c->is_check = false;
        e = start(c, &c->out.bundle);
    }
    if (e != OK) {
        buf_fini(&c->out.bundle);
    }
    return e;
}

static void on_exit_event(void *context, uint32_t events)
{
    struct warden_compile *c = context;
    int status = 0;

    (void)events;
    if (waitpid(c->process.pid, &status, WNOHANG) != c->process.pid) {
        return;
    }
    loop_remove(c->warden->loop, &c->exit_watch);
    loop_timer_cancel(c->warden->loop, &c->timer);
    enum err e = advance(c, status);
    if (!c->running) {
        c->on_end(c->warden, e);
    }
}

/* --- the files ---------------------------------------------------------------------- */

/* Where the rules of clients count alone: a file that says nothing. */
static enum err begin_nothing(struct warden_compile *c)
{
    static const char text[] = "policy 1\n";
    const struct policy_source nothing = {
        "none.policy", (const uint8_t *)text, sizeof(text) - 1};
    struct buf bundle;

    buf_init(&bundle, POLICY_BUNDLE_MAX);
    enum err e = policy_bundle_encode(&nothing, 1, &bundle);
    e = e == OK ? start(c, &bundle) : failed(c, e);
    buf_fini(&bundle);
    return e;
}

/* Whoever asked for this reload has seen those files, and no others. */
static enum err check_hash(const struct warden_compile *c, const char *expected)
{
    if (expected[0] == '\0' || strcmp(expected, c->out.hash) == 0) {
        return OK;
    }
    log_err("reload: the files of %s are not those that were asked for: sha256=%s "
            "expected=%s; the policy in force stays [REL004]",
        c->path, c->out.hash, expected);
    return ERR_DENIED;
}

/* The same bytes are compiled whose signatures were checked. */
static enum err begin_check(
    struct warden_compile *c, const struct policy_collected *files)
{
    struct buf order;

    buf_init(&order, POLICY_BUNDLE_MAX);
    enum err e = warden_signed_order(c->warden, c->path, files, &order);
    c->is_check = true;
    e = e == OK ? start(c, &order) : e;
    buf_fini(&order);
    return e;
}

/* What enough people signed may lie anywhere. In its own namespace the warden can not tell
 * root from others; see warden.c. */
static enum policy_guard guard_of(const struct warden *w)
{
    if (w->conf->policy_signatures_required > 0) {
        return POLICY_GUARD_NONE;
    }
    return w->sandbox.mode == SANDBOX_ROOTLESS ? POLICY_GUARD_UNMAPPED
                                               : POLICY_GUARD_OWNER;
}

static enum err begin_files(struct warden_compile *c, const char *expected)
{
    struct policy_collect_message why;
    struct policy_collected files;

    enum err e = policy_collect_guarded(c->path, guard_of(c->warden), &files, &why);
    if (e != OK) {
        log_err("%s", why.text);
        return e;
    }
    e = policy_bundle_encode(files.files, files.count, &c->out.bundle);
    if (e != OK) {
        e = failed(c, e);
    } else {
        policy_history_hash(c->out.bundle.bytes, c->out.bundle.length, c->out.hash);
        e = check_hash(c, expected);
    }
    if (e == OK) {
        e = c->warden->conf->policy_signatures_required > 0 ? begin_check(c, &files)
                                                            : start(c, &c->out.bundle);
    }
    policy_collected_fini(&files);
    return e;
}

enum err warden_compile_begin(
    struct warden *w, struct warden_compile *c, const struct warden_compile_ask *ask)
{
    bool is_nothing = w->conf->policy_mode == CONF_POLICY_API && !ask->only_files;

    INVARIANT(!c->running);
    *c = (struct warden_compile){.warden = w,
        .on_end = ask->on_end,
        .signatures_required = w->conf->policy_signatures_required,
        .out = {.fd = -1},
        .in_fd = -1,
        .out_fd = -1,
        .messages_fd = -1,
        .process = {.pidfd = -1}};
    /* The configuration may be another one before the end. */
    (void)snprintf(c->path, sizeof(c->path), "%s", ask->path == NULL ? "" : ask->path);
    buf_init(&c->out.bundle, POLICY_BUNDLE_MAX);
    enum err e = is_nothing ? begin_nothing(c) : begin_files(c, ask->expected);
    if (e != OK) {
        buf_fini(&c->out.bundle);
    }
    return e;
}

/* --- waiting ------------------------------------------------------------------------ */

static int await_exit(struct warden_compile *c)
{
    int64_t deadline = clock_mono_ms() + WARDEN_COMPILE_TIMEOUT_MS;
    struct pollfd p = {.fd = c->process.pidfd, .events = POLLIN};
    int status = 0;
    int n = 0;

    do {
        int64_t left = deadline - clock_mono_ms();
        n = left > 0 ? poll(&p, 1, (int)left) : 0;
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        end_overdue(c);
    }
    while (waitpid(c->process.pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

enum err warden_compile_wait(
    struct warden *w, struct warden_compile *c, const struct warden_compile_ask *ask)
{
    INVARIANT(ask->on_end == NULL);
    enum err e = warden_compile_begin(w, c, ask);

    while (c->running) {
        e = advance(c, await_exit(c));
    }
    return e;
}

void warden_compile_abandon(struct warden_compile *c)
{
    if (!c->running) {
        return;
    }
    warden_child_reap(&c->process);
    loop_remove(c->warden->loop, &c->exit_watch);
    loop_timer_cancel(c->warden->loop, &c->timer);
    close_ends(c);
    buf_fini(&c->out.bundle);
    c->running = false;
}
