/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COMPARE_H
#define NH_COMPARE_H

#include "analysis/compare/cases.h"
#include "analysis/compare/rank_test.h"

/*
 * Set B against set A, case by case. With the ratio r = B/A of times (Hodges-Lehmann), its 95 %
 * interval, the threshold t, and p of the Mann-Whitney test, adjusted over all cases:
 *   slower       p <= 0.05 and r >= 1 + t
 *   faster       p <= 0.05 and r <= 1/(1 + t)
 *   equivalent   the interval lies within 1/(1 + t) and 1 + t
 *   cannot tell  else: too few runs, too much noise, or a difference about as large as t
 */
enum nh_difference { NH_CANNOT_TELL, NH_EQUIVALENT, NH_FASTER, NH_SLOWER, NH_DIFFERENCES };
#define NH_COMPARE_LEVEL 0.95
#define NH_COMPARE_THRESHOLD 0.02

/** How p-values are adjusted for many cases. Holm (1979) bounds the chance of any false alarm: for
 * a gate. Benjamini and Hochberg (1995) bound the share of false ones among what is found: for a
 *  look over many cases, where launches are few. */
struct nh_correction {
    const char *name;
    /** `p` ascending, adjusted in place. */
    void (*adjust)(double *p, size_t n);
    /** By what the least p is multiplied at best, when all of n cases differ. */
    double (*least_factor)(size_t n);
};
extern const struct nh_correction *const nh_corrections[]; /* "holm" first; NULL-terminated */

/** The same for p-values in any order. */
int nh_adjust(const struct nh_correction *c, const double *p, size_t n, double *adjusted);

struct nh_compare_options {
    double threshold; /* NH_COMPARE_THRESHOLD */
    const struct nh_correction *correction;
};

struct nh_compared {
    const char *name; /* of A's case, which has to outlive this */
    size_t runs_a, runs_b;
    double median_a, median_b; /* seconds */
    struct nh_ratio ratio;
    double p, p_adjusted;
    enum nh_difference difference;
    char why[128]; /* of "cannot tell" */
};

struct nh_comparison {
    struct nh_compared *items; /* cases of both sets */
    size_t count;
    size_t only_a, only_b;        /* cases of one set */
    size_t found[NH_DIFFERENCES]; /* how many of each */
    struct nh_compare_options options;
    size_t needed_runs; /* in each set, for a p that can stand among so many cases */
};

int nh_compare(const struct nh_cases *a, const struct nh_cases *b,
               const struct nh_compare_options *options, struct nh_comparison *out,
               struct nh_error *err);
void nh_comparison_clear(struct nh_comparison *c);

/** "faster", "cannot tell". */
const char *nh_difference_name(enum nh_difference d);

/**
 * Shows that the gate can fail: A against a copy of it that is slower by `slowdown` (0.2 = 20 %),
 * and against an equal copy. `missed` counts cases that were not called slower although
 * their runs suffice by nh_ratio's detectable change, `invented` those called different from
 * themselves.
 */
struct nh_self_test {
    double slowdown;
    size_t cases, found, too_few, missed, invented;
};
int nh_compare_self_test(const struct nh_cases *a, const struct nh_compare_options *options,
                         struct nh_self_test *out, struct nh_error *err);

#endif
