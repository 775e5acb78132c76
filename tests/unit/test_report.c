/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <jansson.h>
#include <unistd.h>

#include "analysis/build.h"
#include "analysis/report/carried_records.h"
#include "analysis/report/format.h"

/* Whole reports of files that come with nodehour, in each form. */

static char *data_folder;

static void link_into_data(const char *file)
{
    char target[4096], link[4096];
    if (!realpath(file, target))
        fail_msg("%s: not found; tests run in the source folder", file);
    snprintf(link, sizeof link, "%s/%s", data_folder, strrchr(file, '/') + 1);
    assert_int_equal(symlink(target, link), 0);
}

static const char *const data_files[] = {
    "common/catalog/machines.json", "common/catalog/prices.json", "analysis/report/report.css"};
enum { DATA_FILES = sizeof data_files / sizeof *data_files };

static int make_data(void **state)
{
    (void)state;
    data_folder = fresh_directory();
    for (size_t i = 0; i < DATA_FILES; i++)
        link_into_data(data_files[i]);
    return setenv("NODEHOUR_DATA", data_folder, 1);
}

static int remove_data(void **state)
{
    char link[4096];
    (void)state;
    for (size_t i = 0; i < DATA_FILES; i++) {
        snprintf(link, sizeof link, "%s/%s", data_folder, strrchr(data_files[i], '/') + 1);
        unlink(link);
    }
    rmdir(data_folder);
    free(data_folder);
    return 0;
}

static struct nh_report build(const char *file, const struct nh_report_options *options)
{
    struct nh_report r;
    struct nh_error err = {0};
    char *files[] = {(char *)file};
    assert_ok(nh_report_build(files, 1, options, &r, &err), err);
    return r;
}

typedef int (*writer)(FILE *out, const struct nh_report *r, struct nh_error *err);

static int write_text(FILE *out, const struct nh_report *r, struct nh_error *err)
{
    return nh_report_text(out, r, false, err);
}

static char *written(const struct nh_report *r, writer write)
{
    char *text = NULL;
    size_t len = 0;
    struct nh_error err = {0};
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_ok(write(out, r, &err), err);
    assert_int_equal(fclose(out), 0);
    return text;
}

static size_t occurrences(const char *text, const char *part)
{
    size_t n = 0;
    while ((text = strstr(text, part)) != NULL) {
        n++;
        text += strlen(part);
    }
    return n;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in it", part);
}

/* ---- the physics guard ---- */

static const char osu[] = "results/reference/aws-parallelcluster-osu/c5n.18xlarge.csv";

static size_t points_of(const struct nh_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->data.curve_count; i++)
        for (size_t j = 0; j < r->data.curves[i].point_count; j++)
            n += r->data.curves[i].points[j].launches;
    return n;
}

/* The counts are those of `nodehour check`, which has its own tests; README.md of the reference. */
static void impossible_records_are_in_no_curve(void **state)
{
    (void)state;
    struct nh_report r = build(osu, NULL);
    assert_int_equal(r.doubts.levels[NH_IMPOSSIBLE], 157);
    assert_int_equal(r.doubts.levels[NH_SUSPICIOUS], 136);
    assert_int_equal(r.doubts.count, 157 + 136);
    assert_int_equal(r.data.refused.count, 157);
    assert_int_equal(r.data.records.count, 1250 - 157);
    assert_int_equal(points_of(&r), 1250 - 157);
    nh_report_clear(&r);
}

static void every_doubt_is_named_with_its_reason(void **state)
{
    (void)state;
    struct nh_report r = build(osu, NULL);
    char *page = written(&r, nh_report_html), *text = written(&r, write_text);
    assert_has(page, "157 of 1250 figures cannot be true and are in no chart and no answer");
    assert_has(text, "c5n.18xlarge.csv:187:");
    assert_has(text, "[barrier-skew]");
    for (size_t i = 0, end; i < r.doubts.count; i = end) {
        end = nh_doubts_alike(&r.doubts, i);
        assert_has(page, strrchr(r.doubts.items[i].where, '/') + 1);
        assert_has(page, r.doubts.items[i].rule->name);
    }
    free(page);
    free(text);
    nh_report_clear(&r);
}

static void json_lists_every_doubt(void **state)
{
    (void)state;
    struct nh_report r = build(osu, NULL);
    char *text = written(&r, nh_report_json);
    json_t *o = json_loads(text, 0, NULL);
    const json_t *guard = json_object_get(o, "guard");
    const json_t *list = json_object_get(guard, "findings");
    assert_int_equal(json_integer_value(json_object_get(guard, "impossible")), 157);
    assert_int_equal(json_array_size(list), 293);
    for (size_t i = 0; i < json_array_size(list); i++)
        assert_true(*json_string_value(json_object_get(json_array_get(list, i), "rule")));
    json_decref(o);
    free(text);
    nh_report_clear(&r);
}

/* Nothing but impossible figures: no curve is left, and the report says why. */
static void nothing_left_is_said(void **state)
{
    (void)state;
    char *folder = fresh_directory(), path[4096];
    snprintf(path, sizeof path, "%s/x.csv", folder);
    write_file(path, "machine,nodes,ranks,benchmark,bytes,time_us\n"
                     "c5n.18xlarge,2,2,osu_latency,8,0.31\n");
    struct nh_report r = build(path, NULL);
    char *page = written(&r, nh_report_html);
    assert_int_equal(r.data.curve_count, 0);
    assert_int_equal(r.doubts.levels[NH_IMPOSSIBLE], 1);
    assert_int_equal(occurrences(page, "<td class=\"t\">impossible<"), 2);
    free(page);
    nh_report_clear(&r);
    unlink(path);
    rmdir(folder);
    free(folder);
}

/* ---- charts ---- */

/* The CSV of a figure, from its data: URI. */
static char *csv_of(const char *page, const char *figure)
{
    char start[128];
    snprintf(start, sizeof start, "download=\"%s.csv\" href=\"data:text/csv;charset=utf-8,",
             figure);
    const char *at = strstr(page, start);
    if (!at)
        fail_msg("no CSV of %s", figure);
    at += strlen(start);
    char *text = calloc(strlen(at) + 1, 1), *to = text;
    assert_non_null(text);
    for (; *at != '"'; at++) {
        if (*at != '%') {
            *to++ = *at;
            continue;
        }
        const char digits[] = {at[1], at[2], '\0'};
        *to++ = (char)strtol(digits, NULL, 16);
        at += 2;
    }
    return text;
}

static const char published[] = "results/reference/starccm-c5n/timings.csv";

/* The golden case of the published figures: costs with a licence of $22 per hour. */
static void cost_chart_has_its_csv(void **state)
{
    (void)state;
    struct nh_report r = build(published, &(struct nh_report_options){.license_per_hour = "22"});
    char *page = written(&r, nh_report_html), *csv = csv_of(page, "cost1");
    assert_has(csv, "series,\"turn-around time per run, h\",USD per run\n");
    assert_has(csv, "on-demand + licence $22.00/h,1,196.96\n");
    assert_has(csv, ",0.520833,230.158\n");
    free(csv);
    csv = csv_of(page, "parts1");
    assert_has(csv, "45,174.96,22,0,0,0,196.96\n");
    free(csv);
    free(page);
    nh_report_clear(&r);
}

static void every_figure_has_table_and_csv(void **state)
{
    (void)state;
    static const char *const figures[] = {"cost1",  "scaleup1",   "efficiency1",
                                          "cells1", "karpflatt1", "parts1"};
    struct nh_report r = build(published, &(struct nh_report_options){.license_per_hour = "22"});
    char *page = written(&r, nh_report_html);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        free(csv_of(page, figures[i]));
    assert_int_equal(occurrences(page, "<figure class=\"chart\""),
                     occurrences(page, "<details class=\"data\">"));
    /* Three stripes of efficiency, one dashed ray for each of two shares of ideal. */
    assert_int_equal(occurrences(page, "<path class=\"z"), 3);
    assert_int_equal(occurrences(page, "</svg>80 % of ideal</li>"), 1);
    assert_int_equal(occurrences(page, ">80 %</text>"), 1); /* the guide of efficiency */
    free(page);
    nh_report_clear(&r);
}

/* Amdahl's law with a serial part of a tenth, seven launches each within 1 %. */
static char *write_amdahl(char *path, size_t size)
{
    char *folder = fresh_directory();
    snprintf(path, size, "%s/t.csv", folder);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("nodes,cores,solver_s\n", out);
    for (int n = 1; n <= 32; n *= 2)
        for (int launch = 0; launch < 7; launch++)
            fprintf(out, "%d,%d,%.4f\n", n, 4 * n, (100 + 900.0 / n) * (1 + 0.003 * (launch - 3)));
    fclose(out);
    return folder;
}

static void a_model_is_drawn_and_hatched_beyond(void **state)
{
    (void)state;
    char path[4096], *folder = write_amdahl(path, sizeof path);
    struct nh_report r = build(path, NULL);
    char *page = written(&r, nh_report_html), *csv = csv_of(page, "scaleup1");
    assert_true(r.apps[0].models.averaged > 0);
    assert_has(page, "<pattern id=\"scaleup1-h\"");
    assert_has(page, "fill=\"url(#scaleup1-h)\"");
    assert_has(page, "class=\"ln s1 ds\"");
    assert_has(csv, "extrapolated,64,");
    free(csv);
    free(csv_of(page, "residuals1"));
    csv = csv_of(page, "usl1"); /* alpha 0.1, beta 0, gamma 1/1000 */
    const char *last = strstr(csv, "\n32,");
    double shared = 0, contention = 0, coherency = 1;
    assert_non_null(last);
    assert_int_equal(sscanf(last, " 32,%lf,%lf,%lf", &shared, &contention, &coherency), 3);
    assert_float_equal(shared, 1000.0 / 32, 0.01);
    assert_float_equal(contention, 0.1 * 31 * 1000 / 32, 0.01);
    assert_float_equal(coherency, 0, 0.01);
    free(csv);
    csv = csv_of(page, "repeats1");
    assert_has(csv, ",1,-0.9,,\n"); /* the first launch of 0.991 times the median */
    free(csv);
    free(page);
    nh_report_clear(&r);
    unlink(path);
    rmdir(folder);
    free(folder);
}

/* ---- published figures ---- */

static void make_run(const char *folder, const char *name)
{
    char path[4096], text[4096], target[4096];
    assert_non_null(realpath(osu, target));
    snprintf(path, sizeof path, "%s/published.csv", folder);
    assert_int_equal(symlink(target, path), 0);
    snprintf(path, sizeof path, "%s/run.json", folder);
    snprintf(text, sizeof text,
             "{\"study\": {\"file\": \"%s/study.yaml\", \"references\": [\"%s\"]}}", folder, name);
    write_file(path, text);
}

static void remove_run(char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/run.json", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/published.csv", folder);
    unlink(path);
    rmdir(folder);
    free(folder);
}

/* The six sets of osu_latency at 8 B on c5n that are not refused: 17.21 18.27 18.30 18.38 21.72
 * 22.30 us; the other four, near half a microsecond, are not between nodes. */
static void measured_against_the_references_of_the_study(void **state)
{
    (void)state;
    char *folder = fresh_directory(), records[4096];
    struct nh_error err = {0};
    make_run(folder, "published.csv");
    snprintf(records, sizeof records, "%s/records.jsonl", folder);
    char *files[] = {records};
    struct nh_curve_point point = {.size_bytes = 8, .median_ns = 34600, .launches = 1};
    struct nh_curve curves[] = {{.kernel = "pingpong", .label = "2 ranks", .ranks = 2, .nodes = 2},
                                {.kernel = "bcast", .label = "2 ranks", .ranks = 2, .nodes = 2}};
    for (size_t i = 0; i < 2; i++) {
        curves[i].points = &point;
        curves[i].point_count = 1;
    }
    const struct nh_dataset measured = {.curves = curves, .curve_count = 2};
    struct nh_catalog catalog;
    struct nh_references r = {0};
    assert_ok(nh_catalog_load(&catalog, &err), err);
    assert_ok(nh_references_load(files, 1, &r, &err), err);
    assert_ok(nh_references_compare(&measured, &catalog, &r, &err), err);
    assert_int_equal(r.doubts.levels[NH_IMPOSSIBLE], 157);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.rows[0].sets, 6);
    assert_float_equal(r.rows[0].least_ns, 17210, 1e-6);
    assert_float_equal(r.rows[0].most_ns, 22300, 1e-6);
    assert_float_equal(r.rows[0].ratio, 34600 / 18340.0, 1e-9);
    assert_non_null(strstr(r.note, "bcast was measured on 2, and published for 32"));
    nh_references_clear(&r);
    nh_catalog_clear(&catalog);
    remove_run(folder);
}

static void a_reference_that_is_gone_is_named(void **state)
{
    (void)state;
    char *folder = fresh_directory(), records[4096];
    struct nh_error err = {0};
    struct nh_references r = {0};
    make_run(folder, "gone.csv");
    snprintf(records, sizeof records, "%s/records.jsonl", folder);
    char *files[] = {records};
    assert_int_equal(nh_references_load(files, 1, &r, &err), NH_EINPUT);
    assert_says(&err, "gone.csv: the study of this run compares with it");
    nh_references_clear(&r);
    remove_run(folder);
}

/* ---- other formats ---- */

/* The golden case of the published figures, in each table. */
static void other_formats_say_the_same(void **state)
{
    (void)state;
    struct nh_report r = build(published, &(struct nh_report_options){.license_per_hour = "22"});
    char *text = written(&r, nh_report_markdown);
    assert_has(text, "| 45 nodes | 1 h 00 min | 196.96 |  | 11.2 | yes | recommended, cheapest |");
    assert_has(text, "# STAR-CCM+ 97M cells on c5n.18xlarge\n");
    free(text);
    text = written(&r, nh_report_latex);
    assert_has(text, "  108 & 3888 & 24,949 & 1 & 0.5208 &  & 21.60 & 80.0 &");
    assert_has(text, "\\\\\n\\hline\n\\end{tabular}");
    assert_int_equal(occurrences(text, "\\begin{tabular}"), 2);
    free(text);
    text = written(&r, nh_report_csv);
    assert_has(text, ",on-demand + licence $22.00/h,1875,,,230.158333333,,,USD,run,1,0,1,0\r\n");
    assert_int_equal(occurrences(text, "\r\n"), 7);
    free(text);
    nh_report_clear(&r);
}

static void markup_in_names_is_escaped(void **state)
{
    (void)state;
    char *folder = fresh_directory(), path[4096];
    snprintf(path, sizeof path, "%s/x.csv", folder);
    write_file(path, "case,nodes,solver_s\n\"a|b_c,&$\\x\",1,10\n\"a|b_c,&$\\x\",2,6\n");
    struct nh_report r = build(path, NULL);
    char *text = written(&r, nh_report_markdown);
    assert_has(text, "## a\\|b\\_c,&$\\\\x\n");
    free(text);
    text = written(&r, nh_report_latex);
    assert_has(text, "a\\textbar{}b\\_c,\\&\\$\\textbackslash{}x");
    free(text);
    text = written(&r, nh_report_csv);
    assert_has(text, "\"a|b_c,&$\\x\",,strong,1,");
    free(text);
    nh_report_clear(&r);
    unlink(path);
    rmdir(folder);
    free(folder);
}

/* ---- a page makes itself again ---- */

static void page_carries_its_inputs(void **state)
{
    (void)state;
    static const char *const files[] = {published, osu};
    for (size_t i = 0; i < 2; i++) {
        struct nh_error err = {0};
        struct nh_report r = build(files[i], &(struct nh_report_options){.carry = true}), again;
        nh_dataset_warn(&r.data, "3 launches are missing"); /* as a run adds it */
        char *page = written(&r, nh_report_html);
        struct nh_carried carried;
        assert_ok(nh_carried_read("old.html", page, strlen(page), &carried, &err), err);
        struct nh_goal_options goal = {{NULL}};
        struct nh_mesh_options mesh = {{NULL}};
        struct nh_report_options options = {.carry = true, .carried = &carried};
        nh_carried_options(&carried, &options, &goal, &mesh);
        assert_ok(nh_report_build(NULL, 0, &options, &again, &err), err);
        char *second = written(&again, nh_report_html);
        assert_string_equal(page, second);
        nh_report_clear(&again);
        nh_carried_clear(&carried);
        nh_report_clear(&r);
        free(page);
        free(second);
    }
}

/* Members that change, stay, go and come; numbers keep their type. */
static void records_shrink_and_expand(void **state)
{
    (void)state;
    static const char small[] = "{\"a\":1,\"o\":{\"x\":1,\"y\":2},\"z\":null}\n"
                                "{\"~o\":{\"y\":3}}\n"
                                "{\"a\":1.0,\"o\":{\"x\":1}}\n"
                                "{\"b\":[1],\"-\":[\"z\"]}\n"
                                "{}\n";
    static const char whole[] = "{\"a\":1,\"o\":{\"x\":1,\"y\":2},\"z\":null}\n"
                                "{\"a\":1,\"o\":{\"x\":1,\"y\":3},\"z\":null}\n"
                                "{\"a\":1.0,\"o\":{\"x\":1},\"z\":null}\n"
                                "{\"a\":1.0,\"o\":{\"x\":1},\"b\":[1]}\n"
                                "{\"a\":1.0,\"o\":{\"x\":1},\"b\":[1]}\n";
    char *text = NULL;
    size_t len = 0;
    struct nh_error err = {0};
    FILE *out = open_memstream(&text, &len);
    assert_ok(nh_records_expand(out, small, strlen(small), &err), err);
    fclose(out);
    assert_string_equal(text, whole);
    free(text);
}

/* ---- figures that cannot be so ---- */

static void write_and_count(const char *path, const char *text, const char *part, size_t expected)
{
    write_file(path, text);
    struct nh_report r = build(path, NULL);
    char *page = written(&r, nh_report_html);
    assert_int_equal(occurrences(page, part), expected);
    free(page);
    nh_report_clear(&r);
}

static void copied_runs_are_told(void **state)
{
    (void)state;
    char *folder = fresh_directory(), path[4096];
    snprintf(path, sizeof path, "%s/x.csv", folder);
    write_and_count(path, "nodes,solver_s\n1,10\n1,10\n2,6\n2,6\n", "copied or rounded figures", 1);
    write_and_count(path, "nodes,solver_s\n1,10\n1,10.1\n2,6\n2,6\n", "copied or rounded figures",
                    0);
    write_and_count(path, "nodes,solver_s\n1,10\n1,900\n2,6\n2,6\n", "in another unit?", 1);
    unlink(path);
    rmdir(folder);
    free(folder);
}

static void more_cores_than_threads_are_refused(void **state)
{
    (void)state;
    char *folder = fresh_directory(), path[4096], *files[] = {path};
    struct nh_report r;
    struct nh_error err = {0};
    snprintf(path, sizeof path, "%s/x.csv", folder);
    write_file(path, "machine,nodes,cores,solver_s\nc5n.18xlarge,2,145,6\n");
    assert_int_equal(nh_report_build(files, 1, NULL, &r, &err), NH_EINPUT);
    assert_has(err.text, "145 cores on 2 nodes, but c5n.18xlarge has 36 (72 hardware threads)");
    write_and_count(path, "machine,nodes,cores,solver_s\nc5n.18xlarge,2,144,6\n",
                    "hardware threads are not cores", 1);
    unlink(path);
    rmdir(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impossible_records_are_in_no_curve),
        cmocka_unit_test(every_doubt_is_named_with_its_reason),
        cmocka_unit_test(json_lists_every_doubt),
        cmocka_unit_test(nothing_left_is_said),
        cmocka_unit_test(cost_chart_has_its_csv),
        cmocka_unit_test(every_figure_has_table_and_csv),
        cmocka_unit_test(a_model_is_drawn_and_hatched_beyond),
        cmocka_unit_test(measured_against_the_references_of_the_study),
        cmocka_unit_test(a_reference_that_is_gone_is_named),
        cmocka_unit_test(other_formats_say_the_same),
        cmocka_unit_test(markup_in_names_is_escaped),
        cmocka_unit_test(page_carries_its_inputs),
        cmocka_unit_test(records_shrink_and_expand),
        cmocka_unit_test(copied_runs_are_told),
        cmocka_unit_test(more_cores_than_threads_are_refused)};
    return cmocka_run_group_tests(tests, make_data, remove_data);
}
