#include "policy_compile.h"

#include "policy_check.h"

/* Also where an invariant is broken: a test may show how. */
static enum err build_and_test(const struct policy_model *m, struct report *report,
    struct buf *blob_out, struct policy_test_results *results)
{
    struct policy *p = NULL;
    size_t before = blob_out->length;
    enum err e = policy_model_build(m, report, blob_out);

    if (e != OK) {
        return e;
    }
    e = policy_load(blob_out->bytes + before, blob_out->length - before, 0, &p);
    if (e == OK) {
        e = policy_run_tests(m, p, NULL, report, results);
        policy_free(&p);
    } else if (e == ERR_INVALID) {
        const struct report_place place = {.file = m->files[0].name, .line = 1};
        report_error(report, &place, "POL097", "this is a fault of the compiler",
            "the compiled policy can not be loaded");
    }
    return e;
}

enum err policy_compile_model(const struct policy_model *m, struct report *report,
    struct buf *blob_out, struct policy_test_results *results)
{
    size_t before = blob_out->length;
    size_t errors = report->errors;

    *results = (struct policy_test_results){.passed = 0};
    enum err e = policy_check_statements(m, report);
    if (e == OK && report->errors > errors) {
        return ERR_INVALID;
    }
    if (e == OK) {
        e = policy_check_invariants(m, report);
    }
    if (e == OK) {
        e = build_and_test(m, report, blob_out, results);
    }
    if (e == OK && report->errors > errors) {
        e = ERR_INVALID;
    }
    if (e != OK) {
        blob_out->length = before;
    }
    return e;
}

static enum err compile(const struct policy_job *job, struct report *report,
    struct policy_model *m, struct buf *blob_out)
{
    struct policy_test_results results;
    enum err e = policy_model_parse(job->files, job->count, report, m);

    if (e != OK) {
        return e;
    }
    if (report->errors > 0) {
        policy_check_scopes(m, report);
        return ERR_INVALID;
    }
    e = policy_compile_model(m, report, blob_out, &results);
    policy_test_results_fini(&results);
    return e;
}

enum err policy_compile(
    const struct policy_job *job, struct buf *blob_out, struct buf *errors_out)
{
    struct report report;
    struct policy_model m;

    INVARIANT(job->count > 0);
    report_init(&report, errors_out);
    report.directory = job->directory;
    enum err e = compile(job, &report, &m, blob_out);
    if (e == ERR_INVALID) {
        report_finish(&report, job->files[0].name, "policy not loaded");
    }
    policy_model_fini(&m);
    return e;
}

enum err policy_compile_text(const struct policy_source *files, size_t count,
    struct buf *blob_out, struct buf *errors_out)
{
    const struct policy_job job = {files, count, ""};

    return policy_compile(&job, blob_out, errors_out);
}
