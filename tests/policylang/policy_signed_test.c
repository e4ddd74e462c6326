#include "policy_sign_fixture.h"

#include "mem.h"
#include "policy_signed.h"

#define PARTS 40

/* Two files, a manifest of them, and as many keys and signatures as a test asks for. */
struct world {
    struct policy_signed_part files[3];
    struct policy_signed_part keys[PARTS];
    struct policy_signed_part signatures[PARTS];
    struct buf key_texts[PARTS];
    struct buf signature_texts[PARTS];
    struct policy_signed_order order;
    struct buf manifest;
    struct buf last;
    struct buf errors;
    struct buf good;
    struct policy_state out;
};

static void make_manifest(struct world *w, const char *cluster, uint64_t serial)
{
    struct policy_manifest_file files[2];
    struct policy_manifest m = {
        .cluster = fixture_view(cluster), .serial = serial, .files = files, .count = 2};

    for (size_t i = 0; i < 2; i++) {
        files[i].path = fixture_view(w->files[i].name);
        (void)crypto_hash_sha256(
            files[i].digest, w->files[i].bytes.ptr, w->files[i].bytes.len);
    }
    buf_reset(&w->manifest);
    assert_int_equal(policy_manifest_write(&m, &w->manifest), OK);
    w->order.manifest.bytes = (struct policy_view){w->manifest.bytes, w->manifest.length};
}

static void trust(struct world *w, uint8_t number)
{
    struct fixture_key k = fixture_key_of(number);
    size_t i = w->order.keys.count++;

    buf_init(&w->key_texts[i], 4096);
    fixture_public(&k, &w->key_texts[i]);
    w->keys[i] = (struct policy_signed_part){
        "some.pub", {w->key_texts[i].bytes, w->key_texts[i].length}};
}

static void sign(struct world *w, uint8_t number)
{
    struct fixture_key k = fixture_key_of(number);
    size_t i = w->order.signatures.count++;

    buf_init(&w->signature_texts[i], 4096);
    fixture_sign(&k, w->order.manifest.bytes, "a comment", &w->signature_texts[i]);
    w->signatures[i] = (struct policy_signed_part){"policy.manifest.some.minisig",
        {w->signature_texts[i].bytes, w->signature_texts[i].length}};
}

static int set_up(void **state)
{
    struct world *w = test_calloc(1, sizeof(*w));

    w->files[0] = (struct policy_signed_part){"main.policy", fixture_view("policy 1\n")};
    w->files[1] = (struct policy_signed_part){"teams/a.policy", fixture_view("# a\n")};
    w->files[2] = (struct policy_signed_part){"teams/new.policy", fixture_view("# n\n")};
    w->order = (struct policy_signed_order){.cluster = fixture_view("pay"),
        .required = 1,
        .manifest = {.name = "policy.manifest"},
        .signatures = {.items = w->signatures},
        .keys = {.items = w->keys},
        .files = {.items = w->files, .count = 2}};
    buf_init(&w->manifest, 65536);
    buf_init(&w->last, 4096);
    buf_init(&w->errors, 65536);
    buf_init(&w->good, 65536);
    make_manifest(w, "pay", 7);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < w->order.keys.count; i++) {
        buf_fini(&w->key_texts[i]);
    }
    for (size_t i = 0; i < w->order.signatures.count; i++) {
        buf_fini(&w->signature_texts[i]);
    }
    buf_fini(&w->manifest);
    buf_fini(&w->last);
    buf_fini(&w->errors);
    buf_fini(&w->good);
    test_free(w);
    return 0;
}

static enum err check(struct world *w)
{
    struct report report;

    buf_reset(&w->errors);
    buf_reset(&w->good);
    report_init(&report, &w->errors);
    enum err e = policy_signed_check(&w->order, &report, &w->good, &w->out);
    assert_int_equal(e == OK, report.errors == 0);
    return e;
}

static void refused(struct world *w, const char *expected)
{
    assert_int_equal(check(w), ERR_INVALID);
    buf_add(&w->errors, "", 1);
    if (strstr((const char *)w->errors.bytes, expected) == NULL) {
        fail_msg("expected: %s\ngot: %s", expected, (const char *)w->errors.bytes);
    }
}

static void a_policy_with_enough_signatures_is_taken(void **state)
{
    struct world *w = *state;

    w->order.required = 2;
    trust(w, 1);
    trust(w, 2);
    trust(w, 3);
    sign(w, 3);
    sign(w, 1);
    assert_int_equal(check(w), OK);
    assert_int_equal(w->out.serial, 7);
    assert_int_equal(w->out.signers, 2);
    buf_add(&w->good, "", 1);
    assert_non_null(strstr((const char *)w->good.bytes,
        "policy.manifest.some.minisig: signed by key 0303030303030303, a comment"));
}

static void one_key_counts_once_whatever_its_files_are_called(void **state)
{
    struct world *w = *state;

    w->order.required = 2;
    trust(w, 1);
    trust(w, 1);
    trust(w, 2);
    sign(w, 1);
    sign(w, 1);
    refused(w, "error: 1 of 2 signatures that are asked for [POL082]");
    assert_non_null(
        strstr((const char *)w->errors.bytes, "minisig: a second one by the same key"));
}

static void a_key_under_another_id_is_the_same_key(void **state)
{
    struct world *w = *state;
    struct fixture_key k = fixture_key_of(1);

    w->order.required = 2;
    trust(w, 1);
    trust(w, 2);
    memset(k.id, 2, sizeof(k.id)); /* claims the id of the second */
    size_t i = w->order.keys.count++;
    buf_init(&w->key_texts[i], 4096);
    fixture_public(&k, &w->key_texts[i]);
    w->keys[i] = (struct policy_signed_part){
        "twin.pub", {w->key_texts[i].bytes, w->key_texts[i].length}};
    sign(w, 1);
    i = w->order.signatures.count++;
    buf_init(&w->signature_texts[i], 4096);
    fixture_sign(&k, w->order.manifest.bytes, "x", &w->signature_texts[i]);
    w->signatures[i] = (struct policy_signed_part){
        "twin.minisig", {w->signature_texts[i].bytes, w->signature_texts[i].length}};
    refused(w, "1 of 2 signatures");
}

static void a_signature_by_a_stranger_does_not_count(void **state)
{
    struct world *w = *state;

    trust(w, 1);
    sign(w, 2);
    refused(w, "0 of 1 signatures");
    assert_non_null(
        strstr((const char *)w->errors.bytes, "made by a key that is not trusted here"));
}

static void a_signature_of_another_manifest_does_not_count(void **state)
{
    struct world *w = *state;

    trust(w, 1);
    trust(w, 2);
    sign(w, 1);
    make_manifest(w, "pay", 8);
    refused(w, "0 of 1 signatures");
    assert_non_null(
        strstr((const char *)w->errors.bytes, "not a signature of this manifest"));
    sign(w, 2); /* the old one does no harm */
    assert_int_equal(check(w), OK);
    assert_int_equal(w->out.signers, 1);
}

static void a_file_that_changed_is_named(void **state)
{
    struct world *w = *state;

    trust(w, 1);
    sign(w, 1);
    w->files[1].bytes = fixture_view("# b\n");
    refused(w, "teams/a.policy:1:1: error: the file is not the one that was signed "
               "[POL081]");
}

static void a_file_that_was_added_or_is_gone_is_named(void **state)
{
    struct world *w = *state;

    trust(w, 1);
    sign(w, 1);
    w->order.files.count = 3;
    refused(w, "teams/new.policy:1:1: error: the file is not in the manifest [POL081]");
    w->order.files.count = 1;
    refused(w, "policy.manifest:1:1: error: 'teams/a.policy' is missing [POL081]");
}

static void a_policy_of_another_cluster_is_refused(void **state)
{
    struct world *w = *state;

    make_manifest(w, "pay-test", 7);
    trust(w, 1);
    sign(w, 1);
    refused(w, "the manifest is for the cluster 'pay-test' [POL084]");
    w->order.cluster = fixture_view("");
    assert_int_equal(check(w), OK);
}

static void keep(struct world *w)
{
    buf_reset(&w->last);
    policy_state_write(&w->out, &w->last);
    w->order.last = (struct policy_view){w->last.bytes, w->last.length};
}

static void an_older_policy_does_not_come_back(void **state)
{
    struct world *w = *state;

    trust(w, 1);
    sign(w, 1);
    assert_int_equal(check(w), OK);
    keep(w);
    assert_int_equal(check(w), OK); /* the same one again */
    make_manifest(w, "pay", 6);
    sign(w, 1);
    refused(w, "serial 6 is below 7, which was in force already [POL085]");
    make_manifest(w, "pay", 8);
    sign(w, 1);
    assert_int_equal(check(w), OK);
    keep(w);
    w->files[0].bytes = fixture_view("policy 1 # other\n");
    make_manifest(w, "pay", 8);
    sign(w, 1);
    refused(w, "serial 8 was in force already, with other files [POL085]");
    w->order.last = fixture_view("nonsense");
    refused(w, "can not be read [POL086]");
}

static void fewer_keys_than_signatures_asked_for_is_told(void **state)
{
    struct world *w = *state;

    trust(w, 1);
    trust(w, 1);
    sign(w, 1);
    w->order.required = 2;
    refused(w, "2 signatures are asked for and only 1 different keys are trusted "
               "[POL083]");
    w->order.required = 1;
    w->keys[1].bytes = fixture_view("nonsense");
    refused(w, "some.pub:1:1: error: this is no public key [POL083]");
}

static void a_policy_without_a_manifest_is_refused(void **state)
{
    struct world *w = *state;

    trust(w, 1);
    sign(w, 1);
    w->order.manifest.bytes = fixture_view("");
    refused(w, "the policy has no manifest, and signatures are asked for [POL087]");
    w->order.manifest.bytes = fixture_view("x\n");
    refused(w, "[POL080]");
}

static void names_of_files_do_not_write_to_a_terminal(void **state)
{
    struct world *w = *state;

    trust(w, 1);
    w->files[0].name = "a\x1b[2J.policy";
    w->order.signatures.count = 1;
    buf_init(&w->signature_texts[0], 16);
    w->signatures[0] = (struct policy_signed_part){"b\x1b[2J", fixture_view("x")};
    refused(w, "a\\x1b[2J.policy:1:1: error: the file is not in the manifest");
    assert_null(memchr(w->errors.bytes, 0x1b, w->errors.length));
}

static void more_keys_or_signatures_than_the_limit_are_refused(void **state)
{
    struct world *w = *state;

    for (uint8_t i = 0; i <= POLICY_SIGNATURES_MAX; i++) {
        trust(w, i);
    }
    refused(w, "there are more than 32 trusted keys [POL083]");
    for (uint8_t i = 0; i <= POLICY_SIGNATURES_MAX; i++) {
        sign(w, i);
    }
    refused(w, "there are more than 32 signatures [POL082]");
}

static void a_state_is_read_in_one_spelling_alone(void **state)
{
    static const char good[] =
        "schloss-policy-state 1\nserial 7\nmanifest "
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\nsigners 2\n";
    static const char *const bad[] = {"", "schloss-policy-state 1\n", "7", "serial 7"};
    struct policy_state s;
    char text[512];

    (void)state;
    assert_true(policy_state_parse(fixture_view(good), &s));
    assert_int_equal(s.serial, 7);
    assert_int_equal(s.signers, 2);
    assert_int_equal(s.manifest[1], 0x11);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(policy_state_parse(fixture_view(bad[i]), &s));
    }
    (void)snprintf(text, sizeof(text), "%s\n", good);
    assert_false(policy_state_parse(fixture_view(text), &s));
    (void)snprintf(text, sizeof(text), "%s", good);
    memcpy(strstr(text, "serial 7"), "serial  ", 8);
    assert_false(policy_state_parse(fixture_view(text), &s));
    memset(text, 'a', sizeof(text) - 1);
    assert_false(policy_state_parse(fixture_view(text), &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_A_WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        IN_A_WORLD(a_policy_with_enough_signatures_is_taken),
        IN_A_WORLD(one_key_counts_once_whatever_its_files_are_called),
        IN_A_WORLD(a_key_under_another_id_is_the_same_key),
        IN_A_WORLD(a_signature_by_a_stranger_does_not_count),
        IN_A_WORLD(a_signature_of_another_manifest_does_not_count),
        IN_A_WORLD(a_file_that_changed_is_named),
        IN_A_WORLD(a_file_that_was_added_or_is_gone_is_named),
        IN_A_WORLD(a_policy_of_another_cluster_is_refused),
        IN_A_WORLD(an_older_policy_does_not_come_back),
        IN_A_WORLD(fewer_keys_than_signatures_asked_for_is_told),
        IN_A_WORLD(a_policy_without_a_manifest_is_refused),
        IN_A_WORLD(names_of_files_do_not_write_to_a_terminal),
        IN_A_WORLD(more_keys_or_signatures_than_the_limit_are_refused),
        cmocka_unit_test(a_state_is_read_in_one_spelling_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
