/*
 * meta_config - the topic configs that we know: type, default, bounds, what they mean.
 *
 * Every name is accepted, kept and reported. A value that is out of bounds, or that this
 * broker cannot honour, is refused with a sentence: a setting never looks as if it worked
 * when it does not.
 *
 * Trust: names and values are the peer's. Sentences never repeat them.
 */
#ifndef META_CONFIG_H
#define META_CONFIG_H

#include "wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define META_CONFIG_VALUE_MAX 1024

enum meta_config_type {
    META_CONFIG_BOOL,
    META_CONFIG_INT,
    META_CONFIG_LONG,
    META_CONFIG_FRACTION, /* 0 to 1 */
    META_CONFIG_CHOICE,
    META_CONFIG_LIST,
    META_CONFIG_TEXT,
};

struct meta_config {
    const char *name;
    enum meta_config_type type;
    const char *fallback; /* the default */
    int64_t min;          /* of INT and LONG */
    int64_t max;          /* of INT and LONG; of TEXT: bytes */
    const char *honoured; /* values that we can keep to, parted by " or "; NULL: any */
    const char *reason;   /* why no others; a clause; NULL: there are none */
    const char *meaning;  /* for people */
    const char *broker;   /* setting of the broker that a topic follows; NULL: none */
    /* Under which name of a broker's setting Apache Kafka shows the default; NULL: under
     * none, as where that setting has no default or is given in hours, too. */
    const char *shown_as;
};

size_t meta_config_count(void);
/* i < meta_config_count(); in name order. */
const struct meta_config *meta_config_at(size_t i);
const struct meta_config *meta_config_find(struct wire_view name);

/* The number that a value of an INT or LONG is, blanks around it or not; false: none. */
bool meta_config_number(
    const struct meta_config *c, struct wire_view value, int64_t *out);
/* The next element of a list, without blanks around it; false at the end. */
bool meta_config_next_element(struct wire_view *list, struct wire_view *element_out);
bool meta_config_has(struct wire_view list, const char *element);

/* True, or false with the sentence for INVALID_CONFIG. message_size at least 128. */
bool meta_config_check(
    struct wire_view name, struct wire_view value, char *message, size_t message_size);
/* The same of min.compaction.lag.ms and max.compaction.lag.ms, as a topic will have them. A
 * value that is no number counts as the default. */
bool meta_config_check_lags(
    struct wire_view min, struct wire_view max, char *message, size_t message_size);

#endif
