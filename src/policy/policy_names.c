/* The words of policy files for what has a code here, and addresses as text. */
#include "policy_blob.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const char *policy_operation_name(enum policy_operation operation)
{
    switch (operation) {
    case POLICY_READ:
        return "read";
    case POLICY_WRITE:
        return "write";
    case POLICY_CREATE:
        return "create";
    case POLICY_DELETE:
        return "delete";
    case POLICY_ALTER:
        return "alter";
    case POLICY_DESCRIBE:
        return "describe";
    case POLICY_CLUSTER_ACTION:
        return "cluster-action";
    case POLICY_DESCRIBE_CONFIGS:
        return "describe-configs";
    case POLICY_ALTER_CONFIGS:
        return "alter-configs";
    case POLICY_IDEMPOTENT_WRITE:
        return "idempotent-write";
    case POLICY_CREATE_TOKENS:
        return "create-tokens";
    case POLICY_DESCRIBE_TOKENS:
        return "describe-tokens";
    case POLICY_TWO_PHASE_COMMIT:
        return "two-phase-commit";
    }
    return "unknown";
}

const char *policy_resource_name(enum policy_resource resource)
{
    switch (resource) {
    case POLICY_TOPIC:
        return "topic";
    case POLICY_GROUP:
        return "group";
    case POLICY_CLUSTER:
        return "cluster";
    case POLICY_TXN:
        return "txn";
    case POLICY_TOKEN:
        return "token";
    case POLICY_USER:
        return "user";
    }
    return "unknown";
}

const char *policy_method_name(enum policy_method method)
{
    static const char *const names[POLICY_METHODS] = {
        [POLICY_METHOD_NONE] = "none",
        [POLICY_METHOD_MTLS] = "mtls",
        [POLICY_METHOD_GSSAPI] = "gssapi",
        [POLICY_METHOD_OAUTH] = "oauth",
        [POLICY_METHOD_SCRAM256] = "scram256",
        [POLICY_METHOD_SCRAM512] = "scram512",
        [POLICY_METHOD_PLAIN] = "plain",
        [POLICY_METHOD_TOKEN] = "token",
        [POLICY_METHOD_PEER] = "peer",
        [POLICY_METHOD_OTHER] = "other",
    };

    return (unsigned)method < POLICY_METHODS ? names[method] : "unknown";
}

/* --- addresses ---------------------------------------------------------------------------- */

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* One to three digits without a leading zero, up to max. */
static bool parse_bits(const char *text, unsigned max, unsigned *out)
{
    unsigned value = 0;
    size_t length = strlen(text);

    if (length == 0 || length > 3 || (text[0] == '0' && length > 1)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *out = value;
    return value <= max;
}

bool policy_net_is_sound(const struct policy_net *net)
{
    for (unsigned bit = net->bits; bit < 128; bit++) {
        if ((net->address[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

bool policy_net_parse(struct policy_view text, struct policy_net *out)
{
    struct policy_net net = {.bits = 128};
    char copy[POLICY_NET_TEXT_MAX];
    unsigned bits = 0;

    if (text.len >= sizeof(copy) ||
        (text.len > 0 && memchr(text.ptr, 0, text.len) != NULL)) {
        return false;
    }
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    char *slash = strchr(copy, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    bool is_v4 = inet_pton(AF_INET, copy, net.address + sizeof(mapped)) == 1;
    if (is_v4) {
        memcpy(net.address, mapped, sizeof(mapped));
    } else if (inet_pton(AF_INET6, copy, net.address) != 1) {
        return false;
    }
    if (slash != NULL) {
        if (!parse_bits(slash + 1, is_v4 ? 32 : 128, &bits)) {
            return false;
        }
        net.bits = (uint8_t)(is_v4 ? bits + 96 : bits);
    }
    if (!policy_net_is_sound(&net)) {
        return false;
    }
    *out = net;
    return true;
}

void policy_net_text(const struct policy_net *net, char out[POLICY_NET_TEXT_MAX])
{
    char address[INET6_ADDRSTRLEN] = "";
    bool is_v4 = net->bits >= 96 && memcmp(net->address, mapped, sizeof(mapped)) == 0;
    unsigned bits = net->bits;

    if (is_v4) {
        (void)inet_ntop(AF_INET, net->address + sizeof(mapped), address, sizeof(address));
        bits -= 96;
    } else {
        (void)inet_ntop(AF_INET6, net->address, address, sizeof(address));
    }
    if (net->bits == 128) {
        (void)snprintf(out, POLICY_NET_TEXT_MAX, "%s", address);
    } else {
        (void)snprintf(out, POLICY_NET_TEXT_MAX, "%s/%u", address, bits);
    }
}
