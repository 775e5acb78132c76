/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Spot. The check values come from an independent program: a run of an hour on 45 nodes,
 * checkpoints each 15 min that take 1 min, 5 min to start again; and the quantiles are
 * held against a simulation of the process that the formulas describe.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/cost/spot.h"
#include "common/rng.h"
#include "common/stats.h"

static const struct nh_spot hourly = {.interruptions_per_node_hour = 0.001,
                                      .checkpoint_interval_s = 900,
                                      .checkpoint_cost_s = 60,
                                      .restart_s = 300};

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static struct nh_spot with(double rate, double interval_s)
{
    struct nh_spot s = hourly;
    s.interruptions_per_node_hour = rate;
    s.checkpoint_interval_s = interval_s;
    return s;
}

static double hours(double rate, double interval_s)
{
    struct nh_spot s = with(rate, interval_s);
    return nh_spot_expected_s(&s, 45, 3600) / 3600;
}

static void expected_times_are_the_checked_ones(void **state)
{
    (void)state;
    assert_near(hours(0.001, 900), 1.07712, 5e-6);
    assert_near(hours(0.005, 900), 1.11993, 5e-6);
    assert_near(hours(0.001, 0), 1.02668, 5e-6);
    assert_near(hours(0.005, 0), 1.14246, 5e-6);
    assert_near(hours(0, 900), 1 + 4.0 / 60, 1e-12);
    assert_near(hours(0, 0), 1, 1e-12);
    assert_near(hours(0.001, 3600), hours(0.001, 0), 0); /* as long as the run: none is made */
}

/* Six interruptions in the length of a job without checkpoints: (e^6 - 1) / 6 = 67.07 times
 * its length. */
static void a_long_job_without_checkpoints_hardly_ends(void **state)
{
    (void)state;
    struct nh_spot s = {.interruptions_per_node_hour = 6 / 48.0};
    assert_near(nh_spot_expected_s(&s, 1, 48 * 3600.0) / 3600, 48 * 67.0715, 0.01);
    s.interruptions_per_node_hour = 20 / 48.0;
    assert_true(isinf(nh_spot_quantile_s(&s, 1, 48 * 3600.0, 0.9)));
}

/* ---- A simulation of the same process ---- */

static double exponential_s(struct nh_rng *rng, double rate)
{
    return -log1p(-nh_rng_unit(rng)) / rate;
}

static double simulated_run_s(struct nh_rng *rng, const struct nh_spot *s, long nodes, double job)
{
    double rate = (double)nodes * s->interruptions_per_node_hour / 3600, total = 0;
    int segments = s->checkpoint_interval_s > 0 ? (int)lround(job / s->checkpoint_interval_s) : 1;
    double need =
        s->checkpoint_interval_s > 0 ? s->checkpoint_interval_s + s->checkpoint_cost_s : job;
    for (int i = 0; i < segments; i++) {
        double until;
        while ((until = exponential_s(rng, rate)) < need)
            total += until + s->restart_s;
        total += need;
    }
    return total;
}

enum { RUNS = 20000 };

static void assert_like_simulation(const struct nh_spot *s, long nodes, double job)
{
    static double runs[RUNS];
    static const double levels[] = {0.5, 0.9, 0.975};
    struct nh_rng rng = {12345};
    double mean = 0;
    for (int i = 0; i < RUNS; i++)
        mean += (runs[i] = simulated_run_s(&rng, s, nodes, job)) / RUNS;
    assert_near(mean / nh_spot_expected_s(s, nodes, job), 1, 0.02);
    nh_sort(runs, RUNS);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        assert_near(nh_percentile_sorted(runs, RUNS, levels[i]) /
                        nh_spot_quantile_s(s, nodes, job, levels[i]),
                    1, 0.02);
}

static void quantiles_agree_with_a_simulation(void **state)
{
    (void)state;
    struct nh_spot cases[] = {with(0.001, 900), with(0.01, 900), with(0.05, 900), with(0.01, 0),
                              with(0.03, 0)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_like_simulation(&cases[i], 45, 3600);
    struct nh_spot at_once = with(0.02, 1800);
    at_once.restart_s = 0;
    assert_like_simulation(&at_once, 20, 4 * 3600);
}

static void quantiles_rise_with_their_level(void **state)
{
    (void)state;
    struct nh_spot s = with(0.01, 900);
    double last = 0;
    for (int i = 1; i < 100; i++) {
        double q = nh_spot_quantile_s(&s, 45, 3600, i / 100.0);
        assert_true(q >= last);
        last = q;
    }
    s.interruptions_per_node_hour = 0;
    assert_near(nh_spot_quantile_s(&s, 45, 3600, 0.9), 3840, 1e-9);
}

/* ---- Checkpoints ---- */

/* At the best interval, expected time is not lower on either side; a small overhead gives
 * Young's sqrt(2 o / L). */
static void the_best_interval_is_a_minimum(void **state)
{
    (void)state;
    struct nh_spot s = with(0.02, 0);
    double job = 20 * 3600, best = nh_spot_best_interval_s(&s, 45, job);
    assert_near(best, sqrt(2 * 60 * 3600 / 0.9), 60);
    struct nh_spot at = with(0.02, best), before = with(0.02, best * 0.97),
                   after = with(0.02, best * 1.03);
    double least = nh_spot_expected_s(&at, 45, job);
    assert_true(least < nh_spot_expected_s(&before, 45, job));
    assert_true(least < nh_spot_expected_s(&after, 45, job));
}

static void where_checkpoints_do_not_pay(void **state)
{
    (void)state;
    struct nh_spot rare = with(0.0001, 900), dear = with(0.005, 900);
    assert_true(nh_spot_best_interval_s(&rare, 45, 3600) == 0);
    dear.checkpoint_cost_s = 3600;
    assert_true(nh_spot_best_interval_s(&dear, 45, 3600) == 0);
    dear.interruptions_per_node_hour = 0;
    assert_true(nh_spot_best_interval_s(&dear, 45, 3600) == 0);
}

/* Of the four checked values: at .001 per hour checkpoints lose, at .005 they win. */
static void the_rate_that_makes_checkpoints_pay(void **state)
{
    (void)state;
    double rate = nh_spot_rate_for_checkpoints(&hourly, 45, 3600);
    assert_true(rate > 0.001 && rate < 0.005);
    assert_near(hours(rate, 900), hours(rate, 0), 1e-9);
    struct nh_spot s = hourly;
    s.checkpoint_cost_s = 0;
    assert_true(nh_spot_rate_for_checkpoints(&s, 45, 3600) == 0);
    s = with(0.001, 3600);
    assert_true(isinf(nh_spot_rate_for_checkpoints(&s, 45, 3600)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(expected_times_are_the_checked_ones),
                                       cmocka_unit_test(a_long_job_without_checkpoints_hardly_ends),
                                       cmocka_unit_test(quantiles_agree_with_a_simulation),
                                       cmocka_unit_test(quantiles_rise_with_their_level),
                                       cmocka_unit_test(the_best_interval_is_a_minimum),
                                       cmocka_unit_test(where_checkpoints_do_not_pay),
                                       cmocka_unit_test(the_rate_that_makes_checkpoints_pay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
