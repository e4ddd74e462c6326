#include "sandbox_enter.h"
#include "clock.h"
#include "rand.h"
#include "sandbox_filter.h"
#include "sandbox_landlock.h"
#include "sandbox_testing.h"
#include "table.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Newer than the headers: Linux 6.3. */
#define NEW_PR_SET_MDWE           65
#define NEW_MDWE_REFUSE_EXEC_GAIN 1ul

#define PRIME_COUNT 512

static enum err deny(struct sandbox_failure *failure, enum sandbox_layer layer, int error)
{
    *failure = (struct sandbox_failure){.layer = layer, .error = error};
    return ERR_DENIED;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Each of these makes a system call or maps memory the first time only. */
static void prime(void)
{
    uint32_t numbers[PRIME_COUNT];

    rand_bytes(numbers, sizeof(numbers));
    /* More than 1 KiB: glibc asks for the size of the memory before its first large sort.
     */
    qsort(numbers, PRIME_COUNT, sizeof(numbers[0]), compare_numbers);
    table_seed();
    (void)clock_wall_ms();
    (void)clock_mono_us();
}

static int harden_process(void)
{
    if (SANDBOX_LEAVES_OUT(SANDBOX_LAYER_PROCESS)) {
        return 0;
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        return errno;
    }
    /* Where the kernel knows it; seccomp refuses the same calls. */
    (void)prctl(NEW_PR_SET_MDWE, NEW_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
    /* Refused to a process with several threads, and of no effect on one with a single
     * one. */
    if (unshare(CLONE_THREAD) != 0 && errno == EINVAL) {
        return EBUSY;
    }
    return 0;
}

static enum err harden(struct sandbox_failure *failure)
{
    prime();
    int error = harden_process();

    return error == 0 ? OK : deny(failure, SANDBOX_LAYER_PROCESS, error);
}

enum err sandbox_close_files(enum sandbox_role role, const int *directories, size_t count,
    struct sandbox_failure *failure_out)
{
    const struct sandbox_profile *p = sandbox_profile(role);

    INVARIANT(p->files == SANDBOX_FILES_BENEATH || count == 0);
    enum err e = harden(failure_out);
    if (e != OK || SANDBOX_LEAVES_OUT(SANDBOX_LAYER_LANDLOCK)) {
        return e;
    }
    int error = sandbox_landlock_close(directories, count);
    return error == 0 ? OK : deny(failure_out, SANDBOX_LAYER_LANDLOCK, error);
}

enum err sandbox_close_files_but_reading(enum sandbox_role role, const int *paths,
    size_t count, struct sandbox_failure *failure_out)
{
    INVARIANT(sandbox_profile(role)->files == SANDBOX_FILES_READ);
    enum err e = harden(failure_out);
    if (e != OK || SANDBOX_LEAVES_OUT(SANDBOX_LAYER_LANDLOCK)) {
        return e;
    }
    int error = sandbox_landlock_close_but_reading(paths, count);
    return error == 0 ? OK : deny(failure_out, SANDBOX_LAYER_LANDLOCK, error);
}

enum err sandbox_close_files_but_ports(enum sandbox_role role, const uint16_t *ports,
    size_t count, struct sandbox_failure *failure_out)
{
    INVARIANT(sandbox_profile(role)->network);
    enum err e = harden(failure_out);
    if (e != OK || SANDBOX_LEAVES_OUT(SANDBOX_LAYER_LANDLOCK)) {
        return e;
    }
    int error = sandbox_landlock_close_but_ports(ports, count);
    return error == 0 ? OK : deny(failure_out, SANDBOX_LAYER_LANDLOCK, error);
}

static enum err load(enum sandbox_role role, struct sandbox_failure *failure_out)
{
    struct sandbox_filter filter;

    if (SANDBOX_LEAVES_OUT(SANDBOX_LAYER_SECCOMP)) {
        return OK;
    }
    if (sandbox_filter_build(role, &filter) != OK) {
        return deny(failure_out, SANDBOX_LAYER_SECCOMP, ENOMEM);
    }
    int error = sandbox_filter_load(&filter);
    sandbox_filter_fini(&filter);
    return error == 0 ? OK : deny(failure_out, SANDBOX_LAYER_SECCOMP, error);
}

enum err sandbox_close_calls(enum sandbox_role role, struct sandbox_failure *failure_out)
{
    const struct rlimit none = {0, 0};

    if (!SANDBOX_LEAVES_OUT(SANDBOX_LAYER_LIMITS) &&
        setrlimit(RLIMIT_NPROC, &none) != 0) {
        return deny(failure_out, SANDBOX_LAYER_LIMITS, errno);
    }
    return load(role, failure_out);
}

enum err sandbox_enter_warden(struct sandbox_failure *failure_out)
{
    /* Root could load it without; an ordinary user needs it, and the children get it
     * anyway. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return deny(failure_out, SANDBOX_LAYER_NO_NEW_PRIVS, errno);
    }
    return load(SANDBOX_WARDEN, failure_out);
}
