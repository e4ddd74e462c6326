/* ldap_fake - a link to a directory that answers what the test says. */
#ifndef LDAP_FAKE_H
#define LDAP_FAKE_H

#include "ldap_directory.h"

struct ldap_fake {
    struct ldap_link link;
    enum ldap_answer opens; /* what opening answers */
    enum ldap_answer
        answers;  /* what a check answers; 0: whether the password is "right" */
    bool hung_up; /* the open connection is of no use, a new one is */
    bool is_open;
    unsigned opened;
    unsigned checked;
    unsigned closed;
    int64_t takes_ms; /* each call */
    struct ldap_groups groups;
};

extern int64_t ldap_fake_now_ms;

int64_t ldap_fake_now(void);
void ldap_fake_init(struct ldap_fake *f);

#endif
