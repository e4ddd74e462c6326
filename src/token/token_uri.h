/*
 * token_uri - which token, and which key in it: a PKCS#11 URI (RFC 7512).
 *
 * Known are token, serial, object, id, and type=private, each once; what names a module, a
 * library or a PIN stands in keys of its own, and is refused here. One of token and serial
 * and one of object and id must be there: a key is named, not chosen.
 *
 * Trust: any text. Ownership: values only.
 */
#ifndef TOKEN_URI_H
#define TOKEN_URI_H

#include <stddef.h>
#include <stdint.h>

#define TOKEN_URI_MAX    1024
#define TOKEN_LABEL_MAX  32 /* of a token: as PKCS#11 has it */
#define TOKEN_SERIAL_MAX 16
#define TOKEN_OBJECT_MAX 255
#define TOKEN_ID_MAX     64

struct token_field {
    uint8_t bytes[TOKEN_OBJECT_MAX + 1]; /* decoded */
    size_t length;                       /* 0: not given */
};

struct token_uri {
    struct token_field token;
    struct token_field serial;
    struct token_field object;
    struct token_field id; /* any bytes; the others are printable or UTF-8 */
};

/* NULL: good, and *out is set. Else half a sentence about the text. */
const char *token_uri_parse(const char *text, struct token_uri *out);

#endif
