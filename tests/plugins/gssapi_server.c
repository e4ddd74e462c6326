/*
 * gssapi_server - the gssapi plugin behind standard input, for tests.
 *
 *     gssapi_server SCRATCH KEYTAB KRB5_CONF [NAME=VALUE...]
 *
 * KRB5_CONF may be empty: none. The rest are settings. Says "ready" or "refused"; then
 * each line is "begin N", "step N [HEX]" or "cancel N", and each step is answered with one
 * of "continue HEX", "allow EXPIRES_MS PRINCIPAL", "deny REASON", "error REASON". What the
 * plugin logs are lines "log ...".
 *
 * From "ready" on it may do only what docs/kerberos.md says under "Sandbox": a filter ends
 * it at any other call, and Landlock lets it read and write what is in SCRATCH. (Not under
 * a sanitizer, which needs more; without Landlock where the kernel has none.)
 */
#include "gssapi_plugin.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINE_MAX_HERE 300000
#define SETTINGS_MAX  16u

typedef void function(void);

static function *find(uint32_t id)
{
    for (const struct schloss_auth_function *f = gssapi_plugin()->functions; f->id != 0;
         f++) {
        if (f->id == id) {
            return f->call;
        }
    }
    abort();
}

static void print_hex(const struct schloss_auth_bytes *b)
{
    const unsigned char *p = b->bytes;

    for (size_t i = 0; i < b->length; i++) {
        printf("%02x", p[i]);
    }
}

static void on_complete(void *self, uint64_t attempt, const struct schloss_auth_result *r)
{
    (void)self;
    (void)attempt;
    switch (r->verdict) {
    case SCHLOSS_AUTH_CONTINUE:
        printf("continue ");
        print_hex(&r->answer);
        printf("\n");
        break;
    case SCHLOSS_AUTH_ALLOW:
        printf("allow %lld %.*s\n", (long long)r->expires_ms, (int)r->principal.length,
            (const char *)r->principal.bytes);
        break;
    default:
        printf("%s %u\n", r->verdict == SCHLOSS_AUTH_DENY ? "deny" : "error", r->reason);
        break;
    }
}

static void on_log(void *self, uint32_t level, struct schloss_auth_bytes text)
{
    (void)self;
    (void)level;
    printf("log %.*s\n", (int)text.length, (const char *)text.bytes);
}

static const struct schloss_auth_function functions[] = {
    {SCHLOSS_AUTH_HOST_COMPLETE, (function *)on_complete},
    {SCHLOSS_AUTH_HOST_LOG, (function *)on_log},
    {0, NULL},
};

static struct schloss_auth_instance *start(int argc, char **argv)
{
    static const struct schloss_auth_host offer = {.size = sizeof(offer),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .functions = functions};
    struct schloss_auth_setting settings[SETTINGS_MAX] = {{"scratch", argv[1]}};
    const struct schloss_auth_file files[] = {{"keytab", open(argv[2], O_RDONLY)},
        {"krb5.conf", argv[3][0] != '\0' ? open(argv[3], O_RDONLY) : -1}};
    struct schloss_auth_config config = {.size = sizeof(config),
        .files = files,
        .file_count = argv[3][0] != '\0' ? 2 : 1,
        .settings = settings,
        .setting_count = 1};

    for (int i = 4; i < argc && config.setting_count < SETTINGS_MAX; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals != NULL) {
            *equals = '\0';
            settings[config.setting_count] =
                (struct schloss_auth_setting){argv[i], equals + 1};
            config.setting_count++;
        }
    }
    schloss_auth_plugin_create *create =
        (schloss_auth_plugin_create *)find(SCHLOSS_AUTH_PLUGIN_CREATE);
    struct schloss_auth_instance *p = create(&offer, &config);
    for (size_t i = 0; i < config.file_count; i++) {
        (void)close(files[i].fd);
    }
    return p;
}

static size_t from_hex(char *text)
{
    size_t length = 0;
    unsigned byte = 0;

    while (sscanf(text + 2 * length, "%2x", &byte) == 1) {
        text[length] = (char)byte;
        length++;
    }
    return length;
}

static void step(struct schloss_auth_instance *p, unsigned long long number, char *hex)
{
    schloss_auth_plugin_step *call =
        (schloss_auth_plugin_step *)find(SCHLOSS_AUTH_PLUGIN_STEP);
    size_t length = from_hex(hex);
    /* A block of its very size, so that one byte too far is noticed. */
    char *message = malloc(length > 0 ? length : 1);

    if (message == NULL) {
        abort();
    }
    memcpy(message, hex, length);
    call(p, number, (struct schloss_auth_bytes){message, length});
    free(message);
}

static void serve(struct schloss_auth_instance *p)
{
    static char line[LINE_MAX_HERE];
    schloss_auth_plugin_begin *begin =
        (schloss_auth_plugin_begin *)find(SCHLOSS_AUTH_PLUGIN_BEGIN);
    schloss_auth_plugin_cancel *cancel =
        (schloss_auth_plugin_cancel *)find(SCHLOSS_AUTH_PLUGIN_CANCEL);

    while (fgets(line, sizeof(line), stdin) != NULL) {
        unsigned long long number = 0;
        int used = 0;
        if (sscanf(line, "begin %llu", &number) == 1) {
            begin(p, number, (struct schloss_auth_bytes){"GSSAPI", 6},
                (struct schloss_auth_bytes){"127.0.0.1", 9});
        } else if (sscanf(line, "step %llu %n", &number, &used) == 1) {
            step(p, number, line + used);
        } else if (sscanf(line, "cancel %llu", &number) == 1) {
            cancel(p, number);
        }
        (void)fflush(stdout);
    }
}

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANDBOX false
#else
#define SANDBOX true
#endif

/* Every right to files of Landlock's first version. */
#define LANDLOCK_ALL ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static bool confine_files(const char *scratch)
{
    const struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ALL};
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE};

    int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (fd < 0) {
        return true;
    }
    beneath.parent_fd = open(scratch, O_PATH | O_CLOEXEC);
    bool good = syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath,
                    0) == 0 &&
                syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    (void)close(beneath.parent_fd);
    (void)close(fd);
    return good;
}

static bool confine(const char *scratch)
{
    static const int calls[] = {SCMP_SYS(access), SCMP_SYS(newfstatat), SCMP_SYS(openat),
        SCMP_SYS(fcntl), SCMP_SYS(lseek), SCMP_SYS(read), SCMP_SYS(write),
        SCMP_SYS(close), SCMP_SYS(getrandom), SCMP_SYS(brk), SCMP_SYS(mmap),
        SCMP_SYS(munmap), SCMP_SYS(exit_group)};

    if (!SANDBOX) {
        return true;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !confine_files(scratch)) {
        return false;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool good = filter != NULL;
    for (size_t i = 0; good && i < sizeof(calls) / sizeof(calls[0]); i++) {
        good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) == 0;
    }
    good = good && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

int main(int argc, char **argv)
{
    static char output[BUFSIZ];
    schloss_auth_plugin_warm *warm =
        (schloss_auth_plugin_warm *)find(SCHLOSS_AUTH_PLUGIN_WARM);
    schloss_auth_plugin_destroy *destroy =
        (schloss_auth_plugin_destroy *)find(SCHLOSS_AUTH_PLUGIN_DESTROY);

    if (argc < 4) {
        return 2;
    }
    struct schloss_auth_instance *p = start(argc, argv);
    (void)setvbuf(stdout, output, _IOFBF, sizeof(output));
    bool ready = p != NULL && warm(p) == SCHLOSS_AUTH_READY && confine(argv[1]);
    printf("%s\n", ready ? "ready" : "refused");
    (void)fflush(stdout);
    if (ready) {
        serve(p);
    }
    if (p != NULL) {
        destroy(p);
    }
    (void)fflush(stdout);
    if (SANDBOX) {
        _exit(ready ? 0 : 1); /* what a preloaded library does at the end is not ours */
    }
    return ready ? 0 : 1;
}
