#include "conf_url.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What gets into a request stands in one line, and names one host. */
static void check_url(const char *text)
{
    struct conf_url url;
    struct in_addr v4;

    if (conf_url_parse(text, &url) != NULL) {
        return;
    }
    demand(strlen(text) <= CONF_URL_MAX && strncmp(text, "https://", 8) == 0);
    demand(url.host[0] != '\0' && strpbrk(url.host, " :/?#@[]%\r\n") == NULL);
    demand(inet_pton(AF_INET, url.host, &v4) != 1);
    demand(url.port != 0 && url.target[0] == '/');
    for (const char *p = url.target; *p != '\0'; p++) {
        demand(*p > ' ' && *p < 0x7f && *p != '#');
    }
}

static void check_address(const char *text)
{
    struct conf_address a;

    if (conf_address_parse(text, &a) == NULL) {
        demand(a.port != 0 && a.is_v6 == (text[0] == '['));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    demand(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    check_url(text);
    check_address(text);
    free(text);
    return 0;
}
