#include "selftest_files.h"

#include "scram_store.h"
#include "selftest_certificate.h"
#include "users_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *make(const struct selftest_instance *i, const char *name)
{
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/%s", i->dir, name);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

static bool make_certificate(const char *dir, const char *file, const char *name,
    enum selftest_usage usage, const struct selftest_certificate *issuer)
{
    struct selftest_certificate c;
    bool good = selftest_certificate_make(&c, name, usage, issuer) &&
                selftest_certificate_save(&c, dir, file);

    selftest_certificate_fini(&c);
    return good;
}

/* The server's own; a CA for clients with some of them; and one that nobody trusts, with
 * what an intruder can make for himself. */
static bool make_certificates(const struct selftest_instance *i)
{
    struct selftest_certificate ca = {NULL, NULL};
    struct selftest_certificate own = {NULL, NULL};
    bool good =
        selftest_certificate_make(&ca, "clients", SELFTEST_CA, NULL) &&
        selftest_certificate_save(&ca, i->dir, "clients") &&
        selftest_certificate_make(&own, "intruder", SELFTEST_CA, NULL) &&
        make_certificate(i->dir, "broker", "selftest", SELFTEST_SERVER, NULL) &&
        make_certificate(i->dir, "client-alice", SELFTEST_ALICE, SELFTEST_CLIENT, &ca) &&
        make_certificate(i->dir, "client-bob", SELFTEST_BOB, SELFTEST_CLIENT, &ca) &&
        make_certificate(i->dir, "false-bob", SELFTEST_BOB, SELFTEST_CLIENT, &own) &&
        make_certificate(i->dir, "false-server", "selftest", SELFTEST_SERVER, NULL);

    selftest_certificate_fini(&ca);
    selftest_certificate_fini(&own);
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

/* The same passwords. */
static bool make_scram(const struct selftest_instance *i)
{
    static const char *const names[] = {SELFTEST_ALICE, SELFTEST_BOB};
    const struct scram_part password = {i->password, strlen(i->password)};
    struct scram_crypto crypto;
    struct scram_file file;
    char path[300];

    enum err e = scram_crypto_init(&crypto);
    if (e != OK) {
        return false;
    }
    scram_file_init(&file);
    for (size_t n = 0; e == OK && n < sizeof(names) / sizeof(names[0]); n++) {
        struct scram_credential c;
        e = scram_credential_make(
            &c, &crypto, SCRAM_SHA_256, &password, USERS_COST_GENERATED);
        if (e == OK) {
            e = scram_file_add(&file, names[n], strlen(names[n]), &c);
        }
    }
    (void)snprintf(path, sizeof(path), "%s/scram", i->dir);
    if (e == OK) {
        e = scram_store_save(path, &file);
    }
    scram_file_fini(&file);
    scram_crypto_fini(&crypto);
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

static bool copy_file(const char *from, const char *to)
{
    char bytes[4096];
    size_t n = 0;
    FILE *in = fopen(from, "re");
    FILE *out = fopen(to, "wxe");
    bool good = in != NULL && out != NULL;

    while (good && (n = fread(bytes, 1, sizeof(bytes), in)) > 0) {
        good = fwrite(bytes, 1, n, out) == n;
    }
    good = in != NULL && fclose(in) == 0 && good;
    return out != NULL && fclose(out) == 0 && good;
}

/* The hostile code under that name, with a manifest and a secret. */
static bool make_plugin(
    const struct selftest_instance *i, const char *name, const char *manifest)
{
    char from[300];
    char to[300];

    (void)snprintf(from, sizeof(from), "%s/schloss-hostile-plugin.so", i->program_dir);
    (void)snprintf(to, sizeof(to), "%s/plugins/%s.so", i->dir, name);
    if (!copy_file(from, to)) {
        return false;
    }
    (void)snprintf(to, sizeof(to), "plugins/%s.manifest", name);
    FILE *f = make(i, to);
    bool good = f != NULL && fprintf(f, "%s\nfile.secret=schloss.plugin.%s.secret.file\n",
                                 manifest, name) > 0;
    good = f != NULL && fclose(f) == 0 && good;
    (void)snprintf(to, sizeof(to), "%s-secret", name);
    f = make(i, to);
    good = good && f != NULL && fputs("a secret", f) >= 0;
    return f != NULL && fclose(f) == 0 && good;
}

/* hostile may name eve; its manifest alone bob, its scope alone carol. other may name
 * everybody, so what it could be made to say would matter. */
static bool add_plugins(const struct selftest_instance *i, FILE *properties)
{
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/plugins", i->dir);
    return mkdir(path, 0700) == 0 &&
           make_plugin(
               i, "hostile", "mechanisms=X-HOSTILE\nprincipals=User:eve*;User:bob") &&
           make_plugin(i, "other", "mechanisms=X-OTHER\nprincipals=User:*") &&
           fprintf(properties,
               "schloss.auth.plugins=password,scram,x509,hostile,other\n"
               "schloss.auth.plugin.dir=%s/plugins\n"
               "schloss.plugin.hostile.secret.file=%s/hostile-secret\n"
               "schloss.plugin.other.secret.file=%s/other-secret\n"
               "schloss.auth.scope.hostile=User:eve*;User:carol\n",
               i->dir, i->dir, i->dir) > 0;
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
        "listeners=SASL_SSL://127.0.0.1:0,SSL://127.0.0.1:0,RENEW://127.0.0.1:0\n"
        "listener.security.protocol.map=RENEW:SASL_SSL\n"
        "listener.name.ssl.ssl.client.auth=required\n"
        "listener.name.renew.sasl.enabled.mechanisms=PLAIN\n"
        "listener.name.renew.connections.max.reauth.ms=3600000\n"
        "log.dirs=%s/data\n"
        "audit.dir=%s/audit\n"
        "policy.file=%s/main.policy\n"
        "schloss.users.file=%s/users\n"
        "ssl.certificate.location=%s/broker.pem\n"
        "ssl.key.location=%s/broker.key\n"
        "ssl.truststore.location=%s/clients.pem\n"
        "ssl.principal.mapping.rules=RULE:^CN=([a-z]+)$/$1/,DEFAULT\n"
        "schloss.scram.file=%s/scram\n"
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256%s\n"
        "super.users=User:" SELFTEST_ADMIN "\n"
        "sandbox=%s\n",
        dir, dir, dir, dir, dir, dir, dir, dir,
        i->is_infested ? ",X-HOSTILE,X-OTHER" : "", sandbox_mode_name(i->mode));
    bool good = n > 0 && (!i->is_infested || add_plugins(i, f));
    return fclose(f) == 0 && good;
}

bool selftest_files_make(const struct selftest_instance *i)
{
    return make_certificates(i) && make_users(i) && make_scram(i) && make_policy(i) &&
           make_properties(i);
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
