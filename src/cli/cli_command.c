#include "cli_command.h"

#include "cert_make.h"
#include "cli_run.h"
#include "users_password.h"

#define BIT(option) CLI_BIT(option)
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define OUTPUT      (BIT(CLI_OUTPUT) | BIT(CLI_NO_HEADER) | BIT(CLI_HELP))
#define CLIENT                                                                           \
    (BIT(CLI_CONFIG) | BIT(CLI_BOOTSTRAP) | BIT(CLI_SETTING) | BIT(CLI_TIMEOUT) |        \
        BIT(CLI_VERBOSE) | OUTPUT)

#define CLIENT_FILES                                                                     \
    (BIT(CLI_BOOTSTRAP) | BIT(CLI_CA) | BIT(CLI_CA_DIR) | BIT(CLI_PATH_PREFIX) |         \
        BIT(CLI_DAYS) | BIT(CLI_YES))
#define NEW_CLIENT_FILES                                                                 \
    (CLIENT_FILES | BIT(CLI_CLIENT_FILES) | BIT(CLI_CLIENT_CERT) | BIT(CLI_MECHANISM))
#define USE (BIT(CLI_SERVER) | BIT(CLI_CLIENT))
#define NEW_CERTIFICATE                                                                  \
    (BIT(CLI_CA) | USE | BIT(CLI_SAN) | BIT(CLI_DAYS) | BIT(CLI_DIR) | BIT(CLI_YES))
#define ADMIN        (BIT(CLI_ADMIN_SOCKET) | BIT(CLI_TIMEOUT) | OUTPUT)
#define POLICY       BIT(CLI_HELP)
#define POLICY_ADMIN (POLICY | BIT(CLI_OUTPUT) | BIT(CLI_ADMIN_SOCKET) | BIT(CLI_TIMEOUT))
#define FOUND                                                                            \
    (BIT(CLI_PRINCIPAL) | BIT(CLI_RESOURCE) | BIT(CLI_DECISION) | BIT(CLI_SINCE) |       \
        BIT(CLI_UNTIL) | BIT(CLI_VERBOSE))
#define NEW_PASSWORD (BIT(CLI_GENERATE) | BIT(CLI_MIN_LENGTH) | BIT(CLI_SCRAM_FILE))

#define FLAG    CLI_KIND_FLAG
#define TEXT    CLI_KIND_TEXT
#define NUMBER  CLI_KIND_NUMBER
#define SETTING CLI_KIND_SETTING
#define NAME    CLI_KIND_NAME
#define FORM    CLI_KIND_FORM

/* clang-format off */
static const struct cli_option_row options[] = {
    {CLI_CONFIG, "config", 0, TEXT, 0, 0, "FILE",
        "client settings, one key=value a line (default: $SCHLOSS_CONFIG)"},
    {CLI_CONFIG, "command-config", 0, TEXT, 0, 0, "FILE", NULL},
    {CLI_BOOTSTRAP, "bootstrap", 0, TEXT, 0, 0, "HOST:PORT", "the broker to ask first"},
    {CLI_BOOTSTRAP, "bootstrap-server", 0, TEXT, 0, 0, "HOST:PORT", NULL},
    {CLI_SETTING, "set", 'X', SETTING, 0, 0, "KEY=VALUE", "one client setting; no secrets"},
    {CLI_TIMEOUT, "timeout", 0, NUMBER, 1, 86400, "SECONDS",
        "give up after (consume: stop when nothing arrives for) that long"},
    {CLI_OUTPUT, "output", 'o', FORM, 0, 0, "FORM",
        "table, tsv or json (default: table on a terminal, else tsv); policy: text or json, "
        "check sarif and github too (default: text)"},
    {CLI_NO_HEADER, "no-header", 0, FLAG, 0, 0, NULL, "leave the line of column names out"},
    {CLI_VERBOSE, "verbose", 'v', FLAG, 0, 0, NULL, "say more, with the client library's log"},
    {CLI_HELP, "help", 'h', FLAG, 0, 0, NULL, "print this"},
    {CLI_PARTITIONS, "partitions", 0, NUMBER, 1, 10000, "N",
        "how many (default: the broker's num.partitions)"},
    {CLI_TOPIC_CONFIG, "topic-config", 0, SETTING, 0, 0, "KEY=VALUE",
        "a setting of the topic; --config KEY=VALUE means the same here"},
    {CLI_YES, "yes", 0, FLAG, 0, 0, NULL, "do not ask; replace files that are there"},
    {CLI_YES, "force", 0, FLAG, 0, 0, NULL, NULL},
    {CLI_FILE, "file", 0, TEXT, 0, 0, "FILE", "read (user: read and change) this file"},
    {CLI_KEY_SEPARATOR, "key-separator", 0, TEXT, 0, 0, "TEXT",
        "what stands in front of its first occurrence is the key"},
    {CLI_PARTITION, "partition", 0, NUMBER, 0, INT32_MAX, "N", "this partition only"},
    {CLI_FROM_BEGINNING, "from-beginning", 0, FLAG, 0, 0, NULL,
        "start at the oldest record, not at the next"},
    {CLI_GROUP, "group", 0, NAME, 0, 0, "GROUP",
        "consume: as a member of it, commits at the end; user: put it in, may be repeated"},
    {CLI_COUNT, "count", 'n', NUMBER, 1, INT64_MAX, "N", "stop after that many records"},
    {CLI_PRINT_KEY, "print-key", 0, FLAG, 0, 0, NULL, "print key, tab, value"},
    {CLI_GENERATE, "generate", 0, FLAG, 0, 0, NULL, "make a 256-bit secret and print it once"},
    {CLI_KEEP_OLD, "keep-old", 0, FLAG, 0, 0, NULL,
        "the password so far stays good beside the new one"},
    {CLI_DROP_OLD, "drop-old", 0, FLAG, 0, 0, NULL,
        "end what --keep-old kept, and change nothing else"},
    {CLI_MIN_LENGTH, "min-length", 0, NUMBER, USERS_PASSWORD_MIN, USERS_PASSWORD_MAX, "N",
        "characters that a chosen password must have (default: 12)"},
    {CLI_EXPIRES, "expires", 0, TEXT, 0, 0, "TIME",
        "refuse it from then on: in UTC, like 2027-01-31T23:59:59Z, or never"},
    {CLI_NO_GROUP, "no-group", 0, NAME, 0, 0, "GROUP", "take it out, may be repeated"},
    {CLI_SCRAM_FILE, "scram-file", 0, TEXT, 0, 0, "FILE",
        "do the same to the SCRAM credentials in this file"},
    {CLI_DIR, "dir", 0, TEXT, 0, 0, "DIR", "the folder to write to (default: this one)"},
    {CLI_CN, "cn", 0, TEXT, 0, 0, "NAME", "the common name of the subject"},
    {CLI_DAYS, "days", 0, NUMBER, 1, CERT_CA_DAYS, "N",
        "how long it is good (default and most: 397; a CA 3650; a list 30)"},
    {CLI_KEY_TYPE, "key-type", 0, TEXT, 0, 0, "TYPE",
        "ecdsa-p256, rsa-3072 or ed25519 (default: ecdsa-p256)"},
    {CLI_PASSPHRASE, "passphrase", 0, FLAG, 0, 0, NULL,
        "ask for a passphrase, and encrypt the secret key with it"},
    {CLI_CA, "ca", 0, TEXT, 0, 0, "CA",
        "the folder of a CA; check, user: the certificate of the broker's CA"},
    {CLI_SERVER, "server", 0, FLAG, 0, 0, NULL, "for a broker"},
    {CLI_CLIENT, "client", 0, FLAG, 0, 0, NULL, "for a client"},
    {CLI_SAN, "san", 0, NAME, 0, 0, "NAMES",
        "dns:HOST, ip:ADDRESS, uri:URI or email:ADDRESS, with commas, may be repeated"},
    {CLI_KEY, "key", 'k', TEXT, 0, 0, "FILE",
        "the private key; audit: the auditor's copy of what `schloss audit key` printed"},
    {CLI_RULE, "rule", 0, TEXT, 0, 0, "RULES", "as in ssl.principal.mapping.rules"},
    {CLI_CLIENT_FILES, "write-client-files", 0, TEXT, 0, 0, "DIR",
        "write what a client needs to log in there, and the secret nowhere else"},
    {CLI_CLIENT_CERT, "client-cert", 0, FLAG, 0, 0, NULL,
        "with a client certificate, by the CA in --ca-dir"},
    {CLI_CA_DIR, "ca-dir", 0, TEXT, 0, 0, "DIR", "the folder of the CA of clients"},
    {CLI_PATH_PREFIX, "path-prefix", 0, TEXT, 0, 0, "DIR",
        "where the files will be on the client's machine (default: where they are)"},
    {CLI_MECHANISM, "mechanism", 0, TEXT, 0, 0, "NAME",
        "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (default: PLAIN)"},
    {CLI_PRINCIPAL, "principal", 0, TEXT, 0, 0, "USER",
        "auth: who may name User:NAME; learn: whose rules; session, audit: that user only"},
    {CLI_ADMIN_SOCKET, "admin-socket", 0, TEXT, 0, 0, "PATH",
        "schloss.admin.socket of the broker (default: $SCHLOSS_ADMIN_SOCKET, else "
        "/run/schloss/admin.sock)"},
    {CLI_LISTENER, "listener", 0, TEXT, 0, 0, "NAME", "sessions on that listener only"},
    {CLI_KEYS, "keys", 0, TEXT, 0, 0, "DIR",
        "the public keys that count, one NAME.pub each (default: /etc/schloss/policy-keys.d)"},
    {CLI_REQUIRED, "required", 0, NUMBER, 1, 32, "N",
        "how many different keys must have signed (default: 1)"},
    {CLI_FORMAT, "format", 0, TEXT, 0, 0, "FORMAT",
        "policy: kafka-acls (default), strimzi, terraform; audit: ocsf, cloudevents, cef"},
    {CLI_LOSSY, "lossy", 0, FLAG, 0, 0, NULL, "leave out what that format can not say"},
    {CLI_SHOW_DIFF, "diff", 'd', FLAG, 0, 0, NULL, "show what differs"},
    {CLI_WRITE, "write", 'w', FLAG, 0, 0, NULL,
        "write the files back, and print the names of those that differ"},
    {CLI_REGEX, "regex", 'r', TEXT, 0, 0, "REGEX",
        "only tests whose names match (an extended regular expression)"},
    {CLI_COVERAGE, "coverage", 0, FLAG, 0, 0, NULL, "name the rules that no test touches"},
    {CLI_AUDIT, "audit", 0, TEXT, 0, 0, "FILE", "a file of the audit trail, or its directory"},
    {CLI_PREFIX_FROM, "prefix-from", 0, NUMBER, 2, 65536, "N",
        "propose a prefix where that many names begin alike (default: exact names only)"},
    {CLI_ANCHOR, "anchor", 0, TEXT, 0, 0, "FILE",
        "a copy of audit.anchor.file, or lines of syslog: the trail must reach them"},
    {CLI_RESOURCE, "resource", 0, TEXT, 0, 0, "NAME", "about that one: NAME, or topic:NAME"},
    {CLI_DECISION, "decision", 0, TEXT, 0, 0, "ID", "what a client was told with a refusal"},
    {CLI_SINCE, "since", 0, TEXT, 0, 0, "TIME",
        "from then on: in UTC, like 2027-01-31T23:59:59Z, a date, or 15m, 2h, 7d ago"},
    {CLI_UNTIL, "until", 0, TEXT, 0, 0, "TIME", "before that"},
    {CLI_PLAN, "plan", 0, FLAG, 0, 0, NULL, "only show what would change"},
    {CLI_EXPECT, "expect", 0, TEXT, 0, 0, "HASH", "only when the files have that hash"},
    {CLI_TO, "to", 0, TEXT, 0, 0, "DIR", "a new folder to write to"},
};

static const struct cli_command commands[] = {
    {"topic", "create", "NAME", "make a topic",
        CLIENT | BIT(CLI_PARTITIONS) | BIT(CLI_TOPIC_CONFIG), 1, 1, cli_topic_create},
    {"topic", "list", "", "topics that you may describe", CLIENT, 0, 0, cli_topic_list},
    {"topic", "describe", "[NAME...]", "partitions, leaders and offsets",
        CLIENT, 0, CLI_ARGS_MAX, cli_topic_describe},
    {"topic", "delete", "NAME...", "delete topics with all their records",
        CLIENT | BIT(CLI_YES), 1, CLI_ARGS_MAX, cli_topic_delete},
    {"produce", NULL, "TOPIC", "send lines as records",
        CLIENT | BIT(CLI_FILE) | BIT(CLI_KEY_SEPARATOR) | BIT(CLI_PARTITION), 1, 1, cli_produce},
    {"consume", NULL, "TOPIC", "print records, one a line",
        CLIENT | BIT(CLI_FROM_BEGINNING) | BIT(CLI_GROUP) | BIT(CLI_COUNT) | BIT(CLI_PRINT_KEY),
        1, 1, cli_consume},
    {"group", "list", "", "consumer groups", CLIENT, 0, 0, cli_group_list},
    {"group", "describe", "GROUP", "members, their partitions, offsets and lag",
        CLIENT, 1, 1, cli_group_describe},
    {"user", "add", "NAME", "add a user to a password file",
        OUTPUT | BIT(CLI_FILE) | NEW_PASSWORD | BIT(CLI_EXPIRES) | BIT(CLI_GROUP) |
            NEW_CLIENT_FILES,
        1, 1, cli_user_add},
    {"user", "set-password", "NAME", "give a user another password",
        OUTPUT | BIT(CLI_FILE) | NEW_PASSWORD | BIT(CLI_KEEP_OLD) | BIT(CLI_DROP_OLD) |
            NEW_CLIENT_FILES,
        1, 1, cli_user_set_password},
    {"user", "passwd", "NAME", "the same as set-password",
        OUTPUT | BIT(CLI_FILE) | NEW_PASSWORD | BIT(CLI_KEEP_OLD) | BIT(CLI_DROP_OLD) |
            NEW_CLIENT_FILES,
        1, 1, cli_user_set_password},
    {"user", "client-files", "NAME DIR", "files of a client with a certificate alone",
        OUTPUT | CLIENT_FILES, 2, 2, cli_user_client_files},
    {"user", "set", "NAME", "when a user expires, and which groups he is in",
        OUTPUT | BIT(CLI_FILE) | BIT(CLI_EXPIRES) | BIT(CLI_GROUP) | BIT(CLI_NO_GROUP),
        1, 1, cli_user_set},
    {"user", "disable", "NAME", "refuse a user, whatever the password",
        OUTPUT | BIT(CLI_FILE), 1, 1, cli_user_disable},
    {"user", "enable", "NAME", "end that", OUTPUT | BIT(CLI_FILE), 1, 1, cli_user_enable},
    {"user", "remove", "NAME", "remove a user", OUTPUT | BIT(CLI_FILE) | BIT(CLI_SCRAM_FILE),
        1, 1, cli_user_remove},
    {"user", "del", "NAME", "the same as remove", OUTPUT | BIT(CLI_FILE) | BIT(CLI_SCRAM_FILE),
        1, 1, cli_user_remove},
    {"user", "list", "", "all users; no hash is shown", OUTPUT | BIT(CLI_FILE), 0, 0,
        cli_user_list},
    {"user", "show", "NAME...", "the same of some users", OUTPUT | BIT(CLI_FILE),
        1, CLI_ARGS_MAX, cli_user_show},
    {"cert", "create-ca", "", "make a CA in a folder",
        OUTPUT | BIT(CLI_DIR) | BIT(CLI_CN) | BIT(CLI_DAYS) | BIT(CLI_KEY_TYPE) |
            BIT(CLI_PASSPHRASE) | BIT(CLI_YES),
        0, 0, cli_cert_create_ca},
    {"cert", "issue", "NAME", "make a key and a certificate",
        OUTPUT | NEW_CERTIFICATE | BIT(CLI_KEY_TYPE), 1, 1, cli_cert_issue},
    {"cert", "sign", "REQUEST", "make a certificate for somebody's own key",
        OUTPUT | NEW_CERTIFICATE | BIT(CLI_CN), 1, 1, cli_cert_sign},
    {"cert", "revoke", "SERIAL|FILE", "put a certificate on the CA's revocation list",
        OUTPUT | BIT(CLI_CA) | BIT(CLI_DAYS) | BIT(CLI_YES), 1, 1, cli_cert_revoke},
    {"cert", "crl", "", "renew the CA's revocation list",
        OUTPUT | BIT(CLI_CA) | BIT(CLI_DAYS) | BIT(CLI_YES), 0, 0, cli_cert_crl},
    {"cert", "show", "FILE...", "what certificates say", OUTPUT, 1, CLI_ARGS_MAX,
        cli_cert_show},
    {"cert", "check", "FILE", "whether a certificate and its key will do",
        OUTPUT | BIT(CLI_KEY) | BIT(CLI_CA) | USE, 1, 1, cli_cert_check},
    {"cert", "rules", "SUBJECT", "what mapping rules make of a certificate's name",
        OUTPUT | BIT(CLI_RULE), 1, 1, cli_cert_rules},
    {"auth", "scope", "", "who may say who somebody is, by a broker's configuration",
        OUTPUT | BIT(CLI_FILE) | BIT(CLI_PRINCIPAL), 0, 0, cli_auth_scope},
    {"auth", "test", "", "log in once, and say what came of it", CLIENT, 0, 0,
        cli_auth_test},
    {"user", "last-use", "[NAME...]", "when users last logged in, and how", ADMIN, 0,
        CLI_ARGS_MAX, cli_user_last_use},
    {"session", "list", "", "who is connected", ADMIN | BIT(CLI_PRINCIPAL) | BIT(CLI_LISTENER),
        0, 0, cli_session_list},
    {"session", "kill", "[ID...]", "end sessions, or all of a user",
        ADMIN | BIT(CLI_PRINCIPAL) | BIT(CLI_YES), 0, CLI_ARGS_MAX, cli_session_kill},
    {"status", NULL, "", "processes, listeners, counts and the last reload", ADMIN, 0, 0,
        cli_status},
    {"reload", NULL, "", "read configuration, policy, users and certificate again", ADMIN, 0,
        0, cli_reload},
    {"policy", "check", "[FILE]", "parse, check, lint and test a policy, as the broker does",
        POLICY | BIT(CLI_OUTPUT), 0, 1, cli_policy},
    {"policy", "fmt", "[FILE...]", "the canonical layout of policy files; - is stdin",
        POLICY | BIT(CLI_SHOW_DIFF) | BIT(CLI_WRITE), 0, CLI_ARGS_MAX, cli_policy},
    {"policy", "explain", "QUESTION...", "why WHO may OP KIND NAME, or not; or --decision ID",
        POLICY | BIT(CLI_OUTPUT) | BIT(CLI_FILE) | BIT(CLI_DECISION) | BIT(CLI_AUDIT),
        0, CLI_ARGS_MAX, cli_policy_explain},
    {"policy", "who", "OP KIND NAME", "all who may do one thing",
        POLICY | BIT(CLI_OUTPUT) | BIT(CLI_FILE), 2, 3, cli_policy},
    {"policy", "can", "WHO [group=...]", "all that somebody may do",
        POLICY | BIT(CLI_OUTPUT) | BIT(CLI_FILE), 1, 17, cli_policy},
    {"policy", "diff", "OLD NEW", "what changes for whom between two policies",
        POLICY | BIT(CLI_OUTPUT), 2, 2, cli_policy},
    {"policy", "test", "[FILE]", "run the tests of a policy",
        POLICY | BIT(CLI_REGEX) | BIT(CLI_COVERAGE), 0, 1, cli_policy},
    {"policy", "simulate", "NEW", "replay an audit trail against a policy",
        POLICY | BIT(CLI_AUDIT) | BIT(CLI_OUTPUT) | BIT(CLI_FILE) | BIT(CLI_PRINCIPAL) |
            BIT(CLI_SINCE) | BIT(CLI_UNTIL),
        1, 1, cli_policy_simulate},
    {"policy", "learn", "", "the least that lets somebody do what it did",
        POLICY | BIT(CLI_AUDIT) | BIT(CLI_PRINCIPAL) | BIT(CLI_PREFIX_FROM) | BIT(CLI_SINCE) |
            BIT(CLI_UNTIL),
        0, 0, cli_policy_learn},
    {"policy", "import", "[FILE|-]", "rules of other tools as statements of a policy",
        BIT(CLI_HELP), 0, 1, cli_policy_import},
    {"policy", "export", "[FILE]", "a policy as rules of another tool",
        BIT(CLI_FORMAT) | BIT(CLI_LOSSY) | BIT(CLI_HELP), 0, 1, cli_policy_export},
    {"policy", "keygen", "NAME", "make a key to sign policies with",
        BIT(CLI_DIR) | BIT(CLI_PASSPHRASE) | BIT(CLI_YES) | BIT(CLI_HELP), 1, 1,
        cli_policy_keygen},
    {"policy", "sign", "[DIR|FILE]", "sign a policy, with all its files",
        BIT(CLI_KEY) | BIT(CLI_YES) | BIT(CLI_HELP), 0, 1, cli_policy_sign},
    {"policy", "verify", "[DIR|FILE]", "whether enough trusted keys signed a policy",
        BIT(CLI_KEYS) | BIT(CLI_REQUIRED) | BIT(CLI_HELP), 0, 1, cli_policy_verify},
    {"policy", "apply", "[FILE]", "show what changes, and let the files come into force",
        POLICY_ADMIN | BIT(CLI_PLAN) | BIT(CLI_EXPECT) | BIT(CLI_YES), 0, 1, cli_policy_apply},
    {"policy", "status", "", "which policy is in force, and since when", POLICY_ADMIN, 0, 0,
        cli_policy_status},
    {"policy", "revert", "[SERIAL|HASH]", "write the files of an earlier policy; apply is apart",
        POLICY_ADMIN | BIT(CLI_TO) | BIT(CLI_YES), 0, 1, cli_policy_revert},
    {"explain-error", NULL, "[CODE]", "what the code of an error of a policy means",
        POLICY, 0, 1, cli_policy},
    {"protocol", "list", "", "the requests that a broker of this version knows",
        OUTPUT, 0, 0, cli_protocol_list},
    {"protocol", "show", "API", "the fields of one request and its response",
        OUTPUT, 1, 1, cli_protocol_show},
    {"audit", "verify", "DIR|FILE...", "was the audit trail changed, and is all of it there",
        BIT(CLI_OUTPUT) | BIT(CLI_HELP) | BIT(CLI_KEY) | BIT(CLI_ANCHOR), 1, CLI_ARGS_MAX,
        cli_audit_verify},
    {"audit", "key", "[DIR|FILE]", "the public key of the trail, for the auditor",
        BIT(CLI_HELP), 0, 1, cli_audit_key},
    {"audit", "tail", "[DIR|FILE...]", "its last records",
        OUTPUT | BIT(CLI_COUNT) | FOUND, 0, CLI_ARGS_MAX, cli_audit_tail},
    {"audit", "search", "[DIR|FILE...]", "records by user, resource, time or decision",
        OUTPUT | BIT(CLI_COUNT) | FOUND, 0, CLI_ARGS_MAX, cli_audit_search},
    {"audit", "stats", "[DIR|FILE...]", "how many of which records",
        OUTPUT | FOUND, 0, CLI_ARGS_MAX, cli_audit_stats},
    {"audit", "export", "[DIR|FILE...]", "records in the form of another program",
        BIT(CLI_HELP) | BIT(CLI_FORMAT) | FOUND, 0, CLI_ARGS_MAX, cli_audit_export},
    {"selftest", "sandbox", "[ARGUMENT...]", "attack the sandbox from inside, print the result",
        BIT(CLI_HELP), 0, CLI_ARGS_MAX, cli_selftest},
    {"version", NULL, "", "version of this tool and its library; also --version",
        OUTPUT, 0, 0, cli_version},
};
/* clang-format on */

_Static_assert(CLI_OPTION_COUNT <= 64, "options are bits of an uint64_t");

_Static_assert(
    COUNT_OF(options) <= CLI_OPTION_ROWS_MAX, "a table of getopt's has so many");

const struct cli_option_row *cli_option_at(size_t index)
{
    return index < COUNT_OF(options) ? &options[index] : NULL;
}

const struct cli_command *cli_command_at(size_t index)
{
    return index < COUNT_OF(commands) ? &commands[index] : NULL;
}

bool cli_has(const struct cli *cli, enum cli_option option)
{
    return cli->text[option] != NULL;
}
