/* check, test: what the broker would say. */
#include "clock.h"
#include "mem.h"
#include "policy_check.h"
#include "policy_compile.h"
#include "policy_lint.h"
#include "policytool_look.h"
#include "policytool_message.h"
#include "policytool_print.h"
#include "policytool_text.h"

#include <regex.h>
#include <string.h>

#define OUT_MAX ((size_t)64 << 20)

static const char *file_of(const struct policytool_call *call)
{
    return call->words.count > 0 ? call->words.words[0] : call->file;
}

static bool is_rule(const struct policy_model_rule *r)
{
    return policytool_is_allow(r) || r->kind == POLICY_RULE_DENY;
}

/* --- check --- */

struct counts {
    size_t files, rules, teams, invariants, passed, failed;
};

static struct counts counts_of(
    const struct policy_model *m, const struct policy_test_results *results)
{
    struct counts c = {.files = m->files_count,
        .teams = m->teams_count,
        .invariants = m->exclusives_count,
        .passed = results->passed,
        .failed = results->failed};

    for (size_t i = 0; i < m->rules_count; i++) {
        c.rules += is_rule(&m->rules[i]) ? 1 : 0;
        c.invariants += m->rules[i].kind == POLICY_RULE_NEVER ? 1 : 0;
    }
    return c;
}

static enum err check(struct policytool_load *l, struct policy_test_results *results)
{
    struct policy_model *m = &l->set.model;
    struct buf blob;

    *results = (struct policy_test_results){.passed = 0};
    enum err e = policy_model_parse(l->files.files, l->files.count, &l->report, m);
    if (e != OK) {
        return e;
    }
    if (l->report.errors > 0) {
        policy_check_scopes(m, &l->report);
        return ERR_INVALID;
    }
    buf_init(&blob, POLICY_BLOB_MAX);
    e = policy_compile_model(m, &l->report, &blob, results);
    buf_fini(&blob);
    return e == OK ? policy_model_lint(m, clock_wall_ms(), &l->report) : e;
}

static void write_text(struct policytool_load *l, const struct counts *c, struct buf *out)
{
    (void)l;
    buf_add_format(out, "%zu files, %zu rules, %zu teams, %zu invariants hold\n",
        c->files, c->rules, c->teams, c->invariants);
    buf_add_format(out, "%zu passed, %zu failed\n", c->passed, c->failed);
}

static enum err write_messages(const struct policytool_load *l,
    const struct policytool_messages *m, const struct counts *c, struct buf *out)
{
    struct buf summary;

    buf_init(&summary, 4096);
    buf_add_format(&summary,
        "\"loadable\": %s, \"errors\": %zu, \"warnings\": %zu, \"files\": %zu, "
        "\"rules\": %zu, \"teams\": %zu, \"invariants\": %zu, ",
        l->report.errors == 0 ? "true" : "false", l->report.errors, l->report.warnings,
        c->files, c->rules, c->teams, c->invariants);
    buf_add_format(&summary, "\"passed\": %zu, \"failed\": %zu", c->passed, c->failed);
    buf_add(&summary, "", 1);
    const enum err e = buf_error(&summary);
    const enum err written =
        e == OK ? policytool_messages_write(m, (const char *)summary.bytes, out) : e;
    buf_fini(&summary);
    return written;
}

static int print_check(const struct policytool_call *call, struct policytool_load *l,
    const struct policytool_messages *m, const struct policy_test_results *results)
{
    const struct counts c = counts_of(&l->set.model, results);
    const bool is_good = l->report.errors == 0;
    struct buf out;

    buf_init(&out, OUT_MAX);
    enum err e = OK;
    if (m->form == POLICYTOOL_TEXT) {
        if (is_good) {
            write_text(l, &c, &out);
        }
        report_finish(&l->report, l->files.files[0].name, "policy not loaded");
        if (l->messages.length > 0) {
            (void)policytool_print_load(call, l, file_of(call), ERR_INVALID);
        }
    } else {
        e = write_messages(l, m, &c, &out);
    }
    const int result =
        e == OK ? policytool_print(call, &out, is_good ? POLICYTOOL_YES : POLICYTOOL_NO)
                : policytool_print_failure(call, file_of(call), err_text(e));
    buf_fini(&out);
    return result;
}

int policytool_run_check(const struct policytool_call *call)
{
    enum policytool_form form = POLICYTOOL_TEXT;
    struct policytool_load load;
    struct policytool_messages messages;
    struct policy_test_results results;
    int result = POLICYTOOL_NO;

    if (call->form != NULL && !policytool_form_of(call->form, &form)) {
        (void)policytool_print_failure(
            call, "-o takes text, json, sarif or github, not", call->form);
        return POLICYTOOL_USAGE;
    }
    enum err e = policytool_load_files(&load, file_of(call));
    if (e != OK) {
        result = policytool_print_load(call, &load, file_of(call), e);
        policytool_load_close(&load);
        return result;
    }
    policytool_messages_init(&messages, form, &load.report);
    e = check(&load, &results);
    result = e == OK || (e == ERR_INVALID && load.report.errors > 0)
                 ? print_check(call, &load, &messages, &results)
                 : policytool_print_failure(call, file_of(call), err_text(e));
    policy_test_results_fini(&results);
    policytool_messages_fini(&messages);
    policytool_load_close(&load);
    return result;
}

/* --- test --- */

struct wanted {
    const regex_t *regex;
    size_t count;
};

static bool is_wanted(void *context, const struct policy_model_test *t)
{
    struct wanted *w = context;
    char *name = mem_copy_text(t->name.ptr, t->name.len);
    const bool found =
        name == NULL || w->regex == NULL || regexec(w->regex, name, 0, NULL, 0) == 0;

    mem_free(name); /* out of memory the test is run: it may fail, but is not left out */
    w->count += found ? 1 : 0;
    return found;
}

static void write_coverage(const struct policy_model *m,
    const struct policy_test_results *results, struct buf *out)
{
    size_t rules = 0;
    size_t touched = 0;

    for (size_t i = 0; i < m->rules_count && i < results->rules; i++) {
        const struct policy_model_rule *r = &m->rules[i];
        if (!policy_test_is_covered_kind(r)) {
            continue;
        }
        rules++;
        if (results->touched[i] != 0) {
            touched++;
            continue;
        }
        buf_add_text(out, "untouched  ");
        policytool_add_view(
            out, (struct policy_view){(const uint8_t *)r->id, strlen(r->id)});
        buf_add_text(out, "  ");
        policytool_add_place(out, &r->place);
        buf_add_text(out, "  ");
        policytool_add_view(out, r->text);
        buf_add_text(out, "\n");
    }
    buf_add_format(out, "%zu of %zu rules touched\n", touched, rules);
}

static int run_tests(
    const struct policytool_call *call, struct policytool_load *l, const regex_t *regex)
{
    struct wanted wanted = {.regex = regex};
    const struct policy_test_filter filter = {is_wanted, &wanted};
    struct policy_test_results results = {.passed = 0};
    struct buf out;

    buf_init(&out, OUT_MAX);
    const enum err e =
        policy_run_tests(&l->set.model, l->set.policy, &filter, &l->report, &results);
    int result = POLICYTOOL_NO;
    if (e != OK) {
        result = policytool_print_failure(call, file_of(call), err_text(e));
    } else if (regex != NULL && wanted.count == 0) {
        result = policytool_print_failure(call, call->regex, "no test has such a name");
    } else {
        if (l->messages.length > 0) {
            (void)policytool_print_load(call, l, file_of(call), ERR_INVALID);
        }
        if (call->shows_coverage) {
            write_coverage(&l->set.model, &results, &out);
        }
        buf_add_format(&out, "%zu passed, %zu failed\n", results.passed, results.failed);
        result = policytool_print(
            call, &out, results.failed == 0 ? POLICYTOOL_YES : POLICYTOOL_NO);
    }
    policy_test_results_fini(&results);
    buf_fini(&out);
    return result;
}

int policytool_run_test(const struct policytool_call *call)
{
    struct policytool_load load;
    regex_t regex;
    int result = POLICYTOOL_NO;

    if (call->regex != NULL &&
        regcomp(&regex, call->regex, REG_EXTENDED | REG_NOSUB) != 0) {
        (void)policytool_print_failure(
            call, "not an extended regular expression", call->regex);
        return POLICYTOOL_USAGE;
    }
    const enum err e = policytool_load_set(&load, file_of(call));
    result = e == OK ? run_tests(call, &load, call->regex != NULL ? &regex : NULL)
                     : policytool_print_load(call, &load, file_of(call), e);
    policytool_load_close(&load);
    if (call->regex != NULL) {
        regfree(&regex);
    }
    return result;
}
