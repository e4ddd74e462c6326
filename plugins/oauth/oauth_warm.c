#include "oauth_warm.h"

#include "mem.h"

#include <string.h>

#define NOW_MS 1000000000000 /* the tokens end later */

static const char jwks[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"qvcpmu1G4zQ3TZ1_CAuD"
    "SJrJJJBFZNziwUZNZoVEvXmafWJlAKjOqEy8HMhTYMzvJX0TYVUY0bMj3nItZCkRPV-2zg"
    "_xsgdLRFbfUOcycBA_Fpc_FxQg11xXO4_VdO0ChyCkAxbyz1WQFISBtMmY4Bdvocq3pFw4"
    "a6mJ4PK8fHuQzr8RT6zROHN5yoOLjuqiI97Yry36x7lxbTYLspedq6sFzu_O2TjG5Bu04f"
    "86qGrJhZ105PGHvuAiM3tXvp4KzPC80nbMN1XgRe4YTyi585Ruu0WGbv3cRMYN6ByBz0T9"
    "7DPkVMSaRx2xMzRcmLIprznY5QT2wQbmA-YCzEtGZw\",\"e\":\"AQAB\"},{\"kty\":"
    "\"EC\",\"kid\":\"e\",\"crv\":\"P-256\",\"x\":\"Qo9tE3LXTr-aEw1ozVyN4yk"
    "WLY9SqXtwNafk4Sb81jM\",\"y\":\"A-c8UVG45PR4IKSuOVmtBbRmG91flpsNfWmk8az"
    "B20w\"},{\"kty\":\"OKP\",\"kid\":\"o\",\"crv\":\"Ed25519\",\"x\":\"g8m"
    "GX91iXPK0lJAa50gN9OO4sLgxQRxjBxHgTpDr9oA\"}]}";

static const char *const tokens[OAUTH_ALGORITHM_COUNT] = {
    [OAUTH_RS256] = "eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJkdW1teSIsImF1ZCI6ImR"
                    "1bW15Iiwic3ViIjoiZHVtbXkiLCJleHAiOjIwMDAwMDAwMDB9.m1_ZA9VQnUqcGIcc"
                    "ZWuglUgIfcVnjASJAfLnoKC5fb36bgvSr4JP3JfkJSxxGyh6XUvaxPDuxVHnmynbyI"
                    "0N1i562OTvHEaxAJQTjq_lFgUeG3Cc9WG84I2F7sncY6JyWNiQcoFCopdepqiB-KNJ"
                    "s_tisdMebQI_h5qu-VG1h_O7_nqF-zad6cXKBLAJWxWAeB9VVIHqwxQXStGQ5Zmuga"
                    "4qFLFtUuLIpTHBwDCuJEEQfxvGTZR9amlYCURlg0Si_qZMUQDdHWL2vEVsVdK8m7w1"
                    "oyEJuBoDK5ljLhx_uiqUK8UN6-m7ZEt_TQjVEUAiY7gVE2642gILW750kD4aFg",
    [OAUTH_PS256] = "eyJhbGciOiJQUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJkdW1teSIsImF1ZCI6ImR"
                    "1bW15Iiwic3ViIjoiZHVtbXkiLCJleHAiOjIwMDAwMDAwMDB9.CNv0MrIGBmpAPnFp"
                    "HTelxPAa-p8SCS6RN2zkHVlTxCs84hwYOS5x-qR3C4R-GR_O3SDcRli4qOOjJR_l3i"
                    "GEgTaScudGnSbUmFG1HPqk9ysKPwUaZcs9prSPQXSWhhyvhxM_F4r8BpxlLPQNMrGj"
                    "clIb4MnVqfjKCTyJ58ciLP9DULnpqFyw71CsCHNgEgauaTapE8478Fwd3Zpbj4jtsk"
                    "OqVjbWxyjMIdO3FFM7Gnccy3t7-LjsDL1l85SELChhlMLFZC5CzcL027tXMN6yfGyI"
                    "Nhz95KltzPijMSq1GlshRQX5EexiNWWIb-Ni5VvCyyY1Vkl9f4k1Vsh8S0wT2w",
    [OAUTH_ES256] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImUifQ.eyJpc3MiOiJkdW1teSIsImF1ZCI6ImR"
                    "1bW15Iiwic3ViIjoiZHVtbXkiLCJleHAiOjIwMDAwMDAwMDB9.0bPzt_PA2QpCJ-Gu"
                    "tFikoBZRR-wJUC0484XCekx0J54MDlvHUj7zlhJrY646PHCVvcU22dO3qAUL6RDXsP"
                    "1BPA",
    [OAUTH_EdDSA] = "eyJhbGciOiJFZERTQSIsImtpZCI6Im8ifQ.eyJpc3MiOiJkdW1teSIsImF1ZCI6ImR"
                    "1bW15Iiwic3ViIjoiZHVtbXkiLCJleHAiOjIwMDAwMDAwMDB9.r9xkw0nZ32ANM-2R"
                    "i2p2FR4A_OMB4hBW2BwVG8fMjUqZfiwlpMDbFr-uNeOfz2p35U7Io-dbTrFcJjtMVc"
                    "JTDA",
};

static const struct schloss_auth_setting dummy_settings[] = {
    {OAUTH_SET_AUDIENCE, "dummy"}, {OAUTH_SET_ISSUER, "dummy"}};

struct dummy {
    struct oauth_settings settings;
    struct oauth_jwks keys;
};

static enum schloss_auth_reason check(
    const struct dummy *d, const char *token, size_t length)
{
    struct oauth_identity who;

    return oauth_token_check(
        &d->settings, &d->keys, (struct schloss_auth_bytes){token, length}, NOW_MS, &who);
}

/* Once as it is, once with another signature. */
static bool answers_as_known(const struct dummy *d, const char *token)
{
    char wrong[1024];
    const size_t length = strlen(token);

    if (length >= sizeof(wrong)) {
        return false;
    }
    memcpy(wrong, token, length);
    const char *signature = strrchr(token, '.') + 1;
    char *digit = &wrong[signature - token + 8];
    *digit = *digit == 'A' ? 'B' : 'A';
    return check(d, token, length) == SCHLOSS_AUTH_REASON_NONE &&
           check(d, wrong, length) == SCHLOSS_AUTH_REASON_TOKEN_SIGNATURE;
}

static enum err dummy_logins(struct dummy *d)
{
    struct oauth_jwks_problem problem;
    const char *key;
    const char *why;

    enum err e = oauth_settings_read(&d->settings, dummy_settings,
        sizeof(dummy_settings) / sizeof(dummy_settings[0]), &key, &why);
    if (e == OK) {
        e = oauth_jwks_load(&d->keys, jwks, sizeof(jwks) - 1, &problem);
    }
    for (unsigned i = 0; e == OK && i < OAUTH_ALGORITHM_COUNT; i++) {
        e = answers_as_known(d, tokens[i]) ? OK : ERR_DENIED;
    }
    return e;
}

enum err oauth_warm_algorithms(void)
{
    struct dummy *d = mem_alloc(1, sizeof(*d));

    if (d == NULL) {
        return ERR_NOMEM;
    }
    enum err e = dummy_logins(d);
    oauth_jwks_fini(&d->keys);
    mem_free(d);
    return e;
}

enum err oauth_warm_keys(const struct oauth_jwks *keys)
{
    static const uint8_t zeros[OAUTH_SIGNATURE_MAX];
    static const struct schloss_auth_bytes text = {"text", 4};

    for (size_t i = 0; i < keys->count; i++) {
        const struct oauth_key *k = &keys->keys[i];
        for (unsigned a = 0; a < OAUTH_ALGORITHM_COUNT; a++) {
            const enum err e = oauth_key_verify(k, (enum oauth_algorithm)a, text,
                (struct schloss_auth_bytes){zeros, k->signature_length});
            if (e != ERR_DENIED) {
                return e == OK ? ERR_DENIED : e;
            }
        }
    }
    return OK;
}
