/*
 * x_token - an example of an authentication plugin: tokens that do not change.
 *
 * Mechanism X-TOKEN: the client sends one message, its token. The file "tokens" has a
 * line NAME:HEX for each, HEX being its SHA-256 in small letters; who has it is User:NAME.
 * A name may have several. Lines that begin with '#' mean nothing. A hash without a salt
 * is enough for tokens drawn at random, and for nothing else.
 *
 * Trust: the token is hostile, the file is the administrator's. Neither is ever logged.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <schloss/auth_plugin.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOKENS_MAX    512
#define LINE_MAX_SIZE 256
#define TOKEN_MIN     32 /* bytes, if the setting is not there */
#define TOKEN_MAX     1024
#define DIGEST        32

struct entry {
    char name[64 + 1];
    char hex[2 * DIGEST + 1];
};

struct schloss_auth_instance {
    void *host;
    schloss_auth_host_complete *complete;
    schloss_auth_host_log *log;
    size_t token_min;
    size_t count;
    struct entry entries[TOKENS_MAX];
};

/* A host of minor version 0 knows no settings: its struct ends before them. */
static size_t read_token_min(const struct schloss_auth_config *config)
{
    size_t count = config->size >= sizeof(*config) ? config->setting_count : 0;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(config->settings[i].name, "schloss.plugin.x-token.bytes.min") == 0) {
            return strtoul(config->settings[i].value, NULL, 10);
        }
    }
    return TOKEN_MIN;
}

/* A line that is too long, or has a NUL in it, seems not to end and is refused so. */
static bool read_line(struct schloss_auth_instance *p, const char *line)
{
    struct entry *e = &p->entries[p->count];
    int end = 0;

    if (line[0] == '#') {
        return true;
    }
    return p->count++ < TOKENS_MAX &&
           sscanf(line, "%64[!-9;-~]:%64[0-9a-f]%n", e->name, e->hex, &end) == 2 &&
           strlen(e->hex) == sizeof(e->hex) - 1 && strcmp(line + end, "\n") == 0;
}

/* The descriptor is borrowed: a copy of it is read and closed. */
static bool read_tokens(struct schloss_auth_instance *p, int fd)
{
    FILE *file = fdopen(dup(fd), "r");
    char line[LINE_MAX_SIZE];
    bool good = file != NULL;

    while (good && fgets(line, sizeof(line), file) != NULL) {
        good = read_line(p, line);
    }
    good = good && !ferror(file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return good;
}

static void on_destroy(struct schloss_auth_instance *p)
{
    OPENSSL_cleanse(p, sizeof(*p));
    free(p);
}

static struct schloss_auth_instance *on_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config)
{
    static const char why[] =
        "the tokens file is not there or wrong, or bytes.min is not "
        "a number from 16 to 1024";
    struct schloss_auth_instance *p = calloc(1, sizeof(*p));
    int fd = -1;

    if (p == NULL || config->size < offsetof(struct schloss_auth_config, settings)) {
        free(p);
        return NULL;
    }
    p->host = host->host;
    for (const struct schloss_auth_function *f = host->functions; f->id != 0; f++) {
        if (f->id == SCHLOSS_AUTH_HOST_COMPLETE) {
            p->complete = (schloss_auth_host_complete *)f->call;
        } else if (f->id == SCHLOSS_AUTH_HOST_LOG) {
            p->log = (schloss_auth_host_log *)f->call;
        }
    }
    for (size_t i = 0; i < config->file_count; i++) {
        fd = strcmp(config->files[i].name, "tokens") == 0 ? config->files[i].fd : fd;
    }
    p->token_min = read_token_min(config);
    if (p->complete == NULL || p->log == NULL) {
        free(p);
        return NULL;
    }
    if (!read_tokens(p, fd) || p->token_min < 16 || p->token_min > TOKEN_MAX) {
        p->log(p->host, SCHLOSS_AUTH_LOG_ERROR,
            (struct schloss_auth_bytes){why, sizeof(why) - 1});
        on_destroy(p);
        return NULL;
    }
    return p;
}

/* Every entry is looked at, whichever fits: the time tells nothing. NULL: nobody's. */
static const char *find(
    const struct schloss_auth_instance *p, struct schloss_auth_bytes token)
{
    unsigned char digest[DIGEST] = {0};
    char hex[2 * DIGEST + 1];
    const char *found = NULL;
    bool hashed =
        EVP_Digest(token.bytes, token.length, digest, NULL, EVP_sha256(), NULL) == 1;

    for (size_t i = 0; i < DIGEST; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    for (size_t i = 0; hashed && i < p->count; i++) {
        found = CRYPTO_memcmp(hex, p->entries[i].hex, sizeof(hex)) == 0
                    ? p->entries[i].name
                    : found;
    }
    return found;
}

/* Libraries load what they need with the first hash: that is to be now. */
static uint32_t on_warm(struct schloss_auth_instance *p)
{
    return find(p, (struct schloss_auth_bytes){"", 0}) == NULL ? SCHLOSS_AUTH_READY
                                                               : SCHLOSS_AUTH_REFUSED;
}

/* There is one mechanism and one message: nothing to keep from one call to the next. */
static void on_begin(struct schloss_auth_instance *p, uint64_t attempt,
    struct schloss_auth_bytes mechanism, struct schloss_auth_bytes address)
{
    (void)p, (void)attempt, (void)mechanism, (void)address;
}

static void on_cancel(struct schloss_auth_instance *p, uint64_t attempt)
{
    (void)p, (void)attempt;
}

/* Exactly one completion, on every way. */
static void on_step(
    struct schloss_auth_instance *p, uint64_t attempt, struct schloss_auth_bytes message)
{
    bool fits = message.length >= p->token_min && message.length <= TOKEN_MAX;
    const char *name = fits ? find(p, message) : NULL;
    struct schloss_auth_result result = {.size = sizeof(result),
        .verdict = SCHLOSS_AUTH_DENY,
        .reason =
            fits ? SCHLOSS_AUTH_REASON_WRONG_PASSWORD : SCHLOSS_AUTH_REASON_TOKEN_FORM};
    char principal[sizeof("User:") + 64];

    if (name != NULL) {
        int length = snprintf(principal, sizeof(principal), "User:%s", name);
        result.verdict = SCHLOSS_AUTH_ALLOW; /* expires_ms is 0: until a reload */
        result.reason = SCHLOSS_AUTH_REASON_NONE;
        result.principal = (struct schloss_auth_bytes){principal, (size_t)length};
    }
    p->complete(p->host, attempt, &result);
}

/* After a reload, of who is logged in. */
static uint32_t on_knows(
    struct schloss_auth_instance *p, struct schloss_auth_bytes principal)
{
    for (size_t i = 0; i < p->count; i++) {
        if (principal.length == 5 + strlen(p->entries[i].name) &&
            memcmp((const char *)principal.bytes + 5, p->entries[i].name,
                principal.length - 5) == 0) {
            return SCHLOSS_AUTH_READY;
        }
    }
    return SCHLOSS_AUTH_REFUSED;
}

__attribute__((visibility("default"))) const struct schloss_auth_plugin *
schloss_auth_plugin_v1(uint32_t host_abi)
{
    typedef void function(void);
    static const struct schloss_auth_function functions[] = {
        {SCHLOSS_AUTH_PLUGIN_CREATE, (function *)on_create},
        {SCHLOSS_AUTH_PLUGIN_DESTROY, (function *)on_destroy},
        {SCHLOSS_AUTH_PLUGIN_WARM, (function *)on_warm},
        {SCHLOSS_AUTH_PLUGIN_BEGIN, (function *)on_begin},
        {SCHLOSS_AUTH_PLUGIN_STEP, (function *)on_step},
        {SCHLOSS_AUTH_PLUGIN_CANCEL, (function *)on_cancel},
        {SCHLOSS_AUTH_PLUGIN_KNOWS, (function *)on_knows},
        {0, NULL},
    };
    static const struct schloss_auth_plugin plugin = {.size = sizeof(plugin),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .abi_minor = SCHLOSS_AUTH_ABI_MINOR,
        .name = "x-token",
        .version = "1",
        .mechanisms = "X-TOKEN",
        .functions = functions};

    return host_abi >> 16 == SCHLOSS_AUTH_ABI_MAJOR ? &plugin : NULL;
}
