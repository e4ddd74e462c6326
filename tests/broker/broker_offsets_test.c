#include "broker_group_client.h"

static const struct wire_uuid no_id;

static void what_is_committed_is_fetched(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    client_become_stable(&c);
    assert_int_equal(
        client_commit(&c,
            &(struct commit){
                .topic = "t", .partition = 0, .offset = 42, .metadata = "note"}),
        WIRE_CODE_NONE);
    const struct offset_fetch_response_group *g = client_fetch(&c, 9, "t", no_id);
    assert_int_equal(g->error_code, WIRE_CODE_NONE);
    const struct offset_fetch_response_topics *topic = g->topics.items;
    fixture_assert_text(topic->name, "t");
    const struct offset_fetch_response_partitions *p = fetched_partition(g, 0, 0);
    assert_int_equal(p->partition_index, 0);
    assert_int_equal(p->committed_offset, 42);
    assert_int_equal(p->committed_leader_epoch, 3);
    assert_int_equal(p->error_code, WIRE_CODE_NONE);
    fixture_assert_text(p->metadata, "note");
    p = fetched_partition(g, 0, 1); /* nothing committed */
    assert_int_equal(p->partition_index, 1);
    assert_int_equal(p->committed_offset, -1);
    assert_int_equal(p->committed_leader_epoch, -1);
    assert_int_equal(p->error_code, WIRE_CODE_NONE);
    fixture_assert_text(p->metadata, "");
    fixture_free(&f);
}

static void offsets_outlive_a_restart(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    for (int64_t i = 0; i < 5; i++) {
        assert_int_equal(
            client_commit(&c, &(struct commit){.topic = "t", .offset = 10 + i}),
            WIRE_CODE_NONE);
    }
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t", .partition = 1, .offset = 7}),
        WIRE_CODE_NONE);
    fixture_restart(f);
    c.gate = fixture_gate(f, "alice");
    const struct offset_fetch_response_group *g = client_fetch(&c, 9, "t", no_id);
    assert_int_equal(fetched_partition(g, 0, 0)->committed_offset, 14);
    assert_int_equal(fetched_partition(g, 0, 0)->committed_leader_epoch, 3);
    assert_int_equal(fetched_partition(g, 0, 1)->committed_offset, 7);
    fixture_free(&f);
}

static void a_commit_is_answered_and_seen_only_when_it_is_durable(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct client other = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    f->hold_appends = true;
    client_send_commit(&c, &(struct commit){.topic = "t", .offset = 42});
    assert_false(fixture_answered(f, c.gate));
    assert_int_equal(f->held_count, 1);
    assert_int_equal(client_offset(&other, "t"), -1);
    fixture_release(f, 0);
    assert_int_equal(client_committed(&c), WIRE_CODE_NONE);
    assert_int_equal(client_offset(&other, "t"), 42);
    fixture_free(&f);
}

static void a_commit_that_could_not_be_written_is_not_there(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t", .offset = 1}), WIRE_CODE_NONE);
    f->append_error = WIRE_CODE_KAFKA_STORAGE_ERROR;
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 42}),
        WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    f->append_error = WIRE_CODE_MESSAGE_TOO_LARGE;
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 43}),
        COORD_ERROR_OFFSET_SIZE);
    assert_int_equal(client_offset(&c, "t"), 1);
    fixture_free(&f);
}

static void a_failed_first_commit_leaves_no_group(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    f->append_error = WIRE_CODE_KAFKA_STORAGE_ERROR;
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 42}),
        WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    assert_int_equal(client_offset(&c, "t"), -1);
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 0);
    fixture_free(&f);
}

static void a_client_that_left_commits_all_the_same(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct client other = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    f->hold_appends = true;
    client_send_commit(&c, &(struct commit){.topic = "t", .offset = 42});
    fixture_drop_gate(f, c.gate);
    fixture_release(f, 0);
    assert_int_equal(client_offset(&other, "t"), 42);
    const struct fixture_event *e = fixture_event(f, IPC_EVENT_GROUP, 0);
    assert_non_null(e); /* nor does it go unrecorded */
    assert_string_equal(e->text, "User:alice commit group g");
    fixture_free(&f);
}

/* What some clients commit for "the earliest" and "the latest" (kafkajs). */
static void an_offset_below_zero_is_kept_as_it_came(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t", .offset = 42}), WIRE_CODE_NONE);
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t", .offset = -2}), WIRE_CODE_NONE);
    assert_int_equal(client_offset(&c, "t"), -2);
    fixture_restart(f);
    c = client_new(f, "alice", "g");
    assert_int_equal(client_offset(&c, "t"), -2);
    fixture_free(&f);
}

static void a_commit_must_fit_the_generation(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct client stranger = client_new(f, "alice", "g");
    const struct commit commit = {.topic = "t", .offset = 42};

    fixture_topic(f, "t");
    c.generation = 0; /* of a group that is not there */
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_GROUP_ID_NOT_FOUND);
    struct commit old = commit;
    old.version = 8;
    assert_int_equal(client_commit(&c, &old), COORD_ERROR_GENERATION);
    client_become_stable(&c);
    assert_int_equal(client_commit(&stranger, &commit), COORD_ERROR_MEMBER);
    c.generation++;
    assert_int_equal(client_commit(&c, &commit), COORD_ERROR_GENERATION);
    c.generation--;
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_NONE);
    fixture_free(&f);
}

static void each_partition_is_judged_by_itself(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct commit commit = {.topic = "t", .offset = 42};
    char metadata[34];

    fixture_topic(f, "t");
    fixture_topic(f, "secret");
    commit.partition = 2;
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    commit.partition = -1;
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    commit.partition = 1;
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_NONE);
    memset(metadata, 'x', sizeof(metadata));
    metadata[33] = '\0';
    commit.metadata = metadata;
    assert_int_equal(client_commit(&c, &commit), COORD_ERROR_OFFSET_METADATA);
    metadata[32] = '\0';
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_NONE);
    commit.topic = "t-missing";
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    commit.topic = "secret";
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    commit.topic = "nothing"; /* hidden and missing look the same */
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

static void one_request_is_one_batch_and_one_answer_a_partition(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct offset_commit_request_partition parts[3] = {
        {.partition_index = 1, .committed_offset = 5},
        {.partition_index = 9, .committed_offset = 6},
        {.partition_index = 0, .committed_offset = 7}};
    struct offset_commit_request_topic topics[2] = {
        {.name = fixture_view("secret"), .partitions = {.items = parts, .count = 1}},
        {.name = fixture_view("t"), .partitions = {.items = parts, .count = 3}}};
    struct offset_commit_request r;

    fixture_topic(f, "t");
    wire_set_defaults(&offset_commit_request_schema, &r);
    r.group_id = fixture_view("g");
    r.topics = (struct wire_array){.items = topics, .count = 2};
    size_t before = f->batch_count;
    const struct offset_commit_response *a =
        fixture_call(f, c.gate, WIRE_API_OFFSET_COMMIT, 9, &r);
    assert_int_equal(f->batch_count, before + 1);
    assert_int_equal(f->batches[before].last - f->batches[before].base, 1);
    assert_int_equal(a->topics.count, 2);
    const struct offset_commit_response_topic *rows = a->topics.items;
    const struct offset_commit_response_partition *p = rows[0].partitions.items;
    fixture_assert_text(rows[0].name, "secret");
    assert_int_equal(rows[0].partitions.count, 1);
    assert_int_equal(p[0].error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    p = rows[1].partitions.items;
    assert_int_equal(rows[1].partitions.count, 3);
    assert_int_equal(p[0].partition_index, 1);
    assert_int_equal(p[0].error_code, WIRE_CODE_NONE);
    assert_int_equal(p[1].partition_index, 9);
    assert_int_equal(p[1].error_code, WIRE_CODE_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(p[2].partition_index, 0);
    assert_int_equal(p[2].error_code, WIRE_CODE_NONE);
    const struct offset_fetch_response_group *g = client_fetch(&c, 9, "t", no_id);
    assert_int_equal(fetched_partition(g, 0, 0)->committed_offset, 7);
    assert_int_equal(fetched_partition(g, 0, 1)->committed_offset, 5);
    fixture_free(&f);
}

static void commits_need_the_right_to_read_the_group(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES "allow bob to read topic t\n");
    struct client c = client_new(f, "bob", "g");

    fixture_topic(f, "t");
    size_t before = f->denied;
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 42}),
        WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(f->denied, before + 1);
    assert_string_equal(f->last_denied, "read group g");
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 0);
    fixture_free(&f);
}

static void who_may_only_describe_a_topic_fetches_but_does_not_commit(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES "allow carol to read group g\n"
                                                   "allow carol to describe topic t\n");
    struct client c = client_new(f, "carol", "g");

    fixture_topic(f, "t");
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 42}),
        WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_string_equal(f->last_denied, "read topic t");
    const struct offset_fetch_response_group *g = client_fetch(&c, 9, "t", no_id);
    assert_int_equal(fetched_partition(g, 0, 0)->error_code, WIRE_CODE_NONE);
    fixture_free(&f);
}

static void a_group_of_no_name_has_offsets_and_no_generation(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to all group *\n"
                                    "allow alice to read topic t\n");
    struct client c = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    c.group = "";
    c.generation = 0;
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 42}),
        WIRE_CODE_GROUP_ID_NOT_FOUND);
    c.generation = -1;
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t", .offset = 42}), WIRE_CODE_NONE);
    fixture_restart(f);
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 1);
    fixture_free(&f);
}

static void topics_go_by_their_ids_from_version_10_on(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct wire_uuid stranger = {{9, 9, 9}};

    fixture_topic(f, "t");
    fixture_topic(f, "secret");
    struct commit commit = {
        .version = 10, .topic_id = fixture_topic_id(f, "t"), .offset = 42};
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_NONE);
    const struct offset_fetch_response_group *g =
        client_fetch(&c, 10, "t", commit.topic_id);
    const struct offset_fetch_response_topics *topic = g->topics.items;
    assert_memory_equal(topic->topic_id.bytes, commit.topic_id.bytes, 16);
    assert_int_equal(fetched_partition(g, 0, 0)->committed_offset, 42);
    g = client_fetch(&c, 10, NULL, no_id);
    topic = g->topics.items;
    assert_int_equal(g->topics.count, 1);
    assert_memory_equal(topic->topic_id.bytes, commit.topic_id.bytes, 16);

    commit.topic_id = stranger;
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_UNKNOWN_TOPIC_ID);
    g = client_fetch(&c, 10, "t", stranger);
    assert_int_equal(fetched_partition(g, 0, 0)->error_code, WIRE_CODE_UNKNOWN_TOPIC_ID);
    assert_int_equal(fetched_partition(g, 0, 0)->committed_offset, -1);
    commit.topic_id = fixture_topic_id(f, "secret");
    assert_int_equal(client_commit(&c, &commit), WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    g = client_fetch(&c, 10, "secret", commit.topic_id);
    assert_int_equal(
        fetched_partition(g, 0, 0)->error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

static void fetching_all_leaves_out_what_may_not_be_seen(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES "allow alice to read topic other\n"
                                                   "allow bob to describe topic t*\n");
    struct client c = client_new(f, "alice", "g");
    struct client bob = client_new(f, "bob", "g");

    fixture_topic(f, "other");
    fixture_topic(f, "t");
    fixture_topic(f, "t2");
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "other", .offset = 1}), 0);
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 2}), 0);
    assert_int_equal(
        client_commit(&c, &(struct commit){.topic = "t", .partition = 1, .offset = 3}),
        0);
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t2", .offset = 4}), 0);
    assert_int_equal(client_fetch(&c, 9, NULL, no_id)->topics.count, 3);
    size_t before = f->denied;
    const struct offset_fetch_response_group *g = client_fetch(&bob, 9, NULL, no_id);
    assert_int_equal(g->topics.count, 2);
    const struct offset_fetch_response_topics *topics = g->topics.items;
    fixture_assert_text(topics[0].name, "t");
    assert_int_equal(topics[0].partitions.count, 2);
    fixture_assert_text(topics[1].name, "t2");
    assert_int_equal(topics[1].partitions.count, 1);
    assert_int_equal(fetched_partition(g, 0, 1)->committed_offset, 3);
    assert_int_equal(fetched_partition(g, 1, 0)->committed_offset, 4);
    assert_int_equal(f->denied, before);
    g = client_fetch(&bob, 9, "other", no_id); /* asked by name it is a refusal */
    assert_int_equal(
        fetched_partition(g, 0, 0)->error_code, WIRE_CODE_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(fetched_partition(g, 0, 0)->committed_offset, -1);
    assert_int_equal(f->denied, before + 1);
    fixture_free(&f);
}

static const struct offset_fetch_response *fetch_old(
    struct client *c, int16_t version, const char *topic)
{
    int32_t partitions[1] = {0};
    struct offset_fetch_request_topic one;
    struct offset_fetch_request r;

    wire_set_defaults(&offset_fetch_request_topic_schema, &one);
    wire_set_defaults(&offset_fetch_request_schema, &r);
    r.group_id = fixture_view(c->group);
    r.topics.count = -1;
    if (topic != NULL) {
        one.name = fixture_view(topic);
        one.partition_indexes = (struct wire_array){.items = partitions, .count = 1};
        r.topics = (struct wire_array){.items = &one, .count = 1};
    }
    return fixture_call(c->f, c->gate, WIRE_API_OFFSET_FETCH, version, &r);
}

static const struct offset_fetch_response_partition *old_partition(
    const struct offset_fetch_response *a)
{
    assert_int_equal(a->topics.count, 1);
    const struct offset_fetch_response_topic *topic = a->topics.items;
    assert_int_equal(topic->partitions.count, 1);
    return topic->partitions.items;
}

static void old_fetches_ask_for_one_group(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 42}), 0);
    const struct offset_fetch_response *a = fetch_old(&c, 7, "t");
    assert_int_equal(a->error_code, WIRE_CODE_NONE);
    assert_int_equal(old_partition(a)->committed_offset, 42);
    assert_int_equal(old_partition(a)->committed_leader_epoch, 3);
    assert_int_equal(old_partition(fetch_old(&c, 1, "t"))->committed_offset, 42);
    assert_int_equal(old_partition(fetch_old(&c, 2, NULL))->committed_offset, 42);
    assert_int_equal(old_partition(fetch_old(&c, 2, "t2"))->committed_offset, -1);
    fixture_free(&f);
}

static void a_refused_fetch_has_the_shape_of_its_version(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    c.group = "secret";
    const struct offset_fetch_response *a = fetch_old(&c, 1, "t");
    assert_int_equal(old_partition(a)->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(old_partition(a)->committed_offset, -1);
    a = fetch_old(&c, 2, "t");
    assert_int_equal(a->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(a->topics.count, 0);
    const struct offset_fetch_response_group *g = client_fetch(&c, 8, "t", no_id);
    assert_int_equal(g->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(g->topics.count, 0);
    fixture_assert_text(g->group_id, "secret");
    fixture_free(&f);
}

static void more_offsets_than_a_group_may_have_are_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    char name[16];

    for (int i = 0; i < 9; i++) {
        (void)snprintf(name, sizeof(name), "t%d", i);
        fixture_topic(f, name);
        int16_t expected = i < 8 ? WIRE_CODE_NONE : COORD_ERROR_OFFSET_SIZE;
        for (int32_t p = 0; p < 2; p++) {
            assert_int_equal(
                client_commit(&c, &(struct commit){.topic = name, .partition = p}),
                expected);
        }
    }
    fixture_free(&f);
}

static void more_groups_than_allowed_come_back_from_the_log(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    char name[8];

    fixture_topic(f, "t");
    broker_coord_groups(&f->broker)->by_id.limit = 10; /* than after the restart */
    for (int i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof(name), "g%d", i);
        c.group = name;
        assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = i}),
            WIRE_CODE_NONE);
    }
    fixture_restart(f);
    c.gate = fixture_gate(f, "alice");
    assert_true(f->serving);
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 10);
    assert_true(broker_coord_groups(&f->broker)->is_above);
    assert_int_equal(client_offset(&c, "t"), 9);
    c.group = "g10";
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 1}),
        COORD_ERROR_GROUP_FULL);
    fixture_free(&f);
}

static void a_commit_keeps_its_member_alive(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    client_become_stable(&c);
    struct coord_group *g =
        coord_groups_find(broker_coord_groups(&f->broker), fixture_view("g"));
    g->members[0]->expires_ms = 0; /* long over, but for the commit */
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t", .offset = 1}), 0);
    assert_true(g->members[0]->expires_ms > 0);
    assert_int_equal(client_heartbeat(&c), WIRE_CODE_NONE);
    fixture_free(&f);
}

static void a_commit_without_memory_is_there_or_is_not_as_it_was_told(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    int64_t last = -1;

    fixture_topic(f, "t");
    for (long n = 0; n < 40; n++) {
        struct commit commit = {.topic = "t", .offset = n, .metadata = "note"};
        struct offset_commit_request r = client_commit_request(&c, &commit);
        fixture_send_starved(f, c.gate, WIRE_API_OFFSET_COMMIT, 9, &r, n);
        if (fixture_answered(f, c.gate)) {
            last = client_committed(&c) == WIRE_CODE_NONE ? n : last;
            assert_int_equal(client_offset(&c, "t"), last);
        } else {
            assert_true(fixture_is_killed(f, c.gate));
            fixture_drop_gate(f, c.gate);
            c.gate = fixture_gate(f, "alice");
            last = client_offset(&c, "t");
        }
    }
    assert_int_equal(last, 39);
    fixture_restart(f);
    c.gate = fixture_gate(f, "alice");
    assert_int_equal(client_offset(&c, "t"), 39);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_committed_is_fetched),
        cmocka_unit_test(offsets_outlive_a_restart),
        cmocka_unit_test(a_commit_is_answered_and_seen_only_when_it_is_durable),
        cmocka_unit_test(a_commit_that_could_not_be_written_is_not_there),
        cmocka_unit_test(a_failed_first_commit_leaves_no_group),
        cmocka_unit_test(a_client_that_left_commits_all_the_same),
        cmocka_unit_test(an_offset_below_zero_is_kept_as_it_came),
        cmocka_unit_test(a_commit_must_fit_the_generation),
        cmocka_unit_test(each_partition_is_judged_by_itself),
        cmocka_unit_test(one_request_is_one_batch_and_one_answer_a_partition),
        cmocka_unit_test(commits_need_the_right_to_read_the_group),
        cmocka_unit_test(who_may_only_describe_a_topic_fetches_but_does_not_commit),
        cmocka_unit_test(a_group_of_no_name_has_offsets_and_no_generation),
        cmocka_unit_test(topics_go_by_their_ids_from_version_10_on),
        cmocka_unit_test(fetching_all_leaves_out_what_may_not_be_seen),
        cmocka_unit_test(old_fetches_ask_for_one_group),
        cmocka_unit_test(a_refused_fetch_has_the_shape_of_its_version),
        cmocka_unit_test(more_offsets_than_a_group_may_have_are_refused),
        cmocka_unit_test(more_groups_than_allowed_come_back_from_the_log),
        cmocka_unit_test(a_commit_keeps_its_member_alive),
        cmocka_unit_test(a_commit_without_memory_is_there_or_is_not_as_it_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
