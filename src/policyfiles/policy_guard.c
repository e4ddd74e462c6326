#include "policy_guard.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* What the kernel shows for those without a number, unless somebody set it to another. */
#define OVERFLOW_UID 65534

static bool is_owner_good(uid_t uid, enum policy_guard guard)
{
    return uid == 0 || uid == geteuid() ||
           (guard == POLICY_GUARD_UNMAPPED && uid == OVERFLOW_UID);
}

enum policy_guard_fault policy_guard_look(int fd, enum policy_guard guard)
{
    struct stat st;

    if (guard == POLICY_GUARD_NONE) {
        return POLICY_GUARD_GOOD;
    }
    if (fstat(fd, &st) != 0) {
        return POLICY_GUARD_UNSEEN;
    }
    if (!is_owner_good(st.st_uid, guard)) {
        return POLICY_GUARD_ALIEN;
    }
    return (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? POLICY_GUARD_OPEN
                                                   : POLICY_GUARD_GOOD;
}
