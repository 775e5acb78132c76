/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_USL_H
#define NH_USL_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Universal scalability law (Gunther): X(n) = gamma n / (1 + alpha (n - 1) + beta n (n - 1)),
 * gamma >= 0, 0 <= alpha, beta <= 1, by non-linear least squares on throughput
 * (Levenberg-Marquardt with bounds).
 */
struct nh_usl {
    double alpha, beta, gamma;
    unsigned free_mask; /* bits: alpha, beta, gamma; cleared on a bound */
    double rss;         /* weighted */
    double inverse[9];  /* (J^T W J)^-1; rows of bound parameters are 0 */
};

/** `scratch` holds 8 (count + 3) doubles. False when it cannot be fitted (all throughputs
 *  0, fewer rows with weight than parameters). */
bool nh_usl_fit(const double *n, const double *x, const double *weight, size_t count,
                double *scratch, struct nh_usl *out);

/** Throughput, and where `gradient` is not NULL its derivatives by alpha, beta, gamma. */
double nh_usl_throughput(const struct nh_usl *u, double n, double *gradient);

/** Size of the most throughput, sqrt((1 - alpha)/beta); infinite when beta is 0. */
double nh_usl_peak(const struct nh_usl *u);

/** Standard errors (NaN on a bound), from rss over `dof`. */
void nh_usl_errors(const struct nh_usl *u, double dof, double se[3]);

#endif
