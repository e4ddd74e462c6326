/*
 * broker_topic - topics come and go: decide, write, wait until durable, apply, open,
 * answer.
 */
#ifndef BROKER_TOPIC_H
#define BROKER_TOPIC_H

#include "broker.h"

/* Error is a code of the protocol; message a sentence, "" for none. */
typedef void broker_topic_done(
    struct broker *b, void *context, int16_t error, const char *message);

/* For topics that broker itself wants: created with the defaults unless they exist. */
void broker_topic_create_in_background(struct broker *b, struct wire_view name);
/* The same for a session that asked for a topic that is not there. */
struct broker_session;
void broker_topic_create_for(const struct broker_session *s, struct wire_view name);
/*
 * Creates an internal topic with that many partitions; done runs once all of them can be
 * written to, or with what meta_submit_create() answered (36 when somebody else is at
 * it).
 */
void broker_topic_create_internal(struct broker *b, const char *name, int32_t partitions,
    broker_topic_done *done, void *context);

/*
 * Writes the batch to the metadata log and, when it is durable, applies it. Takes the
 * batch (also when it fails). done runs exactly once, after the image has changed.
 */
void broker_topic_submit(
    struct broker *b, struct meta_batch *batch, broker_topic_done *done, void *context);

#endif
