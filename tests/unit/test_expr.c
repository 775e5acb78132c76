/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include "launch/study/expr.h"

static const struct nh_expr_name names[] = {
    {"nodes", 8}, {"ranks_per_node", 36}, {"big", INT64_MAX}, {"small", INT64_MIN}};
enum { NAMES = sizeof names / sizeof *names };

static int64_t value_of(const char *text)
{
    int64_t value = 0;
    struct nh_error err = {0};
    if (nh_expr_eval(text, names, NAMES, &value, &err))
        fail_msg("%s: %s", text, err.text);
    return value;
}

static void refuse(const char *text, const char *part)
{
    int64_t value = 0;
    struct nh_error err = {0};
    assert_int_equal(nh_expr_eval(text, names, NAMES, &value, &err), NH_EINPUT);
    assert_says(&err, part);
    assert_null(strchr(err.text, '\n'));
}

/* Every value is what Python 3 gives, with 1 for True; / is Python's // here, and all
 * divided values are positive, where C and Python agree. */
static void arithmetic_and_precedence(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"10 - 3 - 2", 5},
        {"100 / 7 / 2", 7},
        {"17 % 5 * 2", 4},
        {"-3 + 5", 2},
        {"- -3", 3},
        {"2 - -2", 4},
        {"nodes * ranks_per_node", 288},
        {"nodes*ranks_per_node<=288", 1},
        {"nodes * ranks_per_node < 288", 0},
        {"1 < 2 and 2 < 1", 0},
        {"1 < 2 or 2 < 1", 1},
        {"not 1 < 2", 0},
        {"not not 5", 1},
        {"1 or 0 and 0", 1},
        {"(1 or 0) and 0", 0},
        {"not 0 and 0", 0},
        {"nodes == 8", 1},
        {"nodes != 8", 0},
        {"nodes >= 8 and nodes > 7", 1},
        {"1 + 1 == 2", 1},
        {"\t nodes", 8},
        {"big", INT64_MAX},
        {"9223372036854775807", INT64_MAX},
        {"small", INT64_MIN},
        {"small % -1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (value_of(cases[i].text) != cases[i].value)
            fail_msg("%s gives %lld", cases[i].text, (long long)value_of(cases[i].text));
}

static void the_side_that_does_not_matter_holds_no_trap(void **state)
{
    (void)state;
    assert_int_equal(value_of("nodes > 8 and 8 % (nodes - 8) == 0"), 0);
    assert_int_equal(value_of("nodes == 8 or 8 / (nodes - 8) == 0"), 1);
    assert_int_equal(value_of("0 and big + 1"), 0);
    /* but it must be readable */
    refuse("0 and nods == 1", "'nodes'");
    refuse("1 or (2", "')' is missing");
}

static void what_cannot_be_computed_is_an_error(void **state)
{
    (void)state;
    refuse("8 / (nodes - 8)", "division by zero");
    refuse("8 % 0", "division by zero");
    refuse("big + 1", "too large");
    refuse("small - 1", "too large");
    refuse("big * 2", "too large");
    refuse("-small", "too large");
    refuse("small / -1", "too large");
    refuse("9223372036854775808", "too large");
}

static void what_cannot_be_read_is_named_with_its_place(void **state)
{
    (void)state;
    refuse("", "missing at character 1");
    refuse("nodes <", "missing at character 8");
    refuse("nods > 1", "unknown name 'nods'; did you mean 'nodes'?");
    refuse("frobnicate", "known are");
    refuse("nodes = 8", "write '=='");
    refuse("nodes && 1", "write 'and'");
    refuse("nodes 8", "operator is missing at character 7");
    refuse("1 < nodes < 9", "do not chain");
    refuse("1.5 < nodes", "whole numbers only");
    refuse("2x", "whole numbers only");
    refuse("(nodes", "')' is missing");
    refuse("nodes)", "operator is missing");
    refuse("and 1", "value is missing before");
    refuse("\"a\" == 1", "missing at character 1");
}

static void deep_nesting_ends(void **state)
{
    (void)state;
    char text[4096];
    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    refuse(text, "too deeply nested");
    memset(text, '-', sizeof text - 1);
    refuse(text, "too deeply nested");
    for (size_t i = 0; i + 4 < sizeof text; i += 4)
        memcpy(text + i, "not ", 4);
    refuse(text, "too deeply nested");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_and_precedence),
        cmocka_unit_test(the_side_that_does_not_matter_holds_no_trap),
        cmocka_unit_test(what_cannot_be_computed_is_an_error),
        cmocka_unit_test(what_cannot_be_read_is_named_with_its_place),
        cmocka_unit_test(deep_nesting_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
