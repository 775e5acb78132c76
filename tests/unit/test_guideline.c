/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "bench/app/guideline.h"
#include "tests/unit/support.h"

enum { ROUNDS = 9 };

static enum nh_guideline_verdict verdict(const double *left, const double *right, size_t rounds)
{
    return nh_guideline_judge(left, right, rounds, 0.10).verdict;
}

static void test_names_read_as_formulas(void **state)
{
    (void)state;
    static const char *const expected[] = {"allreduce(n) <= reduce(n) + bcast(n)",
                                           "reduce(n) <= allreduce(n)",
                                           "allgather(n) <= gather(n) + bcast(n)",
                                           "allgather(n) <= alltoall(n)",
                                           "scatter(n) <= bcast(n)",
                                           "gather(n) <= allgather(n)",
                                           "bcast(n) <= scatter(n) + allgather(n)",
                                           "reducescatter(n) <= reduce(n) + scatter(n)",
                                           "reducescatterblock(n) <= reducescatter(n)",
                                           "allreduce(n) <= reducescatter(n) + allgather(n)",
                                           "bcast(n) <= bcast(2n)",
                                           "bcast(2n) <= 2 bcast(n)"};
    for (size_t e = 0; e < sizeof expected / sizeof *expected; e++) {
        bool found = false;
        for (size_t i = 0; i < nh_guideline_count; i++) {
            char text[NH_GUIDELINE_TEXT];
            found |= strcmp(nh_guideline_text(&nh_guidelines[i], text), expected[e]) == 0;
        }
        if (!found)
            fail_msg("no guideline %s", expected[e]);
    }
}

static void test_each_is_well_formed_and_there_once(void **state)
{
    (void)state;
    char a[NH_GUIDELINE_TEXT], b[NH_GUIDELINE_TEXT];
    for (size_t i = 0; i < nh_guideline_count; i++) {
        const struct nh_guideline *g = &nh_guidelines[i];
        assert_true(g->left.times > 0 && g->right[0].times > 0);
        assert_in_range(g->left.scale, 1, NH_GUIDELINE_MAX_SCALE);
        for (int t = 0; t < NH_GUIDELINE_TERMS && g->right[t].times > 0; t++)
            assert_in_range(g->right[t].scale, 1, NH_GUIDELINE_MAX_SCALE);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(nh_guideline_text(g, a),
                                    nh_guideline_text(&nh_guidelines[k], b));
    }
}

/* Ratios 1.00, 1.01, ... in some order: of nine the interval is the second to the eighth. */
static void test_interval_is_that_of_order_statistics(void **state)
{
    (void)state;
    double left[ROUNDS] = {104, 100, 108, 102, 101, 107, 103, 105, 106}, right[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        right[i] = 100;
    struct nh_guideline_result r = nh_guideline_judge(left, right, ROUNDS, 0.10);
    assert_true(fabs(r.ratio - 1.04) < 1e-12);
    assert_true(fabs(r.low - 1.01) < 1e-12 && fabs(r.high - 1.07) < 1e-12);
    assert_int_equal(r.verdict, NH_HOLDS);
}

static void test_verdicts(void **state)
{
    (void)state;
    const double right[ROUNDS] = {100, 100, 100, 100, 100, 100, 100, 100, 100};
    const double slower[ROUNDS] = {150, 151, 149, 150, 152, 148, 150, 150, 150};
    const double within[ROUNDS] = {109, 108, 109, 108, 109, 108, 109, 108, 109};
    const double unsure[ROUNDS] = {90, 100, 105, 109, 115, 120, 130, 140, 150};
    /* one disturbed round on either side changes nothing */
    const double once[ROUNDS] = {900, 151, 149, 150, 152, 148, 150, 150, 10};
    assert_int_equal(verdict(slower, right, ROUNDS), NH_VIOLATED);
    assert_int_equal(verdict(within, right, ROUNDS), NH_HOLDS);
    assert_int_equal(verdict(unsure, right, ROUNDS), NH_CANNOT_TELL);
    assert_int_equal(verdict(once, right, ROUNDS), NH_VIOLATED);
    assert_int_equal(nh_guideline_judge(slower, right, ROUNDS, 0.60).verdict, NH_HOLDS);
}

/* A machine that turns five times as slow in the middle does so for both sides. */
static void test_drift_of_the_machine_is_no_violation(void **state)
{
    (void)state;
    const double left[ROUNDS] = {10, 10, 10, 50, 51, 50, 10, 49, 50};
    const double right[ROUNDS] = {10, 10, 10, 50, 50, 50, 10, 50, 50};
    assert_int_equal(verdict(left, right, ROUNDS), NH_HOLDS);
}

static void test_too_few_rounds_say_nothing(void **state)
{
    (void)state;
    const double left[6] = {200, 200, 200, 200, 200, 200},
                 right[6] = {100, 100, 100, 100, 100, 100};
    struct nh_guideline_result r = nh_guideline_judge(left, right, 5, 0.10);
    assert_int_equal(r.verdict, NH_CANNOT_TELL);
    assert_true(r.ratio == 2 && isnan(r.low) && isnan(r.high));
    assert_int_equal(verdict(left, right, 6), NH_VIOLATED);
    assert_int_equal(verdict(left, right, 0), NH_CANNOT_TELL);
    assert_string_equal(nh_guideline_verdict_text(NH_CANNOT_TELL), "cannot tell");
    assert_string_equal(nh_guideline_verdict_text(NH_VIOLATED), "violated");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names_read_as_formulas),
                                       cmocka_unit_test(test_each_is_well_formed_and_there_once),
                                       cmocka_unit_test(test_interval_is_that_of_order_statistics),
                                       cmocka_unit_test(test_verdicts),
                                       cmocka_unit_test(test_drift_of_the_machine_is_no_violation),
                                       cmocka_unit_test(test_too_few_rounds_say_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
