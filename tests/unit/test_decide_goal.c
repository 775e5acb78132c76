/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inverse questions and the optimum between measured sizes, on the published STAR-CCM+ case
 * (results/reference/starccm-c5n): E = 1 up to 45 nodes and .8 at 108, T = 45 h/(n E), 3.888 USD
 * per node-hour on demand, 1.475 reserved, licence 22 USD per hour. With E linear in n between 45
 * and 108 nodes (E = a - b n, b = .2/63, a = 1 + 45 b) cost is least at
 * n* = (-b l + sqrt(b^2 l^2 + b p l a))/(b p), l the licence and p the price.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/decide/decide.h"

enum { SIZES = 6, N45 = 4, N108 = 5 };
static const long node_counts[SIZES] = {4, 8, 16, 32, 45, 108};

struct made {
    struct nh_timing_row rows[SIZES][8];
    struct nh_app_point points[SIZES];
    struct nh_app app;
    struct nh_scaling scaling;
    struct nh_advice advice;
    struct nh_decision decision;
};

static void decide(struct made *m, const struct nh_models *models, const struct nh_goal *goal)
{
    struct nh_error err = {0};
    nh_decision_clear(&m->decision);
    assert_ok(nh_decide(&m->scaling, &m->advice, models, goal, &m->decision, &err), err);
}

static void advise(struct made *m, const char *price, const char *licence)
{
    struct nh_error err = {0};
    struct nh_price p = {.machine = "c5n.18xlarge", .model = "x"};
    struct nh_money l = {.currency = "USD"};
    const struct nh_goal nothing = {0};
    assert_ok(nh_scaling_compute(&m->app, &m->scaling, &err), err);
    if (price)
        assert_ok(nh_money_parse("price", price, &p.per_hour, &err), err);
    assert_ok(nh_money_parse("licence", licence, &l, &err), err);
    assert_ok(nh_advise(&m->scaling, price ? &p : NULL, l, &m->advice, &err), err);
    decide(m, NULL, &nothing);
}

static void published(struct made *m, const char *price, const char *licence)
{
    *m = (struct made){
        .app = {.name = "STAR-CCM+", .work = "run", .points = m->points, .point_count = SIZES}};
    for (int i = 0; i < SIZES; i++) {
        double e = i == N108 ? 0.8 : 1;
        m->rows[i][0] = (struct nh_timing_row){45 * 3600 / ((double)node_counts[i] * e), NAN, 0};
        m->points[i] = (struct nh_app_point){.nodes = node_counts[i],
                                             .cores = 36 * node_counts[i],
                                             .cells = 97e6,
                                             .rows = m->rows[i],
                                             .row_count = 1};
    }
    advise(m, price, licence);
}

static void clear(struct made *m)
{
    nh_decision_clear(&m->decision);
    nh_advice_clear(&m->advice);
    nh_scaling_clear(&m->scaling);
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static const struct nh_candidate *at_nodes(const struct made *m, long nodes)
{
    for (size_t i = 0; i < m->decision.candidates.count; i++)
        if (m->decision.candidates.items[i].nodes == nodes)
            return &m->decision.candidates.items[i];
    fail_msg("no candidate of %ld nodes", nodes);
    return NULL;
}

static const struct nh_candidate *best(const struct made *m, int shape)
{
    return &m->decision.candidates.items[m->decision.optimum.best[shape]];
}

/* ---- Between the points ---- */

static double closed_form(double p, double l)
{
    double b = .2 / 63, a = 1 + 45 * b;
    return (-b * l + sqrt(b * b * l * l + b * p * l * a)) / (b * p);
}

static void the_interpolated_optimum_is_60_nodes_when_reserved(void **state)
{
    (void)state;
    struct made m;
    published(&m, "1.475", "22");
    assert_near(closed_form(1.475, 22), 59.864, 5e-4);
    assert_int_equal(best(&m, 0)->nodes, 60);
    assert_near(best(&m, 0)->amount, 87.01875, 1e-9);
    assert_near(best(&m, 0)->efficiency, .952381, 5e-7);
    assert_near(best(&m, 0)->seconds / 3600, .7875, 1e-9);
    assert_near(at_nodes(&m, 59)->amount, 87.02232, 5e-6);
    assert_near(at_nodes(&m, 61)->amount, 87.02482, 5e-6);
    assert_near(m.decision.optimum.gain, 88.375 / 87.01875 - 1, 1e-12);
    /* Logarithm 49, share of the problem 45, node-hours 56: a number without its range is wrong. */
    assert_int_equal(m.decision.candidates.items[m.decision.optimum.smallest].nodes, 45);
    assert_int_equal(m.decision.candidates.items[m.decision.optimum.largest].nodes, 60);
    assert_int_equal(best(&m, 1)->nodes, 49);
    assert_int_equal(best(&m, 2)->nodes, 45);
    assert_int_equal(best(&m, 3)->nodes, 56);
    assert_non_null(strstr(m.decision.optimum_text, "from 45 nodes (1620 cores) to 60 nodes"));
    assert_non_null(strstr(m.decision.optimum_text, "1.6 %"));
    clear(&m);
}

static void on_demand_the_optimum_stays_at_45(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", "22");
    assert_near(closed_form(3.888, 22), 39.83, 5e-3); /* below the knee at 45 */
    for (int shape = 0; shape < NH_SHAPES; shape++) {
        assert_int_equal(best(&m, shape)->nodes, 45);
        assert_near(m.decision.optimum.amount[shape], 196.96, 1e-9);
    }
    assert_string_equal(m.decision.optimum_text, "");
    clear(&m);
}

/* Without a licence 4 to 45 nodes cost the same, and so do all sizes between them. */
static void a_plateau_is_answered_by_its_fastest(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", "0");
    for (int shape = 0; shape < NH_SHAPES; shape++)
        assert_int_equal(best(&m, shape)->nodes, 45);
    clear(&m);
}

static void shapes_go_through_both_ends(void **state)
{
    (void)state;
    for (int shape = 0; shape < NH_SHAPES; shape++) {
        assert_near(nh_shape_efficiency(shape, 45, 1, 108, .8, 45), 1, 1e-12);
        assert_near(nh_shape_efficiency(shape, 45, 1, 108, .8, 108), .8, 1e-12);
    }
    assert_near(nh_shape_efficiency(1, 10, 1, 40, .8, 20), .9, 1e-12);
    assert_near(nh_shape_efficiency(2, 10, 1, 40, .8, 20), 1 - .2 * 2 / 3, 1e-12);
    assert_near(nh_shape_efficiency(3, 10, 1, 40, .8, 20), 1 / (1 + .25 / 3), 1e-12);
}

/* ---- Questions ---- */

static const struct nh_answer *ask(struct made *m, struct nh_goal goal)
{
    decide(m, NULL, &goal);
    assert_int_equal(m->decision.answer_count, 1);
    return &m->decision.answers[0];
}

static void a_deadline_is_met_by_the_cheapest(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", "22");
    const struct nh_answer *a = ask(&m, (struct nh_goal){.deadline_s = 3600});
    assert_int_equal(a->measured.at.nodes, 45);
    assert_false(a->between.found);
    a = ask(&m, (struct nh_goal){.deadline_s = 45 * 60});
    assert_int_equal(a->measured.at.nodes, 108);
    /* Between: slow enough curves must meet it too; the slowest is linear in 1/n or log n. */
    assert_true(a->between.found && a->between.at.range.hi <= 45 * 60);
    assert_true(at_nodes(&m, a->between.at.nodes - 1)->range.hi > 45 * 60);
    assert_non_null(strstr(a->text, "Not measured, between two sizes"));
    clear(&m);
}

static void what_cannot_be_met_is_said(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", "22");
    const struct nh_answer *a = ask(&m, (struct nh_goal){.deadline_s = 600});
    assert_false(a->measured.found || a->between.found || a->beyond.found);
    assert_int_equal(a->closest.at.nodes, 108);
    assert_non_null(strstr(a->text, "no measured configuration; the fastest is 108 nodes"));
    assert_int_equal(m.decision.unmet, 1);
    a = ask(&m, (struct nh_goal){.budget = 100});
    assert_non_null(
        strstr(a->text, "the cheapest is 45 nodes (1620 cores): 1 h 00 min and $196.96"));
    assert_int_equal(m.decision.unmet, 1);
    a = ask(&m, (struct nh_goal){.deadline_s = 600, .max_nodes = 2});
    assert_non_null(strstr(a->text, "no configuration has so few nodes"));
    clear(&m);
}

/* $69.28 is the break-even value of an hour between 45 and 108 nodes with the licence. */
static void the_value_of_an_hour_decides(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", "22");
    assert_int_equal(ask(&m, (struct nh_goal){.value_per_hour = 68.5})->measured.at.nodes, 45);
    assert_int_equal(ask(&m, (struct nh_goal){.value_per_hour = 69.9})->measured.at.nodes, 108);
    clear(&m);
}

static void budget_efficiency_and_nodes(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", "22");
    assert_int_equal(ask(&m, (struct nh_goal){.budget = 231})->measured.at.nodes, 108);
    assert_int_equal(ask(&m, (struct nh_goal){.budget = 206})->measured.at.nodes, 45);
    assert_int_equal(ask(&m, (struct nh_goal){.min_efficiency = .8})->measured.at.nodes, 108);
    assert_int_equal(ask(&m, (struct nh_goal){.min_efficiency = .81})->measured.at.nodes, 45);
    struct nh_goal few = {.deadline_s = 7200, .max_nodes = 40};
    assert_int_equal(ask(&m, few)->measured.at.nodes, 32);
    clear(&m);
}

static void campaigns(void **state)
{
    (void)state;
    double end_s;
    assert_int_equal(nh_campaign(100, 86400, 3600, &end_s), 5); /* 24 each, 5 x 24 = 120 */
    assert_near(end_s, 20 * 3600, 1e-6);
    assert_int_equal(nh_campaign(100, 86400, 1875, &end_s), 3); /* 46 each */
    assert_near(end_s, 34 * 1875, 1e-6);
    assert_int_equal(nh_campaign(1, 10, 11, &end_s), 0);
    assert_int_equal(nh_campaign(7, 70, 10, &end_s), 1);
    assert_near(end_s, 70, 1e-9);

    struct made m;
    published(&m, "3.888", "22");
    struct nh_goal goal = {.runs = 100, .by_s = 86400};
    const struct nh_answer *a = ask(&m, goal);
    assert_int_equal(a->measured.at.nodes, 45);
    assert_int_equal(a->measured.concurrent, 5);
    assert_non_null(strstr(a->text, "5 at once on 225 nodes"));
    assert_non_null(strstr(a->text, "$19,696.00 in all"));
    goal.max_nodes = 200; /* 45 nodes would take 225; 32 take 1.4 h, 6 at once on 192 */
    a = ask(&m, goal);
    assert_int_equal(a->measured.at.nodes, 32);
    assert_int_equal(a->measured.concurrent, 6);
    clear(&m);
}

static void chances_come_from_resamples(void **state)
{
    (void)state;
    static const double t[2][6] = {{96, 97, 98, 104, 105, 106}, {60, 61, 62, 63, 64, 65}};
    struct made m = {.app = {.name = "x", .work = "run", .points = m.points, .point_count = 2}};
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 6; k++)
            m.rows[i][k] = (struct nh_timing_row){t[i][k], NAN, k};
        m.points[i] = (struct nh_app_point){
            .nodes = 1 + i, .cores = 4 + 4 * i, .cells = NAN, .rows = m.rows[i], .row_count = 6};
    }
    advise(&m, "3.6", "0");
    const struct nh_answer *a = ask(&m, (struct nh_goal){.deadline_s = 102});
    /* The median of a resample is at most 102 in two of three cases: it is below, at, or above. */
    assert_int_equal(a->measured.at.nodes, 1);
    assert_true(a->measured.chance > 0.5 && a->measured.chance < 0.8);
    assert_non_null(strstr(a->text, "% of the resamples)"));
    assert_near(ask(&m, (struct nh_goal){.deadline_s = 107})->measured.chance, 1, 0);
    clear(&m);
}

static void money_questions_need_a_price(void **state)
{
    (void)state;
    struct made m;
    published(&m, NULL, "0");
    const struct nh_answer *a = ask(&m, (struct nh_goal){.budget = 100});
    assert_non_null(strstr(a->text, "no price is known"));
    assert_int_equal(m.decision.unmet, 1);
    assert_int_equal(ask(&m, (struct nh_goal){.deadline_s = 3600})->measured.at.nodes, 45);
    clear(&m);
}

static void weak_scaling_has_no_one_problem_to_ask_about(void **state)
{
    (void)state;
    struct made m = {
        .app = {.name = "x", .work = "run", .kind = NH_WEAK, .points = m.points, .point_count = 2}};
    for (int i = 0; i < 2; i++) {
        m.rows[i][0] = (struct nh_timing_row){10 + i, NAN, 0};
        m.points[i] = (struct nh_app_point){
            .nodes = 1 + i, .cores = 4 + 4 * i, .cells = NAN, .rows = m.rows[i], .row_count = 1};
    }
    advise(&m, "3.6", "0");
    const struct nh_answer *a = ask(&m, (struct nh_goal){.deadline_s = 60});
    assert_false(a->measured.found || a->closest.found);
    assert_non_null(strstr(a->text, "not answered, since under weak scaling"));
    assert_int_equal(m.decision.unmet, 1);
    clear(&m);
}

/* A model reaches beyond 256 nodes (LAMMPS, 15.807 + 122.78/k, see test_model.c). */
static void a_model_answers_beyond_the_largest_size(void **state)
{
    (void)state;
    static const double t[4][5] = {{133, 134, 134, 141, 171},
                                   {73, 73, 74, 76, 78},
                                   {45, 45, 45, 45, 50},
                                   {28, 29, 31, 34, 36}};
    struct made m = {.app = {.name = "x", .work = "run", .points = m.points, .point_count = 4}};
    struct nh_models models;
    struct nh_error err = {0};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 5; k++)
            m.rows[i][k] = (struct nh_timing_row){t[i][k], NAN, k};
        m.points[i] = (struct nh_app_point){.nodes = 32 << i,
                                            .cores = 96 * (32 << i),
                                            .cells = NAN,
                                            .rows = m.rows[i],
                                            .row_count = 5};
    }
    advise(&m, "2.88", "0");
    assert_ok(nh_models_fit(&m.scaling, &models, &err), err);
    const struct nh_goal goal = {.deadline_s = 27};
    decide(&m, &models, &goal);
    const struct nh_answer *a = &m.decision.answers[0];
    assert_false(a->measured.found || a->between.found);
    assert_true(a->beyond.found && a->beyond.at.nodes > 256 && a->beyond.at.nodes <= 1024);
    assert_true(a->beyond.at.seconds <= 27 && a->beyond.at.range.hi > 27);
    assert_non_null(strstr(a->text, "Predicted beyond all measured sizes (grade "));
    assert_int_equal(m.decision.unmet, 0);
    /* Where time is all, sizes beyond are weighed too: a run there tells which of them is best. */
    const struct nh_goal hurry = {.value_per_hour = 1e6};
    decide(&m, &models, &hurry);
    assert_true(m.decision.next.found && m.decision.next.at.nodes > 256);
    assert_int_equal(m.decision.next.at.origin, NH_BEYOND);
    nh_models_clear(&models);
    clear(&m);
}

/* ---- Options ---- */

static void goals_are_read(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_goal g;
    struct nh_goal_options o = {{"1h30min", "40", "12.5", "75", "20", "2d", "64"}};
    assert_ok(nh_goal_parse(&o, &g, &err), err);
    assert_near(g.deadline_s, 5400, 0);
    assert_near(g.budget, 40, 0);
    assert_near(g.value_per_hour, 12.5, 0);
    assert_near(g.min_efficiency, .75, 1e-12);
    assert_int_equal(g.runs, 20);
    assert_near(g.by_s, 172800, 0);
    assert_int_equal(g.max_nodes, 64);
    static const struct {
        struct nh_goal_options o;
        const char *says;
    } bad[] = {{{.value[NH_GOAL_DEADLINE] = "soon"}, "--deadline: 'soon'"},
               {{.value[NH_GOAL_BUDGET] = "-1"}, "--budget"},
               {{.value[NH_GOAL_BUDGET] = "0"}, "--budget: 0"},
               {{.value[NH_GOAL_EFFICIENCY] = "120"}, "--min-efficiency: 120 is above"},
               {{.value[NH_GOAL_RUNS] = "3"}, "--runs M --by TIME"},
               {{.value[NH_GOAL_BY] = "3h"}, "--runs M --by TIME"},
               {{.value[NH_GOAL_RUNS] = "0", .value[NH_GOAL_BY] = "1h"}, "--runs"},
               {{.value[NH_GOAL_MAX_NODES] = "many"}, "--max-nodes"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(nh_goal_parse(&bad[i].o, &g, &err), NH_EINPUT);
        assert_says(&err, bad[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interpolated_optimum_is_60_nodes_when_reserved),
        cmocka_unit_test(on_demand_the_optimum_stays_at_45),
        cmocka_unit_test(a_plateau_is_answered_by_its_fastest),
        cmocka_unit_test(shapes_go_through_both_ends),
        cmocka_unit_test(a_deadline_is_met_by_the_cheapest),
        cmocka_unit_test(what_cannot_be_met_is_said),
        cmocka_unit_test(the_value_of_an_hour_decides),
        cmocka_unit_test(budget_efficiency_and_nodes),
        cmocka_unit_test(campaigns),
        cmocka_unit_test(chances_come_from_resamples),
        cmocka_unit_test(money_questions_need_a_price),
        cmocka_unit_test(weak_scaling_has_no_one_problem_to_ask_about),
        cmocka_unit_test(a_model_answers_beyond_the_largest_size),
        cmocka_unit_test(goals_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
