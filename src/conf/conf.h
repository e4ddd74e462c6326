/*
 * conf - schloss.properties as a constant struct.
 *
 * Names are Apache Kafka's where the meaning is the same. Several files are read in order
 * and a later one wins; a key twice in one file, an unknown key and a value out of range
 * are errors, and all errors of all files are reported in one run. Nothing insecure is a
 * default, and nothing insecure is accepted unless a key says so in words.
 *
 * Trust: the files are the administrator's but may hold any bytes. No file is opened
 * here.
 *
 * Ownership: struct conf owns everything it points to; it does not change after
 * conf_parse().
 */
#ifndef CONF_H
#define CONF_H

#include "buf.h"
#include "err.h"
#include "tlspolicy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_LISTENERS_MAX     8
#define CONF_SCOPES_MAX        16
#define CONF_PLUGIN_VALUES_MAX 64

/* The key of the URL that keys of tokens are fetched from. */
#define CONF_JWKS_URL "sasl.oauthbearer.jwks.endpoint.url"

struct conf_source {
    const char *name; /* for messages */
    const uint8_t *text;
    size_t length;
};

enum conf_protocol {
    CONF_PLAINTEXT,
    CONF_SSL,
    CONF_SASL_PLAINTEXT,
    CONF_SASL_SSL,
};

enum conf_sandbox {
    CONF_SANDBOX_STRICT,
    CONF_SANDBOX_CONTAINER,
    CONF_SANDBOX_ROOTLESS,
};

/* As enum ipc_audit_failure. */
enum conf_audit_failure {
    CONF_AUDIT_BLOCK,
    CONF_AUDIT_READONLY,
    CONF_AUDIT_DROP,
};

enum conf_durability {
    CONF_DURABILITY_FSYNC,
    CONF_DURABILITY_OS,
};

enum conf_policy_mode {
    CONF_POLICY_FILE,
    CONF_POLICY_API,
    CONF_POLICY_MIXED,
};

enum conf_client_auth {
    CONF_CLIENT_AUTH_NONE,
    CONF_CLIENT_AUTH_REQUESTED,
    CONF_CLIENT_AUTH_REQUIRED,
};

struct conf_list {
    const char **items;
    size_t count;
};

/* Whom a plugin may say that somebody is: patterns between semicolons, see conf_auth.c. */
struct conf_scope {
    const char *plugin;
    const char *patterns;
};

/* A key that a plugin from elsewhere asks for: schloss.plugin.NAME.KEY. */
struct conf_plugin_value {
    const char *key; /* whole */
    const char *value;
};

struct conf_listener {
    const char *name; /* upper case */
    enum conf_protocol protocol;
    const char *host; /* an address without brackets, "localhost", or "": every address */
    uint16_t port;    /* 0: the kernel chooses */
    const char *advertised_host;
    uint16_t advertised_port;        /* 0: the bound one */
    const char *anonymous_principal; /* without `User:`; NULL: nobody is */
    struct conf_list mechanisms;     /* its own, or those of all; empty without SASL */
    struct conf_list plugins;        /* its own; empty: those of all */
    struct conf_scope scopes[CONF_SCOPES_MAX]; /* its own */
    size_t scope_count;
    enum conf_client_auth client_auth;
    enum tlspolicy_name tls_policy; /* counts with TLS */
    int64_t connections_max;        /* its own, or that of all */
    int64_t reauth_max_ms; /* its own, or that of all; 0: no end, and without SASL */
    int64_t
        sessions_max; /* of one principal that logs in here: its own, or that of all */
};

struct conf {
    int32_t node_id;
    const char *cluster_id; /* NULL: made at the first start */
    struct conf_listener listeners[CONF_LISTENERS_MAX];
    size_t listener_count;

    const char *log_dir;
    int32_t num_partitions;
    int32_t default_replication_factor;
    bool auto_create_topics_enable;
    bool delete_topic_enable;
    int32_t log_segment_bytes;
    int32_t log_index_interval_bytes;
    int64_t log_retention_ms;
    int64_t log_retention_bytes;
    int64_t log_retention_check_interval_ms;
    int64_t log_roll_ms;
    int32_t log_index_size_max_bytes;
    int32_t message_max_bytes;
    enum conf_durability durability;
    int32_t producer_id_expiration_ms;

    int32_t socket_request_max_bytes;
    int64_t queued_max_request_bytes;
    int64_t connections_max_idle_ms;
    int64_t connections_max_reauth_ms; /* of all listeners: see reauth_max_ms */
    int32_t max_connections;
    int32_t max_connections_per_ip;
    int32_t max_sessions_per_principal; /* of all listeners: see sessions_max */
    int32_t max_connections_unauthenticated;
    int32_t max_connections_unauthenticated_per_ip;
    int32_t handshake_timeout_ms;
    int32_t auth_timeout_ms;
    int32_t auth_rounds_max;
    int32_t stop_timeout_ms;

    struct conf_list sasl_enabled_mechanisms;
    struct conf_list auth_plugins;
    const char *auth_plugin_dir;               /* NULL: only our own */
    struct conf_scope scopes[CONF_SCOPES_MAX]; /* on listeners without their own */
    size_t scope_count;
    struct conf_plugin_value plugin_values[CONF_PLUGIN_VALUES_MAX];
    size_t plugin_value_count;
    const char *users_file;
    const char *jwks_ca_file;
    int64_t jwks_refresh_ms;
    const char *certificate_file; /* PEM; NULL: none */
    const char *key_file;         /* PEM; may be the same file; NULL: none */
    const char *token_module;     /* PKCS#11: NULL: the key is in key_file */
    const char *token_uri;
    const char *token_pin_file;
    struct conf_list token_paths;       /* what the module reads; plain absolute ones */
    struct conf_list token_environment; /* NAME=VALUE */
    bool tls12; /* a listener speaks it, by its policy and ssl.enabled.protocols */
    bool tls13;
    bool fips;                    /* OpenSSL's FIPS provider, or no start */
    struct conf_list super_users; /* without `User:` */
    const char *policy_file;
    enum conf_policy_mode policy_mode;
    bool policy_compat;         /* of the conditions of Apache Kafka, without ours */
    bool policy_allow_everyone; /* ... to what no rule is about */
    int32_t policy_signatures_required; /* 0: none */
    const char *policy_keys_dir;
    const char *policy_state_file;
    const char *policy_permissive_file; /* NULL: none */
    const char *policy_history_dir;     /* NULL: beside policy_state_file */
    const char *audit_dir;
    enum conf_audit_failure audit_failure;
    int32_t audit_changes_rate; /* of a principal, a second; 0: no limit */
    bool log_kafka_authorizer;
    const char *audit_group;       /* a name or a number; NULL: none */
    int64_t audit_max_bytes;       /* of one file; 0: no limit */
    const char *audit_anchor_file; /* NULL: none */
    bool audit_anchor_syslog;
    const char *admin_socket; /* NULL: none */
    const char *admin_group;  /* a name or a number; NULL: none */

    int32_t group_min_session_timeout_ms;
    int32_t group_max_session_timeout_ms;
    int32_t group_initial_rebalance_delay_ms;
    int32_t group_max_size;
    int32_t offset_metadata_max_bytes;
    int32_t offsets_topic_num_partitions;
    int32_t offsets_retention_minutes;
    int64_t offsets_retention_check_interval_ms;

    enum conf_sandbox sandbox;
    int32_t sandbox_uid_base;
    int32_t gate_spares;
    int32_t gate_preauth_frame_max;

    struct conf_memory *memory; /* what the pointers above point to */
};

/*
 * ERR_INVALID: errors_out says what is wrong, for a person; *out is untouched. count is
 * at least 1.
 */
enum err conf_parse(const struct conf_source *files, size_t count, struct conf **out,
    struct buf *errors_out) MUST_CHECK;
void conf_free(struct conf **conf);

/* --- the keys, for documentation and for showing what is in force --- */

enum conf_type {
    CONF_BOOL,
    CONF_INT,
    CONF_LONG,
    CONF_STRING,
    CONF_PATH,
    CONF_ENUM,
    CONF_LIST,       /* of words, comma-separated */
    CONF_LISTENERS,  /* NAME://host:port, comma-separated */
    CONF_PROTOCOLS,  /* NAME:PROTOCOL, comma-separated */
    CONF_PRINCIPALS, /* User:NAME, semicolon-separated */
    CONF_PRINCIPAL,  /* User:NAME; the key ends in the name of a listener */
    CONF_NAMES,      /* short printable words, comma-separated */
    CONF_SCOPE,      /* User:PATTERN and !User:PATTERN, semicolon-separated */
    CONF_TEXT,       /* any */
};

/* May that plugin have a mechanism on that listener? */
bool conf_listener_may_use(const struct conf_listener *listener, const char *plugin);
/* The patterns in force for that plugin on that listener. Never NULL. */
const char *conf_scope_of(
    const struct conf *conf, const struct conf_listener *listener, const char *plugin);
/* The text in force of any key, one of a plugin included; NULL: unset, or no such key. */
const char *conf_value_of(const struct conf *conf, const char *key);

enum conf_unit {
    CONF_PLAIN,
    CONF_BYTES,
    CONF_MS,
};

struct conf_key {
    const char *name; /* conf_key_is_of_listener(): ends in '.', or has a '*' */
    enum conf_type type;
    enum conf_unit unit;
    bool required;
    bool secret; /* never shown */
    size_t offset;
    const char *fallback; /* NULL: unset */
    int64_t min;          /* of CONF_INT and CONF_LONG */
    int64_t max;
    const char *const *words; /* of CONF_ENUM and CONF_LIST, NULL at the end */
    const char *const *later; /* known, but refused by this version */
    const char *doc;
};

struct conf_origin {
    const char *file; /* NULL: the default */
    uint32_t line;
    uint32_t column;
};

/* NULL behind the last. */
const struct conf_key *conf_key_at(size_t i);
/* One key for each listener: its name stands at the end, or in place of the '*'. */
bool conf_key_is_of_listener(const struct conf_key *key);
const char *conf_type_text(enum conf_type type);
/* The text in force of key i; NULL where it is unset. */
const char *conf_value_at(const struct conf *conf, size_t i);
struct conf_origin conf_origin_at(const struct conf *conf, size_t i);

#endif
