#include "tls_bio.h"

#include <errno.h>
#include <sys/socket.h>

static int result_of(BIO *bio, struct tls_bio *state, ssize_t n, int retry)
{
    if (n > 0) {
        return (int)n;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
        return -1;
    }
    state->hung_up = true;
    return n == 0 ? 0 : -1;
}

static int on_read(BIO *bio, char *out, int length)
{
    struct tls_bio *state = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (length <= 0) {
        return 0;
    }
    ssize_t n = recv(state->fd, out, (size_t)length, MSG_DONTWAIT);
    return result_of(bio, state, n, BIO_FLAGS_READ);
}

static int on_write(BIO *bio, const char *bytes, int length)
{
    struct tls_bio *state = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (length <= 0) {
        return 0;
    }
    ssize_t n = send(state->fd, bytes, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return result_of(bio, state, n, BIO_FLAGS_WRITE);
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD *tls_bio_method_new(void)
{
    BIO_METHOD *method =
        BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "schloss");

    if (method != NULL && (BIO_meth_set_read(method, on_read) != 1 ||
                              BIO_meth_set_write(method, on_write) != 1 ||
                              BIO_meth_set_ctrl(method, on_control) != 1)) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

BIO *tls_bio_new(BIO_METHOD *method, struct tls_bio *state)
{
    BIO *bio = BIO_new(method);

    if (bio != NULL) {
        BIO_set_data(bio, state);
        BIO_set_init(bio, 1);
    }
    return bio;
}
