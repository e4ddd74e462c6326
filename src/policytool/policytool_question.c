#include "policytool_question.h"

#include "policy_value.h"
#include "policy_words.h"
#include "text.h"

#include <string.h>

#define MINUTE_MS 60000 /* conditions begin and end with a minute */
#define TYPE      "User:"
#define ANONYMOUS "ANONYMOUS" /* Apache Kafka's name for whoever did not log in */

static struct policy_view view(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

static bool complain(struct buf *b, const char *before, const char *word,
    const char *after, const char *help)
{
    buf_add_text(b, before);
    buf_add_text(b, "'");
    text_add_safe(b, word, strlen(word), true);
    buf_add_text(b, "'");
    buf_add_text(b, after);
    buf_add_text(b, "\n");
    if (help != NULL) {
        buf_add_text(b, "  help: ");
        buf_add_text(b, help);
        buf_add_text(b, "\n");
    }
    return false;
}

/* --- who --- */

static struct policy_view without_type(struct policy_view name)
{
    const size_t length = policy_value_starts(name, TYPE) ? strlen(TYPE) : 0;

    return (struct policy_view){name.ptr + length, name.len - length};
}

static bool take_who(
    const char *word, struct policytool_question *out, struct buf *complaint)
{
    out->is_anonymous = strcmp(word, "anonymous") == 0;
    if (out->is_anonymous) {
        out->principal = view(ANONYMOUS);
        return true;
    }
    out->principal = without_type(view(word));
    if (out->principal.len == 0 || word[0] == '@' || strcmp(word, "any") == 0) {
        return complain(complaint, "", word, " is not a principal",
            "write alice or User:alice; the question is about one principal");
    }
    return true;
}

/* ldap:NAME or claim:NAME */
static bool take_group(
    const char *value, struct policytool_question *out, struct buf *complaint)
{
    const char *colon = strchr(value, ':');
    const size_t length = colon == NULL ? 0 : (size_t)(colon - value);
    const struct policy_group group = {
        {(const uint8_t *)value, length}, view(colon == NULL ? "" : colon + 1)};

    if ((!policy_value_is(group.source, "ldap") &&
            !policy_value_is(group.source, "claim")) ||
        group.name.len == 0) {
        return complain(complaint, "group=", value, " is not a group",
            "write group=ldap:NAME or group=claim:NAME");
    }
    if (out->group_count == POLICYTOOL_GROUPS_MAX) {
        return complain(complaint, "too many groups: ", value, "", NULL);
    }
    out->groups[out->group_count++] = group;
    return true;
}

/* --- what --- */

static struct policy_token token(const char *word)
{
    return (struct policy_token){.kind = POLICY_TOKEN_WORD, .text = view(word)};
}

static bool take_operation(
    const char *word, struct policytool_question *out, struct buf *complaint)
{
    const struct policy_token t = token(word);
    const struct policy_operation_word *operation = policy_operation_find(&t);
    char help[400];

    if (operation == NULL) {
        policy_operation_help(&t, help, sizeof(help));
        return complain(complaint, "unknown operation ", word, "", help);
    }
    const uint32_t bits = operation->bits[out->resource];
    if (bits == 0) {
        policy_meaning_help(out->resource, help, sizeof(help));
        buf_add_text(complaint, policy_kind_word(out->resource));
        return complain(complaint, ": ", word, " has no meaning on it", help);
    }
    if ((bits & (bits - 1)) != 0) {
        return complain(
            complaint, "", word, " is more than one operation", "ask for one of them");
    }
    out->operation = (enum policy_operation)__builtin_ctz(bits);
    return true;
}

static bool take_kind(
    const char *word, struct policytool_question *out, struct buf *complaint)
{
    const struct policy_token t = token(word);
    char help[400];

    if (policy_kind_find(&t, &out->resource)) {
        return true;
    }
    policy_kind_help(&t, help, sizeof(help));
    return complain(complaint, "unknown kind of resource ", word, "", help);
}

/* How many words it took; 0: complained. */
static size_t take_what(
    struct policytool_words w, struct policytool_question *out, struct buf *complaint)
{
    if (w.count < 2) {
        buf_add_text(complaint, "expected an operation and a kind of resource\n"
                                "  help: for example: read topic payments\n");
        return 0;
    }
    if (!take_kind(w.words[1], out, complaint) ||
        !take_operation(w.words[0], out, complaint)) {
        return 0;
    }
    if (out->resource == POLICY_CLUSTER) {
        const bool is_named = w.count > 2 && strchr(w.words[2], '=') == NULL;
        out->name = view(POLICY_CLUSTER_NAME);
        return is_named ? 3 : 2;
    }
    if (w.count < 3) {
        return complain(complaint, "expected a name behind ", w.words[1], "", NULL);
    }
    out->name = view(w.words[2]);
    if (out->resource == POLICY_USER) {
        out->name = without_type(out->name);
    }
    if (out->name.len == 0) {
        return complain(complaint, "the name behind ", w.words[1], " is empty", NULL);
    }
    return 3;
}

/* --- circumstances --- */

static bool take_address(const char *value, struct policytool_question *out)
{
    struct policy_net net;

    if (!policy_net_parse(view(value), &net) || net.bits != 128) {
        return false;
    }
    memcpy(out->context.address, net.address, sizeof(net.address));
    return true;
}

static bool take_tls(const char *value, struct policytool_question *out)
{
    if (strcmp(value, "no") == 0) {
        out->context.tls = 0;
        return true;
    }
    return policy_value_tls(view(value), &out->context.tls);
}

static bool take_method(const char *value, struct policytool_question *out)
{
    if (strcmp(value, "none") == 0) {
        out->context.method = POLICY_METHOD_NONE;
        return true;
    }
    return policy_value_method(view(value), &out->context.method);
}

static bool take_age(const char *value, struct policytool_question *out)
{
    int64_t age = 0;

    if (!policy_value_duration(view(value), &age)) {
        return false;
    }
    out->context.authenticated_ms = -age; /* until it is known when `now` is */
    return true;
}

static bool take_time(const char *value, struct policytool_question *out)
{
    return policy_value_time(view(value), &out->context.now_ms);
}

static bool take_listener(const char *value, struct policytool_question *out)
{
    out->context.listener = view(value);
    return policy_value_listener(out->context.listener);
}

static bool take_issuer(const char *value, struct policytool_question *out)
{
    out->context.issuer = view(value);
    return value[0] != '\0';
}

struct circumstance {
    const char *key;
    bool (*take)(const char *value, struct policytool_question *out);
    const char *help;
};

static const struct circumstance circumstances[] = {
    {"from=", take_address, "write an address: from=10.20.4.7"},
    {"via=", take_listener, "write the name of a listener: via=INTERNAL"},
    {"with=", take_method,
        "methods: mtls gssapi oauth scram256 scram512 plain token peer none"},
    {"tls=", take_tls, "write tls=1.2, tls=1.3 or tls=no"},
    {"at=", take_time, "write at=2026-12-31 or at=2026-12-31T18:00Z (always UTC)"},
    {"age=", take_age, "write how long ago it logged in: age=8h"},
    {"issuer=", take_issuer, "write who issued the credential"},
};

static bool take_circumstance(
    const char *word, struct policytool_question *out, struct buf *complaint)
{
    for (size_t i = 0; i < sizeof(circumstances) / sizeof(circumstances[0]); i++) {
        const struct circumstance *c = &circumstances[i];
        if (strncmp(word, c->key, strlen(c->key)) != 0) {
            continue;
        }
        return c->take(word + strlen(c->key), out) ||
               complain(complaint, "", word, " can not be read", c->help);
    }
    if (strncmp(word, "group=", strlen("group=")) == 0) {
        return take_group(word + strlen("group="), out, complaint);
    }
    return complain(complaint, "unexpected ", word, "",
        "circumstances: from= via= with= tls= at= age= issuer= group=");
}

static void set_defaults(struct policytool_question *out, int64_t now_ms)
{
    *out = (struct policytool_question){.context = {.method = POLICY_METHOD_MTLS,
                                            .tls = 0x0304,
                                            .now_ms = now_ms - now_ms % MINUTE_MS,
                                            .clock_is_sure = true}};
    INVARIANT(take_address("0.0.0.0", out));
}

static struct policytool_words behind(struct policytool_words w, size_t count)
{
    return (struct policytool_words){w.words + count, w.count - count};
}

bool policytool_question_parse(struct policytool_words w, int64_t now_ms,
    struct policytool_question *out, struct buf *complaint)
{
    set_defaults(out, now_ms);
    if (w.count == 0) {
        buf_add_text(complaint, "expected a principal\n");
        return false;
    }
    if (!take_who(w.words[0], out, complaint)) {
        return false;
    }
    const size_t taken = take_what(behind(w, 1), out, complaint);
    if (taken == 0) {
        return false;
    }
    for (size_t i = 1 + taken; i < w.count; i++) {
        if (!take_circumstance(w.words[i], out, complaint)) {
            return false;
        }
    }
    out->context.authenticated_ms += out->context.now_ms;
    return true;
}

bool policytool_question_parse_what(
    struct policytool_words w, struct policytool_question *out, struct buf *complaint)
{
    set_defaults(out, 0);
    const size_t taken = take_what(w, out, complaint);
    return taken != 0 &&
           (taken == w.count || complain(complaint, "unexpected ", w.words[taken], "",
                                    "one name is asked for"));
}

bool policytool_question_parse_who(
    struct policytool_words w, struct policytool_question *out, struct buf *complaint)
{
    set_defaults(out, 0);
    if (w.count == 0) {
        buf_add_text(complaint, "expected a principal\n");
        return false;
    }
    bool good = take_who(w.words[0], out, complaint);
    for (size_t i = 1; i < w.count && good; i++) {
        good = strncmp(w.words[i], "group=", strlen("group=")) == 0
                   ? take_group(w.words[i] + strlen("group="), out, complaint)
                   : complain(complaint, "unexpected ", w.words[i], "",
                         "write group=ldap:NAME or group=claim:NAME");
    }
    return good;
}
