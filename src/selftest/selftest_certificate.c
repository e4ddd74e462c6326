#include "selftest_certificate.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

#define CERTIFICATE_SECONDS (24L * 3600)
#define EXTENSIONS_MAX      2

struct extension {
    int kind;
    const char *value;
};

static const struct extension extensions[][EXTENSIONS_MAX] = {
    [SELFTEST_SERVER] = {{NID_subject_alt_name, "IP:127.0.0.1"}, {0, NULL}},
    [SELFTEST_CLIENT] = {{NID_ext_key_usage, "clientAuth"}, {0, NULL}},
    [SELFTEST_CA] = {{NID_basic_constraints, "critical,CA:TRUE"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"}},
};

static bool add_extensions(X509 *c, enum selftest_usage usage)
{
    bool good = true;

    for (size_t i = 0; good && i < EXTENSIONS_MAX && extensions[usage][i].kind != 0;
         i++) {
        const struct extension *e = &extensions[usage][i];
        X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, NULL, e->kind, e->value);
        good = made != NULL && X509_add_ext(c, made, -1) == 1;
        X509_EXTENSION_free(made);
    }
    return good;
}

static bool set_subject(X509 *c, const char *name)
{
    static long serial = 1;
    X509_NAME *subject = X509_get_subject_name(c);

    return subject != NULL && X509_set_version(c, 2) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(c), serial++) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(c), -3600) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(c), CERTIFICATE_SECONDS) != NULL &&
           X509_NAME_add_entry_by_txt(
               subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1;
}

bool selftest_certificate_make(struct selftest_certificate *out, const char *name,
    enum selftest_usage usage, const struct selftest_certificate *issuer)
{
    *out = (struct selftest_certificate){
        .key = EVP_EC_gen("P-256"), .certificate = X509_new()};
    const struct selftest_certificate *by = issuer == NULL ? out : issuer;
    X509 *c = out->certificate;
    bool good = c != NULL && out->key != NULL && set_subject(c, name) &&
                X509_set_issuer_name(c, X509_get_subject_name(by->certificate)) == 1 &&
                X509_set_pubkey(c, out->key) == 1 && add_extensions(c, usage) &&
                X509_sign(c, by->key, EVP_sha256()) > 0;

    if (!good) {
        selftest_certificate_fini(out);
    }
    return good;
}

void selftest_certificate_fini(struct selftest_certificate *c)
{
    X509_free(c->certificate);
    EVP_PKEY_free(c->key);
    *c = (struct selftest_certificate){NULL, NULL};
}

static FILE *open_file(
    const char *dir, const char *file, const char *ending, bool to_write)
{
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/%s%s", dir, file, ending);
    int flags = to_write ? O_CREAT | O_EXCL | O_WRONLY : O_RDONLY;
    int fd = open(path, flags | O_CLOEXEC, 0600);
    return fd < 0 ? NULL : fdopen(fd, to_write ? "w" : "r");
}

static bool finish(FILE *f, bool good)
{
    return f != NULL && fclose(f) == 0 && good;
}

bool selftest_certificate_save(
    const struct selftest_certificate *c, const char *dir, const char *file)
{
    FILE *chain = open_file(dir, file, ".pem", true);
    bool good =
        finish(chain, chain != NULL && PEM_write_X509(chain, c->certificate) == 1);
    FILE *key = open_file(dir, file, ".key", true);

    return finish(key, key != NULL && PEM_write_PrivateKey(
                                          key, c->key, NULL, NULL, 0, NULL, NULL) == 1) &&
           good;
}

bool selftest_certificate_load(
    struct selftest_certificate *out, const char *dir, const char *file)
{
    FILE *chain = open_file(dir, file, ".pem", false);
    FILE *key = open_file(dir, file, ".key", false);

    *out = (struct selftest_certificate){
        .certificate = chain == NULL ? NULL : PEM_read_X509(chain, NULL, NULL, NULL),
        .key = key == NULL ? NULL : PEM_read_PrivateKey(key, NULL, NULL, NULL)};
    bool good = finish(chain, out->certificate != NULL);
    good = finish(key, out->key != NULL) && good;
    if (!good) {
        selftest_certificate_fini(out);
    }
    return good;
}
