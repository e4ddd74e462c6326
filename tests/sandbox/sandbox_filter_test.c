/*
 * Each emitted filter is run over every call against a reference that reads the tables
 * directly: libseccomp, the prelude and the tables must agree.
 */
#include "sandbox_filter.h"
#include "sandbox_sim.h"
#include "test.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/syscall.h>

#define X32        0x40000000u
#define CALLS      600
#define GATE_CALLS 40

static struct sandbox_filter filters[SANDBOX_ROLE_COUNT];

static bool matches(const struct sandbox_rule *r, const struct seccomp_data *d)
{
    if (r->number != d->nr) {
        return false;
    }
    for (unsigned i = 0; i < r->compare_count; i++) {
        if ((d->args[r->compare[i].arg] & r->compare[i].mask) != r->compare[i].value) {
            return false;
        }
    }
    return true;
}

/* The independent reading of the tables. */
static uint32_t reference(const struct sandbox_profile *p, const struct seccomp_data *d)
{
    uint32_t otherwise = p->deny_list ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS;

    if (d->arch != AUDIT_ARCH_X86_64 ||
        ((uint32_t)d->nr >= X32 && (uint32_t)d->nr != UINT32_MAX)) {
        return SECCOMP_RET_KILL_PROCESS;
    }
    for (size_t g = 0; p->groups[g] != NULL; g++) {
        for (size_t i = 0; i < p->groups[g]->count; i++) {
            const struct sandbox_rule *r = &p->groups[g]->rules[i];
            if (matches(r, d)) {
                if (p->deny_list) {
                    return SECCOMP_RET_KILL_PROCESS;
                }
                return r->error == 0 ? SECCOMP_RET_ALLOW
                                     : SECCOMP_RET_ERRNO | (uint32_t)r->error;
            }
        }
    }
    if (!p->deny_list && d->nr > SANDBOX_NEWEST_CALL) {
        return SECCOMP_RET_ERRNO | ENOSYS;
    }
    return otherwise;
}

static void agree(unsigned role, const struct seccomp_data *d)
{
    uint32_t found = 0;

    if (!sandbox_sim_run(filters[role].code, filters[role].length, d, &found)) {
        fail_msg(
            "%s: the filter does not end", sandbox_role_name((enum sandbox_role)role));
    }
    uint32_t wanted = reference(sandbox_profile((enum sandbox_role)role), d);
    if (found != wanted) {
        fail_msg("%s: call %d arch %x args %llx %llx %llx %llx %llx %llx: %x, not %x",
            sandbox_role_name((enum sandbox_role)role), d->nr, d->arch, d->args[0],
            d->args[1], d->args[2], d->args[3], d->args[4], d->args[5], found, wanted);
    }
}

static void each_call(uint32_t arch, uint32_t bit)
{
    static const uint64_t values[] = {0, 1, 2, 3, 4, 7, 0x22, 0x28, 0xffffffff,
        UINT64_MAX, 0x100000000, 0x100000001, 0x80000000};

    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        for (uint32_t n = 0; n <= CALLS; n++) {
            for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
                struct seccomp_data d = {.nr = (int)(n | bit), .arch = arch};
                for (unsigned a = 0; a < 6; a++) {
                    d.args[a] = values[v];
                }
                agree(role, &d);
            }
        }
    }
}

static void every_call_agrees_with_the_tables(void **state)
{
    (void)state;
    each_call(AUDIT_ARCH_X86_64, 0);
}

static void every_x32_call_ends_the_process(void **state)
{
    (void)state;
    each_call(AUDIT_ARCH_X86_64, X32);
}

static void every_i386_call_ends_the_process(void **state)
{
    (void)state;
    each_call(AUDIT_ARCH_I386, 0);
}

static void odd_numbers_and_architectures_agree(void **state)
{
    static const uint32_t numbers[] = {SANDBOX_NEWEST_CALL, SANDBOX_NEWEST_CALL + 1,
        0xffff, X32 - 1, X32, X32 + 1, 0x7fffffff, 0x80000000, 0xfffffffe, UINT32_MAX};
    static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386,
        AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0, UINT32_MAX};

    (void)state;
    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
            for (size_t a = 0; a < sizeof(archs) / sizeof(archs[0]); a++) {
                struct seccomp_data d = {.nr = (int)numbers[n], .arch = archs[a]};
                /* -1 is no call: libseccomp and the prelude leave it to the default. */
                if (numbers[n] == UINT32_MAX && archs[a] == AUDIT_ARCH_X86_64) {
                    uint32_t found = 0;
                    assert_true(sandbox_sim_run(
                        filters[role].code, filters[role].length, &d, &found));
                    assert_int_equal(found, role == SANDBOX_WARDEN
                                                ? SECCOMP_RET_ALLOW
                                                : SECCOMP_RET_KILL_PROCESS);
                    continue;
                }
                agree(role, &d);
            }
        }
    }
}

/* What a hostile caller might put beside a value that is let through. */
static size_t variants(const struct sandbox_compare *c, uint64_t out[90])
{
    size_t n = 0;
    uint64_t v = c->value;

    out[n++] = v;
    out[n++] = v + 1;
    out[n++] = v - 1;
    out[n++] = v | 0xffffffff00000000;
    out[n++] = v + 0x100000000;
    out[n++] = v & 0xffffffff;
    out[n++] = (uint64_t)(int64_t)(int32_t)v; /* sign-extended */
    out[n++] = v | ~c->mask;
    out[n++] = ~v;
    out[n++] = 0;
    out[n++] = UINT64_MAX;
    for (unsigned bit = 0; bit < 64; bit++) {
        out[n++] = v ^ (1ull << bit);
    }
    return n;
}

static void vary_rule(unsigned role, const struct sandbox_rule *r)
{
    struct seccomp_data right = {.nr = r->number, .arch = AUDIT_ARCH_X86_64};
    uint64_t first[90];
    uint64_t second[90];

    for (unsigned a = 0; a < 6; a++) {
        right.args[a] = 0x5555555555555555;
    }
    for (unsigned i = 0; i < r->compare_count; i++) {
        right.args[r->compare[i].arg] = r->compare[i].value;
    }
    agree(role, &right);
    for (unsigned i = 0; i < r->compare_count; i++) {
        struct seccomp_data d = right;
        size_t n = variants(&r->compare[i], first);
        for (size_t v = 0; v < n; v++) {
            d.args[r->compare[i].arg] = first[v];
            agree(role, &d);
            for (unsigned j = i + 1; j < r->compare_count; j++) {
                size_t m = variants(&r->compare[j], second);
                for (size_t w = 0; w < m; w++) {
                    struct seccomp_data both = d;
                    both.args[r->compare[j].arg] = second[w];
                    agree(role, &both);
                }
            }
        }
    }
}

static void every_argument_right_and_wrong_agrees(void **state)
{
    (void)state;
    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        const struct sandbox_profile *p = sandbox_profile((enum sandbox_role)role);
        for (size_t g = 0; p->groups[g] != NULL; g++) {
            for (size_t i = 0; i < p->groups[g]->count; i++) {
                vary_rule(role, &p->groups[g]->rules[i]);
            }
        }
    }
}

static bool overlap(const struct sandbox_rule *a, const struct sandbox_rule *b)
{
    for (unsigned i = 0; i < a->compare_count; i++) {
        for (unsigned j = 0; j < b->compare_count; j++) {
            uint64_t common = a->compare[i].mask & b->compare[j].mask;
            if (a->compare[i].arg == b->compare[j].arg &&
                (a->compare[i].value & common) != (b->compare[j].value & common)) {
                return false;
            }
        }
    }
    return true;
}

static void no_two_rules_of_a_role_overlap(void **state)
{
    const struct sandbox_rule *all[256];

    (void)state;
    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        const struct sandbox_profile *p = sandbox_profile((enum sandbox_role)role);
        size_t n = 0;
        for (size_t g = 0; p->groups[g] != NULL; g++) {
            for (size_t i = 0; i < p->groups[g]->count; i++) {
                const struct sandbox_rule *r = &p->groups[g]->rules[i];
                for (size_t k = 0; k < n; k++) {
                    if (all[k]->number == r->number && overlap(all[k], r)) {
                        fail_msg("%s: two rules for %s overlap", p->name, r->call);
                    }
                }
                assert_true(n < 256);
                all[n++] = r;
            }
        }
    }
}

static void rules_are_well_formed(void **state)
{
    (void)state;
    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        const struct sandbox_profile *p = sandbox_profile((enum sandbox_role)role);
        for (size_t g = 0; p->groups[g] != NULL; g++) {
            for (size_t i = 0; i < p->groups[g]->count; i++) {
                const struct sandbox_rule *r = &p->groups[g]->rules[i];
                assert_in_range(r->number, 0, SANDBOX_NEWEST_CALL);
                for (unsigned c = 0; c < r->compare_count; c++) {
                    assert_int_equal(r->compare[c].value & ~r->compare[c].mask, 0);
                }
            }
        }
    }
}

static void a_gate_may_make_forty_calls_at_most(void **state)
{
    (void)state;
    assert_in_range(sandbox_profile_call_count(SANDBOX_GATE), 10, GATE_CALLS);
    assert_int_equal(sandbox_profile_call_count(SANDBOX_GATE), 32);
}

static void only_the_store_opens_files(void **state)
{
    (void)state;
    for (unsigned role = SANDBOX_PORTER; role < SANDBOX_ROLE_COUNT; role++) {
        struct seccomp_data d = {
            .nr = SYS_openat, .arch = AUDIT_ARCH_X86_64, .args = {5, 0, 0, 0, 0, 0}};
        uint32_t found = 0;
        assert_true(
            sandbox_sim_run(filters[role].code, filters[role].length, &d, &found));
        assert_int_equal(found, role == SANDBOX_STORE
                                    ? SECCOMP_RET_ALLOW
                                    : SECCOMP_RET_ERRNO | (unsigned)EACCES);
    }
}

static void a_digest_is_stable_and_differs_between_roles(void **state)
{
    uint64_t first = 0;
    uint64_t again = 0;
    uint64_t other = 0;

    (void)state;
    assert_int_equal(sandbox_filter_digest(SANDBOX_GATE, &first), OK);
    assert_int_equal(sandbox_filter_digest(SANDBOX_GATE, &again), OK);
    assert_int_equal(sandbox_filter_digest(SANDBOX_STORE, &other), OK);
    assert_int_equal(first, again);
    assert_int_not_equal(first, other);
    filters[SANDBOX_GATE].code[3].k ^= 1;
    assert_int_not_equal(first, sandbox_filter_digest_of(filters[SANDBOX_GATE].code,
                                    filters[SANDBOX_GATE].length));
    filters[SANDBOX_GATE].code[3].k ^= 1;
}

static int build_all(void **state)
{
    (void)state;
    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        if (sandbox_filter_build((enum sandbox_role)role, &filters[role]) != OK) {
            return -1;
        }
    }
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        sandbox_filter_fini(&filters[role]);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_agrees_with_the_tables),
        cmocka_unit_test(every_x32_call_ends_the_process),
        cmocka_unit_test(every_i386_call_ends_the_process),
        cmocka_unit_test(odd_numbers_and_architectures_agree),
        cmocka_unit_test(every_argument_right_and_wrong_agrees),
        cmocka_unit_test(no_two_rules_of_a_role_overlap),
        cmocka_unit_test(rules_are_well_formed),
        cmocka_unit_test(a_gate_may_make_forty_calls_at_most),
        cmocka_unit_test(only_the_store_opens_files),
        cmocka_unit_test(a_digest_is_stable_and_differs_between_roles),
    };
    return cmocka_run_group_tests(tests, build_all, free_all);
}
