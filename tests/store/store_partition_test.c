#include "store_world.h"

#include "wire_code.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct world w;
static const struct world_options plain;

static int start(void **state)
{
    (void)state;
    world_start(&w, &plain);
    (void)world_gate(&w, 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)world_stop(&w);
    world_remove(&w);
    return 0;
}

static bool exists(const char *name)
{
    char path[400];

    (void)snprintf(path, sizeof(path), "%s/%s", w.path, name);
    return access(path, F_OK) == 0;
}

static void make(const char *name)
{
    char path[400];

    (void)snprintf(path, sizeof(path), "%s/%s", w.path, name);
    assert_int_equal(mkdir(path, 0750), 0);
}

/* How many entries begin and end so. */
static int count_names(const char *prefix, const char *suffix)
{
    DIR *d = opendir(w.path);
    struct dirent *entry;
    int count = 0;

    assert_non_null(d);
    while ((entry = readdir(d)) != NULL) {
        size_t len = strlen(entry->d_name);
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
                 len >= strlen(suffix) &&
                 strcmp(entry->d_name + len - strlen(suffix), suffix) == 0;
    }
    (void)closedir(d);
    return count;
}

static void grant_both(uint8_t topic)
{
    world_grant(&w, 1, 11, topic, IPC_OPERATION_WRITE);
    world_grant(&w, 1, 12, topic, IPC_OPERATION_READ);
}

static int64_t fetch_count(void)
{
    const struct ipc_fetched *f =
        world_fetched(&w, 1, world_fetch(&w, 1, &(struct world_fetch){.handle = 12}));

    assert_int_equal(f->error, 0);
    return world_records(f, 0);
}

static void a_partition_is_made_only_where_that_is_asked(void **state)
{
    (void)state;
    assert_int_equal(world_open(&w, 1, 0, false), WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_false(exists("topic-1-0"));
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    assert_int_equal(w.last.body.partition_opened.log_end_offset, 0);
    assert_true(exists("topic-1-0/partition.metadata"));
    assert_int_equal(world_open(&w, 1, 0, true), 0); /* again: the same */
}

static void names_that_could_leave_the_directory_are_refused(void **state)
{
    static const char *const names[] = {"", ".", "..", "a/b", "../x", "/", "a b", "a\nb"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct ipc_partition_open open = {
            .topic_id = world_topic(9), .topic = ipc_text(names[i]), .create = 1};
        assert_int_equal(
            ipc_channel_send(&w.broker, IPC_MSG_PARTITION_OPEN, 1, &open, -1), OK);
        assert_int_equal(
            world_expect(&w, &w.broker, IPC_MSG_PARTITION_OPENED)->partition_opened.error,
            WIRE_CODE_INVALID_TOPIC_EXCEPTION);
    }
}

static void an_id_has_one_name(void **state)
{
    struct ipc_partition_open open = {
        .topic_id = world_topic(1), .topic = ipc_text("other"), .create = 1};

    (void)state;
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    assert_int_equal(
        ipc_channel_send(&w.broker, IPC_MSG_PARTITION_OPEN, 1, &open, -1), OK);
    assert_int_equal(
        world_expect(&w, &w.broker, IPC_MSG_PARTITION_OPENED)->partition_opened.error,
        WIRE_CODE_INVALID_TOPIC_EXCEPTION);
    assert_false(exists("other-0"));
}

static void a_stop_before_all_is_named_is_not_called_clean(void **state)
{
    (void)state;
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    assert_false(world_stop(&w));
    assert_false(exists(STORE_CLEAN_FILE));
    (void)start(NULL);
}

static void a_restart_keeps_the_data(void **state)
{
    (void)state;
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    grant_both(1);
    for (int clean = 0; clean < 2; clean++) {
        int64_t before = world_write(&w, 1, 11, 5) + 5;
        world_named(&w);
        if (clean != 0) {
            assert_true(world_stop(&w));
            assert_true(exists(STORE_CLEAN_FILE));
        } else {
            world_crash(&w);
        }
        (void)start(NULL);
        assert_int_equal(w.store.was_clean, clean);
        assert_false(exists(STORE_CLEAN_FILE));
        assert_int_equal(world_open(&w, 1, 0, true), 0);
        assert_int_equal(w.last.body.partition_opened.log_end_offset, before);
        grant_both(1);
        assert_int_equal(fetch_count(), before);
    }
}

static void the_identity_stays(void **state)
{
    struct store_identity before = w.store.identity;

    (void)state;
    world_crash(&w);
    assert_true(before.is_new);
    (void)start(NULL);
    assert_false(w.store.identity.is_new);
    before.is_new = false;
    assert_memory_equal(&before, &w.store.identity, sizeof(before));
}

static void a_directory_of_another_topic_id_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    struct ipc_partition_open open = {
        .topic_id = world_topic(2), .topic = ipc_text("topic-1"), .create = 1};
    assert_int_equal(
        ipc_channel_send(&w.broker, IPC_MSG_PARTITION_OPEN, 1, &open, -1), OK);
    assert_int_equal(
        world_expect(&w, &w.broker, IPC_MSG_PARTITION_OPENED)->partition_opened.error,
        WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_int_equal(world_drop(&w, 2, 0), 0);
    assert_true(exists("topic-1-0"));
    world_named(&w);
    assert_true(exists("topic-1-0"));
}

static void a_dropped_partition_is_moved_and_then_removed(void **state)
{
    (void)state;
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    grant_both(1);
    struct world_fetch f = {.handle = 12, .max_wait_ms = 60000, .min_bytes = 1};
    uint64_t request = world_fetch(&w, 1, &f);
    world_expect_silence(&w, &w.gates[0]);
    assert_int_equal(world_drop(&w, 1, 0), 0);
    assert_int_equal(world_fetched(&w, 1, request)->error, IPC_ERROR_NO_GRANT);
    assert_false(exists("topic-1-0"));
    assert_int_equal(world_drop(&w, 1, 0), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    while (count_names("topic-1-0.", "-delete") > 0) {
        assert_int_equal(loop_once(w.store.role.loop, 10), OK);
    }
    assert_int_equal(world_open(&w, 1, 0, true), 0); /* the name is free again */
    assert_int_equal(w.last.body.partition_opened.log_end_offset, 0);
}

static void what_no_record_names_is_set_aside(void **state)
{
    static const char left[] = "old-3.0123456789abcdef0123456789abcdef-delete";

    (void)state;
    make("stranger-0");
    make("no_number");
    make(left);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    world_named(&w);
    assert_false(exists("stranger-0"));
    assert_int_equal(count_names("quarantine.stranger-0.", ""), 1);
    assert_true(exists("no_number"));
    assert_true(exists("topic-1-0"));
    while (exists(left)) {
        assert_int_equal(loop_once(w.store.role.loop, 10), OK);
    }
    world_crash(&w);
    (void)start(NULL);
    world_named(&w); /* quarantined once is enough */
    assert_int_equal(count_names("quarantine.stranger-0.", ""), 1);
}

static void a_partition_that_can_not_be_opened_is_not_set_aside(void **state)
{
    char path[400];

    (void)state;
    make("topic-1-0");
    (void)snprintf(path, sizeof(path), "%s/topic-1-0/00000000000000000000.log", w.path);
    assert_int_equal(mkdir(path, 0750), 0); /* a log that is no file */
    assert_int_equal(world_open(&w, 1, 0, true), WIRE_CODE_KAFKA_STORAGE_ERROR);
    /* Who wants to read it is told as often as he asks; new settings wait for better
     * days. */
    assert_int_equal(world_open(&w, 1, 0, false), WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_int_equal(world_reconfigure(&w, 1, 0), 0);
    world_named(&w);
    assert_true(exists("topic-1-0"));
    grant_both(1);
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, 1, 1)),
        WIRE_CODE_KAFKA_STORAGE_ERROR);
    struct world_fetch f = {.handle = 12};
    assert_int_equal(world_fetched(&w, 1, world_fetch(&w, 1, &f))->error,
        WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_false(world_stop(&w)); /* and so this was no clean stop */
    (void)start(NULL);
}

static int16_t read_at(int64_t offset, uint32_t max_bytes)
{
    struct ipc_read read = {
        .topic_id = world_topic(1), .offset = offset, .max_bytes = max_bytes};

    assert_int_equal(ipc_channel_send(&w.broker, IPC_MSG_READ, 4, &read, -1), OK);
    return world_expect(&w, &w.broker, IPC_MSG_READ_DATA)->read_data.error;
}

static void broker_reads_whole_batches_back(void **state)
{
    (void)state;
    assert_int_equal(read_at(0, 1), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    grant_both(1);
    (void)world_write(&w, 1, 11, 2);
    (void)world_write(&w, 1, 11, 3);
    assert_int_equal(read_at(0, 1), 0);
    assert_int_equal(w.last.body.read_data.log_end_offset, 5);
    struct ipc_fetched one = {.records = w.last.body.read_data.records};
    assert_int_equal(world_records(&one, 0), 2);
    assert_int_equal(read_at(2, 1 << 20), 0);
    struct ipc_fetched two = {.records = w.last.body.read_data.records};
    assert_int_equal(world_records(&two, 2), 3);
    assert_int_equal(read_at(5, 1 << 20), 0);
    assert_int_equal(w.last.body.read_data.records.len, 0);
    assert_int_equal(read_at(6, 1), WIRE_CODE_OFFSET_OUT_OF_RANGE);
}

static int16_t query(int64_t timestamp)
{
    struct ipc_offset_query q = {.topic_id = world_topic(1), .timestamp = timestamp};

    assert_int_equal(ipc_channel_send(&w.broker, IPC_MSG_OFFSET_QUERY, 4, &q, -1), OK);
    return world_expect(&w, &w.broker, IPC_MSG_OFFSET_ANSWER)->offset_answer.error;
}

static void check_query(int64_t timestamp, int64_t offset, int64_t found)
{
    assert_int_equal(query(timestamp), 0);
    assert_int_equal(w.last.body.offset_answer.offset, offset);
    assert_int_equal(w.last.body.offset_answer.timestamp, found);
}

static void offsets_are_found_by_time_and_by_name(void **state)
{
    (void)state;
    assert_int_equal(query(-1), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    grant_both(1);
    check_query(-1, 0, -1);
    (void)world_write(&w, 1, 11, 4); /* BATCH_NOW to BATCH_NOW + 3 */
    check_query(-1, 4, -1);
    assert_int_equal(w.last.body.offset_answer.leader_epoch, 3);
    check_query(-2, 0, -1);
    check_query(-3, 3, BATCH_NOW + 3);
    check_query(-4, 0, -1);
    check_query(-5, -1, -1);
    check_query(-6, -1, -1);
    assert_int_equal(query(-7), WIRE_CODE_UNSUPPORTED_VERSION);
    check_query(0, 0, BATCH_NOW);
    check_query(BATCH_NOW + 2, 2, BATCH_NOW + 2);
    check_query(BATCH_NOW + 4, -1, -1);
    /* Acknowledged and not durable yet: who asks waits until it is. */
    assert_int_equal(world_produced(&w, 1, world_produce(&w, 1, 11, 1, 6)), 0);
    check_query(-1, 10, -1);
}

static bool sync_fails;

static int hooked_sync_dir(void *context, int dir)
{
    struct log_fs posix = log_fs_posix();

    return sync_fails && dir == w.store.data_dir ? -EIO
                                                 : posix.ops->sync_dir(context, dir);
}

static void a_lost_sync_of_the_directory_is_not_forgiven(void **state)
{
    static struct log_fs_ops ops;

    for (int by_drop = 0; by_drop < 2; by_drop++) {
        assert_int_equal(world_open(&w, 1, 0, true), 0);
        grant_both(1);
        ops = *w.store.files.fs.ops;
        ops.sync_dir = hooked_sync_dir;
        w.store.files.fs.ops = &ops;
        sync_fails = true;
        assert_int_equal(by_drop != 0 ? world_drop(&w, 1, 0) : world_open(&w, 2, 0, true),
            WIRE_CODE_KAFKA_STORAGE_ERROR);
        sync_fails = false;
        assert_int_equal(world_open(&w, 2, 0, true), WIRE_CODE_KAFKA_STORAGE_ERROR);
        assert_int_equal(world_open(&w, 3, 0, true), WIRE_CODE_KAFKA_STORAGE_ERROR);
        assert_false(exists("topic-3-0"));
        assert_int_equal(world_drop(&w, 1, 0), WIRE_CODE_KAFKA_STORAGE_ERROR);
        (void)world_write(&w, 1, 11, 1); /* what is open goes on */
        world_named(&w);
        assert_false(world_stop(&w));
        (void)start(NULL);
        assert_int_equal(world_open(&w, 2, 0, true), 0);
        (void)stop(state);
        (void)start(state);
    }
}

static void partitions_are_as_many_as_there_are_descriptors(void **state)
{
    (void)state;
    assert_int_equal(store_partitions_max(0), 64);
    assert_int_equal(store_partitions_max(12000 + 5 * 63), 64);
    assert_int_equal(store_partitions_max(12000 + 5 * 65 - 1), 64);
    assert_int_equal(store_partitions_max(12000 + 5 * 65), 65);
    assert_int_equal(store_partitions_max(65536), 10707);
    assert_int_equal(store_segments_max(0), 64);
    assert_int_equal(store_segments_max(65536), 3569);
    assert_int_equal(store_partitions_max(12000 + 5 * (uint64_t)STORE_PARTITIONS_MAX + 5),
        STORE_PARTITIONS_MAX);
    assert_int_equal(store_partitions_max(UINT64_MAX), STORE_PARTITIONS_MAX);
    w.store.partitions.limit = 2;
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    assert_int_equal(world_open(&w, 2, 0, true), 0);
    assert_int_equal(world_open(&w, 3, 0, true), WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_true(w.store.said_no_room);
    assert_false(exists("topic-3-0"));
    assert_int_equal(world_open(&w, 1, 0, true), 0); /* it is there already */
    assert_int_equal(world_drop(&w, 1, 0), 0);
    assert_int_equal(world_open(&w, 3, 0, true), 0);
}

static void damage_is_no_torn_tail(void **state)
{
    char path[400];
    uint8_t byte = 0;

    (void)state;
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    grant_both(1);
    (void)world_write(&w, 1, 11, 2);
    (void)world_write(&w, 1, 11, 2);
    world_crash(&w);
    (void)snprintf(path, sizeof(path), "%s/topic-1-0/00000000000000000000.log", w.path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, 70), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 70), 1);
    (void)close(fd);
    (void)start(NULL);
    assert_int_equal(world_open(&w, 1, 0, true), WIRE_CODE_KAFKA_STORAGE_ERROR);
    byte ^= 1;
    fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, &byte, 1, 70), 1);
    (void)close(fd);
    assert_int_equal(world_open(&w, 1, 0, true), 0);
    assert_int_equal(w.last.body.partition_opened.log_end_offset, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_partition_is_made_only_where_that_is_asked),
        TEST(names_that_could_leave_the_directory_are_refused),
        TEST(an_id_has_one_name),
        TEST(a_stop_before_all_is_named_is_not_called_clean),
        TEST(a_restart_keeps_the_data),
        TEST(the_identity_stays),
        TEST(a_directory_of_another_topic_id_is_left_alone),
        TEST(a_dropped_partition_is_moved_and_then_removed),
        TEST(what_no_record_names_is_set_aside),
        TEST(a_partition_that_can_not_be_opened_is_not_set_aside),
        TEST(broker_reads_whole_batches_back),
        TEST(offsets_are_found_by_time_and_by_name),
        TEST(a_lost_sync_of_the_directory_is_not_forgiven),
        TEST(partitions_are_as_many_as_there_are_descriptors),
        TEST(damage_is_no_torn_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
