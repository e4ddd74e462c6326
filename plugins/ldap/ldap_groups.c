#include "ldap_groups.h"

#include "text.h"

#include <string.h>
#include <strings.h>

static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f) {
            return false;
        }
    }
    return length > 0 && text_is_utf8(name, length);
}

bool ldap_groups_add(struct ldap_groups *g, const char *name, size_t length)
{
    if (g->count >= SCHLOSS_AUTH_GROUPS_MAX || length >= sizeof(g->names) - g->length ||
        !is_name(name, length)) {
        return false;
    }
    memcpy(g->names + g->length, name, length);
    g->names[g->length + length] = '\0';
    g->length += length + 1;
    g->count++;
    return true;
}

bool ldap_groups_is_attribute(const char *said, const char *attribute)
{
    const size_t length = strlen(attribute);

    return length > 0 && strncasecmp(said, attribute, length) == 0 &&
           (said[length] == '\0' || said[length] == ';');
}
