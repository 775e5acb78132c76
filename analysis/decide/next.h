/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NEXT_H
#define NH_NEXT_H

#include "analysis/decide/candidates.h"
#include "analysis/decide/goal.h"
#include "analysis/draws.h"

/*
 * What to measure next for the least money: the expected value of information. The size of
 * least mean cost (and, with --value-per-hour, value of time) is used; what is not known is in
 * joint resamples: times of the measured sizes, the curve between them (one of NH_SHAPES), and
 * the model's interval beyond. A median of r runs at size c tells ln T_c up to a noise of
 * s^2 pi/(2 r), s the spread of one run. To first order it moves all mean costs j by
 * Cov(C_j, ln T_c)/sd(ln T_c + noise) times a standard normal Z, so that it is worth
 * min_j m_j - E min_j (m_j + s_j Z): the knowledge gradient for correlated beliefs (Frazier,
 * Powell, Dayanik 2009).
 */
struct nh_next {
    bool found;
    struct nh_candidate at; /* size to measure */
    long runs;              /* there */
    double cost;            /* of these runs, in amounts */
    double gain;            /* by which the expected cost of a run falls */
    double loss;            /* of the present knowledge: expected cost above that of the size that
                               would be chosen if all were known */
    double pays_after;      /* runs after which the gain has paid the cost */
    bool assumed;           /* no size was run twice: a spread of NH_RECOMMEND is assumed */
    char text[512];
};

/** `candidates` and `draws` are of `s`. */
int nh_next_find(const struct nh_scaling *s, const struct nh_advice *a,
                 const struct nh_candidates *candidates, const struct nh_draws *draws,
                 const struct nh_goal *goal, struct nh_next *out, struct nh_error *err);

/** Where no run pays but further runs of `point` could change the answer (decided.h): names them,
 * to be sure. Nothing is done where `next` names a run already. */
void nh_next_settle(const struct nh_scaling *s, const struct nh_advice *a,
                    const struct nh_candidates *candidates, size_t point, size_t runs_at_hand,
                    struct nh_next *next);

/** E min_j (mean[j] + slope[j] Z), Z standard normal: how the gain is worked out. Both arrays are
 * worked on: lines that are nowhere least are dropped from them. */
double nh_expected_least(double *mean, double *slope, size_t n);

#endif
