/*
 * gssapi_rules_parts - what rules are made of, for those who parse and those who apply them.
 */
#ifndef GSSAPI_RULES_PARTS_H
#define GSSAPI_RULES_PARTS_H

#include "gssapi_rules.h"

#include <stdbool.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct gssapi_view {
    const char *bytes;
    size_t length;
};

struct gssapi_rule {
    bool is_default;
    uint32_t components; /* without the realm */
    struct gssapi_view format;
    pcre2_code *filter; /* NULL: none */
    pcre2_code *from;   /* NULL: no substitution */
    struct gssapi_view to;
    bool repeats;
    char letter_case; /* 'L', 'U' or 0 */
};

struct gssapi_rules {
    char *text; /* owned: the views point into it */
    char *realm;
    struct gssapi_rule rules[GSSAPI_RULES_MAX];
    size_t count;
    pcre2_general_context *general;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_match_data *found;
};

uint32_t gssapi_rules_groups(const pcre2_code *code);

#endif
