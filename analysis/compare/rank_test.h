/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RANK_TEST_H
#define NH_RANK_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "common/stats.h"

/*
 * Two samples of times: do they differ, and by what ratio? No distribution is assumed. Both
 * samples are sorted ascending and positive where logarithms are taken.
 */

/** Up to this many values in both together the test is exact, ties included. */
enum { NH_RANK_EXACT = 50 };

/**
 * Mann-Whitney U of `a` against `b` (pairs a > b, ties half). Exact: all ways to choose n of the
 * n + m doubled midranks are counted by dynamic programming. Beyond NH_RANK_EXACT normal with
 * the variance for ties and a continuity correction of a half.
 */
struct nh_rank_test {
    double u;
    double less, greater; /* P(U <= u), P(U >= u) */
    double two_sided;     /* P(|U - nm/2| >= |u - nm/2|) */
    bool exact;
};
int nh_rank_test(const double *a, size_t n, const double *b, size_t m, struct nh_rank_test *out,
                 struct nh_error *err);

/** The least two-sided p that n and m values without ties can give: 2/C(n+m, n). */
double nh_rank_least_p(size_t n, size_t m);

/**
 * Hodges-Lehmann ratio b/a: the median of all ratios b_j/a_i, taken on logarithms, with the
 * interval between order statistics of these whose ranks follow from the null
 * distribution of U (NaN where the samples are too small for the level).
 */
struct nh_ratio {
    double ratio;
    struct nh_interval ci;
    double detectable; /* relative change that such samples show in four of five cases: (z(level) +
                          z(80 %))/z(level) times the half-width on logarithms; NaN without ci */
};
int nh_ratio_of(const double *a, size_t n, const double *b, size_t m, double level,
                struct nh_ratio *out, struct nh_error *err);

#endif
