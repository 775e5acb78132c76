/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Change points by E-divisive over both ends of the later segment. Series and statistics are
 * those of apache/otava's tests: the maximum of the first is Q = 761.282143 at t = 5, k = 14, and
 * of what lies right of it 198.266667 at 8; change points 5 and 8.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/compare/change_points.h"
#include "common/rng.h"
#include "common/stats.h"

static const double otava[] = {.3,   2.4, 1.5,   -.9,   -.5,   99.7,  98.3,
                               99.1, 149, 149.7, 149.5, 149.1, 148.8, 150};
static const double halved[] = {1.02, .95, .99, 1,   1.12, 1,   1.01, .98, 1.01, .96,
                                .50,  .51, .48, .48, .55,  .50, .49,  .51, .50,  .49};
static const struct nh_change_options usual = {
    .min_segment = 2, .min_magnitude = 0.02, .alpha = 0.05, .permutations = 999, .seed = 1};

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static struct nh_split find(const double *z, size_t n, size_t least)
{
    struct nh_split s;
    assert_int_equal(nh_split_find(z, n, least, &s), NH_OK);
    return s;
}

static void statistics_match_otava(void **state)
{
    (void)state;
    struct nh_split s = find(otava, 14, 1);
    assert_near(s.q, 761.282143, 5e-7);
    assert_int_equal(s.t, 5);
    assert_int_equal(s.k, 14);
    s = find(otava + 5, 9, 1);
    assert_near(s.q, 198.266667, 5e-7);
    assert_int_equal(s.t + 5, 8);
    s = find(halved, 20, 1);
    assert_near(s.q, 4.682222, 5e-7);
    assert_int_equal(s.t, 10);
}

/* All t and k by the definition. */
static void the_search_matches_the_definition(void **state)
{
    (void)state;
    struct nh_rng rng = {5};
    double z[30];
    for (int i = 0; i < 30; i++)
        z[i] = nh_rng_unit(&rng) + (i >= 12 && i < 19 ? 2 : 0);
    struct nh_split best = {0, 0, 0};
    for (size_t t = 2; t < 30; t++)
        for (size_t k = t + 2; k <= 30; k++) {
            double x = 0, y = 0, cross = 0, n = (double)t, m = (double)(k - t);
            for (size_t i = 0; i < k; i++)
                for (size_t j = i + 1; j < k; j++)
                    *(j < t ? &x : i >= t ? &y : &cross) += fabs(z[i] - z[j]);
            double q = 2 / (m + n) * cross - 2 * m / ((m + n) * (n - 1)) * x -
                       2 * n / ((m + n) * (m - 1)) * y;
            if (q > best.q)
                best = (struct nh_split){q, t, k};
        }
    struct nh_split found = find(z, 30, 2);
    assert_near(found.q, best.q, 1e-9);
    assert_int_equal(found.t, best.t);
    assert_int_equal(found.k, best.k);
    assert_int_equal(found.t, 12); /* a change that is undone: k ends before the series does */
    assert_int_equal(found.k, 19);
}

static struct nh_change_points changes(const double *z, size_t n, struct nh_change_options o)
{
    struct nh_change_points c;
    struct nh_error err = {0};
    assert_ok(nh_change_points_find(z, n, &o, &c, &err), err);
    return c;
}

static void both_series_split_where_they_should(void **state)
{
    (void)state;
    double shifted[14]; /* ratios want values above 0 */
    for (int i = 0; i < 14; i++)
        shifted[i] = otava[i] + 10;
    struct nh_change_points c = changes(shifted, 14, usual);
    assert_int_equal(c.count, 2);
    assert_int_equal(c.items[0].index, 5);
    assert_int_equal(c.items[1].index, 8);
    assert_near(c.items[1].before, 109.1, 1e-9);
    nh_change_points_clear(&c);
    c = changes(halved, 20, usual);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.items[0].index, 10);
    assert_near(c.items[0].before, 1, 1e-9);
    assert_near(c.items[0].after, .5, 1e-9);
    assert_true(c.items[0].p <= 0.01);
    nh_change_points_clear(&c);
}

static void short_and_small_changes_are_left_out(void **state)
{
    (void)state;
    struct nh_change_options o = usual;
    double z[24];
    for (int i = 0; i < 24; i++)
        z[i] = 100 + 0.01 * (i % 3) + (i >= 12 ? 1 : 0); /* 1 %, far above the noise */
    struct nh_change_points c = changes(z, 24, o);
    assert_int_equal(c.count, 0);
    nh_change_points_clear(&c);
    o.min_magnitude = 0.005;
    c = changes(z, 24, o);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.items[0].index, 12);
    nh_change_points_clear(&c);
    o.min_segment = 13; /* more than a half: nothing can be split */
    c = changes(z, 24, o);
    assert_int_equal(c.count, 0);
    nh_change_points_clear(&c);
}

/* Noise alone: at alpha = 5 % about one series in twenty. */
static void noise_is_rarely_split(void **state)
{
    (void)state;
    struct nh_rng rng = {11};
    int split = 0;
    struct nh_change_options o = usual;
    o.permutations = 199;
    o.min_magnitude = 0;
    for (int t = 0; t < 200; t++) {
        double z[20];
        for (int i = 0; i < 20; i++)
            z[i] = exp(0.05 * nh_normal_quantile(nh_rng_unit(&rng)));
        struct nh_change_points c = changes(z, 20, o);
        split += c.count > 0;
        nh_change_points_clear(&c);
    }
    assert_true(split <= 22); /* 10 expected, standard deviation 3.1 */
}

static void the_same_seed_gives_the_same_p(void **state)
{
    (void)state;
    struct nh_change_points a = changes(halved, 20, usual), b = changes(halved, 20, usual);
    assert_true(a.items[0].p == b.items[0].p);
    nh_change_points_clear(&a);
    nh_change_points_clear(&b);
}

static void a_history_has_a_limit(void **state)
{
    (void)state;
    static double z[NH_HISTORY_MAX + 1];
    struct nh_change_points c;
    struct nh_error err = {0};
    assert_int_equal(nh_change_points_find(z, NH_HISTORY_MAX + 1, &usual, &c, &err), NH_EINPUT);
    assert_says(&err, "too long");
    c = changes(z, 0, usual);
    assert_int_equal(c.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_match_otava),
        cmocka_unit_test(the_search_matches_the_definition),
        cmocka_unit_test(both_series_split_where_they_should),
        cmocka_unit_test(short_and_small_changes_are_left_out),
        cmocka_unit_test(noise_is_rarely_split),
        cmocka_unit_test(the_same_seed_gives_the_same_p),
        cmocka_unit_test(a_history_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
