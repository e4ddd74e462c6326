#include "policytool_proposal.h"

#include "mem.h"
#include "policy_value.h"
#include "policytool_prefix.h"
#include "policytool_set.h"
#include "policytool_text.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TYPE        "User:"
#define WIDTH       90 /* of a line, as fmt lays it out */
#define NAME_LENGTH 255
#define HEADER      "policy 1\n"
#define OUT_MAX     ((size_t)64 << 20)

#define ADDRESSES_SHOWN 8 /* one by one */

/* --- statements ------------------------------------------------------------------------- */

struct writer {
    const struct policytool_learn *l;
    struct buf who; /* as the language writes it */
    struct buf *out;
    struct policytool_learned **all; /* sorted by name */
    size_t count;
    struct policy_view *names; /* room for all of them */
    struct policytool_items items;
    size_t rules;
    size_t unwritten;
};

/* The language has no way to write others. */
static bool is_writable(struct policy_view name)
{
    if (name.len == 0 || name.len > NAME_LENGTH || !text_is_utf8(name.ptr, name.len)) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"' || text_control(name.ptr + i, name.len - i) > 0) {
            return false;
        }
    }
    return true;
}

/* In quotes nothing is a team, any or anonymous. */
static enum err add_who(const struct policytool_learn *l, struct buf *out)
{
    const bool is_word = policytool_prefix_is_plain(l->principal) &&
                         !policy_value_is(l->principal, "any") &&
                         !policy_value_is(l->principal, "anonymous");

    if (l->is_anonymous) {
        buf_add_text(out, "anonymous");
        return buf_error(out);
    }
    if (!is_writable(l->principal)) {
        return ERR_INVALID;
    }
    buf_add_text(out, is_word ? "" : "\"");
    buf_add_text(out, policy_value_starts(l->principal, TYPE) ? TYPE : "");
    buf_add(out, l->principal.ptr, l->principal.len);
    buf_add_text(out, is_word ? "" : "\"");
    return buf_error(out);
}

static void add_item(struct buf *out, const struct policytool_item *item)
{
    const struct policy_model_target t = {
        .name = item->text, .is_prefix = item->names > 0};

    policytool_add_pattern(out, &t);
}

/* The operations but read and write of a name. */
static uint32_t others_of(const struct policytool_learned *n)
{
    return n->operations & ~(POLICY_BIT(POLICY_READ) | POLICY_BIT(POLICY_WRITE));
}

/* Which names of the kind have any of `any` of these operations, or exactly `exactly`. */
static struct policytool_span select_names(
    struct writer *w, enum policy_resource resource, uint32_t any, uint32_t exactly)
{
    struct policytool_span s = {.names = w->names};

    for (size_t i = 0; i < w->count; i++) {
        const struct policytool_learned *n = w->all[i];
        const bool is_wanted =
            exactly != 0 ? others_of(n) == exactly : (n->operations & any) != 0;
        if (n->resource == resource && is_wanted) {
            s.names[s.count++] = n->text;
        }
    }
    return s;
}

static void take_items(struct writer *w, struct policytool_span s)
{
    const uint64_t from = w->l->prefix_from;

    w->items.count = 0;
    if (from == 0 || from > s.count) {
        for (size_t i = 0; i < s.count; i++) {
            policytool_items_add(&w->items, s.names[i]);
        }
    } else {
        policytool_prefix_find(s, (size_t)from, &w->items);
    }
}

/* What a prefix stands for: who reads the proposal has to agree. */
static void add_prefix_comments(struct writer *w, enum policy_resource resource)
{
    for (size_t i = 0; i < w->items.count; i++) {
        const struct policytool_item *item = &w->items.items[i];
        if (item->names > 0) {
            buf_add_format(w->out, "# %s ", policy_resource_name(resource));
            add_item(w->out, item);
            buf_add_format(w->out, ": %zu names were used\n", item->names);
        }
    }
}

/* "topic a, b" */
static void add_list(struct buf *out, enum policy_resource resource,
    const struct policytool_item *items, size_t count)
{
    buf_add_text(out, policy_resource_name(resource));
    for (size_t i = 0; i < count && resource != POLICY_CLUSTER; i++) {
        buf_add_text(out, i == 0 ? " " : ", ");
        add_item(out, &items[i]);
    }
}

static void begin_rule(struct writer *w, const char *operations)
{
    buf_add_text(w->out, "allow ");
    buf_add(w->out, w->who.bytes, w->who.length);
    buf_add_format(w->out, " to %s ", operations);
    w->rules++;
}

static size_t length_of(const struct policytool_item *item)
{
    return item->text.len + 2; /* with a comma, or quotes */
}

/* As many statements as keep their lines short. */
static void add_rules(
    struct writer *w, const char *operations, enum policy_resource resource)
{
    const struct policytool_items *all = &w->items;
    const size_t head = w->who.length + strlen(operations) + 20;

    add_prefix_comments(w, resource);
    for (size_t i = 0; i < all->count;) {
        size_t n = 1;
        size_t length = head + length_of(&all->items[i]);
        while (i + n < all->count && length + length_of(&all->items[i + n]) <= WIDTH) {
            length += length_of(&all->items[i + n]);
            n++;
        }
        begin_rule(w, operations);
        add_list(w->out, resource, all->items + i, n);
        buf_add_text(w->out, "\n");
        i += n;
    }
}

/* Topics and groups in one statement where they are few. */
static enum err add_consume(struct writer *w)
{
    const uint32_t read = POLICY_BIT(POLICY_READ);
    struct buf topics;
    struct buf groups;

    buf_init(&topics, OUT_MAX);
    buf_init(&groups, OUT_MAX);
    take_items(w, select_names(w, POLICY_TOPIC, read, 0));
    const size_t topic_count = w->items.count;
    add_list(&topics, POLICY_TOPIC, w->items.items, topic_count);
    take_items(w, select_names(w, POLICY_GROUP, read, 0));
    const size_t group_count = w->items.count;
    add_list(&groups, POLICY_GROUP, w->items.items, group_count);
    const size_t length =
        w->who.length + strlen("allow  to consume  ") + topics.length + groups.length;
    if (topic_count > 0 && group_count > 0 && length <= WIDTH) {
        add_prefix_comments(w, POLICY_GROUP);
        take_items(w, select_names(w, POLICY_TOPIC, read, 0));
        add_prefix_comments(w, POLICY_TOPIC);
        begin_rule(w, "consume");
        buf_add(w->out, topics.bytes, topics.length);
        buf_add_text(w->out, " ");
        buf_add(w->out, groups.bytes, groups.length);
        buf_add_text(w->out, "\n");
    } else {
        take_items(w, select_names(w, POLICY_TOPIC, read, 0));
        add_rules(w, "consume", POLICY_TOPIC);
        take_items(w, select_names(w, POLICY_GROUP, read, 0));
        add_rules(w, "consume", POLICY_GROUP);
    }
    enum err e = buf_error(&topics);
    e = e == OK ? buf_error(&groups) : e;
    buf_fini(&topics);
    buf_fini(&groups);
    return e;
}

/* What `manage` stands for. */
static uint32_t manage_of(enum policy_resource resource)
{
    const uint32_t both = POLICY_BIT(POLICY_DELETE) | POLICY_BIT(POLICY_ALTER_CONFIGS);

    switch (resource) {
    case POLICY_TOPIC:
        return both | POLICY_BIT(POLICY_CREATE) | POLICY_BIT(POLICY_ALTER);
    case POLICY_GROUP:
        return both;
    default:
        return 0;
    }
}

static enum err add_others_of(
    struct writer *w, enum policy_resource resource, uint32_t operations)
{
    struct buf words;

    buf_init(&words, 1024);
    if (operations == manage_of(resource)) {
        buf_add_text(&words, "manage");
    } else {
        policytool_add_operations(&words, operations, resource);
    }
    buf_add(&words, "", 1);
    const enum err e = buf_error(&words);
    if (e == OK) {
        take_items(w, select_names(w, resource, 0, operations));
        add_rules(w, (const char *)words.bytes, resource);
    }
    buf_fini(&words);
    return e;
}

/* The smallest set of them above `before` that a name of the kind has; 0: none. */
static uint32_t next_others(
    const struct writer *w, enum policy_resource resource, uint32_t before)
{
    uint32_t next = 0;

    for (size_t i = 0; i < w->count; i++) {
        const uint32_t bits = w->all[i]->resource == resource ? others_of(w->all[i]) : 0;
        if (bits > before && (next == 0 || bits < next)) {
            next = bits;
        }
    }
    return next;
}

/* One statement for names that were used alike. */
static enum err add_others(struct writer *w, enum policy_resource resource)
{
    uint32_t bits = 0;
    enum err e = OK;

    while (e == OK && (bits = next_others(w, resource, bits)) != 0) {
        e = add_others_of(w, resource, bits);
    }
    return e;
}

static enum err add_statements(struct writer *w)
{
    enum err e = add_consume(w);

    if (e == OK) {
        take_items(w, select_names(w, POLICY_TOPIC, POLICY_BIT(POLICY_WRITE), 0));
        add_rules(w, "produce", POLICY_TOPIC);
        e = add_others(w, POLICY_TOPIC);
    }
    e = e == OK ? add_others(w, POLICY_GROUP) : e;
    return e == OK ? add_others(w, POLICY_CLUSTER) : e;
}

/* --- comments --------------------------------------------------------------------------- */

/* As they are where they are few, else the networks around them. */
static void add_networks(const struct policytool_learn *l, struct buf *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct policy_net nets[POLICYTOOL_LEARN_ADDRESSES];
    size_t count = 0;
    char text[POLICY_NET_TEXT_MAX];

    for (size_t i = 0; i < l->address_count; i++) {
        struct policy_net net = {.bits = 128};
        memcpy(net.address, l->addresses[i], sizeof(net.address));
        if (l->address_count > ADDRESSES_SHOWN) {
            net.bits = memcmp(net.address, mapped, sizeof(mapped)) == 0 ? 120 : 64;
            memset(net.address + net.bits / 8, 0, (size_t)(128 - net.bits) / 8);
        }
        size_t k = 0;
        while (k < count && memcmp(&nets[k], &net, sizeof(net)) != 0) {
            k++;
        }
        if (k < count) {
            continue;
        }
        nets[count++] = net;
        policy_net_text(&net, text);
        buf_add_text(out, count > 1 ? ", " : "");
        buf_add(out, text, net.bits == 128 ? strcspn(text, "/") : strlen(text));
    }
    buf_add_text(out, l->has_more_addresses ? ", and others" : "");
}

static void add_head(const struct policytool_learn *l, struct buf *out)
{
    buf_add_text(out, "# ");
    policytool_add_view(out, l->principal);
    buf_add_format(out, ": %" PRIu64 " uses", l->uses);
    if (l->uses == 0) {
        buf_add_text(out, " in the trail\n");
        return;
    }
    buf_add_text(out, ", ");
    policytool_add_time(out, l->first_ms);
    buf_add_text(out, " to ");
    policytool_add_time(out, l->last_ms);
    buf_add_text(out, "\n# from ");
    add_networks(l, out);
    buf_add_text(out, "\n");
    const char *between = "# with ";
    for (uint32_t i = POLICY_METHOD_MTLS; i < POLICY_METHODS; i++) {
        if ((l->methods & (UINT32_C(1) << i)) != 0) {
            buf_add_text(out, between);
            buf_add_text(out, policy_method_name((enum policy_method)i));
            between = ", ";
        }
    }
    buf_add_text(out, between[0] == ',' ? "\n" : "");
}

static void add_tail(const struct writer *w)
{
    const struct policytool_learn *l = w->l;
    const struct {
        uint64_t count;
        const char *what;
    } notes[] = {{l->refusals, "refusals are not learned"},
        {w->unwritten, "names are left out: no policy can name them"},
        {l->hidden, "uses of further names are left out: there are too many"},
        {l->bad, "lines could not be understood, and were left out"}};

    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        if (notes[i].count > 0) {
            buf_add_format(w->out, "# %" PRIu64 " %s\n", notes[i].count, notes[i].what);
        }
    }
    buf_add_text(w->out,
        "# not in the trail: what was allowed and changed nothing, as "
        "metadata and describe\n"
        "# nor for which topics offsets were committed, which takes read on them\n");
}

/* --- all of it -------------------------------------------------------------------------- */

static int compare_names(const void *left, const void *right)
{
    const struct policytool_learned *a = *(const struct policytool_learned *const *)left;
    const struct policytool_learned *b = *(const struct policytool_learned *const *)right;
    const int c = policy_view_compare(a->text, b->text);

    return c != 0 ? c : (int)a->resource - (int)b->resource;
}

static void collect(struct writer *w)
{
    struct policytool_learned *n = NULL;
    size_t cursor = 0;

    while ((n = table_next(&w->l->names, &cursor)) != NULL) {
        if (is_writable(n->text)) {
            w->all[w->count++] = n;
        } else {
            w->unwritten++;
        }
    }
    qsort(w->all, w->count, sizeof(struct policytool_learned *), compare_names);
}

/* ERR_INVALID: it is no policy, or not one of the rules that were meant. */
static enum err check(const struct writer *w)
{
    struct policytool_set set;
    struct report report;
    struct buf text;
    struct buf messages;

    buf_init(&text, OUT_MAX);
    buf_init(&messages, OUT_MAX);
    report_init(&report, &messages);
    buf_add_text(&text, HEADER);
    buf_add(&text, w->out->bytes, w->out->length);
    enum err e = buf_error(&text);
    if (e == OK) {
        const struct policy_source source = {
            .name = "learned", .text = text.bytes, .length = text.length};
        e = policytool_set_make(&source, 1, &report, &set);
        if (e == OK && set.model.rules_count != w->rules) {
            e = ERR_INVALID;
        }
        policytool_set_fini(&set);
    }
    buf_fini(&messages);
    buf_fini(&text);
    return e;
}

static enum err write_all(struct writer *w)
{
    enum err e = add_who(w->l, &w->who);

    if (e == OK) {
        collect(w);
        add_head(w->l, w->out);
        e = add_statements(w);
        add_tail(w);
    }
    e = e == OK ? buf_error(w->out) : e;
    return e == OK ? check(w) : e;
}

enum err policytool_proposal_write(const struct policytool_learn *l, struct buf *out)
{
    const size_t room = l->names.count == 0 ? 1 : l->names.count;
    struct writer w = {.l = l, .out = out};
    enum err e = ERR_NOMEM;

    buf_init(&w.who, 4096);
    w.all = mem_alloc(room, sizeof(struct policytool_learned *));
    w.names = mem_alloc(room, sizeof(struct policy_view));
    w.items.items = mem_alloc(room, sizeof(struct policytool_item));
    if (w.all != NULL && w.names != NULL && w.items.items != NULL) {
        e = write_all(&w);
    }
    mem_free(w.all);
    mem_free(w.names);
    mem_free(w.items.items);
    buf_fini(&w.who);
    return e;
}
