#include "sandbox.h"
#include "sandbox_landlock.h"
#include "sandbox_profile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_SIZE 1024

static const struct {
    const char *name;
    const char *lost;
} modes[SANDBOX_MODE_COUNT] = {
    [SANDBOX_STRICT] = {"strict", NULL},
    [SANDBOX_ROOTLESS] = {"rootless",
        "all processes run as one user: files of that user are kept from them by "
        "namespaces, "
        "Landlock and seccomp only, not by ownership as well"},
    [SANDBOX_CONTAINER] = {"container",
        "no namespaces: processes share the process list, the network stack and the file "
        "tree "
        "of the container, and only users, Landlock and seccomp keep them apart; the "
        "descriptors of a started process are not counted where the container forbids "
        "it"},
};

/* clang-format off */
static const struct {
    const char *name;
    const char *attempted;
    const char *needs;
    const char *setting;
} layers[SANDBOX_LAYER_COUNT] = {
    [SANDBOX_LAYER_NONE] = {"none", "nothing", "nothing", NULL},
    [SANDBOX_LAYER_NAMESPACES] = {"namespaces",
        "new user, process, mount, ipc, uts and cgroup namespaces",
        "Linux 5.14 with CONFIG_NAMESPACES, CONFIG_USER_NS and permission to create them",
        "sandbox=container"},
    [SANDBOX_LAYER_NETWORK] = {"network namespace", "entering an empty network namespace",
        "Linux 5.14 with CONFIG_NET_NS", "sandbox=container"},
    [SANDBOX_LAYER_DESCRIPTORS] = {"descriptors", "fixing the open descriptors",
        "Linux 5.11 (close_range) and enough descriptors (ulimit -n)", NULL},
    [SANDBOX_LAYER_ROOT] = {"root", "changing to a root of the role's own",
        "Linux 5.12 (mount_setattr), CONFIG_TMPFS and permission to mount", "sandbox=container"},
    [SANDBOX_LAYER_CAPABILITIES] = {"capabilities", "dropping every capability",
        "CAP_SETPCAP at start", NULL},
    [SANDBOX_LAYER_USERS] = {"separate users", "becoming the role's own user",
        "root with CAP_SETUID and CAP_SETGID for strict and container, an ordinary user for "
        "rootless", "sandbox=rootless and start as an ordinary user"},
    [SANDBOX_LAYER_NO_NEW_PRIVS] = {"no_new_privs", "prctl(PR_SET_NO_NEW_PRIVS)",
        "Linux 3.5", NULL},
    [SANDBOX_LAYER_LIMITS] = {"limits", "setting resource limits",
        "hard limits (ulimit -H) at least as high as the role's", NULL},
    [SANDBOX_LAYER_EXEC] = {"exec", "starting the program by its descriptor",
        "the program as installed, with every library it needs", NULL},
    [SANDBOX_LAYER_PROCESS] = {"process", "making the process undumpable, single-threaded and "
        "bound to the warden", "Linux 5.14", NULL},
    [SANDBOX_LAYER_LANDLOCK] = {"Landlock", "restricting files, network and signals by Landlock",
        "Linux 5.19 (Landlock ABI 2), or 6.7 (ABI 4) for sandbox=container, with "
        "CONFIG_SECURITY_LANDLOCK and landlock in lsm=", NULL},
    [SANDBOX_LAYER_SECCOMP] = {"seccomp", "loading the system call filter",
        "Linux 4.14 with CONFIG_SECCOMP_FILTER", NULL},
};
/* clang-format on */

const char *sandbox_role_name(enum sandbox_role role)
{
    return sandbox_profile(role)->name;
}

const char *sandbox_program_name(enum sandbox_role role)
{
    return sandbox_profile(role)->program;
}

const char *sandbox_mode_name(enum sandbox_mode mode)
{
    return (unsigned)mode < SANDBOX_MODE_COUNT ? modes[mode].name : "unknown";
}

enum err sandbox_mode_parse(const char *text, enum sandbox_mode *out)
{
    for (unsigned i = 0; i < SANDBOX_MODE_COUNT; i++) {
        if (strcmp(text, modes[i].name) == 0) {
            *out = (enum sandbox_mode)i;
            return OK;
        }
    }
    return ERR_INVALID;
}

const char *sandbox_mode_lost(enum sandbox_mode mode)
{
    return (unsigned)mode < SANDBOX_MODE_COUNT ? modes[mode].lost : NULL;
}

const char *sandbox_layer_name(enum sandbox_layer layer)
{
    return (unsigned)layer < SANDBOX_LAYER_COUNT ? layers[layer].name : "unknown";
}

/* A setting is only offered where it differs from the one in force. */
static const char *setting_for(enum sandbox_mode mode, enum sandbox_layer layer)
{
    const char *setting = layers[layer].setting;

    if (setting == NULL) {
        return NULL;
    }
    const char *word = setting + strlen("sandbox=");
    if (strncmp(word, modes[mode].name, strlen(modes[mode].name)) == 0) {
        return NULL;
    }
    return setting;
}

void sandbox_failure_text(const char *process, enum sandbox_mode mode,
    const struct sandbox_failure *failure, char *out, size_t size)
{
    enum sandbox_layer layer = failure->layer;

    if ((unsigned)layer >= SANDBOX_LAYER_COUNT || (unsigned)mode >= SANDBOX_MODE_COUNT) {
        (void)snprintf(out, size, "%s: the sandbox failed in an unknown way", process);
        return;
    }
    const char *setting = setting_for(mode, layer);
    char reason[96];
    if (failure->landlock_abi != 0) {
        (void)snprintf(reason, sizeof(reason), "this kernel has ABI %d, %s needs %d",
            failure->landlock_abi, modes[mode].name, sandbox_landlock_abi_min(mode));
    } else {
        (void)snprintf(reason, sizeof(reason), "%s (errno %d)", strerror(failure->error),
            failure->error);
    }
    (void)snprintf(out, size,
        "%s: sandbox=%s refuses to start: layer %s is missing: %s failed: %s; needs %s; "
        "%s%s "
        "[sandbox-layer]",
        process, modes[mode].name, layers[layer].name, layers[layer].attempted, reason,
        layers[layer].needs,
        setting != NULL ? "to accept the loss set " : "no setting accepts ",
        setting != NULL ? setting : "the loss");
}

_Noreturn void sandbox_refuse(
    const char *process, enum sandbox_mode mode, const struct sandbox_failure *failure)
{
    char text[TEXT_SIZE];

    sandbox_failure_text(process, mode, failure, text, sizeof(text) - 1);
    size_t length = strlen(text);
    text[length] = '\n';
    /* Nothing is left to do when even stderr fails. */
    ssize_t ignored = write(STDERR_FILENO, text, length + 1);
    (void)ignored;
    _exit(SANDBOX_EXIT);
}
