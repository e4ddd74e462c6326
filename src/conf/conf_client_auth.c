/* Whether clients show a certificate: one key for all listeners, and one for each. */
#include "conf_build.h"

_Static_assert(CONF_CLIENT_AUTH_NONE == 0 && CONF_CLIENT_AUTH_REQUESTED == 1 &&
                   CONF_CLIENT_AUTH_REQUIRED == 2,
    "the order of the words in conf_schema.c");

static void set_client_auth(struct conf_listener *l, unsigned word)
{
    l->client_auth = (enum conf_client_auth)word;
}

void conf_client_auth_read(struct conf_builder *b)
{
    conf_words_read(b, conf_key_client_auth, set_client_auth);
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
