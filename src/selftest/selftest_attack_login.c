/* Logins as somebody else: the gate says whatever it likes of what its client said. */
#include "scram_credential.h"
#include "selftest_forge.h"
#include "selftest_ipc.h"
#include "selftest_sasl.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#define TEXT_MAX       SELFTEST_REPLY_MAX
#define SIGNATURE_HEAD 8 /* of a CertificateVerify, before the signature */

static void see(struct selftest_attack *a)
{
    char reply[TEXT_MAX];

    selftest_sasl_hear(a, reply);
    if (strcmp(a->got, "error 0") == 0) {
        selftest_attack_let_in(a);
    }
}

/* --- a client of SCRAM ------------------------------------------------------------ */

struct scram {
    char gs2[32];
    char bare[128];
    char final[TEXT_MAX];
};

static void begin(struct scram *s, const char *gs2, const char *user, const char *nonce)
{
    (void)snprintf(s->gs2, sizeof(s->gs2), "%s", gs2);
    (void)snprintf(s->bare, sizeof(s->bare), "n=%s,r=%s", user, nonce);
}

static void say_first(struct selftest_attack *a, const struct scram *s)
{
    char text[sizeof(s->gs2) + sizeof(s->bare)];
    int n = snprintf(text, sizeof(text), "%s%s", s->gs2, s->bare);

    selftest_sasl_say(a, text, (size_t)n);
}

static bool hmac(struct scram_crypto *crypto, const void *key, const char *text,
    uint8_t out[SCRAM_HASH_MAX])
{
    const struct scram_part by = {key, SHA256_DIGEST_LENGTH};
    const struct scram_part over = {text, strlen(text)};

    return scram_crypto_hmac(crypto, SCRAM_SHA_256, &by, &over, 1, out) == OK;
}

/* ClientKey, and what hides it: RFC 5802, section 3. */
static bool prove(struct scram_crypto *crypto, const char *password,
    const struct scram_part *salt, uint32_t iterations, const char *message,
    uint8_t proof[SCRAM_HASH_MAX])
{
    const struct scram_part secret = {password, strlen(password)};
    uint8_t salted[SCRAM_HASH_MAX];
    uint8_t stored[SCRAM_HASH_MAX];
    uint8_t mask[SCRAM_HASH_MAX];
    const struct scram_part key = {proof, SHA256_DIGEST_LENGTH};
    bool good = scram_crypto_salted_password(
                    crypto, SCRAM_SHA_256, &secret, salt, iterations, salted) == OK &&
                hmac(crypto, salted, "Client Key", proof) &&
                scram_crypto_digest(crypto, SCRAM_SHA_256, &key, stored) == OK &&
                hmac(crypto, stored, message, mask);

    for (size_t i = 0; good && i < SHA256_DIGEST_LENGTH; i++) {
        proof[i] ^= mask[i];
    }
    return good;
}

/* The client's last message, by the server's first. */
static bool finish(struct scram *s, const char *password, const char *server_first)
{
    char nonce[200];
    char salt_text[200];
    unsigned iterations = 0;
    uint8_t salt[SCRAM_HASH_MAX];
    uint8_t proof[SCRAM_HASH_MAX];
    char binding[64];
    char message[3 * TEXT_MAX];
    char encoded[SCRAM_BASE64_LENGTH(SCRAM_HASH_MAX) + 1];
    struct scram_crypto crypto;
    size_t salt_length = 0;

    if (sscanf(server_first, "r=%199[^,],s=%199[^,],i=%u", nonce, salt_text,
            &iterations) != 3 ||
        !scram_base64_decode(
            salt_text, strlen(salt_text), salt, sizeof(salt), &salt_length) ||
        scram_crypto_init(&crypto) != OK) {
        return false;
    }
    scram_base64_encode((const uint8_t *)s->gs2, strlen(s->gs2), binding);
    (void)snprintf(message, sizeof(message), "%s,%s,c=%s,r=%s", s->bare, server_first,
        binding, nonce);
    const struct scram_part view_of_salt = {salt, salt_length};
    bool good = prove(&crypto, password, &view_of_salt, iterations, message, proof);
    scram_crypto_fini(&crypto);
    scram_base64_encode(proof, SHA256_DIGEST_LENGTH, encoded);
    (void)snprintf(s->final, sizeof(s->final), "c=%s,r=%s,p=%s", binding, nonce, encoded);
    return good;
}

/* Its first two messages, if they are answered. */
static bool begin_scram(struct selftest_attack *a, struct scram *s, const char *password)
{
    char server_first[TEXT_MAX];

    if (selftest_sasl_handshake(a, "SCRAM-SHA-256") != 0) {
        return false;
    }
    say_first(a, s);
    selftest_sasl_hear(a, server_first);
    return server_first[0] != '\0' && finish(s, password, server_first);
}

/* --- attempts --------------------------------------------------------------------- */

bool selftest_attack_scram_alice(struct selftest_attack *a)
{
    struct scram s;

    begin(&s, "n,,", SELFTEST_ALICE, "nonceofalice");
    if (begin_scram(a, &s, a->instance->password)) {
        selftest_sasl_say(a, s.final, strlen(s.final));
        see(a);
    }
    return strcmp(a->got, "let in") == 0;
}

/* What bob's client said once, is said again. */
void selftest_attack_scram_replayed(struct selftest_attack *a)
{
    struct selftest_attack recorded = {.instance = a->instance};
    struct scram bob;
    struct scram again;
    bool good;

    begin(&bob, "n,,", SELFTEST_BOB, "nonceofbob");
    good = selftest_intruder_open(&recorded.intruder, a->instance, SELFTEST_DOOR_SASL) &&
           begin_scram(&recorded, &bob, a->instance->password);
    if (good) {
        selftest_sasl_say(&recorded, bob.final, strlen(bob.final));
        see(&recorded);
    }
    good = good && strcmp(recorded.got, "let in") == 0;
    selftest_intruder_close(&recorded.intruder);
    again = bob;
    if (good && begin_scram(a, &again, "anything")) {
        selftest_sasl_say(a, bob.final, strlen(bob.final));
        see(a);
    } else {
        selftest_got(a, "bob's login could not be recorded");
    }
}

/* alice's proof, for a session that is to be bob's. */
void selftest_attack_scram_as_bob(struct selftest_attack *a)
{
    struct scram s;

    begin(&s, "n,a=" SELFTEST_BOB ",", SELFTEST_ALICE, "nonceofalice");
    if (begin_scram(a, &s, a->instance->password)) {
        selftest_sasl_say(a, s.final, strlen(s.final));
        see(a);
    }
}

void selftest_attack_scram_guessed(struct selftest_attack *a)
{
    struct scram s;

    begin(&s, "n,,", SELFTEST_BOB, "nonceofalice");
    if (begin_scram(a, &s, "not bob's password")) {
        selftest_sasl_say(a, s.final, strlen(s.final));
        see(a);
    }
}

void selftest_attack_scram_final_alone(struct selftest_attack *a)
{
    static const char text[] =
        "c=biws,r=nonce,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    if (selftest_sasl_handshake(a, "SCRAM-SHA-256") == 0) {
        selftest_sasl_say(a, text, sizeof(text) - 1);
        see(a);
    }
}

/* bob's name is said in one exchange, alice's password in another. */
void selftest_attack_login_in_login(struct selftest_attack *a)
{
    struct scram s;

    begin(&s, "n,,", SELFTEST_BOB, "nonceofbob");
    if (begin_scram(a, &s, "anything")) {
        (void)selftest_sasl_handshake(a, "PLAIN");
    }
}

void selftest_attack_login_not_offered(struct selftest_attack *a)
{
    struct scram s;

    begin(&s, "n,,", SELFTEST_BOB, "nonceofbob");
    if (begin_scram(a, &s, a->instance->password)) {
        selftest_sasl_say(a, s.final, strlen(s.final));
        see(a);
    }
}

/* The judge of certificates, asked by the way of SASL: then the gate would say itself
 * which signature keys had made for it. */
void selftest_attack_login_by_handshake(struct selftest_attack *a)
{
    struct selftest_handshake h;
    struct buf token;
    uint8_t digest[SHA256_DIGEST_LENGTH];

    buf_init(&token, IPC_SASL_MAX);
    if (!selftest_forge_record(a->instance, "client-bob", &h)) {
        selftest_got(a, "bob's handshake could not be recorded");
    } else if (selftest_sasl_handshake(a, "X509") == 0) {
        const struct buf *verify = &h.parts[SELFTEST_SERVER_VERIFY];
        (void)SHA256(
            verify->bytes + SIGNATURE_HEAD, verify->length - SIGNATURE_HEAD, digest);
        buf_add(&token, digest, sizeof(digest));
        selftest_forge_join(&h, &token);
        selftest_sasl_say(a, token.bytes, token.length);
        see(a);
    }
    selftest_handshake_fini(&h);
    buf_fini(&token);
}

static void say_plain(struct selftest_attack *a, const char *user)
{
    char token[256];
    int n = snprintf(token, sizeof(token), "%c%s%c%s", 0, user, 0, a->instance->password);

    selftest_sasl_say(a, token, (size_t)n);
}

/* alice logs in again, with bob's password. */
void selftest_attack_renew_as_bob(struct selftest_attack *a)
{
    if (selftest_sasl_handshake(a, "PLAIN") == 0) {
        say_plain(a, SELFTEST_BOB);
        see(a);
    }
}

void selftest_attack_renew_and_open(struct selftest_attack *a)
{
    int16_t error = 0;

    if (selftest_sasl_handshake(a, "PLAIN") == 0) {
        uint64_t handle = selftest_intruder_grant(
            &a->intruder, SELFTEST_ALICE_TOPIC, IPC_OPERATION_READ, &error);
        if (handle != 0) {
            selftest_got(a, "opened");
        } else {
            selftest_outcome(a, PUPPET_BROKER);
        }
    }
}

/* What auth should say, said by the gate: of its own session, and of the attempt that it
 * has begun. */
void selftest_attack_login_own_result(struct selftest_attack *a)
{
    struct ipc_auth_result result = {.session = a->intruder.gate,
        .attempt = 1,
        .verdict = IPC_VERDICT_ALLOW,
        .principal = ipc_text("User:" SELFTEST_BOB)};
    union ipc_any answer;

    if (selftest_sasl_handshake(a, "PLAIN") != 0) {
        return;
    }
    selftest_sasl_say(a, "x", 1);
    selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_AUTH_RESULT, &result);
    if (selftest_heard(a, PUPPET_BROKER, IPC_MSG_RESPONSE, &answer)) {
        selftest_got(a, answer.response.authenticated != 0 ? "let in" : "answered");
    }
}
