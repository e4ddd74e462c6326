#include "auditlog_record.h"

#include <sodium.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool take(struct auditlog_cursor *c, char wanted)
{
    if (c->left == 0 || *c->at != wanted) {
        return false;
    }
    c->at++;
    c->left--;
    return true;
}

size_t auditlog_escape_length(const char *at, size_t left)
{
    if (left < 2 || at[0] != '\\') {
        return 0;
    }
    if (at[1] != 'u') {
        return memchr("\"\\/bfnrt", at[1], 8) != NULL ? 2 : 0;
    }
    if (left < 6) {
        return 0;
    }
    for (size_t i = 2; i < 6; i++) {
        if (!is_hex(at[i])) {
            return 0;
        }
    }
    return 6;
}

/* Behind its first quote. */
static bool take_string(struct auditlog_cursor *c, struct auditlog_view *out)
{
    const char *start = c->at;

    while (c->left > 0 && *c->at != '"') {
        size_t step = *c->at == '\\' ? auditlog_escape_length(c->at, c->left) : 1;
        if (step == 0 || (unsigned char)*c->at < 0x20) {
            return false;
        }
        c->at += step;
        c->left -= step;
    }
    *out = (struct auditlog_view){start, (size_t)(c->at - start)};
    return take(c, '"');
}

static bool take_number(struct auditlog_cursor *c, struct auditlog_view *out)
{
    const char *start = c->at;

    (void)take(c, '-');
    const char *first = c->at;
    while (c->left > 0 && is_digit(*c->at)) {
        c->at++;
        c->left--;
    }
    size_t count = (size_t)(c->at - first);
    *out = (struct auditlog_view){start, (size_t)(c->at - start)};
    return count > 0 && (count == 1 || *first != '0');
}

static bool take_value(struct auditlog_cursor *c, struct auditlog_member *out)
{
    if (take(c, '"')) {
        out->kind = AUDITLOG_STRING;
        return take_string(c, &out->value);
    }
    if (c->left >= 4 && memcmp(c->at, "null", 4) == 0) {
        out->kind = AUDITLOG_NULL;
        out->value = (struct auditlog_view){c->at, 4};
        c->at += 4;
        c->left -= 4;
        return true;
    }
    out->kind = AUDITLOG_NUMBER;
    return take_number(c, &out->value);
}

bool auditlog_member_next(struct auditlog_cursor *cursor, struct auditlog_member *out)
{
    struct auditlog_cursor c = *cursor;

    if (c.ended) {
        return false;
    }
    if (c.begun && take(&c, '}')) {
        cursor->ended = c.left == 0;
        return false;
    }
    if (!take(&c, c.begun ? ',' : '{') || !take(&c, '"') ||
        !take_string(&c, &out->name) || out->name.len == 0 || !take(&c, ':') ||
        !take_value(&c, out)) {
        return false;
    }
    c.begun = true;
    *cursor = c;
    return true;
}

/* --- what the trail itself looks at ------------------------------------------------- */

bool auditlog_view_is(struct auditlog_view view, const char *text)
{
    return view.ptr != NULL && view.len == strlen(text) &&
           memcmp(view.ptr, text, view.len) == 0;
}

static const struct {
    const char *name;
    enum auditlog_kind kind;
    size_t offset;
} known[] = {
    {"time", AUDITLOG_STRING, offsetof(struct auditlog_record, time)},
    {"seq", AUDITLOG_NUMBER, offsetof(struct auditlog_record, seq)},
    {"source", AUDITLOG_STRING, offsetof(struct auditlog_record, source)},
    {"event", AUDITLOG_STRING, offsetof(struct auditlog_record, event)},
    {"reason", AUDITLOG_STRING, offsetof(struct auditlog_record, reason)},
    {"epoch", AUDITLOG_NUMBER, offsetof(struct auditlog_record, epoch)},
    {"records", AUDITLOG_NUMBER, offsetof(struct auditlog_record, records)},
    {"torn", AUDITLOG_NUMBER, offsetof(struct auditlog_record, torn)},
    {"torn_hash", AUDITLOG_STRING, offsetof(struct auditlog_record, torn_hash)},
    {"lost", AUDITLOG_NUMBER, offsetof(struct auditlog_record, lost)},
    {"trail", AUDITLOG_STRING, offsetof(struct auditlog_record, trail)},
    {"algorithm", AUDITLOG_STRING, offsetof(struct auditlog_record, algorithm)},
    {"key", AUDITLOG_STRING, offsetof(struct auditlog_record, key)},
    {"signature", AUDITLOG_STRING, offsetof(struct auditlog_record, signature)},
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

/* Each number of 64 bits: a peer's counter may be any, and its line must stay readable. */
static bool to_number(struct auditlog_view text, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        if (!is_digit(text.ptr[i]) || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = 10 * value + digit;
    }
    *out = value;
    return true;
}

/* False: a number that does not fit, another kind, or a name for the second time. */
static bool keep(struct auditlog_record *r, const struct auditlog_member *m, bool *seen)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (!auditlog_view_is(m->name, known[i].name)) {
            continue;
        }
        void *field = (char *)r + known[i].offset;
        bool null_time = i == 0 && m->kind == AUDITLOG_NULL;
        if (seen[i] || (m->kind != known[i].kind && !null_time)) {
            return false;
        }
        seen[i] = true;
        if (known[i].kind == AUDITLOG_NUMBER) {
            return to_number(m->value, field);
        }
        memcpy(field, &m->value, sizeof(m->value));
        return true;
    }
    return true;
}

/* The hash is found from the end, so that what is hashed is not a matter of parsing. */
static bool split(const char *line, size_t length, struct auditlog_record *r)
{
    static const char before[] = ",\"hash\":\"";
    const size_t tail = AUDITLOG_SEAL - 1; /* there is no newline */

    if (length <= tail || length >= AUDITLOG_LINE_MAX ||
        memcmp(line + length - tail, before, sizeof(before) - 1) != 0 ||
        memcmp(line + length - 2, "\"}", 2) != 0) {
        return false;
    }
    r->body = (struct auditlog_view){line, length - tail};
    return auditlog_unhex(
               line + length - 2 - AUDITLOG_HASH_HEX, AUDITLOG_HASH_HEX, r->hash) == OK;
}

enum err auditlog_record_read(
    const char *line, size_t length, struct auditlog_record *out)
{
    struct auditlog_record r = {.seq = 0};
    struct auditlog_cursor cursor = {.at = line, .left = length};
    struct auditlog_member m;
    bool seen[KNOWN] = {false};
    size_t hashes = 0;

    if (!split(line, length, &r)) {
        return ERR_INVALID;
    }
    while (auditlog_member_next(&cursor, &m)) {
        hashes += auditlog_view_is(m.name, "hash") ? 1 : 0;
        if (!keep(&r, &m, seen)) {
            return ERR_INVALID;
        }
    }
    if (!cursor.ended || hashes != 1 || r.seq == 0 || r.event.ptr == NULL ||
        r.source.ptr == NULL) {
        return ERR_INVALID;
    }
    *out = r;
    return OK;
}

bool auditlog_record_is_own(const struct auditlog_record *r)
{
    return auditlog_view_is(r->source, "audit");
}

enum err auditlog_record_key(const struct auditlog_record *r, struct auditlog_public *out)
{
    struct auditlog_public key = {.length = 0};

    if (r->key.ptr == NULL || r->algorithm.ptr == NULL ||
        auditlog_algorithm_find(r->algorithm.ptr, r->algorithm.len, &key.algorithm) !=
            OK ||
        sodium_base642bin(key.bytes, sizeof(key.bytes), r->key.ptr, r->key.len, NULL,
            &key.length, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        key.length != auditlog_public_length(key.algorithm)) {
        return ERR_INVALID;
    }
    *out = key;
    return OK;
}
