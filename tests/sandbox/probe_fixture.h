/*
 * probe_fixture - starts sandbox_probe in the sandbox of a role, strict as root and
 * rootless as an ordinary user, for the tests that look at it from outside.
 */
#ifndef PROBE_FIXTURE_H
#define PROBE_FIXTURE_H

#include "sandbox_prepare.h"
#include "sandbox_spawn.h"
#include "sandbox_verify.h"

#define PROBE_UID_BASE   61000
#define PROBE_ROOT       "probe"
#define PROBE_NO_ATTEMPT 9999
#define PROBE_TIMEOUT_MS 10000

struct probe {
    struct sandbox_process process;
    int channel;
};

extern struct sandbox sandbox;
/* What probe_start() uses: &sandbox unless a test says otherwise. */
extern const struct sandbox *probe_sandbox;
extern int probe_program_fd;
extern int probe_readonly_fd;

bool is_root(void);
/* without: bits of layers to leave out; extra_fd: one descriptor more than the role has.
 */
enum err probe_start(struct probe *p, enum sandbox_role role, size_t attempt,
    unsigned without, bool extra_fd, struct sandbox_failure *failure);
bool probe_is_ready(const struct probe *p);
/* Kills it; how it ended. */
int probe_stop(struct probe *p);
/* Goes through with the attempt: how did it end? */
int probe_outcome(enum sandbox_role role, size_t attempt, unsigned without);
/* Starts, verifies and stops one; the sentence goes to text. */
enum err probe_verified(
    enum sandbox_role role, unsigned without, bool extra_fd, char *text, size_t size);
enum err probe_verify(
    const struct probe *p, enum sandbox_role role, char *text, size_t size);
/* The number of an attempt by its name. */
size_t probe_find(const char *name);

/* For cmocka_run_group_tests(). */
int probe_set_up(void **state);
int probe_tear_down(void **state);

/* Every descriptor of a probe; the last one is the store's alone. */
extern const struct sandbox_expected_fd probe_fds[4];

#endif
