#include "gssapi_piece.h"
#include "gssapi_rules_parts.h"
#include "text.h"

#include <string.h>

/* A text on its way from principal to name. */
struct draft {
    char bytes[GSSAPI_PRINCIPAL_MAX + 1];
    size_t length;
    bool overflowed;
};

static void draft_add(struct draft *d, const char *bytes, size_t length)
{
    if (d->overflowed || length > GSSAPI_PRINCIPAL_MAX - d->length) {
        d->overflowed = true;
        return;
    }
    if (length > 0) {
        memcpy(d->bytes + d->length, bytes, length);
        d->length += length;
    }
}

/* By number, as a format says it: realm, primary, instance. */
struct parts {
    struct gssapi_view by_number[3];
    uint32_t components;
};

static bool holds_separator(const char *bytes, size_t length)
{
    return memchr(bytes, '/', length) != NULL || memchr(bytes, '@', length) != NULL;
}

/* primary[/instance]@REALM, with one '@' and one '/' at most. */
static bool split(const char *principal, size_t length, struct parts *out)
{
    const char *end = principal + length;
    const char *realm = memchr(principal, '@', length);

    if (realm == NULL || holds_separator(realm + 1, (size_t)(end - realm - 1))) {
        return false;
    }
    *out = (struct parts){.components = 1};
    out->by_number[0] = (struct gssapi_view){realm + 1, (size_t)(end - realm - 1)};
    const char *instance = memchr(principal, '/', (size_t)(realm - principal));
    if (instance == NULL) {
        out->by_number[1] = (struct gssapi_view){principal, (size_t)(realm - principal)};
        return true;
    }
    out->components = 2;
    out->by_number[1] = (struct gssapi_view){principal, (size_t)(instance - principal)};
    out->by_number[2] =
        (struct gssapi_view){instance + 1, (size_t)(realm - instance - 1)};
    return !holds_separator(instance + 1, (size_t)(realm - instance - 1));
}

static void format_run(
    const struct gssapi_rule *rule, const struct parts *parts, struct draft *out)
{
    const char *pos = rule->format.bytes;
    const char *end = pos + rule->format.length;
    struct gssapi_piece piece;

    while (pos < end && gssapi_piece_of_format(&pos, end, parts->components, &piece)) {
        if (piece.is_number) {
            const struct gssapi_view *part = &parts->by_number[piece.number];
            draft_add(out, part->bytes, part->length);
        } else {
            draft_add(out, &piece.byte, 1);
        }
    }
}

enum match {
    MATCH_YES,
    MATCH_NO,
    MATCH_BROKEN, /* a limit */
};

static enum match match(struct gssapi_rules *r, const pcre2_code *code,
    const struct draft *subject, size_t from)
{
    int result = pcre2_match(
        code, (PCRE2_SPTR)subject->bytes, subject->length, from, 0, r->found, r->match);

    if (result == PCRE2_ERROR_NOMATCH) {
        return MATCH_NO;
    }
    if (result <= 0) {
        return MATCH_BROKEN;
    }
    /* \K may move the start of what was found. */
    const size_t *found = pcre2_get_ovector_pointer(r->found);
    return found[0] >= from && found[1] >= found[0] ? MATCH_YES : MATCH_BROKEN;
}

static void replacement_run(struct gssapi_rules *r, const struct gssapi_rule *rule,
    const struct draft *subject, struct draft *out)
{
    const size_t *found = pcre2_get_ovector_pointer(r->found);
    const uint32_t groups = gssapi_rules_groups(rule->from);
    const char *pos = rule->to.bytes;
    const char *end = pos + rule->to.length;
    struct gssapi_piece piece;

    while (pos < end && gssapi_piece_of_replacement(&pos, end, groups, &piece)) {
        if (!piece.is_number) {
            draft_add(out, &piece.byte, 1);
            continue;
        }
        size_t start = found[2 * piece.number];
        size_t stop = found[2 * piece.number + 1];
        if (start != PCRE2_UNSET && stop != PCRE2_UNSET && start <= stop) {
            draft_add(out, subject->bytes + start, stop - start);
        }
    }
}

/* Where the search goes on after a hit; an empty one steps over a character. */
static size_t search_next(const struct draft *subject, size_t start, size_t end)
{
    if (end > start) {
        return end;
    }
    end++;
    while (end < subject->length && ((uint8_t)subject->bytes[end] & 0xc0) == 0x80) {
        end++;
    }
    return end;
}

/* False: a limit. */
static bool substitute(struct gssapi_rules *r, const struct gssapi_rule *rule,
    const struct draft *subject, struct draft *out)
{
    size_t copied = 0;
    size_t from = 0;

    while (from <= subject->length && !out->overflowed) {
        enum match m = match(r, rule->from, subject, from);
        if (m == MATCH_BROKEN) {
            return false;
        }
        if (m == MATCH_NO) {
            break;
        }
        const size_t *found = pcre2_get_ovector_pointer(r->found);
        const size_t start = found[0];
        const size_t end = found[1];
        draft_add(out, subject->bytes + copied, start - copied);
        replacement_run(r, rule, subject, out);
        copied = end;
        if (!rule->repeats) {
            break;
        }
        from = search_next(subject, start, end);
    }
    draft_add(out, subject->bytes + copied, subject->length - copied);
    return true;
}

/* Letters beyond ASCII have no case here: a name that holds one is not changed by half. */
static bool change_case(struct draft *d, char letter_case)
{
    for (size_t i = 0; letter_case != 0 && i < d->length; i++) {
        char c = d->bytes[i];
        if ((uint8_t)c >= 0x80) {
            return false;
        }
        if (letter_case == 'L' && c >= 'A' && c <= 'Z') {
            d->bytes[i] = (char)(c - 'A' + 'a');
        } else if (letter_case == 'U' && c >= 'a' && c <= 'z') {
            d->bytes[i] = (char)(c - 'a' + 'A');
        }
    }
    return true;
}

static enum gssapi_rules_answer rule_run(struct gssapi_rules *r,
    const struct gssapi_rule *rule, const struct parts *parts, struct draft *out)
{
    struct draft base = {.length = 0};

    if (rule->is_default) {
        const struct gssapi_view *realm = &parts->by_number[0];
        if (strlen(r->realm) != realm->length ||
            memcmp(r->realm, realm->bytes, realm->length) != 0) {
            return GSSAPI_RULES_NONE;
        }
        draft_add(out, parts->by_number[1].bytes, parts->by_number[1].length);
        return GSSAPI_RULES_NAMED;
    }
    if (rule->components != parts->components) {
        return GSSAPI_RULES_NONE;
    }
    format_run(rule, parts, &base);
    if (base.overflowed) {
        return GSSAPI_RULES_REFUSED;
    }
    enum match m = rule->filter == NULL ? MATCH_YES : match(r, rule->filter, &base, 0);
    if (m != MATCH_YES) {
        return m == MATCH_NO ? GSSAPI_RULES_NONE : GSSAPI_RULES_REFUSED;
    }
    if (rule->from == NULL) {
        *out = base;
        return GSSAPI_RULES_NAMED;
    }
    return substitute(r, rule, &base, out) ? GSSAPI_RULES_NAMED : GSSAPI_RULES_REFUSED;
}

static enum gssapi_rules_answer finish(
    const struct draft *d, char letter_case, struct gssapi_name *out)
{
    struct draft name = *d;

    /* In a policy of Apache Kafka's, "User:*" is everybody. */
    if (name.length == 1 && name.bytes[0] == '*') {
        return GSSAPI_RULES_REFUSED;
    }
    if (name.overflowed || name.length == 0 || name.length > sizeof(out->bytes) ||
        holds_separator(name.bytes, name.length) || !change_case(&name, letter_case) ||
        !text_is_utf8(name.bytes, name.length)) {
        return GSSAPI_RULES_REFUSED;
    }
    memcpy(out->bytes, name.bytes, name.length);
    out->length = name.length;
    return GSSAPI_RULES_NAMED;
}

enum gssapi_rules_answer gssapi_rules_apply(struct gssapi_rules *rules,
    const char *principal, size_t length, struct gssapi_name *out)
{
    struct parts parts;

    if (length == 0 || length > GSSAPI_PRINCIPAL_MAX ||
        !text_is_utf8(principal, length)) {
        return GSSAPI_RULES_REFUSED;
    }
    if (memchr(principal, '@', length) == NULL) {
        struct draft whole = {.length = 0};
        draft_add(&whole, principal, length);
        return finish(&whole, 0, out);
    }
    if (!split(principal, length, &parts)) {
        return GSSAPI_RULES_REFUSED;
    }
    for (size_t i = 0; i < rules->count; i++) {
        struct draft draft = {.length = 0};
        enum gssapi_rules_answer answer =
            rule_run(rules, &rules->rules[i], &parts, &draft);
        if (answer == GSSAPI_RULES_NAMED) {
            return finish(&draft, rules->rules[i].letter_case, out);
        }
        if (answer != GSSAPI_RULES_NONE) {
            return answer;
        }
    }
    return GSSAPI_RULES_NONE;
}
