/*
 * policy_words - the words of the language: operations, kinds, statements; and sentences
 * about them for `help:`.
 */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

#include "policy_lexer.h"

struct policy_operation_word {
    const char *word;
    uint32_t bits[POLICY_USER + 1]; /* by resource; 0: has no meaning there */
};

/* NULL where there is no such operation. */
const struct policy_operation_word *policy_operation_find(const struct policy_token *t);
/* Whether it is the word for a kind of resource. */
bool policy_kind_find(const struct policy_token *t, enum policy_resource *out);
/* Whether it is a word that begins a statement. */
bool policy_statement_find(const struct policy_token *t);
const char *policy_kind_word(enum policy_resource resource);

/* Sentences for `help:`. */
void policy_operation_help(const struct policy_token *t, char *out, size_t size);
void policy_kind_help(const struct policy_token *t, char *out, size_t size);
void policy_statement_help(const struct policy_token *t, char *out, size_t size);
void policy_method_help(const struct policy_token *t, char *out, size_t size);
void policy_meaning_help(enum policy_resource resource, char *out, size_t size);

#endif
