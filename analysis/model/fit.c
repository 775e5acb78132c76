/* SPDX-License-Identifier: BSD-3-Clause */
/* One model and its quality: errors of parameters, AICc, held-out errors. */
#include <math.h>
#include <stdio.h>

#include "analysis/model/student.h"
#include "analysis/model/table.h"

static const double level = 0.95;

/* No timing is known better than to a millionth; without a floor, models that fit exact
 * data differ by the rounding of the last digit. */
static const double least_variance = 1e-12;

double nh_model_time(const struct nh_model_fit *fit, double k, double *gradient)
{
    return fit->model->time(fit, k, gradient);
}

static bool fit_values(const struct nh_model *m, const struct nh_model_data *d,
                       struct nh_model_fit *out)
{
    *out = (struct nh_model_fit){.model = m, .name = m->name, .param_count = nh_model_params(m)};
    for (size_t i = 0; i < out->param_count; i++)
        out->params[i].name = m->params[i];
    return (!m->prepare || m->prepare(d, out)) && m->fit(d, out);
}

static double residual_sum(const struct nh_model_data *d, const struct nh_model_fit *fit)
{
    double sum = d->within;
    for (size_t i = 0; i < d->count; i++) {
        double r = d->mean[i] - nh_model_time(fit, d->k[i], NULL);
        sum += d->weight[i] * r * r;
    }
    return sum;
}

static size_t free_count(const struct nh_model_fit *fit)
{
    size_t n = 0;
    for (size_t i = 0; i < fit->param_count; i++)
        n += !fit->params[i].bound;
    return n;
}

double nh_aicc(double rss, size_t timings, size_t estimated)
{
    double n = (double)timings, k = (double)estimated + 1;
    if (n - k - 1 <= 0)
        return INFINITY;
    return n * log(fmax(rss / n, least_variance)) + 2 * k + 2 * k * (k + 1) / (n - k - 1);
}

/* The quantile for a number of parameters: the same for several models. */
static double student(struct nh_model_data *d, size_t estimated)
{
    double dof = (double)d->repeats - (double)estimated;
    if (dof > 0 && d->t[estimated] == 0)
        d->t[estimated] = nh_student_quantile((1 + level) / 2, dof);
    return dof > 0 ? d->t[estimated] : NAN;
}

static void parameter_errors(struct nh_model_fit *fit, double t)
{
    for (size_t i = 0; i < NH_MODEL_PARAMS * NH_MODEL_PARAMS; i++)
        fit->covariance[i] *= fit->variance;
    for (size_t i = 0; i < fit->param_count; i++) {
        struct nh_model_param *p = &fit->params[i];
        p->se = p->bound ? NAN : sqrt(fit->covariance[i * fit->param_count + i]);
        p->ci = (struct nh_interval){p->value - t * p->se, p->value + t * p->se, level};
    }
}

static void quality(struct nh_model_data *d, struct nh_model_fit *fit)
{
    size_t free = free_count(fit);
    fit->estimated = free + fit->model->chosen;
    fit->rss = residual_sum(d, fit);
    fit->dof = (double)d->repeats - (double)fit->estimated;
    fit->variance = fit->dof > 0 ? fmax(fit->rss / fit->dof, least_variance) : NAN;
    fit->aicc = nh_aicc(fit->rss, d->repeats, fit->estimated);
    parameter_errors(fit, student(d, fit->estimated));
}

static double left_out(const struct nh_model *m, struct nh_model_data *d, size_t i)
{
    struct nh_model_fit rest;
    double weight = d->weight[i];
    d->weight[i] = 0;
    bool fitted = fit_values(m, d, &rest);
    d->weight[i] = weight;
    double time = fitted ? nh_model_time(&rest, d->k[i], NULL) : 0;
    return time > 0 && isfinite(time) ? log(time / d->median[i]) : INFINITY;
}

static double root_mean_square(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum / (double)n);
}

static void no_fit(const struct nh_model_data *d, size_t needed, struct nh_model_fit *out)
{
    out->rss = out->variance = out->dof = out->held_out = out->skill = NAN;
    out->aicc = INFINITY;
    if (d->count < needed)
        snprintf(out->why_not, sizeof out->why_not, "it needs %zu sizes, %zu are measured", needed,
                 d->count);
    else
        snprintf(out->why_not, sizeof out->why_not, "the data do not determine it");
}

void nh_model_fit_one(const struct nh_model *m, struct nh_model_data *d, struct nh_model_fit *out)
{
    size_t needed = nh_model_params(m) + m->chosen + 1;
    d->errors = true;
    bool fitted = d->count >= needed && fit_values(m, d, out);
    d->errors = false;
    if (!fitted) {
        *out = (struct nh_model_fit){.model = m, .name = m->name};
        no_fit(d, needed, out);
        return;
    }
    out->held_out = out->skill = NAN;
    quality(d, out);
    m->describe(out);
    if (!isfinite(out->aicc))
        snprintf(out->why_not, sizeof out->why_not,
                 "%zu timings are too few for its %zu parameters", d->repeats, out->estimated);
}

void nh_model_hold_out(struct nh_model_data *d, struct nh_model_fit *fit, double *held_out)
{
    for (size_t i = 0; i < d->count; i++)
        held_out[i] = left_out(fit->model, d, i);
    fit->held_out = root_mean_square(held_out, d->count);
}
