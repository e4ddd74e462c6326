/* What `diff`, `who` and `can` say, held against the evaluator over random policies. */
#include "policytool_can.h"
#include "policytool_diff.h"
#include "policytool_fixture.h"
#include "policytool_who.h"

#include <stdlib.h>

#define ROUNDS 1500

static uint32_t state_of_random = 12345;

static uint32_t below(uint32_t n)
{
    state_of_random = state_of_random * UINT32_C(1664525) + UINT32_C(1013904223);
    return (state_of_random >> 8) % n;
}

static const char *pick(const char *const *words, uint32_t count)
{
    return words[below(count)];
}

static const char *const people[] = {"a", "b", "any", "@t", "anonymous", "@e"};
static const char *const effects[] = {"deny", "allow", "allow", "never"};
static const char *const names[] = {"x", "xy", "x*", "xy*", "*", "z"};
static const char *const operations[] = {"read", "write", "describe", "delete", "all"};
static const char *const conditions[] = {
    "", "", "from 10.0.0.1", "from not 10.0.0.1", "with mtls", "via A"};

static void add_policy(struct buf *out)
{
    const uint32_t rules = below(5);

    buf_add_text(out, "policy 1\nteam t = { b, c }\nteam e from ldap e\n");
    for (uint32_t i = 0; i < rules; i++) {
        const char *effect = pick(effects, 4);
        buf_add_format(out, "r%u: %s %s to %s topic %s %s\n", i, effect, pick(people, 6),
            pick(operations, 5), pick(names, 6),
            effect[0] == 'n' ? "" : pick(conditions, 6));
    }
    buf_add(out, "", 1);
}

static const char *const askers[] = {"a", "b", "c", "d", "anonymous"};
static const char *const asked[] = {"x", "xy", "xyz", "z", "q"};
static const enum policy_operation kinds[] = {
    POLICY_READ, POLICY_WRITE, POLICY_DESCRIBE, POLICY_DELETE, POLICY_ALTER};

/* Circumstances: 8 without a group and with a login. */
#define PLAIN_ONES  8
#define IN_GROUP    8
#define NO_LOGIN    16
#define ALL_OF_THEM 32

static const struct policy_group group = {
    .source = {(const uint8_t *)"ldap", 4}, .name = {(const uint8_t *)"e", 1}};

static bool decide(const struct policytool_set *set, uint32_t who, uint32_t circumstances,
    enum policy_operation operation, const char *name)
{
    char principal[16] = "User:";
    const char *asker = askers[who];
    const struct policy_identity identity = {
        .principal = {(const uint8_t *)strcat(principal, asker), 5 + strlen(asker)},
        .groups = &group,
        .group_count = (circumstances & IN_GROUP) != 0 ? 1 : 0,
        .is_anonymous = who == 4 || (circumstances & NO_LOGIN) != 0};
    struct policy_context context = {.address = {[10] = 0xff,
                                         [11] = 0xff,
                                         [12] = 10,
                                         [15] = (uint8_t)(1 + (circumstances & 1))},
        .method = (circumstances & 2) != 0 ? POLICY_METHOD_MTLS : POLICY_METHOD_PLAIN,
        .listener = {(const uint8_t *)((circumstances & 4) != 0 ? "A" : "B"), 1},
        .tls = 0x0304,
        .now_ms = NOW_MS,
        .authenticated_ms = NOW_MS,
        .clock_is_sure = true};
    struct policy_who resolved;
    const struct policy_query query = {.who = &resolved,
        .context = &context,
        .operation = operation,
        .resource = POLICY_TOPIC,
        .name = {(const uint8_t *)name, strlen(name)}};

    policy_resolve(set->policy, &identity, &resolved);
    return policy_decide(set->policy, &query).allowed;
}

/* Whether any of the circumstances makes a difference between the two. */
static bool differ(const struct policytool_set *was, const struct policytool_set *is,
    uint32_t who, enum policy_operation operation, const char *name)
{
    for (uint32_t i = 0; i < PLAIN_ONES; i++) {
        if (decide(was, who, i, operation, name) != decide(is, who, i, operation, name)) {
            return true;
        }
    }
    return false;
}

/* A member of a row of JSON, copied. */
static void member(const char *row, const char *key, char out[256])
{
    char start[32];

    (void)snprintf(start, sizeof(start), "\"%s\": \"", key);
    const char *at = strstr(row, start);
    assert_non_null(at);
    at += strlen(start);
    const size_t length = strcspn(at, "\"");
    assert_true(length < 256);
    memcpy(out, at, length);
    out[length] = '\0';
}

/* Whether `word` is an item of a list with commas. */
static bool lists(const char *list, const char *word)
{
    const size_t length = strlen(word);

    while (list != NULL) {
        list += strspn(list, ", ");
        if (strncmp(list, word, length) == 0 &&
            (list[length] == ',' || list[length] == '\0')) {
            return true;
        }
        list = strchr(list, ',');
    }
    return false;
}

static bool matches(const char *pattern, const char *name)
{
    const size_t length = strlen(pattern);

    return length > 0 && pattern[length - 1] == '*'
               ? strncmp(pattern, name, length - 1) == 0
               : strcmp(pattern, name) == 0;
}

static bool any_matches(char *patterns, const char *name)
{
    for (char *p = strtok(patterns, ", "); p != NULL; p = strtok(NULL, ", ")) {
        if (matches(p, name)) {
            return true;
        }
    }
    return false;
}

/* Whether the party is in the row: nobody names d, who is anybody else. */
static bool is_party(const char *parties, const char *asker, bool is_named)
{
    char full[32];

    if (strcmp(asker, "anonymous") == 0) {
        return lists(parties, "anonymous");
    }
    (void)snprintf(full, sizeof(full), "User:%s", asker);
    return lists(parties, is_named ? full : "anybody else");
}

static bool has_row(const char *rows, const char *asker, bool is_named,
    enum policy_operation operation, const char *name)
{
    char cell[256];

    for (const char *row = strstr(rows, "{\"change\""); row != NULL;
         row = strstr(row + 1, "{\"change\"")) {
        member(row, "principals", cell);
        if (!is_party(cell, asker, is_named)) {
            continue;
        }
        member(row, "operations", cell);
        if (strcmp(cell, "all") != 0 && !lists(cell, policy_operation_name(operation))) {
            continue;
        }
        member(row, "name", cell);
        if (!matches(cell, name)) {
            continue;
        }
        member(row, "except", cell);
        if (!any_matches(cell, name)) {
            return true;
        }
    }
    return false;
}

/* Whether a subject of a rule of either policy names it. */
static bool is_named_in(
    const struct policytool_set *was, const struct policytool_set *is, const char *asker)
{
    const struct policytool_set *sets[2] = {was, is};

    for (int side = 0; side < 2; side++) {
        const struct policy_model *m = &sets[side]->model;
        for (size_t i = 0; i < m->subjects_count; i++) {
            const struct policy_model_subject *s = &m->subjects[i];
            const bool is_team = s->kind == POLICY_SUBJECT_TEAM && s->team == 0 &&
                                 strchr("bc", asker[0]) != NULL;
            if (is_team || (s->kind == POLICY_SUBJECT_PRINCIPAL &&
                               s->name.text.len == strlen(asker) &&
                               memcmp(s->name.text.ptr, asker, s->name.text.len) == 0)) {
                return true;
            }
        }
    }
    return false;
}

struct pair {
    struct buf texts[2];
    struct policytool_set sets[2];
};

/* Whether it may be loaded: no never is broken. */
static bool is_loadable(const char *text, struct policytool_set *out)
{
    const struct policy_source source = source_of(text);
    struct report report;
    struct buf messages;

    buf_init(&messages, 1 << 20);
    report_init(&report, &messages);
    const enum err e = policytool_set_make(&source, 1, &report, out);
    assert_true(e == OK || e == ERR_INVALID);
    if (e != OK) {
        policytool_set_fini(out);
    }
    buf_fini(&messages);
    return e == OK;
}

static void make_pair(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        buf_init(&p->texts[i], 4096);
        do {
            buf_reset(&p->texts[i]);
            add_policy(&p->texts[i]);
        } while (!is_loadable((const char *)p->texts[i].bytes, &p->sets[i]));
    }
}

/* The rows of effects alone, as text. */
static void diff_rows(const struct pair *p, struct buf *out)
{
    bool differs = false;

    assert_int_equal(
        policytool_diff(&p->sets[0].model, &p->sets[1].model, true, out, &differs), OK);
    buf_add(out, "", 1);
    char *end = strstr((char *)out->bytes, "\"invariants\": ");
    assert_non_null(end);
    *end = '\0';
}

static void drop_pair(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        policytool_set_fini(&p->sets[i]);
        buf_fini(&p->texts[i]);
    }
}

static void a_decision_that_changes_has_a_row(void **state)
{
    size_t changes = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair p;
        struct buf out;

        make_pair(&p);
        buf_init(&out, 1 << 20);
        diff_rows(&p, &out);
        for (uint32_t k = 0; k < 5 * 5 * 5; k++) {
            const uint32_t who = k / 25;
            const char *name = asked[k % 5];
            const enum policy_operation operation = kinds[k / 5 % 5];
            const bool is_named = is_named_in(&p.sets[0], &p.sets[1], askers[who]);
            if (!differ(&p.sets[0], &p.sets[1], who, operation, name)) {
                continue;
            }
            changes++;
            if (!has_row(
                    (const char *)out.bytes, askers[who], is_named, operation, name)) {
                fail_msg("%s %s %s\nwas %s\nis %s\n%s", askers[who],
                    policy_operation_name(operation), name,
                    (const char *)p.texts[0].bytes, (const char *)p.texts[1].bytes,
                    (const char *)out.bytes);
            }
        }
        buf_fini(&out);
        drop_pair(&p);
    }
    assert_true(changes > 1000);
}

/* A name that a row is about: one side always allows it there, the other never. */
static void check_row(const struct pair *p, const char *row, const char *name)
{
    char change[256];
    char cell[256];

    member(row, "change", change);
    const bool gained = strcmp(change, "gained") == 0;
    for (uint32_t who = 0; who < 5; who++) {
        const bool is_named = is_named_in(&p->sets[0], &p->sets[1], askers[who]);
        member(row, "principals", cell);
        if (!is_party(cell, askers[who], is_named)) {
            continue;
        }
        member(row, "operations", cell);
        for (uint32_t k = 0; k < 5; k++) {
            if (lists(cell, policy_operation_name(kinds[k]))) {
                assert_int_equal(decide(&p->sets[0], who, 0, kinds[k], name), !gained);
                assert_int_equal(decide(&p->sets[1], who, 0, kinds[k], name), gained);
            }
        }
    }
}

/* Whether it says yes on one side and no on the other, without a condition. */
static bool is_plain(const char *row)
{
    char was[256];
    char is[256];

    member(row, "was", was);
    member(row, "is", is);
    return (strcmp(was, "always") == 0 && strcmp(is, "no") == 0) ||
           (strcmp(was, "no") == 0 && strcmp(is, "always") == 0);
}

static void a_right_without_conditions_is_gained_or_lost_as_the_row_says(void **state)
{
    size_t rows = 0;
    size_t exceptions = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair p;
        struct buf out;

        make_pair(&p);
        buf_init(&out, 1 << 20);
        diff_rows(&p, &out);
        for (const char *row = strstr((const char *)out.bytes, "{\"change\"");
             row != NULL; row = strstr(row + 1, "{\"change\"")) {
            for (size_t i = 0; i < 5 && is_plain(row); i++) {
                char pattern[256];
                char except[256];
                member(row, "name", pattern);
                member(row, "except", except);
                exceptions += except[0] != '\0' ? 1 : 0;
                if (matches(pattern, asked[i]) && !any_matches(except, asked[i])) {
                    rows++;
                    check_row(&p, row, asked[i]);
                }
            }
        }
        buf_fini(&out);
        drop_pair(&p);
    }
    assert_true(rows > 1000);
    assert_true(exceptions > 100);
}

/* --- who --- */

static bool has_cell(const char *rows, const char *cell)
{
    char quoted[64];

    (void)snprintf(quoted, sizeof(quoted), "{\"principal\": \"%s\"", cell);
    return strstr(rows, quoted) != NULL;
}

static bool is_in_who(const char *rows, uint32_t who, uint32_t circumstances)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "User:%s", askers[who]);
    return has_cell(rows, name) || has_cell(rows, "any") ||
           ((circumstances & IN_GROUP) != 0 && has_cell(rows, "@e (ldap e)")) ||
           ((who == 4 || (circumstances & NO_LOGIN) != 0) && has_cell(rows, "anonymous"));
}

/* How many of the rows say that it is always allowed; each of them has to be right. */
static size_t check_always(const char *rows, const struct policytool_set *set,
    enum policy_operation operation, const char *name)
{
    size_t count = 0;

    for (const char *row = strstr(rows, "{\"principal\""); row != NULL;
         row = strstr(row + 1, "{\"principal\"")) {
        char principal[256];
        char condition[256];
        char except[256];
        member(row, "principal", principal);
        member(row, "condition", condition);
        member(row, "except", except);
        for (uint32_t who = 0; who < 4 && condition[0] == '\0' && except[0] == '\0';
             who++) {
            if (strncmp(principal, "User:", 5) != 0 ||
                strcmp(principal + 5, askers[who]) != 0) {
                continue;
            }
            count++;
            for (uint32_t i = 0; i < ALL_OF_THEM; i++) {
                assert_true(decide(set, who, i, operation, name));
            }
        }
    }
    return count;
}

/* Whoever is allowed in some circumstances is in the list, or stands behind `any`, a group
 * or `anonymous`; and nobody is in it without a condition whom the evaluator refuses. */
static void who_agrees_with_the_evaluator(void **state)
{
    size_t always = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair p;
        struct buf out;

        make_pair(&p);
        buf_init(&out, 1 << 20);
        for (uint32_t k = 0; k < 25; k++) {
            const struct policytool_question q = {.operation = kinds[k / 5],
                .resource = POLICY_TOPIC,
                .name = {(const uint8_t *)asked[k % 5], strlen(asked[k % 5])}};
            buf_reset(&out);
            assert_int_equal(policytool_who(&p.sets[0].model, &q, true, &out), OK);
            buf_add(&out, "", 1);
            const char *rows = (const char *)out.bytes;
            for (uint32_t i = 0; i < 5 * ALL_OF_THEM; i++) {
                const uint32_t who = i / ALL_OF_THEM;
                const uint32_t how = i % ALL_OF_THEM;
                if (decide(&p.sets[0], who, how, q.operation, asked[k % 5]) &&
                    !is_in_who(rows, who, how)) {
                    fail_msg("%s %u\n%s\n%s", askers[who], how,
                        (const char *)p.texts[0].bytes, rows);
                }
            }
            always += check_always(rows, &p.sets[0], q.operation, asked[k % 5]);
        }
        buf_fini(&out);
        drop_pair(&p);
    }
    assert_true(always > 1000);
}

/* --- can --- */

/* What the rows say about one operation on one name. */
struct said {
    bool allows;        /* some row, under whatever condition */
    bool allows_always; /* one without a condition */
    bool refuses;
    bool refuses_always;
    bool says_never;
};

static bool is_said(
    const char *operations_of_row, enum policy_operation operation, bool implies)
{
    static const char *const describing[] = {"read", "write", "delete", "alter"};

    if (strcmp(operations_of_row, "all") == 0 ||
        lists(operations_of_row, policy_operation_name(operation))) {
        return true;
    }
    for (size_t i = 0; i < 4 && implies && operation == POLICY_DESCRIBE; i++) {
        if (lists(operations_of_row, describing[i])) {
            return true;
        }
    }
    return false;
}

static struct said read_can(
    const char *rows, enum policy_operation operation, const char *name)
{
    struct said said = {.allows = false};

    for (const char *row = strstr(rows, "{\"effect\""); row != NULL;
         row = strstr(row + 1, "{\"effect\"")) {
        char effect[256];
        char cell[256];
        member(row, "effect", effect);
        const bool is_allow = strcmp(effect, "allow") == 0;
        member(row, "operations", cell);
        if (!is_said(cell, operation, is_allow)) {
            continue;
        }
        member(row, "names", cell);
        if (!any_matches(cell, name)) {
            continue;
        }
        member(row, "condition", cell);
        const bool is_always = cell[0] == '\0';
        said.allows = said.allows || is_allow;
        said.allows_always = said.allows_always || (is_allow && is_always);
        said.refuses = said.refuses || !is_allow;
        said.refuses_always = said.refuses_always || (!is_allow && is_always);
        said.says_never = said.says_never || strcmp(effect, "never") == 0;
    }
    return said;
}

static void check_said(
    const struct pair *p, const char *rows, uint32_t who, uint32_t how, uint32_t k)
{
    const struct said said = read_can(rows, kinds[k / 5], asked[k % 5]);
    const bool may_be = said.allows && !said.refuses_always;
    const bool must_be = said.allows_always && !said.refuses;

    for (uint32_t i = 0; i < PLAIN_ONES; i++) {
        const bool may = decide(&p->sets[0], who, how | i, kinds[k / 5], asked[k % 5]);
        if ((may && !may_be) || (!may && must_be)) {
            fail_msg("%s %u %s %s: %d\n%s\n%s", askers[who], how,
                policy_operation_name(kinds[k / 5]), asked[k % 5], may,
                (const char *)p->texts[0].bytes, rows);
        }
    }
}

static size_t count_nevers(const char *rows)
{
    size_t count = 0;

    for (uint32_t k = 0; k < 25; k++) {
        const struct said said = read_can(rows, kinds[k / 5], asked[k % 5]);
        count += said.says_never && said.allows ? 1 : 0;
    }
    return count;
}

static void can_agrees_with_the_evaluator(void **state)
{
    size_t nevers = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct pair p;
        struct buf out;

        make_pair(&p);
        buf_init(&out, 1 << 20);
        for (uint32_t i = 0; i < 5 * 4; i++) {
            const uint32_t who = i / 4;
            const uint32_t how = i % 4 * IN_GROUP; /* in the group, without a login */
            const struct policytool_question q = {
                .principal = {(const uint8_t *)askers[who], strlen(askers[who])},
                .is_anonymous = who == 4 || (how & NO_LOGIN) != 0,
                .groups = {group},
                .group_count = (how & IN_GROUP) != 0 ? 1 : 0};
            buf_reset(&out);
            assert_int_equal(policytool_can(&p.sets[0], &q, true, &out), OK);
            buf_add(&out, "", 1);
            for (uint32_t k = 0; k < 25; k++) {
                check_said(&p, (const char *)out.bytes, who, how, k);
            }
            nevers += count_nevers((const char *)out.bytes);
        }
        buf_fini(&out);
        drop_pair(&p);
    }
    assert_true(nevers > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_that_changes_has_a_row),
        cmocka_unit_test(a_right_without_conditions_is_gained_or_lost_as_the_row_says),
        cmocka_unit_test(who_agrees_with_the_evaluator),
        cmocka_unit_test(can_agrees_with_the_evaluator),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
