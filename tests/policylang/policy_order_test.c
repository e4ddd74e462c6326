#include "policy_sign_fixture.h"

#include "mem.h"
#include "policy_order.h"

static struct policy_signed_part files[] = {
    {"main.policy", {(const uint8_t *)"policy 1\n", 9}},
    {"teams/a.policy", {(const uint8_t *)"", 0}}};
static struct policy_signed_part keys[] = {{"anna.pub", {(const uint8_t *)"k", 1}}};
static struct policy_signed_part signatures[] = {
    {"policy.manifest.anna.minisig", {(const uint8_t *)"s", 1}}};

static struct policy_signed_order order_of(void)
{
    return (struct policy_signed_order){.cluster = fixture_view("pay"),
        .required = 2,
        .last = fixture_view("last"),
        .manifest = {"policy.manifest", fixture_view("m")},
        .signatures = {signatures, 1},
        .keys = {keys, 1},
        .files = {files, 2}};
}

static void what_is_encoded_is_decoded_as_it_was(void **state)
{
    struct policy_signed_order o = order_of();
    struct policy_order got;
    struct buf out;

    (void)state;
    buf_init(&out, POLICY_BUNDLE_MAX);
    assert_int_equal(policy_order_encode(&o, &out), OK);
    assert_int_equal(policy_order_decode(out.bytes, out.length, &got), OK);
    assert_int_equal(got.order.required, 2);
    assert_memory_equal(got.order.cluster.ptr, "pay", 3);
    assert_memory_equal(got.order.last.ptr, "last", 4);
    assert_string_equal(got.order.manifest.name, "policy.manifest");
    assert_int_equal(got.order.signatures.count, 1);
    assert_string_equal(
        got.order.signatures.items[0].name, "policy.manifest.anna.minisig");
    assert_int_equal(got.order.keys.count, 1);
    assert_string_equal(got.order.keys.items[0].name, "anna.pub");
    assert_int_equal(got.order.files.count, 2);
    assert_string_equal(got.order.files.items[1].name, "teams/a.policy");
    policy_order_fini(&got);
    for (size_t length = 0; length < out.length; length++) {
        assert_int_equal(policy_order_decode(out.bytes, length, &got), ERR_INVALID);
    }
    buf_fini(&out);
}

static void refused(const struct policy_source *sources, size_t count)
{
    struct policy_order got;
    struct buf out;

    buf_init(&out, POLICY_BUNDLE_MAX);
    assert_int_equal(policy_bundle_encode(sources, count, &out), OK);
    assert_int_equal(policy_order_decode(out.bytes, out.length, &got), ERR_INVALID);
    buf_fini(&out);
}

#define TEXT(name, text)                                                                 \
    {                                                                                    \
        name, (const uint8_t *)(text), sizeof(text) - 1                                  \
    }

static void a_check_that_asks_for_nothing_is_refused(void **state)
{
    const struct policy_source none[] = {TEXT("m/policy.manifest", "m"),
        TEXT("o/cluster", "pay"), TEXT("o/required", "0"), TEXT("o/last", "")};
    const struct policy_source nowhere[] = {TEXT("m/policy.manifest", "m"),
        TEXT("o/cluster", ""), TEXT("o/required", "1"), TEXT("o/last", "")};
    const struct policy_source missing[] = {TEXT("m/policy.manifest", "m"),
        TEXT("o/cluster", "pay"), TEXT("o/required", "1")};
    const struct policy_source twice[] = {TEXT("m/a", "m"), TEXT("m/b", "m"),
        TEXT("o/cluster", "pay"), TEXT("o/required", "1"), TEXT("o/last", "")};
    const struct policy_source other[] = {TEXT("m/policy.manifest", "m"),
        TEXT("o/cluster", "pay"), TEXT("o/required", "1"), TEXT("o/last", ""),
        TEXT("x/file", "")};

    (void)state;
    refused(none, 4);
    refused(nowhere, 4);
    refused(missing, 3);
    refused(twice, 5);
    refused(other, 5);
}

static void too_many_files_and_too_long_names_are_refused(void **state)
{
    static struct policy_signed_part many[POLICY_SOURCES_MAX];
    static char names[POLICY_SOURCES_MAX][16];
    static char long_name[POLICY_SOURCE_NAME_MAX + 1];
    struct policy_signed_order o = order_of();
    struct buf out;

    (void)state;
    for (size_t i = 0; i < POLICY_SOURCES_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "f%zu", i);
        many[i] = (struct policy_signed_part){names[i], fixture_view("")};
    }
    buf_init(&out, POLICY_BUNDLE_MAX);
    o.files = (struct policy_signed_parts){many, POLICY_SOURCES_MAX};
    assert_int_equal(policy_order_encode(&o, &out), ERR_FULL);
    memset(long_name, 'a', sizeof(long_name) - 1);
    many[0].name = long_name;
    o.files.count = 1;
    assert_int_equal(policy_order_encode(&o, &out), ERR_INVALID);
    assert_int_equal(out.length, 0);
    buf_fini(&out);
}

static void without_memory_nothing_is_decoded(void **state)
{
    struct policy_signed_order o = order_of();
    struct policy_order got;
    struct buf out;
    enum err e = ERR_NOMEM;

    (void)state;
    buf_init(&out, POLICY_BUNDLE_MAX);
    assert_int_equal(policy_order_encode(&o, &out), OK);
    for (long n = 0; e != OK; n++) {
        mem_fail_after(n);
        e = policy_order_decode(out.bytes, out.length, &got);
        mem_fail_after(-1);
        assert_true(e == OK || (e == ERR_NOMEM && n < 10));
    }
    policy_order_fini(&got);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_decoded_as_it_was),
        cmocka_unit_test(a_check_that_asks_for_nothing_is_refused),
        cmocka_unit_test(too_many_files_and_too_long_names_are_refused),
        cmocka_unit_test(without_memory_nothing_is_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
