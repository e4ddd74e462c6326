/*
 * policytool_message - errors and warnings of policy files for programs: JSON, SARIF 2.1.0
 * and the commands by which GitHub's runners mark lines.
 *
 * Trust: names and words are the files'; each form is escaped as it wants.
 */
#ifndef POLICYTOOL_MESSAGE_H
#define POLICYTOOL_MESSAGE_H

#include "report.h"

enum policytool_form {
    POLICYTOOL_TEXT,
    POLICYTOOL_JSON,
    POLICYTOOL_SARIF,
    POLICYTOOL_GITHUB,
};

struct policytool_messages {
    enum policytool_form form;
    struct buf items;
    size_t count;
};

/* False: it is none. */
bool policytool_form_of(const char *word, enum policytool_form *out);
void policytool_messages_init(
    struct policytool_messages *m, enum policytool_form form, struct report *report);
void policytool_messages_fini(struct policytool_messages *m);
/* All of the output in that form; summary is the members of a JSON object, without its
 * braces, and only there. */
enum err policytool_messages_write(
    const struct policytool_messages *m, const char *summary, struct buf *out) MUST_CHECK;

#endif
