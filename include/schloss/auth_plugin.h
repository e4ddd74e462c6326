/*
 * auth_plugin - the interface between Schloss and a plugin that decides who somebody is.
 *
 * A plugin is a shared object with one exported function, schloss_auth_plugin_v1(). It is
 * loaded by a process that holds nothing but this plugin's credentials. The process loads
 * it, creates one instance, warms it, and then enters a sandbox: from there on a plugin
 * can open no file and no socket and start no thread. Whatever it needs it opens or reads
 * while it is created or warmed; a connection it may be given by the host's dial. A reload
 * is a new process.
 *
 * An attempt: `begin` once, `step` for each message of the client, and for each step one
 * `complete` by the plugin, inside the call or later. ALLOW, DENY and ERROR end the
 * attempt, CONTINUE asks for one more step. After `cancel`, or an end, the number of the
 * attempt means nothing; it is never used again. The host drops a completion that nobody
 * waits for, and answers ERROR for an attempt whose plugin stays silent.
 *
 * Trust: what the client sent is hostile. What the plugin answers is checked by the host:
 * sizes, the shape of the principal, the order of calls.
 *
 * Ownership: what is passed in a call is borrowed until it returns, in both directions;
 * who wants to keep it makes a copy. No memory is freed by the side that did not allocate
 * it. One thread.
 *
 * Growth: a struct that crosses begins with its size, and grows only at its end. New
 * functions get new numbers; a host ignores numbers that it does not know, and a plugin
 * finds out by their absence what its host lacks.
 */
#ifndef SCHLOSS_AUTH_PLUGIN_H
#define SCHLOSS_AUTH_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define SCHLOSS_AUTH_ABI_MAJOR 1u /* another major: do not even try */
#define SCHLOSS_AUTH_ABI_MINOR 4u
/* What the host tells the entry point. */
#define SCHLOSS_AUTH_HOST_ABI ((SCHLOSS_AUTH_ABI_MAJOR << 16) | SCHLOSS_AUTH_ABI_MINOR)

/* Zero is not success, and no flipped bit turns one into another. */
enum schloss_auth_verdict {
    SCHLOSS_AUTH_CONTINUE = 0x2c,
    SCHLOSS_AUTH_ALLOW = 0x51,
    SCHLOSS_AUTH_DENY = 0xa7,
    SCHLOSS_AUTH_ERROR = 0xe3, /* no decision: refuses too, and is counted apart */
};

/* What the audit is told; a client never is. */
#define SCHLOSS_AUTH_REASONS(X)                                                          \
    X(NONE, 0, "none")                                                                   \
    X(MALFORMED, 1, "malformed message")                                                 \
    X(UNKNOWN_USER, 2, "unknown user")                                                   \
    X(WRONG_PASSWORD, 3, "wrong password")                                               \
    X(OTHER_IDENTITY, 4, "asked to act as another user")                                 \
    X(TOO_MANY_FAILURES, 5, "too many failures from this address for this user")         \
    X(TOO_LONG, 6, "message too long")                                                   \
    X(MECHANISM, 7, "mechanism not enabled")                                             \
    X(TIMEOUT, 8, "no answer in time")                                                   \
    X(BUSY, 9, "too many logins at once")                                                \
    X(SEQUENCE, 10, "message out of order")                                              \
    X(PLUGIN, 11, "plugin broke a rule")                                                 \
    X(INTERNAL, 12, "internal failure")                                                  \
    X(ROUNDS, 13, "too many rounds")                                                     \
    X(DISABLED, 14, "user is disabled")                                                  \
    X(EXPIRED, 15, "user or ticket is expired")                                          \
    X(KRB_SKEW, 20, "the clocks of client and broker differ too much")                   \
    X(KRB_NO_KEY, 21, "no key opens the Kerberos ticket")                                \
    X(KRB_EXPIRED, 22, "Kerberos ticket expired")                                        \
    X(KRB_REPLAY, 23, "Kerberos message was sent before")                                \
    X(KRB_OTHER, 24, "Kerberos refused")                                                 \
    X(KRB_NO_RULE, 25, "no rule names the Kerberos principal")                           \
    X(KRB_LAYER, 26, "client asked for a Kerberos layer; only TLS is offered")           \
    X(KRB_SERVICE, 27, "Kerberos ticket is for another service")                         \
    X(X509_PROOF, 30, "the proof of the client certificate does not hold")               \
    X(X509_FRESH, 31, "the proof is not of this connection")                             \
    X(X509_CHAIN, 32, "the client certificate is not trusted")                           \
    X(X509_EXPIRED, 33, "the client certificate is out of its time")                     \
    X(X509_REVOKED, 34, "the client certificate is revoked")                             \
    X(X509_PURPOSE, 35, "the client certificate is for another purpose")                 \
    X(X509_NAME, 36, "no principal by the mapping rules")                                \
    X(X509_WEAK, 37, "the client certificate is too weak")                               \
    X(X509_CRL, 38, "the revocation list is missing or out of its time")                 \
    X(X509_ISSUER, 39, "the issuer of the client certificate has no usable name")        \
    X(TOKEN_FORM, 40, "token malformed")                                                 \
    X(TOKEN_SIGNATURE, 41, "signature of the token is wrong")                            \
    X(TOKEN_EXPIRED, 42, "token expired or not valid yet")                               \
    X(TOKEN_AUDIENCE, 43, "token is for another audience")                               \
    X(TOKEN_ISSUER, 44, "token is of another issuer")                                    \
    X(TOKEN_KEY, 45, "token names no known key")                                         \
    X(TOKEN_ALGORITHM, 46, "algorithm of the token not allowed")                         \
    X(TOKEN_CLAIMS, 47, "claims of the token missing or wrong")                          \
    X(TOKEN_NO_KEYS, 48, "the keys of tokens are not there yet")                         \
    X(LDAP_UNREACHABLE, 50, "the directory can not be reached")                          \
    X(LDAP_UNTRUSTED, 51, "the directory is not trusted")                                \
    X(LDAP_ANSWER, 52, "the directory does not answer the question")                     \
    X(LDAP_LOCKED, 53, "the directory has locked the account")                           \
    X(LDAP_SEVERAL, 54, "the directory has several of that name")                        \
    X(LDAP_GROUPS, 55, "the groups in the directory are too many or can not be used")

enum schloss_auth_reason {
#define SCHLOSS_AUTH_REASON_ENUM(name, number, text) SCHLOSS_AUTH_REASON_##name = number,
    SCHLOSS_AUTH_REASONS(SCHLOSS_AUTH_REASON_ENUM)
#undef SCHLOSS_AUTH_REASON_ENUM
};

enum schloss_auth_status {
    SCHLOSS_AUTH_READY = 0x6b,
    SCHLOSS_AUTH_REFUSED = 0x94,
    SCHLOSS_AUTH_ELSEWHERE = 0x2d, /* of `credential` alone */
};

enum schloss_auth_log {
    SCHLOSS_AUTH_LOG_ERROR = 1,
    SCHLOSS_AUTH_LOG_WARN = 2,
    SCHLOSS_AUTH_LOG_INFO = 3,
};

/* One row of a table of functions; the table ends with number 0. */
struct schloss_auth_function {
    uint32_t id;
    void (*call)(void); /* cast to the type of the number below */
};

/* Bytes, not NUL-terminated. */
struct schloss_auth_bytes {
    const void *bytes; /* may be NULL where length is 0 */
    size_t length;
};

/* --- what the host offers --------------------------------------------------------- */

struct schloss_auth_result {
    size_t size;                         /* of this struct */
    uint32_t verdict;                    /* enum schloss_auth_verdict */
    uint32_t reason;                     /* enum schloss_auth_reason */
    struct schloss_auth_bytes answer;    /* for the client: with CONTINUE and ALLOW */
    struct schloss_auth_bytes principal; /* with ALLOW only: "User:" and a name */
    int64_t expires_ms; /* ALLOW: wall time when it ends to be true; 0: it does not */
    /* Since minor version 3. ALLOW: the groups that the principal is in, each with a NUL
     * behind it; at most SCHLOSS_AUTH_GROUPS_MAX of them, and
     * SCHLOSS_AUTH_GROUPS_BYTES_MAX in all. With more nobody is let in: a rule that denies
     * may be about any of them. */
    struct schloss_auth_bytes groups;
    /* Since minor version 3. ALLOW: who issued the credential, for `with issuer` of the
     * policy; UTF-8 without control characters, SCHLOSS_AUTH_ISSUER_MAX bytes at most.
     * Empty: nobody did. Where somebody did, name them or refuse: a rule that denies may
     * be about them. */
    struct schloss_auth_bytes issuer;
};

#define SCHLOSS_AUTH_GROUPS_MAX       64
#define SCHLOSS_AUTH_GROUPS_BYTES_MAX 4096
#define SCHLOSS_AUTH_ISSUER_MAX       1024

/* Exactly once for each step. */
#define SCHLOSS_AUTH_HOST_COMPLETE 1u
typedef void schloss_auth_host_complete(
    void *host, uint64_t attempt, const struct schloss_auth_result *result);
/* Monotonic milliseconds. */
#define SCHLOSS_AUTH_HOST_NOW_MS 2u
typedef int64_t schloss_auth_host_now_ms(void *host);
/* Ask for `resume` once, in delay_ms, instead of completing now. */
#define SCHLOSS_AUTH_HOST_WAIT 3u
typedef void schloss_auth_host_wait(void *host, uint64_t attempt, uint32_t delay_ms);
/* One line, without anything secret; peer bytes are escaped by the host. */
#define SCHLOSS_AUTH_HOST_LOG 4u
typedef void schloss_auth_host_log(
    void *host, uint32_t level, struct schloss_auth_bytes text);

/* Since minor 2. A stream socket that is connected to the first address of the manifest's
 * dial key that answers, and does not block; -1: there is none within timeout_ms (5000 at
 * most). The caller closes it. Blocks: while it lasts nobody else logs in. Whoever is at the
 * other end is a stranger until the plugin has made sure. Not in CREATE and WARM. */
#define SCHLOSS_AUTH_HOST_DIAL 5u
typedef int schloss_auth_host_dial(void *host, uint32_t timeout_ms);

struct schloss_auth_host {
    size_t size; /* of this struct */
    uint32_t abi_major;
    uint32_t abi_minor;
    void *host; /* the first argument of its functions */
    const struct schloss_auth_function *functions;
};

/* A file that the administrator configured, opened for reading. */
struct schloss_auth_file {
    const char *name; /* "users" */
    int fd;           /* borrowed while the instance is created */
};

/* A key of schloss.properties that the manifest asks for, or one that the host adds:
 * "scratch" is a directory that nobody else can reach. Values are never secret. */
struct schloss_auth_setting {
    const char *name;
    const char *value;
};

struct schloss_auth_config {
    size_t size; /* of this struct */
    const struct schloss_auth_file *files;
    size_t file_count;
    /* Since minor 1. */
    const struct schloss_auth_setting *settings;
    size_t setting_count;
};

/* --- what the plugin offers ------------------------------------------------------- */

struct schloss_auth_instance; /* the plugin's own */

/* Required. NULL: refused, after saying why by the host's log. host outlives the
 * instance. */
#define SCHLOSS_AUTH_PLUGIN_CREATE 1u
typedef struct schloss_auth_instance *schloss_auth_plugin_create(
    const struct schloss_auth_host *host, const struct schloss_auth_config *config);
/* Required. Wipes what is secret. */
#define SCHLOSS_AUTH_PLUGIN_DESTROY 2u
typedef void schloss_auth_plugin_destroy(struct schloss_auth_instance *instance);
/* Required. Everything once that must be loaded, before the sandbox closes: dummy logins.
 * Returns enum schloss_auth_status. */
#define SCHLOSS_AUTH_PLUGIN_WARM 3u
typedef uint32_t schloss_auth_plugin_warm(struct schloss_auth_instance *instance);
/* Required. address: of the client, as text. No completion of its own; to refuse,
 * complete the first step. */
#define SCHLOSS_AUTH_PLUGIN_BEGIN 4u
typedef void schloss_auth_plugin_begin(struct schloss_auth_instance *instance,
    uint64_t attempt, struct schloss_auth_bytes mechanism,
    struct schloss_auth_bytes address);
/* Required. */
#define SCHLOSS_AUTH_PLUGIN_STEP 5u
typedef void schloss_auth_plugin_step(struct schloss_auth_instance *instance,
    uint64_t attempt, struct schloss_auth_bytes message);
/* Required. Also when the host ends an attempt by itself, which may be inside a call of
 * `complete` or `wait`. No completion. */
#define SCHLOSS_AUTH_PLUGIN_CANCEL 6u
typedef void schloss_auth_plugin_cancel(
    struct schloss_auth_instance *instance, uint64_t attempt);
/* Required of who calls `wait`: that time is over. */
#define SCHLOSS_AUTH_PLUGIN_RESUME 7u
typedef void schloss_auth_plugin_resume(
    struct schloss_auth_instance *instance, uint64_t attempt);
/* Optional. After a reload, for who is logged in since before: READY: may stay; REFUSED:
 * unknown, disabled or expired by now, the sessions end. Without it all stay. */
#define SCHLOSS_AUTH_PLUGIN_KNOWS 8u
typedef uint32_t schloss_auth_plugin_knows(
    struct schloss_auth_instance *instance, struct schloss_auth_bytes principal);

/*
 * Credentials that administrators set over the network (since minor 2; both functions or
 * none). Whoever carries and keeps them between the administrator and the plugin can not
 * read them: they are sealed to a key of the plugin's, and stored in a form that the
 * plugin makes and alone can open.
 *
 * OFFER: may this be the name's credential? READY, and *stored_out is what is to be kept:
 * borrowed until the next call. Nothing is in force yet. REFUSED: it is not acceptable, or
 * nobody sealed it for this name. ELSEWHERE: the name's credentials are in a file, which
 * only its owner changes.
 * KEEP: these bytes, stored by an OFFER of this plugin, also of a process before this one,
 * are in force from now on, instead of what was. REFUSED: they can not be opened, are of
 * another name, mechanism or cost, or older than what is in force.
 * REMOVE: the name has no such credential any more.
 *
 * After a start everything that is in force comes as KEEP before the first attempt.
 */
enum schloss_auth_credential_act {
    SCHLOSS_AUTH_CREDENTIAL_OFFER = 1,
    SCHLOSS_AUTH_CREDENTIAL_KEEP = 2,
    SCHLOSS_AUTH_CREDENTIAL_REMOVE = 3,
};

struct schloss_auth_credential {
    size_t size;                         /* of this struct */
    uint32_t act;                        /* enum schloss_auth_credential_act */
    uint32_t cost;                       /* as the mechanism counts it: iterations */
    struct schloss_auth_bytes name;      /* of the user, without "User:" */
    struct schloss_auth_bytes mechanism; /* one of the plugin's */
    uint64_t serial;                     /* a later change has a higher one */
    struct schloss_auth_bytes bytes;     /* sealed, or stored; empty with REMOVE */
};

#define SCHLOSS_AUTH_CREDENTIAL_MAX 1024 /* bytes, sealed or stored */

/* *key_out: the public key, 32 bytes of X25519, to which credentials are sealed by
 * libsodium's crypto_box_seal(); borrowed until `destroy`. REFUSED: there is none. */
#define SCHLOSS_AUTH_PLUGIN_SEALING_KEY 9u
typedef uint32_t schloss_auth_plugin_sealing_key(
    struct schloss_auth_instance *instance, struct schloss_auth_bytes *key_out);
/* Returns enum schloss_auth_status; *stored_out is looked at after READY to OFFER alone. */
#define SCHLOSS_AUTH_PLUGIN_CREDENTIAL 10u
typedef uint32_t schloss_auth_plugin_credential(struct schloss_auth_instance *instance,
    const struct schloss_auth_credential *credential,
    struct schloss_auth_bytes *stored_out);

/*
 * Optional (since minor 4). Called without an instance, in a process that does nothing but
 * list what the plugin's root has to hold: its libraries are listed anyway. Loads those that
 * the plugin itself loads by name later, and returns the paths of other files that it opens
 * before the sandbox is closed, each with a line end behind it. Borrowed; NULL: none.
 */
#define SCHLOSS_AUTH_PLUGIN_FILES 11u
typedef const char *schloss_auth_plugin_files(void);

struct schloss_auth_plugin {
    size_t size; /* of this struct */
    uint32_t abi_major;
    uint32_t abi_minor;
    const char *name;    /* printable ASCII, 1 to 32 characters */
    const char *version; /* the same */
    const char
        *mechanisms; /* names with single blanks between them, up to 255 characters */
    const struct schloss_auth_function *functions;
};

#define SCHLOSS_AUTH_PLUGIN_ENTRY "schloss_auth_plugin_v1"
typedef const struct schloss_auth_plugin *schloss_auth_plugin_entry(uint32_t host_abi);

/* The one exported function. NULL: the plugin does not work with this host. */
const struct schloss_auth_plugin *schloss_auth_plugin_v1(uint32_t host_abi);

#endif
