#include "sandbox_landlock.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_VERSION    1u
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT     2

#define NET_BIND_TCP    (1u << 0)
#define NET_CONNECT_TCP (1u << 1)
#define SCOPE_ABSTRACT  (1u << 0)
#define SCOPE_SIGNAL    (1u << 1)

#define ABI_NAMESPACES 2 /* moving files between directories */
#define ABI_CONTAINER  4 /* rules for TCP */
#define ABI_SCOPES     6 /* signals and abstract sockets */

struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net; /* ABI 4 */
    uint64_t scoped;             /* ABI 6 */
};

struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

struct net_port {
    uint64_t allowed_access;
    uint64_t port;
};

enum kind { RIGHT_FS, RIGHT_NET, RIGHT_SCOPE };

/* clang-format off */
static const struct right {
    const char *name;
    enum kind kind;
    int abi;
    uint64_t bit;
    bool beneath; /* kept beneath the store's directories */
} rights[] = {
    {"execute",           RIGHT_FS,    1, 1u << 0,  false},
    {"write-file",        RIGHT_FS,    1, 1u << 1,  true},
    {"read-file",         RIGHT_FS,    1, 1u << 2,  true},
    {"read-dir",          RIGHT_FS,    1, 1u << 3,  true},
    {"remove-dir",        RIGHT_FS,    1, 1u << 4,  true},
    {"remove-file",       RIGHT_FS,    1, 1u << 5,  true},
    {"make-char",         RIGHT_FS,    1, 1u << 6,  false},
    {"make-dir",          RIGHT_FS,    1, 1u << 7,  true},
    {"make-reg",          RIGHT_FS,    1, 1u << 8,  true},
    {"make-sock",         RIGHT_FS,    1, 1u << 9,  false},
    {"make-fifo",         RIGHT_FS,    1, 1u << 10, false},
    {"make-block",        RIGHT_FS,    1, 1u << 11, false},
    {"make-sym",          RIGHT_FS,    1, 1u << 12, false},
    {"refer",             RIGHT_FS,    2, 1u << 13, true},
    {"truncate",          RIGHT_FS,    3, 1u << 14, true},
    {"ioctl-dev",         RIGHT_FS,    5, 1u << 15, false},
    {"bind-tcp",          RIGHT_NET,   4, NET_BIND_TCP, false},
    {"connect-tcp",       RIGHT_NET,   4, NET_CONNECT_TCP, false},
    {"abstract-sockets",  RIGHT_SCOPE, 6, SCOPE_ABSTRACT, false},
    {"signals",           RIGHT_SCOPE, 6, SCOPE_SIGNAL, false},
};
/* clang-format on */

#define READ_FILE (1u << 2)
#define READ_DIR  (1u << 3)

#define RIGHT_COUNT (sizeof(rights) / sizeof(rights[0]))

int sandbox_landlock_abi(int *error_out)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

    *error_out = abi > 0 ? 0 : errno;
    return abi > 0 ? (int)abi : 0;
}

int sandbox_landlock_abi_min(enum sandbox_mode mode)
{
    return mode == SANDBOX_CONTAINER ? ABI_CONTAINER : ABI_NAMESPACES;
}

bool sandbox_landlock_has_scopes(int abi)
{
    return abi >= ABI_SCOPES;
}

bool sandbox_landlock_has_ports(int abi)
{
    return abi >= ABI_CONTAINER;
}

static void add_name(char *out, size_t size, const char *name)
{
    size_t length = strlen(out);

    if (length < size) {
        (void)snprintf(out + length, size - length, "%s%s", length > 0 ? " " : "", name);
    }
}

void sandbox_landlock_missing(int abi, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < RIGHT_COUNT; i++) {
        if (rights[i].abi > abi) {
            add_name(out, size, rights[i].name);
        }
    }
}

void sandbox_landlock_beneath(char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < RIGHT_COUNT; i++) {
        if (rights[i].beneath) {
            add_name(out, size, rights[i].name);
        }
    }
}

static uint64_t bits(enum kind kind, int abi, bool only_beneath)
{
    uint64_t all = 0;

    for (size_t i = 0; i < RIGHT_COUNT; i++) {
        const struct right *r = &rights[i];
        if (r->kind == kind && r->abi <= abi && (!only_beneath || r->beneath)) {
            all |= r->bit;
        }
    }
    return all;
}

/* An older kernel refuses fields that it does not know: tell it only of those it does. */
static size_t ruleset_size(int abi)
{
    if (abi >= ABI_SCOPES) {
        return sizeof(struct ruleset);
    }
    return abi >= ABI_CONTAINER ? offsetof(struct ruleset, scoped)
                                : offsetof(struct ruleset, handled_access_net);
}

/* What stays open. */
struct open_ways {
    const int *directories;
    size_t directory_count;
    const int *readable; /* files and directories */
    size_t readable_count;
    const uint16_t *ports;
    size_t port_count;
};

/* A right of directories is not taken for a file. */
static int add_readable(int fd, int path)
{
    struct path_beneath rule = {.allowed_access = READ_FILE, .parent_fd = path};
    struct stat st;

    if (fstat(path, &st) != 0) {
        return errno;
    }
    if (S_ISDIR(st.st_mode)) {
        rule.allowed_access |= READ_DIR;
    }
    return syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) == 0 ? 0
                                                                                : errno;
}

static int add_rules(int fd, int abi, const struct open_ways *open)
{
    for (size_t i = 0; i < open->directory_count; i++) {
        const struct path_beneath rule = {.allowed_access = bits(RIGHT_FS, abi, true),
            .parent_fd = open->directories[i]};
        if (syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) != 0) {
            return errno;
        }
    }
    for (size_t i = 0; i < open->readable_count; i++) {
        int error = add_readable(fd, open->readable[i]);
        if (error != 0) {
            return error;
        }
    }
    for (size_t i = 0; sandbox_landlock_has_ports(abi) && i < open->port_count; i++) {
        const struct net_port rule = {
            .allowed_access = NET_CONNECT_TCP, .port = open->ports[i]};
        if (syscall(SYS_landlock_add_rule, fd, RULE_NET_PORT, &rule, 0) != 0) {
            return errno;
        }
    }
    return 0;
}

static int close_all_but(const struct open_ways *open)
{
    int error;
    int abi = sandbox_landlock_abi(&error);

    if (abi == 0) {
        return error;
    }
    const struct ruleset ruleset = {.handled_access_fs = bits(RIGHT_FS, abi, false),
        .handled_access_net = bits(RIGHT_NET, abi, false),
        .scoped = bits(RIGHT_SCOPE, abi, false)};
    int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, ruleset_size(abi), 0);
    if (fd < 0) {
        return errno;
    }
    error = add_rules(fd, abi, open);
    if (error == 0 && syscall(SYS_landlock_restrict_self, fd, 0) != 0) {
        error = errno;
    }
    (void)close(fd);
    return error;
}

int sandbox_landlock_close(const int *directories, size_t count)
{
    return close_all_but(
        &(struct open_ways){.directories = directories, .directory_count = count});
}

int sandbox_landlock_close_but_reading(const int *paths, size_t count)
{
    return close_all_but(&(struct open_ways){.readable = paths, .readable_count = count});
}

int sandbox_landlock_close_but_ports(const uint16_t *ports, size_t count)
{
    return close_all_but(&(struct open_ways){.ports = ports, .port_count = count});
}
