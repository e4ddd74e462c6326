/* schloss policy import, export: rules from other tools, and for them. */
#include "cli_output.h"
#include "cli_run.h"
#include "exchange_export.h"
#include "policy_collect.h"
#include "policytool_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_DEFAULT "/etc/schloss/main.policy"
#define OUT_MAX      ((size_t)256 << 20)
#define WHY_MAX      ((size_t)1 << 20)
#define READ_SIZE    ((size_t)65536)

static enum cli_exit print(struct buf *text)
{
    if (fwrite(text->bytes, 1, text->length, stdout) != text->length ||
        fflush(stdout) != 0) {
        cli_error(NULL, "cannot write to stdout: %s", strerror(errno));
        return CLI_EXIT_NO;
    }
    return CLI_EXIT_OK;
}

/* --- import ------------------------------------------------------------------------- */

static enum err read_fd(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, READ_SIZE);
        ssize_t n = room == NULL ? -1 : read(fd, room, READ_SIZE);
        if (n == 0) {
            return OK;
        }
        if (n < 0) {
            return room == NULL ? ERR_FULL : ERR_IO;
        }
        buf_grew(out, (size_t)n);
    }
}

static enum cli_exit read_input(const char *path, struct buf *out)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        cli_error(NULL, "cannot open %s: %s", path, strerror(errno));
        return CLI_EXIT_NO;
    }
    enum err e = read_fd(fd, out);
    if (e != OK) {
        cli_error(NULL, "cannot read %s: %s", is_stdin ? "stdin" : path,
            e == ERR_IO ? strerror(errno) : "it is larger than 16 MiB");
    }
    if (!is_stdin) {
        (void)close(fd);
    }
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_NO;
}

/* Whether the broker would take it: each statement may be good, and they too many. */
static enum cli_exit check(const struct buf *policy)
{
    const struct policy_source source = {
        .name = "imported", .text = policy->bytes, .length = policy->length};
    struct policytool_set set;
    struct report report;
    struct buf messages;

    buf_init(&messages, OUT_MAX);
    report_init(&report, &messages);
    const enum err e = policytool_set_make(&source, 1, &report, &set);
    policytool_set_fini(&set);
    if (messages.length > 0) {
        (void)fwrite(messages.bytes, 1, messages.length, stderr);
    }
    buf_fini(&messages);
    if (e != OK) {
        cli_error("split it over clusters, or use teams, prefixes and networks",
            "it is no policy that the broker takes: %s",
            e == ERR_INVALID ? "see above" : err_text(e));
    }
    return e == OK ? CLI_EXIT_OK : CLI_EXIT_PARTIAL;
}

static enum cli_exit import(const struct buf *text, const char *path)
{
    struct buf out;
    struct buf why;
    size_t left_out = 0;
    enum cli_exit result = CLI_EXIT_NO;

    buf_init(&out, OUT_MAX);
    buf_init(&why, WHY_MAX);
    enum err e = exchange_import(EXCHANGE_FORMAT_GUESS,
        (struct policy_view){text->bytes, text->length}, &out, &left_out, &why);
    if (e != OK) {
        cli_error(NULL, "%s: %.*s%s", path, (int)why.length,
            why.length > 0 ? (const char *)why.bytes : "",
            why.length > 0 ? "" : err_text(e));
    } else {
        result = print(&out);
    }
    if (result == CLI_EXIT_OK && left_out > 0) {
        cli_error(
            "the comments at the end say which", "%zu could not be taken", left_out);
        result = CLI_EXIT_PARTIAL;
    }
    if (e == OK && check(&out) != CLI_EXIT_OK) {
        result = CLI_EXIT_PARTIAL;
    }
    buf_fini(&out);
    buf_fini(&why);
    return result;
}

enum cli_exit cli_policy_import(const struct cli *cli)
{
    const char *path = cli->args_count > 0 ? cli->args[0] : "-";
    struct buf text;

    buf_init(&text, EXCHANGE_INPUT_MAX + READ_SIZE);
    enum cli_exit result = read_input(path, &text);
    if (result == CLI_EXIT_OK) {
        result = import(&text, path);
    }
    buf_fini(&text);
    return result;
}

/* --- export ------------------------------------------------------------------------- */

static enum cli_exit write_export(
    const struct cli *cli, enum exchange_format format, const struct policy_model *m)
{
    struct buf out;
    size_t left_out = 0;
    enum cli_exit result = CLI_EXIT_PARTIAL;

    buf_init(&out, OUT_MAX);
    enum err e = exchange_export(format, m, cli_has(cli, CLI_LOSSY), &out, &left_out);
    if (e == ERR_UNSUPPORTED) {
        (void)fwrite(out.bytes, 1, out.length, stderr);
        cli_error("--lossy leaves them out, and says so in comments",
            "%zu have no counterpart in that format", left_out);
    } else if (e != OK) {
        cli_error(NULL, "cannot export: %s", err_text(e));
        result = CLI_EXIT_NO;
    } else if (print(&out) != CLI_EXIT_OK) {
        result = CLI_EXIT_NO;
    } else {
        result = left_out > 0 ? CLI_EXIT_PARTIAL : CLI_EXIT_OK;
    }
    buf_fini(&out);
    return result;
}

static enum cli_exit export_files(const struct cli *cli, enum exchange_format format,
    const struct policy_collected *files)
{
    struct policy_model m;
    struct report report;
    struct buf errors;
    enum cli_exit result = CLI_EXIT_NO;

    buf_init(&errors, WHY_MAX);
    report_init(&report, &errors);
    enum err e = policy_model_parse(files->files, files->count, &report, &m);
    if (e == OK && report.errors == 0) {
        e = policy_model_check(&m, &report);
    }
    report_finish(&report, files->files[0].name, "nothing exported");
    (void)fwrite(errors.bytes, 1, errors.length, stderr);
    if (e != OK) {
        cli_error(NULL, "%s", err_text(e));
    } else if (report.errors == 0) {
        result = write_export(cli, format, &m);
    }
    policy_model_fini(&m);
    buf_fini(&errors);
    return result;
}

enum cli_exit cli_policy_export(const struct cli *cli)
{
    const char *path = cli->args_count > 0 ? cli->args[0] : FILE_DEFAULT;
    enum exchange_format format = EXCHANGE_FORMAT_KAFKA_ACLS;
    struct policy_collect_message why;
    struct policy_collected files;

    if (cli_has(cli, CLI_FORMAT) &&
        !exchange_export_format(cli->text[CLI_FORMAT], &format)) {
        cli_error("kafka-acls, strimzi or terraform", "--format %s: no such format",
            cli->text[CLI_FORMAT]);
        return CLI_EXIT_USAGE;
    }
    if (policy_collect(path, &files, &why) != OK) {
        cli_error(NULL, "%s", why.text);
        return CLI_EXIT_NO;
    }
    enum cli_exit result = export_files(cli, format, &files);
    policy_collected_fini(&files);
    return result;
}
