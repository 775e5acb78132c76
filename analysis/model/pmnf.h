/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PMNF_H
#define NH_PMNF_H

#include <stddef.h>

#include "common/error.h"

/**
 * Extra-P's performance model normal form with one term, y = c0 + c1 x^power log2(x)^log_power,
 * chosen among its 42 default pairs of exponents and the constant by the smallest
 * leave-one-out SMAPE, fitted by unweighted least squares to one value (mean) a size. As
 * Extra-P 4.2.5's basic modeler: the constant is judged inside its own sample.
 */
struct nh_pmnf {
    double c0, c1; /* c1 = 0, power = 0, log_power = 0: the constant */
    double power;
    int log_power;
    double smape; /* percent; leave-one-out, but of the constant */
    double rss;   /* leave-one-out; of the constant in-sample */
    double ar2;   /* adjusted R^2 of these; 1 for the constant */
};

/**
 * For quantities that grow with x, such as work. A `y` that falls from each size to the next is
 * refused (NH_EINPUT): a power law of time ends below zero; fit the work x*y instead.
 * x > 0 ascending; at least 3 sizes. Logarithms are left out when an x is below 1. NH_EFAIL when
 * memory is short.
 */
int nh_pmnf_fit(const double *x, const double *y, size_t n, struct nh_pmnf *out,
                struct nh_error *err);

/** The same search without the refusal, and with one size left out (`skip`, SIZE_MAX: none).
 *  `terms`, NH_PMNF_TERMS * (n + 1) values by nh_pmnf_terms, serve any number of searches. */
enum { NH_PMNF_TERMS = 42 };
void nh_pmnf_terms(const double *x, size_t n, double *terms);
void nh_pmnf_search(const double *terms, const double *y, size_t n, size_t skip,
                    struct nh_pmnf *out);

double nh_pmnf_value(const struct nh_pmnf *m, double x);

#endif
