#include "test.h"

#include "wire_admin_api.h"

#include <string.h>

static void known_apis_ascend_and_are_found_by_key(void **state)
{
    (void)state;
    assert_int_equal(wire_api_known_count(), 77 + wire_admin_private_count());
    for (size_t i = 0; i < wire_api_known_count(); i++) {
        const struct wire_api *api = wire_api_known_at(i);
        assert_ptr_equal(wire_api_known_find(api->key), api);
        assert_true(api->min >= 0 && api->min <= api->max);
        assert_true(i == 0 || wire_api_known_at(i - 1)->key < api->key);
    }
    assert_null(wire_api_known_find(-1));
    assert_null(wire_api_known_find(4));
    assert_null(wire_api_known_find(93));
    assert_null(wire_api_known_find(INT16_MAX));
}

/* What is not on this list is neither advertised nor decoded. */
static void these_and_no_others_are_served(void **state)
{
    (void)state;
    static const int16_t keys[] = {0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
        19, 20, 21, 22, 23, 29, 30, 31, 32, 33, 34, 35, 36, 37, 42, 43, 44, 45, 46, 47,
        48, 49, 50, 51, 55, 57, 60, 61, 74, 75};
    size_t count = sizeof(keys) / sizeof(keys[0]);
    size_t i = 0;

    assert_int_equal(wire_api_count(), count);
    for (int key = INT16_MIN; key <= INT16_MAX; key++) {
        const struct wire_api *api = wire_api_find((int16_t)key);
        if (i < count && key == keys[i]) {
            assert_ptr_equal(api, wire_api_known_find((int16_t)key));
            assert_ptr_equal(api, wire_api_at(i++));
        } else {
            assert_null(api);
        }
    }
    assert_int_equal(i, count);
}

/* ... and these on the administrator's socket, which has nothing in common with others
 * but ApiVersions. */
static void these_and_no_others_are_private(void **state)
{
    (void)state;
    size_t i = 0;

    assert_int_equal(wire_admin_count(), 7);
    assert_int_equal(wire_admin_private_count(), 6);
    for (int key = INT16_MIN; key <= INT16_MAX; key++) {
        const struct wire_api *api = wire_admin_find((int16_t)key);
        bool is_private = key >= 20000 && key <= 20005;
        assert_int_equal(api != NULL, is_private || key == WIRE_API_API_VERSIONS);
        assert_int_equal(wire_admin_private_find((int16_t)key) != NULL, is_private);
        assert_true(!is_private || wire_api_find((int16_t)key) == NULL);
        if (api != NULL) {
            assert_ptr_equal(api, wire_admin_at(i++));
        }
    }
    assert_int_equal(i, wire_admin_count());
}

static void messages_carry_the_name_of_their_api(void **state)
{
    (void)state;
    for (size_t i = 0; i < wire_api_known_count(); i++) {
        const struct wire_api *api = wire_api_known_at(i);
        size_t len = strlen(api->name);
        assert_memory_equal(api->request->name, api->name, len);
        assert_string_equal(api->request->name + len, "Request");
        assert_memory_equal(api->response->name, api->name, len);
        assert_string_equal(api->response->name + len, "Response");
    }
}

static void versions_end_where_the_table_says(void **state)
{
    (void)state;
    const struct wire_api *fetch = wire_api_find(WIRE_API_FETCH);

    assert_false(wire_api_accepts(fetch, 3));
    assert_true(wire_api_accepts(fetch, 4));
    assert_true(wire_api_accepts(fetch, 18));
    assert_false(wire_api_accepts(fetch, 19));
    assert_false(wire_api_accepts(fetch, -1));
    assert_false(wire_api_is_flexible(fetch, 11));
    assert_true(wire_api_is_flexible(fetch, 12));
    assert_false(wire_api_is_flexible(wire_api_find(WIRE_API_SASL_HANDSHAKE), 1));
}

static void produce_is_advertised_from_0_and_accepted_from_3(void **state)
{
    (void)state;
    for (size_t i = 0; i < wire_api_count(); i++) {
        const struct wire_api *api = wire_api_at(i);
        assert_int_equal(
            wire_api_advertised_min(api), api->key == WIRE_API_PRODUCE ? 0 : api->min);
    }
    assert_false(wire_api_accepts(wire_api_find(WIRE_API_PRODUCE), 2));
    assert_true(wire_api_accepts(wire_api_find(WIRE_API_PRODUCE), 3));
}

/* A struct is always there, an optional one can be null in all versions that have it. */
static void check_null(const struct wire_field *field)
{
    if (field->type == WIRE_TYPE_STRUCT) {
        assert_false(wire_versions_any(field->nullable));
    }
    if (field->type == WIRE_TYPE_OPTIONAL) {
        assert_int_equal(field->nullable.first, field->versions.first);
        assert_int_equal(field->nullable.end, field->versions.end);
        assert_int_equal(field->default_kind, WIRE_DEFAULT_NULL);
    }
}

/* Walks a table: what the codec takes for granted. */
static void check_table(const struct wire_schema *schema, int depth)
{
    assert_true(schema->count > 0 && depth < 8);
    for (size_t i = 0; i < schema->count; i++) {
        const struct wire_field *field = &schema->fields[i];
        bool holds_struct =
            field->type == WIRE_TYPE_STRUCT || field->type == WIRE_TYPE_OPTIONAL ||
            (field->type == WIRE_TYPE_ARRAY && field->element == WIRE_TYPE_STRUCT);
        assert_true(wire_versions_any(field->versions));
        assert_true(field->offset < schema->struct_size);
        assert_int_equal(field->nested != NULL, holds_struct);
        assert_true(
            field->element != WIRE_TYPE_ARRAY && field->element != WIRE_TYPE_OPTIONAL);
        check_null(field);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(schema->fields[j].name, field->name);
            assert_false(wire_versions_any(field->tagged) &&
                         wire_versions_any(schema->fields[j].tagged) &&
                         schema->fields[j].tag == field->tag);
        }
        if (holds_struct) {
            check_table(field->nested, depth + 1);
        }
    }
}

static void every_table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < wire_api_known_count(); i++) {
        check_table(wire_api_known_at(i)->request, 0);
        check_table(wire_api_known_at(i)->response, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_apis_ascend_and_are_found_by_key),
        cmocka_unit_test(these_and_no_others_are_served),
        cmocka_unit_test(these_and_no_others_are_private),
        cmocka_unit_test(messages_carry_the_name_of_their_api),
        cmocka_unit_test(versions_end_where_the_table_says),
        cmocka_unit_test(produce_is_advertised_from_0_and_accepted_from_3),
        cmocka_unit_test(every_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
