/* audit_trail: the process's files, behind a stop, a crash, and somebody's hand. */
#include "audit_trail.h"

#include "auditlog_verify.h"
#include "auditlog_write.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static struct auditlog_crypto crypto;
static struct audit_trail trail;
static struct audit_times now;
static char bytes[AUDIT_TAIL_BYTES];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/audit_trail_test.XXXXXX");
    now = (struct audit_times){1790000000000, 1000};
    return mkdtemp(dir) != NULL && auditlog_crypto_open(&crypto, false) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    auditlog_crypto_close(&crypto);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static int open_at(const char *name, int flags)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

static size_t read_file(const char *name)
{
    int fd = open_at(name, O_RDONLY);
    off_t size = lseek(fd, 0, SEEK_END);
    off_t most = (off_t)sizeof(bytes);

    (void)lseek(fd, size > most ? size - most : 0, SEEK_SET);
    ssize_t n = read(fd, bytes, sizeof(bytes));

    assert_true(n >= 0);
    assert_int_equal(close(fd), 0);
    return (size_t)n;
}

static void put(const char *name, const char *text, size_t length, int flags)
{
    int fd = open_at(name, O_WRONLY | flags);

    assert_int_equal(write(fd, text, length), (ssize_t)length);
    assert_int_equal(close(fd), 0);
}

/* As the process begins: behind the end of `past`. */
static enum err resume(const char *past, const char *previous)
{
    struct audit_tail tail;

    assert_int_equal(
        audit_trail_init(&trail, &crypto, open_at("audit.log", O_WRONLY | O_APPEND)), OK);
    trail.key_fd = open_at("audit.key", O_RDWR);
    enum err e = audit_trail_load(&trail);
    if (e != OK) {
        return e;
    }
    size_t length = read_file(past);
    const struct audit_bytes end = {bytes, length, length < sizeof(bytes)};
    assert_int_equal(audit_tail_read(&crypto, &end, &trail.key.signed_to, &tail), OK);
    trail.anchor_fds[AUDIT_ANCHOR_HEAD] = open_at("audit.head", O_RDWR);
    now.wall_ms += 1000;
    now.mono_ms += 1000;
    return audit_trail_resume(&trail, AUDITLOG_ED25519, &tail, previous, now);
}

static void event(void)
{
    struct buf *out = audit_trail_open(&trail);

    buf_add_format(out,
        "{\"time\":\"2026-09-21T14:13:21.000Z\",\"seq\":%llu,\"source\":\"broker\","
        "\"event\":\"admin\"",
        (unsigned long long)trail.chain.seq + 1);
    assert_int_equal(audit_trail_close(&trail), OK);
}

static void events(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        event();
    }
    assert_int_equal(audit_trail_checkpoint(&trail, now), OK);
    assert_int_equal(audit_trail_sync(&trail, now), OK);
}

static void stop(void)
{
    assert_int_equal(audit_trail_stop(&trail, now), OK);
    audit_trail_fini(&trail);
}

/* No word of farewell. */
static void crash(void)
{
    audit_trail_fini(&trail);
}

static struct {
    uint64_t problems;
    uint64_t notes;
    uint64_t line;
    char text[512];
    char note[512];
} said;

static void on_finding(void *context, const struct auditlog_finding *f)
{
    (void)context;
    if (f->severity == AUDITLOG_PROBLEM && said.problems++ == 0) {
        said.line = f->place->line;
        (void)snprintf(said.text, sizeof(said.text), "%s", f->text);
    }
    if (f->severity == AUDITLOG_NOTE) {
        said.notes++;
        (void)snprintf(said.note, sizeof(said.note), "%s", f->text);
    }
}

static bool verify(const char *first, const char *second)
{
    static struct auditlog_verify v;
    struct auditlog_known known = {.has_anchor = true};
    const char *names[] = {first, second};

    memset(&said, 0, sizeof(said));
    size_t length = read_file("audit.head");
    assert_int_equal(auditlog_anchor_find(bytes, length, &known.anchor), OK);
    auditlog_verify_init(&v, &crypto, &known, on_finding, NULL);
    for (size_t i = 0; i < 2 && names[i] != NULL; i++) {
        length = read_file(names[i]);
        auditlog_verify_file(&v, names[i]);
        auditlog_verify_bytes(&v, bytes, length);
    }
    return auditlog_verify_end(&v);
}

static void check_whole(const char *first, const char *second)
{
    if (!verify(first, second)) {
        fail_msg("line %llu: %s", (unsigned long long)said.line, said.text);
    }
}

static void cut_to(const char *name, off_t length)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(truncate(path, length), 0);
}

static void rename_to(const char *from, const char *to)
{
    char a[128];
    char b[128];

    (void)snprintf(a, sizeof(a), "%s/%s", dir, from);
    (void)snprintf(b, sizeof(b), "%s/%s", dir, to);
    assert_int_equal(rename(a, b), 0);
}

static void a_trail_goes_on_behind_a_stop_without_a_gap(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(resume("audit.log", NULL), OK);
        events(5);
        stop();
    }
    check_whole("audit.log", NULL);
    assert_int_equal(said.notes, 0);
}

static void behind_a_crash_a_gap_says_so(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(5);
    event();
    event(); /* never written */
    crash();
    assert_int_equal(resume("audit.log", NULL), OK);
    events(5);
    stop();
    check_whole("audit.log", NULL);
    assert_int_equal(said.notes, 1);
    assert_non_null(strstr(said.note, "without a signed end"));
}

static void a_crash_within_a_line_is_told_wherever_it_was(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(3);
    crash();
    const size_t length = read_file("audit.log");
    static char whole[AUDIT_TAIL_BYTES];
    memcpy(whole, bytes, length);
    for (size_t torn = 1; torn < 60; torn++) {
        put("audit.log", whole, length, O_TRUNC);
        put("audit.log", whole, torn, O_APPEND);
        assert_int_equal(resume("audit.log", NULL), OK);
        events(2);
        stop();
        check_whole("audit.log", NULL);
        assert_int_equal(said.notes, 2);
        cut_to("audit.key", 0); /* a state of that moment is not kept: begin anew */
        cut_to("audit.log", 0);
        assert_int_equal(resume("audit.log", NULL), OK);
        events(3);
        crash();
        memcpy(whole, bytes, read_file("audit.log"));
    }
}

static void two_crashes_within_lines_are_told_both(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(3);
    crash();
    for (int i = 0; i < 2; i++) {
        put("audit.log", "{\"time\":\"2026\n{\"x", 17, O_APPEND);
        put("audit.log", "\n", 1, O_APPEND);
        put("audit.log", "{\"time\"", 7, O_APPEND);
        assert_int_equal(resume("audit.log", NULL), OK);
        crash();
    }
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    check_whole("audit.log", NULL);
}

static void a_last_line_that_lacks_its_newline_only_is_kept(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(3);
    crash();
    cut_to("audit.log", (off_t)read_file("audit.log") - 1);
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    check_whole("audit.log", NULL);
}

static void signed_records_that_are_gone_are_missed_when_it_goes_on(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(3);
    off_t before = (off_t)read_file("audit.log");
    events(3);
    stop();
    cut_to("audit.log", before);
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    assert_false(verify("audit.log", NULL));
    assert_non_null(strstr(said.text, "they were gone when the trail went on"));
}

static void files_that_are_gone_are_missed_when_it_goes_on(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(3);
    stop();
    cut_to("audit.log", 0);
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    assert_false(verify("audit.log", NULL));
    assert_int_equal(said.line, 1);
    assert_non_null(strstr(said.text, "are missing: the files before this one"));
}

/* What somebody without the key can do: the lines behind `keep` bytes anew, with hashes. */
static void forge(size_t keep, size_t count)
{
    struct auditlog_record r;
    struct auditlog_chain chain;
    struct buf out;

    size_t start = keep - 1;
    while (start > 0 && bytes[start - 1] != '\n') {
        start--;
    }
    assert_int_equal(auditlog_record_read(bytes + start, keep - start - 1, &r), OK);
    chain.seq = r.seq;
    memcpy(chain.hash, r.hash, sizeof(r.hash));
    buf_init(&out, sizeof(bytes));
    for (size_t i = 0; i < count; i++) {
        size_t at = out.length;
        buf_add_format(&out,
            "{\"time\":\"2026-09-21T14:13:21.000Z\",\"seq\":%llu,\"source\":\"broker\","
            "\"event\":\"forged\"",
            (unsigned long long)chain.seq + 1);
        assert_int_equal(auditlog_write_end(&chain, &crypto, &out, at), OK);
    }
    cut_to("audit.log", (off_t)keep);
    put("audit.log", (const char *)out.bytes, out.length, O_APPEND);
    buf_fini(&out);
}

/* It must not sign what somebody put into the place of what it had signed. */
static void signed_records_that_were_rewritten_are_never_signed_as_genuine(void **state)
{
    (void)state;
    for (size_t count = 4; count < 8; count++) {
        assert_int_equal(resume("audit.log", NULL), OK);
        events(3);
        size_t keep = read_file("audit.log");
        events(3); /* and a checkpoint: four lines */
        crash();
        (void)read_file("audit.log");
        forge(keep, count);
        assert_int_equal(resume("audit.log", NULL), OK);
        stop();
        assert_false(verify("audit.log", NULL));
        assert_non_null(strstr(said.text, "the file was rewritten"));
        cut_to("audit.log", 0);
        cut_to("audit.key", 0);
    }
}

/* However long the lines are, what was signed last is in what is looked at. */
static void a_crash_behind_many_long_lines_is_no_rewriting(void **state)
{
    static char text[60000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    assert_int_equal(resume("audit.log", NULL), OK);
    for (int i = 0; i < 40; i++) {
        struct buf *out = audit_trail_open(&trail);
        buf_add_format(out,
            "{\"time\":null,\"seq\":%llu,\"source\":\"broker\",\"event\":\"",
            (unsigned long long)trail.chain.seq + 1);
        buf_add_text(out, text);
        buf_add_text(out, "\"");
        assert_int_equal(audit_trail_close(&trail), OK);
        if (audit_trail_is_full(&trail)) {
            assert_int_equal(audit_trail_checkpoint(&trail, now), OK);
            assert_int_equal(audit_trail_sync(&trail, now), OK);
        }
    }
    crash();
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    size_t length = read_file("audit.log");
    assert_int_equal(length, sizeof(bytes)); /* there is more before it */
    assert_null(memmem(bytes, length, "rewritten", 9));
    assert_non_null(memmem(bytes, length, "without a signed end", 20));
}

static void the_chain_goes_on_in_the_next_file(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(3);
    rename_to("audit.log", "audit-000001.log");
    assert_int_equal(audit_trail_next(&trail, open_at("audit.log", O_WRONLY | O_APPEND),
                         "audit-000001.log", now),
        OK);
    events(3);
    stop();
    check_whole("audit-000001.log", "audit.log");
    assert_false(verify("audit.log", NULL));
    assert_false(verify("audit-000001.log", NULL));
}

static void a_crash_between_two_files_is_told(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(3);
    crash();
    put("audit.log", "{\"time\":\"2", 10, O_APPEND);
    rename_to("audit.log", "audit-000001.log");
    assert_int_equal(resume("audit-000001.log", "audit-000001.log"), OK);
    events(3);
    stop();
    check_whole("audit-000001.log", "audit.log");
    assert_int_equal(said.notes, 2);
}

static void a_key_is_used_for_so_many_checkpoints_and_then_wiped(void **state)
{
    uint8_t secret[AUDITLOG_SECRET];

    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    memcpy(secret, trail.key.now.secret, sizeof(secret));
    for (int i = 0; i < AUDIT_EPOCH_RECORDS; i++) {
        event();
        assert_int_equal(audit_trail_checkpoint(&trail, now), OK);
    }
    assert_int_equal(trail.key.epoch, 1);
    assert_memory_not_equal(trail.key.now.secret, secret, sizeof(secret));
    stop();
    size_t length = read_file("audit.key");
    assert_int_equal(length, AUDITLOG_SLOT_AT + AUDITLOG_SLOT);
    assert_null(memmem(bytes, length, secret, sizeof(secret)));
    assert_int_equal(resume("audit.log", NULL), OK);
    assert_int_equal(trail.key.epoch, 3); /* of the stop, of the start */
    stop();
}

static bool file_has(const char *name, const void *secret)
{
    size_t length = read_file(name);

    return memmem(bytes, length, secret, AUDITLOG_SECRET) != NULL;
}

/* However quiet it is: who takes the machine afterwards finds no key of the day before. */
static void the_key_of_before_a_stop_is_nowhere_behind_it(void **state)
{
    uint8_t secret[AUDITLOG_SECRET];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(resume("audit.log", NULL), OK);
        memcpy(secret, trail.key.now.secret, sizeof(secret));
        events(1);
        assert_true(file_has("audit.key", secret));
        stop();
        assert_false(file_has("audit.key", secret));
    }
    assert_int_equal(resume("audit.log", NULL), OK);
    assert_int_equal(trail.key.epoch, 6);
    stop();
    check_whole("audit.log", NULL);
}

static void the_key_of_before_a_crash_is_nowhere_behind_the_next_start(void **state)
{
    uint8_t secret[AUDITLOG_SECRET];

    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(trail.key.epoch, i);
        memcpy(secret, trail.key.now.secret, sizeof(secret));
        events(1);
        crash();
        assert_true(file_has("audit.key", secret));
        assert_int_equal(resume("audit.log", NULL), OK);
        assert_false(file_has("audit.key", secret));
    }
    stop();
    check_whole("audit.log", NULL);
    assert_int_equal(said.notes, 3);
}

static void a_start_without_events_makes_no_more_keys_than_one(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(resume("audit.log", NULL), OK);
        uint64_t epoch = trail.key.epoch;
        assert_int_equal(audit_trail_turn(&trail, now), OK);
        assert_int_equal(audit_trail_turn(&trail, now), OK);
        assert_int_equal(trail.key.epoch, epoch);
        stop();
    }
    check_whole("audit.log", NULL);
}

static void a_key_that_signed_anything_turns_though_nothing_comes(void **state)
{
    uint8_t secret[AUDITLOG_SECRET];

    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(3);
    event(); /* which is not signed yet */
    memcpy(secret, trail.key.now.secret, sizeof(secret));
    assert_int_equal(audit_trail_turn(&trail, now), OK);
    assert_int_equal(trail.key.epoch, 1);
    assert_false(file_has("audit.key", secret));
    assert_int_equal(audit_trail_sync(&trail, now), OK);
    crash();
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    check_whole("audit.log", NULL);
}

static void a_key_is_used_for_so_long(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    now.mono_ms += AUDIT_EPOCH_MS;
    events(1);
    assert_int_equal(trail.key.epoch, 1);
    stop();
    check_whole("audit.log", NULL);
}

static void a_crash_behind_the_announcement_of_a_key_goes_on_with_that_key(void **state)
{
    static char key[AUDITLOG_SLOT_AT + AUDITLOG_SLOT];

    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(1);
    memcpy(key, bytes, read_file("audit.key"));
    now.mono_ms += AUDIT_EPOCH_MS;
    events(1);
    crash();
    put("audit.key", key, sizeof(key), 0); /* as it was before it evolved */
    assert_int_equal(resume("audit.log", NULL), OK);
    assert_int_equal(trail.key.epoch, 2); /* that key, and the one of the start */
    stop();
    check_whole("audit.log", NULL);
}

static void a_damaged_or_missing_key_begins_no_second_trail(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    cut_to("audit.key", 100);
    assert_int_equal(resume("audit.log", NULL), ERR_CORRUPT);
    crash();
    cut_to("audit.key", 0);
    assert_int_equal(resume("audit.log", NULL), ERR_EXISTS);
    crash();
}

static void one_slot_of_the_key_is_enough(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    events(2);
    stop();
    put("audit.key", "damaged", 7, 0);
    assert_int_equal(resume("audit.log", NULL), OK);
    stop();
    check_whole("audit.log", NULL);
}

/* What came to syslog since it was asked last. */
static unsigned told(int fd)
{
    char line[4096];
    unsigned count = 0;

    while (recv(fd, line, sizeof(line), MSG_DONTWAIT) > 0) {
        count++;
    }
    return count;
}

static void syslog_is_told_once_a_minute_and_of_the_last_however_quiet_it_is(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    assert_int_equal(resume("audit.log", NULL), OK);
    audit_trail_anchor(&trail, AUDIT_ANCHOR_SYSLOG, ends[0]);
    events(1);
    assert_int_equal(told(ends[1]), 1);
    now.mono_ms += AUDIT_SYSLOG_MS - 2;
    events(1);
    events(1);
    assert_int_equal(told(ends[1]), 0);
    now.mono_ms += 2;
    assert_int_equal(audit_trail_sync(&trail, now), OK);
    assert_int_equal(told(ends[1]), 1);
    now.mono_ms += AUDIT_SYSLOG_MS;
    assert_int_equal(audit_trail_sync(&trail, now), OK);
    assert_int_equal(told(ends[1]), 0);
    stop();
    assert_int_equal(told(ends[1]), 1);
    assert_int_equal(close(ends[1]), 0);
}

static void an_anchor_that_fails_is_told_again_where_another_takes_its_place(void **state)
{
    int ends[2];
    int others[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, others), 0);
    assert_int_equal(resume("audit.log", NULL), OK);
    audit_trail_anchor(&trail, AUDIT_ANCHOR_SYSLOG, ends[0]);
    assert_int_equal(close(ends[1]), 0);
    events(1);
    assert_true(trail.anchor_failed[AUDIT_ANCHOR_SYSLOG]);
    audit_trail_anchor(&trail, AUDIT_ANCHOR_SYSLOG, others[0]);
    assert_int_equal(audit_trail_sync(&trail, now), OK);
    assert_int_equal(told(others[1]), 1);
    crash();
    assert_int_equal(close(others[1]), 0);
}

static void what_can_not_be_written_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(resume("audit.log", NULL), OK);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(dup2(full, trail.log_fd), trail.log_fd);
    assert_int_equal(close(full), 0);
    event();
    assert_int_equal(audit_trail_sync(&trail, now), ERR_IO);
    crash();
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_trail_goes_on_behind_a_stop_without_a_gap),
        CASE(behind_a_crash_a_gap_says_so),
        CASE(a_crash_within_a_line_is_told_wherever_it_was),
        CASE(two_crashes_within_lines_are_told_both),
        CASE(a_last_line_that_lacks_its_newline_only_is_kept),
        CASE(signed_records_that_are_gone_are_missed_when_it_goes_on),
        CASE(files_that_are_gone_are_missed_when_it_goes_on),
        CASE(signed_records_that_were_rewritten_are_never_signed_as_genuine),
        CASE(a_crash_behind_many_long_lines_is_no_rewriting),
        CASE(the_chain_goes_on_in_the_next_file),
        CASE(a_crash_between_two_files_is_told),
        CASE(a_key_is_used_for_so_many_checkpoints_and_then_wiped),
        CASE(a_key_is_used_for_so_long),
        CASE(the_key_of_before_a_stop_is_nowhere_behind_it),
        CASE(the_key_of_before_a_crash_is_nowhere_behind_the_next_start),
        CASE(a_start_without_events_makes_no_more_keys_than_one),
        CASE(a_key_that_signed_anything_turns_though_nothing_comes),
        CASE(a_crash_behind_the_announcement_of_a_key_goes_on_with_that_key),
        CASE(a_damaged_or_missing_key_begins_no_second_trail),
        CASE(one_slot_of_the_key_is_enough),
        CASE(syslog_is_told_once_a_minute_and_of_the_last_however_quiet_it_is),
        CASE(an_anchor_that_fails_is_told_again_where_another_takes_its_place),
        CASE(what_can_not_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
