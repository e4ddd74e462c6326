/* The FIPS provider is a module, with settings that `openssl fipsinstall` writes. */
#include "algo_private.h"

#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETTINGS "fipsmodule.cnf" /* beside openssl.cnf */

const char algo_fips_missing[] =
    "schloss.fips=required, but OpenSSL has no usable FIPS provider: install the package "
    "with its module (fips.so), run `openssl fipsinstall` so that fipsmodule.cnf stands "
    "beside openssl.cnf, and look at `openssl list -providers -provider fips`; or write "
    "schloss.fips=off";

/* False: there is none that can be read. */
static bool find_settings(char *out, size_t size)
{
    const char *directory = OPENSSL_info(OPENSSL_INFO_CONFIG_DIR);
    int n = snprintf(
        out, size, "%s/%s", directory != NULL ? directory : "/usr/lib/ssl", SETTINGS);

    return n > 0 && (size_t)n < size && access(out, R_OK) == 0;
}

/* The file has the section alone; what leads to it is in openssl.cnf, which is not read. */
static BIO *write_settings(const char *path)
{
    BIO *text = BIO_new(BIO_s_mem());

    if (text != NULL && BIO_printf(text,
                            "algo = algo_settings\n.include = %s\n"
                            "[algo_settings]\nproviders = algo_providers\n"
                            "[algo_providers]\nfips = fips_sect\n",
                            path) <= 0) {
        BIO_free(text);
        return NULL;
    }
    return text;
}

void algo_fips_configure_from(OSSL_LIB_CTX *library, const char *path)
{
    BIO *text = write_settings(path);
    CONF *settings = NCONF_new_ex(library, NULL);
    if (text != NULL && settings != NULL && NCONF_load_bio(settings, text, NULL) == 1) {
        (void)CONF_modules_load(settings, "algo", CONF_MFLAGS_IGNORE_MISSING_FILE);
    }
    NCONF_free(settings);
    BIO_free(text);
    ERR_clear_error();
}

void algo_fips_configure(OSSL_LIB_CTX *library)
{
    char path[ALGO_PATH_MAX];

    if (find_settings(path, sizeof(path))) {
        algo_fips_configure_from(library, path);
    }
}

const char *algo_files(void)
{
    static struct algo
        kept; /* so that it is still mapped when the libraries are listed */
    static char line[ALGO_PATH_MAX + 1];
    char path[ALGO_PATH_MAX];

    if (kept.library == NULL && algo_open(&kept, ALGO_FIPS) != OK) {
        return NULL;
    }
    return find_settings(path, sizeof(path)) &&
                   snprintf(line, sizeof(line), "%s\n", path) > 0
               ? line
               : NULL;
}

void algo_print_files(int argc, char **argv)
{
    const char *files = algo_files();

    (void)argc;
    (void)argv;
    (void)fputs(files == NULL ? "" : files, stdout);
}
