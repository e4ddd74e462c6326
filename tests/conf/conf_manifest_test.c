#include "conf_manifest.h"
#include "test.h"

#include <string.h>

static struct conf_manifest manifest;

static enum err parse(const char *text, struct buf *errors)
{
    const struct conf_source file = {
        .name = "p.manifest", .text = (const uint8_t *)text, .length = strlen(text)};

    buf_init(errors, 1 << 20);
    return conf_manifest_parse(&file, &manifest, errors);
}

static void good(const char *text)
{
    struct buf errors;

    assert_int_equal(parse(text, &errors), OK);
    assert_int_equal(errors.length, 0);
    buf_fini(&errors);
}

static void bad(const char *text, const char *expected)
{
    struct buf errors;

    assert_int_equal(parse(text, &errors), ERR_INVALID);
    buf_add(&errors, "", 1);
    if (strstr((const char *)errors.bytes, expected) == NULL) {
        fail_msg("expected: %s\ngot: %s", expected, (const char *)errors.bytes);
    }
    buf_fini(&errors);
}

static void what_is_not_said_is_the_least(void **state)
{
    (void)state;
    good("mechanisms=PLAIN\n");
    assert_string_equal(manifest.mechanisms, "PLAIN");
    assert_string_equal(manifest.principals, "User:*");
    assert_int_equal(manifest.message_max, 16384);
    assert_int_equal(manifest.file_count, 0);
    assert_int_equal(manifest.setting_count, 0);
    assert_false(manifest.scratch);
    assert_string_equal(manifest.dial, "");
}

static void everything_that_is_said_is_taken(void **state)
{
    (void)state;
    good("mechanisms=SCRAM-SHA-256,SCRAM-SHA-512\n"
         "principals=User:*@A;!User:root@A\n"
         "file.scram=schloss.scram.file\npublic.config=a.b\n"
         "settings=x.y,z\nmessage.max.bytes=65536\nscratch=true\n");
    assert_true(conf_manifest_has(&manifest, "SCRAM-SHA-512"));
    assert_true(conf_manifest_has(&manifest, "SCRAM-SHA-256"));
    assert_false(conf_manifest_has(&manifest, "SCRAM-SHA-25"));
    assert_false(conf_manifest_has(&manifest, "SCRAM-SHA-256,SCRAM-SHA-512"));
    assert_false(conf_manifest_has(&manifest, ""));
    assert_string_equal(manifest.principals, "User:*@A;!User:root@A");
    assert_int_equal(manifest.file_count, 2);
    assert_string_equal(manifest.files[0].name, "scram");
    assert_string_equal(manifest.files[0].key, "schloss.scram.file");
    assert_false(manifest.files[0].is_public);
    assert_true(manifest.files[1].is_public);
    assert_int_equal(manifest.setting_count, 2);
    assert_string_equal(manifest.settings[0], "x.y");
    assert_string_equal(manifest.settings[1], "z");
    assert_int_equal(manifest.message_max, 65536);
    assert_true(manifest.scratch);
}

static void a_plugin_has_files_or_connections(void **state)
{
    (void)state;
    good("mechanisms=PLAIN\ndial=schloss.plugin.ldap.address\n");
    assert_string_equal(manifest.dial, "schloss.plugin.ldap.address");
    bad("mechanisms=PLAIN\ndial=a\nscratch=true\n",
        "a plugin has files or connections, not both [CONF063]");
    bad("mechanisms=PLAIN\ndial=\n", "this names no key [CONF060]");
    bad("mechanisms=PLAIN\ndial=a,b\n", "this names no key");
    bad("mechanisms=PLAIN\ndial=a b\n", "this names no key");
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    bad("", "p.manifest:1:1: error: the plugin has no mechanism [CONF062]");
    bad("mechanisms=\n", "these are not mechanisms [CONF060]");
    bad("mechanisms=A,\n", "these are not mechanisms");
    bad("mechanisms=A, B\n", "these are not mechanisms");
    bad("mechanisms=A\nprincipals=alice\n",
        "p.manifest:2:12: error: these are not patterns");
    bad("mechanisms=A\nmechanisms=B\n", "a key twice in one file [CONF012]");
    bad("mechanisms=A\nfile.=x\n", "this names no file");
    bad("mechanisms=A\nfile.x=\n", "this names no file");
    bad("mechanisms=A\nfile.x=a,b\n", "this names no file");
    bad("mechanisms=A\nfile.x/y=a\n", "this names no file");
    bad("mechanisms=A\nsettings=a,,b\n", "these are not keys");
    bad("mechanisms=A\nmessage.max.bytes=65537\n", "this is no size");
    bad("mechanisms=A\nscratch=yes\n", "neither true nor false");
    bad("mechanisms=A\nnetwork=any\n", "a manifest has no such key [CONF061]");
    bad("mechanisms=A\nfile.a=k\nfile.b=k\nfile.c=k\nfile.d=k\nfile.e=k\nfile.f=k\n"
        "file.g=k\nfile.h=k\nfile.i=k\n",
        "more than 8 files");
    bad("mechanisms=A\nsettings=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n",
        "more than 16 settings");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_is_the_least),
        cmocka_unit_test(everything_that_is_said_is_taken),
        cmocka_unit_test(a_plugin_has_files_or_connections),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
