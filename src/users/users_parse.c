#include "users_file.h"

#include "mem.h"

#include <string.h>

static enum err refuse(struct users_problem *out, size_t line, size_t column,
    const char *code, const char *message)
{
    static const struct {
        const char *code;
        const char *help;
    } helps[] = {
        {"USR001", "remove users, or ask whether this is the password file at all"},
        {"USR002", "the file may have been cut off: restore it, or end the line"},
        {"USR003", "write name:hash; `schloss user add NAME` makes such a line"},
        {"USR004", "names are 1 to 255 bytes of printable UTF-8 without ':'"},
        {"USR005",
            "set the password anew: remove the line, then `schloss user add NAME`"},
        {"USR006", "remove one of the two lines"},
        {"USR007", "write NAME:HASH[:HASH][:disabled][:expires=TIME][:group=NAME]..."},
        {"USR008", "write it in UTC, like 2027-01-31T23:59:59Z, or remove this field"},
        {"USR009", "names of groups are 1 to 255 bytes of printable UTF-8 without ':'"},
        {"USR010", "a user is in up to 32 groups, named once each: remove this one"},
    };

    *out = (struct users_problem){
        .line = line, .column = column, .message = message, .code = code};
    for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++) {
        if (strcmp(helps[i].code, code) == 0) {
            out->help = helps[i].help;
        }
    }
    return ERR_INVALID;
}

/* One line, and how much of it was read. */
struct line {
    const char *text;
    size_t length;
    size_t pos;
    size_t number;
    struct users_problem *problem;
};

static enum err refuse_at(
    const struct line *l, size_t at, const char *code, const char *message)
{
    return refuse(l->problem, l->number, at + 1, code, message);
}

/* What is left up to the next ':' or the end of the line. */
static size_t field_length(const struct line *l)
{
    const char *start = l->text + l->pos;
    const char *colon = memchr(start, ':', l->length - l->pos);

    return colon == NULL ? l->length - l->pos : (size_t)(colon - start);
}

static bool begins_with(const struct line *l, const char *word)
{
    const size_t length = strlen(word);

    return l->length - l->pos >= length && memcmp(l->text + l->pos, word, length) == 0;
}

static enum err take_hash(struct line *l, char out[USERS_HASH_MAX])
{
    const char *hash = l->text + l->pos;
    const size_t length = field_length(l);

    if (length >= USERS_HASH_MAX || !users_hash_is_valid(hash, length)) {
        return refuse_at(l, l->pos, "USR005",
            "this is not an argon2id hash inside the limits m=8..65536,t=1..16,p=1");
    }
    memcpy(out, hash, length);
    out[length] = '\0';
    l->pos += length;
    return OK;
}

/* --- what may stand behind the first hash, in this order ----------------------------- */

static enum err take_old_hash(struct line *l, struct users_entry *entry)
{
    char hash[USERS_HASH_MAX];
    enum err e = take_hash(l, hash);

    if (e == OK) {
        entry->old_hash = mem_copy_text(hash, strlen(hash));
        e = entry->old_hash == NULL ? ERR_NOMEM : OK;
    }
    mem_wipe(hash, sizeof(hash));
    return e;
}

static enum err take_disabled(struct line *l, struct users_entry *entry)
{
    l->pos += strlen("disabled");
    entry->disabled = true;
    return OK;
}

static enum err take_expires(struct line *l, struct users_entry *entry)
{
    l->pos += strlen("expires=");
    const size_t left = l->length - l->pos;
    const size_t length = left < USERS_TIME_LENGTH ? left : USERS_TIME_LENGTH;
    if (users_time_parse(l->text + l->pos, length, &entry->expires_ms) != OK) {
        return refuse_at(l, l->pos, "USR008", "this is not a date and time in UTC");
    }
    l->pos += length;
    return OK;
}

static enum err take_group(struct line *l, struct users_entry *entry)
{
    size_t at;

    l->pos += strlen("group=");
    const char *name = l->text + l->pos;
    const size_t length = field_length(l);
    const char *problem = users_name_problem(name, length, &at);
    if (problem != NULL) {
        return refuse_at(l, l->pos + at, "USR009", problem);
    }
    enum err e = users_entry_add_group(entry, name, length);
    if (e == ERR_EXISTS) {
        return refuse_at(l, l->pos, "USR010", "the user is in this group already");
    }
    if (e == ERR_FULL) {
        return refuse_at(l, l->pos, "USR010", "the user is in more than 32 groups");
    }
    l->pos += length;
    return e;
}

static const struct field {
    const char *begins;
    bool repeats;
    enum err (*take)(struct line *l, struct users_entry *entry);
} fields[] = {
    {"$", false, take_old_hash},
    {"disabled", false, take_disabled},
    {"expires=", false, take_expires},
    {"group=", true, take_group},
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static enum err parse_fields(struct line *l, struct users_entry *entry)
{
    size_t next = 0; /* the first field that may still come */

    while (l->pos < l->length) {
        size_t i = 0;
        if (l->text[l->pos] != ':') {
            return refuse_at(l, l->pos, "USR007", "there is no ':' behind this field");
        }
        l->pos++;
        while (i < FIELDS && !begins_with(l, fields[i].begins)) {
            i++;
        }
        if (i == FIELDS) {
            return refuse_at(l, l->pos, "USR007", "no field begins like this");
        }
        if (i < next) {
            return refuse_at(
                l, l->pos, "USR007", "this field stands here twice or too late");
        }
        enum err e = fields[i].take(l, entry);
        if (e != OK) {
            return e;
        }
        next = fields[i].repeats ? i : i + 1;
    }
    return OK;
}

static enum err parse_line(struct users_file *f, struct line *l)
{
    char hash[USERS_HASH_MAX];
    size_t at;

    const size_t name_length = field_length(l);
    if (name_length == l->length) {
        return refuse_at(l, 0, "USR003", "there is no ':' between name and hash");
    }
    const char *problem = users_name_problem(l->text, name_length, &at);
    if (problem != NULL) {
        return refuse_at(l, at, "USR004", problem);
    }
    l->pos = name_length + 1;
    enum err e = take_hash(l, hash);
    if (e != OK) {
        return e;
    }
    e = users_file_add(f, l->text, name_length, hash);
    mem_wipe(hash, sizeof(hash));
    if (e == ERR_EXISTS) {
        return refuse_at(l, 0, "USR006", "this name stands on an earlier line too");
    }
    if (e == ERR_FULL) {
        return refuse_at(l, 0, "USR001", "there are more than 100000 users");
    }
    return e == OK ? parse_fields(l, f->entries[f->count - 1]) : e;
}

static enum err parse_lines(struct users_file *f, const char *bytes, size_t length,
    struct users_problem *problem_out)
{
    size_t line = 1;

    while (length > 0) {
        const char *end = memchr(bytes, '\n', length);
        if (end == NULL) {
            return refuse(
                problem_out, line, length + 1, "USR002", "the last line has no end");
        }
        size_t line_length = (size_t)(end - bytes);
        struct line l = {
            .text = bytes, .length = line_length, .number = line, .problem = problem_out};
        enum err e = parse_line(f, &l);
        if (e != OK) {
            return e;
        }
        bytes += line_length + 1;
        length -= line_length + 1;
        line++;
    }
    return OK;
}

enum err users_file_parse(struct users_file *f, const void *bytes, size_t length,
    struct users_problem *problem_out)
{
    if (length > USERS_FILE_SIZE_MAX) {
        return refuse(problem_out, 1, 1, "USR001", "the file is longer than 4 MiB");
    }
    enum err e = parse_lines(f, bytes, length, problem_out);
    if (e != OK) {
        users_file_fini(f);
        users_file_init(f);
    }
    return e;
}

void users_problem_describe(
    const struct users_problem *problem, const char *path, struct buf *out)
{
    buf_add_text(out, path);
    buf_add_format(out, ":%zu:%zu: error: %s [%s]\n", problem->line, problem->column,
        problem->message, problem->code);
    buf_add_format(out, "  help: %s\n", problem->help);
}
