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

enum { BATCH = 5 };

static double batch_value(const double *x, size_t batch)
{
    double five[BATCH];
    return nh_median(x + batch * BATCH, BATCH, five);
}

/* Where the batches up to `cut` stop and what is known of the rest. */
struct steady_part {
    size_t cut;
    double mean, squares;
};

/* Standard errors between head and rest that make a warm-up. Five would let a tenth of
 * slow samples move the median by 1.6 of its standard errors; three costs 1 % coverage. */
static const double clear_difference = 4;

/* Pooled two-sample comparison of the batches before and after the cut. The MSER curve has
 * its minimum somewhere in pure noise too; docs/method.md gives the rates. */
static bool head_differs(const struct steady_part *part, const struct steady_part *all,
                         double batches)
{
    double head = (double)part->cut, rest = batches - head;
    if (part->cut == 0)
        return false;
    double difference = (all->mean - part->mean) * batches / head;
    double between = difference * difference * head * rest / batches;
    double variance = fmax(all->squares - between, 0) / (batches - 2);
    return fabs(difference) > clear_difference * sqrt(variance * (1 / head + 1 / rest)) &&
           fabs(difference) > 1e-9 * fabs(part->mean);
}

size_t nh_warmup_mser5(const double *x, size_t n, bool *steady)
{
    size_t batches = n / BATCH;
    struct steady_part best = {0, 0, 0}, part = {0, 0, 0};
    double least = INFINITY;
    *steady = true;
    for (size_t cut = batches; cut-- > 0;) {
        double y = batch_value(x, cut), left = (double)(batches - cut), step = y - part.mean;
        part.cut = cut;
        part.mean += step / left;
        part.squares += step * (y - part.mean);
        /* The last five batches are too few to judge. */
        if (left >= BATCH && part.squares / (left * left) <= least) {
            least = part.squares / (left * left);
            best = part;
        }
    }
    if (batches <= BATCH || !head_differs(&best, &part, (double)batches))
        return 0;
    *steady = 2 * best.cut <= batches;
    return *steady ? best.cut * BATCH : 0;
}
