#include "ldap_settings.h"

#include "ldap_text.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

#define KEY(name) LDAP_SETTINGS_PREFIX name

struct reader {
    const struct schloss_auth_config *config;
    const char *key; /* the one at hand */
    const char *why; /* not NULL: what is wrong with it */
};

static void fail(struct reader *r, const char *key, const char *why)
{
    if (r->why == NULL) {
        r->key = key;
        r->why = why;
    }
}

static const char *look_up(const struct reader *r, const char *key)
{
    for (size_t i = 0; i < r->config->setting_count; i++) {
        if (strcmp(r->config->settings[i].name, key) == 0) {
            return r->config->settings[i].value;
        }
    }
    return "";
}

static void read_text(struct reader *r, const char *key, char *out)
{
    const char *value = look_up(r, key);
    size_t length = strlen(value);

    if (length > LDAP_SETTINGS_TEXT) {
        fail(r, key, "is longer than 512 bytes");
        return;
    }
    if (!text_is_utf8(value, length)) {
        fail(r, key, "is not UTF-8");
        return;
    }
    memcpy(out, value, length + 1);
}

static int64_t read_number(
    struct reader *r, const char *key, int64_t otherwise, int64_t min, int64_t max)
{
    const char *value = look_up(r, key);
    int64_t number = otherwise;

    if (value[0] != '\0' && text_to_i64(value, strlen(value), min, max, &number) != OK) {
        fail(r, key, "is not a number within its bounds");
    }
    return number;
}

static void read_tls(struct reader *r, struct ldap_settings *s)
{
    const char *tls = look_up(r, KEY("tls"));

    s->starttls = strcmp(tls, "starttls") == 0;
    if (!s->starttls && strcmp(tls, "ldaps") != 0) {
        fail(r, KEY("tls"), "must be ldaps or starttls: there is no way without TLS");
    }
    read_text(r, KEY("server.name"), s->server_name);
    if (s->server_name[0] == '\0') {
        fail(r, KEY("server.name"),
            "is required: the name, or address, that the certificate of the directory "
            "has");
    }
}

/* The first line of the file. */
static void read_password(struct reader *r, int fd, struct secret *out)
{
    char bytes[LDAP_PASSWORD_MAX + 2];
    ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
    size_t length = n <= 0 ? 0 : (size_t)n;
    const char *end = memchr(bytes, '\n', length);

    length = end == NULL ? length : (size_t)(end - bytes);
    if (length == 0 || length > LDAP_PASSWORD_MAX ||
        memchr(bytes, '\0', length) != NULL) {
        fail(r, KEY("search.password.file"),
            "must hold a password of 1 to 256 bytes in its first line");
    } else if (secret_set(out, bytes, length) != OK) {
        fail(r, KEY("search.password.file"), "does not fit into memory");
    }
    mem_wipe(bytes, sizeof(bytes));
}

static bool is_attribute(const char *text)
{
    return strspn(
               text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") ==
           strlen(text);
}

static void read_search(struct reader *r, struct ldap_settings *s)
{
    int fd = -1;

    read_text(r, KEY("search.base"), s->base);
    read_text(r, KEY("search.filter"), s->filter);
    read_text(r, KEY("search.bind.dn"), s->bind_dn);
    read_text(r, KEY("name.attribute"), s->name_attribute);
    if (s->name_attribute[0] == '\0') {
        memcpy(s->name_attribute, "uid", sizeof("uid"));
    }
    if (s->base[0] == '\0' || s->bind_dn[0] == '\0') {
        fail(r, s->base[0] == '\0' ? KEY("search.base") : KEY("search.bind.dn"),
            "is required where users are looked for");
    }
    if (!ldap_text_is_template(s->filter)) {
        fail(r, KEY("search.filter"),
            "must have %u in the place of the name, and no other %");
    }
    if (!is_attribute(s->name_attribute)) {
        fail(r, KEY("name.attribute"), "is not the name of an attribute");
    }
    for (size_t i = 0; i < r->config->file_count; i++) {
        if (strcmp(r->config->files[i].name, "password") == 0) {
            fd = r->config->files[i].fd;
        }
    }
    if (fd < 0) {
        fail(r, KEY("search.password.file"), "is required where users are looked for");
    } else if (r->why == NULL) {
        read_password(r, fd, &s->bind_password);
    }
}

static void read_users(struct reader *r, struct ldap_settings *s)
{
    read_text(r, KEY("user.dn.template"), s->dn_template);
    if (s->dn_template[0] == '\0') {
        read_search(r, s);
        return;
    }
    if (!ldap_text_is_template(s->dn_template)) {
        fail(r, KEY("user.dn.template"),
            "must have %u in the place of the name, and no other %");
    }
    if (look_up(r, KEY("search.base"))[0] != '\0') {
        fail(r, KEY("search.base"), "is of no use beside user.dn.template: choose one");
    }
}

/* They stand in the entry of the user: a template has to say which one that is. */
static void read_groups(struct reader *r, struct ldap_settings *s)
{
    read_text(r, KEY("group.attribute"), s->group_attribute);
    if (!is_attribute(s->group_attribute)) {
        fail(r, KEY("group.attribute"), "is not the name of an attribute");
    }
    if (s->group_attribute[0] != '\0' && !ldap_settings_searches(s) &&
        strchr(s->dn_template, '=') == NULL) {
        fail(r, KEY("group.attribute"),
            "needs a user.dn.template that makes a DN, or a search");
    }
}

bool ldap_settings_searches(const struct ldap_settings *s)
{
    return s->dn_template[0] == '\0';
}

enum err ldap_settings_read(struct ldap_settings *out,
    const struct schloss_auth_config *config, const char **key_out, const char **why_out)
{
    struct reader r = {.config = config};

    *out = (struct ldap_settings){.timeout_ms = 0};
    read_tls(&r, out);
    read_users(&r, out);
    read_groups(&r, out);
    out->timeout_ms = (uint32_t)read_number(&r, KEY("timeout.ms"), 3000, 100, 5000);
    out->cache_ms = 1000 * read_number(&r, KEY("cache.seconds"), 60, 0, 3600);
    if (r.why != NULL) {
        ldap_settings_fini(out);
        *key_out = r.key;
        *why_out = r.why;
        return ERR_INVALID;
    }
    return OK;
}

void ldap_settings_fini(struct ldap_settings *s)
{
    secret_free(&s->bind_password);
}
