#include "gate_versions.h"

#include "gate_session.h"
#include "wire_admin_api.h"
#include "wire_code.h"
#include "wire_feature.h"

#include <ctype.h>
#include <string.h>

#define NO_EPOCH (-1) /* nothing is said of finalized features */

static struct wire_view text_view(const char *text)
{
    return (struct wire_view){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

/* Letters and digits, with '-' and '.' inside only (KIP-511). */
static bool is_software_name(struct wire_view text)
{
    if (text.len == 0 || !isalnum(text.ptr[0]) || !isalnum(text.ptr[text.len - 1])) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!isalnum(text.ptr[i]) && text.ptr[i] != '-' && text.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

enum err gate_versions(struct gate *g, const struct wire_request_header *h,
    const struct api_versions_request *request, bool *accepted_out)
{
    struct api_versions_response response = {0};
    struct api_versions_response_supported_feature_key supported = {
        .name = text_view(WIRE_FEATURE_METADATA),
        .min_version = WIRE_FEATURE_METADATA_LEVEL,
        .max_version = WIRE_FEATURE_METADATA_LEVEL};
    struct api_versions_response_finalized_feature_key finalized = {
        .name = text_view(WIRE_FEATURE_METADATA),
        .min_version_level = WIRE_FEATURE_METADATA_LEVEL,
        .max_version_level = WIRE_FEATURE_METADATA_LEVEL};
    size_t count = g->is_admin ? wire_admin_count() : wire_api_count();

    struct api_versions_response_api_version *keys =
        arena_alloc(&g->arena, count, sizeof(*keys));
    if (keys == NULL) {
        return ERR_NOMEM;
    }
    if (h->version >= 3 && (!is_software_name(request->client_software_name) ||
                               !is_software_name(request->client_software_version))) {
        response.error_code = WIRE_CODE_INVALID_REQUEST;
    }
    for (size_t i = 0; i < count; i++) {
        const struct wire_api *api = g->is_admin ? wire_admin_at(i) : wire_api_at(i);
        keys[i].api_key = api->key;
        keys[i].min_version = wire_api_advertised_min(api);
        keys[i].max_version = api->max;
    }
    response.api_keys = (struct wire_array){
        .items = keys, .count = response.error_code == 0 ? (int32_t)count : 0};
    *accepted_out = response.error_code == 0;
    if (*accepted_out) {
        response.supported_features =
            (struct wire_array){.items = &supported, .count = 1};
        response.finalized_features =
            (struct wire_array){.items = &finalized, .count = 1};
    } else {
        response.finalized_features_epoch = NO_EPOCH;
    }
    return gate_session_respond(g, h, &response);
}

enum err gate_versions_unsupported(struct gate *g, int32_t correlation_id)
{
    const struct wire_api *api = wire_api_find(WIRE_API_API_VERSIONS);
    struct api_versions_response_api_version key = {
        .api_key = api->key, .min_version = api->min, .max_version = api->max};
    struct api_versions_response response = {.error_code = WIRE_CODE_UNSUPPORTED_VERSION,
        .api_keys = {.items = &key, .count = 1}};
    struct wire_request_header v0 = {
        .key = api->key, .version = 0, .correlation_id = correlation_id, .api = api};

    return gate_session_respond(g, &v0, &response);
}
