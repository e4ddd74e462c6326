#include "mem.h"
#include "policytool_fmt.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes of the text that are no white space, added up: layout and order change none. */
static uint64_t sum_of(struct policy_view text)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        sum += c == ' ' || c == '\t' || c == '\r' || c == '\n' ? 0 : UINT64_C(257) + c;
    }
    return sum;
}

/* Any bytes: refused, or a layout that keeps every word and that laying out keeps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *text = mem_alloc(size + 1, 1);
    struct report report;
    struct buf why;
    struct buf once;
    struct buf twice;

    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    buf_init(&why, 1 << 20);
    buf_init(&once, 1 << 22);
    buf_init(&twice, 1 << 22);
    report_init(&report, &why);
    if (policytool_fmt("a", (struct policy_view){text, size}, &report, &once) == OK) {
        const struct policy_view first = {once.bytes, once.length};
        if (sum_of((struct policy_view){text, size}) != sum_of(first) ||
            policytool_fmt("a", first, &report, &twice) != OK ||
            twice.length != once.length ||
            (once.length > 0 && memcmp(once.bytes, twice.bytes, once.length) != 0)) {
            __builtin_trap();
        }
    }
    buf_fini(&why);
    buf_fini(&once);
    buf_fini(&twice);
    mem_free(text);
    return 0;
}
