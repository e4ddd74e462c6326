#include "scram_file.h"

#include "mem.h"

#include <string.h>

static enum err refuse(struct users_problem *out, size_t line, size_t column,
    const char *code, const char *message)
{
    static const struct {
        const char *code;
        const char *help;
    } helps[] = {
        {"SCR001", "remove users, or ask whether this is the file of SCRAM credentials"},
        {"SCR002", "the file may have been cut off: restore it, or end the line"},
        {"SCR003", "write NAME:SCRAM-SHA-512$ITERATIONS:SALT$STOREDKEY:SERVERKEY"},
        {"SCR004", "names are 1 to 255 bytes of printable UTF-8 without ':'"},
        {"SCR005", "set the user's password again"},
        {"SCR006", "remove one of the two lines"},
        {"SCR007", "the first line may be `:phantom-key$` and base64 of 32 bytes"},
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

static enum err parse_phantom_key(struct scram_file *f, const char *text, size_t length,
    size_t line, struct users_problem *out)
{
    static const char prefix[] = ":phantom-key$";
    const size_t skip = sizeof(prefix) - 1;
    size_t decoded = 0;

    if (line != 1) {
        return refuse(out, line, 1, "SCR004", "the name is empty");
    }
    if (length < skip || memcmp(text, prefix, skip) != 0 ||
        !scram_base64_decode(text + skip, length - skip, f->phantom_key,
            sizeof(f->phantom_key), &decoded) ||
        decoded != sizeof(f->phantom_key)) {
        return refuse(out, line, 1, "SCR007", "this is neither a user nor a phantom key");
    }
    f->has_phantom_key = true;
    return OK;
}

static enum err parse_user(struct scram_file *f, const char *text, size_t length,
    size_t line, struct users_problem *out)
{
    struct scram_credential credential;
    size_t at;
    const char *colon = memchr(text, ':', length);
    if (colon == NULL) {
        return refuse(out, line, 1, "SCR003", "there is no ':' behind the name");
    }
    size_t name_length = (size_t)(colon - text);
    const char *problem = users_name_problem(text, name_length, &at);
    if (problem != NULL) {
        return refuse(out, line, at + 1, "SCR004", problem);
    }
    problem =
        scram_credential_parse(&credential, colon + 1, length - name_length - 1, &at);
    if (problem != NULL) {
        return refuse(out, line, name_length + 2 + at, "SCR005", problem);
    }
    enum err e = scram_file_add(f, text, name_length, &credential);
    mem_wipe(&credential, sizeof(credential));
    if (e == ERR_EXISTS) {
        return refuse(out, line, 1, "SCR006",
            "an earlier line has this name and this mechanism too");
    }
    if (e == ERR_FULL) {
        return refuse(out, line, 1, "SCR001", "there are more than 100000 lines");
    }
    return e;
}

static enum err parse_lines(struct scram_file *f, const char *bytes, size_t length,
    struct users_problem *problem_out)
{
    size_t line = 1;

    while (length > 0) {
        const char *end = memchr(bytes, '\n', length);
        if (end == NULL) {
            return refuse(
                problem_out, line, length + 1, "SCR002", "the last line has no end");
        }
        size_t line_length = (size_t)(end - bytes);
        enum err e = line_length > 0 && bytes[0] == ':'
                         ? parse_phantom_key(f, bytes, line_length, line, problem_out)
                         : parse_user(f, bytes, line_length, line, problem_out);
        if (e != OK) {
            return e;
        }
        bytes += line_length + 1;
        length -= line_length + 1;
        line++;
    }
    return OK;
}

enum err scram_file_parse(struct scram_file *f, const void *bytes, size_t length,
    struct users_problem *problem_out)
{
    if (length > USERS_FILE_SIZE_MAX) {
        return refuse(problem_out, 1, 1, "SCR001", "the file is longer than 4 MiB");
    }
    enum err e = parse_lines(f, bytes, length, problem_out);
    if (e != OK) {
        scram_file_fini(f);
        scram_file_init(f);
    }
    return e;
}
