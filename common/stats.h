/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STATS_H
#define NH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Statistics of repeated measurements. No function here allocates behind the
 * caller's back, prints, or assumes a normal distribution. "Sorted" arrays are
 * ascending. Sources of the formulas stand in docs/method.md, by the same names.
 */

/** Sorts ascending, in place. NaN is not allowed. */
void nh_sort(double *x, size_t n);

/** Median of a sorted array: middle value, or mean of the two middle ones; n >= 1. */
double nh_median_sorted(const double *x, size_t n);
/** The same of an unsorted array, by a scratch copy of n doubles given by the caller. */
double nh_median(const double *x, size_t n, double *scratch);

/** Nearest-rank percentile x[ceil(p n)] of a sorted array, 0 < p < 1. */
double nh_percentile_sorted(const double *x, size_t n, double p);

/** Median of |x - median|, scaled by 1.4826 (consistent with sigma of a normal). */
double nh_mad_sorted(const double *x, size_t n, double *scratch);

/**
 * Ranks (1-based, lo <= hi) of the exact order-statistic interval for quantile p
 * at the given confidence. For p = 0.5 it is the largest l with coverage
 * sum_{i=l}^{n-l} C(n,i)/2^n >= level, hi = n + 1 - l. For other p the tails are
 * (1-level)/2 each. Returns false when the sample is too small for any such
 * interval (n <= 5 for a median at 95 %).
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

/** z of the runs test about the median (negative: too few runs, i.e. drift or clusters). */
double nh_runs_z(const double *x, size_t n, double median);

/** z of the Mann-Kendall trend test with tie correction; the caller batches to n <= 500. */
double nh_mann_kendall_z(const double *x, size_t n);
/** Theil-Sen slope: median of pairwise slopes per index step; scratch holds n(n-1)/2 doubles. */
double nh_theil_sen(const double *x, size_t n, double *scratch);

/**
 * Length of the warm-up by MSER-5 (White 1997): the cut d, a multiple of 5, that
 * minimises sum_{j>d}(x_j - mean)^2/(m-d)^2 over batch means of five. Returns the
 * number of leading samples to cut; `*steady` is false when the best cut lies in
 * the second half (the series never settled; then nothing is cut).
 */
size_t nh_warmup_mser5(const double *x, size_t n, bool *steady);

/**
 * Two modes by the gap rule: the largest gap within the sorted middle 98 % is wider
 * than 4 MAD-units of the narrower... see docs/method.md, and each side holds at
 * least 5 % of the samples. Returns false for one mode.
 */
struct nh_modes {
    double low, high;  /* medians of the two sides */
    double low_share;  /* share of samples in the low mode, 0..1 */
};
bool nh_bimodal_sorted(const double *x, size_t n, double *scratch, struct nh_modes *out);

/** Samples beyond the Tukey fences Q1 - 1.5 IQR, Q3 + 1.5 IQR (sorted input). */
size_t nh_outliers_sorted(const double *x, size_t n);

/** Interval of a median at `level`, widened for autocorrelation where it is significant. */
struct nh_interval {
    double lo, hi;   /* NaN when there is none */
    double coverage; /* exact coverage for independent samples */
};

/** Everything a record says about one series, in the unit of the samples. */
struct nh_summary {
    size_t n;               /* samples after the warm-up cut */
    size_t warmup;          /* samples cut */
    double min, max, mean, median, mad;
    struct nh_interval ci;  /* 95 % for the median */
    double p90, p95, p99;   /* NaN where the sample cannot support the percentile */
    double rho1, n_eff;
    double runs_z, trend_z, drift; /* drift: Theil-Sen change over the run / median */
    size_t outliers;
    bool steady;            /* MSER found a steady part */
    bool autocorrelated;    /* |rho1| significant at 95 % and >= 0.1 */
    bool trending;          /* |trend_z| > 2.58 and |drift| > 2 % */
    bool bimodal;
    struct nh_modes modes;
};

/**
 * Summarises `n` samples in time order. `level` is the confidence (0.95). The
 * percentiles need n >= 36, 72, 368 for p90, p95, p99 (two-sided 95 % interval exists).
 * Returns 0, or NH_EFAIL when memory is short. n = 0 gives NaN everywhere.
 */
int nh_summarise(const double *x, size_t n, double level, bool cut_warmup, struct nh_summary *out);

/**
 * Percentile bootstrap interval of median(a)/median(b), with `b` (the base)
 * resampled too. Deterministic for a seed. NaN when na or nb is below 2.
 */
struct nh_interval nh_bootstrap_median_ratio(const double *a, size_t na, const double *b, size_t nb,
                                             double level, size_t resamples, uint64_t seed);

/** Standard normal quantile, 0 < p < 1 (Acklam's approximation, |error| < 1.2e-9). */
double nh_normal_quantile(double p);

#endif
