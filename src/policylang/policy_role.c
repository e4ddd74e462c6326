#include "policy_role.h"

#include "policy_array.h"
#include "policy_definition.h"
#include "policy_target.h"

static bool parse_entry(struct policy_cursor *c)
{
    struct policy_range ignored;

    return policy_target_parse_all(c, &ignored) && policy_cursor_need_end(c);
}

bool policy_role_parse(struct policy_cursor *c)
{
    struct policy_model_role role = {.file = c->file};
    size_t number = c->model->roles_count;
    size_t first = c->model->targets_count;

    if (!policy_definition_name(c, "a role name", &role.name) ||
        !policy_cursor_added(c, policy_array_add_role(c->model, role))) {
        return false;
    }
    bool good = policy_cursor_block(c, parse_entry);
    c->model->roles[number].targets = policy_range_to(first, c->model->targets_count);
    return good && policy_cursor_need_end(c);
}
