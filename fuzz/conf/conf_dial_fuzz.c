#include "conf_dial.h"
#include "mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_zero(const uint8_t *bytes, size_t length)
{
    uint8_t all = 0;

    for (size_t i = 0; i < length; i++) {
        all |= bytes[i];
    }
    return all == 0;
}

/* Any text: addresses of single hosts, or a sentence. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_copy_text(data, size);
    struct conf_dial dial = {.count = 0};
    const char *why = NULL;

    if (text == NULL) {
        return 0;
    }
    if (conf_dial_parse(text, &dial, &why) != OK) {
        if (why == NULL || dial.count != 0) {
            __builtin_trap();
        }
    } else if (dial.count == 0 || dial.count > CONF_DIAL_MAX) {
        __builtin_trap();
    }
    for (size_t i = 0; i < dial.count; i++) {
        const struct conf_dial_address *a = &dial.addresses[i];
        if (a->port == 0 || is_zero(a->bytes, a->is_v6 ? 16 : 4) ||
            a->bytes[0] >= (a->is_v6 ? 0xff : 224)) {
            __builtin_trap();
        }
    }
    mem_free(text);
    return 0;
}
