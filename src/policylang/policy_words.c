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
                          [POLICY_TOKEN] = POLICY_BITS_ALL, [POLICY_USER] = POLICY_BITS_ALL}},
    {"alter",            {[POLICY_TOPIC] = B(ALTER), [POLICY_CLUSTER] = B(ALTER)}},
    {"alter-configs",    {[POLICY_TOPIC] = B(ALTER_CONFIGS), [POLICY_GROUP] = B(ALTER_CONFIGS),
                          [POLICY_CLUSTER] = B(ALTER_CONFIGS)}},
    {"cluster-action",   {[POLICY_CLUSTER] = B(CLUSTER_ACTION)}},
    {"consume",          {[POLICY_TOPIC] = B(READ), [POLICY_GROUP] = B(READ)}},
    {"create",           {[POLICY_TOPIC] = B(CREATE), [POLICY_CLUSTER] = B(CREATE)}},
    {"create-tokens",    {[POLICY_USER] = B(CREATE_TOKENS)}},
    {"delete",           {[POLICY_TOPIC] = B(DELETE), [POLICY_GROUP] = B(DELETE)}},
    {"describe",         {[POLICY_TOPIC] = B(DESCRIBE), [POLICY_GROUP] = B(DESCRIBE),
                          [POLICY_CLUSTER] = B(DESCRIBE), [POLICY_TXN] = B(DESCRIBE),
                          [POLICY_TOKEN] = B(DESCRIBE)}},
    {"describe-configs", {[POLICY_TOPIC] = B(DESCRIBE_CONFIGS),
                          [POLICY_GROUP] = B(DESCRIBE_CONFIGS),
                          [POLICY_CLUSTER] = B(DESCRIBE_CONFIGS)}},
    {"describe-tokens",  {[POLICY_USER] = B(DESCRIBE_TOKENS)}},
    {"idempotent-write", {[POLICY_CLUSTER] = B(IDEMPOTENT_WRITE)}},
    {"manage",           {[POLICY_TOPIC] = B(CREATE) | B(DELETE) | B(ALTER) | B(ALTER_CONFIGS),
                          [POLICY_GROUP] = B(DELETE) | B(ALTER_CONFIGS)}},
    {"observe",          {[POLICY_TOPIC] = B(DESCRIBE) | B(DESCRIBE_CONFIGS),
                          [POLICY_GROUP] = B(DESCRIBE), [POLICY_TXN] = B(DESCRIBE),
                          [POLICY_CLUSTER] = B(DESCRIBE)}},
    {"produce",          {[POLICY_TOPIC] = B(WRITE), [POLICY_TXN] = B(WRITE)}},
    {"read",             {[POLICY_TOPIC] = B(READ), [POLICY_GROUP] = B(READ)}},
    {"two-phase-commit", {[POLICY_TXN] = B(TWO_PHASE_COMMIT)}},
    {"write",            {[POLICY_TOPIC] = B(WRITE), [POLICY_TXN] = B(WRITE)}},
};
/* clang-format on */

static const struct {
    const char *word;
    enum policy_resource resource;
} kinds[] = {
    {"topic", POLICY_TOPIC},
    {"group", POLICY_GROUP},
    {"txn", POLICY_TXN},
    {"cluster", POLICY_CLUSTER},
    {"token", POLICY_TOKEN},
    {"user", POLICY_USER},
};

static const char *const statements[] = {
    "policy",
    "include",
    "team",
    "net",
    "auth",
    "role",
    "grant",
    "allow",
    "deny",
    "never",
    "delegate",
    "exclusive",
    "test",
};

const struct policy_operation_word *policy_operation_find(const struct policy_token *t)
{
    for (size_t i = 0; i < COUNT(operations); i++) {
        if (policy_token_is(t, operations[i].word)) {
            return &operations[i];
        }
    }
    return NULL;
}

bool policy_kind_find(const struct policy_token *t, enum policy_resource *out)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (policy_token_is(t, kinds[i].word)) {
            *out = kinds[i].resource;
            return true;
        }
    }
    return false;
}

bool policy_statement_find(const struct policy_token *t)
{
    for (size_t i = 0; i < COUNT(statements); i++) {
        if (policy_token_is(t, statements[i])) {
            return true;
        }
    }
    return false;
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
    if (near->best != NULL && near->distance == 0) {
        append(out, size, "write it without quotes; ");
    } else if (near->best != NULL) {
        append(out, size, "did you mean '");
        append(out, size, near->best);
        append(out, size, "'? ");
    }
}

static void add_word(const char *word, char *out, size_t size)
{
    append(out, size, " ");
    append(out, size, word);
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
        add_word(operations[i].word, out, size);
    }
}

void policy_kind_help(const struct policy_token *t, char *out, size_t size)
{
    char word[40];
    struct report_nearest near = {.word = token_text(t, word, sizeof(word))};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        report_nearest_offer(&near, kinds[i].word);
    }
    out[0] = '\0';
    add_nearest(&near, out, size);
    append(out, size, "kinds:");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        add_word(kinds[i].word, out, size);
    }
}

void policy_statement_help(const struct policy_token *t, char *out, size_t size)
{
    char word[40];
    struct report_nearest near = {.word = token_text(t, word, sizeof(word))};

    for (size_t i = 0; i < COUNT(statements); i++) {
        report_nearest_offer(&near, statements[i]);
    }
    out[0] = '\0';
    add_nearest(&near, out, size);
    append(out, size, "statements:");
    for (size_t i = 0; i < COUNT(statements); i++) {
        add_word(statements[i], out, size);
    }
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
        add_word(policy_method_name((enum policy_method)m), out, size);
    }
}

void policy_meaning_help(enum policy_resource resource, char *out, size_t size)
{
    (void)snprintf(out, size, "on a %s use:", policy_kind_word(resource));
    for (size_t i = 0; i < COUNT(operations); i++) {
        if (operations[i].bits[resource] != 0) {
            add_word(operations[i].word, out, size);
        }
    }
}
