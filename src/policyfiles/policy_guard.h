/*
 * policy_guard - who else may write to what decides who may do what: owner and mode of an
 * open file or directory.
 *
 * Good is what belongs to root, or to whoever looks, and is writable by its owner alone;
 * an access list that lets others write shows in the mode. In a user namespace that maps
 * one user, root has no number and looks like everybody else who has none: there the owner
 * may be one without a number, if the caller says so.
 *
 * Not looked at are the directories above: who may write there can put another directory
 * in place of this one. That one has to be good as well, but with POLICY_GUARD_UNMAPPED
 * those of all others are.
 */
#ifndef POLICY_GUARD_H
#define POLICY_GUARD_H

enum policy_guard {
    POLICY_GUARD_NONE,     /* anybody may: it is signed, or only looked at */
    POLICY_GUARD_OWNER,    /* root and whoever looks */
    POLICY_GUARD_UNMAPPED, /* ... or somebody without a number here */
};

enum policy_guard_fault {
    POLICY_GUARD_GOOD,
    POLICY_GUARD_UNSEEN, /* errno says why it can not be looked at */
    POLICY_GUARD_ALIEN,  /* belongs to somebody else */
    POLICY_GUARD_OPEN,   /* others may write to it */
};

enum policy_guard_fault policy_guard_look(int fd, enum policy_guard guard);

#endif
