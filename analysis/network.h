/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NETWORK_H
#define NH_NETWORK_H

#include "analysis/model/model.h"
#include "analysis/shares.h"

/*
 * From micro-benchmarks to the efficiency of the halo application, before it has run at scale:
 *   T(p) = u N/p + halo(p) + 2 allreduce(p)
 * u is the computing time of a cell on a core at the base, a link is fitted to a ping-pong curve
 * as T = alpha + m beta, an all-reduce of two numbers costs its time for each level of a tree,
 * and the blocks of ranks and of nodes say what crosses their faces. docs/method.md, "Network
 * model". Everything here is a prediction.
 */
struct nh_link {
    double alpha_s, alpha_se;
    double byte_s, byte_se;       /* seconds a byte */
    double half_bytes;            /* size that reaches half the bandwidth: alpha/beta */
    double miss;                  /* root mean square of relative residuals */
    const struct nh_curve *curve; /* borrowed */
};

/** Fits a curve of one-way times by relative least squares. False below 3 sizes. */
bool nh_link_fit(const struct nh_curve *curve, struct nh_link *out);

enum { NH_NETWORK_ROWS = 24 };

struct nh_network_row {
    long nodes, cores;
    double compute_s, halo_s, allreduce_s; /* the parts of the predicted iteration */
    struct nh_prediction time; /* both intervals: from all messages at once to one after another */
    double efficiency;
    double measured_s; /* NaN where it was not measured; the check of the prediction */
    bool inside;       /* measured, and within the interval */
};

struct nh_network_answer {
    bool asked;                     /* the application is one that the model is made for */
    const char *refusal;            /* what is missing for a prediction; NULL when there are rows */
    struct nh_link within, between; /* of one node and between nodes; curve NULL: not measured */
    double level_s;                 /* an all-reduce, for each level of its tree */
    bool level_from_link;           /* no all-reduce was measured: alpha stands in */
    struct nh_network_row rows[NH_NETWORK_ROWS]; /* measured sizes, and up to 16 times the nodes */
    size_t row_count;
};

/** Of the communication that was measured at the largest size, what the micro-benchmarks
 *  explain: seconds of an iteration. NaN where nothing was predicted for it. */
double nh_network_explained(const struct nh_network_answer *a, const struct nh_scaling *s);

void nh_network_predict(const struct nh_dataset *set, const struct nh_scaling *s,
                        struct nh_network_answer *out);

#endif
