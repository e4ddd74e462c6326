#include "policy_manifest.h"
#include "policy_state.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

static void same(const struct buf *out, struct policy_view text)
{
    demand(buf_error(out) == OK && out->length == text.len &&
           memcmp(out->bytes, text.ptr, text.len) == 0);
}

/* What parses serialises to the same bytes; the same of the state that is kept. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_view text = {data, size};
    struct policy_manifest m;
    struct policy_state state;
    struct report report;
    struct buf out;

    buf_init(&out, 2 * POLICY_MANIFEST_MAX);
    report_init(&report, &out);
    if (policy_manifest_parse("m", text, &report, &m) == OK) {
        demand(out.length == 0 && m.count <= POLICY_MANIFEST_FILES_MAX);
        for (size_t i = 0; i < m.count; i++) {
            demand(policy_manifest_path_is_good(m.files[i].path));
            demand(policy_manifest_find(&m, m.files[i].path) == &m.files[i]);
        }
        demand(policy_manifest_write(&m, &out) == OK);
        same(&out, text);
        policy_manifest_fini(&m);
    } else {
        demand(report.errors == 1 && m.files == NULL);
    }
    buf_reset(&out);
    if (policy_state_parse(text, &state)) {
        policy_state_write(&state, &out);
        same(&out, text);
    }
    buf_fini(&out);
    return 0;
}
