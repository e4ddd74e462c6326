#include "policy_secret.h"

#include <sodium.h>
#include <string.h>

#define SALT_BYTES  32
#define CHECK_BYTES 32
#define OPS_LIMIT   crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE
#define MEM_LIMIT   crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE

/* Where the fields of a key file stand. */
enum {
    AT_KIND = 0,
    AT_KDF = 2,
    AT_CHECKSUM = 4,
    AT_SALT = 6,
    AT_OPS = AT_SALT + SALT_BYTES,
    AT_MEM = AT_OPS + 8,
    AT_BODY = AT_MEM + 8, /* id, key, check: what is encrypted */
    BODY_BYTES = POLICY_SIGNATURE_ID_BYTES + 64 + CHECK_BYTES,
    FILE_BYTES = AT_BODY + BODY_BYTES,
};

static const char untrusted[] = "untrusted comment: ";

_Static_assert(SALT_BYTES == crypto_pwhash_scryptsalsa208sha256_SALTBYTES, "of scrypt");
_Static_assert(crypto_sign_SECRETKEYBYTES == 64, "of Ed25519");

/* --- base64 --- */

/* The second of two lines; the first is a comment. */
static bool read_file(struct policy_view text, uint8_t out[FILE_BYTES])
{
    size_t length = strlen(untrusted);
    const uint8_t *end = text.len == 0 ? NULL : memchr(text.ptr, '\n', text.len);
    const char *stop = NULL;
    size_t size = 0;

    if (text.len > POLICY_SIGNATURE_TEXT_MAX || end == NULL || text.len < length ||
        memcmp(text.ptr, untrusted, length) != 0) {
        return false;
    }
    const char *line = (const char *)end + 1;
    size_t left = text.len - (size_t)(end + 1 - text.ptr);
    left -= left > 0 && line[left - 1] == '\n' ? 1 : 0;
    return sodium_base642bin(out, FILE_BYTES, line, left, NULL, &size, &stop,
               sodium_base64_VARIANT_ORIGINAL) == 0 &&
           size == FILE_BYTES && stop == line + left &&
           memcmp(out + AT_KIND, "Ed", 2) == 0 && memcmp(out + AT_CHECKSUM, "B2", 2) == 0;
}

static void add_base64(struct buf *out, const uint8_t *bytes, size_t length)
{
    char text[512];

    INVARIANT(sodium_base64_encoded_len(length, sodium_base64_VARIANT_ORIGINAL) <=
              sizeof(text));
    (void)sodium_bin2base64(
        text, sizeof(text), bytes, length, sodium_base64_VARIANT_ORIGINAL);
    buf_add_text(out, text);
    buf_add_text(out, "\n");
    mem_wipe(text, sizeof(text));
}

/* --- numbers and checks --- */

static uint64_t load(const uint8_t *p)
{
    uint64_t value = 0;

    for (size_t i = 8; i-- > 0;) {
        value = value << 8 | p[i];
    }
    return value;
}

static void store(uint8_t *p, uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        p[i] = (uint8_t)(value >> (8 * i));
    }
}

static void checksum(const uint8_t *body, uint8_t out[CHECK_BYTES])
{
    crypto_generichash_state h;

    (void)crypto_generichash_init(&h, NULL, 0, CHECK_BYTES);
    (void)crypto_generichash_update(&h, (const uint8_t *)"Ed", 2);
    (void)crypto_generichash_update(&h, body, BODY_BYTES - CHECK_BYTES);
    (void)crypto_generichash_final(&h, out, CHECK_BYTES);
    mem_wipe(&h, sizeof(h));
}

/* Encrypts and decrypts: it is a stream. */
static enum err apply_stream(uint8_t file[FILE_BYTES], const struct secret *password)
{
    uint8_t stream[BODY_BYTES];
    uint64_t ops = load(file + AT_OPS);
    uint64_t mem = load(file + AT_MEM);

    if (ops > OPS_LIMIT || mem > MEM_LIMIT) {
        return ERR_INVALID;
    }
    if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof(stream),
            (const char *)password->bytes, password->length, file + AT_SALT, ops,
            (size_t)mem) != 0) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < BODY_BYTES; i++) {
        file[AT_BODY + i] ^= stream[i];
    }
    mem_wipe(stream, sizeof(stream));
    return OK;
}

static bool is_encrypted(const uint8_t file[FILE_BYTES])
{
    return memcmp(file + AT_KDF, "Sc", 2) == 0;
}

static enum err open_file(uint8_t file[FILE_BYTES], const struct secret *password)
{
    uint8_t check[CHECK_BYTES];

    if (!is_encrypted(file)) {
        return file[AT_KDF] == 0 && file[AT_KDF + 1] == 0 ? OK : ERR_INVALID;
    }
    if (password == NULL || password->length == 0) {
        return ERR_DENIED;
    }
    enum err e = apply_stream(file, password);
    if (e != OK) {
        return e;
    }
    checksum(file + AT_BODY, check);
    return mem_equal_constant_time(
               check, file + AT_BODY + BODY_BYTES - CHECK_BYTES, CHECK_BYTES)
               ? OK
               : ERR_DENIED;
}

bool policy_secret_is_encrypted(struct policy_view text)
{
    uint8_t file[FILE_BYTES];
    bool encrypted = read_file(text, file) && is_encrypted(file);

    mem_wipe(file, sizeof(file));
    return encrypted;
}

/* The second half of the key is the public key of the first: another one there would
 * give the first away with two signatures. */
static enum err take_key(const uint8_t *body, struct policy_secret *out)
{
    uint8_t public[POLICY_SIGNATURE_KEY_BYTES];
    struct policy_secret s;
    enum err e = ERR_INVALID;

    if (crypto_sign_seed_keypair(public, s.key, body + POLICY_SIGNATURE_ID_BYTES) == 0 &&
        mem_equal_constant_time(s.key, body + POLICY_SIGNATURE_ID_BYTES, sizeof(s.key))) {
        memcpy(s.id, body, sizeof(s.id));
        *out = s;
        e = OK;
    }
    mem_wipe(&s, sizeof(s));
    return e;
}

enum err policy_secret_parse(
    struct policy_view text, const struct secret *password, struct policy_secret *out)
{
    uint8_t file[FILE_BYTES];
    enum err e = read_file(text, file) ? open_file(file, password) : ERR_INVALID;

    if (e == OK) {
        e = take_key(file + AT_BODY, out);
    }
    mem_wipe(file, sizeof(file));
    return e;
}

enum err policy_secret_make(struct policy_secret *out)
{
    uint8_t public[POLICY_SIGNATURE_KEY_BYTES];

    if (sodium_init() < 0 || crypto_sign_keypair(public, out->key) != 0) {
        return ERR_IO;
    }
    randombytes_buf(out->id, sizeof(out->id));
    return OK;
}

void policy_secret_fini(struct policy_secret *s)
{
    mem_wipe(s, sizeof(*s));
}

/* --- files --- */

static enum err encrypt(uint8_t file[FILE_BYTES], const struct secret *password)
{
    if (sodium_init() < 0) {
        return ERR_IO;
    }
    memcpy(file + AT_KDF, "Sc", 2);
    randombytes_buf(file + AT_SALT, SALT_BYTES);
    store(file + AT_OPS, OPS_LIMIT);
    store(file + AT_MEM, MEM_LIMIT);
    return apply_stream(file, password);
}

enum err policy_secret_write(
    const struct policy_secret *s, const struct secret *password, struct buf *out)
{
    uint8_t file[FILE_BYTES] = {0};
    uint8_t *body = file + AT_BODY;
    enum err e = OK;

    memcpy(file + AT_KIND, "Ed", 2);
    memcpy(file + AT_CHECKSUM, "B2", 2);
    memcpy(body, s->id, sizeof(s->id));
    memcpy(body + sizeof(s->id), s->key, sizeof(s->key));
    checksum(body, body + BODY_BYTES - CHECK_BYTES);
    if (password != NULL && password->length > 0) {
        e = encrypt(file, password);
    }
    if (e == OK) {
        buf_add_text(out, "untrusted comment: minisign encrypted secret key\n");
        add_base64(out, file, sizeof(file));
        e = buf_error(out);
    }
    mem_wipe(file, sizeof(file));
    return e;
}

void policy_secret_write_public(const struct policy_secret *s, struct buf *out)
{
    uint8_t bytes[2 + POLICY_SIGNATURE_ID_BYTES + POLICY_SIGNATURE_KEY_BYTES] = "Ed";
    char id[POLICY_SIGNATURE_ID_TEXT];

    memcpy(bytes + 2, s->id, sizeof(s->id));
    memcpy(bytes + 2 + sizeof(s->id), s->key + 32, POLICY_SIGNATURE_KEY_BYTES);
    policy_signature_id_text(s->id, id);
    buf_add_format(out, "untrusted comment: minisign public key %s\n", id);
    add_base64(out, bytes, sizeof(bytes));
}

enum err policy_secret_sign(const struct policy_secret *s, struct policy_view message,
    const char *comment, struct buf *out)
{
    uint8_t bytes[2 + POLICY_SIGNATURE_ID_BYTES + POLICY_SIGNATURE_BYTES] = "ED";
    uint8_t whole[POLICY_SIGNATURE_BYTES + POLICY_SIGNATURE_COMMENT_MAX];
    uint8_t second[POLICY_SIGNATURE_BYTES];
    uint8_t hash[crypto_generichash_BYTES_MAX];
    uint8_t *first = bytes + 2 + POLICY_SIGNATURE_ID_BYTES;
    size_t length = strlen(comment);

    INVARIANT(length <= POLICY_SIGNATURE_COMMENT_MAX && strchr(comment, '\n') == NULL);
    memcpy(bytes + 2, s->id, sizeof(s->id));
    if (crypto_generichash(hash, sizeof(hash), message.ptr, message.len, NULL, 0) != 0 ||
        crypto_sign_detached(first, NULL, hash, sizeof(hash), s->key) != 0) {
        return ERR_IO;
    }
    memcpy(whole, first, POLICY_SIGNATURE_BYTES);
    memcpy(whole + POLICY_SIGNATURE_BYTES, comment, length);
    if (crypto_sign_detached(
            second, NULL, whole, POLICY_SIGNATURE_BYTES + length, s->key) != 0) {
        return ERR_IO;
    }
    buf_add_text(out, "untrusted comment: signature of a policy manifest\n");
    add_base64(out, bytes, sizeof(bytes));
    buf_add_format(out, "trusted comment: %s\n", comment);
    add_base64(out, second, sizeof(second));
    return buf_error(out);
}
