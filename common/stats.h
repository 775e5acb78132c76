/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STATS_H
#define NH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Statistics of repeated measurements. No function here prints or assumes a normal
 * distribution; only nh_summarise and the bootstrap allocate, for the length of the
 * call. "Sorted" arrays are ascending, NaN is not allowed in samples. Sources of the
 * formulas stand in docs/method.md, by the same names.
 */

/** Sorts ascending, in place; O(n log n) expected whatever the order of the input. */
void nh_sort(double *x, size_t n);

/** Median of a sorted array: middle value, or mean of the two middle ones; n >= 1. */
double nh_median_sorted(const double *x, size_t n);
/** The same of an unsorted array in O(n); scratch holds n doubles, or is x itself, which is
 *  then reordered. */
double nh_median(const double *x, size_t n, double *scratch);

/** Nearest-rank percentile x[ceil(p n)] of a sorted array, 0 < p < 1, n >= 1. */
double nh_percentile_sorted(const double *x, size_t n, double p);

/** Median of |x - median|, scaled by 1.4826 (consistent with sigma of a normal); scratch
 *  holds n doubles. */
double nh_mad_sorted(const double *x, size_t n, double *scratch);

/**
 * Ranks (1-based, lo <= hi) of the exact order-statistic interval for quantile p
 * at the given confidence. For p = 0.5 it is the largest l with coverage
 * sum_{i=l}^{n-l} C(n,i)/2^n >= level, hi = n + 1 - l. For other p each tail holds
 * at most (1-level)/2. Returns false when the sample is too small for any such
 * interval (n <= 5 for a median at 95 %). Coverage is exact to 1e-11 up to n = 1e6;
 * the time grows with sqrt(n), about 10 us at 1e5.
 */
struct nh_ranks {
    size_t lo, hi;
    double coverage; /* exact coverage, 0..1 */
};
bool nh_quantile_ranks(size_t n, double p, double level, struct nh_ranks *out);

/** Lag-1 autocorrelation; 0 for n < 3 or a constant series. */
double nh_autocorrelation(const double *x, size_t n);

/** Effective sample size n (1-rho)/(1+rho) of an AR(1) series, within [1, n]; rho <= 0 gives n. */
double nh_effective_n(size_t n, double rho);

/** z of the runs test about the median (negative: too few runs, i.e. drift or clusters);
 *  values equal to the median are left out, 0 when one side is empty. */
double nh_runs_z(const double *x, size_t n, double median);

/** z of the Mann-Kendall trend test with tie and continuity correction, 0 when it has no
 *  variance; O(n^2), the caller batches to n <= 500. */
double nh_mann_kendall_z(const double *x, size_t n);
/** Theil-Sen slope: median of pairwise slopes per index step; scratch holds n(n-1)/2 doubles. */
double nh_theil_sen(const double *x, size_t n, double *scratch);

/**
 * Length of the warm-up after MSER-5 (White 1997): the cut d among the m batches of five that
 * minimises sum_{j>d}(x_j - mean)^2/(m-d)^2. A batch counts by its median, so that a lone
 * slow sample is no warm-up. The cut lies in the first half and stands only when the
 * batches before it differ from the rest by 4 standard errors. Returns the number of
 * leading samples to cut. `*steady` is false when a cut in the second half would be
 * better still and as clear (the series never settled; then nothing is cut). Below 30
 * samples nothing is cut.
 */
size_t nh_warmup_mser5(const double *x, size_t n, bool *steady);

/**
 * Two modes by the gap rule: the widest gap with at least 5 % of the samples (and five)
 * on each side is wider than 4 MAD (scaled) of either side taken alone, wider than 2 % of the
 * median, and wider than 3 steps of the samples' resolution (the smallest other
 * difference; with two distinct values only, wider than 10 % of the median). Returns
 * false, `out` untouched, for one mode. Needs ten samples, is dependable from 30; scratch
 * holds n doubles.
 */
struct nh_modes {
    double low, high; /* medians of the two sides */
    double low_share; /* share of samples in the low mode, 0..1 */
};
bool nh_bimodal_sorted(const double *x, size_t n, double *scratch, struct nh_modes *out);

/** Samples beyond the Tukey fences Q1 - 1.5 IQR, Q3 + 1.5 IQR (sorted input). */
size_t nh_outliers_sorted(const double *x, size_t n);

/** Interval of a median or of a ratio of medians. */
struct nh_interval {
    double lo, hi;   /* NaN when there is none */
    double coverage; /* exact for independent samples, before widening; bootstrap: nominal */
};

/** Everything a record says about one series, in the unit of the samples. */
struct nh_summary {
    size_t n;      /* samples after the warm-up cut */
    size_t warmup; /* samples cut */
    double min, max, mean, median, mad;
    struct nh_interval ci; /* for the median, at the level asked for */
    double p90, p95, p99;  /* NaN where the sample cannot support the percentile */
    double rho1;           /* larger of lag-1 autocorrelation of values and of signs about
                              the median: outliers cannot hide the second */
    double n_eff;
    double runs_z, trend_z, drift; /* drift: Theil-Sen change over the run / median */
    size_t outliers;
    bool steady;           /* the series settled within its first half */
    bool autocorrelated;   /* |rho1| > 1.96/sqrt(n) and >= 0.1 */
    bool trending;         /* |trend_z| > 2.58 and |drift| > 2 % */
    bool bimodal;          /* of the samples kept; of all when over 10 % were cut */
    struct nh_modes modes; /* NaN when not bimodal */
};

/**
 * Summarises `n` samples in time order. `level` is the confidence (0.95). The half-width of
 * the interval, in ranks, is widened by sqrt((1+rho1)/(1-rho1)) where `autocorrelated` and
 * rho1 > 0; NaN when that leaves the sample. A percentile is given where a two-sided
 * interval for it exists: n >= 36, 72, 368 for p90, p95, p99 at 0.95. No outlier is removed.
 * Returns 0, or NH_EFAIL when memory is short. n = 0 gives NaN everywhere.
 */
int nh_summarise(const double *x, size_t n, double level, bool cut_warmup, struct nh_summary *out);

/**
 * Percentile bootstrap interval of median(a)/median(b), with `b` (the base)
 * resampled too. Deterministic for a seed. NaN when na or nb is below 2, or memory is short.
 */
struct nh_interval nh_bootstrap_median_ratio(const double *a, size_t na, const double *b, size_t nb,
                                             double level, size_t resamples, uint64_t seed);

/** Standard normal quantile, 0 < p < 1 (Acklam's approximation, relative error < 1.2e-9). */
double nh_normal_quantile(double p);

#endif
