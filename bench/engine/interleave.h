/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_INTERLEAVE_H
#define NH_INTERLEAVE_H

#include "bench/engine/engine.h"

/*
 * Several kernels measured against each other: machines change their speed from second to
 * second, so each round takes one sample of every kernel, in an order that rotates. Sample
 * i of all kernels belongs to the same round, and their ratio is free of what is slower than
 * a round.
 *
 * The slowest rank's duration counts for all, after a barrier, whatever the kernels' tables
 * say. Warm-up is not cut, since that would break the pairs.
 */
struct nh_contestant {
    const struct nh_kernel_ops *ops;
    void *state;
};

/**
 * Measures `n` kernels; collective over `group`. limits->max_time_s is for each of them, the
 * other limits are for all: rounds go on until every interval is narrow enough, or a cap is
 * reached. `out` holds n series, as by nh_measure; all have the same count.
 */
int nh_measure_in_turns(const struct nh_contestant *items, size_t n, const struct nh_group *group,
                        const struct nh_clock *clock, const struct nh_limits *limits,
                        struct nh_series *out, struct nh_error *err);

/** Median of the ratios a[i] / b[i] of two series of one run, times of one operation, with its
 *  order-statistic interval (NaN below six rounds). Rank 0; false when memory is short. */
bool nh_paired_ratio(const struct nh_series *a, const struct nh_series *b, double level,
                     double *median, struct nh_interval *interval);

#endif
