/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Goldens: EPOCH on 1 to 16 ranks, pypop/examples/mpi/epoch_example_traces/modelfactors.csv of
 * numericalalgorithmsgroup/pypop: raw figures and the factors that belong to them.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/bottleneck.h"
#include "analysis/import/csv.h"

enum { RUNS = 5 };

static const struct nh_pop_run epoch[RUNS] = {
    {1, 21898659.14, 21882362.82, 21882362.82, 21884758.97, 21884758.97, 84790848422, 45294421893},
    {2, 11528373.56, 22913392.37, 11484151.34, 11504370.09, 11486234.50, 87640358419, 46855679955},
    {4, 6082352.21, 23684668.07, 5999910.80, 6051059.08, 6002862.00, 88518412143, 47406198069},
    {8, 3513565.33, 26902030.73, 3421581.67, 3486349.43, 3426454.46, 90063308642, 51191361663},
    {16, 2339560.72, 35617915.65, 2242981.13, 2310335.96, 2263040.22, 93158874793, 60494538119}};

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static void epoch_on_16_ranks(void **state)
{
    (void)state;
    struct nh_pop_factors f = nh_pop_factors(&epoch[4], &epoch[0], false);
    assert_near(100 * f.load_balance, 99.248259, 5e-6);
    assert_near(100 * f.communication, 95.871892, 5e-6);
    assert_near(100 * f.parallel, 95.151184, 5e-6);
    assert_near(100 * f.serialisation, 97.952863, 5e-6);
    assert_near(100 * f.transfer, 97.875538, 5e-6);
    assert_near(100 * f.computation, 61.436394, 5e-6);
    assert_near(100 * f.global, 58.457456, 5e-6);
    assert_near(100 * f.ipc, 82.262861, 5e-6);
    assert_near(100 * f.instructions, 91.017467, 5e-6);
    assert_near(100 * f.frequency, 82.053509, 5e-6);
    assert_near(f.instructions * f.ipc * f.frequency, f.computation, 1e-12);
}

/* The base with itself, and weak scaling in which the work grows with the ranks. */
static void base_and_weak_scaling(void **state)
{
    (void)state;
    struct nh_pop_factors f = nh_pop_factors(&epoch[0], &epoch[0], false);
    assert_near(f.computation, 1, 1e-15);
    assert_near(f.load_balance, 1, 1e-15);
    struct nh_pop_run one = {1, 10, 9, 9, NAN, NAN, NAN, NAN};
    struct nh_pop_run four = {4, 12, 36, 9, NAN, NAN, NAN, NAN};
    f = nh_pop_factors(&four, &one, true);
    assert_near(f.computation, 1, 1e-15);
    assert_near(f.communication, 0.75, 1e-15);
    assert_true(isnan(f.transfer) && isnan(f.ipc));
}

/* ---- The verdict ---- */

struct judged {
    struct nh_dataset set;
    struct nh_scaling scaling;
    struct nh_models models;
    struct nh_bottleneck b;
};

/* `shares` may be NULL: times alone. */
static void judge(const char *csv, enum nh_scaling_kind kind, const struct nh_shares *shares,
                  struct judged *j)
{
    struct nh_error err = {0};
    *j = (struct judged){0};
    assert_ok(nh_csv_parse("test.csv", csv, strlen(csv), &j->set, &err), err);
    j->set.apps[0].kind = kind;
    assert_ok(nh_app_tidy(&j->set.apps[0], &err), err);
    assert_ok(nh_scaling_compute(&j->set.apps[0], &j->scaling, &err), err);
    assert_ok(nh_models_fit(&j->scaling, &j->models, &err), err);
    nh_bottleneck_find(&j->scaling, &j->models, shares, 0, &j->b);
}

static void clear(struct judged *j)
{
    nh_models_clear(&j->models);
    nh_scaling_clear(&j->scaling);
    nh_dataset_clear(&j->set);
}

static void assert_verdict(const struct judged *j, const char *part)
{
    if (!strstr(j->b.verdict, part))
        fail_msg("\"%s\" does not say \"%s\"", j->b.verdict, part);
}

static void assert_note(const struct judged *j, const char *part)
{
    for (size_t i = 0; i < j->b.note_count; i++)
        if (strstr(j->b.notes[i], part))
            return;
    fail_msg("no note says \"%s\"", part);
}

static const char epoch_csv[] = "cores,solver_s\n1,21.89865914\n2,11.52837356\n4,6.08235221\n"
                                "8,3.51356533\n16,2.33956072\n";

/* PE is 95 %, and yet 58 % are kept: the loss is IPC and clock, not communication. */
static void epoch_loses_by_computation(void **state)
{
    (void)state;
    struct nh_share items[RUNS];
    struct nh_shares shares = {items, RUNS};
    for (size_t i = 0; i < RUNS; i++)
        items[i] = (struct nh_share){0, 0, (long)epoch[i].ranks, epoch[i]};
    struct judged j;
    judge(epoch_csv, NH_STRONG, &shares, &j);
    static const double karp_flatt[] = {NAN, .052884, .037000, .040510, .047292};
    for (size_t i = 1; i < RUNS; i++)
        assert_near(j.scaling.points[i].karp_flatt, karp_flatt[i], 5e-7);
    assert_near(j.scaling.points[4].scale_up, 9.360158, 5e-7);
    assert_true(j.b.has_factors);
    assert_int_equal(j.b.loss, NH_LOSS_COMPUTATION);
    assert_verdict(&j, "Most is lost to computation");
    assert_note(&j, "instructions 91.0 %, IPC 82.3 %, clock 82.1 %; mostly the clock is lower");
    assert_note(&j, "A network twice as fast would save at most 2.1 %");
    clear(&j);
}

static void shares_tell_communication_from_imbalance(void **state)
{
    (void)state;
    static const char csv[] = "cores,solver_s\n1,10\n4,4\n";
    struct nh_share items[2] = {{0, 0, 1, {1, 10, 10, 10, NAN, NAN, NAN, NAN}},
                                {0, 0, 4, {4, 4, 10, 2.5, NAN, NAN, NAN, NAN}}};
    struct nh_shares shares = {items, 2};
    struct judged j;
    judge(csv, NH_STRONG, &shares, &j);
    assert_int_equal(j.b.loss, NH_LOSS_COMMUNICATION);
    assert_near(j.b.faster_network, (2.5 + 0.75) / 4, 1e-12);
    nh_bottleneck_tie(&j.b, &j.scaling, NAN);
    nh_bottleneck_tie(&j.b, &j.scaling, 0.3); /* of the 1.5 s that are not computing */
    assert_note(&j, "explain 300 ms (20 %)");
    nh_bottleneck_tie(&j.b, &j.scaling, 1.6);
    assert_note(&j, "the network explains all of it");
    struct nh_cost_point costs[2] = {{.amount = 3}, {.amount = 8}};
    struct nh_advice a = {
        .unit = "core-hours", .shown_factor = 1, .shown_per = "run", .points = costs, .count = 2};
    nh_bottleneck_price(&j.b, &a); /* 8 core-hours, of which 1 - 0.8125 */
    assert_note(&j,
                "at most 1.5 core-hours of the 8 core-hours that the largest size costs per run");
    clear(&j);
    items[1].run.useful_max_s = 3.9;
    judge(csv, NH_STRONG, &shares, &j);
    assert_int_equal(j.b.loss, NH_LOSS_BALANCE);
    assert_verdict(&j, "imbalance");
    clear(&j);
}

static void times_alone_say_what_they_cannot_say(void **state)
{
    (void)state;
    struct judged j;
    judge("cores,solver_s\n1,100\n2,52\n4,28\n8,16\n16,10\n", NH_STRONG, NULL, &j);
    assert_int_equal(j.b.loss, NH_LOSS_CONSTANT); /* 4 + 96/k */
    assert_verdict(&j, "does not shrink");
    assert_verdict(&j, "Times alone cannot say");
    assert_true(isnan(j.b.faster_network));
    clear(&j);
    judge("cores,solver_s\n1,100\n2,51\n4,27\n8,17\n16,14\n", NH_STRONG, NULL, &j);
    assert_int_equal(j.b.loss, NH_LOSS_GROWING);
    assert_verdict(&j, "grows with the size");
    clear(&j);
    judge("cores,solver_s\n1,100\n2,50.2\n4,25.3\n", NH_STRONG, NULL, &j);
    assert_int_equal(j.b.loss, NH_LOSS_NONE);
    clear(&j);
    judge("cores,solver_s\n1,100\n", NH_STRONG, NULL, &j);
    assert_int_equal(j.b.loss, NH_LOSS_UNKNOWN);
    assert_verdict(&j, "One size");
    clear(&j);
    judge("cores,solver_s\n1,10\n2,11\n4,12\n8,13\n", NH_WEAK, NULL, &j);
    assert_int_equal(j.b.loss, NH_LOSS_GROWING);
    assert_false(j.b.anti_scaling);
    clear(&j);
}

static void anti_scaling_is_recognised(void **state)
{
    (void)state;
    struct judged j;
    judge("cores,solver_s\n1,100\n2,52\n4,30\n8,24\n16,29\n", NH_STRONG, NULL, &j);
    assert_true(j.b.anti_scaling);
    assert_int_equal(j.b.turning_point, 3);
    assert_note(&j, "Beyond 8 cores more of them make it slower");
    clear(&j);
    judge("cores,solver_s\n1,100\n2,52\n4,30\n8,30.1\n", NH_STRONG, NULL, &j);
    assert_false(j.b.anti_scaling);
    clear(&j);
}

static void superlinear_is_explained_and_doubted_without_repeats(void **state)
{
    (void)state;
    struct judged j;
    judge("cores,solver_s,cells\n1,100,1000\n2,45,1000\n4,24,1000\n", NH_STRONG, NULL, &j);
    assert_true(j.b.superlinear && !j.b.significant);
    assert_int_equal(j.b.superlinear_point, 1);
    assert_note(&j, "Efficiency is 111 % at 2 cores, above ideal (not beyond doubt");
    clear(&j);
    judge("cores,solver_s\n1,100\n1,101\n1,102\n1,101\n1,100\n1,100\n2,45\n2,45\n2,45.5\n2,45\n"
          "2,45\n2,45\n",
          NH_STRONG, NULL, &j);
    assert_true(j.b.superlinear && j.b.significant);
    assert_note(&j, "Against 2 cores as the base");
    clear(&j);
}

/* ---- From records ---- */

static struct nh_record record_of(const char *detail)
{
    struct nh_record r = {.ranks = 2, .nodes = 1, .detail = json_loads(detail, 0, NULL)};
    r.stats.median = 1e9;
    assert_non_null(r.detail);
    return r;
}

/* Without medians: shares of all the time. */
static void shares_from_records(void **state)
{
    (void)state;
    struct nh_shares shares = {0};
    struct nh_pop_run run;
    assert_false(nh_shares_run(&shares, 0, 1, 2, &run));
    struct nh_record r =
        record_of("{\"timed_iterations\": 10, \"ranks\": ["
                  "{\"rank\": 0, \"compute_s\": 8, \"halo_s\": 1, \"allreduce_s\": 1},"
                  "{\"rank\": 1, \"compute_s\": 6, \"halo_s\": 2, \"allreduce_s\": 2}]}");
    assert_true(nh_shares_add(&shares, 3, &r));
    json_decref(r.detail);
    nh_shares_order(&shares);
    assert_false(nh_shares_run(&shares, 0, 1, 2, &run));
    assert_true(nh_shares_run(&shares, 3, 1, 2, &run));
    assert_near(run.useful_total_s, 1.4, 1e-12);
    assert_near(run.useful_max_s, 0.8, 1e-12);
    assert_near(run.elapsed_s, 1.0, 1e-12);
    assert_true(isnan(run.instructions));
    r = record_of("{\"timed_iterations\": 10, \"ranks\": [{\"compute_s\": \"x\"}]}");
    assert_true(nh_shares_add(&shares, 3, &r));
    json_decref(r.detail);
    r = record_of("{}");
    assert_true(nh_shares_add(&shares, 3, &r));
    json_decref(r.detail);
    assert_int_equal(shares.count, 1);
    nh_shares_clear(&shares);
}

/* Rank 1 was interrupted, which its median does not show; launches are pooled by medians. */
static void medians_of_ranks_and_launches(void **state)
{
    (void)state;
    struct nh_shares shares = {0};
    struct nh_pop_run run;
    static const char *const launches[] = {"0.50", "0.54", "0.90"};
    for (size_t i = 0; i < 3; i++) {
        char detail[512];
        snprintf(detail, sizeof detail,
                 "{\"timed_iterations\": 10, \"ranks\": [{\"compute_s\": 6, \"halo_s\": 94, "
                 "\"allreduce_s\": 0, \"compute_median_s\": %s, \"instructions\": 100, "
                 "\"cycles\": 50}, {\"compute_s\": 100, \"halo_s\": 1, \"allreduce_s\": 0, "
                 "\"compute_median_s\": 0.4, \"instructions\": 100, \"cycles\": 50}]}",
                 launches[i]);
        struct nh_record r = record_of(detail);
        assert_true(nh_shares_add(&shares, 0, &r));
        json_decref(r.detail);
    }
    assert_true(nh_shares_run(&shares, 0, 1, 2, &run));
    assert_near(run.useful_max_s, 0.54, 1e-12);
    assert_near(run.useful_total_s, 0.94, 1e-12);
    assert_near(run.instructions, 20, 1e-12);
    assert_near(run.cycles, 10, 1e-12);
    nh_shares_clear(&shares);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epoch_on_16_ranks),
        cmocka_unit_test(base_and_weak_scaling),
        cmocka_unit_test(epoch_loses_by_computation),
        cmocka_unit_test(shares_tell_communication_from_imbalance),
        cmocka_unit_test(times_alone_say_what_they_cannot_say),
        cmocka_unit_test(anti_scaling_is_recognised),
        cmocka_unit_test(superlinear_is_explained_and_doubted_without_repeats),
        cmocka_unit_test(shares_from_records),
        cmocka_unit_test(medians_of_ranks_and_launches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
