#include "x509_transcript.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* A block of its very size, so that one byte too far is noticed. */
static uint8_t *copy_of(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    demand(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

static size_t touch(const struct x509_view *v, const uint8_t *bytes, size_t size)
{
    size_t sum = 0;

    demand(v->bytes >= bytes && v->length <= size - (size_t)(v->bytes - bytes));
    for (size_t i = 0; i < v->length; i++) {
        sum += v->bytes[i];
    }
    return sum;
}

static void check_side(const struct x509_side *s, const uint8_t *bytes, size_t size)
{
    demand(s->chain_length >= 1 && s->chain_length <= X509_CERTIFICATES_MAX);
    for (size_t i = 0; i < s->chain_length; i++) {
        demand(s->chain[i].length > 0);
        (void)touch(&s->chain[i], bytes, size);
    }
    demand(s->signature.length > 0);
    (void)touch(&s->signature, bytes, size);
}

/* How many messages of a type the bytes hold, counted without looking into them. */
static unsigned count(const uint8_t *bytes, size_t size, uint8_t type)
{
    unsigned found = 0;

    for (size_t at = 0; size - at >= 4;) {
        size_t length =
            (size_t)bytes[at + 1] << 16 | (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        found += bytes[at] == type;
        demand(length <= size - at - 4); /* what was accepted is whole */
        at += 4 + length;
    }
    return found;
}

static void check_walk(const struct x509_transcript *t, const uint8_t *bytes, size_t size)
{
    uint8_t hash[X509_HASH_MAX];
    bool retry = t->first_hello.length > 0;

    check_side(&t->server, bytes, size);
    check_side(&t->client, bytes, size);
    demand(t->to_server.bytes == bytes + t->first_hello.length);
    demand(t->to_client.bytes == t->to_server.bytes);
    demand(t->to_server.length < t->to_client.length);
    (void)touch(&t->to_client, bytes, size);
    demand(x509_transcript_hash(t, &t->to_client, hash) == (t->sha384 ? 48u : 32u));
    demand(count(bytes, size, 1) == (retry ? 2u : 1u));
    demand(count(bytes, size, 2) == (retry ? 2u : 1u));
    demand(count(bytes, size, 11) == 2 && count(bytes, size, 15) == 2);
    demand(count(bytes, size, 13) == 1 && count(bytes, size, 8) == 1);
    demand(count(bytes, size, 20) <= 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct x509_transcript t;
    struct x509_transcript other;
    uint8_t *copy = copy_of(data, size);

    if (x509_transcript_walk(&t, copy, size) == X509_WALK_OK) {
        check_walk(&t, copy, size);
        size_t half = t.first_hello.length + t.to_client.length;
        demand(x509_transcript_walk(&other, copy, half) == X509_WALK_SHORT);
        demand(x509_transcript_walk(&other, copy, size - 1) != X509_WALK_OK);
    }
    free(copy);
    return 0;
}
