#include "oauth_claims.h"

#include <string.h>

#define TIME_MAX_S 253402300799 /* the last second of the year 9999 */

/* --- who it is from, and for whom ------------------------------------------------- */

static bool is_for(const struct oauth_settings *settings, struct schloss_auth_bytes name)
{
    for (size_t i = 0; i < settings->audience_count; i++) {
        if (oauth_json_is(name, settings->audiences[i])) {
            return true;
        }
    }
    return false;
}

static enum schloss_auth_reason check_audience(
    const struct oauth_settings *settings, const json_t *claims)
{
    const json_t *list = json_object_get(claims, "aud");
    struct schloss_auth_bytes name;
    bool found = oauth_json_text(claims, "aud", &name) && is_for(settings, name);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (!json_is_string(one)) {
            return SCHLOSS_AUTH_REASON_TOKEN_CLAIMS;
        }
        name =
            (struct schloss_auth_bytes){json_string_value(one), json_string_length(one)};
        found = found || is_for(settings, name);
    }
    return found ? SCHLOSS_AUTH_REASON_NONE : SCHLOSS_AUTH_REASON_TOKEN_AUDIENCE;
}

/* --- time ------------------------------------------------------------------------- */

/* A NumericDate, which may have a fraction. False: not one. */
static bool take_time(const json_t *value, int64_t *out_ms)
{
    if (json_is_integer(value)) {
        const json_int_t seconds = json_integer_value(value);
        *out_ms = seconds >= 0 && seconds <= TIME_MAX_S ? seconds * 1000 : -1;
        return *out_ms >= 0;
    }
    const double seconds = json_real_value(value);
    if (!json_is_real(value) || !(seconds >= 0) || !(seconds <= (double)TIME_MAX_S)) {
        return false;
    }
    *out_ms = (int64_t)(seconds * 1000);
    return true;
}

/* `nbf` and `iat` may be left out. */
static enum schloss_auth_reason check_begun(
    const json_t *claims, const char *name, int64_t latest_ms)
{
    const json_t *value = json_object_get(claims, name);
    int64_t begins_ms;

    if (value == NULL) {
        return SCHLOSS_AUTH_REASON_NONE;
    }
    if (!take_time(value, &begins_ms)) {
        return SCHLOSS_AUTH_REASON_TOKEN_CLAIMS;
    }
    return begins_ms <= latest_ms ? SCHLOSS_AUTH_REASON_NONE
                                  : SCHLOSS_AUTH_REASON_TOKEN_EXPIRED;
}

static enum schloss_auth_reason check_times(const struct oauth_settings *settings,
    const json_t *claims, int64_t now_ms, int64_t *expires_ms_out)
{
    int64_t ends_ms;

    if (!take_time(json_object_get(claims, "exp"), &ends_ms)) {
        return SCHLOSS_AUTH_REASON_TOKEN_CLAIMS;
    }
    if (ends_ms + settings->skew_ms <= now_ms) {
        return SCHLOSS_AUTH_REASON_TOKEN_EXPIRED;
    }
    enum schloss_auth_reason reason =
        check_begun(claims, "nbf", now_ms + settings->skew_ms);
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = check_begun(claims, "iat", now_ms + settings->skew_ms);
    }
    /* Taken by the grace of the skew, the session has what is left of it. */
    ends_ms += ends_ms > now_ms ? 0 : settings->skew_ms;
    const int64_t last_ms = now_ms + settings->lifetime_max_ms;
    *expires_ms_out = ends_ms < last_ms ? ends_ms : last_ms;
    return reason;
}

/* --- the name --------------------------------------------------------------------- */

static bool take_name(const json_t *claims, const char *claim, struct oauth_identity *out)
{
    char name[USERS_NAME_MAX];
    struct schloss_auth_bytes text;
    size_t at;

    if (!oauth_json_text(claims, claim, &text) || text.length > sizeof(name)) {
        return false;
    }
    /* The rule of names, but for the ':'. */
    for (size_t i = 0; i < text.length; i++) {
        const char c = ((const char *)text.bytes)[i];
        name[i] = c;
        if (c == ':') {
            name[i] = '_';
        }
    }
    if (users_name_problem(name, text.length, &at) != NULL) {
        return false;
    }
    memcpy(out->name, text.bytes, text.length);
    out->name_length = text.length;
    return true;
}

/* One text, or a list of texts. */
static bool is_scope(const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_string(json_array_get(value, i))) {
            return false;
        }
    }
    return value == NULL || json_is_string(value) || json_is_array(value);
}

/* --- groups ----------------------------------------------------------------------- */

static bool add_group(const json_t *value, struct oauth_identity *out)
{
    const char *text = json_string_value(value);
    const size_t length = json_string_length(value);

    if (text == NULL || length == 0 || strlen(text) != length ||
        length >= sizeof(out->groups) - out->groups_length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    memcpy(out->groups + out->groups_length, text, length + 1);
    out->groups_length += length + 1;
    return true;
}

static bool take_groups(const json_t *value, struct oauth_identity *out)
{
    if (value == NULL || json_is_string(value)) {
        return value == NULL || add_group(value, out);
    }
    bool good = json_is_array(value) && json_array_size(value) <= SCHLOSS_AUTH_GROUPS_MAX;
    for (size_t i = 0; good && i < json_array_size(value); i++) {
        good = add_group(json_array_get(value, i), out);
    }
    return good;
}

enum schloss_auth_reason oauth_claims_check(const struct oauth_settings *settings,
    const json_t *claims, int64_t now_ms, struct oauth_identity *out)
{
    struct oauth_identity who = {.name_length = 0};
    struct schloss_auth_bytes issuer;

    if (!oauth_json_text(claims, "iss", &issuer) ||
        !oauth_json_is(issuer, settings->issuer)) {
        return SCHLOSS_AUTH_REASON_TOKEN_ISSUER;
    }
    enum schloss_auth_reason reason = check_audience(settings, claims);
    if (reason == SCHLOSS_AUTH_REASON_NONE) {
        reason = check_times(settings, claims, now_ms, &who.expires_ms);
    }
    if (reason != SCHLOSS_AUTH_REASON_NONE) {
        return reason;
    }
    if (json_object_get(claims, "cnf") != NULL ||
        !is_scope(json_object_get(claims, settings->scope_claim)) ||
        !take_name(claims, settings->sub_claim, &who) ||
        !take_groups(json_object_get(claims, settings->groups_claim), &who)) {
        return SCHLOSS_AUTH_REASON_TOKEN_CLAIMS;
    }
    *out = who;
    return SCHLOSS_AUTH_REASON_NONE;
}
