/* The private key in a PKCS#11 token: what goes together, and what its module is given. */
#include "conf_build.h"

#include <string.h>

#define ITEMS_MAX     8
#define ITEM_MAX      255
#define NAME_MAX_SIZE 64

static const char module_key[] = "ssl.key.pkcs11.module";
static const char uri_key[] = "ssl.key.pkcs11.uri";
static const char pin_key[] = "ssl.key.pkcs11.pin.file";
static const char paths_key[] = "ssl.key.pkcs11.paths";
static const char environment_key[] = "ssl.key.pkcs11.environment";

/* --- lists ------------------------------------------------------------------------- */

/* NULL, or half a sentence. */
static const char *check_path(const struct conf_piece *p, const char *text)
{
    if (text[0] != '/' || p->length == 1 || text[p->length - 1] == '/' ||
        strstr(text, "//") != NULL || strstr(text, "/./") != NULL ||
        strstr(text, "/../") != NULL) {
        return "is no plain absolute path";
    }
    const char *last = strrchr(text, '/');
    return strcmp(last, "/.") == 0 || strcmp(last, "/..") == 0
               ? "is no plain absolute path"
               : NULL;
}

/* The loader, the C library and OpenSSL read theirs in this process too. */
static const char *check_variable(const struct conf_piece *p, const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    static const char *const others[] = {"LD_", "GLIBC_", "MALLOC_", "OPENSSL_"};
    size_t length = strspn(text, letters);

    if (length == 0 || text[length] != '=' || length > NAME_MAX_SIZE ||
        (text[0] >= '0' && text[0] <= '9') || length + 1 == p->length) {
        return "is not NAME=VALUE, with the name in upper case";
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strncmp(text, others[i], strlen(others[i])) == 0) {
            return "is read by more than the module";
        }
    }
    return NULL;
}

static void read_items(struct conf_builder *b, const char *key, struct conf_list *out,
    const char *(*check)(const struct conf_piece *p, const char *text))
{
    const char *text = conf_text(b, key);
    struct conf_list list = {.items = arena_alloc(b->arena, ITEMS_MAX, sizeof(char *))};
    struct conf_piece piece;
    char quoted[100];

    if (list.items == NULL) {
        b->error = ERR_NOMEM;
        return;
    }
    while (text != NULL && conf_piece_next(&text, ',', &piece)) {
        const char *item = conf_copy(b, piece.text, piece.length);
        if (item == NULL) {
            return;
        }
        const char *why = piece.length > ITEM_MAX ? "is too long" : check(&piece, item);
        if (why != NULL || list.count == ITEMS_MAX) {
            conf_fail(b, key, &piece, "CONF046", "see docs/tls.md", "%s %s",
                conf_quote(quoted, sizeof(quoted), piece.text, piece.length),
                why != NULL ? why : "is one too many: there are 8 at most");
            return;
        }
        list.items[list.count++] = item;
    }
    *out = list;
}

/* --- what goes together ------------------------------------------------------------- */

static const char *missing(const struct conf *conf)
{
    if (conf->token_module == NULL) {
        return module_key;
    }
    if (conf->token_uri == NULL) {
        return uri_key;
    }
    if (conf->token_pin_file == NULL) {
        return pin_key;
    }
    return conf->certificate_file == NULL ? "ssl.certificate.location" : NULL;
}

static const char *first_set(const struct conf_builder *b)
{
    const char *const all[] = {module_key, uri_key, pin_key, paths_key, environment_key};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (conf_is_set(b, all[i])) {
            return all[i];
        }
    }
    return NULL;
}

bool conf_token_check(struct conf_builder *b)
{
    static const char *const files[] = {"ssl.key.location", "ssl.keystore.location"};
    struct conf *conf = b->conf;
    const char *set = first_set(b);

    if (set == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (conf_is_set(b, files[i])) {
            conf_fail(b, files[i], NULL, "CONF043", "keep one of the two",
                "the private key comes from a file and from a token (%s)", set);
        }
    }
    const char *key = missing(conf);
    if (key != NULL) {
        conf_fail(b, set, NULL, "CONF043",
            "set ssl.key.pkcs11.module, .uri and .pin.file, "
            "and ssl.certificate.location",
            "%s is not set", key);
    }
    if (conf->fips) {
        conf_fail(b, set, NULL, "CONF046", "use ssl.key.location",
            "a token signs by cryptography of its own: schloss.fips=required switches it "
            "off");
    }
    if (conf->token_uri != NULL && strchr(conf->token_uri, '?') != NULL) {
        conf_fail(b, uri_key, NULL, "CONF046",
            "leave the '?' and what is behind it out: the PIN is in a file of its own",
            "a PIN or a module has no place in this URI");
    }
    read_items(b, paths_key, &conf->token_paths, check_path);
    read_items(b, environment_key, &conf->token_environment, check_variable);
    return true;
}
