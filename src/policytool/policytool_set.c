#include "policytool_set.h"

#include "policy_blob.h"

static enum err compile(struct policytool_set *s, struct report *report)
{
    struct buf blob;

    buf_init(&blob, POLICY_BLOB_MAX);
    enum err e = policy_model_build(&s->model, report, &blob);
    if (e == OK) {
        e = policy_load(blob.bytes, blob.length, 0, &s->policy);
    }
    buf_fini(&blob);
    return e;
}

enum err policytool_set_make(const struct policy_source *sources, size_t count,
    struct report *report, struct policytool_set *out)
{
    *out = (struct policytool_set){.policy = NULL};
    enum err e = policy_model_parse(sources, count, report, &out->model);
    if (e == OK && report->errors == 0) {
        e = policy_model_check(&out->model, report);
    }
    if (e == OK && report->errors > 0) {
        e = ERR_INVALID;
    }
    return e == OK ? compile(out, report) : e;
}

void policytool_set_fini(struct policytool_set *s)
{
    policy_free(&s->policy);
    policy_model_fini(&s->model);
}
