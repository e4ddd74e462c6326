/*
 * ldap_directory - asks the directory about one login, quickly or not at all.
 *
 * The connection stays open between logins. One that the server closed meanwhile is made
 * anew, once. A directory that can not be asked is left alone for a while, longer each
 * time, in which every login is answered at once: while this process waits, nobody else
 * can log in by it.
 *
 * Trust: the answers of the link count as they are; it has made sure who it speaks to.
 * Ownership: the link is borrowed. Time is monotonic milliseconds, and comes from now().
 *
 * Limits: a login takes timeout_ms.
 */
#ifndef LDAP_DIRECTORY_H
#define LDAP_DIRECTORY_H

#include "ldap_cache.h"

#define LDAP_PAUSE_MIN_MS 500
#define LDAP_PAUSE_MAX_MS 30000

enum ldap_answer {
    LDAP_ANSWER_RIGHT = 0x35, /* zero is not success */
    LDAP_ANSWER_WRONG = 1,    /* the password, or the user where that can not be told */
    LDAP_ANSWER_UNKNOWN,
    LDAP_ANSWER_SEVERAL,
    LDAP_ANSWER_LOCKED,
    LDAP_ANSWER_EXPIRED,
    LDAP_ANSWER_DISABLED,
    LDAP_ANSWER_GROUPS, /* the password was right, but not what stands in the groups */
    /* No decision; the connection is of no more use. */
    LDAP_ANSWER_UNDECIDED, /* about this user only: nobody else has to wait */
    LDAP_ANSWER_UNREACHABLE,
    LDAP_ANSWER_UNTRUSTED, /* TLS: it is not who it should be */
    LDAP_ANSWER_CONFUSED,  /* it answers, but not to the question */
};

/* One connection, which is open or is not. */
struct ldap_link {
    /* RIGHT: it is open. */
    enum ldap_answer (*open)(void *context, int64_t deadline_ms);
    /* Of an open one. RIGHT: *out are the groups; else they are of no meaning. */
    enum ldap_answer (*check)(void *context, const struct ldap_login *login,
        int64_t deadline_ms, struct ldap_groups *out);
    /* Harmless when it is closed. */
    void (*close)(void *context);
    void *context;
};

struct ldap_directory {
    const struct ldap_link *link;
    int64_t (*now)(void);
    uint32_t timeout_ms;
    bool is_open;
    unsigned failures;  /* in a row */
    int64_t resumes_ms; /* until then it is left alone; 0: it is not */
    enum ldap_answer last_failure;
};

void ldap_directory_init(struct ldap_directory *d, const struct ldap_link *link,
    int64_t (*now)(void), uint32_t timeout_ms);
/* Whether that answer is no decision. */
bool ldap_answer_is_failure(enum ldap_answer answer);
/* *out: as of the link. */
enum ldap_answer ldap_directory_ask(
    struct ldap_directory *d, const struct ldap_login *login, struct ldap_groups *out);
void ldap_directory_close(struct ldap_directory *d);

#endif
