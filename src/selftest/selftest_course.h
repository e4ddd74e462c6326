/*
 * selftest_course - attempts against one private broker, and what must hold whatever was
 * tried: no byte of the canary reached the intruder, every shared process lives on under
 * its process id, a connection that was there before still answers, and a new client can
 * log in.
 *
 * Ownership: the course owns its instance and its bystander; an attack borrows the
 * instance.
 */
#ifndef SELFTEST_COURSE_H
#define SELFTEST_COURSE_H

#include "ipc_words.h"
#include "selftest_client.h"
#include "selftest_intruder.h"
#include "selftest_result.h"

enum selftest_login {
    SELFTEST_NOBODY, /* not authenticated */
    SELFTEST_AS_ALICE,
    SELFTEST_AS_ADMIN,
    SELFTEST_TO_PROVE,   /* not authenticated, where a certificate says who it is */
    SELFTEST_TO_RENEW,   /* alice, where she may log in again */
    SELFTEST_PLAIN_ONLY, /* the same listener, not authenticated */
};

struct selftest_attack {
    struct selftest_instance *instance; /* borrowed */
    struct selftest_intruder intruder;
    size_t log_read; /* bytes of the log of the instance that it looked at */
    char got[160];
};

struct selftest_course {
    struct selftest_instance instance;
    struct selftest_client bystander; /* alice, connected before anything happened */
    struct selftest_results *out;
    size_t log_read; /* bytes of its log that were looked at for crashes */
};

/* Topics, groups and the bystander; false: the broker does not serve. */
bool selftest_course_furnish(struct selftest_course *c);
/* A gate in the intruder's hands, by that login. */
bool selftest_course_enter(struct selftest_attack *a, enum selftest_login login);
/* What does not hold any more; NULL: everything does. */
const char *selftest_course_harm(struct selftest_course *c, struct selftest_attack *a);
/* Ends the attempt: harm that was done is what came of it. */
void selftest_course_judge(struct selftest_course *c, struct selftest_attack *a,
    const char *process, const char *name, const char *expected);
/* Stops the instance, and looks at what the last gates left in the log. */
int selftest_course_settle(struct selftest_course *c);

/* --- for the attacks --- */

void selftest_got(struct selftest_attack *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What came of it on this channel: "gate killed", "channel closed", "no answer"; or the
 * message, which is then in *out. */
bool selftest_heard(struct selftest_attack *a, enum puppet_channel from,
    enum ipc_msg expected, union ipc_any *out);
/* The same, where any message at all is more than should come. */
void selftest_outcome(struct selftest_attack *a, enum puppet_channel from);
/* Decodes a RESPONSE of that API; false: it is said in a->got. */
bool selftest_answer(struct selftest_attack *a, enum wire_api_key key,
    struct arena *arena, void **response_out);

#endif
