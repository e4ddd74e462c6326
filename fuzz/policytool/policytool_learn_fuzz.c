#include "mem.h"
#include "policytool_proposal.h"
#include "policytool_set.h"
#include "text.h"

#include <string.h>

#define USES_MAX 64
#define TEXT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t take_byte(struct input *in)
{
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->at++;
}

/* A length, then so many bytes. */
static struct policy_view take_text(struct input *in)
{
    const size_t wanted = take_byte(in);
    const struct policy_view text = {in->at, wanted < in->left ? wanted : in->left};

    in->at += text.len;
    in->left -= text.len;
    return text;
}

static struct policy_view view_of(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

static struct policytool_event take_event(struct input *in, struct policy_view principal)
{
    static const char *const kinds[][3] = {{"produce", "", ""}, {"consume", "", ""},
        {"group", "join", "group"}, {"admin", "create", "topic"},
        {"admin", "delete", "topic"}, {"admin", "alter-configs", "topic"},
        {"admin", "create-partitions", "topic"}, {"admin", "delete", "group"},
        {"admin", "alter-quotas", "quota"}};
    const char *const *kind = kinds[take_byte(in) % (sizeof(kinds) / sizeof(kinds[0]))];

    return (struct policytool_event){.event = view_of(kind[0]),
        .outcome = view_of("success"),
        .principal = principal,
        .address = view_of("192.0.2.7"),
        .mechanism = view_of("PLAIN"),
        .operation = view_of(kind[1]),
        .resource = view_of(kind[2]),
        .name = take_text(in),
        .time_ms = 1795132800000};
}

/* What the language can write. */
static bool has_words(struct policy_view name)
{
    bool good = name.len > 0 && text_is_utf8(name.ptr, name.len);

    for (size_t i = 0; i < name.len && good; i++) {
        good = name.ptr[i] != '"' && text_control(name.ptr + i, name.len - i) == 0;
    }
    return good;
}

static bool allows(
    const struct policy *p, const struct policytool_use *use, struct policy_view name)
{
    const struct policy_identity identity = {.principal = use->principal};
    struct policy_who who;

    policy_resolve(p, &identity, &who);
    const struct policy_query query = {.who = &who,
        .context = &use->context,
        .operation = use->operation,
        .resource = use->resource,
        .name = name};
    return policy_decide(p, &query).allowed;
}

/* Every use is allowed, and not what is called as it is and a bit more. */
static void check(const struct policy *p, const struct policytool_event *events,
    size_t count, bool is_exact)
{
    uint8_t longer[300];

    for (size_t i = 0; i < count; i++) {
        struct policytool_use use;
        if (policytool_trail_read(&events[i], &use) != POLICYTOOL_TRAIL_USE) {
            continue;
        }
        if (has_words(use.name) && !allows(p, &use, use.name)) {
            __builtin_trap();
        }
        memcpy(longer, use.name.ptr, use.name.len);
        longer[use.name.len] = 0x01; /* no name that is learned has it */
        if (is_exact && use.resource != POLICY_CLUSTER &&
            allows(p, &use, (struct policy_view){longer, use.name.len + 1})) {
            __builtin_trap();
        }
    }
}

static void check_text(const struct buf *learned, const struct policytool_event *events,
    size_t count, bool is_exact)
{
    struct policytool_set set;
    struct report report;
    struct buf why;
    struct buf text;

    buf_init(&why, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    report_init(&report, &why);
    buf_add_text(&text, "policy 1\n");
    buf_add(&text, learned->bytes, learned->length);
    const struct policy_source source = {"a", text.bytes, text.length};
    if (policytool_set_make(&source, 1, &report, &set) != OK) {
        __builtin_trap();
    }
    check(set.policy, events, count, is_exact);
    policytool_set_fini(&set);
    buf_fini(&text);
    buf_fini(&why);
}

/* Uses of any names: the proposal is a policy that allows them, and exact ones no more. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policytool_event events[USES_MAX];
    struct input in = {data, size};
    struct policytool_learn learn;
    struct buf out;
    char who[300];
    size_t count = 0;

    const uint64_t prefix_from = take_byte(&in) % 8;
    const struct policy_view name = take_text(&in);
    if (name.len == 0 || memchr(name.ptr, '\0', name.len) != NULL) {
        return 0;
    }
    memcpy(who, "User:", 5);
    memcpy(who + 5, name.ptr, name.len);
    who[5 + name.len] = '\0';
    policytool_learn_init(&learn, who);
    learn.prefix_from = prefix_from < 2 ? 0 : prefix_from;
    while (in.left > 0 && count < USES_MAX) {
        events[count] = take_event(&in, view_of(who));
        (void)!policytool_learn_add(&learn, &events[count++]);
    }
    buf_init(&out, TEXT_MAX);
    const enum err e = policytool_proposal_write(&learn, &out);
    if (e == OK) {
        check_text(&out, events, count, learn.prefix_from == 0);
    } else if (has_words(name)) {
        __builtin_trap(); /* there is a way to write it */
    }
    buf_fini(&out);
    policytool_learn_fini(&learn);
    return 0;
}
