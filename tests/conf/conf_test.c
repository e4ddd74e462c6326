#include "test.h"

#include "conf.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

#define BASE                                                                             \
    "node.id=1\n"                                                                        \
    "log.dirs=/data\n"
#define TLS                                                                              \
    "ssl.certificate.location=/c.pem\n"                                                  \
    "ssl.key.location=/k.pem\n"
#define SASL "sasl.enabled.mechanisms=PLAIN\n"
#define GOOD BASE TLS SASL "listeners=SASL_SSL://127.0.0.1:9092\n"

static enum err parse(
    const char *const *texts, size_t count, struct conf **conf, char *errors, size_t size)
{
    struct conf_source files[4];
    struct buf b;

    for (size_t i = 0; i < count; i++) {
        files[i] = (struct conf_source){
            i == 0 ? "main" : "drop-in", (const uint8_t *)texts[i], strlen(texts[i])};
    }
    buf_init(&b, size - 1);
    enum err e = conf_parse(files, count, conf, &b);
    (void)snprintf(errors, size, "%.*s", (int)b.length, (const char *)b.bytes);
    buf_fini(&b);
    return e;
}

static struct conf *good(const char *text)
{
    static char errors[8192];
    struct conf *conf = NULL;

    if (parse(&text, 1, &conf, errors, sizeof(errors)) != OK) {
        fail_msg("%s\n%s", text, errors);
    }
    assert_string_equal(errors, "");
    return conf;
}

static void check_good(const char *text)
{
    struct conf *conf = good(text);

    conf_free(&conf);
    assert_null(conf);
    conf_free(&conf);
}

/* One error, and this is in it. */
static void check_bad(const char *text, const char *expected)
{
    static char errors[16384];
    struct conf *conf = NULL;

    assert_int_equal(parse(&text, 1, &conf, errors, sizeof(errors)), ERR_INVALID);
    assert_null(conf);
    if (strstr(errors, expected) == NULL ||
        strstr(errors, "main: 1 error(s); configuration not loaded\n") == NULL) {
        fail_msg("%s\nexpected: %s\ngot: %s", text, expected, errors);
    }
}

static void an_open_default_is_opened_on_purpose(void **state)
{
    (void)state;
    struct conf *c = good(GOOD);
    assert_int_equal(c->policy_mode, CONF_POLICY_FILE);
    assert_false(c->policy_compat);
    assert_false(c->policy_allow_everyone);
    conf_free(&c);
    c = good(GOOD "policy.mode=api\npolicy.kafka.compat=true\n"
                  "allow.everyone.if.no.acl.found=true\n");
    assert_int_equal(c->policy_mode, CONF_POLICY_API);
    assert_true(c->policy_compat);
    assert_true(c->policy_allow_everyone);
    conf_free(&c);
    check_bad(GOOD "allow.everyone.if.no.acl.found=true\n",
        "write rules, or set policy.kafka.compat=true as well");
    check_bad(GOOD "policy.mode=mixed\npolicy.kafka.compat=true\n"
                   "allow.everyone.if.no.acl.found=true\n",
        "with policy.mode=mixed nobody could tell which rules are missing");
    check_bad(GOOD "policy.mode=both\n", "policy.mode");
}

static void defaults_are_in_the_struct(void **state)
{
    (void)state;
    struct conf *c = good(GOOD);

    assert_int_equal(c->node_id, 1);
    assert_null(c->cluster_id);
    assert_string_equal(c->log_dir, "/data");
    assert_int_equal(c->num_partitions, 1);
    assert_false(c->auto_create_topics_enable);
    assert_true(c->delete_topic_enable);
    assert_int_equal(c->log_segment_bytes, 1073741824);
    assert_int_equal(c->message_max_bytes, 1048588);
    assert_int_equal(c->socket_request_max_bytes, 104857600);
    assert_true(c->connections_max_idle_ms == 600000);
    assert_int_equal(c->max_connections, 10000);
    assert_int_equal(c->max_connections_per_ip, 256);
    assert_int_equal(c->max_connections_unauthenticated, 1024);
    assert_int_equal(c->max_connections_unauthenticated_per_ip, 64);
    assert_int_equal(c->handshake_timeout_ms, 10000);
    assert_int_equal(c->auth_timeout_ms, 10000);
    assert_int_equal(c->auth_rounds_max, 8);
    assert_int_equal(c->stop_timeout_ms, 30000);
    assert_int_equal(c->durability, CONF_DURABILITY_FSYNC);
    assert_int_equal(c->sandbox, CONF_SANDBOX_STRICT);
    assert_int_equal(c->gate_preauth_frame_max, 16384);
    assert_int_equal(c->group_min_session_timeout_ms, 6000);
    assert_int_equal(c->group_max_session_timeout_ms, 1800000);
    assert_int_equal(c->group_initial_rebalance_delay_ms, 3000);
    assert_int_equal(c->offsets_topic_num_partitions, 50);
    assert_true(c->log_retention_ms == 604800000);
    assert_true(c->tls13 && !c->tls12 && !c->fips);
    assert_int_equal(c->listeners[0].tls_policy, TLSPOLICY_MODERN);
    assert_int_equal(c->super_users.count, 0);
    assert_int_equal(c->sasl_enabled_mechanisms.count, 1);
    assert_string_equal(c->sasl_enabled_mechanisms.items[0], "PLAIN");
    assert_string_equal(c->certificate_file, "/c.pem");
    assert_string_equal(c->key_file, "/k.pem");
    assert_string_equal(c->policy_file, "/etc/schloss/main.policy");
    assert_int_equal(c->listener_count, 1);
    assert_string_equal(c->listeners[0].name, "SASL_SSL");
    assert_int_equal(c->listeners[0].protocol, CONF_SASL_SSL);
    assert_string_equal(c->listeners[0].host, "127.0.0.1");
    assert_string_equal(c->listeners[0].advertised_host, "127.0.0.1");
    assert_int_equal(c->listeners[0].advertised_port, 9092);
    assert_null(c->listeners[0].anonymous_principal);
    conf_free(&c);
}

static void every_default_is_a_value_its_key_accepts(void **state)
{
    (void)state;
    for (size_t i = 0; conf_key_at(i) != NULL; i++) {
        const struct conf_key *key = conf_key_at(i);
        char text[4096];
        assert_true(strlen(key->doc) > 10);
        assert_non_null(conf_type_text(key->type));
        assert_true(!key->required || key->fallback == NULL);
        if (key->fallback != NULL && strcmp(key->name, "sasl.enabled.mechanisms") != 0) {
            (void)snprintf(
                text, sizeof(text), "%s%s=%s\n", GOOD, key->name, key->fallback);
            check_good(text);
        }
        if (key->type == CONF_INT || key->type == CONF_LONG) {
            (void)snprintf(text, sizeof(text),
                "log.dirs=/d\nlisteners=SSL://[::1]:1\n"
                "schloss.anonymous.principal.SSL=User:x\n" TLS "%s%s=%lld\n",
                strcmp(key->name, "node.id") == 0 ? "" : "node.id=0\n", key->name,
                (long long)key->max + 1);
            check_bad(text, "is not a number in range [CONF020]");
            (void)snprintf(text, sizeof(text),
                "log.dirs=/d\nlisteners=SSL://[::1]:1\n"
                "schloss.anonymous.principal.SSL=User:x\n" TLS "%s%s=%lld\n",
                strcmp(key->name, "node.id") == 0 ? "" : "node.id=0\n", key->name,
                (long long)key->min - 1);
            check_bad(text, "is not a number in range [CONF020]");
        }
    }
    assert_null(conf_key_at(1000));
}

static void a_later_file_wins_and_every_value_knows_its_origin(void **state)
{
    (void)state;
    static const char *const texts[] = {
        GOOD "num.partitions=2\n", "\n  num.partitions = 3\n"};
    char errors[1000];
    struct conf *c = NULL;

    assert_int_equal(parse(texts, 2, &c, errors, sizeof(errors)), OK);
    assert_int_equal(c->num_partitions, 3);
    for (size_t i = 0; conf_key_at(i) != NULL; i++) {
        struct conf_origin origin = conf_origin_at(c, i);
        if (strcmp(conf_key_at(i)->name, "num.partitions") == 0) {
            assert_string_equal(conf_value_at(c, i), "3");
            assert_string_equal(origin.file, "drop-in");
            assert_int_equal(origin.line, 2);
            assert_int_equal(origin.column, 20);
        } else if (strcmp(conf_key_at(i)->name, "group.max.size") == 0) {
            assert_string_equal(conf_value_at(c, i), "10000");
            assert_null(origin.file);
        }
    }
    assert_null(conf_value_at(c, 1000));
    assert_null(conf_origin_at(c, 1000).file);
    conf_free(&c);
}

static void keys_that_nobody_knows_are_errors_with_a_suggestion(void **state)
{
    (void)state;
    static const char *const text = GOOD "num.partition=2\nxyzzy.foo=1\n";
    char errors[4096];
    struct conf *c = NULL;

    assert_int_equal(parse(&text, 1, &c, errors, sizeof(errors)), ERR_INVALID);
    assert_string_equal(errors,
        "main:7:1: error: unknown key 'num.partition' [CONF010]\n"
        "    7 | num.partition=\n"
        "      | ^~~~~~~~~~~~~\n"
        "  help: did you mean 'num.partitions'?\n"
        "main:8:1: error: unknown key 'xyzzy.foo' [CONF010]\n"
        "    8 | xyzzy.foo=\n"
        "      | ^~~~~~~~~\n"
        "  help: remove it; docs/configuration-keys.md lists all keys\n"
        "main: 2 error(s); configuration not loaded\n");
    check_bad(GOOD "broker.id=1\n", "help: use node.id\n");
    check_bad(GOOD "queued.max.requests=500\n", "help: leave it out: max.connections");
    check_bad(GOOD "zookeeper.connect=x\n", "'zookeeper.connect' is not supported");
    check_bad(GOOD "zookeeper.=x\n", "unknown key 'zookeeper.' [CONF010]");
    check_bad(GOOD "schloss.anonymous.principal.=x\n", "unknown key");
    check_bad(GOOD "schloss.max.connections.unauthenticated.per.i=1\n",
        "did you mean 'schloss.max.connections.unauthenticated.per.ip'?");
    check_bad(GOOD "node.id=2\n", "a key twice in one file [CONF012]");
    check_bad(GOOD "\\u12=1\n", "broken \\u escape");
    check_bad("log.dirs=/d\nlisteners=SASL_SSL://[::1]:1\n" TLS SASL,
        "main:1:1: error: node.id is not set [CONF013]");
}

static void values_are_checked(void **state)
{
    (void)state;
    check_bad(GOOD "num.partitions=\n", "'' is not a number in range");
    check_bad(GOOD "num.partitions=1x\n",
        "main:7:16: error: '1x' is not a number in range [CONF020]\n"
        "    7 | num.partitions=1x\n"
        "      |                ^~\n"
        "  help: write a number from 1 to 10000\n");
    check_bad(GOOD "message.max.bytes=1\n", "from 61 to 104857600 bytes");
    check_bad(GOOD "schloss.auth.timeout.ms=1\n", "from 100 to 600000 milliseconds");
    check_bad(GOOD "log.retention.ms=-2\n", "from -1 to ");
    check_bad(GOOD "log.retention.hours=1\n", "use log.retention.ms");
    check_bad(GOOD "auto.create.topics.enable=yes\n", "'yes' is neither true nor false");
    check_bad(GOOD "auto.create.topics.enable=TRUE\n", "[CONF022]");
    check_bad(GOOD "policy.file=main.policy\n", "'main.policy' is not an absolute path");
    check_bad(GOOD "audit.dir=/a,/b\n", "more than one path is not supported");
    check_bad(GOOD "cluster.id=a b\n", "this is not a name [CONF021]");
    check_bad(GOOD "cluster.id=\n", "[CONF021]");
    check_bad(GOOD "sandbox=off\n", "unknown value 'off' [CONF023]");
    check_bad(GOOD "sandbox=off\n", "write one of: strict container rootless");
    check_bad(GOOD "ssl.keystore.type=JKS\n", "'JKS' is not supported by this version");
    check_bad(GOOD "ssl.enabled.protocols=TLSv1.1, TLSv1.3\n", "unknown value 'TLSv1.1'");
    check_bad(GOOD "ssl.enabled.protocols=\n", "no version of it is enabled [CONF043]");
    check_bad(GOOD "super.users=alice\n", "'alice' is not a principal [CONF027]");
    check_bad(GOOD "super.users=User:\n", "'User:' is not a principal");
    check_bad(GOOD "super.users=User:*\n", "'User:*' is not a principal");
    check_bad(
        GOOD "super.users=User:a; Group:b\n", "      |                     ^~~~~~~\n");
    check_bad(GOOD "group.min.session.timeout.ms=1800001\n",
        "group.min.session.timeout.ms is above group.max.session.timeout.ms");
    check_bad(GOOD "socket.request.max.bytes=1024\n",
        "message.max.bytes is above socket.request.max.bytes");
    check_good(GOOD "group.min.session.timeout.ms=1800000\n");
    struct conf *c = good(GOOD "super.users= User:a ;; User:b:c;User:a\n"
                               "ssl.enabled.protocols=TLSv1.3\ncluster.id=x-1_.Z\n"
                               "schloss.durability=os\nsandbox=rootless\n");
    assert_int_equal(c->super_users.count, 2);
    assert_string_equal(c->super_users.items[0], "a");
    assert_string_equal(c->super_users.items[1], "b:c");
    assert_true(c->tls13);
    assert_false(c->tls12);
    assert_string_equal(c->cluster_id, "x-1_.Z");
    assert_int_equal(c->durability, CONF_DURABILITY_OS);
    assert_int_equal(c->sandbox, CONF_SANDBOX_ROOTLESS);
    conf_free(&c);
}

static void check_listeners(const char *listeners, const char *expected)
{
    char text[2048];

    (void)snprintf(text, sizeof(text),
        BASE TLS SASL
        "listener.security.protocol.map=A:SASL_SSL,B:SASL_SSL,C:SASL_SSL\n%s\n",
        listeners);
    if (expected == NULL) {
        check_good(text);
    } else {
        check_bad(text, expected);
    }
}

static void listeners_have_one_shape(void **state)
{
    (void)state;
    check_listeners(
        "listeners=A://127.0.0.1:0,B://[2001:db8::1]:65535,C://localhost:1", NULL);
    check_listeners("listeners=a://127.0.0.1:0", NULL);
    check_listeners("listeners=A://127.0.0.1:9092,A://127.0.0.2:9092",
        "the listener 'A' is there twice [CONF031]");
    check_listeners("listeners=A://127.0.0.1:9092,a://127.0.0.2:9092", "[CONF031]");
    check_listeners("listeners=A://127.0.0.1:65536", "is not a listener [CONF030]");
    check_listeners("listeners=A://127.0.0.1", "[CONF030]");
    check_listeners("listeners=A://127.0.0.1:", "[CONF030]");
    check_listeners("listeners=A://127.0.0.1:-1", "[CONF030]");
    check_listeners("listeners=://127.0.0.1:1", "[CONF030]");
    check_listeners("listeners=A 1://127.0.0.1:1", "[CONF030]");
    check_listeners("listeners=A:127.0.0.1:1", "[CONF030]");
    check_listeners("listeners=A://::1:1", "[CONF030]");
    check_listeners("listeners=A://[::1:1", "[CONF030]");
    check_listeners("listeners=A://[127.0.0.1]:1", "[CONF030]");
    check_listeners("listeners=A://[zz::]:1", "[CONF030]");
    check_listeners("listeners=A://host:1", "'host' is not an address [CONF030]");
    check_listeners("listeners=A://127.0.0.256:1", "[CONF030]");
    check_listeners("listeners=", "there is no listener [CONF030]");
    check_listeners(
        "listeners=D://127.0.0.1:1", "the listener D has no protocol [CONF032]");
    check_listeners("listeners=A://127.0.0.1:1,B://127.0.0.1:1",
        "the listeners A and B have the same address and port [CONF034]");
    check_listeners("listeners=A://127.0.0.1:0,B://127.0.0.1:0", NULL);
    check_listeners("listeners=A://127.0.0.1:1,B://127.0.0.2:1", NULL);
    check_bad(BASE TLS SASL
        "listeners=SASL_SSL://[::1]:1\nlistener.security.protocol.map=X:TLS\n",
        "'X:TLS' names no protocol [CONF032]");
    check_bad(BASE TLS SASL
        "listeners=SASL_SSL://[::1]:1\nlistener.security.protocol.map=X\n",
        "'X' names no protocol [CONF032]");
    check_good(BASE TLS SASL
        "listeners=SASL_SSL://[::1]:1\nlistener.security.protocol.map=X:SSL\n");
}

static void there_are_at_most_eight_listeners(void **state)
{
    (void)state;
    char text[2048] = BASE TLS SASL "listeners=";
    char map[512] = "\nlistener.security.protocol.map=";

    for (int i = 0; i < 8; i++) {
        (void)snprintf(text + strlen(text), 64, "L%d://127.0.0.1:%d,", i, 9000 + i);
        (void)snprintf(map + strlen(map), 32, "L%d:SASL_SSL,", i);
    }
    size_t length = strlen(text);
    strcat(text, map);
    check_good(text);
    strcpy(text + length, "SASL_SSL://127.0.0.1:1");
    strcat(text, map);
    check_bad(text, "more than 8 listeners [CONF035]");
}

static void clients_are_told_what_they_can_connect_to(void **state)
{
    (void)state;
    static const char every[] =
        "is bound to every address, which clients cannot connect to";
    check_listeners("listeners=A://:1", every);
    check_listeners("listeners=A://0.0.0.0:1", every);
    check_listeners("listeners=A://[::]:1", "set advertised.listeners=A://HOST:1");
    check_listeners("listeners=A://:1\nadvertised.listeners=A://:1",
        "clients cannot connect to '' [CONF033]");
    check_listeners("listeners=A://[::1]:1\nadvertised.listeners=A://0.0.0.0:1",
        "clients cannot connect to '0.0.0.0'");
    check_listeners("listeners=A://[::1]:1\nadvertised.listeners=A://a_b:1", "'a_b'");
    check_listeners("listeners=A://[::1]:1\nadvertised.listeners=A://-b:1", "'-b'");
    check_listeners("listeners=A://[::1]:1\nadvertised.listeners=B://x:1",
        "there is no listener 'B' [CONF033]");
    check_listeners("listeners=A://[::1]:1\nadvertised.listeners=A://x:1,A://y:1",
        "the listener 'A' is advertised twice [CONF033]");
    struct conf *c =
        good(BASE TLS SASL "listeners=SASL_SSL://:1\n"
                           "advertised.listeners=sasl_ssl://b-1.example.net:2\n");
    assert_string_equal(c->listeners[0].host, "");
    assert_string_equal(c->listeners[0].advertised_host, "b-1.example.net");
    assert_int_equal(c->listeners[0].port, 1);
    assert_int_equal(c->listeners[0].advertised_port, 2);
    conf_free(&c);
}

static void clients_may_be_asked_for_certificates(void **state)
{
    (void)state;
    struct conf *c = good(BASE TLS SASL
        "listeners=SSL://[::1]:1,SASL_SSL://[::1]:2,B-B://[::1]:3,LOCAL://localhost:4\n"
        "listener.security.protocol.map=B-B:SSL,LOCAL:SASL_PLAINTEXT\n"
        "schloss.allow.plaintext=LOCAL\n"
        "ssl.client.auth=required\n"
        "listener.name.b-b.ssl.client.auth=requested\n"
        "listener.name.sasl_ssl.ssl.client.auth=none\n");
    assert_int_equal(c->listeners[0].client_auth, CONF_CLIENT_AUTH_REQUIRED);
    assert_null(c->listeners[0].anonymous_principal);
    assert_int_equal(c->listeners[1].client_auth, CONF_CLIENT_AUTH_NONE);
    assert_int_equal(c->listeners[2].client_auth, CONF_CLIENT_AUTH_REQUESTED);
    assert_int_equal(c->listeners[3].client_auth, CONF_CLIENT_AUTH_NONE);
    conf_free(&c);
    c = good(GOOD "ssl.client.auth=requested\n");
    assert_int_equal(c->listeners[0].client_auth, CONF_CLIENT_AUTH_REQUESTED);
    conf_free(&c);
    c = good(BASE TLS "listeners=SSL://[::1]:1\nssl.client.auth=requested\n"
                      "schloss.anonymous.principal.SSL=User:guest\n"
                      "ssl.enabled.protocols=TLSv1.3\n");
    assert_string_equal(c->listeners[0].anonymous_principal, "guest");
    conf_free(&c);
    c = good(GOOD);
    assert_int_equal(c->listeners[0].client_auth, CONF_CLIENT_AUTH_NONE);
    conf_free(&c);
}

static void a_later_file_asks_for_other_certificates(void **state)
{
    static const char *const texts[] = {GOOD
        "listener.name.sasl_ssl.ssl.client.auth=required\n",
        "listener.name.sasl_ssl.ssl.client.auth=none\n"};
    struct conf *c = NULL;
    char errors[4096];

    (void)state;
    assert_int_equal(parse(texts, 2, &c, errors, sizeof(errors)), OK);
    assert_int_equal(c->listeners[0].client_auth, CONF_CLIENT_AUTH_NONE);
    conf_free(&c);
}

static void certificates_that_can_not_be_asked_for_are_refused(void **state)
{
    (void)state;
    check_bad(GOOD "ssl.client.auth=maybe\n", "unknown value 'maybe' [CONF023]");
    check_bad(GOOD "ssl.client.auth=required\nssl.enabled.protocols=TLSv1.2\n"
                   "schloss.tls.policy=intermediate\n",
        "the listener SASL_SSL asks for client certificates, which needs TLSv1.3 "
        "[CONF045]");
    check_bad(GOOD "listener.name.sasl_ssl.ssl.client.auth=yes\n",
        "unknown value 'yes' [CONF023]");
    check_bad(GOOD "listener.name.SASL_SSL.ssl.client.auth=none\n", "use lower case");
    check_bad(GOOD "listener.name.other.ssl.client.auth=none\n",
        "there is no listener 'other' [CONF044]");
    check_bad(GOOD "listener.name..ssl.client.auth=none\n", "[CONF044]");
    check_bad(GOOD "listener.name.sasl_ssl.ssl.key.location=/k\n",
        "this is not a setting of one listener alone");
    check_bad(BASE SASL "listeners=SASL_PLAINTEXT://[::1]:1\n"
                        "schloss.allow.plaintext=SASL_PLAINTEXT\n"
                        "listener.name.sasl_plaintext.ssl.client.auth=none\n",
        "the listener 'sasl_plaintext' has no TLS");
    check_bad(BASE TLS "listeners=SSL://[::1]:1\nssl.client.auth=required\n"
                       "schloss.anonymous.principal.SSL=User:guest\n",
        "requires a client certificate: nobody is anonymous [CONF044]");
    /* A client that says what the judge of certificates is told could say anything. */
    check_bad(BASE TLS
        "listeners=SASL_SSL://[::1]:1\nsasl.enabled.mechanisms=PLAIN,X509\n",
        "'X509' is not a name [CONF021]");
}

static void a_listener_has_the_policy_of_all_or_its_own(void **state)
{
    (void)state;
    struct conf *c = good(
        BASE TLS SASL "listeners=SASL_SSL://[::1]:1,B-B://[::1]:2,LOCAL://localhost:3\n"
                      "listener.security.protocol.map=B-B:SASL_SSL,LOCAL:SASL_PLAINTEXT\n"
                      "schloss.allow.plaintext=LOCAL\n"
                      "listener.name.b-b.schloss.tls.policy=intermediate\n");
    assert_int_equal(c->listeners[0].tls_policy, TLSPOLICY_MODERN);
    assert_int_equal(c->listeners[1].tls_policy, TLSPOLICY_INTERMEDIATE);
    assert_true(c->tls12 && c->tls13);
    conf_free(&c);
    c = good(GOOD "schloss.tls.policy=fips\nssl.enabled.protocols=TLSv1.2\n");
    assert_int_equal(c->listeners[0].tls_policy, TLSPOLICY_FIPS);
    assert_true(c->tls12 && !c->tls13);
    conf_free(&c);
    check_bad(GOOD "schloss.tls.policy=old\n", "write one of: modern intermediate fips");
    check_bad(GOOD "listener.name.sasl_ssl.schloss.tls.policy=old\n",
        "write one of: modern intermediate fips");
    check_bad(GOOD "listener.name.x.schloss.tls.policy=fips\n", "no listener 'x'");
}

static void versions_that_the_policy_does_not_have_are_refused(void **state)
{
    (void)state;
    check_bad(GOOD "ssl.enabled.protocols=TLSv1.2\n",
        "the listener SASL_SSL has TLS but no version of it is enabled [CONF043]");
    check_bad(GOOD "ssl.enabled.protocols=TLSv1.2,TLSv1.3\n",
        "schloss.tls.policy=modern does not have TLSv1.2 [CONF043]");
    check_bad(GOOD "ssl.enabled.protocols=TLSv1.2,TLSv1.3\n",
        "set schloss.tls.policy=intermediate");
    check_bad(GOOD "ssl.cipher.suites=TLS_AES_128_GCM_SHA256\n",
        "schloss.tls.policy says which suites there are");
}

static void fips_switches_off_what_does_not_go_through_its_provider(void **state)
{
    static const char base[] = BASE TLS "listeners=SASL_SSL://[::1]:1\n"
                                        "schloss.fips=required\n";
    char text[2000];

    (void)state;
    (void)snprintf(text, sizeof(text),
        "%ssasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512\n", base);
    struct conf *c = good(text);
    assert_true(c->fips);
    assert_int_equal(c->listeners[0].tls_policy, TLSPOLICY_FIPS);
    assert_string_equal(conf_value_of(c, "schloss.tls.policy"), "fips");
    conf_free(&c);
    check_bad(GOOD "schloss.fips=required\n",
        "the listener SASL_SSL offers PLAIN, which keeps passwords by Argon2id, of "
        "libsodium: schloss.fips=required switches it off [CONF046]");
    (void)snprintf(text, sizeof(text), "%ssasl.enabled.mechanisms=OAUTHBEARER\n", base);
    check_bad(text, "offers OAUTHBEARER, which does not ask that provider");
    (void)snprintf(text, sizeof(text),
        "%ssasl.enabled.mechanisms=SCRAM-SHA-256\nschloss.tls.policy=modern\n", base);
    check_bad(text, "has schloss.tls.policy=modern, which schloss.fips=required does not "
                    "allow [CONF046]");
    (void)snprintf(text, sizeof(text),
        "%ssasl.enabled.mechanisms=SCRAM-SHA-256\nssl.client.auth=requested\n", base);
    check_bad(text, "schloss.fips=required switches them off [CONF046]");
    check_bad(GOOD "schloss.fips=on\n", "write one of: off required");
}

static void nothing_insecure_is_accepted_in_silence(void **state)
{
    (void)state;
    check_bad(BASE SASL "listeners=SASL_PLAINTEXT://127.0.0.1:1\n",
        "the listener SASL_PLAINTEXT has no TLS: what passes can be read and changed on "
        "the way "
        "[CONF040]");
    check_bad(BASE
        "listeners=PLAINTEXT://127.0.0.1:1\nschloss.allow.plaintext=PLAINTEXT\n",
        "the listener PLAINTEXT has no SASL: who connects to it has no name [CONF041]");
    check_bad(BASE "listeners=PLAINTEXT://127.0.0.1:1\n"
                   "schloss.anonymous.principal.PLAINTEXT=User:x\n",
        "say so: schloss.allow.plaintext=PLAINTEXT");
    check_bad(BASE TLS "listeners=SSL://127.0.0.1:1\n",
        "say so: schloss.anonymous.principal.SSL=User:NAME");
    check_bad(
        GOOD "schloss.allow.plaintext=SASL_SSL\n", "the listener 'SASL_SSL' has TLS");
    check_bad(GOOD "schloss.allow.plaintext=X\n", "there is no listener 'X' [CONF044]");
    check_bad(GOOD "schloss.anonymous.principal.X=User:x\n", "there is no listener 'X'");
    check_bad(
        GOOD "schloss.anonymous.principal.SASL_SSL=User:x\n", "nobody is anonymous");
    check_bad(BASE TLS "listeners=SSL://[::1]:1\nschloss.anonymous.principal.SSL=x\n",
        "'x' is not a principal [CONF027]");
    check_bad(BASE TLS "listeners=SASL_SSL://[::1]:1\n",
        "the listener SASL_SSL has SASL but no mechanism is enabled [CONF042]");
    check_bad(BASE TLS
        "listeners=SASL_SSL://[::1]:1\nsasl.enabled.mechanisms=PLAIN, X509\n",
        "'X509' is not a name [CONF021]");
    check_bad(BASE SASL "listeners=SASL_SSL://[::1]:1\n",
        "a listener has TLS but there is no certificate [CONF043]");
    check_bad(BASE SASL "listeners=SASL_SSL://[::1]:1\nssl.key.location=/k\n",
        "ssl.certificate.location is not set [CONF043]");
    check_bad(BASE SASL "listeners=SASL_SSL://[::1]:1\nssl.certificate.location=/k\n",
        "ssl.key.location is not set [CONF043]");
    check_bad(GOOD "ssl.keystore.location=/x\n", "keep one of the two ways");
    struct conf *c = good(BASE "listeners=SASL_SSL://[::1]:1,LOCAL://localhost:2\n" SASL
                               "listener.security.protocol.map=LOCAL:PLAINTEXT\n"
                               "schloss.allow.plaintext=local\n"
                               "schloss.anonymous.principal.Local=User:nobody\n"
                               "ssl.keystore.location=/both.pem\n");
    assert_string_equal(c->certificate_file, "/both.pem");
    assert_string_equal(c->key_file, "/both.pem");
    assert_string_equal(c->listeners[0].host, "::1");
    assert_int_equal(c->listeners[1].protocol, CONF_PLAINTEXT);
    assert_string_equal(c->listeners[1].anonymous_principal, "nobody");
    conf_free(&c);
}

static void every_failed_allocation_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    static const char text[] = GOOD "super.users=User:a\n";
    const struct conf_source file = {"a", (const uint8_t *)text, sizeof(text) - 1};

    for (long n = 0;; n++) {
        struct buf errors;
        struct conf *c = NULL;
        buf_init(&errors, 1 << 16);
        mem_fail_after(n);
        enum err e = conf_parse(&file, 1, &c, &errors);
        mem_fail_after(-1);
        conf_free(&c);
        buf_fini(&errors);
        if (e == OK) {
            assert_true(n > 3);
            return;
        }
        assert_int_equal(e, ERR_NOMEM);
    }
}

#define TWO                                                                              \
    BASE TLS SASL "listeners=SASL_SSL://[::1]:1,INSIDE://[::1]:2,SSL://[::1]:3\n"        \
                  "listener.security.protocol.map=INSIDE:SASL_SSL\n"                     \
                  "schloss.anonymous.principal.SSL=User:x\n"

static void a_listener_may_have_mechanisms_and_scopes_of_its_own(void **state)
{
    (void)state;
    struct conf *c =
        good(TWO "listener.name.inside.sasl.enabled.mechanisms=GSSAPI, PLAIN\n"
                 "schloss.auth.scope.gssapi=User:*@EXAMPLE.TEST\n"
                 "listener.name.inside.schloss.auth.scope.gssapi=User:*;!User:a\n");
    const struct conf_listener *all = &c->listeners[0];
    const struct conf_listener *inside = &c->listeners[1];

    assert_int_equal(all->mechanisms.count, 1);
    assert_string_equal(all->mechanisms.items[0], "PLAIN");
    assert_int_equal(inside->mechanisms.count, 2);
    assert_string_equal(inside->mechanisms.items[0], "GSSAPI");
    assert_int_equal(c->listeners[2].mechanisms.count, 0); /* it has no SASL */
    assert_string_equal(conf_scope_of(c, all, "gssapi"), "User:*@EXAMPLE.TEST");
    assert_string_equal(conf_scope_of(c, inside, "gssapi"), "User:*;!User:a");
    assert_string_equal(conf_scope_of(c, inside, "password"), "User:*");
    assert_int_equal(c->gate_preauth_frame_max, 65536); /* tickets are large */
    conf_free(&c);
}

static void a_listener_may_choose_among_the_plugins(void **state)
{
    (void)state;
    struct conf *c = good(TWO "schloss.auth.plugins=password,ldap\n"
                              "listener.name.inside.schloss.auth.plugins=ldap\n");
    assert_true(conf_listener_may_use(&c->listeners[0], "password"));
    assert_true(conf_listener_may_use(&c->listeners[0], "ldap"));
    assert_true(conf_listener_may_use(&c->listeners[1], "ldap"));
    assert_false(conf_listener_may_use(&c->listeners[1], "password"));
    assert_false(conf_listener_may_use(&c->listeners[1], "ldapx"));
    conf_free(&c);
    check_bad(TWO "listener.name.inside.schloss.auth.plugins=ldap\n",
        "there is no such plugin [CONF028]");
    check_bad(TWO "listener.name.inside.schloss.auth.plugins=\n",
        "a listener with SASL has a plugin at least [CONF042]");
    check_bad(TWO "listener.name.ssl.schloss.auth.plugins=password\n",
        "not a setting of one listener without SASL");
}

static void each_listener_with_sasl_may_have_its_own_time_to_authenticate_again(
    void **state)
{
    (void)state;
    struct conf *c = good(TWO "connections.max.reauth.ms=3600000\n"
                              "listener.name.inside.connections.max.reauth.ms=0\n");
    assert_true(c->listeners[0].reauth_max_ms == 3600000);
    assert_true(c->listeners[1].reauth_max_ms == 0);
    assert_true(c->listeners[2].reauth_max_ms == 0); /* it has no SASL */
    conf_free(&c);
    c = good(TWO "listener.name.inside.connections.max.reauth.ms=1000\n");
    assert_true(c->listeners[0].reauth_max_ms == 0);
    assert_true(c->listeners[1].reauth_max_ms == 1000);
    conf_free(&c);
    check_bad(TWO "connections.max.reauth.ms=-1\n",
        "write a number from 0 to 31536000000 milliseconds");
    check_bad(TWO "listener.name.inside.connections.max.reauth.ms=soon\n",
        "'soon' is not a number in range [CONF020]");
    check_bad(TWO "listener.name.ssl.connections.max.reauth.ms=1000\n",
        "not a setting of one listener without SASL");
}

static void each_listener_may_have_its_own_number_of_connections(void **state)
{
    (void)state;
    struct conf *c = good(TWO "max.connections=500\n"
                              "listener.name.ssl.max.connections=20\n");
    assert_true(c->listeners[0].connections_max == 500);
    assert_true(c->listeners[1].connections_max == 500);
    assert_true(c->listeners[2].connections_max == 20);
    conf_free(&c);
    check_bad(TWO "listener.name.inside.max.connections=0\n",
        "'0' is not a number in range [CONF020]");
    check_bad(TWO "listener.name.inside.max.connections.per.ip=10\n",
        "not a setting of one listener alone");
}

static void each_listener_may_have_its_own_number_of_sessions(void **state)
{
    (void)state;
    struct conf *c =
        good(TWO "listener.name.inside.schloss.max.sessions.per.principal=5\n");
    assert_true(c->listeners[0].sessions_max == 1000);
    assert_true(c->listeners[1].sessions_max == 5);
    assert_true(c->listeners[2].sessions_max == 1000);
    conf_free(&c);
    check_bad(
        TWO "schloss.max.sessions.per.principal=0\n", "write a number from 1 to 1000000");
    check_bad(TWO "listener.name.inside.schloss.max.sessions.per.principal=0\n",
        "'0' is not a number in range [CONF020]");
}

static void there_is_an_administrator_s_socket_only_where_one_is_named(void **state)
{
    (void)state;
    struct conf *c = good(GOOD);
    assert_null(c->admin_socket);
    assert_null(c->admin_group);
    conf_free(&c);
    c = good(GOOD "schloss.admin.socket=/run/x/admin.sock\nschloss.admin.group=ops\n");
    assert_string_equal(c->admin_socket, "/run/x/admin.sock");
    assert_string_equal(c->admin_group, "ops");
    conf_free(&c);
    check_bad(GOOD "schloss.admin.socket=admin.sock\n", "absolute");
    check_bad(GOOD "schloss.admin.group=ops\n", "a socket that is not there [CONF043]");
    check_bad(GOOD "schloss.admin.socket=/s\nschloss.admin.group=a b\n", "not a name");
    check_bad(GOOD "schloss.admin.socket=/s\nschloss.admin.group=ops\n"
                   "sandbox=rootless\n",
        "nobody could tell who of the group is there [CONF043]");
}

static void a_setting_of_a_listener_that_means_nothing_is_an_error(void **state)
{
    (void)state;
    check_bad(TWO "listener.name.other.sasl.enabled.mechanisms=PLAIN\n",
        "a listener that is not there [CONF044]");
    check_bad(TWO "listener.name.inside=PLAIN\n", "not a setting of one listener alone");
    check_bad(TWO "listener.name.inside.num.partitions=3\n",
        "not a setting of one listener alone [CONF011]");
    check_bad(TWO "listener.name.ssl.sasl.enabled.mechanisms=PLAIN\n",
        "not a setting of one listener without SASL");
    check_bad(TWO "listener.name.inside.sasl.enabled.mechanisms=PL AIN\n",
        "'PL AIN' is not a name [CONF021]");
    check_bad(TWO "schloss.auth.scope.password=Group:x\n", "'Group:x' is not a pattern");
    check_bad(TWO "schloss.auth.scope.password=User:\n", "'User:' is not a pattern");
    check_bad(
        TWO "schloss.auth.scope.password=User:*a*\n", "'User:*a*' is not a pattern");
    check_bad(
        TWO "schloss.auth.scope.oauth=User:*\n", "this key names no plugin [CONF028]");
    check_bad(TWO "schloss.plugin.mine.x=1\n", "this key names no plugin [CONF028]");
    check_bad(TWO "listener.name.inside.sasl.enabled.mechanisms=\n",
        "a listener with SASL has a mechanism at least [CONF042]");
    check_bad(TWO "schloss.auth.scope.pass/word=User:*\n", "this key names no plugin");
}

static void what_a_plugin_from_elsewhere_is_told_is_found_by_its_key(void **state)
{
    (void)state;
    struct conf *c = good(GOOD "schloss.auth.plugins=password,mine\n"
                               "schloss.plugin.mine.url=a\nschloss.plugin.mine.b=2\n");

    assert_string_equal(conf_value_of(c, "schloss.plugin.mine.url"), "a");
    assert_string_equal(conf_value_of(c, "schloss.plugin.mine.b"), "2");
    assert_null(conf_value_of(c, "schloss.plugin.mine.c"));
    assert_null(conf_value_of(c, "no.such.key"));
    assert_string_equal(conf_value_of(c, "sasl.enabled.mechanisms"), "PLAIN");
    conf_free(&c);
}

#define URL     "sasl.oauthbearer.jwks.endpoint.url=https://keys.test/jwks\n"
#define ADDRESS "schloss.oauthbearer.jwks.address=192.0.2.1:443\n"

static void keys_of_tokens_come_from_a_url_or_from_a_file(void **state)
{
    (void)state;
    struct conf *c = good(GOOD URL ADDRESS);

    assert_int_equal(c->jwks_refresh_ms, 900000);
    assert_string_equal(c->jwks_ca_file, "/etc/ssl/certs/ca-certificates.crt");
    assert_string_equal(conf_value_of(c, CONF_JWKS_URL), "https://keys.test/jwks");
    conf_free(&c);
    check_bad(GOOD URL ADDRESS "schloss.oauthbearer.jwks.file=/jwks\n",
        "the keys of tokens come from a URL and from schloss.oauthbearer.jwks.file");
    check_bad(GOOD URL,
        "names are not looked up, and schloss.oauthbearer.jwks.address is "
        "not set [CONF043]");
    check_bad(GOOD ADDRESS, "there is no URL to fetch the keys of tokens from [CONF043]");
    check_bad(GOOD "sasl.oauthbearer.jwks.endpoint.url=http://keys.test/\n" ADDRESS,
        "this does not begin with https:// [CONF046]");
    check_bad(GOOD URL "schloss.oauthbearer.jwks.address=keys.test:443\n",
        "names are not looked up [CONF046]");
    check_bad(GOOD URL ADDRESS "sasl.oauthbearer.jwks.endpoint.refresh.ms=999\n",
        "'999' is not a number in range [CONF020]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_default_is_opened_on_purpose),
        cmocka_unit_test(defaults_are_in_the_struct),
        cmocka_unit_test(every_default_is_a_value_its_key_accepts),
        cmocka_unit_test(a_later_file_wins_and_every_value_knows_its_origin),
        cmocka_unit_test(keys_that_nobody_knows_are_errors_with_a_suggestion),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(listeners_have_one_shape),
        cmocka_unit_test(there_are_at_most_eight_listeners),
        cmocka_unit_test(clients_are_told_what_they_can_connect_to),
        cmocka_unit_test(clients_may_be_asked_for_certificates),
        cmocka_unit_test(a_later_file_asks_for_other_certificates),
        cmocka_unit_test(certificates_that_can_not_be_asked_for_are_refused),
        cmocka_unit_test(a_listener_has_the_policy_of_all_or_its_own),
        cmocka_unit_test(versions_that_the_policy_does_not_have_are_refused),
        cmocka_unit_test(fips_switches_off_what_does_not_go_through_its_provider),
        cmocka_unit_test(nothing_insecure_is_accepted_in_silence),
        cmocka_unit_test(every_failed_allocation_is_an_error_and_leaks_nothing),
        cmocka_unit_test(a_listener_may_have_mechanisms_and_scopes_of_its_own),
        cmocka_unit_test(each_listener_may_have_its_own_number_of_connections),
        cmocka_unit_test(a_listener_may_choose_among_the_plugins),
        cmocka_unit_test(
            each_listener_with_sasl_may_have_its_own_time_to_authenticate_again),
        cmocka_unit_test(each_listener_may_have_its_own_number_of_sessions),
        cmocka_unit_test(there_is_an_administrator_s_socket_only_where_one_is_named),
        cmocka_unit_test(a_setting_of_a_listener_that_means_nothing_is_an_error),
        cmocka_unit_test(what_a_plugin_from_elsewhere_is_told_is_found_by_its_key),
        cmocka_unit_test(keys_of_tokens_come_from_a_url_or_from_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
