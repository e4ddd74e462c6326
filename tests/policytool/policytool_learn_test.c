#include "policytool_event.h"
#include "policytool_proposal.h"

#define TAIL                                                                             \
    "# not in the trail: what was allowed and changed nothing, as metadata and "         \
    "describe\n"                                                                         \
    "# nor for which topics offsets were committed, which takes read on them\n"

static void add(struct policytool_learn *l, const struct policytool_event *event)
{
    assert_int_equal(policytool_learn_add(l, event), OK);
}

static void add_names(
    struct policytool_learn *l, const char *event, const char *const *names)
{
    for (; *names != NULL; names++) {
        const struct policytool_event e = event_of(event, "", "", *names);
        add(l, &e);
    }
}

/* What it proposes, without its comments but those of prefixes. */
static void end(struct policytool_learn *l, const char *expected)
{
    static const char head[] = "# with gssapi\n";
    struct buf out;

    buf_init(&out, 1 << 20);
    assert_int_equal(policytool_proposal_write(l, &out), OK);
    buf_add(&out, "", 1);
    const char *text = strstr((const char *)out.bytes, head);
    assert_non_null(text);
    assert_string_equal(text + strlen(head), expected);
    buf_fini(&out);
    policytool_learn_fini(l);
}

static void all_of_it_is_the_least_for_what_was_done(void **state)
{
    struct policytool_learn l;
    struct policytool_event event;
    struct buf out;

    (void)state;
    policytool_learn_init(&l, "User:alice");
    add_names(&l, "consume", WORDS("orders", "bills", "orders"));
    add_names(&l, "produce", WORDS("paid"));
    event = event_of("group", "join", "group", "billing");
    add(&l, &event);
    event = event_of("admin", "create", "topic", "paid");
    event.time_ms += 60000;
    add(&l, &event);
    event = event_of("admin", "alter-quotas", "quota", "u");
    add(&l, &event);
    event = event_of("denied", "read", "topic", "secret");
    add(&l, &event);
    event = event_of("consume", "", "", "of another");
    event.principal = view_of("User:bob");
    add(&l, &event);
    buf_init(&out, 1 << 20);
    assert_int_equal(policytool_proposal_write(&l, &out), OK);
    assert_text(&out, "# alice: 7 uses, 2026-11-20T00:00Z to 2026-11-20T00:01Z\n"
                      "# from 10.20.4.7\n"
                      "# with gssapi\n"
                      "allow alice to consume topic bills, orders group billing\n"
                      "allow alice to produce topic paid\n"
                      "allow alice to create topic paid\n"
                      "allow alice to alter-configs cluster\n"
                      "# 1 refusals are not learned\n" TAIL);
    buf_fini(&out);
    policytool_learn_fini(&l);
}

static void all_that_manage_means_is_manage(void **state)
{
    static const char *const operations[] = {
        "create", "delete", "alter-configs", "create-partitions"};
    struct policytool_learn l;

    (void)state;
    policytool_learn_init(&l, "alice");
    for (size_t i = 0; i < 4; i++) {
        const struct policytool_event a = event_of("admin", operations[i], "topic", "a");
        const struct policytool_event b = event_of("admin", operations[i], "topic", "b");
        add(&l, &a);
        if (i < 2) {
            add(&l, &b);
        }
    }
    end(&l, "allow alice to create, delete topic b\n"
            "allow alice to manage topic a\n" TAIL);
}

static void who_deletes_offsets_of_a_group_needs_read_on_their_topics(void **state)
{
    struct policytool_event event = event_of("admin", "delete-offsets", "topic", "t");
    struct policytool_learn l;

    (void)state;
    policytool_learn_init(&l, "alice");
    add(&l, &event);
    event = event_of("admin", "delete-offsets", "group", "g");
    add(&l, &event);
    end(&l, "allow alice to consume topic t\nallow alice to delete group g\n" TAIL);
}

static void lines_stay_short(void **state)
{
    struct policytool_learn l;

    (void)state;
    policytool_learn_init(&l, "alice");
    add_names(&l, "produce",
        WORDS("a-topic-of-a-long-name-1", "a-topic-of-a-long-name-2",
            "a-topic-of-a-long-name-3"));
    end(&l, "allow alice to produce topic a-topic-of-a-long-name-1, "
            "a-topic-of-a-long-name-2\n"
            "allow alice to produce topic a-topic-of-a-long-name-3\n" TAIL);
}

static void prefixes_are_the_narrowest_and_only_asked_for(void **state)
{
    static const char *const names[] = {
        "pay.eu.1", "pay.eu.2", "pay.eu.3", "pay.us.1", "pay", "other", "_x", NULL};
    struct policytool_learn l;

    (void)state;
    policytool_learn_init(&l, "alice");
    add_names(&l, "produce", names);
    end(&l, "allow alice to produce topic _x, other, pay, pay.eu.1, pay.eu.2, pay.eu.3, "
            "pay.us.1\n" TAIL);
    policytool_learn_init(&l, "alice");
    l.prefix_from = 3;
    add_names(&l, "produce", names);
    end(&l, "# topic pay.eu.*: 3 names were used\n"
            "allow alice to produce topic _x, other, pay, pay.eu.*, pay.us.1\n" TAIL);
    policytool_learn_init(&l, "alice");
    l.prefix_from = 3;
    add_names(&l, "produce", names);
    add_names(&l, "produce", WORDS("pay.us.2", "pay.as.1"));
    end(&l, "# topic pay.*: 6 names were used\n"
            "allow alice to produce topic _x, other, pay, pay.*\n" TAIL);
}

static void no_name_can_be_more_than_a_name(void **state)
{
    struct policytool_learn l;

    (void)state;
    policytool_learn_init(&l, "alice");
    l.prefix_from = 2;
    add_names(&l, "consume",
        WORDS("*", "pay.*", "x\nallow any to all topic *", "a\" group \"b", "c d.1",
            "c d.2", "group", "\x80", "x\xe2\x80\xae"));
    end(&l, "allow alice to consume topic \"*\", \"c d.1\", \"c d.2\", group, "
            "\"pay.*\"\n"
            "# 4 names are left out: no policy can name them\n" TAIL);
}

static void check_who(const char *who, const char *principal, const char *written)
{
    struct policytool_event event = event_of("produce", "", "", "t");
    struct policytool_learn l;
    char expected[256];

    event.principal = view_of(principal);
    policytool_learn_init(&l, who);
    add(&l, &event);
    (void)snprintf(
        expected, sizeof(expected), "allow %s to produce topic t\n" TAIL, written);
    end(&l, expected);
}

static void a_principal_is_never_a_team_or_any(void **state)
{
    (void)state;
    check_who("User:any", "User:any", "\"any\"");
    check_who("User:@ops", "User:@ops", "\"@ops\"");
    check_who("User:User:x", "User:User:x", "\"User:User:x\"");
    check_who("a,b", "User:a,b", "\"a,b\"");
}

static void anonymous_is_who_did_not_log_in(void **state)
{
    struct policytool_event event = event_of("produce", "", "", "t");
    struct policytool_learn l;
    struct buf out;

    (void)state;
    event.principal = view_of("User:ANONYMOUS");
    policytool_learn_init(&l, "anonymous");
    add(&l, &event); /* logged in */
    assert_int_equal(l.uses, 0);
    event.mechanism = (struct policy_view){NULL, 0};
    add(&l, &event);
    buf_init(&out, 1 << 20);
    assert_int_equal(policytool_proposal_write(&l, &out), OK);
    assert_text(&out, "# ANONYMOUS: 1 uses, 2026-11-20T00:00Z to 2026-11-20T00:00Z\n"
                      "# from 10.20.4.7\n"
                      "allow anonymous to produce topic t\n" TAIL);
    buf_fini(&out);
    policytool_learn_fini(&l);
}

static void a_principal_that_no_policy_can_name_is_refused(void **state)
{
    struct policytool_learn l;
    struct buf out;

    (void)state;
    policytool_learn_init(&l, "a\"b");
    buf_init(&out, 1 << 20);
    assert_int_equal(policytool_proposal_write(&l, &out), ERR_INVALID);
    buf_fini(&out);
    policytool_learn_fini(&l);
}

static void many_addresses_become_networks(void **state)
{
    struct policytool_event event = event_of("produce", "", "", "t");
    struct policytool_learn l;
    struct buf out;
    char address[32];

    (void)state;
    policytool_learn_init(&l, "alice");
    for (int i = 0; i < 9; i++) {
        (void)snprintf(address, sizeof(address), "10.20.%d.%d", i / 5, i);
        event.address = view_of(address);
        add(&l, &event);
    }
    event.address = view_of("2001:db8::1");
    add(&l, &event);
    buf_init(&out, 1 << 20);
    assert_int_equal(policytool_proposal_write(&l, &out), OK);
    buf_add(&out, "", 1);
    assert_non_null(strstr(
        (const char *)out.bytes, "\n# from 10.20.0.0/24, 10.20.1.0/24, 2001:db8::/64\n"));
    buf_fini(&out);
    for (int i = 0; i < POLICYTOOL_LEARN_ADDRESSES; i++) {
        (void)snprintf(address, sizeof(address), "10.30.%d.1", i);
        event.address = view_of(address);
        add(&l, &event);
    }
    assert_true(l.has_more_addresses);
    policytool_learn_fini(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_the_least_for_what_was_done),
        cmocka_unit_test(all_that_manage_means_is_manage),
        cmocka_unit_test(who_deletes_offsets_of_a_group_needs_read_on_their_topics),
        cmocka_unit_test(lines_stay_short),
        cmocka_unit_test(prefixes_are_the_narrowest_and_only_asked_for),
        cmocka_unit_test(no_name_can_be_more_than_a_name),
        cmocka_unit_test(a_principal_is_never_a_team_or_any),
        cmocka_unit_test(anonymous_is_who_did_not_log_in),
        cmocka_unit_test(a_principal_that_no_policy_can_name_is_refused),
        cmocka_unit_test(many_addresses_become_networks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
