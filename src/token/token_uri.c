#include "token_uri.h"

#include "text.h"

#include <stdbool.h>
#include <string.h>

#define SCHEME "pkcs11:"

static const char in_values[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~:[]@!$'()*+,=&";

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What stands between '=' and the next ';' or the end. */
static const char *decode(
    const char *from, size_t length, size_t max, struct token_field *out)
{
    size_t made = 0;

    for (size_t i = 0; i < length; i++) {
        int byte = (unsigned char)from[i];
        if (byte == '%') {
            int high = length - i > 2 ? hex_digit(from[i + 1]) : -1;
            int low = length - i > 2 ? hex_digit(from[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return "has a '%' without two hexadecimal digits behind it";
            }
            byte = high * 16 + low;
            i += 2;
        } else if (byte == '\0' || strchr(in_values, byte) == NULL) {
            return "has a character that must be written as %XX";
        }
        if (made == max) {
            return "has a value that is too long";
        }
        out->bytes[made++] = (uint8_t)byte;
    }
    out->length = made;
    return made > 0 ? NULL : "has an attribute without a value";
}

static bool is_text(const struct token_field *f)
{
    for (size_t i = 0; i < f->length; i++) {
        if (f->bytes[i] < 0x20 || f->bytes[i] == 0x7f) {
            return false;
        }
    }
    return text_is_utf8(f->bytes, f->length);
}

struct attribute {
    const char *name;
    size_t max;
    bool is_binary;
    struct token_field *field;
};

static const char *read_value(const struct attribute *a, const char *value, size_t length)
{
    if (a->field->length > 0) {
        return "has an attribute twice";
    }
    const char *why = decode(value, length, a->max, a->field);
    if (why != NULL) {
        return why;
    }
    return a->is_binary || is_text(a->field) ? NULL
                                             : "has a value that is not UTF-8 text";
}

/* One attribute, `name=value`. */
static const char *read_one(
    const char *text, size_t length, const struct attribute *attributes, size_t count)
{
    const char *equals = memchr(text, '=', length);
    size_t name = equals == NULL ? 0 : (size_t)(equals - text);

    if (equals == NULL) {
        return "has an attribute without a value";
    }
    for (size_t i = 0; i < count; i++) {
        if (strlen(attributes[i].name) == name &&
            memcmp(attributes[i].name, text, name) == 0) {
            return read_value(&attributes[i], equals + 1, length - name - 1);
        }
    }
    return "has an attribute that is none of token, serial, object, id and type";
}

static const char *check(const struct token_uri *u, const struct token_field *type)
{
    if (type->length > 0 && (type->length != strlen("private") ||
                                memcmp(type->bytes, "private", type->length) != 0)) {
        return "names something else than a private key: leave type out";
    }
    if (u->token.length == 0 && u->serial.length == 0) {
        return "names no token: give token= or serial=";
    }
    return u->object.length == 0 && u->id.length == 0
               ? "names no key: give object= or id="
               : NULL;
}

const char *token_uri_parse(const char *text, struct token_uri *out)
{
    struct token_uri made = {0};
    struct token_field type = {.length = 0};
    const struct attribute attributes[] = {
        {"token", TOKEN_LABEL_MAX, false, &made.token},
        {"serial", TOKEN_SERIAL_MAX, false, &made.serial},
        {"object", TOKEN_OBJECT_MAX, false, &made.object},
        {"id", TOKEN_ID_MAX, true, &made.id},
        {"type", sizeof("secret-key"), false, &type},
    };
    const size_t count = sizeof(attributes) / sizeof(attributes[0]);

    if (strlen(text) > TOKEN_URI_MAX) {
        return "is too long";
    }
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0) {
        return "does not begin with pkcs11:";
    }
    text += strlen(SCHEME);
    if (strchr(text, '?') != NULL) {
        return "has a query: the module and the PIN have keys of their own";
    }
    for (bool more = true; more;) {
        size_t length = strcspn(text, ";");
        const char *why = read_one(text, length, attributes, count);
        if (why != NULL) {
            return why;
        }
        more = text[length] == ';';
        text += length + (more ? 1 : 0);
    }
    const char *why = check(&made, &type);
    if (why == NULL) {
        *out = made;
    }
    return why;
}
