/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MODEL_TABLE_H
#define NH_MODEL_TABLE_H

#include "analysis/model/model.h"

/*
 * The inside of the models: what they are fitted to, and their table of operations. A new
 * model of the form sum of coefficient * term(k) is one line in models.c.
 */

/** One configuration a row. Repeats of a configuration share k and weight, so that sums over
 *  raw repeats come from their means and `within`, exactly. */
enum { NH_MODEL_SCRATCH = 10, NH_MODEL_ESTIMATED = 6 };

struct nh_model_data {
    size_t count;
    double *k, *median, *mean;
    double *rate;   /* mean of 1/T */
    double *weight; /* repeats/median^2; 0 leaves a configuration out */
    double within;  /* weighted sum of squares of repeats about their means */
    size_t repeats; /* of all configurations */
    bool weak;
    double t[NH_MODEL_ESTIMATED]; /* Student's t by number of parameters; 0: not computed yet */
    bool errors;        /* covariances are wanted: not while configurations are left out */
    double *work_terms; /* of the normal form, by nh_pmnf_terms */
    double *scratch;    /* NH_MODEL_SCRATCH doubles a row and that many more */
};

/** One term of a linear model: its value at k; how "coefficient * term" is written. */
struct nh_model_term {
    double (*value)(const struct nh_model_fit *fit, double k);
    const char *text; /* after the coefficient */
};

struct nh_model {
    const char *name;
    bool strong, weak;
    const char *params[NH_MODEL_PARAMS]; /* NULL after the last */
    const struct nh_model_term *terms[NH_MODEL_PARAMS];
    size_t chosen; /* what else the data decide: exponents */
    /** Chooses exponents; NULL where there are none. False: cannot be fitted. */
    bool (*prepare)(const struct nh_model_data *d, struct nh_model_fit *out);
    /** Values, bounds and (not yet scaled) covariance. */
    bool (*fit)(const struct nh_model_data *d, struct nh_model_fit *out);
    double (*time)(const struct nh_model_fit *fit, double k, double *gradient);
    void (*describe)(struct nh_model_fit *fit);
    /** The model that has this curve already, or NULL; beyond what comparing curves finds. */
    const char *(*twin)(const struct nh_model_fit *fit);
};

extern const struct nh_model *const nh_model_table[]; /* NULL-terminated; ideal ones first */

size_t nh_model_params(const struct nh_model *m);

/** Fit, time and text of a sum of terms. */
bool nh_linear_fit(const struct nh_model_data *d, struct nh_model_fit *out);
double nh_linear_time(const struct nh_model_fit *fit, double k, double *gradient);
void nh_linear_describe(struct nh_model_fit *fit);

/** AICc = N ln(RSS/N) + 2K + 2K(K+1)/(N-K-1), where K counts the variance too; infinite when
 *  there are too few timings for that many parameters. */
double nh_aicc(double rss, size_t timings, size_t estimated);

/** Fits one model to the data: values, errors, AICc. `why_not` says why there is no fit. */
void nh_model_fit_one(const struct nh_model *m, struct nh_model_data *d, struct nh_model_fit *out);

/** ln(predicted/median) of each configuration from a fit without it (infinite when there is
 *  none), and their root mean square as fit->held_out. */
void nh_model_hold_out(struct nh_model_data *d, struct nh_model_fit *fit, double *held_out);

#endif
