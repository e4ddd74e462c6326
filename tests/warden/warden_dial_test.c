/* warden_dial: what is refused and said of the addresses that a plugin connects to. */
#include "warden_dial.h"

#include "test.h"
#include "warden_life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEY     "schloss.plugin.ldap.address"
#define ADDRESS KEY "=192.0.2.1:636\n"

static const char common[] =
    "node.id=1\nlog.dirs=/data\nsasl.enabled.mechanisms=PLAIN\n"
    "ssl.certificate.location=/c.pem\nssl.key.location=/k.pem\n"
    "listeners=SASL_SSL://127.0.0.1:9092\nschloss.auth.plugins=ldap\n";

static char said[4096];

/* Whatever is logged from now on. */
static int listen_to_log(int *kept_out)
{
    int fd = memfd_create("log", MFD_CLOEXEC);

    assert_true(fd >= 0);
    *kept_out = dup(STDERR_FILENO);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    return fd;
}

static const char *heard(int fd, int kept)
{
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    ssize_t n = pread(fd, said, sizeof(said) - 1, 0);
    assert_true(n >= 0);
    said[n] = '\0';
    (void)close(fd);
    (void)close(kept);
    return said;
}

static struct conf *parse(const char *end)
{
    char text[1024];
    struct conf *conf = NULL;
    struct buf errors;

    (void)snprintf(text, sizeof(text), "%s%s", common, end);
    const struct conf_source file = {"test", (const uint8_t *)text, strlen(text)};
    buf_init(&errors, 65536);
    assert_int_equal(conf_parse(&file, 1, &conf, &errors), OK);
    buf_fini(&errors);
    return conf;
}

static int set_up(void **state)
{
    struct warden *w = test_calloc(1, sizeof(*w));

    w->conf = parse(ADDRESS);
    w->offer.fd = -1;
    strcpy(w->plugins[0].name, "ldap");
    strcpy(w->plugins[0].process, "auth-ldap");
    strcpy(w->plugins[0].dial, "dial-ldap");
    strcpy(w->plugins[0].manifest.dial, KEY);
    strcpy(w->plugins[1].name, "password");
    strcpy(w->plugins[1].process, "auth-password");
    strcpy(w->plugins[1].dial, "dial-password");
    w->plugin_count = 2;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct warden *w = *state;

    conf_free(&w->conf);
    test_free(w);
    return 0;
}

static const char *warned(struct warden *w, int abi)
{
    int kept;
    int fd = listen_to_log(&kept);

    w->sandbox.landlock_abi = abi;
    warden_dial_warn(w);
    return heard(fd, kept);
}

static void a_kernel_without_rules_for_ports_is_warned_of(void **state)
{
    const char *text = warned(*state, 3);

    assert_non_null(strstr(text, "dial-ldap may connect to any TCP port"));
    assert_non_null(strstr(text, "[DIA005]"));
    assert_null(strstr(text, "password")); /* it has no dial */
    assert_string_equal(warned(*state, 4), "");
    assert_string_equal(warned(*state, 7), "");
}

static const char *reloaded(struct warden *w, const char *end)
{
    char path[] = "/tmp/warden-dial-XXXXXX";
    int kept;
    int file = mkstemp(path);

    assert_true(file >= 0);
    assert_int_equal(write(file, common, strlen(common)), (ssize_t)strlen(common));
    assert_int_equal(write(file, end, strlen(end)), (ssize_t)strlen(end));
    (void)close(file);
    w->options.config_file = path;
    int fd = listen_to_log(&kept);
    warden_reload(w);
    (void)unlink(path);
    return heard(fd, kept);
}

static void a_reload_with_addresses_that_are_none_is_refused_whole(void **state)
{
    static const char *const ends[] = {
        KEY "=directory.test:636\n", "", KEY "=192.0.2.1\n"};
    struct warden *w = *state;
    const struct conf *in_force = w->conf;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct conf *itself = parse(ends[i]); /* nothing else is wrong with it */
        conf_free(&itself);
        const char *text = reloaded(w, ends[i]);
        assert_non_null(strstr(text, "[PLG007]"));
        assert_non_null(strstr(text, "the one in force stays [REL002]"));
        assert_ptr_equal(w->conf, in_force);
        assert_string_equal(conf_value_of(w->conf, KEY), "192.0.2.1:636");
        assert_null(w->children);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kernel_without_rules_for_ports_is_warned_of),
        TEST(a_reload_with_addresses_that_are_none_is_refused_whole),
    };

    log_init("test", LOG_LEVEL_INFO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
