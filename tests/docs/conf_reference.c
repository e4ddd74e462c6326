/*
 * conf_reference - the table of configuration keys as Markdown, from the table that the
 * program itself uses.
 *
 *     conf_reference > docs/configuration-keys.md
 *
 * A test compares its output with what is committed, so that the reference stays true.
 */
#include "conf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *unit_text(enum conf_unit unit)
{
    switch (unit) {
    case CONF_BYTES:
        return " of bytes";
    case CONF_MS:
        return " of milliseconds";
    case CONF_PLAIN:
        break;
    }
    return "";
}

static void print_words(const struct conf_key *key)
{
    for (size_t i = 0; key->words[i] != NULL; i++) {
        printf("%s`%s`", i == 0 ? "" : ", ", key->words[i]);
    }
}

static void print_values(const struct conf_key *key)
{
    if (key->words != NULL) {
        print_words(key);
    } else if (key->type == CONF_INT || key->type == CONF_LONG) {
        printf("number%s, %" PRId64 " to %" PRId64, unit_text(key->unit), key->min,
            key->max);
    } else {
        printf("%s", conf_type_text(key->type));
    }
}

/* What stands behind a key that is a beginning. */
static const char *ending(const struct conf_key *key)
{
    static const struct {
        const char *name;
        const char *ending;
    } others[] = {
        {"listener.name.", "LISTENER.KEY"},
        {"schloss.auth.scope.", "PLUGIN"},
        {"schloss.plugin.", "NAME.KEY"},
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(others[i].name, key->name) == 0) {
            return others[i].ending;
        }
    }
    return conf_key_is_of_listener(key) ? "LISTENER" : "";
}

static void print_key(const struct conf_key *key)
{
    const char *star = strchr(key->name, '*');

    if (star != NULL) {
        printf("| `%.*sLISTENER%s` | ", (int)(star - key->name), key->name, star + 1);
    } else {
        printf("| `%s%s` | ", key->name, ending(key));
    }
    if (key->required) {
        printf("required");
    } else if (key->fallback == NULL) {
        printf("unset");
    } else if (key->fallback[0] == '\0') {
        printf("empty");
    } else {
        printf("`%s`", key->fallback);
    }
    printf(" | ");
    print_values(key);
    printf(" | %s |\n", key->doc);
}

int main(void)
{
    printf(
        "# Keys of schloss.properties\n\n"
        "Made by `conf_reference` from the program's own table; a test keeps it so.\n\n"
        "| key | default | value | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; conf_key_at(i) != NULL; i++) {
        print_key(conf_key_at(i));
    }
    return 0;
}
