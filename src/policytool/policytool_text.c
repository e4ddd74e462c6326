#include "policytool_text.h"

#include "text.h"

#include <string.h>
#include <time.h>

void policytool_add_view(struct buf *b, struct policy_view text)
{
    text_add_safe(b, text.ptr, text.len, false);
}

static bool is_plain(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._:@/%+-", c) != NULL);
}

void policytool_add_name(struct buf *b, struct policy_view name)
{
    bool quoted = name.len == 0;

    for (size_t i = 0; i < name.len; i++) {
        quoted = quoted || !is_plain(name.ptr[i]);
    }
    buf_add_text(b, quoted ? "\"" : "");
    policytool_add_view(b, name);
    buf_add_text(b, quoted ? "\"" : "");
}

void policytool_add_pattern(struct buf *b, const struct policy_model_target *t)
{
    if (!t->is_prefix) {
        policytool_add_name(b, t->name);
        return;
    }
    policytool_add_view(b, t->name);
    buf_add_text(b, "*");
}

void policytool_add_operations(
    struct buf *b, uint32_t bits, enum policy_resource resource)
{
    const uint32_t meaningful = policy_meaningful(resource);
    bool is_first = true;

    if ((bits & meaningful) == meaningful) {
        buf_add_text(b, "all");
        return;
    }
    for (uint32_t i = POLICY_READ; i <= POLICY_TWO_PHASE_COMMIT; i++) {
        if ((bits & meaningful & POLICY_BIT(i)) != 0) {
            buf_add_text(b, is_first ? "" : ", ");
            buf_add_text(b, policy_operation_name((enum policy_operation)i));
            is_first = false;
        }
    }
}

void policytool_add_time(struct buf *b, int64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char text[40];

    if (gmtime_r(&seconds, &tm) == NULL) {
        buf_add_text(b, "?");
        return;
    }
    const size_t length = tm.tm_sec == 0
                              ? strftime(text, sizeof(text), "%Y-%m-%dT%H:%MZ", &tm)
                              : strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    buf_add(b, text, length);
}

void policytool_add_duration(struct buf *b, int64_t ms)
{
    static const struct {
        int64_t ms;
        const char *letter;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (ms % units[i].ms == 0 || units[i].ms == 1000) {
            buf_add_format(b, "%lld%s", (long long)(ms / units[i].ms), units[i].letter);
            return;
        }
    }
}

void policytool_add_tls(struct buf *b, uint16_t version)
{
    if (version == 0) {
        buf_add_text(b, "no");
        return;
    }
    buf_add_format(b, "1.%d", (version & 0xff) - 1);
}

void policytool_add_nets(
    struct buf *b, const struct policy_model *m, const struct policy_model_condition *c)
{
    for (uint32_t i = 0; i < c->nets.count; i++) {
        const struct policy_model_net *net = &m->net_items[c->nets.first + i];
        buf_add_text(b, i > 0 ? ", " : "");
        buf_add_text(b, net->list != POLICY_UNRESOLVED ? "@" : "");
        policytool_add_view(b, net->name.text);
    }
}

static void add_names(struct buf *b, const struct policy_model *m,
    struct policy_range range, const char *between)
{
    for (uint32_t i = 0; i < range.count; i++) {
        buf_add_text(b, i > 0 ? between : "");
        policytool_add_name(b, m->names[range.first + i].text);
    }
}

static void add_all_nets(
    struct buf *b, const struct policy_model *m, const struct policy_model_condition *c)
{
    const char *between = "";

    for (uint32_t i = 0; i < c->nets.count; i++) {
        const struct policy_model_net *item = &m->net_items[c->nets.first + i];
        const struct policy_range list = item->list == POLICY_UNRESOLVED
                                             ? (struct policy_range){c->nets.first + i, 1}
                                             : m->nets[item->list].nets;
        for (uint32_t k = 0; k < list.count; k++) {
            buf_add_text(b, between);
            policytool_add_view(b, m->net_items[list.first + k].name.text);
            between = ", ";
        }
    }
}

void policytool_add_methods(struct buf *b, uint32_t methods)
{
    const char *between = "";

    for (uint32_t i = 0; i < POLICY_METHODS; i++) {
        if ((methods & POLICY_BIT(i)) != 0) {
            buf_add_text(b, between);
            buf_add_text(b, policy_method_name((enum policy_method)i));
            between = ", ";
        }
    }
}

static void add_with(struct buf *b, const struct policy_model *m,
    const struct policy_model_condition *c, bool is_whole)
{
    const char *word = "with ";

    if (c->methods_written.count > 0) {
        buf_add_text(b, word);
        if (is_whole) {
            policytool_add_methods(b, c->methods);
        } else {
            add_names(b, m, c->methods_written, " and ");
        }
        word = " and ";
    }
    if (c->tls_min != 0) {
        buf_add_text(b, word);
        buf_add_text(b, "tls >= ");
        policytool_add_tls(b, c->tls_min);
        word = " and ";
    }
    if (c->age_ms != 0) {
        buf_add_text(b, word);
        buf_add_text(b, "age < ");
        policytool_add_duration(b, c->age_ms);
        word = " and ";
    }
    if (c->issuer.len > 0) {
        buf_add_text(b, word);
        buf_add_text(b, "issuer ");
        policytool_add_name(b, c->issuer);
        word = " and ";
    }
    buf_add_text(b, word[0] == ' ' ? " " : "");
}

static void add_span(struct buf *b, const char *word, int64_t ms)
{
    if (ms != 0) {
        buf_add_text(b, word);
        policytool_add_time(b, ms);
        buf_add_text(b, " ");
    }
}

static void add_condition(struct buf *b, const struct policy_model *m,
    const struct policy_model_condition *c, bool is_whole)
{
    const size_t before = b->length;

    if (c->nets.count > 0) {
        buf_add_text(b, c->is_outside ? "from not " : "from ");
        if (is_whole) {
            add_all_nets(b, m, c);
        } else {
            policytool_add_nets(b, m, c);
        }
        buf_add_text(b, " ");
    }
    if (c->listeners.count > 0) {
        buf_add_text(b, "via ");
        add_names(b, m, c->listeners, ", ");
        buf_add_text(b, " ");
    }
    add_with(b, m, c, is_whole);
    add_span(b, "after ", c->after_ms);
    add_span(b, "until ", c->until_ms);
    if (buf_error(b) == OK && b->length > before) {
        b->length--; /* the last blank */
    }
}

void policytool_add_condition(
    struct buf *b, const struct policy_model *m, const struct policy_model_condition *c)
{
    add_condition(b, m, c, false);
}

void policytool_add_condition_whole(
    struct buf *b, const struct policy_model *m, const struct policy_model_condition *c)
{
    add_condition(b, m, c, true);
}

void policytool_add_place(struct buf *b, const struct report_place *place)
{
    text_add_safe(b, place->file, strlen(place->file), false);
    buf_add_format(b, ":%u", place->line);
}

void policytool_add_subject(
    struct buf *b, const struct policy_model *m, const struct policy_model_subject *s)
{
    switch (s->kind) {
    case POLICY_SUBJECT_ANY:
        buf_add_text(b, "any");
        return;
    case POLICY_SUBJECT_ANONYMOUS:
        buf_add_text(b, "anonymous");
        return;
    case POLICY_SUBJECT_PRINCIPAL:
        buf_add_text(b, "User:");
        policytool_add_view(b, s->name.text);
        return;
    case POLICY_SUBJECT_TEAM:
        break;
    }
    buf_add_text(b, "@");
    policytool_add_view(b, s->name.text);
    if (s->team < m->teams_count && m->teams[s->team].source.len > 0) {
        buf_add_text(b, " (");
        policytool_add_view(b, m->teams[s->team].source);
        buf_add_text(b, " ");
        policytool_add_name(b, m->teams[s->team].group);
        buf_add_text(b, ")");
    }
}
