/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COST_H
#define NH_COST_H

#include "analysis/cost/spot.h"
#include "common/catalog.h"

/*
 * What one run costs, in parts. Everything that a run is charged by is one struct of terms,
 * so that a price model, a licence or a rounding rule is a value and not code.
 *
 *   cost = compute + licence + overhead + storage + transfer
 *
 * The run lasts job_s, or longer on spot (spot.h); a node is billed from its boot to the end
 * of its idle time, rounded as billing says. `compute` is what the run itself takes,
 * `overhead` the rest of what nodes are billed (boot, idle, rounding). Licences are charged
 * for the run, storage for as long as nodes are billed, data transfer once for each run.
 */
enum nh_licence_kind {
    NH_LICENCE_NONE,
    NH_LICENCE_PER_HOUR,      /* of the run, whatever its size */
    NH_LICENCE_PER_CORE_HOUR, /* of every core */
    NH_LICENCE_PER_JOB,
    NH_LICENCE_TOKENS /* per core-hour, but at most cap_cores cores are charged */
};

struct nh_licence {
    enum nh_licence_kind kind;
    double usd;
    long cap_cores; /* NH_LICENCE_TOKENS; 0: no cap */
};

/** Zeros are the plain case: core-hours, no licence, nothing around the run, no rounding. */
struct nh_cost_terms {
    const struct nh_price *price; /* per node-hour; NULL: core-hours, and only those */
    struct nh_licence licence;
    double boot_s, idle_s;       /* billed on every node, before and after the run */
    double storage_usd_per_hour; /* of the whole run, not of a node */
    double transfer_usd;         /* for each run */
    double billing_step_s;       /* billed time is a multiple of it; 0: as it is */
    double billing_minimum_s;    /* least billed time of a node */
    const struct nh_spot *spot;  /* NULL: nodes are kept until the run ends */
};

/** How EC2 bills Linux: each second, at least a minute for each start of an instance. */
#define NH_BILLING_STEP_S 1.0
#define NH_BILLING_MINIMUM_S 60.0

/** In USD, or in core-hours where terms have no price. */
struct nh_cost_parts {
    double compute, licence, overhead, storage, transfer, total;
    double billed_s; /* of each node */
    double run_s;    /* expected length of the run: job_s, on spot with what is repeated */
};

/** Cost of one run of job_s seconds on `nodes` nodes with `cores` cores in all: on spot the
 *  expected cost at the mean price. Pure and cheap: resampling calls it 10^5 times. */
void nh_cost(const struct nh_cost_terms *t, long nodes, long cores, double job_s,
             struct nh_cost_parts *out);

/** What the total would be per hour of a long run: n p + licence; without rounding. */
double nh_cost_rate(const struct nh_cost_terms *t, long nodes, long cores);

#endif
