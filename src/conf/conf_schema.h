/*
 * conf_schema - every key there is, as one constant table.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include "conf.h"

#define CONF_KEYS_MAX 128

size_t conf_schema_count(void);
/* The number of a key, or conf_schema_count(). A key of a listener is found by its
 * beginning, and its end where it has one. */
size_t conf_schema_find(const char *key);
/* What to do instead, for a key of Apache Kafka that this program refuses; NULL for
 * others. */
const char *conf_schema_refusal(const char *key);
/* Number of the word in a list that ends in NULL; -1: not there. */
int conf_word_find(const char *const *words, const char *word);

/* Names of keys that are checked together. */
extern const char conf_key_listeners[];
extern const char conf_key_advertised[];
extern const char conf_key_protocols[];
extern const char conf_key_plaintext[];
extern const char conf_key_anonymous[];
extern const char conf_key_of_listener[];
extern const char conf_key_mechanisms[];
extern const char conf_key_scope[];
extern const char conf_key_plugin[];
extern const char conf_key_client_auth[];
extern const char conf_key_reauth[];
extern const char conf_key_connections[];
extern const char conf_key_plugins[];
extern const char conf_key_sessions[];
extern const char conf_key_tls_policy[];
extern const char conf_key_fips[];

#endif
