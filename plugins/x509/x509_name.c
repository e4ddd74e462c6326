#include "x509_name.h"

#include "text.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#define OID_TEXT_MAX 256
#define DNS_NAME_MAX 253
#define DNS_PART_MAX 63

/* --- what no name may hold -------------------------------------------------------- */

/* clang-format off */
static const struct {
    uint32_t first;
    uint32_t last;
} harmful[] = {
    { 0x0000, 0x001f }, /* controls */
    { 0x007f, 0x009f },
    { 0x00ad, 0x00ad }, /* soft hyphen */
    { 0x017f, 0x017f }, /* is s when case is ignored */
    { 0x200b, 0x200b }, /* zero width */
    { 0x200e, 0x200f }, /* direction */
    { 0x2028, 0x202e }, /* lines, direction */
    { 0x2060, 0x206f },
    { 0x212a, 0x212a }, /* is k when case is ignored */
    { 0xfeff, 0xfeff },
    { 0xfff9, 0xffff },
};
/* clang-format on */

/* Of valid UTF-8. */
static uint32_t next_character(const uint8_t **pos)
{
    const uint8_t *p = *pos;
    size_t more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
    uint32_t c = more == 0 ? p[0] : p[0] & (0x3fu >> more);

    for (size_t i = 1; i <= more; i++) {
        c = c << 6 | (p[i] & 0x3f);
    }
    *pos = p + more + 1;
    return c;
}

bool x509_name_is_harmless(const void *bytes, size_t length)
{
    const uint8_t *pos = bytes;
    const uint8_t *end = pos + length;

    if (!text_is_utf8(bytes, length)) {
        return false;
    }
    while (pos < end) {
        uint32_t c = next_character(&pos);
        for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++) {
            if (c >= harmful[i].first && c <= harmful[i].last) {
                return false;
            }
        }
    }
    return true;
}

/* --- the subject ------------------------------------------------------------------ */

/* The types that RFC 2253 gives a word, as Java has them. */
static const char *keyword(int nid)
{
    switch (nid) {
    case NID_commonName:
        return "CN";
    case NID_countryName:
        return "C";
    case NID_localityName:
        return "L";
    case NID_stateOrProvinceName:
        return "ST";
    case NID_organizationName:
        return "O";
    case NID_organizationalUnitName:
        return "OU";
    case NID_streetAddress:
        return "STREET";
    case NID_domainComponent:
        return "DC";
    case NID_userId:
        return "UID";
    default:
        return NULL;
    }
}

/* A BMPString is text too, but Java shows its bytes as if they were UTF-8. */
static bool is_text(int type)
{
    return type == V_ASN1_PRINTABLESTRING || type == V_ASN1_T61STRING ||
           type == V_ASN1_IA5STRING || type == V_ASN1_GENERALSTRING ||
           type == V_ASN1_UTF8STRING;
}

static void add_escaped(struct buf *out, const char *text, size_t length)
{
    size_t lead = 0;
    size_t trail = length; /* behind the last that is not a blank */

    while (lead < length && text[lead] == ' ') {
        lead++;
    }
    while (trail > 0 && text[trail - 1] == ' ') {
        trail--;
    }
    for (size_t i = 0; i < length; i++) {
        if (i < lead || i >= trail || memchr(",=+<>#;\"\\", text[i], 9) != NULL) {
            buf_add(out, "\\", 1);
        }
        buf_add(out, &text[i], 1);
    }
}

static enum err add_hex(struct buf *out, const ASN1_STRING *value)
{
    uint8_t *der = NULL;
    int length = i2d_ASN1_PRINTABLE(value, &der);

    if (length <= 0) {
        return ERR_NOMEM;
    }
    buf_add(out, "#", 1);
    for (int i = 0; i < length; i++) {
        buf_add_format(out, "%02x", der[i]);
    }
    OPENSSL_free(der);
    return OK;
}

static enum err add_entry(struct buf *out, const X509_NAME_ENTRY *entry)
{
    char oid[OID_TEXT_MAX];
    const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    const char *word = keyword(OBJ_obj2nid(type));
    int oid_length = OBJ_obj2txt(oid, sizeof(oid), type, 1);

    if (oid_length <= 0 || oid_length >= (int)sizeof(oid) ||
        (word != NULL && ASN1_STRING_type(value) == V_ASN1_BMPSTRING)) {
        return ERR_INVALID;
    }
    buf_add_text(out, word != NULL ? word : oid);
    buf_add(out, "=", 1);
    if (word == NULL || !is_text(ASN1_STRING_type(value))) {
        return add_hex(out, value);
    }
    const char *text = (const char *)ASN1_STRING_get0_data(value);
    size_t length = (size_t)ASN1_STRING_length(value);
    if (!x509_name_is_harmless(text, length)) {
        return ERR_INVALID;
    }
    add_escaped(out, text, length);
    return OK;
}

/* The sets of a name last to first, the entries of a set as they stand. */
static enum err write_name(struct buf *out, const X509_NAME *name)
{
    int end = X509_NAME_entry_count(name);
    enum err e = OK;

    if (end <= 0) {
        return ERR_NOT_FOUND;
    }
    while (e == OK && end > 0) {
        int start = end - 1;
        int set = X509_NAME_ENTRY_set(X509_NAME_get_entry(name, start));
        while (start > 0 &&
               X509_NAME_ENTRY_set(X509_NAME_get_entry(name, start - 1)) == set) {
            start--;
        }
        for (int i = start; e == OK && i < end; i++) {
            buf_add_text(out, i > start                           ? "+"
                              : end < X509_NAME_entry_count(name) ? ","
                                                                  : "");
            e = add_entry(out, X509_NAME_get_entry(name, i));
        }
        end = start;
    }
    return e == OK ? buf_error(out) : e;
}

/* --- alternative names ------------------------------------------------------------ */

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* spiffe://trust-domain/path, the identifier of a workload (SPIFFE-ID, 2). */
static bool is_spiffe(const uint8_t *p, size_t length)
{
    static const char scheme[] = "spiffe://";
    size_t at = sizeof(scheme) - 1;
    size_t start = at;

    if (length > X509_SPIFFE_MAX || length < at || memcmp(p, scheme, at) != 0) {
        return false;
    }
    while (at < length && p[at] != '/') {
        bool good = is_letter_or_digit(p[at]) || memchr(".-_", p[at], 3) != NULL;
        if (!good || (p[at] >= 'A' && p[at] <= 'Z')) {
            return false;
        }
        at++;
    }
    if (at == start || at - start > 255 || at == length) {
        return false;
    }
    while (at < length) { /* p[at] is the / before a part */
        size_t part = at + 1;
        for (at = part; at < length && p[at] != '/'; at++) {
            if (!is_letter_or_digit(p[at]) && memchr(".-_", p[at], 3) == NULL) {
                return false;
            }
        }
        size_t n = at - part;
        if (n == 0 || (n <= 2 && memcmp(p + part, "..", n) == 0)) {
            return false;
        }
    }
    return true;
}

bool x509_name_is_uri(const void *bytes, size_t length)
{
    static const char scheme[] = "spiffe:";
    const uint8_t *p = bytes;

    for (size_t i = 0; i < length; i++) {
        if (p[i] <= 0x20 || p[i] >= 0x7f || memchr("\"<>\\^`{|}", p[i], 9) != NULL) {
            return false;
        }
    }
    if (length >= sizeof(scheme) - 1 &&
        strncasecmp(bytes, scheme, sizeof(scheme) - 1) == 0) {
        return is_spiffe(p, length);
    }
    return length > 0 && memchr(p, ':', length) != NULL;
}

/* Parts of letters, digits, - and _ between dots; no star: it would be many hosts. */
bool x509_name_is_dns(const void *bytes, size_t length)
{
    const uint8_t *p = bytes;
    size_t part = 0;

    if (length == 0 || length > DNS_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (p[i] == '.') {
            if (part == 0) {
                return false;
            }
            part = 0;
            continue;
        }
        part++;
        if (part > DNS_PART_MAX ||
            (!is_letter_or_digit(p[i]) && p[i] != '-' && p[i] != '_')) {
            return false;
        }
    }
    return part > 0;
}

bool x509_name_is_email(const void *bytes, size_t length)
{
    const uint8_t *p = bytes;
    const uint8_t *at = length > 0 ? memchr(p, '@', length) : NULL;

    if (at == NULL || at == p) {
        return false;
    }
    for (const uint8_t *c = p; c < at; c++) {
        if (!is_letter_or_digit(*c) &&
            (*c == '\0' || strchr("!#$%&'*+-/=?^_`{|}~.", *c) == NULL)) {
            return false;
        }
    }
    return x509_name_is_dns(at + 1, length - (size_t)(at + 1 - p));
}

struct kind {
    int type;
    bool (*is_good)(const void *bytes, size_t length);
    bool lower; /* case means nothing */
};

static void add_name(struct buf *out, const uint8_t *text, size_t length, bool lower)
{
    for (size_t i = 0; i < length; i++) {
        bool upper = text[i] >= 'A' && text[i] <= 'Z';
        uint8_t c = lower && upper ? (uint8_t)(text[i] + ('a' - 'A')) : text[i];
        buf_add(out, &c, 1);
    }
}

static enum err write_alternative(struct buf *out, const GENERAL_NAMES *names,
    const struct kind *kind, bool first_of_several)
{
    const ASN1_STRING *found = NULL;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != kind->type) {
            continue;
        }
        if (found != NULL && !first_of_several) {
            return ERR_EXISTS;
        }
        found = found != NULL ? found : name->d.ia5;
    }
    if (found == NULL) {
        return ERR_NOT_FOUND;
    }
    const uint8_t *text = ASN1_STRING_get0_data(found);
    size_t length = (size_t)ASN1_STRING_length(found);
    if (!kind->is_good(text, length)) {
        return ERR_INVALID;
    }
    add_name(out, text, length, kind->lower);
    return buf_error(out);
}

enum err x509_name_write(struct buf *out, const X509 *certificate,
    enum x509_source source, bool first_of_several)
{
    static const struct kind kinds[] = {
        [X509_SOURCE_URI] = {GEN_URI, x509_name_is_uri, false},
        [X509_SOURCE_DNS] = {GEN_DNS, x509_name_is_dns, true},
        [X509_SOURCE_EMAIL] = {GEN_EMAIL, x509_name_is_email, false},
    };
    int critical = -1;

    if (source == X509_SOURCE_SUBJECT) {
        return write_name(out, X509_get_subject_name(certificate));
    }
    GENERAL_NAMES *names =
        X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, NULL);
    if (names == NULL) { /* -1: there is none; else it is there twice, or no list */
        return critical == -1 ? ERR_NOT_FOUND : ERR_INVALID;
    }
    enum err e = write_alternative(out, names, &kinds[source], first_of_several);
    GENERAL_NAMES_free(names);
    return e;
}

enum err x509_name_write_issuer(struct buf *out, const X509 *certificate)
{
    return write_name(out, X509_get_issuer_name(certificate));
}
