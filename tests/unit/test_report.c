/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <jansson.h>
#include <unistd.h>

#include "analysis/build.h"

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
    assert_int_equal(occurrences(page, "<td class=\"t\">impossible</td>"), 2);
    free(page);
    nh_report_clear(&r);
    unlink(path);
    rmdir(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(impossible_records_are_in_no_curve),
                                       cmocka_unit_test(every_doubt_is_named_with_its_reason),
                                       cmocka_unit_test(json_lists_every_doubt),
                                       cmocka_unit_test(nothing_left_is_said)};
    return cmocka_run_group_tests(tests, make_data, remove_data);
}
