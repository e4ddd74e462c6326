/* Policy text to a compiled policy, or to what is wrong with it, for tests. */
#ifndef POLICY_COMPILE_FIXTURE_H
#define POLICY_COMPILE_FIXTURE_H

#include "policy_model_fixture.h"

#include "mem.h"
#include "policy_compile.h"

#include <stdio.h>

/* What policy_compile_text() says; to be freed with mem_free(). */
static inline char *errors_or_nothing(const struct policy_source *sources, size_t count)
{
    struct buf blob;
    struct buf errors;

    buf_init(&blob, (size_t)32 << 20);
    buf_init(&errors, (size_t)4 << 20);
    enum err e = policy_compile_text(sources, count, &blob, &errors);
    assert_true(e == OK || e == ERR_INVALID);
    assert_int_equal(e == OK, errors.length == 0);
    assert_int_equal(e == OK, blob.length > 0);
    char *text = mem_copy_text(errors.bytes, errors.length);
    assert_non_null(text);
    buf_fini(&blob);
    buf_fini(&errors);
    return text;
}

static inline char *errors_in(const char *text)
{
    const struct policy_source source = source_of("a.policy", text);

    return errors_or_nothing(&source, 1);
}

static inline void check_good(const char *text)
{
    char *errors = errors_in(text);

    assert_string_equal(errors, "");
    mem_free(errors);
}

#endif
