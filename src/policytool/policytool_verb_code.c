/* explain-error: what a code behind an error means. */
#include "policy_code.h"
#include "policytool_print.h"

#include <ctype.h>
#include <string.h>

static void add_code(struct buf *out, const struct policy_code *c)
{
    buf_add_format(out, "%s  %s\n  help: %s\n", c->code, c->meaning, c->action);
}

/* Codes are written in upper case; a copy of what was typed is. */
static const struct policy_code *find(const char *word)
{
    char code[16];
    size_t i = 0;

    for (; word[i] != '\0' && i + 1 < sizeof(code); i++) {
        code[i] = (char)toupper((unsigned char)word[i]);
    }
    code[i] = '\0';
    return policy_code_find(code);
}

int policytool_run_explain_error(const struct policytool_call *call)
{
    const struct policy_code *c = NULL;
    struct buf out;

    buf_init(&out, (size_t)1 << 20);
    if (call->words.count == 0) {
        for (size_t i = 0; (c = policy_code_at(i)) != NULL; i++) {
            add_code(&out, c);
        }
    } else if ((c = find(call->words.words[0])) != NULL) {
        add_code(&out, c);
    } else {
        buf_fini(&out);
        return policytool_print_failure(
            call, "there is no error of that code", call->words.words[0]);
    }
    const int result = policytool_print(call, &out, POLICYTOOL_YES);
    buf_fini(&out);
    return result;
}
