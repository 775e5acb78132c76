/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CANDIDATES_H
#define NH_CANDIDATES_H

#include "analysis/advice.h"
#include "analysis/model/model.h"

/*
 * Configurations that could be used: those measured, whole sizes between two measured ones, and
 * sizes beyond the largest, to which a model reaches. What is beyond carries the model's time,
 * its interval for one further run, and its grade. What is between is not measured: the efficiency
 * there is interpolated by each of NH_SHAPES curves through the two neighbours, and the truth is
 * one of them or none, so that a figure is a range over shapes. The first shape, linear in the
 * size, is the central one.
 */
enum { NH_SHAPES = 4 };
extern const char *const nh_shape_names[NH_SHAPES];

/** Share of the way from `from` (0) to `to` (1) at size x of a shape's efficiency; e1/e0 is
 *  the ratio of the efficiencies at the ends. */
double nh_shape_efficiency(int shape, double from, double e0, double to, double e1, double x);

enum nh_origin { NH_MEASURED, NH_BETWEEN, NH_BEYOND };

struct nh_candidate {
    enum nh_origin origin;
    long nodes, cores;
    double size;              /* on the axis: nodes, or cores within one node */
    size_t point;             /* of the scaling: this one when measured, else the neighbour below */
    double seconds, amount;   /* billed; between by the first shape, beyond by the model */
    double efficiency;        /* of the billed time, against the smallest measured size */
    struct nh_interval range; /* of seconds: 95 % of the median when measured, least and most of
                                 the shapes when between, 95 % of one run when beyond; may be NaN */
    struct nh_interval job_range; /* the same of the job alone */
    enum nh_forecast_grade grade; /* beyond: the model's */
    double job_s[NH_SHAPES];      /* time of the job alone by each shape */
    double shape_s[NH_SHAPES];    /* seconds by each shape; all equal where it is not between */
    double shape_amount[NH_SHAPES];
};

struct nh_candidates {
    struct nh_candidate *items; /* ascending size */
    size_t count;
    bool by_cores;   /* the axis is cores: everything was measured within one node */
    bool between;    /* some are between points: sizes have one axis, and scaling is strong */
    long most_nodes; /* of who asks; 0: no limit. Larger ones are left out */
    double per_node; /* cores of a node; 0: unknown */
};

/** At most `most_nodes` nodes (0: all). Times and amounts are by `terms`. `models` (NULL: none)
 *  reach to four times the largest size. */
int nh_candidates_make(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                       const struct nh_models *models, long most_nodes, struct nh_candidates *out,
                       struct nh_error *err);
void nh_candidates_clear(struct nh_candidates *c);

/** Billed seconds at a size between the measured point `point` and the next one, by a shape;
 *  times[] are the billed times of all points (of a resample, say). */
double nh_between_seconds(const struct nh_scaling *s, const struct nh_candidates *c,
                          const double *times, size_t point, double size, int shape);

/** Least cost over what is measured or between, by each shape: the optimum between the points. */
struct nh_optimum {
    bool found;               /* there are sizes between the points */
    size_t best[NH_SHAPES];   /* candidate */
    double amount[NH_SHAPES]; /* its cost by that shape */
    double gain;              /* cost of the best measured size above the least, at most over
                                 the shapes; 0.016 = 1.6 % */
    size_t smallest, largest; /* candidates: the range of best[] by size */
};
void nh_optimum_find(const struct nh_candidates *c, double measured_least, struct nh_optimum *out);

#endif
