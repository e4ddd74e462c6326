/*
 * warden - starts, wires, verifies, watches and reaps all the others.
 *
 * Trust: reads the administrator's files and fixed-size messages of its children. It
 * parses nothing that comes from a client, and holds no key, credential or record in
 * memory: files go to the children as descriptors.
 *
 * Ownership: everything hangs on `struct warden`.
 */
#ifndef WARDEN_H
#define WARDEN_H

#include "conf.h"
#include "conf_manifest.h"
#include "ipc_certificates.h"
#include "ipc_link.h"
#include "ipc_words.h"
#include "log.h"
#include "sandbox_spawn.h"
#include "table.h"
#include "warden_event.h"

#include <sys/types.h>

#define WARDEN_PLUGINS_MAX      SANDBOX_INSTANCES_MAX
#define WARDEN_POSTS_MAX        (5 + 2 * WARDEN_PLUGINS_MAX)
#define WARDEN_EXIT_CONFIG      78
#define WARDEN_EXIT_FAULT       70
#define WARDEN_STORE_FLUSHERS   2
#define WARDEN_RELOAD_PARTS_MAX 32
#define WARDEN_PATH_MAX         4095

enum warden_child_state {
    CHILD_ABSENT,
    CHILD_STARTING, /* spawned, has not said READY */
    CHILD_READY,    /* verified and wired */
    CHILD_STOPPING,
};

/* What authenticates by some mechanisms; see warden_plugin.h. */
struct warden_plugin {
    uint8_t number; /* its place in warden.plugins */
    char name[CONF_MANIFEST_NAME + 1];
    char process[CONF_MANIFEST_NAME + 8]; /* "auth-NAME": for people, and of its root */
    char dial[CONF_MANIFEST_NAME + 8];    /* "dial-NAME": for people */
    char path[256];
    char mechanisms[256]; /* commas between them */
    struct conf_manifest manifest;
};

/* One process of a post, which is a role, or a plugin of auth or dial. keys, auth and dial
 * are there twice during a reload. */
struct warden_child {
    struct warden *warden;
    struct warden_child *next; /* in warden.children */
    enum ipc_role role;
    const struct warden_plugin *plugin; /* of auth and dial; NULL: another role */
    enum warden_child_state state;
    bool replaces; /* a reload: takes over from the present one when it is ready */
    bool retired;  /* another took over: its end means nothing */
    struct sandbox_process process;
    struct loop_watch exit_watch; /* its pidfd */
    struct loop_timer timer;      /* start, or retirement, took too long */
    struct loop_timer
        alive; /* auth, dial: is asked, or has not answered (warden_alive.h) */
    bool asked;
    int64_t since_ms; /* wall time when it was ready */
    struct ipc_link link;
    int fds[16]; /* what START carried, for the check of its descriptors; kinds below */
    int fd_kinds[16];
    size_t fd_count;
    struct buf chain; /* keys: the certificates that belong to its key */
    bool has_offer;   /* auth: was given keys that were not in force (warden_fetch.h) */
    struct ipc_certificates certificates; /* keys: what it said of them */
};

/* Which signed policy it was, in the words of policy_state.h, which are not read here. */
struct warden_state {
    char text[257]; /* "": no signature was asked for */
};

/* What became of policy files. */
struct warden_compiled {
    int fd; /* a sealed memfd; -1: there is none */
    struct warden_state state;
    char hash[65];     /* of the bundle of its files; "" where no file is read */
    struct buf bundle; /* until it is in the history; see warden_history.h */
};

/* Policy files on their way through their processes; see warden_compile.h. */
struct warden_compile {
    struct warden *warden;
    bool running;
    bool is_check;                  /* of signatures; the compiler comes after it */
    bool is_overdue;                /* and was ended for it */
    char path[WARDEN_PATH_MAX + 1]; /* of the main file, for messages */
    int32_t signatures_required;    /* when it began */
    struct warden_compiled out;
    int in_fd;
    int out_fd;
    int messages_fd;
    struct sandbox_process process;
    struct loop_watch exit_watch;
    struct loop_timer timer;
    void (*on_end)(struct warden *w, enum err e); /* NULL: it is waited for */
};

/* Of a policy that broker has accepted. */
struct warden_in_force {
    char hash[65];
    struct buf bundle;
    uint64_t serial; /* of the header of the main file */
    uint32_t rules;
    int64_t since_ms;   /* wall time */
    int64_t refused_ms; /* when a reload failed since then; 0: none did */
};

/* The policy that decides nothing; see warden_permissive.h. */
struct warden_permissive {
    struct warden_compile compile; /* of the next one */
    int fd;                        /* -1: there is none */
    uint64_t serial;               /* of the last one that was given to broker */
    char hash[65];
    uint64_t file_serial;
    uint32_t rules;
    int64_t since_ms;
    int64_t refused_ms;
};

/* A compiled policy that broker has not accepted yet. */
struct warden_offer {
    int fd; /* -1: there is none */
    struct warden_compile compile;
    uint64_t serial;
    bool sent;       /* to the broker of now */
    unsigned deaths; /* of brokers that it had been sent to */
    bool again;      /* another one is asked for; it waits for this one's end */
    char again_expected[65];
};

/* Keys of tokens that come from a URL; see warden_fetch.h. */
struct warden_fetch {
    const struct warden_plugin *plugin; /* whose they are; NULL: nothing is fetched */
    bool running;
    struct sandbox_process process;
    struct loop_watch exit_watch;
    struct loop_timer timer; /* the next fetch, or this one takes too long */
    int out_fd;              /* what it writes: a memfd */
    int messages_fd;
    int keys_fd;       /* in force: a sealed memfd; -1: there are none yet */
    int64_t keys_ms;   /* when they were fetched last */
    int offer_fd;      /* fetched, but the plugin has not taken them yet; -1 */
    unsigned failures; /* one after the other */
};

struct warden_gate {
    struct warden *warden;
    uint64_t number;
    bool ready;
    bool taken;    /* serves a client */
    bool killed;   /* by us */
    bool replaced; /* ... before it was ready, for a newer certificate */
    enum ipc_exit_class kill_class;
    struct sandbox_process process;
    struct loop_watch exit_watch;
    struct loop_timer timer; /* start took too long */
    struct ipc_link link;
    int ends[4]; /* our ends for porter, broker, keys, store, until it is ready; then -1
                  */
};

/* The administrator's socket; see warden_admin.h. */
struct warden_admin {
    bool bound;
    int fd;
    char path[108];
    dev_t device; /* of the file that was made */
    ino_t inode;
    uid_t uid; /* that started us */
    gid_t gid; /* that may use it too; -1: nobody */
};

/* The last reload, or the one that is under way. */
struct warden_reloading {
    bool running;
    bool recording;  /* all parts came to their end, and the answer waits for audit */
    uint64_t breaks; /* of the events, when it began; see warden_event.h */
    bool asked;      /* the broker of now waits for its end */
    int64_t done_ms; /* wall time; 0: there was none */
    struct warden_reload_part {
        char code[9];
        char name[65];
    } parts[WARDEN_RELOAD_PARTS_MAX];
    size_t count;
};

struct warden_listener {
    int fd;
    uint16_t port; /* that is bound */
};

/* Where programs and files are; all of it is the administrator's. */
struct warden_options {
    const char *config_file;
    const char *program_dir;
    const char *gate_program; /* NULL: schloss-gate; a test may put a hostile one there */
    const char *const *gate_arguments;
};

struct warden {
    struct warden_options options;
    struct conf *conf;
    struct sandbox sandbox;
    struct loop *loop;
    int programs[SANDBOX_ROLE_COUNT];
    struct loop_watch signals;
    struct warden_listener listeners[CONF_LISTENERS_MAX];
    struct warden_admin admin;
    struct warden_reloading reload;
    int64_t started_ms; /* wall time */
    struct warden_child *children;
    struct table gates; /* number -> struct warden_gate */
    uint64_t last_gate;
    size_t spares;     /* started or ready, without a client */
    size_t starting;   /* of them, not ready */
    size_t starts_max; /* at once: see warden_gate.h */
    size_t connections_max;
    bool served;  /* all were ready once: from now on failures are retried */
    bool serving; /* broker can be asked: gates are started */
    bool stopping;
    int exit_status;
    struct warden_plugin plugins[WARDEN_PLUGINS_MAX];
    size_t plugin_count;
    struct buf chain; /* the certificate chain, public; empty without TLS */
    struct ipc_certificates certificates; /* in force; what broker is told too */
    int data_fd;                          /* the locked data directory */
    int policy_fd;                        /* the compiled policy in force: a memfd */
    uint64_t policy_serial;
    struct warden_state policy_state; /* of the policy in force */
    struct warden_in_force in_force;
    struct warden_state policy_kept; /* what the state file holds, or should */
    bool policy_is_unkept;           /* it could not be written */
    struct warden_offer offer;
    struct warden_permissive permissive;
    struct warden_fetch fetch;
    int64_t core_deaths[3]; /* when broker or store died lately */
    unsigned restarts[WARDEN_POSTS_MAX];
    int64_t restarted_ms[WARDEN_POSTS_MAX];   /* the last time */
    unsigned starts[WARDEN_POSTS_MAX];        /* of each post, a reload's not counted */
    int64_t restart_due_ms[WARDEN_POSTS_MAX]; /* of a post that waits; 0: does not */
    struct loop_timer refill;
    struct loop_timer stop_timer;
    struct loop_timer restart;
    bool gates_stopped; /* ... and the rest has its time now */
    int logs[2];        /* pipe: children's stderr */
    int gate_logs[2];   /* the gates' own, not believed */
    struct loop_watch log_watch;
    struct loop_watch gate_log_watch;
    struct log_limit gate_log_limit;
    struct warden_events events; /* for audit, while there is none */
};

/* Sets up everything and runs until told to stop; returns the exit status. */
int warden_run(const struct warden_options *options);

#endif
