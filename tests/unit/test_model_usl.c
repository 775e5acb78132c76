/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Goldens of the universal scalability law: Cisco's benchmark in Gunther's book (usl4j,
 * ModelTest.java; standard errors and intervals by an independent program), specsdm91
 * (R package usl), and a series made from alpha = beta = 0.02, gamma = 1.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/model/student.h"
#include "analysis/model/usl.h"

enum { MOST = 32, ALPHA = 0, BETA = 1, GAMMA = 2 };

static const double cisco[MOST] = {
    955.16,   1878.91,  2688.01,  3548.68,  4315.54,  5130.43,  5931.37, 6531.08,
    7219.8,   7867.61,  8278.71,  8646.7,   9047.84,  9426.55,  9645.37, 9897.24,
    10097.6,  10240.5,  10532.39, 10798.52, 11151.43, 11518.63, 11806,   12089.37,
    12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39};

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static struct nh_usl fit(const double *n, const double *x, size_t count)
{
    double weight[MOST], scratch[8 * (MOST + 3)];
    struct nh_usl u;
    for (size_t i = 0; i < count; i++)
        weight[i] = 1;
    assert_true(nh_usl_fit(n, x, weight, count, scratch, &u));
    return u;
}

static struct nh_usl fit_cisco(size_t count)
{
    double n[MOST];
    for (size_t i = 0; i < count; i++)
        n[i] = (double)(i + 1);
    return fit(n, cisco, count);
}

static void cisco_in_full(void **state)
{
    (void)state;
    struct nh_usl u = fit_cisco(MOST);
    double se[3], t = nh_student_quantile(0.975, 29);
    assert_near(u.alpha, .0267159, 5e-8);
    assert_near(u.beta, 7.69094e-4, 5e-9);
    assert_near(u.gamma, 995.6488, 5e-4);
    assert_near(u.rss, 1023849.5, 0.5);
    nh_usl_errors(&u, 29, se);
    assert_near(se[ALPHA], .0044938, 5e-7);
    assert_near(se[BETA], 8.645e-5, 5e-8);
    assert_near(se[GAMMA], 28.698, 5e-3);
    assert_near(u.alpha - t * se[ALPHA], .01753, 5e-5);
    assert_near(u.gamma + t * se[GAMMA], 1054.34, 5e-2);
    assert_near(nh_usl_throughput(&u, 20, NULL), 11063.6331, 1e-2);
    assert_near(nh_usl_throughput(&u, 35, NULL), 12341.7457, 1e-2);
    assert_near(floor(nh_usl_peak(&u)), 35, 0);
}

static void cisco_of_ten_sizes(void **state)
{
    (void)state;
    struct nh_usl u = fit_cisco(10);
    double se[3], t = nh_student_quantile(0.975, 7);
    assert_near(u.alpha, .017003, 5e-7);
    assert_near(u.beta, 4.4654e-4, 5e-9);
    assert_near(u.gamma, 938.379, 5e-4);
    nh_usl_errors(&u, 7, se);
    assert_near(u.beta - t * se[BETA], -7.8e-4, 5e-6); /* 0 is in it */
    assert_near(u.beta + t * se[BETA], 1.67e-3, 5e-6);
}

static void specsdm91(void **state)
{
    (void)state;
    static const double n[] = {1, 18, 36, 72, 108, 144, 216};
    static const double x[] = {64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2};
    struct nh_usl u = fit(n, x, 7);
    double se[3];
    assert_near(u.alpha, .0277284755, 5e-9);
    assert_near(u.beta, 1.04365484e-4, 5e-12);
    assert_near(u.gamma, 89.995233, 5e-5);
    assert_near(u.rss, 27453.72, 5e-2);
    nh_usl_errors(&u, 4, se);
    assert_near(se[ALPHA], 9.122e-3, 5e-6);
    assert_near(se[BETA], 1.988e-5, 5e-8);
    assert_near(se[GAMMA], 14.21, 5e-2);
    assert_near(nh_usl_peak(&u), 96.51956, 5e-4);
    assert_near(nh_usl_throughput(&u, nh_usl_peak(&u), NULL), 1884, 0.5);
    assert_near(sqrt(u.rss / 4), 82.85, 5e-3);
}

static void a_series_made_from_the_law(void **state)
{
    (void)state;
    static const double n[] = {1, 2, 4, 6, 8, 10};
    static const double x[] = {1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557};
    struct nh_usl u = fit(n, x, 6);
    assert_near(u.alpha, .02, 2e-5);
    assert_near(u.beta, .02, 2e-5);
    assert_near(u.gamma, 1, 2e-5);
    assert_true(u.rss < 1e-8);
}

/* Throughput that grows faster than the size: no contention below none. */
static void bounds_hold(void **state)
{
    (void)state;
    static const double n[] = {1, 2, 4, 8}, x[] = {1, 2.1, 4.3, 8.9};
    struct nh_usl u = fit(n, x, 4);
    double se[3];
    assert_near(u.alpha, 0, 0);
    assert_near(u.beta, 0, 0);
    assert_int_equal(u.free_mask, 1U << GAMMA);
    /* Refitted alone: gamma = sum(nx)/sum(nn). */
    assert_near(u.gamma, (1 + 4.2 + 17.2 + 71.2) / 85, 1e-9);
    nh_usl_errors(&u, 3, se);
    assert_true(isnan(se[ALPHA]) && isnan(se[BETA]) && isfinite(se[GAMMA]));
    assert_true(isinf(nh_usl_peak(&u)));
}

static void derivatives_are_those_of_the_law(void **state)
{
    (void)state;
    struct nh_usl u = {.alpha = .03, .beta = 2e-3, .gamma = 5};
    double g[3], step = 1e-6, at = nh_usl_throughput(&u, 12, g);
    struct nh_usl a = u, b = u, c = u;
    a.alpha += step;
    b.beta += step;
    c.gamma += step;
    assert_near((nh_usl_throughput(&a, 12, NULL) - at) / step, g[ALPHA], 1e-3 * fabs(g[ALPHA]));
    assert_near((nh_usl_throughput(&b, 12, NULL) - at) / step, g[BETA], 1e-3 * fabs(g[BETA]));
    assert_near((nh_usl_throughput(&c, 12, NULL) - at) / step, g[GAMMA], 1e-6 * fabs(g[GAMMA]));
}

static void no_throughput_no_fit(void **state)
{
    (void)state;
    static const double n[] = {1, 2, 3, 4}, x[] = {0, 0, 0, 0}, w[] = {1, 1, 1, 1};
    double scratch[8 * 7];
    struct nh_usl u;
    assert_false(nh_usl_fit(n, x, w, 4, scratch, &u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cisco_in_full),
        cmocka_unit_test(cisco_of_ten_sizes),
        cmocka_unit_test(specsdm91),
        cmocka_unit_test(a_series_made_from_the_law),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(derivatives_are_those_of_the_law),
        cmocka_unit_test(no_throughput_no_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
