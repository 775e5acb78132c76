/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SCALING_H
#define NH_SCALING_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/dataset.h"

/*
 * Scale-up and efficiency of one application. The base is the smallest measured
 * point and is always named with its absolute time. Ratios to the base have
 * bootstrap intervals in which the base is resampled too (all points share it); like the
 * intervals of times, they exist from six repeats of both on.
 *
 * With k = cores/cores0 (nodes where cores are unknown):
 *   strong: scale-up S = T0/T, efficiency E = S/k;   weak: E = T0/T, S = E k.
 *   Karp-Flatt e = (1/S - 1/k)/(1 - 1/k).
 *   incremental efficiency: efficiency against the previous point.
 */
struct nh_scaling_point {
    const struct nh_app_point *source;
    double solver_s;              /* median over launches (job time when no solver time) */
    struct nh_interval solver_ci; /* order statistics over launches */
    double billed_s;              /* median job time, or solver time when absent */
    struct nh_interval billed_ci;
    size_t repeats;
    double k;
    double scale_up, efficiency, incremental, karp_flatt; /* NaN where undefined */
    struct nh_interval scale_up_ci, efficiency_ci;
    double cells_per_core; /* NaN when unknown */
};

struct nh_scaling {
    const struct nh_app *app;
    struct nh_scaling_point *points; /* as app->points */
    size_t count;
    bool by_nodes;         /* k counts nodes because cores are unknown */
    bool solver_is_billed; /* no job time anywhere: billed = solver, say so */
    size_t resamples;      /* of the bootstrap */
};

/** Seed of every bootstrap in a report; printed in it. */
enum { NH_BOOTSTRAP_SEED = 20260101, NH_BOOTSTRAP_RESAMPLES = 10000 };

int nh_scaling_compute(const struct nh_app *app, struct nh_scaling *out, struct nh_error *err);

/** The times that scaling point i rests on, ascending, of the same clock; returns how many
 *  (points[i].repeats). `out` holds points[i].source->row_count. */
size_t nh_scaling_times(const struct nh_scaling *s, size_t i, double *out);
void nh_scaling_clear(struct nh_scaling *s);

#endif
