#include "porter_admin.h"

static bool is_owner(const struct porter_admin *a, uint32_t uid)
{
    return uid == a->uid || uid == 0;
}

bool porter_admin_hears(const struct porter_admin *a, uint32_t uid)
{
    if (is_owner(a, uid)) {
        return true;
    }
    return a->anybody && uid != PORTER_UID_OVERFLOW;
}

bool porter_admin_admit(struct porter_admin *a, uint64_t gate, uint32_t uid)
{
    if (a->count >= PORTER_ADMINS_MAX - (is_owner(a, uid) ? 0u : 1u)) {
        return false;
    }
    a->gates[a->count++] = gate;
    return true;
}

void porter_admin_gone(struct porter_admin *a, uint64_t gate)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->gates[i] == gate) {
            a->gates[i] = a->gates[--a->count];
            return;
        }
    }
}
