/*
 * ipc_words - words and numbers that several processes must agree on, and the entries of a FETCH.
 *
 * Trust: numbers from another process may be none of these; whoever switches on one has a default.
 */
#ifndef IPC_WORDS_H
#define IPC_WORDS_H

#include "ipc_message.h"

/* handle u64, offset i64, then as i32 max_bytes and both epochs; little-endian */
#define FETCH_ENTRY_BYTES 28

struct ipc_fetch_entry {
    uint64_t handle;
    int64_t offset;
    int32_t max_bytes;
    int32_t leader_epoch;       /* -1: the client does not say */
    int32_t last_fetched_epoch; /* of the record before offset; -1: the same */
};

void ipc_fetch_entry_add(struct buf *out, const struct ipc_fetch_entry *entry);
/* index < view.len / FETCH_ENTRY_BYTES, and view.len a multiple of it: the caller
 * checked. */
struct ipc_fetch_entry ipc_fetch_entry_at(struct ipc_view view, size_t index);

/* One producer in PRODUCERS_ANSWER: id i64, last timestamp i64, last sequence i32, epoch
 * i16; little-endian */
#define IPC_PRODUCER_BYTES 22

struct ipc_producer {
    int64_t id;
    int64_t last_timestamp;
    int32_t last_sequence;
    int16_t epoch;
};

void ipc_producer_add(struct buf *out, const struct ipc_producer *producer);
/* index < view.len / IPC_PRODUCER_BYTES. */
struct ipc_producer ipc_producer_at(struct ipc_view view, size_t index);

/* What a grant is for. */
enum ipc_operation { IPC_OPERATION_READ = 1, IPC_OPERATION_WRITE = 2 };

/* OPENED.codec beside the numbers of record batches: batches stay as they came. */
#define IPC_CODEC_AS_SENT (-1)

/* AUTH_RESULT.verdict; zero is not success. */
enum ipc_verdict {
    IPC_VERDICT_CONTINUE = 0x2c,
    IPC_VERDICT_ALLOW = 0x51,
    IPC_VERDICT_DENY = 0xa7,
    IPC_VERDICT_ERROR = 0xe3,
};

/* LISTENER.protocol */
enum ipc_protocol {
    IPC_PROTOCOL_PLAINTEXT = 0,
    IPC_PROTOCOL_SSL = 1,
    IPC_PROTOCOL_SASL_PLAINTEXT = 2,
    IPC_PROTOCOL_SASL_SSL = 3,
    IPC_PROTOCOL_ADMIN = 4, /* the administrator's socket, and only that */
};

/* LISTENER.index: those of the configuration, and the administrator's socket behind them */
#define IPC_LISTENER_ADMIN 8
#define IPC_LISTENERS_MAX  9

/* LISTENER.client_auth, KEYS_START.client_auth: whether clients show a certificate */
enum ipc_client_auth {
    IPC_CLIENT_AUTH_NONE = 0,
    IPC_CLIENT_AUTH_REQUESTED = 1,
    IPC_CLIENT_AUTH_REQUIRED = 2,
};

/* BROKER_START.policy_mode: whose rules count. */
enum ipc_policy_mode {
    IPC_POLICY_FILE = 0,
    IPC_POLICY_API = 1,   /* those that clients set, and nobody else's */
    IPC_POLICY_MIXED = 2, /* those too, below what the file delegates */
};

/* GATE_GONE.exit_class */
enum ipc_exit_class {
    IPC_EXIT_CLEAN = 0, /* the client left, or we were told to stop */
    IPC_EXIT_PEER_FAULT =
        1, /* malformed bytes, wrong protocol, unauthenticated too long */
    IPC_EXIT_AUTH_FAIL = 2,
    IPC_EXIT_KILLED = 3, /* by the warden, for a breach or a lost right */
    IPC_EXIT_CRASH = 4,  /* by a signal, SIGSYS among them */
};

/* Exit statuses of a gate, from which the warden makes the class. */
#define IPC_GATE_EXIT_PEER_FAULT 10
#define IPC_GATE_EXIT_AUTH_FAIL  11
#define IPC_GATE_EXIT_NEIGHBOUR  12 /* broker, store or keys failed it: nobody's guilt */

/*
 * PRODUCED.error and FETCHED.error besides the protocol's codes: the handle is not (any
 * longer) a grant of this gate. The gate asks broker anew.
 */
#define IPC_ERROR_NO_GRANT (-2)

/* GATE_LOG.code */
enum ipc_log_code {
    IPC_LOG_FRAME_SIZE = 1,       /* detail: the announced size */
    IPC_LOG_MALFORMED = 2,        /* detail: api key << 16 | version; text: why */
    IPC_LOG_UNSUPPORTED = 3,      /* detail: api key << 16 | version */
    IPC_LOG_PLAINTEXT_ON_TLS = 4, /* text: client id */
    IPC_LOG_TLS_ON_PLAINTEXT = 5,
    IPC_LOG_HTTP = 6,
    IPC_LOG_TLS_FAILED = 7,    /* text: why */
    IPC_LOG_SASL_REQUIRED = 8, /* detail: api key; text: client id */
    IPC_LOG_SASL_STATE = 9,
    IPC_LOG_TIMEOUT = 10, /* text: in what */
};

/* GATE_KILL.reason */
enum ipc_kill_reason {
    IPC_KILL_BREACH = 1,     /* a message that it may not send, or not now */
    IPC_KILL_QUEUE = 2,      /* it does not read what it asked for */
    IPC_KILL_RIGHT_LOST = 3, /* its principal lost what it held open */
    IPC_KILL_EXPIRED = 4,    /* it did not authenticate in time */
    IPC_KILL_NEIGHBOUR =
        5,              /* a process that it needs failed: the client may come again */
    IPC_KILL_OVER = 6,  /* its session lasted as long as it may: the same */
    IPC_KILL_ENDED = 7, /* an administrator said so */
};

/* AUTH_KNOWN.known */
enum ipc_known {
    IPC_KNOWN_NO = 0,
    IPC_KNOWN_YES = 1,
    IPC_KNOWN_UNSAID = 2, /* the plugin has no list of users */
};

/* CREDENTIAL.act; as enum schloss_auth_credential_act */
enum ipc_credential_act {
    IPC_CREDENTIAL_OFFER = 1,  /* may it be? answered with what to store */
    IPC_CREDENTIAL_KEEP = 2,   /* it was stored: in force from now on */
    IPC_CREDENTIAL_REMOVE = 3, /* in force no more */
};

/* CREDENTIAL_ANSWER.status */
enum ipc_credential_status {
    IPC_CREDENTIAL_REFUSED = 0,
    IPC_CREDENTIAL_TAKEN = 1,
    IPC_CREDENTIAL_ELSEWHERE = 2, /* the user stands in a file */
};

/* RELOAD_ASK.part */
enum ipc_reload {
    IPC_RELOAD_ALL = 0,
    IPC_RELOAD_POLICY = 1, /* the policy files alone */
};

/* PROCESS_STATUS.state */
enum ipc_process {
    IPC_PROCESS_ABSENT = 0, /* it ended, and is started anew after a pause */
    IPC_PROCESS_STARTING = 1,
    IPC_PROCESS_READY = 2,
    IPC_PROCESS_STOPPING = 3,
};

/* What is read of IPC_AUDIT_PAST, at most */
#define IPC_AUDIT_PAST_BYTES ((size_t)512 * 1024)

/* AUDIT_FILE.kind */
enum ipc_audit_kind {
    IPC_AUDIT_KEY = 1,    /* the key that signs, to read and write */
    IPC_AUDIT_HEAD = 2,   /* the last signed line, beside the trail */
    IPC_AUDIT_ANCHOR = 3, /* the same elsewhere */
    IPC_AUDIT_SYSLOG = 4, /* a socket of syslog */
    IPC_AUDIT_PAST = 5,   /* where the trail ended, to read, at the bytes to read */
    IPC_AUDIT_LOG = 6,    /* the next file; name: what the present one is called now */
};

/* EVENT.kind */
enum ipc_event_kind {
    IPC_EVENT_AUTHENTICATION = 1,
    IPC_EVENT_DENIED = 2,
    IPC_EVENT_ADMIN = 3,
    IPC_EVENT_PROCESS = 4,
    IPC_EVENT_RELOAD = 5,
    IPC_EVENT_SESSION = 6,
    IPC_EVENT_PRODUCE = 7,
    IPC_EVENT_CONSUME = 8,
    IPC_EVENT_GROUP = 9,       /* members and offsets of a group changed */
    IPC_EVENT_GAP = 10,        /* something is missing here */
    IPC_EVENT_AUDIT = 11,      /* the audit itself */
    IPC_EVENT_PERMISSIVE = 12, /* what a policy that decides nothing would have decided */
};

/* BROKER_START.audit_failure: what goes on while nothing can be recorded */
enum ipc_audit_failure {
    IPC_AUDIT_BLOCK = 1,    /* nothing that would be recorded */
    IPC_AUDIT_READONLY = 2, /* nothing that changes anything */
    IPC_AUDIT_DROP = 3,     /* everything; what is missing is counted */
};

/* EVENT.outcome */
enum ipc_outcome {
    IPC_OUTCOME_SUCCESS = 1,
    IPC_OUTCOME_FAILURE = 2,
    IPC_OUTCOME_DENIED = 3
};

#endif
