/*
 * acl_vectors - files of cases for rules of Apache Kafka, run against the evaluator and
 * against the rules for names of the plugins.
 *
 * A file is a JSON object with any of the sections authorize, authorize_by_resource_type,
 * filter_store with filters, ssl_principal_mapping and kerberos_principal_to_local, and,
 * for the first three, the enums that name the codes of the protocol.
 */
#ifndef ACL_VECTORS_H
#define ACL_VECTORS_H

#include "policy_filter.h"

#include <jansson.h>

struct acl_vectors {
    json_t *file;
    bool ours; /* as the broker does without policy.kafka.compat */
    size_t passed;
    size_t failed;
};

/* Tells one case. Texts may be NULL. */
void acl_vectors_tell(
    struct acl_vectors *v, const json_t *vector, const char *expected, const char *got);

struct policy_view acl_vectors_text(const json_t *object, const char *key);
/* The code of a word; 0 for one that the file's enums do not have. */
int8_t acl_vectors_code(
    const struct acl_vectors *v, const char *kind, const json_t *object, const char *key);
struct policy_binding acl_vectors_binding(const struct acl_vectors *v, const json_t *acl);

/* Whether words and texts that the cases need are there; if not, says on stderr which. */
bool acl_vectors_check(const struct acl_vectors *v, const char *path);

/* The sections. */
void acl_vectors_authorize(struct acl_vectors *v);
void acl_vectors_by_type(struct acl_vectors *v);
void acl_vectors_filters(struct acl_vectors *v);
void acl_vectors_ssl(struct acl_vectors *v);
void acl_vectors_kerberos(struct acl_vectors *v);

#endif
