/*
 * broker_acl - the rules that clients set (meta_acl.h), as a policy that is asked; with
 * policy.mode=api alone, with policy.mode=mixed beside that of the file.
 *
 * A policy is made of them before a change of theirs is written, so that what is written
 * can be asked for: rules of which none can be made are refused.
 *
 * Trust: rules come from clients that may set them, and from the disk. One whose host
 * can not be read allows nothing and denies everywhere.
 *
 * Ownership: struct broker owns the policy.
 */
#ifndef BROKER_ACL_H
#define BROKER_ACL_H

#include "broker.h"
#include "policy_filter.h"

/* Longest text of a rule for people, cut where it is longer. */
#define BROKER_ACL_TEXT_MAX 256
/* "acl-" and 8 digits of its id. */
#define BROKER_ACL_ID_MAX 16

/* All of the image, but `without`, and `with` on top. Rows of `without` are the image's
 * own. */
struct broker_acl_change {
    const struct meta_acl *with;
    size_t with_count;
    const struct meta_acl *const *without;
    size_t without_count;
};

/* *too_many: of what there is more than a policy may have; NULL: nothing. */
enum err broker_acl_build(struct broker *b, const struct broker_acl_change *change,
    struct policy **out, const char **too_many) MUST_CHECK;
/* From now on this one is asked. Takes it. */
void broker_acl_install(struct broker *b, struct policy **fresh);
/* Of what the disk had; the first one. */
enum err broker_acl_start(struct broker *b) MUST_CHECK;
void broker_acl_fini(struct broker *b);

bool broker_acl_counts(const struct broker *b); /* clients may set rules */
bool broker_acl_counts_alone(const struct broker *b);
/* Why no request changes a rule. */
const char *broker_acl_file_stands(const struct broker *b, char *text, size_t size);

/*
 * The one way in which a host is written: an address, or a network in CIDR form, or "*".
 * Lives in the arena. NULL, or what is wrong with it.
 */
const char *broker_acl_host(
    struct arena *arena, struct wire_view host, struct wire_view *out);
/* The same for a filter, where what is no address stays as it is. False: no memory. */
bool broker_acl_filter_host(
    struct arena *arena, struct policy_view host, struct policy_view *out);

struct policy_binding broker_acl_binding(const struct meta_acl *acl);
void broker_acl_id(const struct meta_acl *acl, char out[BROKER_ACL_ID_MAX]);
/* "acl-1a2b3c4d allow User:alice read topic orders from 10.0.0.0/8"; without the id as
 * long as there is none. */
void broker_acl_text(const struct meta_acl *acl, char out[BROKER_ACL_TEXT_MAX]);

#endif
