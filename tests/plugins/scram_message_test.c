#include "scram_message.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static struct scram_first first;
static struct scram_final final;

#define NONE      SCHLOSS_AUTH_REASON_NONE
#define MALFORMED SCHLOSS_AUTH_REASON_MALFORMED
#define TOO_LONG  SCHLOSS_AUTH_REASON_TOO_LONG
#define OTHER     SCHLOSS_AUTH_REASON_OTHER_IDENTITY
#define MECHANISM SCHLOSS_AUTH_REASON_MECHANISM

#define FIRST(text)    scram_message_first(&first, text, sizeof(text) - 1)
#define FINAL(n, text) scram_message_final(&final, n, text, sizeof(text) - 1)

#define ZEROS32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void assert_view(const struct scram_view *view, const char *text)
{
    assert_int_equal(view->length, strlen(text));
    assert_memory_equal(view->bytes, text, view->length);
}

static void assert_name(const char *text)
{
    assert_int_equal(first.name_length, strlen(text));
    assert_memory_equal(first.name, text, first.name_length);
}

static void a_client_first_has_its_parts(void **state)
{
    (void)state;
    assert_int_equal(FIRST("n,,n=user,r=abc"), NONE);
    assert_view(&first.gs2, "n,,");
    assert_view(&first.bare, "n=user,r=abc");
    assert_view(&first.nonce, "abc");
    assert_name("user");
    assert_int_equal(FIRST("y,a=user,n=user,r=!~,x=1,long=a=b"), NONE);
    assert_view(&first.gs2, "y,a=user,");
    assert_view(&first.bare, "n=user,r=!~,x=1,long=a=b");
    assert_view(&first.nonce, "!~");
}

static void names_are_decoded_and_nothing_else_is_escaped(void **state)
{
    (void)state;
    assert_int_equal(FIRST("n,,n=a=2Cb=3Dc,r=x"), NONE);
    assert_name("a,b=c");
    assert_int_equal(FIRST("n,a=a=2Cb,n=a=2Cb,r=x"), NONE);
    assert_int_equal(FIRST("n,,n==3D2C,r=x"), NONE);
    assert_name("=2C"); /* decoded once */
    assert_int_equal(FIRST("n,,n=\xc3\xa9,r=x"), NONE);
    assert_int_equal(FIRST("n,,n=a=2cb,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=a=3db,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=a=41b,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=a=2,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=a=,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n==,r=x"), MALFORMED);
}

static void names_that_no_user_has_are_malformed(void **state)
{
    (void)state;
    assert_int_equal(FIRST("n,,n=,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=a:b,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=a\nb,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=a\0b,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n= a,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=\xff,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=a\xe2\x80\x8b,r=x"), MALFORMED);
}

static void nobody_acts_for_another(void **state)
{
    (void)state;
    assert_int_equal(FIRST("n,a=user,n=user,r=x"), NONE);
    assert_int_equal(FIRST("n,a=admin,n=user,r=x"), OTHER);
    assert_int_equal(FIRST("n,a=usex,n=user,r=x"), OTHER);
    assert_int_equal(FIRST("n,a=use,n=user,r=x"), OTHER);
    assert_int_equal(FIRST("n,a=users,n=user,r=x"), OTHER);
    assert_int_equal(FIRST("n,a=,n=user,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,user,n=user,r=x"), MALFORMED);
}

static void channel_binding_and_mandatory_extensions_are_refused(void **state)
{
    (void)state;
    assert_int_equal(FIRST("p=tls-unique,,n=user,r=x"), MALFORMED);
    assert_int_equal(FIRST("p=tls-exporter,a=user,n=user,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,m=x,n=user,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=user,m=x,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,n=user,r=x,m=x"), MALFORMED);
    assert_int_equal(FIRST("N,,n=user,r=x"), MALFORMED);
    assert_int_equal(FIRST("n,,r=x,n=user"), MALFORMED);
}

static void delegation_tokens_are_refused_with_a_reason_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(FIRST("n,,n=user,r=x,tokenauth=true"), MECHANISM);
    assert_int_equal(FIRST("n,,n=user,r=x,z=1,tokenauth=TRUE"), MECHANISM);
    assert_int_equal(FIRST("n,,n=user,r=x,tokenauth=false"), NONE);
    assert_int_equal(FIRST("n,,n=user,r=x,tokenauth=true1"), NONE);
    assert_int_equal(FIRST("n,,n=user,r=x,tokenaut=true"), NONE);
}

static void extensions_are_letters_and_a_value(void **state)
{
    static const char *const bad[] = {"n,,n=u,r=x,", "n,,n=u,r=x,,", "n,,n=u,r=x,y",
        "n,,n=u,r=x,y=", "n,,n=u,r=x,=1", "n,,n=u,r=x,1=1", "n,,n=u,r=x,a=1",
        "n,,n=u,r=x,n=v", "n,,n=u,r=x,r=y", "n,,n=u,r=x,p=y", "n,,n=u,r=x,x=1,",
        "n,,n=u,r=x,[=1", "n,,n=u,r=x,@=1", "n,,n=u,r=x,{=1", "n,,n=u,r=x,`=1"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(scram_message_first(&first, bad[i], strlen(bad[i])), MALFORMED);
    }
    assert_int_equal(FIRST("n,,n=u,r=x,A=1,Zz=\xc3\xa9"), NONE);
}

static void empty_and_cut_messages_are_malformed(void **state)
{
    static const char whole[] = "n,a=u,n=u,r=x";

    (void)state;
    assert_int_equal(scram_message_first(&first, NULL, 0), MALFORMED);
    assert_int_equal(scram_message_final(&final, 32, NULL, 0), MALFORMED);
    for (size_t length = 0; length < sizeof(whole) - 1; length++) {
        assert_int_equal(scram_message_first(&first, whole, length), MALFORMED);
    }
}

/* A message made of a prefix, count times a piece, and a rest. */
static enum schloss_auth_reason first_with(
    const char *prefix, const char *piece, size_t count, const char *rest)
{
    static char text[SCRAM_MESSAGE_MAX + 64];
    size_t length = strlen(prefix);

    memcpy(text, prefix, length);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + length, piece, strlen(piece));
        length += strlen(piece);
    }
    memcpy(text + length, rest, strlen(rest));
    return scram_message_first(&first, text, length + strlen(rest));
}

static void every_part_has_its_limit(void **state)
{
    (void)state;
    assert_int_equal(first_with("n,,n=", "a", 255, ",r=x"), NONE);
    assert_int_equal(first_with("n,,n=", "a", 256, ",r=x"), MALFORMED);
    assert_int_equal(first_with("n,,n=", "=2C", 255, ",r=x"), NONE);
    assert_int_equal(first.name_length, 255);
    assert_int_equal(first_with("n,,n=", "=2C", 256, ",r=x"), MALFORMED);
    assert_int_equal(first_with("n,a=", "=2C", 255, ",n=u,r=x"), OTHER);
    assert_int_equal(first_with("n,a=", "=2C", 256, ",n=u,r=x"), MALFORMED);
    assert_int_equal(first_with("n,,n=u,r=", "a", 256, ""), NONE);
    assert_int_equal(first_with("n,,n=u,r=", "a", 257, ""), MALFORMED);
    assert_int_equal(first_with("n,,n=u,r=", "a", 0, ""), MALFORMED);
    assert_int_equal(first_with("n,,n=u,r=x,x=", "a", SCRAM_MESSAGE_MAX - 13, ""), NONE);
    assert_int_equal(
        first_with("n,,n=u,r=x,x=", "a", SCRAM_MESSAGE_MAX - 12, ""), TOO_LONG);
}

static void nonces_are_printable(void **state)
{
    (void)state;
    assert_int_equal(FIRST("n,,n=u,r=a b"), MALFORMED);
    assert_int_equal(FIRST("n,,n=u,r=a\tb"), MALFORMED);
    assert_int_equal(FIRST("n,,n=u,r=a\x7f"), MALFORMED);
    assert_int_equal(FIRST("n,,n=u,r=\xc3\xa9"), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=a b,p=" ZEROS32), MALFORMED);
}

static void a_client_final_has_its_parts(void **state)
{
    static const uint8_t zeros[32];

    (void)state;
    assert_int_equal(FINAL(32, "c=biws,r=abc,p=" ZEROS32), NONE);
    assert_view(&final.binding, "biws");
    assert_view(&final.nonce, "abc");
    assert_view(&final.without_proof, "c=biws,r=abc");
    assert_memory_equal(final.proof, zeros, 32);
    assert_int_equal(FINAL(32, "c=biws,r=abc,x=1,y=2,p=" ZEROS32), NONE);
    assert_view(&final.without_proof, "c=biws,r=abc,x=1,y=2");
}

static void a_client_final_is_whole_and_in_order(void **state)
{
    (void)state;
    assert_int_equal(FINAL(32, "r=abc,c=biws,p=" ZEROS32), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,p=" ZEROS32), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc"), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,"), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=,p=" ZEROS32), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,p=" ZEROS32 ","), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,p=" ZEROS32 ",x=1"), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,m=1,p=" ZEROS32), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,r=abc,p=" ZEROS32), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,tokenauth=true,p=" ZEROS32), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,p=" ZEROS32 "\0"), MALFORMED);
}

static void a_proof_is_strict_base64_of_its_size(void **state)
{
    (void)state;
    assert_int_equal(FINAL(64, "c=biws,r=abc,p=" ZEROS32), MALFORMED);
    assert_int_equal(FINAL(31, "c=biws,r=abc,p=" ZEROS32), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,p="), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,p=AAAA"), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,p="
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        MALFORMED); /* no padding */
    assert_int_equal(FINAL(32, "c=biws,r=abc,p="
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB="),
        MALFORMED); /* spare bits */
    assert_int_equal(FINAL(32, "c=biws,r=abc,p="
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-="),
        MALFORMED); /* of another alphabet */
    assert_int_equal(FINAL(32, "c=biws,r=abc,p= " ZEROS32), MALFORMED);
    assert_int_equal(FINAL(32, "c=biws,r=abc,p=" ZEROS32 "\n"), MALFORMED);
}

static void nonces_of_a_client_final_are_bounded(void **state)
{
    char text[1024] = "c=biws,r=";
    const size_t nonce = SCRAM_CLIENT_NONCE_MAX + SCRAM_SERVER_NONCE;

    (void)state;
    for (size_t more = 0; more < 2; more++) {
        memset(text + 9, 'a', nonce + more);
        (void)snprintf(text + 9 + nonce + more, 64, ",p=%s", ZEROS32);
        assert_int_equal(scram_message_final(&final, 32, text, strlen(text)),
            more == 0 ? NONE : MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_first_has_its_parts),
        cmocka_unit_test(names_are_decoded_and_nothing_else_is_escaped),
        cmocka_unit_test(names_that_no_user_has_are_malformed),
        cmocka_unit_test(nobody_acts_for_another),
        cmocka_unit_test(channel_binding_and_mandatory_extensions_are_refused),
        cmocka_unit_test(delegation_tokens_are_refused_with_a_reason_of_their_own),
        cmocka_unit_test(extensions_are_letters_and_a_value),
        cmocka_unit_test(empty_and_cut_messages_are_malformed),
        cmocka_unit_test(every_part_has_its_limit),
        cmocka_unit_test(nonces_are_printable),
        cmocka_unit_test(a_client_final_has_its_parts),
        cmocka_unit_test(a_client_final_is_whole_and_in_order),
        cmocka_unit_test(a_proof_is_strict_base64_of_its_size),
        cmocka_unit_test(nonces_of_a_client_final_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
