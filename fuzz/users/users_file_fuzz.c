#include "users_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        __builtin_trap();
    }
}

/* What parses serialises to the same bytes, and each name finds its own entry. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct users_file f;
    struct users_problem problem = {.line = 0};
    struct buf out;

    users_file_init(&f);
    buf_init(&out, USERS_FILE_SIZE_MAX);
    enum err e = users_file_parse(&f, data, size, &problem);
    if (e == OK) {
        demand(users_file_serialise(&f, &out) == OK);
        demand(out.length == size && (size == 0 || memcmp(out.bytes, data, size) == 0));
        for (size_t i = 0; i < f.count; i++) {
            const struct users_entry *entry = f.entries[i];
            demand(users_file_find(&f, entry->name, entry->name_length) == entry);
            demand(entry->group_count <= USERS_GROUPS_MAX && entry->expires_ms >= 0);
            demand(entry->old_hash == NULL ||
                   users_hash_is_valid(entry->old_hash, strlen(entry->old_hash)));
        }
    } else {
        demand(e == ERR_INVALID && f.count == 0 && problem.help != NULL);
        demand(problem.line >= 1 && problem.column >= 1 && problem.column <= size + 1);
        users_problem_describe(&problem, "users", &out);
        demand(buf_error(&out) == OK);
    }
    buf_fini(&out);
    users_file_fini(&f);
    return 0;
}
