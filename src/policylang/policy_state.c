#include "policy_state.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define HEX_DIGITS ((size_t)2 * POLICY_DIGEST_BYTES)

static size_t print(const struct policy_state *s, char *out, size_t size)
{
    char hex[HEX_DIGITS + 1];

    (void)sodium_bin2hex(hex, sizeof(hex), s->manifest, sizeof(s->manifest));
    int n = snprintf(out, size,
        "schloss-policy-state 1\nserial %llu\nmanifest %s\nsigners %u\n",
        (unsigned long long)s->serial, hex, s->signers);
    INVARIANT(n > 0 && (size_t)n < size);
    return (size_t)n;
}

/* What it would be written as is all that is taken: no second spelling. */
bool policy_state_parse(struct policy_view text, struct policy_state *out)
{
    struct policy_state s = {0};
    char copy[POLICY_STATE_MAX + 1];
    char again[POLICY_STATE_MAX + 1];
    char hex[HEX_DIGITS + 1] = "";
    unsigned long long serial = 0;
    size_t length = 0;

    if (text.len == 0 || text.len > POLICY_STATE_MAX) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (sscanf(copy,
            "schloss-policy-state 1\nserial %19llu\nmanifest %64[0-9a-f]\nsigners %9u\n",
            &serial, hex, &s.signers) != 3 ||
        sodium_hex2bin(
            s.manifest, sizeof(s.manifest), hex, strlen(hex), NULL, &length, NULL) != 0 ||
        length != sizeof(s.manifest)) {
        return false;
    }
    s.serial = serial;
    length = print(&s, again, sizeof(again));
    if (length != text.len || memcmp(again, text.ptr, length) != 0) {
        return false;
    }
    *out = s;
    return true;
}

void policy_state_write(const struct policy_state *s, struct buf *out)
{
    char text[POLICY_STATE_MAX + 1];

    buf_add(out, text, print(s, text, sizeof(text)));
}
