#include "cert_names.h"

#include <stdbool.h>
#include <string.h>

#define OUT_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What is accepted comes out as text that is accepted and comes out the same. */
static void check_again(const struct buf *first)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    struct cert_problem why;
    struct buf second;

    demand(names != NULL);
    demand(
        cert_names_parse(names, (const char *)first->bytes, first->length, &why) == OK);
    buf_init(&second, OUT_MAX);
    cert_names_write(names, &second);
    demand(second.length == first->length &&
           memcmp(second.bytes, first->bytes, first->length) == 0);
    buf_fini(&second);
    GENERAL_NAMES_free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    struct cert_problem why = {.text = ""};
    struct buf out;

    demand(names != NULL);
    buf_init(&out, OUT_MAX);
    enum err e = cert_names_parse(names, (const char *)data, size, &why);
    demand(e == OK || (e == ERR_INVALID && why.text[0] != '\0'));
    cert_names_write(names, &out);
    if (e == OK) {
        check_again(&out);
    }
    buf_fini(&out);
    GENERAL_NAMES_free(names);
    return 0;
}
