#include "ldap_frame.h"

#define TAG_SEQUENCE      0x30
#define TAG_INTEGER       0x02
#define TAG_OCTETS        0x04
#define TAG_ENUMERATED    0x0a
#define TAG_EXTENDED      0x78
#define TAG_CONTROLS      0xa0
#define TAG_REFERRAL      0xa3
#define TAG_RESPONSE_NAME 0x8a
#define TAG_RESPONSE      0x8b

#define NUMBER_OF_STARTTLS 1
#define LENGTH_OCTETS_MAX  4

const uint8_t ldap_frame_starttls[31] = {TAG_SEQUENCE, 29, TAG_INTEGER, 1,
    NUMBER_OF_STARTTLS, 0x77, 24, 0x80, 22, '1', '.', '3', '.', '6', '.', '1', '.', '4',
    '.', '1', '.', '1', '4', '6', '6', '.', '2', '0', '0', '3', '7'};

enum part { PART_WHOLE = 1, PART_PARTIAL, PART_BAD, PART_LONG };

struct view {
    const uint8_t *bytes;
    size_t length;
};

static void skip(struct view *v, size_t length)
{
    v->bytes += length;
    v->length -= length;
}

/* A tag and a definite length (RFC 4511, 5.1), which may go beyond the view. */
static enum part take_tag(struct view *v, uint8_t tag, size_t *length_out)
{
    struct view at = *v;
    uint32_t length = 0;
    size_t octets = 0;

    if (at.length > 0 && at.bytes[0] != tag) {
        return PART_BAD;
    }
    if (at.length < 2) {
        return PART_PARTIAL;
    }
    length = at.bytes[1];
    skip(&at, 2);
    if (length >= 0x80) {
        octets = length & 0x7f;
        if (octets == 0 || octets > LENGTH_OCTETS_MAX) {
            return PART_BAD;
        }
        if (at.length < octets) {
            return PART_PARTIAL;
        }
        length = 0;
        for (size_t i = 0; i < octets; i++) {
            length = length << 8 | at.bytes[i];
        }
        skip(&at, octets);
    }
    *v = at;
    *length_out = length;
    return PART_WHOLE;
}

/* What a message begins with: *v is then behind the number, *left_out how much follows. */
static enum part take_head(struct view *v, uint32_t *number_out, size_t *left_out)
{
    struct view at = *v;
    size_t length = 0;
    size_t octets;
    uint32_t number = 0;

    enum part part = take_tag(&at, TAG_SEQUENCE, &length);
    if (part != PART_WHOLE) {
        return part;
    }
    if (length > LDAP_MESSAGE_MAX || length < 3) {
        return length < 3 ? PART_BAD : PART_LONG;
    }
    if ((at.length > 0 && at.bytes[0] != TAG_INTEGER) ||
        (at.length > 1 && (at.bytes[1] == 0 || at.bytes[1] > sizeof(number)))) {
        return PART_BAD;
    }
    octets = at.length > 1 ? at.bytes[1] : 0;
    if (octets > 0 && octets + 2 > length) {
        return PART_BAD;
    }
    if (octets == 0 || at.length < octets + 2) {
        return PART_PARTIAL;
    }
    for (size_t i = 0; i < octets; i++) {
        number = number << 8 | at.bytes[2 + i];
    }
    if (number == 0 || (at.bytes[2] & 0x80) != 0) {
        return PART_BAD; /* of nobody, or below zero */
    }
    skip(&at, octets + 2);
    *v = at;
    *number_out = number;
    *left_out = length - octets - 2;
    return PART_WHOLE;
}

/* --- the stream of messages ------------------------------------------------------------- */

static enum part add_to_head(struct ldap_frame *f, uint8_t byte)
{
    struct view v = {f->head, f->head_length + 1};
    uint32_t number = 0;

    f->head[f->head_length++] = byte;
    return take_head(&v, &number, &f->left);
}

bool ldap_frame_accept(struct ldap_frame *f, const void *bytes, size_t length)
{
    struct view v = {bytes, length};

    while (!f->failed && v.length > 0) {
        if (f->left > 0) {
            size_t n = f->left < v.length ? f->left : v.length;
            skip(&v, n);
            f->left -= n;
            continue;
        }
        enum part part =
            f->head_length < sizeof(f->head) ? add_to_head(f, v.bytes[0]) : PART_BAD;
        skip(&v, 1);
        f->too_long = part == PART_LONG;
        f->failed = part == PART_BAD || part == PART_LONG;
        f->head_length = part == PART_WHOLE ? 0 : f->head_length;
    }
    return !f->failed;
}

/* --- StartTLS --------------------------------------------------------------------------- */

/* The next element, if it has that tag and lies within v. */
static bool take(struct view *v, uint8_t tag, struct view *out)
{
    struct view at = *v;
    size_t length = 0;

    if (take_tag(&at, tag, &length) != PART_WHOLE || length > at.length) {
        return false;
    }
    *out = (struct view){at.bytes, length};
    skip(&at, length);
    *v = at;
    return true;
}

/* An LDAPResult, and what an extended answer may have behind it. */
static enum ldap_tls_answer judge(struct view v)
{
    struct view operation;
    struct view code;
    struct view ignored;

    if (!take(&v, TAG_EXTENDED, &operation)) {
        return LDAP_TLS_ANSWER_BAD;
    }
    (void)take(&v, TAG_CONTROLS, &ignored);
    if (v.length > 0 || !take(&operation, TAG_ENUMERATED, &code) || code.length != 1 ||
        !take(&operation, TAG_OCTETS, &ignored) ||
        !take(&operation, TAG_OCTETS, &ignored)) {
        return LDAP_TLS_ANSWER_BAD;
    }
    (void)take(&operation, TAG_REFERRAL, &ignored);
    (void)take(&operation, TAG_RESPONSE_NAME, &ignored);
    (void)take(&operation, TAG_RESPONSE, &ignored);
    if (operation.length > 0) {
        return LDAP_TLS_ANSWER_BAD;
    }
    return code.bytes[0] == 0 ? LDAP_TLS_ANSWER_YES : LDAP_TLS_ANSWER_NO;
}

enum ldap_tls_answer ldap_frame_tls_answer(const uint8_t *bytes, size_t length)
{
    struct view v = {bytes, length};
    uint32_t number = 0;
    size_t left = 0;

    enum part part = take_head(&v, &number, &left);
    if (length > LDAP_TLS_ANSWER_MAX || part == PART_BAD || part == PART_LONG) {
        return LDAP_TLS_ANSWER_BAD;
    }
    if (part == PART_PARTIAL) {
        return LDAP_TLS_ANSWER_PARTIAL;
    }
    if (number != NUMBER_OF_STARTTLS || v.length > left ||
        left > LDAP_TLS_ANSWER_MAX - (length - v.length)) {
        return LDAP_TLS_ANSWER_BAD;
    }
    return v.length < left ? LDAP_TLS_ANSWER_PARTIAL : judge(v);
}
