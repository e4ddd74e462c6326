#include "policy_words.h"

#include <stdio.h>
#include <string.h>

#define B(name)  POLICY_BIT(POLICY_##name)
#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

/* clang-format off */
static const struct policy_operation_word operations[] = {
    /* word                 resources on which it means something, and what */
    {"all",              {[POLICY_TOPIC] = POLICY_BITS_ALL, [POLICY_GROUP] = POLICY_BITS_ALL,
                          [POLICY_CLUSTER] = POLICY_BITS_ALL, [POLICY_TXN] = POLICY_BITS_ALL,
                          [POLICY_TOKEN] = POLICY_BITS_ALL, [POLICY_USER] = POLICY_BITS_ALL},
                                                                                POLICY_WORD_KNOWN},
    {"alter",            {[POLICY_TOPIC] = B(ALTER), [POLICY_CLUSTER] = B(ALTER)},
                                                                                POLICY_WORD_KNOWN},
    {"alter-configs",    {[POLICY_TOPIC] = B(ALTER_CONFIGS), [POLICY_GROUP] = B(ALTER_CONFIGS),
                          [POLICY_CLUSTER] = B(ALTER_CONFIGS)},                 POLICY_WORD_KNOWN},
    {"cluster-action",   {[POLICY_CLUSTER] = B(CLUSTER_ACTION)},                POLICY_WORD_KNOWN},
    {"consume",          {[POLICY_TOPIC] = B(READ), [POLICY_GROUP] = B(READ)},  POLICY_WORD_KNOWN},
    {"create",           {[POLICY_TOPIC] = B(CREATE), [POLICY_CLUSTER] = B(CREATE)},
                                                                                POLICY_WORD_KNOWN},
    {"create-tokens",    {[POLICY_USER] = B(CREATE_TOKENS)},                    POLICY_WORD_LATER},
    {"delete",           {[POLICY_TOPIC] = B(DELETE), [POLICY_GROUP] = B(DELETE)},
                                                                                POLICY_WORD_KNOWN},
    {"describe",         {[POLICY_TOPIC] = B(DESCRIBE), [POLICY_GROUP] = B(DESCRIBE),
                          [POLICY_CLUSTER] = B(DESCRIBE), [POLICY_TXN] = B(DESCRIBE),
                          [POLICY_TOKEN] = B(DESCRIBE)},                        POLICY_WORD_KNOWN},
    {"describe-configs", {[POLICY_TOPIC] = B(DESCRIBE_CONFIGS),
                          [POLICY_GROUP] = B(DESCRIBE_CONFIGS),
                          [POLICY_CLUSTER] = B(DESCRIBE_CONFIGS)},              POLICY_WORD_KNOWN},
    {"describe-tokens",  {[POLICY_USER] = B(DESCRIBE_TOKENS)},                  POLICY_WORD_LATER},
    {"idempotent-write", {[POLICY_CLUSTER] = B(IDEMPOTENT_WRITE)},              POLICY_WORD_KNOWN},
    {"manage",           {[POLICY_TOPIC] = B(CREATE) | B(DELETE) | B(ALTER) | B(ALTER_CONFIGS),
                          [POLICY_GROUP] = B(DELETE) | B(ALTER_CONFIGS)},       POLICY_WORD_KNOWN},
    {"observe",          {[POLICY_TOPIC] = B(DESCRIBE) | B(DESCRIBE_CONFIGS),
                          [POLICY_GROUP] = B(DESCRIBE), [POLICY_TXN] = B(DESCRIBE),
                          [POLICY_CLUSTER] = B(DESCRIBE)},                      POLICY_WORD_KNOWN},
    {"produce",          {[POLICY_TOPIC] = B(WRITE), [POLICY_TXN] = B(WRITE)},  POLICY_WORD_KNOWN},
    {"read",             {[POLICY_TOPIC] = B(READ), [POLICY_GROUP] = B(READ)},  POLICY_WORD_KNOWN},
    {"two-phase-commit", {[POLICY_TXN] = B(TWO_PHASE_COMMIT)},                  POLICY_WORD_LATER},
    {"write",            {[POLICY_TOPIC] = B(WRITE), [POLICY_TXN] = B(WRITE)},  POLICY_WORD_KNOWN},
};
/* clang-format on */

struct word {
    const char *word;
    enum policy_word_use use;
    enum policy_resource resource; /* of a kind */
};

static const struct word kinds[] = {
    {"topic", POLICY_WORD_KNOWN, POLICY_TOPIC},
    {"group", POLICY_WORD_KNOWN, POLICY_GROUP},
    {"txn", POLICY_WORD_KNOWN, POLICY_TXN},
    {"cluster", POLICY_WORD_KNOWN, POLICY_CLUSTER},
    {"token", POLICY_WORD_LATER, POLICY_TOKEN},
    {"user", POLICY_WORD_LATER, POLICY_USER},
};

static const struct word statements[] = {
    {"policy", POLICY_WORD_KNOWN, 0},
    {"allow", POLICY_WORD_KNOWN, 0},
    {"deny", POLICY_WORD_KNOWN, 0},
    {"include", POLICY_WORD_LATER, 0},
    {"team", POLICY_WORD_LATER, 0},
    {"net", POLICY_WORD_LATER, 0},
    {"auth", POLICY_WORD_LATER, 0},
    {"role", POLICY_WORD_LATER, 0},
    {"grant", POLICY_WORD_LATER, 0},
    {"never", POLICY_WORD_LATER, 0},
    {"delegate", POLICY_WORD_LATER, 0},
    {"exclusive", POLICY_WORD_LATER, 0},
    {"test", POLICY_WORD_LATER, 0},
};

static const struct word qualifiers[] = {
    {"reason", POLICY_WORD_KNOWN, 0},
    {"ticket", POLICY_WORD_KNOWN, 0},
    {"from", POLICY_WORD_LATER, 0},
    {"via", POLICY_WORD_LATER, 0},
    {"with", POLICY_WORD_LATER, 0},
    {"after", POLICY_WORD_LATER, 0},
    {"until", POLICY_WORD_LATER, 0},
};

static const struct word *find(
    const struct word *words, size_t count, const struct policy_token *t)
{
    for (size_t i = 0; i < count; i++) {
        if (policy_token_is(t, words[i].word)) {
            return &words[i];
        }
    }
    return NULL;
}

const struct policy_operation_word *policy_operation_find(const struct policy_token *t)
{
    for (size_t i = 0; i < COUNT(operations); i++) {
        if (policy_token_is(t, operations[i].word)) {
            return &operations[i];
        }
    }
    return NULL;
}

enum policy_word_use policy_kind_find(
    const struct policy_token *t, enum policy_resource *out)
{
    const struct word *kind = find(kinds, COUNT(kinds), t);

    if (kind == NULL) {
        return POLICY_WORD_UNKNOWN;
    }
    *out = kind->resource;
    return kind->use;
}

enum policy_word_use policy_statement_find(const struct policy_token *t)
{
    const struct word *word = find(statements, COUNT(statements), t);

    return word != NULL ? word->use : POLICY_WORD_UNKNOWN;
}

enum policy_word_use policy_qualifier_find(const struct policy_token *t)
{
    const struct word *word = find(qualifiers, COUNT(qualifiers), t);

    return word != NULL ? word->use : POLICY_WORD_UNKNOWN;
}

const char *policy_kind_word(enum policy_resource resource)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (kinds[i].resource == resource) {
            return kinds[i].word;
        }
    }
    return "resource";
}

/* A token as a C string, for comparing with our words; what is too long is near none of
 * them. */
static const char *token_text(const struct policy_token *t, char *out, size_t size)
{
    size_t length = t->text.len < size ? t->text.len : 0;

    memcpy(out, t->text.ptr, length);
    out[length] = '\0';
    return out;
}

static void append(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);

    (void)snprintf(out + used, size - used, "%s", text);
}

static void add_nearest(const struct report_nearest *near, char *out, size_t size)
{
    if (near->best != NULL) {
        append(out, size, "did you mean '");
        append(out, size, near->best);
        append(out, size, "'? ");
    }
}

static void offer_words(
    const struct word *words, size_t count, struct report_nearest *near)
{
    for (size_t i = 0; i < count; i++) {
        report_nearest_offer(near, words[i].word);
    }
}

static void add_words(const struct word *words, size_t count, char *out, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i].use == POLICY_WORD_KNOWN) {
            append(out, size, " ");
            append(out, size, words[i].word);
        }
    }
}

void policy_operation_help(const struct policy_token *t, char *out, size_t size)
{
    char word[40];
    struct report_nearest near = {.word = token_text(t, word, sizeof(word))};

    for (size_t i = 0; i < COUNT(operations); i++) {
        report_nearest_offer(&near, operations[i].word);
    }
    out[0] = '\0';
    add_nearest(&near, out, size);
    append(out, size, "operations:");
    for (size_t i = 0; i < COUNT(operations); i++) {
        if (operations[i].use == POLICY_WORD_KNOWN) {
            append(out, size, " ");
            append(out, size, operations[i].word);
        }
    }
}

void policy_kind_help(const struct policy_token *t, char *out, size_t size)
{
    char word[40];
    struct report_nearest near = {.word = token_text(t, word, sizeof(word))};

    offer_words(kinds, COUNT(kinds), &near);
    out[0] = '\0';
    add_nearest(&near, out, size);
    append(out, size, "kinds:");
    add_words(kinds, COUNT(kinds), out, size);
}

void policy_statement_help(const struct policy_token *t, char *out, size_t size)
{
    char word[40];
    struct report_nearest near = {.word = token_text(t, word, sizeof(word))};

    offer_words(statements, COUNT(statements), &near);
    out[0] = '\0';
    add_nearest(&near, out, size);
    append(out, size, "statements:");
    add_words(statements, COUNT(statements), out, size);
}

void policy_method_help(const struct policy_token *t, char *out, size_t size)
{
    char word[40];
    struct report_nearest near = {.word = token_text(t, word, sizeof(word))};

    for (int m = POLICY_METHOD_MTLS; m <= POLICY_METHOD_PEER; m++) {
        report_nearest_offer(&near, policy_method_name((enum policy_method)m));
    }
    out[0] = '\0';
    add_nearest(&near, out, size);
    append(out, size, "methods:");
    for (int m = POLICY_METHOD_MTLS; m <= POLICY_METHOD_PEER; m++) {
        append(out, size, " ");
        append(out, size, policy_method_name((enum policy_method)m));
    }
}

void policy_meaning_help(enum policy_resource resource, char *out, size_t size)
{
    (void)snprintf(out, size, "on a %s use:", policy_kind_word(resource));
    for (size_t i = 0; i < COUNT(operations); i++) {
        if (operations[i].bits[resource] != 0) {
            append(out, size, " ");
            append(out, size, operations[i].word);
        }
    }
}
