#include "ipc_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* First byte: which message. What decodes is encoded again to the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    union ipc_any any;
    struct buf out;

    if (size == 0) {
        return 0;
    }
    enum ipc_msg msg = (enum ipc_msg)(data[0] % IPC_MSG_COUNT);
    const struct ipc_info *info = ipc_info(msg);
    size_t length = size - 1;
    uint8_t *bytes = malloc(length > 0 ? length : 1); /* exactly so large */
    demand(bytes != NULL);
    if (length > 0) {
        memcpy(bytes, data + 1, length);
    }
    if (ipc_decode(msg, bytes, length, &any) == OK) {
        demand(length >= info->length_min && length <= info->length_max);
        buf_init(&out, length);
        ipc_encode(msg, &any, &out);
        demand(buf_error(&out) == OK && out.length == length);
        demand(length == 0 || memcmp(out.bytes, bytes, length) == 0);
        buf_fini(&out);
    }
    free(bytes);
    return 0;
}
