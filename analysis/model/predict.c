/* SPDX-License-Identifier: BSD-3-Clause */
/* Model-averaged predictions with intervals and a grade. */
#include <math.h>
#include <stdio.h>

#include "analysis/model/student.h"
#include "analysis/model/table.h"

static const double level = 0.95;
static const double held_out_b = 0.10; /* largest held-out error of grade B, as ln of a ratio */

const char *nh_prediction_grade(enum nh_forecast_grade grade)
{
    static const char *const names[] = {"A", "B", "C", "refused"};
    return names[grade];
}

/* Variance of the mean time at k: g^T C g. */
static double mean_variance(const struct nh_model_fit *fit, const double *g)
{
    double sum = 0;
    for (size_t i = 0; i < fit->param_count; i++)
        for (size_t j = 0; j < fit->param_count; j++)
            sum += g[i] * fit->covariance[i * fit->param_count + j] * g[j];
    return sum;
}

static void average(const struct nh_models *m, double k, struct nh_prediction *out)
{
    struct nh_student mean[NH_MIXTURE_MOST], run[NH_MIXTURE_MOST];
    size_t n = m->averaged < NH_MIXTURE_MOST ? m->averaged : NH_MIXTURE_MOST;
    out->time_s = 0;
    for (size_t i = 0; i < n; i++) {
        const struct nh_model_fit *fit = &m->fits[i];
        double gradient[NH_MODEL_PARAMS], time = nh_model_time(fit, k, gradient);
        double of_mean = mean_variance(fit, gradient);
        mean[i] = run[i] = (struct nh_student){time, sqrt(of_mean), fit->dof, fit->weight};
        run[i].scale = sqrt(of_mean + fit->variance * time * time);
        out->time_s += fit->weight * time;
    }
    out->ci = nh_mixture_interval(mean, n, level);
    out->pi = nh_mixture_interval(run, n, level);
}

/* Between two neighbours a power law: a straight line on logarithmic axes. */
static double interpolated(const struct nh_scaling *s, double k)
{
    for (size_t i = 1; i < s->count; i++) {
        const struct nh_scaling_point *p = &s->points[i - 1], *q = &s->points[i];
        if (k < p->k || k > q->k || p->k == q->k)
            continue;
        double part = log(k / p->k) / log(q->k / p->k);
        return p->solver_s * pow(q->solver_s / p->solver_s, part);
    }
    return s->count && k == s->points[0].k ? s->points[0].solver_s : NAN;
}

/* How many times k lies beyond the measured sizes; 1 within them. */
static double beyond(const struct nh_scaling *s, double k)
{
    if (!s->count)
        return INFINITY;
    return fmax(1, fmax(k / s->points[s->count - 1].k, s->points[0].k / k));
}

static void grade_model(const struct nh_models *m, double far, struct nh_prediction *out)
{
    double miss = 100 * expm1(m->held_out);
    if (far <= 1) {
        out->grade = NH_GRADE_A;
        snprintf(out->why, sizeof out->why,
                 "within the measured sizes; sizes left out are missed "
                 "by %.1f %%",
                 miss);
    } else if (far <= 2 && m->held_out < held_out_b) {
        out->grade = NH_GRADE_B;
        snprintf(out->why, sizeof out->why,
                 "%.2g times beyond the measured sizes; sizes left out are missed by %.1f %%", far,
                 miss);
    } else {
        out->grade = far <= 4 ? NH_GRADE_C : NH_GRADE_REFUSED;
        snprintf(out->why, sizeof out->why,
                 "%.2g times beyond the measured sizes%s; sizes left out are missed by %.1f %%",
                 far, far <= 4 ? "" : ": more than 4", miss);
    }
}

static void grade_neighbours(double far, struct nh_prediction *out)
{
    bool between = far <= 1 && isfinite(out->time_s);
    out->grade = between ? NH_GRADE_B : NH_GRADE_REFUSED;
    snprintf(out->why, sizeof out->why, "no model is accepted: %s",
             between ? "interpolated between neighbours"
                     : "nothing is said outside the measured "
                       "sizes");
}

int nh_models_predict(const struct nh_models *m, double k, struct nh_prediction *out)
{
    struct nh_interval none = {NAN, NAN, NAN};
    double far = beyond(m->scaling, k);
    *out = (struct nh_prediction){.time_s = NAN, .ci = none, .pi = none, .grade = NH_GRADE_REFUSED};
    if (!(k > 0) || !isfinite(k))
        return NH_EINPUT;
    if (m->averaged) {
        average(m, k, out);
        grade_model(m, far, out);
    } else {
        out->time_s = interpolated(m->scaling, k);
        grade_neighbours(far, out);
    }
    return NH_OK;
}
