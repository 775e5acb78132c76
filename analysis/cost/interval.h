/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COST_INTERVAL_H
#define NH_COST_INTERVAL_H

#include "analysis/cost/cost.h"
#include "common/stats.h"

/**
 * Interval of the total from the interval of the job's time (seconds). Cost rises with time,
 * so without a distribution of prices its ends are the costs of the ends. With the deciles of
 * a spot price both count: time is taken as log-normal with that interval (a single value
 * where there is none), the price as piecewise uniform between deciles and independent of
 * it, and the interval holds the same share of their product. NaN where neither has a spread.
 */
struct nh_interval nh_cost_interval(const struct nh_cost_terms *t, long nodes, long cores,
                                    double job_s, struct nh_interval time);

/** Cost that a share `q` (0..1) of runs on spot stays within: interruptions as in
 *  nh_spot_quantile_s, and the distribution of the price where it is known. */
double nh_cost_spot_quantile(const struct nh_cost_terms *t, long nodes, long cores, double job_s,
                             double q);

/** The most nodes on which a job of job_s seconds costs no more on spot than on demand, on
 *  average; 0 when one node costs more already, `most` when none does up to it. The length of
 *  the job is the same for all: on more nodes it is interrupted more often. */
long nh_cost_spot_most_nodes(const struct nh_cost_terms *spot,
                             const struct nh_cost_terms *on_demand, long cores_per_node,
                             double job_s, long most);

#endif
