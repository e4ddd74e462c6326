#include "test.h"

#include "policy_papers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char dir[64];
    char keys[80];
    char main_file[96];
    struct policy_papers papers;
    struct policy_collect_message why;
};

static void write_file(const struct place *p, const char *name, const char *text)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
    struct place *p = test_calloc(1, sizeof(*p));

    (void)snprintf(p->dir, sizeof(p->dir), "/tmp/schloss-papers-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->keys, sizeof(p->keys), "%s/keys", p->dir);
    (void)snprintf(p->main_file, sizeof(p->main_file), "%s/main.policy", p->dir);
    assert_int_equal(mkdir(p->keys, 0755), 0);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", p->dir);
    assert_int_equal(system(command), 0);
    test_free(p);
    return 0;
}

static void refused(struct place *p, const char *expected)
{
    assert_int_equal(
        policy_papers_read(p->main_file, p->keys, &p->papers, &p->why), ERR_INVALID);
    if (strstr(p->why.text, expected) == NULL) {
        fail_msg("expected: %s\ngot: %s", expected, p->why.text);
    }
}

static void manifest_signatures_and_keys_are_found(void **state)
{
    struct place *p = *state;

    write_file(p, "policy.manifest", "m");
    write_file(p, "policy.manifest.b.minisig", "sb");
    write_file(p, "policy.manifest.a.minisig", "sa");
    write_file(p, "policy.manifest.minisig", "no name");
    write_file(p, "policy.manifest.c.sig", "no signature");
    write_file(p, "keys/anna.pub", "k");
    write_file(p, "keys/.hidden.pub", "k");
    write_file(p, "keys/README", "text");
    assert_int_equal(policy_papers_read(p->main_file, p->keys, &p->papers, &p->why), OK);
    assert_int_equal(p->papers.manifest.length, 1);
    assert_int_equal(p->papers.signature_count, 2);
    assert_string_equal(p->papers.signatures[0].name, "policy.manifest.a.minisig");
    assert_memory_equal(p->papers.signatures[1].text, "sb", 2);
    assert_int_equal(p->papers.key_count, 1);
    assert_string_equal(p->papers.keys[0].name, "anna.pub");
    policy_papers_fini(&p->papers);
}

static void no_manifest_and_no_key_is_no_error_here(void **state)
{
    struct place *p = *state;

    assert_int_equal(policy_papers_read(p->main_file, p->keys, &p->papers, &p->why), OK);
    assert_int_equal(p->papers.manifest.length, 0);
    assert_string_equal(p->papers.manifest.name, "policy.manifest");
    assert_int_equal(p->papers.key_count, 0);
    policy_papers_fini(&p->papers);
    assert_int_equal(policy_papers_read(p->main_file, NULL, &p->papers, &p->why), OK);
    policy_papers_fini(&p->papers);
    assert_int_equal(rmdir(p->keys), 0);
    refused(p, "keys/.: can not be opened: No such file or directory");
}

static void keys_that_others_can_write_are_refused(void **state)
{
    struct place *p = *state;
    char path[128];

    write_file(p, "keys/anna.pub", "k");
    (void)snprintf(path, sizeof(path), "%s/anna.pub", p->keys);
    assert_int_equal(chmod(path, 0664), 0);
    refused(p, "anna.pub: decides who may sign and others may write to it");
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chmod(p->keys, 0777), 0);
    refused(p, "keys/.: decides who may sign and others may write to it");
}

static void links_and_what_is_no_file_are_refused(void **state)
{
    struct place *p = *state;
    char path[160];

    write_file(p, "elsewhere", "k");
    (void)snprintf(path, sizeof(path), "%s/anna.pub", p->keys);
    assert_int_equal(symlink("../elsewhere", path), 0);
    refused(p, "anna.pub: can not be opened: it is a symbolic link");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0755), 0);
    refused(p, "anna.pub: is not a regular file");
    assert_int_equal(rmdir(path), 0);
    (void)snprintf(path, sizeof(path), "%s/policy.manifest", p->dir);
    assert_int_equal(mkfifo(path, 0644), 0);
    refused(p, "policy.manifest: is not a regular file");
}

static void what_is_too_large_or_too_many_is_refused(void **state)
{
    struct place *p = *state;
    char text[5000];
    char name[64];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    write_file(p, "keys/anna.pub", text);
    refused(p, "anna.pub: is larger than 4096 bytes");
    write_file(p, "keys/anna.pub", "");
    for (int i = 0; i < POLICY_PAPERS_EACH_MAX; i++) {
        (void)snprintf(name, sizeof(name), "keys/k%d.pub", i);
        write_file(p, name, "k");
    }
    refused(p, "is one more than 32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_A_PLACE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        IN_A_PLACE(manifest_signatures_and_keys_are_found),
        IN_A_PLACE(no_manifest_and_no_key_is_no_error_here),
        IN_A_PLACE(keys_that_others_can_write_are_refused),
        IN_A_PLACE(links_and_what_is_no_file_are_refused),
        IN_A_PLACE(what_is_too_large_or_too_many_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
