/*
 * sandbox_libraries - which shared objects a program needs, asked of the program itself.
 *
 * A dynamically linked program cannot start in an empty root. The warden runs each of its
 * own programs once, before any client exists, with a hidden argument; the program prints
 * the paths of everything that is mapped and exits.
 *
 * Trust: the output is that of our own program; it is checked all the same.
 */
#ifndef SANDBOX_LIBRARIES_H
#define SANDBOX_LIBRARIES_H

#include "sandbox.h"

#define SANDBOX_PRINT_LIBRARIES   "--print-libraries"
#define SANDBOX_LIBRARIES_MAX     64
#define SANDBOX_LIBRARY_PATH_SIZE 256

struct sandbox_libraries {
    char path[SANDBOX_LIBRARIES_MAX][SANDBOX_LIBRARY_PATH_SIZE];
    size_t count;
};

/*
 * For a role's main(), first thing: when the program was started only to say what it
 * needs, does so and exits. A program that loads plugins passes a function that loads
 * them first; NULL: none.
 */
void sandbox_print_libraries(int argc, char **argv, void (*load)(int argc, char **argv));

/* Runs the program with the hidden argument and then `arguments` (ends with NULL, or is
 * NULL). */
enum err sandbox_libraries_ask(int program_fd, const char *name,
    const char *const *arguments, struct sandbox_libraries *out) MUST_CHECK;
/* One absolute path without "." or ".." a line; what is no such line is ERR_INVALID. */
enum err sandbox_libraries_parse(
    const char *text, size_t length, struct sandbox_libraries *out) MUST_CHECK;
/* Adds a path unless it is there. */
enum err sandbox_libraries_add(struct sandbox_libraries *l, const char *path) MUST_CHECK;

#endif
