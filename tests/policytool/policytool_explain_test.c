#include "policytool_explain.h"
#include "policytool_fixture.h"

static const char policy[] =
    "policy 1\n"
    "net dc = { 10.20.0.0/16 }\n"
    "auth strong = { mtls, gssapi }\n"
    "team settlement = { svc-settle, svc-recon }\n"
    "team staff from ldap \"cn=staff\"\n"
    "deny-pci: deny any to all topic pci.* from not @dc\n"
    "role reader {\n"
    "    consume topic paid group settle.*\n"
    "}\n"
    "grant reader to @settlement from @dc with strong\n"
    "allow svc-vault to consume topic pci.v1 from @dc with mtls and tls >= 1.3\n"
    "bg: allow dev-emil to read topic paid until 2026-11-21T18:00Z\n"
    "later: allow dev-dora to read topic paid after 2026-11-21\n"
    "inside: allow svc-in to read topic paid via INSIDE, LOCAL with age < 8h\n"
    "staff: allow @staff to describe cluster\n"
    "allow anonymous to read topic open\n"
    "tok: allow admin to describe-tokens user bob\n"
    "no: never mallory to describe cluster\n";

static void check(const char *const *words, bool allowed, const char *expected)
{
    struct policytool_question q;
    struct policytool_set set;
    struct buf out;
    bool is_allowed = !allowed;

    buf_init(&out, 1 << 16);
    set_of(policy, &set);
    assert_true(policytool_question_parse(words_of(words), NOW_MS, &q, &out));
    assert_int_equal(policytool_explain(&set, &q, false, &out, &is_allowed), OK);
    assert_text(&out, expected);
    assert_int_equal(is_allowed, allowed);
    buf_fini(&out);
    policytool_set_fini(&set);
}

static void an_allowed_question_names_the_rule(void **state)
{
    (void)state;
    check(WORDS("svc-recon", "read", "topic", "paid", "from=10.20.4.7", "with=gssapi"),
        true,
        "ALLOWED  User:svc-recon read topic paid  (from 10.20.4.7, gssapi, TLS 1.3, at "
        "2026-11-20T00:00Z)\n"
        "  teams      @settlement\n"
        "  decided by r-f7723ce7  main.policy:10\n"
        "             grant reader to @settlement from @dc with strong\n");
}

static void a_never_that_beats_an_allow_to_a_group_is_what_decided(void **state)
{
    (void)state;
    check(WORDS("mallory", "describe", "cluster", "group=ldap:cn=staff"), false,
        "DENIED  User:mallory describe cluster  (no address, mtls, TLS 1.3, at "
        "2026-11-20T00:00Z)\n"
        "  teams      @staff\n"
        "  decided by no  main.policy:18\n"
        "             no: never mallory to describe cluster\n");
}

static void a_default_deny_names_the_allow_rules_that_were_near(void **state)
{
    (void)state;
    check(WORDS("svc-settle", "write", "topic", "paid", "from=10.20.4.7"), false,
        "DENIED  User:svc-settle write topic paid  (from 10.20.4.7, mtls, TLS 1.3, at "
        "2026-11-20T00:00Z)\n"
        "  teams      @settlement\n"
        "  decided by default deny: no rule matches\n"
        "  near miss  r-f7723ce7  main.policy:10: grants read, not write\n");
    check(WORDS("svc-vault", "read", "topic", "pci.v1", "from=10.20.4.7", "with=scram512",
              "tls=1.2"),
        false,
        "DENIED  User:svc-vault read topic pci.v1  (from 10.20.4.7, scram512, TLS 1.2, "
        "at 2026-11-20T00:00Z)\n"
        "  teams      none\n"
        "  decided by default deny: no rule matches\n"
        "  near miss  r-10a8bedf  main.policy:11: authenticated by scram512, rule wants "
        "mtls; TLS 1.2 is older than 1.3\n");
    check(WORDS("svc-settle", "read", "topic", "paid", "from=192.0.2.9", "with=plain"),
        false,
        "DENIED  User:svc-settle read topic paid  (from 192.0.2.9, plain, TLS 1.3, at "
        "2026-11-20T00:00Z)\n"
        "  teams      @settlement\n"
        "  decided by default deny: no rule matches\n"
        "  near miss  r-f7723ce7  main.policy:10: comes from 192.0.2.9, rule wants from "
        "@dc; authenticated by plain, rule wants strong (mtls, gssapi)\n");
}

static void a_near_miss_says_expired_not_yet_and_too_old(void **state)
{
    (void)state;
    check(WORDS("dev-emil", "read", "topic", "paid", "at=2026-11-22"), false,
        "DENIED  User:dev-emil read topic paid  (no address, mtls, TLS 1.3, at "
        "2026-11-22T00:00Z)\n"
        "  teams      none\n"
        "  decided by default deny: no rule matches\n"
        "  near miss  bg  main.policy:12: expired at 2026-11-21T18:00Z\n");
    check(WORDS("dev-dora", "read", "topic", "paid"), false,
        "DENIED  User:dev-dora read topic paid  (no address, mtls, TLS 1.3, at "
        "2026-11-20T00:00Z)\n"
        "  teams      none\n"
        "  decided by default deny: no rule matches\n"
        "  near miss  later  main.policy:13: not valid before 2026-11-21T00:00Z\n");
    check(WORDS("svc-in", "read", "topic", "paid", "via=OUTSIDE", "age=9h"), false,
        "DENIED  User:svc-in read topic paid  (no address, via OUTSIDE, mtls, TLS 1.3, "
        "logged in 9h ago, at 2026-11-20T00:00Z)\n"
        "  teams      none\n"
        "  decided by default deny: no rule matches\n"
        "  near miss  inside  main.policy:14: listener OUTSIDE is not INSIDE, LOCAL; "
        "logged in 9h ago, rule wants age < 8h\n");
}

static void a_deny_names_itself_and_no_near_miss(void **state)
{
    (void)state;
    check(WORDS("svc-vault", "read", "topic", "pci.v1", "from=192.0.2.9"), false,
        "DENIED  User:svc-vault read topic pci.v1  (from 192.0.2.9, mtls, TLS 1.3, at "
        "2026-11-20T00:00Z)\n"
        "  teams      none\n"
        "  decided by deny-pci  main.policy:6\n"
        "             deny-pci: deny any to all topic pci.* from not @dc\n");
}

static void groups_of_a_directory_and_anonymous_are_asked_for(void **state)
{
    (void)state;
    check(WORDS("eve", "describe", "cluster", "group=ldap:cn=staff"), true,
        "ALLOWED  User:eve describe cluster  (no address, mtls, TLS 1.3, at "
        "2026-11-20T00:00Z)\n"
        "  teams      @staff\n"
        "  decided by staff  main.policy:15\n"
        "             staff: allow @staff to describe cluster\n");
    check(WORDS("anonymous", "describe", "topic", "open", "with=none", "tls=no"), true,
        "ALLOWED  User:ANONYMOUS describe topic open  (no address, no login, no TLS, at "
        "2026-11-20T00:00Z)\n"
        "  teams      none\n"
        "  decided by r-4c88514c  main.policy:16\n"
        "             allow anonymous to read topic open\n");
    check(WORDS("admin", "describe-tokens", "user", "User:bob"), true,
        "ALLOWED  User:admin describe-tokens user bob  (no address, mtls, TLS 1.3, at "
        "2026-11-20T00:00Z)\n"
        "  teams      none\n"
        "  decided by tok  main.policy:17\n"
        "             tok: allow admin to describe-tokens user bob\n");
}

static void a_program_gets_an_object(void **state)
{
    struct policytool_question q;
    struct policytool_set set;
    struct buf out;
    bool allowed = true;

    (void)state;
    buf_init(&out, 1 << 16);
    set_of(policy, &set);
    assert_true(policytool_question_parse(
        words_of(WORDS("dev-emil", "write", "topic", "paid")), NOW_MS, &q, &out));
    assert_int_equal(policytool_explain(&set, &q, true, &out, &allowed), OK);
    assert_text(&out,
        "{\"allowed\": false, \"principal\": \"dev-emil\", \"operation\": \"write\", "
        "\"resource\": \"topic\", \"name\": \"paid\", \"context\": {\"from\": null, "
        "\"via\": \"\", \"with\": \"mtls\", \"tls\": \"1.3\", \"at\": "
        "\"2026-11-20T00:00Z\", \"age_ms\": 0, \"issuer\": \"\"}, \"teams\": [], "
        "\"decided_by\": {\"id\": \"default\", \"file\": \"\", \"line\": 0}, "
        "\"near_misses\": [{\"id\": \"bg\", \"file\": \"main.policy\", \"line\": 12, "
        "\"reason\": \"grants read, not write\"}]}\n");
    assert_false(allowed);
    buf_fini(&out);
    policytool_set_fini(&set);
}

static void out_of_memory_is_told(void **state)
{
    struct policytool_question q;
    struct policytool_set set;
    struct buf out;
    bool allowed = false;
    enum err e = ERR_NOMEM;

    (void)state;
    buf_init(&out, 1 << 16);
    set_of(policy, &set);
    assert_true(policytool_question_parse(
        words_of(WORDS("dev-emil", "write", "topic", "paid")), NOW_MS, &q, &out));
    for (long n = 0; e != OK; n++) {
        buf_fini(&out);
        mem_fail_after(n);
        e = policytool_explain(&set, &q, false, &out, &allowed);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        assert_true(n < 50);
    }
    buf_fini(&out);
    policytool_set_fini(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allowed_question_names_the_rule),
        cmocka_unit_test(a_default_deny_names_the_allow_rules_that_were_near),
        cmocka_unit_test(a_near_miss_says_expired_not_yet_and_too_old),
        cmocka_unit_test(a_deny_names_itself_and_no_near_miss),
        cmocka_unit_test(groups_of_a_directory_and_anonymous_are_asked_for),
        cmocka_unit_test(a_never_that_beats_an_allow_to_a_group_is_what_decided),
        cmocka_unit_test(a_program_gets_an_object),
        cmocka_unit_test(out_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
