#include "sandbox.h"
#include "sandbox_enter.h"
#include "sandbox_landlock.h"
#include "sandbox_profile.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[1024];

static const char *sentence(enum sandbox_mode mode, enum sandbox_layer layer, int error)
{
    const struct sandbox_failure failure = {.layer = layer, .error = error};

    sandbox_failure_text("schlossd", mode, &failure, text, sizeof(text));
    return text;
}

static void every_layer_has_a_whole_sentence(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode < SANDBOX_MODE_COUNT; mode++) {
        for (unsigned layer = SANDBOX_LAYER_NAMESPACES; layer < SANDBOX_LAYER_COUNT;
             layer++) {
            const char *s =
                sentence((enum sandbox_mode)mode, (enum sandbox_layer)layer, EPERM);
            assert_non_null(strstr(s, "schlossd: sandbox="));
            assert_non_null(strstr(s, sandbox_layer_name((enum sandbox_layer)layer)));
            assert_non_null(strstr(s, "(errno 1)"));
            assert_non_null(strstr(s, "; needs "));
            assert_non_null(strstr(s, "accept"));
            assert_non_null(strstr(s, "[sandbox-layer]"));
        }
    }
}

static void a_setting_is_offered_only_where_it_helps(void **state)
{
    (void)state;
    assert_non_null(strstr(sentence(SANDBOX_STRICT, SANDBOX_LAYER_NAMESPACES, EPERM),
        "to accept the loss set sandbox=container"));
    assert_non_null(strstr(sentence(SANDBOX_STRICT, SANDBOX_LAYER_USERS, EPERM),
        "to accept the loss set sandbox=rootless"));
    assert_non_null(strstr(sentence(SANDBOX_CONTAINER, SANDBOX_LAYER_NAMESPACES, EPERM),
        "no setting accepts the loss"));
    assert_non_null(strstr(sentence(SANDBOX_STRICT, SANDBOX_LAYER_SECCOMP, EPERM),
        "no setting accepts the loss"));
}

static void an_old_landlock_is_named_by_its_number(void **state)
{
    const struct sandbox_failure failure = {
        .layer = SANDBOX_LAYER_LANDLOCK, .error = 0, .landlock_abi = 3};

    (void)state;
    sandbox_failure_text("schlossd", SANDBOX_CONTAINER, &failure, text, sizeof(text));
    assert_non_null(strstr(text, "this kernel has ABI 3, container needs 4"));
}

static void modes_are_parsed_by_their_names_alone(void **state)
{
    enum sandbox_mode mode = SANDBOX_STRICT;

    (void)state;
    for (unsigned i = 0; i < SANDBOX_MODE_COUNT; i++) {
        assert_int_equal(
            sandbox_mode_parse(sandbox_mode_name((enum sandbox_mode)i), &mode), OK);
        assert_int_equal(mode, i);
    }
    assert_int_equal(sandbox_mode_parse("none", &mode), ERR_INVALID);
    assert_int_equal(sandbox_mode_parse("off", &mode), ERR_INVALID);
    assert_int_equal(sandbox_mode_parse("", &mode), ERR_INVALID);
    assert_null(sandbox_mode_lost(SANDBOX_STRICT));
    assert_non_null(sandbox_mode_lost(SANDBOX_ROOTLESS));
    assert_non_null(sandbox_mode_lost(SANDBOX_CONTAINER));
}

static void rights_that_a_kernel_lacks_are_named(void **state)
{
    (void)state;
    sandbox_landlock_missing(1, text, sizeof(text));
    assert_string_equal(
        text, "refer truncate ioctl-dev bind-tcp connect-tcp abstract-sockets signals");
    sandbox_landlock_missing(3, text, sizeof(text));
    assert_string_equal(text, "ioctl-dev bind-tcp connect-tcp abstract-sockets signals");
    sandbox_landlock_missing(6, text, sizeof(text));
    assert_string_equal(text, "");
    sandbox_landlock_beneath(text, sizeof(text));
    assert_string_equal(text, "write-file read-file read-dir remove-dir remove-file "
                              "make-dir make-reg refer truncate");
}

static void the_print_names_every_role_group_and_call(void **state)
{
    static char out[65536];

    (void)state;
    FILE *file = fmemopen(out, sizeof(out), "w");
    assert_non_null(file);
    sandbox_print(file, 6);
    assert_int_equal(fclose(file), 0);
    for (unsigned role = 0; role < SANDBOX_ROLE_COUNT; role++) {
        const struct sandbox_profile *p = sandbox_profile((enum sandbox_role)role);
        assert_non_null(strstr(out, p->program));
        for (size_t g = 0; p->groups[g] != NULL; g++) {
            assert_non_null(strstr(out, p->groups[g]->name));
            for (size_t i = 0; i < p->groups[g]->count; i++) {
                assert_non_null(strstr(out, p->groups[g]->rules[i].call));
            }
        }
    }
    assert_non_null(strstr(out, "accept4           allow arg3&0xffffffff==0x80800"));
    assert_non_null(strstr(out, "openat            EACCES"));
}

static const char *print_for(int abi)
{
    static char out[65536];

    memset(out, 0, sizeof(out));
    FILE *file = fmemopen(out, sizeof(out), "w");
    assert_non_null(file);
    sandbox_print(file, abi);
    assert_int_equal(fclose(file), 0);
    return out;
}

static void the_print_claims_nothing_that_the_kernel_does_not_keep(void **state)
{
    (void)state;
    assert_null(strstr(print_for(0), "no file"));
    assert_null(strstr(print_for(3), "to its ports alone"));
    assert_null(strstr(print_for(3), "no TCP"));
    assert_non_null(strstr(print_for(3), "TCP connect to ANY port"));
    assert_non_null(strstr(print_for(4), "TCP connect to its ports alone"));
    assert_null(strstr(print_for(4), "ANY port"));
    assert_non_null(strstr(print_for(4), "no file, no TCP bind or connect\n"));
    assert_null(strstr(print_for(5), "no signal"));
    assert_non_null(strstr(print_for(6), "no signal and no abstract socket"));
}

static void *wait_for_ever(void *context)
{
    (void)pause();
    return context;
}

static void a_process_with_two_threads_is_refused(void **state)
{
    struct sandbox_failure failure = {0};
    int status = 0;

    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0) {
            _exit(1);
        }
        enum err e = sandbox_close_files(SANDBOX_GATE, NULL, 0, &failure);
        _exit(e == ERR_DENIED && failure.layer == SANDBOX_LAYER_PROCESS &&
                      failure.error == EBUSY
                  ? 0
                  : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_has_a_whole_sentence),
        cmocka_unit_test(a_setting_is_offered_only_where_it_helps),
        cmocka_unit_test(an_old_landlock_is_named_by_its_number),
        cmocka_unit_test(modes_are_parsed_by_their_names_alone),
        cmocka_unit_test(rights_that_a_kernel_lacks_are_named),
        cmocka_unit_test(a_process_with_two_threads_is_refused),
        cmocka_unit_test(the_print_names_every_role_group_and_call),
        cmocka_unit_test(the_print_claims_nothing_that_the_kernel_does_not_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
