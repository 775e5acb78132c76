/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MODEL_H
#define NH_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/scaling.h"

/*
 * Models of run time over size, fitted to the raw repeats of one application.
 *
 * k is the size relative to the base of the scaling (cores, or nodes where cores are unknown).
 * Strong scaling: T(k) of the whole run. Weak scaling: T(k) at constant work per core.
 * Every fit is weighted by 1/median^2 of its configuration (relative errors count), and no
 * coefficient is negative, so that no time can be. Formulas: docs/method.md, "Models".
 */
enum { NH_MODEL_PARAMS = 3 };

struct nh_model; /* one entry of the table in models.c */

struct nh_model_param {
    const char *name;      /* "a", "alpha" */
    double value;          /* seconds; alpha and beta of USL have no unit, its gamma is 1/s */
    double se;             /* standard error; NaN when on a bound */
    struct nh_interval ci; /* 95 %, Student's t; NaN when on a bound */
    const char *bound;     /* "0" or "1" when the data push it there and the rest was fitted
                              without it; NULL when it is free */
};

struct nh_model_fit {
    const struct nh_model *model;
    const char *name;  /* "Amdahl" */
    char formula[160]; /* "15.81 + 122.8/k" */
    struct nh_model_param params[NH_MODEL_PARAMS];
    size_t param_count;
    double covariance[NH_MODEL_PARAMS * NH_MODEL_PARAMS]; /* zero for a parameter on a bound */
    double power;                                         /* normal form only: exponent of k */
    int log_power;                                        /* ... and of log2 k */
    size_t estimated; /* parameters that the data decided, for AICc and degrees of freedom */
    double rss;       /* weighted: sum over raw repeats of ((T - T(k))/median)^2 */
    double variance;  /* of one relative error: rss/dof */
    double dof;       /* raw repeats less free parameters */
    double aicc;
    double weight;     /* Akaike weight, 0 when not averaged */
    double held_out;   /* root mean square of ln(predicted/median), each configuration left out */
    double skill;      /* cross-validated R^2 against ideal scaling (weak: a constant time) */
    char why_not[160]; /* "" when averaged; else why it is refused or counted elsewhere */
};

struct nh_models {
    const struct nh_scaling *scaling; /* borrowed */
    struct nh_model_fit *fits;        /* averaged ones first, best first by AICc; then others */
    size_t count;
    size_t averaged;     /* how many of them make the prediction */
    double held_out;     /* root mean square log error of the averaged prediction */
    const char *refusal; /* why there is no model, NULL when there is one */
};

/**
 * Fits all models of the table that suit the kind of scaling. NH_OK also when none is
 * accepted: see `refusal` (fewer than three sizes, or none predicts what it has not seen).
 * `s` must outlive `out`. NH_EFAIL when memory is short.
 */
int nh_models_fit(const struct nh_scaling *s, struct nh_models *out, struct nh_error *err);
void nh_models_clear(struct nh_models *m);

/**
 * How far a prediction can be trusted. A: inside the measured sizes. B: up to twice beyond
 * them and a held-out error below 10 %. C: up to four times. Beyond: refused; the numbers are
 * given all the same where there is a model, for who insists.
 */
enum nh_forecast_grade { NH_GRADE_A, NH_GRADE_B, NH_GRADE_C, NH_GRADE_REFUSED };

struct nh_prediction {
    double time_s;         /* model-averaged; NaN when there is neither model nor neighbours */
    struct nh_interval ci; /* of the mean time: 95 % quantiles of the mixture over models */
    struct nh_interval pi; /* of one further run */
    enum nh_forecast_grade grade;
    char why[160];
};

/** Time at size k. Without a model, sizes between two measured ones are interpolated
 *  (power law between neighbours, no interval, grade B). */
int nh_models_predict(const struct nh_models *m, double k, struct nh_prediction *out);

/** Time of one fit at size k, and where `gradient` is not NULL its derivatives by parameter. */
double nh_model_time(const struct nh_model_fit *fit, double k, double *gradient);

/** "A", "B", "C", "refused". */
const char *nh_prediction_grade(enum nh_forecast_grade grade);

#endif
