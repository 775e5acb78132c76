/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_DECIDED_H
#define NH_DECIDED_H

#include "analysis/advice.h"

/*
 * The stop rule: measuring can end when the recommended size is within NH_RECOMMEND of the least
 * cost in NH_DECIDED_SHARE of the resamples, and stays so whatever NH_DECIDED_RUNS further runs of
 * any one size show. The second is exact: the new median lies between order statistics of the runs
 * at hand, from four runs on. It guards few runs, whose resamples are too sure of themselves.
 */
enum { NH_DECIDED_RUNS = 3 };
#define NH_DECIDED_SHARE 0.95

struct nh_decided {
    bool decided;
    bool unshakable;  /* by further runs */
    size_t shaken_by; /* point whose further runs could change it; none: count of points */
    char text[256];
};

/** Of an advice on at least two sizes; with one, nothing is ever decided. */
int nh_decided_find(const struct nh_scaling *s, const struct nh_advice *a, struct nh_decided *out,
                    struct nh_error *err);

/** Least and largest median that `more` further values can make of a sorted sample; -INFINITY
 *  or INFINITY where they alone decide it. */
struct nh_interval nh_median_reach(const double *sorted, size_t n, size_t more);

#endif
