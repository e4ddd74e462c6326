#include "test.h"

#include "wire_api.h"

#include <string.h>

static void apis_ascend_and_are_found_by_key(void **state)
{
    (void)state;
    assert_int_equal(wire_api_count(), 20);
    for (size_t i = 0; i < wire_api_count(); i++) {
        const struct wire_api *api = wire_api_at(i);
        assert_ptr_equal(wire_api_find(api->key), api);
        assert_true(api->min >= 0 && api->min <= api->max);
        assert_true(i == 0 || wire_api_at(i - 1)->key < api->key);
    }
    assert_null(wire_api_find(-1));
    assert_null(wire_api_find(4));
    assert_null(wire_api_find(INT16_MAX));
}

static void messages_carry_the_name_of_their_api(void **state)
{
    (void)state;
    for (size_t i = 0; i < wire_api_count(); i++) {
        const struct wire_api *api = wire_api_at(i);
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

/* Walks a table: what the codec takes for granted. */
static void check_table(const struct wire_schema *schema, int depth)
{
    assert_true(schema->count > 0 && depth < 8);
    for (size_t i = 0; i < schema->count; i++) {
        const struct wire_field *field = &schema->fields[i];
        bool holds_struct =
            field->type == WIRE_TYPE_STRUCT ||
            (field->type == WIRE_TYPE_ARRAY && field->element == WIRE_TYPE_STRUCT);
        assert_true(wire_versions_any(field->versions));
        assert_true(field->offset < schema->struct_size);
        assert_int_equal(field->nested != NULL, holds_struct);
        assert_true(field->element != WIRE_TYPE_ARRAY);
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
    for (size_t i = 0; i < wire_api_count(); i++) {
        check_table(wire_api_at(i)->request, 0);
        check_table(wire_api_at(i)->response, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apis_ascend_and_are_found_by_key),
        cmocka_unit_test(messages_carry_the_name_of_their_api),
        cmocka_unit_test(versions_end_where_the_table_says),
        cmocka_unit_test(produce_is_advertised_from_0_and_accepted_from_3),
        cmocka_unit_test(every_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
