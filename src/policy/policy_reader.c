#include "policy_reader.h"

#include "text.h"

void policy_expect(struct policy_reader *r, bool condition)
{
    r->bad = r->bad || !condition;
}

void policy_expect_limit(struct policy_reader *r, bool condition, const char *what)
{
    if (!r->bad && !condition) {
        r->too_many = what;
        r->bad = true;
    }
}

uint32_t policy_take(struct policy_reader *r)
{
    if (r->bad || r->end - r->at < 4) {
        r->bad = true;
        return 0;
    }
    const uint8_t *p = r->at;
    r->at += 4;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

int64_t policy_take_i64(struct policy_reader *r)
{
    uint64_t low = policy_take(r);
    uint64_t value = low | (uint64_t)policy_take(r) << 32;

    policy_expect(r, value <= INT64_MAX);
    return r->bad ? 0 : (int64_t)value;
}

struct policy_view policy_take_name(struct policy_reader *r)
{
    uint32_t offset = policy_take(r);
    uint32_t length = policy_take(r);

    if (r->bad || offset >= r->string_bytes || length >= r->string_bytes - offset ||
        length > r->strings_left || r->strings[offset + length] != '\0') {
        r->bad = true;
        return (struct policy_view){(const uint8_t *)"", 0};
    }
    r->strings_left -= length;
    return (struct policy_view){(const uint8_t *)r->strings + offset, length};
}

/* Control characters would reach logs, a NUL would end a text early. */
static bool is_clean(struct policy_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    return text_is_utf8(text.ptr, text.len);
}

struct policy_view policy_take_text(struct policy_reader *r)
{
    struct policy_view text = policy_take_name(r);

    policy_expect(r, is_clean(text));
    return r->bad ? (struct policy_view){(const uint8_t *)"", 0} : text;
}
