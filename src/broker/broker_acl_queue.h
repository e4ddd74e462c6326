/*
 * broker_acl_queue - changes of the rules that clients set, one after the other.
 *
 * Each is decided by what the one before it left, written, put in force, and answered
 * when every grant was looked at and store holds none any more that it took away. Who
 * asked has to have the right to it when its turn comes.
 *
 * Ownership: a change lives in the arena of its job.
 *
 * Limits: as many wait as there are sessions; each has one request in hand.
 */
#ifndef BROKER_ACL_QUEUE_H
#define BROKER_ACL_QUEUE_H

#include "broker_acl.h"
#include "broker_job.h"

struct broker_acl_request {
    struct broker_job *job; /* its own share of the work keeps it */
    const char *verb;       /* for the audit */
    /*
     * Its turn: puts what is to be written into the batch, and says which rules that adds
     * or removes. False: it was refused, or there is nothing to do.
     */
    bool (*decide)(
        struct broker *b, struct broker_acl_request *r, struct meta_batch *batch);
    struct meta_acl *acls;        /* of decide(): what is added or removed; ... */
    const struct meta_acl **rows; /* ... and where it is removed, as the image has it */
    size_t count;
    /* Of the queue alone. */
    struct policy *fresh;
    struct broker_acl_request *next;
    bool has_begun;
    bool is_in_force;
    bool is_reviewed; /* no grant is left that it takes away */
    size_t revokes;   /* that store has not acknowledged */
};

/* All that was not refused yet. */
void broker_acl_request_refuse(
    struct broker_acl_request *r, int16_t error, const char *message);
/* The same for what the metadata has against it; an event for each rule. */
void broker_acl_request_fail(
    struct broker *b, struct broker_acl_request *r, int16_t error, const char *message);
/* One of the requests that change rules. */
struct broker_acl_api {
    const char *verb; /* for the audit */
    size_t
        item_size; /* rows of the handler's own type, which begins with a broker_item */
    bool (*decide)(
        struct broker *b, struct broker_acl_request *r, struct meta_batch *batch);
    void (*answer)(struct broker *b, struct broker_job *job);
    /* Reads the i-th element of the request into its item, or refuses that. */
    void (*judge)(struct broker_session *s, const struct wire_array *asked, size_t i,
        struct broker_item *item);
};

/*
 * A request, of whoever has the right to it. Where an item is left that was not refused it
 * takes its turn, now or later; else it is answered. The job's response is its
 * struct broker_acl_request.
 */
void broker_acl_queue_take(struct broker_session *s, const struct broker_call *call,
    const struct broker_acl_api *api, const struct wire_array *asked);
/* For the end of a round of the loop: a review (broker_review.h) may be over. */
void broker_acl_queue_reviewed(struct broker *b);
/* Store took back a grant. */
void broker_acl_queue_revoked(struct broker *b);

#endif
