/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mann-Whitney U exact with ties, and Hodges-Lehmann ratios. Samples s1 and l1, l2 are those of
 * golang/perf's stats tests; p-values by enumeration of all choices of ranks (golang/perf itself
 * expects 0 for s1 against five ones, where enumeration gives 1/21).
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/compare/rank_test.h"
#include "common/rng.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static struct nh_rank_test test(const double *a, size_t n, const double *b, size_t m)
{
    struct nh_rank_test t;
    struct nh_error err = {0};
    assert_ok(nh_rank_test(a, n, b, m, &t, &err), err);
    return t;
}

static void exact_tests_match_enumeration(void **state)
{
    (void)state;
    static const double s1[] = {1, 2, 3, 5};
    static const struct {
        double other[5];
        size_t n;
        double u, less, two_sided, greater; /* 0: not given */
    } cases[] = {{{11, 12, 13, 15}, 4, 0, .0142857, .0285714, 1},
                 {{0, 4, 6, 7}, 4, 5, .242857, .485714, .828571},
                 {{1, 2, 3, 5}, 4, 8, 0, 1, 0},
                 {{2, 2, 2, 2}, 4, 10, .857143, .714286, .357143},
                 {{1, 1, 1, 1, 1}, 5, 17.5, 0, .047619, .047619}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nh_rank_test t = test(s1, 4, cases[i].other, cases[i].n);
        assert_true(t.exact);
        assert_near(t.u, cases[i].u, 1e-12);
        assert_near(t.two_sided, cases[i].two_sided, 5e-7);
        if (cases[i].less > 0)
            assert_near(t.less, cases[i].less, 5e-7);
        if (cases[i].greater > 0)
            assert_near(t.greater, cases[i].greater, 5e-7);
    }
}

static void least_p_values(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double p;
    } known[] = {{3, .1}, {4, .028571}, {5, .0079365}, {6, .0021645}, {7, .00058275}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double a[7], b[7];
        for (size_t k = 0; k < known[i].n; k++) {
            a[k] = (double)k;
            b[k] = (double)k + 100;
        }
        assert_near(nh_rank_least_p(known[i].n, known[i].n), known[i].p, 5e-7);
        assert_near(test(a, known[i].n, b, known[i].n).two_sided, known[i].p, 5e-7);
    }
}

static void large_samples_use_the_normal(void **state)
{
    (void)state;
    static double l1[500], l2[600];
    for (int i = 0; i < 500; i++)
        l1[i] = 2.0 * i;
    for (int i = 0; i < 600; i++)
        l2[i] = 2.0 * i - 41;
    struct nh_rank_test t = test(l1, 500, l2, 600);
    assert_false(t.exact);
    assert_near(t.u, 135250, 1e-9);
    assert_near(t.two_sided, .00493354, 5e-8);
}

/* Exact and normal agree where both can be had. */
static void both_ways_meet(void **state)
{
    (void)state;
    double a[25], b[26];
    struct nh_rng rng = {7};
    for (int i = 0; i < 25; i++)
        a[i] = nh_rng_unit(&rng);
    for (int i = 0; i < 26; i++)
        b[i] = nh_rng_unit(&rng) + 0.15;
    nh_sort(a, 25);
    nh_sort(b, 26);
    struct nh_rank_test exact = test(a, 25, b, 25), normal = test(a, 25, b, 26);
    assert_true(exact.exact && !normal.exact);
    assert_near(log(exact.two_sided), log(normal.two_sided), 0.7);
}

static struct nh_ratio ratio(const double *a, size_t n, const double *b, size_t m)
{
    struct nh_ratio r;
    struct nh_error err = {0};
    assert_ok(nh_ratio_of(a, n, b, m, 0.95, &r, &err), err);
    return r;
}

/* For 5 and 5 the ranks of a 95 % interval of the shift are 3 and 23 of 25 (Hollander and
 * Wolfe, table A.6: coverage .9683). */
static void ratios_are_medians_of_pairs(void **state)
{
    (void)state;
    static const double a[] = {100, 101, 102, 103, 104}, b[] = {200, 203, 204, 207, 208};
    struct nh_ratio r = ratio(a, 5, b, 5);
    double pairs[25];
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++)
            pairs[5 * i + j] = b[j] / a[i];
    nh_sort(pairs, 25);
    assert_near(r.ratio, pairs[12], 1e-12);
    assert_near(r.ci.lo, pairs[2], 1e-12);
    assert_near(r.ci.hi, pairs[22], 1e-12);
    assert_true(r.detectable > 0);
    r = ratio(a, 5, a, 5);
    assert_near(r.ratio, 1, 1e-12);
    r = ratio(a, 3, b, 3); /* three and three can never tell at 95 % */
    assert_true(isnan(r.ci.lo) && isnan(r.detectable) && r.ratio > 1.9);
}

/* The interval holds the true ratio in at least 95 % of the cases, exact or not. */
static void intervals_cover(void **state)
{
    (void)state;
    static const size_t sizes[] = {5, 8, 30};
    struct nh_rng rng = {3};
    for (size_t k = 0; k < 3; k++) {
        int covered = 0, tries = k == 2 ? 500 : 2000;
        for (int t = 0; t < tries; t++) {
            double a[30], b[30];
            for (size_t i = 0; i < sizes[k]; i++) {
                a[i] = exp(0.1 * nh_normal_quantile(nh_rng_unit(&rng)));
                b[i] = 1.3 * exp(0.1 * nh_normal_quantile(nh_rng_unit(&rng)));
            }
            nh_sort(a, sizes[k]);
            nh_sort(b, sizes[k]);
            struct nh_ratio r = ratio(a, sizes[k], b, sizes[k]);
            covered += r.ci.lo <= 1.3 && r.ci.hi >= 1.3;
        }
        assert_true((double)covered / tries > 0.95 - 4 * sqrt(.95 * .05 / tries));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_tests_match_enumeration), cmocka_unit_test(least_p_values),
        cmocka_unit_test(large_samples_use_the_normal),  cmocka_unit_test(both_ways_meet),
        cmocka_unit_test(ratios_are_medians_of_pairs),   cmocka_unit_test(intervals_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
