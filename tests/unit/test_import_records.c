/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/import/records.h"

/* A record with the fields that grouping reads; `params` and `derived` are JSON. */
static struct nh_record made(const char *kernel, const char *params, const char *derived,
                             double median_ns, const char *library)
{
    struct nh_record r;
    nh_record_init(&r);
    r.kernel = strdup(kernel);
    r.metric = strdup("one_way_latency");
    r.verify = strdup("passed");
    r.params = json_loads(params, 0, NULL);
    r.derived = json_loads(derived, 0, NULL);
    r.system = json_pack("{s:s, s:s}", "mpi_library", library, "cpu", "x");
    r.nodes = 1;
    r.ranks = 2;
    r.stats = (struct nh_summary){.n = 30, .median = median_ns, .mad = median_ns / 10};
    assert_non_null(r.params);
    assert_non_null(r.derived);
    return r;
}

static void add(struct nh_dataset *set, struct nh_record r)
{
    struct nh_records *all = &set->records;
    struct nh_record *grown = realloc(all->items, (all->count + 1) * sizeof *grown);
    assert_non_null(grown);
    all->items = grown;
    all->items[all->count++] = r;
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%.12g is not %.12g", value, expected);
}

static bool warned(const struct nh_dataset *set, const char *part)
{
    for (size_t i = 0; i < set->warning_count; i++)
        if (strstr(set->warnings[i], part))
            return true;
    return false;
}

static void launches_are_pooled_by_their_medians(void **state)
{
    (void)state;
    static const double medians[] = {204, 200, 210, 202, 450, 206};
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    for (int i = 0; i < 6; i++) {
        add(&set, made("pingpong", "{\"size_bytes\": 1024}", "{\"bandwidth_bytes_per_s\": 5e9}",
                       medians[i], "a"));
        add(&set, made("pingpong", "{\"size_bytes\": 8}", "{}", 100, "a"));
    }
    assert_ok(nh_records_group(&set, &err), err);
    assert_int_equal(set.curve_count, 1);
    const struct nh_curve *c = &set.curves[0];
    assert_string_equal(c->label, "2 ranks");
    assert_int_equal(c->point_count, 2);
    assert_near(c->points[0].size_bytes, 8);
    const struct nh_curve_point *p = &c->points[1];
    assert_int_equal(p->launches, 6);
    assert_near(p->median_ns, 205); /* between 204 and 206 */
    assert_near(p->ci.lo, 200);     /* six launches: the extremes, 96.9 % */
    assert_near(p->ci.hi, 450);
    assert_near(p->within_spread, 0.1);
    /* |x - 205|: 1 1 3 5 5 245, median 4, scaled by 1.4826 */
    assert_near(p->between_spread, 4 * 1.4826 / 205);
    assert_near(p->bandwidth_Bps, 5e9);
    assert_true(isnan(c->points[0].bandwidth_Bps));
    assert_false(warned(&set, "fewer than 6 launches"));
    nh_dataset_clear(&set);
}

static void a_wrong_transport_makes_no_number(void **state)
{
    (void)state;
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    for (int i = 0; i < 2; i++) {
        struct nh_record r = made("pingpong", "{\"size_bytes\": 8}", "{}", 100 + 400 * i, "a");
        r.transport = json_pack("{s:s, s:s, s:b}", "verdict", i ? "tcp" : "efa", "required", "efa",
                                "failed", i == 1);
        add(&set, r);
    }
    assert_ok(nh_records_group(&set, &err), err);
    assert_int_equal(set.curve_count, 1);
    assert_int_equal(set.curves[0].points[0].launches, 1);
    assert_near(set.curves[0].points[0].median_ns, 100);
    assert_true(warned(&set, "carried the bytes: 1 (the first: pingpong, required efa, carried by "
                             "tcp)"));
    nh_dataset_clear(&set);
}

static void five_launches_have_no_interval(void **state)
{
    (void)state;
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    for (int i = 0; i < 5; i++)
        add(&set, made("pingpong", "{\"size_bytes\": 8}", "{}", 100 + i, "a"));
    assert_ok(nh_records_group(&set, &err), err);
    assert_true(isnan(set.curves[0].points[0].ci.lo));
    assert_true(warned(&set, "fewer than 6 launches (the least: 5)"));
    nh_dataset_clear(&set);
}

static void what_differs_makes_its_own_curve(void **state)
{
    (void)state;
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    static const char sum[] = "{\"size_bytes\": 8, \"type\": \"float\", \"op\": \"sum\"}";
    static const char min[] =
        "{\"size_bytes\": 8, \"type\": \"float\", \"op\": \"min\", \"in_place\": true}";
    add(&set, made("allreduce", sum, "{}", 1, "a"));
    add(&set, made("allreduce", min, "{}", 1, "a"));
    struct nh_record four = made("allreduce", sum, "{}", 1, "a");
    four.ranks = 4;
    add(&set, four);
    add(&set, made("bandwidth", "{\"size_bytes\": 8, \"window\": 64, \"direction\": \"two\"}", "{}",
                   1, "a"));
    assert_ok(nh_records_group(&set, &err), err);
    assert_int_equal(set.curve_count, 4);
    assert_string_equal(set.curves[0].label, "window 64, two-way, 2 ranks");
    assert_string_equal(set.curves[1].label, "float, min, in place, 2 ranks");
    assert_string_equal(set.curves[2].label, "float, sum, 2 ranks");
    assert_string_equal(set.curves[3].label, "float, sum, 4 ranks");
    nh_dataset_clear(&set);
}

static void ways_of_point_to_point_are_curves(void **state)
{
    (void)state;
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    static const char *const rotating =
        "{\"size_bytes\": 8, \"buffers\": \"rotating\", \"unaligned_bytes\": 3}";
    add(&set, made("pingpong", "{\"size_bytes\": 8}", "{}", 1, "a"));
    add(&set, made("pingpong", "{\"size_bytes\": 8, \"pairs\": 2}", "{}", 1, "a"));
    add(&set, made("pingpong", "{\"size_bytes\": 8, \"persistent\": true}", "{}", 1, "a"));
    add(&set, made("pingpong", rotating, "{}", 1, "a"));
    add(&set, made("rate", "{\"size_bytes\": 8, \"window\": 64}", "{}", 1, "a"));
    add(&set,
        made("rma", "{\"size_bytes\": 8, \"op\": \"put\", \"epoch\": \"flush\"}", "{}", 1, "a"));
    add(&set, made("matrix", "{\"size_bytes\": 8}", "{}", 1, "a")); /* a picture, no curve */
    assert_ok(nh_records_group(&set, &err), err);
    assert_int_equal(set.curve_count, 6);
    assert_string_equal(set.curves[0].label, "2 ranks");
    assert_string_equal(set.curves[1].label, "pairs 2, 2 ranks");
    assert_string_equal(set.curves[2].label, "persistent, 2 ranks");
    assert_string_equal(set.curves[3].label, "rotating, unaligned bytes 3, 2 ranks");
    assert_string_equal(set.curves[4].label, "window 64, 2 ranks");
    assert_string_equal(set.curves[5].label, "put, flush, 2 ranks");
    assert_int_equal(set.matrices, 1);
    assert_false(warned(&set, "'matrix'"));
    nh_dataset_clear(&set);
}

static void two_mpi_libraries_are_not_pooled(void **state)
{
    (void)state;
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    static const char box[] = "{\"scaling\": \"strong\", \"cells_x\": 8, \"cells_y\": 8, "
                              "\"cells_z\": 8}";
    add(&set, made("pingpong", "{\"size_bytes\": 8}", "{}", 100, "Open MPI"));
    add(&set, made("pingpong", "{\"size_bytes\": 8}", "{}", 200, "MPICH"));
    add(&set, made("halo", box, "{\"cells\": 512}", 1e6, "Open MPI"));
    add(&set, made("halo", box, "{\"cells\": 512}", 2e6, "MPICH"));
    assert_ok(nh_records_group(&set, &err), err);
    assert_int_equal(set.curve_count, 2);
    assert_string_equal(set.curves[0].label, "2 ranks, MPICH");
    assert_int_equal(set.app_count, 2);
    assert_string_equal(set.apps[1].name, "halo 8 x 8 x 8, MPICH");
    nh_dataset_clear(&set);
}

static void halo_becomes_an_application(void **state)
{
    (void)state;
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    static const char strong[] = "{\"scaling\": \"strong\", \"cells_x\": 8, \"cells_y\": 9, "
                                 "\"cells_z\": 10}";
    static const char weak[] = "{\"scaling\": \"weak\"}";
    for (int i = 0; i < 3; i++)
        add(&set, made("halo", strong, "{\"cells\": 720}", 1e6 * (i + 1), "a"));
    add(&set, made("halo", weak, "{\"cells\": 1440, \"cells_per_rank\": 720}", 1e6, "a"));
    assert_ok(nh_records_group(&set, &err), err);
    assert_int_equal(set.app_count, 2);
    const struct nh_app *app = &set.apps[0];
    assert_string_equal(app->name, "halo 8 x 9 x 10");
    assert_string_equal(app->work, "iteration");
    assert_int_equal(app->kind, NH_STRONG);
    assert_int_equal(app->points[0].cores, 2);
    assert_int_equal(app->points[0].nodes, 1);
    assert_int_equal(app->points[0].row_count, 3);
    assert_near(app->points[0].rows[2].solver_s, 0.003);
    assert_true(isnan(app->points[0].rows[2].job_s));
    assert_int_equal(set.apps[1].kind, NH_WEAK);
    assert_string_equal(set.apps[1].name, "halo, 720 cells per rank");
    nh_dataset_clear(&set);
}

static void unknown_kernels_are_told_not_dropped_silently(void **state)
{
    (void)state;
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    add(&set, made("broadcast", "{\"size_bytes\": 8}", "{}", 1, "a"));
    assert_ok(nh_records_group(&set, &err), err);
    assert_int_equal(set.curve_count, 0);
    assert_true(warned(&set, "'broadcast'"));
    nh_dataset_clear(&set);
}

/* Both clocks, threads as cores; environments are told apart. Of a rate whose amount in a launch
 * is not known, the launch's own time says nothing of one unit. */
static void programs_of_others_become_applications(void **state)
{
    (void)state;
    static const char *const params[] = {
        "{\"application\": \"solver\", \"scaling\": \"strong\", \"threads\": 1}",
        "{\"application\": \"solver\", \"scaling\": \"strong\", \"threads\": 4, "
        "\"ranks_per_node\": 2, \"environment\": \"efa\"}"};
    static const char derived[] = "{\"solver_s\": 2, \"job_s\": 3, \"cells\": 1000}";
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    for (int i = 0; i < 2; i++)
        add(&set, made("application", params[i], derived, 2e9, "a"));
    struct nh_record rate =
        made("application", params[0], "{\"solver_s\": 2, \"job_s\": 3}", 2e9, "a");
    rate.detail = json_pack("{s:{s:s, s:b}}", "figure", "of", "ns", "whole", 0);
    add(&set, rate);
    assert_ok(nh_records_group(&set, &err), err);
    assert_int_equal(set.app_count, 3);
    assert_string_equal(set.apps[0].name, "solver, 1000 cells");
    assert_string_equal(set.apps[0].work, "run");
    assert_int_equal(set.apps[0].points[0].cores, 2);
    assert_near(set.apps[0].points[0].rows[0].solver_s, 2);
    assert_near(set.apps[0].points[0].rows[0].job_s, 3);
    assert_string_equal(set.apps[1].name, "solver, 1000 cells, 2 x 4 threads a node, efa");
    assert_int_equal(set.apps[1].points[0].cores, 8);
    assert_string_equal(set.apps[2].work, "ns");
    assert_true(isnan(set.apps[2].points[0].rows[0].job_s));
    nh_dataset_clear(&set);
}

static void a_halo_record_without_cells_is_refused(void **state)
{
    (void)state;
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    add(&set, made("halo", "{}", "{}", 1, "a"));
    assert_int_equal(nh_records_group(&set, &err), NH_EINPUT);
    assert_says(&err, "field 'cells'");
    nh_dataset_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(launches_are_pooled_by_their_medians),
        cmocka_unit_test(a_wrong_transport_makes_no_number),
        cmocka_unit_test(five_launches_have_no_interval),
        cmocka_unit_test(what_differs_makes_its_own_curve),
        cmocka_unit_test(ways_of_point_to_point_are_curves),
        cmocka_unit_test(two_mpi_libraries_are_not_pooled),
        cmocka_unit_test(halo_becomes_an_application),
        cmocka_unit_test(unknown_kernels_are_told_not_dropped_silently),
        cmocka_unit_test(programs_of_others_become_applications),
        cmocka_unit_test(a_halo_record_without_cells_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
