/* schloss policy apply: the files of the broker of this machine come into force, after
 * what would change was shown. */
#include "cli_client.h"
#include "cli_policy_force.h"
#include "cli_run.h"
#include "policy_run_tests.h"
#include "policytool_diff.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAN_MAX   ((size_t)512 << 20)
#define EXIT_WRONG CLI_EXIT_USAGE /* of --plan: 1 says that the two differ */

struct apply {
    const struct cli *cli;
    struct cli_policy_force force;
    struct policytool_load files;
    char hash[POLICY_HASH_DIGITS + 1]; /* of files */
    bool plans;                        /* and does no more */
    bool as_json;
    bool differs;       /* in effect */
    bool is_unrecorded; /* as far as the audit says */
    bool is_open;
    bool is_loaded;
};

static enum cli_exit wrong(const struct apply *a)
{
    return a->plans ? EXIT_WRONG : CLI_EXIT_NO;
}

/* --- the files --- */

static enum err test(struct apply *a)
{
    struct policy_test_results results = {.passed = 0};
    enum err e = policy_run_tests(
        &a->files.set.model, a->files.set.policy, NULL, &a->files.report, &results);

    policy_test_results_fini(&results);
    if (e == OK && a->files.report.errors > 0) {
        report_finish(
            &a->files.report, a->files.files.files[0].name, "policy not loaded");
        e = ERR_INVALID;
    }
    return e;
}

static enum cli_exit load_files(struct apply *a, const char *path)
{
    enum err e = policytool_load_set(&a->files, path);

    a->is_loaded = true;
    e = e == OK ? test(a) : e;
    if (a->files.messages.length > 0) {
        (void)fwrite(a->files.messages.bytes, 1, a->files.messages.length, stderr);
    }
    e = e == OK ? cli_policy_files_hash(&a->files.files, a->hash) : e;
    if (e != OK) {
        cli_error(NULL, "%s: %s", path,
            e == ERR_INVALID ? "is no good policy: nothing was done" : err_text(e));
        return wrong(a);
    }
    return CLI_EXIT_OK;
}

static enum cli_exit check_expected(const struct apply *a)
{
    const char *expected = a->cli->text[CLI_EXPECT];

    if (expected == NULL || strcmp(expected, a->hash) == 0) {
        return CLI_EXIT_OK;
    }
    if (!policy_history_is_hash(expected, strlen(expected))) {
        cli_error("`schloss policy apply --plan` shows it",
            "--expect takes the 64 digits of a SHA-256");
        return CLI_EXIT_USAGE;
    }
    cli_error("look at the plan again: schloss policy apply --plan",
        "refused: the files have the hash %s, and %s was expected", a->hash, expected);
    return CLI_EXIT_REFUSED;
}

/* Only what schlossd itself reads can come into force. */
static enum cli_exit check_place(const struct apply *a, const char *path)
{
    char *given = realpath(path, NULL);
    char *read = realpath(a->force.file, NULL);
    const bool same = given != NULL && read != NULL && strcmp(given, read) == 0;

    free(given);
    free(read);
    if (same) {
        return CLI_EXIT_OK;
    }
    cli_error("put the files there, or only look: schloss policy apply FILE --plan",
        "schlossd reads %s, not %s", a->force.file, path);
    return CLI_EXIT_USAGE;
}

/* --- the plan --- */

static void add_side(struct buf *out, const char *name, uint64_t serial, const char *hash)
{
    buf_add_format(out, "\"%s\": {\"serial\": %llu, \"hash\": \"%s\"}", name,
        (unsigned long long)serial, hash);
}

static void add_json(const struct apply *a, const char *path, struct buf *out)
{
    buf_add_text(out, "{\"file\": ");
    text_add_json(out, path, strlen(path));
    buf_add_text(out, ", ");
    add_side(out, "in_force", (uint64_t)a->force.policy->serial, a->force.hash);
    buf_add_text(out, ", ");
    add_side(out, "files", a->files.set.model.serial, a->hash);
    buf_add_format(out, ", \"same_files\": %s, ",
        strcmp(a->hash, a->force.hash) == 0 ? "true" : "false");
}

static void add_text(const struct apply *a, const char *path, struct buf *out)
{
    char since[CLI_ADMIN_TIME];

    cli_admin_time(a->force.policy->since_ms, since);
    buf_add_format(out, "in force: serial %llu, hash %s, since %s\n",
        (unsigned long long)a->force.policy->serial, a->force.hash, since);
    buf_add_format(out, "files:    serial %llu, hash %s, ",
        (unsigned long long)a->files.set.model.serial, a->hash);
    text_add_safe(out, path, strlen(path), false);
    buf_add_text(out, "\n");
}

static enum err write_plan(
    struct apply *a, const char *path, const struct cli_policy_kept *kept)
{
    struct buf out;

    buf_init(&out, PLAN_MAX);
    if (a->as_json) {
        add_json(a, path, &out);
    } else {
        add_text(a, path, &out);
    }
    enum err e = policytool_diff(
        &kept->set.model, &a->files.set.model, a->as_json, &out, &a->differs);
    if (e == OK) {
        buf_add_text(&out, a->as_json ? "}\n" : "");
        e = buf_error(&out);
    }
    if (e == OK &&
        (fwrite(out.bytes, 1, out.length, stdout) != out.length || fflush(stdout) != 0)) {
        e = ERR_IO;
    }
    buf_fini(&out);
    return e;
}

static enum cli_exit plan(struct apply *a, const char *path)
{
    struct cli_policy_kept kept;
    const char *why = NULL;
    enum cli_exit result = CLI_EXIT_OK;

    if (cli_policy_force_load(&a->force, &kept, &why)) {
        enum err e = write_plan(a, path, &kept);
        if (e != OK) {
            cli_error(NULL, "the plan can not be made: %s", err_text(e));
            result = wrong(a);
        }
    } else {
        cli_error(a->plans ? NULL : "name what you mean by its hash: --expect",
            "there is no plan: the files of the policy in force are not in %s: %s",
            a->force.history, why);
        /* Whoever names the hash knows what he wants without it. */
        result = a->plans || a->cli->text[CLI_EXPECT] == NULL ? wrong(a) : CLI_EXIT_OK;
    }
    cli_policy_kept_fini(&kept);
    return result;
}

/* --- into force --- */

static enum cli_exit confirm(const struct apply *a)
{
    char line[16];

    if (cli_has(a->cli, CLI_YES)) {
        return CLI_EXIT_OK;
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        cli_error("add --yes", "nobody can be asked: nothing was done");
        return CLI_EXIT_USAGE;
    }
    (void)fprintf(stderr, "Type yes to let this come into force: ");
    if (fgets(line, sizeof(line), stdin) == NULL) {
        line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, "yes") != 0) {
        cli_error(NULL, "that is no yes: nothing was done");
        return cli_interrupted() ? CLI_EXIT_INTERRUPTED : CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

static bool is_text(struct wire_view view, const char *text)
{
    return view.len == strlen(text) && memcmp(view.ptr, text, view.len) == 0;
}

/* The last one counts: a reload that was under way comes first. */
static enum cli_exit judge(const struct reload_response *r)
{
    const struct status_response_part *p = r->parts.items;
    const struct status_response_part *last = NULL;

    for (int32_t i = 0; i < r->parts.count; i++) {
        last = is_text(p[i].name, "policy") ? &p[i] : last;
    }
    if (last != NULL && is_text(last->code, "REL001")) {
        return CLI_EXIT_OK;
    }
    if (last != NULL && is_text(last->code, "REL004")) {
        cli_error("look at the plan again",
            "refused: the files changed after the plan was made; the policy in force "
            "stays [REL004]");
    } else {
        cli_error("the log of schlossd says why",
            "refused: schlossd did not take the policy; the one in force stays [REL002]");
    }
    return CLI_EXIT_REFUSED;
}

static enum cli_exit reload(struct apply *a)
{
    const struct reload_request request = {.wait = true,
        .part = cli_admin_view("policy"),
        .expected = cli_admin_view(a->hash)};
    const void *answer = NULL;
    enum cli_exit result =
        cli_admin_call(&a->force.admin, WIRE_ADMIN_RELOAD, &request, &answer);

    if (result == CLI_EXIT_OK) {
        const struct reload_response *r = answer;
        result = cli_admin_check(r->error_code, r->error_message, "apply the policy");
        result = result == CLI_EXIT_OK ? judge(r) : result;
        a->is_unrecorded = result == CLI_EXIT_OK && !cli_admin_is_recorded(&r->parts);
    }
    if (result == CLI_EXIT_OK) {
        result = cli_policy_force_ask(&a->force);
    }
    if (result == CLI_EXIT_OK && strcmp(a->force.hash, a->hash) != 0) {
        cli_error("`schloss policy status` shows it",
            "another reload at the same time brought another policy into force");
        result = CLI_EXIT_REFUSED;
    }
    return result;
}

/* What decides nothing may be another all the same, and needs no yes. */
static enum cli_exit leave_in_force(struct apply *a)
{
    const bool has_permissive = a->force.permissive != NULL;
    const enum cli_exit result = has_permissive ? reload(a) : CLI_EXIT_OK;

    if (result == CLI_EXIT_OK && !a->as_json) {
        (void)printf("these files are in force already%s\n",
            has_permissive ? "; the permissive policy was read again" : "");
    }
    return result;
}

static enum cli_exit bring_into_force(struct apply *a)
{
    if (strcmp(a->hash, a->force.hash) == 0) {
        return leave_in_force(a);
    }
    enum cli_exit result = confirm(a);
    result = result == CLI_EXIT_OK ? reload(a) : result;
    if (result == CLI_EXIT_OK && !a->as_json) {
        (void)printf("in force now: serial %lld, hash %s; no session uses a right any "
                     "more that it lost\n",
            (long long)a->force.policy->serial, a->force.hash);
    }
    return result == CLI_EXIT_OK && a->is_unrecorded ? CLI_EXIT_PARTIAL : result;
}

/* --- */

static enum cli_exit apply(struct apply *a)
{
    enum cli_exit result = cli_policy_force_open(&a->force, a->cli);

    a->is_open = true;
    if (result != CLI_EXIT_OK) {
        return result;
    }
    if (a->force.hash[0] == '\0') {
        cli_error(NULL, "policy.mode=api: no policy file counts");
        return wrong(a);
    }
    const char *path = a->cli->args_count > 0 ? a->cli->args[0] : a->force.file;
    result = load_files(a, path);
    result = result == CLI_EXIT_OK ? check_expected(a) : result;
    if (result == CLI_EXIT_OK && !a->plans) {
        result = check_place(a, path);
    }
    result = result == CLI_EXIT_OK ? plan(a, path) : result;
    if (result != CLI_EXIT_OK) {
        return result;
    }
    if (a->plans) {
        return a->differs ? CLI_EXIT_NO : CLI_EXIT_OK;
    }
    return bring_into_force(a);
}

enum cli_exit cli_policy_apply(const struct cli *cli)
{
    static const struct apply nothing;
    struct apply a = nothing;

    a.cli = cli;
    a.plans = cli_has(cli, CLI_PLAN);
    a.as_json = cli_has(cli, CLI_OUTPUT) && strcmp(cli->text[CLI_OUTPUT], "json") == 0;
    const enum cli_exit result = apply(&a);
    if (a.is_loaded) {
        policytool_load_close(&a.files);
    }
    if (a.is_open) {
        cli_policy_force_close(&a.force);
    }
    return result;
}
