/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/journal.h"
#include "launch/app/figures.h"
#include "launch/app/fill.h"
#include "launch/app/gzip.h"
#include "launch/app/spec.h"
#include "launch/app/stage.h"

/* ---- placeholders ---- */

static const struct nh_fill_name some[] = {{"ranks", "8"}, {"cells", "{odd}"}, {"workdir", NULL}};

static char *filled(const char *text, bool last)
{
    char *out;
    struct nh_error err = {0};
    assert_ok(nh_fill(text, some, 3, last, &out, &err), err);
    return out;
}

static void placeholders_are_filled_twice(void **state)
{
    (void)state;
    char *first = filled("-n {ranks} in {workdir}/x {{y}} {cells}", false);
    assert_string_equal(first, "-n 8 in {workdir}/x {{y}} {{odd}}");
    const struct nh_fill_name later[] = {{"workdir", "/w"}};
    char *second;
    struct nh_error err = {0};
    assert_ok(nh_fill(first, later, 1, true, &second, &err), err);
    assert_string_equal(second, "-n 8 in /w/x {y} {odd}");
    free(first);
    free(second);
}

static void unknown_placeholders_are_refused_with_the_nearest(void **state)
{
    (void)state;
    char *out;
    struct nh_error err = {0};
    assert_int_equal(nh_fill("{rank}", some, 3, false, &out, &err), NH_EINPUT);
    assert_says(&err, "did you mean '{ranks}'");
    assert_int_equal(nh_fill("{\"a\": 1}", some, 3, false, &out, &err), NH_EINPUT);
    assert_says(&err, "write {{ and }}");
    assert_int_equal(nh_fill("a{ranks", some, 3, false, &out, &err), NH_EINPUT);
    assert_int_equal(nh_fill("a}", some, 3, false, &out, &err), NH_EINPUT);
    assert_true(nh_fill_mentions("x{ranks}", "ranks"));
    assert_false(nh_fill_mentions("x{{ranks}}", "ranks"));
    assert_false(nh_fill_mentions("x{ranks_per_node}", "ranks"));
}

/* Braces of a regular expression are its own. */
static void regular_expressions_are_left_alone(void **state)
{
    (void)state;
    char key[64];
    struct nh_error err = {0};
    json_t *spec = json_pack("{s:[s], s:{s:s}}", "command", "{ranks}", "figure", "match", "a{2}");
    json_t *out = nh_spec_fill(spec, some, 3, false, key, &err);
    assert_non_null(out);
    assert_string_equal(json_string_value(json_array_get(json_object_get(out, "command"), 0)), "8");
    assert_string_equal(json_string_value(json_object_get(json_object_get(out, "figure"), "match")),
                        "a{2}");
    json_decref(out);
    json_decref(spec);
}

/* ---- numbers in output ---- */

static const char output[] = "start 1\n step 1 time 0.5\r\nTime: 2.5 s\nstep 2 time 1.5D+00\n"
                             "Performance:       12.25        1.959\nend\n";

static double picked(const char *regex, enum nh_pick_which which)
{
    double value = NAN;
    struct nh_error err = {0};
    assert_ok(nh_pick_regex(output, sizeof output - 1, regex, which, &value, &err), err);
    return value;
}

static void not_picked(const char *text, const char *regex, const char *part)
{
    double value;
    struct nh_error err = {0};
    assert_int_equal(nh_pick_regex(text, strlen(text), regex, NH_PICK_ONLY, &value, &err),
                     NH_EINPUT);
    assert_says(&err, part);
}

static void a_figure_stands_once(void **state)
{
    (void)state;
    assert_float_equal(picked("^Time: ([0-9.]+) s$", NH_PICK_ONLY), 2.5, 0);
    assert_float_equal(picked("Performance: +([0-9.]+)", NH_PICK_ONLY), 12.25, 0);
    assert_float_equal(picked("time ([0-9.D+]+)$", NH_PICK_LAST), 1.5, 0);
    assert_float_equal(picked("time ([0-9.D+]+)$", NH_PICK_FIRST), 0.5, 0);
    not_picked(output, "time ([0-9.D+]+)", "stands twice, in lines 2 and 4");
    not_picked("t 1 t 2\n", "t ([0-9])", "stands twice, in lines 1 and 1");
    not_picked(output, "Zeit: (.*)", "no line matches");
    not_picked("t: nan\n", "t: (.*)", "diverged");
    not_picked("t: -inf\n", "t: (.*)", "diverged");
    not_picked("t: 1,5\n", "t: (.*)", "is no number");
    not_picked("t: \n", "t: (.*)", "is no number");
}

static void regular_expressions_are_checked(void **state)
{
    (void)state;
    struct nh_error err = {0};
    assert_int_equal(nh_pick_check_regex("([0-9]", 1, 1, &err), NH_EINPUT);
    assert_says(&err, "no regular expression");
    assert_int_equal(nh_pick_check_regex("[0-9]+", 1, 1, &err), NH_EINPUT);
    assert_says(&err, "0 groups; put one pair of parentheses");
    assert_int_equal(nh_pick_check_regex("(a)(b)", 1, 1, &err), NH_EINPUT);
    assert_int_equal(nh_pick_check_regex("(a)(b)(c)", 1, 2, &err), NH_EINPUT);
    assert_ok(nh_pick_check_regex("(a)(b)", 1, 2, &err), err);
    assert_int_equal(nh_pick_check_regex("t=(\\d+)", 1, 1, &err), NH_EINPUT);
    assert_says(&err, "write [0-9]");
    assert_ok(nh_pick_check_regex("\\\\d(.)", 1, 1, &err), err);
}

static void json_is_read_by_a_path(void **state)
{
    (void)state;
    static const char text[] = "note: engine\n{\"jobs\": [{\"read\": {\"bw\": 7.5, \"name\": "
                               "\"x\"}}, {\"read\": {\"bw\": \"8\"}}]}\ntrailing\n";
    double value;
    struct nh_error err = {0};
    assert_ok(nh_pick_json(text, sizeof text - 1, "jobs[0].read.bw", &value, &err), err);
    assert_float_equal(value, 7.5, 0);
    assert_ok(nh_pick_json(text, sizeof text - 1, "jobs[1].read.bw", &value, &err), err);
    assert_float_equal(value, 8, 0);
    assert_int_equal(nh_pick_json(text, sizeof text - 1, "jobs[2].read.bw", &value, &err),
                     NH_EINPUT);
    assert_says(&err, "there is no jobs[2].read.bw");
    assert_int_equal(nh_pick_json(text, sizeof text - 1, "jobs", &value, &err), NH_EINPUT);
    assert_int_equal(nh_pick_json("none", 4, "a", &value, &err), NH_EINPUT);
    assert_says(&err, "no JSON");
    static const char *const bad[] = {"", ".a", "a..b", "a[", "a[x]", "a[1", "a."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(nh_pick_check_path(bad[i], &err), NH_EINPUT);
    assert_ok(nh_pick_check_path("[0].a b[12]", &err), err);
}

/* ---- the application ---- */

static void parse(json_t *json, struct nh_application *app)
{
    char key[64];
    struct nh_error err = {0};
    assert_ok(nh_app_parse(json, app, key, &err), err);
}

/* Reads the figures that `figures` (JSON of the keys besides `command`) asks for in `text`. */
static int read_figures(const char *keys, const char *text, struct nh_figures *figures,
                        struct nh_error *err)
{
    char *folder = fresh_directory(), path[200];
    json_t *json = json_loads(keys, 0, NULL);
    struct nh_application app;
    assert_non_null(json);
    json_object_set_new(json, "command", json_pack("[s]", "x"));
    parse(json, &app);
    snprintf(path, sizeof path, "%s/stdout", folder);
    write_file(path, text);
    int rc = nh_figures_read(&app, folder, path, figures, err);
    nh_app_clear(&app);
    json_decref(json);
    assert_ok(nh_stage_remove(folder, err), *err);
    free(folder);
    return rc;
}

static void rates_and_times_become_solver_time(void **state)
{
    (void)state;
    struct nh_figures f;
    struct nh_error err = {0};
    assert_ok(read_figures("{\"figure\": {\"match\": \"Performance: +([0-9.]+)\", \"unit\": "
                           "\"ns/day\", \"work\": \"2\"}, \"cells\": {\"value\": \"64 * 64\"}, "
                           "\"iterations\": {\"match\": \"start ([0-9]+)\"}}",
                           output, &f, &err),
              err);
    /* 2 ns at 12.25 ns a day */
    assert_float_equal(f.solver_s, 2 / 12.25 * 86400, 1e-9);
    assert_float_equal(f.figure, 12.25, 0);
    assert_float_equal(f.cells, 4096, 0);
    assert_float_equal(f.iterations, 1, 0);
    assert_ok(read_figures("{\"figure\": {\"match\": \"Time: ([0-9.]+)\", \"unit\": \"min\", "
                           "\"scale\": \"0.5\"}}",
                           output, &f, &err),
              err);
    assert_float_equal(f.solver_s, 2.5 * 0.5 * 60, 1e-12);
    assert_true(isnan(f.cells) && isnan(f.iterations));
    assert_ok(read_figures("{\"figure\": {\"match\": \"Time: ([0-9.]+)\", \"unit\": \"ms\", "
                           "\"per\": \"iteration\"}, \"iterations\": {\"value\": \"40\"}}",
                           output, &f, &err),
              err);
    assert_float_equal(f.solver_s, 0.1, 1e-12);
}

static void warm_up_steps_are_left_out(void **state)
{
    (void)state;
    static const char times[] = "t 9 ms\nt 2 ms\nt 3 ms\nt 4 ms\n";
    static const char clock[] = "Step 0 at 1.0\nStep 10 at 5.0\nStep 20 at 6.5\nStep 30 at 8.5\n";
    struct nh_figures f;
    struct nh_error err = {0};
    assert_ok(read_figures("{\"steps\": {\"match\": \"t ([0-9]+)\", \"unit\": \"ms\", "
                           "\"warmup\": \"1\"}}",
                           times, &f, &err),
              err);
    assert_int_equal(f.step_count, 3);
    assert_float_equal(f.solver_s, 9e-3, 1e-12);
    nh_figures_clear(&f);
    assert_ok(read_figures("{\"steps\": {\"match\": \"Step ([0-9]+) at ([0-9.]+)\", \"unit\": "
                           "\"s\", \"warmup\": \"10\"}}",
                           clock, &f, &err),
              err);
    assert_int_equal(f.step_count, 2);
    assert_float_equal(f.solver_s, 3.5, 1e-12);
    nh_figures_clear(&f);
    assert_int_equal(read_figures("{\"steps\": {\"match\": \"t ([0-9]+)\", \"unit\": \"ms\", "
                                  "\"warmup\": \"4\"}}",
                                  times, &f, &err),
                     NH_EINPUT);
    assert_says(&err, "none is left");
}

static void success_is_judged(void **state)
{
    (void)state;
    struct nh_figures f;
    struct nh_error err = {0};
    assert_int_equal(read_figures("{\"success\": {\"match\": \"^Finished\"}}", output, &f, &err),
                     NH_EINPUT);
    assert_says(&err, "the sign of success");
    assert_int_equal(read_figures("{\"success\": {\"never\": \"^Perf\"}}", output, &f, &err),
                     NH_EINPUT);
    assert_says(&err, "must not: Performance:");
    assert_ok(
        read_figures("{\"success\": {\"match\": \"^end$\", \"never\": \"nan\"}}", output, &f, &err),
        err);
    assert_int_equal(read_figures("{\"figure\": {\"json\": \"a\", \"file\": \"no.json\", "
                                  "\"unit\": \"s\"}}",
                                  output, &f, &err),
                     NH_EINPUT);
    assert_says(&err, "it wrote no no.json");
}

static void refuse(const char *keys, const char *where, const char *part)
{
    char key[64] = "";
    struct nh_application app;
    struct nh_error err = {0};
    json_t *json = json_loads(keys, 0, NULL);
    assert_non_null(json);
    if (nh_app_parse(json, &app, key, &err) != NH_EINPUT)
        fail_msg("taken: %s", keys);
    assert_string_equal(key, where);
    assert_says(&err, part);
    json_decref(json);
}

static void what_cannot_be_read_is_refused(void **state)
{
    (void)state;
    refuse("{}", "command", "missing");
    refuse("{\"command\": [\"x\"], \"figure\": {\"unit\": \"s\"}}", "figure", "no source");
    refuse("{\"command\": [\"x\"], \"figure\": {\"value\": \"1\", \"json\": \"a\"}}", "figure",
           "more than one source");
    refuse("{\"command\": [\"x\"], \"figure\": {\"match\": \"(a)\"}}", "figure.unit", "missing");
    refuse("{\"command\": [\"x\"], \"figure\": {\"match\": \"(a)\", \"unit\": \"ns/dai\"}}",
           "figure.unit", "did you mean 'day'");
    refuse("{\"command\": [\"x\"], \"figure\": {\"match\": \"a\", \"unit\": \"s\"}}",
           "figure.match", "0 groups");
    refuse("{\"command\": [\"x\"], \"figure\": {\"match\": \"(a)\", \"unit\": \"s\", \"which\": "
           "\"both\"}}",
           "figure.which", "only, first or last");
    refuse("{\"command\": [\"x\"], \"cells\": {\"value\": \"2 *\"}}", "cells.value", "");
    refuse("{\"command\": [\"x\"], \"steps\": {\"match\": \"(a)\", \"unit\": \"ns/day\"}}",
           "steps.unit", "no time");
    refuse("{\"command\": [\"x\"], \"keep\": [\"../x\"]}", "keep", "outside");
    refuse("{\"command\": [\"x\"], \"success\": {\"exit\": \"256\"}}", "success.exit", "");
    refuse("{\"command\": [\"x\"], \"scaling\": \"week\"}", "scaling", "strong or weak");
    refuse("{\"command\": [\"x\"], \"directory\": \"/tmp\"}", "directory", "outside");
}

/* ---- scratch directories ---- */

static void staging_copies_links_and_never_removes_the_input(void **state)
{
    (void)state;
    char *input = fresh_directory(), *scratch = fresh_directory(), path[200], *text;
    size_t len;
    struct nh_error err = {0};
    struct nh_args list = {0};
    snprintf(path, sizeof path, "%s/mesh", input);
    assert_int_equal(mkdir(path, 0777), 0);
    nh_args_add(&list, "%s/", path);
    snprintf(path, sizeof path, "%s/mesh/points", input);
    write_file(path, "1 2 3\n");
    assert_ok(nh_stage_make(scratch, &err), err);
    assert_ok(nh_stage_copy(scratch, &list, &err), err);
    snprintf(path, sizeof path, "%s/mesh/points", scratch);
    assert_ok(nh_file_read(path, &text, &len, &err), err);
    assert_string_equal(text, "1 2 3\n");
    free(text);
    assert_ok(nh_stage_make(scratch, &err), err);
    assert_int_equal(access(path, F_OK), -1);
    assert_ok(nh_stage_link(scratch, &list, &err), err);
    assert_int_equal(access(path, F_OK), 0);
    assert_ok(nh_stage_remove(scratch, &err), err);
    snprintf(path, sizeof path, "%s/mesh/points", input);
    assert_int_equal(access(path, F_OK), 0);
    nh_args_add(&list, "%s/absent", input);
    assert_ok(nh_stage_make(scratch, &err), err);
    assert_int_equal(nh_stage_copy(scratch, &list, &err), NH_EINPUT);
    assert_says(&err, "absent or cannot be read");
    nh_stage_remove(scratch, &err);
    nh_stage_remove(input, &err);
    nh_args_clear(&list);
    free(scratch);
    free(input);
}

static void output_is_compressed(void **state)
{
    (void)state;
    char *folder = fresh_directory(), from[200], to[200], text[64] = "";
    struct nh_error err = {0};
    snprintf(from, sizeof from, "%s/a", folder);
    snprintf(to, sizeof to, "%s/a.gz", folder);
    write_file(from, output);
    assert_ok(nh_gzip_file(from, to, &err), err);
    gzFile in = gzopen(to, "rb");
    assert_non_null(in);
    assert_int_equal(gzread(in, text, 7), 7);
    assert_string_equal(text, "start 1");
    gzclose(in);
    snprintf(to, sizeof to, "%s/none/a.gz", folder);
    assert_int_equal(nh_gzip_file(from, to, &err), NH_EFAIL);
    nh_stage_remove(folder, &err);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_are_filled_twice),
        cmocka_unit_test(unknown_placeholders_are_refused_with_the_nearest),
        cmocka_unit_test(regular_expressions_are_left_alone),
        cmocka_unit_test(a_figure_stands_once),
        cmocka_unit_test(regular_expressions_are_checked),
        cmocka_unit_test(json_is_read_by_a_path),
        cmocka_unit_test(rates_and_times_become_solver_time),
        cmocka_unit_test(warm_up_steps_are_left_out),
        cmocka_unit_test(success_is_judged),
        cmocka_unit_test(what_cannot_be_read_is_refused),
        cmocka_unit_test(staging_copies_links_and_never_removes_the_input),
        cmocka_unit_test(output_is_compressed),
    };
    return cmocka_run_group_tests_name("application", tests, NULL, NULL);
}
