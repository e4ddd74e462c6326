/*
 * A log of metadata records, each behind a length byte: what decodes must encode to
 * something that decodes to the same bytes, and the image must stay whole whatever is
 * applied to it.
 */
#include "meta_image.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check_round_trip(const struct meta_record *record)
{
    struct buf first;
    struct buf second;
    struct meta_record again;

    buf_init(&first, 1 << 16);
    buf_init(&second, 1 << 16);
    meta_record_encode(&first, record);
    check(buf_error(&first) == OK);
    check(meta_record_decode(first.bytes, first.length, &again) == WIRE_OK);
    meta_record_encode(&second, &again);
    check(first.length == second.length &&
          memcmp(first.bytes, second.bytes, first.length) == 0);
    buf_fini(&first);
    buf_fini(&second);
}

/* Every row has a value, and is found by its entity. */
static void check_quotas(const struct meta_quotas *quotas)
{
    size_t counts[META_QUOTA_KEYS] = {0};
    const struct meta_quota *row;

    for (size_t cursor = 0; (row = meta_quota_next(quotas, &cursor)) != NULL;) {
        bool has_any = false;
        for (size_t i = 0; i < META_QUOTA_KEYS; i++) {
            counts[i] += row->has[i] ? 1 : 0;
            has_any = has_any || row->has[i];
        }
        check(has_any && meta_quota_find(quotas, &row->entity) == row);
        check(meta_quota_entity_error(&row->entity) == NULL);
    }
    check(memcmp(counts, quotas->counts, sizeof(counts)) == 0);
}

/* Every row is good, and is found by its user and mechanism. */
static void check_credentials(const struct meta_credentials *all)
{
    const struct meta_credential *row;

    for (size_t cursor = 0; (row = meta_credential_next(all, &cursor)) != NULL;) {
        check(meta_credential_error(row, false) == NULL);
        check(row->serial > 0 && row->serial <= all->serial);
        check(meta_credential_find(all, row->name, row->mechanism) == row);
    }
}

/* Every row is good, and is found by its id and by its values. */
static void check_acls(const struct meta_acls *all)
{
    const struct meta_acl *row;

    check(all->by_id.count == all->by_values.count);
    for (size_t cursor = 0; (row = meta_acl_next(all, &cursor)) != NULL;) {
        check(meta_acl_error(row) == NULL);
        check(meta_acl_find(all, row) == row && meta_acl_by_id(all, row->id) == row);
    }
}

static void check_image(const struct meta_image *image)
{
    int32_t partitions = 0;

    check_quotas(&image->quotas);
    check_credentials(&image->credentials);
    check_acls(&image->acls);
    check(image->topic_count == image->by_name.count);
    check(image->topic_count == image->by_id.count);
    check(image->topic_count == image->by_folded_name.count);
    for (size_t i = 0; i < image->topic_count; i++) {
        const struct meta_topic *t = image->topics[i];
        check(i == 0 || strcmp(image->topics[i - 1]->name, t->name) < 0);
        check(meta_image_topic(image, meta_view(t->name)) == t);
        check(meta_image_topic_by_id(image, t->id) == t);
        partitions += t->partition_count;
    }
    check(partitions == image->partition_count);
    check(partitions <= image->limits.partitions_max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct meta_limits limits = {
        .topics_max = 4, .partitions_max = 6, .partitions_per_topic_max = 4};
    struct meta_image image;

    meta_image_init(&image, &limits);
    while (size > 0) {
        size_t length = data[0] < size - 1 ? data[0] : size - 1;
        struct meta_record record;
        struct meta_change change;
        if (meta_record_decode(data + 1, length, &record) == WIRE_OK) {
            check_round_trip(&record);
            if (meta_apply(&image, &record, &change) == OK) {
                check(strlen(change.topic_name) <= META_NAME_MAX);
            }
            check_image(&image);
        }
        data += 1 + length;
        size -= 1 + length;
    }
    meta_image_fini(&image);
    return 0;
}
