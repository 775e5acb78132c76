/* SPDX-License-Identifier: BSD-3-Clause */
/* Statistics of a series in time order: warm-up, dependence, trend. */
#include <math.h>

#include "common/stats.h"

double nh_autocorrelation(const double *x, size_t n)
{
    if (n < 3)
        return 0;
    double mean = 0, products = 0, squares = 0;
    bool constant = true;
    for (size_t i = 0; i < n; i++) {
        mean += x[i] / (double)n;
        constant = constant && x[i] == x[0];
    }
    if (constant) /* the rounding error of the mean must not look like a signal */
        return 0;
    for (size_t i = 0; i < n; i++) {
        squares += (x[i] - mean) * (x[i] - mean);
        if (i > 0)
            products += (x[i] - mean) * (x[i - 1] - mean);
    }
    return squares > 0 ? products / squares : 0;
}

double nh_effective_n(size_t n, double rho)
{
    if (rho <= 0 || n < 2)
        return (double)n;
    return fmax(1, (double)n * (1 - rho) / (1 + rho));
}

double nh_runs_z(const double *x, size_t n, double median)
{
    double above = 0, below = 0, runs = 0;
    int last = 0;
    for (size_t i = 0; i < n; i++) {
        int side = (x[i] > median) - (x[i] < median);
        if (side == 0) /* ties belong to no side */
            continue;
        above += side > 0;
        below += side < 0;
        runs += side != last;
        last = side;
    }
    double both = above + below, product = 2 * above * below;
    if (product == 0 || both < 3)
        return 0;
    double variance = product * (product - both) / (both * both * (both - 1));
    return variance > 0 ? (runs - 1 - product / both) / sqrt(variance) : 0;
}

double nh_mann_kendall_z(const double *x, size_t n)
{
    double s = 0, ties = 0, m = (double)n;
    for (size_t i = 0; i < n; i++) {
        long rises = 0, equal = 0;
        for (size_t j = 0; j < n; j++)
            equal += x[j] == x[i];
        for (size_t j = i + 1; j < n; j++)
            rises += (x[j] > x[i]) - (x[j] < x[i]);
        s += (double)rises;
        /* Each of the t members of a tie brings a t-th of t (t-1) (2t+5). */
        ties += (double)(equal - 1) * (2 * (double)equal + 5);
    }
    double variance = (m * (m - 1) * (2 * m + 5) - ties) / 18;
    if (s == 0 || variance <= 0)
        return 0;
    return (s > 0 ? s - 1 : s + 1) / sqrt(variance);
}

double nh_theil_sen(const double *x, size_t n, double *scratch)
{
    if (n < 2)
        return 0;
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            scratch[pairs++] = (x[j] - x[i]) / (double)(j - i);
    return nh_median(scratch, pairs, scratch);
}

enum { BATCH = 5, LEAST_TAIL = 5 }; /* fewer batches are too few to judge */

static double batch_value(const double *x, size_t batch)
{
    double five[BATCH];
    return nh_median(x + batch * BATCH, BATCH, five);
}

/* The batches from `cut` to the end. */
struct tail {
    double cut, size, mean, squares;
};

/* Standard errors between head and rest that make a warm-up. With five, a tenth of slow
 * samples could bias by 1.6 standard errors; with three, intervals cover below 93 %. */
static const double clear_difference = 4;

/* Does what lies between the starts of `whole` and `rest` differ from `rest` (pooled
 * two-sample comparison)? The MSER curve has its minimum somewhere in pure noise too. */
static bool differs(const struct tail *whole, const struct tail *rest)
{
    double head = whole->size - rest->size;
    if (head <= 0)
        return false;
    double difference = (whole->mean - rest->mean) * whole->size / head;
    double between = difference * difference * head * rest->size / whole->size;
    double variance = fmax(whole->squares - between, 0) / (whole->size - 2);
    return fabs(difference) > clear_difference * sqrt(variance * (1 / head + 1 / rest->size)) &&
           fabs(difference) > 1e-9 * fabs(rest->mean);
}

static double mser(const struct tail *t)
{
    return t->squares / (t->size * t->size);
}

static void extend(struct tail *t, double y)
{
    double step = y - t->mean;
    t->cut--;
    t->size++;
    t->mean += step / t->size;
    t->squares += step * (y - t->mean);
}

size_t nh_warmup_mser5(const double *x, size_t n, bool *steady)
{
    size_t batches = n / BATCH;
    struct tail all = {.cut = (double)batches}, best = all, late = all;
    *steady = true;
    if (batches <= LEAST_TAIL)
        return 0;
    for (size_t b = batches; b-- > 0;) {
        extend(&all, batch_value(x, b));
        bool first_half = 2 * b <= batches;
        if (all.size < LEAST_TAIL)
            continue;
        if (!first_half && (late.size < LEAST_TAIL || mser(&all) <= mser(&late)))
            late = all;
        if (first_half && (best.size < LEAST_TAIL || mser(&all) <= mser(&best)))
            best = all;
    }
    if (!differs(&all, &best))
        best = all;
    /* A chance minimum near the end must not hide a warm-up, so the second half is
     * compared with what the first cut left. */
    *steady = late.size < LEAST_TAIL || mser(&late) >= mser(&best) || !differs(&best, &late);
    return *steady ? (size_t)best.cut * BATCH : 0;
}
