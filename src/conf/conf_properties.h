/*
 * conf_properties - the lines of a .properties file, in the dialect of Java and Apache
 * Kafka.
 *
 * Key and value are parted by '=', ':' or blanks; a line that begins with '#' or '!' is a
 * comment; a backslash at the end of a line continues it; \t \n \r \f \uXXXX are what
 * they are in Java, and any other escaped character is itself. Unlike Java the file is
 * UTF-8, control characters are refused, blanks at the end of a value are dropped, and a
 * broken \u is an error.
 *
 * Trust: any bytes. Ownership: keys and values are the arena's, places borrow the text.
 */
#ifndef CONF_PROPERTIES_H
#define CONF_PROPERTIES_H

#include "arena.h"
#include "conf.h"
#include "report.h"

#define CONF_FILE_MAX       ((size_t)1 << 20)
#define CONF_KEY_MAX        255
#define CONF_VALUE_MAX      4095
#define CONF_PROPERTIES_MAX 1024

struct conf_property {
    const char *key;
    const char *value;
    size_t source;                 /* number of the file */
    struct report_place key_place; /* shows nothing of the value */
    struct report_place value_place;
};

struct conf_properties {
    struct conf_property items[CONF_PROPERTIES_MAX];
    size_t count;
};

/* Appends. ERR_NOMEM only: what is wrong with the text is in the report. */
enum err conf_properties_read(struct conf_properties *p, const struct conf_source *file,
    size_t number, struct arena *arena, struct report *report) MUST_CHECK;

#endif
