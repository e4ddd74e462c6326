/*
 * schloss-hostile-plugin - a plugin that was taken over: all of the real auth process, in
 * its genuine sandbox and on its genuine channels, and code in it that obeys its client.
 *
 * Sees:       what a plugin sees.
 * Holds:      the secret that its manifest asks for.
 * Talks to:   broker, by what the host offers and past it.
 * May call:   profile `auth`.
 * If taken:   it is: a client tells it what to try. Only schloss-selftest loads it, in an
 *             instance of its own.
 *
 * A step is an order, words with blanks between them; what came of it goes back to the
 * client with CONTINUE, as far as the order itself does not end the attempt.
 */
#include "ipc_words.h"

#include <schloss/auth_plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define ORDER_MAX  1024
#define FDS_MAX    64
#define FIRST_PEER 5 /* behind the warden's channel and the event loop */
#define PAGE       4096
#define KEEP       "keep" /* what the secret says: keep a copy of its descriptor */

struct schloss_auth_instance {
    const struct schloss_auth_host *host;
    int secret; /* the number that its descriptor had */
};

static struct schloss_auth_instance the_instance;

/* --- what goes back --------------------------------------------------------------- */

static void complete(uint64_t attempt, const struct schloss_auth_result *result)
{
    for (const struct schloss_auth_function *f = the_instance.host->functions; f->id != 0;
         f++) {
        if (f->id == SCHLOSS_AUTH_HOST_COMPLETE) {
            ((schloss_auth_host_complete *)f->call)(
                the_instance.host->host, attempt, result);
        }
    }
}

static void answer(uint64_t attempt, const char *text)
{
    const struct schloss_auth_result r = {.size = sizeof(r),
        .verdict = SCHLOSS_AUTH_CONTINUE,
        .answer = {text, strlen(text)}};

    complete(attempt, &r);
}

static void answer_error(uint64_t attempt, bool done, int error)
{
    answer(attempt, done ? "done" : strerrorname_np(error));
}

/* --- past the host: the channel to broker itself ---------------------------------- */

static bool send_packet(const uint8_t *bytes, size_t length)
{
    for (int fd = FIRST_PEER; fd < FDS_MAX; fd++) {
        if (send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length) {
            return true;
        }
    }
    return false;
}

static bool say(enum ipc_msg msg, const void *message)
{
    struct ipc_header header = {.number = ipc_info(msg)->number};
    struct buf bytes;

    buf_init(&bytes, PAGE);
    buf_add(&bytes, "0123456789abcdef", IPC_HEADER_BYTES);
    ipc_encode(msg, message, &bytes);
    header.length = (uint32_t)(bytes.length - IPC_HEADER_BYTES);
    ipc_header_encode(&header, bytes.bytes);
    bool sent = send_packet(bytes.bytes, bytes.length);
    buf_fini(&bytes);
    return sent;
}

static bool say_result(uint64_t session, uint32_t attempt, enum ipc_verdict verdict,
    const char *principal, size_t length)
{
    const struct ipc_auth_result result = {.session = session,
        .attempt = attempt,
        .verdict = (uint8_t)verdict,
        .principal = {.ptr = (const uint8_t *)principal, .len = length}};

    return length <= IPC_PRINCIPAL_MAX && say(IPC_MSG_AUTH_RESULT, &result);
}

/* --- orders ----------------------------------------------------------------------- */

static void do_allow(uint64_t n, const char *rest)
{
    const struct schloss_auth_result r = {.size = sizeof(r),
        .verdict = SCHLOSS_AUTH_ALLOW,
        .principal = {rest, strlen(rest)}};

    complete(n, &r);
}

static void do_hang(uint64_t n, const char *rest)
{
    (void)n;
    (void)rest;
}

/* SESSION ATTEMPT PRINCIPAL: let in. The principal is all that is left, as it is. */
static void do_let_in(uint64_t n, const char *rest)
{
    char *end = NULL;
    uint64_t session = strtoull(rest, &end, 10);
    uint32_t attempt = (uint32_t)strtoul(end, &end, 10);
    const char *principal = *end == ' ' ? end + 1 : end;

    bool sent =
        say_result(session, attempt, IPC_VERDICT_ALLOW, principal, strlen(principal));
    answer(n, sent ? "sent" : "not sent");
}

/* SESSION: of the one that asks; first refused, then let in. */
static void do_twice(uint64_t n, const char *rest)
{
    static const char eve[] = "User:eve";
    uint64_t session = strtoull(rest, NULL, 10);

    (void)n;
    if (!say_result(session, 1, IPC_VERDICT_DENY, "", 0) ||
        !say_result(session, 1, IPC_VERDICT_ALLOW, eve, sizeof(eve) - 1)) {
        answer(n, "not sent");
    }
}

/* SESSION: nobody knows its principal. */
static void do_unknown(uint64_t n, const char *rest)
{
    const struct ipc_auth_known known = {
        .session = strtoull(rest, NULL, 10), .known = IPC_KNOWN_NO};

    answer(n, say(IPC_MSG_AUTH_KNOWN, &known) ? "sent" : "not sent");
}

/* Its channel is gone, which it does not want to know; it costs nobody any time. */
static _Noreturn void stay(void)
{
    static const uint32_t word;

    for (;;) {
        (void)syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
    }
}

/* COUNT: let in all sessions with a number up to that. */
static void do_guess(uint64_t n, const char *rest)
{
    static const char eve[] = "User:eve";
    uint64_t count = strtoull(rest, NULL, 10);

    (void)n;
    for (uint64_t session = 1; session <= count; session++) {
        if (!say_result(session, 1, IPC_VERDICT_ALLOW, eve, sizeof(eve) - 1)) {
            break;
        }
    }
    stay();
}

/* SESSION: with a principal that no message can hold. It is put together by hand: u64
 * session, u32 attempt, u8 verdict, u16 reason, u32 and no answer, u32 and the principal,
 * i64 expires_ms. */
static void do_long(uint64_t n, const char *rest)
{
    enum { LENGTH = IPC_PRINCIPAL_MAX + 1, HEAD = 8 + 4 + 1 + 2 + 4 };
    uint8_t bytes[IPC_HEADER_BYTES + HEAD + 4 + LENGTH + 8] = {0};
    struct ipc_header header = {.number = ipc_info(IPC_MSG_AUTH_RESULT)->number,
        .length = sizeof(bytes) - IPC_HEADER_BYTES};
    uint64_t session = strtoull(rest, NULL, 10);
    uint8_t *body = bytes + IPC_HEADER_BYTES;

    ipc_header_encode(&header, bytes);
    for (int i = 0; i < 8; i++) {
        body[i] = (uint8_t)(session >> (8 * i));
    }
    body[8] = 1;
    body[12] = IPC_VERDICT_ALLOW;
    body[HEAD] = LENGTH & 0xff;
    body[HEAD + 1] = LENGTH >> 8;
    memset(body + HEAD + 4, 'e', LENGTH);
    memcpy(body + HEAD + 4, "User:", 5);
    if (!send_packet(bytes, sizeof(bytes))) {
        answer(n, "not sent");
    }
}

static void do_open(uint64_t n, const char *rest)
{
    int fd = open(rest, O_RDONLY | O_CLOEXEC);

    answer_error(n, fd >= 0, errno);
}

static void do_make(uint64_t n, const char *rest)
{
    int fd = open(rest, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    answer_error(n, fd >= 0, errno);
}

/* What it began to read while it was created: another descriptor may have its number. */
static void do_read_again(uint64_t n, const char *rest)
{
    char text[sizeof(KEEP)] = "";
    ssize_t got = read(the_instance.secret, text, sizeof(text) - 1);

    (void)rest;
    answer(n, got > 0 ? text : "nothing");
}

/* Every descriptor that it has: nothing is moved by an empty read or write. */
static void do_list(uint64_t n, const char *rest)
{
    char text[ORDER_MAX] = "";
    size_t at = 0;

    (void)rest;
    for (int fd = 0; fd < FDS_MAX && at < sizeof(text) - 8; fd++) {
        char byte;
        bool reads = read(fd, &byte, 0) == 0 || errno != EBADF;
        bool writes = writev(fd, NULL, 0) == 0 || errno != EBADF;
        if (reads || writes) {
            at += (size_t)snprintf(
                text + at, sizeof(text) - at, "%s%d", at > 0 ? " " : "", fd);
        }
    }
    answer(n, text);
}

static void do_shared_memory(uint64_t n, const char *rest)
{
    int id = shmget(IPC_PRIVATE, PAGE, 0600);

    (void)rest;
    answer_error(n, id >= 0, errno);
}

/* --- what its sandbox ends it for ------------------------------------------------- */

static void do_exit(uint64_t n, const char *rest)
{
    (void)n;
    (void)rest;
    _exit(0);
}

static void do_memory(uint64_t n, const char *rest)
{
    char page[64];
    struct iovec here = {page, sizeof(page)};
    struct iovec there = {&the_instance, sizeof(page)};

    ssize_t got = process_vm_readv((pid_t)atoi(rest), &here, 1, &there, 1, 0);
    answer_error(n, got >= 0, errno);
}

static void do_trace(uint64_t n, const char *rest)
{
    answer_error(n, ptrace(PTRACE_SEIZE, (pid_t)atoi(rest), NULL, NULL) == 0, errno);
}

static void do_kill(uint64_t n, const char *rest)
{
    answer_error(n, kill((pid_t)atoi(rest), SIGKILL) == 0, errno);
}

static void do_fork(uint64_t n, const char *rest)
{
    pid_t child = fork();

    (void)rest;
    if (child == 0) {
        _exit(0);
    }
    answer_error(n, child > 0, errno);
}

static void do_program(uint64_t n, const char *rest)
{
    static char name[] = "/bin/sh";
    char *const arguments[] = {name, NULL};

    (void)rest;
    (void)execv(name, arguments);
    answer_error(n, false, errno);
}

static void do_socket(uint64_t n, const char *rest)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)rest;
    answer_error(n, fd >= 0, errno);
}

static const struct {
    const char *word;
    void (*obey)(uint64_t n, const char *rest);
} orders[] = {
    {"allow", do_allow},
    {"hang", do_hang},
    {"let-in", do_let_in},
    {"twice", do_twice},
    {"unknown", do_unknown},
    {"guess", do_guess},
    {"long", do_long},
    {"open", do_open},
    {"make", do_make},
    {"read-again", do_read_again},
    {"list", do_list},
    {"shared-memory", do_shared_memory},
    {"exit", do_exit},
    {"memory", do_memory},
    {"trace", do_trace},
    {"kill", do_kill},
    {"fork", do_fork},
    {"program", do_program},
    {"socket", do_socket},
};

/* --- the plugin ------------------------------------------------------------------- */

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    char text[sizeof(KEEP)] = "";

    the_instance = (struct schloss_auth_instance){.host = host, .secret = -1};
    if (config->file_count > 0) {
        the_instance.secret = config->files[0].fd;
        ssize_t got = read(the_instance.secret, text, sizeof(text) - 1);
        if (got > 0 && strcmp(text, KEEP) == 0 && dup(the_instance.secret) < 0) {
            return NULL;
        }
    }
    return &the_instance;
}

static void on_destroy(struct schloss_auth_instance *instance)
{
    (void)instance;
}

static uint32_t on_warm(struct schloss_auth_instance *instance)
{
    (void)instance;
    return SCHLOSS_AUTH_READY;
}

static void on_begin(struct schloss_auth_instance *instance, uint64_t attempt,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    (void)instance;
    (void)attempt;
    (void)mechanism;
    (void)address;
}

static void on_step(struct schloss_auth_instance *instance, uint64_t attempt,
    struct schloss_auth_bytes message)
{
    char text[ORDER_MAX];
    size_t length = message.length < sizeof(text) ? message.length : sizeof(text) - 1;

    (void)instance;
    memcpy(text, message.bytes, length);
    text[length] = '\0';
    char *rest = strchr(text, ' ');
    if (rest != NULL) {
        *rest++ = '\0';
    }
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (strcmp(text, orders[i].word) == 0) {
            orders[i].obey(attempt, rest != NULL ? rest : "");
            return;
        }
    }
    answer(attempt, "no such order");
}

static void on_cancel(struct schloss_auth_instance *instance, uint64_t attempt)
{
    (void)instance;
    (void)attempt;
}

typedef void function(void);

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_PLUGIN_CREATE, (function *)on_create},
    {SCHLOSS_AUTH_PLUGIN_DESTROY, (function *)on_destroy},
    {SCHLOSS_AUTH_PLUGIN_WARM, (function *)on_warm},
    {SCHLOSS_AUTH_PLUGIN_BEGIN, (function *)on_begin},
    {SCHLOSS_AUTH_PLUGIN_STEP, (function *)on_step},
    {SCHLOSS_AUTH_PLUGIN_CANCEL, (function *)on_cancel},
    {0, NULL},
};

static const struct schloss_auth_plugin plugin = {.size = sizeof(plugin),
    .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
    .abi_minor = SCHLOSS_AUTH_ABI_MINOR,
    .name = "hostile",
    .version = "1",
    .mechanisms = "X-HOSTILE X-OTHER",
    .functions = functions};

__attribute__((visibility("default"))) const struct schloss_auth_plugin *
schloss_auth_plugin_v1(uint32_t host_abi)
{
    (void)host_abi;
    return &plugin;
}
