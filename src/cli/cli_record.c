#include "cli_record.h"

#include "cli_output.h"
#include "text.h"

#include <string.h>

static void add_json_bytes(struct buf *out, const void *bytes, size_t length)
{
    if (bytes == NULL) {
        buf_add_text(out, "null");
    } else {
        text_add_json(out, bytes, length);
    }
}

static void add_json(const struct cli_record *r, struct buf *out)
{
    buf_add_text(out, "{\"topic\": ");
    text_add_json(out, r->topic, strlen(r->topic));
    buf_add_format(out,
        ", \"partition\": %d, \"offset\": %lld, \"timestamp\": ", r->partition,
        (long long)r->offset);
    if (r->timestamp_ms < 0) {
        buf_add_text(out, "null");
    } else {
        buf_add_format(out, "%lld", (long long)r->timestamp_ms);
    }
    buf_add_text(out, ", \"key\": ");
    add_json_bytes(out, r->key, r->key_length);
    buf_add_text(out, ", \"value\": ");
    add_json_bytes(out, r->value, r->value_length);
    buf_add_text(out, "}\n");
}

static void add_bytes(struct buf *out, const void *bytes, size_t length, bool escape)
{
    if (length == 0) {
        return;
    }
    if (escape) {
        cli_add_safe(out, bytes, length, false);
    } else {
        buf_add(out, bytes, length);
    }
}

void cli_record_add(
    const struct cli_record *r, const struct cli_record_style *style, struct buf *out)
{
    if (style->json) {
        add_json(r, out);
        return;
    }
    if (style->with_key) {
        add_bytes(out, r->key, r->key_length, style->escape);
        buf_add_text(out, "\t");
    }
    add_bytes(out, r->value, r->value_length, style->escape);
    buf_add_text(out, "\n");
}
