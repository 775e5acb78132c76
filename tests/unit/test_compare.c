/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Comparison of sets: verdicts, Holm's correction, the self-test, cases from files, histories. The
 * five times at 64 nodes are LAMMPS's (see test_decide_draws.c). Holm by hand: of .01 .04 .03 .005
 * the adjusted values are .03 .06 .06 .02.
 */
#include "tests/unit/support.h"

#include <math.h>
#include <unistd.h>

#include "analysis/compare/compare.h"
#include "analysis/compare/history.h"
#include "common/rng.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static void adjust(int correction, const double *p, size_t n, const double *expected)
{
    double adjusted[5];
    assert_int_equal(nh_adjust(nh_corrections[correction], p, n, adjusted), NH_OK);
    for (size_t i = 0; i < n; i++)
        assert_near(adjusted[i], expected[i], 1e-12);
}

static void corrections_by_hand(void **state)
{
    (void)state;
    static const double p[] = {.01, .04, .03, .005}, expected[] = {.03, .06, .06, .02};
    adjust(0, p, 4, expected);
    adjust(2, p, 4, p);
    static const double large[] = {.9, .8}, ones[] = {1, 1};
    adjust(0, large, 2, ones);
    /* Benjamini and Hochberg at 5 % reject two of these (reference for the rule: k q/m). */
    static const double q[] = {.001, .008, .039, .041, .9},
                        rates[] = {.005, .02, .05125, .05125, .9};
    adjust(1, q, 5, rates);
}

/* ---- Verdicts ---- */

enum { RUNS = 8, CASES = 4 };

struct sets {
    double a[CASES][RUNS], b[CASES][RUNS];
    struct nh_case ca[CASES], cb[CASES];
    struct nh_cases x, y;
};

static void set_up(struct sets *s, size_t cases, size_t runs, const double *factors)
{
    static const double base[RUNS] = {100, 100.2, 99.8, 100.1, 99.9, 100.3, 99.7, 100.05};
    *s = (struct sets){.x = {s->ca, cases}, .y = {s->cb, cases}};
    for (size_t c = 0; c < cases; c++) {
        for (size_t i = 0; i < runs; i++) {
            s->a[c][i] = base[i];
            s->b[c][i] = base[(i + 3) % RUNS] * factors[c];
        }
        s->ca[c] = (struct nh_case){.seconds = s->a[c], .count = runs};
        s->cb[c] = (struct nh_case){.seconds = s->b[c], .count = runs};
        snprintf(s->ca[c].name, sizeof s->ca[c].name, "case %zu", c);
        snprintf(s->cb[c].name, sizeof s->cb[c].name, "case %zu", c);
    }
}

static struct nh_compare_options usual(void)
{
    return (struct nh_compare_options){NH_COMPARE_THRESHOLD, nh_corrections[0]};
}

static struct nh_comparison compare(const struct nh_cases *a, const struct nh_cases *b)
{
    const struct nh_compare_options options = usual();
    struct nh_comparison c;
    struct nh_error err = {0};
    assert_ok(nh_compare(a, b, &options, &c, &err), err);
    return c;
}

static void the_four_verdicts(void **state)
{
    (void)state;
    static const double factors[] = {1.1, 0.9, 1.001, 1.0195};
    struct sets s;
    set_up(&s, 4, RUNS, factors);
    struct nh_comparison c = compare(&s.x, &s.y);
    assert_int_equal(c.count, 4);
    assert_int_equal(c.items[0].difference, NH_SLOWER);
    assert_int_equal(c.items[1].difference, NH_FASTER);
    assert_int_equal(c.items[2].difference, NH_EQUIVALENT);
    /* Clearly not equal, but about as large as the threshold: on neither side of it. */
    assert_int_equal(c.items[3].difference, NH_CANNOT_TELL);
    assert_true(c.items[3].p_adjusted < 0.01);
    assert_non_null(strstr(c.items[3].why, "beyond the threshold"));
    for (int d = 0; d < NH_DIFFERENCES; d++)
        assert_int_equal(c.found[d], 1);
    assert_near(c.items[0].ratio.ratio, 1.1, 0.005);
    assert_near(c.items[0].median_b / c.items[0].median_a, 1.1, 0.005);
    nh_comparison_clear(&c);
}

/* 2/C(6,3) = .1: three and three can never differ; 2/C(8,4) = .029 can, in one case but not in
 * two. */
static void too_few_runs_are_said(void **state)
{
    (void)state;
    static const double factors[] = {2, 2};
    struct sets s;
    set_up(&s, 1, 3, factors);
    struct nh_comparison c = compare(&s.x, &s.y);
    assert_int_equal(c.items[0].difference, NH_CANNOT_TELL);
    assert_int_equal(c.needed_runs, 4);
    assert_non_null(strstr(c.items[0].why, "3 and 3 can never differ among 1 case, 4 each"));
    assert_true(isnan(c.items[0].ratio.detectable));
    nh_comparison_clear(&c);
    set_up(&s, 1, 4, factors);
    c = compare(&s.x, &s.y);
    assert_int_equal(c.items[0].difference, NH_SLOWER);
    nh_comparison_clear(&c);
    set_up(&s, 2, 4, factors);
    c = compare(&s.x, &s.y);
    assert_int_equal(c.found[NH_CANNOT_TELL], 2);
    assert_int_equal(c.needed_runs, 5);
    nh_comparison_clear(&c);
    /* By the rate of false ones, many cases that all differ speak for each other. */
    const struct nh_compare_options rate = {NH_COMPARE_THRESHOLD, nh_corrections[1]};
    struct nh_error err = {0};
    assert_ok(nh_compare(&s.x, &s.y, &rate, &c, &err), err);
    assert_int_equal(c.found[NH_SLOWER], 2);
    nh_comparison_clear(&c);
}

static void cases_of_one_set_are_counted(void **state)
{
    (void)state;
    static const double factors[] = {1, 1, 1};
    struct sets s;
    set_up(&s, 3, RUNS, factors);
    s.y.count = 2;
    snprintf(s.cb[1].name, sizeof s.cb[1].name, "case 7");
    struct nh_comparison c = compare(&s.x, &s.y);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.only_a, 2);
    assert_int_equal(c.only_b, 1);
    nh_comparison_clear(&c);
}

/* Half of the "slower" of unequal noise would be chance without a correction: over many pairs
 * of equal sets at most one in twenty comparisons may call anything different. */
static void equal_sets_are_rarely_different(void **state)
{
    (void)state;
    struct nh_rng rng = {9};
    int wrong = 0;
    for (int t = 0; t < 200; t++) {
        static const double factors[] = {1, 1, 1, 1};
        struct sets s;
        set_up(&s, CASES, RUNS, factors);
        for (int c = 0; c < CASES; c++)
            for (int i = 0; i < RUNS; i++) {
                s.a[c][i] = exp(0.1 * nh_normal_quantile(nh_rng_unit(&rng)));
                s.b[c][i] = exp(0.1 * nh_normal_quantile(nh_rng_unit(&rng)));
            }
        struct nh_comparison c = compare(&s.x, &s.y);
        wrong += c.found[NH_SLOWER] + c.found[NH_FASTER] > 0;
        nh_comparison_clear(&c);
    }
    assert_true(wrong <= 22); /* 10 expected at most, standard deviation 3.1 */
}

/* A change as large as `detectable` is found in about four of five tries. */
static void detectable_changes_are_found(void **state)
{
    (void)state;
    struct nh_rng rng = {4};
    int found = 0, tries = 400;
    double detectable = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int t = 0; t < tries; t++) {
            static const double factors[] = {1};
            struct sets s;
            set_up(&s, 1, RUNS, factors);
            for (int i = 0; i < RUNS; i++) {
                s.a[0][i] = exp(0.05 * nh_normal_quantile(nh_rng_unit(&rng)));
                s.b[0][i] = exp(0.05 * nh_normal_quantile(nh_rng_unit(&rng)));
                s.b[0][i] *= pass ? 1 + detectable : 1;
            }
            struct nh_comparison c = compare(&s.x, &s.y);
            found += pass && c.found[NH_SLOWER];
            detectable += pass ? 0 : c.items[0].ratio.detectable / tries;
            nh_comparison_clear(&c);
        }
    assert_true(found > 0.7 * tries && found < 0.95 * tries);
}

/* ---- Self-test ---- */

static void the_gate_can_fail(void **state)
{
    (void)state;
    static const double factors[] = {1, 1};
    struct sets s;
    struct nh_self_test t;
    struct nh_error err = {0};
    const struct nh_compare_options options = usual(), coarse = {0.1, nh_corrections[0]};
    set_up(&s, 2, RUNS, factors);
    assert_ok(nh_compare_self_test(&s.x, &options, &t, &err), err);
    assert_int_equal(t.found, 2);
    assert_int_equal(t.missed + t.invented + t.too_few, 0);
    assert_near(t.slowdown, 0.2, 0);
    assert_ok(nh_compare_self_test(&s.x, &coarse, &t, &err), err);
    assert_near(t.slowdown, 0.4, 1e-12); /* four times the threshold */
    set_up(&s, 2, 3, factors);
    assert_ok(nh_compare_self_test(&s.x, &options, &t, &err), err);
    assert_int_equal(t.found, 0); /* with three runs it cannot: the verb exits with 1 */
    assert_int_equal(t.too_few, 2);
}

/* ---- Files ---- */

struct folder {
    char *dir, path[4][256];
};

static void open_folder(struct folder *f)
{
    f->dir = fresh_directory();
    for (int i = 0; i < 4; i++)
        snprintf(f->path[i], sizeof f->path[i], "%s/%d.csv", f->dir, i);
}

static void close_folder(struct folder *f)
{
    for (int i = 0; i < 4; i++)
        unlink(f->path[i]);
    rmdir(f->dir);
    free(f->dir);
}

static void csv_rows_become_cases(void **state)
{
    (void)state;
    struct folder f;
    struct nh_cases c;
    struct nh_error err = {0};
    open_folder(&f);
    write_file(f.path[0],
               "case,nodes,cores,solver_s,job_s\nx,1,4,100,110\nx,2,8,60,\nx,1,4,101,112\n"
               "y,1,4,,50\n");
    char *files[] = {f.path[0]};
    assert_ok(nh_cases_read(files, 1, false, &c, &err), err);
    assert_int_equal(c.count, 3);
    const struct nh_case *x = nh_cases_find(&c, "x, 1 node, 4 cores, time per run");
    assert_non_null(x);
    assert_int_equal(x->count, 2);
    assert_near(x->seconds[0] + x->seconds[1], 201, 1e-9); /* solver time where there is one */
    assert_near(nh_cases_find(&c, "y, 1 node, 4 cores, time per run")->seconds[0], 50, 1e-9);
    assert_null(nh_cases_find(&c, "z"));
    nh_cases_clear(&c);
    close_folder(&f);
}

static void records_become_cases(void **state)
{
    (void)state;
    struct nh_record r;
    struct nh_cases c;
    struct nh_error err = {0};
    char *dir = fresh_directory(), path[256];
    snprintf(path, sizeof path, "%s/records.jsonl", dir);
    int64_t samples[] = {1000, 1010, 1020};
    for (int launch = 0; launch < 2; launch++) {
        nh_record_init(&r);
        r.time = strdup("2026-01-01T00:00:00Z");
        r.program = strdup("test");
        r.kernel = strdup("pingpong");
        r.params = json_pack("{s:i}", "size_bytes", 8);
        r.metric = strdup("one_way_latency");
        r.timing = strdup("root");
        r.sync = strdup("none");
        r.nodes = 1;
        r.ranks = 2;
        r.launch = launch;
        r.ops_per_sample = 1;
        r.level = 0.95;
        r.stop_rule = strdup("count");
        r.verify = strdup("passed");
        r.derived = json_object();
        r.clock = json_object();
        r.transport = json_object();
        r.system = json_object();
        r.env = json_object();
        r.placement = json_array();
        r.command = json_array();
        r.samples_ns = malloc(sizeof samples);
        memcpy(r.samples_ns, samples, sizeof samples);
        r.sample_count = 3;
        assert_int_equal(nh_summarise((double[]){1000, 1010, 1020}, 3, .95, false, &r.stats), 0);
        assert_ok(nh_record_append(path, &r, &err), err);
        nh_record_clear(&r);
    }
    char *files[] = {path};
    assert_ok(nh_cases_read(files, 1, false, &c, &err), err);
    assert_int_equal(c.count, 1);
    assert_string_equal(c.items[0].name,
                        "pingpong, size_bytes 8, 2 ranks, 1 node, one_way_latency");
    assert_int_equal(c.items[0].count, 2);
    assert_near(c.items[0].seconds[0], 1010e-9, 1e-15);
    nh_cases_clear(&c);
    unlink(path);
    rmdir(dir);
    free(dir);
}

static void histories_take_a_value_from_each_file(void **state)
{
    (void)state;
    static const struct nh_change_options o = {
        .min_segment = 2, .min_magnitude = .02, .alpha = .05, .permutations = 499, .seed = 1};
    struct folder f;
    struct nh_history h;
    struct nh_error err = {0};
    open_folder(&f);
    write_file(f.path[0], "case,cores,solver_s\nx,1,100\nx,1,101\nx,1,130\n");
    write_file(f.path[1], "case,cores,solver_s\nx,1,120\ny,1,3\n");
    char *files[12];
    for (int i = 0; i < 12; i++)
        files[i] = f.path[i < 7 ? 0 : 1];
    assert_ok(nh_history_read(files, 12, false, &o, &h, &err), err);
    assert_int_equal(h.count, 2);
    assert_int_equal(h.items[0].count, 12);
    assert_near(h.items[0].seconds[0], 101, 1e-9); /* the median */
    assert_int_equal(h.items[0].changes.count, 1);
    assert_int_equal(h.items[0].changes.items[0].index, 7);
    assert_true(nh_series_regressed(&h.items[0]));
    assert_int_equal(h.items[1].count, 5); /* not in every file */
    assert_int_equal(h.items[1].file[0], 7);
    nh_history_clear(&h);

    /* One file: its launches in their order. */
    char rows[400] = "case,cores,solver_s\n";
    for (int i = 0; i < 12; i++)
        snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "x,1,%d\n",
                 (i < 6 ? 100 : 80) + i % 2);
    write_file(f.path[2], rows);
    char *one[] = {f.path[2]};
    assert_ok(nh_history_read(one, 1, false, &o, &h, &err), err);
    assert_int_equal(h.items[0].changes.count, 1);
    assert_int_equal(h.items[0].changes.items[0].index, 6);
    assert_false(nh_series_regressed(&h.items[0]));
    nh_history_clear(&h);
    close_folder(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corrections_by_hand),
        cmocka_unit_test(the_four_verdicts),
        cmocka_unit_test(too_few_runs_are_said),
        cmocka_unit_test(cases_of_one_set_are_counted),
        cmocka_unit_test(equal_sets_are_rarely_different),
        cmocka_unit_test(detectable_changes_are_found),
        cmocka_unit_test(the_gate_can_fail),
        cmocka_unit_test(csv_rows_become_cases),
        cmocka_unit_test(records_become_cases),
        cmocka_unit_test(histories_take_a_value_from_each_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
