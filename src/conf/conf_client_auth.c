/* Whether clients show a certificate: one key for all listeners, and one for each. */
#include "conf_build.h"

#include <stdio.h>
#include <string.h>

/* Both without the name of the listener, which stands between them. */
#define BEFORE "listener.name."
#define BEHIND ".ssl.client.auth"

_Static_assert(CONF_CLIENT_AUTH_NONE == 0 && CONF_CLIENT_AUTH_REQUESTED == 1 &&
                   CONF_CLIENT_AUTH_REQUIRED == 2,
    "the order of the words in conf_schema.c");

static void set_all(struct conf_builder *b)
{
    const char *text = conf_text(b, conf_key_client_auth);
    const struct conf_key *key = conf_key_at(conf_schema_find(conf_key_client_auth));
    int word = text != NULL ? conf_word_find(key->words, text) : -1;

    for (size_t i = 0; word >= 0 && i < b->conf->listener_count; i++) {
        struct conf_listener *l = &b->conf->listeners[i];
        if (conf_has_tls(l->protocol)) {
            l->client_auth = (enum conf_client_auth)word;
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

static void set_one(struct conf_builder *b, const struct conf_property *p,
    const struct conf_key *key, const struct conf_piece *name)
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
        (void)snprintf(message, sizeof(message), "unknown value %s",
            conf_quote(quoted, sizeof(quoted), p->value, strlen(p->value)));
        conf_fail_property(
            b, p, NULL, "CONF023", "write one of: none requested required", message);
    } else {
        l->client_auth = (enum conf_client_auth)word;
    }
}

void conf_client_auth_read(struct conf_builder *b)
{
    size_t row = conf_schema_find(BEFORE "x" BEHIND);
    const size_t around = strlen(BEFORE) + strlen(BEHIND);

    INVARIANT(row < conf_schema_count());
    set_all(b);
    /* The last of the files wins, so each is read, in order. */
    for (size_t i = 0; i < b->properties->count; i++) {
        const struct conf_property *p = &b->properties->items[i];
        if (conf_schema_find(p->key) == row) {
            const struct conf_piece name = {
                p->key + strlen(BEFORE), strlen(p->key) - around};
            set_one(b, p, conf_key_at(row), &name);
        }
    }
}

void conf_client_auth_check(struct conf_builder *b)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        const struct conf_listener *l = &b->conf->listeners[i];
        if (l->client_auth != CONF_CLIENT_AUTH_NONE && !b->conf->tls13) {
            conf_fail(b, "ssl.enabled.protocols", NULL, "CONF045", "add TLSv1.3",
                "the listener %s asks for client certificates, which needs TLSv1.3",
                l->name);
        }
    }
}
