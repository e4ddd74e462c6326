/* schloss policy revert: the files of an earlier policy, with a serial above all that were
 * used. They come into force by `apply`, and not by this. */
#include "cli_cert.h"
#include "cli_policy_force.h"
#include "cli_run.h"
#include "mem.h"
#include "policy_lexer.h"
#include "policytool_diff.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAN_MAX    ((size_t)512 << 20)
#define PATH_BYTES  2048
#define PREFIX_MIN  8 /* digits of a hash that name a bundle */
#define FOLDER_MODE 0755
#define FILE_MODE   0640

struct revert {
    const struct cli *cli;
    struct cli_policy_force force;
    struct policy_history history;
    const struct policy_history_entry *wanted;
    struct cli_policy_kept kept;
    bool is_read;    /* kept is to be freed */
    uint64_t serial; /* that the main file gets; 0: no serials are used here */
};

/* --- which one --- */

static bool is_named(const struct policy_history_entry *e, const char *word)
{
    const size_t length = strlen(word);
    char serial[24];

    (void)snprintf(serial, sizeof(serial), "%" PRIu64, e->serial);
    return strcmp(serial, word) == 0 ||
           (length >= PREFIX_MIN && length <= POLICY_HASH_DIGITS &&
               strncmp(e->hash, word, length) == 0);
}

static void list_all(const struct revert *r)
{
    char when[CLI_ADMIN_TIME];

    for (size_t i = 0; i < r->history.count; i++) {
        const struct policy_history_entry *e = &r->history.entries[i];
        cli_admin_time(e->time_ms, when);
        (void)fprintf(stderr, "  serial %" PRIu64 "  hash %s  %s%s\n", e->serial, e->hash,
            when, strcmp(e->hash, r->force.hash) == 0 ? "  in force" : "");
    }
}

/* Without a word the one before that in force. */
static enum cli_exit choose(struct revert *r)
{
    const char *word = r->cli->args_count > 0 ? r->cli->args[0] : NULL;
    size_t found = 0;

    for (size_t i = 0; i < r->history.count; i++) {
        const struct policy_history_entry *e = &r->history.entries[i];
        if (word == NULL ? strcmp(e->hash, r->force.hash) != 0 : is_named(e, word)) {
            r->wanted = found == 0 ? e : r->wanted;
            found++;
        }
    }
    if (found == 1 || (found > 1 && word == NULL)) {
        return CLI_EXIT_OK;
    }
    cli_error("name one of these by its serial, or the first digits of its hash",
        "%s has %s policy %s%s", r->force.history, found == 0 ? "no" : "more than one",
        word == NULL ? "beside the one in force" : "called ", word == NULL ? "" : word);
    list_all(r);
    return CLI_EXIT_NO;
}

static enum cli_exit read_wanted(struct revert *r)
{
    struct cli_policy_force earlier = r->force;
    const char *why = NULL;

    memcpy(earlier.hash, r->wanted->hash, sizeof(earlier.hash));
    r->is_read = true;
    if (cli_policy_force_load(&earlier, &r->kept, &why)) {
        return CLI_EXIT_OK;
    }
    cli_error(NULL, "%s: %s", r->force.history, why);
    return CLI_EXIT_NO;
}

/* Above all that schlossd may have seen; none where nobody gave one. */
static void choose_serial(struct revert *r)
{
    uint64_t highest = (uint64_t)r->force.policy->serial;

    for (size_t i = 0; i < r->history.count; i++) {
        const uint64_t serial = r->history.entries[i].serial;
        highest = serial > highest ? serial : highest;
    }
    r->serial = highest == 0 || highest >= INT64_MAX ? 0 : highest + 1;
}

/* --- the main file --- */

/* The token of the number of the serial, else the one that it goes behind. */
static const struct policy_token *find_place(
    const struct policy_lexer *l, bool *has_serial)
{
    *has_serial = false;
    for (size_t i = 0; i + 1 < l->count; i++) {
        if (policy_token_is(&l->tokens[i], "serial")) {
            *has_serial = true;
            return &l->tokens[i + 1];
        }
    }
    return l->count >= 2 ? &l->tokens[1] : NULL;
}

static enum err write_main(
    const struct revert *r, const struct policy_source *s, struct buf *out)
{
    struct policy_lexer l;
    bool has_serial = false;
    enum err e = policy_lexer_init(&l, s->name, s->text, s->length);

    if (e != OK) {
        return e;
    }
    const bool has_header =
        policy_lexer_next(&l, NULL) && policy_token_is(l.tokens, "policy");
    const struct policy_token *t = has_header ? find_place(&l, &has_serial) : NULL;
    if (r->serial == 0 || t == NULL) {
        buf_add(out, s->text, s->length);
    } else {
        const size_t from = (size_t)(t->text.ptr - s->text);
        const size_t behind = from + t->text.len;
        buf_add(out, s->text, has_serial ? from : behind);
        buf_add_format(out, "%s%" PRIu64, has_serial ? "" : " serial ", r->serial);
        buf_add(out, s->text + behind, s->length - behind);
    }
    policy_lexer_fini(&l);
    return buf_error(out);
}

/* --- writing --- */

static enum cli_exit make_folders(const char *path, size_t from)
{
    char part[PATH_BYTES];

    for (size_t i = from; path[i] != '\0'; i++) {
        if (path[i] != '/') {
            continue;
        }
        (void)snprintf(part, sizeof(part), "%.*s", (int)i, path);
        if (mkdir(part, FOLDER_MODE) != 0 && errno != EEXIST) {
            cli_error(NULL, "cannot make %s: %s", part, strerror(errno));
            return CLI_EXIT_NO;
        }
    }
    return CLI_EXIT_OK;
}

static enum cli_exit write_one(
    const struct revert *r, size_t index, const char *directory, bool replace)
{
    const struct policy_source *s = &r->kept.bundle.files[index];
    char path[PATH_BYTES];
    struct stat st;
    struct buf text;
    const int n = snprintf(path, sizeof(path), "%s/%s", directory, s->name);

    if (n < 0 || (size_t)n >= sizeof(path)) {
        cli_error(NULL, "%s: the path is too long", s->name);
        return CLI_EXIT_NO;
    }
    enum cli_exit result = make_folders(path, strlen(directory) + 1);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    const unsigned mode = stat(path, &st) == 0 ? st.st_mode & 0777 : FILE_MODE;
    buf_init(&text, POLICY_TEXT_MAX + 64);
    enum err e = OK;
    if (index == 0) {
        e = write_main(r, s, &text);
    } else {
        buf_add(&text, s->text, s->length);
    }
    if (e != OK) {
        cli_error(NULL, "%s: %s", path, err_text(e));
        result = CLI_EXIT_NO;
    } else {
        result = cli_cert_write_file(path, &text, mode, replace);
    }
    buf_fini(&text);
    return result;
}

/* The main file last: it is what makes them one policy. */
static enum cli_exit write_all(
    const struct revert *r, const char *directory, bool replace)
{
    enum cli_exit result = CLI_EXIT_OK;

    for (size_t i = r->kept.bundle.count; result == CLI_EXIT_OK && i > 0; i--) {
        result = write_one(r, i - 1, directory, replace);
    }
    if (result == CLI_EXIT_OK) {
        (void)printf("%zu file%s in %s", r->kept.bundle.count,
            r->kept.bundle.count == 1 ? "" : "s", directory);
        if (r->serial != 0) {
            (void)printf(", with serial %" PRIu64, r->serial);
        }
        (void)printf("; not in force before: schloss policy apply\n");
        if (r->force.policy->state.len > 0) {
            (void)printf(
                "signatures are required: sign them first: schloss policy sign\n");
        }
    }
    return result;
}

/* A file that an earlier policy had not, but may include by a pattern, would be in it. */
static enum cli_exit check_surplus(const struct revert *r)
{
    struct policy_collect_message why;
    struct policy_collected now;
    enum cli_exit result = CLI_EXIT_OK;

    if (policy_collect(r->force.file, &now, &why) != OK) {
        cli_error("write them elsewhere: --to DIR", "%s", why.text);
        return CLI_EXIT_NO;
    }
    for (size_t i = 1; i < now.count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < r->kept.bundle.count; k++) {
            is_known =
                is_known || strcmp(now.files[i].name, r->kept.bundle.files[k].name) == 0;
        }
        if (!is_known) {
            cli_error("move it away, or write elsewhere: --to DIR",
                "the earlier policy had no file %s: nothing was done", now.files[i].name);
            result = CLI_EXIT_NO;
        }
    }
    policy_collected_fini(&now);
    return result;
}

static enum cli_exit show_plan(const struct revert *r)
{
    struct cli_policy_kept now;
    const char *why = NULL;
    struct buf out;
    bool differs = false;

    buf_init(&out, PLAN_MAX);
    if (!cli_policy_force_load(&r->force, &now, &why)) {
        cli_error(NULL, "there is no plan: %s: %s", r->force.history, why);
    } else if (policytool_diff(
                   &now.set.model, &r->kept.set.model, false, &out, &differs) == OK) {
        (void)fwrite(out.bytes, 1, out.length, stdout);
    }
    cli_policy_kept_fini(&now);
    buf_fini(&out);
    return why == NULL ? CLI_EXIT_OK : CLI_EXIT_NO;
}

static enum cli_exit write_in_place(const struct revert *r)
{
    const char *slash = strrchr(r->force.file, '/');
    const char *name = slash == NULL ? r->force.file : slash + 1;
    char directory[PATH_BYTES];
    struct stat st;

    enum cli_exit result = show_plan(r);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    if (!cli_has(r->cli, CLI_YES)) {
        cli_error("add --yes to write over the files there, or --to DIR",
            "nothing was written");
        return CLI_EXIT_USAGE;
    }
    if (lstat(r->force.file, &st) != 0 || !S_ISREG(st.st_mode) ||
        strcmp(name, r->kept.bundle.files[0].name) != 0) {
        cli_error("write elsewhere: --to DIR",
            "%s is not the regular file %s of the earlier policy", r->force.file,
            r->kept.bundle.files[0].name);
        return CLI_EXIT_NO;
    }
    (void)snprintf(directory, sizeof(directory), "%.*s",
        slash == NULL ? 1 : (int)(slash - r->force.file),
        slash == NULL ? "." : r->force.file);
    result = check_surplus(r);
    return result == CLI_EXIT_OK ? write_all(r, directory, true) : result;
}

static enum cli_exit write_beside(const struct revert *r)
{
    const char *directory = r->cli->text[CLI_TO];

    if (mkdir(directory, FOLDER_MODE) != 0) {
        cli_error("name one that is not there yet", "cannot make %s: %s", directory,
            strerror(errno));
        return CLI_EXIT_NO;
    }
    return write_all(r, directory, false);
}

/* --- */

static enum cli_exit revert(struct revert *r)
{
    enum cli_exit result = cli_policy_force_open(&r->force, r->cli);

    if (result != CLI_EXIT_OK) {
        return result;
    }
    if (policy_history_list(r->force.history, &r->history) != OK) {
        cli_error(
            "policy.history.dir names it, and the log of schlossd says why [POL099]",
            "cannot read %s: %s", r->force.history, strerror(errno));
        return CLI_EXIT_NO;
    }
    result = choose(r);
    result = result == CLI_EXIT_OK ? read_wanted(r) : result;
    if (result != CLI_EXIT_OK) {
        return result;
    }
    choose_serial(r);
    return cli_has(r->cli, CLI_TO) ? write_beside(r) : write_in_place(r);
}

enum cli_exit cli_policy_revert(const struct cli *cli)
{
    struct revert r = {.cli = cli};
    const enum cli_exit result = revert(&r);

    if (r.is_read) {
        cli_policy_kept_fini(&r.kept);
    }
    cli_policy_force_close(&r.force);
    return result;
}
