#include "oauth_settings.h"

#include "text.h"

#include <string.h>

struct reader {
    struct oauth_settings *out;
    const struct schloss_auth_setting *settings;
    size_t count;
    const char *key; /* the one at hand */
    const char *why; /* not NULL: what is wrong with it */
};

static void fail(struct reader *r, const char *why)
{
    r->why = why;
}

/* The value of a setting, without the blanks around it; empty where there is none. */
static struct schloss_auth_bytes look_up(
    struct reader *r, const char *key, const char *otherwise)
{
    const char *value = NULL;

    r->key = key;
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->settings[i].name, key) != 0) {
            continue;
        }
        if (value != NULL) {
            fail(r, "is there twice");
        }
        value = r->settings[i].value;
    }
    value = value == NULL ? otherwise : value;
    value += strspn(value, " \t");
    size_t length = strlen(value);
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t')) {
        length--;
    }
    if (length == 0) {
        value = otherwise;
        length = strlen(otherwise);
    }
    return (struct schloss_auth_bytes){value, length};
}

static void copy_text(struct reader *r, char *out, struct schloss_auth_bytes text)
{
    if (text.length == 0) {
        fail(r, "is required, and is not there");
    } else if (text.length > OAUTH_TEXT_MAX) {
        fail(r, "is longer than 512 bytes");
    } else if (!text_is_utf8(text.bytes, text.length)) {
        fail(r, "is not UTF-8");
    } else {
        memcpy(out, text.bytes, text.length);
        out[text.length] = '\0';
    }
}

static void read_text(struct reader *r, const char *key, const char *otherwise, char *out)
{
    struct schloss_auth_bytes value = look_up(r, key, otherwise);

    if (r->why == NULL) {
        copy_text(r, out, value);
    }
}

static int64_t read_seconds(
    struct reader *r, const char *key, const char *otherwise, int64_t min, int64_t max)
{
    struct schloss_auth_bytes value = look_up(r, key, otherwise);
    int64_t seconds = min;

    if (text_to_i64(value.bytes, value.length, min, max, &seconds) != OK) {
        fail(r, "is not a number of seconds within its bounds");
    }
    return seconds * 1000;
}

/* The next word of a list between commas; false: there is none. */
static bool next_word(
    struct schloss_auth_bytes *list, struct schloss_auth_bytes *word_out)
{
    const char *p = list->bytes;
    size_t left = list->length;
    size_t length = 0;

    while (left > 0 && (*p == ' ' || *p == '\t' || *p == ',')) {
        p++;
        left--;
    }
    while (length < left && p[length] != ',') {
        length++;
    }
    *list = (struct schloss_auth_bytes){p + length, left - length};
    *word_out = (struct schloss_auth_bytes){p, length};
    while (length > 0 && (p[length - 1] == ' ' || p[length - 1] == '\t')) {
        length--;
    }
    word_out->length = length;
    return length > 0;
}

static void read_audiences(struct reader *r)
{
    struct schloss_auth_bytes list = look_up(r, OAUTH_SET_AUDIENCE, "");
    struct schloss_auth_bytes word;
    struct oauth_settings *s = r->out;

    while (r->why == NULL && next_word(&list, &word)) {
        if (s->audience_count == OAUTH_AUDIENCES_MAX) {
            fail(r, "names more than 16 audiences");
            return;
        }
        copy_text(r, s->audiences[s->audience_count], word);
        s->audience_count++;
    }
    if (r->why == NULL && s->audience_count == 0) {
        fail(r, "is required, and is not there");
    }
}

static void read_algorithms(struct reader *r)
{
    struct schloss_auth_bytes list =
        look_up(r, OAUTH_SET_ALGORITHMS, "RS256,PS256,ES256,EdDSA");
    struct schloss_auth_bytes word;
    enum oauth_algorithm algorithm;

    while (r->why == NULL && next_word(&list, &word)) {
        if (!oauth_algorithm_of(word, &algorithm)) {
            fail(r, "names another algorithm than RS256, PS256, ES256 and EdDSA");
            return;
        }
        r->out->algorithms |= OAUTH_BIT(algorithm);
    }
    if (r->why == NULL && r->out->algorithms == 0) {
        fail(r, "names no algorithm");
    }
}

/* One after the other, up to the first that is wrong. */
static void read_all(struct reader *r)
{
    struct oauth_settings *s = r->out;

    read_audiences(r);
    if (r->why == NULL) {
        read_text(r, OAUTH_SET_ISSUER, "", s->issuer);
    }
    if (r->why == NULL) {
        read_text(r, OAUTH_SET_SUB, "sub", s->sub_claim);
    }
    if (r->why == NULL) {
        read_text(r, OAUTH_SET_SCOPE, "scope", s->scope_claim);
    }
    if (r->why == NULL) {
        read_text(r, OAUTH_SET_GROUPS, "groups", s->groups_claim);
    }
    if (r->why == NULL) {
        read_algorithms(r);
    }
    if (r->why == NULL) {
        s->skew_ms = read_seconds(r, OAUTH_SET_SKEW, "30", 0, OAUTH_SKEW_MAX_S);
    }
    if (r->why == NULL) {
        s->lifetime_max_ms =
            read_seconds(r, OAUTH_SET_LIFETIME, "86400", 1, OAUTH_LIFETIME_MAX_S);
    }
}

enum err oauth_settings_read(struct oauth_settings *out,
    const struct schloss_auth_setting *settings, size_t count, const char **key_out,
    const char **why_out)
{
    struct reader r = {.out = out, .settings = settings, .count = count};

    memset(out, 0, sizeof(*out));
    read_all(&r);
    if (r.why != NULL) {
        *key_out = r.key;
        *why_out = r.why;
        return ERR_INVALID;
    }
    return OK;
}
