/*
 * policy_words - the words of the language: operations, kinds, statements, qualifiers.
 *
 * Every word of the language is known here, also those that this version refuses: a file
 * that uses them is told so, instead of being misread.
 */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

#include "policy_lexer.h"

enum policy_word_use {
    POLICY_WORD_UNKNOWN,
    POLICY_WORD_KNOWN,
    POLICY_WORD_LATER, /* in the language, not in this version */
};

struct policy_operation_word {
    const char *word;
    uint32_t bits[POLICY_USER + 1]; /* by resource; 0: has no meaning there */
    enum policy_word_use use;
};

/* NULL where there is no such operation. */
const struct policy_operation_word *policy_operation_find(const struct policy_token *t);
enum policy_word_use policy_kind_find(
    const struct policy_token *t, enum policy_resource *out);
enum policy_word_use policy_statement_find(const struct policy_token *t);
enum policy_word_use policy_qualifier_find(const struct policy_token *t);

/* Sentences for `help:`. */
void policy_operation_help(const struct policy_token *t, char *out, size_t size);
void policy_kind_help(const struct policy_token *t, char *out, size_t size);
void policy_statement_help(const struct policy_token *t, char *out, size_t size);
void policy_method_help(const struct policy_token *t, char *out, size_t size);
void policy_meaning_help(enum policy_resource resource, char *out, size_t size);
const char *policy_kind_word(enum policy_resource resource);

#endif
