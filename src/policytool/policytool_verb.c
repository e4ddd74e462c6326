#include "policytool_verb.h"

#include <string.h>

#define FILE_OPTION POLICYTOOL_OPTION_FILE
#define FORM        POLICYTOOL_OPTION_FORM
#define WORDS_MAX   64

/* clang-format off */
static const struct policytool_verb verbs[] = {
    {"check", "[FILE]", "parse, check, lint and test a policy, as the broker does",
        FORM, 0, 1, policytool_run_check},
    {"fmt", "[FILE...]", "the canonical layout of policy files; - is stdin",
        POLICYTOOL_OPTION_DIFF | POLICYTOOL_OPTION_WRITE, 0, WORDS_MAX, policytool_run_fmt},
    {"explain", "WHO OP KIND NAME [from= via= with= tls= at= age= issuer= group=]",
        "why somebody may do something, or may not",
        FILE_OPTION | FORM, 3, WORDS_MAX, policytool_run_explain},
    {"who", "OP KIND NAME", "all who may do one thing",
        FILE_OPTION | FORM, 2, 3, policytool_run_who},
    {"can", "WHO [group=...]", "all that somebody may do",
        FILE_OPTION | FORM, 1, 1 + POLICYTOOL_GROUPS_MAX, policytool_run_can},
    {"diff", "OLD NEW", "what changes for whom between two policies",
        FORM, 2, 2, policytool_run_diff},
    {"test", "[FILE]", "run the tests of a policy",
        POLICYTOOL_OPTION_REGEX | POLICYTOOL_OPTION_COVERAGE, 0, 1, policytool_run_test},
    {"explain-error", "[CODE]", "what the code of an error of a policy means",
        0, 0, 1, policytool_run_explain_error},
};
/* clang-format on */

const struct policytool_verb *policytool_verb_at(size_t index)
{
    return index < sizeof(verbs) / sizeof(verbs[0]) ? &verbs[index] : NULL;
}

const struct policytool_verb *policytool_verb_find(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}
