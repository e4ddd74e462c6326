#include "policy_order.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What decodes asks for something, encodes again, and nobody's signature is good. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_order o;
    struct policy_state state;
    struct report report;
    struct buf out;

    if (policy_order_decode(data, size, &o) != OK) {
        return 0;
    }
    buf_init(&out, POLICY_BUNDLE_MAX);
    demand(o.order.required > 0 && o.order.cluster.len > 0);
    demand(policy_order_encode(&o.order, &out) == OK);
    buf_reset(&out);
    report_init(&report, &out);
    demand(policy_signed_check(&o.order, &report, NULL, &state) == ERR_INVALID);
    demand(report.errors > 0);
    policy_order_fini(&o);
    buf_fini(&out);
    return 0;
}
