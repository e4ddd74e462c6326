#include "x509_deny.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* Hexadecimal digits of a text, read from its end, into bytes of that size. */
static void read_hex(const char *text, size_t length, uint8_t *out, size_t size)
{
    size_t digit = 0;

    memset(out, 0, size);
    for (; length > 0; length--) {
        char pair[2] = {text[length - 1], '\0'};
        if (pair[0] != ':') {
            demand(isxdigit((unsigned char)pair[0]) != 0 && digit < 2 * size);
            unsigned value = (unsigned)strtoul(pair, NULL, 16) << (digit % 2 * 4);
            out[size - 1 - digit / 2] = (uint8_t)(out[size - 1 - digit / 2] | value);
            digit++;
        }
    }
}

/* What a line of an accepted file says is denied. */
static void check_line(const struct x509_deny *d, const char *line, size_t length)
{
    static const uint8_t any_issuer[X509_FINGERPRINT_SIZE] = {0x5a};
    uint8_t issuer[X509_FINGERPRINT_SIZE];
    uint8_t serial[X509_SERIAL_MAX];

    if (length == 0 || line[0] == '#') {
        return;
    }
    const char *blank = memchr(line, ' ', length);
    demand(blank != NULL);
    read_hex(blank + 1, length - (size_t)(blank + 1 - line), serial, sizeof(serial));
    if (line[0] == '*') {
        demand(x509_deny_has(d, NULL, serial, sizeof(serial)));
        demand(x509_deny_has(d, any_issuer, serial, sizeof(serial)));
        return;
    }
    read_hex(line, (size_t)(blank - line), issuer, sizeof(issuer));
    demand(x509_deny_has(d, issuer, serial, sizeof(serial)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct x509_deny d;
    struct x509_deny_problem problem = {.line = 0};
    char *copy = malloc(size > 0 ? size : 1);

    demand(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    x509_deny_init(&d);
    enum err e = x509_deny_parse(&d, copy, size, &problem);
    demand(e == OK || (e == ERR_INVALID && problem.message != NULL));
    size_t lines = 0;
    for (size_t start = 0, i = 0; i < size; i++) {
        if (copy[i] == '\n') {
            lines++;
            if (e == OK) {
                check_line(&d, copy + start, i - start);
            }
            start = i + 1;
        }
    }
    demand(e == OK || (problem.line >= 1 && problem.line <= lines + 1));
    x509_deny_fini(&d);
    free(copy);
    return 0;
}
