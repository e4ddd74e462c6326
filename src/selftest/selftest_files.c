#include "selftest_files.h"

#include "users_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERTIFICATE_SECONDS (24L * 3600)

static FILE *make(const struct selftest_instance *i, const char *name)
{
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/%s", i->dir, name);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

/* Signed by itself, for 127.0.0.1 and for today. */
static X509 *new_certificate(EVP_PKEY *key)
{
    X509 *c = X509_new();
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_NAME *name = c == NULL ? NULL : X509_get_subject_name(c);
    bool good = name != NULL && names != NULL && X509_set_version(c, 2) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(c), 1) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(c), -3600) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(c), CERTIFICATE_SECONDS) != NULL &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                    (const unsigned char *)"selftest", -1, -1, 0) == 1 &&
                X509_set_issuer_name(c, name) == 1 && X509_set_pubkey(c, key) == 1 &&
                X509_add_ext(c, names, -1) == 1 && X509_sign(c, key, EVP_sha256()) > 0;

    X509_EXTENSION_free(names);
    if (!good) {
        X509_free(c);
        c = NULL;
    }
    return c;
}

static bool make_certificate(const struct selftest_instance *i)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key == NULL ? NULL : new_certificate(key);
    FILE *chain = make(i, "broker.pem");
    FILE *secret = make(i, "broker.key");
    bool good = certificate != NULL && chain != NULL && secret != NULL &&
                PEM_write_X509(chain, certificate) == 1 &&
                PEM_write_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) == 1;

    good = (chain == NULL || fclose(chain) == 0) && good;
    good = (secret == NULL || fclose(secret) == 0) && good;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return good;
}

static bool make_users(const struct selftest_instance *i)
{
    static const char *const names[] = {SELFTEST_ALICE, SELFTEST_BOB, SELFTEST_ADMIN};
    struct users_file file;
    char path[300];
    char hash[USERS_HASH_MAX];
    enum err e = OK;

    users_file_init(&file);
    for (size_t n = 0; e == OK && n < sizeof(names) / sizeof(names[0]); n++) {
        e = users_hash_make(hash, i->password, strlen(i->password), USERS_COST_GENERATED);
        if (e == OK) {
            e = users_file_add(&file, names[n], strlen(names[n]), hash);
        }
    }
    (void)snprintf(path, sizeof(path), "%s/users", i->dir);
    if (e == OK) {
        e = users_store_save(path, &file);
    }
    users_file_fini(&file);
    return e == OK;
}

static bool make_policy(const struct selftest_instance *i)
{
    static const char *const names[] = {SELFTEST_ALICE, SELFTEST_BOB};
    FILE *f = make(i, "main.policy");

    if (f == NULL) {
        return false;
    }
    bool good = fprintf(f, "policy 1\n") > 0;
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        good = good && fprintf(f,
                           "allow %s to produce, consume topic %s.*\n"
                           "allow %s to consume group %s.*\n",
                           names[n], names[n], names[n], names[n]) > 0;
    }
    return fclose(f) == 0 && good;
}

static bool make_properties(const struct selftest_instance *i)
{
    const char *dir = i->dir;
    FILE *f = make(i, "schloss.properties");

    if (f == NULL) {
        return false;
    }
    int n = fprintf(f,
        "node.id=1\n"
        "listeners=SASL_SSL://127.0.0.1:0\n"
        "log.dirs=%s/data\n"
        "audit.dir=%s/audit\n"
        "policy.file=%s/main.policy\n"
        "schloss.users.file=%s/users\n"
        "ssl.certificate.location=%s/broker.pem\n"
        "ssl.key.location=%s/broker.key\n"
        "sasl.enabled.mechanisms=PLAIN\n"
        "super.users=User:" SELFTEST_ADMIN "\n"
        "sandbox=%s\n",
        dir, dir, dir, dir, dir, dir, sandbox_mode_name(i->mode));
    return fclose(f) == 0 && n > 0;
}

bool selftest_files_make(const struct selftest_instance *i)
{
    return make_certificate(i) && make_users(i) && make_policy(i) && make_properties(i);
}

bool selftest_files_read(const char *path, char *out, size_t size)
{
    size_t length = 0;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    while (length < size - 1 && (n = read(fd, out + length, size - 1 - length)) > 0) {
        length += (size_t)n;
    }
    (void)close(fd);
    out[length] = '\0';
    return n >= 0;
}

void selftest_files_each_process(
    struct selftest_instance *i, void (*look)(struct selftest_instance *i, pid_t pid))
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0) {
            look(i, pid);
        }
    }
    if (proc != NULL) {
        (void)closedir(proc);
    }
}

static int remove_one(
    const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

void selftest_files_remove(const char *dir)
{
    (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
