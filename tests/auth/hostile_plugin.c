/*
 * hostile_plugin - does on request what a plugin must not do. The request is the text of
 * the step; FAULT_... builds one that is wrong before it is asked anything.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <schloss/auth_plugin.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct schloss_auth_instance {
    const struct schloss_auth_host *host;
    uint64_t last;
    bool late; /* complete what is cancelled */
};

static struct schloss_auth_instance the_instance;

static void (*host_function(const struct schloss_auth_host *host, uint32_t id))(void)
{
    for (const struct schloss_auth_function *f = host->functions; f->id != 0; f++) {
        if (f->id == id) {
            return f->call;
        }
    }
    return NULL;
}

static void complete(uint64_t attempt, const struct schloss_auth_result *result)
{
    schloss_auth_host_complete *call = (schloss_auth_host_complete *)host_function(
        the_instance.host, SCHLOSS_AUTH_HOST_COMPLETE);

    call(the_instance.host->host, attempt, result);
}

static void say(uint64_t attempt, uint32_t verdict, const char *principal)
{
    const struct schloss_auth_result r = {.size = sizeof(r),
        .verdict = verdict,
        .principal = {principal, principal != NULL ? strlen(principal) : 0}};

    complete(attempt, &r);
}

static void allow_bytes(uint64_t attempt, const void *bytes, size_t length)
{
    const struct schloss_auth_result r = {
        .size = sizeof(r), .verdict = SCHLOSS_AUTH_ALLOW, .principal = {bytes, length}};

    complete(attempt, &r);
}

static void answer_bytes(uint64_t attempt, const void *bytes, size_t length)
{
    const struct schloss_auth_result r = {
        .size = sizeof(r), .verdict = SCHLOSS_AUTH_CONTINUE, .answer = {bytes, length}};

    complete(attempt, &r);
}

static void wait_for(uint64_t attempt, uint32_t delay_ms)
{
    schloss_auth_host_wait *call = (schloss_auth_host_wait *)host_function(
        the_instance.host, SCHLOSS_AUTH_HOST_WAIT);

    call(the_instance.host->host, attempt, delay_ms);
}

static void do_allow(uint64_t n)
{
    say(n, SCHLOSS_AUTH_ALLOW, "User:eve");
}

static void do_deny(uint64_t n)
{
    say(n, SCHLOSS_AUTH_DENY, NULL);
}

static void do_twice(uint64_t n)
{
    do_deny(n);
    do_allow(n);
}

static void do_allow_twice(uint64_t n)
{
    do_allow(n);
    do_allow(n);
}

static void do_hang(uint64_t n)
{
    (void)n;
}

static void do_late(uint64_t n)
{
    (void)n;
    the_instance.late = true;
}

static void do_huge(uint64_t n)
{
    static char bytes[1 << 20];

    answer_bytes(n, bytes, sizeof(bytes));
}

static void do_gigabyte(uint64_t n)
{
    answer_bytes(n, "x", (size_t)1 << 30); /* must not even be read */
}

static void do_nowhere(uint64_t n)
{
    answer_bytes(n, NULL, 10);
}

static void do_empty_principal(uint64_t n)
{
    say(n, SCHLOSS_AUTH_ALLOW, NULL);
}

static void do_prefix_only(uint64_t n)
{
    say(n, SCHLOSS_AUTH_ALLOW, "User:");
}

static void do_other_type(uint64_t n)
{
    say(n, SCHLOSS_AUTH_ALLOW, "Group:admins");
}

static void do_long_principal(uint64_t n)
{
    char name[300] = "User:";

    memset(name + 5, 'e', sizeof(name) - 5);
    allow_bytes(n, name, sizeof(name));
}

static void do_nul_principal(uint64_t n)
{
    static const char name[] = "User:admin\0eve";

    allow_bytes(n, name, sizeof(name) - 1);
}

static void do_line_principal(uint64_t n)
{
    say(n, SCHLOSS_AUTH_ALLOW, "User:eve\nallow all");
}

static void do_not_utf8(uint64_t n)
{
    say(n, SCHLOSS_AUTH_ALLOW, "User:\xff\xfe");
}

static void do_zero(uint64_t n)
{
    say(n, 0, "User:eve");
}

static void do_one(uint64_t n)
{
    say(n, 1, "User:eve");
}

static void do_wide(uint64_t n)
{
    say(n, 0x100 | SCHLOSS_AUTH_ALLOW, "User:eve");
}

static void do_null(uint64_t n)
{
    complete(n, NULL);
}

static void do_short(uint64_t n)
{
    const struct schloss_auth_result r = {
        .size = offsetof(struct schloss_auth_result, groups) - 1,
        .verdict = SCHLOSS_AUTH_ALLOW,
        .principal = {"User:eve", 8}};

    complete(n, &r);
}

static void do_other(uint64_t n)
{
    do_allow(n + 1024); /* an attempt that does not exist */
    do_allow(n ^ 1);    /* perhaps one of somebody else */
}

static void do_last(uint64_t n)
{
    do_allow(the_instance.last);
    (void)n;
}

static void do_continue(uint64_t n)
{
    answer_bytes(n, "more", 4);
}

static void do_continue_and_allow(uint64_t n)
{
    answer_bytes(n, "more", 4);
    do_allow(n);
}

static void do_wait(uint64_t n)
{
    wait_for(n, 100);
}

static void do_wait_and_allow(uint64_t n)
{
    wait_for(n, 100);
    do_allow(n);
}

static void do_wait_twice(uint64_t n)
{
    wait_for(n, 100);
    wait_for(n, 100);
}

static void do_wait_long(uint64_t n)
{
    wait_for(n, UINT32_MAX);
}

static void do_deny_with_principal(uint64_t n)
{
    say(n, SCHLOSS_AUTH_DENY, "User:eve");
}

/* --- what only a sandbox stops ---------------------------------------------------- */

static void do_crash(uint64_t n)
{
    (void)n;
    __builtin_trap();
}

/* Never comes back, and costs nobody any time. */
static void do_stuck(uint64_t n)
{
    static const uint32_t word;

    for (;;) {
        (void)syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
        (void)n;
    }
}

static void allow_if(uint64_t n, bool escaped)
{
    if (escaped) {
        do_allow(n);
    } else {
        do_deny(n);
    }
}

static void do_open(uint64_t n)
{
    static const char *const paths[] = {
        "/", "/etc/passwd", "/proc/self/environ", "/hostile.so"};
    bool escaped = false;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        escaped |= open(paths[i], O_RDONLY | O_CLOEXEC) >= 0;
    }
    allow_if(n, escaped);
}

/* Never given back, and never touched either: the tests' own machine is left alone. */
static void do_leak(uint64_t n)
{
    static void *volatile kept[64];
    bool got_all = true;

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        kept[i] = malloc((size_t)64 << 20);
        got_all &= kept[i] != NULL;
    }
    allow_if(n, got_all);
}

static void do_fork(uint64_t n)
{
    allow_if(n, fork() >= 0);
}

static void do_connect(uint64_t n)
{
    allow_if(n, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
}

static void do_sleep(uint64_t n)
{
    allow_if(n, sleep(1) == 0);
}

static void do_signal(uint64_t n)
{
    allow_if(n, kill(1, SIGTERM) == 0);
}

static void do_program(uint64_t n)
{
    static char name[] = "/bin/sh";
    char *const arguments[] = {name, NULL};

    (void)execv(name, arguments);
    do_allow(n);
}

/* What is no message, to whoever listens at the other end. */
static void do_forge(uint64_t n)
{
    for (int fd = 3; fd < 16; fd++) {
        ssize_t ignored = write(fd, "User:admin is in", 16);
        (void)ignored;
    }
    do_deny(n);
}

static const struct {
    const char *word;
    void (*act)(uint64_t n);
} acts[] = {
    {"allow", do_allow},
    {"deny", do_deny},
    {"twice", do_twice},
    {"allow-twice", do_allow_twice},
    {"hang", do_hang},
    {"late", do_late},
    {"huge", do_huge},
    {"gigabyte", do_gigabyte},
    {"nowhere", do_nowhere},
    {"empty-principal", do_empty_principal},
    {"prefix-only", do_prefix_only},
    {"other-type", do_other_type},
    {"long-principal", do_long_principal},
    {"nul-principal", do_nul_principal},
    {"line-principal", do_line_principal},
    {"not-utf8", do_not_utf8},
    {"zero", do_zero},
    {"one", do_one},
    {"wide", do_wide},
    {"null", do_null},
    {"short", do_short},
    {"other", do_other},
    {"last", do_last},
    {"continue", do_continue},
    {"continue-and-allow", do_continue_and_allow},
    {"wait", do_wait},
    {"wait-and-allow", do_wait_and_allow},
    {"wait-twice", do_wait_twice},
    {"wait-long", do_wait_long},
    {"deny-with-principal", do_deny_with_principal},
    {"crash", do_crash},
    {"stuck", do_stuck},
    {"open", do_open},
    {"leak", do_leak},
    {"fork", do_fork},
    {"connect", do_connect},
    {"sleep", do_sleep},
    {"signal", do_signal},
    {"program", do_program},
    {"forge", do_forge},
};

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    (void)config;
#ifdef FAULT_create
    (void)host;
    return NULL;
#else
    the_instance = (struct schloss_auth_instance){.host = host};
    return &the_instance;
#endif
}

static void on_destroy(struct schloss_auth_instance *instance)
{
    (void)instance;
}

static uint32_t on_warm(struct schloss_auth_instance *instance)
{
    (void)instance;
#ifdef FAULT_warm
    return 0;
#else
    return SCHLOSS_AUTH_READY;
#endif
}

static void on_begin(struct schloss_auth_instance *instance, uint64_t attempt,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    (void)instance;
    (void)mechanism;
    if (address.length == 5 && memcmp(address.bytes, "eager", 5) == 0) {
        do_allow(attempt);
    }
}

static void on_step(struct schloss_auth_instance *instance, uint64_t attempt,
    struct schloss_auth_bytes message)
{
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (message.length == strlen(acts[i].word) &&
            memcmp(message.bytes, acts[i].word, message.length) == 0) {
            acts[i].act(attempt);
            break;
        }
    }
    instance->last = attempt;
}

static void on_cancel(struct schloss_auth_instance *instance, uint64_t attempt)
{
    if (instance->late) {
        instance->late = false;
        do_allow(attempt);
    }
}

static void on_resume(struct schloss_auth_instance *instance, uint64_t attempt)
{
    (void)instance;
    do_allow(attempt);
}

typedef void function(void);

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_PLUGIN_CREATE, (function *)on_create},
    {SCHLOSS_AUTH_PLUGIN_DESTROY, (function *)on_destroy},
    {SCHLOSS_AUTH_PLUGIN_WARM, (function *)on_warm},
    {SCHLOSS_AUTH_PLUGIN_BEGIN, (function *)on_begin},
    {SCHLOSS_AUTH_PLUGIN_STEP, (function *)on_step},
#ifndef FAULT_missing
    {SCHLOSS_AUTH_PLUGIN_CANCEL, (function *)on_cancel},
#endif
#ifdef FAULT_twice
    {SCHLOSS_AUTH_PLUGIN_CANCEL, (function *)on_cancel},
#endif
#ifdef FAULT_empty
    {SCHLOSS_AUTH_PLUGIN_RESUME, NULL},
#endif
    {SCHLOSS_AUTH_PLUGIN_RESUME, (function *)on_resume},
    {4711, (function *)on_resume}, /* of a later version */
#ifdef FAULT_endless
#define FOUR                                                                             \
    {4712, (function *)on_resume}, {4713, (function *)on_resume},                        \
        {4714, (function *)on_resume},                                                   \
    {                                                                                    \
        4715, (function *)on_resume                                                      \
    }
#define SIXTEEN FOUR, FOUR, FOUR, FOUR
    SIXTEEN,
    SIXTEEN,
    SIXTEEN,
    SIXTEEN,
#endif
    {0, NULL},
};

#ifdef FAULT_missing
/* Not in the table of this one. */
void hostile_unused(void);
void hostile_unused(void)
{
    on_cancel(&the_instance, 0);
}
#endif

static const struct schloss_auth_plugin plugin = {
#ifdef FAULT_short
    .size = sizeof(plugin) - 1,
#else
    .size = sizeof(plugin),
#endif
#ifdef FAULT_major
    .abi_major = SCHLOSS_AUTH_ABI_MAJOR + 1,
#else
    .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
#endif
    .abi_minor = 99,
#ifndef FAULT_unnamed
    .name = "hostile",
#endif
    .version = "1",
    .mechanisms = "TEST OTHER",
    .functions = functions,
};

#ifdef FAULT_entry
const struct schloss_auth_plugin *some_other_name(uint32_t host_abi);
const struct schloss_auth_plugin *some_other_name(uint32_t host_abi)
#else
const struct schloss_auth_plugin *schloss_auth_plugin_v1(uint32_t host_abi)
#endif
{
    (void)host_abi;
#ifdef FAULT_null
    (void)plugin;
    return NULL;
#else
    return &plugin;
#endif
}
