#include "ldap_plugin.h"

/* The one symbol that ldap.so exports. */
__attribute__((visibility("default"))) const struct schloss_auth_plugin *
schloss_auth_plugin_v1(uint32_t host_abi)
{
    return host_abi >> 16 == SCHLOSS_AUTH_ABI_MAJOR ? ldap_plugin() : NULL;
}
