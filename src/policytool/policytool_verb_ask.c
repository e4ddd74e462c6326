/* explain, who, can, diff: questions to the model and the compiled policy. */
#include "clock.h"
#include "policytool_can.h"
#include "policytool_diff.h"
#include "policytool_explain.h"
#include "policytool_print.h"
#include "policytool_who.h"

#define OUT_MAX ((size_t)512 << 20)

typedef enum err (*answer_maker)(const struct policytool_set *set,
    const struct policytool_question *q, bool as_json, struct buf *out, bool *is_yes);

static int ask(const struct policytool_call *call, const struct policytool_question *q,
    answer_maker answer)
{
    struct policytool_load load;
    struct buf out;
    bool as_json = false;
    bool is_yes = true;
    int result = POLICYTOOL_NO;

    if (!policytool_print_wants_json(call, &as_json)) {
        return POLICYTOOL_USAGE;
    }
    buf_init(&out, OUT_MAX);
    enum err e = policytool_load_set(&load, call->file);
    if (e != OK) {
        result = policytool_print_load(call, &load, call->file, e);
    } else if ((e = answer(&load.set, q, as_json, &out, &is_yes)) != OK) {
        result = policytool_print_failure(call, call->file, err_text(e));
    } else {
        result = policytool_print(call, &out, is_yes ? POLICYTOOL_YES : POLICYTOOL_NO);
    }
    buf_fini(&out);
    policytool_load_close(&load);
    return result;
}

static int refuse(const struct policytool_call *call, struct buf *complaint)
{
    const int result = policytool_print_complaint(call, complaint);

    buf_fini(complaint);
    return result;
}

static enum err answer_who(const struct policytool_set *set,
    const struct policytool_question *q, bool as_json, struct buf *out, bool *is_yes)
{
    (void)is_yes;
    return policytool_who(&set->model, q, as_json, out);
}

static enum err answer_can(const struct policytool_set *set,
    const struct policytool_question *q, bool as_json, struct buf *out, bool *is_yes)
{
    (void)is_yes;
    return policytool_can(set, q, as_json, out);
}

int policytool_run_question(
    const struct policytool_call *call, const struct policytool_question *q)
{
    return ask(call, q, policytool_explain);
}

int policytool_run_explain(const struct policytool_call *call)
{
    struct policytool_question q;
    struct buf complaint;

    buf_init(&complaint, 65536);
    if (!policytool_question_parse(call->words, clock_wall_ms(), &q, &complaint)) {
        return refuse(call, &complaint);
    }
    buf_fini(&complaint);
    return policytool_run_question(call, &q);
}

int policytool_run_who(const struct policytool_call *call)
{
    struct policytool_question q;
    struct buf complaint;

    buf_init(&complaint, 65536);
    if (!policytool_question_parse_what(call->words, &q, &complaint)) {
        return refuse(call, &complaint);
    }
    buf_fini(&complaint);
    return ask(call, &q, answer_who);
}

int policytool_run_can(const struct policytool_call *call)
{
    struct policytool_question q;
    struct buf complaint;

    buf_init(&complaint, 65536);
    if (!policytool_question_parse_who(call->words, &q, &complaint)) {
        return refuse(call, &complaint);
    }
    buf_fini(&complaint);
    return ask(call, &q, answer_can);
}

/* --- diff --- */

static int compare(const struct policytool_call *call, const struct policytool_load *was,
    const struct policytool_load *is, bool as_json)
{
    struct buf out;
    bool differs = false;
    int result = POLICYTOOL_NO;

    buf_init(&out, OUT_MAX);
    buf_add_text(&out, as_json ? "{" : "");
    const enum err e =
        policytool_diff(&was->set.model, &is->set.model, as_json, &out, &differs);
    buf_add_text(&out, as_json ? "}\n" : "");
    if (e != OK) {
        result = policytool_print_failure(call, "cannot compare", err_text(e));
    } else {
        result = policytool_print(call, &out, differs ? POLICYTOOL_NO : POLICYTOOL_YES);
    }
    buf_fini(&out);
    return result;
}

int policytool_run_diff(const struct policytool_call *call)
{
    struct policytool_load was;
    struct policytool_load is;
    bool as_json = false;
    int result = POLICYTOOL_YES;

    if (!policytool_print_wants_json(call, &as_json)) {
        return POLICYTOOL_USAGE;
    }
    enum err e = policytool_load_set(&was, call->words.words[0]);
    if (e != OK) {
        result = policytool_print_load(call, &was, call->words.words[0], e);
    }
    e = policytool_load_set(&is, call->words.words[1]);
    if (e != OK) {
        result = policytool_print_load(call, &is, call->words.words[1], e);
    }
    /* Not 1: that would say that they differ. */
    result =
        result == POLICYTOOL_YES ? compare(call, &was, &is, as_json) : POLICYTOOL_USAGE;
    policytool_load_close(&was);
    policytool_load_close(&is);
    return result;
}
