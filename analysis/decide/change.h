/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHANGE_H
#define NH_CHANGE_H

#include "analysis/advice.h"

/*
 * What would change the answer, the size of least cost among those measured: each input 20 %
 * lower and higher, and the nearest value of it at which another size is the cheapest. Every
 * other input stays as it is. Thresholds are the roots of the difference of two costs.
 */
enum nh_factor {
    NH_FACTOR_PRICE,   /* of a node-hour */
    NH_FACTOR_LICENCE, /* in its own unit; where there is none, a fee for each hour of a run */
    NH_FACTOR_OWN,     /* efficiency at the answer */
    NH_FACTOR_NEXT,    /* efficiency at the next faster size on the front */
    NH_FACTORS
};
#define NH_FACTOR_STEP 0.2

struct nh_what_if {
    double value;    /* of the input */
    double amount;   /* cost of the cheapest size then */
    size_t cheapest; /* point */
};

struct nh_sensitivity {
    bool applies;
    size_t point; /* whose efficiency it is */
    struct nh_what_if now, low, high;
    struct nh_what_if below, above; /* nearest changes of the answer; value NaN: there is none
                                       within a hundredth to a hundred times the present one */
};

struct nh_changes {
    bool known; /* there is a price, and more than one size */
    struct nh_sensitivity factors[NH_FACTORS];
    /* Cost falls with more nodes while licence/(n p + licence) > elasticity = -d ln E/d ln n. With
     * the efficiency linear in n up to the next size that holds above this licence by the hour.
     * NaN: other terms than a price and such a licence, or no larger size. */
    double elasticity, licence_share, licence_from;
};

void nh_changes_find(const struct nh_scaling *s, const struct nh_advice *a, struct nh_changes *out);

/** Licence by the hour of a run above which more than n nodes cost less; p is the price. */
double nh_licence_threshold(double nodes, double price, double elasticity);

#endif
