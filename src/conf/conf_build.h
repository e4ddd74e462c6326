/*
 * conf_build - what the parts of this folder share while a configuration is read.
 *
 * Ownership: the builder borrows the files and the report; what it makes is in the arena
 * of the configuration that it builds.
 */
#ifndef CONF_BUILD_H
#define CONF_BUILD_H

#include "arena.h"
#include "conf.h"
#include "conf_properties.h"
#include "conf_schema.h"
#include "report.h"

struct conf_memory {
    struct arena arena;
    const char *values[CONF_KEYS_MAX];
    struct conf_origin origins[CONF_KEYS_MAX];
};

struct conf_builder {
    const struct conf_source *files;
    size_t file_count;
    struct report *report;
    struct conf *conf;
    struct arena *arena;
    struct conf_properties *properties;
    const struct conf_property *set[CONF_KEYS_MAX]; /* NULL: the default is in force */
    enum err error;                                 /* the world's fault */
};

/* A part of a value, without the blanks around it. */
struct conf_piece {
    const char *text; /* not NUL-terminated */
    size_t length;
};

/* Of the text in force; NULL: unset. */
const char *conf_text(const struct conf_builder *b, const char *key);
bool conf_is_set(const struct conf_builder *b, const char *key);

/* The next piece that is not empty, and on behind its separator; false at the end. */
bool conf_piece_next(const char **cursor, char separator, struct conf_piece *out);
bool conf_piece_is(const struct conf_piece *piece, const char *text);
/* A copy in the arena; NULL, with the error noted, out of memory. */
const char *conf_copy(struct conf_builder *b, const char *text, size_t length);

/* Where a key was set; piece, if not NULL, is a part of its value. */
void conf_fail(struct conf_builder *b, const char *key, const struct conf_piece *piece,
    const char *code, const char *help, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void conf_fail_property(struct conf_builder *b, const struct conf_property *p,
    const struct conf_piece *piece, const char *code, const char *help,
    const char *message);
/* A piece in single quotes and escaped, for a message. Returns out. */
const char *conf_quote(char *out, size_t size, const char *text, size_t length);

/* Reads every key that stands for itself into its field. */
void conf_values_read(struct conf_builder *b);
/* A number in the range of that key; false, with the error reported at p, when it is none. */
bool conf_number_read(struct conf_builder *b, const struct conf_property *p,
    const struct conf_key *key, const char *text, int64_t *value_out);
/* `User:NAME`, into the name alone; NULL after an error. */
const char *conf_principal_read(struct conf_builder *b, const struct conf_property *p,
    const struct conf_piece *piece);
void conf_listeners_read(struct conf_builder *b);
/* By a name in upper or lower case; NULL: there is none. */
struct conf_listener *conf_listener_find(
    const struct conf_builder *b, const struct conf_piece *name);
/* Who authenticates on which listener; after the listeners. */
void conf_auth_read(struct conf_builder *b);
/* Short printable words into a list. */
void conf_names_read(struct conf_builder *b, const struct conf_property *p,
    const char *text, struct conf_list *out);
bool conf_has_tls(enum conf_protocol protocol);
void conf_client_auth_read(struct conf_builder *b);
void conf_client_auth_check(struct conf_builder *b);
void conf_jwks_check(struct conf_builder *b);
/* True: the private key is, or was meant to be, in a token. */
bool conf_token_check(struct conf_builder *b);
/*
 * A key whose value is a word, and listener.name.NAME.KEY for one listener: `set` is
 * called for each listener with TLS, the last word for it at the end.
 */
void conf_words_read(struct conf_builder *b, const char *key,
    void (*set)(struct conf_listener *l, unsigned word));
/* Policies of TLS; their versions; FIPS. After the listeners. */
void conf_tls_read(struct conf_builder *b);
/* After the mechanisms too. */
void conf_tls_check(struct conf_builder *b);
void conf_check(struct conf_builder *b);

#endif
