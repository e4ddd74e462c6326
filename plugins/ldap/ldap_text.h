/*
 * ldap_text - the name that somebody typed, put into a DN or a search filter.
 *
 * Everything but ASCII letters, digits and "-_.@" is written as a backslash and two hex
 * digits, which both RFC 4514 and RFC 4515 allow for any byte: what is typed stays one
 * value, whatever stands around it.
 *
 * Trust: names are hostile; templates are the administrator's. Ownership: appends to the
 * caller's buffer.
 */
#ifndef LDAP_TEXT_H
#define LDAP_TEXT_H

#include "buf.h"

#include <stdbool.h>

/* %u stands for the name, %% for a percent sign; there is at least one %u and no other. */
bool ldap_text_is_template(const char *text);
/* text: a template. Look at buf_error() behind it. */
void ldap_text_expand(struct buf *out, const char *text, const char *name, size_t length);

/* Directories compare names without regard to case, and fold what is not ASCII: only of
 * such a name, in lower case and ASCII, there is one spelling. */
bool ldap_text_has_one_spelling(const char *name, size_t length);

#endif
