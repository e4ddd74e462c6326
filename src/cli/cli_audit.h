/*
 * cli_audit - what the commands of `schloss audit` share: the files of a trail, and the
 * lines in them. Local files only; no broker is asked.
 *
 * Trust: the files are what somebody left there.
 */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "auditlog_text.h"
#include "cli_command.h"

#define CLI_AUDIT_DIR       "/var/log/schloss/audit"
#define CLI_AUDIT_FILES_MAX 100000

/* The files of a trail in their order. */
struct cli_audit_files {
    char **paths; /* owned */
    size_t count;
    size_t capacity;
    bool is_directory; /* one directory, all of it */
    char head[1024];   /* where its anchor is; empty: files were named */
};

/* DIR or FILE... of the command line, else CLI_AUDIT_DIR. CLI_EXIT_USAGE: not there. */
enum cli_exit cli_audit_files(const struct cli *cli, struct cli_audit_files *out);
void cli_audit_files_fini(struct cli_audit_files *f);

/* What of a line the commands look at; views of its bytes as written. */
struct cli_audit_line {
    struct auditlog_view whole;
    struct auditlog_view time;
    struct auditlog_view seq;
    struct auditlog_view source;
    struct auditlog_view event;
    struct auditlog_view outcome;
    struct auditlog_view session;
    struct auditlog_view principal;
    struct auditlog_view address;
    struct auditlog_view listener;
    struct auditlog_view mechanism;
    struct auditlog_view client_id;
    struct auditlog_view api;
    struct auditlog_view operation;
    struct auditlog_view resource;
    struct auditlog_view name;
    struct auditlog_view rule;
    struct auditlog_view decision;
    struct auditlog_view reason;
    struct auditlog_view count;
    struct auditlog_view first_time;
    struct auditlog_view hash;
};

/* False: not a flat object of JSON. */
bool cli_audit_line_read(const char *line, size_t length, struct cli_audit_line *out);

/*
 * Calls on_line for each line of all files. False of on_line: no more. CLI_EXIT_NO: a file
 * can not be read. A line above its maximum is left out.
 */
enum cli_exit cli_audit_each(const struct cli_audit_files *files,
    bool (*on_line)(void *context, const struct cli_audit_line *line), void *context);
/* The same; adds to *bad how many lines were none, or too long. */
enum cli_exit cli_audit_each_counted(const struct cli_audit_files *files,
    bool (*on_line)(void *context, const struct cli_audit_line *line), void *context,
    uint64_t *bad);
/* Of a file only its last `bytes`. */
enum cli_exit cli_audit_end_of(const char *path, size_t bytes,
    bool (*on_line)(void *context, const struct cli_audit_line *line), void *context);

/* --principal, --resource, --decision, --since, --until. */
struct cli_audit_filter {
    const char *principal;
    const char *resource;
    const char *decision;
    int64_t since_ms; /* -1: none */
    int64_t until_ms; /* -1: none */
    bool own;         /* also what the trail says of itself */
};

enum cli_exit cli_audit_filter(const struct cli *cli, struct cli_audit_filter *out);
bool cli_audit_finds(const struct cli_audit_filter *f, const struct cli_audit_line *line);

/* Of links, the link itself. */
bool cli_audit_is_there(const char *path);
/*
 * A file of the trail. -1: it can not be opened, or is a link, a pipe, a device: says so,
 * and waits for nobody.
 */
int cli_audit_open(const char *path);
/* The whole of a small one into out, which is initialised. */
enum cli_exit cli_audit_read_part(const char *path, struct buf *out);
/* The same of what the auditor brings himself, which may come by a pipe. */
enum cli_exit cli_audit_read_file(const char *path, struct buf *out);

#endif
