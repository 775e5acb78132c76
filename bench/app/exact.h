/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_EXACT_H
#define NH_EXACT_H

#include <math.h>

/*
 * Sums of doubles that do not depend on the order of the terms, at the speed of plain
 * ones (Demmel and Nguyen 2013; Rump, Ogita and Oishi 2008; docs/method.md).
 *
 * With M = 1.5 * 2^m and |t| < 2^(m-1), q = (M + t) - M is t rounded to a multiple of
 * u = 2^(m-52). As long as sums of the q stay below 2^53 u, every one of them is exact,
 * whatever the order. The remainders t - q, at most u/2 each, are summed the same way
 * with a second, smaller M, so that nothing of consequence is lost.
 */
struct nh_exact {
    double m[2];
};

struct nh_exact_sum {
    double part[2]; /* may be added element by element over ranks: that is exact too */
};

/* 1.5 * 2^m with 2^(m-1) > bound: sums have a factor of four to spare. */
static inline double nh_exact_constant(double bound)
{
    int e = 0;
    if (!(bound > 0))
        return 0;
    (void)frexp(bound, &e); /* bound < 2^e */
    return ldexp(1.5, e + 1);
}

/** Constants for `count` terms whose absolute values add up to at most `bound`. */
static inline struct nh_exact nh_exact_for(double bound, double count)
{
    struct nh_exact c = {{nh_exact_constant(bound), 0}};
    /* count remainders of at most u/2 each; m[0] is 1.5 * 2^m, u is 2^(m-52) */
    c.m[1] = nh_exact_constant(count * ldexp(c.m[0] / 1.5, -53));
    return c;
}

/** The part of `t` that the first sum takes; with m[1], what the second one takes. */
static inline double nh_exact_round(double m, double t)
{
    return (m + t) - m;
}

/** The value: one rounding of the two exact sums. */
static inline double nh_exact_value(struct nh_exact_sum s)
{
    return s.part[0] + s.part[1];
}

#endif
