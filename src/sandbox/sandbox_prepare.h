/*
 * sandbox_prepare - what the warden does once: tries every layer, builds the roots.
 *
 * Call order: sandbox_prepare(), sandbox_add_program() for each program, sandbox_seal(),
 * then sandbox_enter_warden() (sandbox_enter.h), then sandbox_spawn() as often as needed.
 * Afterwards the warden is in a mount namespace of its own and, in rootless mode, in a
 * user namespace too: one thread, and before anything that depends on either.
 *
 * Ownership: `struct sandbox` owns its descriptors until sandbox_fini(). The roots vanish
 * with the warden's namespace.
 */
#ifndef SANDBOX_PREPARE_H
#define SANDBOX_PREPARE_H

#include "sandbox.h"

#define SANDBOX_INSTANCES_MAX   8
#define SANDBOX_DIRECTORIES_MAX 8
#define SANDBOX_SCRATCH         "/scratch"

struct sandbox {
    enum sandbox_mode mode;
    uid_t uid_base;   /* the first user; unused in rootless mode */
    int landlock_abi; /* as this kernel has it */
    int proc_fd;      /* /proc */
    int null_fd;      /* /dev/null */
    int network_fd; /* an empty network namespace that all share; -1 in container mode */
    int roots_fd;   /* the file system that holds the roots; -1 in container mode */
    int here_fd;    /* the warden's working directory */
    bool sealed;
    /* The roots that have a directory that can be written to. */
    const char *scratches[SANDBOX_INSTANCES_MAX]; /* borrowed */
    size_t scratch_count;
    /* Directories of the host that are in a root, and can be written to there. */
    struct sandbox_directory {
        const char *root; /* borrowed */
        const char *path; /* borrowed */
    } directories[SANDBOX_DIRECTORIES_MAX];
    size_t directory_count;
};

/*
 * Tries each layer for real, in a child that puts on all of them. ERR_DENIED with
 * *failure_out set when one is missing: print it and exit with SANDBOX_EXIT
 * (sandbox_refuse()).
 */
enum err sandbox_prepare(struct sandbox *s, enum sandbox_mode mode, uid_t uid_base,
    struct sandbox_failure *failure_out) MUST_CHECK;
void sandbox_fini(struct sandbox *s);

/*
 * Makes the root `name` for this program: the loader, the program's libraries and
 * `extra_paths` (files; ends with NULL, or is NULL), read-only at their own paths.
 * `arguments` as for sandbox_libraries_ask(). ERR_INVALID when the program does not
 * answer.
 */
enum err sandbox_add_program(struct sandbox *s, const char *name, int program_fd,
    const char *const *arguments, const char *const *extra_paths,
    struct sandbox_failure *failure_out) MUST_CHECK;
/*
 * Gives the root `name` a directory that only that user can reach, SANDBOX_SCRATCH; it lives
 * as long as the warden, and those who come after find what was left there. After
 * sandbox_add_program(). ERR_UNSUPPORTED where there are no roots.
 */
enum err sandbox_add_scratch(struct sandbox *s, const char *name, uid_t uid,
    struct sandbox_failure *failure_out) MUST_CHECK;
/*
 * Puts a directory of the host into the root `name`, at its own path, with what is in it
 * (of mounts beneath it nothing), to read and to write. Both names are borrowed. After
 * sandbox_add_program(). Where there are no roots it is in sight as it is.
 */
enum err sandbox_add_directory(struct sandbox *s, const char *name, const char *path,
    struct sandbox_failure *failure_out) MUST_CHECK;
/* No root can be written to or added to from now on. */
enum err sandbox_seal(struct sandbox *s, struct sandbox_failure *failure_out) MUST_CHECK;

/*
 * The user and group of a role in this mode. instance: 0, or of a role with several
 * different programs in it the number of one, up to SANDBOX_INSTANCES_MAX: each has a
 * user of its own, behind those of the roles.
 */
uid_t sandbox_uid(const struct sandbox *s, enum sandbox_role role, unsigned instance);

#endif
