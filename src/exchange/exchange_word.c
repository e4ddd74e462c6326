/* The words that the language has for a principal, an address and a name. */
#include "exchange_fold.h"

#include "text.h"

#include <arpa/inet.h>
#include <string.h>

#define PRINCIPAL_MAX 300 /* with them, a statement fits into a line of the language */
#define NAME_MAX      2000
#define HOST_MAX      50
#define USER          "User:"
#define USER_LENGTH   (sizeof(USER) - 1)

static bool is_word(struct policy_view text, const char *more)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr(more, c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

/* Between quotation marks anything may stand but one of them, and what a terminal or an
 * editor would obey. */
static bool can_be_quoted(struct policy_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool c1 = c == 0xc2 && i + 1 < text.len && text.ptr[i + 1] < 0xa0;
        bool turns = c == 0xe2 && i + 2 < text.len &&
                     ((text.ptr[i + 1] == 0x80 && text.ptr[i + 2] >= 0xa8) ||
                         (text.ptr[i + 1] == 0x81 && text.ptr[i + 2] >= 0xa0));
        if (c < 0x20 || c == 0x7f || c == '"' || c1 || turns) {
            return false;
        }
    }
    return text.len > 0 && text_is_utf8(text.ptr, text.len);
}

static bool starts_with_user(struct policy_view text)
{
    return text.len >= USER_LENGTH && memcmp(text.ptr, USER, USER_LENGTH) == 0;
}

/* A leading `User:` is no part of the name in the language, so that a name that begins
 * with it gets one more. */
static bool add_quoted(struct policy_view text, bool is_user, struct buf *out)
{
    if (!can_be_quoted(text)) {
        return false;
    }
    buf_add_text(out, is_user && starts_with_user(text) ? "\"" USER : "\"");
    buf_add(out, text.ptr, text.len);
    buf_add_text(out, "\"");
    return true;
}

static bool add_user(struct policy_view name, struct buf *out)
{
    if (name.len == 0 || name.len > PRINCIPAL_MAX) {
        return false;
    }
    if (exchange_view_is(name, "any") || exchange_view_is(name, "anonymous")) {
        buf_add_text(out, USER);
    } else if (!is_word(name, "._/%+-@") || name.ptr[0] == '@') {
        return add_quoted(name, true, out);
    }
    buf_add(out, name.ptr, name.len);
    return true;
}

bool exchange_word_is_team(struct policy_view name)
{
    return name.len <= PRINCIPAL_MAX && is_word(name, "._-");
}

bool exchange_word_member(struct policy_view principal, struct buf *out)
{
    return starts_with_user(principal) && !exchange_view_is(principal, "User:*") &&
           !exchange_view_is(principal, "User:ANONYMOUS") &&
           add_user((struct policy_view){principal.ptr + USER_LENGTH,
                        principal.len - USER_LENGTH},
               out);
}

static bool add_team(
    const struct exchange_set *s, struct policy_view name, struct buf *out)
{
    for (size_t i = 0; i < s->team_count; i++) {
        if (exchange_view_compare(s->teams[i].name, name) == 0 && s->teams[i].count > 0 &&
            exchange_word_is_team(name)) {
            buf_add_text(out, "@");
            buf_add(out, name.ptr, name.len);
            return true;
        }
    }
    return false;
}

bool exchange_word_principal(
    const struct exchange_set *s, struct policy_view principal, struct buf *out)
{
    static const char role[] = "RedpandaRole:";
    size_t role_length = sizeof(role) - 1;

    if (exchange_view_is(principal, "User:*")) {
        buf_add_text(out, "any");
        return true;
    }
    if (exchange_view_is(principal, "User:ANONYMOUS")) {
        buf_add_text(out, "anonymous");
        return true;
    }
    if (principal.len > role_length && memcmp(principal.ptr, role, role_length) == 0) {
        return add_team(s,
            (struct policy_view){
                principal.ptr + role_length, principal.len - role_length},
            out);
    }
    return exchange_word_member(principal, out);
}

/* No bit is set behind the first `bits`. */
static bool is_network(const uint8_t *address, size_t size, int64_t bits)
{
    for (size_t i = 0; i < size * 8; i++) {
        if ((int64_t)i >= bits && (address[i / 8] & (0x80u >> (i % 8))) != 0) {
            return false;
        }
    }
    return true;
}

bool exchange_word_host(struct policy_view host, struct buf *out)
{
    char text[HOST_MAX + 1];
    uint8_t address[16];
    int64_t bits = 128;

    if (host.len == 0 || host.len > HOST_MAX) {
        return false;
    }
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    char *slash = strchr(text, '/');
    if (slash != NULL) {
        *slash = '\0';
        if (text_to_i64(slash + 1, strlen(slash + 1), 0, 128, &bits) != OK) {
            return false;
        }
    }
    bool good =
        inet_pton(AF_INET, text, address) == 1
            ? (slash == NULL || bits <= 32) && is_network(address, 4, bits)
            : inet_pton(AF_INET6, text, address) == 1 && is_network(address, 16, bits);
    if (good) {
        buf_add(out, host.ptr, host.len);
    }
    return good;
}

bool exchange_word_name(const struct exchange_acl *a, struct buf *out)
{
    struct policy_view name = a->name;
    bool is_user = a->resource == POLICY_USER;

    if (name.len == 0 || name.len > NAME_MAX) {
        return false;
    }
    if (!a->is_prefix && exchange_view_is(name, "*")) {
        buf_add_text(out, "*");
        return true;
    }
    if (is_user) {
        if (!starts_with_user(name) || name.len == USER_LENGTH) {
            return false;
        }
        name.ptr += USER_LENGTH;
        name.len -= USER_LENGTH;
    }
    bool plain = is_word(name, "._:@/%+-") && !(is_user && starts_with_user(name));
    if (a->is_prefix) {
        buf_add(out, name.ptr, plain ? name.len : 0);
        buf_add_text(out, plain ? "*" : "");
        return plain;
    }
    if (!plain) {
        return add_quoted(name, is_user, out);
    }
    buf_add(out, name.ptr, name.len);
    return true;
}
