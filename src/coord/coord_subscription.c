#include "coord_subscription.h"

#include "wire_reader.h"

bool coord_subscription_each(struct wire_view metadata,
    bool (*on_topic)(void *context, struct wire_view topic), void *context)
{
    struct wire_reader r = wire_reader_init(metadata.ptr, metadata.len);
    int16_t version = wire_read_i16(&r);
    int32_t count = wire_read_count(&r, false, false, sizeof(int16_t));

    for (int32_t i = 0; i < count && r.err == WIRE_OK; i++) {
        struct wire_view name = wire_read_string(&r, false, false);
        if (r.err == WIRE_OK && !on_topic(context, name)) {
            return false;
        }
    }
    return version >= 0 && r.err == WIRE_OK;
}
