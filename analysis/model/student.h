/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDENT_H
#define NH_STUDENT_H

#include <stddef.h>

#include "common/stats.h"

/** Distribution function of Student's t with `dof` > 0 degrees of freedom (relative error
 *  below 1e-12; regularised incomplete beta function, DLMF 8.17.22). */
double nh_student_cdf(double t, double dof);

/** Quantile, 0 < p < 1. */
double nh_student_quantile(double p, double dof);

enum { NH_MIXTURE_MOST = 16 };

/** One part of a mixture: centre + scale * t(dof), with its weight (weights add up to 1). */
struct nh_student {
    double centre, scale, dof, weight;
};

/** Quantile of a mixture of n parts, at most NH_MIXTURE_MOST. A part with scale 0 is a single
 * value. */
double nh_mixture_quantile(const struct nh_student *parts, size_t n, double p);

/** Its central interval for times: a quantile below 0 is no time, the interval ends there. */
struct nh_interval nh_mixture_interval(const struct nh_student *parts, size_t n, double level);

#endif
