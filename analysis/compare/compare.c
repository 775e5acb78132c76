/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/compare/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_RUNS = 50 };

const char *nh_difference_name(enum nh_difference d)
{
    static const char *const names[NH_DIFFERENCES] = {"cannot tell", "equivalent", "faster",
                                                      "slower"};
    return names[d];
}

/* ---- Many p-values ---- */

struct ranked {
    double p;
    size_t index;
};

static int by_p(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->p != b->p)
        return a->p < b->p ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static void holm(double *p, size_t n)
{
    double highest = 0;
    for (size_t i = 0; i < n; i++) {
        highest = fmax(highest, fmin(1, (double)(n - i) * p[i]));
        p[i] = highest;
    }
}

static void benjamini_hochberg(double *p, size_t n)
{
    double lowest = 1;
    for (size_t i = n; i-- > 0;) {
        lowest = fmin(lowest, p[i] * (double)n / (double)(i + 1));
        p[i] = lowest;
    }
}

static void unchanged(double *p, size_t n)
{
    (void)p, (void)n;
}

static double times_cases(size_t n)
{
    return (double)n;
}

static double once(size_t n)
{
    (void)n;
    return 1;
}

static const struct nh_correction by_holm = {"holm", holm, times_cases};
static const struct nh_correction by_rate = {"fdr", benjamini_hochberg, once};
static const struct nh_correction by_nothing = {"none", unchanged, once};
const struct nh_correction *const nh_corrections[] = {&by_holm, &by_rate, &by_nothing, NULL};

int nh_adjust(const struct nh_correction *c, const double *p, size_t n, double *adjusted)
{
    struct ranked *order = malloc((n + 1) * sizeof *order);
    double *sorted = malloc((n + 1) * sizeof *sorted);
    int rc = order && sorted ? NH_OK : NH_EFAIL;
    for (size_t i = 0; !rc && i < n; i++)
        order[i] = (struct ranked){p[i], i};
    if (!rc) {
        qsort(order, n, sizeof *order, by_p);
        for (size_t i = 0; i < n; i++)
            sorted[i] = order[i].p;
        c->adjust(sorted, n);
        for (size_t i = 0; i < n; i++)
            adjusted[order[i].index] = sorted[i];
    }
    free(order);
    free(sorted);
    return rc;
}

/* ---- One case ---- */

static int measure(const struct nh_case *a, const struct nh_case *b, struct nh_compared *out,
                   struct nh_error *err)
{
    struct nh_rank_test test;
    *out = (struct nh_compared){.name = a->name,
                                .runs_a = a->count,
                                .runs_b = b->count,
                                .median_a = nh_median_sorted(a->seconds, a->count),
                                .median_b = nh_median_sorted(b->seconds, b->count)};
    int rc = nh_rank_test(a->seconds, a->count, b->seconds, b->count, &test, err);
    out->p = test.two_sided;
    if (!rc)
        rc = nh_ratio_of(a->seconds, a->count, b->seconds, b->count, NH_COMPARE_LEVEL, &out->ratio,
                         err);
    return rc;
}

/* Could so many runs differ at all, if all cases did? */
static bool runs_can_differ(size_t n, size_t m, const struct nh_comparison *all)
{
    double factor = all->options.correction->least_factor(all->count);
    return nh_rank_least_p(n, m) * factor <= 1 - NH_COMPARE_LEVEL;
}

static bool can_differ(const struct nh_compared *c, const struct nh_comparison *all)
{
    return runs_can_differ(c->runs_a, c->runs_b, all);
}

static void judge(struct nh_compared *c, const struct nh_comparison *all)
{
    double most = 1 + all->options.threshold, least = 1 / most, alpha = 1 - NH_COMPARE_LEVEL;
    const struct nh_ratio *r = &c->ratio;
    if (c->p_adjusted <= alpha && r->ratio >= most)
        c->difference = NH_SLOWER;
    else if (c->p_adjusted <= alpha && r->ratio <= least)
        c->difference = NH_FASTER;
    else if (r->ci.lo >= least && r->ci.hi <= most)
        c->difference = NH_EQUIVALENT;
    else
        c->difference = NH_CANNOT_TELL;
    if (c->difference != NH_CANNOT_TELL)
        return;
    if (!can_differ(c, all))
        snprintf(c->why, sizeof c->why,
                 "too few runs: %zu and %zu can never differ among %zu case%s, %zu each could",
                 c->runs_a, c->runs_b, all->count, all->count == 1 ? "" : "s", all->needed_runs);
    else if (r->ratio < most && r->ratio > least)
        snprintf(c->why, sizeof c->why, "the interval reaches beyond the threshold");
    else
        snprintf(c->why, sizeof c->why,
                 "so large a difference comes by chance with p = %.2g (adjusted)", c->p_adjusted);
}

/* ---- All cases ---- */

static size_t needed_runs(const struct nh_comparison *all)
{
    size_t n = 2;
    while (n < MOST_RUNS && !runs_can_differ(n, n, all))
        n++;
    return n;
}

static int adjust(struct nh_comparison *c)
{
    double *p = calloc(2 * c->count + 1, sizeof *p);
    if (!p)
        return NH_EFAIL;
    for (size_t i = 0; i < c->count; i++)
        p[i] = c->items[i].p;
    int rc = nh_adjust(c->options.correction, p, c->count, p + c->count);
    for (size_t i = 0; !rc && i < c->count; i++)
        c->items[i].p_adjusted = p[c->count + i];
    free(p);
    return rc;
}

static int compare_sorted(const struct nh_cases *a, const struct nh_cases *b,
                          struct nh_comparison *out, struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < a->count; i++) {
        const struct nh_case *other = nh_cases_find(b, a->items[i].name);
        if (other)
            rc = measure(&a->items[i], other, &out->items[out->count++], err);
    }
    out->only_a = a->count - out->count;
    out->only_b = b->count - out->count;
    if (!rc && adjust(out))
        rc = nh_fail(err, NH_EFAIL, "out of memory while comparing");
    out->needed_runs = needed_runs(out);
    for (size_t i = 0; !rc && i < out->count; i++) {
        judge(&out->items[i], out);
        out->found[out->items[i].difference]++;
    }
    return rc;
}

/* Names stay those of `a` itself, which outlives the sorted copies. */
static void keep_names(const struct nh_cases *a, struct nh_comparison *c)
{
    for (size_t i = 0; i < c->count; i++)
        c->items[i].name = nh_cases_find(a, c->items[i].name)->name;
}

int nh_compare(const struct nh_cases *a, const struct nh_cases *b,
               const struct nh_compare_options *options, struct nh_comparison *out,
               struct nh_error *err)
{
    struct nh_cases x, y = {0};
    *out = (struct nh_comparison){.options = *options};
    int rc = nh_cases_copy(a, 1, &x, err);
    if (rc)
        return rc;
    rc = nh_cases_copy(b, 1, &y, err);
    out->items = calloc(a->count + 1, sizeof *out->items);
    if (!rc && !out->items)
        rc = nh_fail(err, NH_EFAIL, "out of memory while comparing");
    if (!rc)
        rc = compare_sorted(&x, &y, out, err);
    if (!rc)
        keep_names(a, out);
    nh_cases_clear(&x);
    nh_cases_clear(&y);
    if (rc)
        nh_comparison_clear(out);
    return rc;
}

void nh_comparison_clear(struct nh_comparison *c)
{
    free(c->items);
    *c = (struct nh_comparison){0};
}

/* ---- Self-test ---- */

static const double usual_slowdown = 0.2;

static int against_copy(const struct nh_cases *a, double factor,
                        const struct nh_compare_options *options, struct nh_comparison *out,
                        struct nh_error *err)
{
    struct nh_cases copy;
    int rc = nh_cases_copy(a, factor, &copy, err);
    if (rc)
        return rc;
    rc = nh_compare(a, &copy, options, out, err);
    nh_cases_clear(&copy);
    return rc;
}

int nh_compare_self_test(const struct nh_cases *a, const struct nh_compare_options *options,
                         struct nh_self_test *out, struct nh_error *err)
{
    struct nh_comparison slower, same;
    *out = (struct nh_self_test){.slowdown = fmax(usual_slowdown, 4 * options->threshold),
                                 .cases = a->count};
    int rc = against_copy(a, 1 + out->slowdown, options, &slower, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < slower.count; i++) {
        const struct nh_compared *c = &slower.items[i];
        bool suffices = can_differ(c, &slower) && c->ratio.detectable <= out->slowdown;
        out->found += c->difference == NH_SLOWER;
        out->too_few += c->difference != NH_SLOWER && !suffices;
        out->missed += c->difference != NH_SLOWER && suffices;
    }
    nh_comparison_clear(&slower);
    rc = against_copy(a, 1, options, &same, err);
    if (rc)
        return rc;
    out->invented = same.found[NH_FASTER] + same.found[NH_SLOWER];
    nh_comparison_clear(&same);
    return NH_OK;
}
