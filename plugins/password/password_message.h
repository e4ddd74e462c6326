/*
 * password_message - the one message of SASL PLAIN (RFC 4616), taken apart strictly.
 *
 * Cyrus parses the message too; this comes first and is narrower, so that what the two
 * understand can be compared and nothing odd reaches Cyrus.
 *
 * Trust: takes any bytes. Ownership: the parts borrow the message.
 */
#ifndef PASSWORD_MESSAGE_H
#define PASSWORD_MESSAGE_H

#include "users_file.h"

#include <schloss/auth_plugin.h>
#include <stdint.h>

/* authzid NUL authcid NUL password */
#define PASSWORD_MESSAGE_MAX (2 * USERS_NAME_MAX + 2 + USERS_PASSWORD_MAX)

struct password_message {
    const char *name; /* the authcid */
    size_t name_length;
    const char *password;
    size_t password_length;
};

/* SCHLOSS_AUTH_REASON_NONE: well-formed, and *out is set. */
enum schloss_auth_reason password_message_parse(
    struct password_message *out, const void *bytes, size_t length) MUST_CHECK;

#endif
