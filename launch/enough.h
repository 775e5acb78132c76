/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ENOUGH_H
#define NH_ENOUGH_H

#include "analysis/cost/options.h"
#include "launch/rundir.h"

/* --stop-when-decided: are the records of a run enough for its recommendations? */
struct nh_enough {
    const struct nh_rundir *dir;
    const char *machine, *price_models, *license_per_hour; /* as in its report, NULL: default */
    struct nh_cost_options cost;                           /* as the study has them */
};

/** For struct nh_runner; `context` is a struct nh_enough. Also false where records cannot be read:
 *  the report at the end says why. */
bool nh_enough(void *context, char *why, size_t len);

#endif
