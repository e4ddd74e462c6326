/* policytool_fixture - models of policy texts, for the tests of the verbs. */
#ifndef POLICYTOOL_FIXTURE_H
#define POLICYTOOL_FIXTURE_H

#include "test.h"

#include "mem.h"
#include "policytool_question.h"
#include "policytool_set.h"

#include <stdio.h>
#include <string.h>

/* 2026-11-20T00:00Z */
#define NOW_MS INT64_C(1795132800000)

static inline struct policy_source source_of(const char *text)
{
    return (struct policy_source){
        .name = "main.policy", .text = (const uint8_t *)text, .length = strlen(text)};
}

/* Fails the test if the text has an error. */
static inline void set_of(const char *text, struct policytool_set *out)
{
    const struct policy_source source = source_of(text);
    struct report report;
    struct buf messages;

    buf_init(&messages, 1 << 20);
    report_init(&report, &messages);
    const enum err e = policytool_set_make(&source, 1, &report, out);
    if (e != OK) {
        buf_add(&messages, "", 1);
        fail_msg("%s: %s", err_text(e), (const char *)messages.bytes);
    }
    buf_fini(&messages);
}

/* NULL-terminated words; what is wrong with them goes to why. */
static inline struct policytool_words words_of(const char *const *words)
{
    struct policytool_words w = {.words = words};

    while (words[w.count] != NULL) {
        w.count++;
    }
    return w;
}

static inline void assert_text(struct buf *b, const char *expected)
{
    assert_int_equal(buf_error(b), OK);
    buf_add(b, "", 1);
    assert_string_equal((const char *)b->bytes, expected);
    buf_reset(b);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
