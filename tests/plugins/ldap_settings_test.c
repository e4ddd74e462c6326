#include "ldap_settings.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define K LDAP_SETTINGS_PREFIX

static struct ldap_settings found;

static int file_of(const void *bytes, size_t length)
{
    int fd = memfd_create("password", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    return fd;
}

/* settings: pairs, ended by NULL. password: NULL: there is no such file. */
static enum err read_all(const char *const *settings, const char *password, size_t length,
    const char **key, const char **why)
{
    struct schloss_auth_setting list[16];
    struct schloss_auth_file file = {.name = "password", .fd = -1};
    struct schloss_auth_config config = {
        .size = sizeof(config), .files = &file, .settings = list};

    for (; settings[2 * config.setting_count] != NULL; config.setting_count++) {
        size_t i = config.setting_count;
        list[i] = (struct schloss_auth_setting){settings[2 * i], settings[2 * i + 1]};
    }
    if (password != NULL) {
        file.fd = file_of(password, length);
        config.file_count = 1;
    }
    enum err e = ldap_settings_read(&found, &config, key, why);
    if (password != NULL) {
        close(file.fd);
    }
    return e;
}

static void bad(
    const char *const *settings, const char *password, const char *key, const char *part)
{
    const char *k = NULL;
    const char *why = NULL;

    assert_int_equal(
        read_all(settings, password, password == NULL ? 0 : strlen(password), &k, &why),
        ERR_INVALID);
    assert_string_equal(k, key);
    if (strstr(why, part) == NULL) {
        fail_msg("%s %s", k, why);
    }
    assert_null(found.bind_password.bytes);
}

#define SERVER K "tls", "ldaps", K "server.name", "d.test"
#define SEARCH                                                                           \
    SERVER, K "search.base", "dc=x", K "search.filter", "(uid=%u)", K "search.bind.dn",  \
        "cn=r,dc=x"

static void a_template_is_enough(void **state)
{
    const char *const settings[] = {SERVER, K "user.dn.template", "uid=%u,dc=x", NULL};
    const char *key;
    const char *why;

    (void)state;
    assert_int_equal(read_all(settings, NULL, 0, &key, &why), OK);
    assert_false(found.starttls);
    assert_false(ldap_settings_searches(&found));
    assert_string_equal(found.dn_template, "uid=%u,dc=x");
    assert_int_equal(found.timeout_ms, 3000);
    assert_int_equal(found.cache_ms, 60000);
    ldap_settings_fini(&found);
}

static void a_search_has_an_account_and_its_password_is_one_line(void **state)
{
    const char *const settings[] = {SEARCH, K "name.attribute", "sAMAccountName",
        K "timeout.ms", "100", K "cache.seconds", "0", NULL};
    const char *key;
    const char *why;

    (void)state;
    assert_int_equal(read_all(settings, "s e\ncret\n", 9, &key, &why), OK);
    assert_true(ldap_settings_searches(&found));
    assert_int_equal(found.bind_password.length, 3);
    assert_memory_equal(found.bind_password.bytes, "s e", 3);
    assert_string_equal(found.name_attribute, "sAMAccountName");
    assert_int_equal(found.timeout_ms, 100);
    assert_int_equal(found.cache_ms, 0);
    ldap_settings_fini(&found);
    assert_null(found.bind_password.bytes);
}

static void groups_are_asked_for_where_an_attribute_is_named(void **state)
{
    const char *const none[] = {SERVER, K "user.dn.template", "uid=%u,dc=x", NULL};
    const char *const some[] = {SERVER, K "user.dn.template", "uid=%u,dc=x",
        K "group.attribute", "memberOf", NULL};
    const char *const odd[] = {SEARCH, K "group.attribute", "memberOf;x", NULL};
    const char *const no_dn[] = {SERVER, K "user.dn.template", "%u@corp.test",
        K "group.attribute", "memberOf", NULL};
    const char *key;
    const char *why;

    (void)state;
    assert_int_equal(read_all(none, NULL, 0, &key, &why), OK);
    assert_string_equal(found.group_attribute, "");
    assert_int_equal(read_all(some, NULL, 0, &key, &why), OK);
    assert_string_equal(found.group_attribute, "memberOf");
    bad(odd, "x", K "group.attribute", "name of an attribute");
    bad(no_dn, NULL, K "group.attribute", "makes a DN");
}

static void there_is_no_way_without_tls_and_a_name(void **state)
{
    const char *const plain[] = {
        K "tls", "none", K "server.name", "d.test", K "user.dn.template", "uid=%u", NULL};
    const char *const unsaid[] = {
        K "server.name", "d.test", K "user.dn.template", "uid=%u", NULL};
    const char *const nameless[] = {
        K "tls", "ldaps", K "user.dn.template", "uid=%u", NULL};

    (void)state;
    bad(plain, NULL, K "tls", "no way without TLS");
    bad(unsaid, NULL, K "tls", "no way without TLS");
    bad(nameless, NULL, K "server.name", "is required");
}

static void nobody_is_looked_for_as_nobody(void **state)
{
    const char *const search[] = {SEARCH, NULL};
    const char *const no_account[] = {
        SERVER, K "search.base", "dc=x", K "search.filter", "(uid=%u)", NULL};
    const char *const nothing[] = {SERVER, NULL};

    (void)state;
    bad(search, NULL, K "search.password.file", "is required");
    bad(search, "", K "search.password.file", "1 to 256 bytes");
    bad(search, "\nsecret", K "search.password.file", "1 to 256 bytes");
    bad(no_account, "x", K "search.bind.dn", "is required");
    bad(nothing, "x", K "search.base", "is required");
}

static void a_password_has_its_limits(void **state)
{
    const char *const search[] = {SEARCH, NULL};
    const char *key;
    const char *why;
    char text[300];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(read_all(search, text, 257, &key, &why), ERR_INVALID);
    assert_int_equal(read_all(search, "a\0b", 3, &key, &why), ERR_INVALID);
    assert_int_equal(read_all(search, text, 256, &key, &why), OK);
    assert_int_equal(found.bind_password.length, 256);
    ldap_settings_fini(&found);
    text[256] = '\n';
    assert_int_equal(read_all(search, text, 300, &key, &why), OK);
    ldap_settings_fini(&found);
}

static void what_is_wrong_is_named(void **state)
{
    char text[LDAP_SETTINGS_TEXT + 2];
    const char *const template[] = {SERVER, K "user.dn.template", "uid=alice", NULL};
    const char *const both[] = {
        SERVER, K "user.dn.template", "uid=%u", K "search.base", "dc=x", NULL};
    const char *const filter[] = {SERVER, K "search.base", "dc=x", K "search.filter",
        "(uid=%s)", K "search.bind.dn", "cn=r", NULL};
    const char *const attribute[] = {SEARCH, K "name.attribute", "uid)(x=", NULL};
    const char *const timeout[] = {
        SERVER, K "user.dn.template", "uid=%u", K "timeout.ms", "5001", NULL};
    const char *const cache[] = {
        SERVER, K "user.dn.template", "uid=%u", K "cache.seconds", "-1", NULL};
    const char *const utf8[] = {SERVER, K "user.dn.template", "uid=%u\xff", NULL};
    const char *const longest[] = {SERVER, K "user.dn.template", text, NULL};

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    bad(template, NULL, K "user.dn.template", "%u");
    bad(both, NULL, K "search.base", "choose one");
    bad(filter, "x", K "search.filter", "%u");
    bad(attribute, "x", K "name.attribute", "name of an attribute");
    bad(timeout, NULL, K "timeout.ms", "bounds");
    bad(cache, NULL, K "cache.seconds", "bounds");
    bad(utf8, NULL, K "user.dn.template", "UTF-8");
    bad(longest, NULL, K "user.dn.template", "512");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_is_enough),
        cmocka_unit_test(a_search_has_an_account_and_its_password_is_one_line),
        cmocka_unit_test(groups_are_asked_for_where_an_attribute_is_named),
        cmocka_unit_test(there_is_no_way_without_tls_and_a_name),
        cmocka_unit_test(nobody_is_looked_for_as_nobody),
        cmocka_unit_test(a_password_has_its_limits),
        cmocka_unit_test(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
