/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Joint resamples of times, and how sure an advice is. Times: LAMMPS on hpc6a.48xlarge (96 ranks a
 * node, $2.88/h) under ParallelCluster, five runs at each size, from converged-computing/
 * performance-study, analysis/lammps-reax/data/lammps-reax-results.csv (64x64x32). The exact
 * distribution of a resampled median follows from binomial sums:
 * P(med* <= x(k)) = sum_{j >= (n+1)/2} C(n,j) (k/n)^j (1 - k/n)^(n-j), n odd.
 */
#include "tests/unit/support.h"

#include <math.h>
#include <time.h>

#include "analysis/advice.h"
#include "analysis/draws.h"

enum { RUNS = 5, SIZES = 4, MOST = 24 };
static const double solver[SIZES][RUNS] = {
    {133, 134, 134, 141, 171}, {73, 73, 74, 76, 78}, {45, 45, 45, 45, 50}, {28, 29, 31, 34, 36}};
static const double job[SIZES][RUNS] = {
    {142, 143, 144, 160, 180}, {83, 83, 83, 86, 88}, {54, 55, 56, 56, 61}, {39, 42, 42, 46, 47}};
static const long nodes[SIZES] = {32, 64, 128, 256};

struct made {
    struct nh_timing_row rows[MOST][8];
    struct nh_app_point points[MOST];
    struct nh_app app;
    struct nh_scaling scaling;
};

static void add_point(struct made *m, long n, const double *s, const double *j, size_t runs)
{
    size_t i = m->app.point_count++;
    for (size_t k = 0; k < runs; k++)
        m->rows[i][k] = (struct nh_timing_row){s[k], j ? j[k] : NAN, (long)k};
    m->points[i] = (struct nh_app_point){
        .nodes = n, .cores = 96 * n, .cells = NAN, .rows = m->rows[i], .row_count = runs};
}

static void finish(struct made *m)
{
    struct nh_error err = {0};
    assert_ok(nh_scaling_compute(&m->app, &m->scaling, &err), err);
}

static void begin(struct made *m)
{
    *m = (struct made){.app = {.name = "made", .work = "run", .points = m->points}};
}

static void lammps(struct made *m, bool jobs)
{
    begin(m);
    for (int i = 0; i < SIZES; i++)
        add_point(m, nodes[i], solver[i], jobs ? job[i] : NULL, RUNS);
    finish(m);
}

static double binomial_tail(size_t n, double p)
{
    double sum = 0;
    for (size_t j = (n + 1) / 2; j <= n; j++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)j + 1) - lgamma((double)(n - j) + 1)) *
               pow(p, (double)j) * pow(1 - p, (double)(n - j));
    return sum;
}

/* Share of x(k), 1-based, among resampled medians of an odd number of values. */
static double exact_share(size_t n, size_t k)
{
    return binomial_tail(n, (double)k / (double)n) - binomial_tail(n, (double)(k - 1) / (double)n);
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.10g is not within %g of %.10g", value, tolerance, expected);
}

/* P for n = 5: .05792 .25952 .36512 .25952 .05792; n = 7: .01015 .09812 .23863 .30620 ... */
static void medians_have_their_exact_distribution(void **state)
{
    (void)state;
    static const double known[] = {.05792, .25952, .36512, .25952, .05792};
    enum { DRAWS = 400000 };
    for (size_t n = 3; n <= 15; n += 2) {
        double x[15], seen[15] = {0};
        struct nh_rng rng = {n};
        for (size_t i = 0; i < n; i++)
            x[i] = (double)i;
        for (int i = 0; i < DRAWS; i++)
            seen[(size_t)nh_draw_median(x, n, &rng)] += 1.0 / DRAWS;
        for (size_t k = 1; k <= n; k++) {
            double share = exact_share(n, k);
            if (n == 5)
                assert_near(share, known[k - 1], 5e-6);
            assert_near(seen[k - 1], share, 5 * sqrt(share * (1 - share) / DRAWS) + 1e-6);
        }
    }
}

/* An even number of values: against drawing them one by one. */
static void medians_of_even_samples_match_plain_resampling(void **state)
{
    (void)state;
    enum { DRAWS = 200000 };
    static const double x[] = {1, 2, 4, 8, 16, 32, 64, 128};
    for (size_t n = 2; n <= 8; n += 2) {
        struct nh_rng rng = {1}, plain = {2};
        double sum = 0, expected = 0, square = 0, y[8];
        for (int i = 0; i < DRAWS; i++) {
            for (size_t k = 0; k < n; k++)
                y[k] = x[nh_rng_below(&plain, n)];
            double m = nh_median(y, n, y);
            expected += m / DRAWS;
            square += m * m / DRAWS;
            sum += nh_draw_median(x, n, &rng) / DRAWS;
        }
        assert_near(sum, expected, 6 * sqrt(2 * (square - expected * expected) / DRAWS));
    }
}

/* Efficiency at 64 nodes with the base resampled too: exactly [.8590, 1.1554], and .6700 to .9500
 * at 128, .4653 to .6895 at 256. */
static void the_base_is_resampled_with_the_rest(void **state)
{
    (void)state;
    static const double expected[SIZES][2] = {
        {1, 1}, {.8590, 1.1554}, {.6700, .9500}, {.4653, .6895}};
    struct made m;
    struct nh_draws d;
    struct nh_error err = {0};
    lammps(&m, false);
    assert_ok(nh_draws_make(&m.scaling, 10000, 1, &d, &err), err);
    double *e = malloc(d.count * sizeof *e);
    for (size_t i = 1; i < SIZES; i++) {
        for (size_t b = 0; b < d.count; b++)
            e[b] = 32 * d.seconds[b] / ((double)nodes[i] * d.seconds[i * d.count + b]);
        nh_sort(e, d.count);
        /* The distribution has steps: an end may fall on either side of one. */
        assert_near(nh_percentile_sorted(e, d.count, .025), expected[i][0], 0.006);
        assert_near(nh_percentile_sorted(e, d.count, .975), expected[i][1], 0.012);
    }
    free(e);
    nh_draws_clear(&d);
    nh_scaling_clear(&m.scaling);
}

static void a_single_run_takes_its_spread_from_the_others(void **state)
{
    (void)state;
    static const double two[] = {100, 110}, one[] = {60};
    struct made m;
    struct nh_draws d;
    struct nh_error err = {0};
    begin(&m);
    add_point(&m, 1, two, NULL, 2);
    add_point(&m, 2, one, NULL, 1);
    finish(&m);
    assert_ok(nh_draws_make(&m.scaling, 1000, 1, &d, &err), err);
    assert_true(d.known && d.borrowed == 1 && d.few == 2);
    /* ln(100/105) and ln(110/105), times sqrt(2). */
    double e = sqrt(2) * log(110.0 / 105), f = sqrt(2) * log(100.0 / 105);
    bool both[2] = {false, false};
    for (size_t b = 0; b < d.count; b++) {
        double t = d.seconds[d.count + b];
        assert_true(fabs(t - 60 * exp(e)) < 1e-9 || fabs(t - 60 * exp(f)) < 1e-9);
        both[t > 60] = true;
    }
    assert_true(both[0] && both[1]);
    assert_near(d.spread[1], sqrt((e * e + f * f) / 2), 1e-12);
    nh_draws_clear(&d);
    nh_scaling_clear(&m.scaling);
}

/* ---- Probabilities ---- */

static const struct nh_money nothing = {.micro = 0, .currency = "USD"};

static void advise(const struct made *m, struct nh_advice *a)
{
    struct nh_error err = {0};
    struct nh_price price = {.model = "on-demand", .per_hour = {2880000, "USD"}};
    assert_ok(nh_advise(&m->scaling, &price, nothing, a, &err), err);
}

/* P(cost at 64 nodes < cost at 32) over all pairs of medians, by their exact shares: ties in cost
 * within NH_COST_TIE go to the faster. */
static void probabilities_match_enumeration(void **state)
{
    (void)state;
    struct made m;
    struct nh_advice a;
    begin(&m);
    add_point(&m, 32, solver[0], job[0], RUNS);
    add_point(&m, 64, solver[1], job[1], RUNS);
    finish(&m);
    advise(&m, &a);
    double cheaper = 0, within = 0;
    for (size_t i = 1; i <= RUNS; i++)
        for (size_t j = 1; j <= RUNS; j++) {
            double share = exact_share(RUNS, i) * exact_share(RUNS, j);
            double c32 = 32 * job[0][i - 1], c64 = 64 * job[1][j - 1];
            cheaper += c64 <= c32 * (1 + NH_COST_TIE) ? share : 0;
            within += c32 <= 1.02 * c64 ? share : 0;
        }
    double noise = 5 * 0.5 / sqrt(10000);
    assert_near(a.points[1].p_cheapest, cheaper, noise);
    assert_near(a.points[0].p_cheapest, 1 - cheaper, noise);
    assert_near(a.points[1].p_fastest, 1, 1e-9);
    assert_int_equal(a.recommended, 0);
    assert_near(a.chances.stands, within, noise);
    assert_true(a.chances.indicative); /* five runs */
    nh_advice_clear(&a);
    nh_scaling_clear(&m.scaling);
}

static bool has_caveat(const struct nh_advice *a, const char *part)
{
    for (size_t i = 0; i < a->caveat_count; i++)
        if (strstr(a->caveats[i], part))
            return true;
    return false;
}

/* Costs within their noise are one group; one far above is none of it. */
static void what_cannot_be_told_apart_is_a_group(void **state)
{
    (void)state;
    static const double a45[] = {98, 99, 100, 101, 102, 103}, a60[] = {74, 75, 76, 77, 77.5, 78},
                        a108[] = {60, 60.5, 61, 61.5, 62, 62.5};
    struct made m;
    struct nh_advice a;
    begin(&m);
    add_point(&m, 45, a45, NULL, 6);
    add_point(&m, 60, a60, NULL, 6);
    add_point(&m, 108, a108, NULL, 6);
    finish(&m);
    advise(&m, &a);
    assert_int_equal(a.step_count, 2);
    assert_true(a.steps[0].indistinct);
    assert_false(a.steps[1].indistinct);
    assert_true(a.points[0].group == 1 && a.points[1].group == 1 && a.points[2].group == 0);
    assert_true(
        has_caveat(&a, "45 nodes (4320 cores) and 60 nodes (5760 cores) cannot be told apart"));
    assert_true(a.steps[0].cost_ratio_ci.lo < 1 && a.steps[0].cost_ratio_ci.hi > 1);
    assert_true(a.steps[1].cost_ratio_ci.lo > 1.3 && a.steps[1].time_ratio_ci.hi < 1);
    assert_false(a.chances.indicative);
    nh_advice_clear(&a);
    nh_scaling_clear(&m.scaling);
}

static void without_repeats_nothing_is_claimed(void **state)
{
    (void)state;
    static const double t4[] = {100}, t8[] = {60};
    struct made m;
    struct nh_advice a;
    begin(&m);
    add_point(&m, 4, t4, NULL, 1);
    add_point(&m, 8, t8, NULL, 1);
    finish(&m);
    advise(&m, &a);
    assert_int_equal(a.chances.draws, 0);
    assert_true(isnan(a.points[0].p_cheapest) && isnan(a.chances.stands));
    assert_true(isnan(a.steps[0].cost_ratio_ci.lo));
    nh_advice_clear(&a);
    nh_scaling_clear(&m.scaling);
}

/* 10,000 resamples over 20 configurations through the cost and all rules: well below the 0.2 s
 * that are promised; ten times that is no matter of a busy machine. */
static void twenty_configurations_are_quick(void **state)
{
    (void)state;
    struct made m;
    struct nh_advice a;
    double t[8];
    begin(&m);
    for (long n = 1; n <= 20; n++) {
        for (int k = 0; k < 8; k++)
            t[k] = (1000 + 7 * (double)((3 * k + n) % 11)) / (double)n + 20;
        add_point(&m, n, t, NULL, 8);
    }
    finish(&m);
    clock_t start = clock();
    advise(&m, &a);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    print_message("10,000 resamples over 20 configurations: %.3f s of processor time\n", seconds);
    assert_int_equal(a.chances.draws, 10000);
    assert_true(seconds < 2);
    nh_advice_clear(&a);
    nh_scaling_clear(&m.scaling);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians_have_their_exact_distribution),
        cmocka_unit_test(medians_of_even_samples_match_plain_resampling),
        cmocka_unit_test(the_base_is_resampled_with_the_rest),
        cmocka_unit_test(a_single_run_takes_its_spread_from_the_others),
        cmocka_unit_test(probabilities_match_enumeration),
        cmocka_unit_test(what_cannot_be_told_apart_is_a_group),
        cmocka_unit_test(without_repeats_nothing_is_claimed),
        cmocka_unit_test(twenty_configurations_are_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
