#include "sandbox_libraries.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16
#define OUTPUT_SIZE   6144

static int print_one(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    /* The program itself has no name, the kernel's own object no path. */
    if (info->dlpi_name != NULL && info->dlpi_name[0] == '/') {
        (void)puts(info->dlpi_name);
    }
    return 0;
}

void sandbox_print_libraries(int argc, char **argv, void (*load)(int argc, char **argv))
{
    if (argc < 2 || strcmp(argv[1], SANDBOX_PRINT_LIBRARIES) != 0) {
        return;
    }
    if (load != NULL) {
        load(argc, argv);
    }
    (void)dl_iterate_phdr(print_one, NULL);
    exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool is_plain_path(const char *path)
{
    size_t length = strlen(path);

    return path[0] == '/' && length > 1 && path[length - 1] != '/' &&
           strstr(path, "//") == NULL && strstr(path, "/./") == NULL &&
           strstr(path, "/../") == NULL;
}

enum err sandbox_libraries_add(struct sandbox_libraries *l, const char *path)
{
    if (strlen(path) >= SANDBOX_LIBRARY_PATH_SIZE || !is_plain_path(path)) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->path[i], path) == 0) {
            return OK;
        }
    }
    if (l->count == SANDBOX_LIBRARIES_MAX) {
        return ERR_FULL;
    }
    memcpy(l->path[l->count], path, strlen(path) + 1);
    l->count++;
    return OK;
}

enum err sandbox_libraries_parse(
    const char *text, size_t length, struct sandbox_libraries *out)
{
    char line[SANDBOX_LIBRARY_PATH_SIZE];
    size_t at = 0;

    out->count = 0;
    while (at < length) {
        const char *end = memchr(text + at, '\n', length - at);
        if (end == NULL) {
            return ERR_INVALID;
        }
        size_t n = (size_t)(end - (text + at));
        if (n >= sizeof(line) || memchr(text + at, '\0', n) != NULL) {
            return ERR_INVALID;
        }
        memcpy(line, text + at, n);
        line[n] = '\0';
        enum err e = sandbox_libraries_add(out, line);
        if (e != OK) {
            return e;
        }
        at += n + 1;
    }
    return out->count > 0 ? OK : ERR_INVALID;
}

_Noreturn static void run(
    int program_fd, int out, const char *name, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX] = {NULL};
    char *environment[] = {NULL};
    size_t n = 0;

    /* exec does not write through these. */
    argv[n++] = (char *)(uintptr_t)name;
    argv[n++] = (char *)(uintptr_t)SANDBOX_PRINT_LIBRARIES;
    for (; arguments != NULL && *arguments != NULL && n < ARGUMENTS_MAX - 1;
         arguments++) {
        argv[n++] = (char *)(uintptr_t)*arguments;
    }
    if (dup2(out, STDOUT_FILENO) >= 0) {
        (void)fexecve(program_fd, argv, environment);
    }
    _exit(127);
}

static enum err read_all(int fd, char *text, size_t size, size_t *length_out)
{
    size_t length = 0;

    while (length < size) {
        ssize_t n = read(fd, text + length, size - length);
        if (n == 0) {
            *length_out = length;
            return OK;
        }
        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        length += n > 0 ? (size_t)n : 0;
    }
    return ERR_FULL;
}

enum err sandbox_libraries_ask(int program_fd, const char *name,
    const char *const *arguments, struct sandbox_libraries *out)
{
    char text[OUTPUT_SIZE];
    size_t length = 0;
    int ends[2];
    int status = 0;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return ERR_IO;
    }
    pid_t pid = fork();
    if (pid == 0) {
        run(program_fd, ends[1], name, arguments);
    }
    (void)close(ends[1]);
    enum err e = pid > 0 ? read_all(ends[0], text, sizeof(text), &length) : ERR_IO;
    (void)close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (e == OK && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        e = ERR_INVALID;
    }
    return e == OK ? sandbox_libraries_parse(text, length, out) : e;
}
