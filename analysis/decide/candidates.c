/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/candidates.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_BETWEEN = 1024, MOST_BEYOND = 64, REACH = 4 };

/* ---- Shapes of the efficiency between two points ---- */

static double identity(double x)
{
    return x;
}

static double inverse(double x)
{
    return 1 / x;
}

/* The efficiency, or its inverse, is linear in a function of the size. */
static const struct {
    double (*of_size)(double);
    bool inverse;
} shapes[NH_SHAPES] = {{identity, false}, {log, false}, {inverse, false}, {identity, true}};

const char *const nh_shape_names[NH_SHAPES] = {
    "efficiency linear in the size", "efficiency linear in the logarithm of the size",
    "efficiency linear in the share of the problem per node", "node-hours linear in the size"};

double nh_shape_efficiency(int shape, double from, double e0, double to, double e1, double x)
{
    double (*f)(double) = shapes[shape].of_size;
    double share = (f(x) - f(from)) / (f(to) - f(from));
    if (shapes[shape].inverse)
        return 1 / (1 / e0 + (1 / e1 - 1 / e0) * share);
    return e0 + (e1 - e0) * share;
}

/* ---- The axis ---- */

static double size_at(const struct nh_scaling *s, bool by_cores, size_t i)
{
    const struct nh_app_point *p = s->points[i].source;
    return (double)(by_cores ? p->cores : p->nodes);
}

static bool ascending(const struct nh_scaling *s, bool by_cores)
{
    for (size_t i = 0; i < s->count; i++)
        if (!(size_at(s, by_cores, i) > (i ? size_at(s, by_cores, i - 1) : 0)))
            return false;
    return true;
}

/* Cores of a node; 0 when they are not known, negative when they differ. */
static double cores_per_node(const struct nh_scaling *s)
{
    const struct nh_app_point *first = s->points[0].source;
    double per_node = (double)first->cores / (double)first->nodes;
    for (size_t i = 1; i < s->count; i++) {
        const struct nh_app_point *p = s->points[i].source;
        if ((double)p->cores != per_node * (double)p->nodes)
            return -1;
    }
    return per_node;
}

static bool one_node(const struct nh_scaling *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->points[i].source->nodes > 1)
            return false;
    return !s->by_nodes;
}

static void choose_axis(const struct nh_scaling *s, struct nh_candidates *c)
{
    c->by_cores = one_node(s);
    c->per_node = c->by_cores ? 0 : cores_per_node(s);
    c->between = s->app->kind == NH_STRONG && ascending(s, c->by_cores) && c->per_node >= 0;
}

/* ---- Candidates ---- */

double nh_between_seconds(const struct nh_scaling *s, const struct nh_candidates *c,
                          const double *times, size_t point, double size, int shape)
{
    double from = size_at(s, c->by_cores, point), to = size_at(s, c->by_cores, point + 1);
    double e0 = 1 / (from * times[point]), e1 = 1 / (to * times[point + 1]);
    return 1 / (size * nh_shape_efficiency(shape, from, e0, to, e1, size));
}

static double efficiency_of(const struct nh_scaling *s, const struct nh_candidates *c,
                            const struct nh_candidate *at)
{
    double ratio = s->points[0].billed_s / at->job_s[0];
    return s->app->kind == NH_WEAK ? ratio : ratio * size_at(s, c->by_cores, 0) / at->size;
}

/* Completes the next candidate, unless it has too many nodes. */
static void add(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                struct nh_candidates *c, const struct nh_candidate *made)
{
    struct nh_candidate *to = &c->items[c->count];
    if (c->most_nodes && made->nodes > c->most_nodes)
        return;
    *to = *made;
    for (int shape = 0; shape < NH_SHAPES; shape++) {
        struct nh_run_cost cost =
            nh_run_cost(terms, s->by_nodes, to->nodes, to->cores, to->job_s[shape]);
        to->shape_s[shape] = cost.time_s;
        to->shape_amount[shape] = cost.amount;
    }
    to->seconds = to->shape_s[0];
    to->amount = to->shape_amount[0];
    to->range.lo = nh_run_cost(terms, s->by_nodes, to->nodes, to->cores, made->job_range.lo).time_s;
    to->range.hi = nh_run_cost(terms, s->by_nodes, to->nodes, to->cores, made->job_range.hi).time_s;
    to->range.coverage = made->job_range.coverage;
    to->efficiency = c->between ? efficiency_of(s, c, to) : s->points[to->point].efficiency;
    c->count++;
}

static void all_shapes(struct nh_candidate *c, double seconds)
{
    for (int shape = 0; shape < NH_SHAPES; shape++)
        c->job_s[shape] = seconds;
}

static void add_measured(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                         struct nh_candidates *c, size_t i)
{
    const struct nh_app_point *p = s->points[i].source;
    struct nh_candidate made = {.origin = NH_MEASURED,
                                .nodes = p->nodes,
                                .cores = p->cores,
                                .size = c->between ? size_at(s, c->by_cores, i) : s->points[i].k,
                                .point = i,
                                .job_range = s->points[i].billed_ci};
    all_shapes(&made, s->points[i].billed_s);
    add(s, terms, c, &made);
}

static struct nh_candidate unmeasured(const struct nh_scaling *s, const struct nh_candidates *c,
                                      size_t point, long size)
{
    return (struct nh_candidate){.nodes = c->by_cores ? s->points[point].source->nodes : size,
                                 .cores =
                                     c->by_cores ? size : (long)llround(c->per_node * (double)size),
                                 .size = (double)size,
                                 .point = point};
}

static void add_between(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                        const double *times, struct nh_candidates *c, size_t point, long size)
{
    struct nh_candidate made = unmeasured(s, c, point, size);
    made.origin = NH_BETWEEN;
    made.job_range = (struct nh_interval){INFINITY, 0, NAN};
    for (int shape = 0; shape < NH_SHAPES; shape++) {
        double seconds = nh_between_seconds(s, c, times, point, made.size, shape);
        made.job_s[shape] = seconds;
        made.job_range.lo = fmin(made.job_range.lo, seconds);
        made.job_range.hi = fmax(made.job_range.hi, seconds);
    }
    add(s, terms, c, &made);
}

/* Models are of the solver's time. What is billed around it is taken as at the largest size. */
static void add_beyond(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                       const struct nh_models *models, struct nh_candidates *c, long size)
{
    size_t last = s->count - 1;
    double around = s->points[last].billed_s - s->points[last].solver_s;
    struct nh_candidate made = unmeasured(s, c, last, size);
    struct nh_prediction p;
    if (nh_models_predict(models, made.size / size_at(s, c->by_cores, 0), &p) ||
        p.grade == NH_GRADE_REFUSED || !(p.time_s > 0))
        return;
    made.origin = NH_BEYOND;
    made.grade = p.grade;
    made.job_range = (struct nh_interval){p.pi.lo + around, p.pi.hi + around, p.pi.coverage};
    all_shapes(&made, p.time_s + around);
    add(s, terms, c, &made);
}

static void fill(const struct nh_scaling *s, const struct nh_cost_terms *terms, const double *times,
                 struct nh_candidates *c)
{
    double all = size_at(s, c->by_cores, s->count - 1) - size_at(s, c->by_cores, 0);
    double step = c->between ? fmax(1, ceil(all / MOST_BETWEEN)) : 0;
    for (size_t i = 0; i < s->count; i++) {
        add_measured(s, terms, c, i);
        if (!c->between || i + 1 == s->count)
            continue;
        double to = size_at(s, c->by_cores, i + 1);
        for (double x = size_at(s, c->by_cores, i) + step; x < to; x += step)
            add_between(s, terms, times, c, i, (long)x);
    }
}

static void fill_beyond(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                        const struct nh_models *models, struct nh_candidates *c)
{
    double largest = size_at(s, c->by_cores, s->count - 1);
    double step = fmax(1, ceil((REACH - 1) * largest / MOST_BEYOND));
    if (!c->between || c->by_cores || !models || models->refusal)
        return;
    for (double x = largest + step; x <= REACH * largest; x += step)
        add_beyond(s, terms, models, c, (long)x);
}

int nh_candidates_make(const struct nh_scaling *s, const struct nh_cost_terms *terms,
                       const struct nh_models *models, long most_nodes, struct nh_candidates *out,
                       struct nh_error *err)
{
    *out = (struct nh_candidates){.most_nodes = most_nodes};
    choose_axis(s, out);
    out->items = calloc(2 * s->count + MOST_BETWEEN + MOST_BEYOND + 1, sizeof *out->items);
    double *times = calloc(s->count + 1, sizeof *times);
    int rc = NH_OK;
    if (out->items && times) {
        for (size_t i = 0; i < s->count; i++)
            times[i] = s->points[i].billed_s;
        fill(s, terms, times, out);
        fill_beyond(s, terms, models, out);
    } else {
        rc = nh_fail(err, NH_EFAIL, "out of memory while comparing sizes");
        nh_candidates_clear(out);
    }
    free(times);
    return rc;
}

void nh_candidates_clear(struct nh_candidates *c)
{
    free(c->items);
    *c = (struct nh_candidates){0};
}

/* ---- Optimum ---- */

/* A cost that ties with the least is answered by the faster, larger size. */
static size_t best_by(const struct nh_candidates *c, int shape)
{
    double least = INFINITY;
    size_t best = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].origin != NH_BEYOND)
            least = fmin(least, c->items[i].shape_amount[shape]);
    for (size_t i = 0; i < c->count; i++) {
        const struct nh_candidate *at = &c->items[i], *now = &c->items[best];
        bool tied = at->origin != NH_BEYOND && at->shape_amount[shape] <= least * (1 + 1e-9);
        bool now_tied = now->shape_amount[shape] <= least * (1 + 1e-9);
        if (tied && (!now_tied || at->shape_s[shape] < now->shape_s[shape]))
            best = i;
    }
    return best;
}

void nh_optimum_find(const struct nh_candidates *c, double measured_least, struct nh_optimum *out)
{
    *out = (struct nh_optimum){.found = c->between && c->count > 0, .smallest = c->count};
    for (int shape = 0; shape < NH_SHAPES && out->found; shape++) {
        size_t best = best_by(c, shape);
        out->best[shape] = best;
        out->amount[shape] = c->items[best].shape_amount[shape];
        out->gain = fmax(out->gain, measured_least / out->amount[shape] - 1);
        out->smallest = best < out->smallest ? best : out->smallest;
        out->largest = best > out->largest ? best : out->largest;
    }
}
