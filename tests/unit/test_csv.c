/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/import/csv.h"

static struct nh_dataset parsed(const char *csv)
{
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    assert_ok(nh_csv_parse("dir/lid.csv", csv, strlen(csv), &set, &err), err);
    return set;
}

static void refused_bytes(const char *csv, size_t len, const char *where, const char *what)
{
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    char *copy = malloc(len ? len : 1); /* exactly as long: reading on is seen by ASan */
    assert_non_null(copy);
    memcpy(copy, csv, len);
    assert_int_equal(nh_csv_parse("t.csv", copy, len, &set, &err), NH_EINPUT);
    free(copy);
    if (strncmp(err.text, where, strlen(where)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", err.text, where);
    assert_says(&err, what);
    if (!strchr(err.text, ';') && !strchr(err.text, '?'))
        fail_msg("no remedy in: %s", err.text);
    nh_dataset_clear(&set);
}

static void refused(const char *csv, const char *where, const char *what)
{
    refused_bytes(csv, strlen(csv), where, what);
}

static void columns_are_read(void **state)
{
    (void)state;
    struct nh_dataset set = parsed("case,machine,nodes,cores,cells,solver_s,job_s,repeat,note\n"
                                   "lid,c5n.18xlarge,2,72,1e6,12.5,20,3,\"a, \"\"b\"\"\"\n");
    assert_int_equal(set.app_count, 1);
    const struct nh_app *app = &set.apps[0];
    assert_string_equal(app->name, "lid");
    assert_string_equal(app->machine, "c5n.18xlarge");
    assert_string_equal(app->origin, "dir/lid.csv:2");
    const struct nh_app_point *p = &app->points[0];
    assert_int_equal(p->nodes, 2);
    assert_int_equal(p->cores, 72);
    assert_true(p->cells == 1e6);
    assert_string_equal(p->note, "a, \"b\"");
    assert_true(p->rows[0].solver_s == 12.5 && p->rows[0].job_s == 20);
    assert_int_equal(p->rows[0].launch, 3);
    nh_dataset_clear(&set);
}

static void repeats_gather_in_their_point(void **state)
{
    (void)state;
    struct nh_dataset set = parsed("nodes,solver_s\n1,10\n2,6\n1,11\n2,7\n1,12\n");
    assert_int_equal(set.app_count, 1);
    assert_string_equal(set.apps[0].name, "lid"); /* named like the file */
    assert_int_equal(set.apps[0].point_count, 2);
    assert_int_equal(set.apps[0].points[0].row_count, 3);
    assert_int_equal(set.apps[0].points[1].row_count, 2);
    assert_true(isnan(set.apps[0].points[0].rows[0].job_s));
    nh_dataset_clear(&set);
}

static void cases_machines_and_kinds_are_kept_apart(void **state)
{
    (void)state;
    struct nh_dataset set = parsed("nodes,solver_s,case,machine,scaling\n1,1,a,m,\n1,1,b,m,strong\n"
                                   "1,1,a,n,strong\n1,1,a,m,weak\n2,1,a,m,strong\n");
    assert_int_equal(set.app_count, 4);
    assert_int_equal(set.apps[0].point_count, 2);
    assert_int_equal(set.apps[3].kind, NH_WEAK);
    nh_dataset_clear(&set);
}

static void forms_of_lines(void **state)
{
    (void)state;
    struct nh_dataset set = parsed("\xef\xbb\xbf# exported\r\n\r\n \"Nodes\" , SOLVER_S\r\n"
                                   "  # between\r\n 1 , 10 \r\n\r\n\"2\",\"6\"\r\n4,3");
    assert_int_equal(set.apps[0].point_count, 3);
    assert_int_equal(set.apps[0].points[2].nodes, 4);
    nh_dataset_clear(&set);
    set = parsed("nodes,solver_s\r1,10\r2,6\r"); /* line ends of old spreadsheets */
    assert_int_equal(set.apps[0].point_count, 2);
    nh_dataset_clear(&set);
    set = parsed("nodes,solver_s,note\n1,10,\"two\nlines\"\n2,6,\"\xc3\xa9\"\n");
    assert_string_equal(set.apps[0].points[0].note, "two lines");
    assert_string_equal(set.apps[0].points[1].note, "\xc3\xa9");
    nh_dataset_clear(&set);
}

static void header_errors(void **state)
{
    (void)state;
    refused("", "t.csv:1: ", "empty file");
    refused("# only a comment\n", "t.csv:1: ", "empty file");
    refused("nodes,solver_s\n", "t.csv:2: ", "no timings");
    refused("solver_s\n1\n", "t.csv:1: field 'nodes'", "add 'nodes' or 'cores'");
    refused("#c\nnodes,cells\n1,2\n", "t.csv:2: field 'solver_s'", "add 'solver_s' or 'job_s'");
    refused("nodes,solver_s,Nodes\n1,2,1\n", "t.csv:1: field 'nodes'", "twice");
    refused("nodes,sovler_s\n1,2\n", "t.csv:1: field 'sovler_s'", "did you mean 'solver_s'");
    refused("nodes,solver_s,weather\n1,2,3\n", "t.csv:1: field 'weather'", "columns are nodes");
    refused("nodes,,solver_s\n1,2,3\n", "t.csv:1: field 2", "no name");
    refused("nodes;solver_s\n1;2\n", "t.csv:1: field 'nodes;solver_s'", "commas");
    refused("nodes\tsolver_s\n1\t2\n", "t.csv:1: field ", "commas");
}

static void value_errors(void **state)
{
    (void)state;
    static const struct {
        const char *row, *field, *what;
    } rows[] = {
        {"1,0", "solver_s", "is zero"},
        {"1,0.0", "solver_s", "is zero"},
        {"1,-3", "solver_s", "is negative"},
        {"1,fast", "solver_s", "is not a number"},
        {"1,12 s", "solver_s", "is not a number"},
        {"1,1e999", "solver_s", "out of range"},
        {"1,1e30", "solver_s", "out of range"},
        {"1,1e-320", "solver_s", "out of range"},
        {"1,nan", "solver_s", "is not a number"},
        {"1,inf", "solver_s", "is not a number"},
        {"1,0x10", "solver_s", "is not a number"},
        {"1,\"1,5\"", "solver_s", "is not a number; write decimals with a point"},
        {"1,\"1,234.5\"", "solver_s", "thousands without a separator, like 1234.5"},
        {"1,12.5 ms", "solver_s", "leave the unit out: the column holds seconds"},
        {"1,", "solver_s", "empty"},
        {",1", "nodes", "empty"},
        {"1.5,1", "nodes", "not a whole number"},
        {"4.0,1", "nodes", "not a whole number"},
        {"0,1", "nodes", "not greater than zero"},
        {"-2,1", "nodes", "not greater than zero"},
        {"two,1", "nodes", "not a whole number"},
        {"99999999999999999999,1", "nodes", "beyond any cluster"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char csv[128], where[64];
        snprintf(csv, sizeof csv, "nodes,solver_s\n1,5\n%s\n", rows[i].row);
        snprintf(where, sizeof where, "t.csv:3: field '%s'", rows[i].field);
        refused(csv, where, rows[i].what);
    }
}

static void errors_of_other_columns(void **state)
{
    (void)state;
    refused("cores,solver_s,cells\n1,2,-4\n", "t.csv:2: field 'cells'", "negative");
    refused("cores,solver_s,repeat\n1,2,x\n", "t.csv:2: field 'repeat'", "whole number");
    refused("cores,solver_s,scaling\n1,2,medium\n", "t.csv:2: field 'scaling'", "strong or weak");
    refused("nodes,cores,solver_s\n4,2,1\n", "t.csv:2: field 'cores'", "less than the nodes");
    refused("cores,solver_s,job_s\n1,9,8\n", "t.csv:2: field 'job_s'", "less than solver_s");
    refused("cores,solver_s,cells\n1,2,100\n2,1,200\n", "t.csv:3: field 'cells'",
            "name each mesh as its own case");
}

static void line_errors(void **state)
{
    (void)state;
    refused("nodes,solver_s\n1\n", "t.csv:2: 1 field where the header has 2", "quote");
    refused("nodes,solver_s\n1,2,3\n", "t.csv:2: 3 fields where", "2");
    refused("nodes,solver_s,note\n1,2,\"a\nb\n", "t.csv:2: ", "quote without an end");
    refused("nodes,solver_s,note\n1,2,\"a\" b\n", "t.csv:2: ", "after a closing quote");
    refused("nodes,solver_s,note\n1,2,a\"b\n", "t.csv:2: ", "quote inside a field");
    /* A field of several lines: the error names the line where its record begins. */
    refused("nodes,solver_s,note\n1,2,\"a\nb\"\n1,x,c\n", "t.csv:4: field 'solver_s'", "number");
}

static void byte_errors(void **state)
{
    (void)state;
    static const char nul[] = "nodes,solver_s\n1,2\n1,\0003\n";
    refused_bytes(nul, sizeof nul - 1, "t.csv:3: ", "NUL byte");
    refused("nodes,solver_s\n1,2\xff\n", "t.csv:2: ", "0xff is not UTF-8");
    refused("nodes,solver_s,note\n1,2,\xc3\n", "t.csv:2: ", "not UTF-8");
    refused("nodes,solver_s,note\n1,2,\xed\xa0\x80\n", "t.csv:2: ", "not UTF-8"); /* surrogate */
}

static void long_names_are_refused_not_cut(void **state)
{
    (void)state;
    char name[200], csv[400];
    memset(name, 'x', sizeof name);
    name[96] = '\0';
    snprintf(csv, sizeof csv, "nodes,solver_s,case\n1,2,%s\n", name);
    refused(csv, "t.csv:2: field 'case'", "shorten");
    name[32] = '\0';
    snprintf(csv, sizeof csv, "nodes,solver_s,machine\n1,2,%s\n", name);
    refused(csv, "t.csv:2: field 'machine'", "shorten");
}

static void joined_points_keep_their_rows(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_dataset set = parsed("nodes,cores,solver_s\n2,72,5\n1,,10\n,36,11\n");
    struct nh_app *app = &set.apps[0];
    for (size_t i = 0; i < app->point_count; i++) { /* as the machine would complete them */
        app->points[i].nodes = app->points[i].cores == 72 ? 2 : 1;
        app->points[i].cores = 36 * app->points[i].nodes;
    }
    assert_ok(nh_app_tidy(app, &err), err);
    assert_int_equal(app->point_count, 2);
    assert_int_equal(app->points[0].cores, 36);
    assert_int_equal(app->points[0].row_count, 2);
    nh_dataset_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_read),
        cmocka_unit_test(repeats_gather_in_their_point),
        cmocka_unit_test(cases_machines_and_kinds_are_kept_apart),
        cmocka_unit_test(forms_of_lines),
        cmocka_unit_test(header_errors),
        cmocka_unit_test(value_errors),
        cmocka_unit_test(errors_of_other_columns),
        cmocka_unit_test(line_errors),
        cmocka_unit_test(byte_errors),
        cmocka_unit_test(long_names_are_refused_not_cut),
        cmocka_unit_test(joined_points_keep_their_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
