/*
 * schloss-policy - the verbs of `schloss policy` that look at files, and nothing else: for
 * the checks of a repository of policies, where no broker is.
 *
 * Sees:       policy files.
 * Holds:      nothing.
 * Talks to:   nobody.
 * May call:   all that its user may.
 * If taken:   what that user may do; by `fmt -w` it changes the files that it is given.
 */
#include "policytool_verb.h"
#include "text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM      "schloss-policy"
#define DEFAULT_FILE "/etc/schloss/main.policy"

struct row {
    unsigned option;
    int letter; /* 'f', 'C': without one on the command line */
    bool has_value;
    const char *name;
    const char *text;
};

static const struct row rows[] = {
    {POLICYTOOL_OPTION_FILE, 'f', true, "file",
        "--file FILE          the policy (default: " DEFAULT_FILE ")"},
    {POLICYTOOL_OPTION_FORM, 'o', true, "output",
        "-o, --output FORM    text or json; check: sarif and github too"},
    {POLICYTOOL_OPTION_DIFF, 'd', false, "diff",
        "-d, --diff           show what differs"},
    {POLICYTOOL_OPTION_WRITE, 'w', false, "write",
        "-w, --write          write the files back; print the names of those that "
        "differ"},
    {POLICYTOOL_OPTION_REGEX, 'r', true, "regex",
        "-r, --regex REGEX    only tests whose names match"},
    {POLICYTOOL_OPTION_COVERAGE, 'C', false, "coverage",
        "--coverage           name the rules that no test touches"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void print_help(FILE *to)
{
    const struct policytool_verb *v = NULL;

    (void)fprintf(to, "usage: " PROGRAM " VERB [OPTION...] [ARGUMENT...]\n\n");
    for (size_t i = 0; (v = policytool_verb_at(i)) != NULL; i++) {
        (void)fprintf(to, "  %s %s\n          %s\n", v->name, v->arguments, v->help);
    }
    (void)fprintf(to, "\n");
    for (size_t i = 0; i < ROWS; i++) {
        (void)fprintf(to, "  %s\n", rows[i].text);
    }
    (void)fprintf(to, "\nexit: 0 yes or done, 1 no or wrong, 2 usage\n");
}

static int usage(const char *what, const char *word)
{
    char safe[128];

    (void)fprintf(stderr, PROGRAM ": %s '%s'\n  help: " PROGRAM " --help\n", what,
        text_escape(safe, sizeof(safe), word, strlen(word)));
    return POLICYTOOL_USAGE;
}

static bool take(struct policytool_call *call, int letter, const char *value)
{
    switch (letter) {
    case 'f':
        call->file = value;
        return true;
    case 'o':
        call->form = value;
        return true;
    case 'd':
        call->shows_diff = true;
        return true;
    case 'w':
        call->writes = true;
        return true;
    case 'r':
        call->regex = value;
        return true;
    case 'C':
        call->shows_coverage = true;
        return true;
    default:
        return false;
    }
}

static bool has_option(const struct policytool_verb *v, int letter)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].letter == letter) {
            return (v->options & rows[i].option) != 0;
        }
    }
    return false;
}

/* POLICYTOOL_YES: *call is filled. */
static int take_all(
    const struct policytool_verb *v, int argc, char **argv, struct policytool_call *call)
{
    struct option longs[ROWS + 1] = {{.name = NULL}};

    for (size_t i = 0; i < ROWS; i++) {
        longs[i] = (struct option){rows[i].name,
            rows[i].has_value ? required_argument : no_argument, NULL, rows[i].letter};
    }
    opterr = 0;
    for (;;) {
        const int letter = getopt_long(argc, argv, "o:dwr:", longs, NULL);
        if (letter == -1) {
            break;
        }
        if (!has_option(v, letter) || !take(call, letter, optarg)) {
            return usage("not an option of this verb:", argv[optind - 1]);
        }
    }
    call->words = (struct policytool_words){
        (const char *const *)argv + optind, (size_t)(argc - optind)};
    if (call->words.count < v->words_min || call->words.count > v->words_max) {
        return usage("too few or too many arguments for", v->name);
    }
    return POLICYTOOL_YES;
}

int main(int argc, char **argv)
{
    struct policytool_call call = {.program = PROGRAM, .file = DEFAULT_FILE};

    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? POLICYTOOL_USAGE : POLICYTOOL_YES;
    }
    const struct policytool_verb *v = policytool_verb_find(argv[1]);
    if (v == NULL) {
        return usage("unknown verb", argv[1]);
    }
    const int result = take_all(v, argc - 1, argv + 1, &call);
    return result == POLICYTOOL_YES ? v->run(&call) : result;
}
