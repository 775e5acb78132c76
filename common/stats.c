/* SPDX-License-Identifier: BSD-3-Clause */
/* Order statistics: sorting, quantiles and their exact intervals. */
#include "common/stats.h"

#include <math.h>
#include <string.h>

#include "common/rng.h"

enum { SHORT = 16 }; /* below this, insertion is the fastest sort */

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static void insertion_sort(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double v = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > v; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

/* Hoare's partition about a random element: no order of samples (sorted, periodic, all
 * equal) is a bad case. Returns k, 0 < k < n, with x[0..k) <= x[k..n). */
static size_t split(double *x, size_t n, struct nh_rng *rng)
{
    swap(&x[0], &x[nh_rng_below(rng, n)]);
    double pivot = x[0];
    size_t i = 0, j = n - 1;
    for (;;) {
        while (x[i] < pivot)
            i++;
        while (x[j] > pivot)
            j--;
        if (i >= j)
            return j + 1;
        swap(&x[i++], &x[j--]);
    }
}

static void quick_sort(double *x, size_t n, struct nh_rng *rng)
{
    while (n > SHORT) {
        size_t k = split(x, n, rng);
        if (k < n - k) { /* recursion on the shorter part only: depth <= log2 n */
            quick_sort(x, k, rng);
            x += k;
            n -= k;
        } else {
            quick_sort(x + k, n - k, rng);
            n = k;
        }
    }
    insertion_sort(x, n);
}

void nh_sort(double *x, size_t n)
{
    struct nh_rng rng = {n};
    quick_sort(x, n, &rng);
}

/* Reorders x so that x[k] is what it would be after sorting, smaller values before it. */
static double select_rank(double *x, size_t n, size_t k)
{
    struct nh_rng rng = {n};
    while (n > SHORT) {
        size_t s = split(x, n, &rng);
        if (k < s) {
            n = s;
        } else {
            x += s;
            n -= s;
            k -= s;
        }
    }
    insertion_sort(x, n);
    return x[k];
}

double nh_median_sorted(const double *x, size_t n)
{
    return n % 2 ? x[n / 2] : x[n / 2 - 1] + (x[n / 2] - x[n / 2 - 1]) / 2;
}

double nh_median(const double *x, size_t n, double *scratch)
{
    if (scratch != x)
        memcpy(scratch, x, n * sizeof *x);
    double upper = select_rank(scratch, n, n / 2);
    if (n % 2)
        return upper;
    double lower = scratch[0];
    for (size_t i = 1; i < n / 2; i++)
        lower = fmax(lower, scratch[i]);
    return lower + (upper - lower) / 2;
}

double nh_percentile_sorted(const double *x, size_t n, double p)
{
    /* p n of an exact rank may come out a rounding error above it: 0.07 * 100. */
    double rank = ceil(p * (double)n - 1e-9);
    return x[(size_t)fmin(fmax(rank, 1), (double)n) - 1];
}

double nh_mad_sorted(const double *x, size_t n, double *scratch)
{
    double median = nh_median_sorted(x, n);
    for (size_t i = 0; i < n; i++)
        scratch[i] = fabs(x[i] - median);
    return 1.4826 * nh_median(scratch, n, scratch);
}

size_t nh_outliers_sorted(const double *x, size_t n)
{
    if (n == 0)
        return 0;
    double q1 = nh_percentile_sorted(x, n, 0.25), q3 = nh_percentile_sorted(x, n, 0.75);
    double low = q1 - 1.5 * (q3 - q1), high = q3 + 1.5 * (q3 - q1);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += x[i] < low || x[i] > high;
    return count;
}

/* Weights below this (the mode has 1) cannot change a double-precision sum. */
static const double negligible = 1e-22;

/* Sum of the binomial weights of 0..n relative to that of the mode, by the ratio of
 * neighbours. Dividing by it normalises them exactly; lgamma would lose nine digits of
 * the probabilities at n = 1e6. */
static double binomial_total(double n, double p, double mode)
{
    double odds = p / (1 - p), total = 1, w = 1;
    for (double k = mode; k > 0 && w > negligible; k--)
        total += w *= k / ((n - k + 1) * odds);
    w = 1;
    for (double k = mode; k < n && w > negligible; k++)
        total += w *= (n - k) * odds / (k + 1);
    return total;
}

/* Largest j with P(Bin(n,p) <= j-1) <= tail, and that probability; 0 if there is none. */
static size_t lower_rank(size_t count, double p, double tail, double *below)
{
    double n = (double)count, mode = floor((n + 1) * p), odds = p / (1 - p);
    mode = fmin(mode, n);
    double total = binomial_total(n, p, mode);
    double w = 1, left = 0;
    for (double k = mode; k > 0 && w > negligible; k--)
        left += w *= k / ((n - k + 1) * odds);
    w = 1;
    for (double k = mode; k > 0; k--) { /* left: weight of 0..k-1; w: weight of k */
        if (left / total <= tail + 1e-12) {
            *below = left / total;
            return (size_t)k;
        }
        w *= k / ((n - k + 1) * odds);
        left -= w;
    }
    return 0;
}

bool nh_quantile_ranks(size_t n, double p, double level, struct nh_ranks *out)
{
    double tail = (1 - level) / 2, below = 0, above = 0;
    *out = (struct nh_ranks){0, 0, NAN};
    if (n == 0)
        return false;
    size_t lo = lower_rank(n, p, tail, &below);
    /* The upper tail is the lower one of the mirrored distribution. */
    size_t mirrored = p == 0.5 ? lo : lower_rank(n, 1 - p, tail, &above);
    if (p == 0.5)
        above = below;
    if (lo == 0 || mirrored == 0)
        return false;
    *out = (struct nh_ranks){lo, n + 1 - mirrored, 1 - below - above};
    return true;
}

double nh_normal_quantile(double p)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661003742e+00};
    if (p > 0.5)
        return -nh_normal_quantile(1 - p);
    if (p < 0.02425) {
        double q = sqrt(-2 * log(p));
        return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
               ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
    }
    double q = p - 0.5, r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}
