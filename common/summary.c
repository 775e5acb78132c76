/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything a record says about one series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/stats.h"

/* Trend tests look at pairs; medians of batches keep them cheap at any length. */
enum { TREND_BATCHES = 100, TREND_PAIRS = TREND_BATCHES * (TREND_BATCHES - 1) / 2 };

struct workspace {
    double *sorted, *scratch; /* n each */
    double *batches, *pairs;
};

static void nothing_known(struct nh_summary *s)
{
    *s = (struct nh_summary){.steady = true};
    s->min = s->max = s->mean = s->median = s->mad = NAN;
    s->ci = (struct nh_interval){NAN, NAN, NAN};
    s->p90 = s->p95 = s->p99 = NAN;
    s->rho1 = s->n_eff = s->runs_z = s->trend_z = s->drift = NAN;
    s->modes = (struct nh_modes){NAN, NAN, NAN};
}

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] - x[0];
    return x[0] + sum / (double)n;
}

static void describe_order(const double *x, size_t n, const struct workspace *w,
                           struct nh_summary *s)
{
    memcpy(w->sorted, x, n * sizeof *x);
    nh_sort(w->sorted, n);
    s->n = n;
    s->min = w->sorted[0];
    s->max = w->sorted[n - 1];
    s->mean = mean_of(x, n);
    s->median = nh_median_sorted(w->sorted, n);
    s->mad = nh_mad_sorted(w->sorted, n, w->scratch);
    s->outliers = nh_outliers_sorted(w->sorted, n);
}

/* The larger of the correlations of the values and of their sides of the median. The
 * second is what the variance of a median depends on, and outliers cannot hide it. */
static double dependence(const double *x, size_t n, double median, double *scratch)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = (x[i] > median) - (x[i] < median);
    return fmax(nh_autocorrelation(x, n), nh_autocorrelation(scratch, n));
}

static void describe_dependence(const double *x, size_t n, const struct workspace *w,
                                struct nh_summary *s)
{
    s->rho1 = dependence(x, n, s->median, w->scratch);
    double size = fabs(s->rho1);
    s->autocorrelated = size >= 0.1 && size > 1.96 / sqrt((double)n);
    s->n_eff = nh_effective_n(n, s->rho1);
    s->runs_z = nh_runs_z(x, n, s->median);
}

/* Exact ranks, moved apart where samples depend on each other. */
static void describe_interval(size_t n, double level, const double *sorted, struct nh_summary *s)
{
    struct nh_ranks r;
    if (!nh_quantile_ranks(n, 0.5, level, &r))
        return;
    double rho = s->autocorrelated ? fmax(s->rho1, 0) : 0;
    double half = (double)(r.hi - r.lo) / 2 * sqrt((1 + rho) / (1 - rho));
    double lo = floor(((double)n + 1) / 2 - half);
    if (!(lo >= 1)) /* the sample is too short for this much dependence */
        return;
    size_t rank = (size_t)lo;
    s->ci = (struct nh_interval){sorted[rank - 1], sorted[n - rank], r.coverage};
}

static double supported_percentile(size_t n, double p, double level, const double *sorted)
{
    struct nh_ranks r;
    return nh_quantile_ranks(n, p, level, &r) ? nh_percentile_sorted(sorted, n, p) : NAN;
}

static void describe_trend(const double *x, size_t n, const struct workspace *w,
                           struct nh_summary *s)
{
    size_t count = TREND_BATCHES;
    if (n < count)
        count = n;
    for (size_t b = 0; b < count; b++) {
        size_t from = b * n / count, to = (b + 1) * n / count;
        w->batches[b] = nh_median(x + from, to - from, w->scratch);
    }
    double change = nh_theil_sen(w->batches, count, w->pairs) * (double)(count - 1);
    s->trend_z = nh_mann_kendall_z(w->batches, count);
    s->drift = change == 0 ? 0 : s->median == 0 ? NAN : change / fabs(s->median);
    s->trending = fabs(s->trend_z) > 2.58 && fabs(s->drift) > 0.02;
}

/* A long "warm-up" may be the machine changing to another mode: then the modes are those
 * of all samples, so that the cut hides nothing. Uses up w->sorted. */
static void describe_modes(const double *x, size_t n, const struct workspace *w,
                           struct nh_summary *s)
{
    size_t tested = s->n;
    if (s->warmup * 10 > n) {
        memcpy(w->sorted, x, n * sizeof *x);
        nh_sort(w->sorted, n);
        tested = n;
    }
    s->bimodal = nh_bimodal_sorted(w->sorted, tested, w->scratch, &s->modes);
}

static void summarise(const double *x, size_t n, double level, const struct workspace *w,
                      struct nh_summary *s)
{
    const double *steady = x + s->warmup;
    size_t left = n - s->warmup;
    describe_order(steady, left, w, s);
    describe_dependence(steady, left, w, s);
    describe_interval(left, level, w->sorted, s);
    s->p90 = supported_percentile(left, 0.90, level, w->sorted);
    s->p95 = supported_percentile(left, 0.95, level, w->sorted);
    s->p99 = supported_percentile(left, 0.99, level, w->sorted);
    describe_trend(steady, left, w, s);
    describe_modes(x, n, w, s);
}

int nh_summarise(const double *x, size_t n, double level, bool cut_warmup, struct nh_summary *out)
{
    nothing_known(out);
    if (n == 0)
        return NH_OK;
    double *block = malloc((2 * n + TREND_BATCHES + TREND_PAIRS) * sizeof *block);
    if (!block)
        return NH_EFAIL;
    struct workspace w = {block, block + n, block + 2 * n, block + 2 * n + TREND_BATCHES};
    if (cut_warmup)
        out->warmup = nh_warmup_mser5(x, n, &out->steady);
    summarise(x, n, level, &w, out);
    free(block);
    return NH_OK;
}
