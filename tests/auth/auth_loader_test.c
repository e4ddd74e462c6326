#include "auth_loader.h"

#include "test.h"

#include <stdio.h>

static enum err open_fault(const char *fault, struct auth_plugin *p, const char **why_out)
{
    char path[512];

    *p = (struct auth_plugin){.library = NULL};
    *why_out = NULL;
    (void)snprintf(path, sizeof(path), HOSTILE_FOLDER "hostile_%s.so", fault);
    return auth_loader_open(p, path, why_out);
}

static void assert_refused(const char *fault, enum err expected)
{
    struct auth_plugin p;
    const char *why;

    assert_int_equal(open_fault(fault, &p, &why), expected);
    assert_non_null(why);
    assert_null(p.library);
    assert_null(p.about);
}

static void a_good_plugin_is_opened(void **state)
{
    struct auth_plugin p;
    const char *why;

    (void)state;
    assert_int_equal(open_fault("none", &p, &why), OK);
    assert_non_null(p.library);
    assert_string_equal(p.about->name, "hostile");
    assert_non_null(p.create);
    assert_non_null(p.destroy);
    assert_non_null(p.warm);
    assert_non_null(p.begin);
    assert_non_null(p.step);
    assert_non_null(p.cancel);
    assert_non_null(p.resume);
    auth_loader_close(&p);
    assert_null(p.library);
    auth_loader_close(&p);
}

static void a_plugin_with_a_fault_is_refused(void **state)
{
    (void)state;
    assert_refused("short", ERR_INVALID);
    assert_refused("major", ERR_UNSUPPORTED);
    assert_refused("missing", ERR_INVALID);
    assert_refused("twice", ERR_INVALID);
    assert_refused("empty", ERR_INVALID);
    assert_refused("unnamed", ERR_INVALID);
    assert_refused("null", ERR_UNSUPPORTED);
    assert_refused("endless", ERR_INVALID);
    assert_refused("entry", ERR_INVALID);
    assert_refused("not_there", ERR_NOT_FOUND);
}

static void f(void)
{
}

static const struct schloss_auth_function required[] = {
    {SCHLOSS_AUTH_PLUGIN_CREATE, f},
    {SCHLOSS_AUTH_PLUGIN_DESTROY, f},
    {SCHLOSS_AUTH_PLUGIN_WARM, f},
    {SCHLOSS_AUTH_PLUGIN_BEGIN, f},
    {SCHLOSS_AUTH_PLUGIN_STEP, f},
    {SCHLOSS_AUTH_PLUGIN_CANCEL, f},
};

#define REQUIRED (sizeof(required) / sizeof(required[0]))

static void each_required_function_is_asked_for(void **state)
{
    (void)state;
    for (size_t missing = 0; missing <= REQUIRED; missing++) {
        struct schloss_auth_function functions[REQUIRED + 1] = {{0, NULL}};
        size_t n = 0;
        for (size_t i = 0; i < REQUIRED; i++) {
            if (i != missing) {
                functions[n] = required[i];
                n++;
            }
        }
        const struct schloss_auth_plugin about = {.size = sizeof(about),
            .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
            .name = "n",
            .version = "v",
            .mechanisms = "M",
            .functions = functions};
        struct auth_plugin p;
        const char *why;
        enum err e = auth_loader_check(&p, &about, &why);
        assert_int_equal(e, missing == REQUIRED ? OK : ERR_INVALID);
    }
}

static void texts_are_short_and_printable(void **state)
{
    static const char *const bad[] = {
        NULL, "", "a\nb", "a\x7f", "\xc3\xa9", "123456789012345678901234567890123"};
    struct auth_plugin p;
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct schloss_auth_plugin about = {.size = sizeof(about),
            .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
            .name = bad[i],
            .version = "12345678901234567890123456789012",
            .mechanisms = "M",
            .functions = required};
        assert_int_equal(auth_loader_check(&p, &about, &why), ERR_INVALID);
        about.name = "n";
        about.version = bad[i];
        assert_int_equal(auth_loader_check(&p, &about, &why), ERR_INVALID);
    }
    struct schloss_auth_plugin about = {.size = sizeof(about),
        .abi_major = SCHLOSS_AUTH_ABI_MAJOR,
        .name = "12345678901234567890123456789012",
        .version = "~ ",
        .mechanisms = NULL,
        .functions = NULL};
    assert_int_equal(auth_loader_check(&p, &about, &why), ERR_INVALID);
    about.mechanisms = "M";
    assert_int_equal(auth_loader_check(&p, &about, &why), ERR_INVALID); /* no functions */
}

static bool has(const char *list, const char *word)
{
    return auth_loader_has_word(ipc_text(list), ipc_text(word));
}

static void words_are_whole(void **state)
{
    (void)state;
    assert_true(has("PLAIN", "PLAIN"));
    assert_true(has("SCRAM PLAIN", "PLAIN"));
    assert_true(has("PLAIN,SCRAM", "PLAIN"));
    assert_true(has("A, PLAIN ,B", "PLAIN"));
    assert_false(has("PLAIN2", "PLAIN"));
    assert_false(has("XPLAIN", "PLAIN"));
    assert_false(has("PLAI", "PLAIN"));
    assert_false(has("plain", "PLAIN"));
    assert_false(has("", "PLAIN"));
    assert_false(has("PLAIN", ""));
    assert_false(has("A,,B", ""));
    assert_false(has("A B", "A B"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_plugin_is_opened),
        cmocka_unit_test(a_plugin_with_a_fault_is_refused),
        cmocka_unit_test(each_required_function_is_asked_for),
        cmocka_unit_test(texts_are_short_and_printable),
        cmocka_unit_test(words_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
