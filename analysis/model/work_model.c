/* SPDX-License-Identifier: BSD-3-Clause */
/* Extra-P's normal form for the work k T(k), as a model of time: T = c0/k + c1 k^p log2(k)^l/k.
 * The exponents are Extra-P's choice; the coefficients are fitted like those of all models. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "analysis/model/pmnf.h"
#include "analysis/model/work.h"

static double constant_work(const struct nh_model_fit *fit, double k)
{
    (void)fit;
    return 1 / k;
}

static double growing_work(const struct nh_model_fit *fit, double k)
{
    double log_k = k > 1 ? log2(k) : 0;
    return pow(k, fit->power - 1) * (fit->log_power ? pow(log_k, fit->log_power) : 1);
}

static const struct nh_model_term base = {constant_work, ""}, growth = {growing_work, ""};

static bool choose_exponents(const struct nh_model_data *d, struct nh_model_fit *out)
{
    double *y = d->scratch;
    size_t skip = SIZE_MAX;
    struct nh_pmnf form;
    for (size_t i = 0; i < d->count; i++) {
        y[i] = d->k[i] * d->mean[i];
        skip = d->weight[i] == 0 ? i : skip;
    }
    nh_pmnf_search(d->work_terms, y, d->count, skip, &form);
    out->power = form.power;
    out->log_power = form.log_power;
    return form.c1 != 0;
}

static void describe_work(struct nh_model_fit *fit)
{
    char log_text[24] = "";
    if (fit->log_power)
        snprintf(log_text, sizeof log_text, fit->log_power > 1 ? " log2(k)^%d" : " log2 k",
                 fit->log_power);
    snprintf(fit->formula, sizeof fit->formula, "(%.4g + %.4g k^%.4g%s)/k", fit->params[0].value,
             fit->params[1].value, fit->power, log_text);
}

const struct nh_model nh_model_work = {.name = "normal form of work",
                                       .strong = true,
                                       .params = {"c0", "c1"},
                                       .terms = {&base, &growth},
                                       .chosen = 2,
                                       .prepare = choose_exponents,
                                       .fit = nh_linear_fit,
                                       .time = nh_linear_time,
                                       .describe = describe_work};
