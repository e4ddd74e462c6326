#include "fetch_http.h"

#include "text.h"

#include <string.h>

#define CHUNK_DIGITS_MAX 8

enum state {
    READS_STATUS,
    READS_FIELDS,
    READS_BODY,
    READS_CHUNK_SIZE,
    READS_CHUNK,
    READS_CHUNK_END,
    READS_TRAILER,
};

/* A name of a field is made of these (RFC 9110 section 5.6.2). */
static const char in_tokens[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
static const char digits[] = "0123456789";

const char *fetch_http_text(enum fetch_http_answer answer)
{
    static const char *const texts[] = {
#define TEXT(name, text) text,
        FETCH_HTTP_ANSWERS(TEXT)
#undef TEXT
    };

    return texts[answer];
}

void fetch_http_init(struct fetch_http *h)
{
    memset(h, 0, sizeof(*h));
    h->state = READS_STATUS;
    h->answer = FETCH_HTTP_MORE;
    buf_init(&h->body, FETCH_BODY_MAX);
}

void fetch_http_fini(struct fetch_http *h)
{
    buf_fini(&h->body);
}

/* --- lines -------------------------------------------------------------------------- */

static void go(struct fetch_http *h, enum state state)
{
    h->state = (unsigned)state;
}

static enum fetch_http_answer read_status(struct fetch_http *h)
{
    const char *p = h->line;
    size_t length = h->line_length;

    /* HTTP/1.x SP 3DIGIT SP anything */
    if (length < 13 || memcmp(p, "HTTP/1.", 7) != 0 || (p[7] != '0' && p[7] != '1') ||
        p[8] != ' ' || strspn(p + 9, digits) != 3 || p[12] != ' ') {
        return FETCH_HTTP_STATUS_LINE;
    }
    h->status = (unsigned)(p[9] - '0') * 100 + (unsigned)(p[10] - '0') * 10 +
                (unsigned)(p[11] - '0');
    if (h->status != 200) {
        return FETCH_HTTP_STATUS;
    }
    go(h, READS_FIELDS);
    return FETCH_HTTP_MORE;
}

static bool is_same(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static enum fetch_http_answer take_length(
    struct fetch_http *h, const char *value, size_t length)
{
    int64_t number = 0;

    if (h->has_length || length == 0 || strspn(value, digits) < length ||
        text_to_i64(value, length, 0, INT64_MAX, &number) != OK) {
        return FETCH_HTTP_LENGTH;
    }
    if (number > (int64_t)FETCH_BODY_MAX) {
        return FETCH_HTTP_BODY_SIZE;
    }
    h->has_length = true;
    h->left = (size_t)number;
    return FETCH_HTTP_MORE;
}

static enum fetch_http_answer take_field(struct fetch_http *h, const char *name,
    size_t name_length, const char *value, size_t length)
{
    if (is_same(name, name_length, "Content-Length")) {
        return take_length(h, value, length);
    }
    if (is_same(name, name_length, "Transfer-Encoding")) {
        bool good = !h->is_chunked && is_same(value, length, "chunked");
        h->is_chunked = true;
        return good ? FETCH_HTTP_MORE : FETCH_HTTP_CODING;
    }
    if (is_same(name, name_length, "Content-Encoding") &&
        !is_same(value, length, "identity")) {
        return FETCH_HTTP_CODING;
    }
    return FETCH_HTTP_MORE;
}

static enum fetch_http_answer end_fields(struct fetch_http *h)
{
    if (h->has_length && h->is_chunked) {
        return FETCH_HTTP_CODING;
    }
    if (!h->has_length && !h->is_chunked) {
        return FETCH_HTTP_NO_LENGTH;
    }
    go(h, h->is_chunked ? READS_CHUNK_SIZE : READS_BODY);
    return h->has_length && h->left == 0 ? FETCH_HTTP_DONE : FETCH_HTTP_MORE;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static enum fetch_http_answer read_field(struct fetch_http *h)
{
    const char *name = h->line;
    const char *end = h->line + h->line_length;
    size_t name_length = strspn(name, in_tokens);
    const char *value = name + name_length;

    if (h->line_length == 0) {
        return end_fields(h);
    }
    if (name_length == 0 || *value != ':') {
        return FETCH_HTTP_FIELD;
    }
    do {
        value++;
    } while (value < end && is_blank(*value));
    while (end > value && is_blank(end[-1])) {
        end--;
    }
    for (const char *p = value; p < end; p++) {
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f) {
            return FETCH_HTTP_FIELD;
        }
    }
    return take_field(h, name, name_length, value, (size_t)(end - value));
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum fetch_http_answer read_chunk_size(struct fetch_http *h)
{
    size_t size = 0;

    if (h->line_length == 0 || h->line_length > CHUNK_DIGITS_MAX) {
        return FETCH_HTTP_CHUNK;
    }
    for (size_t i = 0; i < h->line_length; i++) {
        int value = hex_value(h->line[i]);
        if (value < 0) {
            return FETCH_HTTP_CHUNK;
        }
        size = size * 16 + (size_t)value;
    }
    if (size > FETCH_BODY_MAX - h->body.length) {
        return FETCH_HTTP_BODY_SIZE;
    }
    h->left = size;
    go(h, size > 0 ? READS_CHUNK : READS_TRAILER);
    return FETCH_HTTP_MORE;
}

static enum fetch_http_answer read_line(struct fetch_http *h)
{
    switch ((enum state)h->state) {
    case READS_STATUS:
        return read_status(h);
    case READS_FIELDS:
        return read_field(h);
    case READS_CHUNK_SIZE:
        return read_chunk_size(h);
    case READS_CHUNK_END:
        go(h, READS_CHUNK_SIZE);
        return h->line_length == 0 ? FETCH_HTTP_MORE : FETCH_HTTP_CHUNK;
    case READS_TRAILER:
        return h->line_length == 0 ? FETCH_HTTP_DONE : FETCH_HTTP_TRAILER;
    case READS_BODY:
    case READS_CHUNK:
        break;
    }
    fatal("not a line: state %u", h->state);
}

/* Up to the end of a line, which is then read. The end counts, too; no line has a NUL. */
static enum fetch_http_answer take_line(
    struct fetch_http *h, const char *bytes, size_t length, size_t *taken_out)
{
    const char *end = memchr(bytes, '\n', length);
    size_t size = end == NULL ? length : (size_t)(end - bytes) + 1;

    *taken_out = size;
    if (h->state <= READS_FIELDS) {
        h->head_length += size;
    }
    if (h->head_length > FETCH_HEAD_MAX) {
        return FETCH_HTTP_HEAD_SIZE;
    }
    if (size >= sizeof(h->line) - h->line_length || memchr(bytes, '\0', size) != NULL) {
        return FETCH_HTTP_LINE;
    }
    memcpy(h->line + h->line_length, bytes, size);
    h->line_length += size;
    if (end == NULL) {
        return FETCH_HTTP_MORE;
    }
    if (h->line_length < 2 || h->line[h->line_length - 2] != '\r') {
        return FETCH_HTTP_LINE;
    }
    h->line_length -= 2;
    h->line[h->line_length] = '\0';
    enum fetch_http_answer answer = read_line(h);
    h->line_length = 0;
    return answer;
}

/* --- the body ----------------------------------------------------------------------- */

static enum fetch_http_answer take_body(
    struct fetch_http *h, const char *bytes, size_t length, size_t *taken_out)
{
    size_t size = length < h->left ? length : h->left;

    buf_add(&h->body, bytes, size);
    if (buf_error(&h->body) != OK) {
        return FETCH_HTTP_MEMORY;
    }
    *taken_out = size;
    h->left -= size;
    if (h->left > 0) {
        return FETCH_HTTP_MORE;
    }
    if (h->state == READS_BODY) {
        return FETCH_HTTP_DONE;
    }
    go(h, READS_CHUNK_END);
    return FETCH_HTTP_MORE;
}

enum fetch_http_answer fetch_http_read(
    struct fetch_http *h, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (h->answer == FETCH_HTTP_MORE && length > 0) {
        size_t taken = 0;
        bool in_body = h->state == READS_BODY || h->state == READS_CHUNK;
        h->answer =
            in_body ? take_body(h, at, length, &taken) : take_line(h, at, length, &taken);
        at += taken;
        length -= taken;
    }
    return h->answer;
}
