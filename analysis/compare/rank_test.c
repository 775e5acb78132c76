/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/compare/rank_test.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_PAIRS = 4000000, THINNED = 2000 };
static const double power_z = 0.8416212335729143; /* four of five */

static int no_memory(struct nh_error *err)
{
    return nh_fail(err, NH_EFAIL, "out of memory while comparing samples");
}

/* ---- Null distribution ---- */

/* ways[j * (sum + 1) + s]: subsets of j of the doubled ranks with sum s. Counts stay below
 * 2^53, where doubles are exact. */
static double *count_subsets(const int *ranks, size_t total, size_t n, int sum)
{
    size_t width = (size_t)sum + 1;
    double *ways = calloc((n + 1) * width, sizeof *ways);
    if (!ways)
        return NULL;
    ways[0] = 1;
    for (size_t i = 0; i < total; i++)
        for (size_t j = i + 1 < n ? i + 1 : n; j >= 1; j--)
            for (int s = sum; s >= ranks[i]; s--)
                ways[j * width + (size_t)s] += ways[(j - 1) * width + (size_t)(s - ranks[i])];
    return ways;
}

struct tails {
    double less, greater, two_sided;
};

/* Tails of the rank sum of n of the ranks at `seen` (doubled). */
static int tails_at(const int *ranks, size_t total, size_t n, int seen, struct tails *out)
{
    int sum = 0;
    for (size_t i = 0; i < total; i++)
        sum += ranks[i];
    double *ways = count_subsets(ranks, total, n, sum);
    if (!ways)
        return NH_EFAIL;
    const double *row = ways + n * ((size_t)sum + 1);
    double all = 0, middle = (double)sum * (double)n / (double)total;
    *out = (struct tails){0, 0, 0};
    for (int s = 0; s <= sum; s++) {
        all += row[s];
        out->less += s <= seen ? row[s] : 0;
        out->greater += s >= seen ? row[s] : 0;
        out->two_sided += fabs(s - middle) >= fabs(seen - middle) - 1e-9 ? row[s] : 0;
    }
    out->less /= all;
    out->greater /= all;
    out->two_sided /= all;
    free(ways);
    return NH_OK;
}

/* ---- Ranks of two sorted samples ---- */

/* Doubled midranks of the pooled values into `ranks` (NULL: not wanted); returns the doubled rank
 * sum of `a`, and through `ties` the sum of t^3 - t. */
static double rank_sum(const double *a, size_t n, const double *b, size_t m, int *ranks,
                       double *ties)
{
    size_t i = 0, j = 0;
    double sum = 0;
    *ties = 0;
    while (i < n || j < m) {
        double value = j == m || (i < n && a[i] <= b[j]) ? a[i] : b[j];
        size_t first = i + j, ours = i;
        while (i < n && a[i] == value)
            i++;
        while (j < m && b[j] == value)
            j++;
        size_t last = i + j, t = last - first;
        double doubled = (double)(first + last + 1);
        for (size_t k = first; ranks && k < last; k++)
            ranks[k] = (int)doubled;
        sum += doubled * (double)(i - ours);
        *ties += (double)t * (double)t * (double)t - (double)t;
    }
    return sum;
}

static double upper_tail(double z)
{
    return erfc(z / sqrt(2)) / 2;
}

static void by_normal(double u, double n, double m, double ties, struct nh_rank_test *out)
{
    double total = n + m, middle = n * m / 2;
    double variance = n * m / 12 * ((total + 1) - ties / (total * (total - 1)));
    double sd = sqrt(variance);
    out->less = sd > 0 ? upper_tail(-(u - middle + 0.5) / sd) : 1;
    out->greater = sd > 0 ? upper_tail((u - middle - 0.5) / sd) : 1;
    out->two_sided = sd > 0 ? fmin(1, 2 * upper_tail((fabs(u - middle) - 0.5) / sd)) : 1;
}

int nh_rank_test(const double *a, size_t n, const double *b, size_t m, struct nh_rank_test *out,
                 struct nh_error *err)
{
    int ranks[NH_RANK_EXACT];
    double ties;
    bool exact = n + m <= NH_RANK_EXACT;
    double sum = rank_sum(a, n, b, m, exact ? ranks : NULL, &ties);
    *out = (struct nh_rank_test){.u = sum / 2 - (double)n * (double)(n + 1) / 2, .exact = exact};
    if (!exact) {
        by_normal(out->u, (double)n, (double)m, ties, out);
        return NH_OK;
    }
    struct tails t;
    if (tails_at(ranks, n + m, n, (int)sum, &t))
        return no_memory(err);
    out->less = t.less;
    out->greater = t.greater;
    out->two_sided = t.two_sided;
    return NH_OK;
}

double nh_rank_least_p(size_t n, size_t m)
{
    double choices = lgamma((double)(n + m) + 1) - lgamma((double)n + 1) - lgamma((double)m + 1);
    return fmin(1, 2 * exp(-choices));
}

/* ---- Ratio ---- */

/* Largest k with P(U <= k - 1) <= tail under no difference and no ties; 0: there is none. */
static int interval_rank(size_t n, size_t m, double tail, size_t *k)
{
    double pairs = (double)n * (double)m;
    *k = 0;
    if (n + m > NH_RANK_EXACT) {
        double sd = sqrt(pairs * (double)(n + m + 1) / 12);
        double rank = floor(pairs / 2 - 0.5 + nh_normal_quantile(tail) * sd) + 1;
        *k = rank > 0 ? (size_t)rank : 0;
        return NH_OK;
    }
    int ranks[NH_RANK_EXACT], sum = 0;
    for (size_t i = 0; i < n + m; i++)
        sum += ranks[i] = (int)(i + 1);
    double *ways = count_subsets(ranks, n + m, n, sum);
    if (!ways)
        return NH_EFAIL;
    const double *row = ways + n * ((size_t)sum + 1);
    double all = 0, below = 0;
    size_t least = n * (n + 1) / 2;
    for (int s = 0; s <= sum; s++)
        all += row[s];
    for (size_t s = least; s <= (size_t)sum && (below += row[s]) / all <= tail; s++)
        *k = s - least + 1;
    free(ways);
    return NH_OK;
}

/* A long sample stands by evenly spaced quantiles of it. */
static size_t thin(const double *x, size_t n, size_t other, double *out)
{
    size_t kept = n > THINNED && n * other > MOST_PAIRS ? THINNED : n;
    for (size_t i = 0; i < kept; i++)
        out[i] = log(x[kept == n ? i : (size_t)(((double)i + 0.5) * (double)n / (double)kept)]);
    return kept;
}

static void fill_ratio(double *pairs, size_t count, size_t k, double level, struct nh_ratio *out)
{
    nh_sort(pairs, count);
    out->ratio = exp(nh_median_sorted(pairs, count));
    if (k == 0 || 2 * k > count)
        return;
    double lo = pairs[k - 1], hi = pairs[count - k];
    double z = nh_normal_quantile((1 + level) / 2);
    out->ci = (struct nh_interval){exp(lo), exp(hi), level};
    out->detectable = expm1((hi - lo) / 2 * (z + power_z) / z);
}

int nh_ratio_of(const double *a, size_t n, const double *b, size_t m, double level,
                struct nh_ratio *out, struct nh_error *err)
{
    *out = (struct nh_ratio){NAN, {NAN, NAN, NAN}, NAN};
    double *x = malloc((n + m + 1) * sizeof *x), *y = x ? x + n : NULL;
    if (!x)
        return no_memory(err);
    size_t nx = thin(a, n, m, x), ny = thin(b, m, n, y), k;
    double *pairs = malloc((nx * ny + 1) * sizeof *pairs);
    int rc = pairs ? interval_rank(nx, ny, (1 - level) / 2, &k) : NH_EFAIL;
    if (!rc) {
        for (size_t i = 0; i < nx; i++)
            for (size_t j = 0; j < ny; j++)
                pairs[i * ny + j] = y[j] - x[i];
        fill_ratio(pairs, nx * ny, k, level, out);
    }
    free(pairs);
    free(x);
    return rc ? no_memory(err) : NH_OK;
}
