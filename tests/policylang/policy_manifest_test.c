#include "policy_sign_fixture.h"

#include "mem.h"

#define HEX  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD "schloss-policy-manifest 1\ncluster pay\nserial 7\n"

static enum err parse(const char *text, struct policy_manifest *m, struct buf *errors)
{
    struct report report;

    buf_init(errors, 65536);
    report_init(&report, errors);
    return policy_manifest_parse("policy.manifest", fixture_view(text), &report, m);
}

static void refused(const char *text, const char *expected)
{
    struct policy_manifest m;
    struct buf errors;

    assert_int_equal(parse(text, &m, &errors), ERR_INVALID);
    assert_null(m.files);
    buf_add(&errors, "", 1);
    if (strstr((const char *)errors.bytes, expected) == NULL) {
        fail_msg("%s\nexpected: %s\ngot: %s", text, expected, (const char *)errors.bytes);
    }
    buf_fini(&errors);
}

static void a_manifest_is_written_back_as_it_was(void **state)
{
    static const char text[] =
        HEAD HEX "  a.policy\n" HEX "  teams/a b.policy\n" HEX "  teams/b.policy\n";
    struct policy_manifest m;
    struct buf errors;
    struct buf out;

    (void)state;
    buf_init(&out, 65536);
    assert_int_equal(parse(text, &m, &errors), OK);
    assert_int_equal(m.count, 3);
    assert_int_equal(m.serial, 7);
    assert_memory_equal(m.cluster.ptr, "pay", m.cluster.len);
    assert_ptr_equal(
        policy_manifest_find(&m, fixture_view("teams/b.policy")), &m.files[2]);
    assert_null(policy_manifest_find(&m, fixture_view("teams/c.policy")));
    assert_null(policy_manifest_find(&m, fixture_view("teams")));
    struct policy_manifest_file first = m.files[0];
    m.files[0] = m.files[2];
    m.files[2] = first;
    assert_int_equal(policy_manifest_write(&m, &out), OK);
    assert_int_equal(out.length, strlen(text));
    assert_memory_equal(out.bytes, text, out.length);
    policy_manifest_fini(&m);
    buf_fini(&errors);
    buf_fini(&out);
}

static void a_header_that_is_not_exactly_so_is_refused(void **state)
{
    (void)state;
    refused("", "policy.manifest:1:1: error: this is no manifest");
    refused("schloss-policy-manifest 2\n", "this is no manifest");
    refused("schloss-policy-manifest 1\nserial 7\n", "policy.manifest:2:1: error: the "
                                                     "second line is not `cluster`");
    refused("schloss-policy-manifest 1\ncluster \nserial 7\n", "the second line");
    refused("schloss-policy-manifest 1\ncluster a\x01\nserial 7\n", "the second line");
    refused("schloss-policy-manifest 1\ncluster a\nserial 07\n", "the third line");
    refused("schloss-policy-manifest 1\ncluster a\nserial 0\n", "the third line");
    refused("schloss-policy-manifest 1\ncluster a\nserial -1\n", "the third line");
    refused("schloss-policy-manifest 1\ncluster a\nserial 9223372036854775808\n",
        "the third line");
    refused("schloss-policy-manifest 1\ncluster a\nserial 7", "the third line");
    refused(HEAD, "the manifest names no file [POL080]");
}

static void a_line_of_a_file_that_is_not_exactly_so_is_refused(void **state)
{
    (void)state;
    refused(HEAD "0011  a\n", ":4:1: error: the line does not begin with 64 hex digits");
    refused(HEAD "A" HEX "  a\n", "64 hex digits");
    refused(HEAD HEX " a\n", ":4:65: error: no path stands behind two blanks");
    refused(HEAD HEX "  \n", "no path");
    refused(HEAD HEX "  a", "the last line has no end");
    refused(HEAD HEX "  /a\n", ":4:67: error: not a good path");
    refused(HEAD HEX "  a/\n", "not a good path");
    refused(HEAD HEX "  a//b\n", "not a good path");
    refused(HEAD HEX "  ../b\n", "not a good path");
    refused(HEAD HEX "  a/./b\n", "not a good path");
    refused(HEAD HEX "  a/..\n", "not a good path");
    refused(HEAD HEX "  a\x1b[2J\n", "not a good path");
    refused(HEAD HEX "  a\xff\n", "not a good path");
    refused(HEAD HEX "  b\n" HEX "  a\n", ":5:67: error: the lines are not sorted");
    refused(HEAD HEX "  a\n" HEX "  a\n", "not sorted");
    refused(HEAD HEX "  a\n\n", "64 hex digits");
    refused(HEAD HEX "  a\r\n", "not a good path");
}

static void more_files_or_bytes_than_the_limit_are_refused(void **state)
{
    static char text[POLICY_MANIFEST_MAX + 2];
    size_t length = (size_t)snprintf(text, sizeof(text), HEAD);
    struct policy_manifest m;
    struct buf errors;

    (void)state;
    for (size_t i = 0; i < POLICY_MANIFEST_FILES_MAX; i++) {
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, HEX "  f%03zu\n", i);
    }
    assert_int_equal(parse(text, &m, &errors), OK);
    policy_manifest_fini(&m);
    buf_fini(&errors);
    (void)snprintf(text + length, sizeof(text) - length, HEX "  g\n");
    refused(text, "more than 256 files");
    memset(text, 'a', sizeof(text) - 1);
    refused(text, "larger than 256 KiB");
}

static void what_could_not_be_read_again_is_not_written(void **state)
{
    struct policy_manifest_file files[2] = {
        {.path = fixture_view("a")}, {.path = fixture_view("b")}};
    struct policy_manifest m = {
        .cluster = fixture_view("c"), .serial = 1, .files = files, .count = 2};
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    files[1].path = fixture_view("a");
    assert_int_equal(policy_manifest_write(&m, &out), ERR_INVALID);
    files[1].path = fixture_view("../a");
    assert_int_equal(policy_manifest_write(&m, &out), ERR_INVALID);
    files[0].path = fixture_view("b");
    files[1].path = fixture_view("a");
    m.serial = 0;
    assert_int_equal(policy_manifest_write(&m, &out), ERR_INVALID);
    m.serial = 1;
    m.cluster = fixture_view("");
    assert_int_equal(policy_manifest_write(&m, &out), ERR_INVALID);
    m.cluster = fixture_view("a\nserial 9");
    assert_int_equal(policy_manifest_write(&m, &out), ERR_INVALID);
    m.cluster = fixture_view("a");
    assert_int_equal(out.length, 0);
    assert_int_equal(policy_manifest_write(&m, &out), OK);
    buf_fini(&out);
}

static void without_memory_nothing_is_parsed(void **state)
{
    struct policy_manifest m;
    struct buf errors;

    (void)state;
    mem_fail_after(0);
    assert_int_equal(parse(HEAD HEX "  a\n", &m, &errors), ERR_NOMEM);
    mem_fail_after(-1);
    buf_fini(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_is_written_back_as_it_was),
        cmocka_unit_test(a_header_that_is_not_exactly_so_is_refused),
        cmocka_unit_test(a_line_of_a_file_that_is_not_exactly_so_is_refused),
        cmocka_unit_test(more_files_or_bytes_than_the_limit_are_refused),
        cmocka_unit_test(what_could_not_be_read_again_is_not_written),
        cmocka_unit_test(without_memory_nothing_is_parsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
