/*
 * oauth_message - the client's first message of OAUTHBEARER (RFC 7628 3.1), taken apart.
 *
 *     n,a=alice,^Aauth=Bearer TOKEN^Akey=value^A^A
 *
 * The user between the commas may be left out. Of the pairs only `auth` means something,
 * and it must be there once; host, port and what clients send as extensions are checked
 * for their form and left alone. Channel binding is not on offer, so the message begins
 * with "n" or "y".
 *
 * The second message, after an error, is one ^A; since the answer to it is a refusal
 * whatever it says, it is not looked at.
 *
 * Trust: takes any bytes. Ownership: the parts borrow the message, the user is a copy.
 *
 * Limits: OAUTH_MESSAGE_MAX bytes, which is what the host lets through.
 */
#ifndef OAUTH_MESSAGE_H
#define OAUTH_MESSAGE_H

#include "users_file.h"

#include <schloss/auth_plugin.h>

#define OAUTH_MESSAGE_MAX 16384

struct oauth_message {
    char user[USERS_NAME_MAX];       /* the authzid, decoded */
    size_t user_length;              /* 0: none was given */
    struct schloss_auth_bytes token; /* any characters of a value; may be empty */
};

/* SCHLOSS_AUTH_REASON_NONE: well-formed, and *out is set. */
enum schloss_auth_reason oauth_message_parse(
    struct oauth_message *out, const void *bytes, size_t length) MUST_CHECK;

#endif
