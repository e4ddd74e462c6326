#include "cli_client.h"
#include "cli_output.h"
#include "cli_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char *const always[][2] = {
    {"allow.auto.create.topics", "false"}, {"enable.auto.commit", "false"}, {NULL, NULL}};
static const struct cli_prepare as_reader = {.type = RD_KAFKA_CONSUMER, .always = always};

static rd_kafka_AdminOptions_t *admin_options(
    struct cli_client *c, rd_kafka_admin_op_t op)
{
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(c->handle, op);
    char why[256];

    (void)rd_kafka_AdminOptions_set_request_timeout(o, c->timeout_ms, why, sizeof(why));
    return o;
}

/* The answer of an admin request; NULL: the error was printed. */
static rd_kafka_event_t *answer_of(struct cli_client *c, rd_kafka_queue_t *queue,
    const char *task, enum cli_exit *result)
{
    rd_kafka_event_t *event = cli_client_wait(c, queue);
    rd_kafka_resp_err_t code =
        event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return event;
    }
    *result = cli_client_fail(
        c, code, event == NULL ? NULL : rd_kafka_event_error_string(event), "%s", task);
    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    return NULL;
}

/* ---- list ---- */

static enum cli_exit take_listing(
    struct cli_client *c, rd_kafka_event_t *event, struct cli_table *t)
{
    const rd_kafka_ListConsumerGroups_result_t *answer =
        rd_kafka_event_ListConsumerGroups_result(event);
    enum cli_exit result = CLI_EXIT_OK;
    size_t count = 0;

    const rd_kafka_ConsumerGroupListing_t **groups =
        rd_kafka_ListConsumerGroups_result_valid(answer, &count);
    for (size_t i = 0; i < count; i++) {
        cli_table_text(t, rd_kafka_ConsumerGroupListing_group_id(groups[i]));
        cli_table_text(t, rd_kafka_consumer_group_state_name(
                              rd_kafka_ConsumerGroupListing_state(groups[i])));
    }
    const rd_kafka_error_t **errors =
        rd_kafka_ListConsumerGroups_result_errors(answer, &count);
    for (size_t i = 0; i < count; i++) {
        enum cli_exit one = cli_client_fail(c, rd_kafka_error_code(errors[i]),
            rd_kafka_error_string(errors[i]), "list the groups of one broker");
        result = t->cells_count > 0 ? CLI_EXIT_PARTIAL : one;
    }
    return result;
}

enum cli_exit cli_group_list(const struct cli *cli)
{
    static const struct cli_column columns[] = {
        {"GROUP", CLI_CELL_TEXT}, {"STATE", CLI_CELL_TEXT}};
    struct cli_client c;
    struct cli_opaque opaque;
    struct cli_table t;

    enum cli_exit result = cli_client_open(&c, cli, &as_reader, &opaque);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    cli_table_init(&t, columns, COUNT_OF(columns));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(c.handle);
    rd_kafka_AdminOptions_t *o = admin_options(&c, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);
    rd_kafka_ListConsumerGroups(c.handle, o, queue);
    rd_kafka_event_t *event = answer_of(&c, queue, "list groups", &result);
    if (event != NULL) {
        result = take_listing(&c, event, &t);
        rd_kafka_event_destroy(event);
    }
    if (result == CLI_EXIT_OK || result == CLI_EXIT_PARTIAL) {
        enum cli_exit printed = cli_table_print(&t, cli);
        result = printed == CLI_EXIT_OK ? result : printed;
    }
    rd_kafka_AdminOptions_destroy(o);
    if (!c.stuck) {
        rd_kafka_queue_destroy(queue);
    }
    cli_table_fini(&t);
    cli_client_close(&c);
    return result;
}

/* ---- describe ---- */

static const struct cli_column describe_columns[] = {
    {"GROUP", CLI_CELL_TEXT},
    {"STATE", CLI_CELL_TEXT},
    {"TOPIC", CLI_CELL_TEXT},
    {"PARTITION", CLI_CELL_NUMBER},
    {"COMMITTED", CLI_CELL_NUMBER},
    {"LOG-END", CLI_CELL_NUMBER},
    {"LAG", CLI_CELL_NUMBER},
    {"MEMBER", CLI_CELL_TEXT},
    {"CLIENT", CLI_CELL_TEXT},
    {"HOST", CLI_CELL_TEXT},
};

struct described { /* borrowed from the two answers */
    struct cli_client *client;
    struct cli_table *table;
    const rd_kafka_ConsumerGroupDescription_t *group;
    const rd_kafka_topic_partition_list_t *committed; /* may be NULL */
};

/* -1: none */
static int64_t committed_offset(
    const struct described *d, const char *topic, int32_t partition)
{
    for (int i = 0; d->committed != NULL && i < d->committed->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &d->committed->elems[i];
        if (p->partition == partition && strcmp(p->topic, topic) == 0) {
            return p->offset;
        }
    }
    return -1;
}

static void add_offset(const struct described *d, int64_t offset, bool known)
{
    if (known) {
        cli_table_number(d->table, offset);
    } else {
        cli_table_text(d->table, NULL);
    }
}

static void add_offsets(const struct described *d, const char *topic, int32_t partition)
{
    const int64_t committed = committed_offset(d, topic, partition);
    int64_t start = 0;
    int64_t end = -1;

    if (rd_kafka_query_watermark_offsets(d->client->handle, topic, partition, &start,
            &end, d->client->timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        end = -1;
    }
    add_offset(d, committed, committed >= 0);
    add_offset(d, end, end >= 0);
    add_offset(d, end - committed, committed >= 0 && end >= 0);
}

/* One row; topic or member may be NULL. */
static void add_row(const struct described *d, const char *topic, int32_t partition,
    const rd_kafka_MemberDescription_t *member)
{
    cli_table_text(d->table, rd_kafka_ConsumerGroupDescription_group_id(d->group));
    cli_table_text(d->table, rd_kafka_consumer_group_state_name(
                                 rd_kafka_ConsumerGroupDescription_state(d->group)));
    cli_table_text(d->table, topic);
    if (topic == NULL) {
        for (int i = 0; i < 4; i++) {
            cli_table_text(d->table, NULL);
        }
    } else {
        cli_table_number(d->table, partition);
        add_offsets(d, topic, partition);
    }
    cli_table_text(
        d->table, member == NULL ? NULL : rd_kafka_MemberDescription_consumer_id(member));
    cli_table_text(
        d->table, member == NULL ? NULL : rd_kafka_MemberDescription_client_id(member));
    cli_table_text(
        d->table, member == NULL ? NULL : rd_kafka_MemberDescription_host(member));
}

static const rd_kafka_topic_partition_list_t *partitions_of(
    const rd_kafka_MemberDescription_t *member)
{
    const rd_kafka_MemberAssignment_t *assignment =
        rd_kafka_MemberDescription_assignment(member);

    return assignment == NULL ? NULL : rd_kafka_MemberAssignment_partitions(assignment);
}

static bool is_assigned(const struct described *d, const char *topic, int32_t partition)
{
    const size_t count = rd_kafka_ConsumerGroupDescription_member_count(d->group);

    for (size_t i = 0; i < count; i++) {
        const rd_kafka_topic_partition_list_t *list =
            partitions_of(rd_kafka_ConsumerGroupDescription_member(d->group, i));
        for (int k = 0; list != NULL && k < list->cnt; k++) {
            if (list->elems[k].partition == partition &&
                strcmp(list->elems[k].topic, topic) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Members with their partitions, then what was committed and nobody reads now. */
static void add_rows(const struct described *d)
{
    const size_t count = rd_kafka_ConsumerGroupDescription_member_count(d->group);

    for (size_t i = 0; i < count && !cli_interrupted(); i++) {
        const rd_kafka_MemberDescription_t *member =
            rd_kafka_ConsumerGroupDescription_member(d->group, i);
        const rd_kafka_topic_partition_list_t *list = partitions_of(member);
        if (list == NULL || list->cnt == 0) {
            add_row(d, NULL, -1, member);
        }
        for (int k = 0; list != NULL && k < list->cnt; k++) {
            add_row(d, list->elems[k].topic, list->elems[k].partition, member);
        }
    }
    for (int k = 0; d->committed != NULL && k < d->committed->cnt; k++) {
        const rd_kafka_topic_partition_t *p = &d->committed->elems[k];
        if (p->offset >= 0 && !is_assigned(d, p->topic, p->partition)) {
            add_row(d, p->topic, p->partition, NULL);
        }
    }
}

/* False: the broker refused; the error was printed. */
static bool take_group(
    struct described *d, const char *name, rd_kafka_event_t *event, enum cli_exit *result)
{
    size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t **groups =
        rd_kafka_DescribeConsumerGroups_result_groups(
            rd_kafka_event_DescribeConsumerGroups_result(event), &count);
    const rd_kafka_error_t *error =
        count == 1 ? rd_kafka_ConsumerGroupDescription_error(groups[0]) : NULL;

    if (count != 1 || error != NULL) {
        *result = cli_client_fail(d->client,
            error == NULL ? RD_KAFKA_RESP_ERR__BAD_MSG : rd_kafka_error_code(error),
            error == NULL ? NULL : rd_kafka_error_string(error), "describe group %s",
            name);
        return false;
    }
    d->group = groups[0];
    return true;
}

static enum cli_exit take_offsets(
    struct described *d, const char *name, rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_group_result_t **results =
        rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    const rd_kafka_error_t *error =
        count == 1 ? rd_kafka_group_result_error(results[0]) : NULL;

    if (error != NULL) {
        return cli_client_fail(d->client, rd_kafka_error_code(error),
            rd_kafka_error_string(error), "read the offsets of group %s", name);
    }
    d->committed = count == 1 ? rd_kafka_group_result_partitions(results[0]) : NULL;
    bool is_dead = rd_kafka_ConsumerGroupDescription_state(d->group) ==
                   RD_KAFKA_CONSUMER_GROUP_STATE_DEAD;
    if (is_dead && (d->committed == NULL || d->committed->cnt == 0)) {
        cli_error("`schloss group list` shows the groups that you may see",
            "there is no group %s (%s)", name, d->client->target);
        return CLI_EXIT_NO;
    }
    add_rows(d);
    return cli_interrupted() ? CLI_EXIT_INTERRUPTED : CLI_EXIT_OK;
}

static rd_kafka_event_t *ask_description(struct cli_client *c, const char *name,
    rd_kafka_queue_t *queue, enum cli_exit *result)
{
    rd_kafka_AdminOptions_t *o =
        admin_options(c, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);

    rd_kafka_DescribeConsumerGroups(c->handle, &name, 1, o, queue);
    rd_kafka_event_t *event = answer_of(c, queue, "describe the group", result);
    rd_kafka_AdminOptions_destroy(o);
    return event;
}

static rd_kafka_event_t *ask_offsets(struct cli_client *c, const char *name,
    rd_kafka_queue_t *queue, enum cli_exit *result)
{
    rd_kafka_AdminOptions_t *o =
        admin_options(c, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_ListConsumerGroupOffsets_t *all =
        rd_kafka_ListConsumerGroupOffsets_new(name, NULL);

    rd_kafka_ListConsumerGroupOffsets(c->handle, &all, 1, o, queue);
    rd_kafka_event_t *event = answer_of(c, queue, "read the group's offsets", result);
    rd_kafka_ListConsumerGroupOffsets_destroy(all);
    rd_kafka_AdminOptions_destroy(o);
    return event;
}

static enum cli_exit describe(
    struct cli_client *c, const struct cli *cli, struct cli_table *t)
{
    struct described d = {.client = c, .table = t};
    enum cli_exit result = CLI_EXIT_OK;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(c->handle);
    rd_kafka_event_t *offsets = NULL;

    rd_kafka_event_t *description = ask_description(c, cli->args[0], queue, &result);
    if (description != NULL && take_group(&d, cli->args[0], description, &result)) {
        offsets = ask_offsets(c, cli->args[0], queue, &result);
    }
    if (offsets != NULL) {
        result = take_offsets(&d, cli->args[0], offsets);
        rd_kafka_event_destroy(offsets);
    }
    if (description != NULL) {
        rd_kafka_event_destroy(description);
    }
    if (!c->stuck) {
        rd_kafka_queue_destroy(queue);
    }
    return result;
}

enum cli_exit cli_group_describe(const struct cli *cli)
{
    struct cli_client c;
    struct cli_opaque opaque;
    struct cli_table t;

    if (cli->args[0][0] == '\0') {
        cli_error(NULL, "the group's name is empty");
        return CLI_EXIT_USAGE;
    }
    enum cli_exit result = cli_client_open(&c, cli, &as_reader, &opaque);
    if (result != CLI_EXIT_OK) {
        return result;
    }
    cli_table_init(&t, describe_columns, COUNT_OF(describe_columns));
    result = describe(&c, cli, &t);
    if (result == CLI_EXIT_OK) {
        result = cli_table_print(&t, cli);
    }
    cli_table_fini(&t);
    cli_client_close(&c);
    return result;
}
