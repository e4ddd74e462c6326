/* schloss policy simulate, learn: what the audit trail says, for policies. */
#include "auditlog_time.h"
#include "cli_audit.h"
#include "cli_output.h"
#include "cli_run.h"
#include "cli_sources.h"
#include "policytool_print.h"
#include "policytool_proposal.h"
#include "policytool_replay.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

#define CONFIGURATION "/etc/schloss/schloss.properties"
#define OUT_MAX       ((size_t)512 << 20)

/* --- lines ------------------------------------------------------------------------------ */

/* Of which the text is decoded. */
enum {
    EVENT,
    OUTCOME,
    PRINCIPAL,
    ADDRESS,
    LISTENER,
    MECHANISM,
    API,
    OPERATION,
    RESOURCE,
    NAME,
    MEMBERS,
};

struct trail {
    struct cli_audit_filter filter;
    struct buf members[MEMBERS];
    enum err (*on_event)(void *context, const struct policytool_event *event);
    void *context;
    enum err error;
};

static struct policy_view decode(struct buf *b, struct auditlog_view value)
{
    buf_reset(b);
    if (value.len > 0) {
        auditlog_unescape(value, b);
    }
    return (struct policy_view){b->bytes, b->length};
}

static int64_t time_of(struct auditlog_view value)
{
    int64_t ms = 0;

    return value.len > 0 && auditlog_time_read(value.ptr, value.len, &ms) == OK ? ms : 0;
}

static uint64_t number_of(struct auditlog_view value)
{
    int64_t n = 0;

    return value.len > 0 && text_to_i64(value.ptr, value.len, 0, UINT32_MAX, &n) == OK
               ? (uint64_t)n
               : 0;
}

static bool on_line(void *context, const struct cli_audit_line *line)
{
    struct trail *t = context;

    if (!cli_audit_finds(&t->filter, line) || auditlog_view_is(line->source, "audit")) {
        return true;
    }
    const struct policytool_event event = {
        .event = decode(&t->members[EVENT], line->event),
        .outcome = decode(&t->members[OUTCOME], line->outcome),
        .principal = decode(&t->members[PRINCIPAL], line->principal),
        .address = decode(&t->members[ADDRESS], line->address),
        .listener = decode(&t->members[LISTENER], line->listener),
        .mechanism = decode(&t->members[MECHANISM], line->mechanism),
        .api = decode(&t->members[API], line->api),
        .operation = decode(&t->members[OPERATION], line->operation),
        .resource = decode(&t->members[RESOURCE], line->resource),
        .name = decode(&t->members[NAME], line->name),
        .time_ms = time_of(line->time),
        .first_ms = time_of(line->first_time),
        .count = number_of(line->count)};
    for (size_t i = 0; i < MEMBERS && t->error == OK; i++) {
        t->error = buf_error(&t->members[i]);
    }
    t->error = t->error == OK ? t->on_event(t->context, &event) : t->error;
    return t->error == OK;
}

/* All lines of --audit that the command line wants; adds to *bad those that are none. */
static enum cli_exit read_trail(const struct cli *cli, struct trail *t, uint64_t *bad)
{
    struct cli files_of = *cli;
    struct cli_audit_files files = {.paths = NULL};

    files_of.args[0] = cli->text[CLI_AUDIT];
    files_of.args_count = cli_has(cli, CLI_AUDIT) ? 1 : 0;
    enum cli_exit result = cli_audit_filter(cli, &t->filter);
    if (result == CLI_EXIT_OK) {
        result = cli_audit_files(&files_of, &files);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        buf_init(&t->members[i], AUDITLOG_LINE_MAX);
    }
    if (result == CLI_EXIT_OK) {
        result = cli_audit_each_counted(&files, on_line, t, bad);
    }
    if (result == CLI_EXIT_OK && t->error != OK) {
        cli_error(NULL, "cannot read the trail: %s", err_text(t->error));
        result = CLI_EXIT_NO;
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        buf_fini(&t->members[i]);
    }
    cli_audit_files_fini(&files);
    return result;
}

/* --- simulate --------------------------------------------------------------------------- */

static enum err on_replayed(void *context, const struct policytool_event *event)
{
    return policytool_replay_add(context, event);
}

static enum cli_exit print_replay(
    const struct policytool_call *call, const struct policytool_replay *r, bool as_json)
{
    struct buf out;
    bool changes = false;
    int result = POLICYTOOL_USAGE;

    buf_init(&out, OUT_MAX);
    const enum err e = policytool_replay_write(r, as_json, &out, &changes);
    if (e != OK) {
        (void)policytool_print_failure(call, "cannot replay", err_text(e));
    } else {
        result = policytool_print(call, &out, changes ? POLICYTOOL_NO : POLICYTOOL_YES);
    }
    buf_fini(&out);
    return (enum cli_exit)result;
}

/* Not 1 where something fails: that would say that something changes. */
static enum cli_exit replay(const struct cli *cli, const struct policytool_call *call,
    const struct policytool_supers *supers, bool as_json)
{
    const char *path = cli->args[0];
    struct policytool_load load;
    struct policytool_replay r;
    enum cli_exit result = CLI_EXIT_USAGE;

    const enum err e = policytool_load_set(&load, path);
    if (e != OK) {
        (void)policytool_print_load(call, &load, path, e);
    } else {
        policytool_replay_init(&r, &load.set, *supers);
        struct trail t = {.on_event = on_replayed, .context = &r};
        if (read_trail(cli, &t, &r.bad) == CLI_EXIT_OK) {
            result = print_replay(call, &r, as_json);
        }
        policytool_replay_fini(&r);
    }
    policytool_load_close(&load);
    return result;
}

enum cli_exit cli_policy_simulate(const struct cli *cli)
{
    const struct policytool_call call = {
        .program = "schloss", .form = cli->text[CLI_OUTPUT]};
    const char *path = cli_has(cli, CLI_FILE) ? cli->text[CLI_FILE] : CONFIGURATION;
    struct policytool_supers supers = {.names = NULL};
    struct conf *conf = NULL;
    bool as_json = false;

    if (!policytool_print_wants_json(&call, &as_json)) {
        return CLI_EXIT_USAGE;
    }
    if (cli_has(cli, CLI_FILE) || access(path, R_OK) == 0) {
        if (cli_sources_conf(path, &conf) != CLI_EXIT_OK) {
            return CLI_EXIT_USAGE;
        }
        supers =
            (struct policytool_supers){conf->super_users.items, conf->super_users.count};
    }
    const enum cli_exit result = replay(cli, &call, &supers, as_json);
    conf_free(&conf);
    return result;
}

/* --- learn ------------------------------------------------------------------------------ */

static enum err on_learned(void *context, const struct policytool_event *event)
{
    return policytool_learn_add(context, event);
}

static enum cli_exit print_learned(const struct policytool_learn *l)
{
    const struct policytool_call call = {.program = "schloss"};
    struct buf out;
    int result = POLICYTOOL_NO;

    buf_init(&out, OUT_MAX);
    const enum err e = policytool_proposal_write(l, &out);
    if (e == ERR_INVALID) {
        result = policytool_print_failure(&call, "cannot propose a policy",
            "the language can not name that principal, or there are too many names");
    } else if (e != OK) {
        result = policytool_print_failure(&call, "cannot propose a policy", err_text(e));
    } else {
        result = policytool_print(&call, &out, POLICYTOOL_YES);
    }
    buf_fini(&out);
    return (enum cli_exit)result;
}

enum cli_exit cli_policy_learn(const struct cli *cli)
{
    struct cli whole = *cli;
    struct policytool_learn l;

    if (!cli_has(cli, CLI_PRINCIPAL) || cli->text[CLI_PRINCIPAL][0] == '\0') {
        cli_error("name it: --principal alice", "--principal: whose rules are wanted?");
        return CLI_EXIT_USAGE;
    }
    policytool_learn_init(&l, cli->text[CLI_PRINCIPAL]);
    l.prefix_from =
        cli_has(cli, CLI_PREFIX_FROM) ? (uint64_t)cli->number[CLI_PREFIX_FROM] : 0;
    struct trail t = {.on_event = on_learned, .context = &l};
    whole.text[CLI_PRINCIPAL] = NULL; /* `anonymous` is no name that lines have */
    enum cli_exit result = read_trail(&whole, &t, &l.bad);
    if (result == CLI_EXIT_OK) {
        result = print_learned(&l);
    }
    policytool_learn_fini(&l);
    return result;
}
