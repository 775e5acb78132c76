/* SPDX-License-Identifier: BSD-3-Clause */
/* Models that are sums of coefficient * term(k), with coefficients that are not negative. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/model/lsq.h"
#include "analysis/model/table.h"

size_t nh_model_params(const struct nh_model *m)
{
    size_t n = 0;
    while (n < NH_MODEL_PARAMS && m->params[n])
        n++;
    return n;
}

static void fill(const struct nh_model_data *d, const struct nh_model_fit *fit, struct nh_lsq *s)
{
    for (size_t i = 0; i < d->count; i++) {
        double root = sqrt(d->weight[i]);
        for (size_t j = 0; j < s->cols; j++)
            s->a[j * s->rows + i] = root * fit->model->terms[j]->value(fit, d->k[i]);
        s->a[s->cols * s->rows + i] = root * d->mean[i];
    }
}

bool nh_linear_fit(const struct nh_model_data *d, struct nh_model_fit *out)
{
    size_t n = out->param_count;
    struct nh_lsq system = {d->count, n, d->scratch};
    struct nh_lsq_solution solution;
    unsigned free_mask;
    fill(d, out, &system);
    if (!nh_lsq_nonnegative(&system, d->errors, d->scratch + (n + 1) * d->count, &solution,
                            &free_mask))
        return false;
    for (size_t i = 0; i < n; i++) {
        out->params[i].value = solution.x[i];
        out->params[i].bound = free_mask >> i & 1 ? NULL : "0";
    }
    memcpy(out->covariance, solution.inverse, sizeof solution.inverse);
    return true;
}

double nh_linear_time(const struct nh_model_fit *fit, double k, double *gradient)
{
    double sum = 0;
    for (size_t i = 0; i < fit->param_count; i++) {
        double term = fit->model->terms[i]->value(fit, k);
        sum += fit->params[i].value > 0 ? fit->params[i].value * term : 0;
        if (gradient)
            gradient[i] = term;
    }
    return sum;
}

void nh_linear_describe(struct nh_model_fit *fit)
{
    size_t used = 0;
    for (size_t i = 0; i < fit->param_count && used < sizeof fit->formula; i++)
        if (!fit->params[i].bound)
            used += (size_t)snprintf(fit->formula + used, sizeof fit->formula - used, "%s%.4g%s",
                                     used ? " + " : "", fit->params[i].value,
                                     fit->model->terms[i]->text);
}
