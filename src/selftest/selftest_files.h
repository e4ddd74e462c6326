/*
 * selftest_files - the files of the private broker, and reading small ones.
 */
#ifndef SELFTEST_FILES_H
#define SELFTEST_FILES_H

#include "selftest_instance.h"

/* Certificate, key, users, policy and schloss.properties in i->dir. */
bool selftest_files_make(const struct selftest_instance *i);
/* As much of it as has room, with a NUL behind it. */
bool selftest_files_read(const char *path, char *out, size_t size);
void selftest_files_each_process(
    struct selftest_instance *i, void (*look)(struct selftest_instance *i, pid_t pid));
/* The directory and all in it. */
void selftest_files_remove(const char *dir);

#endif
