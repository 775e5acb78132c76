/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What to measure next, and when to stop. The published STAR-CCM+ case (see test_decide_goal.c):
 * between 45 and 108 nodes the curves disagree most near sqrt(45 x 108) = 69.7 nodes, where
 * one run tells which of them is right. The expected least of two lines has a closed form:
 * E min(0, d + s Z) = d - d Phi(d/s) - s phi(d/s), phi and Phi the normal density and distribution.
 */
#include "tests/unit/support.h"

#include <math.h>
#include <unistd.h>

#include "analysis/decide/decide.h"
#include "analysis/decide/files.h"

enum { SIZES = 6, ROWS = 12 };
static const long node_counts[SIZES] = {4, 8, 16, 32, 45, 108};

struct made {
    struct nh_timing_row rows[SIZES][ROWS];
    struct nh_app_point points[SIZES];
    struct nh_app app;
    struct nh_scaling scaling;
    struct nh_advice advice;
    struct nh_decision decision;
};

static void begin(struct made *m)
{
    *m = (struct made){.app = {.name = "made", .work = "run", .points = m->points}};
}

static void add_point(struct made *m, long nodes, const double *seconds, size_t n)
{
    size_t i = m->app.point_count++;
    for (size_t k = 0; k < n; k++)
        m->rows[i][k] = (struct nh_timing_row){seconds[k], NAN, (long)k};
    m->points[i] = (struct nh_app_point){
        .nodes = nodes, .cores = 36 * nodes, .cells = NAN, .rows = m->rows[i], .row_count = n};
}

static void decide(struct made *m, const char *price, double licence, struct nh_goal goal)
{
    struct nh_error err = {0};
    struct nh_price p = {.model = "x"};
    struct nh_cost_terms terms = {
        .price = &p, .licence = {licence > 0 ? NH_LICENCE_PER_HOUR : NH_LICENCE_NONE, licence, 0}};
    assert_ok(nh_scaling_compute(&m->app, &m->scaling, &err), err);
    assert_ok(nh_money_parse("price", price, &p.per_hour, &err), err);
    assert_ok(nh_advise_terms(&m->scaling, &terms, &m->advice, &err), err);
    assert_ok(nh_decide(&m->scaling, &m->advice, NULL, &goal, &m->decision, &err), err);
}

static void clear(struct made *m)
{
    nh_decision_clear(&m->decision);
    nh_advice_clear(&m->advice);
    nh_scaling_clear(&m->scaling);
}

static void published(struct made *m, const char *price, struct nh_goal goal)
{
    begin(m);
    for (int i = 0; i < SIZES; i++) {
        double t = 45 * 3600 / ((double)node_counts[i] * (node_counts[i] == 108 ? .8 : 1));
        add_point(m, node_counts[i], &t, 1);
    }
    decide(m, price, 22, goal);
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static void expected_least_has_its_closed_form(void **state)
{
    (void)state;
    static const double d[] = {0, .5, 1, 2, -1}, s[] = {1, 1, .5, 2, 1};
    for (size_t i = 0; i < sizeof d / sizeof *d; i++) {
        double u = d[i] / s[i], cdf = erfc(-u / sqrt(2)) / 2,
               density = exp(-u * u / 2) / sqrt(2 * acos(-1));
        double mean[] = {0, d[i]}, slope[] = {0, s[i]};
        assert_near(nh_expected_least(mean, slope, 2), d[i] - d[i] * cdf - s[i] * density,
                    2e-3 * s[i]);
    }
}

static void one_run_near_70_nodes_is_worth_most(void **state)
{
    (void)state;
    struct made m;
    published(&m, "1.475", (struct nh_goal){0});
    const struct nh_next *n = &m.decision.next;
    assert_true(n->found && n->assumed);
    assert_true(n->at.origin == NH_BETWEEN && n->at.nodes >= 65 && n->at.nodes <= 75);
    assert_int_equal(n->runs, 1);
    assert_near(n->cost, n->at.amount, 1e-9);
    /* It cannot save more than is lost, nor more than the curves differ by. */
    assert_true(n->gain > 0 && n->gain < n->loss && n->loss < 88.375 - 87.0);
    assert_near(n->pays_after, n->cost / n->gain, 1e-6);
    assert_non_null(strstr(n->text, "No size was run twice"));
    clear(&m);
}

/* The campaign says whether a run pays: gain x runs against its cost. */
static void a_campaign_weighs_the_cost(void **state)
{
    (void)state;
    struct made m;
    published(&m, "1.475", (struct nh_goal){.runs = 10, .by_s = 1e6});
    assert_non_null(strstr(m.decision.next.text, "not worth it"));
    clear(&m);
    published(&m, "1.475", (struct nh_goal){.runs = 10000, .by_s = 1e9});
    assert_non_null(strstr(m.decision.next.text, ": worth it"));
    clear(&m);
}

/* On demand every curve has its optimum at 45 nodes: only the spread is missing. */
static void where_nothing_can_be_gained_the_spread_is_asked_for(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", (struct nh_goal){0});
    assert_true(m.decision.next.found);
    assert_int_equal(m.decision.next.at.nodes, 45);
    assert_non_null(strstr(m.decision.next.text, "once more"));
    assert_false(m.decision.decided.decided);
    assert_non_null(strstr(m.decision.decided.text, "no size was run twice"));
    clear(&m);
}

/* Two sizes of nearly equal cost, and the noisier is measured again; a curve plays no part
 * between neighbours. */
static void the_noisier_of_two_is_repeated(void **state)
{
    (void)state;
    static const double quiet[] = {99.8, 99.9, 100, 100.1, 100.2, 100.3},
                        noisy[] = {44, 46, 48, 52, 54, 58};
    struct made m;
    begin(&m);
    add_point(&m, 1, quiet, 6);
    add_point(&m, 2, noisy, 6);
    decide(&m, "36", 0, (struct nh_goal){0});
    const struct nh_next *n = &m.decision.next;
    assert_true(n->found && !n->assumed);
    assert_int_equal(n->at.nodes, 2);
    assert_true(n->at.origin == NH_MEASURED);
    assert_false(m.decision.decided.decided);
    clear(&m);
}

/* ---- When to stop ---- */

static void three_more_values_reach_so_far(void **state)
{
    (void)state;
    static const double x[] = {73, 73, 74, 76, 78};
    struct nh_interval reach = nh_median_reach(x, 5, 3); /* of eight: the fourth and fifth */
    assert_near(reach.lo, 73, 0);
    assert_near(reach.hi, 77, 0);
    reach = nh_median_reach(x, 5, 0);
    assert_near(reach.lo, 74, 0);
    assert_near(reach.hi, 74, 0);
    reach = nh_median_reach(x, 3, 3);
    assert_true(isinf(reach.lo) && isinf(reach.hi));
    reach = nh_median_reach(x, 4, 3); /* of seven, the fourth */
    assert_near(reach.lo, 73, 0);
    assert_near(reach.hi, 76, 0);
}

/* The bound is met by the values that make it, and by no other ones: every triple is tried. */
static void the_reach_is_exact(void **state)
{
    (void)state;
    static const double x[] = {10, 12, 13, 17, 18, 25};
    for (size_t n = 4; n <= 6; n++) {
        struct nh_interval reach = nh_median_reach(x, n, 3);
        double low = INFINITY, high = -INFINITY;
        for (int i = 0; i < 30 * 30 * 30; i++) {
            double y[9] = {i % 30, i / 30 % 30, i / 900};
            memcpy(y + 3, x, n * sizeof *x);
            double median = nh_median(y, n + 3, y);
            low = fmin(low, median);
            high = fmax(high, median);
        }
        assert_near(reach.lo, low, 0);
        assert_near(reach.hi, high, 0);
    }
}

static void clear_answers_are_decided_early(void **state)
{
    (void)state;
    static const double one[] = {100, 101, 102, 103}, two[] = {80, 81, 82, 83};
    struct made m;
    begin(&m);
    add_point(&m, 1, one, 4);
    add_point(&m, 2, two, 4);
    decide(&m, "3.6", 0, (struct nh_goal){0});
    assert_true(m.decision.decided.decided && m.decision.decided.unshakable);
    assert_non_null(strstr(m.decision.decided.text, "another 3 runs of any one size cannot"));
    clear(&m);
    begin(&m); /* with three runs each, three more decide everything */
    add_point(&m, 1, one, 3);
    add_point(&m, 2, two, 3);
    decide(&m, "3.6", 0, (struct nh_goal){0});
    assert_false(m.decision.decided.decided);
    assert_non_null(strstr(m.decision.decided.text, "3 more runs of 1 node"));
    clear(&m);
}

/* Nothing can be saved, but two runs of the other size could be luck: two more make four. */
static void what_is_not_decided_is_settled(void **state)
{
    (void)state;
    static const double one[] = {100, 100.1, 100.2, 100.3}, two[] = {80, 80.1};
    struct made m;
    begin(&m);
    add_point(&m, 1, one, 4);
    add_point(&m, 2, two, 2);
    decide(&m, "3.6", 0, (struct nh_goal){0});
    const struct nh_next *n = &m.decision.next;
    assert_false(m.decision.decided.decided);
    assert_true(n->found && n->at.nodes == 2 && n->runs == 2 && n->gain == 0);
    assert_near(n->cost, 2 * m.advice.points[1].amount, 1e-12);
    assert_non_null(strstr(n->text, "to be sure and not to save: 2 more runs on 2 nodes"));
    clear(&m);
}

/* Of many runs three more move the median little: then the resamples have to be sure as well. */
static void many_runs_decide_by_probability(void **state)
{
    (void)state;
    static const double one[] = {100, 100, 100, 100, 101, 101, 101, 101, 130, 131, 132, 133},
                        two[] = {52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52};
    struct made m;
    begin(&m);
    add_point(&m, 1, one, 12);
    add_point(&m, 2, two, 12);
    decide(&m, "3.6", 0, (struct nh_goal){0});
    assert_true(m.decision.decided.unshakable);
    assert_true(m.advice.chances.stands < 0.95);
    assert_false(m.decision.decided.decided);
    assert_non_null(strstr(m.decision.decided.text, "Not decided: only in"));
    clear(&m);
}

/* ---- From files, as a run asks ---- */

static void ask_file(const char *path, const char *csv, bool expected, const char *says)
{
    struct nh_error err = {0};
    char *files[] = {(char *)path}, why[400];
    bool decided = !expected;
    write_file(path, csv);
    assert_ok(nh_decided(files, 1, NULL, &decided, why, sizeof why, &err), err);
    assert_int_equal(decided, expected);
    if (!strstr(why, says))
        fail_msg("'%s' does not say '%s'", why, says);
}

static void files_are_decided_when_every_case_is(void **state)
{
    (void)state;
    char *dir = fresh_directory(), path[256];
    snprintf(path, sizeof path, "%s/t.csv", dir);
    setenv("NODEHOUR_DATA", "common/catalog", 1);
    static const char clear_case[] = "case,cores,solver_s\na,1,100\na,1,101\na,1,102\na,1,102\n"
                                     "a,2,80\na,2,81\na,2,81\na,2,82\n";
    ask_file(path, clear_case, true, "a: Decided");
    char both[512];
    snprintf(both, sizeof both, "%sb,1,10\nb,2,6\n", clear_case);
    ask_file(path, both, false, "b: Not decided");
    ask_file(path, "case,cores,solver_s\na,1,100\n", false, "two sizes");
    unlink(path);
    rmdir(dir);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_least_has_its_closed_form),
        cmocka_unit_test(one_run_near_70_nodes_is_worth_most),
        cmocka_unit_test(a_campaign_weighs_the_cost),
        cmocka_unit_test(where_nothing_can_be_gained_the_spread_is_asked_for),
        cmocka_unit_test(the_noisier_of_two_is_repeated),
        cmocka_unit_test(three_more_values_reach_so_far),
        cmocka_unit_test(the_reach_is_exact),
        cmocka_unit_test(clear_answers_are_decided_early),
        cmocka_unit_test(what_is_not_decided_is_settled),
        cmocka_unit_test(many_runs_decide_by_probability),
        cmocka_unit_test(files_are_decided_when_every_case_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
