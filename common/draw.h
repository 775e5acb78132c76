/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DRAW_H
#define NH_DRAW_H

#include <stddef.h>

#include "common/rng.h"

/**
 * Median of a resample (with replacement) of a sorted sample, n >= 1, in O(1): the middle
 * one of n uniform numbers has a Beta(m, n+1-m) distribution, m = (n+1)/2 (order statistics),
 * and the next one above u is 1-(1-u) V^(1/(n-m)). Same distribution as drawing n times.
 */
double nh_draw_median(const double *sorted, size_t n, struct nh_rng *rng);

#endif
