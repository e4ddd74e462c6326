/*
 * schloss - the operator's tool.
 *
 * Sees:       what a broker answers, what an operator types.
 * Holds:      the operator's settings and, while a user is added, a password; while a
 *             certificate is made, its key and that of the CA.
 * Talks to:   brokers, as any client; password files; the folders of CAs and client files.
 * May call:   all that its user may.
 * If taken:   what that user may do, here and at the broker.
 */
#include "cli_client.h"
#include "cli_parse.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
    const struct rlimit no_core = {0, 0};
    struct cli cli;
    struct buf text;

    (void)umask(077);
    (void)setrlimit(RLIMIT_CORE, &no_core); /* a core file would hold a password */
    buf_init(&text, 65536);
    enum cli_exit result = cli_parse(&cli, argc, argv, &text);
    if (text.length > 0) {
        FILE *to = result == CLI_EXIT_OK ? stdout : stderr;
        (void)fwrite(text.bytes, 1, text.length, to);
    }
    buf_fini(&text);
    if (result != CLI_EXIT_OK || cli.command == NULL) {
        return (int)result;
    }
    cli_catch_signals();
    return (int)cli.command->run(&cli);
}
