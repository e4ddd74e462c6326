#include "meta_config.h"

#include "err.h"
#include "meta_name.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NO_TIERS  "there is no tiered storage here"
#define NO_SHARES "there are no share groups here"

/* clang-format off */
static const struct meta_config configs[] = {
    {"cleanup.policy", META_CONFIG_LIST, "delete", 0, 0, "delete or compact", NULL,
        "what happens to old segments: delete removes them, compact wants a key in every record "
        "(and compacts nothing yet); neither keeps all", NULL, "log.cleanup.policy"},
    {"compression.gzip.level", META_CONFIG_INT, "-1", -1, 9,
        "-1 or 1 or 2 or 3 or 4 or 5 or 6 or 7 or 8 or 9", NULL,
        "level where compression.type=gzip compresses anew; -1 is 6", NULL,
        "compression.gzip.level"},
    {"compression.lz4.level", META_CONFIG_INT, "9", 1, 17, NULL, NULL,
        "level where compression.type=lz4 compresses anew", NULL, "compression.lz4.level"},
    {"compression.type", META_CONFIG_CHOICE, "producer", 0, 0,
        "producer or uncompressed or gzip or snappy or lz4 or zstd", NULL,
        "codec in which batches are kept; producer: the one that each came in", NULL,
        "compression.type"},
    {"compression.zstd.level", META_CONFIG_INT, "3", -131072, 22, NULL, NULL,
        "level where compression.type=zstd compresses anew", NULL, "compression.zstd.level"},
    {"delete.retention.ms", META_CONFIG_LONG, "86400000", 0, INT64_MAX, NULL, NULL,
        "without effect: how long a compacted topic keeps tombstones", NULL,
        "log.cleaner.delete.retention.ms"},
    {"errors.deadletterqueue.group.enable", META_CONFIG_BOOL, "false", 0, 0, "false", NO_SHARES,
        "whether share groups may use this topic as their dead letter queue", NULL, NULL},
    {"file.delete.delay.ms", META_CONFIG_LONG, "60000", 0, INT64_MAX, NULL, NULL,
        "without effect: wait before a deleted file is removed from the disk", NULL,
        "log.segment.delete.delay.ms"},
    {"flush.messages", META_CONFIG_LONG, "9223372036854775807", 1, INT64_MAX, NULL, NULL,
        "without effect: records after which the log is flushed at the latest", NULL,
        "log.flush.interval.messages"},
    {"flush.ms", META_CONFIG_LONG, "9223372036854775807", 0, INT64_MAX, NULL, NULL,
        "without effect: time after which the log is flushed at the latest", NULL, NULL},
    {"follower.replication.throttled.replicas", META_CONFIG_LIST, "", 0, 0, NULL, NULL,
        "replicas whose followers are throttled; there are no followers", NULL, NULL},
    {"index.interval.bytes", META_CONFIG_INT, "4096", 0, INT32_MAX, NULL, NULL,
        "bytes of log between two index entries", "log.index.interval.bytes",
        "log.index.interval.bytes"},
    {"leader.replication.throttled.replicas", META_CONFIG_LIST, "", 0, 0, NULL, NULL,
        "replicas whose leaders are throttled; there are no followers", NULL, NULL},
    {"local.retention.bytes", META_CONFIG_LONG, "-2", -2, INT64_MAX, NULL, NULL,
        "without effect: bytes kept locally of a tiered topic; -2 is retention.bytes", NULL,
        "log.local.retention.bytes"},
    {"local.retention.ms", META_CONFIG_LONG, "-2", -2, INT64_MAX, NULL, NULL,
        "without effect: time kept locally of a tiered topic; -2 is retention.ms", NULL,
        "log.local.retention.ms"},
    {"max.compaction.lag.ms", META_CONFIG_LONG, "9223372036854775807", 1, INT64_MAX, NULL, NULL,
        "without effect: longest time a record may stay uncompacted", NULL,
        "log.cleaner.max.compaction.lag.ms"},
    {"max.message.bytes", META_CONFIG_INT, "1048588", 0, INT32_MAX, NULL, NULL,
        "largest record batch", "message.max.bytes", "message.max.bytes"},
    {"message.downconversion.enable", META_CONFIG_BOOL, "true", 0, 0, NULL, NULL,
        "without effect: batches are never converted", NULL, "log.message.downconversion.enable"},
    {"message.timestamp.after.max.ms", META_CONFIG_LONG, "3600000", 0, INT64_MAX, NULL, NULL,
        "how far a timestamp may be ahead of the broker's clock", NULL,
        "log.message.timestamp.after.max.ms"},
    {"message.timestamp.before.max.ms", META_CONFIG_LONG, "9223372036854775807", 0, INT64_MAX,
        NULL, NULL, "how far a timestamp may be behind the broker's clock", NULL,
        "log.message.timestamp.before.max.ms"},
    {"message.timestamp.type", META_CONFIG_CHOICE, "CreateTime", 0, 0,
        "CreateTime or LogAppendTime", NULL,
        "whose clock stamps the records", NULL, "log.message.timestamp.type"},
    {"min.cleanable.dirty.ratio", META_CONFIG_FRACTION, "0.5", 0, 1, NULL, NULL,
        "without effect: share of uncompacted log that starts a compaction", NULL,
        "log.cleaner.min.cleanable.ratio"},
    {"min.compaction.lag.ms", META_CONFIG_LONG, "0", 0, INT64_MAX, NULL, NULL,
        "without effect: shortest time a record stays uncompacted", NULL,
        "log.cleaner.min.compaction.lag.ms"},
    {"min.insync.replicas", META_CONFIG_INT, "1", 1, INT32_MAX, NULL, NULL,
        "replicas that must have a record before acks=all is answered; there is one, so that "
        "2 or more refuse acks=all", NULL, "min.insync.replicas"},
    {"preallocate", META_CONFIG_BOOL, "false", 0, 0, "false", "segments grow as they are written",
        "whether segments get their full size at once", NULL, "log.preallocate"},
    {"remote.copy.lag.bytes", META_CONFIG_LONG, "0", -1, INT64_MAX, NULL, NULL,
        "without effect: bytes a segment waits for before it goes to the remote tier", NULL,
        NULL},
    {"remote.copy.lag.ms", META_CONFIG_LONG, "0", -1, INT64_MAX, NULL, NULL,
        "without effect: time a segment waits before it goes to the remote tier", NULL, NULL},
    {"remote.log.copy.disable", META_CONFIG_BOOL, "false", 0, 0, "false", NO_TIERS,
        "stop copying segments to the remote tier", NULL, NULL},
    {"remote.log.delete.on.disable", META_CONFIG_BOOL, "false", 0, 0, "false", NO_TIERS,
        "delete remote segments when tiering is switched off", NULL, NULL},
    {"remote.storage.enable", META_CONFIG_BOOL, "false", 0, 0, "false", NO_TIERS,
        "copy segments to a remote tier", NULL, NULL},
    {"retention.bytes", META_CONFIG_LONG, "-1", INT64_MIN, INT64_MAX, NULL, NULL,
        "bytes that a partition keeps; -1 is no limit", "log.retention.bytes",
        "log.retention.bytes"},
    {"retention.ms", META_CONFIG_LONG, "604800000", -1, INT64_MAX, NULL, NULL,
        "time that a partition keeps records; -1 is no limit", "log.retention.ms", NULL},
    {"schloss.classification", META_CONFIG_TEXT, "", 0, 64, NULL, NULL,
        "a label of your own; shown, never interpreted", NULL, NULL},
    {"schloss.delete.protection", META_CONFIG_BOOL, "false", 0, 0, "false",
        "a deletion does not look at it yet",
        "refuse to delete the topic", NULL, NULL},
    {"schloss.durability", META_CONFIG_CHOICE, "fsync", 0, 0, "fsync",
        "every acks=all answer waits for the disk",
        "what an acks=all answer waits for", "schloss.durability", "schloss.durability"},
    {"schloss.encryption.key", META_CONFIG_TEXT, "", 0, 0, NULL, NULL,
        "name of the key that encrypts the topic; must be empty", NULL, NULL},
    {"schloss.retention.lock", META_CONFIG_BOOL, "false", 0, 0, "false",
        "retention cannot be locked", "retention may only be made longer", NULL, NULL},
    {"segment.bytes", META_CONFIG_INT, "1073741824", 1048576, INT32_MAX, NULL, NULL,
        "size at which a new segment begins", "log.segment.bytes", "log.segment.bytes"},
    {"segment.index.bytes", META_CONFIG_INT, "10485760", 4, INT32_MAX, NULL, NULL,
        "largest size of an index", "log.index.size.max.bytes", "log.index.size.max.bytes"},
    {"segment.jitter.ms", META_CONFIG_LONG, "0", 0, INT64_MAX, NULL, NULL,
        "random part of segment.ms", NULL, NULL},
    {"segment.ms", META_CONFIG_LONG, "604800000", 1, INT64_MAX, NULL, NULL,
        "age at which a new segment begins", "log.roll.ms", NULL},
    {"unclean.leader.election.enable", META_CONFIG_BOOL, "false", 0, 0, NULL, NULL,
        "whether a replica that is behind may lead; there is only one", NULL,
        "unclean.leader.election.enable"},
};
/* clang-format on */

size_t meta_config_count(void)
{
    return sizeof(configs) / sizeof(configs[0]);
}

const struct meta_config *meta_config_at(size_t i)
{
    INVARIANT(i < meta_config_count());
    return &configs[i];
}

const struct meta_config *meta_config_find(struct wire_view name)
{
    for (size_t i = 0; i < meta_config_count(); i++) {
        if (meta_view_equal(meta_view(configs[i].name), name)) {
            return &configs[i];
        }
    }
    return NULL;
}

static bool refuse(char *message, size_t size, const char *name, const char *why)
{
    (void)snprintf(message, size, "invalid value for %s: %s", name, why);
    return false;
}

static bool equals_ignoring_case(struct wire_view value, const char *text)
{
    return value.len == strlen(text) &&
           (value.len == 0 || strncasecmp((const char *)value.ptr, text, value.len) == 0);
}

static struct wire_view trimmed(struct wire_view v)
{
    while (v.len > 0 && v.ptr[0] == ' ') {
        v.ptr++;
        v.len--;
    }
    while (v.len > 0 && v.ptr[v.len - 1] == ' ') {
        v.len--;
    }
    return v;
}

bool meta_config_number(const struct meta_config *c, struct wire_view value, int64_t *out)
{
    struct wire_view number = trimmed(value);

    return text_to_i64((const char *)number.ptr, number.len, c->min, c->max, out) == OK;
}

static bool check_number(
    const struct meta_config *c, struct wire_view value, char *message, size_t size)
{
    int64_t number;

    if (meta_config_number(c, value, &number)) {
        return true;
    }
    (void)snprintf(message, size,
        "invalid value for %s: must be a whole number from %lld to %lld", c->name,
        (long long)c->min, (long long)c->max);
    return false;
}

/* "0", "1", "0.25", "1.0": digits, at most one point, not above one. */
static bool is_fraction(struct wire_view value)
{
    bool all_zero = true;

    if (value.len == 0 || (value.ptr[0] != '0' && value.ptr[0] != '1') ||
        value.len > 32) {
        return false;
    }
    if (value.len > 1 && (value.ptr[1] != '.' || value.len == 2)) {
        return false;
    }
    for (size_t i = 2; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9') {
            return false;
        }
        all_zero = all_zero && value.ptr[i] == '0';
    }
    return value.ptr[0] == '0' || all_zero;
}

static bool is_printable(struct wire_view value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < 0x20 || value.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

bool meta_config_next_element(struct wire_view *list, struct wire_view *element_out)
{
    if (list->ptr == NULL || list->len == 0) {
        return false;
    }
    const uint8_t *comma = memchr(list->ptr, ',', list->len);
    size_t length = comma == NULL ? list->len : (size_t)(comma - list->ptr);
    size_t taken = comma == NULL ? length : length + 1;

    *element_out = trimmed((struct wire_view){.ptr = list->ptr, .len = length});
    list->ptr += taken;
    list->len -= taken;
    return true;
}

bool meta_config_has(struct wire_view list, const char *element)
{
    struct wire_view one;

    while (meta_config_next_element(&list, &one)) {
        if (meta_view_equal(one, meta_view(element))) {
            return true;
        }
    }
    return false;
}

/* words: parted by " or ". */
static bool is_one_of(struct wire_view value, const char *words)
{
    static const char or [] = " or ";
    const char *rest = words;
    const char *end;

    while ((end = strstr(rest, or)) != NULL) {
        if (value.len == (size_t)(end - rest) &&
            memcmp(value.ptr, rest, value.len) == 0) {
            return true;
        }
        rest = end + strlen(or);
    }
    return meta_view_equal(value, meta_view(rest));
}

/* "*", or partition:broker in a row; which there are is not asked. */
static bool is_throttle_list(struct wire_view list)
{
    struct wire_view one;
    int64_t number;

    if (meta_view_equal(trimmed(list), meta_view("*"))) {
        return true;
    }
    while (meta_config_next_element(&list, &one)) {
        const uint8_t *colon = one.len == 0 ? NULL : memchr(one.ptr, ':', one.len);
        size_t before = colon == NULL ? 0 : (size_t)(colon - one.ptr);
        if (colon == NULL ||
            text_to_i64((const char *)one.ptr, before, 0, INT32_MAX, &number) != OK ||
            text_to_i64((const char *)colon + 1, one.len - before - 1, 0, INT32_MAX,
                &number) != OK) {
            return false;
        }
    }
    return true;
}

static bool check_type(
    const struct meta_config *c, struct wire_view value, char *message, size_t size)
{
    switch (c->type) {
    case META_CONFIG_INT:
    case META_CONFIG_LONG:
        return check_number(c, value, message, size);
    case META_CONFIG_BOOL:
        if (!equals_ignoring_case(value, "true") &&
            !equals_ignoring_case(value, "false")) {
            return refuse(message, size, c->name, "must be true or false");
        }
        return true;
    case META_CONFIG_FRACTION:
        if (!is_fraction(value)) {
            return refuse(message, size, c->name, "must be a number from 0 to 1");
        }
        return true;
    case META_CONFIG_TEXT:
        if (value.len > (size_t)c->max) {
            return refuse(message, size, c->name, "longer than this broker can keep");
        }
        return true;
    case META_CONFIG_LIST:
        if (c->honoured == NULL && !is_throttle_list(value)) {
            return refuse(message, size, c->name,
                "must be *, or partition:broker one after the other");
        }
        return true;
    case META_CONFIG_CHOICE:
        return true;
    }
    return true;
}

/* An empty list is one too; nothing stands in it twice. */
static bool is_list_of(struct wire_view list, const char *words)
{
    struct wire_view rest = list;
    struct wire_view one;
    struct wire_view other;

    if (list.len > 0 && list.ptr[list.len - 1] == ',') {
        return false; /* nothing stands behind it */
    }
    while (meta_config_next_element(&rest, &one)) {
        struct wire_view behind = rest;
        if (!is_one_of(one, words)) {
            return false;
        }
        while (meta_config_next_element(&behind, &other)) {
            if (meta_view_equal(one, other)) {
                return false;
            }
        }
    }
    return true;
}

static bool is_honoured(const struct meta_config *c, struct wire_view value)
{
    switch (c->type) {
    case META_CONFIG_BOOL:
        return equals_ignoring_case(value, c->honoured);
    case META_CONFIG_LIST:
        return is_list_of(value, c->honoured);
    case META_CONFIG_INT:
    case META_CONFIG_LONG:
    case META_CONFIG_FRACTION:
    case META_CONFIG_CHOICE:
    case META_CONFIG_TEXT:
        break;
    }
    return is_one_of(value, c->honoured);
}

bool meta_config_check(
    struct wire_view name, struct wire_view value, char *message, size_t message_size)
{
    const struct meta_config *c = meta_config_find(name);

    if (c == NULL) {
        (void)snprintf(message, message_size, "there is no topic config of that name");
        return false;
    }
    if (value.ptr == NULL) {
        return refuse(message, message_size, c->name, "it has no value");
    }
    if (value.len > META_CONFIG_VALUE_MAX || !is_printable(value)) {
        return refuse(
            message, message_size, c->name, "too long, or has control characters");
    }
    if (!check_type(c, value, message, message_size)) {
        return false;
    }
    if (c->honoured == NULL || is_honoured(c, value)) {
        return true;
    }
    (void)snprintf(message, message_size, "invalid value for %s: only %s is possible%s%s",
        c->name, c->honoured, c->reason == NULL ? "" : ", because ",
        c->reason == NULL ? "" : c->reason);
    return false;
}

static int64_t number_or_default(const char *name, struct wire_view value)
{
    const struct meta_config *c = meta_config_find(meta_view(name));
    int64_t number;

    if (!meta_config_number(c, value, &number) &&
        !meta_config_number(c, meta_view(c->fallback), &number)) {
        fatal("the default of a topic's config is out of its bounds");
    }
    return number;
}

bool meta_config_check_lags(
    struct wire_view min, struct wire_view max, char *message, size_t message_size)
{
    int64_t least = number_or_default("min.compaction.lag.ms", min);
    int64_t most = number_or_default("max.compaction.lag.ms", max);

    if (least <= most) {
        return true;
    }
    (void)snprintf(message, message_size,
        "min.compaction.lag.ms (%lld) is above max.compaction.lag.ms (%lld)",
        (long long)least, (long long)most);
    return false;
}
