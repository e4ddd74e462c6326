#include "conf_schema.h"

#include <string.h>

#define COUNT(x)  (sizeof(x) / sizeof((x)[0]))
#define AT(field) offsetof(struct conf, field)

const char conf_key_listeners[] = "listeners";
const char conf_key_advertised[] = "advertised.listeners";
const char conf_key_protocols[] = "listener.security.protocol.map";
const char conf_key_plaintext[] = "schloss.allow.plaintext";
const char conf_key_anonymous[] = "schloss.anonymous.principal.";
const char conf_key_of_listener[] = "listener.name.";
const char conf_key_mechanisms[] = "sasl.enabled.mechanisms";
const char conf_key_scope[] = "schloss.auth.scope.";
const char conf_key_plugin[] = "schloss.plugin.";
const char conf_key_client_auth[] = "ssl.client.auth";
const char conf_key_tls_policy[] = "schloss.tls.policy";
const char conf_key_fips[] = "schloss.fips";
const char conf_key_reauth[] = "connections.max.reauth.ms";
const char conf_key_connections[] = "max.connections";
const char conf_key_plugins[] = "schloss.auth.plugins";
const char conf_key_sessions[] = "schloss.max.sessions.per.principal";

static const char *const stores[] = {"PEM", NULL};
static const char *const stores_later[] = {"JKS", "PKCS12", NULL};
static const char *const tls_versions[] = {"TLSv1.2", "TLSv1.3", NULL};
static const char *const client_auth[] = {"none", "requested", "required", NULL};
static const char *const tls_policies[] = {"modern", "intermediate", "fips", NULL};
static const char *const fips_words[] = {"off", "required", NULL};
static const char *const sandboxes[] = {"strict", "container", "rootless", NULL};
static const char *const policy_modes[] = {"file", "api", "mixed", NULL};
static const char *const audit_failures[] = {"block", "readonly", "drop-and-count", NULL};
static const char *const durabilities[] = {"fsync", "os", NULL};

/* clang-format off */
#define BOOL(key, field, value, text) \
    {.name = key, .type = CONF_BOOL, .offset = AT(field), .fallback = value, .doc = text}
#define INT(key, field, u, value, low, high, text) \
    {.name = key, .type = CONF_INT, .unit = u, .offset = AT(field), .fallback = value, .min = low, .max = high, .doc = text}
#define LONG(key, field, u, value, low, high, text) \
    {.name = key, .type = CONF_LONG, .unit = u, .offset = AT(field), .fallback = value, .min = low, .max = high, .doc = text}
#define PATH(key, at, value, text) \
    {.name = key, .type = CONF_PATH, .offset = at, .fallback = value, .doc = text}
/* What a plugin reads. */
#define TEXT(key, value, text) \
    {.name = key, .type = CONF_TEXT, .offset = NO_FIELD, .fallback = value, .doc = text}

/* Fields that are not read from one key alone are set by conf_listener.c and conf_check.c. */
#define NO_FIELD SIZE_MAX

static const struct conf_key keys[] = {
    {.name = "node.id", .type = CONF_INT, .required = true, .offset = AT(node_id), .min = 0, .max = INT32_MAX,
     .doc = "Number of this broker, told to clients."},
    {.name = "cluster.id", .type = CONF_STRING, .offset = AT(cluster_id),
     .doc = "Name of the cluster, told to clients and compared with the policy; unset: made at the first start."},

    {.name = conf_key_listeners, .type = CONF_LISTENERS, .required = true, .offset = NO_FIELD,
     .doc = "Where to listen: NAME://host:port, up to 8. An empty host is every address; port 0 lets the kernel choose."},
    {.name = conf_key_advertised, .type = CONF_LISTENERS, .offset = NO_FIELD,
     .doc = "What clients are told to connect to, per listener; needed where a listener is bound to every address."},
    {.name = conf_key_protocols, .type = CONF_PROTOCOLS, .offset = NO_FIELD,
     .doc = "Protocol per listener name: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; those four names are their own protocols."},
    {.name = conf_key_plaintext, .type = CONF_LIST, .offset = NO_FIELD,
     .doc = "Names of the listeners that may do without TLS. Everything on them, passwords included, can be read and changed on the way."},
    {.name = conf_key_anonymous, .type = CONF_PRINCIPAL, .offset = NO_FIELD,
     .doc = "Principal of everybody who connects to that listener, which has no SASL."},
    {.name = "listener.name.*.ssl.client.auth", .type = CONF_ENUM, .offset = NO_FIELD,
     .words = client_auth,
     .doc = "ssl.client.auth of one listener, whose name stands in lower case."},
    {.name = "listener.name.*.schloss.tls.policy", .type = CONF_ENUM, .offset = NO_FIELD,
     .words = tls_policies,
     .doc = "schloss.tls.policy of one listener, whose name stands in lower case."},
    {.name = conf_key_of_listener, .type = CONF_TEXT, .offset = NO_FIELD,
     .doc = "A setting of one listener alone, whose name stands in lower case. KEY is sasl.enabled.mechanisms, schloss.auth.plugins, connections.max.reauth.ms, max.connections, schloss.max.sessions.per.principal or schloss.auth.scope.PLUGIN."},
    {.name = conf_key_mechanisms, .type = CONF_NAMES, .offset = AT(sasl_enabled_mechanisms), .fallback = "",
     .doc = "Mechanisms offered on listeners with SASL."},
    {.name = conf_key_plugins, .type = CONF_NAMES, .offset = AT(auth_plugins), .fallback = "password,scram,gssapi,oauthbearer,x509",
     .doc = "Plugins that may authenticate, each a file NAME.so with its NAME.manifest; started are those that a listener needs. A listener has each mechanism of one plugin; where two have it, listener.name.NAME.schloss.auth.plugins names those of that listener."},
    PATH("schloss.auth.plugin.dir", AT(auth_plugin_dir), NULL,
     "Directory of plugins that are not our own."),
    {.name = conf_key_scope, .type = CONF_SCOPE, .offset = NO_FIELD,
     .doc = "Whom that plugin may say that somebody is: User:NAME or User:* with one asterisk, parted by semicolons; with ! before it, whom it may not. Unset: everybody."},
    {.name = conf_key_plugin, .type = CONF_TEXT, .offset = NO_FIELD,
     .doc = "What the plugin ldap is told (docs/ldap.md), or one that is not our own."},
    PATH("schloss.scram.file", NO_FIELD, "/etc/schloss/scram",
     "Users and their SCRAM credentials, for SCRAM-SHA-256 and SCRAM-SHA-512."),
    PATH("schloss.scram.phantom.key.file", NO_FIELD, NULL,
     "32 bytes or more that salts of unknown users and the keys of credentials set over the network are made from; unset: a key in schloss.scram.file, or one of this start."),
    TEXT("sasl.kerberos.service.name", NULL,
     "Kerberos service that clients ask for a ticket of."),
    TEXT("sasl.kerberos.hostname", NULL,
     "Host in the name of the service; unset: the first that the keytab has; *: every one that it has."),
    TEXT("sasl.kerberos.principal.to.local.rules", NULL,
     "Rules that make names of users from Kerberos principals; unset: DEFAULT."),
    PATH("schloss.kerberos.keytab.file", NO_FIELD, "/etc/schloss/krb5.keytab",
     "Keytab with the key of the service."),
    PATH("schloss.kerberos.config.file", NO_FIELD, "/etc/krb5.conf",
     "Configuration of Kerberos: realms and types of keys."),
    PATH("schloss.oauthbearer.jwks.file", NO_FIELD, "/etc/schloss/jwks.json",
     "Keys by which tokens are signed, a JSON Web Key Set."),
    TEXT("sasl.oauthbearer.jwks.endpoint.url", NULL,
     "https URL that these keys are fetched from, instead of the file."),
    TEXT("schloss.oauthbearer.jwks.address", NULL,
     "ADDRESS:PORT, in digits, that connections to that URL go to: names are not looked up."),
    PATH("schloss.oauthbearer.jwks.ca.file", AT(jwks_ca_file), "/etc/ssl/certs/ca-certificates.crt",
     "PEM file with the certificates that the certificate of that URL must be signed by."),
    LONG("sasl.oauthbearer.jwks.endpoint.refresh.ms", jwks_refresh_ms, CONF_MS, "900000", 1000, 86400000,
     "How often the keys are fetched; after a failure sooner."),
    TEXT("sasl.oauthbearer.expected.audience", NULL,
     "Audiences that tokens are for, comma-separated; a token must name one of them."),
    TEXT("sasl.oauthbearer.expected.issuer", NULL,
     "Who issues tokens."),
    TEXT("sasl.oauthbearer.sub.claim.name", NULL,
     "Claim that names the user; unset: sub."),
    TEXT("sasl.oauthbearer.scope.claim.name", NULL,
     "Claim that names the scopes; unset: scope."),
    TEXT("schloss.oauthbearer.groups.claim.name", NULL,
     "Claim that names the groups of the user, for teams of the policy; unset: groups."),
    TEXT("sasl.oauthbearer.clock.skew.seconds", NULL,
     "How far clocks may differ; unset: 30."),
    TEXT("schloss.oauthbearer.algorithms", NULL,
     "Signatures that are accepted; unset: RS256,PS256,ES256,EdDSA."),
    TEXT("schloss.oauthbearer.lifetime.max.seconds", NULL,
     "Longest session by one token; unset: 86400."),
    PATH("schloss.users.file", AT(users_file), "/etc/schloss/users",
     "Users and their stored passwords; edited by `schloss user`."),
    PATH("ssl.certificate.location", AT(certificate_file), NULL,
     "PEM file with the certificate of the broker and its chain."),
    PATH("ssl.key.location", AT(key_file), NULL,
     "PEM file with the private key of the broker."),
    PATH("ssl.key.pkcs11.module", AT(token_module), NULL,
     "PKCS#11 module of the token that the private key of the broker is in, instead of ssl.key.location."),
    {.name = "ssl.key.pkcs11.uri", .type = CONF_TEXT, .offset = AT(token_uri),
     .doc = "Which token and which key in it, as RFC 7512 has it: pkcs11:token=NAME;object=NAME. A SIGHUP may name another key."},
    PATH("ssl.key.pkcs11.pin.file", AT(token_pin_file), NULL,
     "File with the user PIN of the token, and nothing else; mode 0600."),
    TEXT("ssl.key.pkcs11.paths", NULL,
     "Files and directories that the module reads, comma-separated; to directories it may write before its first signature."),
    TEXT("ssl.key.pkcs11.environment", NULL,
     "Environment of the module, NAME=VALUE, comma-separated; unset: empty."),
    {.name = "ssl.keystore.location", .type = CONF_PATH, .offset = NO_FIELD,
     .doc = "One PEM file with private key, certificate and chain, instead of the two above."},
    {.name = "ssl.keystore.type", .type = CONF_ENUM, .offset = NO_FIELD, .fallback = "PEM",
     .words = stores, .later = stores_later,
     .doc = "Format of ssl.keystore.location."},
    {.name = "ssl.enabled.protocols", .type = CONF_LIST, .offset = NO_FIELD,
     .words = tls_versions,
     .doc = "Versions of TLS that are spoken, of those that schloss.tls.policy has; unset: all of them."},
    {.name = conf_key_tls_policy, .type = CONF_ENUM, .offset = NO_FIELD, .fallback = "modern",
     .words = tls_policies,
     .doc = "Versions, cipher suites, groups and signatures of TLS; `schlossd --tls-policies` prints them. Unset with schloss.fips=required: fips."},
    {.name = conf_key_fips, .type = CONF_ENUM, .offset = NO_FIELD, .fallback = "off",
     .words = fips_words,
     .doc = "required: cryptography by OpenSSL's FIPS provider, or no start. It switches off client certificates, Ed25519, X25519 and every mechanism but SCRAM."},
    {.name = conf_key_client_auth, .type = CONF_ENUM, .offset = NO_FIELD, .fallback = "none",
     .words = client_auth,
     .doc = "Whether clients of listeners with TLS show a certificate. Such listeners speak TLSv1.3 only. On SSL it says who they are; on SASL_SSL it must be good as well."},
    PATH("ssl.truststore.location", NO_FIELD, NULL,
     "PEM file with the certificates that client certificates must be signed by."),
    PATH("ssl.client.crl.location", NO_FIELD, NULL,
     "PEM file with lists of revoked client certificates; there may be several in it."),
    PATH("ssl.client.deny.location", NO_FIELD, NULL,
     "Serial numbers of client certificates that are refused, one a line."),
    TEXT("ssl.client.crl.expired", NULL,
     "What to do when a list of revoked certificates has ended: refuse or accept; unset: refuse."),
    TEXT("ssl.principal.source", NULL,
     "What of a client certificate names the user: subject, san-uri, san-dns or san-email; unset: subject."),
    TEXT("ssl.principal.san.several", NULL,
     "What to do when a certificate has several such names: refuse, or first; unset: refuse."),
    TEXT("ssl.principal.mapping.rules", NULL,
     "Rules that make names of users from names in certificates; unset: DEFAULT."),
    {.name = "super.users", .type = CONF_PRINCIPALS, .offset = AT(super_users), .fallback = "",
     .doc = "Principals, parted by semicolons, that may do what no rule of the policy denies."},
    PATH("policy.file", AT(policy_file), "/etc/schloss/main.policy",
     "Who may do what."),
    {.name = "policy.mode", .type = CONF_ENUM, .offset = AT(policy_mode), .fallback = "file", .words = policy_modes,
     .doc = "Whose rules count. file: those of policy.file. api: those that clients set (kafka-acls.sh). mixed: both, clients' below what the file delegates."},
    BOOL("policy.kafka.compat", policy_compat, "false",
     "Whether denies leave out super users, as in Apache Kafka."),
    BOOL("allow.everyone.if.no.acl.found", policy_allow_everyone, "false",
     "Whether everybody may do everything to what no rule is about. Needs policy.kafka.compat=true."),
    INT("policy.signatures.required", policy_signatures_required, CONF_PLAIN, "0", 0, 32,
     "How many trusted keys must have signed the manifest of the policy. With any, cluster.id must be set; 0: signatures are not looked at."),
    PATH("policy.trusted.keys.dir", AT(policy_keys_dir), "/etc/schloss/policy-keys.d",
     "Directory of the public keys, one NAME.pub a key in the form of minisign, that count as signers of the policy."),
    PATH("policy.state.file", AT(policy_state_file), "/var/lib/schloss-policy/state",
     "Where the serial of the signed policy in force last is kept, so that no older one comes back; used where signatures are asked for. Its directory is no other process's: not log.dirs."),
    PATH("policy.permissive.file", AT(policy_permissive_file), NULL,
     "A second policy, in a directory of its own, that decides nothing: the audit says where it would decide otherwise (permissive). The log says at each start that there is one."),
    PATH("policy.history.dir", AT(policy_history_dir), NULL,
     "Directory that schlossd keeps the files of the policy in force in, and of the ten before, for schloss policy apply, status and revert; unset: history, beside policy.state.file. No other process's: not log.dirs."),
    PATH("audit.dir", AT(audit_dir), "/var/log/schloss/audit",
     "Directory of the audit trail and of the key that signs it."),
    {.name = "audit.on.failure", .type = CONF_ENUM, .offset = AT(audit_failure), .fallback = "readonly", .words = audit_failures,
     .doc = "What goes on while the audit takes no records. block: nothing that is recorded. readonly: nothing that changes anything, and no producing. drop-and-count: everything; what is missing is counted."},
    INT("audit.changes.per.second", audit_changes_rate, CONF_PLAIN, "500", 0, 1000000,
     "Changes that are recorded one by one, above all commits and joins of groups, that all sessions of a principal may ask for in a second, on average over ten. Who asks for more is told to wait, as by a quota, so that nobody fills the disk of the audit; 0: no limit."),
    BOOL("schloss.log.kafka.authorizer", log_kafka_authorizer, "false",
     "Whether each first refusal is also a log line as Apache Kafka's authorizer writes it."),
    {.name = "audit.group", .type = CONF_STRING, .offset = AT(audit_group),
     .doc = "Group that may read the audit trail; it needs no other right. Unset: only root, or who starts schlossd."},
    LONG("audit.max.bytes", audit_max_bytes, CONF_BYTES, "104857600", 0, INT64_MAX,
     "Size of an audit file at which the next one is begun; 0: no limit. The old ones stay, with a number in their names."),
    PATH("audit.anchor.file", AT(audit_anchor_file), NULL,
     "File, on another mount, to which the last signed line of the audit trail is copied: it shows that the end of the trail was cut."),
    BOOL("audit.anchor.syslog", audit_anchor_syslog, "false",
     "Whether syslog gets such lines too, by /dev/log, once a minute while there are events."),
    PATH("schloss.admin.socket", AT(admin_socket), NULL,
     "Unix socket for root and for the user who starts schlossd: `schloss session`, `schloss status`, `schloss reload`. Unset: there is none."),
    {.name = "schloss.admin.group", .type = CONF_STRING, .offset = AT(admin_group),
     .doc = "Group whose members may use that socket too. They can end sessions and see who is there."},

    {.name = "log.dirs", .type = CONF_PATH, .required = true, .offset = AT(log_dir),
     .doc = "Directory of the data; exactly one."},
    INT("num.partitions", num_partitions, CONF_PLAIN, "1", 1, 10000,
     "Partitions of a topic that is created without a number."),
    INT("default.replication.factor", default_replication_factor, CONF_PLAIN, "1", 1, 1,
     "Replicas of a topic that is created without a number; one broker has one."),
    BOOL("auto.create.topics.enable", auto_create_topics_enable, "false",
     "Whether asking for an unknown topic creates it, where the policy allows that."),
    BOOL("delete.topic.enable", delete_topic_enable, "true",
     "Whether topics can be deleted at all."),
    INT("log.segment.bytes", log_segment_bytes, CONF_BYTES, "1073741824", 1048576, INT32_MAX,
     "Size of a segment file before a new one is begun."),
    INT("log.index.interval.bytes", log_index_interval_bytes, CONF_BYTES, "4096", 0, INT32_MAX,
     "Bytes of log between two entries of the offset index."),
    LONG("log.roll.ms", log_roll_ms, CONF_MS, "604800000", 1, INT64_MAX,
     "Time between the first and the last record of a segment before a new one is begun."),
    INT("log.index.size.max.bytes", log_index_size_max_bytes, CONF_BYTES, "10485760", 4, INT32_MAX,
     "Size of an index above which a new segment is begun."),
    LONG("log.retention.ms", log_retention_ms, CONF_MS, "604800000", -1, INT64_MAX,
     "Age of its newest record at which a segment is removed; -1: never."),
    LONG("log.retention.bytes", log_retention_bytes, CONF_BYTES, "-1", -1, INT64_MAX,
     "Size of a partition down to which its oldest segments are removed; -1: none is."),
    LONG("log.retention.check.interval.ms", log_retention_check_interval_ms, CONF_MS, "300000", 1, INT64_MAX / 2,
     "Time between two looks for segments to remove."),
    INT("message.max.bytes", message_max_bytes, CONF_BYTES, "1048588", 61, 104857600,
     "Largest record batch that is taken."),
    {.name = "schloss.durability", .type = CONF_ENUM, .offset = AT(durability), .fallback = "fsync", .words = durabilities,
     .doc = "fsync: acks=all waits for the disk. os: it waits for the kernel, and a power cut can lose what was acknowledged."},
    INT("producer.id.expiration.ms", producer_id_expiration_ms, CONF_MS, "86400000", 1, INT32_MAX,
     "How long a partition remembers an idle idempotent producer."),

    INT("socket.request.max.bytes", socket_request_max_bytes, CONF_BYTES, "104857600", 1024, 104857600,
     "Largest request of an authenticated client."),
    LONG("queued.max.request.bytes", queued_max_request_bytes, CONF_BYTES, "536870912", 1048576, INT64_C(1099511627776),
     "Memory for requests above 64 KiB, of all connections together; they wait until there is some. A principal has a quarter, or one request."),
    LONG("connections.max.idle.ms", connections_max_idle_ms, CONF_MS, "600000", 1000, INT64_C(31536000000),
     "How long a connection may be silent."),
    LONG(conf_key_reauth, connections_max_reauth_ms, CONF_MS, "0", 0, INT64_C(31536000000),
     "How long a client stays authenticated by SASL, and is told that it does, before it must authenticate again; 0: as long as its credential is good."),
    INT(conf_key_connections, max_connections, CONF_PLAIN, "10000", 1, 1000000,
     "Connections in all."),
    INT("max.connections.per.ip", max_connections_per_ip, CONF_PLAIN, "256", 1, 1000000,
     "Connections of one address."),
    INT(conf_key_sessions, max_sessions_per_principal, CONF_PLAIN, "1000", 1, 1000000,
     "Sessions of one principal at a time; the login above it is refused."),
    INT("schloss.max.connections.unauthenticated", max_connections_unauthenticated, CONF_PLAIN, "1024", 1, 1000000,
     "Connections in all that have not authenticated yet."),
    INT("schloss.max.connections.unauthenticated.per.ip", max_connections_unauthenticated_per_ip, CONF_PLAIN, "64", 1, 1000000,
     "Connections of one address that have not authenticated yet."),
    INT("schloss.handshake.timeout.ms", handshake_timeout_ms, CONF_MS, "10000", 100, 600000,
     "Time for the TLS handshake."),
    INT("schloss.auth.timeout.ms", auth_timeout_ms, CONF_MS, "10000", 100, 600000,
     "Time for authentication."),
    INT("schloss.auth.rounds.max", auth_rounds_max, CONF_PLAIN, "8", 1, 64,
     "Messages of a client during authentication."),
    INT("schloss.stop.timeout.ms", stop_timeout_ms, CONF_MS, "30000", 100, 3600000,
     "Time for a clean stop."),

    INT("group.min.session.timeout.ms", group_min_session_timeout_ms, CONF_MS, "6000", 1, INT32_MAX,
     "Shortest session timeout that a group member may ask for."),
    INT("group.max.session.timeout.ms", group_max_session_timeout_ms, CONF_MS, "1800000", 1, INT32_MAX,
     "Longest session timeout that a group member may ask for."),
    INT("group.initial.rebalance.delay.ms", group_initial_rebalance_delay_ms, CONF_MS, "3000", 0, 600000,
     "How long the first rebalance of an empty group waits for more members."),
    INT("group.max.size", group_max_size, CONF_PLAIN, "10000", 1, INT32_MAX,
     "Members of one group."),
    INT("offset.metadata.max.bytes", offset_metadata_max_bytes, CONF_BYTES, "4096", 0, 1048576,
     "Longest text that a client may store with an offset."),
    INT("offsets.topic.num.partitions", offsets_topic_num_partitions, CONF_PLAIN, "50", 1, 10000,
     "Partitions of __consumer_offsets; created when they are first used."),
    INT("offsets.retention.minutes", offsets_retention_minutes, CONF_PLAIN, "10080", 1, INT32_MAX,
     "How long the offsets of a group are kept after its last member left and its last commit."),
    LONG("offsets.retention.check.interval.ms", offsets_retention_check_interval_ms, CONF_MS, "600000", 1, INT64_MAX / 2,
     "Time between two looks for offsets to forget."),

    {.name = "sandbox", .type = CONF_ENUM, .offset = AT(sandbox), .fallback = "strict", .words = sandboxes,
     .doc = "strict: every layer, or no start. container: without what a container lacks. rootless: one user for all processes."},
    INT("sandbox.uid.base", sandbox_uid_base, CONF_PLAIN, "60800", 1000, 2147483000,
     "First of the user ids that are the processes' own, where the broker is started as root."),
    INT("gate.spares", gate_spares, CONF_PLAIN, "4", 1, 256,
     "Processes that are ready before a client comes."),
    INT("gate.preauth.frame.max", gate_preauth_frame_max, CONF_BYTES, "16384", 1024, 65536,
     "Largest request of a client that has not authenticated; unset, and a listener offers GSSAPI or OAUTHBEARER: 65536."),
};

/* Keys of Apache Kafka that people will bring along, and what to do instead. */
static const struct {
    const char *name; /* ends in '.': a beginning */
    const char *help;
} refused[] = {
    {"broker.id", "use node.id"},
    {"log.dir", "use log.dirs"},
    {"process.roles", "leave it out: this is one broker with its own metadata log"},
    {"controller.", "leave it out: there is no separate controller"},
    {"zookeeper.", "leave it out: there is no ZooKeeper"},
    {"authorizer.class.name", "leave it out: use policy.file, or policy.mode=api"},
    {"ssl.keystore.password", "use a PEM file that only the broker's user can read"},
    {"ssl.key.password", "use a PEM file that only the broker's user can read"},
    {"ssl.keystore.key", "use ssl.key.location: no key stands in this file"},
    {"ssl.keystore.certificate.chain", "use ssl.certificate.location"},
    {"ssl.truststore.password", "leave it out: ssl.truststore.location is a PEM file"},
    {"ssl.truststore.type", "leave it out: ssl.truststore.location is a PEM file"},
    {"ssl.truststore.certificates", "use ssl.truststore.location"},
    {"ssl.cipher.suites", "leave it out: schloss.tls.policy says which suites there are"},
    {"ssl.protocol", "leave it out: use schloss.tls.policy"},
    {"sasl.jaas.config", "use schloss.users.file: no password stands in this file"},
    {"sasl.oauthbearer.jwks.endpoint.retry.", "leave it out: after a failure it waits 10 s, and twice as long each time"},
    {"inter.broker.listener.name", "leave it out: there is one broker"},
    {"security.inter.broker.protocol", "leave it out: there is one broker"},
    {"log.retention.hours", "use log.retention.ms"},
    {"log.retention.minutes", "use log.retention.ms"},
    {"log.roll.hours", "use log.roll.ms"},
    {"queued.max.requests", "leave it out: max.connections bounds that"},
    {"num.network.threads", "leave it out: every connection is a process"},
    {"num.io.threads", "leave it out: every connection is a process"},
};
/* clang-format on */

_Static_assert(COUNT(keys) <= CONF_KEYS_MAX, "raise CONF_KEYS_MAX");

size_t conf_schema_count(void)
{
    return COUNT(keys);
}

const struct conf_key *conf_key_at(size_t i)
{
    return i < COUNT(keys) ? &keys[i] : NULL;
}

bool conf_key_is_of_listener(const struct conf_key *key)
{
    return key->name[strlen(key->name) - 1] == '.' || strchr(key->name, '*') != NULL;
}

/* The '*' is something, but not everything. */
static bool pattern_matches(const char *name, const char *star, const char *key)
{
    size_t before = (size_t)(star - name);
    size_t behind = strlen(star + 1);
    size_t length = strlen(key);

    return length > before + behind && strncmp(name, key, before) == 0 &&
           strcmp(star + 1, key + length - behind) == 0;
}

/* A name that ends in '.' stands for all that begin with it and go on. */
static bool name_matches(const char *name, const char *key)
{
    size_t length = strlen(name);
    const char *star = strchr(name, '*');

    if (star != NULL) {
        return pattern_matches(name, star, key);
    }
    if (name[length - 1] == '.') {
        return strncmp(name, key, length) == 0 && key[length] != '\0';
    }
    return strcmp(name, key) == 0;
}

size_t conf_schema_find(const char *key)
{
    size_t i = 0;

    while (i < COUNT(keys) && !name_matches(keys[i].name, key)) {
        i++;
    }
    return i;
}

const char *conf_schema_refusal(const char *key)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        if (name_matches(refused[i].name, key)) {
            return refused[i].help;
        }
    }
    return NULL;
}

int conf_word_find(const char *const *words, const char *word)
{
    for (int i = 0; words != NULL && words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

const char *conf_type_text(enum conf_type type)
{
    static const char *const texts[] = {
        [CONF_BOOL] = "true or false",
        [CONF_INT] = "number",
        [CONF_LONG] = "number",
        [CONF_STRING] = "text",
        [CONF_PATH] = "absolute path",
        [CONF_ENUM] = "word",
        [CONF_LIST] = "words, comma-separated",
        [CONF_LISTENERS] = "NAME://host:port, comma-separated",
        [CONF_PROTOCOLS] = "NAME:PROTOCOL, comma-separated",
        [CONF_PRINCIPALS] = "User:NAME, semicolon-separated",
        [CONF_PRINCIPAL] = "User:NAME",
        [CONF_NAMES] = "words, comma-separated",
        [CONF_SCOPE] = "User:PATTERN, semicolon-separated",
        [CONF_TEXT] = "text",
    };

    return texts[type];
}
