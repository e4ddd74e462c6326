/*
 * broker - the state of the process that decides: who a session is, what it may do, which
 * topics and groups there are. It holds no data and makes no file calls.
 *
 * Trust: gates are hostile; porter, auth and store are believed for what is theirs to
 * say: where a session comes from, who it is, what is on disk. A breach by a gate ends
 * that gate, never us.
 *
 * Ownership: everything hangs on `struct broker`, the process's root.
 */
#ifndef BROKER_H
#define BROKER_H

#include "arena.h"
#include "broker_denial.h"
#include "broker_ledger.h"
#include "broker_permissive.h"
#include "broker_store.h"
#include "broker_trail.h"
#include "buckets.h"
#include "ipc_certificates.h"
#include "ipc_words.h"
#include "log.h"
#include "meta_controller.h"
#include "policy.h"
#include "role.h"
#include "table.h"
#include "wire_api.h"

#define BROKER_LISTENERS_MAX    IPC_LISTENERS_MAX
#define BROKER_AUTHORITIES_MAX  8
#define BROKER_SETTINGS_MAX     128
#define BROKER_TOPICS_A_REQUEST 10000
#define BROKER_PRINCIPAL_MAX    IPC_PRINCIPAL_MAX
#define BROKER_ADMINS_MAX       16 /* as many as the porter lets in */
#define BROKER_PROCESSES_MAX    32
#define BROKER_RELOAD_PARTS_MAX 32
#define BROKER_POLICIES_MAX     2 /* the one in force, and the permissive one */

struct broker_listener {
    bool present;
    uint8_t protocol;    /* enum ipc_protocol */
    uint8_t client_auth; /* enum ipc_client_auth */
    uint16_t tls_min; /* no session by it has less: 0x0304 is TLS 1.3; 0: none has any */
    char name[65];
    char host[256]; /* what clients are told to connect to */
    uint32_t port;
    char anonymous[BROKER_PRINCIPAL_MAX +
                   1];     /* who everybody is without SASL; "" nobody */
    char mechanisms[256];  /* commas between them */
    int64_t reauth_max_ms; /* longest session by one SASL exchange; 0: no end */
    uint32_t sessions_max; /* that a principal may have, to log in here */
};

/* A plugin that says who somebody is, and its processes. */
struct broker_authority {
    bool present;
    char name[33];
    char mechanisms[256];               /* commas between them */
    char principals[256];               /* whom it may name at most, see scope.h */
    char *scopes[BROKER_LISTENERS_MAX]; /* owned: ... and on that listener */
    bool absent[BROKER_LISTENERS_MAX];  /* another plugin has its mechanisms there */
    struct broker_auth {
        struct broker *broker;
        struct broker_authority *authority;
        struct ipc_link link;
        bool has_sealing_key; /* of credentials, see broker_credential.h */
        uint8_t sealing_key[IPC_SEAL_KEY_MAX];
        struct broker_debt {  /* see broker_debt.h */
            size_t knows;     /* answers to AUTH_KNOWS that it owes */
            uint64_t late[2]; /* to attempts that ended in this span, and in the last */
            int64_t since_ms; /* when this span began */
            uint32_t unasked; /* answers that nobody had asked for, so far */
        } debt;
    } processes[2];         /* the present one, and the one before during a reload */
    size_t now;             /* index of the present one */
    struct broker_silence { /* see broker_knows.h */
        struct loop_timer timer;
        bool is_set;
        int64_t max_ms;
    } silence;
};

struct broker_config {
    int32_t node_id;
    char cluster_id[65];
    struct wire_uuid directory; /* of store's data directory */
    char *super_users;          /* owned; principals separated by ';' */
    int32_t partitions_default;
    bool auto_create_topics;
    bool delete_topics;
    int32_t offsets_partitions;
    int64_t offsets_retention_ms;
    int64_t offsets_check_ms;
    int32_t message_max_bytes;
    uint32_t auth_rounds_max;
    uint32_t auth_timeout_ms;
    uint32_t segment_bytes;
    enum ipc_policy_mode policy_mode;
    bool policy_compat;
    bool policy_allow_everyone;
    bool authorizer_log;   /* Apache Kafka's line for each first refusal */
    uint32_t changes_rate; /* recorded changes of a principal, a second; 0: no limit */
};

/* A key of schloss.properties, as clients are shown it. */
struct broker_setting {
    char *name;    /* owned, as all three */
    char *value;   /* NULL: unset, or secret */
    char *meaning; /* for people */
    int8_t type;   /* of DescribeConfigs */
    bool is_given; /* not the default */
    bool is_secret;
};

struct broker_forgetting {
    struct loop_timer timer;
    size_t cursor; /* in the groups: those before it were looked at */
    bool is_walking;
    bool again;
    bool is_round; /* at the interval, not for a topic that went */
};

struct broker_session;
struct broker_grant;

struct broker_principals {          /* see broker_principal.h */
    struct table rows;              /* by name */
    struct broker_principal *first; /* without a session, the longest first */
    struct broker_principal *last;
    size_t idle;
    uint64_t forgotten;
    int64_t since_ms; /* wall time */
};

struct broker_room { /* see broker_room.h */
    uint64_t max;
    uint64_t used;
    struct table owners;          /* by principal */
    struct broker_session *first; /* that wait, the longest first */
    struct broker_session *last;
    uint64_t turn; /* how often the line was served */
};

/*
 * A request that will be answered later. It names its session by number: when that is
 * gone, the answer goes nowhere.
 */
struct broker_call {
    uint64_t gate;
    uint64_t request; /* id of the gate's message */
    int16_t key;
    int16_t version;
};

struct broker_status {                           /* see broker_status.h */
    struct broker_call calls[BROKER_ADMINS_MAX]; /* that wait for the warden's word */
    size_t call_count;
    struct broker_call reload;
    bool is_reloading; /* ... and the same for the end of a reload */
    bool is_reloaded;  /* which the warden told; the record of who asked is waited for */
    uint64_t reload_record;
    struct broker_process_row {
        char name[65];
        uint8_t state; /* enum ipc_process */
        uint32_t restarts;
        int64_t since_ms;
    } processes[BROKER_PROCESSES_MAX]; /* of the answer that is under way */
    size_t process_count;
    struct broker_policy_row {
        bool is_permissive;
        uint8_t mode; /* enum ipc_policy_mode */
        uint64_t serial;
        char hash[65];
        uint32_t rules;
        int64_t since_ms;
        int64_t refused_ms;
        char state[257];
        char file[1025];
        char history[1025];
    } policies[BROKER_POLICIES_MAX];
    size_t policy_count;
    struct broker_reload_part {
        char code[9];
        char name[65];
    } parts[BROKER_RELOAD_PARTS_MAX]; /* the same */
    size_t part_count;
    struct broker_reload_part reloaded[BROKER_RELOAD_PARTS_MAX + 1];
    size_t reloaded_count;
};

struct broker {
    struct role role;
    struct broker_config config;
    struct broker_setting settings[BROKER_SETTINGS_MAX];
    size_t setting_count;
    struct broker_listener listeners[BROKER_LISTENERS_MAX];
    struct ipc_link porter;
    struct ipc_link store_link;
    struct ipc_link audit;
    struct broker_authority authorities[BROKER_AUTHORITIES_MAX];
    struct broker_keys {
        struct broker *broker;
        struct ipc_link link;
    } keys[2]; /* the same */
    size_t keys_now;
    struct ipc_certificates certificates; /* in force: until when they are good */
    struct broker_store store;            /* what we asked store for */
    struct table sessions;                /* gate number -> struct broker_session */
    struct broker_session *dead;          /* removed in this round, freed at its end */
    struct policy *policy;                /* NULL until the first one came */
    uint64_t policy_serial;               /* of that one */
    struct broker_trail trail;            /* to the audit */
    struct broker_denials denials;
    struct broker_permissive permissive;
    struct broker_ledger ledger; /* of sessions, for the audit */
    struct {
        bool asked;
        struct loop_timer late;
    } stop;
    struct broker_authz {
        uint64_t generation;         /* of the policy */
        uint64_t clients_generation; /* of that of the rules that clients set */
        bool has_ages;               /* its answers may change with time */
        bool clock_is_sure;
        int64_t clock_until_ms; /* monotonic: is known until then */
    } authz;
    struct broker_review {          /* see broker_review.h */
        struct broker_grant *first; /* of all sessions; looked at longest ago */
        struct broker_grant *last;
        uint64_t asked;    /* number of the last review that was asked for */
        uint64_t compared; /* ... of the last that compares, see broker_permissive.h */
        uint64_t begun;    /* ... because the policy changed */
        uint64_t ended;    /* the last of those that was seen to be over */
        uint64_t told;     /* revokes_told when it was */
        int64_t next_ms;   /* when time alone asks for one */
        struct loop_timer timer;
    } review;
    struct broker_acls {       /* see broker_acl.h, broker_acl_queue.h */
        struct policy *policy; /* of the rules that clients set; NULL: none yet */
        struct broker_acl_request *first; /* changes of them, the first one under way */
        struct broker_acl_request *last;
        bool is_advancing;
    } acls;
    struct meta_image image;
    struct meta_controller controller;
    struct broker_coord *coord;          /* groups and offsets, see broker_coord.h */
    struct broker_forgetting forgetting; /* of old offsets, see broker_forget.h */
    struct arena arena;                  /* of the request in hand */
    struct buf out;                      /* the answer being made */
    struct broker_producer_ids {
        int64_t next; /* of the block at hand */
        int64_t left;
        struct broker_waiting *waiting; /* for the next block */
    } producer_ids;
    struct buckets quota_buckets; /* what is counted here, see broker_quota.h */
    bool quotas_changed;          /* in this round */
    struct broker_room room;
    struct broker_credentials { /* see broker_credential.h */
        struct table asked;     /* of auth, and not answered */
        struct table users;     /* whose credentials are being altered */
        uint64_t request;
        int64_t serial; /* the last that was given out */
        size_t added;   /* credentials that are not in the image yet */
    } credentials;
    struct broker_principals principals;
    struct broker_status status;
    uint64_t next_handle;
    bool started;  /* store said who it is */
    bool replayed; /* the logs are read */
    bool serving;  /* ... and there is a policy: the warden was told */
    struct log_limit gate_log;
    struct log_limit audit_log;
    size_t revokes;        /* that store has not acknowledged */
    uint64_t revokes_told; /* all of them, ever */
    uint64_t policy_taken; /* serial to report when it has; 0: none */
    uint64_t policy_request;
};

#endif
