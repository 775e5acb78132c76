/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What would change the answer, on the published STAR-CCM+ case (see test_decide_goal.c for its
 * figures). For measured sizes the threshold of a licence is p (m T_m - n T_n)/(T_n - T_m); with
 * the efficiency linear between sizes it is e n p/(1 - e), e the elasticity at n.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/decide/across.h"
#include "analysis/decide/decide.h"

enum { SIZES = 6, N32 = 3, N45 = 4, N108 = 5 };
static const long node_counts[SIZES] = {4, 8, 16, 32, 45, 108};

struct made {
    struct nh_timing_row rows[SIZES];
    struct nh_app_point points[SIZES];
    struct nh_app app;
    struct nh_scaling scaling;
    struct nh_advice advice;
    struct nh_changes changes;
};

static void published(struct made *m, const char *price, const struct nh_cost_terms *more)
{
    struct nh_error err = {0};
    struct nh_price p = {.machine = "c5n.18xlarge", .model = "x"};
    struct nh_cost_terms terms = *more;
    *m = (struct made){
        .app = {.name = "STAR-CCM+", .work = "run", .points = m->points, .point_count = SIZES}};
    for (int i = 0; i < SIZES; i++) {
        double e = i == N108 ? 0.8 : 1;
        m->rows[i] = (struct nh_timing_row){45 * 3600 / ((double)node_counts[i] * e), NAN, 0};
        m->points[i] = (struct nh_app_point){.nodes = node_counts[i],
                                             .cores = 36 * node_counts[i],
                                             .cells = 97e6,
                                             .rows = &m->rows[i],
                                             .row_count = 1};
    }
    assert_ok(nh_scaling_compute(&m->app, &m->scaling, &err), err);
    assert_ok(nh_money_parse("price", price, &p.per_hour, &err), err);
    terms.price = &p;
    assert_ok(nh_advise_terms(&m->scaling, &terms, &m->advice, &err), err);
    nh_changes_find(&m->scaling, &m->advice, &m->changes);
}

static void clear(struct made *m)
{
    nh_advice_clear(&m->advice);
    nh_scaling_clear(&m->scaling);
}

static const struct nh_cost_terms bare,
    licensed = {.licence = {.kind = NH_LICENCE_PER_HOUR, .usd = 22}};

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static const struct nh_sensitivity *factor(const struct made *m, enum nh_factor f)
{
    assert_true(m->changes.known && m->changes.factors[f].applies);
    return &m->changes.factors[f];
}

/* Licence above which sizes beyond 45 nodes are cheaper: 29.16 USD on demand, 11.06 reserved, with
 * the elasticity 45 b = .142857. */
static void a_licence_moves_the_answer_off_45_nodes(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", &licensed);
    assert_near(m.changes.elasticity, .142857, 5e-7);
    assert_near(m.changes.licence_share, .1117, 5e-5); /* below it: 45 nodes stay */
    assert_near(m.changes.licence_from, 29.16, 1e-9);
    clear(&m);
    published(&m, "1.475", &licensed);
    assert_near(m.changes.licence_share, .2489, 5e-5); /* above it: more nodes are cheaper */
    assert_near(m.changes.licence_from, 11.0625, 1e-9);
    clear(&m);
    published(&m, "1.475", &bare);
    assert_near(m.changes.licence_from, 11.0625, 1e-9);
    clear(&m);
}

/* A licence by the hour is a price of time: from 45 to 108 measured nodes it takes what an hour
 * saved costs there without it, $91.28 and $34.63. */
static void between_measured_sizes_a_licence_is_a_value_of_time(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", &licensed);
    const struct nh_sensitivity *l = factor(&m, NH_FACTOR_LICENCE);
    assert_near(l->now.value, 22, 1e-9);
    assert_near(l->above.value, 3.888 * 11.25 / (1 - .52083333333), 1e-6);
    assert_near(l->above.value, 91.28, 5e-3);
    assert_int_equal(l->above.cheapest, N108);
    assert_true(isnan(l->below.value));
    clear(&m);
    published(&m, "1.475", &licensed);
    l = factor(&m, NH_FACTOR_LICENCE);
    assert_near(l->above.value, 34.63, 5e-3);
    assert_int_equal(l->low.cheapest, N45);
    assert_near(l->low.amount, 45 * 1.475 + 0.8 * 22, 1e-9);
    assert_near(l->high.amount, 45 * 1.475 + 1.2 * 22, 1e-9);
    clear(&m);
}

/* The same difference of costs, solved for the price: l (T45 - T108)/(108 T108 - 45 T45). */
static void a_low_price_makes_the_licence_decide(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", &licensed);
    const struct nh_sensitivity *p = factor(&m, NH_FACTOR_PRICE);
    assert_near(p->below.value, 22 * (1 - 45 / 86.4) / 11.25, 2e-6); /* prices have six digits */
    assert_int_equal(p->below.cheapest, N108);
    assert_true(isnan(p->above.value));
    clear(&m);
    published(&m, "3.888", &bare); /* without a licence no price changes the order */
    p = factor(&m, NH_FACTOR_PRICE);
    assert_true(isnan(p->below.value) && isnan(p->above.value));
    assert_near(p->high.amount, 1.2 * 174.96, 1e-6);
    clear(&m);
}

/* The next size wins when its efficiency rises by the ratio of the costs, 1.168554. */
static void efficiencies_have_their_thresholds(void **state)
{
    (void)state;
    struct made m;
    published(&m, "3.888", &licensed);
    const struct nh_sensitivity *next = factor(&m, NH_FACTOR_NEXT),
                                *own = factor(&m, NH_FACTOR_OWN);
    assert_int_equal(next->point, N108);
    assert_near(next->now.value, .8, 1e-12);
    assert_near(next->above.value, .8 * 1.168554, 5e-7);
    assert_true(isnan(next->below.value));
    assert_int_equal(next->high.cheapest, N108); /* .96 */
    assert_near(own->below.value, 196.96 / 205.8975, 1e-6);
    assert_int_equal(own->below.cheapest, N32);
    assert_int_equal(own->low.cheapest, N32);
    clear(&m);
}

/* Boot time breaks the closed form, which then is not given; the roots still are. */
static void other_terms_have_roots_but_no_closed_form(void **state)
{
    (void)state;
    struct made m;
    struct nh_cost_terms boot = licensed;
    boot.boot_s = 600;
    published(&m, "3.888", &boot);
    assert_true(isnan(m.changes.licence_from));
    const struct nh_sensitivity *l = factor(&m, NH_FACTOR_LICENCE);
    /* Nodes are billed from their start, the licence for the run: 108 T + 18 h against 45 + 7.5 h.
     */
    assert_int_equal(m.advice.cheapest, N45);
    assert_near(l->above.value, 3.888 * (11.25 + 10.5) / (1 - 45 / 86.4), 1e-5);
    clear(&m);
}

static void ways_to_pay(void **state)
{
    (void)state;
    struct made m;
    struct nh_across across = {0};
    struct nh_error err = {0};
    published(&m, "3.888", &licensed);
    const char *const prices[] = {"3.888", "1.475"};
    for (int i = 0; i < 2; i++) {
        struct nh_price p = {.model = "m"};
        struct nh_cost_terms terms = licensed;
        assert_ok(nh_money_parse("price", prices[i], &p.per_hour, &err), err);
        terms.price = &p;
        assert_ok(nh_across_add(&m.scaling, &terms, &across, &err), err);
    }
    assert_int_equal(across.count, 4); /* each without and with the licence */
    static const double amounts[] = {174.96, 196.96, 66.375, 88.375};
    static const long to[] = {45, 45, 45, 60};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(across.ways[i].licence, i % 2);
        assert_int_equal(across.ways[i].cheapest, N45);
        assert_near(across.ways[i].amount, amounts[i], 1e-9);
        assert_int_equal(across.ways[i].from_nodes, 45);
        assert_int_equal(across.ways[i].to_nodes, to[i]);
    }
    assert_near(across.ways[3].gain, 88.375 / 87.01875 - 1, 1e-12);
    assert_true(nh_across_agree(&across));
    nh_across_clear(&across);
    clear(&m);
}

/* At 0.9 USD the licence makes 108 nodes the cheapest: then the way to pay changes the answer. */
static void a_way_to_pay_can_change_the_answer(void **state)
{
    (void)state;
    struct made m;
    struct nh_across across = {0};
    struct nh_error err = {0};
    struct nh_price p = {.model = "m", .per_hour = {900000, "USD"}};
    struct nh_cost_terms terms = licensed;
    terms.price = &p;
    published(&m, "3.888", &licensed);
    assert_ok(nh_across_add(&m.scaling, &terms, &across, &err), err);
    assert_int_equal(across.ways[0].cheapest, N45);
    assert_int_equal(across.ways[1].cheapest, N108);
    assert_false(nh_across_agree(&across));
    nh_across_clear(&across);
    clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_licence_moves_the_answer_off_45_nodes),
        cmocka_unit_test(between_measured_sizes_a_licence_is_a_value_of_time),
        cmocka_unit_test(a_low_price_makes_the_licence_decide),
        cmocka_unit_test(efficiencies_have_their_thresholds),
        cmocka_unit_test(other_terms_have_roots_but_no_closed_form),
        cmocka_unit_test(ways_to_pay),
        cmocka_unit_test(a_way_to_pay_can_change_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
