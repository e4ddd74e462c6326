#include "policy_secret.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* Made by minisign over "hi\n"; its secret key is gone. */
static const char key_text[] =
    "untrusted comment: minisign public key 1A1BAB365D23332B\n"
    "RWQrMyNdNqsbGiti0ohIkG+Aau0tL5YH8lhLS94PVR0bGr+B/DhTTUEg\n";
static const char hashed[] = "timestamp:1795288513\tfile:f\thashed";
static const char plain[] = "timestamp:1795288513\tfile:f";

/* A signature that is good is one of the two that were made, with its own comment. */
static void check_good(const struct policy_signature *s)
{
    const char *comment = s->is_hashed ? hashed : plain;

    demand(s->comment.len == strlen(comment) &&
           memcmp(s->comment.ptr, comment, s->comment.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_view text = {data, size};
    struct policy_view made = {(const uint8_t *)key_text, sizeof(key_text) - 1};
    struct policy_view message = {(const uint8_t *)"hi\n", 3};
    struct policy_signature_key key;
    struct policy_signature s;
    struct policy_secret secret;
    char id[POLICY_SIGNATURE_ID_TEXT];

    if (policy_signature_key_parse(text, &key)) {
        policy_signature_id_text(key.id, id);
        demand(strlen(id) == POLICY_SIGNATURE_ID_TEXT - 1);
    }
    if (policy_secret_parse(text, NULL, &secret) == OK) {
        demand(!policy_secret_is_encrypted(text));
        policy_secret_fini(&secret);
    }
    demand(policy_signature_key_parse(made, &key));
    if (policy_signature_parse(text, &s)) {
        demand(s.comment.len <= POLICY_SIGNATURE_COMMENT_MAX);
        if (policy_signature_verify(&s, &key, message) == POLICY_SIGNATURE_GOOD) {
            check_good(&s);
        }
    }
    return 0;
}
