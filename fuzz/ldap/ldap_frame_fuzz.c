#include "ldap_frame.h"

#include <lber.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* As the library reads it: the first message is somebody's, and of a length that it takes. */
static void check_first(const uint8_t *data, size_t size)
{
    struct berval bytes = {.bv_len = size, .bv_val = (char *)(uintptr_t)data};
    BerElement *ber = size > 0 ? ber_init(&bytes) : NULL;
    ber_len_t length = 0;
    ber_int_t number = 0;

    if (ber == NULL) {
        return;
    }
    if (ber_skip_tag(ber, &length) == 0x30 && length <= size &&
        ber_get_int(ber, &number) != LBER_ERROR) {
        demand(number > 0 && length <= LDAP_MESSAGE_MAX);
    }
    ber_free(ber, 1);
}

static void check_stream(const uint8_t *data, size_t size)
{
    struct ldap_frame whole = {.left = 0};
    struct ldap_frame bits = {.left = 0};
    bool good = true;

    for (size_t i = 0; i < size; i++) {
        good = ldap_frame_accept(&bits, data + i, 1);
        demand(good == !bits.failed);
    }
    demand(ldap_frame_accept(&whole, data, size) == good);
    demand(!good || (whole.left == bits.left && whole.left <= LDAP_MESSAGE_MAX &&
                        whole.head_length == bits.head_length));
    if (good) {
        check_first(data, size);
    }
}

/* A success is one message, the whole of it, and the stream would let it through. */
static void check_answer(const uint8_t *data, size_t size)
{
    struct ldap_frame f = {.left = 0};
    enum ldap_tls_answer answer = ldap_frame_tls_answer(data, size);

    demand(answer != LDAP_TLS_ANSWER_PARTIAL || size < LDAP_TLS_ANSWER_MAX);
    if (answer == LDAP_TLS_ANSWER_YES || answer == LDAP_TLS_ANSWER_NO) {
        demand(size <= LDAP_TLS_ANSWER_MAX && ldap_frame_accept(&f, data, size));
        demand(f.left == 0 && f.head_length == 0);
        for (size_t i = 0; i < size; i++) {
            demand(ldap_frame_tls_answer(data, i) == LDAP_TLS_ANSWER_PARTIAL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_stream(data, size);
    check_answer(data, size);
    return 0;
}
