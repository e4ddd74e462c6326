#include "keys_expiry.h"

void keys_expiry_init(struct keys_expiry *x, const struct ipc_certificates *facts)
{
    *x = (struct keys_expiry){.facts = facts};
}

bool keys_expiry_take(struct keys_expiry *x, int64_t now_s, struct keys_warning *out)
{
    for (size_t i = 0; i < x->facts->count; i++) {
        enum expiry step = expiry_step(x->facts->items[i].not_after_s, now_s);
        if (step > x->said[i]) {
            x->said[i] = step;
            *out = (struct keys_warning){
                .fact = &x->facts->items[i], .step = step, .is_issuer = i > 0};
            return true;
        }
    }
    return false;
}

int64_t keys_expiry_next_s(const struct keys_expiry *x, int64_t now_s)
{
    int64_t first_s = INT64_MAX;

    for (size_t i = 0; i < x->facts->count; i++) {
        int64_t next_s = expiry_next_s(x->facts->items[i].not_after_s, now_s);
        first_s = next_s < first_s ? next_s : first_s;
    }
    return first_s;
}
