/* Policy text to a model, for tests. */
#ifndef POLICY_MODEL_FIXTURE_H
#define POLICY_MODEL_FIXTURE_H

#include "policy_model.h"
#include "test.h"

#include <string.h>

struct parsed {
    struct policy_model model;
    struct report report;
    struct buf errors;
};

static inline struct policy_source source_of(const char *name, const char *text)
{
    return (struct policy_source){name, (const uint8_t *)text, strlen(text)};
}

/* The sources must outlive it. */
static inline void parse_sources(
    struct parsed *p, const struct policy_source *sources, size_t count)
{
    buf_init(&p->errors, 4 << 20);
    report_init(&p->report, &p->errors);
    p->report.directory = "";
    assert_int_equal(policy_model_parse(sources, count, &p->report, &p->model), OK);
    report_finish(&p->report, sources[0].name, "policy not loaded");
    buf_add(&p->errors, "", 1);
    assert_int_equal(buf_error(&p->errors), OK);
}

static inline void parsed_fini(struct parsed *p)
{
    policy_model_fini(&p->model);
    buf_fini(&p->errors);
}

static inline const char *errors_of(const struct parsed *p)
{
    return (const char *)p->errors.bytes;
}

static inline void parse_good_sources(
    struct parsed *p, const struct policy_source *sources, size_t count)
{
    parse_sources(p, sources, count);
    if (p->report.errors > 0) {
        fail_msg("%s", errors_of(p));
    }
}

static inline void parse_good(struct parsed *p, const char *text)
{
    const struct policy_source source = source_of("a.policy", text);

    parse_good_sources(p, &source, 1);
}

#define assert_view(view, text)                                                          \
    do {                                                                                 \
        assert_int_equal((view).len, strlen(text));                                      \
        assert_memory_equal((view).ptr, text, (view).len);                               \
    } while (0)

#endif
