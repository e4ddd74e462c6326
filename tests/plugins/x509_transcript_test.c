#include "x509_transcript.h"

#include "buf.h"
#include "test.h"

#include <string.h>

/* --- messages, made by hand ------------------------------------------------------- */

struct message {
    uint8_t bytes[96];
    size_t length;
};

static void add(struct message *m, const void *bytes, size_t length)
{
    assert_true(length <= sizeof(m->bytes) - m->length);
    memcpy(m->bytes + m->length, bytes, length);
    m->length += length;
}

#define ADD(m, ...)                                                                      \
    add(m, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void begin(struct message *m, uint8_t type)
{
    *m = (struct message){.length = 0};
    ADD(m, type, 0, 0, 0);
}

static void end(struct message *m)
{
    m->bytes[2] = (uint8_t)((m->length - 4) >> 8);
    m->bytes[3] = (uint8_t)(m->length - 4);
}

static const uint8_t retry_random[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
    0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
static const uint8_t other_random[32] = {1, 2, 3};

static struct message client_hello(void)
{
    struct message m;

    begin(&m, 1);
    ADD(&m, 3, 3);
    add(&m, other_random, 32);
    ADD(&m, 2, 0xaa, 0xbb, 0, 2, 0x13, 0x01, 1, 0, 0, 5, 0, 43, 0, 1, 9);
    end(&m);
    return m;
}

struct hello {
    bool retry;
    uint8_t suite;
    uint8_t version;   /* 3 or 4 in supported_versions; 0: no such extension */
    uint8_t extension; /* one more */
};

static struct message server_hello(const struct hello *h)
{
    struct message m;

    begin(&m, 2);
    ADD(&m, 3, 3);
    add(&m, h->retry ? retry_random : other_random, 32);
    ADD(&m, 2, 0xaa, 0xbb, 0x13, h->suite, 0);
    ADD(&m, 0, (uint8_t)((h->version != 0 ? 6 : 0) + (h->extension != 0 ? 6 : 0)));
    if (h->version != 0) {
        ADD(&m, 0, 43, 0, 2, 3, h->version);
    }
    if (h->extension != 0) {
        ADD(&m, 0, h->extension, 0, 2, 3, 4);
    }
    end(&m);
    return m;
}

static struct message encrypted_extensions(uint8_t extension)
{
    struct message m;

    begin(&m, 8);
    ADD(&m, 0, 4, 0, extension, 0, 0);
    end(&m);
    return m;
}

static struct message certificate_request(void)
{
    struct message m;

    begin(&m, 13);
    ADD(&m, 0, 0, 4, 0, 13, 0, 0);
    end(&m);
    return m;
}

/* count certificates, one byte each. */
static struct message certificate(uint8_t count)
{
    struct message m;

    begin(&m, 11);
    ADD(&m, 0, 0, 0, (uint8_t)(6 * count));
    for (uint8_t i = 0; i < count; i++) {
        ADD(&m, 0, 0, 1, (uint8_t)(0x40 + i), 0, 0);
    }
    end(&m);
    return m;
}

static struct message certificate_verify(uint8_t signature)
{
    struct message m;

    begin(&m, 15);
    ADD(&m, 4, 3, 0, 1, signature);
    end(&m);
    return m;
}

static struct message finished(size_t length)
{
    static const uint8_t zeros[48];
    struct message m;

    begin(&m, 20);
    add(&m, zeros, length);
    end(&m);
    return m;
}

enum { CH, SH, EE, CR, SC, SV, SF, CC, CV, CF, MESSAGES };

struct shake {
    struct message m[MESSAGES + 5];
    size_t count;
};

static struct shake ordinary(void)
{
    struct shake s = {.count = MESSAGES};

    s.m[CH] = client_hello();
    s.m[SH] = server_hello(&(struct hello){.suite = 1, .version = 4});
    s.m[EE] = encrypted_extensions(10);
    s.m[CR] = certificate_request();
    s.m[SC] = certificate(2);
    s.m[SV] = certificate_verify(0x51);
    s.m[SF] = finished(32);
    s.m[CC] = certificate(3);
    s.m[CV] = certificate_verify(0x52);
    s.m[CF] = finished(32);
    return s;
}

static void insert(struct shake *s, size_t at, struct message m)
{
    memmove(&s->m[at + 1], &s->m[at], (s->count - at) * sizeof(m));
    s->m[at] = m;
    s->count++;
}

static void drop(struct shake *s, size_t at)
{
    s->count--;
    memmove(&s->m[at], &s->m[at + 1], (s->count - at) * sizeof(s->m[0]));
}

static void join(const struct shake *s, struct buf *out)
{
    buf_init(out, 100000);
    for (size_t i = 0; i < s->count; i++) {
        buf_add(out, s->m[i].bytes, s->m[i].length);
    }
    assert_int_equal(buf_error(out), OK);
}

static enum x509_walk walk(const struct shake *s)
{
    struct x509_transcript t;
    struct buf bytes;

    join(s, &bytes);
    enum x509_walk answer = x509_transcript_walk(&t, bytes.bytes, bytes.length);
    buf_fini(&bytes);
    return answer;
}

/* --- the tests -------------------------------------------------------------------- */

static void a_plain_handshake_is_taken_apart(void **state)
{
    struct shake s = ordinary();
    struct x509_transcript t;
    struct buf b;
    size_t at = 0;

    (void)state;
    join(&s, &b);
    assert_int_equal(x509_transcript_walk(&t, b.bytes, b.length), X509_WALK_OK);
    assert_int_equal(t.first_hello.length, 0);
    assert_false(t.sha384);
    assert_int_equal(t.server.chain_length, 2);
    assert_int_equal(t.client.chain_length, 3);
    assert_int_equal(t.client.chain[2].length, 1);
    assert_int_equal(t.client.chain[2].bytes[0], 0x42);
    assert_int_equal(t.server.scheme, 0x0403);
    assert_int_equal(t.server.signature.bytes[0], 0x51);
    assert_int_equal(t.client.signature.bytes[0], 0x52);
    for (size_t i = 0; i <= CC; i++) {
        at += s.m[i].length;
        if (i == SC) {
            assert_ptr_equal(t.to_server.bytes, b.bytes);
            assert_int_equal(t.to_server.length, at);
        }
    }
    assert_ptr_equal(t.to_client.bytes, b.bytes);
    assert_int_equal(t.to_client.length, at);
    buf_fini(&b);
}

static void a_retry_keeps_the_first_hello_apart(void **state)
{
    struct shake s = ordinary();
    struct x509_transcript t;
    struct buf b;

    (void)state;
    insert(&s, SH, server_hello(&(struct hello){true, 1, 4, 0}));
    insert(&s, SH + 1, client_hello());
    join(&s, &b);
    assert_int_equal(x509_transcript_walk(&t, b.bytes, b.length), X509_WALK_OK);
    assert_ptr_equal(t.first_hello.bytes, b.bytes);
    assert_int_equal(t.first_hello.length, s.m[CH].length);
    assert_ptr_equal(t.to_client.bytes, b.bytes + s.m[CH].length);
    buf_fini(&b);
    insert(&s, SH, server_hello(&(struct hello){true, 1, 4, 0}));
    insert(&s, SH + 1, client_hello());
    assert_int_equal(walk(&s), X509_WALK_ORDER); /* twice */
    s = ordinary();
    s.m[SH] = server_hello(&(struct hello){true, 1, 4, 0});
    assert_int_equal(walk(&s), X509_WALK_ORDER); /* and no second hello */
    s = ordinary();
    insert(&s, SH, server_hello(&(struct hello){true, 3, 4, 0}));
    insert(&s, SH + 1, client_hello());
    assert_int_equal(walk(&s), X509_WALK_SUITE); /* then another suite */
}

static void the_suite_says_which_hash(void **state)
{
    struct shake s = ordinary();

    (void)state;
    s.m[SH] = server_hello(&(struct hello){.suite = 3, .version = 4});
    assert_int_equal(walk(&s), X509_WALK_OK);
    s.m[SH] = server_hello(&(struct hello){.suite = 2, .version = 4});
    assert_int_equal(walk(&s), X509_WALK_SHAPE); /* a Finished of SHA-256 */
    s.m[SF] = finished(48);
    assert_int_equal(walk(&s), X509_WALK_SHAPE);
    s.m[CF] = finished(48);
    assert_int_equal(walk(&s), X509_WALK_OK);
    s.m[SH] = server_hello(&(struct hello){.suite = 4, .version = 4});
    assert_int_equal(walk(&s), X509_WALK_SUITE); /* AES-128-CCM */
}

static void only_tls_1_3_with_a_whole_handshake_counts(void **state)
{
    struct shake s = ordinary();

    (void)state;
    s.m[SH] = server_hello(&(struct hello){.suite = 1, .version = 3});
    assert_int_equal(walk(&s), X509_WALK_VERSION);
    s.m[SH] = server_hello(&(struct hello){.suite = 1});
    assert_int_equal(walk(&s), X509_WALK_VERSION);
    s.m[SH] = server_hello(&(struct hello){.suite = 1, .version = 4, .extension = 41});
    assert_int_equal(walk(&s), X509_WALK_RESUMED);
    s.m[SH] = server_hello(&(struct hello){.suite = 1, .version = 4, .extension = 43});
    assert_int_equal(walk(&s), X509_WALK_SHAPE); /* two versions */
    s = ordinary();
    s.m[EE] = encrypted_extensions(42);
    assert_int_equal(walk(&s), X509_WALK_RESUMED); /* early data */
    s = ordinary();
    s.m[CH].bytes[5] = 4;
    assert_int_equal(walk(&s), X509_WALK_VERSION);
    s = ordinary();
    s.m[SH].bytes[5] = 2;
    assert_int_equal(walk(&s), X509_WALK_VERSION);
}

static void each_message_missing_or_twice_is_out_of_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < CF; i++) {
        struct shake s = ordinary();
        drop(&s, i);
        assert_int_equal(walk(&s), X509_WALK_ORDER);
        s = ordinary();
        insert(&s, i, s.m[i]);
        assert_int_equal(walk(&s), i == CV ? X509_WALK_TRAILING : X509_WALK_ORDER);
        for (size_t k = i + 1; k < CF; k++) {
            s = ordinary();
            struct message m = s.m[i];
            if (m.bytes[0] != s.m[k].bytes[0]) {
                s.m[i] = s.m[k];
                s.m[k] = m;
                assert_int_equal(walk(&s), X509_WALK_ORDER);
            }
        }
    }
}

static void nothing_comes_behind_the_end(void **state)
{
    static const uint8_t types[] = {0, 1, 4, 5, 11, 13, 15, 20, 24, 25, 254};
    struct shake s = ordinary();

    (void)state;
    drop(&s, CF);
    assert_int_equal(walk(&s), X509_WALK_OK); /* the Finished need not be there */
    for (size_t i = 0; i < sizeof(types); i++) {
        struct message m;
        begin(&m, types[i]);
        end(&m);
        s = ordinary();
        insert(&s, MESSAGES, m);
        assert_int_equal(walk(&s), X509_WALK_TRAILING);
        for (size_t at = 0; at < CF; at++) {
            s = ordinary();
            if (s.m[at].bytes[0] != types[i]) {
                insert(&s, at, m);
                assert_int_equal(walk(&s), X509_WALK_ORDER);
            }
        }
    }
}

static void a_side_has_a_certificate_and_not_too_many(void **state)
{
    struct shake s = ordinary();

    (void)state;
    s.m[CC] = certificate(X509_CERTIFICATES_MAX);
    assert_int_equal(walk(&s), X509_WALK_OK);
    s.m[CC] = certificate(X509_CERTIFICATES_MAX + 1);
    assert_int_equal(walk(&s), X509_WALK_LIMIT);
    s.m[CC] = certificate(0);
    assert_int_equal(walk(&s), X509_WALK_NO_CHAIN);
    s = ordinary();
    s.m[SC] = certificate(0);
    assert_int_equal(walk(&s), X509_WALK_NO_CHAIN);
}

static void every_truncation_is_short(void **state)
{
    struct shake s = ordinary();
    struct x509_transcript t;
    struct buf b;

    (void)state;
    join(&s, &b);
    for (size_t length = 0; length < b.length; length++) {
        assert_int_equal(x509_transcript_walk(&t, b.bytes, length),
            length == b.length - s.m[CF].length ? X509_WALK_OK : X509_WALK_SHORT);
    }
    buf_fini(&b);
}

/* A body that is one byte longer or shorter than what is in it. */
static void every_body_is_used_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        struct shake s = ordinary();
        ADD(&s.m[i], 0);
        end(&s.m[i]);
        assert_int_equal(walk(&s), X509_WALK_SHAPE);
        for (size_t length = 4; length < ordinary().m[i].length; length++) {
            s = ordinary();
            s.m[i].length = length;
            end(&s.m[i]);
            enum x509_walk answer = walk(&s);
            assert_true(answer == X509_WALK_SHAPE || answer == X509_WALK_VERSION);
        }
    }
}

static void contexts_and_parts_have_their_sizes(void **state)
{
    struct shake s = ordinary();
    struct message m;

    (void)state;
    begin(&m, 13);
    ADD(&m, 1, 7, 0, 0);
    end(&m);
    s.m[CR] = m;
    assert_int_equal(walk(&s), X509_WALK_SHAPE); /* as after the handshake */
    s = ordinary();
    begin(&m, 11);
    ADD(&m, 1, 7, 0, 0, 6, 0, 0, 1, 1, 0, 0);
    end(&m);
    s.m[CC] = m;
    assert_int_equal(walk(&s), X509_WALK_SHAPE);
    begin(&m, 11);
    ADD(&m, 0, 0, 0, 5, 0, 0, 0, 0, 0);
    end(&m);
    s.m[CC] = m;
    assert_int_equal(walk(&s), X509_WALK_SHAPE); /* a certificate of no bytes */
    s = ordinary();
    begin(&m, 15);
    ADD(&m, 4, 3, 0, 0);
    end(&m);
    s.m[CV] = m;
    assert_int_equal(walk(&s), X509_WALK_SHAPE); /* a signature of none */
}

static void what_is_too_long_is_not_looked_at(void **state)
{
    static const uint8_t bytes[X509_MESSAGES_MAX + 1];
    struct x509_transcript t;

    (void)state;
    assert_int_equal(x509_transcript_walk(&t, bytes, sizeof(bytes)), X509_WALK_LIMIT);
    assert_int_equal(x509_transcript_walk(&t, bytes, sizeof(bytes) - 1), X509_WALK_ORDER);
    assert_int_equal(x509_transcript_walk(&t, NULL, 0), X509_WALK_SHORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_handshake_is_taken_apart),
        cmocka_unit_test(a_retry_keeps_the_first_hello_apart),
        cmocka_unit_test(the_suite_says_which_hash),
        cmocka_unit_test(only_tls_1_3_with_a_whole_handshake_counts),
        cmocka_unit_test(each_message_missing_or_twice_is_out_of_order),
        cmocka_unit_test(nothing_comes_behind_the_end),
        cmocka_unit_test(a_side_has_a_certificate_and_not_too_many),
        cmocka_unit_test(every_truncation_is_short),
        cmocka_unit_test(every_body_is_used_up),
        cmocka_unit_test(contexts_and_parts_have_their_sizes),
        cmocka_unit_test(what_is_too_long_is_not_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
