/* What single keys cannot say: keys that need, or exclude, each other. */
#include "conf_build.h"

#include <string.h>

static bool any_listener(
    const struct conf *conf, enum conf_protocol a, enum conf_protocol b)
{
    for (size_t i = 0; i < conf->listener_count; i++) {
        if (conf->listeners[i].protocol == a || conf->listeners[i].protocol == b) {
            return true;
        }
    }
    return false;
}

static void check_certificate(struct conf_builder *b)
{
    static const char keystore[] = "ssl.keystore.location";
    struct conf *conf = b->conf;
    bool separate = conf->certificate_file != NULL || conf->key_file != NULL;

    if (conf_token_check(b)) {
        return;
    }
    if (conf_is_set(b, keystore) && separate) {
        conf_fail(b, keystore, NULL, "CONF043", "keep one of the two ways",
            "ssl.keystore.location and ssl.certificate.location or ssl.key.location");
        return;
    }
    if (conf_is_set(b, keystore)) {
        conf->certificate_file = conf_text(b, keystore);
        conf->key_file = conf->certificate_file;
    }
    if (separate && (conf->certificate_file == NULL || conf->key_file == NULL)) {
        bool no_key = conf->key_file == NULL;
        conf_fail(b, no_key ? "ssl.certificate.location" : "ssl.key.location", NULL,
            "CONF043", "set both", "%s is not set",
            no_key ? "ssl.key.location" : "ssl.certificate.location");
        return;
    }
    if (conf->certificate_file == NULL && any_listener(conf, CONF_SSL, CONF_SASL_SSL)) {
        conf_fail(b, conf_key_listeners, NULL, "CONF043",
            "set ssl.certificate.location and ssl.key.location",
            "a listener has TLS but there is no certificate");
    }
}

/* In a user namespace of one user all others look the same. */
static void check_admin(struct conf_builder *b)
{
    static const char group[] = "schloss.admin.group";

    if (b->conf->admin_group != NULL && b->conf->admin_socket == NULL) {
        conf_fail(b, group, NULL, "CONF043", "set schloss.admin.socket, or leave it out",
            "there is a group for a socket that is not there");
    }
    if (b->conf->admin_group != NULL && b->conf->sandbox == CONF_SANDBOX_ROOTLESS) {
        conf_fail(b, group, NULL, "CONF043", "leave it out",
            "with sandbox=rootless nobody could tell who of the group is there");
    }
}

/* An open default is opened on purpose, and never beside rules of a file that delegate. */
static void check_policy(struct conf_builder *b)
{
    static const char everyone[] = "allow.everyone.if.no.acl.found";
    const struct conf *conf = b->conf;

    if (conf->policy_allow_everyone && !conf->policy_compat) {
        conf_fail(b, everyone, NULL, "CONF043",
            "write rules, or set policy.kafka.compat=true as well",
            "everybody would be allowed whatever no rule is about");
    }
    if (conf->policy_allow_everyone && conf->policy_mode == CONF_POLICY_MIXED) {
        conf_fail(b, everyone, NULL, "CONF043", "leave it out, or set policy.mode=api",
            "with policy.mode=mixed nobody could tell which rules are missing");
    }
}

static void check_order(struct conf_builder *b, const char *low_key, int64_t low,
    const char *high_key, int64_t high)
{
    if (low > high) {
        conf_fail(b, conf_is_set(b, low_key) ? low_key : high_key, NULL, "CONF020",
            "change one of the two", "%s is above %s", low_key, high_key);
    }
}

void conf_check(struct conf_builder *b)
{
    const struct conf *conf = b->conf;

    conf_tls_check(b);
    conf_client_auth_check(b);
    check_certificate(b);
    conf_jwks_check(b);
    check_admin(b);
    check_policy(b);
    if (b->report->errors > 0) {
        return; /* the numbers may not be there */
    }
    check_order(b, "group.min.session.timeout.ms", conf->group_min_session_timeout_ms,
        "group.max.session.timeout.ms", conf->group_max_session_timeout_ms);
    check_order(b, "message.max.bytes", conf->message_max_bytes,
        "socket.request.max.bytes", conf->socket_request_max_bytes);
    check_order(b, "message.max.bytes", conf->message_max_bytes, "log.segment.bytes",
        conf->log_segment_bytes);
}
