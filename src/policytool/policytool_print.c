#include "policytool_print.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static void print_to(FILE *to, const struct buf *b)
{
    if (b->length > 0) {
        (void)fwrite(b->bytes, 1, b->length, to);
    }
}

int policytool_print(
    const struct policytool_call *call, const struct buf *out, int result)
{
    enum err e = buf_error(out);

    if (e == OK) {
        print_to(stdout, out);
        e = fflush(stdout) != 0 || ferror(stdout) != 0 ? ERR_IO : OK;
    }
    return e == OK
               ? result
               : policytool_print_failure(call, "cannot write the result", err_text(e));
}

int policytool_print_failure(
    const struct policytool_call *call, const char *what, const char *why)
{
    struct buf line;

    buf_init(&line, 65536);
    buf_add_text(&line, call->program);
    buf_add_text(&line, ": ");
    text_add_safe(&line, what, strlen(what), false);
    buf_add_text(&line, ": ");
    text_add_safe(&line, why, strlen(why), false);
    buf_add_text(&line, "\n");
    print_to(stderr, &line);
    buf_fini(&line);
    return POLICYTOOL_NO;
}

int policytool_print_load(const struct policytool_call *call,
    const struct policytool_load *l, const char *path, enum err e)
{
    print_to(stderr, &l->messages);
    if (e != ERR_INVALID || l->messages.length == 0) {
        return policytool_print_failure(call, path, err_text(e));
    }
    return POLICYTOOL_NO;
}

int policytool_print_complaint(
    const struct policytool_call *call, const struct buf *complaint)
{
    (void)fprintf(stderr, "%s: ", call->program);
    print_to(stderr, complaint);
    return POLICYTOOL_USAGE;
}

bool policytool_print_wants_json(const struct policytool_call *call, bool *out)
{
    *out = call->form != NULL && strcmp(call->form, "json") == 0;
    if (*out || call->form == NULL || strcmp(call->form, "text") == 0) {
        return true;
    }
    (void)policytool_print_failure(call, "-o takes text or json, not", call->form);
    return false;
}
