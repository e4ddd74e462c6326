/* Where the keys of tokens come from: a file, or a URL with the address that it is at. */
#include "conf_build.h"
#include "conf_url.h"

static const char file_key[] = "schloss.oauthbearer.jwks.file";
static const char address_key[] = "schloss.oauthbearer.jwks.address";

void conf_jwks_check(struct conf_builder *b)
{
    const char *url = conf_text(b, CONF_JWKS_URL);
    const char *address = conf_text(b, address_key);
    struct conf_url parsed;
    struct conf_address parsed_address;

    if (url == NULL) {
        if (address != NULL) {
            conf_fail(b, address_key, NULL, "CONF043",
                "set " CONF_JWKS_URL ", or leave this out",
                "there is no URL to fetch the keys of tokens from");
        }
        return;
    }
    const char *why = conf_url_parse(url, &parsed);
    if (why != NULL) {
        conf_fail(b, CONF_JWKS_URL, NULL, "CONF046",
            "write https://HOST/PATH; a file is named by schloss.oauthbearer.jwks.file",
            "this %s", why);
    }
    if (conf_is_set(b, file_key)) {
        conf_fail(b, CONF_JWKS_URL, NULL, "CONF043", "keep one of the two",
            "the keys of tokens come from a URL and from %s", file_key);
    }
    if (address == NULL) {
        conf_fail(b, CONF_JWKS_URL, NULL, "CONF043",
            "set schloss.oauthbearer.jwks.address to the ADDRESS:PORT of its host",
            "names are not looked up, and %s is not set", address_key);
        return;
    }
    why = conf_address_parse(address, &parsed_address);
    if (why != NULL) {
        conf_fail(b, address_key, NULL, "CONF046",
            "write the address that connections go to", "this %s", why);
    }
}
