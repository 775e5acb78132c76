/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The advice with everything that a run is charged by, on two sizes of the published case
 * (45 and 108 nodes of 36 cores: 1 h and 1875 s); its prices as in test_cost.c.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/cost/remarks.h"

static const struct nh_price on_demand = {.machine = "c5n.18xlarge",
                                          .model = "on-demand",
                                          .as_of = "2026-07-20",
                                          .per_hour = {3888000, "USD"}};
static const struct nh_price reserved = {.machine = "c5n.18xlarge",
                                         .model = "reserved-3y-all-upfront",
                                         .as_of = "2020",
                                         .per_hour = {1475000, "USD"}};
static const struct nh_price spot_price = {
    .machine = "c5n.18xlarge", .model = "spot", .per_hour = {1500000, "USD"}};

static struct nh_timing_row rows[] = {{3600, NAN, 0}, {1875, NAN, 0}};
static struct nh_app_point points[] = {
    {.nodes = 45, .cores = 1620, .cells = NAN, .rows = &rows[0], .row_count = 1},
    {.nodes = 108, .cores = 3888, .cells = NAN, .rows = &rows[1], .row_count = 1}};
static struct nh_app app = {.name = "x", .points = points, .point_count = 2};

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static void advise(const char *work, const struct nh_cost_settings *given,
                   const struct nh_price *price, struct nh_scaling *s, struct nh_advice *a)
{
    struct nh_error err = {0};
    struct nh_cost_terms terms = given->terms;
    snprintf(app.work, sizeof app.work, "%s", work);
    terms.price = price;
    terms.spot = price == &spot_price ? &given->spot : NULL;
    assert_ok(nh_scaling_compute(&app, s, &err), err);
    assert_ok(nh_advise_terms(s, &terms, a, &err), err);
    nh_cost_remarks(s, given, &on_demand, a);
}

static void clear(struct nh_scaling *s, struct nh_advice *a)
{
    nh_advice_clear(a);
    nh_scaling_clear(s);
}

static const char *caveat(const struct nh_advice *a, const char *part)
{
    for (size_t i = 0; i < a->caveat_count; i++)
        if (strstr(a->caveats[i], part))
            return a->caveats[i];
    return NULL;
}

/* Six minutes around each run: 45 x 3.888 x 0.1 h and 108 x 3.888 x 0.1 h on top. */
static void what_lies_around_a_run_changes_the_front(void **state)
{
    (void)state;
    struct nh_cost_settings given = {.terms = {.boot_s = 120, .idle_s = 240}};
    struct nh_scaling s;
    struct nh_advice a;
    advise("run", &given, &on_demand, &s, &a);
    assert_near(a.points[0].amount, 174.96 + 17.496, 1e-9);
    assert_near(a.points[1].amount, 218.70 + 41.9904, 1e-9);
    assert_near(a.points[1].time_s, 1995, 1e-9); /* boot, then the run */
    assert_near(a.steps[0].per_hour_saved, (260.6904 - 192.456) / (1725 / 3600.0), 1e-6);
    assert_non_null(caveat(&a, "Cost includes: a boot time of 2 min 00 s, an idle time of 4 min"));
    clear(&s, &a);
}

static void terms_of_a_run_do_not_fit_an_iteration(void **state)
{
    (void)state;
    struct nh_cost_settings given = {.terms = {.boot_s = 120,
                                               .transfer_usd = 9,
                                               .billing_minimum_s = 60,
                                               .licence = {.kind = NH_LICENCE_PER_JOB, .usd = 5}}};
    struct nh_scaling s;
    struct nh_advice a;
    advise("iteration", &given, &on_demand, &s, &a);
    assert_near(a.points[0].amount, 174.96, 1e-9);
    assert_non_null(caveat(&a, "Times are of one iteration"));
    clear(&s, &a);
}

static void a_commitment_says_when_it_pays(void **state)
{
    (void)state;
    struct nh_cost_settings given = {.terms = {.boot_s = 0}};
    struct nh_scaling s;
    struct nh_advice a;
    advise("run", &given, &reserved, &s, &a);
    assert_near(a.break_even.node_hours, 9969.9, 0.05);
    assert_non_null(caveat(&a, "37.94 % of the time: 3323.3 h a year, 9969.9 of the 26280 h"));
    assert_non_null(caveat(&a, "$1,744,335.00 for 45 nodes"));
    assert_non_null(caveat(&a, "it pays from 3324 such runs a year on")); /* 3,323.3 h of 1 h */
    assert_non_null(caveat(&a, "a price of 2020, on-demand one of 2026-07-20"));
    clear(&s, &a);
    advise("run", &given, &on_demand, &s, &a);
    assert_near(a.break_even.utilisation, 0, 0);
    assert_null(caveat(&a, "a year"));
    clear(&s, &a);
}

static void a_block_is_paid_whole(void **state)
{
    (void)state;
    struct nh_price block = {.machine = "c5n.18xlarge",
                             .model = "capacity-block",
                             .as_of = "2026-08",
                             .per_hour = {1944000, "USD"},
                             .block_hours = 24};
    struct nh_cost_settings given = {.terms = {.boot_s = 0}};
    struct nh_scaling s;
    struct nh_advice a;
    advise("run", &given, &block, &s, &a);
    assert_null(caveat(&a, "a price of"));
    assert_non_null(caveat(&a, "paid whole, 24 hours of every node"));
    assert_non_null(caveat(&a, "more than 50.00 % of them (12.0 h)"));
    assert_non_null(caveat(&a, "from 12 such runs in the block on"));
    assert_non_null(caveat(&a, "$2,099.52 for 45 nodes")); /* 24 h x 45 x 1.944 */
    clear(&s, &a);
    block.per_hour.micro = 5000000;
    advise("run", &given, &block, &s, &a);
    assert_non_null(caveat(&a, "costs more than on-demand even when used all the time"));
    assert_null(caveat(&a, "such runs"));
    clear(&s, &a);
}

/* At .001 per node-hour checkpoints lose (1.07712 against 1.02668 h, test_spot.c). */
static void spot_says_whether_checkpoints_pay(void **state)
{
    (void)state;
    struct nh_cost_settings given = {.spot = {.interruptions_per_node_hour = 0.001,
                                              .checkpoint_interval_s = 900,
                                              .checkpoint_cost_s = 60,
                                              .restart_s = 300}};
    struct nh_scaling s;
    struct nh_advice a;
    advise("run", &given, &spot_price, &s, &a);
    assert_near(a.points[0].time_s / 3600, 1.07712, 5e-6);
    assert_near(a.points[0].amount, 67.5 * 1.07712, 5e-4);
    assert_true(a.points[0].p90_time_s >= 3600 * 16.0 / 15);
    assert_true(a.points[0].p90_amount >= 67.5 * 16 / 15 - 1e-9);
    assert_non_null(caveat(&a, "checkpoints do not pay"));
    assert_non_null(caveat(&a, "pay only above"));
    assert_non_null(caveat(&a, "on up to"));
    clear(&s, &a);
    given.spot.interruptions_per_node_hour = 0.05;
    advise("run", &given, &spot_price, &s, &a);
    assert_non_null(caveat(&a, "the best checkpoint interval is"));
    assert_null(caveat(&a, "do not pay"));
    clear(&s, &a);
    given.spot = (struct nh_spot){.restart_s = 0};
    advise("run", &given, &spot_price, &s, &a);
    assert_non_null(caveat(&a, "without interruptions"));
    assert_near(a.points[0].amount, 67.5, 1e-9);
    clear(&s, &a);
}

static void a_run_that_does_not_end_on_spot_is_refused(void **state)
{
    (void)state;
    struct nh_spot spot = {.interruptions_per_node_hour = 1000};
    struct nh_cost_terms terms = {.price = &spot_price, .spot = &spot};
    struct nh_scaling s;
    struct nh_advice a;
    struct nh_error err = {0};
    assert_ok(nh_scaling_compute(&app, &s, &err), err);
    assert_int_equal(nh_advise_terms(&s, &terms, &a, &err), NH_EINPUT);
    assert_says(&err, "interrupted too often to end");
    nh_scaling_clear(&s);
}

static void a_licence_by_the_core_needs_cores(void **state)
{
    (void)state;
    struct nh_app_point unknown = points[0];
    struct nh_app one = app;
    struct nh_cost_terms terms = {.price = &on_demand,
                                  .licence = {.kind = NH_LICENCE_PER_CORE_HOUR, .usd = 0.1}};
    struct nh_scaling s;
    struct nh_advice a;
    struct nh_error err = {0};
    unknown.cores = 0;
    one.points = &unknown;
    one.point_count = 1;
    assert_ok(nh_scaling_compute(&one, &s, &err), err);
    assert_int_equal(nh_advise_terms(&s, &terms, &a, &err), NH_EINPUT);
    assert_says(&err, "cores are not known");
    nh_scaling_clear(&s);
}

static void without_a_price_what_is_not_counted_is_said(void **state)
{
    (void)state;
    struct nh_cost_settings given = {
        .terms = {.storage_usd_per_hour = 1, .licence = {.kind = NH_LICENCE_TOKENS, .usd = 1}}};
    struct nh_scaling s;
    struct nh_advice a;
    advise("run", &given, NULL, &s, &a);
    assert_near(a.points[0].amount, 1620, 1e-9);
    assert_non_null(caveat(&a, "Storage and transfer are not counted"));
    assert_non_null(caveat(&a, "licence fee is not counted"));
    clear(&s, &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lies_around_a_run_changes_the_front),
        cmocka_unit_test(terms_of_a_run_do_not_fit_an_iteration),
        cmocka_unit_test(a_commitment_says_when_it_pays),
        cmocka_unit_test(a_block_is_paid_whole),
        cmocka_unit_test(spot_says_whether_checkpoints_pay),
        cmocka_unit_test(a_run_that_does_not_end_on_spot_is_refused),
        cmocka_unit_test(a_licence_by_the_core_needs_cores),
        cmocka_unit_test(without_a_price_what_is_not_counted_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
