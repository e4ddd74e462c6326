/*
 * conf_url - where something is fetched from: an https URL, and the numeric address that is
 * connected to instead of looking its host up.
 *
 * A host is a name, because the certificate has to name it. Users, passwords and fragments
 * have no place in such a URL. An address is never a name: what a resolver answers would
 * have to be parsed.
 *
 * Trust: any text. Ownership: values only; the target is borrowed from the text.
 */
#ifndef CONF_URL_H
#define CONF_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_URL_MAX     2048
#define CONF_HOST_MAX    253
#define CONF_PORT_HTTPS  443
#define CONF_ADDRESS_MAX 64

struct conf_url {
    char host[CONF_HOST_MAX + 1];
    uint16_t port;      /* 443 where none is written */
    const char *target; /* path and query; "/" where there is none */
};

struct conf_address {
    bool is_v6;
    uint8_t bytes[16]; /* the first 4 of IPv4 */
    uint16_t port;
};

/* NULL: good, and *out is set. Else half a sentence about the text. */
const char *conf_url_parse(const char *text, struct conf_url *out);
/* `192.0.2.1:443` or `[2001:db8::1]:443`; the answer as above. */
const char *conf_address_parse(const char *text, struct conf_address *out);

#endif
