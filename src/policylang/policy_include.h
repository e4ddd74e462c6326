/*
 * policy_include - which files are read: the main one, and those that a file read names.
 *
 * A name is relative to the directory of the file that includes it and never leads out of
 * it; `*` and `?` in it stand for what they do in a shell, but never for `/`. Each file is
 * read once. The files of the model are the list of what is still to be read: nothing here
 * calls itself.
 *
 * Trust: names and texts of the sources may hold any bytes.
 *
 * Ownership: borrows the sources; struct policy_include owns its arrays.
 */
#ifndef POLICY_INCLUDE_H
#define POLICY_INCLUDE_H

#include "policy_cursor.h"

#define POLICY_INCLUDE_DEPTH_MAX 4

struct policy_include_file {
    uint32_t source; /* in sources, sorted */
    uint32_t depth;  /* 0: the main file */
};

struct policy_include {
    const struct policy_source *main;
    const struct policy_source **sources; /* by name */
    size_t count;
    uint32_t *read_as; /* by source: in model->files, or POLICY_UNRESOLVED */
    struct policy_include_file *files; /* as model->files; POLICY_FILES_MAX of them */
    size_t text_left;                  /* bytes that may still be read */
    size_t statements;                 /* so far */
    bool is_full;                      /* and it has been said */
};

/* The main file is sources[0], and the first of the model's files. */
enum err policy_include_init(struct policy_include *in,
    const struct policy_source *sources, size_t count,
    struct policy_cursor *c) MUST_CHECK;
void policy_include_fini(struct policy_include *in);
const struct policy_source *policy_include_source(
    const struct policy_include *in, uint32_t file);
/* Behind the word `include`. */
bool policy_include_parse(struct policy_include *in, struct policy_cursor *c);

/* Shell patterns, without classes; time linear in pattern times name. */
bool policy_include_matches(
    struct policy_view pattern, const char *name, size_t name_length);

#endif
