/*
 * keys_text - is this the text that a TLS server signs in a handshake, and nothing else?
 *
 * Two shapes are known, byte by byte: the CertificateVerify of a TLS 1.3 server (RFC
 * 8446, 4.4.3) over a transcript hash of SHA-256 or SHA-384, and the ECDHE parameters of
 * a TLS 1.2 ServerKeyExchange (RFC 8422, 5.4) on the curves that the gates offer. No text
 * has both shapes: where one has a letter of its context string, the other has the curve
 * type.
 *
 * Trust: the text is a gate's, which may have been taken over. Pure; reads length bytes
 * at most.
 */
#ifndef KEYS_TEXT_H
#define KEYS_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum keys_shape {
    KEYS_SHAPE_NONE = 0, /* sign nothing */
    KEYS_SHAPE_TLS_1_2 = 1,
    KEYS_SHAPE_TLS_1_3 = 2,
};

enum keys_shape keys_text_shape(const uint8_t *text, size_t length);

#endif
