/*
 * Client certificates that are not the intruder's: he has taken gates over, has recorded
 * what bob once showed, is a client with a certificate of his own (alice's), and has a CA
 * that nobody trusts.
 */
#include "selftest_forge.h"
#include "selftest_ipc.h"

#include <string.h>

#define ECDSA_P256 0x0403
#define ALTER_STEP 37 /* bytes; every message is hit */
#define ALICE      "client-alice"
#define BOB        "client-bob"
#define FALSE_BOB  "false-bob"
#define FALSE_HOST "false-server"

_Static_assert(ALTER_STEP > 0, "it ends");

/* --- parts ------------------------------------------------------------------------ */

/* keys signs any text of the right form for this gate, once. */
static bool ask_keys(struct selftest_intruder *t, const uint8_t *text, size_t length,
    union ipc_any *answer)
{
    struct ipc_sign sign = {.scheme = ECDSA_P256, .text = {.ptr = text, .len = length}};
    enum ipc_msg msg;

    selftest_intruder_send(t, PUPPET_KEYS, IPC_MSG_SIGN, &sign);
    return selftest_intruder_hear(t, PUPPET_KEYS, SELFTEST_WAIT_MS, &msg, answer) ==
               SELFTEST_MESSAGE &&
           msg == IPC_MSG_SIGN_RESULT && answer->sign_result.refused == 0;
}

/* The server's part of the handshake is signed anew, by keys, for the gate t. */
static bool refresh(struct selftest_handshake *h, struct selftest_intruder *t)
{
    uint8_t text[256];
    union ipc_any answer;
    size_t length = selftest_forge_text(h, SELFTEST_SERVER_VERIFY, text);

    return length > 0 && ask_keys(t, text, length, &answer) &&
           selftest_forge_signature(h, SELFTEST_SERVER_VERIFY,
               answer.sign_result.signature.ptr, answer.sign_result.signature.len);
}

/* The client's part of it is this certificate, and signed by the key of that one. */
static bool present(struct selftest_attack *a, struct selftest_handshake *h,
    const char *shown, const char *by)
{
    struct selftest_certificate leaf;
    struct selftest_certificate signer = {NULL, NULL};
    bool good = selftest_certificate_load(&leaf, a->instance->dir, shown) &&
                selftest_certificate_load(&signer, a->instance->dir, by) &&
                selftest_forge_certificate(h, SELFTEST_CLIENT_CERTIFICATE, &leaf) &&
                selftest_forge_sign(h, SELFTEST_CLIENT_VERIFY, &signer);

    selftest_certificate_fini(&leaf);
    selftest_certificate_fini(&signer);
    return good;
}

static void show_bytes(struct selftest_attack *a, const uint8_t *bytes, size_t length)
{
    struct ipc_proof proof = {.transcript = {.ptr = bytes, .len = length}};

    selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_PROOF, &proof);
}

static void see(struct selftest_attack *a)
{
    union ipc_any answer;

    if (!selftest_heard(a, PUPPET_BROKER, IPC_MSG_PROVEN, &answer)) {
        return;
    }
    if (answer.proven.ok == 0) {
        selftest_got(a, "refused");
    } else {
        selftest_attack_let_in(a);
    }
}

/* What was put together, if it could be. */
static void show(struct selftest_attack *a, const struct selftest_handshake *h, bool good)
{
    struct buf bytes;

    buf_init(&bytes, IPC_PROOF_MAX);
    selftest_forge_join(h, &bytes);
    if (good && buf_error(&bytes) == OK) {
        show_bytes(a, bytes.bytes, bytes.length);
        see(a);
    } else {
        selftest_got(a, "the proof could not be put together");
    }
    buf_fini(&bytes);
}

/* So that keys has told broker of a signature for this gate, whatever it signs. */
static bool get_any_signature(
    struct selftest_attack *a, const struct selftest_handshake *h)
{
    uint8_t text[256];
    union ipc_any answer;
    size_t length = selftest_forge_text(h, SELFTEST_SERVER_VERIFY, text);

    return length > 0 && ask_keys(&a->intruder, text, length, &answer);
}

/* --- attempts --------------------------------------------------------------------- */

/* The machinery, with nothing that is false: this one is let in. */
bool selftest_attack_prove_alice(struct selftest_attack *a)
{
    struct selftest_handshake h;
    bool good = selftest_forge_record(a->instance, BOB, &h) &&
                refresh(&h, &a->intruder) && present(a, &h, ALICE, ALICE);

    show(a, &h, good);
    selftest_handshake_fini(&h);
    return strcmp(a->got, "let in") == 0;
}

void selftest_attack_proof_replayed(struct selftest_attack *a)
{
    struct selftest_handshake h;
    bool good = selftest_forge_record(a->instance, BOB, &h) && get_any_signature(a, &h);

    show(a, &h, good);
    selftest_handshake_fini(&h);
}

void selftest_attack_proof_unsigned(struct selftest_attack *a)
{
    struct selftest_handshake h;
    bool good = selftest_forge_record(a->instance, BOB, &h);

    show(a, &h, good);
    selftest_handshake_fini(&h);
}

void selftest_attack_proof_refreshed(struct selftest_attack *a)
{
    struct selftest_handshake h;
    bool good = selftest_forge_record(a->instance, BOB, &h) && refresh(&h, &a->intruder);

    show(a, &h, good);
    selftest_handshake_fini(&h);
}

void selftest_attack_proof_spliced(struct selftest_attack *a)
{
    struct selftest_handshake h;
    bool good = selftest_forge_record(a->instance, BOB, &h) &&
                refresh(&h, &a->intruder) && present(a, &h, BOB, ALICE);

    show(a, &h, good);
    selftest_handshake_fini(&h);
}

void selftest_attack_proof_invented(struct selftest_attack *a)
{
    struct selftest_handshake h;
    bool good = selftest_forge_record(a->instance, BOB, &h) &&
                refresh(&h, &a->intruder) && present(a, &h, FALSE_BOB, FALSE_BOB);

    show(a, &h, good);
    selftest_handshake_fini(&h);
}

/* bob came to a server of the intruder's, with its own key; what he proved there is shown
 * here. */
void selftest_attack_proof_elsewhere(struct selftest_attack *a)
{
    struct selftest_handshake h;
    struct selftest_certificate server = {NULL, NULL};
    bool good = selftest_forge_record(a->instance, BOB, &h) && get_any_signature(a, &h) &&
                selftest_certificate_load(&server, a->instance->dir, FALSE_HOST) &&
                selftest_forge_certificate(&h, SELFTEST_SERVER_CERTIFICATE, &server) &&
                selftest_forge_sign(&h, SELFTEST_SERVER_VERIFY, &server) &&
                present(a, &h, BOB, BOB);

    show(a, &h, good);
    selftest_certificate_fini(&server);
    selftest_handshake_fini(&h);
}

/* The same, but with the signature that keys made for this gate in the false server's
 * place. */
void selftest_attack_proof_server(struct selftest_attack *a)
{
    struct selftest_handshake h;
    struct selftest_certificate server = {NULL, NULL};
    bool good = selftest_forge_record(a->instance, BOB, &h) &&
                selftest_certificate_load(&server, a->instance->dir, FALSE_HOST) &&
                refresh(&h, &a->intruder) &&
                selftest_forge_certificate(&h, SELFTEST_SERVER_CERTIFICATE, &server) &&
                present(a, &h, BOB, BOB);

    show(a, &h, good);
    selftest_certificate_fini(&server);
    selftest_handshake_fini(&h);
}

/* bob came to one gate, whose signature by keys it has; another gate shows it. */
void selftest_attack_proof_of_another_gate(struct selftest_attack *a)
{
    struct selftest_handshake h;
    struct selftest_intruder other;
    bool good = selftest_intruder_open(&other, a->instance, SELFTEST_DOOR_CERTIFICATE) &&
                selftest_forge_record(a->instance, BOB, &h);

    if (good) {
        good =
            refresh(&h, &other) && present(a, &h, BOB, BOB) && get_any_signature(a, &h);
        show(a, &h, good);
        selftest_handshake_fini(&h);
    } else {
        selftest_got(a, "the proof could not be put together");
    }
    selftest_intruder_close(&other);
}

static bool start_again(struct selftest_attack *a)
{
    selftest_intruder_close(&a->intruder);
    return selftest_intruder_open(&a->intruder, a->instance, SELFTEST_DOOR_CERTIFICATE);
}

/* One byte here, one there: each time by another gate, with a signature of its own. */
void selftest_attack_proof_altered(struct selftest_attack *a)
{
    struct selftest_handshake h;
    struct buf bytes;
    bool good = selftest_forge_record(a->instance, BOB, &h);

    buf_init(&bytes, IPC_PROOF_MAX);
    for (size_t at = 0; good; at += ALTER_STEP) {
        good = refresh(&h, &a->intruder) && present(a, &h, ALICE, ALICE);
        buf_reset(&bytes);
        selftest_forge_join(&h, &bytes);
        if (!good || buf_error(&bytes) != OK || at >= bytes.length) {
            break;
        }
        bytes.bytes[at] ^= 1;
        show_bytes(a, bytes.bytes, bytes.length);
        see(a);
        if (strcmp(a->got, "refused") != 0) {
            break;
        }
        good = start_again(a);
    }
    if (!good) {
        selftest_got(a, "the proof could not be put together");
    }
    selftest_handshake_fini(&h);
    buf_fini(&bytes);
}

void selftest_attack_proof_empty(struct selftest_attack *a)
{
    show_bytes(a, NULL, 0);
    see(a);
}

/* The first is none, and may be refused before the second is there. */
void selftest_attack_proof_twice(struct selftest_attack *a)
{
    static const uint8_t none[64] = {1};
    struct selftest_handshake h;
    union ipc_any answer = {.proven = {.ok = 0}};
    bool good = selftest_forge_record(a->instance, BOB, &h) && get_any_signature(a, &h);

    selftest_handshake_fini(&h);
    if (!good) {
        selftest_got(a, "the proof could not be put together");
        return;
    }
    for (int i = 0; i < 3; i++) {
        show_bytes(a, none, sizeof(none));
    }
    while (selftest_heard(a, PUPPET_BROKER, IPC_MSG_PROVEN, &answer)) {
        selftest_got(a, answer.proven.ok == 0 ? "refused" : "let in");
        if (answer.proven.ok != 0) {
            break;
        }
    }
}

void selftest_attack_proof_open(struct selftest_attack *a)
{
    int16_t error = 0;
    uint64_t handle = selftest_intruder_grant(
        &a->intruder, SELFTEST_BOB_TOPIC, IPC_OPERATION_READ, &error);

    if (handle != 0) {
        selftest_attack_fetch(a, handle);
    } else {
        selftest_outcome(a, PUPPET_BROKER);
    }
}

/* The digest that keys should have told, said by the gate itself. */
void selftest_attack_proof_own_signed(struct selftest_attack *a)
{
    static const uint8_t digest[IPC_DIGEST_MAX] = {0x17};
    struct ipc_signed_text told = {
        .gate = a->intruder.gate, .digest = {.ptr = digest, .len = sizeof(digest)}};

    selftest_intruder_send(&a->intruder, PUPPET_BROKER, IPC_MSG_SIGNED, &told);
    selftest_outcome(a, PUPPET_BROKER);
}
