/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The published STAR-CCM+ case on c5n.18xlarge (results/reference/starccm-c5n): 97 million
 * cells; on-demand 3.888 USD and three-year all-upfront 1.475 USD per hour, licence 22 USD
 * per hour. The answers below follow from these facts and the file's assumption of 45
 * node-hours of work: T = 45 h / (n E), cost = T (n price + licence).
 */
#include "tests/unit/support.h"

#include <math.h>
#include <unistd.h>

#include "analysis/build.h"

enum { OD, OD_LICENCE, RI, RI_LICENCE, MODELS };
enum { N4, N8, N16, N32, N45, N108, SIZES };
static const long node_counts[SIZES] = {4, 8, 16, 32, 45, 108};

/* A catalog with the published prices, so that a newer price list changes no golden. */
struct published {
    char *dir;
    struct nh_report plain, licensed; /* without and with the licence */
};

static void write_catalog(const char *dir)
{
    char path[256];
    snprintf(path, sizeof path, "%s/machines.json", dir);
    write_file(path, "{\"sources\": {\"s\": \"test\"}, \"machines\": [{\"name\": \"c5n.18xlarge\","
                     "\"cores\": 36, \"vcpus\": 72, \"memory_gib\": 192, \"network_gbps\": 100,"
                     "\"efa_interfaces\": 1, \"gpus\": 0, \"cpu\": \"x\", \"source\": \"s\"}]}");
    snprintf(path, sizeof path, "%s/prices.json", dir);
    write_file(path,
               "{\"sources\": {\"s\": \"test\"}, \"prices\": ["
               "{\"machine\": \"c5n.18xlarge\", \"model\": \"on-demand\", \"per_hour\": \"3.888\","
               "\"currency\": \"USD\", \"region\": \"r\", \"as_of\": \"2020\", \"source\": \"s\"},"
               "{\"machine\": \"c5n.18xlarge\", \"model\": \"reserved-3y-all-upfront\","
               "\"per_hour\": \"1.475\", \"currency\": \"USD\", \"region\": \"r\","
               "\"as_of\": \"2020\", \"source\": \"s\"}]}");
    setenv("NODEHOUR_DATA", dir, 1);
}

static int open_case(void **state)
{
    static struct published p;
    static char file[] = "results/reference/starccm-c5n/timings.csv";
    char *files[] = {file};
    struct nh_error err = {0};
    p.dir = fresh_directory();
    write_catalog(p.dir);
    struct nh_report_options opt = {.price_models = "on-demand,reserved"};
    assert_ok(nh_report_build(files, 1, &opt, &p.plain, &err), err);
    opt.license_per_hour = "22";
    assert_ok(nh_report_build(files, 1, &opt, &p.licensed, &err), err);
    *state = &p;
    return 0;
}

static int close_case(void **state)
{
    struct published *p = *state;
    char path[256];
    nh_report_clear(&p->plain);
    nh_report_clear(&p->licensed);
    snprintf(path, sizeof path, "%s/machines.json", p->dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/prices.json", p->dir);
    unlink(path);
    rmdir(p->dir);
    free(p->dir);
    return 0;
}

static const struct nh_advice *advice(const struct published *p, int model)
{
    const struct nh_report *r = model == OD || model == RI ? &p->plain : &p->licensed;
    return &r->apps[0].advice[model == OD || model == OD_LICENCE ? 0 : 1];
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static void sizes_follow_from_the_machine(void **state)
{
    const struct published *p = *state;
    const struct nh_scaling *s = &p->plain.apps[0].scaling;
    static const long cores[SIZES] = {144, 288, 576, 1152, 1620, 3888};
    static const double cells[SIZES] = {673611, 336806, 168403, 84201, 59877, 24949};
    static const double hours[SIZES] = {11.25, 5.625, 2.8125, 1.40625, 1, 0.520833};
    assert_int_equal(s->count, SIZES);
    for (int i = 0; i < SIZES; i++) {
        assert_int_equal(s->points[i].source->nodes, node_counts[i]);
        assert_int_equal(s->points[i].source->cores, cores[i]);
        assert_near(s->points[i].cells_per_core, cells[i], 0.5);
        assert_near(s->points[i].billed_s / 3600, hours[i], 5e-7);
        assert_near(s->points[i].efficiency, i == N108 ? 0.8 : 1, 1e-12);
    }
    assert_near(s->points[N108].scale_up, 21.6, 1e-9);
    assert_true(s->solver_is_billed);
}

static void costs_are_right_to_the_cent(void **state)
{
    static const char *const expected[MODELS][SIZES] = {
        {"174.96", "174.96", "174.96", "174.96", "174.96", "218.7"},
        {"422.46", "298.71", "236.835", "205.8975", "196.96", "230.158333"},
        {"66.375", "66.375", "66.375", "66.375", "66.375", "82.96875"},
        {"313.875", "190.125", "128.25", "97.3125", "88.375", "94.427083"}};
    char text[NH_MONEY_TEXT];
    for (int m = 0; m < MODELS; m++)
        for (int i = 0; i < SIZES; i++)
            assert_string_equal(nh_money_decimal(advice(*state, m)->points[i].cost, text),
                                expected[m][i]);
}

static void licence_shares(void **state)
{
    static const double od[SIZES] = {.5859, .4143, .2613, .1503, .1117, .0498};
    static const double ri[SIZES] = {.7885, .6509, .4825, .3179, .2489, .1213};
    for (int i = 0; i < SIZES; i++) {
        assert_near(advice(*state, OD_LICENCE)->points[i].licence_share, od[i], 5e-5);
        assert_near(advice(*state, RI_LICENCE)->points[i].licence_share, ri[i], 5e-5);
        assert_true(advice(*state, OD)->points[i].licence_share == 0);
    }
}

static void the_tie_is_answered_by_its_fastest(void **state)
{
    for (int m = 0; m < MODELS; m++) {
        const struct nh_advice *a = advice(*state, m);
        bool licensed = m == OD_LICENCE || m == RI_LICENCE;
        assert_int_equal(a->cheapest, N45);
        assert_int_equal(a->recommended, N45);
        assert_int_equal(a->fastest, N108);
        for (int i = 0; i < SIZES; i++)
            assert_int_equal(a->points[i].tied_cheapest, i == N45 || (!licensed && i < N45));
    }
    assert_non_null(strstr(advice(*state, OD)->verdict, "5 sizes from 4 nodes"));
}

static void the_front_is_45_and_108_in_all_price_models(void **state)
{
    static const double hour_saved[MODELS] = {91.28, 69.28, 34.63, 12.63};
    static const double cost_ratio[MODELS] = {1.25, 1.168554, 1.25, 1.068482};
    for (int m = 0; m < MODELS; m++) {
        const struct nh_advice *a = advice(*state, m);
        for (int i = 0; i < SIZES; i++)
            assert_int_equal(a->points[i].on_front, i >= N45);
        assert_int_equal(a->step_count, 1);
        assert_int_equal(a->steps[0].from, N45);
        assert_int_equal(a->steps[0].to, N108);
        assert_near(a->steps[0].per_hour_saved, hour_saved[m], 0.005);
        assert_near(a->steps[0].time_ratio, 0.520833, 5e-7);
        assert_near(a->steps[0].cost_ratio, cost_ratio[m], 5e-7);
    }
}

static double ratio(const void *state, int model, int i, int other_model, int other)
{
    return advice(state, model)->points[i].amount /
           advice(state, other_model)->points[other].amount;
}

static void ratios_between_sizes_and_models(void **state)
{
    const void *p = *state;
    assert_near(ratio(p, OD_LICENCE, N4, OD_LICENCE, N45), 2.144903, 5e-7);
    assert_near(ratio(p, RI_LICENCE, N4, RI_LICENCE, N45), 3.551627, 5e-7);
    assert_near(ratio(p, OD, N4, OD, N45), 1, 1e-12);
    assert_near(ratio(p, OD_LICENCE, N4, OD, N4), 2.414609, 5e-7);
    assert_near(ratio(p, OD_LICENCE, N45, OD, N45), 1.125743, 5e-7);
    assert_near(ratio(p, OD_LICENCE, N108, OD, N108), 1.052393, 5e-7);
    assert_near(ratio(p, RI_LICENCE, N4, OD, N4), 1.793981, 5e-7);
    assert_near(ratio(p, RI_LICENCE, N45, OD, N45), 0.505115, 5e-7);
    assert_near(ratio(p, RI_LICENCE, N108, OD, N108), 0.431765, 5e-7);
    assert_near(ratio(p, RI_LICENCE, N4, OD_LICENCE, N4), 0.742970, 5e-7);
    assert_near(ratio(p, RI_LICENCE, N45, OD_LICENCE, N45), 0.448695, 5e-7);
    assert_near(ratio(p, RI_LICENCE, N108, OD_LICENCE, N108), 0.410270, 5e-7);
}

/* Against 45 nodes as the base: (1/S - 1/k)/(1 - 1/k) with k = 108/45 and S = 1/.520833. */
static void karp_flatt_against_45_nodes(void **state)
{
    (void)state;
    struct nh_timing_row t45 = {3600, NAN, 0}, t108 = {1875, NAN, 0};
    struct nh_app_point points[] = {
        {.nodes = 45, .cores = 1620, .cells = NAN, .rows = &t45, .row_count = 1},
        {.nodes = 108, .cores = 3888, .cells = NAN, .rows = &t108, .row_count = 1}};
    struct nh_app app = {.name = "x", .work = "run", .points = points, .point_count = 2};
    struct nh_scaling s;
    struct nh_error err = {0};
    assert_ok(nh_scaling_compute(&app, &s, &err), err);
    assert_near(s.points[1].karp_flatt, 0.178571, 5e-7);
    assert_true(isnan(s.points[0].karp_flatt));
    nh_scaling_clear(&s);
}

static bool has_caveat(const struct nh_advice *a, const char *part)
{
    for (size_t i = 0; i < a->caveat_count; i++)
        if (strstr(a->caveats[i], part))
            return true;
    return false;
}

static void the_caveats_are_told(void **state)
{
    const struct nh_advice *od = advice(*state, OD_LICENCE), *ri = advice(*state, RI);
    assert_true(has_caveat(od, "108 nodes (3888 cores): efficiency 0.8 is a lower bound"));
    assert_true(has_caveat(od, "no 95 % interval exists"));
    assert_true(has_caveat(od, "relative to the smallest measured size, 4 nodes"));
    assert_true(has_caveat(od, "solver time is billed"));
    assert_true(has_caveat(ri, "37.94 %")); /* 1.475 / 3.888 */
    assert_false(has_caveat(od, "37.94 %"));
}

/* ---- Rules on small cases made for them ---- */

struct made {
    struct nh_timing_row rows[8];
    struct nh_app_point points[8];
    struct nh_app app;
    struct nh_scaling scaling;
    struct nh_advice advice;
};

static void make_case(struct made *m, enum nh_scaling_kind kind, size_t n, const long *cores,
                      const double *seconds, const char *price)
{
    struct nh_error err = {0};
    struct nh_price p = {.machine = "x", .model = "on-demand"};
    struct nh_money none = {.micro = 0, .currency = "USD"};
    *m = (struct made){
        .app = {
            .name = "made", .work = "run", .kind = kind, .points = m->points, .point_count = n}};
    for (size_t i = 0; i < n; i++) {
        m->rows[i] = (struct nh_timing_row){seconds[i], NAN, 0};
        m->points[i] = (struct nh_app_point){.nodes = cores[i],
                                             .cores = cores[i],
                                             .cells = NAN,
                                             .rows = &m->rows[i],
                                             .row_count = 1};
    }
    assert_ok(nh_scaling_compute(&m->app, &m->scaling, &err), err);
    if (price)
        assert_ok(nh_money_parse("price", price, &p.per_hour, &err), err);
    assert_ok(nh_advise(&m->scaling, price ? &p : NULL, none, &m->advice, &err), err);
}

static void clear_case(struct made *m)
{
    nh_advice_clear(&m->advice);
    nh_scaling_clear(&m->scaling);
}

static void within_two_percent_the_faster_point_is_recommended(void **state)
{
    (void)state;
    struct made m;
    /* Costs 100, 101.9 and 102.1 $ at 1 $ per node-hour: times 360000 s / n x cost/100. */
    static const long cores[] = {1, 2, 4};
    static const double seconds[] = {360000, 360000 / 2 * 1.019, 360000 / 4 * 1.021};
    make_case(&m, NH_STRONG, 3, cores, seconds, "1");
    assert_int_equal(m.advice.cheapest, 0);
    assert_int_equal(m.advice.recommended, 1);
    assert_int_equal(m.advice.fastest, 2);
    assert_int_equal(m.advice.step_count, 2);
    assert_true(m.advice.points[1].on_front);
    assert_non_null(strstr(m.advice.verdict, "within 2 % of the least cost"));
    clear_case(&m);
}

static void slower_and_dearer_points_are_off_the_front(void **state)
{
    (void)state;
    struct made m;
    static const long cores[] = {1, 2, 4, 8};
    static const double seconds[] = {3600, 2000, 1800, 1900};
    make_case(&m, NH_STRONG, 4, cores, seconds, "2");
    assert_true(m.advice.points[0].on_front && m.advice.points[1].on_front);
    assert_true(m.advice.points[2].on_front);
    assert_false(m.advice.points[3].on_front);
    assert_true(has_caveat(&m.advice, "Time rises from"));
    clear_case(&m);
}

static void a_front_of_equal_times_keeps_the_cheaper(void **state)
{
    (void)state;
    struct made m;
    static const long cores[] = {2, 4};
    static const double seconds[] = {100, 100};
    make_case(&m, NH_STRONG, 2, cores, seconds, "3600");
    assert_true(m.advice.points[0].on_front);
    assert_false(m.advice.points[1].on_front);
    assert_int_equal(m.advice.fastest, 0);
    assert_int_equal(m.advice.step_count, 0);
    clear_case(&m);
}

static void without_a_price_cost_is_in_core_hours(void **state)
{
    (void)state;
    struct made m;
    static const long cores[] = {1, 2};
    static const double seconds[] = {7200, 4500};
    make_case(&m, NH_STRONG, 2, cores, seconds, NULL);
    assert_false(m.advice.priced);
    assert_string_equal(m.advice.unit, "core-hours");
    assert_near(m.advice.points[0].amount, 2, 1e-12);
    assert_near(m.advice.points[1].amount, 2.5, 1e-12);
    assert_true(has_caveat(&m.advice, "core-hours, since no price is known for this machine; give "
                                      "--machine"));
    clear_case(&m);
}

/* Weak scaling: four times the work on four times the cores in 1.25 of the time. */
static void weak_scaling_is_compared_per_unit_of_work(void **state)
{
    (void)state;
    struct made m;
    static const long cores[] = {1, 4};
    static const double seconds[] = {3600, 4500};
    make_case(&m, NH_WEAK, 2, cores, seconds, "1");
    assert_near(m.scaling.points[1].efficiency, 0.8, 1e-12);
    assert_near(m.scaling.points[1].scale_up, 3.2, 1e-12);
    assert_near(m.advice.points[1].amount, 5, 1e-12);
    assert_int_equal(m.advice.fastest, 1);
    assert_int_equal(m.advice.cheapest, 0);
    /* 1.25 $ against 1 $, and 1125 s against 3600 s, for the same work. */
    assert_near(m.advice.steps[0].cost_ratio, 1.25, 1e-12);
    assert_near(m.advice.steps[0].per_hour_saved, 0.25 / (2475.0 / 3600), 1e-12);
    clear_case(&m);
}

static void superlinear_efficiency_wants_an_explanation(void **state)
{
    (void)state;
    struct made m;
    static const long cores[] = {1, 2};
    static const double seconds[] = {100, 45};
    make_case(&m, NH_STRONG, 2, cores, seconds, "3.6");
    assert_true(has_caveat(&m.advice, "Efficiency is 111 %"));
    clear_case(&m);
}

static void other_units_are_suspected(void **state)
{
    (void)state;
    struct made m;
    static const long cores[] = {1, 2, 4};
    static const double mixed[] = {100, 52000, 28}, steep[] = {100, 60, 140};
    make_case(&m, NH_STRONG, 3, cores, mixed, "3.6");
    assert_true(has_caveat(&m.advice, "cannot both be of one problem"));
    clear_case(&m);
    make_case(&m, NH_STRONG, 3, cores, steep, "3.6");
    assert_false(has_caveat(&m.advice, "cannot both be of one problem"));
    clear_case(&m);
}

static void tiny_costs_are_shown_per_million(void **state)
{
    (void)state;
    struct made m;
    static const long cores[] = {1};
    static const double seconds[] = {0.005};
    make_case(&m, NH_STRONG, 1, cores, seconds, "3.6");
    assert_true(m.advice.shown_factor == 1e6);
    assert_string_equal(m.advice.shown_per, "million runs");
    assert_non_null(strstr(m.advice.verdict, "$5.00 per million runs"));
    clear_case(&m);
}

static void a_price_needs_nodes(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_timing_row row = {1, NAN, 0};
    struct nh_app_point point = {.cores = 4, .cells = NAN, .rows = &row, .row_count = 1};
    struct nh_app app = {.name = "x", .work = "run", .points = &point, .point_count = 1};
    struct nh_price price = {.per_hour = {.micro = 1, .currency = "USD"}};
    struct nh_scaling s;
    struct nh_advice a;
    assert_ok(nh_scaling_compute(&app, &s, &err), err);
    assert_int_equal(nh_advise(&s, &price, price.per_hour, &a, &err), NH_EINPUT);
    assert_says(&err, "nodes");
    nh_scaling_clear(&s);
}

/* A forged record may name any number of nodes; money must not overflow on it. */
static void amounts_beyond_any_bill_are_refused(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_timing_row row = {1e-6, NAN, 0};
    struct nh_app_point point = {.nodes = 1000000000000000,
                                 .cores = 1000000000000000,
                                 .cells = NAN,
                                 .rows = &row,
                                 .row_count = 1};
    struct nh_app app = {.name = "x", .work = "run", .points = &point, .point_count = 1};
    struct nh_price price = {.per_hour = {.micro = 3888000, .currency = "USD"}};
    struct nh_scaling s;
    struct nh_advice a;
    assert_ok(nh_scaling_compute(&app, &s, &err), err);
    assert_int_equal(nh_advise(&s, &price, price.per_hour, &a, &err), NH_EINPUT);
    assert_says(&err, "beyond any bill");
    nh_scaling_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_follow_from_the_machine),
        cmocka_unit_test(costs_are_right_to_the_cent),
        cmocka_unit_test(licence_shares),
        cmocka_unit_test(the_tie_is_answered_by_its_fastest),
        cmocka_unit_test(the_front_is_45_and_108_in_all_price_models),
        cmocka_unit_test(ratios_between_sizes_and_models),
        cmocka_unit_test(karp_flatt_against_45_nodes),
        cmocka_unit_test(the_caveats_are_told),
        cmocka_unit_test(within_two_percent_the_faster_point_is_recommended),
        cmocka_unit_test(slower_and_dearer_points_are_off_the_front),
        cmocka_unit_test(a_front_of_equal_times_keeps_the_cheaper),
        cmocka_unit_test(without_a_price_cost_is_in_core_hours),
        cmocka_unit_test(weak_scaling_is_compared_per_unit_of_work),
        cmocka_unit_test(superlinear_efficiency_wants_an_explanation),
        cmocka_unit_test(other_units_are_suspected),
        cmocka_unit_test(tiny_costs_are_shown_per_million),
        cmocka_unit_test(a_price_needs_nodes),
        cmocka_unit_test(amounts_beyond_any_bill_are_refused),
    };
    return cmocka_run_group_tests(tests, open_case, close_case);
}
