/* SPDX-License-Identifier: BSD-3-Clause */
/* All models of one application: data, acceptance, twins, Akaike weights, order. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/model/pmnf.h"
#include "analysis/model/table.h"

/* Of ideal scaling there is no better and no worse model to compare with: it is accepted when
 * it misses no configuration that was left out by more than this. */
static const double ideal_miss = 0.10;

static const char few_sizes[] = "fewer than three sizes are measured";
static const char few_timings[] = "the timings are too few for any model: measure more sizes, or "
                                  "each of them more often";
static const char none_predicts[] =
    "no model predicts sizes that it has not seen better than ideal scaling; between measured "
    "sizes it is interpolated, beyond them nothing is said";

/* ---- Data ---- */

static bool room_for(struct nh_model_data *d, size_t rows)
{
    d->k = calloc((5 + NH_PMNF_TERMS) * (rows + 1) + NH_MODEL_SCRATCH * (rows + 4), sizeof *d->k);
    if (!d->k)
        return false;
    d->median = d->k + rows;
    d->mean = d->median + rows;
    d->rate = d->mean + rows;
    d->weight = d->rate + rows;
    d->work_terms = d->weight + rows;
    d->scratch = d->work_terms + NH_PMNF_TERMS * (rows + 1);
    return true;
}

/* The sums of one configuration, its times sorted in `t`. */
static void add_configuration(struct nh_model_data *d, double k, const double *t, size_t n)
{
    size_t i = d->count++;
    double sum = 0, rates = 0, square = 0;
    for (size_t j = 0; j < n; j++) {
        sum += t[j];
        rates += 1 / t[j];
    }
    d->k[i] = k;
    d->median[i] = nh_median_sorted(t, n);
    d->mean[i] = sum / (double)n;
    d->rate[i] = rates / (double)n;
    for (size_t j = 0; j < n; j++)
        square += (t[j] - d->mean[i]) * (t[j] - d->mean[i]);
    d->weight[i] = (double)n / (d->median[i] * d->median[i]);
    d->within += square / (d->median[i] * d->median[i]);
    d->repeats += n;
}

static int collect(const struct nh_scaling *s, struct nh_model_data *d, struct nh_error *err)
{
    size_t most = 0;
    for (size_t i = 0; i < s->count; i++)
        most = s->points[i].repeats > most ? s->points[i].repeats : most;
    double *times = malloc((most + 1) * sizeof *times);
    if (!times || !room_for(d, s->count + 1)) {
        free(times);
        return nh_fail(err, NH_EFAIL, "out of memory while fitting models");
    }
    for (size_t i = 0; i < s->count; i++) {
        size_t n = nh_scaling_times(s, i, times);
        if (n > 0 && times[0] > 0)
            add_configuration(d, s->points[i].k, times, n);
    }
    d->weak = s->app->kind == NH_WEAK;
    if (d->count)
        nh_pmnf_terms(d->k, d->count, d->work_terms);
    free(times);
    return NH_OK;
}

/* ---- Acceptance ---- */

static double sum_of_squares(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* ln(T(k)/median) of a fit in its own sample. */
static void misses(const struct nh_model_fit *fit, const struct nh_model_data *d, double *out)
{
    for (size_t i = 0; i < d->count; i++)
        out[i] = log(nh_model_time(fit, d->k[i], NULL) / d->median[i]);
}

static void judge_ideal(struct nh_model_fit *fit, const double *held_out, size_t n)
{
    double most = largest(held_out, n);
    fit->skill = 0;
    if (!(most <= ideal_miss))
        snprintf(fit->why_not, sizeof fit->why_not,
                 "it misses a size that it has not seen by %.0f %%", 100 * expm1(most));
}

/* Cross-validated R^2 = 1 - PRESS/TSS, where the mean of the usual one is ideal scaling. */
static void judge(struct nh_model_fit *fit, const double *held_out, const double *ideal, size_t n)
{
    double total = sum_of_squares(ideal, n);
    fit->skill = total > 0 ? 1 - sum_of_squares(held_out, n) / total : -INFINITY;
    if (!(fit->skill >= 0))
        snprintf(fit->why_not, sizeof fit->why_not,
                 "cross-validated R^2 is negative: of sizes that it has not seen it explains less "
                 "than ideal scaling fitted to all of them");
}

static bool same_curve(const struct nh_model_fit *a, const struct nh_model_fit *b, double k_most)
{
    for (double k = 1; k <= 8 * k_most; k *= 1.5) {
        double one = nh_model_time(a, k, NULL), other = nh_model_time(b, k, NULL);
        if (fabs(one - other) > 1e-7 * fabs(one))
            return false;
    }
    return true;
}

/* What a twin of another model is called, or NULL; `before` counts the fits that come first. */
static const char *twin_of(const struct nh_model_fit *fit, const struct nh_model_fit *fits,
                           size_t before, double k_most)
{
    const char *known = fit->model->twin ? fit->model->twin(fit) : NULL;
    for (size_t i = 0; i < before; i++) {
        if (fits[i].why_not[0])
            continue;
        if ((known && strcmp(known, fits[i].name) == 0) || same_curve(fit, &fits[i], k_most))
            return fits[i].name;
    }
    return NULL;
}

/* ---- Fits ---- */

/* ---- Weights and order ---- */

static int by_rank(const void *a, const void *b)
{
    const struct nh_model_fit *x = a, *y = b;
    if (!x->why_not[0] != !y->why_not[0])
        return x->why_not[0] ? 1 : -1;
    return (x->aicc > y->aicc) - (x->aicc < y->aicc);
}

/* Akaike weights exp(-delta/2), which add up to 1. */
static void weigh(struct nh_models *m)
{
    double total = 0, error = 0;
    for (size_t i = 0; i < m->count && !m->fits[i].why_not[0]; i++, m->averaged++)
        total += m->fits[i].weight = exp((m->fits[0].aicc - m->fits[i].aicc) / 2);
    for (size_t i = 0; i < m->averaged; i++) {
        m->fits[i].weight /= total;
        error += m->fits[i].weight * m->fits[i].held_out * m->fits[i].held_out;
    }
    m->held_out = m->averaged ? sqrt(error) : NAN;
}

static bool suits(const struct nh_model *model, const struct nh_model_data *d)
{
    return d->weak ? model->weak : model->strong;
}

/* A fit that is not refused yet: has another model its curve, does it predict? */
static void examine(struct nh_models *m, struct nh_model_fit *fit, struct nh_model_data *d,
                    double *ideal, double *held_out)
{
    size_t before = (size_t)(fit - m->fits);
    const char *twin = twin_of(fit, m->fits, before, d->k[d->count - 1]);
    if (twin) {
        snprintf(fit->why_not, sizeof fit->why_not, "the same curve as %s: counted once", twin);
        return;
    }
    nh_model_hold_out(d, fit, held_out);
    if (before > 0) {
        judge(fit, held_out, ideal, d->count);
        return;
    }
    judge_ideal(fit, held_out, d->count);
    misses(fit, d, ideal);
}

static bool any_fitted(const struct nh_models *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (isfinite(m->fits[i].aicc))
            return true;
    return false;
}

/* `room` has two rows of d->count: misses of ideal scaling, the first in the table, and what
 * the model at hand makes of sizes that were left out. */
static void fit_all(struct nh_models *m, struct nh_model_data *d, double *room)
{
    for (const struct nh_model *const *model = nh_model_table; *model; model++) {
        if (!suits(*model, d))
            continue;
        struct nh_model_fit *fit = &m->fits[m->count++];
        nh_model_fit_one(*model, d, fit);
        if (!fit->why_not[0])
            examine(m, fit, d, room, room + d->count);
    }
    qsort(m->fits, m->count, sizeof *m->fits, by_rank);
    weigh(m);
    m->refusal = m->averaged ? NULL : any_fitted(m) ? none_predicts : few_timings;
}

static size_t table_size(void)
{
    size_t n = 0;
    while (nh_model_table[n])
        n++;
    return n;
}

int nh_models_fit(const struct nh_scaling *s, struct nh_models *out, struct nh_error *err)
{
    *out = (struct nh_models){.scaling = s, .held_out = NAN, .refusal = few_sizes};
    struct nh_model_data d = {0};
    int rc = collect(s, &d, err);
    if (!rc && d.count >= 3) {
        double *room = calloc(2 * d.count, sizeof *room);
        out->fits = calloc(table_size() + 1, sizeof *out->fits);
        if (room && out->fits)
            fit_all(out, &d, room);
        else
            rc = nh_fail(err, NH_EFAIL, "out of memory while fitting models");
        free(room);
    }
    free(d.k);
    if (rc)
        nh_models_clear(out);
    return rc;
}

void nh_models_clear(struct nh_models *m)
{
    free(m->fits);
    *m = (struct nh_models){0};
}
