#include "test.h"

#include "wire_sample.h"

#include <string.h>

static void versions_are_half_open(void **state)
{
    (void)state;
    const struct wire_versions two_to_four = BETWEEN(2, 4);
    const struct wire_versions open = SINCE(3);
    const struct wire_versions never = {0, 0};

    assert_false(wire_versions_include(two_to_four, 1));
    assert_true(wire_versions_include(two_to_four, 2));
    assert_true(wire_versions_include(two_to_four, 4));
    assert_false(wire_versions_include(two_to_four, 5));
    assert_false(wire_versions_include(open, 2));
    assert_true(wire_versions_include(open, 3));
    assert_true(wire_versions_include(open, INT16_MAX - 1));
    assert_false(wire_versions_include(never, 0));
    assert_false(wire_versions_any(never));
    assert_true(wire_versions_any(open));
}

static void sizes_are_those_of_the_c_types(void **state)
{
    (void)state;
    assert_int_equal(wire_type_size(WIRE_TYPE_BOOL), sizeof(bool));
    assert_int_equal(wire_type_size(WIRE_TYPE_INT16), 2);
    assert_int_equal(wire_type_size(WIRE_TYPE_FLOAT64), sizeof(double));
    assert_int_equal(wire_type_size(WIRE_TYPE_UUID), sizeof(struct wire_uuid));
    assert_int_equal(wire_type_size(WIRE_TYPE_STRING), sizeof(struct wire_view));
    assert_int_equal(wire_type_size(WIRE_TYPE_RECORDS), sizeof(struct wire_view));
    for (size_t i = 0; i < sample_schema.count; i++) {
        const struct wire_field *field = &sample_schema.fields[i];
        if (field->type == WIRE_TYPE_ARRAY) {
            assert_int_equal(wire_element_size(field), field->nested != NULL
                                                           ? sizeof(struct sample_part)
                                                           : sizeof(struct wire_view));
        }
    }
}

static void defaults_are_what_the_table_says(void **state)
{
    (void)state;
    struct sample s;
    memset(&s, 0x5a, sizeof(s));
    wire_set_defaults(&sample_schema, &s);

    assert_true(s.flag);
    assert_int_equal(s.i8, -1);
    assert_int_equal(s.i16, -1);
    assert_int_equal(s.u16, 65535);
    assert_int_equal(s.i32, INT32_MIN);
    assert_int_equal(s.u32, UINT32_MAX);
    assert_true(s.i64 == INT64_MAX);
    assert_true(s.f64 == 2.0);
    assert_int_equal(s.id.bytes[15], 0);
    assert_null(s.text.ptr);
    assert_non_null(s.gone.ptr);
    assert_int_equal(s.gone.len, 0);
    assert_non_null(s.blob.ptr);
    assert_null(s.records.ptr);
    assert_int_equal(s.part.small, 3);
    assert_int_equal(s.parts.count, -1);
    assert_int_equal(s.names.count, 0);
    assert_int_equal(s.tagged_part.small, 3);
    assert_null(s.tagged_blob.ptr);
}

static bool is_default(const struct sample *s, const void *member)
{
    for (size_t i = 0; i < sample_schema.count; i++) {
        if ((const uint8_t *)s + sample_schema.fields[i].offset == member) {
            return wire_is_default(&sample_schema.fields[i], member);
        }
    }
    fail();
    return false;
}

static void any_other_value_is_not_the_default(void **state)
{
    (void)state;
    struct sample s;
    wire_set_defaults(&sample_schema, &s);
    for (size_t i = 0; i < sample_schema.count; i++) {
        assert_true(is_default(&s, (uint8_t *)&s + sample_schema.fields[i].offset));
    }
    s.flag = false;
    s.i8 = 0;
    s.i16 = 1;
    s.u16 = 65534;
    s.i32 = INT32_MIN + 1;
    s.i64 = 0;
    s.f64 = -2.0;
    s.id.bytes[15] = 1;
    s.text = (struct wire_view){(const uint8_t *)"", 0};
    s.gone = (struct wire_view){(const uint8_t *)"x", 1};
    s.blob = (struct wire_view){NULL, 0};
    s.part.numbers.count = 1;
    s.parts.count = 0;
    s.names.count = 1;
    assert_false(is_default(&s, &s.flag));
    assert_false(is_default(&s, &s.i8));
    assert_false(is_default(&s, &s.i16));
    assert_false(is_default(&s, &s.u16));
    assert_false(is_default(&s, &s.i32));
    assert_false(is_default(&s, &s.i64));
    assert_false(is_default(&s, &s.f64));
    assert_false(is_default(&s, &s.id));
    assert_false(is_default(&s, &s.text));
    assert_false(is_default(&s, &s.gone));
    assert_false(is_default(&s, &s.blob));
    assert_false(is_default(&s, &s.part));
    assert_false(is_default(&s, &s.parts));
    assert_false(is_default(&s, &s.names));
}

static void fields_are_found_by_the_name_that_the_protocol_has(void **state)
{
    (void)state;
    const struct wire_field *field = wire_field_find(&sample_schema, "I16");
    assert_non_null(field);
    assert_int_equal(field->offset, offsetof(struct sample, i16));
    assert_null(wire_field_find(&sample_schema, "i16"));
    assert_null(wire_field_find(&sample_schema, "I1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_half_open),
        cmocka_unit_test(sizes_are_those_of_the_c_types),
        cmocka_unit_test(defaults_are_what_the_table_says),
        cmocka_unit_test(fields_are_found_by_the_name_that_the_protocol_has),
        cmocka_unit_test(any_other_value_is_not_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
