#include "fetch_http.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* Each piece is a copy of its own, so that who reads past its end is seen. */
static void read_in(struct fetch_http *h, const uint8_t *data, size_t size, size_t piece)
{
    fetch_http_init(h);
    for (size_t at = 0; at < size; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        uint8_t *copy = malloc(length);
        demand(copy != NULL);
        memcpy(copy, data + at, length);
        enum fetch_http_answer answer = fetch_http_read(h, copy, length);
        free(copy);
        demand(answer == h->answer && fetch_http_text(answer) != NULL);
        demand(h->body.length <= FETCH_BODY_MAX && h->head_length <= size);
    }
}

/* A body ends where it says, and is part of what came. */
static void check_done(const struct fetch_http *h, const uint8_t *data, size_t size)
{
    demand(h->status == 200 && h->left == 0 && h->has_length != h->is_chunked);
    demand(h->head_length < size && h->head_length + h->body.length <= size);
    if (h->has_length && h->body.length > 0) {
        demand(memcmp(data + h->head_length, h->body.bytes, h->body.length) == 0);
    }
}

/* The first byte says how large the pieces are; the answer does not depend on them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fetch_http whole;
    static struct fetch_http parts;

    if (size < 2) {
        return 0;
    }
    read_in(&parts, data + 1, size - 1, (size_t)data[0] % 16 + 1);
    read_in(&whole, data + 1, size - 1, size);
    demand(whole.answer == parts.answer && whole.status == parts.status);
    demand(whole.body.length == parts.body.length);
    if (whole.body.length > 0) {
        demand(memcmp(whole.body.bytes, parts.body.bytes, whole.body.length) == 0);
    }
    if (whole.answer == FETCH_HTTP_DONE && whole.head_length < size - 1) {
        check_done(&whole, data + 1, size - 1);
    }
    fetch_http_fini(&whole);
    fetch_http_fini(&parts);
    return 0;
}
