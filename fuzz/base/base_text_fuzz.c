#include "text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* A JSON string is ASCII or UTF-8, and holds no byte that would end it or act. */
static void check_json(const uint8_t *bytes, size_t length)
{
    struct buf b;

    buf_init(&b, 6 * length + 2);
    text_add_json(&b, bytes, length);
    demand(buf_error(&b) == OK && b.length >= 2 + length / 4);
    demand(b.bytes[0] == '"' && b.bytes[b.length - 1] == '"');
    demand(text_is_utf8(b.bytes, b.length));
    for (size_t i = 1; i < b.length - 1; i++) {
        demand(b.bytes[i] >= 0x20 && b.bytes[i] != 0x7f && b.bytes[i] != '"');
        if (b.bytes[i] == '\\') {
            i++;
            demand(i < b.length - 1 && strchr("\"\\u", b.bytes[i]) != NULL);
        }
    }
    buf_fini(&b);
}

static void check_escape(const uint8_t *bytes, size_t length, size_t size)
{
    char *out = malloc(size);

    demand(out != NULL);
    demand(text_escape(out, size, bytes, length) == out);
    demand(strlen(out) < size);
    for (const char *p = out; *p != '\0'; p++) {
        demand(*p >= 0x20 && *p <= 0x7e && *p != '"');
    }
    free(out);
}

static void check_number(const uint8_t *bytes, size_t length)
{
    int64_t value;

    if (text_to_i64((const char *)bytes, length, -1000, 1000, &value) == OK) {
        demand(length > 0 && value >= -1000 && value <= 1000);
        demand(bytes[0] == '-' ? value <= 0 : value >= 0);
    }
}

/* First byte: how much room there is for the escaped text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t length = size - 1;
    uint8_t *bytes = malloc(length > 0 ? length : 1); /* exactly so large */
    demand(bytes != NULL);
    if (length > 0) {
        memcpy(bytes, data + 1, length);
    }
    check_json(bytes, length);
    check_escape(bytes, length, 8 + (size_t)data[0]);
    check_number(bytes, length);
    free(bytes);
    return 0;
}
