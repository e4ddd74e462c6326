/*
 * compiler - turns the files of one policy into their compiled form, and ends.
 *
 * Sees:       the texts of all policy files below the directory of the main one.
 * Holds:      nothing: the texts, as a bundle, on descriptor 3, room for the result on 4, for messages
 *             on 5.
 * Talks to:   nobody; the warden reads its exit status and what it wrote.
 * May call:   profile `compiler`: read, write and memory.
 * If taken:   one wrong policy, which whoever wrote the text could have written
 *             plainly.
 */
#include "log.h"
#include "mem.h"
#include "policy_bundle.h"
#include "policy_compile.h"
#include "sandbox_enter.h"
#include "sandbox_libraries.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FD_BUNDLE   3
#define FD_COMPILED 4
#define FD_MESSAGES 5
#define READ_SIZE   65536
#define EXIT_POLICY 78
#define EXIT_FAULT  70
#define BLOB_MAX    ((size_t)16 * 1024 * 1024)
#define MESSAGE_MAX ((size_t)1024 * 1024)

static enum err read_bundle(struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, READ_SIZE);
        ssize_t n = room == NULL ? -1 : read(FD_BUNDLE, room, READ_SIZE);
        if (n == 0) {
            return OK;
        }
        if (n < 0) {
            return room == NULL ? ERR_FULL : ERR_IO;
        }
        buf_grew(out, (size_t)n);
    }
}

static enum err write_out(int fd, const struct buf *b)
{
    for (size_t done = 0; done < b->length;) {
        ssize_t n = write(fd, b->bytes + done, b->length - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ERR_IO;
        }
        done += (size_t)n;
    }
    return OK;
}

static void enter(void)
{
    struct sandbox_failure failure;

    if (sandbox_close_files(SANDBOX_COMPILER, NULL, 0, &failure) != OK ||
        sandbox_close_calls(SANDBOX_COMPILER, &failure) != OK) {
        sandbox_refuse("compiler", SANDBOX_STRICT, &failure);
    }
}

/* Names of files in messages begin as the administrator wrote them. */
static enum err compile(
    const char *path, const struct buf *bytes, struct buf *compiled, struct buf *messages)
{
    const char *slash = strrchr(path, '/');
    struct policy_bundle bundle;
    char *directory = mem_copy_text(path, slash == NULL ? 0 : (size_t)(slash + 1 - path));
    enum err e = directory == NULL
                     ? ERR_NOMEM
                     : policy_bundle_decode(bytes->bytes, bytes->length, &bundle);

    if (e != OK) {
        buf_add_text(messages, "the policy files can not be read\n");
        mem_free(directory);
        return e;
    }
    const struct policy_job job = {bundle.files, bundle.count, directory};
    e = policy_compile(&job, compiled, messages);
    policy_bundle_fini(&bundle);
    mem_free(directory);
    return e;
}

int main(int argc, char **argv)
{
    struct buf bundle;
    struct buf compiled;
    struct buf messages;

    sandbox_print_libraries(argc, argv, NULL);
    log_init("compiler", LOG_LEVEL_INFO);
    buf_init(&bundle, POLICY_BUNDLE_MAX + READ_SIZE);
    buf_init(&compiled, BLOB_MAX);
    buf_init(&messages, MESSAGE_MAX);
    enter();
    enum err e = read_bundle(&bundle);
    if (e == OK) {
        e = compile(argc > 1 ? argv[1] : "policy", &bundle, &compiled, &messages);
    } else {
        buf_add_text(&messages, "the policy files can not be read or are too large\n");
    }
    if (write_out(FD_MESSAGES, &messages) != OK ||
        (e == OK && write_out(FD_COMPILED, &compiled) != OK)) {
        return EXIT_FAULT;
    }
    return e == OK ? 0 : EXIT_POLICY;
}
