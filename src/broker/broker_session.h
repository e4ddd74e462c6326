/*
 * broker_session - one row for each gate: where it comes from, who it is, what it is
 * doing.
 *
 * Identity is written here only on a message from auth (or, on a listener without SASL,
 * from the configuration), and the origin only on a message from the porter. No message
 * of a gate has a field for either.
 *
 * A gate has one request in hand at a time; a second one is a breach.
 *
 * Ownership: sessions belong to broker.sessions.
 */
#ifndef BROKER_SESSION_H
#define BROKER_SESSION_H

#include "broker.h"
#include "buf.h"

enum broker_session_state {
    SESSION_WAITING,        /* the porter has not named it yet */
    SESSION_UNKNOWN,        /* must authenticate */
    SESSION_HANDSHAKE,      /* chose a mechanism */
    SESSION_AUTHENTICATING, /* auth is at work */
    SESSION_AUTHENTICATED,
    SESSION_ENDING, /* was told to end: nothing more is taken from it */
    SESSION_GONE,   /* the gate is dead; what it said last may still be read */
};

enum broker_proof_state { /* see broker_proof.h */
    BROKER_PROOF_NONE,    /* its listener asks for no certificate */
    BROKER_PROOF_WANTED,
    BROKER_PROOF_JUDGED, /* the authority is at work */
    BROKER_PROOF_GIVEN,
    BROKER_PROOF_REFUSED,
};

struct broker_grant { /* one that we told store of */
    uint64_t handle;
    struct wire_uuid topic_id;
    int32_t partition;
    uint8_t operation;
};

struct broker_session {
    struct broker *broker;
    uint64_t gate;
    struct ipc_link link;
    enum broker_session_state state;
    uint8_t listener;
    char address[IPC_ADDRESS_MAX + 1];
    uint16_t port;
    char principal[BROKER_PRINCIPAL_MAX + 1]; /* "User:name"; "" nobody */
    bool is_super;
    bool is_admin;        /* by the administrator's socket: the porter alone says so */
    uint32_t uid;         /* ... of the user who is there */
    int64_t connected_ms; /* wall time, as the next */
    int64_t authenticated_ms;      /* the last time; 0: never */
    int64_t authenticated_mono_ms; /* the same by the monotonic clock */
    struct broker_principal *row;  /* that counts it; NULL: none does */
    char mechanism[33];
    uint32_t attempt;                         /* of this session, never used again */
    struct broker_auth *auth;                 /* at work on it; NULL: none was yet */
    uint32_t owed;                            /* answers of auth to this attempt */
    const struct broker_authority *authority; /* that named its principal; NULL: none */
    bool doubtful;                   /* a process that is replaced by now let it in */
    const struct broker_auth *asked; /* whether it may stay; NULL: nobody is asked */
    int64_t asked_ms;                /* ... since then */
    uint32_t rounds;
    struct broker_session_proof { /* of a client certificate */
        enum broker_proof_state state;
        uint64_t request;
        bool is_signed; /* keys said what it signed for this gate: */
        uint8_t digest[IPC_DIGEST_MAX];
        int64_t expires_ms; /* wall time when the certificate ends; 0: never */
        struct buf judged;  /* while it is: the digest and, behind it, the transcript */
    } proof;
    struct broker_session_lifetime { /* see broker_lifetime.h */
        int64_t ms;                  /* from its last authentication on; 0: no end */
        int64_t credential_ends_ms;  /* wall time; 0: never */
        int64_t renewed_ms;          /* it began anew; 0: it never did */
        bool is_renewing;
        bool has_other_mechanism; /* ... with another than it came by */
    } lifetime;
    struct broker_session_authz { /* see broker_authz.h */
        struct policy_context context;
        struct broker_session_known { /* by one policy */
            struct policy_who who;
            uint64_t generation; /* of the policy that knows it so, + 1; 0: none does */
        } file, clients, permissive; /* of policy.file, of the rules that clients set, of
                                      * broker_permissive.h */
        bool is_anonymous;           /* its listener asks nobody who they are */
        struct buf groups; /* as its authority told: names, each with a NUL behind it */
        struct buf issuer; /* of its credential, as its authority told; may be empty */
    } authz;
    bool raw_sasl;
    bool busy;
    struct broker_call call; /* the request in hand */
    char client_id[256];     /* escaped by whoever prints it; cut */
    struct table grants;     /* (topic id, partition, operation) -> struct broker_grant */
    struct loop_timer deadline; /* to authenticate, to do so again, or to be gone */
    char decision[BROKER_DECISION_MAX + 1]; /* id of the last refusal */
    bool has_granted;                       /* store was told of a grant of it */
    bool is_held;                           /* an answer was, see broker_trail.h */
    uint64_t record; /* event that is on disk before the request in hand is answered */
    uint64_t refused_record;        /* ... and of the last refusal */
    struct broker_session_quota {   /* see broker_quota.h */
        struct ipc_gate_quota told; /* to store; gate 0: nothing yet */
        struct buckets_row *request;
        struct buckets_row *mutation;
        struct buckets_row *changes;
        int64_t since_us; /* the handler at work began; 0: none, or not counted */
        bool mutates;     /* the request in hand */
        bool changes_any; /* ... and made a record of a change */
        int64_t muted_until_ms;
        int64_t opens_until_ms; /* an OPEN was answered with a time to wait until then */
        uint32_t opens;         /* ... and so many came before it was over */
    } quota;
    struct broker_session_room {         /* see broker_room.h */
        struct broker_room_owner *owner; /* NULL: it has none, and wants none */
        uint32_t bytes;
        bool given;
        uint64_t request;
        struct broker_session *before; /* while it waits */
        struct broker_session *behind;
    } room;
    uint64_t notices; /* log lines of this gate so far */
    struct broker_session *next_dead;
};

/* NULL when it is gone. */
struct broker_session *broker_session_find(struct broker *b, uint64_t gate);
/* The same for one that another process speaks of: the warden may have told us of it, and
 * is heard first. It may be SESSION_GONE. */
struct broker_session *broker_session_introduced(struct broker *b, uint64_t gate);
/* A new gate, not yet with a client. Takes fd. */
enum err broker_session_add(struct broker *b, uint64_t gate, int fd) MUST_CHECK;
/* The gate is gone (the warden said so): it has no rights any more, and is forgotten when
 * its channel is read to the end. Harmless for an unknown one. */
void broker_session_remove(struct broker *b, uint64_t gate);
/* Frees what was removed; for the end of a round of the loop. */
void broker_session_bury(struct broker *b);
void broker_session_open(struct broker *b, const struct ipc_session_open *open);

/*
 * Who it is, from now on. principal is "User:name"; refuses (ERR_INVALID) what is too long.
 * expires_ms: wall time after which it is nobody any more; 0: never.
 */
enum err broker_session_trust(
    struct broker_session *s, struct ipc_view principal, int64_t expires_ms) MUST_CHECK;

/* The request of that key, where it may come from this session at all. */
const struct wire_api *broker_session_api(const struct broker_session *s, int16_t key);
/* Whether it has a principal: also while it proves it again. */
bool broker_session_is_trusted(const struct broker_session *s);
/* When it is ended, from now. It may be ended here, where that can not be noted. */
void broker_session_set_deadline(struct broker_session *s, int64_t in_ms);

/* It was told to end its connection, and has a moment for it, but no rights any more. */
void broker_session_end_soon(struct broker_session *s);
/* Ends the gate: tells the warden, forgets its grants. */
void broker_session_kill(struct broker_session *s, enum ipc_kill_reason reason);

/*
 * Answers the request in hand with a struct of its API's response. Nothing happens when
 * the session is gone.
 */
void broker_respond(
    struct broker *b, const struct broker_call *call, const void *response);
/* The same, and then the gate ends the connection. */
void broker_respond_and_end(
    struct broker *b, const struct broker_call *call, const void *response);
void broker_respond_authenticated(
    struct broker *b, const struct broker_call *call, const void *response);

/* Sends what was held back until its record was on disk. */
void broker_session_answer(struct broker *b, const struct broker_call *call,
    const struct ipc_response *response);

/* Whether the session is there and still waits for this answer. */
bool broker_is_waiting(struct broker *b, const struct broker_call *call);

/* The host and port that this session's listener advertises. */
const struct broker_listener *broker_session_listener(const struct broker_session *s);

#endif
