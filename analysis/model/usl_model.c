/* SPDX-License-Identifier: BSD-3-Clause */
/* The universal scalability law as a model of time: throughput is 1/T. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/model/usl.h"
#include "analysis/model/work.h"

enum { ALPHA, BETA, GAMMA };

/* Weights of relative errors: 1/median^2 of a time is median^2 of a throughput. */
static bool fit_usl(const struct nh_model_data *d, struct nh_model_fit *out)
{
    double *weight = d->scratch;
    struct nh_usl u = {0};
    for (size_t i = 0; i < d->count; i++)
        weight[i] = d->weight[i] * pow(d->median[i], 4);
    if (!nh_usl_fit(d->k, d->rate, weight, d->count, weight + d->count, &u))
        return false;
    const double value[] = {u.alpha, u.beta, u.gamma};
    for (size_t j = 0; j < NH_MODEL_PARAMS; j++) {
        out->params[j].value = value[j];
        out->params[j].bound = u.free_mask >> j & 1 ? NULL : value[j] > 0 ? "1" : "0";
    }
    memcpy(out->covariance, u.inverse, sizeof u.inverse);
    return u.gamma > 0;
}

/* dT = -dX/X^2 */
static double time_usl(const struct nh_model_fit *fit, double k, double *gradient)
{
    struct nh_usl u = {.alpha = fit->params[ALPHA].value,
                       .beta = fit->params[BETA].value,
                       .gamma = fit->params[GAMMA].value};
    double x = nh_usl_throughput(&u, k, gradient);
    for (size_t j = 0; gradient && j < fit->param_count; j++)
        gradient[j] /= -x * x;
    return 1 / x;
}

static void describe_usl(struct nh_model_fit *fit)
{
    snprintf(fit->formula, sizeof fit->formula, "(1 + %.4g (k-1) + %.4g k (k-1))/(%.4g k)",
             fit->params[ALPHA].value, fit->params[BETA].value, fit->params[GAMMA].value);
}

/* T = (alpha - beta)/gamma + (1 - alpha)/gamma / k + beta/gamma k: where the first is not
 * negative, other models of the table have the same curve, and it must not count twice. */
static const char *twin_of_usl(const struct nh_model_fit *fit)
{
    if (fit->params[BETA].bound)
        return fit->params[ALPHA].bound ? "ideal" : "Amdahl";
    return fit->params[ALPHA].value >= fit->params[BETA].value ? "Amdahl + linear" : NULL;
}

const struct nh_model nh_model_usl = {.name = "USL",
                                      .strong = true,
                                      .params = {"alpha", "beta", "gamma"},
                                      .fit = fit_usl,
                                      .time = time_usl,
                                      .describe = describe_usl,
                                      .twin = twin_of_usl};
