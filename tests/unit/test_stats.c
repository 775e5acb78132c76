/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs the headers above. */
#include <cmocka.h>

#include "common/rng.h"
#include "common/stats.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static double gauss(struct nh_rng *rng)
{
    return nh_normal_quantile(nh_rng_unit(rng));
}

/* ---- random numbers ---- */

/* First outputs for seed 1234567: Rosetta Code, Pseudo-random numbers/Splitmix64. */
static void rng_matches_reference(void **state)
{
    (void)state;
    struct nh_rng rng = {1234567};
    const uint64_t expected[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                 UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                 UINT64_C(16408922859458223821)};
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_true(nh_rng_next(&rng) == expected[i]);
}

static void rng_unit_stays_inside(void **state)
{
    (void)state;
    struct nh_rng rng = {1};
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        double u = nh_rng_unit(&rng);
        assert_true(u > 0 && u < 1);
        sum += u;
    }
    assert_near(sum / 100000, 0.5, 0.005);
}

static void rng_below_is_uniform(void **state)
{
    (void)state;
    struct nh_rng rng = {2};
    size_t seen[7] = {0};
    for (int i = 0; i < 70000; i++)
        seen[nh_rng_below(&rng, 7)]++;
    for (size_t i = 0; i < 7; i++)
        assert_near((double)seen[i], 10000, 400);
    assert_true(nh_rng_below(&rng, 1) == 0);
    assert_true(nh_rng_below(&rng, UINT64_MAX) < UINT64_MAX);
}

static void shuffle_reaches_every_order_equally(void **state)
{
    (void)state;
    struct nh_rng rng = {3};
    size_t seen[27] = {0};
    for (int i = 0; i < 60000; i++) {
        size_t order[3] = {0, 1, 2};
        nh_rng_shuffle(&rng, order, 3);
        seen[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    const size_t orders[] = {5, 7, 11, 15, 19, 21};
    for (size_t i = 0; i < COUNT(orders); i++)
        assert_near((double)seen[orders[i]], 10000, 400);
    nh_rng_shuffle(&rng, NULL, 0);
}

/* ---- order statistics ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort_and_median_match_qsort(void **state)
{
    (void)state;
    static double x[3000], mine[3000], scratch[3000];
    struct nh_rng rng = {4};
    for (size_t n = 1; n <= 3000; n += n < 70 ? 1 : 977) {
        for (size_t i = 0; i < n; i++)
            mine[i] = x[i] = n % 3 ? gauss(&rng) : (double)nh_rng_below(&rng, 4);
        double median = nh_median(mine, n, scratch);
        qsort(x, n, sizeof *x, compare);
        nh_sort(mine, n);
        assert_memory_equal(x, mine, n * sizeof *x);
        assert_true(median == nh_median_sorted(x, n));
        nh_sort(mine, n); /* sorted input is no bad case */
        assert_memory_equal(x, mine, n * sizeof *x);
    }
    nh_sort(x, 0);
}

static void percentile_is_nearest_rank(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 2, 6, 20, 100, 1000};
    double x[1000];
    for (size_t i = 0; i < 1000; i++)
        x[i] = (double)i + 1;
    for (size_t s = 0; s < COUNT(sizes); s++)
        for (size_t percent = 1; percent < 100; percent++) {
            size_t rank = 1; /* smallest value that percent of the sample do not exceed */
            while (rank * 100 < percent * sizes[s])
                rank++;
            double got = nh_percentile_sorted(x, sizes[s], (double)percent / 100);
            assert_true(got == (double)rank);
        }
}

static void mad_and_outliers(void **state)
{
    (void)state;
    double scratch[8];
    const double a[] = {1, 1, 2, 2, 4, 6, 9};
    assert_near(nh_mad_sorted(a, 7, scratch), 1.4826, 1e-12);
    const double b[] = {10, 10, 10, 10, 10, 10, 10, 100};
    assert_near(nh_mad_sorted(b, 8, scratch), 0, 0);
    assert_int_equal(nh_outliers_sorted(b, 8), 1);
    assert_int_equal(nh_outliers_sorted(a, 7), 0);
    assert_int_equal(nh_outliers_sorted(a, 0), 0);
}

/* ---- exact intervals ---- */

struct golden {
    size_t n, lo, hi;
    double coverage, tolerance;
};

static void check_golden(const struct golden *g, size_t count, double level)
{
    for (size_t i = 0; i < count; i++) {
        struct nh_ranks r;
        assert_true(nh_quantile_ranks(g[i].n, 0.5, level, &r));
        assert_int_equal(r.lo, g[i].lo);
        assert_int_equal(r.hi, g[i].hi);
        if (g[i].coverage > 0)
            assert_near(r.coverage, g[i].coverage, g[i].tolerance);
    }
}

/* Tables of the exact binomial sum after Le Boudec (2010), worked out by a second program
 * in another language. */
static void median_ranks_match_tables(void **state)
{
    (void)state;
    const struct golden at95[] = {
        {6, 1, 6, .9688, 5e-5},      {7, 1, 7, .9844, 5e-5},     {8, 1, 8, .9922, 5e-5},
        {9, 2, 8, .9609, 5e-5},      {10, 2, 9, .9785, 5e-5},    {12, 3, 10, .9614, 5e-5},
        {15, 4, 12, .9648, 5e-5},    {20, 6, 15, .9586, 5e-5},   {25, 8, 18, .9567, 5e-5},
        {30, 10, 21, .9572, 5e-5},   {40, 14, 27, .9615, 5e-5},  {50, 18, 33, .967, 5e-4},
        {100, 40, 61, .9648, 5e-5},  {200, 86, 115, .960, 5e-4}, {500, 228, 273, .956, 5e-4},
        {1000, 469, 532, .954, 5e-4}};
    const struct golden at90[] = {{5, 1, 5, .9375, 5e-5}, {8, 2, 7, .9297, 5e-5}};
    const struct golden at99[] = {{8, 1, 8, 0, 0},
                                  {10, 1, 10, 0, 0},
                                  {15, 3, 13, 0, 0},
                                  {20, 4, 17, 0, 0},
                                  {30, 8, 23, 0, 0}};
    check_golden(at95, COUNT(at95), 0.95);
    check_golden(at90, COUNT(at90), 0.90);
    check_golden(at99, COUNT(at99), 0.99);
}

static void small_samples_have_no_interval(void **state)
{
    (void)state;
    struct nh_ranks r;
    for (size_t n = 0; n <= 5; n++)
        assert_false(nh_quantile_ranks(n, 0.5, 0.95, &r));
    assert_true(nh_quantile_ranks(6, 0.5, 0.96875, &r)); /* the level itself is reached */
    assert_false(nh_quantile_ranks(6, 0.5, 0.9688, &r));
    assert_false(nh_quantile_ranks(7, 0.5, 0.99, &r));
    assert_true(nh_quantile_ranks(8, 0.5, 0.99, &r));
}

/* Against whole-number binomial coefficients, exact up to n = 60. */
static void ranks_match_whole_numbers(void **state)
{
    (void)state;
    uint64_t row[61] = {1};
    for (size_t n = 1; n <= 60; n++) {
        for (size_t i = n; i > 0; i--)
            row[i] += row[i - 1];
        double inside = ldexp(1, (int)n);
        size_t lo = 0;
        for (size_t l = 1; l <= n / 2; l++) {
            inside -= 2 * (double)row[l - 1];
            if (inside >= 0.95 * ldexp(1, (int)n))
                lo = l;
        }
        struct nh_ranks r;
        assert_int_equal(nh_quantile_ranks(n, 0.5, 0.95, &r), lo > 0);
        assert_int_equal(r.lo, lo);
    }
}

static double exact_coverage(size_t n, double p, size_t lo, size_t hi)
{
    long double sum = 0, m = (long double)n, q = (long double)p;
    for (size_t i = lo; i < hi; i++) {
        long double k = (long double)i;
        sum += expl(lgammal(m + 1) - lgammal(k + 1) - lgammal(m - k + 1) + k * logl(q) +
                    (m - k) * log1pl(-q));
    }
    return (double)sum;
}

static void coverage_is_exact_for_large_samples(void **state)
{
    (void)state;
    const size_t sizes[] = {37, 1000, 100000, 1000000};
    const double quantiles[] = {0.5, 0.9, 0.25};
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t j = 0; j < COUNT(quantiles); j++) {
            struct nh_ranks r;
            assert_true(nh_quantile_ranks(sizes[i], quantiles[j], 0.95, &r));
            assert_near(r.coverage, exact_coverage(sizes[i], quantiles[j], r.lo, r.hi), 1e-9);
            assert_true(r.coverage >= 0.95);
        }
}

/* Smallest n with an equal-tailed 95 % interval: 1 - p^n >= 0.975. */
static void percentiles_need_long_samples(void **state)
{
    (void)state;
    const struct {
        double p;
        size_t n;
    } least[] = {{0.90, 36}, {0.95, 72}, {0.99, 368}, {0.999, 3688}, {0.10, 36}};
    for (size_t i = 0; i < COUNT(least); i++) {
        struct nh_ranks r;
        assert_false(nh_quantile_ranks(least[i].n - 1, least[i].p, 0.95, &r));
        assert_true(nh_quantile_ranks(least[i].n, least[i].p, 0.95, &r));
        assert_true(r.lo >= 1 && r.lo < r.hi && r.hi <= least[i].n);
    }
}

/* asv and R's package asht: median and 80 % interval of this sample. */
static void interval_matches_asht(void **state)
{
    (void)state;
    const double x[] = {-.76592323, .60474948, -1.49595963, .27798342, 1.20159789, -2.47946614,
                        .94695675,  .10732743, -1.02812482, .57829823, -.09452743, .50173779};
    struct nh_summary s;
    assert_int_equal(nh_summarise(x, 12, 0.80, false, &s), 0);
    assert_near(s.median, .1926554, 5e-8);
    assert_near(s.ci.lo, -.7659232, 5e-8);
    assert_near(s.ci.hi, .5782982, 5e-8);
}

static void normal_quantile_inverts_erfc(void **state)
{
    (void)state;
    assert_near(nh_normal_quantile(0.975), 1.959963984540054, 3e-9);
    assert_near(nh_normal_quantile(0.5), 0, 1e-15);
    for (double p = 1e-8; p < 1; p += p < 0.01 ? p / 3 : 0.001) {
        double back = erfc(-nh_normal_quantile(p) / sqrt(2)) / 2;
        assert_near(back / p, 1, 5e-8);
        assert_near(nh_normal_quantile(1 - p), -nh_normal_quantile(p), 1e-6);
    }
}

/* ---- series in time order ---- */

static void autocorrelation_and_effective_n(void **state)
{
    (void)state;
    const double a[] = {1, -1, 1, -1}, constant[] = {.1, .1, .1, .1, .1};
    assert_near(nh_autocorrelation(a, 4), -0.75, 1e-12);
    assert_near(nh_autocorrelation(constant, 5), 0, 0);
    assert_near(nh_autocorrelation(a, 2), 0, 0);
    assert_near(nh_effective_n(100, 0.5), 100.0 / 3, 1e-12);
    assert_near(nh_effective_n(100, -0.5), 100, 0);
    assert_near(nh_effective_n(10, 0.999), 1, 0);
}

static void autocorrelation_finds_the_coefficient(void **state)
{
    (void)state;
    static double x[50000];
    struct nh_rng rng = {5};
    for (size_t i = 0; i < COUNT(x); i++)
        x[i] = gauss(&rng) + (i > 0 ? 0.5 * x[i - 1] : 0);
    assert_near(nh_autocorrelation(x, COUNT(x)), 0.5, 0.02);
}

/* By hand from E = 1 + 2ab/(a+b), Var = 2ab(2ab-a-b)/((a+b)^2 (a+b-1)). */
static void runs_test_by_hand(void **state)
{
    (void)state;
    const double blocks[] = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0}, mixed[] = {1, 1, 0, 0, 1, 0};
    const double ties[] = {1, .5, 1, .5, 0, 0, 1, 0};
    assert_near(nh_runs_z(blocks, 10, 0.5), -4 / sqrt(20.0 / 9), 1e-12);
    assert_near(nh_runs_z(mixed, 6, 0.5), 0, 1e-12);
    assert_near(nh_runs_z(ties, 8, 0.5), 0, 1e-12);
    assert_near(nh_runs_z(blocks, 5, 0.5), 0, 0);
    assert_near(nh_runs_z(blocks, 0, 0.5), 0, 0);
}

static void trend_tests_by_hand(void **state)
{
    (void)state;
    double scratch[6];
    const double rise[] = {1, 2, 3, 4, 5}, ties[] = {1, 1, 2}, jump[] = {1, 2, 3, 100};
    assert_near(nh_mann_kendall_z(rise, 5), 9 / sqrt(300.0 / 18), 1e-12);
    assert_near(nh_mann_kendall_z(ties, 3), 1 / sqrt(48.0 / 18), 1e-12);
    assert_near(nh_mann_kendall_z(ties, 2), 0, 0);
    assert_near(nh_mann_kendall_z(rise, 1), 0, 0);
    assert_near(nh_theil_sen(jump, 4, scratch), 17, 1e-12); /* slopes 1 1 1 33 49 97 */
    assert_near(nh_theil_sen(jump, 1, scratch), 0, 0);
}

/* White's formula, evaluated from its definition for every cut in the first half. */
static size_t mser_by_definition(const double *x, size_t n)
{
    double y[200], five[5], least = INFINITY;
    size_t m = n / 5, best = 0;
    for (size_t b = 0; b < m; b++)
        y[b] = nh_median(x + 5 * b, 5, five);
    for (size_t d = 0; 2 * d <= m; d++) {
        double mean = 0, squares = 0, left = (double)(m - d);
        for (size_t j = d; j < m; j++)
            mean += y[j] / left;
        for (size_t j = d; j < m; j++)
            squares += (y[j] - mean) * (y[j] - mean);
        if (squares / (left * left) < least) {
            least = squares / (left * left);
            best = d;
        }
    }
    return 5 * best;
}

static void warmup_matches_definition(void **state)
{
    (void)state;
    struct nh_rng rng = {6};
    double x[500];
    for (int series = 0; series < 50; series++) {
        for (size_t i = 0; i < 500; i++)
            x[i] = 10 + 0.1 * gauss(&rng) + 5 * exp(-(double)i / 20);
        bool steady;
        size_t cut = nh_warmup_mser5(x, 500, &steady);
        assert_true(steady);
        assert_int_equal(cut, mser_by_definition(x, 500));
        assert_true(cut >= 40 && cut <= 200);
    }
}

static void drifting_series_never_settles(void **state)
{
    (void)state;
    struct nh_rng rng = {7};
    double x[400];
    for (size_t i = 0; i < 400; i++)
        x[i] = 10 + (double)i / 40 + 0.1 * gauss(&rng);
    bool steady;
    assert_int_equal(nh_warmup_mser5(x, 400, &steady), 0);
    assert_false(steady);
    struct nh_summary s;
    assert_int_equal(nh_summarise(x, 400, 0.95, true, &s), 0);
    assert_true(s.trending && s.autocorrelated && s.runs_z < -2.58);
    assert_near(s.drift, 10 / s.median, 0.02);
}

/* Share of steady series that lose samples, or are called unsteady. */
static void steady_noise_is_rarely_cut(void **state)
{
    (void)state;
    struct nh_rng rng = {8};
    const size_t sizes[] = {30, 60, 100, 300};
    static double x[300];
    for (size_t s = 0; s < COUNT(sizes); s++) {
        int cut = 0, unsteady = 0;
        for (int series = 0; series < 1000; series++) {
            for (size_t i = 0; i < sizes[s]; i++)
                x[i] = 10 - log(nh_rng_unit(&rng));
            bool steady;
            cut += nh_warmup_mser5(x, sizes[s], &steady) > 0;
            unsteady += !steady;
        }
        assert_true(cut <= 50 && unsteady <= 10);
    }
}

static void short_and_constant_series_are_kept(void **state)
{
    (void)state;
    double x[100];
    for (size_t i = 0; i < 100; i++)
        x[i] = 0.1;
    for (size_t n = 0; n <= 100; n++) {
        bool steady = false;
        assert_int_equal(nh_warmup_mser5(x, n, &steady), 0);
        assert_true(steady);
    }
    x[0] = 1e9; /* one slow sample is no warm-up: the median does not see it */
    bool steady;
    assert_int_equal(nh_warmup_mser5(x, 100, &steady), 0);
    for (size_t i = 0; i < 5; i++)
        x[i] = 0.2;
    assert_int_equal(nh_warmup_mser5(x, 100, &steady), 5);
}

/* ---- modes ---- */

enum shape { EXPONENTIAL, LOGNORMAL, NORMAL, UNIFORM, CONSTANT, TWO_STEPS, STEPS, SPIKES, SHAPES };

static double unimodal(enum shape shape, struct nh_rng *rng)
{
    double u = nh_rng_unit(rng);
    switch (shape) {
    case EXPONENTIAL:
        return -log(u);
    case LOGNORMAL:
        return exp(0.25 * nh_normal_quantile(u));
    case NORMAL:
        return 10 + nh_normal_quantile(u);
    case UNIFORM:
        return 1 + u;
    case TWO_STEPS:
        return u < 0.6 ? 20 : 21;
    case STEPS:
        return floor(20 - log(u));
    case SPIKES: /* interference in 2 % of the samples is outliers, not a mode */
        return u < 0.02 ? 10 + 500 * u : 1 + u / 50;
    default:
        return 7;
    }
}

static int count_bimodal(size_t n, enum shape shape, struct nh_rng *rng)
{
    static double x[1000], scratch[1000];
    int found = 0;
    for (int series = 0; series < 300; series++) {
        struct nh_modes modes;
        for (size_t i = 0; i < n; i++)
            x[i] = unimodal(shape, rng);
        nh_sort(x, n);
        found += nh_bimodal_sorted(x, n, scratch, &modes);
    }
    return found;
}

static void one_mode_is_not_two(void **state)
{
    (void)state;
    struct nh_rng rng = {9};
    for (enum shape shape = EXPONENTIAL; shape < SHAPES; shape++) {
        assert_true(count_bimodal(30, shape, &rng) <= 1);
        assert_true(count_bimodal(1000, shape, &rng) == 0);
    }
}

/* Core-to-core latency that flips between 0.20 and 0.45 us as a host moves its CPUs. */
static void two_modes_are_found(void **state)
{
    (void)state;
    const double shares[] = {0.67, 0.50, 0.33, 0.90};
    static double x[200], scratch[200];
    struct nh_rng rng = {10};
    for (size_t s = 0; s < COUNT(shares); s++) {
        int found = 0;
        struct nh_modes modes = {0, 0, 0};
        for (int series = 0; series < 300; series++) {
            for (size_t i = 0; i < 200; i++)
                x[i] = (nh_rng_unit(&rng) < shares[s] ? 0.20 : 0.45) * (1 + 0.03 * gauss(&rng));
            nh_sort(x, 200);
            found += nh_bimodal_sorted(x, 200, scratch, &modes);
        }
        assert_true(found >= 297);
        assert_near(modes.low, 0.20, 0.01);
        assert_near(modes.high, 0.45, 0.02);
        assert_near(modes.low_share, shares[s], 0.12);
    }
}

static void two_exact_values_are_modes_when_far_apart(void **state)
{
    (void)state;
    double x[30], scratch[30];
    struct nh_modes modes;
    for (size_t i = 0; i < 30; i++)
        x[i] = i < 20 ? 200 : 450;
    assert_true(nh_bimodal_sorted(x, 30, scratch, &modes));
    assert_near(modes.low_share, 2.0 / 3, 1e-12);
    for (size_t i = 20; i < 30; i++)
        x[i] = 210;
    assert_false(nh_bimodal_sorted(x, 30, scratch, &modes));
}

static void switch_at_the_start_is_not_hidden_by_the_cut(void **state)
{
    (void)state;
    struct nh_rng rng = {11};
    static double x[500];
    for (size_t i = 0; i < 500; i++)
        x[i] = (i < 150 ? 0.45 : 0.20) * (1 + 0.02 * gauss(&rng));
    struct nh_summary s;
    assert_int_equal(nh_summarise(x, 500, 0.95, true, &s), 0);
    assert_int_equal(s.warmup, 150);
    assert_true(s.steady && s.bimodal);
    assert_near(s.median, 0.20, 0.002);
    assert_near(s.modes.high, 0.45, 0.004);
    assert_near(s.modes.low_share, 0.7, 1e-12);
}

/* ---- summary ---- */

/* golang/perf benchstat prints 3.5 [-10, 6] at 0.96875 for this sample. */
static void summary_matches_benchstat(void **state)
{
    (void)state;
    const double x[] = {-10, 2, 3, 4, 5, 6};
    struct nh_summary s;
    assert_int_equal(nh_summarise(x, 6, 0.95, true, &s), 0);
    assert_near(s.median, 3.5, 0);
    assert_near(s.ci.lo, -10, 0);
    assert_near(s.ci.hi, 6, 0);
    assert_near(s.ci.coverage, 0.96875, 1e-12);
    assert_near(s.mean, 10.0 / 6, 1e-12);
    assert_int_equal(nh_summarise(x, 6, 0.99, true, &s), 0);
    assert_true(isnan(s.ci.lo) && isnan(s.ci.hi) && isnan(s.ci.coverage));
}

static void every_length_is_safe(void **state)
{
    (void)state;
    struct nh_rng rng = {12};
    for (size_t n = 0; n <= 130; n++) {
        double *x = malloc(n ? n * sizeof *x : 1); /* exact size: sanitizers see overruns */
        assert_non_null(x);
        for (int shape = 0; shape < 4; shape++) {
            for (size_t i = 0; i < n; i++)
                x[i] = shape == 0 ? 0 : shape == 1 ? 5 : shape == 2 ? gauss(&rng) : (double)(i % 3);
            struct nh_summary s;
            assert_int_equal(nh_summarise(x, n, 0.95, true, &s), 0);
            assert_int_equal(s.n + s.warmup, n);
            assert_int_equal(isnan(s.median), n == 0);
            assert_int_equal(isnan(s.p90), s.n < 36);
            assert_int_equal(isnan(s.p95), s.n < 72);
            assert_true(isnan(s.p99));
            assert_true(s.n >= 6 || isnan(s.ci.lo));
            assert_true(isnan(s.ci.lo) || (s.ci.lo <= s.median && s.median <= s.ci.hi));
            if (shape < 2 && n > 0)
                assert_true(s.rho1 == 0 && s.drift == 0 && s.mad == 0 && s.n_eff == (double)n &&
                            !s.bimodal && !s.trending && !s.autocorrelated && s.steady);
        }
        free(x);
    }
}

static void percentiles_stand_where_supported(void **state)
{
    (void)state;
    static double x[368];
    struct nh_rng rng = {13};
    size_t order[368];
    for (size_t i = 0; i < 368; i++)
        order[i] = i;
    nh_rng_shuffle(&rng, order, 368);
    for (size_t i = 0; i < 368; i++)
        x[i] = (double)order[i] + 1;
    struct nh_summary s;
    assert_int_equal(nh_summarise(x, 368, 0.95, false, &s), 0);
    assert_true(s.p90 == 332 && s.p95 == 350 && s.p99 == 365);
    assert_int_equal(nh_summarise(x, 367, 0.95, false, &s), 0);
    assert_true(isnan(s.p99));
}

/* rho = 0.5 widens n = 200's ranks 86..115 by sqrt(3): half-width 14.5 -> 25.11. */
static void dependence_widens_the_interval_in_ranks(void **state)
{
    (void)state;
    static double x[200], sorted[200];
    struct nh_rng rng = {14};
    for (size_t i = 0; i < 200; i++)
        x[i] = 20 + gauss(&rng) + (i > 0 ? 0.5 * (x[i - 1] - 20) : 0);
    memcpy(sorted, x, sizeof x);
    nh_sort(sorted, 200);
    struct nh_summary s;
    assert_int_equal(nh_summarise(x, 200, 0.95, false, &s), 0);
    assert_true(s.autocorrelated);
    size_t lo = (size_t)floor(100.5 - 14.5 * sqrt((1 + s.rho1) / (1 - s.rho1)));
    assert_true(lo > 70 && lo < 80);
    assert_near(s.ci.lo, sorted[lo - 1], 0);
    assert_near(s.ci.hi, sorted[200 - lo], 0);
    assert_near(s.n_eff, 200 * (1 - s.rho1) / (1 + s.rho1), 1e-9);
}

static void outliers_cannot_hide_dependence(void **state)
{
    (void)state;
    static double x[400];
    struct nh_rng rng = {15};
    for (size_t i = 0; i < 400; i++)
        x[i] = 20 + gauss(&rng) + (i > 0 ? 0.8 * (x[i - 1] - 20) : 0);
    for (size_t i = 7; i < 400; i += 40)
        x[i] = 1000;
    assert_true(nh_autocorrelation(x, 400) < 0.1);
    struct nh_summary s;
    assert_int_equal(nh_summarise(x, 400, 0.95, false, &s), 0);
    assert_true(s.autocorrelated && s.rho1 > 0.4);
    assert_int_equal(s.outliers, 10);
    assert_near(s.max, 1000, 0);
}

static void too_much_dependence_gives_no_interval(void **state)
{
    (void)state;
    double x[30];
    for (size_t i = 0; i < 30; i++)
        x[i] = i < 15 ? 1 + (double)i / 1000 : 2 + (double)i / 1000;
    struct nh_summary s;
    assert_int_equal(nh_summarise(x, 30, 0.95, false, &s), 0);
    assert_true(s.autocorrelated && isnan(s.ci.lo) && isnan(s.ci.hi));
}

/* ---- bootstrap ---- */

/* LAMMPS ReaxFF on AWS ParallelCluster, solver seconds of five runs each on 32, 64, 128
 * and 256 nodes (converged-computing/performance-study), with the bootstrap interval of
 * the efficiency T0 n0 / (T n) found by enumerating all resamples. */
static void bootstrap_matches_exact_enumeration(void **state)
{
    (void)state;
    const double base[] = {133, 134, 134, 141, 171};
    const struct {
        double nodes, t[5], lo, hi;
    } points[] = {{64, {73, 73, 74, 76, 78}, .8590, 1.1554},
                  {128, {45, 45, 45, 45, 50}, .6700, .9500},
                  {256, {28, 29, 31, 34, 36}, .4653, .6895}};
    for (size_t i = 0; i < COUNT(points); i++) {
        struct nh_interval ci =
            nh_bootstrap_median_ratio(base, 5, points[i].t, 5, 0.95, 20000, 20260101);
        assert_near(ci.lo * 32 / points[i].nodes, points[i].lo, 5e-5);
        assert_near(ci.hi * 32 / points[i].nodes, points[i].hi, 5e-5);
    }
}

static void bootstrap_repeats_by_seed(void **state)
{
    (void)state;
    const double a[] = {1.1, 2.3, 3.2, 4.5, 5.7, 6.1, 7.9}, b[] = {2.2, 2.4, 2.9, 3.1};
    struct nh_interval one = nh_bootstrap_median_ratio(a, 7, b, 4, 0.95, 500, 1);
    struct nh_interval same = nh_bootstrap_median_ratio(a, 7, b, 4, 0.95, 500, 1);
    assert_true(one.lo == same.lo && one.hi == same.hi && one.lo < one.hi);
    assert_true(isnan(nh_bootstrap_median_ratio(a, 1, b, 4, 0.95, 500, 1).lo));
    assert_true(isnan(nh_bootstrap_median_ratio(a, 7, b, 1, 0.95, 500, 1).hi));
    assert_true(isnan(nh_bootstrap_median_ratio(a, 7, b, 4, 0.95, 0, 1).hi));
}

/* However the median of a resample of many values is found, its interval is that of all draws,
 * here made one by one, up to the noise of 20,000 resamples. */
static void bootstrap_of_many_values(void **state)
{
    (void)state;
    enum { N = 1200, RESAMPLES = 20000 };
    double a[N + 1], b[10], scratch[N + 1], *medians = malloc(RESAMPLES * sizeof *medians);
    assert_non_null(medians);
    for (size_t n = N; n <= N + 1; n++) { /* even and odd */
        struct nh_rng rng = {7};
        for (size_t i = 0; i < n; i++)
            a[i] = 100 - 20 * log(nh_rng_unit(&rng));
        for (size_t i = 0; i < 10; i++)
            b[i] = 1;
        struct nh_interval drawn = nh_bootstrap_median_ratio(a, n, b, 10, 0.95, RESAMPLES, 3);
        for (size_t k = 0; k < RESAMPLES; k++) {
            for (size_t i = 0; i < n; i++)
                scratch[i] = a[nh_rng_below(&rng, n)];
            medians[k] = nh_median(scratch, n, scratch);
        }
        nh_sort(medians, RESAMPLES);
        double lo = nh_percentile_sorted(medians, RESAMPLES, 0.025);
        double hi = nh_percentile_sorted(medians, RESAMPLES, 0.975);
        assert_true(hi - lo > 1);
        assert_near(drawn.lo, lo, 0.03 * (hi - lo));
        assert_near(drawn.hi, hi, 0.03 * (hi - lo));
    }
    free(medians);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bootstrap_of_many_values),
        cmocka_unit_test(rng_matches_reference),
        cmocka_unit_test(rng_unit_stays_inside),
        cmocka_unit_test(rng_below_is_uniform),
        cmocka_unit_test(shuffle_reaches_every_order_equally),
        cmocka_unit_test(sort_and_median_match_qsort),
        cmocka_unit_test(percentile_is_nearest_rank),
        cmocka_unit_test(mad_and_outliers),
        cmocka_unit_test(median_ranks_match_tables),
        cmocka_unit_test(small_samples_have_no_interval),
        cmocka_unit_test(ranks_match_whole_numbers),
        cmocka_unit_test(coverage_is_exact_for_large_samples),
        cmocka_unit_test(percentiles_need_long_samples),
        cmocka_unit_test(interval_matches_asht),
        cmocka_unit_test(normal_quantile_inverts_erfc),
        cmocka_unit_test(autocorrelation_and_effective_n),
        cmocka_unit_test(autocorrelation_finds_the_coefficient),
        cmocka_unit_test(runs_test_by_hand),
        cmocka_unit_test(trend_tests_by_hand),
        cmocka_unit_test(warmup_matches_definition),
        cmocka_unit_test(drifting_series_never_settles),
        cmocka_unit_test(steady_noise_is_rarely_cut),
        cmocka_unit_test(short_and_constant_series_are_kept),
        cmocka_unit_test(one_mode_is_not_two),
        cmocka_unit_test(two_modes_are_found),
        cmocka_unit_test(two_exact_values_are_modes_when_far_apart),
        cmocka_unit_test(switch_at_the_start_is_not_hidden_by_the_cut),
        cmocka_unit_test(summary_matches_benchstat),
        cmocka_unit_test(every_length_is_safe),
        cmocka_unit_test(percentiles_stand_where_supported),
        cmocka_unit_test(dependence_widens_the_interval_in_ranks),
        cmocka_unit_test(outliers_cannot_hide_dependence),
        cmocka_unit_test(too_much_dependence_gives_no_interval),
        cmocka_unit_test(bootstrap_matches_exact_enumeration),
        cmocka_unit_test(bootstrap_repeats_by_seed),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
