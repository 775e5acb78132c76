/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DRAWS_H
#define NH_DRAWS_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/scaling.h"
#include "common/draw.h"

/*
 * What might have been measured: joint resamples of the billed time of every point of a case,
 * the base among them. A resample of a point is the median of as many of its runs, drawn with
 * replacement. A point with a single run has no spread of its own: it takes its median times
 * a deviation drawn from all other points' runs (in logarithms, scaled by sqrt(n/(n-1))), so that
 * it does not pass for certain. Everything that follows from times (cost, the cheapest size)
 * is worked out once for each resample; how often it comes out is its probability.
 */
struct nh_draws {
    size_t points, count;
    double *seconds; /* [point * count + draw] */
    double *spread;  /* of each point: standard deviation of the logarithm of one run; the
                        pooled one where a point has a single run; NaN when not known */
    size_t *runs;    /* of each point */
    bool known;      /* some point has two runs or more: there is a spread at all */
    size_t borrowed; /* points with a single run */
    size_t few;      /* points with fewer than NH_DRAWS_RUNS runs: probabilities are indicative */
};

/** Least repeats for which a 95 % interval of a median exists (docs/method.md). */
enum { NH_DRAWS_RUNS = 6 };

/** `count` resamples at most; fewer for cases of very many points, so that all fit in 32 MB. */
int nh_draws_make(const struct nh_scaling *s, size_t count, uint64_t seed, struct nh_draws *out,
                  struct nh_error *err);
void nh_draws_clear(struct nh_draws *d);

/** Sorted billed times of a point into `out` (room for all its rows); returns how many. */
size_t nh_billed_times(const struct nh_app_point *p, double *out);

#endif
