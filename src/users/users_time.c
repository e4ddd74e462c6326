#include "users_time.h"

#include <stdbool.h>
#include <time.h>

#define YEAR_MIN 2000
#define YEAR_MAX 9999

/* Where the parts stand in "YYYY-MM-DDThh:mm:ssZ", and their bounds. */
static const struct {
    size_t at;
    size_t length;
    int64_t min;
    int64_t max;
} parts[] = {{0, 4, YEAR_MIN, YEAR_MAX}, {5, 2, 1, 12}, {8, 2, 1, 31}, {11, 2, 0, 23},
    {14, 2, 0, 59}, {17, 2, 0, 59}};

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

_Static_assert(sizeof(parts) / sizeof(parts[0]) == PARTS, "a row for each part");

static bool has_its_shape(const char *text, size_t length)
{
    static const char shape[] = "0000-00-00T00:00:00Z";

    if (length != USERS_TIME_LENGTH) {
        return false;
    }
    for (size_t i = 0; i < USERS_TIME_LENGTH; i++) {
        bool good =
            shape[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i];
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1970-01-01, in the calendar that is repeated every 400 years. */
static int64_t days_since_epoch(int64_t year, int64_t month, int64_t day)
{
    const int64_t before = year - 1;
    int64_t days =
        before * 365 + before / 4 - before / 100 + before / 400 - 719162 + day - 1;

    for (int64_t m = 1; m < month; m++) {
        days += days_of_month(year, m);
    }
    return days;
}

enum err users_time_parse(const char *text, size_t length, int64_t *ms_out)
{
    int64_t v[PARTS];

    if (!has_its_shape(text, length)) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < PARTS; i++) {
        const char *digits = text + parts[i].at;
        int64_t value = 0;
        for (size_t k = 0; k < parts[i].length; k++) {
            value = value * 10 + (digits[k] - '0');
        }
        if (value < parts[i].min || value > parts[i].max) {
            return ERR_INVALID;
        }
        v[i] = value;
    }
    if (v[DAY] > days_of_month(v[YEAR], v[MONTH])) {
        return ERR_INVALID;
    }
    const int64_t days = days_since_epoch(v[YEAR], v[MONTH], v[DAY]);
    *ms_out = (((days * 24 + v[HOUR]) * 60 + v[MINUTE]) * 60 + v[SECOND]) * 1000;
    return OK;
}

void users_time_format(int64_t ms, char out[USERS_TIME_LENGTH + 1])
{
    const time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    out[0] = '\0';
    if (gmtime_r(&seconds, &tm) != NULL) {
        (void)strftime(out, USERS_TIME_LENGTH + 1, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
}
