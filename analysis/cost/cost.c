/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/cost.h"

#include <math.h>

static const double hour_s = 3600;

/* In units of money for each hour of the run; a fee for each job is none. */
static double licence_rate(const struct nh_licence *l, long cores)
{
    switch (l->kind) {
    case NH_LICENCE_PER_HOUR:
        return l->usd;
    case NH_LICENCE_PER_CORE_HOUR:
        return l->usd * (double)cores;
    case NH_LICENCE_TOKENS:
        return l->usd * (double)(l->cap_cores > 0 && l->cap_cores < cores ? l->cap_cores : cores);
    case NH_LICENCE_NONE:
    case NH_LICENCE_PER_JOB:
        break;
    }
    return 0;
}

static double billed_s(const struct nh_cost_terms *t, double run_s)
{
    double s = fmax(t->boot_s + run_s + t->idle_s, t->billing_minimum_s);
    return t->billing_step_s > 0 ? ceil(s / t->billing_step_s) * t->billing_step_s : s;
}

void nh_cost(const struct nh_cost_terms *t, long nodes, long cores, double job_s,
             struct nh_cost_parts *out)
{
    double run_s = t->spot ? nh_spot_expected_s(t->spot, nodes, job_s) : job_s;
    *out = (struct nh_cost_parts){.run_s = run_s, .billed_s = billed_s(t, run_s)};
    double node_rate = t->price ? (double)nodes * nh_money_value(t->price->per_hour)
                                : (double)(cores > 0 ? cores : nodes);
    out->compute = node_rate * run_s / hour_s;
    out->overhead = node_rate * (out->billed_s - run_s) / hour_s;
    if (t->price) {
        out->licence = licence_rate(&t->licence, cores) * run_s / hour_s;
        if (t->licence.kind == NH_LICENCE_PER_JOB)
            out->licence = t->licence.usd;
        out->storage = t->storage_usd_per_hour * out->billed_s / hour_s;
        out->transfer = t->transfer_usd;
    }
    out->total = out->compute + out->licence + out->overhead + out->storage + out->transfer;
}

double nh_cost_rate(const struct nh_cost_terms *t, long nodes, long cores)
{
    if (!t->price)
        return (double)(cores > 0 ? cores : nodes);
    return (double)nodes * nh_money_value(t->price->per_hour) + licence_rate(&t->licence, cores) +
           t->storage_usd_per_hour;
}
