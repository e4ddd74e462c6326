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
        {"USR005", "set the password again with `schloss user passwd NAME`"},
        {"USR006", "remove one of the two lines"},
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

static enum err parse_line(struct users_file *f, const char *text, size_t length,
    size_t line, struct users_problem *out)
{
    char hash[USERS_HASH_MAX];
    size_t at;
    const char *colon = memchr(text, ':', length);
    if (colon == NULL) {
        return refuse(out, line, 1, "USR003", "there is no ':' between name and hash");
    }
    size_t name_length = (size_t)(colon - text);
    const char *problem = users_name_problem(text, name_length, &at);
    if (problem != NULL) {
        return refuse(out, line, at + 1, "USR004", problem);
    }
    size_t hash_length = length - name_length - 1;
    if (hash_length >= USERS_HASH_MAX || !users_hash_is_valid(colon + 1, hash_length)) {
        return refuse(out, line, name_length + 2, "USR005",
            "this is not an argon2id hash inside the limits m=8..65536,t=1..16,p=1");
    }
    memcpy(hash, colon + 1, hash_length);
    hash[hash_length] = '\0';
    enum err e = users_file_add(f, text, name_length, hash);
    if (e == ERR_EXISTS) {
        return refuse(out, line, 1, "USR006", "this name stands on an earlier line too");
    }
    if (e == ERR_FULL) {
        return refuse(out, line, 1, "USR001", "there are more than 100000 users");
    }
    return e;
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
        enum err e = parse_line(f, bytes, line_length, line, problem_out);
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
