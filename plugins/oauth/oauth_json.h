/*
 * oauth_json - JSON (RFC 8259) by jansson, read strictly.
 *
 * An object and nothing behind it; each member once, also where a name is written with
 * escapes; UTF-8; no NUL in a string; no number that does not fit; nested no deeper than
 * OAUTH_JSON_DEPTH_MAX.
 *
 * Trust: takes any bytes, and allocates no more than a small multiple of them. jansson
 * calls itself once for each level, so the depth is counted before it is asked.
 *
 * Ownership: a document is the caller's: json_decref(). What is taken from it is
 * borrowed.
 */
#ifndef OAUTH_JSON_H
#define OAUTH_JSON_H

#include "err.h"

#include <jansson.h>
#include <schloss/auth_plugin.h>
#include <stdbool.h>

#define OAUTH_JSON_DEPTH_MAX 16

/* Once, before all else and before the sandbox closes: jansson allocates through mem, and
 * has its seed from us, since it would open a device for it at its first object. */
void oauth_json_start(void);
/* ERR_INVALID: not such an object. ERR_NOMEM. */
enum err oauth_json_parse(const void *bytes, size_t length, json_t **out) MUST_CHECK;
/* False: no such member, or not a string. */
bool oauth_json_text(
    const json_t *object, const char *name, struct schloss_auth_bytes *out);
bool oauth_json_is(struct schloss_auth_bytes text, const char *expected);

#endif
