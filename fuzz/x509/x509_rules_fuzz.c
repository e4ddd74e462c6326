#include "text.h"
#include "x509_rules.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME_MAX_HERE 200 /* so that a slow pattern does not stop the fuzzer */

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static char *copy_of(const uint8_t *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);

    demand(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

static void check_apply(const struct x509_rules *r, const char *name, size_t length)
{
    struct buf first;
    struct buf second;

    buf_init(&first, X509_SUBJECT_MAX);
    buf_init(&second, X509_SUBJECT_MAX);
    enum err e = x509_rules_apply(r, name, length, &first);
    demand(e == OK || e == ERR_NOT_FOUND || e == ERR_FULL);
    demand(e != ERR_NOT_FOUND || first.length == 0);
    demand(x509_rules_apply(r, name, length, &second) == e);
    demand(e != OK || (first.length == second.length &&
                          (first.length == 0 ||
                              memcmp(first.bytes, second.bytes, first.length) == 0)));
    buf_fini(&first);
    buf_fini(&second);
}

/* The rules, a NUL, and a name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct x509_rules r;
    struct x509_rules_problem problem;
    const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
    size_t length = nul != NULL ? (size_t)(nul - data) : size;
    size_t rest = nul != NULL ? size - length - 1 : 0;
    char *text = copy_of(data, length);
    char *name = copy_of(nul != NULL ? nul + 1 : data, rest);

    enum err e = x509_rules_init(&r, text, length, &problem);
    if (e == OK) {
        demand(r.count <= X509_RULES_MAX);
        if (rest <= NAME_MAX_HERE && text_is_utf8(name, rest)) {
            check_apply(&r, name, rest);
        }
        x509_rules_fini(&r);
    } else {
        demand(e == ERR_INVALID && r.items == NULL);
        demand(problem.column >= 1 && problem.column <= length + 1);
        demand(memchr(problem.message, 0, sizeof(problem.message)) != NULL);
    }
    free(text);
    free(name);
    return 0;
}
