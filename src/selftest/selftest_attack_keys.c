/* Signatures that `keys` must not make. */
#include "selftest_ipc.h"

#include <string.h>

#define SPACES        64
#define TEXT_BYTES    130 /* of TLS 1.3 with SHA-256 */
#define ECDSA_P256    0x0403
#define RSA_PSS       0x0804
#define NO_SCHEME     0xfefe
#define SERVER        "TLS 1.3, server CertificateVerify"
#define CLIENT        "TLS 1.3, client CertificateVerify"
#define TLS_1_2_BYTES (64 + 4 + 65)
#define CURVE_UNKNOWN 99
#define SIGN_TEXT_MAX 512

static void make_text(uint8_t out[TEXT_BYTES], const char context[sizeof(SERVER)])
{
    memset(out, ' ', SPACES);
    memcpy(out + SPACES, context, sizeof(SERVER));
    memset(out + SPACES + sizeof(SERVER), 0x5a, TEXT_BYTES - SPACES - sizeof(SERVER));
}

static void ask(
    struct selftest_attack *a, uint16_t scheme, const uint8_t *text, size_t length)
{
    struct ipc_sign sign = {.scheme = scheme, .text = {.ptr = text, .len = length}};

    selftest_intruder_send(&a->intruder, PUPPET_KEYS, IPC_MSG_SIGN, &sign);
}

static void ask_and_see(
    struct selftest_attack *a, uint16_t scheme, const uint8_t *text, size_t length)
{
    union ipc_any answer;

    ask(a, scheme, text, length);
    if (selftest_heard(a, PUPPET_KEYS, IPC_MSG_SIGN_RESULT, &answer)) {
        selftest_got(a, answer.sign_result.refused != 0 ? "refused" : "signed");
    }
}

void selftest_attack_sign_twice(struct selftest_attack *a)
{
    uint8_t text[TEXT_BYTES];
    union ipc_any answer;

    make_text(text, SERVER);
    ask(a, ECDSA_P256, text, sizeof(text));
    if (!selftest_heard(a, PUPPET_KEYS, IPC_MSG_SIGN_RESULT, &answer) ||
        answer.sign_result.refused != 0) {
        selftest_got(a, "no first signature");
        return;
    }
    text[TEXT_BYTES - 1] ^= 1;
    ask_and_see(a, ECDSA_P256, text, sizeof(text));
}

void selftest_attack_sign_nothing(struct selftest_attack *a)
{
    ask_and_see(a, ECDSA_P256, NULL, 0);
}

void selftest_attack_sign_digest(struct selftest_attack *a)
{
    static const uint8_t digest[32] = {0x17};

    ask_and_see(a, ECDSA_P256, digest, sizeof(digest));
}

void selftest_attack_sign_client(struct selftest_attack *a)
{
    uint8_t text[TEXT_BYTES];

    make_text(text, CLIENT);
    ask_and_see(a, ECDSA_P256, text, sizeof(text));
}

void selftest_attack_sign_short(struct selftest_attack *a)
{
    uint8_t text[TEXT_BYTES];

    make_text(text, SERVER);
    ask_and_see(a, ECDSA_P256, text, sizeof(text) - 1);
}

void selftest_attack_sign_long(struct selftest_attack *a)
{
    uint8_t text[TEXT_BYTES + 1] = {0};

    make_text(text, SERVER);
    ask_and_see(a, ECDSA_P256, text, sizeof(text));
}

void selftest_attack_sign_letter(struct selftest_attack *a)
{
    uint8_t text[TEXT_BYTES];

    make_text(text, SERVER);
    text[SPACES] = 't';
    ask_and_see(a, ECDSA_P256, text, sizeof(text));
}

void selftest_attack_sign_curve(struct selftest_attack *a)
{
    uint8_t text[TLS_1_2_BYTES] = {0};

    text[64] = 3;
    text[66] = CURVE_UNKNOWN;
    text[67] = 65;
    text[68] = 4;
    ask_and_see(a, ECDSA_P256, text, sizeof(text));
}

/* How a certificate begins, in DER. */
void selftest_attack_sign_certificate(struct selftest_attack *a)
{
    uint8_t text[200] = {0x30, 0x81, 0xc5, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01};

    ask_and_see(a, ECDSA_P256, text, sizeof(text));
}

void selftest_attack_sign_scheme(struct selftest_attack *a)
{
    uint8_t text[TEXT_BYTES];

    make_text(text, SERVER);
    ask_and_see(a, RSA_PSS, text, sizeof(text));
}

void selftest_attack_sign_no_scheme(struct selftest_attack *a)
{
    uint8_t text[TEXT_BYTES];

    make_text(text, SERVER);
    ask_and_see(a, NO_SCHEME, text, sizeof(text));
}

/* Above what the catalogue allows, so it is put together by hand. */
void selftest_attack_sign_over(struct selftest_attack *a)
{
    uint8_t bytes[IPC_HEADER_BYTES + 6 + SIGN_TEXT_MAX + 1] = {0};
    struct ipc_header header = {.number = ipc_info(IPC_MSG_SIGN)->number,
        .length = sizeof(bytes) - IPC_HEADER_BYTES,
        .request = 1};

    ipc_header_encode(&header, bytes);
    bytes[IPC_HEADER_BYTES] = 0x03;
    bytes[IPC_HEADER_BYTES + 1] = 0x04;
    bytes[IPC_HEADER_BYTES + 2] = (SIGN_TEXT_MAX + 1) & 0xff;
    bytes[IPC_HEADER_BYTES + 3] = (SIGN_TEXT_MAX + 1) >> 8;
    selftest_intruder_say(
        &a->intruder, PUPPET_KEYS, PUPPET_SEND, bytes, sizeof(bytes), 1);
    selftest_outcome(a, PUPPET_KEYS);
}
