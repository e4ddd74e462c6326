#include "policy_nearest.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

static void copy(char out[POLICY_NEAREST_MAX], struct policy_view v)
{
    size_t length = v.len < POLICY_NEAREST_MAX ? v.len : 0;

    memcpy(out, v.ptr, length);
    out[length] = '\0';
}

void policy_nearest_init(struct policy_nearest *n, struct policy_view word)
{
    *n = (struct policy_nearest){.nearest = {.word = NULL}};
    copy(n->word, word);
    n->nearest.word = n->word;
}

void policy_nearest_offer(struct policy_nearest *n, struct policy_view candidate)
{
    char text[POLICY_NEAREST_MAX];

    copy(text, candidate);
    if (n->word[0] == '\0' || text[0] == '\0') {
        return;
    }
    report_nearest_offer(&n->nearest, text);
    if (n->nearest.best == text) {
        memcpy(n->best, text, sizeof(n->best));
        n->nearest.best = n->best;
    }
}

void policy_nearest_help(const struct policy_nearest *n, const char *prefix,
    const char *otherwise, char *out, size_t size)
{
    char word[4 * POLICY_NEAREST_MAX];

    if (n->nearest.best == NULL) {
        (void)snprintf(out, size, "%s", otherwise);
        return;
    }
    (void)text_escape(word, sizeof(word), n->best, strlen(n->best));
    (void)snprintf(out, size, "did you mean '%s%s'?", prefix, word);
}
