/*
 * policy_collect - the policy files below the directory of the main one, read.
 *
 * For the warden and the tool: what parses the text opens no file. Nothing is parsed here,
 * but a main file in which the word `include` does not occur is taken alone, and its
 * directory is not looked at.
 *
 * Taken is every file whose name ends in `.policy`, below the directory of the main file
 * as it was named. Names that begin with a dot are passed over, directories included.
 * Symbolic links are not followed, but for the main file itself: an included file that is
 * one, or that can not be read, is refused and so is all, since a file that is silently
 * missing may be the one with the denies. Limits: POLICY_SOURCES_MAX files,
 * POLICY_TEXT_MAX bytes, 4 directories deep, 4096 directory entries.
 *
 * Trust: the files are the administrator's. Names come out escaped.
 */
#ifndef POLICY_COLLECT_H
#define POLICY_COLLECT_H

#include "err.h"
#include "policy_guard.h"
#include "policy_source.h"

struct policy_collected {
    struct policy_source *files; /* the main file, then the others by name */
    size_t count;
    struct policy_collected_text *texts; /* what files borrows from */
};

struct policy_collect_message {
    char text[1024];
};

/* ERR_INVALID: *why names the file and what is wrong with it. *out is to be freed after OK
 * only. */
enum err policy_collect(const char *path, struct policy_collected *out,
    struct policy_collect_message *why) MUST_CHECK;
/* The same, but only of files and directories to which nobody else may write: each file,
 * and each directory that is looked into or that holds the main file. */
enum err policy_collect_guarded(const char *path, enum policy_guard guard,
    struct policy_collected *out, struct policy_collect_message *why) MUST_CHECK;
void policy_collected_fini(struct policy_collected *c);

#endif
