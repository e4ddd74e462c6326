#include "cli_scram.h"

#include "cli_output.h"
#include "scram_store.h"
#include "users_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void print_problem(const struct users_problem *problem, const char *path)
{
    struct buf text;

    buf_init(&text, 65536);
    users_problem_describe(problem, path, &text);
    buf_add_text(&text, path);
    buf_add_text(&text, ": 1 error; nothing was changed\n");
    (void)fwrite(text.bytes, 1, text.length, stderr);
    buf_fini(&text);
}

static enum cli_exit load(const char *path, bool may_be_missing, struct scram_file *f)
{
    struct users_problem problem;
    enum err e = scram_store_load(path, f, &problem);

    if (e == OK || (e == ERR_NOT_FOUND && may_be_missing)) {
        return CLI_EXIT_OK;
    }
    if (e == ERR_INVALID) {
        print_problem(&problem, path);
    } else {
        cli_error(NULL, "cannot read %s: %s", path,
            e == ERR_NOMEM ? err_text(e) : strerror(errno));
    }
    return CLI_EXIT_NO;
}

static enum cli_exit save(const char *path, struct scram_file *f)
{
    enum err e = scram_store_save(path, f);

    if (e == OK) {
        return CLI_EXIT_OK;
    }
    if (e == ERR_FULL) {
        cli_error("remove users",
            "%s would be longer than 4 MiB; the old file is still "
            "there",
            path);
    } else {
        cli_error(NULL, "cannot write %s: %s; the old file is still there", path,
            e == ERR_NOMEM ? err_text(e) : strerror(errno));
    }
    return CLI_EXIT_NO;
}

/* What is done to a loaded file. */
struct change {
    const char *name;
    const struct scram_credential *credentials; /* one of each mechanism; NULL: remove */
};

static enum err apply(struct scram_file *f, const struct change *c)
{
    enum err e = OK;

    if (c->credentials == NULL) {
        return scram_file_remove(f, c->name, strlen(c->name));
    }
    for (unsigned m = 0; e == OK && m < SCRAM_MECHANISMS; m++) {
        e = scram_file_set(f, c->name, strlen(c->name), &c->credentials[m]);
    }
    return e;
}

static enum cli_exit complain(enum err e, const char *name, const char *path)
{
    if (e == ERR_NOT_FOUND) {
        cli_error(NULL, "there is no SCRAM credential of %s in %s", name, path);
    } else {
        cli_error(NULL, "cannot change %s in %s: %s", name, path, err_text(e));
    }
    return CLI_EXIT_NO;
}

static enum cli_exit change_file(const char *path, const struct change *c)
{
    struct scram_file f;
    int lock = -1;

    if (users_store_lock(path, &lock) != OK) {
        cli_error(NULL, "cannot open the folder of %s: %s", path, strerror(errno));
        return CLI_EXIT_NO;
    }
    scram_file_init(&f);
    enum cli_exit result = load(path, c->credentials != NULL, &f);
    if (result == CLI_EXIT_OK) {
        enum err e = apply(&f, c);
        result = e == OK ? save(path, &f) : complain(e, c->name, path);
    }
    scram_file_fini(&f);
    (void)close(lock);
    return result;
}

static enum cli_exit check_name(const char *name)
{
    size_t at = 0;
    const char *problem = users_name_problem(name, strlen(name), &at);

    if (problem == NULL) {
        return CLI_EXIT_OK;
    }
    cli_error("names are 1 to 255 bytes of printable UTF-8 without ':'",
        "'%s' can not be a user: %s (byte %zu)", name, problem, at + 1);
    return CLI_EXIT_USAGE;
}

static enum err make_all(struct scram_credential credentials[SCRAM_MECHANISMS],
    const struct secret *password, enum users_cost cost)
{
    const struct scram_part part = {password->bytes, password->length};
    struct scram_crypto crypto;
    enum err e = scram_crypto_init(&crypto);
    if (e != OK) {
        return e;
    }
    for (unsigned m = 0; e == OK && m < SCRAM_MECHANISMS; m++) {
        e = scram_credential_make(
            &credentials[m], &crypto, (enum scram_mechanism)m, &part, cost);
    }
    scram_crypto_fini(&crypto);
    return e;
}

enum cli_exit cli_scram_set(const char *path, const char *name,
    const struct secret *password, enum users_cost cost)
{
    struct scram_credential credentials[SCRAM_MECHANISMS];
    const struct change change = {.name = name, .credentials = credentials};

    enum cli_exit result = check_name(name);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    enum err e = make_all(credentials, password, cost);
    if (e == OK) {
        result = change_file(path, &change);
    } else {
        cli_error(NULL, "cannot make SCRAM credentials of the password: %s",
            e == ERR_INVALID ? "it has fewer than 8 or more than 1024 bytes, or a NUL"
                             : err_text(e));
        result = CLI_EXIT_NO;
    }
    mem_wipe(credentials, sizeof(credentials));
    return result;
}

enum cli_exit cli_scram_remove(const char *path, const char *name)
{
    const struct change change = {.name = name, .credentials = NULL};

    return change_file(path, &change);
}

enum cli_exit cli_scram_list(const struct cli *cli, const char *path)
{
    static const struct cli_column columns[] = {{"USER", CLI_CELL_TEXT},
        {"MECHANISM", CLI_CELL_TEXT}, {"ITERATIONS", CLI_CELL_NUMBER},
        {"STATE", CLI_CELL_TEXT}};
    struct scram_file f;
    struct cli_table t;

    scram_file_init(&f);
    enum cli_exit result = load(path, false, &f);
    cli_table_init(&t, columns, COUNT_OF(columns));
    for (size_t i = 0; i < f.count; i++) {
        const struct scram_credential *c = &f.entries[i]->credential;
        cli_table_text(&t, f.entries[i]->name);
        cli_table_text(&t, scram_mechanism_name(c->mechanism));
        cli_table_number(&t, c->iterations);
        cli_table_text(&t, c->disabled ? "disabled" : "enabled");
    }
    result = result == CLI_EXIT_OK ? cli_table_print(&t, cli) : result;
    cli_table_fini(&t);
    scram_file_fini(&f);
    return result;
}
