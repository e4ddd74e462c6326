/* Listeners: five keys that only mean something together. */
#include "conf_build.h"
#include "text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define HOST_MAX 255

static const char *const protocols[] = {
    "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL", NULL};

struct address {
    struct conf_piece name;
    const char *host;
    uint16_t port;
};

static bool has_sasl(enum conf_protocol protocol)
{
    return protocol == CONF_SASL_PLAINTEXT || protocol == CONF_SASL_SSL;
}

bool conf_has_tls(enum conf_protocol protocol)
{
    return protocol == CONF_SSL || protocol == CONF_SASL_SSL;
}

static bool is_listener_name(const char *text, size_t length)
{
    static const char good[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

    return length > 0 && length <= 64 && strspn(text, good) >= length;
}

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* Names of listeners are the same in upper and lower case. */
static bool names_equal(const struct conf_piece *piece, const char *name)
{
    if (piece->length != strlen(name)) {
        return false;
    }
    for (size_t i = 0; i < piece->length; i++) {
        if (upper(piece->text[i]) != upper(name[i])) {
            return false;
        }
    }
    return true;
}

struct conf_listener *conf_listener_find(
    const struct conf_builder *b, const struct conf_piece *name)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        if (names_equal(name, b->conf->listeners[i].name)) {
            return &b->conf->listeners[i];
        }
    }
    return NULL;
}

static bool is_address(const char *host)
{
    struct in6_addr ignored;

    return inet_pton(AF_INET, host, &ignored) == 1 ||
           inet_pton(AF_INET6, host, &ignored) == 1;
}

static bool is_host_name(const char *host)
{
    static const char good[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";

    return host[0] != '\0' && host[0] != '-' && host[0] != '.' &&
           strspn(host, good) == strlen(host);
}

/* All bits zero: a socket so bound hears every address. */
static bool is_every_address(const char *host)
{
    struct in6_addr six;
    struct in_addr four;
    static const struct in6_addr zero;

    return host[0] == '\0' ||
           (inet_pton(AF_INET, host, &four) == 1 && four.s_addr == 0) ||
           (inet_pton(AF_INET6, host, &six) == 1 &&
               memcmp(&six, &zero, sizeof(six)) == 0);
}

static bool fail_shape(
    struct conf_builder *b, const char *key, const struct conf_piece *piece)
{
    char quoted[160];

    conf_fail(b, key, piece, "CONF030",
        "write NAME://host:port, for example EXTERNAL://10.0.0.7:9092 or "
        "LOCAL://[::1]:9093",
        "%s is not a listener",
        conf_quote(quoted, sizeof(quoted), piece->text, piece->length));
    return false;
}

/* NAME://host:port, with brackets around an IPv6 address. */
static bool read_address(struct conf_builder *b, const char *key,
    const struct conf_piece *piece, struct address *out)
{
    const char *end = piece->text + piece->length;
    const char *mark = memmem(piece->text, piece->length, "://", 3);
    const char *colon = memrchr(piece->text, ':', piece->length);
    int64_t port = 0;

    if (mark == NULL || colon == NULL || colon < mark + 3) {
        return fail_shape(b, key, piece);
    }
    const char *host = mark + 3;
    size_t length = (size_t)(colon - host);
    bool bracketed = length >= 2 && host[0] == '[' && host[length - 1] == ']';
    if (bracketed) {
        host++;
        length -= 2;
    }
    out->name = (struct conf_piece){piece->text, (size_t)(mark - piece->text)};
    if (!is_listener_name(out->name.text, out->name.length) || length > HOST_MAX ||
        (memchr(host, ':', length) != NULL) != bracketed ||
        text_to_i64(colon + 1, (size_t)(end - colon - 1), 0, 65535, &port) != OK) {
        return fail_shape(b, key, piece);
    }
    out->port = (uint16_t)port;
    out->host = conf_copy(b, host, length);
    if (out->host != NULL && bracketed && !is_address(out->host)) {
        return fail_shape(b, key, piece);
    }
    return out->host != NULL;
}

static void add_listener(
    struct conf_builder *b, const struct conf_piece *piece, const struct address *a)
{
    struct conf *conf = b->conf;
    char quoted[100];

    if (conf_listener_find(b, &a->name) != NULL) {
        conf_fail(b, conf_key_listeners, piece, "CONF031", "give each its own name",
            "the listener %s is there twice",
            conf_quote(quoted, sizeof(quoted), a->name.text, a->name.length));
        return;
    }
    if (conf->listener_count == CONF_LISTENERS_MAX) {
        conf_fail(b, conf_key_listeners, piece, "CONF035", NULL, "more than %d listeners",
            CONF_LISTENERS_MAX);
        return;
    }
    if (a->host[0] != '\0' && strcmp(a->host, "localhost") != 0 && !is_address(a->host)) {
        conf_fail(b, conf_key_listeners, piece, "CONF030",
            "bind to an address, to localhost, or to nothing before the colon for every "
            "address",
            "%s is not an address",
            conf_quote(quoted, sizeof(quoted), a->host, strlen(a->host)));
        return;
    }
    char *name = arena_copy_text(b->arena, a->name.text, a->name.length);
    if (name == NULL) {
        b->error = ERR_NOMEM;
        return;
    }
    for (size_t i = 0; name[i] != '\0'; i++) {
        name[i] = upper(name[i]);
    }
    int protocol = conf_word_find(protocols, name);
    conf->listeners[conf->listener_count++] = (struct conf_listener){
        .name = name,
        .protocol = protocol >= 0 ? (enum conf_protocol)protocol : CONF_SASL_SSL,
        .host = a->host,
        .port = a->port,
    };
}

static void read_listeners(struct conf_builder *b)
{
    const char *text = conf_text(b, conf_key_listeners);
    struct conf_piece piece;
    size_t before = b->report->errors;

    while (text != NULL && conf_piece_next(&text, ',', &piece)) {
        struct address a;
        if (read_address(b, conf_key_listeners, &piece, &a)) {
            add_listener(b, &piece, &a);
        }
    }
    if (conf_is_set(b, conf_key_listeners) && b->conf->listener_count == 0 &&
        b->report->errors == before) {
        conf_fail(b, conf_key_listeners, NULL, "CONF030", "write NAME://host:port",
            "there is no listener");
    }
}

/* --- protocols --- */

/* Which listeners the map gives a protocol to. */
static unsigned read_protocols(struct conf_builder *b)
{
    const char *text = conf_text(b, conf_key_protocols);
    struct conf_piece piece;
    unsigned mapped = 0;

    while (text != NULL && conf_piece_next(&text, ',', &piece)) {
        char quoted[160];
        char word[32];
        const char *colon = memchr(piece.text, ':', piece.length);
        struct conf_piece name = {
            piece.text, colon != NULL ? (size_t)(colon - piece.text) : 0};
        size_t length = colon != NULL ? piece.length - name.length - 1 : 0;
        (void)snprintf(
            word, sizeof(word), "%.*s", (int)length, colon != NULL ? colon + 1 : "");
        int protocol = conf_word_find(protocols, word);
        struct conf_listener *l = conf_listener_find(b, &name);
        if (protocol < 0 || length != strlen(word) ||
            !is_listener_name(name.text, name.length)) {
            conf_fail(b, conf_key_protocols, &piece, "CONF032",
                "write NAME:PROTOCOL; protocols: PLAINTEXT SSL SASL_PLAINTEXT SASL_SSL",
                "%s names no protocol",
                conf_quote(quoted, sizeof(quoted), piece.text, piece.length));
        } else if (l != NULL) { /* Kafka too accepts names that are not used */
            l->protocol = (enum conf_protocol)protocol;
            mapped |= 1u << (l - b->conf->listeners);
        }
    }
    return mapped;
}

static void check_protocols(struct conf_builder *b, unsigned mapped)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        const struct conf_listener *l = &b->conf->listeners[i];
        if (conf_word_find(protocols, l->name) < 0 && (mapped & 1u << i) == 0) {
            char help[160];
            (void)snprintf(
                help, sizeof(help), "add %s:SASL_SSL to %s", l->name, conf_key_protocols);
            conf_fail(b, conf_key_listeners, NULL, "CONF032", help,
                "the listener %s has no protocol", l->name);
        }
    }
}

/* --- advertised --- */

static void read_advertised(struct conf_builder *b)
{
    const char *text = conf_text(b, conf_key_advertised);
    struct conf_piece piece;

    while (text != NULL && conf_piece_next(&text, ',', &piece)) {
        struct address a;
        char quoted[160];
        if (!read_address(b, conf_key_advertised, &piece, &a)) {
            continue;
        }
        (void)conf_quote(quoted, sizeof(quoted), a.name.text, a.name.length);
        struct conf_listener *l = conf_listener_find(b, &a.name);
        if (l == NULL) {
            conf_fail(b, conf_key_advertised, &piece, "CONF033",
                "name one of `listeners`", "there is no listener %s", quoted);
        } else if (l->advertised_host != NULL) {
            conf_fail(b, conf_key_advertised, &piece, "CONF033", "keep one",
                "the listener %s is advertised twice", quoted);
        } else if (is_every_address(a.host) ||
                   (!is_address(a.host) && !is_host_name(a.host))) {
            l->advertised_host = a.host;
            conf_fail(b, conf_key_advertised, &piece, "CONF033",
                "write the name or address under which clients reach this machine",
                "clients cannot connect to %s",
                conf_quote(quoted, sizeof(quoted), a.host, strlen(a.host)));
        } else {
            l->advertised_host = a.host;
            l->advertised_port = a.port;
        }
    }
}

static void complete_advertised(struct conf_builder *b)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        struct conf_listener *l = &b->conf->listeners[i];
        if (l->advertised_host != NULL) {
            continue;
        }
        if (is_every_address(l->host)) {
            char help[160];
            (void)snprintf(help, sizeof(help),
                "set advertised.listeners=%s://HOST:%u, the name "
                "under which clients reach this machine",
                l->name, l->port);
            conf_fail(b, conf_key_listeners, NULL, "CONF033", help,
                "the listener %s is bound to every address, which clients cannot connect "
                "to",
                l->name);
            continue;
        }
        l->advertised_host = l->host;
        l->advertised_port = l->port;
    }
}

static void check_ports(struct conf_builder *b)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct conf_listener *l = &b->conf->listeners[i];
            const struct conf_listener *other = &b->conf->listeners[k];
            bool same = strcmp(l->host, other->host) == 0;
            if (l->port != 0 && l->port == other->port && same) {
                conf_fail(b, conf_key_listeners, NULL, "CONF034",
                    "give each its own port",
                    "the listeners %s and %s have the same address and port", other->name,
                    l->name);
            }
        }
    }
}

/* --- nothing insecure unless in words --- */

/* Which listeners may do without TLS. */
static unsigned read_plaintext(struct conf_builder *b)
{
    const char *text = conf_text(b, conf_key_plaintext);
    struct conf_piece piece;
    unsigned allowed = 0;

    while (text != NULL && conf_piece_next(&text, ',', &piece)) {
        const struct conf_listener *l = conf_listener_find(b, &piece);
        char quoted[100];
        (void)conf_quote(quoted, sizeof(quoted), piece.text, piece.length);
        if (l == NULL) {
            conf_fail(b, conf_key_plaintext, &piece, "CONF044", "name one of `listeners`",
                "there is no listener %s", quoted);
        } else if (conf_has_tls(l->protocol)) {
            conf_fail(b, conf_key_plaintext, &piece, "CONF044", "leave it out",
                "the listener %s has TLS", quoted);
        } else {
            allowed |= 1u << (l - b->conf->listeners);
        }
    }
    return allowed;
}

static void check_plaintext(struct conf_builder *b, unsigned allowed)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        const struct conf_listener *l = &b->conf->listeners[i];
        if (!conf_has_tls(l->protocol) && (allowed & 1u << i) == 0) {
            char help[200];
            (void)snprintf(help, sizeof(help),
                "use %s; or, if that is meant, say so: %s=%s",
                has_sasl(l->protocol) ? "SASL_SSL" : "SSL", conf_key_plaintext, l->name);
            conf_fail(b, conf_key_listeners, NULL, "CONF040", help,
                "the listener %s has no TLS: what passes can be read and changed on the "
                "way",
                l->name);
        }
    }
}

static void read_anonymous(struct conf_builder *b, const struct conf_property *p)
{
    const char *suffix = p->key + strlen(conf_key_anonymous);
    const struct conf_piece name = {suffix, strlen(suffix)};
    const struct conf_piece value = {p->value, strlen(p->value)};
    struct conf_listener *l = conf_listener_find(b, &name);
    char quoted[100];
    char message[200];

    (void)conf_quote(quoted, sizeof(quoted), name.text, name.length);
    if (l == NULL) {
        (void)snprintf(message, sizeof(message), "there is no listener %s", quoted);
        conf_fail_property(b, p, NULL, "CONF044", "name one of `listeners`", message);
    } else if (has_sasl(l->protocol)) {
        (void)snprintf(message, sizeof(message),
            "the listener %s has SASL: nobody is anonymous", quoted);
        conf_fail_property(b, p, NULL, "CONF044", "leave it out", message);
    } else if (l->client_auth == CONF_CLIENT_AUTH_REQUIRED) {
        (void)snprintf(message, sizeof(message),
            "the listener %s requires a client certificate: nobody is anonymous", quoted);
        conf_fail_property(b, p, NULL, "CONF044", "leave it out", message);
    } else {
        const char *principal = conf_principal_read(b, p, &value);
        l->anonymous_principal = principal != NULL ? principal : "";
    }
}

/* The last of the files wins, so each is read, in order. */
static void read_all_anonymous(struct conf_builder *b)
{
    for (size_t i = 0; i < b->properties->count; i++) {
        const struct conf_property *p = &b->properties->items[i];
        size_t length = strlen(conf_key_anonymous);
        if (strncmp(p->key, conf_key_anonymous, length) == 0 && p->key[length] != '\0') {
            read_anonymous(b, p);
        }
    }
}

static void check_anonymous(struct conf_builder *b)
{
    for (size_t i = 0; i < b->conf->listener_count; i++) {
        const struct conf_listener *l = &b->conf->listeners[i];
        if (!has_sasl(l->protocol) && l->client_auth == CONF_CLIENT_AUTH_NONE &&
            l->anonymous_principal == NULL) {
            char help[240];
            (void)snprintf(help, sizeof(help),
                "use %s; or, if that is meant, say so: %s%s=User:NAME",
                conf_has_tls(l->protocol) ? "SASL_SSL" : "SASL_PLAINTEXT",
                conf_key_anonymous, l->name);
            conf_fail(b, conf_key_listeners, NULL, "CONF041", help,
                "the listener %s has no SASL: who connects to it has no name", l->name);
        }
    }
}

void conf_listeners_read(struct conf_builder *b)
{
    read_listeners(b);
    check_protocols(b, read_protocols(b));
    read_advertised(b);
    complete_advertised(b);
    check_ports(b);
    check_plaintext(b, read_plaintext(b));
    conf_client_auth_read(b);
    conf_tls_read(b);
    read_all_anonymous(b);
    check_anonymous(b);
}
