/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COST_REMARKS_H
#define NH_COST_REMARKS_H

#include "analysis/advice.h"
#include "analysis/cost/options.h"

/**
 * What has to be said beside costs, as caveats of the advice: when a commitment pays, what
 * spot rests on and whether checkpoints pay there, and which of the terms given do not
 * count. Fills break_even. `on_demand`: of the same machine and region, or NULL.
 */
void nh_cost_remarks(const struct nh_scaling *s, const struct nh_cost_settings *given,
                     const struct nh_price *on_demand, struct nh_advice *a);

#endif
