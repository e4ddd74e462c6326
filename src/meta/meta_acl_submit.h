/*
 * meta_acl_submit - decisions about the rules of meta_acl.h. Submit functions as in
 * meta_controller.h.
 *
 * One decision at a time: until it is over, the next is META_ERROR_BUSY.
 */
#ifndef META_ACL_SUBMIT_H
#define META_ACL_SUBMIT_H

#include "meta_controller.h"

/*
 * Adds those that are not there yet: good ones (meta_acl_error()), no two of the same
 * values; their ids are drawn. A batch that stays empty changes nothing.
 */
struct meta_answer meta_submit_acls(struct meta_controller *c, struct meta_acl *acls,
    size_t count, struct meta_batch *batch);
/* Rows of the image, none of them twice. */
struct meta_answer meta_submit_acl_removals(struct meta_controller *c,
    const struct meta_acl *const *rows, size_t count, struct meta_batch *batch);

#endif
