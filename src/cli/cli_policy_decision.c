/* schloss policy explain: by words, or by a decision that stands in the audit trail. */
#include "cli_audit.h"
#include "cli_output.h"
#include "cli_policy.h"
#include "cli_run.h"
#include "clock.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define MINUTE_LENGTH  16 /* 2026-11-21T18:00 */

/* What the trail says of one decision, as words of a question. */
enum {
    PRINCIPAL,
    OPERATION,
    RESOURCE,
    NAME,
    ADDRESS,
    LISTENER,
    MECHANISM,
    TIME,
    MEMBERS,
};

struct wanted {
    const char *key;    /* of the trail */
    const char *before; /* of the word */
};

static const struct wanted members[MEMBERS] = {
    [PRINCIPAL] = {"principal", ""},
    [OPERATION] = {"operation", ""},
    [RESOURCE] = {"resource", ""},
    [NAME] = {"name", ""},
    [ADDRESS] = {"address", "from="},
    [LISTENER] = {"listener", "via="},
    [MECHANISM] = {"mechanism", "with="},
    [TIME] = {"time", "at="},
};

struct decision {
    const char *id;
    char *line; /* owned; NULL: not found */
    size_t length;
    struct buf words[MEMBERS]; /* each NUL-terminated; empty: the trail does not say */
};

static bool on_line(void *context, const struct cli_audit_line *line)
{
    struct decision *d = context;

    if (!auditlog_view_is(line->decision, d->id)) {
        return true;
    }
    d->line = mem_copy_text(line->whole.ptr, line->whole.len);
    d->length = line->whole.len;
    return false;
}

/* The mechanism by the name that policies have for it. */
static const char *method_of(const char *mechanism)
{
    static const struct {
        const char *mechanism;
        const char *method;
    } methods[] = {{"X509", "mtls"}, {"GSSAPI", "gssapi"}, {"OAUTHBEARER", "oauth"},
        {"SCRAM-SHA-256", "scram256"}, {"SCRAM-SHA-512", "scram512"}, {"PLAIN", "plain"},
        {"PEERCRED", "peer"}};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].mechanism, mechanism) == 0) {
            return methods[i].method;
        }
    }
    return "none";
}

static void take_member(struct decision *d, const struct auditlog_member *m)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        struct buf *word = &d->words[i];
        if (!auditlog_view_is(m->name, members[i].key) || word->length > 0) {
            continue;
        }
        struct auditlog_view value = m->value;
        value.len = i == TIME && value.len > MINUTE_LENGTH ? MINUTE_LENGTH : value.len;
        buf_add_text(word, members[i].before);
        auditlog_unescape(value, word);
        buf_add(word, i == TIME ? "Z" : "", i == TIME ? 2 : 1);
    }
}

/* False: it does not say what was asked. */
static bool read_members(struct decision *d)
{
    struct auditlog_cursor cursor = {.at = d->line, .left = d->length};
    struct auditlog_member m;

    while (auditlog_member_next(&cursor, &m)) {
        take_member(d, &m);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        if (buf_error(&d->words[i]) != OK || (i <= RESOURCE && d->words[i].length == 0)) {
            return false;
        }
    }
    return true;
}

static const char *word_of(const struct decision *d, size_t i)
{
    return (const char *)d->words[i].bytes;
}

/* The question as the trail has it; words of the command line come behind and win. */
static enum cli_exit ask(const struct cli *cli, const struct decision *d)
{
    const char *words[MEMBERS + CLI_ARGS_MAX];
    char method[32];
    struct policytool_question q;
    struct buf complaint;
    size_t count = 0;
    const bool is_named = d->words[NAME].length > 0;

    for (size_t i = 0; i < MEMBERS; i++) {
        if (i != MECHANISM && (i != NAME || is_named) && d->words[i].length > 0) {
            words[count++] = word_of(d, i);
        }
    }
    const bool has_method = d->words[MECHANISM].length > 0;
    (void)snprintf(method, sizeof(method), "with=%s",
        has_method ? method_of(word_of(d, MECHANISM) + strlen("with=")) : "none");
    words[count++] = method;
    for (size_t i = 0; i < cli->args_count; i++) {
        words[count++] = cli->args[i];
    }
    buf_init(&complaint, 65536);
    const bool good = policytool_question_parse(
        (struct policytool_words){words, count}, clock_wall_ms(), &q, &complaint);
    enum cli_exit result = CLI_EXIT_USAGE;
    if (good) {
        q.is_anonymous = !has_method;
        result = cli_policy_ask(cli, &q);
    } else {
        (void)fprintf(stderr, "schloss: %.*s", (int)complaint.length,
            complaint.bytes == NULL ? "" : (const char *)complaint.bytes);
    }
    buf_fini(&complaint);
    return result;
}

static enum cli_exit find(const struct cli *cli, struct decision *d)
{
    struct cli files_of = *cli;
    struct cli_audit_files files = {.paths = NULL};

    files_of.args[0] = cli->text[CLI_AUDIT];
    files_of.args_count = cli_has(cli, CLI_AUDIT) ? 1 : 0;
    enum cli_exit result = cli_audit_files(&files_of, &files);
    if (result == CLI_EXIT_OK) {
        result = cli_audit_each(&files, on_line, d);
    }
    cli_audit_files_fini(&files);
    if (result == CLI_EXIT_OK && d->line == NULL) {
        cli_error("name its file with --audit, or a directory of them",
            "the trail has no decision %s", d->id);
        return CLI_EXIT_NO;
    }
    return result;
}

static enum cli_exit explain_decision(const struct cli *cli)
{
    struct decision d = {.id = cli->text[CLI_DECISION]};

    for (size_t i = 0; i < MEMBERS; i++) {
        buf_init(&d.words[i], LINE_MAX_BYTES);
    }
    enum cli_exit result = find(cli, &d);
    if (result == CLI_EXIT_OK && !read_members(&d)) {
        cli_error(NULL, "the line of decision %s does not say what was asked", d.id);
        result = CLI_EXIT_NO;
    } else if (result == CLI_EXIT_OK) {
        result = ask(cli, &d);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        buf_fini(&d.words[i]);
    }
    mem_free(d.line);
    return result;
}

enum cli_exit cli_policy_explain(const struct cli *cli)
{
    if (cli_has(cli, CLI_DECISION)) {
        return explain_decision(cli);
    }
    if (cli_has(cli, CLI_AUDIT)) {
        cli_error(NULL, "--audit needs --decision");
        return CLI_EXIT_USAGE;
    }
    return cli_policy(cli);
}
