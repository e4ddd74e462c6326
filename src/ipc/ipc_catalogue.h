/*
 * ipc_catalogue - every message that may pass between two of our processes, in one list.
 *
 * From this list come the structs, the encoder and decoder, the dispatch checks, the fuzz
 * dictionary and the list of hostile tests (a test asserts that each message has one).
 *
 * A message is a row: NAME, name of its struct, number, who may send it, who may receive
 * it, how many descriptors travel with it. Its fields stand in IPC_FIELDS_NAME: kind,
 * name, and for TEXT and BLOB the most bytes it may hold. There are no paths and no
 * principals from a gate: who a session is comes from auth, where it comes from is told
 * by the porter.
 */
#ifndef IPC_CATALOGUE_H
#define IPC_CATALOGUE_H

/* clang-format off */

/* Limits of single fields, bytes. */
#define IPC_NAME_MAX      249 /* Kafka's limit of a topic name */
#define IPC_ADDRESS_MAX   46  /* INET6_ADDRSTRLEN */
#define IPC_GROUPS_MAX    4096 /* all names together, each with a NUL */
#define IPC_ISSUER_MAX    1024
#define IPC_PRINCIPAL_MAX 262 /* "User:" and 255 bytes, with room to spare */
#define IPC_SASL_MAX      65536
#define IPC_PROOF_MAX     49152 /* a handshake with a client certificate */
#define IPC_DIGEST_MAX    32    /* SHA-256 */
#define IPC_SEAL_KEY_MAX  32    /* X25519 */
#define IPC_SEALED_MAX    1024  /* a credential, sealed or stored */
#define IPC_REQUEST_MAX   (8 * 1024 * 1024)
#define IPC_RESPONSE_MAX  (16 * 1024 * 1024)
#define IPC_BATCH_MAX     (100 * 1024 * 1024)

/* --- between the warden and its children ------------------------------------------------ */
#define IPC_FIELDS_READY(F, S)
#define IPC_FIELDS_STOP(F, S)
/* Does your loop still turn? An auth process may be inside a plugin that never returns, keys
 * inside a PKCS#11 module. */
#define IPC_FIELDS_ALIVE_ASK(F, S)
#define IPC_FIELDS_ALIVE(F, S)
/* The broker replayed its logs and may be asked: now clients may come. */
#define IPC_FIELDS_SERVING(F, S)
/* The auth process of that authority broke the rules, and is not listened to any more. */
#define IPC_FIELDS_AUTH_BROKEN(F, S)   F(S, U8, authority, 0)
/* authority: of an auth process, as AUTHORITY numbers it. */
#define IPC_FIELDS_PEER_ADD(F, S)      F(S, U16, role, 0) F(S, U8, authority, 0)
#define IPC_FIELDS_GATE_ADD(F, S)      F(S, U64, gate, 0)
#define IPC_FIELDS_GATE_GONE(F, S)     F(S, U64, gate, 0) F(S, U8, exit_class, 0)
#define IPC_FIELDS_GATE_KILL(F, S)     F(S, U64, gate, 0) F(S, U16, reason, 0)
#define IPC_FIELDS_GATE_TAKEN(F, S)    F(S, U64, gate, 0)
/* A spare gate is to end; if it got a client meanwhile it may stay. */
#define IPC_FIELDS_SPARE_DROP(F, S)    F(S, U64, gate, 0)
#define IPC_FIELDS_LISTENER(F, S)                                                                     \
    F(S, U8, index, 0) F(S, TEXT, name, 64) F(S, U8, protocol, 0) F(S, TEXT, host, 255) F(S, U32, port, 0)        \
    F(S, TEXT, anonymous, IPC_PRINCIPAL_MAX) F(S, TEXT, mechanisms, 255) F(S, U8, client_auth, 0)          \
    F(S, I64, reauth_max_ms, 0) F(S, U32, sessions_max, 0) F(S, U8, tls_policy, 0)
#define IPC_FIELDS_PORTER_LISTEN(F, S) F(S, U8, index, 0) F(S, U32, connections_max, 0)
/* The administrator's socket. Heard are root and uid, or with anybody all who get in. */
#define IPC_FIELDS_PORTER_ADMIN(F, S)  F(S, U8, index, 0) F(S, U32, uid, 0) F(S, U8, anybody, 0)
#define IPC_FIELDS_PORTER_START(F, S)                                                                 \
    F(S, U32, connections_max, 0) F(S, U32, connections_per_address_max, 0)                              \
    F(S, U32, unauthenticated_max, 0) F(S, U32, unauthenticated_per_address_max, 0)
#define IPC_FIELDS_GATE_START(F, S)                                                                   \
    F(S, U64, gate, 0) F(S, U32, handshake_timeout_ms, 0) F(S, U32, auth_timeout_ms, 0)                     \
    F(S, U32, idle_timeout_ms, 0) F(S, U32, auth_rounds_max, 0) F(S, U32, preauth_frame_max, 0)             \
    F(S, U32, frame_max, 0) F(S, U16, tls_min, 0) F(S, U16, tls_max, 0) F(S, U32, message_max_bytes, 0)        \
    F(S, U8, fips, 0) F(S, BLOB, certificate_chain, 65536)
/* tls_policies: a bit for each that a listener has. The files' names are for messages. */
#define IPC_FIELDS_KEYS_START(F, S)                                                                \
    F(S, U8, tls12, 0) F(S, U8, tls13, 0) F(S, U8, client_auth, 0) F(S, U8, tls_policies, 0)             \
    F(S, U8, fips, 0) F(S, TEXT, certificate_file, 255) F(S, TEXT, key_file, 255)                      \
    F(S, BLOB, certificate_chain, 65536)
/* Where the key is in a PKCS#11 token, before KEYS_START, whose descriptor is then the file
 * of the PIN: the module, what it may read, and what is in its environment. */
#define IPC_FIELDS_KEYS_TOKEN(F, S)    F(S, TEXT, module, 255) F(S, TEXT, uri, 1024)
#define IPC_FIELDS_KEYS_PATH(F, S)     F(S, TEXT, path, 255)
#define IPC_FIELDS_KEYS_VARIABLE(F, S) F(S, TEXT, name, 64) F(S, TEXT, value, 255)
/* One of the certificates in force, the server's own (0) first; see ipc_certificates.h. */
#define IPC_FIELDS_CERTIFICATE(F, S)                                                                  \
    F(S, U8, index, 0) F(S, I64, not_after_s, 0) F(S, BLOB, digest, IPC_DIGEST_MAX) F(S, TEXT, subject, 255)
/* What a plugin is given before AUTH_START: files by their names, and settings. */
#define IPC_FIELDS_AUTH_FILE(F, S)     F(S, TEXT, name, 32)
#define IPC_FIELDS_AUTH_SETTING(F, S)  F(S, TEXT, name, 128) F(S, TEXT, value, 4096)
#define IPC_FIELDS_AUTH_START(F, S)                                                                   \
    F(S, TEXT, plugin, 255) F(S, TEXT, mechanisms, 255) F(S, U32, failure_delay_ms, 0) F(S, U32, message_max, 0) \
    F(S, U8, scratch, 0) F(S, U8, dial, 0)
/* Where the plugin's process may have a connection to, before DIAL_START. address: of IPv4
 * its first four bytes. */
#define IPC_FIELDS_DIAL_ADDRESS(F, S)  F(S, U8, is_v6, 0) F(S, UUID, address, 0) F(S, U16, port, 0)
#define IPC_FIELDS_DIAL_START(F, S)
/* One plugin and its auth process: what it is for, and whom it may name anywhere. */
#define IPC_FIELDS_AUTHORITY(F, S)                                                                    \
    F(S, U8, index, 0) F(S, TEXT, name, 32) F(S, TEXT, mechanisms, 255) F(S, TEXT, principals, 255)
/* Whom it may name on that listener. absent: it has none of its mechanisms there. */
#define IPC_FIELDS_SCOPE(F, S)         F(S, U8, listener, 0) F(S, U8, authority, 0) F(S, TEXT, patterns, 4096) F(S, U8, absent, 0)
/* policy_mode: enum ipc_policy_mode. */
#define IPC_FIELDS_BROKER_START(F, S)                                                                 \
    F(S, U32, node_id, 0) F(S, TEXT, cluster_id, 64)                                                        \
    F(S, BLOB, super_users, 16384) F(S, U32, partitions_default, 0) F(S, U8, auto_create_topics, 0)         \
    F(S, U32, group_session_min_ms, 0) F(S, U32, group_session_max_ms, 0)                                \
    F(S, U32, group_initial_delay_ms, 0) F(S, U32, group_size_max, 0)                                    \
    F(S, U32, offset_metadata_max, 0) F(S, U32, offsets_partitions, 0) F(S, U32, message_max_bytes, 0)      \
    F(S, U32, auth_rounds_max, 0) F(S, U8, delete_topics, 0) F(S, U32, segment_bytes, 0)                      \
    F(S, U32, auth_timeout_ms, 0) F(S, U32, offsets_retention_minutes, 0) F(S, I64, offsets_check_ms, 0)      \
    F(S, I64, requests_max_bytes, 0) F(S, U8, audit_failure, 0) F(S, U32, audit_changes_rate, 0)              \
    F(S, U8, authorizer_log, 0)                                                                          \
    F(S, U8, policy_mode, 0) F(S, U8, policy_compat, 0) F(S, U8, policy_allow_everyone, 0)
/* One key of the configuration, as it is shown to clients. type: as DescribeConfigs has it. */
#define IPC_FIELDS_SETTING(F, S)                                                                      \
    F(S, TEXT, name, 128) F(S, U8, type, 0) F(S, U8, is_given, 0) F(S, U8, is_set, 0)                       \
    F(S, U8, is_secret, 0) F(S, BLOB, value, 16384) F(S, TEXT, meaning, 512)
#define IPC_FIELDS_STORE_START(F, S)                                                                  \
    F(S, U32, segment_bytes, 0) F(S, U32, index_interval_bytes, 0) F(S, U32, message_max_bytes, 0)          \
    F(S, U8, durable, 0) F(S, I64, producer_expiry_ms, 0) F(S, U32, node_id, 0) F(S, TEXT, cluster_id, 64)     \
    F(S, I64, retention_check_ms, 0)
/* max_bytes: a file that is as long is the last with that name; 0: it goes on for ever. */
#define IPC_FIELDS_AUDIT_START(F, S)   F(S, U8, fips, 0) F(S, I64, max_bytes, 0)
/* Behind READY: what else it has. kind: enum ipc_audit_kind; name: of the file itself, for the trail. */
#define IPC_FIELDS_AUDIT_FILE(F, S)    F(S, U8, kind, 0) F(S, TEXT, name, 255)
/* That was all: now the trail goes on. */
#define IPC_FIELDS_AUDIT_BEGIN(F, S)
/* The file is as long as it may be. */
#define IPC_FIELDS_AUDIT_NEXT(F, S)
/* is_permissive: it decides nothing, but what it would decide is told. */
#define IPC_FIELDS_POLICY(F, S)        F(S, U64, serial, 0) F(S, U8, is_permissive, 0)
/* file_serial: what the header of its main file says. */
#define IPC_FIELDS_POLICY_TAKEN(F, S)                                                                 \
    F(S, U64, serial, 0) F(S, U8, accepted, 0) F(S, TEXT, reason, 256) F(S, U64, file_serial, 0)            \
    F(S, U32, rules, 0) F(S, U8, is_permissive, 0)
/* What the administrator asks and only the warden knows. state: enum ipc_process. */
#define IPC_FIELDS_STATUS_ASK(F, S)
#define IPC_FIELDS_PROCESS_STATUS(F, S) F(S, TEXT, name, 64) F(S, U8, state, 0) F(S, U32, restarts, 0) F(S, I64, since_ms, 0)
/* What became of one part of the last reload, in the order of the log. */
#define IPC_FIELDS_RELOAD_PART(F, S)   F(S, TEXT, code, 8) F(S, TEXT, name, 64)
/* A policy that is loaded. mode: as in BROKER_START; refused_ms: when a reload of it failed last, since
   it came into force; state: of its signatures (policy_state.h); history: the directory of bundles. */
#define IPC_FIELDS_POLICY_STATUS(F, S)                                                                \
    F(S, U8, is_permissive, 0) F(S, U8, mode, 0) F(S, U64, serial, 0) F(S, TEXT, hash, 64) F(S, U32, rules, 0) \
    F(S, I64, since_ms, 0) F(S, I64, refused_ms, 0) F(S, TEXT, state, 256) F(S, TEXT, file, 1024)           \
    F(S, TEXT, history, 1024)
/* Behind those three. reloaded_ms: when the last reload was done; 0: there was none. */
#define IPC_FIELDS_STATUS(F, S)        F(S, TEXT, version, 32) F(S, I64, started_ms, 0) F(S, I64, reloaded_ms, 0)
/* part: enum ipc_reload; expected: the hash that the policy files must have, in hex; "": any. */
#define IPC_FIELDS_RELOAD_ASK(F, S)    F(S, U32, uid, 0) F(S, U8, part, 0) F(S, TEXT, expected, 64)
/* Behind its parts. refused: there is none now. */
#define IPC_FIELDS_RELOAD_DONE(F, S)   F(S, U8, refused, 0)

/* --- the porter ---------------------------------------------------------------------------- */
#define IPC_FIELDS_CLIENT(F, S)        F(S, U64, gate, 0) F(S, U8, listener, 0)
#define IPC_FIELDS_SESSION_OPEN(F, S)  F(S, U64, gate, 0) F(S, U8, listener, 0) F(S, TEXT, address, IPC_ADDRESS_MAX) F(S, U16, port, 0)
/* Who it is as well: the kernel says so of a Unix socket. */
#define IPC_FIELDS_ADMIN_OPEN(F, S)    F(S, U64, gate, 0) F(S, U8, listener, 0) F(S, U32, uid, 0)
#define IPC_FIELDS_SESSION_TRUSTED(F, S) F(S, U64, gate, 0)
/* How many connections a second an address may make; "": every one that is not named.
 * A rate of 0: no limit of its own any more. */
#define IPC_FIELDS_ADDRESS_RATE(F, S)  F(S, TEXT, address, IPC_ADDRESS_MAX) F(S, I32, rate, 0)

/* --- a gate and its neighbours ------------------------------------------------------------- */
#define IPC_FIELDS_REQUEST(F, S)                                                                      \
    F(S, I16, api_key, 0) F(S, I16, api_version, 0) F(S, I32, correlation_id, 0)                            \
    F(S, TEXT, client_id, 32767) F(S, U8, raw_sasl, 0) F(S, BLOB, body, IPC_REQUEST_MAX)
/* throttle_ms: the client's next request is not heard before that time is over. */
#define IPC_FIELDS_RESPONSE(F, S)                                                                     \
    F(S, U8, end_session, 0) F(S, U8, authenticated, 0) F(S, I32, throttle_ms, 0) F(S, BLOB, body, IPC_RESPONSE_MAX)
#define IPC_FIELDS_OPEN(F, S)                                                                         \
    F(S, U8, operation, 0) F(S, UUID, topic_id, 0) F(S, TEXT, topic, IPC_NAME_MAX) F(S, I32, partition, 0) \
    F(S, U8, quiet, 0) F(S, TEXT, client_id, 255)
/* decision: of a refusal, its id. */
#define IPC_FIELDS_OPENED(F, S)                                                                       \
    F(S, I16, error, 0) F(S, U64, handle, 0) F(S, UUID, topic_id, 0) F(S, I32, leader_epoch, 0)                \
    F(S, I32, max_message_bytes, 0) F(S, U8, append_time, 0) F(S, I64, before_max_ms, 0)                     \
    F(S, I64, after_max_ms, 0) F(S, I16, codec, 0) F(S, I32, codec_level, 0) \
    F(S, I32, min_insync_replicas, 0) F(S, U8, compacted, 0) F(S, I32, throttle_ms, 0)                       \
    F(S, TEXT, decision, 32)
/* Memory for a request of that size is wanted; 0: what was given is no longer needed. */
#define IPC_FIELDS_ROOM(F, S)          F(S, U32, bytes, 0)
#define IPC_FIELDS_ROOM_GIVEN(F, S)
#define IPC_FIELDS_GATE_LOG(F, S)      F(S, U16, code, 0) F(S, U32, detail, 0) F(S, TEXT, text, 128)
#define IPC_FIELDS_SIGN(F, S)          F(S, U16, scheme, 0) F(S, BLOB, text, 512)
#define IPC_FIELDS_SIGN_RESULT(F, S)   F(S, U8, refused, 0) F(S, BLOB, signature, 1024)
/* The handshake up to the proof of the client's certificate; empty: it showed none. */
#define IPC_FIELDS_PROOF(F, S)         F(S, BLOB, transcript, IPC_PROOF_MAX)
#define IPC_FIELDS_PROVEN(F, S)        F(S, U8, ok, 0)
/* To which key credentials of that mechanism are sealed; empty: nobody takes them. */
#define IPC_FIELDS_SEAL_ASK(F, S)      F(S, U8, mechanism, 0)
#define IPC_FIELDS_SEAL_KEY(F, S)      F(S, BLOB, key, IPC_SEAL_KEY_MAX)

/* --- keys and the broker ------------------------------------------------------------------- */
/* A signature over a handshake of TLS 1.3 goes to that gate: the SHA-256 of its bytes. */
#define IPC_FIELDS_SIGNED(F, S)        F(S, U64, gate, 0) F(S, BLOB, digest, IPC_DIGEST_MAX)

/* --- bulk between a gate and store (a stream, the same header) ----------------------------- */
#define IPC_FIELDS_PRODUCE(F, S)       F(S, U64, handle, 0) F(S, I16, acks, 0) F(S, I32, timeout_ms, 0) F(S, BLOB, batch, IPC_BATCH_MAX)
#define IPC_FIELDS_PRODUCED(F, S)                                                                     \
    F(S, I16, error, 0) F(S, I64, base_offset, 0) F(S, I64, log_append_time_ms, 0) F(S, I64, log_start_offset, 0) \
    F(S, I32, throttle_ms, 0)
/* partitions: FETCH_ENTRY_BYTES each, see ipc_words.h */
#define IPC_FIELDS_FETCH(F, S)                                                                        \
    F(S, I32, max_wait_ms, 0) F(S, I32, min_bytes, 0) F(S, I32, max_bytes, 0) F(S, U8, isolation, 0)           \
    F(S, BLOB, partitions, 1048576)
#define IPC_FIELDS_FETCHED(F, S)                                                                      \
    F(S, U32, index, 0) F(S, I16, error, 0) F(S, I64, high_watermark, 0) F(S, I64, last_stable_offset, 0)      \
    F(S, I64, log_start_offset, 0) F(S, I32, diverging_epoch, 0) F(S, I64, diverging_end_offset, 0)            \
    F(S, U8, last, 0) F(S, I32, throttle_ms, 0) F(S, BLOB, records, IPC_BATCH_MAX)

/* --- the broker and auth ------------------------------------------------------------------- */
#define IPC_FIELDS_AUTH_BEGIN(F, S)                                                                   \
    F(S, U64, session, 0) F(S, U32, attempt, 0) F(S, TEXT, mechanism, 32) F(S, TEXT, address, IPC_ADDRESS_MAX)
#define IPC_FIELDS_AUTH_STEP(F, S)     F(S, U64, session, 0) F(S, U32, attempt, 0) F(S, BLOB, bytes, IPC_SASL_MAX)
#define IPC_FIELDS_AUTH_CANCEL(F, S)   F(S, U64, session, 0) F(S, U32, attempt, 0)
#define IPC_FIELDS_AUTH_RESULT(F, S)                                                                  \
    F(S, U64, session, 0) F(S, U32, attempt, 0) F(S, U8, verdict, 0) F(S, U16, reason, 0)                      \
    F(S, BLOB, bytes, IPC_SASL_MAX) F(S, TEXT, principal, IPC_PRINCIPAL_MAX) F(S, I64, expires_ms, 0)      \
    F(S, BLOB, groups, IPC_GROUPS_MAX) F(S, TEXT, issuer, IPC_ISSUER_MAX)
/* After a reload: may this session, which a process before this one let in, stay? */
#define IPC_FIELDS_AUTH_KNOWS(F, S)    F(S, U64, session, 0) F(S, TEXT, principal, IPC_PRINCIPAL_MAX)
#define IPC_FIELDS_AUTH_KNOWN(F, S)    F(S, U64, session, 0) F(S, U8, known, 0)
/* Credentials are to be sealed to this public key. */
#define IPC_FIELDS_SEALING_KEY(F, S)   F(S, BLOB, key, IPC_SEAL_KEY_MAX)
/* A credential is offered, in force, or gone; see enum ipc_credential_act. Without a request
 * number nobody waits for the answer, and there is none. */
#define IPC_FIELDS_CREDENTIAL(F, S)                                                                   \
    F(S, U8, act, 0) F(S, TEXT, name, 255) F(S, TEXT, mechanism, 32) F(S, U32, cost, 0) F(S, U64, serial, 0) \
    F(S, BLOB, bytes, IPC_SEALED_MAX)
#define IPC_FIELDS_CREDENTIAL_ANSWER(F, S) F(S, U8, status, 0) F(S, BLOB, stored, IPC_SEALED_MAX)

/* --- auth and its dial ------------------------------------------------------------------- */
/* A connection, please: the answer is DIALED with it, or DIAL_FAILED with an enum err. */
#define IPC_FIELDS_DIAL(F, S)          F(S, U32, timeout_ms, 0)
#define IPC_FIELDS_DIALED(F, S)
#define IPC_FIELDS_DIAL_FAILED(F, S)   F(S, U16, error, 0)

/* --- the broker and store ------------------------------------------------------------------ */
#define IPC_FIELDS_GRANT(F, S)                                                                        \
    F(S, U64, gate, 0) F(S, U64, handle, 0) F(S, UUID, topic_id, 0) F(S, I32, partition, 0)                    \
    F(S, U8, operation, 0) F(S, I32, leader_epoch, 0) F(S, I32, max_message_bytes, 0) F(S, U8, append_time, 0) \
    F(S, I64, after_max_ms, 0)
/* Whom this gate shares its quotas with: all gates that have the same number, which is 0
 * where there is no quota. Rates: bytes a second, microseconds of store's time a second. */
#define IPC_FIELDS_GATE_QUOTA(F, S)                                                                   \
    F(S, U64, gate, 0) F(S, U64, produce, 0) F(S, I64, produce_rate, 0) F(S, U64, fetch, 0)                    \
    F(S, I64, fetch_rate, 0) F(S, U64, request, 0) F(S, I64, request_rate, 0)
/* handle 0: every grant of that gate */
#define IPC_FIELDS_REVOKE(F, S)        F(S, U64, gate, 0) F(S, U64, handle, 0)
#define IPC_FIELDS_REVOKED(F, S)       F(S, U64, gate, 0) F(S, U64, handle, 0)
#define IPC_FIELDS_PARTITION_OPEN(F, S)                                                               \
    F(S, UUID, topic_id, 0) F(S, TEXT, topic, IPC_NAME_MAX) F(S, I32, partition, 0)                         \
    F(S, I32, leader_epoch, 0) F(S, U8, create, 0) F(S, U8, only_configures, 0) F(S, U32, segment_bytes, 0)                              \
    F(S, I64, segment_ms, 0) F(S, U32, segment_index_bytes, 0) F(S, I64, retention_ms, 0)                    \
    F(S, I64, retention_bytes, 0)
#define IPC_FIELDS_PARTITION_OPENED(F, S)                                                             \
    F(S, UUID, topic_id, 0) F(S, I32, partition, 0) F(S, I16, error, 0) F(S, I64, log_start_offset, 0)         \
    F(S, I64, log_end_offset, 0)
#define IPC_FIELDS_PARTITION_DROP(F, S)    F(S, UUID, topic_id, 0) F(S, I32, partition, 0)
#define IPC_FIELDS_PARTITION_DROPPED(F, S) F(S, UUID, topic_id, 0) F(S, I32, partition, 0) F(S, I16, error, 0)
#define IPC_FIELDS_APPEND(F, S)        F(S, UUID, topic_id, 0) F(S, I32, partition, 0) F(S, BLOB, batch, 16777216)
#define IPC_FIELDS_APPENDED(F, S)      F(S, I16, error, 0) F(S, I64, base_offset, 0)
#define IPC_FIELDS_READ(F, S)          F(S, UUID, topic_id, 0) F(S, I32, partition, 0) F(S, I64, offset, 0) F(S, U32, max_bytes, 0)
#define IPC_FIELDS_READ_DATA(F, S)     F(S, I16, error, 0) F(S, I64, log_end_offset, 0) F(S, BLOB, records, 16777216)
#define IPC_FIELDS_OFFSET_QUERY(F, S)                                                                 \
    F(S, UUID, topic_id, 0) F(S, I32, partition, 0) F(S, I64, timestamp, 0) F(S, U8, isolation, 0)
#define IPC_FIELDS_OFFSET_ANSWER(F, S) F(S, I16, error, 0) F(S, I64, offset, 0) F(S, I64, timestamp, 0) F(S, I32, leader_epoch, 0)
#define IPC_FIELDS_RECORDS_DELETE(F, S)  F(S, UUID, topic_id, 0) F(S, I32, partition, 0) F(S, I64, before, 0)
#define IPC_FIELDS_RECORDS_DELETED(F, S) F(S, I16, error, 0) F(S, I64, log_start_offset, 0)
#define IPC_FIELDS_LOG_QUERY(F, S)  F(S, UUID, topic_id, 0) F(S, I32, partition, 0)
#define IPC_FIELDS_LOG_ANSWER(F, S) F(S, I16, error, 0) F(S, I64, size_bytes, 0)
#define IPC_FIELDS_EPOCH_QUERY(F, S)  F(S, UUID, topic_id, 0) F(S, I32, partition, 0) F(S, I32, epoch, 0)
#define IPC_FIELDS_EPOCH_ANSWER(F, S) F(S, I16, error, 0) F(S, I32, epoch, 0) F(S, I64, end_offset, 0)
#define IPC_FIELDS_PRODUCERS_QUERY(F, S)  F(S, UUID, topic_id, 0) F(S, I32, partition, 0)
/* producers: IPC_PRODUCER_BYTES each, see ipc_words.h */
#define IPC_FIELDS_PRODUCERS_ANSWER(F, S) F(S, I16, error, 0) F(S, BLOB, producers, 16777216)
/* Who this data directory belongs to; the first thing that store says. unclean: the last run
 * did not end in good order. */
#define IPC_FIELDS_IDENTITY(F, S)   F(S, TEXT, cluster_id, 64) F(S, UUID, directory, 0) F(S, U8, unclean, 0)
/* What a gate wrote or was given of a partition, since this was told last: whole batches. jumps:
 * how many times the next batch was not the one behind the last; 0: every offset was passed. */
#define IPC_FIELDS_USED(F, S)                                                                         \
    F(S, U64, gate, 0) F(S, UUID, topic_id, 0) F(S, I32, partition, 0) F(S, U8, operation, 0)                  \
    F(S, I64, first_offset, 0) F(S, I64, last_offset, 0) F(S, U64, records, 0) F(S, U64, bytes, 0)             \
    F(S, U32, jumps, 0) F(S, I64, first_time_ms, 0) F(S, I64, last_time_ms, 0)
/* The partitions that broker knows have all been named: what is left on disk belongs to nobody. */
#define IPC_FIELDS_PARTITIONS_NAMED(F, S)

/* --- audit --------------------------------------------------------------------------------- */
#define IPC_FIELDS_EVENT(F, S)                                                                        \
    F(S, I64, time_ms, 0) F(S, U16, kind, 0) F(S, U8, outcome, 0) F(S, U64, session, 0)                        \
    F(S, TEXT, principal, IPC_PRINCIPAL_MAX) F(S, TEXT, address, IPC_ADDRESS_MAX) F(S, TEXT, listener, 64)  \
    F(S, TEXT, mechanism, 32) F(S, TEXT, client_id, 255) F(S, TEXT, operation, 32)                          \
    F(S, TEXT, resource, 32) F(S, TEXT, name, 255) F(S, TEXT, rule, 64) F(S, TEXT, reason, 255)                \
    F(S, U32, count, 0)                                                                                       \
    F(S, TEXT, api, 64) F(S, U64, serial, 0) F(S, TEXT, decision, 32) F(S, I32, partition, 0)                  \
    F(S, I64, first_offset, 0) F(S, I64, last_offset, 0) F(S, U64, records, 0) F(S, U64, bytes, 0)             \
    F(S, I64, first_time_ms, 0)
/* Are all events that I sent before this on disk? Answered when they are; never, when they can
 * not be written: then the process ends. A later number covers the earlier. */
#define IPC_FIELDS_AUDIT_SYNC(F, S)    F(S, U64, number, 0)
#define IPC_FIELDS_AUDIT_SYNCED(F, S)  F(S, U64, number, 0)

#define IPC_SHARED (IPC_PORTER | IPC_KEYS | IPC_AUTH | IPC_BROKER | IPC_STORE | IPC_AUDIT | IPC_DIAL)

/*    NAME, name                               number  from                                    to                                   descriptors */
#define IPC_CATALOGUE(M)                                                                           \
    M(READY,             ready,               0x0101, IPC_SHARED | IPC_GATE,                  IPC_WARDEN,                          0) \
    M(STOP,              stop,                0x0102, IPC_WARDEN,                             IPC_SHARED | IPC_GATE,               0) \
    M(ALIVE_ASK,         alive_ask,           0x011a, IPC_WARDEN,                             IPC_AUTH | IPC_DIAL | IPC_KEYS,      0) \
    M(ALIVE,             alive,               0x011b, IPC_AUTH | IPC_DIAL | IPC_KEYS,         IPC_WARDEN,                          0) \
    M(PEER_ADD,          peer_add,            0x0103, IPC_WARDEN,                             IPC_SHARED,                          1) \
    M(GATE_ADD,          gate_add,            0x0104, IPC_WARDEN,                             IPC_PORTER | IPC_KEYS | IPC_BROKER | IPC_STORE, 1) \
    M(GATE_GONE,         gate_gone,           0x0105, IPC_WARDEN,                             IPC_PORTER | IPC_KEYS | IPC_BROKER | IPC_STORE, 0) \
    M(GATE_KILL,         gate_kill,           0x0106, IPC_PORTER | IPC_KEYS | IPC_BROKER | IPC_STORE, IPC_WARDEN,                  0) \
    M(GATE_TAKEN,        gate_taken,          0x0112, IPC_PORTER,                             IPC_WARDEN,                          0) \
    M(SPARE_DROP,        spare_drop,          0x0114, IPC_WARDEN,                             IPC_PORTER,                          0) \
    M(LISTENER,          listener,            0x0107, IPC_WARDEN,                             IPC_PORTER | IPC_GATE | IPC_BROKER,  0) \
    M(PORTER_LISTEN,     porter_listen,       0x0108, IPC_WARDEN,                             IPC_PORTER,                          1) \
    M(PORTER_ADMIN,      porter_admin,       0x0122, IPC_WARDEN,                             IPC_PORTER,                          1) \
    M(PORTER_START,      porter_start,        0x0109, IPC_WARDEN,                             IPC_PORTER,                          0) \
    M(GATE_START,        gate_start,          0x010a, IPC_WARDEN,                             IPC_GATE,                            0) \
    M(KEYS_START,        keys_start,          0x010b, IPC_WARDEN,                             IPC_KEYS,                            1) \
    M(KEYS_TOKEN,        keys_token,          0x0127, IPC_WARDEN,                             IPC_KEYS,                            0) \
    M(KEYS_PATH,         keys_path,           0x0128, IPC_WARDEN,                             IPC_KEYS,                            0) \
    M(KEYS_VARIABLE,     keys_variable,       0x0129, IPC_WARDEN,                             IPC_KEYS,                            0) \
    M(AUTH_START,        auth_start,          0x010c, IPC_WARDEN,                             IPC_AUTH,                            0) \
    M(AUTH_FILE,         auth_file,           0x0116, IPC_WARDEN,                             IPC_AUTH,                            1) \
    M(AUTH_SETTING,      auth_setting,        0x0117, IPC_WARDEN,                             IPC_AUTH,                            0) \
    M(DIAL_ADDRESS,      dial_address,        0x011c, IPC_WARDEN,                             IPC_DIAL,                            0) \
    M(DIAL_START,        dial_start,          0x011d, IPC_WARDEN,                             IPC_DIAL,                            0) \
    M(AUTHORITY,         authority,           0x0118, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(SCOPE,             scope,               0x0119, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(BROKER_START,      broker_start,        0x010d, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(SETTING,           setting,             0x0115, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(STORE_START,       store_start,         0x010e, IPC_WARDEN,                             IPC_STORE,                           1) \
    M(AUDIT_START,       audit_start,         0x010f, IPC_WARDEN,                             IPC_AUDIT,                           1) \
    M(POLICY,            policy,              0x0110, IPC_WARDEN,                             IPC_BROKER,                          1) \
    M(POLICY_TAKEN,      policy_taken,        0x0111, IPC_BROKER,                             IPC_WARDEN,                          0) \
    M(SERVING,           serving,             0x0113, IPC_BROKER,                             IPC_WARDEN,                          0) \
    M(STATUS_ASK,        status_ask,         0x0123, IPC_BROKER,                             IPC_WARDEN,                          0) \
    M(PROCESS_STATUS,    process_status,     0x0125, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(POLICY_STATUS,     policy_status,      0x012a, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(RELOAD_PART,       reload_part,        0x011e, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(STATUS,            status,             0x011f, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(RELOAD_ASK,        reload_ask,         0x0120, IPC_BROKER,                             IPC_WARDEN,                          0) \
    M(RELOAD_DONE,       reload_done,        0x0121, IPC_WARDEN,                             IPC_BROKER,                          0) \
    M(CLIENT,            client,              0x0201, IPC_PORTER,                             IPC_GATE,                            1) \
    M(SESSION_OPEN,      session_open,        0x0202, IPC_PORTER,                             IPC_BROKER,                          0) \
    M(ADMIN_OPEN,        admin_open,         0x0205, IPC_PORTER,                             IPC_BROKER,                          0) \
    M(SESSION_TRUSTED,   session_trusted,     0x0203, IPC_BROKER,                             IPC_PORTER,                          0) \
    M(ADDRESS_RATE,      address_rate,        0x0204, IPC_BROKER,                             IPC_PORTER,                          0) \
    M(REQUEST,           request,             0x0301, IPC_GATE,                               IPC_BROKER,                          0) \
    M(RESPONSE,          response,            0x0302, IPC_BROKER,                             IPC_GATE,                            0) \
    M(OPEN,              open,                0x0303, IPC_GATE,                               IPC_BROKER,                          0) \
    M(OPENED,            opened,              0x0304, IPC_BROKER,                             IPC_GATE,                            0) \
    M(GATE_LOG,          gate_log,            0x0305, IPC_GATE,                               IPC_BROKER,                          0) \
    M(ROOM,              room,                0x030c, IPC_GATE,                               IPC_BROKER,                          0) \
    M(ROOM_GIVEN,        room_given,          0x030d, IPC_BROKER,                             IPC_GATE,                            0) \
    M(SIGN,              sign,                0x0306, IPC_GATE,                               IPC_KEYS,                            0) \
    M(SIGN_RESULT,       sign_result,         0x0307, IPC_KEYS,                               IPC_GATE,                            0) \
    M(PROOF,             proof,               0x030e, IPC_GATE,                               IPC_BROKER,                          0) \
    M(PROVEN,            proven,              0x030f, IPC_BROKER,                             IPC_GATE,                            0) \
    M(SIGNED,            signed_text,         0x0310, IPC_KEYS,                               IPC_BROKER,                          0) \
    M(SEAL_ASK,          seal_ask,            0x0311, IPC_GATE,                               IPC_BROKER,                          0) \
    M(SEAL_KEY,          seal_key,            0x0312, IPC_BROKER,                             IPC_GATE,                            0) \
    M(PRODUCE,           produce,             0x0308, IPC_GATE,                               IPC_STORE,                           0) \
    M(PRODUCED,          produced,            0x0309, IPC_STORE,                              IPC_GATE,                            0) \
    M(FETCH,             fetch,               0x030a, IPC_GATE,                               IPC_STORE,                           0) \
    M(FETCHED,           fetched,             0x030b, IPC_STORE,                              IPC_GATE,                            0) \
    M(AUTH_BEGIN,        auth_begin,          0x0401, IPC_BROKER,                             IPC_AUTH,                            0) \
    M(AUTH_STEP,         auth_step,           0x0402, IPC_BROKER,                             IPC_AUTH,                            0) \
    M(AUTH_CANCEL,       auth_cancel,         0x0403, IPC_BROKER,                             IPC_AUTH,                            0) \
    M(AUTH_RESULT,       auth_result,         0x0404, IPC_AUTH,                               IPC_BROKER,                          0) \
    M(AUTH_KNOWS,        auth_knows,          0x0405, IPC_BROKER,                             IPC_AUTH,                            0) \
    M(AUTH_KNOWN,        auth_known,          0x0406, IPC_AUTH,                               IPC_BROKER,                          0) \
    M(SEALING_KEY,       sealing_key,         0x0407, IPC_AUTH,                               IPC_BROKER,                          0) \
    M(CREDENTIAL,        credential,          0x0408, IPC_BROKER,                             IPC_AUTH,                            0) \
    M(CREDENTIAL_ANSWER, credential_answer,   0x0409, IPC_AUTH,                               IPC_BROKER,                          0) \
    M(DIAL,              dial,                0x040a, IPC_AUTH,                               IPC_DIAL,                            0) \
    M(DIALED,            dialed,              0x040b, IPC_DIAL,                               IPC_AUTH,                            1) \
    M(DIAL_FAILED,       dial_failed,         0x040c, IPC_DIAL,                               IPC_AUTH,                            0) \
    M(GRANT,             grant,               0x0501, IPC_BROKER,                             IPC_STORE,                           0) \
    M(REVOKE,            revoke,              0x0502, IPC_BROKER,                             IPC_STORE,                           0) \
    M(REVOKED,           revoked,             0x0503, IPC_STORE,                              IPC_BROKER,                          0) \
    M(GATE_QUOTA,        gate_quota,          0x0518, IPC_BROKER,                             IPC_STORE,                           0) \
    M(USED,              used,                0x0519, IPC_STORE,                              IPC_BROKER,                          0) \
    M(PARTITION_OPEN,    partition_open,      0x0504, IPC_BROKER,                             IPC_STORE,                           0) \
    M(PARTITION_OPENED,  partition_opened,    0x0505, IPC_STORE,                              IPC_BROKER,                          0) \
    M(PARTITION_DROP,    partition_drop,      0x0506, IPC_BROKER,                             IPC_STORE,                           0) \
    M(PARTITION_DROPPED, partition_dropped,   0x0507, IPC_STORE,                              IPC_BROKER,                          0) \
    M(APPEND,            append,              0x0508, IPC_BROKER,                             IPC_STORE,                           0) \
    M(APPENDED,          appended,            0x0509, IPC_STORE,                              IPC_BROKER,                          0) \
    M(READ,              read,                0x050a, IPC_BROKER,                             IPC_STORE,                           0) \
    M(READ_DATA,         read_data,           0x050b, IPC_STORE,                              IPC_BROKER,                          0) \
    M(OFFSET_QUERY,      offset_query,        0x050c, IPC_BROKER,                             IPC_STORE,                           0) \
    M(OFFSET_ANSWER,     offset_answer,       0x050d, IPC_STORE,                              IPC_BROKER,                          0) \
    M(PARTITIONS_NAMED,  partitions_named,    0x050e, IPC_BROKER,                             IPC_STORE,                           0) \
    M(RECORDS_DELETE,    records_delete,      0x0510, IPC_BROKER,                             IPC_STORE,                           0) \
    M(RECORDS_DELETED,   records_deleted,     0x0511, IPC_STORE,                              IPC_BROKER,                          0) \
    M(LOG_QUERY,         log_query,           0x0512, IPC_BROKER,                             IPC_STORE,                           0) \
    M(LOG_ANSWER,        log_answer,          0x0513, IPC_STORE,                              IPC_BROKER,                          0) \
    M(EPOCH_QUERY,       epoch_query,         0x0514, IPC_BROKER,                             IPC_STORE,                           0) \
    M(EPOCH_ANSWER,      epoch_answer,        0x0515, IPC_STORE,                              IPC_BROKER,                          0) \
    M(PRODUCERS_QUERY,   producers_query,     0x0516, IPC_BROKER,                             IPC_STORE,                           0) \
    M(PRODUCERS_ANSWER,  producers_answer,    0x0517, IPC_STORE,                              IPC_BROKER,                          0) \
    M(IDENTITY,          identity,            0x050f, IPC_STORE,                              IPC_BROKER,                          0) \
    M(EVENT,             event,               0x0601, IPC_WARDEN | IPC_KEYS | IPC_BROKER,     IPC_AUDIT,                           0) \
    M(AUDIT_SYNC,        audit_sync,          0x0602, IPC_BROKER,                             IPC_AUDIT,                           0) \
    M(AUDIT_SYNCED,      audit_synced,        0x0603, IPC_AUDIT,                              IPC_BROKER,                          0) \
    M(AUDIT_FILE,        audit_file,          0x0604, IPC_WARDEN,                             IPC_AUDIT,                           1) \
    M(AUDIT_BEGIN,       audit_begin,         0x0605, IPC_WARDEN,                             IPC_AUDIT,                           0) \
    M(AUDIT_NEXT,        audit_next,          0x0606, IPC_AUDIT,                              IPC_WARDEN,                          0) \
    M(AUTH_BROKEN,       auth_broken,         0x0124, IPC_BROKER,                             IPC_WARDEN,                          0) \
    M(CERTIFICATE,       certificate,         0x0126, IPC_WARDEN | IPC_KEYS,                  IPC_WARDEN | IPC_BROKER,             0)

/* clang-format on */

#endif
