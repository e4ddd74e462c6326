#include "policy_value.h"

#include "text.h"

#include <string.h>

bool policy_value_is(struct policy_view v, const char *text)
{
    return v.len == strlen(text) && memcmp(v.ptr, text, v.len) == 0;
}

bool policy_value_starts(struct policy_view v, const char *text)
{
    return v.len >= strlen(text) && memcmp(v.ptr, text, strlen(text)) == 0;
}

bool policy_value_has(struct policy_view v, char c)
{
    return v.len > 0 && memchr(v.ptr, c, v.len) != NULL;
}

/* --- time --- */

/* A digit stands for itself in the shape as 'd'; all else must be the same. */
static bool has_shape(struct policy_view text, const char *shape)
{
    if (text.len != strlen(shape)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        if (shape[i] == 'd' ? !is_digit : text.ptr[i] != (uint8_t)shape[i]) {
            return false;
        }
    }
    return true;
}

static int number_at(struct policy_view text, size_t offset, size_t digits)
{
    int value = 0;

    for (size_t i = offset; i < offset + digits; i++) {
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static int64_t days_since_1970(int year, int month, int day)
{
    int64_t days = day - 1;
    int before = year - 1;

    for (int m = 1; m < month; m++) {
        days += days_in_month(year, m);
    }
    days += (int64_t)before * 365 + before / 4 - before / 100 + before / 400;
    return days - 719162; /* from the year 1 to 1970 */
}

bool policy_value_time(struct policy_view text, int64_t *ms_out)
{
    bool has_clock = has_shape(text, "dddd-dd-ddTdd:ddZ");

    if (!has_clock && !has_shape(text, "dddd-dd-dd")) {
        return false;
    }
    int year = number_at(text, 0, 4);
    int month = number_at(text, 5, 2);
    int day = number_at(text, 8, 2);
    int hour = has_clock ? number_at(text, 11, 2) : 0;
    int minute = has_clock ? number_at(text, 14, 2) : 0;
    if (year < 2000 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour > 23 || minute > 59) {
        return false;
    }
    int64_t minutes = (days_since_1970(year, month, day) * 24 + hour) * 60 + minute;
    *ms_out = minutes * 60000;
    return true;
}

bool policy_value_duration(struct policy_view text, int64_t *ms_out)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    int64_t number = 0;

    if (text.len < 2 ||
        text_to_i64((const char *)text.ptr, text.len - 1, 1, 315360000, &number) != OK) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text.ptr[text.len - 1] == (uint8_t)units[i].letter) {
            *ms_out = number * units[i].seconds * 1000;
            return number * units[i].seconds <= 315360000;
        }
    }
    return false;
}

/* --- words --- */

bool policy_value_tls(struct policy_view text, uint16_t *out)
{
    if (!policy_value_is(text, "1.2") && !policy_value_is(text, "1.3")) {
        return false;
    }
    *out = text.ptr[2] == '2' ? 0x0303 : 0x0304;
    return true;
}

bool policy_value_method(struct policy_view text, enum policy_method *out)
{
    for (int m = POLICY_METHOD_MTLS; m <= POLICY_METHOD_PEER; m++) {
        if (policy_value_is(text, policy_method_name((enum policy_method)m))) {
            *out = (enum policy_method)m;
            return true;
        }
    }
    return false;
}

static bool has_only(struct policy_view text, const char *more)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool is_plain =
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!is_plain && (c == '\0' || strchr(more, c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

bool policy_value_listener(struct policy_view text)
{
    return text.len <= 64 && has_only(text, "_-");
}

bool policy_value_is_definable(struct policy_view text)
{
    return has_only(text, "._-");
}

/* --- networks --- */

static void clear_host_bits(struct policy_net *net)
{
    for (size_t bit = net->bits; bit < 128; bit++) {
        net->address[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
    }
}

enum policy_value_net policy_value_net(struct policy_view text, struct policy_net *out)
{
    const uint8_t *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;
    struct policy_view address = {
        text.ptr, slash != NULL ? (size_t)(slash - text.ptr) : text.len};
    struct policy_net exact;
    int64_t bits = 0;

    if (!policy_net_parse(address, &exact)) {
        return POLICY_VALUE_NET_WRONG;
    }
    *out = exact;
    if (slash == NULL) {
        return POLICY_VALUE_NET_GOOD;
    }
    bool is_v6 = policy_value_has(address, ':');
    if (text_to_i64((const char *)slash + 1, text.len - address.len - 1, 0,
            is_v6 ? 128 : 32, &bits) != OK) {
        return POLICY_VALUE_NET_WRONG;
    }
    out->bits = (uint8_t)(bits + (is_v6 ? 0 : 96));
    clear_host_bits(out);
    return memcmp(out->address, exact.address, sizeof(exact.address)) == 0
               ? POLICY_VALUE_NET_GOOD
               : POLICY_VALUE_NET_HOST_BITS;
}
