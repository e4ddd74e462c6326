#include "broker_forget.h"
#include "broker_group_client.h"
#include "wire_describe_groups.h"
#include "wire_list_groups.h"

static const struct find_coordinator_response_coordinator *find_many(struct fixture *f,
    uint64_t gate, int8_t type, struct wire_view *keys, int32_t count, int16_t version)
{
    struct find_coordinator_request r;

    wire_set_defaults(&find_coordinator_request_schema, &r);
    r.key_type = type;
    r.coordinator_keys = (struct wire_array){.items = keys, .count = count};
    const struct find_coordinator_response *a =
        fixture_call(f, gate, WIRE_API_FIND_COORDINATOR, version, &r);
    assert_int_equal(a->coordinators.count, count);
    return a->coordinators.items;
}

static void the_first_lookup_makes_the_topic_and_a_later_one_finds(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    uint64_t gate = fixture_gate(f, "alice");
    struct find_coordinator_request r;

    assert_null(broker_coord_topic(&f->broker));
    assert_int_equal(find_group(f, gate, "g"), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    fixture_pump(f);
    assert_int_equal(broker_coord_topic(&f->broker)->partition_count, 3);
    wire_set_defaults(&find_coordinator_request_schema, &r);
    r.key = fixture_view("g");
    const struct find_coordinator_response *a =
        fixture_call(f, gate, WIRE_API_FIND_COORDINATOR, 0, &r);
    assert_int_equal(a->error_code, WIRE_CODE_NONE);
    assert_int_equal(a->node_id, 7);
    assert_int_equal(a->port, 9093);
    fixture_assert_text(a->host, "kafka.example");
    fixture_free(&f);
}

static void no_group_is_served_while_the_topic_is_being_made(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = {.f = f, .group = "g", .session_timeout_ms = 30000};

    c.gate = fixture_gate(f, "alice");
    client_send_join(&c);
    assert_int_equal(client_joined(&c)->error_code, WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    f->hold_appends = true;
    assert_int_equal(find_group(f, c.gate, "g"), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    client_send_join(&c);
    assert_int_equal(client_joined(&c)->error_code, WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    assert_int_equal(find_group(f, c.gate, "g"), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    assert_int_equal(f->held_count, 1); /* asked for once */
    fixture_release(f, 0);
    assert_int_equal(find_group(f, c.gate, "g"), WIRE_CODE_NONE);
    fixture_free(&f);
}

static void no_group_is_served_before_its_partitions_can_be_written(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    uint64_t gate = fixture_gate(f, "alice");

    f->hold_opens = true;
    assert_int_equal(find_group(f, gate, "g"), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    assert_int_equal(f->held_open_count, 3);
    assert_non_null(broker_coord_topic(&f->broker));
    assert_int_equal(find_group(f, gate, "g"), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    fixture_release(f, 0);
    assert_int_equal(find_group(f, gate, "g"), WIRE_CODE_NONE);
    fixture_free(&f);
}

static void a_topic_that_could_not_be_made_is_tried_again(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    uint64_t gate = fixture_gate(f, "alice");

    f->append_error = WIRE_CODE_KAFKA_STORAGE_ERROR;
    assert_int_equal(find_group(f, gate, "g"), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    fixture_pump(f);
    f->append_error = 0;
    assert_int_equal(find_group(f, gate, "g"), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    fixture_pump(f);
    assert_int_equal(find_group(f, gate, "g"), WIRE_CODE_NONE);
    fixture_free(&f);
}

static void each_key_of_a_lookup_gets_its_own_answer(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct wire_view keys[] = {fixture_view("g1"), fixture_view("secret")};
    size_t before = f->denied;
    const struct find_coordinator_response_coordinator *rows =
        find_many(f, c.gate, 0, keys, 2, 4);

    assert_int_equal(rows[0].error_code, WIRE_CODE_NONE);
    assert_int_equal(rows[0].node_id, 7);
    fixture_assert_text(rows[0].key, "g1");
    fixture_assert_text(rows[0].host, "kafka.example");
    assert_null(rows[0].error_message.ptr);
    assert_int_equal(rows[1].error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(rows[1].node_id, -1);
    assert_int_equal(rows[1].port, -1);
    fixture_assert_text(rows[1].key, "secret");
    fixture_assert_text(rows[1].host, "");
    assert_int_equal(f->denied, before + 1);
    assert_string_equal(f->last_denied, "describe group secret");
    fixture_free(&f);
}

static void other_kinds_of_coordinators_are_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES "allow alice to describe txn t\n");
    struct client c = client_new(f, "alice", "g");
    struct wire_view keys[] = {fixture_view("t"), fixture_view("other")};
    const struct find_coordinator_response_coordinator *rows =
        find_many(f, c.gate, 1, keys, 2, 4);

    assert_int_equal(rows[0].error_code, WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
    assert_int_equal(rows[1].error_code, WIRE_CODE_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    rows = find_many(f, c.gate, 2, keys, 1, 5);
    assert_int_equal(rows[0].error_code, WIRE_CODE_INVALID_REQUEST);
    rows = find_many(f, c.gate, 2, keys, 1, 6);
    assert_int_equal(rows[0].error_code, WIRE_CODE_INVALID_REQUEST);
    rows = find_many(f, c.gate, 3, keys, 1, 6);
    assert_int_equal(rows[0].error_code, WIRE_CODE_INVALID_REQUEST);
    fixture_free(&f);
}

static void a_consumer_joins_syncs_beats_and_leaves(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    client_begin_join(&c);
    const struct join_group_response *joined = client_joined(&c);
    assert_int_equal(joined->error_code, WIRE_CODE_NONE);
    assert_int_equal(joined->generation_id, 1);
    fixture_assert_text(joined->protocol_name, "range");
    fixture_assert_text(joined->protocol_type, "consumer");
    fixture_assert_text(joined->leader, c.member);
    assert_int_equal(strncmp(c.member, "tester-", 7), 0);
    assert_int_equal(joined->members.count, 1);
    const struct join_group_response_member *member = joined->members.items;
    fixture_assert_text(member->member_id, c.member);
    fixture_assert_text(member->metadata, "topics");
    const char *members[] = {c.member};
    const char *assignments[] = {"everything"};
    client_send_sync(&c, members, assignments, 1);
    const struct sync_group_response *synced = client_synced(&c);
    assert_int_equal(synced->error_code, WIRE_CODE_NONE);
    fixture_assert_text(synced->assignment, "everything");
    fixture_assert_text(synced->protocol_name, "range");
    assert_int_equal(client_heartbeat(&c), WIRE_CODE_NONE);
    const struct leave_group_response *left = client_leave(&c);
    assert_int_equal(left->error_code, WIRE_CODE_NONE);
    assert_int_equal(left->members.count, 1);
    const struct leave_group_response_member_response *row = left->members.items;
    assert_int_equal(row->error_code, WIRE_CODE_NONE);
    fixture_assert_text(row->member_id, c.member);
    assert_int_equal(client_heartbeat(&c), COORD_ERROR_MEMBER);
    fixture_free(&f);
}

static void a_second_member_starts_a_rebalance(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client one = client_new(f, "alice", "g");
    struct client two = client_new(f, "alice", "g");

    client_become_stable(&one);
    client_begin_join(&two);
    assert_false(fixture_answered(f, two.gate));
    assert_int_equal(client_heartbeat(&one), COORD_ERROR_REBALANCING);
    client_send_join(&one);
    const struct join_group_response *first = client_joined(&one);
    const struct join_group_response *second = client_joined(&two);
    assert_int_equal(first->error_code, WIRE_CODE_NONE);
    assert_int_equal(second->error_code, WIRE_CODE_NONE);
    assert_int_equal(first->generation_id, 2);
    assert_int_equal(second->generation_id, 2);
    assert_int_equal(first->members.count, 2);
    assert_int_equal(second->members.count, 0); /* the leader alone sees the others */
    fixture_assert_text(second->leader, one.member);

    const char *members[] = {one.member, two.member};
    const char *assignments[] = {"p0", "p1"};
    client_send_sync(&two, NULL, NULL, 0);
    assert_false(fixture_answered(f, two.gate));
    client_send_sync(&one, members, assignments, 2);
    fixture_assert_text(client_synced(&one)->assignment, "p0");
    fixture_assert_text(client_synced(&two)->assignment, "p1");
    fixture_free(&f);
}

static void an_assignment_waits_for_its_record(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    const char *members[] = {c.member};
    const char *assignments[] = {"all"};

    client_begin_join(&c);
    assert_int_equal(client_joined(&c)->error_code, WIRE_CODE_NONE);
    f->hold_appends = true;
    client_send_sync(&c, members, assignments, 1);
    assert_false(fixture_answered(f, c.gate));
    fixture_release(f, 0);
    assert_int_equal(client_synced(&c)->error_code, WIRE_CODE_NONE);
    fixture_free(&f);
}

static void a_record_that_could_not_be_written_fails_the_sync(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    const char *members[] = {c.member};
    const char *assignments[] = {"all"};

    client_begin_join(&c);
    assert_int_equal(client_joined(&c)->error_code, WIRE_CODE_NONE);
    f->append_error = WIRE_CODE_KAFKA_STORAGE_ERROR;
    client_send_sync(&c, members, assignments, 1);
    const struct sync_group_response *synced = client_synced(&c);
    assert_int_equal(synced->error_code, COORD_ERROR_NOT_AVAILABLE);
    fixture_assert_text(synced->assignment, "");
    f->append_error = 0;
    assert_int_equal(client_heartbeat(&c), COORD_ERROR_REBALANCING);
    fixture_free(&f);
}

static void who_is_gone_is_not_answered_and_is_removed_in_time(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client one = client_new(f, "alice", "g");
    struct client two = client_new(f, "alice", "g");

    client_become_stable(&one);
    two.session_timeout_ms = 20;
    client_begin_join(&two);
    fixture_drop_gate(f, two.gate); /* while its join is parked */
    client_send_join(&one);
    const struct join_group_response *joined = client_joined(&one);
    assert_int_equal(joined->error_code, WIRE_CODE_NONE);
    assert_int_equal(joined->members.count, 2);
    struct coord_group *g =
        coord_groups_find(broker_coord_groups(&f->broker), fixture_view("g"));
    while (g->member_count > 1) {
        fixture_wait(f); /* for the timer of the group */
    }
    assert_int_equal(client_heartbeat(&one), COORD_ERROR_REBALANCING);
    fixture_free(&f);
}

static void who_lost_its_right_while_waiting_learns_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES "allow carol to read group g*\n");
    struct client one = client_new(f, "alice", "g");
    struct client two = client_new(f, "carol", "g");

    client_become_stable(&one);
    client_begin_join(&two);
    assert_false(fixture_answered(f, two.gate));
    fixture_set_policy(f, CONSUMER_RULES);
    client_send_join(&one);
    const struct join_group_response *joined = client_joined(&two);
    assert_int_equal(joined->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(joined->generation_id, -1);
    fixture_assert_text(joined->leader, "");
    assert_null(joined->protocol_name.ptr);
    assert_int_equal(joined->members.count, 0);
    fixture_free(&f);
}

static void members_are_refused_without_the_right_to_read_the_group(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "bob", "g"); /* may describe it */

    size_t before = f->denied;
    client_send_join(&c);
    const struct join_group_response *joined = client_joined(&c);
    assert_int_equal(joined->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(joined->generation_id, -1);
    client_send_sync(&c, NULL, NULL, 0);
    assert_int_equal(client_synced(&c)->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(client_heartbeat(&c), WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    const struct leave_group_response *left = client_leave(&c);
    assert_int_equal(left->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(left->members.count, 0);
    /* The same refusal four times: told once, and counted. */
    assert_int_equal(f->denied, before + 1);
    assert_string_equal(f->last_denied, "read group g");
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 0);
    fixture_free(&f);
}

static void a_group_without_name_is_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("allow alice to all group *\n");
    struct client c = client_new(f, "alice", "g");

    c.group = "";
    client_send_join(&c);
    assert_int_equal(client_joined(&c)->error_code, WIRE_CODE_INVALID_GROUP_ID);
    client_send_sync(&c, NULL, NULL, 0);
    assert_int_equal(client_synced(&c)->error_code, WIRE_CODE_INVALID_GROUP_ID);
    assert_int_equal(client_heartbeat(&c), WIRE_CODE_INVALID_GROUP_ID);
    assert_int_equal(client_leave(&c)->error_code, WIRE_CODE_INVALID_GROUP_ID);
    fixture_free(&f);
}

static void a_group_that_nobody_knows_has_no_members(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    (void)snprintf(c.member, sizeof(c.member), "somebody");
    client_send_join(&c);
    assert_int_equal(client_joined(&c)->error_code, COORD_ERROR_MEMBER);
    client_send_sync(&c, NULL, NULL, 0);
    assert_int_equal(client_synced(&c)->error_code, COORD_ERROR_MEMBER);
    assert_int_equal(client_heartbeat(&c), COORD_ERROR_MEMBER);
    const struct leave_group_response *left = client_leave(&c);
    const struct leave_group_response_member_response *row = left->members.items;
    assert_int_equal(left->error_code, WIRE_CODE_NONE);
    assert_int_equal(row->error_code, COORD_ERROR_MEMBER);
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 0);
    fixture_free(&f);
}

static void an_old_leave_carries_its_code_at_the_top(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct leave_group_request r;
    const struct leave_group_response *left;

    client_become_stable(&c);
    wire_set_defaults(&leave_group_request_schema, &r);
    r.group_id = fixture_view("g");
    r.member_id = fixture_view("stranger");
    left = fixture_call(f, c.gate, WIRE_API_LEAVE_GROUP, 2, &r);
    assert_int_equal(left->error_code, COORD_ERROR_MEMBER);
    assert_int_equal(left->members.count, 0);
    r.member_id = fixture_view(c.member);
    left = fixture_call(f, c.gate, WIRE_API_LEAVE_GROUP, 2, &r);
    assert_int_equal(left->error_code, WIRE_CODE_NONE);
    fixture_free(&f);
}

static void a_sync_of_today_must_name_its_protocol(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "bob", "g");
    struct sync_group_request r;
    const struct sync_group_response *a;

    wire_set_defaults(&sync_group_request_schema, &r);
    r.group_id = fixture_view("g");
    r.protocol_type = fixture_view("consumer");
    a = fixture_call(f, c.gate, WIRE_API_SYNC_GROUP, 5, &r);
    assert_int_equal(a->error_code, COORD_ERROR_PROTOCOL);
    a = fixture_call(f, c.gate, WIRE_API_SYNC_GROUP, 4, &r);
    assert_int_equal(a->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    fixture_free(&f);
}

static void an_answer_of_before_version_7_has_no_null_protocol(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    struct join_group_request r;
    const struct join_group_response *a;

    wire_set_defaults(&join_group_request_schema, &r);
    r.group_id = fixture_view("g");
    r.session_timeout_ms = 19; /* one too few */
    a = fixture_call(f, c.gate, WIRE_API_JOIN_GROUP, 6, &r);
    assert_int_equal(a->error_code, COORD_ERROR_SESSION_TIMEOUT);
    fixture_assert_text(a->protocol_name, "");
    a = fixture_call(f, c.gate, WIRE_API_JOIN_GROUP, 7, &r);
    assert_null(a->protocol_name.ptr);
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 0);
    fixture_free(&f);
}

static const struct join_group_response *join_as(
    struct client *c, int16_t version, const char *instance)
{
    struct join_group_request r = client_join_request(c);

    if (instance != NULL) {
        r.group_instance_id = fixture_view(instance);
    }
    fixture_send(c->f, c->gate, WIRE_API_JOIN_GROUP, version, &r);
    return client_joined(c);
}

static void a_member_id_is_required_from_version_4_on(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    assert_int_equal(join_as(&c, 4, NULL)->error_code, COORD_ERROR_MEMBER_ID_REQUIRED);
    c.member[0] = '\0';
    assert_int_equal(join_as(&c, 3, NULL)->error_code, WIRE_CODE_NONE);
    fixture_free(&f);
}

static void a_static_leader_that_returns_skips_the_assignment_from_version_9_on(
    void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    assert_int_equal(join_as(&c, 9, "me")->error_code, WIRE_CODE_NONE);
    struct sync_group_request sync = client_sync_request(&c, NULL, NULL, 0);
    sync.group_instance_id = fixture_view("me");
    const struct sync_group_response *synced =
        fixture_call(f, c.gate, WIRE_API_SYNC_GROUP, SYNC_VERSION, &sync);
    assert_int_equal(synced->error_code, WIRE_CODE_NONE);
    c.member[0] = '\0';
    const struct join_group_response *joined = join_as(&c, 9, "me");
    assert_int_equal(joined->error_code, WIRE_CODE_NONE);
    assert_true(joined->skip_assignment);
    fixture_assert_text(joined->leader, c.member);
    const struct join_group_response_member *member = joined->members.items;
    assert_int_equal(joined->members.count, 1);
    fixture_assert_text(member->group_instance_id, "me");
    c.member[0] = '\0';
    joined = join_as(&c, 8, "me");
    assert_int_equal(joined->error_code, WIRE_CODE_NONE);
    assert_false(joined->skip_assignment);
    fixture_free(&f);
}

static const struct describe_groups_response_described_group *describe(struct fixture *f,
    uint64_t gate, int16_t version, const char *group, bool with_operations)
{
    static struct wire_view id;
    struct describe_groups_request r;

    wire_set_defaults(&describe_groups_request_schema, &r);
    id = fixture_view(group);
    r.groups = (struct wire_array){.items = &id, .count = 1};
    r.include_authorized_operations = with_operations;
    const struct describe_groups_response *a =
        fixture_call(f, gate, WIRE_API_DESCRIBE_GROUPS, version, &r);
    assert_int_equal(a->groups.count, 1);
    return a->groups.items;
}

static void a_stable_group_is_described_with_its_members(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    uint64_t bob = fixture_gate(f, "bob");

    client_begin_join(&c);
    assert_int_equal(client_joined(&c)->error_code, WIRE_CODE_NONE);
    const struct describe_groups_response_described_group *g =
        describe(f, bob, 6, "g", false);
    fixture_assert_text(g->group_state, "CompletingRebalance");
    fixture_assert_text(g->protocol_data, "");
    const struct describe_groups_response_described_group_member *m = g->members.items;
    fixture_assert_text(m->member_metadata, "");

    const char *members[] = {c.member};
    const char *assignments[] = {"all"};
    client_send_sync(&c, members, assignments, 1);
    g = describe(f, bob, 6, "g", true);
    m = g->members.items;
    assert_int_equal(g->error_code, WIRE_CODE_NONE);
    fixture_assert_text(g->group_state, "Stable");
    fixture_assert_text(g->protocol_type, "consumer");
    fixture_assert_text(g->protocol_data, "range");
    assert_int_equal(g->members.count, 1);
    fixture_assert_text(m->member_id, c.member);
    fixture_assert_text(m->client_id, "tester");
    fixture_assert_text(m->client_host, "/192.0.2.7");
    fixture_assert_text(m->member_metadata, "topics");
    fixture_assert_text(m->member_assignment, "all");
    assert_int_equal(g->authorized_operations, 1 << POLICY_DESCRIBE);
    fixture_free(&f);
}

static void a_missing_group_is_dead_or_an_error(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    uint64_t bob = fixture_gate(f, "bob");
    const struct describe_groups_response_described_group *g =
        describe(f, bob, 5, "g", true);

    assert_int_equal(g->error_code, WIRE_CODE_NONE);
    fixture_assert_text(g->group_state, "Dead");
    assert_int_equal(g->authorized_operations, 1 << POLICY_DESCRIBE);
    g = describe(f, bob, 6, "g", true);
    assert_int_equal(g->error_code, WIRE_CODE_GROUP_ID_NOT_FOUND);
    assert_int_equal(g->authorized_operations, INT32_MIN);
    size_t before = f->denied;
    g = describe(f, bob, 6, "other", true);
    assert_int_equal(g->error_code, WIRE_CODE_GROUP_AUTHORIZATION_FAILED);
    fixture_assert_text(g->group_state, "");
    assert_int_equal(g->authorized_operations, INT32_MIN);
    assert_int_equal(f->denied, before + 1);
    fixture_free(&f);
}

static const struct list_groups_response *list(
    struct fixture *f, uint64_t gate, const char *state, const char *type)
{
    static struct wire_view views[2];
    struct list_groups_request r;

    wire_set_defaults(&list_groups_request_schema, &r);
    if (state != NULL) {
        views[0] = fixture_view(state);
        r.states_filter = (struct wire_array){.items = &views[0], .count = 1};
    }
    if (type != NULL) {
        views[1] = fixture_view(type);
        r.types_filter = (struct wire_array){.items = &views[1], .count = 1};
    }
    return fixture_call(f, gate, WIRE_API_LIST_GROUPS, 5, &r);
}

/* Whether the session goes on after a request about that many groups. */
static bool survives(int16_t key, int16_t version, int32_t count)
{
    static struct wire_view ids[BROKER_TOPICS_A_REQUEST + 1];
    struct fixture *f = fixture_new(CONSUMER_RULES);
    uint64_t gate = fixture_gate(f, "alice");
    struct find_coordinator_request find;
    struct describe_groups_request ask;

    for (int32_t i = 0; i < count; i++) {
        ids[i] = fixture_view("g");
    }
    wire_set_defaults(&find_coordinator_request_schema, &find);
    wire_set_defaults(&describe_groups_request_schema, &ask);
    find.coordinator_keys = (struct wire_array){.items = ids, .count = count};
    ask.groups = find.coordinator_keys;
    const void *request = key == WIRE_API_DESCRIBE_GROUPS ? (void *)&ask : (void *)&find;
    fixture_send(f, gate, key, version, request);
    bool killed = fixture_is_killed(f, gate);
    assert_int_equal(fixture_answered(f, gate), !killed);
    fixture_free(&f);
    return !killed;
}

static void too_many_groups_in_a_request_end_the_session(void **state)
{
    (void)state;
    assert_true(survives(WIRE_API_FIND_COORDINATOR, 4, BROKER_TOPICS_A_REQUEST));
    assert_false(survives(WIRE_API_FIND_COORDINATOR, 4, BROKER_TOPICS_A_REQUEST + 1));
    assert_true(survives(WIRE_API_DESCRIBE_GROUPS, 5, BROKER_TOPICS_A_REQUEST));
    assert_false(survives(WIRE_API_DESCRIBE_GROUPS, 5, BROKER_TOPICS_A_REQUEST + 1));
}

static void groups_are_listed_as_far_as_they_may_be_seen(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES "allow alice to read group x\n"
                                                   "allow carol to describe cluster\n");
    struct client g = client_new(f, "alice", "g");
    struct client x = client_new(f, "alice", "x");
    uint64_t bob = fixture_gate(f, "bob");
    uint64_t carol = fixture_gate(f, "carol");
    uint64_t dave = fixture_gate(f, "dave");

    client_become_stable(&g);
    client_become_stable(&x);
    size_t before = f->denied;
    const struct list_groups_response *a = list(f, bob, NULL, NULL);
    assert_int_equal(a->groups.count, 1);
    const struct list_groups_response_listed_group *row = a->groups.items;
    fixture_assert_text(row->group_id, "g");
    fixture_assert_text(row->protocol_type, "consumer");
    fixture_assert_text(row->group_state, "Stable");
    fixture_assert_text(row->group_type, "classic");
    assert_int_equal(list(f, carol, NULL, NULL)->groups.count, 2);
    assert_int_equal(list(f, dave, NULL, NULL)->groups.count, 0);
    assert_int_equal(list(f, dave, NULL, NULL)->error_code, WIRE_CODE_NONE);
    assert_int_equal(f->denied, before); /* left out, not refused */
    assert_int_equal(list(f, bob, "stable", "Classic")->groups.count, 1);
    assert_int_equal(list(f, bob, "Empty", NULL)->groups.count, 0);
    assert_int_equal(list(f, bob, NULL, "consumer")->groups.count, 0);
    fixture_free(&f);
}

static void before_the_log_is_read_groups_are_loading(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    const struct coord_limits limits = broker_coord_groups(&f->broker)->limits;

    broker_coord_fini(&f->broker);
    assert_int_equal(broker_coord_init(&f->broker, &limits), OK);
    client_send_join(&c);
    assert_int_equal(
        client_joined(&c)->error_code, WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS);
    client_send_sync(&c, NULL, NULL, 0);
    assert_int_equal(
        client_synced(&c)->error_code, WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS);
    assert_int_equal(client_heartbeat(&c), WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS);
    assert_int_equal(
        client_leave(&c)->error_code, WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS);
    assert_int_equal(describe(f, c.gate, 6, "g", false)->error_code,
        WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS);
    assert_int_equal(
        list(f, c.gate, NULL, NULL)->error_code, WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS);
    assert_int_equal(client_commit(&c, &(struct commit){.topic = "t"}),
        WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS);
    assert_int_equal(client_fetch(&c, 9, NULL, (struct wire_uuid){{0}})->error_code,
        WIRE_CODE_COORDINATOR_LOAD_IN_PROGRESS);
    fixture_free(&f);
}

static void members_outlive_a_restart(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    client_become_stable(&c);
    fixture_restart(f);
    c.gate = fixture_gate(f, "alice");
    assert_int_equal(client_heartbeat(&c), WIRE_CODE_NONE);
    const struct describe_groups_response_described_group *g =
        describe(f, c.gate, 6, "g", false);
    fixture_assert_text(g->group_state, "Stable");
    assert_int_equal(g->members.count, 1);
    const struct describe_groups_response_described_group_member *m = g->members.items;
    fixture_assert_text(m->member_assignment, "all");
    fixture_free(&f);
}

static size_t member_count(struct fixture *f, const char *name)
{
    const struct coord_group *g =
        coord_groups_find(broker_coord_groups(&f->broker), fixture_view(name));

    return g == NULL ? 0 : g->member_count;
}

static void a_member_that_stays_silent_after_a_restart_is_removed(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    c.session_timeout_ms = 20;
    client_become_stable(&c);
    fixture_restart(f);
    assert_int_equal(member_count(f, "g"), 1);
    while (member_count(f, "g") > 0) {
        fixture_wait(f);
    }
    fixture_free(&f);
}

static size_t count_members(struct fixture *f)
{
    const struct coord_group *group;
    size_t count = 0;

    for (size_t cursor = 0;
         (group = coord_groups_next(broker_coord_groups(&f->broker), &cursor)) != NULL;) {
        count += group->member_count;
    }
    return count;
}

static void groups_above_the_limit_have_their_timers_too(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    char name[8];

    broker_coord_groups(&f->broker)->by_id.limit = 10; /* than after the restart */
    c.session_timeout_ms = 300;
    for (int i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof(name), "g%d", i);
        c.group = name;
        c.member[0] = '\0';
        client_become_stable(&c);
    }
    fixture_restart(f);
    while (count_members(f) > 0) {
        fixture_wait(f); /* members are silent */
    }
    fixture_free(&f);
}

static void names_without_offsets_do_not_fill_the_table(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    char name[8];

    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof(name), "g%d", i);
        c.group = name;
        c.member[0] = '\0';
        client_become_stable(&c);
        assert_int_equal(client_leave(&c)->error_code, WIRE_CODE_NONE);
        fixture_pump(f);
    }
    size_t most = broker_coord_groups(&f->broker)->by_id.limit / 2;
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, most);
    fixture_restart(f);
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, most);
    fixture_free(&f);
}

/* All leave while their first commit is under way, which then fails. */
static void leave_and_fail(struct fixture *f)
{
    struct client c = client_new(f, "alice", "g");
    struct client other = client_new(f, "alice", "g");

    fixture_topic(f, "t");
    client_become_stable(&c);
    other.generation = c.generation;
    strcpy(other.member, c.member);
    f->hold_appends = true;
    client_send_commit(&c, &(struct commit){.topic = "t", .offset = 42});
    (void)client_leave(&other);         /* now it is empty, and waits for the commit */
    assert_int_equal(f->held_count, 2); /* the commit, the empty group */
    fixture_release(f, WIRE_CODE_KAFKA_STORAGE_ERROR);
    assert_int_equal(client_committed(&c), WIRE_CODE_COORDINATOR_NOT_AVAILABLE);
}

static void a_group_ends_when_its_last_commit_fails(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);

    leave_and_fail(f);
    f->broker.config.offsets_check_ms = 1;
    broker_forget_hurry(&f->broker);
    while (broker_coord_groups(&f->broker)->by_id.count > 0) {
        fixture_wait(f); /* the next round takes it away */
    }
    fixture_restart(f);
    assert_int_equal(broker_coord_groups(&f->broker)->by_id.count, 0);
    fixture_free(&f);
}

static void more_groups_than_allowed_are_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");
    char name[8];

    for (int i = 0; i < 8; i++) {
        (void)snprintf(name, sizeof(name), "g%d", i);
        c.group = name;
        c.member[0] = '\0';
        client_send_join(&c);
        assert_int_equal(client_joined(&c)->error_code, COORD_ERROR_MEMBER_ID_REQUIRED);
    }
    c.group = "g8";
    c.member[0] = '\0';
    client_send_join(&c);
    assert_int_equal(client_joined(&c)->error_code, COORD_ERROR_GROUP_FULL);
    fixture_free(&f);
}

/* Whatever fails: the call is answered or its gate ended, and the next one is served. */
static void memory_that_runs_out_costs_a_request_and_no_more(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONSUMER_RULES);
    struct client c = client_new(f, "alice", "g");

    for (long n = 0; n < 40; n++) {
        const char *members[] = {c.member};
        const char *assignments[] = {"all"};
        c.member[0] = '\0';
        client_begin_join(&c);
        assert_int_equal(client_joined(&c)->error_code, WIRE_CODE_NONE);
        struct sync_group_request sync = client_sync_request(&c, members, assignments, 1);
        fixture_send_starved(f, c.gate, WIRE_API_SYNC_GROUP, SYNC_VERSION, &sync, n);
        assert_true(fixture_answered(f, c.gate) || fixture_is_killed(f, c.gate));
        struct join_group_request join = client_join_request(&c);
        fixture_drop_gate(f, c.gate);
        c.gate = fixture_gate(f, "alice");
        fixture_send_starved(f, c.gate, WIRE_API_JOIN_GROUP, JOIN_VERSION, &join, n);
        fixture_drop_gate(f, c.gate);
        c.gate = fixture_gate(f, "alice");
        (void)client_leave(&c);
    }
    c.member[0] = '\0';
    client_become_stable(&c);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_lookup_makes_the_topic_and_a_later_one_finds),
        cmocka_unit_test(no_group_is_served_while_the_topic_is_being_made),
        cmocka_unit_test(no_group_is_served_before_its_partitions_can_be_written),
        cmocka_unit_test(a_topic_that_could_not_be_made_is_tried_again),
        cmocka_unit_test(each_key_of_a_lookup_gets_its_own_answer),
        cmocka_unit_test(other_kinds_of_coordinators_are_refused),
        cmocka_unit_test(a_consumer_joins_syncs_beats_and_leaves),
        cmocka_unit_test(a_second_member_starts_a_rebalance),
        cmocka_unit_test(an_assignment_waits_for_its_record),
        cmocka_unit_test(a_record_that_could_not_be_written_fails_the_sync),
        cmocka_unit_test(who_is_gone_is_not_answered_and_is_removed_in_time),
        cmocka_unit_test(who_lost_its_right_while_waiting_learns_nothing),
        cmocka_unit_test(members_are_refused_without_the_right_to_read_the_group),
        cmocka_unit_test(a_group_without_name_is_refused),
        cmocka_unit_test(a_group_that_nobody_knows_has_no_members),
        cmocka_unit_test(an_old_leave_carries_its_code_at_the_top),
        cmocka_unit_test(a_sync_of_today_must_name_its_protocol),
        cmocka_unit_test(an_answer_of_before_version_7_has_no_null_protocol),
        cmocka_unit_test(a_member_id_is_required_from_version_4_on),
        cmocka_unit_test(
            a_static_leader_that_returns_skips_the_assignment_from_version_9_on),
        cmocka_unit_test(a_stable_group_is_described_with_its_members),
        cmocka_unit_test(a_missing_group_is_dead_or_an_error),
        cmocka_unit_test(too_many_groups_in_a_request_end_the_session),
        cmocka_unit_test(groups_are_listed_as_far_as_they_may_be_seen),
        cmocka_unit_test(before_the_log_is_read_groups_are_loading),
        cmocka_unit_test(members_outlive_a_restart),
        cmocka_unit_test(a_member_that_stays_silent_after_a_restart_is_removed),
        cmocka_unit_test(groups_above_the_limit_have_their_timers_too),
        cmocka_unit_test(names_without_offsets_do_not_fill_the_table),
        cmocka_unit_test(a_group_ends_when_its_last_commit_fails),
        cmocka_unit_test(more_groups_than_allowed_are_refused),
        cmocka_unit_test(memory_that_runs_out_costs_a_request_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
