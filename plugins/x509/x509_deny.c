#include "x509_deny.h"

#include <string.h>

/* 1 and the issuer's fingerprint, or 0 and zeros; then the serial number. */
struct key {
    uint8_t bytes[1 + X509_FINGERPRINT_SIZE + X509_SERIAL_MAX];
    size_t length;
};

static void key_init(struct key *k, const uint8_t *issuer)
{
    *k = (struct key){.length = 1 + X509_FINGERPRINT_SIZE};
    if (issuer != NULL) {
        k->bytes[0] = 1;
        memcpy(k->bytes + 1, issuer, X509_FINGERPRINT_SIZE);
    }
}

/* Without its leading zeros. */
static bool key_add_serial(struct key *k, const uint8_t *serial, size_t length)
{
    while (length > 0 && serial[0] == 0) {
        serial++;
        length--;
    }
    if (length > X509_SERIAL_MAX) {
        return false;
    }
    if (length > 0) {
        memcpy(k->bytes + k->length, serial, length);
    }
    k->length += length;
    return true;
}

void x509_deny_init(struct x509_deny *d)
{
    table_init(&d->entries, X509_DENY_MAX);
}

void x509_deny_fini(struct x509_deny *d)
{
    table_fini(&d->entries);
}

/* -1: not a digit. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_fingerprint(
    const char *text, size_t length, uint8_t out[X509_FINGERPRINT_SIZE])
{
    size_t step = length == 2 * X509_FINGERPRINT_SIZE ? 2 : 3;

    if (length != step * X509_FINGERPRINT_SIZE - (step - 2)) {
        return false;
    }
    for (size_t i = 0; i < X509_FINGERPRINT_SIZE; i++) {
        const char *pair = text + i * step;
        int high = hex_value(pair[0]);
        int low = hex_value(pair[1]);
        bool is_last = i + 1 == X509_FINGERPRINT_SIZE;
        if (high < 0 || low < 0 || (step == 3 && !is_last && pair[2] != ':')) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool parse_serial(
    const char *text, size_t length, uint8_t out[X509_SERIAL_MAX], size_t *length_out)
{
    size_t bytes = (length + 1) / 2;

    if (length == 0 || bytes > X509_SERIAL_MAX) {
        return false;
    }
    memset(out, 0, bytes);
    for (size_t i = 0; i < length; i++) {
        int digit = hex_value(text[length - 1 - i]); /* from its end */
        if (digit < 0) {
            return false;
        }
        uint8_t *byte = &out[bytes - 1 - i / 2];
        *byte = (uint8_t)(*byte | digit << (i % 2 * 4));
    }
    *length_out = bytes;
    return true;
}

static enum err refuse(struct x509_deny_problem *out, size_t line, const char *message)
{
    *out = (struct x509_deny_problem){.line = line, .message = message};
    return ERR_INVALID;
}

static enum err parse_line(struct x509_deny *d, const char *text, size_t length,
    size_t line, struct x509_deny_problem *out)
{
    uint8_t fingerprint[X509_FINGERPRINT_SIZE];
    uint8_t serial[X509_SERIAL_MAX];
    size_t serial_length;
    struct key key;
    const char *blank = memchr(text, ' ', length);

    if (blank == NULL) {
        return refuse(out, line, "there is no blank between issuer and serial number");
    }
    size_t issuer_length = (size_t)(blank - text);
    bool every = issuer_length == 1 && text[0] == '*';
    if (!every && !parse_fingerprint(text, issuer_length, fingerprint)) {
        return refuse(out, line,
            "the issuer is neither * nor the 64 hexadecimal digits of a SHA-256");
    }
    if (!parse_serial(blank + 1, length - issuer_length - 1, serial, &serial_length)) {
        return refuse(out, line, "the serial number is not 1 to 64 hexadecimal digits");
    }
    key_init(&key, every ? NULL : fingerprint);
    (void)key_add_serial(&key, serial, serial_length); /* it fits: X509_SERIAL_MAX */
    enum err e = table_put(&d->entries, key.bytes, key.length, d);
    return e == ERR_FULL ? refuse(out, line, "there are more than 50000 entries") : e;
}

enum err x509_deny_parse(struct x509_deny *d, const void *bytes, size_t length,
    struct x509_deny_problem *problem_out)
{
    const char *pos = bytes;
    enum err e = OK;

    if (length > X509_DENY_FILE_MAX) {
        return refuse(problem_out, 1, "the file is larger than 8 MiB");
    }
    for (size_t line = 1; e == OK && length > 0; line++) {
        const char *end = memchr(pos, '\n', length);
        if (end == NULL) {
            return refuse(problem_out, line, "the last line has no end");
        }
        size_t line_length = (size_t)(end - pos);
        if (line_length > 0 && pos[0] != '#') {
            e = parse_line(d, pos, line_length, line, problem_out);
        }
        pos += line_length + 1;
        length -= line_length + 1;
    }
    return e;
}

bool x509_deny_has(const struct x509_deny *d, const uint8_t *issuer,
    const uint8_t *serial, size_t serial_length)
{
    struct key key;

    key_init(&key, NULL);
    if (!key_add_serial(&key, serial, serial_length)) {
        return false;
    }
    if (table_get(&d->entries, key.bytes, key.length) != NULL) {
        return true;
    }
    if (issuer == NULL) {
        return false;
    }
    key_init(&key, issuer);
    return key_add_serial(&key, serial, serial_length) &&
           table_get(&d->entries, key.bytes, key.length) != NULL;
}
