#include "meta_acl_submit.h"

static struct meta_answer finish(struct meta_controller *c, struct meta_batch *batch)
{
    enum err e = meta_batch_error(batch);

    if (e != OK) {
        meta_batch_reset(batch);
        return e == ERR_FULL
                   ? meta_answer(META_ERROR_POLICY,
                         "these are more rules than one request may change; send fewer")
                   : meta_answer(
                         META_ERROR_SERVER, "not enough memory to change the rules");
    }
    c->acls_under_way += batch->count;
    return (struct meta_answer){.error = META_ERROR_NONE};
}

static const struct meta_answer busy = {
    .error = META_ERROR_BUSY, .message = "other rules are being changed: try again"};

struct meta_answer meta_submit_acls(struct meta_controller *c, struct meta_acl *acls,
    size_t count, struct meta_batch *batch)
{
    const struct meta_acls *all = &c->image->acls;

    if (c->acls_under_way > 0) {
        return busy;
    }
    for (size_t i = 0; i < count; i++) {
        if (meta_acl_find(all, &acls[i]) != NULL) {
            continue;
        }
        if (!meta_controller_draw_id(c, &acls[i].id)) {
            meta_batch_reset(batch);
            return meta_answer(META_ERROR_SERVER, "no id could be drawn for a rule");
        }
        meta_batch_add(batch, &(struct meta_record){.type = META_ACL, .acl = acls[i]});
    }
    if (all->by_id.count + batch->count > META_ACLS_MAX) {
        meta_batch_reset(batch);
        return meta_answer(META_ERROR_POLICY,
            "there would be more than 10000 rules, which is the most; remove some first");
    }
    return finish(c, batch);
}

struct meta_answer meta_submit_acl_removals(struct meta_controller *c,
    const struct meta_acl *const *rows, size_t count, struct meta_batch *batch)
{
    if (c->acls_under_way > 0) {
        return busy;
    }
    for (size_t i = 0; i < count; i++) {
        meta_batch_add(batch,
            &(struct meta_record){.type = META_REMOVE_ACL, .removed_acl = rows[i]->id});
    }
    return finish(c, batch);
}
