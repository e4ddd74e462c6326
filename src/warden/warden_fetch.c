#include "warden_fetch.h"

#include "clock.h"
#include "conf_url.h"
#include "rand.h"
#include "text.h"
#include "warden_files.h"
#include "warden_life.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_KEY    "schloss.oauthbearer.jwks.file"
#define ADDRESS_KEY "schloss.oauthbearer.jwks.address"
#define PIECE       1024

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* --- whether, and when -------------------------------------------------------------- */

static bool wants(const struct warden_plugin *p)
{
    for (size_t i = 0; i < p->manifest.file_count; i++) {
        if (strcmp(p->manifest.files[i].key, FILE_KEY) == 0) {
            return true;
        }
    }
    return false;
}

enum err warden_fetch_open(struct warden *w)
{
    struct warden_fetch *f = &w->fetch;
    struct warden_message why;

    *f = (struct warden_fetch){
        .out_fd = -1, .messages_fd = -1, .keys_fd = -1, .offer_fd = -1};
    for (size_t i = 0; i < w->plugin_count && f->plugin == NULL; i++) {
        if (conf_value_of(w->conf, CONF_JWKS_URL) != NULL && wants(&w->plugins[i])) {
            f->plugin = &w->plugins[i];
        }
    }
    if (f->plugin == NULL) {
        return OK;
    }
    enum err e = warden_files_program(w->options.program_dir,
        sandbox_program_name(SANDBOX_FETCH), &w->programs[SANDBOX_FETCH], &why);
    if (e != OK) {
        log_err("%s", why.text);
        return e;
    }
    log_info("the keys of %s are fetched from %s, which is at %s", f->plugin->mechanisms,
        conf_value_of(w->conf, CONF_JWKS_URL), conf_value_of(w->conf, ADDRESS_KEY));
    return OK;
}

enum err warden_fetch_root(struct warden *w, struct sandbox_failure *failure_out)
{
    return w->fetch.plugin == NULL
               ? OK
               : sandbox_add_program(&w->sandbox, sandbox_role_name(SANDBOX_FETCH),
                     w->programs[SANDBOX_FETCH], NULL, NULL, failure_out);
}

int64_t warden_fetch_delay(unsigned failures, int64_t refresh_ms, uint64_t random)
{
    int64_t delay = refresh_ms;

    if (failures > 0 && failures < 16 &&
        (int64_t)WARDEN_FETCH_BACKOFF_MS << (failures - 1) < refresh_ms) {
        delay = (int64_t)WARDEN_FETCH_BACKOFF_MS << (failures - 1);
    }
    return delay - (int64_t)(random % (uint64_t)(delay / 10 + 1));
}

/* Returns the time until then. */
static int64_t schedule(struct warden *w)
{
    struct warden_fetch *f = &w->fetch;
    int64_t delay = warden_fetch_delay(f->failures, w->conf->jwks_refresh_ms, rand_u64());

    if (loop_timer_set(w->loop, &f->timer, clock_mono_ms() + delay) != OK) {
        warden_stop(w, WARDEN_EXIT_FAULT);
    }
    return delay;
}

/* why: without a byte that is not ours, or escaped. */
static void fail(struct warden *w, const char *why)
{
    struct warden_fetch *f = &w->fetch;
    char age[64] = "there are none yet, and nobody can log in by it";

    if (f->failures < UINT32_MAX) {
        f->failures++;
    }
    int64_t delay = schedule(w);
    if (f->keys_fd >= 0) {
        (void)snprintf(age, sizeof(age), "those fetched %lld s ago stay",
            (long long)(clock_mono_ms() - f->keys_ms) / 1000);
    }
    log_err("the keys of %s could not be fetched: %s; %s; the next try is in %lld s "
            "[JWK002]",
        f->plugin->mechanisms, why, age, ((long long)delay + 999) / 1000);
}

/* --- what was fetched --------------------------------------------------------------- */

enum err warden_fetch_seal(int fd)
{
    struct stat st;

    if (fcntl(fd, F_ADD_SEALS,
            F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
        fstat(fd, &st) != 0) {
        return ERR_IO;
    }
    return st.st_size > 0 && st.st_size <= WARDEN_FETCH_BYTES_MAX ? OK : ERR_INVALID;
}

bool warden_fetch_is_same(int fd, int other)
{
    char a[PIECE];
    char b[PIECE];
    ssize_t n = 1;

    if (other < 0) {
        return false;
    }
    for (off_t at = 0; n > 0; at += n) {
        n = pread(fd, a, sizeof(a), at);
        if (pread(other, b, sizeof(b), at) != n || n < 0 ||
            memcmp(a, b, (size_t)n) != 0) {
            return false;
        }
    }
    return true;
}

static bool is_offered(const struct warden *w)
{
    for (const struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (c->has_offer && !c->retired) {
            return true;
        }
    }
    return false;
}

/* Those that were replaced stay for a while: a server that has other keys each time must not
 * make them many. */
static bool is_crowded(const struct warden *w)
{
    size_t count = 0;

    for (const struct warden_child *c = w->children; c != NULL; c = c->next) {
        count += c->plugin == w->fetch.plugin ? 1 : 0;
    }
    return count >= WARDEN_FETCH_PROCESSES_MAX;
}

static bool is_plugin_ready(const struct warden *w)
{
    for (const struct warden_child *c = w->children; c != NULL; c = c->next) {
        if (c->plugin == w->fetch.plugin && c->state == CHILD_READY && !c->retired) {
            return true;
        }
    }
    return false;
}

static void withdraw(struct warden *w)
{
    if (w->fetch.offer_fd >= 0) {
        close_fd(&w->fetch.offer_fd);
        fail(w, "the plugin refused them");
    }
}

/* To a new process of the plugin. One that is starting comes first: it would be in the way.
 */
static void offer(struct warden *w)
{
    if (!w->stopping && is_plugin_ready(w) && !is_offered(w) &&
        !warden_reload_post(w, (struct warden_post){IPC_AUTH, w->fetch.plugin})) {
        withdraw(w);
    }
}

static void take(struct warden *w)
{
    struct warden_fetch *f = &w->fetch;

    if (warden_fetch_seal(f->out_fd) != OK) {
        fail(w, "they have no size that a key set has");
        return;
    }
    bool failed = f->failures > 0;
    f->failures = 0;
    (void)schedule(w);
    if (!warden_fetch_is_same(f->out_fd, f->keys_fd)) {
        f->offer_fd = f->out_fd;
        f->out_fd = -1;
        offer(w);
        return;
    }
    f->keys_ms = clock_mono_ms();
    if (failed) {
        log_info("the keys of %s are fetched again, and are the same [JWK003]",
            f->plugin->mechanisms);
    }
}

bool warden_fetch_has(const struct warden_child *c, const char *key)
{
    const struct warden_fetch *f = &c->warden->fetch;

    return f->plugin != NULL && f->plugin == c->plugin && strcmp(key, FILE_KEY) == 0;
}

/* New keys are for one that replaces another, so that there is one if they are no good. */
enum err warden_fetch_send(struct warden_child *c, const char *name)
{
    const struct warden_fetch *f = &c->warden->fetch;
    const struct ipc_auth_file message = {.name = ipc_text(name)};
    bool has_offer = c->replaces && f->offer_fd >= 0;
    int fd = has_offer ? f->offer_fd : f->keys_fd;

    if (fd < 0) {
        return OK; /* it starts without */
    }
    if (lseek(fd, 0, SEEK_SET) != 0) { /* one place for all who have it */
        return ERR_IO;
    }
    c->has_offer = has_offer;
    return ipc_link_send(&c->link, IPC_MSG_AUTH_FILE, 0, &message, fd);
}

void warden_fetch_on_ready(struct warden_child *c)
{
    struct warden *w = c->warden;
    struct warden_fetch *f = &w->fetch;

    if (f->plugin == NULL || c->plugin != f->plugin || f->offer_fd < 0) {
        return;
    }
    if (!c->has_offer) {
        offer(w);
        return;
    }
    c->has_offer = false;
    close_fd(&f->keys_fd);
    f->keys_fd = f->offer_fd;
    f->offer_fd = -1;
    f->keys_ms = clock_mono_ms();
    log_info(
        "the keys of %s that were fetched are in force [JWK001]", f->plugin->mechanisms);
}

void warden_fetch_on_death(struct warden_child *c)
{
    if (c->has_offer && !c->retired && !c->warden->stopping) {
        withdraw(c->warden);
    }
}

/* --- one fetch ---------------------------------------------------------------------- */

static void end_run(struct warden_fetch *f)
{
    f->running = false;
    close_fd(&f->process.pidfd);
    close_fd(&f->out_fd);
    close_fd(&f->messages_fd);
}

static void abandon_run(struct warden *w)
{
    struct warden_fetch *f = &w->fetch;

    if (f->running) {
        warden_child_reap(&f->process);
        loop_remove(w->loop, &f->exit_watch);
        end_run(f);
    }
}

static void show_failure(struct warden *w, int status)
{
    char bytes[WARDEN_FETCH_SENTENCE];
    char why[4 * sizeof(bytes) + 8];

    ssize_t n = pread(w->fetch.messages_fd, bytes, sizeof(bytes), 0);
    if (WIFSIGNALED(status)) {
        (void)snprintf(
            why, sizeof(why), "its process ended by signal %d", WTERMSIG(status));
    } else if (n <= 0) {
        (void)snprintf(
            why, sizeof(why), "its process ended by status %d", WEXITSTATUS(status));
    } else {
        (void)text_escape(why, sizeof(why), bytes, (size_t)n);
    }
    fail(w, why);
}

static void on_exit_event(void *context, uint32_t events)
{
    struct warden *w = context;
    struct warden_fetch *f = &w->fetch;
    int status = 0;

    (void)events;
    if (waitpid(f->process.pid, &status, WNOHANG) != f->process.pid) {
        return;
    }
    loop_remove(w->loop, &f->exit_watch);
    loop_timer_cancel(w->loop, &f->timer);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        take(w);
    } else {
        show_failure(w, status);
    }
    end_run(f);
}

/* Not waited for: the process does that. */
static enum err connect_to(const char *text, int *fd_out, struct warden_message *why)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct conf_address a;

    INVARIANT(conf_address_parse(text, &a) == NULL); /* it was, when it was read */
    v4.sin_port = v6.sin6_port = htons(a.port);
    memcpy(&v4.sin_addr, a.bytes, sizeof(v4.sin_addr));
    memcpy(&v6.sin6_addr, a.bytes, sizeof(v6.sin6_addr));
    int fd = socket(
        a.is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        (void)snprintf(why->text, sizeof(why->text), "no socket: %s", strerror(errno));
        return ERR_IO;
    }
    int result =
        a.is_v6 ? connect(fd, (const struct sockaddr *)(const void *)&v6, sizeof(v6))
                : connect(fd, (const struct sockaddr *)(const void *)&v4, sizeof(v4));
    if (result != 0 && errno != EINPROGRESS) {
        (void)snprintf(why->text, sizeof(why->text), "connecting to %s failed: %s", text,
            strerror(errno));
        (void)close(fd);
        return ERR_IO;
    }
    *fd_out = fd;
    return OK;
}

static enum err spawn(struct warden *w, int anchors, int socket_fd)
{
    struct warden_fetch *f = &w->fetch;
    const char *const arguments[] = {conf_value_of(w->conf, CONF_JWKS_URL), NULL};
    const struct sandbox_fd fds[] = {{anchors, 3}, {f->out_fd, 4}, {socket_fd, 5}};
    const struct sandbox_start start = {.role = SANDBOX_FETCH,
        .root = sandbox_role_name(SANDBOX_FETCH),
        .program_fd = w->programs[SANDBOX_FETCH],
        .arguments = arguments,
        .fds = fds,
        .fd_count = sizeof(fds) / sizeof(fds[0]),
        .stderr_fd = f->messages_fd};
    struct sandbox_failure failure = {0};
    char sentence[512];

    enum err e = sandbox_spawn(&w->sandbox, &start, &f->process, &failure);
    if (e != OK) {
        sandbox_failure_text(
            "fetch", w->sandbox.mode, &failure, sentence, sizeof(sentence));
        log_err("%s", sentence);
    }
    return e;
}

/* Watched by its exit and by the clock. */
static enum err watch(struct warden *w)
{
    struct warden_fetch *f = &w->fetch;

    f->exit_watch = (struct loop_watch){.fd = f->process.pidfd,
        .events = EPOLLIN,
        .on_event = on_exit_event,
        .context = w};
    enum err e = loop_add(w->loop, &f->exit_watch);
    if (e == OK) {
        e = loop_timer_set(w->loop, &f->timer, clock_mono_ms() + WARDEN_FETCH_TIMEOUT_MS);
    }
    if (e != OK) {
        loop_remove(w->loop, &f->exit_watch);
        warden_child_reap(&f->process);
    }
    return e;
}

static enum err begin_run(struct warden *w, struct warden_message *why)
{
    struct warden_fetch *f = &w->fetch;
    int anchors = -1;
    int socket_fd = -1;

    f->out_fd = memfd_create("keys", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    f->messages_fd = memfd_create("messages", MFD_CLOEXEC);
    f->process = (struct sandbox_process){.pidfd = -1};
    (void)snprintf(why->text, sizeof(why->text), "no memory for its answer");
    enum err e = f->out_fd < 0 || f->messages_fd < 0 ? ERR_NOMEM : OK;
    if (e == OK) {
        e = warden_files_open(w->conf->jwks_ca_file, false, &anchors, why);
    }
    if (e == OK) {
        e = connect_to(conf_value_of(w->conf, ADDRESS_KEY), &socket_fd, why);
    }
    if (e == OK) {
        (void)snprintf(why->text, sizeof(why->text), "its process can not be started");
        e = spawn(w, anchors, socket_fd);
    }
    close_fd(&anchors);
    close_fd(&socket_fd);
    return e == OK ? watch(w) : e;
}

static void on_timer(void *context)
{
    struct warden *w = context;
    struct warden_fetch *f = &w->fetch;
    struct warden_message why;

    if (w->stopping) {
        return;
    }
    if (f->running) {
        abandon_run(w);
        fail(w, "its process did not end in time");
        return;
    }
    if (is_crowded(w)) {
        (void)schedule(w);
        return;
    }
    if (f->offer_fd >= 0) { /* one after the other */
        offer(w);
        if (f->offer_fd >= 0) {
            (void)schedule(w);
        }
        return;
    }
    f->running = true;
    if (begin_run(w, &why) != OK) {
        end_run(f);
        fail(w, why.text);
    }
}

void warden_fetch_now(struct warden *w)
{
    struct warden_fetch *f = &w->fetch;

    if (f->plugin == NULL || f->running) {
        return;
    }
    f->timer.on_timer = on_timer;
    f->timer.context = w;
    if (loop_timer_set(w->loop, &f->timer, clock_mono_ms()) != OK) {
        warden_stop(w, WARDEN_EXIT_FAULT);
    }
}

void warden_fetch_anew(struct warden *w)
{
    abandon_run(w);
    close_fd(&w->fetch.offer_fd);
    warden_fetch_now(w);
}

void warden_fetch_stop(struct warden *w)
{
    struct warden_fetch *f = &w->fetch;

    if (f->plugin == NULL) {
        return;
    }
    loop_timer_cancel(w->loop, &f->timer);
    abandon_run(w);
}
