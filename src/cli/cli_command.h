/*
 * cli_command - the one table of commands and options, and what a command line
 * becomes.
 *
 * What `--help` prints, what the parser takes (cli_parse.h) and what a manual
 * page or a completion script needs all come from these rows.
 *
 * Ownership: a parsed command borrows argv and the table's constants.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_LIST_MAX 64
#define CLI_ARGS_MAX 64

enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_NO = 1,    /* the answer is no: unknown topic, refused by a check, failed */
    CLI_EXIT_USAGE = 2, /* the command line or the configuration is wrong */
    CLI_EXIT_UNREACHABLE = 3, /* no connection, or not who we said we are */
    CLI_EXIT_REFUSED = 4,     /* refused by policy */
    CLI_EXIT_PARTIAL = 5,     /* some of it was done; details on stderr */
    CLI_EXIT_RETRY = 75,      /* may work later */
    CLI_EXIT_INTERRUPTED = 130,
};

enum cli_option {
    CLI_CONFIG,
    CLI_BOOTSTRAP,
    CLI_SETTING,
    CLI_TIMEOUT,
    CLI_OUTPUT,
    CLI_NO_HEADER,
    CLI_VERBOSE,
    CLI_HELP,
    CLI_PARTITIONS,
    CLI_TOPIC_CONFIG,
    CLI_YES,
    CLI_FILE,
    CLI_KEY_SEPARATOR,
    CLI_PARTITION,
    CLI_FROM_BEGINNING,
    CLI_GROUP,
    CLI_COUNT,
    CLI_PRINT_KEY,
    CLI_GENERATE,
    CLI_KEEP_OLD,
    CLI_DROP_OLD,
    CLI_MIN_LENGTH,
    CLI_EXPIRES,
    CLI_NO_GROUP,
    CLI_SCRAM_FILE,
    CLI_DIR,
    CLI_CN,
    CLI_DAYS,
    CLI_KEY_TYPE,
    CLI_PASSPHRASE,
    CLI_CA,
    CLI_SERVER,
    CLI_CLIENT,
    CLI_SAN,
    CLI_KEY,
    CLI_RULE,
    CLI_CLIENT_FILES,
    CLI_CLIENT_CERT,
    CLI_CA_DIR,
    CLI_PATH_PREFIX,
    CLI_MECHANISM,
    CLI_PRINCIPAL,
    CLI_ADMIN_SOCKET,
    CLI_LISTENER,
    CLI_KEYS,
    CLI_REQUIRED,
    CLI_FORMAT,
    CLI_LOSSY,
    CLI_SHOW_DIFF,
    CLI_WRITE,
    CLI_REGEX,
    CLI_COVERAGE,
    CLI_AUDIT,
    CLI_PREFIX_FROM,
    CLI_ANCHOR,
    CLI_RESOURCE,
    CLI_DECISION,
    CLI_SINCE,
    CLI_UNTIL,
    CLI_PLAN,
    CLI_EXPECT,
    CLI_TO,
    CLI_OPTION_COUNT,
};

enum cli_kind {
    CLI_KIND_FLAG,
    CLI_KIND_TEXT,
    CLI_KIND_NUMBER,
    CLI_KIND_SETTING,
    CLI_KIND_NAME,
    CLI_KIND_FORM,
};

#define CLI_OPTION_ROWS_MAX 96

struct cli_option_row {
    enum cli_option option;
    const char *name;
    int letter; /* 0: none */
    enum cli_kind kind;
    int64_t min;
    int64_t max;
    const char *argument;
    const char *help; /* NULL: an alias of the row above */
};

#define CLI_BIT(option) (UINT64_C(1) << (option))

struct cli_list {
    const char *items[CLI_LIST_MAX];
    size_t count;
};

struct cli;

struct cli_command {
    const char *noun;
    const char *verb;      /* NULL: the noun is the whole command */
    const char *arguments; /* as --help shows them */
    const char *help;
    uint64_t options; /* a bit for each enum cli_option that it takes */
    size_t args_min;
    size_t args_max;
    enum cli_exit (*run)(const struct cli *cli);
};

/* A command line, understood. */
struct cli {
    const struct cli_command *command;
    const char *args[CLI_ARGS_MAX];
    size_t args_count;
    const char *text[CLI_OPTION_COUNT]; /* NULL: not given; "" for a given flag */
    int64_t number[CLI_OPTION_COUNT];   /* of numeric options that were given */
    struct cli_list settings;           /* -X */
    struct cli_list topic_configs;      /* topic create --config k=v */
    struct cli_list groups;             /* each --group, the last of which is text too */
    struct cli_list no_groups;
    struct cli_list sans; /* each --san */
};

/* NULL behind the last. */
const struct cli_option_row *cli_option_at(size_t index);
const struct cli_command *cli_command_at(size_t index);

bool cli_has(const struct cli *cli, enum cli_option option);

#endif
