/*
 * cli_admin - a client of the administrator's socket: one request, one answer, by our own
 * codec.
 *
 * Trust: who listens on the socket may be anybody who could make a file of that name; an
 * answer is decoded as any peer's bytes are.
 *
 * Ownership: answers live until cli_admin_close().
 */
#ifndef CLI_ADMIN_H
#define CLI_ADMIN_H

#include "arena.h"
#include "cli_output.h"
#include "wire_admin.h"
#include "wire_admin_api.h"

#define CLI_ADMIN_TIME 32 /* bytes that a time takes, with its NUL */

struct cli_admin {
    int fd;
    const char *path; /* borrowed: command line or environment */
    int32_t asked;    /* number of the last request */
    int64_t timeout_ms;
    struct arena arena;
};

/* CLI_EXIT_OK, or the error was printed. Close it in either case. */
enum cli_exit cli_admin_open(struct cli_admin *a, const struct cli *cli) MUST_CHECK;
void cli_admin_close(struct cli_admin *a);
/* The same for the answer of that request. */
enum cli_exit cli_admin_call(struct cli_admin *a, enum wire_admin_key key,
    const void *request, const void **response_out) MUST_CHECK;
/* What the answer's code means; prints its message. */
enum cli_exit cli_admin_check(int16_t code, struct wire_view message, const char *task);

/*
 * Whether the audit confirmed the record of a reload, of which these are the parts; prints
 * that it did not.
 */
bool cli_admin_is_recorded(const struct wire_array *parts);

struct wire_view cli_admin_view(const char *text);
/* The principal's whole name, from "alice" or "User:alice". NULL: printed. */
const char *cli_admin_principal(struct cli_admin *a, const char *name);
/* For people; what no clock shows, as a number. */
void cli_admin_time(int64_t ms, char out[CLI_ADMIN_TIME]);
/* Cells of a table. A time of 0 is none. */
void cli_admin_add_text(struct cli_table *t, struct wire_view text);
void cli_admin_add_time(struct cli_table *t, int64_t ms);

#endif
