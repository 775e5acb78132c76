/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Goldens of Extra-P 4.2.5: tests/data/text/one_parameter_1.txt with test_console.py;
 * docs/examples/input.txt; the way of test_basic_modeler.py (every pair of exponents is
 * recovered from y = 200 + 10 t(x)). The published case as in test_model.c.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/model/pmnf.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static void one_parameter_1(void **state)
{
    (void)state;
    static const double x[] = {20, 30, 40, 50, 60};
    static const double y[] = {81.877303, 179.314776, 319.43818, 504.736898, 725.32582};
    struct nh_pmnf m;
    struct nh_error err = {0};
    assert_ok(nh_pmnf_fit(x, y, 5, &m, &err), err);
    assert_near(m.power, 2, 0);
    assert_int_equal(m.log_power, 0);
    assert_near(m.c0, -.88979340, 1e-5);
    assert_near(m.c1, .20168243, 1e-8);
    assert_near(m.rss, 34.33678, 1e-4);
    assert_near(m.smape, 1.54435, 1e-5);
    assert_near(m.ar2, .99983, 5e-6);
}

/* SMAPE and RSS disagree here; Extra-P's default is SMAPE. */
static void example_input(void **state)
{
    (void)state;
    static const double x[] = {4, 8, 16, 32, 64};
    static const double repeats[5][3] = {{8.31, 8.02, 8.14},
                                         {22.74, 22.66, 23.20},
                                         {65.79, 64.74, 66.62},
                                         {186.78, 184.68, 181.58},
                                         {528.86, 522.44, 531.78}};
    double y[5];
    for (int i = 0; i < 5; i++)
        y[i] = (repeats[i][0] + repeats[i][1] + repeats[i][2]) / 3;
    struct nh_pmnf m;
    struct nh_error err = {0};
    assert_ok(nh_pmnf_fit(x, y, 5, &m, &err), err);
    assert_near(m.power, 1.25, 0);
    assert_int_equal(m.log_power, 1);
    assert_near(m.c0, 2.818328, 5e-7);
    assert_near(m.c1, .482700, 5e-7);
    assert_near(m.smape, 2.1885, 5e-5);
    assert_near(m.rss, 61.84, 5e-3);
}

static void exponents_are_recovered(void **state)
{
    (void)state;
    static const double x[] = {2, 4, 8, 16, 32};
    static const struct {
        int over, under, log;
    } pairs[] = {{0, 1, 1}, {1, 4, 0}, {1, 3, 2}, {1, 2, 1},  {2, 3, 1}, {4, 5, 0},
                 {1, 1, 0}, {1, 1, 2}, {5, 4, 1}, {3, 2, 2},  {7, 4, 0}, {2, 1, 1},
                 {9, 4, 0}, {5, 2, 2}, {8, 3, 0}, {11, 4, 0}, {3, 1, 0}, {3, 1, 1}};
    struct nh_error err = {0};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        double power = (double)pairs[i].over / pairs[i].under, y[5];
        struct nh_pmnf m;
        for (int j = 0; j < 5; j++)
            y[j] = 200 + 10 * pow(x[j], power) * pow(log2(x[j]), pairs[i].log);
        assert_ok(nh_pmnf_fit(x, y, 5, &m, &err), err);
        assert_near(m.power, power, 0);
        assert_int_equal(m.log_power, pairs[i].log);
        assert_near(m.c0, 200, 1e-6);
        assert_near(m.c1, 10, 1e-6);
    }
}

static void a_row_of_extra_p(void **state)
{
    (void)state;
    static const double x[] = {4, 8, 16, 32, 64, 128};
    static const double y[] = {1303.2010356851542, 1505.917143334448,  1746.9885808766455,
                               2033.672449625761,  2374.5989460987153, 2780.0311613973026};
    struct nh_pmnf m;
    struct nh_error err = {0};
    assert_ok(nh_pmnf_fit(x, y, 6, &m, &err), err);
    assert_near(m.power, 0.25, 0);
    assert_near(m.c0, 231.8031, 1e-3);
    assert_near(m.c1, 757.5927, 1e-3);
}

/* On falling times the search finds a logarithm that ends below zero: refused. */
static void raw_strong_scaling_times_are_refused(void **state)
{
    (void)state;
    static const double cores[] = {144, 288, 576, 1152, 1620, 3888};
    static const double hours[] = {11.25, 5.625, 2.8125, 1.40625, 1, .5208333333333333};
    struct nh_pmnf m;
    struct nh_error err = {0};
    assert_int_equal(nh_pmnf_fit(cores, hours, 6, &m, &err), NH_EINPUT);
    assert_says(&err, "fit the work");
    double terms[NH_PMNF_TERMS * 7];
    nh_pmnf_terms(cores, 6, terms);
    nh_pmnf_search(terms, hours, 6, SIZE_MAX, &m);
    assert_near(m.c0, 24.332, 5e-4);
    assert_near(m.c1, -2.1545, 5e-5);
    assert_near(nh_pmnf_value(&m, 3888), -1.36, 5e-3);
}

/* On node-hours it fits one point, which its own cross-validation shows. */
static void work_of_the_published_case(void **state)
{
    (void)state;
    static const double cores[] = {144, 288, 576, 1152, 1620, 3888};
    static const double node_hours[] = {45, 45, 45, 45, 45, 56.25};
    struct nh_pmnf m;
    struct nh_error err = {0};
    assert_ok(nh_pmnf_fit(cores, node_hours, 6, &m, &err), err);
    assert_near(m.power, 3, 0);
    assert_int_equal(m.log_power, 1);
    assert_near(m.c0, 44.80, 5e-3);
    assert_near(m.c1, 1.628e-11, 5e-15);
    assert_near(m.ar2, -.51, 5e-3);
}

static void constants_and_too_few(void **state)
{
    (void)state;
    static const double x[] = {1, 2, 4}, y[] = {7, 7, 7};
    struct nh_pmnf m;
    struct nh_error err = {0};
    assert_ok(nh_pmnf_fit(x, y, 3, &m, &err), err);
    assert_near(m.c0, 7, 1e-12);
    assert_near(nh_pmnf_value(&m, 1000), 7, 1e-12);
    assert_int_equal(nh_pmnf_fit(x, y, 2, &m, &err), NH_EINPUT);
    assert_says(&err, "needs 3 sizes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_parameter_1),
        cmocka_unit_test(example_input),
        cmocka_unit_test(exponents_are_recovered),
        cmocka_unit_test(a_row_of_extra_p),
        cmocka_unit_test(raw_strong_scaling_times_are_refused),
        cmocka_unit_test(work_of_the_published_case),
        cmocka_unit_test(constants_and_too_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
