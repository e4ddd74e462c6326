#include "cli_config.h"

#include "cli_output.h"
#include "mem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_config_is_secret(const char *key)
{
    static const char *const secrets[] = {"sasl.password", "ssl.key.password",
        "ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.config", "sasl.jaas.config"};

    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        if (strcmp(key, secrets[i]) == 0) {
            return true;
        }
    }
    return false;
}

static char *trim(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        text[--length] = '\0';
    }
    while (isspace((unsigned char)*text)) {
        text++;
    }
    return text;
}

static enum err parse_line(char *line, const char *name, size_t number,
    cli_config_take *take, void *context, struct buf *complaint)
{
    char *start = trim(line);
    size_t column = (size_t)(start - line) + 1;
    struct buf why;
    enum err e = OK;

    if (*start == '\0' || *start == '#' || *start == '!') {
        return OK;
    }
    char *equals = strchr(start, '=');
    buf_init(&why, 4096);
    if (equals == NULL || equals == start) {
        buf_add_text(&why, "there is no key=value here");
        e = ERR_INVALID;
    } else {
        *equals = '\0';
        e = take(context, trim(start), trim(equals + 1), &why) ? OK : ERR_INVALID;
    }
    if (e != OK) {
        buf_add_text(complaint, name);
        buf_add_format(complaint, ":%zu:%zu: error: %.*s\n", number, column,
            (int)(why.length < 800 ? why.length : 800),
            why.bytes == NULL ? "" : (const char *)why.bytes);
        buf_add_text(complaint,
            "  help: settings are those of librdkafka, one key=value a line\n");
    }
    buf_fini(&why);
    return e;
}

enum err cli_config_parse(char *text, size_t length, const char *name,
    cli_config_take *take, void *context, struct buf *complaint)
{
    size_t number = 1;

    if (memchr(text, '\0', length) != NULL) {
        buf_add_text(complaint, name);
        buf_add_text(complaint, ":1:1: error: this is not a text file\n");
        return ERR_INVALID;
    }
    for (char *line = text; line != NULL; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        enum err e = parse_line(line, name, number, take, context, complaint);
        if (e != OK) {
            return e;
        }
        line = end == NULL ? NULL : end + 1;
    }
    return OK;
}

struct watch { /* passes pairs on, and notes whether one is a secret */
    cli_config_take *take;
    void *context;
    bool has_secret;
};

static bool watch_take(
    void *context, const char *key, const char *value, struct buf *complaint)
{
    struct watch *w = context;

    w->has_secret = w->has_secret || cli_config_is_secret(key);
    return w->take(w->context, key, value, complaint);
}

static enum err read_text(int fd, struct buf *text)
{
    for (;;) {
        uint8_t *room = buf_reserve(text, 4096);
        if (room == NULL) {
            return buf_error(text);
        }
        ssize_t n = read(fd, room, 4096);
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        if (n == 0) {
            *room = '\0';
            return OK;
        }
        buf_grew(text, n < 0 ? 0 : (size_t)n);
    }
}

enum err cli_config_load(
    const char *path, cli_config_take *take, void *context, struct buf *complaint)
{
    struct watch w = {.take = take, .context = context};
    struct stat status;
    struct buf text;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        buf_add_format(
            complaint, "schloss: cannot open %.400s: %s\n", path, strerror(errno));
        return ERR_NOT_FOUND;
    }
    buf_init(&text, CLI_CONFIG_SIZE_MAX);
    enum err e = read_text(fd, &text);
    if (e != OK) {
        buf_add_format(complaint, "schloss: cannot read %.400s: %s\n", path,
            e == ERR_FULL ? "it is larger than 256 KiB" : strerror(errno));
    } else {
        e = cli_config_parse(
            (char *)text.bytes, text.length, path, watch_take, &w, complaint);
    }
    if (e == OK && w.has_secret && fstat(fd, &status) == 0 &&
        (status.st_mode & 0077) != 0) {
        cli_error(
            "chmod 600 it", "warning: %s holds a secret, and others may read it", path);
    }
    (void)close(fd);
    if (text.bytes != NULL) {
        mem_wipe(text.bytes, text.length);
    }
    buf_fini(&text);
    return e;
}
