#include "conf_url.h"

#include "text.h"

#include <arpa/inet.h>
#include <string.h>

#define SCHEME    "https://"
#define LABEL_MAX 63

static const char digits[] = "0123456789";
static const char in_labels[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

/* What may stand in a URL unescaped (RFC 3986), and '%'. */
static const char in_urls[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    "-._~:/?#[]@!$&'()*+,;=%";

static bool is_port(const char *text, size_t length, uint16_t *out)
{
    int64_t port = 0;

    if (length > 5 || strspn(text, digits) < length ||
        text_to_i64(text, length, 1, UINT16_MAX, &port) != OK) {
        return false;
    }
    *out = (uint16_t)port;
    return true;
}

/* Labels with single dots between them; the last is not all digits, as an address's is. */
static bool is_name(const char *text, size_t length)
{
    size_t label = 0;

    for (size_t at = 0; at <= length; at += label + 1) {
        label = strcspn(text + at, ".:/?");
        if (at + label > length || label == 0 || label > LABEL_MAX ||
            strspn(text + at, in_labels) < label || text[at] == '-' ||
            text[at + label - 1] == '-') {
            return false;
        }
        if (at + label == length) {
            return strspn(text + at, digits) < label;
        }
    }
    return false;
}

const char *conf_url_parse(const char *text, struct conf_url *out)
{
    struct conf_url url = {.port = CONF_PORT_HTTPS, .target = "/"};

    if (strlen(text) > CONF_URL_MAX || strspn(text, in_urls) != strlen(text)) {
        return "is not a URL of at most 2048 characters";
    }
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0) {
        return "does not begin with https://";
    }
    const char *host = text + strlen(SCHEME);
    if (strchr(host, '#') != NULL) {
        return "has a fragment";
    }
    size_t authority = strcspn(host, "/?");
    if (memchr(host, '@', authority) != NULL) {
        return "has a user or a password in it";
    }
    size_t length = strcspn(host, ":/?");
    if (length == 0 || length > CONF_HOST_MAX || !is_name(host, length)) {
        return "has no host name: a certificate is checked against it";
    }
    if (length < authority &&
        !is_port(host + length + 1, authority - length - 1, &url.port)) {
        return "has a port that is not a number from 1 to 65535";
    }
    if (host[authority] == '?') {
        return "has no path before its '?'";
    }
    if (host[authority] == '/') {
        url.target = host + authority;
    }
    memcpy(url.host, host, length);
    *out = url;
    return NULL;
}

const char *conf_address_parse(const char *text, struct conf_address *out)
{
    static const char problem[] =
        "is not ADDRESS:PORT: an address in digits, as 192.0.2.1:443 or "
        "[2001:db8::1]:443; names are not looked up";
    struct conf_address a = {.is_v6 = text[0] == '['};
    char host[CONF_ADDRESS_MAX];

    const char *begin = text + (a.is_v6 ? 1 : 0);
    size_t length = strcspn(begin, a.is_v6 ? "]" : ":");
    const char *end = begin + length + (a.is_v6 && begin[length] == ']' ? 1 : 0);
    if (length >= sizeof(host) || *end != ':' ||
        !is_port(end + 1, strlen(end + 1), &a.port)) {
        return problem;
    }
    memcpy(host, begin, length);
    host[length] = '\0';
    if (inet_pton(a.is_v6 ? AF_INET6 : AF_INET, host, a.bytes) != 1) {
        return problem;
    }
    *out = a;
    return NULL;
}
