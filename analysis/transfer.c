/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/transfer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/model/lsq.h"
#include "analysis/model/student.h"
#include "analysis/model/table.h"

static const double level = 0.95, usable_memory = 0.9, miss_b = 0.10, miss_refused = 0.30;
static const size_t nobody = SIZE_MAX;

static const char few[] = "fewer than three sizes with known cells and cores are measured";
static const char undetermined[] = "the timings are too few for any curve over cells per core";

/* ---- Forms ---- */

static double volume(double cells, double cores)
{
    return cells / cores;
}

static double surface(double cells, double cores)
{
    return cbrt(cells / cores * (cells / cores));
}

static double constant(double cells, double cores)
{
    (void)cells;
    (void)cores;
    return 1;
}

static double tree(double cells, double cores)
{
    (void)cells;
    return log2(fmax(cores, 1));
}

static const struct form {
    double (*term[NH_TRANSFER_TERMS])(double cells, double cores);
} forms[NH_TRANSFER_FORMS] = {
    {{volume}},       {{volume, surface}},       {{volume, constant}},
    {{volume, tree}}, {{volume, surface, tree}}, {{volume, constant, tree}}};

static size_t terms_of(size_t form)
{
    size_t n = 0;
    while (n < NH_TRANSFER_TERMS && forms[form].term[n])
        n++;
    return n;
}

static double time_of(const struct nh_transfer_fit *fit, double cells, double cores,
                      double *gradient)
{
    double sum = 0;
    for (size_t i = 0; i < terms_of(fit->form); i++) {
        gradient[i] = forms[fit->form].term[i](cells, cores);
        sum += fit->x[i] * gradient[i];
    }
    return sum;
}

/* ---- Fit ---- */

/* `without` is a mesh that is left out. `work` holds 8 doubles a point. */
static bool fit_form(const struct nh_transfer *t, size_t without, double *work,
                     struct nh_transfer_fit *fit, unsigned *free_mask)
{
    struct nh_lsq system = {.cols = terms_of(fit->form), .a = work};
    for (size_t i = 0; i < t->count; i++)
        system.rows += t->points[i].mesh != without;
    size_t row = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct nh_transfer_point *p = &t->points[i];
        double root = sqrt(p->weight);
        if (p->mesh == without)
            continue;
        for (size_t j = 0; j < system.cols; j++)
            system.a[j * system.rows + row] = root * forms[fit->form].term[j](p->cells, p->cores);
        system.a[system.cols * system.rows + row++] = root * p->mean;
    }
    struct nh_lsq_solution solution;
    if (!nh_lsq_nonnegative(&system, true, work + 4 * t->count, &solution, free_mask))
        return false;
    memcpy(fit->x, solution.x, sizeof fit->x);
    memcpy(fit->covariance, solution.inverse, sizeof fit->covariance);
    return true;
}

static size_t bits(unsigned mask)
{
    size_t n = 0;
    for (; mask; mask >>= 1)
        n += mask & 1;
    return n;
}

/* A form with a term at 0 is a shorter form, which is in the table: it is left to that. */
static void add_fit(struct nh_transfer *t, size_t form, double *work)
{
    struct nh_transfer_fit fit = {.form = form};
    unsigned mask;
    double gradient[NH_TRANSFER_TERMS], rss = t->within;
    size_t terms = terms_of(form);
    if (!fit_form(t, nobody, work, &fit, &mask) || bits(mask) < terms || t->count <= terms)
        return;
    for (size_t i = 0; i < t->count; i++) {
        double r =
            t->points[i].mean - time_of(&fit, t->points[i].cells, t->points[i].cores, gradient);
        rss += t->points[i].weight * r * r;
    }
    fit.dof = (double)t->repeats - (double)terms;
    fit.aicc = nh_aicc(rss, t->repeats, terms);
    if (!isfinite(fit.aicc))
        return;
    fit.variance = fmax(rss / fit.dof, 1e-12);
    for (size_t i = 0; i < terms * terms; i++)
        fit.covariance[i] *= fit.variance;
    t->fits[t->fit_count++] = fit;
}

static int by_aicc(const void *a, const void *b)
{
    const struct nh_transfer_fit *x = a, *y = b;
    return (x->aicc > y->aicc) - (x->aicc < y->aicc);
}

static void fit_all(struct nh_transfer *t, double *work)
{
    double total = 0;
    for (size_t form = 0; form < NH_TRANSFER_FORMS; form++)
        add_fit(t, form, work);
    qsort(t->fits, t->fit_count, sizeof *t->fits, by_aicc);
    for (size_t i = 0; i < t->fit_count; i++)
        total += t->fits[i].weight = exp((t->fits[0].aicc - t->fits[i].aicc) / 2);
    for (size_t i = 0; i < t->fit_count; i++)
        t->fits[i].weight /= total;
    t->refusal = t->fit_count ? NULL : undetermined;
}

/* The forms that are averaged, fitted without one mesh, predict it. */
static double miss_of_mesh(const struct nh_transfer *t, size_t mesh, double *work)
{
    double sum = 0, gradient[NH_TRANSFER_TERMS];
    for (size_t i = 0; i < t->count; i++) {
        double time = 0;
        for (size_t j = 0; t->points[i].mesh == mesh && j < t->fit_count; j++) {
            struct nh_transfer_fit rest = t->fits[j];
            unsigned mask;
            if (fit_form(t, mesh, work, &rest, &mask))
                time +=
                    rest.weight * time_of(&rest, t->points[i].cells, t->points[i].cores, gradient);
        }
        double miss = t->points[i].mesh != mesh ? 0 : log(time / t->points[i].median);
        sum += miss * miss;
    }
    return sum;
}

static void cross_validate(struct nh_transfer *t, double *work)
{
    double sum = 0;
    for (size_t mesh = 0; mesh < t->meshes; mesh++)
        sum += miss_of_mesh(t, mesh, work);
    t->mesh_miss = t->meshes > 1 && t->fit_count ? sqrt(sum / (double)t->count) : NAN;
}

/* ---- Data ---- */

static bool belongs(const struct nh_scaling *s, const struct nh_scaling *first)
{
    const struct nh_app *a = s->app, *b = first->app;
    return a->kind == NH_STRONG && strcmp(a->machine, b->machine) == 0 &&
           strcmp(a->work, b->work) == 0;
}

/* Times of a point, sorted, in `times`. */
static void add_point(struct nh_transfer *t, const struct nh_app_point *from, const double *times,
                      size_t n)
{
    struct nh_transfer_point p = {.cells = from->cells,
                                  .cores = (double)from->cores,
                                  .nodes = (double)from->nodes,
                                  .median = nh_median_sorted(times, n),
                                  .repeats = n};
    for (size_t i = 0; i < n; i++)
        p.mean += times[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        t->within += (times[i] - p.mean) * (times[i] - p.mean) / (p.median * p.median);
    p.weight = (double)n / (p.median * p.median);
    p.mesh = t->meshes;
    for (size_t i = 0; i < t->count; i++)
        if (t->points[i].cells == p.cells)
            p.mesh = t->points[i].mesh;
    t->meshes += p.mesh == t->meshes;
    t->repeats += n;
    t->points[t->count++] = p;
}

static int add_scaling(struct nh_transfer *t, const struct nh_scaling *s, struct nh_error *err)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct nh_app_point *p = s->points[i].source;
        double *times = malloc((p->row_count + 1) * sizeof *times);
        struct nh_transfer_point *grown = nh_grow(t->points, t->count, sizeof *grown);
        t->points = grown ? grown : t->points;
        size_t n = times && grown ? nh_scaling_times(s, i, times) : 0;
        if (n > 0 && times[0] > 0 && p->cells > 0 && p->cores > 0)
            add_point(t, p, times, n);
        free(times);
        if (!times || !grown)
            return nh_fail(err, NH_EFAIL, "out of memory while fitting over meshes");
    }
    return NH_OK;
}

int nh_transfer_fit(const struct nh_scaling *const *scalings, size_t count, size_t first,
                    struct nh_transfer *out, struct nh_error *err)
{
    *out = (struct nh_transfer){.mesh_miss = NAN, .refusal = few};
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < count; i++)
        if (belongs(scalings[i], scalings[first]))
            rc = add_scaling(out, scalings[i], err);
    if (!rc && out->count >= 3) {
        double *work = malloc(8 * out->count * sizeof *work);
        if (work) {
            fit_all(out, work);
            cross_validate(out, work);
        } else {
            rc = nh_fail(err, NH_EFAIL, "out of memory while fitting over meshes");
        }
        free(work);
    }
    if (rc)
        nh_transfer_clear(out);
    return rc;
}

void nh_transfer_clear(struct nh_transfer *t)
{
    free(t->points);
    *t = (struct nh_transfer){0};
}

/* ---- Prediction ---- */

struct reach {
    double least, most;
};

static void widen(struct reach *r, double value)
{
    r->least = r->least > 0 ? fmin(r->least, value) : value;
    r->most = fmax(r->most, value);
}

static double beyond(const struct reach *r, double value)
{
    return fmax(1, fmax(value / r->most, r->least / value));
}

/* How many times outside what was measured, in the worst of cells per core and cores, and
 * whether the mesh is larger or smaller than any that was. */
static double distance(const struct nh_transfer *t, double cells, double cores, bool *new_size)
{
    struct reach per_core = {0, 0}, size = {0, 0}, mesh = {0, 0};
    for (size_t i = 0; i < t->count; i++) {
        widen(&per_core, t->points[i].cells / t->points[i].cores);
        widen(&size, t->points[i].cores);
        widen(&mesh, t->points[i].cells);
    }
    *new_size = beyond(&mesh, cells) > 1;
    return fmax(beyond(&per_core, cells / cores), beyond(&size, cores));
}

static enum nh_forecast_grade grade_of(const struct nh_transfer *t, double far, bool new_size)
{
    if (far > 4 || t->mesh_miss > miss_refused || (t->meshes == 1 && far > 2))
        return NH_GRADE_REFUSED;
    if (far > 2 || t->meshes == 1 || t->mesh_miss > miss_b)
        return NH_GRADE_C;
    return far > 1 || new_size ? NH_GRADE_B : NH_GRADE_A;
}

static void explain(const struct nh_transfer *t, double far, struct nh_prediction *out)
{
    char test[80];
    if (t->meshes == 1)
        snprintf(test, sizeof test, "one mesh is measured, so its curve is taken on trust");
    else
        snprintf(test, sizeof test, "meshes that are left out are missed by %.1f %%",
                 100 * expm1(t->mesh_miss));
    snprintf(out->why, sizeof out->why,
             "%.2g times outside the measured cores and cells per core; %s", far, test);
    if (far <= 1)
        snprintf(out->why, sizeof out->why, "within the measured cores and cells per core; %s",
                 test);
}

static double variance_at(const struct nh_transfer_fit *fit, const double *g)
{
    double sum = 0;
    size_t n = terms_of(fit->form);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            sum += g[i] * fit->covariance[i * n + j] * g[j];
    return sum;
}

/* What meshes differ by, where it is known, widens both intervals. */
static void average(const struct nh_transfer *t, double cells, double cores,
                    struct nh_prediction *out)
{
    struct nh_student mean[NH_TRANSFER_FORMS], run[NH_TRANSFER_FORMS];
    double between = isfinite(t->mesh_miss) ? t->mesh_miss * t->mesh_miss : 0;
    out->time_s = 0;
    for (size_t i = 0; i < t->fit_count; i++) {
        const struct nh_transfer_fit *fit = &t->fits[i];
        double g[NH_TRANSFER_TERMS], time = time_of(fit, cells, cores, g);
        double of_mean = variance_at(fit, g) + between * time * time;
        mean[i] = run[i] = (struct nh_student){time, sqrt(of_mean), fit->dof, fit->weight};
        run[i].scale = sqrt(of_mean + fit->variance * time * time);
        out->time_s += fit->weight * time;
    }
    out->ci = nh_mixture_interval(mean, t->fit_count, level);
    out->pi = nh_mixture_interval(run, t->fit_count, level);
}

int nh_transfer_predict(const struct nh_transfer *t, double cells, double cores,
                        struct nh_prediction *out)
{
    struct nh_interval none = {NAN, NAN, NAN};
    bool new_size;
    *out = (struct nh_prediction){.time_s = NAN, .ci = none, .pi = none, .grade = NH_GRADE_REFUSED};
    if (!(cells > 0) || !(cores > 0) || !isfinite(cells) || !isfinite(cores))
        return NH_EINPUT;
    if (t->refusal) {
        snprintf(out->why, sizeof out->why, "%s", t->refusal);
        return NH_OK;
    }
    double far = distance(t, cells, cores, &new_size);
    average(t, cells, cores, out);
    out->grade = grade_of(t, far, new_size);
    explain(t, far, out);
    return NH_OK;
}

struct nh_least_nodes nh_transfer_least_nodes(const struct nh_transfer *t, double cells,
                                              double bytes_per_cell, double node_bytes)
{
    double most = 0;
    if (bytes_per_cell > 0 && node_bytes > 0)
        return (struct nh_least_nodes){
            (long)ceil(cells * bytes_per_cell / (usable_memory * node_bytes)), false};
    for (size_t i = 0; i < t->count; i++)
        if (t->points[i].nodes > 0)
            most = fmax(most, t->points[i].cells / t->points[i].nodes);
    return (struct nh_least_nodes){most > 0 ? (long)ceil(cells / most) : 0, true};
}
