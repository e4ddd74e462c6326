#include "meta_name.h"

#include <string.h>

bool meta_view_equal(struct wire_view a, struct wire_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

struct wire_view meta_view(const char *text)
{
    return (struct wire_view){(const uint8_t *)text, strlen(text)};
}

static bool is_legal(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-';
}

const char *meta_name_error(struct wire_view name)
{
    if (name.len == 0) {
        return "the topic name is empty";
    }
    if (meta_view_equal(name, meta_view(".")) || meta_view_equal(name, meta_view(".."))) {
        return "the topic name is '.' or '..'";
    }
    if (name.len > META_NAME_MAX) {
        return "the topic name is longer than 249 characters";
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!is_legal(name.ptr[i])) {
            return "the topic name has a character other than ASCII letters, digits, "
                   "'.', '_' "
                   "and '-'";
        }
    }
    return NULL;
}

void meta_name_fold(struct wire_view name, char out[META_NAME_MAX])
{
    for (size_t i = 0; i < name.len && i < META_NAME_MAX; i++) {
        out[i] = name.ptr[i] == '.' ? '_' : (char)name.ptr[i];
    }
}

bool meta_name_is_internal(struct wire_view name)
{
    return meta_view_equal(name, meta_view("__consumer_offsets")) ||
           meta_view_equal(name, meta_view("__transaction_state")) ||
           meta_view_equal(name, meta_view("__share_group_state")) ||
           meta_view_equal(name, meta_view("__cluster_metadata"));
}

int meta_view_compare(struct wire_view a, struct wire_view b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}
