/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_ESTIMATE_H
#define NH_STUDY_ESTIMATE_H

#include "launch/study/study.h"

/*
 * How long, and for how much. A launch takes as long as its ranks need to start, and for each
 * line of its table at most the time cap; most lines end before, at the precision asked
 * for. So an estimate is an upper bound as far as the starts hold, which are
 * assumed, not measured: large boxes of halo take longer to set up. A running study is stopped
 * before its limits whatever was expected.
 */

/** The time cap of a measurement, as text for the kernel; the kernels' own where not given. */
const char *nh_study_cap(const struct nh_study *study, size_t measure);

/** Fills what the job's launch is expected to take, its limit, and its price. */
void nh_study_estimate(const struct nh_study *study, size_t measure, struct nh_job *job);

/** Ceilings, price model, and the nodes that are billed. NH_EINPUT when the limit of a launch
 *  contradicts what it is expected to take. */
int nh_study_set_limits(const struct nh_study *study, struct nh_plan *plan, struct nh_error *err);

/** NH_EINPUT when the plan is expected to cross max_time or max_cost; the text names figures. */
int nh_study_check_ceilings(const struct nh_study *study, const struct nh_plan *plan,
                            struct nh_error *err);

/** The assumptions behind the figures, a sentence each; `index` from 0; NULL after the last.
 *  `buf` may be returned. */
const char *nh_study_assumption(const struct nh_study *study, const struct nh_plan *plan,
                                size_t index, char *buf, size_t len);

#endif
