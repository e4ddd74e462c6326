/*
 * broker_job - a request that asks for several decisions and gets one answer, once the
 * last of them is durable.
 *
 * Each decision is an item: it is refused at once, or submitted to the metadata log. What
 * was submitted is an audit event with its outcome.
 *
 * Ownership: the job owns its items and everything in its arena. It ends by itself, after
 * its answer.
 */
#ifndef BROKER_JOB_H
#define BROKER_JOB_H

#include "broker_event.h"

struct broker_item;

/* Why a change is refused while the audit takes no records. */
extern const char broker_no_record[];

struct broker_job {
    struct arena arena; /* what the answer needs */
    struct broker_call call;
    struct broker_author author; /* for the audit, when its session is gone */
    void (*answer)(struct broker *b, struct broker_job *job);
    void *items; /* rows of the handler's own type, which begins with a broker_item */
    size_t count;
    size_t item_size;
    void *response; /* the handler's own; in the arena */
    size_t waiting; /* decisions under way, and one while the request is still read */
    /* Of a job that runs one after the other: how an item begins, which one is next. */
    void (*start)(struct broker *b, struct broker_item *item);
    size_t next;
    bool has_one_in_hand;
    bool is_stepping;
};

struct broker_item {
    struct broker_job *job;
    const char *verb;      /* for the audit: "create"; NULL: nothing changes */
    const char *noun;      /* "topic" */
    struct wire_view name; /* of the thing; in the job's arena */
    struct wire_view key;  /* what must not stand in the request twice; there, too */
    int16_t error;
    const char *message; /* NULL: none */
};

/* NULL: out of memory, or more items than a request may have. */
struct broker_job *broker_job_new(const struct broker_call *call, size_t count,
    size_t item_size, void (*answer)(struct broker *b, struct broker_job *job));
/* The request is read: from now on the answer may go out. */
void broker_job_release(struct broker *b, struct broker_job *job);
/* While its session is there; what is submitted or run does it by itself. */
void broker_job_note_author(struct broker *b, struct broker_job *job);
/* Before anything is under way: there will be no answer. Accepts NULL. */
void broker_job_drop(struct broker_job *job);
/* Into the job's arena. A null view stays one; without memory it becomes one. */
struct wire_view broker_job_copy(struct broker_job *job, struct wire_view view);
/*
 * Keeps the first of the items with one key and drops the others, as Apache Kafka does,
 * which has one row a thing. message: refuses (INVALID_REQUEST) what was there more than
 * once; NULL: it counts once. Only for jobs whose rows are made at the end.
 */
enum err broker_job_name_once(struct broker_job *job, const char *message) MUST_CHECK;
/* Refuses (INVALID_REQUEST) every item whose key stands in the request more than once. */
enum err broker_job_refuse_twice(struct broker_job *job, const char *message) MUST_CHECK;

/* message may be NULL; it is copied. */
void broker_item_refuse(struct broker_item *item, int16_t error, const char *message);
/* Writes the decision. Takes the batch. */
void broker_item_submit(
    struct broker *b, struct broker_item *item, struct meta_batch *batch);
/* A decision of another kind is under way; broker_item_end() follows, exactly once. */
void broker_item_begin(struct broker_item *item);
/* It is made (error 0), or was not: an audit event. message may be NULL. */
void broker_item_end(
    struct broker *b, struct broker_item *item, int16_t error, const char *message);
/*
 * Starts every item that is not refused, one after the other: each when the one before it
 * has ended. start leads to broker_item_end(), now or later.
 */
void broker_job_run(struct broker *b, struct broker_job *job,
    void (*start)(struct broker *b, struct broker_item *item));
/* The message for the answer. */
struct wire_view broker_item_message(const struct broker_item *item);

#endif
