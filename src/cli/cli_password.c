#include "cli_password.h"

#include "cli_client.h"
#include "cli_output.h"
#include "users_password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES (USERS_PASSWORD_MAX + 2)

/* One line without its end, byte by byte: what follows it stays for others. ERR_FULL: too
 * long. */
static enum err read_line(int fd, char line[LINE_MAX_BYTES], size_t *length_out)
{
    size_t length = 0;

    for (;;) {
        ssize_t n = read(fd, line + length, 1);
        if (n < 0) {
            return ERR_IO; /* also when a signal came */
        }
        if (n == 0 || line[length] == '\n') {
            *length_out = length;
            return n == 0 && length == 0 ? ERR_CLOSED : OK;
        }
        if (++length == LINE_MAX_BYTES) {
            return ERR_FULL;
        }
    }
}

static enum err ask(
    int terminal, const char *prompt, char line[LINE_MAX_BYTES], size_t *length)
{
    struct termios before;

    if (tcgetattr(terminal, &before) != 0) {
        return ERR_IO;
    }
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0) {
        return ERR_IO;
    }
    (void)dprintf(terminal, "%s", prompt);
    enum err e = read_line(terminal, line, length);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    return e;
}

static enum err ask_twice(const char *what, const char *user, char line[LINE_MAX_BYTES],
    size_t *length, bool *same)
{
    char again[LINE_MAX_BYTES];
    char prompt[400];
    size_t again_length = 0;
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return ERR_IO;
    }
    (void)snprintf(prompt, sizeof(prompt), "New %s of %s: ", what, user);
    enum err e = ask(terminal, prompt, line, length);
    if (e == OK) {
        e = ask(terminal, "Again: ", again, &again_length);
    }
    if (e == OK) {
        *same = *length == again_length && mem_equal_constant_time(line, again, *length);
    }
    mem_wipe(again, sizeof(again));
    (void)close(terminal);
    return e;
}

/* Of UTF-8: the bytes that begin one. */
static size_t characters(const char *line, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++) {
        count += ((uint8_t)line[i] & 0xc0) != 0x80;
    }
    return count;
}

static enum cli_exit judge(enum err e, bool same)
{
    if (cli_interrupted()) {
        cli_error(NULL, "interrupted: nothing was changed");
        return CLI_EXIT_INTERRUPTED;
    }
    if (e != OK && e != ERR_FULL) {
        cli_error(
            "type it on a terminal, or send it as one line to stdin, or use --generate",
            "no password: %s", e == ERR_CLOSED ? "stdin is empty" : strerror(errno));
        return CLI_EXIT_USAGE;
    }
    if (!same) {
        cli_error(NULL, "the two are not the same: nothing was changed");
        return CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

static enum cli_exit judge_length(
    enum err e, const char *line, size_t length, size_t length_min)
{
    if (e == ERR_FULL || length < USERS_PASSWORD_MIN || length > USERS_PASSWORD_MAX ||
        memchr(line, '\0', length) != NULL) {
        cli_error("--generate makes a good one",
            "a password has %d to %d bytes and no NUL", USERS_PASSWORD_MIN,
            USERS_PASSWORD_MAX);
        return CLI_EXIT_USAGE;
    }
    if (characters(line, length) < length_min) {
        cli_error("take a longer one, or --generate; --min-length N asks for less",
            "a password has at least %zu characters", length_min);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_password_read(const char *user, size_t length_min, struct secret *out)
{
    char line[LINE_MAX_BYTES];
    size_t length = 0;
    bool same = true;

    enum err e = isatty(STDIN_FILENO) ? ask_twice("password", user, line, &length, &same)
                                      : read_line(STDIN_FILENO, line, &length);
    enum cli_exit result = judge(e, same);
    result = result == CLI_EXIT_OK ? judge_length(e, line, length, length_min) : result;
    if (result == CLI_EXIT_OK && secret_set(out, line, length) != OK) {
        cli_error(NULL, "%s", err_text(ERR_NOMEM));
        result = CLI_EXIT_NO;
    }
    mem_wipe(line, sizeof(line));
    return result;
}

static enum err ask_once(const char *of, char line[LINE_MAX_BYTES], size_t *length)
{
    char prompt[400];
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return ERR_IO;
    }
    (void)snprintf(prompt, sizeof(prompt), "Passphrase of %.300s: ", of);
    enum err e = ask(terminal, prompt, line, length);
    (void)close(terminal);
    return e;
}

enum cli_exit cli_passphrase_read(const char *of, bool is_new, struct secret *out)
{
    char line[LINE_MAX_BYTES];
    size_t length = 0;
    bool same = true;

    enum err e = !isatty(STDIN_FILENO) ? read_line(STDIN_FILENO, line, &length)
                 : is_new              ? ask_twice("passphrase", of, line, &length, &same)
                                       : ask_once(of, line, &length);
    enum cli_exit result = judge(e, same);
    if (result == CLI_EXIT_OK && is_new) {
        result = judge_length(e, line, length, CLI_PASSWORD_LENGTH_MIN);
    }
    if (result == CLI_EXIT_OK && (e != OK || secret_set(out, line, length) != OK)) {
        cli_error(NULL, "this is not the passphrase of %s", of);
        result = CLI_EXIT_NO;
    }
    mem_wipe(line, sizeof(line));
    return result;
}
