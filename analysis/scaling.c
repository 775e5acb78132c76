/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/scaling.h"

#include <math.h>
#include <stdlib.h>

static const double level = 0.95;

/* A bootstrap gives an interval for any two values, but five cannot cover 95 %. */
enum { LEAST_REPEATS = 6 };

typedef double pick(const struct nh_timing_row *row);

static double solver_time(const struct nh_timing_row *row)
{
    return row->solver_s;
}

static double job_time(const struct nh_timing_row *row)
{
    return row->job_s;
}

/* Copies the known times of one clock, sorted; returns how many. */
static size_t collect(const struct nh_app_point *p, pick *clock, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < p->row_count; i++) {
        double t = clock(&p->rows[i]);
        if (isfinite(t))
            out[n++] = t;
    }
    nh_sort(out, n);
    return n;
}

static bool has(const struct nh_app_point *p, pick *clock)
{
    for (size_t i = 0; i < p->row_count; i++)
        if (isfinite(clock(&p->rows[i])))
            return true;
    return false;
}

static bool all_have(const struct nh_app *app, pick *clock)
{
    for (size_t i = 0; i < app->point_count; i++)
        if (!has(&app->points[i], clock))
            return false;
    return true;
}

static bool any_has(const struct nh_app *app, pick *clock)
{
    for (size_t i = 0; i < app->point_count; i++)
        if (has(&app->points[i], clock))
            return true;
    return false;
}

static struct nh_interval median_interval(const double *sorted, size_t n)
{
    struct nh_ranks ranks;
    if (!nh_quantile_ranks(n, 0.5, level, &ranks))
        return (struct nh_interval){NAN, NAN, NAN};
    return (struct nh_interval){sorted[ranks.lo - 1], sorted[ranks.hi - 1], ranks.coverage};
}

/* The sample of a point on the clock that scales. */
struct sample {
    double *x;
    size_t n;
};

static struct nh_interval scaled(struct nh_interval ci, double factor)
{
    return (struct nh_interval){ci.lo * factor, ci.hi * factor, ci.coverage};
}

/* Ratios of a point to the base. The base itself is 1 by definition: no interval. */
static void relate_to_base(struct nh_scaling *s, size_t i, const struct sample *base,
                           const struct sample *at)
{
    struct nh_scaling_point *p = &s->points[i];
    bool weak = s->app->kind == NH_WEAK;
    struct nh_interval none = {NAN, NAN, NAN}, ci = none;
    double ratio = s->points[0].solver_s / p->solver_s;
    if (i > 0 && base->n >= LEAST_REPEATS && at->n >= LEAST_REPEATS)
        ci = nh_bootstrap_median_ratio(base->x, base->n, at->x, at->n, level, s->resamples,
                                       NH_BOOTSTRAP_SEED);
    p->scale_up = weak ? ratio * p->k : ratio;
    p->efficiency = weak ? ratio : ratio / p->k;
    p->scale_up_ci = scaled(ci, weak ? p->k : 1);
    p->efficiency_ci = scaled(ci, weak ? 1 : 1 / p->k);
    p->karp_flatt = p->k > 1 ? (1 / p->scale_up - 1 / p->k) / (1 - 1 / p->k) : NAN;
}

static double incremental(const struct nh_scaling *s, size_t i)
{
    return i == 0 ? NAN : s->points[i].efficiency / s->points[i - 1].efficiency;
}

static void measure_point(struct nh_scaling_point *p, pick *clock, struct sample *sample,
                          double *billed)
{
    sample->n = collect(p->source, has(p->source, clock) ? clock : job_time, sample->x);
    p->repeats = sample->n;
    p->solver_s = nh_median_sorted(sample->x, sample->n);
    p->solver_ci = median_interval(sample->x, sample->n);
    size_t jobs = collect(p->source, job_time, billed);
    p->billed_s = jobs ? nh_median_sorted(billed, jobs) : p->solver_s;
    p->billed_ci = jobs ? median_interval(billed, jobs) : p->solver_ci;
}

static double size_of(const struct nh_scaling *s, const struct nh_app_point *p)
{
    return (double)(s->by_nodes ? p->nodes : p->cores);
}

static int choose_size(struct nh_scaling *s, struct nh_error *err)
{
    bool cores = true, nodes = true;
    for (size_t i = 0; i < s->app->point_count; i++) {
        cores = cores && s->app->points[i].cores > 0;
        nodes = nodes && s->app->points[i].nodes > 0;
    }
    s->by_nodes = !cores;
    if (cores || nodes)
        return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "case '%s': some lines give only nodes and some only cores; give one of them on "
                   "every line, or the machine",
                   s->app->name);
}

static size_t most_rows(const struct nh_app *app)
{
    size_t most = 0;
    for (size_t i = 0; i < app->point_count; i++)
        most = app->points[i].row_count > most ? app->points[i].row_count : most;
    return most;
}

/* `work` holds 3 times the most rows: base, point, billed. */
static void fill_points(struct nh_scaling *s, double *work, size_t room)
{
    pick *clock =
        !all_have(s->app, solver_time) && all_have(s->app, job_time) ? job_time : solver_time;
    struct sample base = {work, 0}, other = {work + room, 0};
    for (size_t i = 0; i < s->count; i++) {
        struct nh_scaling_point *p = &s->points[i];
        const struct nh_app_point *source = &s->app->points[i];
        struct sample *sample = i == 0 ? &base : &other;
        p->source = source;
        p->k = size_of(s, source) / size_of(s, &s->app->points[0]);
        p->cells_per_core = source->cores > 0 ? source->cells / (double)source->cores : NAN;
        measure_point(p, clock, sample, work + 2 * room);
        relate_to_base(s, i, &base, sample);
        p->incremental = incremental(s, i);
    }
}

int nh_scaling_compute(const struct nh_app *app, struct nh_scaling *out, struct nh_error *err)
{
    *out = (struct nh_scaling){.app = app, .count = app->point_count};
    int rc = choose_size(out, err);
    if (rc)
        return rc;
    size_t room = most_rows(app);
    out->resamples = NH_BOOTSTRAP_RESAMPLES;
    out->solver_is_billed = !any_has(app, job_time);
    out->points = calloc(out->count + 1, sizeof *out->points);
    double *work = malloc((3 * room + 1) * sizeof *work);
    if (out->points && work)
        fill_points(out, work, room);
    else
        rc = nh_fail(err, NH_EFAIL, "out of memory while computing the scaling");
    free(work);
    if (rc)
        nh_scaling_clear(out);
    return rc;
}

size_t nh_scaling_times(const struct nh_scaling *s, size_t i, double *out)
{
    pick *clock =
        !all_have(s->app, solver_time) && all_have(s->app, job_time) ? job_time : solver_time;
    const struct nh_app_point *p = s->points[i].source;
    return collect(p, has(p, clock) ? clock : job_time, out);
}

void nh_scaling_clear(struct nh_scaling *s)
{
    free(s->points);
    *s = (struct nh_scaling){0};
}
