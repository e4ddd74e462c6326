/* The names of directories: what may be one, and what it becomes when nobody wants it. */
#include "rand.h"
#include "store_files.h"

#include <stdio.h>
#include <string.h>

#define TOPIC_MAX         249
#define DELETED_SUFFIX    "-delete"
#define QUARANTINE_PREFIX "quarantine."
#define ID_DIGITS         32
#define MARK_DIGITS       8

static bool is_legal(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-';
}

static bool is_topic(const uint8_t *name, size_t len)
{
    if (len == 0 || len > TOPIC_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_legal(name[i])) {
            return false;
        }
    }
    return !(len == 1 && name[0] == '.') &&
           !(len == 2 && name[0] == '.' && name[1] == '.');
}

enum err store_name_partition(
    struct ipc_view topic, int32_t partition, char out[STORE_NAME_SIZE])
{
    if (!is_topic(topic.ptr, topic.len) || partition < 0) {
        return ERR_INVALID;
    }
    int n = snprintf(out, STORE_NAME_SIZE, "%.*s-%d", (int)topic.len,
        (const char *)topic.ptr, (int)partition);
    return n > 0 && n < STORE_NAME_SIZE ? OK : ERR_INVALID;
}

bool store_name_is_partition(const char *name)
{
    const char *dash = strrchr(name, '-');

    if (dash == NULL || dash[1] == '\0' || strlen(name) > STORE_NAME_MAX) {
        return false;
    }
    return strspn(dash + 1, "0123456789") == strlen(dash + 1) &&
           is_topic((const uint8_t *)name, (size_t)(dash - name));
}

/* `<prefix><name>.<digits><suffix>`: the digits are random, the name gives way. */
static void make_name(const char *prefix, const char *name, size_t digits,
    const char *suffix, char out[STORE_NAME_SIZE])
{
    size_t room = STORE_NAME_MAX - strlen(prefix) - 1 - digits - strlen(suffix);
    uint64_t high = rand_u64();
    uint64_t low = rand_u64();
    char hex[ID_DIGITS + 1];

    (void)snprintf(hex, sizeof(hex), "%016llx%016llx", (unsigned long long)high,
        (unsigned long long)low);
    (void)snprintf(out, STORE_NAME_SIZE, "%s%.*s.%.*s%s", prefix, (int)room, name,
        (int)digits, hex, suffix);
}

void store_name_deleted(const char *name, char out[STORE_NAME_SIZE])
{
    make_name("", name, ID_DIGITS, DELETED_SUFFIX, out);
}

bool store_name_is_deleted(const char *name)
{
    size_t len = strlen(name);
    size_t tail = 1 + ID_DIGITS + strlen(DELETED_SUFFIX);

    if (len <= tail || len > STORE_NAME_MAX || name[len - tail] != '.') {
        return false;
    }
    const char *hex = name + len - tail + 1;
    return strspn(hex, "0123456789abcdef") == ID_DIGITS &&
           strcmp(hex + ID_DIGITS, DELETED_SUFFIX) == 0;
}

void store_name_quarantine(const char *name, char out[STORE_NAME_SIZE])
{
    make_name(QUARANTINE_PREFIX, name, MARK_DIGITS, "", out);
}
