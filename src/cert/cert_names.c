#include "cert_names.h"

#include "text.h"
#include "x509_name.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_MAX 64

/* A star stands for one part, and only for the first of three or more. */
static bool is_host(const void *bytes, size_t length)
{
    const char *text = bytes;

    if (length > 2 && text[0] == '*' && text[1] == '.') {
        return memchr(text + 2, '.', length - 2) != NULL &&
               x509_name_is_dns(text + 2, length - 2);
    }
    return x509_name_is_dns(bytes, length);
}

static const struct kind {
    const char *prefix;
    int type;
    bool (*is_good)(const void *bytes, size_t length); /* NULL: an address */
    const char *help;
} kinds[] = {
    {"dns:", GEN_DNS, is_host, "a host name like broker.example or *.example.org"},
    {"ip:", GEN_IPADD, NULL, "an address like 10.0.0.1 or ::1"},
    {"uri:", GEN_URI, x509_name_is_uri, "a URI like spiffe://example/job"},
    {"email:", GEN_EMAIL, x509_name_is_email, "an address like ann@example.org"},
};

static const struct kind *kind_of(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t prefix = strlen(kinds[i].prefix);
        if (length > prefix && strncmp(text, kinds[i].prefix, prefix) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static enum err refuse(
    struct cert_problem *why, const char *text, size_t length, const char *help)
{
    char shown[120];

    (void)snprintf(why->text, sizeof(why->text), "'%s' is not %s",
        text_escape(shown, sizeof(shown), text, length), help);
    return ERR_INVALID;
}

/* The bytes of an address, or 0. */
static size_t read_address(const char *text, size_t length, uint8_t out[16])
{
    char copy[ADDRESS_MAX];

    if (length >= sizeof(copy)) {
        return 0;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (strlen(copy) != length) {
        return 0;
    }
    if (inet_pton(AF_INET, copy, out) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, copy, out) == 1 ? 16 : 0;
}

/* Takes ownership of value on success. */
static enum err push(GENERAL_NAMES *names, int type, ASN1_STRING *value)
{
    GENERAL_NAME *name = GENERAL_NAME_new();

    if (name == NULL) {
        return ERR_NOMEM;
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (sk_GENERAL_NAME_push(names, name) <= 0) {
        name->d.ptr = NULL; /* the value stays the caller's */
        GENERAL_NAME_free(name);
        return ERR_NOMEM;
    }
    return OK;
}

static enum err add(GENERAL_NAMES *names, int type, const void *bytes, size_t length)
{
    ASN1_STRING *value =
        ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    enum err e = ERR_NOMEM;

    if (value != NULL && ASN1_STRING_set(value, bytes, (int)length) == 1) {
        e = push(names, type, value);
    }
    if (e != OK) {
        ASN1_STRING_free(value);
    }
    return e;
}

static enum err parse_one(
    GENERAL_NAMES *names, const char *text, size_t length, struct cert_problem *why)
{
    const struct kind *kind = kind_of(text, length);
    uint8_t address[16];

    if (kind == NULL) {
        return refuse(
            why, text, length, "a name: write dns:, ip:, uri: or email: in front");
    }
    if (sk_GENERAL_NAME_num(names) >= CERT_NAMES_MAX) {
        (void)snprintf(
            why->text, sizeof(why->text), "more than %d names", CERT_NAMES_MAX);
        return ERR_INVALID;
    }
    const char *value = text + strlen(kind->prefix);
    const size_t left = length - strlen(kind->prefix);
    if (kind->is_good == NULL) {
        size_t size = read_address(value, left, address);
        return size == 0 ? refuse(why, value, left, kind->help)
                         : add(names, kind->type, address, size);
    }
    return kind->is_good(value, left) ? add(names, kind->type, value, left)
                                      : refuse(why, value, left, kind->help);
}

enum err cert_names_parse(
    GENERAL_NAMES *names, const char *text, size_t length, struct cert_problem *why)
{
    enum err e = OK;

    for (const char *end = text + length; e == OK;) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *stop = comma == NULL ? end : comma;
        e = parse_one(names, text, (size_t)(stop - text), why);
        if (comma == NULL) {
            break;
        }
        text = comma + 1;
    }
    return e;
}

/* --- writing ---------------------------------------------------------------------- */

/* Anybody's bytes: what parts names or steers a terminal is escaped. */
static void write_bytes(struct buf *out, const ASN1_STRING *value)
{
    const uint8_t *p = ASN1_STRING_get0_data(value);
    int length = ASN1_STRING_length(value);

    for (int i = 0; i < length; i++) {
        if (p[i] > 0x20 && p[i] < 0x7f && p[i] != ',' && p[i] != '\\') {
            buf_add(out, p + i, 1);
        } else {
            buf_add_format(out, "\\x%02x", p[i]);
        }
    }
}

static void write_address(struct buf *out, const ASN1_STRING *value)
{
    char text[ADDRESS_MAX];
    int length = ASN1_STRING_length(value);
    const char *done = NULL;

    if (length == 4 || length == 16) {
        done = inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value),
            text, sizeof(text));
    }
    if (done == NULL) {
        write_bytes(out, value);
    } else {
        buf_add_text(out, done);
    }
}

void cert_names_write(const GENERAL_NAMES *names, struct buf *out)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type = -1;
        const void *value =
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        const struct kind *kind = NULL;
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            kind = kinds[k].type == type ? &kinds[k] : kind;
        }
        buf_add_text(out, i == 0 ? "" : ",");
        if (kind == NULL) {
            buf_add_text(out, "other:");
            continue;
        }
        buf_add_text(out, kind->prefix);
        if (type == GEN_IPADD) {
            write_address(out, value);
        } else {
            write_bytes(out, value);
        }
    }
}
