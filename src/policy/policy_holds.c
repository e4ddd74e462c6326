/* Whether the condition of a rule is met. */
#include "policy_blob.h"

#include <string.h>

/* A network of IPv6, `::/0` too, has no address of IPv4 inside, though those stand as
 * addresses of IPv6 here. */
static bool is_inside(const struct policy_net *net, const uint8_t address[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool is_v4 = memcmp(address, mapped, sizeof(mapped)) == 0;
    size_t whole = net->bits / 8;
    unsigned rest = net->bits % 8;

    if ((is_v4 && net->bits < 96) || memcmp(net->address, address, whole) != 0) {
        return false;
    }
    return rest == 0 || (net->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

static bool is_from(const struct policy *p, const struct policy_condition *c,
    const struct policy_context *context)
{
    bool found = false;

    for (uint32_t i = 0; i < c->nets && !found; i++) {
        found = is_inside(&p->nets[c->first_net + i], context->address);
    }
    return c->nets == 0 || found != (c->is_outside == 1);
}

/* As everywhere in the configuration: large and small letters are the same. */
static bool is_listener(struct policy_view a, struct policy_view b)
{
    bool same = a.len == b.len;

    for (size_t i = 0; same && i < a.len; i++) {
        uint8_t differ = a.ptr[i] ^ b.ptr[i];
        uint8_t small = a.ptr[i] | 0x20;
        same = differ == 0 || (differ == 0x20 && small >= 'a' && small <= 'z');
    }
    return same;
}

static bool is_via(const struct policy *p, const struct policy_condition *c,
    const struct policy_context *context)
{
    bool found = c->listeners == 0;

    for (uint32_t i = 0; i < c->listeners && !found; i++) {
        found = is_listener(p->listeners[c->first_listener + i], context->listener);
    }
    return found;
}

static bool has_tls(
    const struct policy_condition *c, const struct policy_context *context, bool in_doubt)
{
    return context->tls >= c->tls_min ||
           (in_doubt && context->tls_is_least && context->tls != 0);
}

static bool is_with(
    const struct policy_condition *c, const struct policy_context *context, bool in_doubt)
{
    return (c->methods == 0 || (c->methods >> context->method & 1) != 0) &&
           has_tls(c, context, in_doubt) &&
           (c->issuer.len == 0 || policy_view_equal(c->issuer, context->issuer));
}

static bool is_fresh(
    const struct policy_condition *c, const struct policy_context *context, bool in_doubt)
{
    if (c->age_ms == 0) {
        return true;
    }
    if (context->authenticated_ms <= 0) {
        return false;
    }
    if (context->now_ms < context->authenticated_ms) {
        return in_doubt;
    }
    return context->now_ms - context->authenticated_ms < c->age_ms;
}

static bool is_timely(
    const struct policy_condition *c, const struct policy_context *context, bool in_doubt)
{
    if (c->after_ms == 0 && c->until_ms == 0) {
        return true;
    }
    if (!context->clock_is_sure) {
        return in_doubt;
    }
    return context->now_ms >= c->after_ms &&
           (c->until_ms == 0 || context->now_ms < c->until_ms);
}

bool policy_holds(
    const struct policy *p, uint32_t rule, const struct policy_context *context)
{
    uint32_t number = p->rules[rule].condition;
    uint32_t effect = p->rules[rule].effect;
    bool in_doubt = effect == POLICY_DENY || effect == POLICY_NEVER;

    if (number == 0) {
        return true;
    }
    const struct policy_condition *c = &p->conditions[number - 1];
    return is_with(c, context, in_doubt) && is_via(p, c, context) &&
           is_from(p, c, context) && is_fresh(c, context, in_doubt) &&
           is_timely(c, context, in_doubt);
}

int64_t policy_next_change_ms(const struct policy *p, int64_t now_ms)
{
    int64_t next = 0;

    for (uint32_t i = 0; i < p->counts[POLICY_CONDITIONS]; i++) {
        const int64_t moments[] = {p->conditions[i].after_ms, p->conditions[i].until_ms};
        for (size_t k = 0; k < sizeof(moments) / sizeof(moments[0]); k++) {
            if (moments[k] > now_ms && (next == 0 || moments[k] < next)) {
                next = moments[k];
            }
        }
    }
    return next;
}

bool policy_has_ages(const struct policy *p)
{
    for (uint32_t i = 0; i < p->counts[POLICY_CONDITIONS]; i++) {
        const struct policy_condition *c = &p->conditions[i];
        if (c->age_ms != 0 || c->after_ms != 0 || c->until_ms != 0) {
            return true;
        }
    }
    return false;
}
