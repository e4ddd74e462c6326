#include "auditlog_time.h"

#include "text.h"

#include <stdbool.h>
#include <string.h>

#define DAY_MS        ((int64_t)86400000)
#define YEAR_10000_MS ((int64_t)253402300800000)
#define DAYS_TO_1970  719468 /* from 0000-03-01 */
#define DAYS_400      146097 /* days in 400 years */

void auditlog_time_add(struct buf *out, int64_t time_ms)
{
    if (time_ms < 0 || time_ms >= YEAR_10000_MS) {
        buf_add_text(out, "null");
        return;
    }
    /* Years that begin in March put the leap day last. */
    int64_t days = time_ms / DAY_MS + DAYS_TO_1970;
    int ms = (int)(time_ms % DAY_MS);
    int era = (int)(days / DAYS_400);
    int day = (int)(days % DAYS_400);
    int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    month = month < 10 ? month + 3 : month - 9;
    year += 400 * era + (month <= 2 ? 1 : 0);
    buf_add_format(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", year, month, day + 1,
        ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3;
    int64_t era = y / 400;
    int64_t of_era = y % 400;

    return era * DAYS_400 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 +
           day - 1 - DAYS_TO_1970;
}

/* d is a digit, everything else itself. */
static bool has_shape(const char *text, size_t length, const char *shape)
{
    if (strlen(shape) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == 'd' ? !digit : text[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

static int64_t number(const char *text, size_t length)
{
    int64_t value = 0;

    for (size_t i = 0; i < length; i++) {
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

static int64_t days_in(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

enum err auditlog_time_read(const void *text, size_t length, int64_t *out_ms)
{
    const char *t = text;
    bool whole = has_shape(t, length, "dddd-dd-ddTdd:dd:dd.dddZ");
    bool seconds = has_shape(t, length, "dddd-dd-ddTdd:dd:ddZ");
    bool time = whole || seconds;

    if (!time && !has_shape(t, length, "dddd-dd-dd")) {
        return ERR_INVALID;
    }
    int64_t year = number(t, 4);
    int64_t month = number(t + 5, 2);
    int64_t day = number(t + 8, 2);
    int64_t hour = time ? number(t + 11, 2) : 0;
    int64_t minute = time ? number(t + 14, 2) : 0;
    int64_t second = time ? number(t + 17, 2) : 0;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) ||
        hour > 23 || minute > 59 || second > 59) {
        return ERR_INVALID;
    }
    *out_ms = days_of(year, month, day) * DAY_MS + hour * 3600000 + minute * 60000 +
              second * 1000 + (whole ? number(t + 20, 3) : 0);
    return OK;
}
