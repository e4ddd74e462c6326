#include "auth_verdict.h"

#include "ipc_words.h"
#include "text.h"

#include <string.h>

#define PRINCIPAL_PREFIX "User:"

_Static_assert((int)SCHLOSS_AUTH_CONTINUE == (int)IPC_VERDICT_CONTINUE, "one number");
_Static_assert((int)SCHLOSS_AUTH_ALLOW == (int)IPC_VERDICT_ALLOW, "one number");
_Static_assert((int)SCHLOSS_AUTH_DENY == (int)IPC_VERDICT_DENY, "one number");
_Static_assert((int)SCHLOSS_AUTH_ERROR == (int)IPC_VERDICT_ERROR, "one number");
_Static_assert(SCHLOSS_AUTH_GROUPS_BYTES_MAX == IPC_GROUPS_MAX, "one limit");
_Static_assert(SCHLOSS_AUTH_ISSUER_MAX == IPC_ISSUER_MAX, "one limit");
_Static_assert(AUTH_ANSWER_MAX <= IPC_SASL_MAX, "an answer fits its message");

static bool is_printable(const void *text, size_t length)
{
    const uint8_t *bytes = text;

    for (size_t i = 0; i < length; i++) {
        if (bytes[i] < 0x20 || bytes[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_principal(const struct schloss_auth_bytes *principal)
{
    const size_t prefix = sizeof(PRINCIPAL_PREFIX) - 1;
    const uint8_t *p = principal->bytes;

    if (p == NULL || principal->length <= prefix ||
        principal->length > IPC_PRINCIPAL_MAX ||
        memcmp(p, PRINCIPAL_PREFIX, prefix) != 0 || !text_is_utf8(p, principal->length)) {
        return false;
    }
    return is_printable(p, principal->length);
}

/* Older plugins have none. */
static struct schloss_auth_bytes groups_of(const struct schloss_auth_result *r)
{
    const bool has =
        r->size >= offsetof(struct schloss_auth_result, groups) + sizeof(r->groups);

    return has ? r->groups : (struct schloss_auth_bytes){NULL, 0};
}

static struct schloss_auth_bytes issuer_of(const struct schloss_auth_result *r)
{
    const bool has =
        r->size >= offsetof(struct schloss_auth_result, issuer) + sizeof(r->issuer);

    return has ? r->issuer : (struct schloss_auth_bytes){NULL, 0};
}

static bool is_issuer(struct schloss_auth_bytes issuer)
{
    if (issuer.bytes == NULL || issuer.length == 0) {
        return issuer.length == 0;
    }
    return issuer.length <= SCHLOSS_AUTH_ISSUER_MAX &&
           text_is_utf8(issuer.bytes, issuer.length) &&
           is_printable(issuer.bytes, issuer.length);
}

/* Names without control characters, each ended by a NUL. */
static bool are_groups(struct schloss_auth_bytes groups)
{
    const char *at = groups.bytes;
    size_t left = groups.length;
    size_t count = 0;

    if (left > SCHLOSS_AUTH_GROUPS_BYTES_MAX || (at == NULL && left > 0)) {
        return false;
    }
    while (left > 0 && count++ < SCHLOSS_AUTH_GROUPS_MAX) {
        const size_t length = strnlen(at, left);
        if (length == 0 || length == left || !text_is_utf8(at, length) ||
            !is_printable(at, length)) {
            return false;
        }
        at += length + 1;
        left -= length + 1;
    }
    return left == 0;
}

static bool is_plausible(const struct schloss_auth_result *r)
{
    if (r->reason > UINT16_MAX || r->answer.length > AUTH_ANSWER_MAX ||
        (r->answer.bytes == NULL && r->answer.length > 0)) {
        return false;
    }
    switch (r->verdict) {
    case SCHLOSS_AUTH_ALLOW:
        return is_principal(&r->principal) && r->expires_ms >= 0 &&
               are_groups(groups_of(r)) && is_issuer(issuer_of(r));
    case SCHLOSS_AUTH_CONTINUE:
    case SCHLOSS_AUTH_DENY:
    case SCHLOSS_AUTH_ERROR:
        return r->principal.length == 0;
    default:
        return false;
    }
}

enum err auth_verdict_check(
    const struct schloss_auth_result *result, struct ipc_auth_result *out)
{
    if (result == NULL || result->size < offsetof(struct schloss_auth_result, groups) ||
        !is_plausible(result)) {
        return ERR_INVALID;
    }
    out->verdict = (uint8_t)result->verdict;
    out->reason = (uint16_t)result->reason;
    /* A refusal tells the client nothing more. */
    if (result->verdict == SCHLOSS_AUTH_ALLOW ||
        result->verdict == SCHLOSS_AUTH_CONTINUE) {
        out->bytes = (struct ipc_view){result->answer.bytes, result->answer.length};
    }
    if (result->verdict == SCHLOSS_AUTH_ALLOW) {
        out->principal =
            (struct ipc_view){result->principal.bytes, result->principal.length};
        out->expires_ms = result->expires_ms;
        const struct schloss_auth_bytes groups = groups_of(result);
        out->groups = (struct ipc_view){groups.bytes, groups.length};
        const struct schloss_auth_bytes issuer = issuer_of(result);
        out->issuer = (struct ipc_view){issuer.bytes, issuer.length};
    }
    return OK;
}

const char *auth_reason_text(uint16_t reason)
{
    switch (reason) {
#define TEXT(name, number, text)                                                         \
    case number:                                                                         \
        return text;
        SCHLOSS_AUTH_REASONS(TEXT)
#undef TEXT
    default:
        return "unknown reason";
    }
}
