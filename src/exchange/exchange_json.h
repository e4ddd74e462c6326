/*
 * exchange_json - JSON that other tools wrote: Terraform's state, and roles of Redpanda.
 *
 * Terraform: resources `kafka_acl` and `confluent_kafka_acl` of a state of version 4.
 * Redpanda: what `rpk security role describe --format json` and `rpk security acl list
 * --format json` print, one such document or an array of them.
 *
 * Trust: the text may hold any bytes; the library refuses what is not JSON, keys that
 * come twice and NULs.
 */
#ifndef EXCHANGE_JSON_H
#define EXCHANGE_JSON_H

#include "exchange_acl.h"

enum exchange_json_kind {
    EXCHANGE_JSON_OTHER, /* JSON, but neither of them */
    EXCHANGE_JSON_TERRAFORM,
    EXCHANGE_JSON_REDPANDA,
};

/* ERR_INVALID: no JSON, or not of a kind that is known; why_out says so, for a person. */
enum err exchange_json_read(
    struct policy_view text, struct exchange_set *out, struct buf *why_out) MUST_CHECK;
/* A file `.tf.json` with one resource `kafka_acl` an entry; notes stand in it as a
 * comment. */
void exchange_terraform_write(const struct exchange_set *s, struct buf *out);

#endif
