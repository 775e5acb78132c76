/* SPDX-License-Identifier: BSD-3-Clause */
/* Curves and times are made from a link of 1 us and 10 GB/s; none was measured. */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/network.h"

enum { SIZES = 21 };
static const double alpha = 1e-6, per_byte = 1e-10;

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

struct world {
    struct nh_curve_point link[SIZES], other[SIZES], sum[2];
    struct nh_curve curves[3];
    struct nh_timing_row rows[3][2];
    struct nh_app_point points[3];
    struct nh_app app;
    struct nh_share shares[3];
    struct nh_dataset set;
    struct nh_scaling scaling;
};

static void make_link(struct nh_curve_point *p, double slower)
{
    for (int i = 0; i < SIZES; i++)
        p[i] = (struct nh_curve_point){.size_bytes = (double)(1 << i),
                                       .median_ns =
                                           1e9 * slower * (alpha + per_byte * (double)(1 << i))};
}

/* 64^3 cells on 1, 2 and 4 cores of one node, or of as many nodes. */
static void make(struct world *w, bool many_nodes)
{
    struct nh_error err = {0};
    *w = (struct world){0};
    make_link(w->link, 1);
    make_link(w->other, 4);
    w->sum[0] = (struct nh_curve_point){.size_bytes = 8, .median_ns = 2000};
    w->sum[1] = (struct nh_curve_point){.size_bytes = 1024, .median_ns = 9000};
    w->curves[0] = (struct nh_curve){
        .kernel = "pingpong", .ranks = 2, .nodes = 1, .points = w->link, .point_count = SIZES};
    w->curves[1] = (struct nh_curve){
        .kernel = "allreduce", .ranks = 4, .nodes = 1, .points = w->sum, .point_count = 2};
    w->curves[2] = (struct nh_curve){
        .kernel = "pingpong", .ranks = 2, .nodes = 2, .points = w->other, .point_count = SIZES};
    static const double seconds[] = {1e-3, 0.51e-3, 0.27e-3};
    for (int i = 0; i < 3; i++) {
        long cores = 1 << i;
        w->rows[i][0] = (struct nh_timing_row){seconds[i], NAN, 0};
        w->rows[i][1] = (struct nh_timing_row){1.01 * seconds[i], NAN, 1};
        w->points[i] = (struct nh_app_point){.nodes = many_nodes ? cores : 1,
                                             .cores = cores,
                                             .cells = 262144,
                                             .rows = w->rows[i],
                                             .row_count = 2};
    }
    w->app =
        (struct nh_app){.name = "halo", .work = "iteration", .points = w->points, .point_count = 3};
    w->shares[0] = (struct nh_share){0, 1, 1, {1, 1e-3, 1e-3, 1e-3, NAN, NAN, NAN, NAN}};
    w->set = (struct nh_dataset){.apps = &w->app,
                                 .app_count = 1,
                                 .curves = w->curves,
                                 .curve_count = 2,
                                 .shares = {w->shares, 1}};
    assert_ok(nh_scaling_compute(&w->app, &w->scaling, &err), err);
}

static void a_link_is_found_again(void **state)
{
    (void)state;
    struct world w;
    struct nh_link link;
    make(&w, false);
    assert_true(nh_link_fit(&w.curves[0], &link));
    assert_near(link.alpha_s, alpha, 1e-12);
    assert_near(link.byte_s, per_byte, 1e-16);
    assert_near(link.half_bytes, 1e4, 1e-3);
    assert_true(link.miss < 1e-9);
    w.curves[0].point_count = 2;
    assert_false(nh_link_fit(&w.curves[0], &link));
    nh_scaling_clear(&w.scaling);
}

/* Two halves of 64^3 share a face of 4096 cells; four quarters, cut twice, two faces of 2048. */
static void parts_of_the_prediction(void **state)
{
    (void)state;
    struct world w;
    struct nh_network_answer a;
    make(&w, false);
    nh_network_predict(&w.set, &w.scaling, &a);
    assert_true(a.asked);
    assert_null(a.refusal);
    assert_int_equal(a.row_count, 3); /* no link between nodes: none are added */
    assert_near(a.level_s, 1e-6, 1e-15);
    assert_near(a.rows[0].time.time_s, 1e-3, 1e-12);
    assert_near(a.rows[1].halo_s, alpha + 4096 * 8 * per_byte, 1e-12);
    assert_near(a.rows[1].allreduce_s, 2e-6, 1e-15);
    assert_near(a.rows[1].compute_s, 0.5e-3, 1e-12);
    assert_near(a.rows[2].halo_s, alpha + 2 * 2048 * 8 * per_byte, 1e-12);
    assert_near(a.rows[2].allreduce_s, 4e-6, 1e-15);
    assert_near(a.rows[1].efficiency, 1e-3 / a.rows[1].time.time_s / 2, 1e-9);
    for (size_t i = 0; i < a.row_count; i++) {
        assert_int_equal(a.rows[i].time.grade, NH_GRADE_C);
        assert_true(a.rows[i].time.pi.lo <= a.rows[i].time.time_s);
        assert_true(a.rows[i].time.time_s <= a.rows[i].time.pi.hi);
    }
    assert_near(nh_network_explained(&a, &w.scaling), a.rows[2].halo_s + 4e-6, 1e-15);
    assert_true(a.rows[1].inside);  /* 0.51 ms measured, 0.506 predicted, 2 % allowed */
    assert_false(a.rows[2].inside); /* 0.27 ms measured, 0.258 predicted */
    nh_scaling_clear(&w.scaling);
}

static void nodes_are_added_where_their_link_is_known(void **state)
{
    (void)state;
    struct world w;
    struct nh_network_answer a;
    make(&w, true);
    nh_network_predict(&w.set, &w.scaling, &a);
    assert_non_null(a.refusal);
    assert_non_null(strstr(a.refusal, "between nodes"));
    w.set.curve_count = 3;
    nh_network_predict(&w.set, &w.scaling, &a);
    assert_null(a.refusal);
    assert_int_equal(a.row_count, 7);
    assert_int_equal(a.rows[6].nodes, 64);
    assert_true(isnan(a.rows[6].measured_s));
    assert_near(a.rows[1].halo_s, 4 * (alpha + 4096 * 8 * per_byte), 1e-12);
    assert_true(a.rows[6].efficiency < a.rows[3].efficiency);
    nh_scaling_clear(&w.scaling);
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    struct world w;
    struct nh_network_answer a;
    make(&w, false);
    w.set.curve_count = 0;
    nh_network_predict(&w.set, &w.scaling, &a);
    assert_true(a.asked && strstr(a.refusal, "pingpong"));
    w.set.curve_count = 1; /* no all-reduce: the link's latency stands in */
    nh_network_predict(&w.set, &w.scaling, &a);
    assert_true(!a.refusal && a.level_from_link);
    assert_near(a.level_s, alpha, 1e-12);
    w.set.shares.count = 0; /* not the halo application */
    nh_network_predict(&w.set, &w.scaling, &a);
    assert_false(a.asked);
    nh_scaling_clear(&w.scaling);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_found_again),
        cmocka_unit_test(parts_of_the_prediction),
        cmocka_unit_test(nodes_are_added_where_their_link_is_known),
        cmocka_unit_test(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
