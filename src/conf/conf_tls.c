/* Words of listeners with TLS, and which of them speaks what: policies, versions, FIPS. */
#include "conf_build.h"

#include <stdio.h>
#include <string.h>

/* --- words, of all listeners and of one --------------------------------------------- */

static void set_all(struct conf_builder *b, const char *name,
    void (*set)(struct conf_listener *l, unsigned word))
{
    const char *text = conf_text(b, name);
    const struct conf_key *key = conf_key_at(conf_schema_find(name));
    int word = text != NULL ? conf_word_find(key->words, text) : -1;

    for (size_t i = 0; word >= 0 && i < b->conf->listener_count; i++) {
        struct conf_listener *l = &b->conf->listeners[i];
        if (conf_has_tls(l->protocol)) {
            set(l, (unsigned)word);
        }
    }
}

static bool is_lower(const struct conf_piece *name)
{
    for (size_t i = 0; i < name->length; i++) {
        if (name->text[i] >= 'A' && name->text[i] <= 'Z') {
            return false;
        }
    }
    return true;
}

static void refuse_word(
    struct conf_builder *b, const struct conf_property *p, const struct conf_key *key)
{
    char help[160] = "write one of:";
    char quoted[100];
    char message[200];

    for (size_t i = 0; key->words[i] != NULL; i++) {
        size_t used = strlen(help);
        (void)snprintf(help + used, sizeof(help) - used, " %s", key->words[i]);
    }
    (void)snprintf(message, sizeof(message), "unknown value %s",
        conf_quote(quoted, sizeof(quoted), p->value, strlen(p->value)));
    conf_fail_property(b, p, NULL, "CONF023", help, message);
}

static void set_one(struct conf_builder *b, const struct conf_property *p,
    const struct conf_key *key, const struct conf_piece *name,
    void (*set)(struct conf_listener *l, unsigned word))
{
    struct conf_listener *l = conf_listener_find(b, name);
    int word = conf_word_find(key->words, p->value);
    char quoted[100];
    char message[200];

    (void)conf_quote(quoted, sizeof(quoted), name->text, name->length);
    if (l == NULL || !is_lower(name)) {
        (void)snprintf(message, sizeof(message), "there is no listener %s", quoted);
        conf_fail_property(b, p, NULL, "CONF044",
            l == NULL ? "name one of `listeners`, in lower case" : "use lower case",
            message);
    } else if (!conf_has_tls(l->protocol)) {
        (void)snprintf(message, sizeof(message),
            "the listener %s has no TLS, and with it no certificates", quoted);
        conf_fail_property(b, p, NULL, "CONF044", "leave it out", message);
    } else if (word < 0) {
        refuse_word(b, p, key);
    } else {
        set(l, (unsigned)word);
    }
}

void conf_words_read(struct conf_builder *b, const char *key,
    void (*set)(struct conf_listener *l, unsigned word))
{
    const size_t before = strlen(conf_key_of_listener);
    const size_t around = before + 1 + strlen(key);
    char pattern[128];

    (void)snprintf(pattern, sizeof(pattern), "%sx.%s", conf_key_of_listener, key);
    size_t row = conf_schema_find(pattern);
    INVARIANT(row < conf_schema_count());
    set_all(b, key, set);
    /* The last of the files wins, so each is read, in order. */
    for (size_t i = 0; i < b->properties->count; i++) {
        const struct conf_property *p = &b->properties->items[i];
        if (conf_schema_find(p->key) == row) {
            const struct conf_piece name = {p->key + before, strlen(p->key) - around};
            set_one(b, p, conf_key_at(row), &name, set);
        }
    }
}

/* --- policies ------------------------------------------------------------------------ */

static void set_policy(struct conf_listener *l, unsigned word)
{
    l->tls_policy = (enum tlspolicy_name)word;
}

void conf_tls_read(struct conf_builder *b)
{
    struct conf *conf = b->conf;
    const char *fips = conf_text(b, conf_key_fips);

    conf->fips = fips != NULL && strcmp(fips, "required") == 0;
    if (conf->fips && !conf_is_set(b, conf_key_tls_policy)) {
        conf->memory->values[conf_schema_find(conf_key_tls_policy)] =
            tlspolicy_get(TLSPOLICY_FIPS)->name;
    }
    conf_words_read(b, conf_key_tls_policy, set_policy);
}

/* --- versions ------------------------------------------------------------------------ */

static const char versions_key[] = "ssl.enabled.protocols";

static void read_versions(struct conf_builder *b, bool *tls12_out, bool *tls13_out)
{
    const char *text = conf_text(b, versions_key);
    struct conf_piece piece;

    *tls12_out = text == NULL;
    *tls13_out = text == NULL;
    while (text != NULL && conf_piece_next(&text, ',', &piece)) {
        *tls12_out = *tls12_out || conf_piece_is(&piece, "TLSv1.2");
        *tls13_out = *tls13_out || conf_piece_is(&piece, "TLSv1.3");
    }
}

static void check_versions(struct conf_builder *b, bool tls12, bool tls13)
{
    struct conf *conf = b->conf;
    const char *named = NULL;
    bool failed = false;

    for (size_t i = 0; i < conf->listener_count; i++) {
        const struct conf_listener *l = &conf->listeners[i];
        const struct tlspolicy *p = tlspolicy_get(l->tls_policy);
        if (!conf_has_tls(l->protocol)) {
            continue;
        }
        bool has12 = tls12 && p->version_min <= TLSPOLICY_1_2;
        if (!has12 && !tls13) {
            conf_fail(b, versions_key, NULL, "CONF043",
                "add TLSv1.3, or set schloss.tls.policy=intermediate with TLSv1.2",
                "the listener %s has TLS but no version of it is enabled", l->name);
        }
        conf->tls12 = conf->tls12 || has12;
        conf->tls13 = conf->tls13 || tls13;
        named = p->name;
        failed = failed || (!has12 && !tls13);
    }
    if (!failed && named != NULL && tls12 && !conf->tls12 &&
        conf_is_set(b, versions_key)) {
        conf_fail(b, versions_key, NULL, "CONF043",
            "leave TLSv1.2 out, or set schloss.tls.policy=intermediate",
            "schloss.tls.policy=%s does not have TLSv1.2", named);
    }
}

/* --- FIPS ---------------------------------------------------------------------------- */

static const char *const inside[] = {"SCRAM-SHA-256", "SCRAM-SHA-512"};

/* What has cryptography of its own, and whose. */
static const struct {
    const char *mechanism;
    const char *why;
} outside[] = {
    {"PLAIN", "keeps passwords by Argon2id, of libsodium"},
    {"GSSAPI", "has the cryptography of the Kerberos library"},
};

static bool is_inside(const char *mechanism)
{
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        if (strcmp(inside[i], mechanism) == 0) {
            return true;
        }
    }
    return false;
}

static const char *why_outside(const char *mechanism)
{
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        if (strcmp(outside[i].mechanism, mechanism) == 0) {
            return outside[i].why;
        }
    }
    return "does not ask that provider";
}

static void check_mechanisms(struct conf_builder *b, const struct conf_listener *l)
{
    for (size_t i = 0; i < l->mechanisms.count; i++) {
        const char *mechanism = l->mechanisms.items[i];
        if (!is_inside(mechanism)) {
            conf_fail(b, conf_key_fips, NULL, "CONF046",
                "offer SCRAM-SHA-256 or SCRAM-SHA-512",
                "the listener %s offers %s, which %s: schloss.fips=required switches it "
                "off",
                l->name, mechanism, why_outside(mechanism));
        }
    }
}

static void check_fips(struct conf_builder *b)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        const struct conf_listener *l = &b->conf->listeners[i];
        if (conf_has_tls(l->protocol) && l->tls_policy != TLSPOLICY_FIPS) {
            conf_fail(b, conf_key_fips, NULL, "CONF046",
                "write fips, or leave schloss.tls.policy out",
                "the listener %s has schloss.tls.policy=%s, which schloss.fips=required "
                "does not allow",
                l->name, tlspolicy_get(l->tls_policy)->name);
        }
        if (l->client_auth != CONF_CLIENT_AUTH_NONE) {
            conf_fail(b, conf_key_fips, NULL, "CONF046", "write ssl.client.auth=none",
                "the listener %s asks for client certificates, whose judge does not ask "
                "that provider: schloss.fips=required switches them off",
                l->name);
        }
        check_mechanisms(b, l);
    }
}

void conf_tls_check(struct conf_builder *b)
{
    bool tls12 = false;
    bool tls13 = false;

    read_versions(b, &tls12, &tls13);
    check_versions(b, tls12, tls13);
    if (b->conf->fips) {
        check_fips(b);
    }
}
