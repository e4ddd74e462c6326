#include "record_err.h"

#include <stddef.h>

struct entry {
    int16_t code;
    const char *text;
};

static const struct entry entries[] = {[RECORD_OK] = {0, "ok"},
#define RECORD_ERR_ENTRY(name, code, text) [name] = {code, text},
    RECORD_ERR_LIST(RECORD_ERR_ENTRY)
#undef RECORD_ERR_ENTRY
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

int16_t record_err_code(enum record_err e)
{
    return (size_t)e < ENTRY_COUNT ? entries[e].code : -1;
}

const char *record_err_text(enum record_err e)
{
    return (size_t)e < ENTRY_COUNT ? entries[e].text : "unknown error";
}
