#include "cert_facts.h"

#include <stdbool.h>
#include <string.h>

#define NOW 1800000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((uint8_t)*text < 0x20 || *text == 0x7f) {
            return false;
        }
    }
    return true;
}

/* Whatever a certificate says, it is said in one line that steers nothing. */
static void look(X509 *c)
{
    struct cert_facts f;

    if (c == NULL || cert_facts_init(&f, c, NOW) != OK) {
        return;
    }
    demand(memchr(f.serial, '\0', sizeof(f.serial)) != NULL);
    demand(is_printable(f.subject) && is_printable(f.issuer) && is_printable(f.names));
    demand(is_printable(f.serial) && is_printable(f.from) && is_printable(f.to));
    demand(is_printable(f.key));
    cert_facts_fini(&f);
}

static void ask(const uint8_t *data, size_t size)
{
    struct cert_problem why = {.text = ""};
    X509_REQ *request = NULL;

    enum err e = cert_request_read(data, size, &request, &why);
    demand(e == OK || (e == ERR_INVALID && why.text[0] != '\0'));
    X509_REQ_free(request);
}

/* The first byte says what the rest is: a certificate in DER or PEM, or a request. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const uint8_t *rest = data + 1;
    X509 *c = NULL;
    switch (data[0]) {
    case 'D':
        c = d2i_X509(NULL, &rest, (long)(size - 1));
        break;
    case 'P':
        c = cert_read(rest, size - 1);
        break;
    default:
        ask(rest, size - 1);
        break;
    }
    look(c);
    X509_free(c);
    return 0;
}
