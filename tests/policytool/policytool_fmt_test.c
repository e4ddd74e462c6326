#include "test.h"

#include "mem.h"
#include "policy_compile.h"
#include "policytool_fmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct policy_view view(const char *text)
{
    return (struct policy_view){(const uint8_t *)text, strlen(text)};
}

/* What becomes of it, NUL-terminated; NULL: refused, with the report in why. */
static char *laid_out(const char *text, struct buf *why)
{
    struct report report;
    struct buf out;
    char *copy = NULL;

    buf_init(&out, 1 << 20);
    report_init(&report, why);
    if (policytool_fmt("a.policy", view(text), &report, &out) == OK) {
        copy = mem_copy_text(out.bytes, out.length);
        assert_non_null(copy);
    }
    buf_fini(&out);
    return copy;
}

static void check(const char *text, const char *expected)
{
    struct buf why;

    buf_init(&why, 4096);
    char *once = laid_out(text, &why);
    assert_non_null(once);
    assert_string_equal(once, expected);
    char *twice = laid_out(once, &why);
    assert_non_null(twice);
    assert_string_equal(twice, expected);
    mem_free(once);
    mem_free(twice);
    buf_fini(&why);
}

static void check_refused(const char *text, const char *expected)
{
    struct buf why;

    buf_init(&why, 1 << 16);
    assert_null(laid_out(text, &why));
    buf_add(&why, "", 1);
    assert_int_equal(buf_error(&why), OK);
    assert_string_equal((const char *)why.bytes, expected);
    buf_fini(&why);
}

static void words_stand_one_blank_apart_and_commas_behind_them(void **state)
{
    (void)state;
    check("  allow\talice ,bob   to read topic a,b group  g\r\n",
        "allow alice, bob to read topic a, b group g\n");
    check("allow a to read topic x with tls>=1.3 and age<8h",
        "allow a to read topic x with tls >= 1.3 and age < 8h\n");
    check("deny \"a  b\" to all topic \"x,y\"\n", "deny \"a  b\" to all topic \"x,y\"\n");
}

static void equal_signs_of_neighbours_stand_under_each_other(void **state)
{
    (void)state;
    check("net dc={10.0.0.0/8}\nauth strong = { mtls }\n\nteam a ={x}\n",
        "net dc      = { 10.0.0.0/8 }\nauth strong = { mtls }\n\nteam a = { x }\n");
    check("team \"\xc3\xa4\xc3\xa4\" = { x }\nteam abcdef = { y }\n",
        "team \"\xc3\xa4\xc3\xa4\"   = { x }\nteam abcdef = { y }\n");
    check("team a = { x }\nallow any to read topic t\nteam bcd = { y }\n",
        "team a = { x }\nallow any to read topic t\nteam bcd = { y }\n");
}

static void scopes_of_neighbouring_includes_stand_under_each_other(void **state)
{
    (void)state;
    check(
        "include \"a\" scope topic b, a\ninclude \"bcd\" scope topic *\ninclude \"e\"\n",
        "include \"a\"   scope topic a, b\ninclude \"bcd\" scope topic *\ninclude "
        "\"e\"\n");
}

static void lists_are_sorted(void **state)
{
    (void)state;
    check("team t = { c, \"b\", b, a }\n", "team t = { a, b, \"b\", c }\n");
    check("team t = {\n  b,\n  a\n}\n", "team t = { a, b }\n");
    check("x: deny c, a to write, read topic z, y* group g via B, A\n",
        "x: deny a, c to read, write topic y*, z group g via A, B\n");
    check("exclusive @b, @a\n", "exclusive @a, @b\n");
    check("role r {\n read topic b,a\n}\n", "role r {\n    read topic a, b\n}\n");
}

static void networks_keep_their_order(void **state)
{
    (void)state;
    check("net n = {\n  10.9.0.0/16,\n  10.10.0.0/16\n}\n",
        "net n = { 10.9.0.0/16, 10.10.0.0/16 }\n");
    check("x: deny b, a to read topic t from not @z, 10.9.0.1 via B, A\n",
        "x: deny a, b to read topic t from not @z, 10.9.0.1 via A, B\n");
    check("x: deny b, a to read topic t from @z, 10.9.0.1\n",
        "x: deny a, b to read topic t from @z, 10.9.0.1\n");
}

static void a_rule_whose_id_is_its_text_keeps_its_lists(void **state)
{
    (void)state;
    check("allow c, a to write, read topic b, a\n",
        "allow c, a to write, read topic b, a\n");
    check("grant r, q to c, a\n", "grant r, q to c, a\n");
    check("never c, a to read topic b, a\n", "never c, a to read topic b, a\n");
    check("delegate topic b, a\n", "delegate topic b, a\n");
}

static void statements_keep_their_order(void **state)
{
    (void)state;
    check("policy 1\nteam b = { x }\nteam a = { y }\nallow z to read topic z\nallow a to "
          "read topic a\n",
        "policy 1\nteam b = { x }\nteam a = { y }\nallow z to read topic z\nallow a to "
        "read topic a\n");
}

static void a_list_that_is_too_long_has_one_member_a_line(void **state)
{
    (void)state;
    check("team a-rather-long-name-of-one = { member-number-two, member-number-one, "
          "member-number-three } # all\n",
        "team a-rather-long-name-of-one = {\n    member-number-one,\n    "
        "member-number-three,\n"
        "    member-number-two\n}  # all\n");
    /* It fits, just: 90 columns. */
    check("team abcdefghij = { aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbb, "
          "cccccccccccccccccccc, dd }\n",
        "team abcdefghij = { aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbb, "
        "cccccccccccccccccccc, dd }\n");
    check("team abcdefghij = { aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbb, "
          "cccccccccccccccccccc, ddd }\n",
        "team abcdefghij = {\n    aaaaaaaaaaaaaaaaaaaa,\n    bbbbbbbbbbbbbbbbbbbb,\n"
        "    cccccccccccccccccccc,\n    ddd\n}\n");
}

static void the_entries_of_a_test_stand_in_columns(void **state)
{
    (void)state;
    check(
        "test \"t\" {\na can read topic x\n\n\n   bcd cannot read  topic x from 10.0.0.1 "
        "# why\n\n}\n",
        "test \"t\" {\n    a   can    read topic x\n\n    bcd cannot read topic x from "
        "10.0.0.1  # why\n}\n");
}

static void comments_are_kept(void **state)
{
    (void)state;
    check("# one  \n#two\nallow a to read topic x# three\n",
        "# one\n#two\nallow a to read topic x  # three\n");
    check("team t = { # members\nb, # second\n  # none yet\na }\n",
        "team t = {  # members\n    b,  # second\n    # none yet\n    a }\n");
    check("role r {\n# what for\nread topic x\n}\n",
        "role r {\n    # what for\n    read topic x\n}\n");
}

static void one_blank_line_stands_where_there_were_more_and_before_an_owner(void **state)
{
    (void)state;
    check("\n\npolicy 1\n\n\n\nallow a to read topic x\n\n\n",
        "policy 1\n\nallow a to read topic x\n");
    check("policy 1\n# owner: a@example\nallow a to read topic x\n",
        "policy 1\n\n# owner: a@example\nallow a to read topic x\n");
    check("policy 1\n# of a\n# owner: a@example\nallow a to read topic x\n",
        "policy 1\n# of a\n# owner: a@example\nallow a to read topic x\n");
    check("", "");
    check("\n \n", "");
}

static void compile(const char *text, struct buf *blob)
{
    const struct policy_source source = {"a.policy", (const uint8_t *)text, strlen(text)};
    struct buf errors;

    buf_init(blob, 1 << 20);
    buf_init(&errors, 1 << 16);
    const enum err e = policy_compile_text(&source, 1, blob, &errors);
    buf_add(&errors, "", 1);
    if (e != OK) {
        fail_msg("%s", (const char *)errors.bytes);
    }
    buf_fini(&errors);
}

static void what_is_laid_out_compiles_to_the_same_bytes(void **state)
{
    /* Line by line, since rules carry their lines. */
    static const char text[] =
        "policy 1   cluster \"c\"\n"
        "net n={10.9.0.0/16,10.1.0.0/16}\n"
        "auth s = {mtls,gssapi}\n"
        "team t={d,c,a}\n"
        "role r {\n"
        "  read topic z,y,x* group g\n"
        "}\n"
        "grant   r to @t,b from @n,10.2.0.0/16 with s\n"
        "allow d,c to write,read topic b,a via B,A\n"
        "l: deny e,any to all topic q,p from not 10.4.0.1,10.3.0.1\n"
        "never  any to delete,alter topic ledger,books\n"
        "delegate topic d2.*,d1.*\n";
    struct buf was;
    struct buf is;
    struct buf why;

    (void)state;
    buf_init(&why, 4096);
    char *once = laid_out(text, &why);
    assert_non_null(once);
    assert_string_not_equal(once, text);
    compile(text, &was);
    compile(once, &is);
    assert_int_equal(was.length, is.length);
    assert_memory_equal(was.bytes, is.bytes, was.length);
    mem_free(once);
    buf_fini(&was);
    buf_fini(&is);
    buf_fini(&why);
}

static void what_can_not_be_read_is_refused_with_its_place(void **state)
{
    (void)state;
    check_refused("allow a to read topic \"x\n",
        "a.policy:1:23: error: string is not closed before the end of the line [POL002]\n"
        "    1 | allow a to read topic \"x\n"
        "      |                       ^\n"
        "  help: add a closing \"\n");
    check_refused("\nrole r {\n read topic a\n",
        "a.policy:2:1: error: '{' is not closed [POL003]\n  help: add a closing }\n");
    check_refused("policy 1\n}\n",
        "a.policy:2:1: error: '}' closes nothing [POL004]\n  help: remove it\n");
}

static void a_line_that_would_become_too_long_is_refused(void **state)
{
    static char text[5000] = "allow a";

    (void)state;
    while (strlen(text) < 4060) {
        strcat(text, ",b");
    }
    strcat(text, " to read topic x\n");
    check_refused(text,
        "a.policy:1:1: error: laid out, the line is longer than 4096 bytes [POL090]\n"
        "  help: use several statements, or a list by a name\n");
}

static void out_of_memory_is_told(void **state)
{
    enum err e = ERR_NOMEM;
    struct report report;
    struct buf why;
    struct buf out;

    (void)state;
    buf_init(&why, 4096);
    for (long n = 0; e != OK; n++) {
        buf_init(&out, 4096);
        report_init(&report, &why);
        mem_fail_after(n);
        e = policytool_fmt("a", view("team t = { b, a }\n# c\n"), &report, &out);
        mem_fail_after(-1);
        assert_true(e == OK || e == ERR_NOMEM);
        assert_true(n < 50);
        buf_fini(&out);
    }
    buf_fini(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_stand_one_blank_apart_and_commas_behind_them),
        cmocka_unit_test(equal_signs_of_neighbours_stand_under_each_other),
        cmocka_unit_test(scopes_of_neighbouring_includes_stand_under_each_other),
        cmocka_unit_test(lists_are_sorted),
        cmocka_unit_test(networks_keep_their_order),
        cmocka_unit_test(a_rule_whose_id_is_its_text_keeps_its_lists),
        cmocka_unit_test(statements_keep_their_order),
        cmocka_unit_test(a_list_that_is_too_long_has_one_member_a_line),
        cmocka_unit_test(the_entries_of_a_test_stand_in_columns),
        cmocka_unit_test(comments_are_kept),
        cmocka_unit_test(one_blank_line_stands_where_there_were_more_and_before_an_owner),
        cmocka_unit_test(what_is_laid_out_compiles_to_the_same_bytes),
        cmocka_unit_test(what_can_not_be_read_is_refused_with_its_place),
        cmocka_unit_test(a_line_that_would_become_too_long_is_refused),
        cmocka_unit_test(out_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
