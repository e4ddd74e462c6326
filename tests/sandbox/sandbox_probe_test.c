/*
 * Every attempt in every role on this kernel, then each with its layers taken away.
 */
#include "probe_fixture.h"
#include "sandbox_attempts.h"
#include "test.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void every_attempt_ends_as_the_table_says(void **state)
{
    unsigned count = 0;
    unsigned wrong = 0;

    (void)state;
    for (unsigned role = SANDBOX_PORTER; role < SANDBOX_ROLE_COUNT; role++) {
        for (size_t i = 0; i < sandbox_attempt_count; i++) {
            const struct sandbox_attempt *a = &sandbox_attempts[i];
            if ((a->roles & (1u << role)) == 0) {
                continue;
            }
            int found = probe_outcome((enum sandbox_role)role, i, 0);
            count++;
            if (found != a->expected) {
                char text[2][32];
                sandbox_outcome_text(found, text[0], sizeof(text[0]));
                sandbox_outcome_text(a->expected, text[1], sizeof(text[1]));
                print_message("%s: %s: %s, not %s\n",
                    sandbox_role_name((enum sandbox_role)role), a->name, text[0],
                    text[1]);
                wrong++;
            }
        }
    }
    print_message("%u attempts, %u ended otherwise\n", count, wrong);
    assert_int_equal(wrong, 0);
    assert_in_range(count, 480, 2000);
}

static enum sandbox_role first_role(const struct sandbox_attempt *a)
{
    unsigned role = SANDBOX_PORTER;

    while ((a->roles & (1u << role)) == 0) {
        role++;
    }
    return (enum sandbox_role)role;
}

static void every_attempt_ends_otherwise_without_its_layers(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < sandbox_attempt_count; i++) {
        const struct sandbox_attempt *a = &sandbox_attempts[i];
        /* An ordinary user has neither of these two, with or without the sandbox. */
        const bool is_roots = (a->layers & ~(1u << SANDBOX_LAYER_CAPABILITIES |
                                               1u << SANDBOX_LAYER_USERS)) == 0 &&
                              geteuid() != 0;
        if (a->layers != 0 && !is_roots &&
            probe_outcome(first_role(a), i, a->layers) == a->expected) {
            print_message("%s: ends the same without its layers\n", a->name);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Those that truly get through once nothing stops them, so the attempt is a real one. */
static void the_telling_attempts_succeed_without_their_layers(void **state)
{
    static const char *const names[] = {"open /etc/passwd", "open /proc/self/status",
        "stat /etc/passwd", "reopen a read-only descriptor for writing", "exec", "fork",
        "signal the warden", "socket inet", "map executable memory",
        "make memory executable", "memory as a file", "leave the data directory upwards",
        "leave the data directory by an absolute path", "lock a read-only file",
        "read at an offset", "set a limit", "ask for processors",
        "semaphores of System V"};

    (void)state;
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        size_t i = probe_find(names[n]);
        unsigned layers = sandbox_attempts[i].layers;
        int found = probe_outcome(first_role(&sandbox_attempts[i]), i, layers);
        if (found != 0) {
            fail_msg("%s: %d (%s)", names[n], found, strerror(found));
        }
    }
}

#define WITHOUT(layer) (1u << SANDBOX_LAYER_##layer)

/* Where one layer is gone, the next one behind it answers, each in its own way. */
static void behind_each_layer_stands_another(void **state)
{
    static const struct {
        const char *name;
        enum sandbox_role role;
        unsigned without;
        int expected;
    } cases[] = {
        {"open /etc/passwd", SANDBOX_GATE, WITHOUT(SECCOMP), ENOENT},
        {"open /etc/passwd", SANDBOX_GATE, WITHOUT(SECCOMP) | WITHOUT(ROOT), EACCES},
        {"open /etc/passwd", SANDBOX_GATE, WITHOUT(SECCOMP) | WITHOUT(LANDLOCK), ENOENT},
        {"open /proc/self/status", SANDBOX_GATE, WITHOUT(SECCOMP) | WITHOUT(LANDLOCK),
            ENOENT},
        {"open /dev/null", SANDBOX_GATE, WITHOUT(SECCOMP) | WITHOUT(LANDLOCK), ENOENT},
        {"open /../etc/passwd", SANDBOX_GATE, WITHOUT(SECCOMP) | WITHOUT(LANDLOCK),
            ENOENT},
        {"bind a TCP port", SANDBOX_GATE, WITHOUT(SECCOMP), EACCES},
        {"connect by TCP", SANDBOX_GATE, WITHOUT(SECCOMP), EACCES},
        {"connect by TCP", SANDBOX_GATE, WITHOUT(SECCOMP) | WITHOUT(LANDLOCK),
            ENETUNREACH},
        {"be dumpable", SANDBOX_GATE, WITHOUT(SECCOMP), EPERM},
        {"signal the warden", SANDBOX_GATE,
            WITHOUT(SECCOMP) | WITHOUT(NAMESPACES) | WITHOUT(USERS), EPERM},
        {"fork", SANDBOX_GATE, WITHOUT(SECCOMP), EAGAIN},
        {"fork", SANDBOX_STORE, WITHOUT(SECCOMP), EAGAIN},
        {"signal the warden", SANDBOX_GATE, WITHOUT(SECCOMP), ESRCH},
        {"map executable memory", SANDBOX_GATE, WITHOUT(SECCOMP), EACCES},
        {"make memory executable", SANDBOX_GATE, WITHOUT(SECCOMP), EACCES},
        {"become root", SANDBOX_GATE, WITHOUT(SECCOMP), 0},
        {"chroot", SANDBOX_GATE, WITHOUT(SECCOMP), EPERM},
        {"mount", SANDBOX_GATE, WITHOUT(SECCOMP) | WITHOUT(LANDLOCK), EPERM},
        {"leave the data directory upwards", SANDBOX_STORE, WITHOUT(SECCOMP), EACCES},
    };

    (void)state;
    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        int found =
            probe_outcome(cases[n].role, probe_find(cases[n].name), cases[n].without);
        int expected = cases[n].expected;
        if (expected == 0) {
            expected =
                is_root() ? EPERM : EINVAL; /* no such user in a namespace of one */
        }
        if (found != expected) {
            fail_msg(
                "%s: %d (%s), not %d", cases[n].name, found, strerror(found), expected);
        }
    }
}

static void a_container_without_namespaces_is_verified_and_kills_too(void **state)
{
    struct sandbox container;
    struct sandbox_failure failure;
    char text[256];

    (void)state;
    if (!is_root()) {
        print_message("skipped: sandbox=container needs root\n");
        skip();
    }
    if (sandbox_prepare(&container, SANDBOX_CONTAINER, PROBE_UID_BASE, &failure) != OK) {
        fail_msg(
            "layer %s: %s", sandbox_layer_name(failure.layer), strerror(failure.error));
    }
    assert_int_equal(sandbox_add_program(
                         &container, PROBE_ROOT, probe_program_fd, NULL, NULL, &failure),
        OK);
    assert_int_equal(sandbox_seal(&container, &failure), OK);
    probe_sandbox = &container;
    for (unsigned role = SANDBOX_PORTER; role < SANDBOX_ROLE_COUNT; role++) {
        if (probe_verified((enum sandbox_role)role, 0, false, text, sizeof(text)) != OK) {
            fail_msg("%s: %s", sandbox_role_name((enum sandbox_role)role), text);
        }
    }
    assert_int_equal(probe_verified(SANDBOX_GATE, 1u << SANDBOX_LAYER_SECCOMP, false,
                         text, sizeof(text)),
        ERR_DENIED);
    for (size_t i = 0; i < sandbox_attempt_count; i++) {
        if ((sandbox_attempts[i].roles & (1u << SANDBOX_GATE)) != 0) {
            assert_int_equal(
                probe_outcome(SANDBOX_GATE, i, 0), sandbox_attempts[i].expected);
        }
    }
    probe_sandbox = &sandbox;
    sandbox_fini(&container);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attempt_ends_as_the_table_says),
        cmocka_unit_test(every_attempt_ends_otherwise_without_its_layers),
        cmocka_unit_test(the_telling_attempts_succeed_without_their_layers),
        cmocka_unit_test(behind_each_layer_stands_another),
        cmocka_unit_test(a_container_without_namespaces_is_verified_and_kills_too),
    };
    return cmocka_run_group_tests(tests, probe_set_up, probe_tear_down);
}
