#include "oauth_json.h"

#include "mem.h"
#include "test.h"

#include <string.h>

static void assert_parses(const char *text)
{
    json_t *json = NULL;

    assert_int_equal(oauth_json_parse(text, strlen(text), &json), OK);
    assert_true(json_is_object(json));
    json_decref(json);
}

static void assert_bytes_refused(const char *text, size_t length)
{
    json_t *json = NULL;

    assert_int_equal(oauth_json_parse(text, length, &json), ERR_INVALID);
    assert_null(json);
}

static void assert_refused(const char *text)
{
    assert_bytes_refused(text, strlen(text));
}

static void an_object_is_taken_and_its_texts_are_found(void **state)
{
    static const char text[] = "{\"a\":\"x\\u0041\",\"b\":1,\"c\":[]}";
    struct schloss_auth_bytes value = {"untouched", 9};
    json_t *json = NULL;

    (void)state;
    assert_int_equal(oauth_json_parse(text, sizeof(text) - 1, &json), OK);
    assert_true(oauth_json_text(json, "a", &value));
    assert_true(oauth_json_is(value, "xA"));
    assert_false(oauth_json_is(value, "x"));
    assert_false(oauth_json_is(value, "xAA"));
    assert_false(oauth_json_text(json, "b", &value));
    assert_false(oauth_json_text(json, "c", &value));
    assert_false(oauth_json_text(json, "d", &value));
    assert_true(oauth_json_is(value, "xA"));
    json_decref(json);
}

static void what_is_not_one_object_is_refused(void **state)
{
    (void)state;
    assert_refused("");
    assert_refused("[]");
    assert_refused("1");
    assert_refused("\"a\"");
    assert_refused("{}{}");
    assert_refused("{} x");
    assert_refused("{");
    assert_refused("{\"a\":1,}");
    assert_refused("{'a':1}");
    assert_refused("{\"a\":tru}");
    assert_refused("{\"a\":01}");
    assert_refused("{\"a\":NaN}");
    assert_refused("{\"a\":1e999}");
    assert_refused("{\"a\":99999999999999999999}");
    assert_refused("\xef\xbb\xbf{}");
    assert_bytes_refused("{}\0", 3);
    assert_parses(" {} \n");
}

static void a_member_is_there_once(void **state)
{
    (void)state;
    assert_refused("{\"a\":1,\"a\":1}");
    assert_refused("{\"a\":1,\"b\":2,\"\\u0061\":3}");
    assert_refused("{\"x\":{\"a\":1,\"a\":2}}");
    assert_refused("{\"x\":[{\"a\":1,\"a\":2}]}");
    assert_parses("{\"a\":1,\"A\":1}");
}

static void texts_are_utf8_without_a_nul(void **state)
{
    (void)state;
    assert_refused("{\"a\":\"\xff\"}");
    assert_refused("{\"a\":\"\xc0\x80\"}");
    assert_refused("{\"a\":\"\xed\xa0\x80\"}");
    assert_refused("{\"a\":\"\\ud800\"}");
    assert_refused("{\"a\":\"\\u0000\"}");
    assert_refused("{\"a\\u0000\":1}");
    assert_refused("{\"a\":\"\n\"}");
    assert_parses("{\"a\":\"\xc3\xa9\\ud83d\\ude00\"}");
}

/* {"a":[[...]]} with that many brackets in all. */
static size_t nested(char *out, size_t depth)
{
    memcpy(out, "{\"a\":", 5);
    memset(out + 5, '[', depth - 1);
    memset(out + 5 + depth - 1, ']', depth - 1);
    out[5 + 2 * (depth - 1)] = '}';
    return 6 + 2 * (depth - 1);
}

static void depth_is_bounded(void **state)
{
    static char text[1 << 20];
    json_t *json = NULL;

    (void)state;
    size_t length = nested(text, OAUTH_JSON_DEPTH_MAX);
    assert_int_equal(oauth_json_parse(text, length, &json), OK);
    json_decref(json);
    length = nested(text, OAUTH_JSON_DEPTH_MAX + 1);
    assert_bytes_refused(text, length);
    length = nested(text, 500000);
    assert_bytes_refused(text, length);
    memset(text, '[', sizeof(text));
    assert_bytes_refused(text, sizeof(text));
}

static void brackets_inside_texts_do_not_count(void **state)
{
    (void)state;
    assert_parses("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}");
    assert_parses("{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}");
    assert_parses("{\"a\":\"\\\\\",\"b\":\"{{{{{{{{{{{{{{{{{{{{{\"}");
    assert_refused("{\"a\":\"\\\\\",\"b\":[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]}");
    assert_refused("{\"a\":\"\\");
    assert_refused("{\"a\":\"");
}

static void without_memory_there_is_no_decision(void **state)
{
    static const char text[] = "{\"a\":\"x\",\"b\":[1,{\"c\":null}],\"d\":1.5}";
    json_t *json = NULL;
    enum err e = ERR_NOMEM;
    long n = 0;

    (void)state;
    for (; e != OK && n < 1000; n++) {
        mem_fail_after(n);
        e = oauth_json_parse(text, sizeof(text) - 1, &json);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
    }
    assert_true(n > 5);
    json_decref(json);
}

static int setup(void **state)
{
    (void)state;
    oauth_json_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_taken_and_its_texts_are_found),
        cmocka_unit_test(what_is_not_one_object_is_refused),
        cmocka_unit_test(a_member_is_there_once),
        cmocka_unit_test(texts_are_utf8_without_a_nul),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(brackets_inside_texts_do_not_count),
        cmocka_unit_test(without_memory_there_is_no_decision),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
