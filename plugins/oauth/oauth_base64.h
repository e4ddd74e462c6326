/*
 * oauth_base64 - base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
 *
 * Strict: no padding, no blanks, no line ends, and the bits that are left over are zero,
 * so that there is exactly one text for each string of bytes: a token can not be written
 * in two ways.
 *
 * Trust: takes any bytes. Ownership: writes into the caller's memory.
 */
#ifndef OAUTH_BASE64_H
#define OAUTH_BASE64_H

#include "err.h"

#include <schloss/auth_plugin.h>

/* Enough for what a text of that length decodes to. */
#define OAUTH_BASE64_SIZE(length) ((length) / 4 * 3 + 3)

/* ERR_INVALID: not base64url. ERR_FULL: more than size bytes. out is undefined then. */
enum err oauth_base64_decode(uint8_t *out, size_t size, struct schloss_auth_bytes text,
    size_t *length_out) MUST_CHECK;

#endif
