#include "conf_dial.h"

#include "text.h"

#include <arpa/inet.h>
#include <string.h>

#define ADDRESS_TEXT_MAX 64

/* Takes the address off the front: "ADDRESS:" or "[ADDRESS]:"; NULL: there is none. */
static const char *split(const char *text, size_t length, char address[ADDRESS_TEXT_MAX])
{
    bool bracketed = length > 0 && text[0] == '[';
    const char *start = bracketed ? text + 1 : text;
    size_t left = length - (bracketed ? 1 : 0);
    const char *end = memchr(start, bracketed ? ']' : ':', left);

    if (end == NULL || end == start || (size_t)(end - start) >= ADDRESS_TEXT_MAX) {
        return NULL;
    }
    memcpy(address, start, (size_t)(end - start));
    address[end - start] = '\0';
    end += bracketed ? 1 : 0;
    return end < text + length && *end == ':' ? end + 1 : NULL;
}

/* Of no host, or of many. */
static bool is_one_host(const struct conf_dial_address *a)
{
    static const uint8_t none[16] = {0};

    if (a->is_v6) {
        return memcmp(a->bytes, none, 16) != 0 && a->bytes[0] != 0xff;
    }
    return a->bytes[0] != 0 && a->bytes[0] < 224;
}

static const char *parse_one(
    const char *text, size_t length, struct conf_dial_address *out)
{
    char address[ADDRESS_TEXT_MAX];
    int64_t port = 0;
    const char *rest = split(text, length, address);

    if (rest == NULL) {
        return "write ADDRESS:PORT, or [ADDRESS]:PORT for IPv6";
    }
    *out = (struct conf_dial_address){.is_v6 = text[0] == '['};
    if (inet_pton(out->is_v6 ? AF_INET6 : AF_INET, address, out->bytes) != 1) {
        return "an address is written in numbers; a name is not looked up, since that "
               "would mean to parse what a name server sends";
    }
    if (text_to_i64(rest, (size_t)(text + length - rest), 1, 65535, &port) != OK) {
        return "a port is a number from 1 to 65535";
    }
    out->port = (uint16_t)port;
    return is_one_host(out) ? NULL : "this address is not that of one host";
}

enum err conf_dial_parse(const char *text, struct conf_dial *out, const char **why_out)
{
    struct conf_dial d = {.count = 0};

    for (;;) {
        size_t length = strcspn(text, ",");
        if (d.count == CONF_DIAL_MAX) {
            *why_out = "more than 8 addresses";
            return ERR_INVALID;
        }
        *why_out = parse_one(text, length, &d.addresses[d.count]);
        if (*why_out != NULL) {
            return ERR_INVALID;
        }
        d.count++;
        if (text[length] == '\0') {
            *out = d;
            return OK;
        }
        text += length + 1;
    }
}
