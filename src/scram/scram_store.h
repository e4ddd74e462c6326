/*
 * scram_store - the file of SCRAM credentials on disk: read whole, replaced whole, as the
 * password file is (users_store.h). users_store_lock() holds off other editors.
 */
#ifndef SCRAM_STORE_H
#define SCRAM_STORE_H

#include "scram_file.h"

/* f: initialised and empty. Errors: see users_store_load(). */
enum err scram_store_load(
    const char *path, struct scram_file *f, struct users_problem *problem_out) MUST_CHECK;
/* Draws a phantom key for a file that has none. ERR_IO, ERR_DENIED: errno says why; the
 * old file is still there. */
enum err scram_store_save(const char *path, struct scram_file *f) MUST_CHECK;

#endif
