/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Goldens: LAMMPS ReaxFF 64x64x32 on hpc6a.48xlarge (96 ranks per node) by ParallelCluster,
 * from converged-computing/performance-study, analysis/lammps-reax/data; solver = wall_time,
 * job = workload_manager_wrapper_seconds. Intervals of E by exact enumeration of the
 * bootstrap of both medians.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/advice.h"
#include "analysis/import/csv.h"

enum { N32, N64, N128, N256, SIZES };

static const char reax_csv[] = "nodes,cores,repeat,solver_s,job_s\n"
                               "32,3072,1,133,142\n32,3072,2,134,143\n32,3072,3,134,144\n"
                               "32,3072,4,141,160\n32,3072,5,171,180\n"
                               "64,6144,1,73,83\n64,6144,2,73,83\n64,6144,3,74,83\n"
                               "64,6144,4,76,86\n64,6144,5,78,88\n"
                               "128,12288,1,45,54\n128,12288,2,45,55\n128,12288,3,45,56\n"
                               "128,12288,4,45,56\n128,12288,5,50,61\n"
                               "256,24576,1,28,39\n256,24576,2,29,42\n256,24576,3,31,42\n"
                               "256,24576,4,34,46\n256,24576,5,36,47\n";

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static struct nh_scaling scaling_of(const char *csv, struct nh_dataset *set)
{
    struct nh_error err = {0};
    struct nh_scaling s;
    *set = (struct nh_dataset){0};
    assert_ok(nh_csv_parse("test.csv", csv, strlen(csv), set, &err), err);
    assert_int_equal(set->app_count, 1);
    assert_ok(nh_app_tidy(&set->apps[0], &err), err);
    assert_ok(nh_scaling_compute(&set->apps[0], &s, &err), err);
    return s;
}

static void efficiency_and_serial_fraction(void **state)
{
    (void)state;
    static const double median[SIZES] = {134, 74, 45, 31}, job[SIZES] = {144, 83, 56, 42};
    static const double efficiency[SIZES] = {1, .9054, .7444, .5403};
    static const double karp_flatt[SIZES] = {NAN, .10448, .11443, .12154};
    struct nh_dataset set;
    struct nh_scaling s = scaling_of(reax_csv, &set);
    assert_int_equal(s.count, SIZES);
    assert_false(s.solver_is_billed);
    for (int i = 0; i < SIZES; i++) {
        assert_int_equal(s.points[i].repeats, 5);
        assert_near(s.points[i].solver_s, median[i], 0);
        assert_near(s.points[i].billed_s, job[i], 0);
        assert_near(s.points[i].efficiency, efficiency[i], 5e-5);
        assert_near(s.points[i].scale_up, efficiency[i] * s.points[i].k, 5e-4);
        if (i > 0) {
            assert_near(s.points[i].karp_flatt, karp_flatt[i], 5e-6);
            assert_near(s.points[i].incremental,
                        s.points[i].efficiency / s.points[i - 1].efficiency, 1e-12);
        }
    }
    nh_scaling_clear(&s);
    nh_dataset_clear(&set);
}

static double cost_of(const struct nh_scaling *s, int i)
{
    struct nh_error err = {0};
    struct nh_price price = {.per_hour = {.micro = 2880000, .currency = "USD"}};
    struct nh_money none = {.micro = 0, .currency = "USD"};
    struct nh_advice a;
    assert_ok(nh_advise(s, &price, none, &a, &err), err);
    double cost = nh_money_value(a.points[i].cost);
    nh_advice_clear(&a);
    return cost;
}

/* 2.88 USD per node-hour; the job clock is billed, the solver clock is what it misses. */
static void cost_on_the_job_clock_and_on_the_solver_clock(void **state)
{
    (void)state;
    static const double on_job[SIZES] = {0, 4.2496, 5.7344, 8.6016};
    static const double on_solver[SIZES] = {0, 3.7888, 4.6080, 6.3488};
    struct nh_dataset set;
    struct nh_scaling s = scaling_of(reax_csv, &set);
    for (int i = N64; i < SIZES; i++) {
        assert_near(cost_of(&s, i), on_job[i], 1e-6);
        s.points[i].billed_s = s.points[i].solver_s;
        assert_near(cost_of(&s, i), on_solver[i], 1e-6);
    }
    nh_scaling_clear(&s);
    nh_dataset_clear(&set);
}

/* Five repeats cannot carry a 95 % interval, so the scaling gives none; the bootstrap
 * itself must still agree with the exact enumeration. */
static void bootstrap_of_the_efficiency(void **state)
{
    (void)state;
    static const double base[] = {133, 134, 134, 141, 171};
    static const double at[SIZES][5] = {
        {0}, {73, 73, 74, 76, 78}, {45, 45, 45, 45, 50}, {28, 29, 31, 34, 36}};
    static const double lo[] = {0, .8590, .6700, .4653}, hi[] = {0, 1.1554, .9500, .6895};
    struct nh_dataset set;
    struct nh_scaling s = scaling_of(reax_csv, &set);
    for (int i = N64; i < SIZES; i++) {
        struct nh_interval ci = nh_bootstrap_median_ratio(
            base, 5, at[i], 5, 0.95, NH_BOOTSTRAP_RESAMPLES, NH_BOOTSTRAP_SEED);
        assert_near(ci.lo / s.points[i].k, lo[i], 5e-5);
        assert_near(ci.hi / s.points[i].k, hi[i], 5e-5);
        assert_true(isnan(s.points[i].efficiency_ci.lo));
        assert_true(isnan(s.points[i].solver_ci.lo));
    }
    nh_scaling_clear(&s);
    nh_dataset_clear(&set);
}

static void six_repeats_give_intervals(void **state)
{
    (void)state;
    static const char csv[] = "cores,solver_s\n1,10\n1,11\n1,12\n1,13\n1,14\n1,15\n"
                              "4,3\n4,3.1\n4,3.2\n4,3.3\n4,3.4\n4,3.5\n";
    struct nh_dataset set;
    struct nh_scaling s = scaling_of(csv, &set);
    assert_near(s.points[0].solver_ci.lo, 10, 0);
    assert_near(s.points[0].solver_ci.hi, 15, 0);
    assert_near(s.points[0].solver_ci.coverage, 0.96875, 1e-12); /* 1 - 2/2^6 */
    assert_true(isnan(s.points[0].efficiency_ci.lo));            /* 1 by definition */
    const struct nh_scaling_point *p = &s.points[1];
    assert_true(p->efficiency_ci.lo < p->efficiency && p->efficiency < p->efficiency_ci.hi);
    assert_near(p->scale_up_ci.lo, 4 * p->efficiency_ci.lo, 1e-12);
    /* No ratio of two medians can leave the extremes of the samples. */
    assert_true(p->scale_up_ci.lo >= 10 / 3.5 && p->scale_up_ci.hi <= 15 / 3.0);
    nh_scaling_clear(&s);
    nh_dataset_clear(&set);
}

static void nodes_count_where_cores_are_unknown(void **state)
{
    (void)state;
    struct nh_dataset set;
    struct nh_scaling s = scaling_of("nodes,job_s\n4,50\n2,100\n", &set);
    assert_true(s.by_nodes);
    assert_int_equal(s.points[0].source->nodes, 2);
    assert_near(s.points[1].k, 2, 0);
    assert_near(s.points[1].efficiency, 1, 1e-12);
    assert_near(s.points[1].solver_s, 50, 0); /* job time stands in */
    nh_scaling_clear(&s);
    nh_dataset_clear(&set);
}

static void sizes_that_cannot_be_compared_are_refused(void **state)
{
    (void)state;
    static const char csv[] = "nodes,cores,solver_s\n1,,10\n,8,5\n";
    struct nh_dataset set = {0};
    struct nh_scaling s;
    struct nh_error err = {0};
    assert_ok(nh_csv_parse("t.csv", csv, strlen(csv), &set, &err), err);
    assert_int_equal(nh_scaling_compute(&set.apps[0], &s, &err), NH_EINPUT);
    assert_says(&err, "some lines give only nodes");
    nh_dataset_clear(&set);
}

/* Mixed clocks must not pass for a scaling: the job clock is used where only it is complete. */
static void one_clock_for_all_points(void **state)
{
    (void)state;
    struct nh_dataset set;
    struct nh_scaling s = scaling_of("cores,solver_s,job_s\n1,90,100\n2,,60\n", &set);
    assert_near(s.points[0].solver_s, 100, 0);
    assert_near(s.points[1].solver_s, 60, 0);
    nh_scaling_clear(&s);
    nh_dataset_clear(&set);
}

static void equal_input_gives_equal_intervals(void **state)
{
    (void)state;
    static const char csv[] = "cores,solver_s\n1,10\n1,11\n1,12\n1,13\n1,14\n1,15\n"
                              "2,6\n2,6.1\n2,6.2\n2,6.3\n2,6.4\n2,6.5\n";
    struct nh_dataset a_set, b_set;
    struct nh_scaling a = scaling_of(csv, &a_set), b = scaling_of(csv, &b_set);
    assert_memory_equal(&a.points[1].efficiency_ci, &b.points[1].efficiency_ci,
                        sizeof a.points[1].efficiency_ci);
    nh_scaling_clear(&a);
    nh_scaling_clear(&b);
    nh_dataset_clear(&a_set);
    nh_dataset_clear(&b_set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(efficiency_and_serial_fraction),
        cmocka_unit_test(cost_on_the_job_clock_and_on_the_solver_clock),
        cmocka_unit_test(bootstrap_of_the_efficiency),
        cmocka_unit_test(six_repeats_give_intervals),
        cmocka_unit_test(nodes_count_where_cores_are_unknown),
        cmocka_unit_test(sizes_that_cannot_be_compared_are_refused),
        cmocka_unit_test(one_clock_for_all_points),
        cmocka_unit_test(equal_input_gives_equal_intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
