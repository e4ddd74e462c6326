#include "coord_subscription.h"

#include "coord_member.h"
#include "wire_reader.h"

bool coord_subscription_has(struct wire_view metadata, struct wire_view topic)
{
    struct wire_reader r = wire_reader_init(metadata.ptr, metadata.len);
    int16_t version = wire_read_i16(&r);
    int32_t count = wire_read_count(&r, false, false, sizeof(int16_t));
    bool found = false;

    for (int32_t i = 0; i < count && r.err == WIRE_OK; i++) {
        struct wire_view name = wire_read_string(&r, false, false);
        found = found || coord_view_equal(name, topic);
    }
    return found || version < 0 || r.err != WIRE_OK;
}
