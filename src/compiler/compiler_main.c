/*
 * compiler - turns one policy text into its compiled form, and ends.
 *
 * Sees:       the policy text.
 * Holds:      nothing: the text on descriptor 3, room for the result on 4, for messages
 *             on 5.
 * Talks to:   nobody; the warden reads its exit status and what it wrote.
 * May call:   profile `compiler`: read, write and memory.
 * If taken:   one wrong policy, which whoever wrote the text could have written
 *             plainly.
 */
#include "log.h"
#include "mem.h"
#include "policy_compile.h"
#include "sandbox_enter.h"
#include "sandbox_libraries.h"

#include <errno.h>
#include <unistd.h>

#define FD_TEXT     3
#define FD_COMPILED 4
#define FD_MESSAGES 5
#define EXIT_POLICY 78
#define EXIT_FAULT  70
#define BLOB_MAX    ((size_t)16 * 1024 * 1024)
#define MESSAGE_MAX ((size_t)1024 * 1024)

static enum err read_text(struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, 65536);
        ssize_t n = room == NULL ? -1 : read(FD_TEXT, room, 65536);
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

int main(int argc, char **argv)
{
    struct buf text;
    struct buf compiled;
    struct buf messages;

    sandbox_print_libraries(argc, argv, NULL);
    log_init("compiler", LOG_LEVEL_INFO);
    buf_init(&text, POLICY_TEXT_MAX + 65536);
    buf_init(&compiled, BLOB_MAX);
    buf_init(&messages, MESSAGE_MAX);
    enter();
    enum err e = read_text(&text);
    if (e == OK) {
        struct policy_source source = {.name = argc > 1 ? argv[1] : "policy",
            .text = text.bytes,
            .length = text.length};
        e = policy_compile_text(&source, 1, &compiled, &messages);
    } else {
        buf_add_text(&messages, "the policy file can not be read or is too large\n");
    }
    if (write_out(FD_MESSAGES, &messages) != OK ||
        (e == OK && write_out(FD_COMPILED, &compiled) != OK)) {
        return EXIT_FAULT;
    }
    return e == OK ? 0 : EXIT_POLICY;
}
