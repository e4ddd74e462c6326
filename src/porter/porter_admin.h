/*
 * porter_admin - who is heard on the administrator's socket, and how many at once.
 *
 * Trust: the uid comes from the kernel. One that this user namespace has no number for is
 * shown as 65534, which may be anybody: it is heard only where it is the one that started
 * us.
 *
 * Ownership: nothing is owned. Its connections are not among those of porter_limits.h: no
 * client can take the administrator's place.
 */
#ifndef PORTER_ADMIN_H
#define PORTER_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORTER_ADMINS_MAX   16
#define PORTER_UID_OVERFLOW 65534

struct porter_admin {
    uint32_t uid; /* that started schlossd */
    bool anybody; /* ... and everybody whom the mode of the file lets in */
    uint64_t gates[PORTER_ADMINS_MAX];
    size_t count;
};

bool porter_admin_hears(const struct porter_admin *a, uint32_t uid);
/* Counts a connection of that uid that will be served by `gate`; false: there are too many.
 * The last place is for root and for who started us. */
bool porter_admin_admit(struct porter_admin *a, uint64_t gate, uint32_t uid);
/* The connection ended. Harmless for an unknown gate. */
void porter_admin_gone(struct porter_admin *a, uint64_t gate);

#endif
