/* x509.so as it is shipped, through the loader. */
#include "auth_loader.h"
#include "test.h"

#include <dlfcn.h>
#include <string.h>

static void it_is_loaded_and_says_what_it_is(void **state)
{
    const char *why = NULL;
    struct auth_plugin plugin;

    (void)state;
    assert_int_equal(auth_loader_open(&plugin, X509_PLUGIN, &why), OK);
    assert_string_equal(plugin.about->name, "x509");
    assert_string_equal(plugin.about->mechanisms, "X509");
    assert_null(plugin.knows);
    auth_loader_close(&plugin);
}

static void it_shows_one_function_to_hosts_that_it_knows(void **state)
{
    void *library = dlopen(X509_PLUGIN, RTLD_NOW | RTLD_LOCAL);

    (void)state;
    assert_non_null(library);
    void *symbol = dlsym(library, SCHLOSS_AUTH_PLUGIN_ENTRY);
    assert_non_null(symbol);
    schloss_auth_plugin_entry *entry;
    memcpy(&entry, &symbol, sizeof(entry));
    assert_non_null(entry(SCHLOSS_AUTH_HOST_ABI));
    assert_null(entry((SCHLOSS_AUTH_ABI_MAJOR + 1) << 16));
    assert_null(entry(0));
    assert_null(dlsym(library, "x509_plugin"));
    assert_null(dlsym(library, "mem_alloc"));
    assert_int_equal(dlclose(library), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_loaded_and_says_what_it_is),
        cmocka_unit_test(it_shows_one_function_to_hosts_that_it_knows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
