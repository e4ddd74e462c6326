/* The bytes of a member that any client may have sent: every name lies inside them, there
 * are as many as they say, and what is too short can not be read. */
#include "coord_subscription.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    const uint8_t *data;
    size_t size;
    int64_t names;
};

static void require(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static bool on_topic(void *context, struct wire_view topic)
{
    struct seen *s = context;

    require(topic.ptr >= s->data && topic.len <= s->size &&
            (size_t)(topic.ptr - s->data) <= s->size - topic.len);
    s->names++;
    return true;
}

static int64_t count_of(const uint8_t *data)
{
    return (int32_t)((uint32_t)data[2] << 24 | (uint32_t)data[3] << 16 |
                     (uint32_t)data[4] << 8 | data[5]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {.data = data, .size = size};
    struct wire_view bytes = {.ptr = data, .len = size};

    if (coord_subscription_each(bytes, on_topic, &seen)) {
        require(size >= 6 && data[0] < 0x80 && seen.names == count_of(data));
    }
    return 0;
}
