#include "tlspolicy.h"

#include "err.h"

#include <string.h>

#define ECDSA "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384"
#define PSS   "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512"
#define PKCS1 "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"

#define GCM_1_2                                                                          \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                         \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
#define CHACHA_1_2 "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define GCM_1_3    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"
#define CHACHA_1_3 "TLS_CHACHA20_POLY1305_SHA256"

static const struct tlspolicy policies[TLSPOLICY_COUNT] = {
    [TLSPOLICY_MODERN] = {.name = "modern",
        .meant = "TLS 1.3 alone, as Mozilla's \"modern\"",
        .version_min = TLSPOLICY_1_3,
        .version_max = TLSPOLICY_1_3,
        .suites = GCM_1_3 ":" CHACHA_1_3,
        .ciphers = "",
        .groups = "X25519:P-256:P-384",
        .schemes = ECDSA ":ed25519:" PSS},
    [TLSPOLICY_INTERMEDIATE] = {.name = "intermediate",
        .meant = "TLS 1.2 too, with ECDHE and AEAD, for clients without TLS 1.3",
        .version_min = TLSPOLICY_1_2,
        .version_max = TLSPOLICY_1_3,
        .suites = GCM_1_3 ":" CHACHA_1_3,
        .ciphers = GCM_1_2 ":" CHACHA_1_2,
        .groups = "X25519:P-256:P-384",
        .schemes = ECDSA ":ed25519:" PSS ":" PKCS1},
    [TLSPOLICY_FIPS] = {.name = "fips",
        .meant = "what NIST SP 800-52r2 and the FIPS providers of OpenSSL 3 have",
        .version_min = TLSPOLICY_1_2,
        .version_max = TLSPOLICY_1_3,
        .suites = GCM_1_3,
        .ciphers = GCM_1_2,
        .groups = "P-256:P-384",
        .schemes = ECDSA ":" PSS ":" PKCS1,
        .extended_master_secret = true},
};

static const struct {
    uint16_t number;
    const char *name;
} schemes[] = {
    {0x0401, "rsa_pkcs1_sha256"},
    {0x0501, "rsa_pkcs1_sha384"},
    {0x0601, "rsa_pkcs1_sha512"},
    {0x0804, "rsa_pss_rsae_sha256"},
    {0x0805, "rsa_pss_rsae_sha384"},
    {0x0806, "rsa_pss_rsae_sha512"},
    {0x0403, "ecdsa_secp256r1_sha256"},
    {0x0503, "ecdsa_secp384r1_sha384"},
    {0x0807, "ed25519"},
};

const struct tlspolicy *tlspolicy_get(unsigned number)
{
    return number < TLSPOLICY_COUNT ? &policies[number] : NULL;
}

static bool list_has(const char *list, const char *name, size_t length)
{
    while (*list != '\0') {
        size_t n = strcspn(list, ":");
        if (n == length && memcmp(list, name, n) == 0) {
            return true;
        }
        list += n + (list[n] == ':');
    }
    return false;
}

bool tlspolicy_signs(const struct tlspolicy *p, uint16_t scheme)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (schemes[i].number == scheme) {
            return list_has(p->schemes, schemes[i].name, strlen(schemes[i].name));
        }
    }
    return false;
}

bool tlspolicy_choose(const struct tlspolicy *p, const char *wanted, char *out)
{
    size_t used = 0;

    INVARIANT(strlen(wanted) < TLSPOLICY_TEXT_MAX);
    while (*wanted != '\0') {
        size_t n = strcspn(wanted, ":");
        if (list_has(p->schemes, wanted, n)) {
            if (used > 0) {
                out[used++] = ':';
            }
            memcpy(out + used, wanted, n);
            used += n;
        }
        wanted += n + (wanted[n] == ':');
    }
    out[used] = '\0';
    return used > 0;
}

static void print_list(struct buf *out, const char *what, const char *list)
{
    if (*list == '\0') {
        return;
    }
    buf_add_format(out, "  %-20s", what);
    for (size_t i = 0; *list != '\0'; i++) {
        size_t n = strcspn(list, ":");
        buf_add_format(
            out, "%s%.*s\n", i == 0 ? "" : "                      ", (int)n, list);
        list += n + (list[n] == ':');
    }
}

void tlspolicy_print(struct buf *out)
{
    for (size_t i = 0; i < TLSPOLICY_COUNT; i++) {
        const struct tlspolicy *p = &policies[i];
        buf_add_format(out, "%s%s: %s\n", i == 0 ? "" : "\n", p->name, p->meant);
        print_list(out, "versions",
            p->version_min == TLSPOLICY_1_3 ? "TLSv1.3" : "TLSv1.2:TLSv1.3");
        print_list(out, "suites of TLSv1.3", p->suites);
        print_list(out, "suites of TLSv1.2", p->ciphers);
        print_list(out, "groups", p->groups);
        print_list(out, "signatures", p->schemes);
        if (p->extended_master_secret) {
            print_list(out, "TLSv1.2 needs", "extended_master_secret");
        }
    }
}
