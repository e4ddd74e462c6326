/*
 * selftest_instance - a private broker of our own, with everything real but its gates.
 *
 * In a directory of its own: a certificate made for it, users alice, bob and admin with
 * passwords, SCRAM credentials and certificates, a policy, and the warden of this release
 * with schloss-hostile-gate as its gate program. It listens on 127.0.0.1 where the kernel
 * finds room. alice may use alice.*, bob bob.*. An infested one has two plugins more,
 * whose code obeys whoever logs in by their mechanisms X-HOSTILE and X-OTHER.
 *
 * Ownership: the instance owns its process; selftest_instance_stop() ends it.
 */
#ifndef SELFTEST_INSTANCE_H
#define SELFTEST_INSTANCE_H

#include "sandbox.h"

#define SELFTEST_EXIT_FAULT 70 /* it could not be tried */

#define SELFTEST_SHARED  7 /* the warden and the six that all connections share */
#define SELFTEST_PLUGINS 8

#define SELFTEST_ALICE "alice"
#define SELFTEST_BOB   "bob"
#define SELFTEST_ADMIN "admin"

#define SELFTEST_ALICE_TOPIC "alice.own"
#define SELFTEST_BOB_TOPIC   "bob.secret"

/* Its listeners. */
enum selftest_door {
    SELFTEST_DOOR_SASL,        /* PLAIN and SCRAM */
    SELFTEST_DOOR_CERTIFICATE, /* a client certificate, and no SASL */
    SELFTEST_DOOR_RENEW,       /* PLAIN alone; who is in may log in again */
    SELFTEST_DOORS
};

struct selftest_instance {
    char dir[256];
    char program_dir[256];
    enum sandbox_mode mode;
    char password[64]; /* of every user */
    char canary[64];   /* what only bob may read */
    pid_t pids[SELFTEST_SHARED];
    pid_t plugins[SELFTEST_PLUGINS]; /* processes of auth, one each */
    size_t plugin_count;
    bool is_infested; /* two of them are hostile */
    uint16_t ports[SELFTEST_DOORS];
    unsigned connections; /* of intruders so far; each comes from an address of its own */
};

/*
 * dir exists and is empty. Returns 0 when it listens; otherwise a sentence is on stderr,
 * and the answer is what to exit with.
 */
int selftest_instance_start(struct selftest_instance *i, const char *dir,
    const char *program_dir, enum sandbox_mode mode, bool is_infested);
/* Finds the shared processes; false when one is missing. */
bool selftest_instance_find(struct selftest_instance *i);
/* NULL: all live. Otherwise the name of one that ended. */
const char *selftest_instance_dead(const struct selftest_instance *i);
/* The text stands in what the warden logged behind `read` bytes; they are counted. */
bool selftest_instance_says(
    const struct selftest_instance *i, size_t *read, const char *text);
/* How much it logged so far. */
size_t selftest_instance_logged(const struct selftest_instance *i);
/* Of the plugins that were noted those that live on are the ones that must. */
void selftest_instance_spare(struct selftest_instance *i);
/* How many of the plugins that were noted have ended. */
size_t selftest_instance_ended(const struct selftest_instance *i);
/* The user of a process; (uid_t)-1: it is not there. */
uid_t selftest_instance_user(pid_t pid);
void selftest_instance_stop(struct selftest_instance *i);

#endif
