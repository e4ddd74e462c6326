#include "policy_compile_fixture.h"

#include "mem.h"
#include "policy_check.h"

#include <stdlib.h>

/* --- invariants against the meaning of the rules, name by name --- */

/*
 * Random policies over few principals and short names; then everybody is asked about every
 * name: an invariant is broken where an allow gives what it excludes and no deny without a
 * condition takes it away. `f` is in no rule, and stands for all whom none names; so does
 * `z` in the names.
 */
#define RULES      12
#define PRINCIPALS 5 /* a b c f, and one without a login */

enum kind { ALLOW, DENY, DENY_AT_TIMES, NEVER };

struct rule {
    enum kind kind;
    unsigned subjects; /* bits: any, anonymous, a, b, c, @one {a b}, @two {b c} */
    unsigned operations;
    const char *pattern;
    bool is_prefix;
};

static const char *const subject_words[] = {
    "any", "anonymous", "a", "b", "c", "@one", "@two"};
static const char *const operation_words[] = {
    "read", "describe", "alter-configs", "describe-configs"};
static const char *const pattern_words[] = {"", "x", "y", "xx", "xy", "yx"};

static bool names(const struct rule *r, int principal)
{
    static const unsigned meant[PRINCIPALS] = {
        1u | 4 | 32, 1 | 8 | 32 | 64, 1 | 16 | 64, 1, 1 | 2};

    return (r->subjects & meant[principal]) != 0;
}

static unsigned implied(unsigned operations)
{
    return operations | ((operations & 1) != 0 ? 2 : 0) | ((operations & 4) != 0 ? 8 : 0);
}

static bool matches(const struct rule *r, const char *name)
{
    return r->is_prefix ? strncmp(name, r->pattern, strlen(r->pattern)) == 0
                        : strcmp(name, r->pattern) == 0;
}

static bool is_broken_for(
    const struct rule *rules, const struct rule *never, int principal, const char *name)
{
    unsigned allowed = 0;
    unsigned denied = 0;

    if (!names(never, principal) || !matches(never, name)) {
        return false;
    }
    for (int i = 0; i < RULES; i++) {
        const struct rule *r = &rules[i];
        if (!names(r, principal) || !matches(r, name)) {
            continue;
        }
        allowed |= r->kind == ALLOW ? implied(r->operations) : 0;
        denied |= r->kind == DENY ? r->operations : 0;
    }
    return (allowed & ~denied & never->operations) != 0;
}

static bool is_broken(const struct rule *rules, const struct rule *never)
{
    char name[4];

    for (int n = 1; n < 64; n++) {
        for (int i = 0, left = n; i < 4; i++, left /= 4) {
            name[i] = "\0xyz"[left % 4];
        }
        name[3] = '\0';
        for (int who = 0; who < PRINCIPALS; who++) {
            if (name[0] != '\0' && is_broken_for(rules, never, who, name)) {
                return true;
            }
        }
    }
    return false;
}

static unsigned draw(uint32_t *seed, unsigned count)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % count;
}

static void add_words(char *text, const char *const *words, size_t count, unsigned bits)
{
    const char *between = "";

    for (size_t i = 0; i < count; i++) {
        if ((bits >> i & 1) != 0) {
            (void)sprintf(text + strlen(text), "%s%s", between, words[i]);
            between = ", ";
        }
    }
}

static void add_rule(char *text, struct rule *r, uint32_t *seed)
{
    static const char *const kinds[] = {"allow ", "deny ", "deny ", "never "};

    *r = (struct rule){.kind = (enum kind)draw(seed, 4),
        .subjects = 1u << draw(seed, 7) | 1u << draw(seed, 7),
        .operations = 1u << draw(seed, 4) | 1u << draw(seed, 4),
        .pattern = pattern_words[draw(seed, 6)],
        .is_prefix = draw(seed, 2) == 0};
    r->is_prefix = r->is_prefix || r->pattern[0] == '\0';
    (void)strcat(text, kinds[r->kind]);
    add_words(text, subject_words, 7, r->subjects);
    (void)strcat(text, " to ");
    add_words(text, operation_words, 4, r->operations);
    (void)sprintf(text + strlen(text), " topic %s%s%s\n", r->pattern,
        r->is_prefix ? "*" : "", r->kind == DENY_AT_TIMES ? " until 2030-01-01" : "");
}

static void an_invariant_is_broken_exactly_where_somebody_could_do_it(void **state)
{
    struct rule rules[RULES];
    uint32_t seed = 1;
    int broken = 0;
    int kept = 0;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char text[4096] = "policy 1\nteam one = { a, b }\nteam two = { b, c }\n";
        for (int i = 0; i < RULES; i++) {
            add_rule(text, &rules[i], &seed);
        }
        char *errors = errors_in(text);
        for (int i = 0; i < RULES; i++) {
            char line[64];
            if (rules[i].kind != NEVER) {
                continue;
            }
            (void)snprintf(line, sizeof(line), "a.policy:%d:1: error: invariant", 4 + i);
            bool expected = is_broken(rules, &rules[i]);
            if ((strstr(errors, line) != NULL) != expected) {
                fail_msg("line %d is %s\n%s\n%s", 4 + i, expected ? "broken" : "kept",
                    text, errors);
            }
            broken += expected ? 1 : 0;
            kept += expected ? 0 : 1;
        }
        mem_free(errors);
    }
    assert_true(broken > 1000 && kept > 1000);
}

/* --- how much there may be --- */

struct text {
    char *bytes;
    size_t length;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static void add(
    struct text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    t->length +=
        (size_t)vsnprintf(t->bytes + t->length, t->size - t->length, format, args);
    va_end(args);
    assert_true(t->length < t->size);
}

static struct text new_text(void)
{
    struct text t = {.bytes = malloc(1 << 20), .size = 1 << 20};

    assert_non_null(t.bytes);
    add(&t, "policy 1\n");
    return t;
}

static uint64_t steps_of(const char *text)
{
    struct parsed p;
    struct policy_checker c;

    parse_good(&p, text);
    assert_int_equal(policy_checker_init(&c, &p.model, &p.report), OK);
    assert_int_equal(policy_check_nevers(&c), OK);
    assert_int_equal(policy_check_exclusives(&c), OK);
    uint64_t steps = POLICY_CHECK_STEPS_MAX - c.people.steps_left;
    policy_checker_fini(&c);
    parsed_fini(&p);
    return steps;
}

static void ten_thousand_rules_are_checked_in_few_steps(void **state)
{
    struct text t = new_text();

    (void)state;
    add(&t, "team all = { u1, u2, u3 }\n");
    for (int i = 0; i < 3000; i++) {
        add(&t, "never u%d to delete topic t%d.*\n", i, i);
        add(&t, "allow u%d to delete topic x%d\n", i, i);
        add(&t, "allow u%d, @all to consume topic t%d.* group g%d\n", i, i, i);
    }
    add(&t, "deny any to delete topic a*\n");
    assert_true(steps_of(t.bytes) < 100000);
    free(t.bytes);
}

static void what_meets_too_often_is_refused_and_not_compared_for_ever(void **state)
{
    struct text t = new_text();

    (void)state;
    for (int i = 0; i < 4999; i++) {
        add(&t, "never any to delete topic a*\n");
        add(&t, "allow u%d to read topic a%d\n", i, i);
    }
    char *errors = errors_in(t.bytes);
    assert_non_null(strstr(errors, "meet too often to be compared [POL096]"));
    mem_free(errors);
    free(t.bytes);
}

static void sixty_four_teams_of_one_principal_are_not_too_many(void **state)
{
    struct text t = new_text();

    (void)state;
    for (int i = 0; i < 64; i++) {
        add(&t, "team t%d = { everywhere, u%d, everywhere }\n", i, i);
    }
    check_good(t.bytes);
    free(t.bytes);
}

static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    static const char text[] = "policy 1\nteam a = { x, y }\nteam b = { z }\n"
                               "exclusive @a, @b\nnever @a to read topic t\n"
                               "allow @b to read topic t*\ndeny x to read topic t\n";
    struct parsed p;
    enum err e = ERR_NOMEM;
    long n = 0;

    (void)state;
    parse_good(&p, text);
    for (; e == ERR_NOMEM && n < 100; n++) {
        mem_fail_after(n);
        e = policy_model_check(&p.model, &p.report);
        mem_fail_after(-1);
    }
    assert_int_equal(e, OK);
    assert_true(n > 8);
    assert_int_equal(p.report.errors, 0);
    parsed_fini(&p);
}

static void a_model_with_errors_is_checked_for_scopes_alone(void **state)
{
    const struct policy_source sources[] = {
        source_of("main.policy", "policy 1\ninclude \"a.policy\" scope topic a.*\n"
                                 "grant nobody to @nowhere\nnever any to read topic a.x\n"
                                 "allow any to read topic a.x\n"),
        source_of("a.policy", "allow x to read topic b\n")};
    struct parsed p;

    (void)state;
    parse_sources(&p, sources, 2);
    size_t before = p.report.errors;
    assert_true(before > 0);
    p.errors.length--; /* the NUL */
    assert_int_equal(policy_model_check(&p.model, &p.report), OK);
    assert_int_equal(p.report.errors, before + 1);
    buf_add(&p.errors, "", 1);
    assert_non_null(strstr(errors_of(&p), "[POL050]"));
    assert_null(strstr(errors_of(&p), "[POL060]"));
    parsed_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invariant_is_broken_exactly_where_somebody_could_do_it),
        cmocka_unit_test(ten_thousand_rules_are_checked_in_few_steps),
        cmocka_unit_test(what_meets_too_often_is_refused_and_not_compared_for_ever),
        cmocka_unit_test(sixty_four_teams_of_one_principal_are_not_too_many),
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
        cmocka_unit_test(a_model_with_errors_is_checked_for_scopes_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
