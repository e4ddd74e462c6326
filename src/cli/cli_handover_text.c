#include "cli_handover_text.h"

#include "text.h"

#include <ctype.h>
#include <string.h>

#define MODULES "org.apache.kafka.common.security."

const char *cli_handover_problem(const struct secret *secret)
{
    const uint8_t *p = secret->bytes;
    const size_t length = secret->length;

    if (!text_is_utf8(p, length)) {
        return "it is not UTF-8";
    }
    if (length == 0 || memchr(p, '\n', length) != NULL ||
        memchr(p, '\0', length) != NULL) {
        return "it is empty, or has several lines";
    }
    if (length > CLI_HANDOVER_VALUE_MAX) {
        return "it has more than 450 bytes, and kcat reads no longer lines";
    }
    return isspace(p[0]) || isspace(p[length - 1])
               ? "it begins or ends with a blank, which librdkafka's form drops"
               : NULL;
}

/* --- Java ------------------------------------------------------------------------- */

/* Java's StreamTokenizer: backslash before quotes and itself; a line end would end it. */
void cli_jaas_quote(struct buf *out, const void *bytes, size_t length)
{
    const uint8_t *p = bytes;

    buf_add_text(out, "\"");
    for (size_t i = 0; i < length; i++) {
        if (p[i] == '"' || p[i] == '\\') {
            buf_add_text(out, "\\");
            buf_add(out, p + i, 1);
        } else if (p[i] < 0x20 || p[i] == 0x7f) {
            buf_add_format(out, "\\%03o", p[i]);
        } else {
            buf_add(out, p + i, 1);
        }
    }
    buf_add_text(out, "\"");
}

/* Of valid UTF-8; returns the bytes it takes. */
static size_t next_character(const uint8_t *p, uint32_t *out)
{
    size_t more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
    uint32_t c = more == 0 ? p[0] : p[0] & (0x3fu >> more);

    for (size_t i = 1; i <= more; i++) {
        c = c << 6 | (p[i] & 0x3f);
    }
    *out = c;
    return more + 1;
}

/* The file is read as ISO 8859-1: whatever is not ASCII is written as UTF-16. */
static void add_escaped(struct buf *out, uint32_t c)
{
    if (c < 0x10000) {
        buf_add_format(out, "\\u%04x", (unsigned)c);
    } else {
        c -= 0x10000;
        buf_add_format(
            out, "\\u%04x\\u%04x", 0xd800u | (unsigned)(c >> 10), 0xdc00u | (c & 0x3ffu));
    }
}

void cli_java_property(struct buf *out, const char *key, const void *value, size_t length)
{
    const uint8_t *p = value;
    const uint8_t *end = p + length;

    buf_add_format(out, "%s=", key);
    for (bool first = true; p < end; first = false) {
        uint32_t c;
        size_t size = next_character(p, &c);
        if (c == '\n' && p + 1 < end) {
            buf_add_text(out, "\\n\\\n  "); /* goes on in the next line */
        } else if (c == '\n') {
            buf_add_text(out, "\\n");
        } else if (c == '\\' || (first && c == ' ')) {
            buf_add_text(out, c == ' ' ? "\\ " : "\\\\");
        } else if (c < 0x20 || c > 0x7e) {
            add_escaped(out, c);
        } else {
            buf_add(out, p, 1);
        }
        p += size;
    }
    buf_add_text(out, "\n");
}

static void add_java(struct buf *out, const char *key, const char *value)
{
    cli_java_property(out, key, value, strlen(value));
}

static void add_login(const struct cli_handover *h, struct buf *out)
{
    struct buf jaas;

    buf_init(&jaas, 65536);
    buf_add_text(&jaas, strcmp(h->mechanism, "PLAIN") == 0
                            ? MODULES "plain.PlainLoginModule required username="
                            : MODULES "scram.ScramLoginModule required username=");
    cli_jaas_quote(&jaas, h->user, strlen(h->user));
    buf_add_text(&jaas, " password=");
    cli_jaas_quote(&jaas, h->secret->bytes, h->secret->length);
    buf_add_text(&jaas, ";");
    add_java(out, "sasl.mechanism", h->mechanism);
    cli_java_property(out, "sasl.jaas.config", jaas.bytes, jaas.length);
    if (buf_error(&jaas) != OK) {
        out->error = buf_error(&jaas);
    }
    if (jaas.bytes != NULL) {
        mem_wipe(jaas.bytes, jaas.capacity);
    }
    buf_fini(&jaas);
}

void cli_handover_java(const struct cli_handover *h, struct buf *out)
{
    buf_add_text(out, "# For Java clients. It holds secrets, and names no other file.\n");
    add_java(out, "bootstrap.servers", h->bootstrap);
    add_java(out, "security.protocol", h->user == NULL ? "SSL" : "SASL_SSL");
    if (h->user != NULL) {
        add_login(h, out);
    }
    add_java(out, "ssl.truststore.type", "PEM");
    cli_java_property(out, "ssl.truststore.certificates", h->ca->bytes, h->ca->length);
    if (h->certificate != NULL) {
        add_java(out, "ssl.keystore.type", "PEM");
        cli_java_property(out, "ssl.keystore.certificate.chain", h->certificate->bytes,
            h->certificate->length);
        cli_java_property(out, "ssl.keystore.key", h->key->bytes, h->key->length);
    }
}

/* --- librdkafka ------------------------------------------------------------------- */

static void add_path(
    struct buf *out, const char *key, const char *folder, const char *name)
{
    const size_t length = strlen(folder);

    buf_add_text(out, key);
    buf_add_text(out, "=");
    buf_add_text(out, folder);
    buf_add_text(out, length > 0 && folder[length - 1] == '/' ? "" : "/");
    buf_add_text(out, name);
    buf_add_text(out, "\n");
}

void cli_handover_librdkafka(const struct cli_handover *h, struct buf *out)
{
    buf_add_text(
        out, "# For librdkafka, kcat -F and schloss --config. It holds secrets.\n");
    buf_add_text(out, "bootstrap.servers=");
    buf_add_text(out, h->bootstrap);
    buf_add_text(out,
        h->user == NULL ? "\nsecurity.protocol=ssl\n" : "\nsecurity.protocol=sasl_ssl\n");
    add_path(out, "ssl.ca.location", h->folder, "ca.pem");
    if (h->user != NULL) {
        buf_add_text(
            out, strcmp(h->mechanism, "PLAIN") == 0
                     ? ""
                     : "# An older librdkafka than 2.6.1 is refused by SCRAM.\n");
        buf_add_text(out, "sasl.mechanisms=");
        buf_add_text(out, h->mechanism);
        buf_add_text(out, "\nsasl.username=");
        buf_add_text(out, h->user);
        buf_add_text(out, "\nsasl.password=");
        buf_add(out, h->secret->bytes, h->secret->length);
        buf_add_text(out, "\n");
    }
    if (h->certificate != NULL) {
        add_path(out, "ssl.certificate.location", h->folder, "client.pem");
        add_path(out, "ssl.key.location", h->folder, "client.key");
    }
}
