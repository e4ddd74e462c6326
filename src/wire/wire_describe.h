/*
 * wire_describe - the tables of an API as JSON, for people and for comparing with other
 * tables.
 */
#ifndef WIRE_DESCRIBE_H
#define WIRE_DESCRIBE_H

#include "buf.h"
#include "wire_api.h"

/*
 * Appends {"request": {...}, "response": {...}}, each with name, versions,
 * flexibleVersions and fields. A field has name, type and versions, and where they apply
 * nullableVersions, taggedVersions, tag, default and fields, in the protocol's own
 * spelling.
 */
void wire_describe_api(const struct wire_api *api, struct buf *out);

#endif
