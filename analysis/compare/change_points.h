/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHANGE_POINTS_H
#define NH_CHANGE_POINTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/*
 * Change points of a history: E-divisive (Matteson and James 2014) with the statistic
 *   Q(t,k) = 2/(m+n) sum |X-Y| - 2m/((m+n)(n-1)) sum_{i<j} |X_i-X_j|
 *                              - 2n/((m+n)(m-1)) sum_{i<j} |Y_i-Y_j|
 * over X = Z[0,t) of n and Y = Z[t,k) of m values, maximised over both t and k, so that a change
 * which is undone later is found too (as in Apache Otava). A split stands when so high a maximum
 * comes up in few random orders of the segment, and the medians on its sides differ enough.
 */
struct nh_change_options {
    size_t min_segment;   /* values on each side, at least 2 */
    double min_magnitude; /* of the ratio of medians, 0.02 */
    double alpha;         /* of the permutation test, 0.01 */
    size_t permutations;  /* 999 */
    uint64_t seed;
};

struct nh_change_point {
    size_t index;         /* first value after the change */
    double before, after; /* medians of the segments on both sides */
    double p;             /* of the permutation test */
};

struct nh_change_points {
    struct nh_change_point *items; /* ascending */
    size_t count;
};

/** The most values that are looked at; a longer history is NH_EINPUT. */
enum { NH_HISTORY_MAX = 2000 };

int nh_change_points_find(const double *z, size_t n, const struct nh_change_options *o,
                          struct nh_change_points *out, struct nh_error *err);
void nh_change_points_clear(struct nh_change_points *c);

/** The largest Q over t and k, both sides at least `min_segment` long; 0 when n is too small. */
struct nh_split {
    double q;
    size_t t, k;
};
int nh_split_find(const double *z, size_t n, size_t min_segment, struct nh_split *out);

#endif
