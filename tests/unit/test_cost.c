/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cost of a run. The goldens are those of the published STAR-CCM+ case on c5n.18xlarge
 * (results/reference/starccm-c5n): on-demand 3.888 and three-year all-upfront 1.475 USD per
 * hour, licence 22 USD for each hour of a run, 45 node-hours of work.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/cost/cost.h"

enum { OD, OD_LICENCE, RI, RI_LICENCE, MODELS, SIZES = 6 };
static const long node_counts[SIZES] = {4, 8, 16, 32, 45, 108};
static const double efficiency[SIZES] = {1, 1, 1, 1, 1, 0.8};
static const double costs[MODELS][SIZES] = {
    {174.96, 174.96, 174.96, 174.96, 174.96, 218.70},
    {422.46, 298.71, 236.835, 205.8975, 196.96, 230.1583333},
    {66.375, 66.375, 66.375, 66.375, 66.375, 82.96875},
    {313.875, 190.125, 128.25, 97.3125, 88.375, 94.4270833}};

static const struct nh_price on_demand = {.model = "on-demand", .per_hour = {3888000, "USD"}};
static const struct nh_price reserved = {.model = "reserved-3y-all-upfront",
                                         .per_hour = {1475000, "USD"}};

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static double job_s(int i)
{
    return 45 * 3600.0 / ((double)node_counts[i] * efficiency[i]);
}

static struct nh_cost_terms terms_of(int model)
{
    struct nh_cost_terms t = {.price = model == OD || model == OD_LICENCE ? &on_demand : &reserved};
    if (model == OD_LICENCE || model == RI_LICENCE)
        t.licence = (struct nh_licence){.kind = NH_LICENCE_PER_HOUR, .usd = 22};
    return t;
}

static void assert_adds_up(const struct nh_cost_parts *p)
{
    assert_near(p->compute + p->licence + p->overhead + p->storage + p->transfer, p->total, 1e-12);
}

static void the_published_table(void **state)
{
    (void)state;
    static const double share[2][SIZES] = {{.5859, .4143, .2613, .1503, .1117, .0498},
                                           {.7885, .6509, .4825, .3179, .2489, .1213}};
    struct nh_cost_parts p;
    for (int m = 0; m < MODELS; m++) {
        struct nh_cost_terms t = terms_of(m);
        for (int i = 0; i < SIZES; i++) {
            nh_cost(&t, node_counts[i], 36 * node_counts[i], job_s(i), &p);
            assert_near(p.total, costs[m][i], 1e-6);
            assert_near(p.total,
                        nh_cost_rate(&t, node_counts[i], 36 * node_counts[i]) * job_s(i) / 3600,
                        1e-9);
            assert_adds_up(&p);
            if (t.licence.kind)
                assert_near(p.licence / p.total, share[m == RI_LICENCE][i], 5e-5);
            else
                assert_true(p.licence == 0);
        }
    }
}

/* The licence of a core-hour that equals 22 USD per hour of the run (same source). */
static void licences_by_the_core(void **state)
{
    (void)state;
    static const struct {
        int size;
        double usd;
    } equal[] = {{0, .15278}, {4, .01358}, {5, .00566}};
    for (size_t i = 0; i < 3; i++) {
        struct nh_cost_terms t = terms_of(OD), by_hour = terms_of(OD_LICENCE);
        struct nh_cost_parts p, q;
        long nodes = node_counts[equal[i].size];
        t.licence = (struct nh_licence){.kind = NH_LICENCE_PER_CORE_HOUR, .usd = equal[i].usd};
        nh_cost(&t, nodes, 36 * nodes, job_s(equal[i].size), &p);
        nh_cost(&by_hour, nodes, 36 * nodes, job_s(equal[i].size), &q);
        assert_near(p.licence / q.licence, 1, 1e-3);
    }
}

static void licences_by_job_and_by_token(void **state)
{
    (void)state;
    struct nh_cost_parts p;
    struct nh_cost_terms t = {.price = &on_demand,
                              .licence = {.kind = NH_LICENCE_PER_JOB, .usd = 100}};
    nh_cost(&t, 4, 144, 7200, &p);
    assert_near(p.licence, 100, 0);
    nh_cost(&t, 8, 288, 60, &p);
    assert_near(p.licence, 100, 0);
    t.licence = (struct nh_licence){.kind = NH_LICENCE_TOKENS, .usd = 0.5, .cap_cores = 200};
    nh_cost(&t, 4, 144, 7200, &p);
    assert_near(p.licence, 0.5 * 144 * 2, 1e-12);
    nh_cost(&t, 8, 288, 7200, &p);
    assert_near(p.licence, 0.5 * 200 * 2, 1e-12);
    t.licence.cap_cores = 0;
    nh_cost(&t, 8, 288, 7200, &p);
    assert_near(p.licence, 0.5 * 288 * 2, 1e-12);
}

/* 1000 s of a run, two minutes of boot and four idle, by hand. */
static void what_lies_around_a_run(void **state)
{
    (void)state;
    struct nh_cost_terms t = {.price = &on_demand,
                              .licence = {.kind = NH_LICENCE_PER_HOUR, .usd = 36},
                              .boot_s = 120,
                              .idle_s = 240,
                              .storage_usd_per_hour = 3.6,
                              .transfer_usd = 5};
    struct nh_cost_parts p;
    nh_cost(&t, 10, 360, 1000, &p);
    assert_near(p.billed_s, 1360, 0);
    assert_near(p.run_s, 1000, 0);
    assert_near(p.compute, 10.8, 1e-12);
    assert_near(p.overhead, 38.88 * 360 / 3600, 1e-12);
    assert_near(p.licence, 10, 1e-12); /* not while nodes boot or idle */
    assert_near(p.storage, 1.36, 1e-12);
    assert_near(p.transfer, 5, 0);
    assert_adds_up(&p);
}

static void billed_time_is_rounded(void **state)
{
    (void)state;
    static const struct {
        double step, minimum, job, billed;
    } cases[] = {{0, 0, 0.25, 0.25},       {1, 60, 0.25, 60},     {1, 60, 59.9, 60},
                 {1, 60, 60, 60},          {1, 60, 60.2, 61},     {3600, 3600, 10, 3600},
                 {3600, 3600, 3600, 3600}, {3600, 0, 3601, 7200}, {0, 60, 60.2, 60.2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nh_cost_terms t = {.price = &on_demand,
                                  .billing_step_s = cases[i].step,
                                  .billing_minimum_s = cases[i].minimum};
        struct nh_cost_parts p;
        nh_cost(&t, 2, 72, cases[i].job, &p);
        assert_near(p.billed_s, cases[i].billed, 1e-12);
        assert_near(p.total, 2 * 3.888 * cases[i].billed / 3600, 1e-9);
        assert_adds_up(&p);
    }
}

static void without_a_price_only_core_hours_count(void **state)
{
    (void)state;
    struct nh_cost_terms t = {.licence = {.kind = NH_LICENCE_PER_JOB, .usd = 100},
                              .boot_s = 360,
                              .storage_usd_per_hour = 1,
                              .transfer_usd = 2};
    struct nh_cost_parts p;
    nh_cost(&t, 4, 144, 3600, &p);
    assert_near(p.compute, 144, 1e-12);
    assert_near(p.overhead, 14.4, 1e-12);
    assert_near(p.total, 158.4, 1e-12);
    nh_cost(&t, 4, 0, 3600, &p); /* cores not known: node-hours */
    assert_near(p.compute, 4, 1e-12);
}

static void spot_bills_the_expected_time(void **state)
{
    (void)state;
    struct nh_spot spot = {.interruptions_per_node_hour = 0.001,
                           .checkpoint_interval_s = 900,
                           .checkpoint_cost_s = 60,
                           .restart_s = 300};
    struct nh_cost_terms t = {.price = &on_demand, .spot = &spot};
    struct nh_cost_parts p;
    nh_cost(&t, 45, 1620, 3600, &p);
    assert_near(p.run_s / 3600, 1.07712, 5e-6);
    assert_near(p.total, 174.96 * 1.07712, 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_published_table),
                                       cmocka_unit_test(licences_by_the_core),
                                       cmocka_unit_test(licences_by_job_and_by_token),
                                       cmocka_unit_test(what_lies_around_a_run),
                                       cmocka_unit_test(billed_time_is_rounded),
                                       cmocka_unit_test(without_a_price_only_core_hours_count),
                                       cmocka_unit_test(spot_bills_the_expected_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
