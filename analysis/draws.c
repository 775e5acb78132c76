/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/draws.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_VALUES = 4000000, LEAST_COUNT = 200 };

/* ---- Samples of the points ---- */

size_t nh_billed_times(const struct nh_app_point *p, double *out)
{
    size_t jobs = 0, n = 0;
    for (size_t i = 0; i < p->row_count; i++)
        jobs += isfinite(p->rows[i].job_s);
    for (size_t i = 0; i < p->row_count; i++) {
        double t = jobs ? p->rows[i].job_s : p->rows[i].solver_s;
        if (isfinite(t))
            out[n++] = t;
    }
    nh_sort(out, n);
    return n;
}

/* Deviations of all runs from the median of their point, for those that have none. */
struct pool {
    double *items;
    size_t count;
    double spread;
};

static void add_deviations(struct pool *pool, const double *sorted, size_t n, double *spread)
{
    double median = nh_median_sorted(sorted, n), sum = 0;
    double unbiased = n > 1 ? sqrt((double)n / (double)(n - 1)) : 0;
    *spread = NAN;
    if (n < 2)
        return;
    for (size_t i = 0; i < n; i++) {
        double e = log(sorted[i] / median) * unbiased;
        pool->items[pool->count++] = e;
        sum += e * e;
    }
    *spread = sqrt(sum / (double)n);
}

static void finish_pool(struct pool *pool)
{
    double sum = 0;
    for (size_t i = 0; i < pool->count; i++)
        sum += pool->items[i] * pool->items[i];
    pool->spread = pool->count ? sqrt(sum / (double)pool->count) : NAN;
}

static void draw_point(const double *sorted, size_t n, const struct pool *pool, struct nh_rng *rng,
                       double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = n == 1 && pool->count
                     ? sorted[0] * exp(pool->items[nh_rng_below(rng, pool->count)])
                     : nh_draw_median(sorted, n, rng);
}

/* `work` holds the rows of all points; `pool` as many. */
static void fill(const struct nh_scaling *s, uint64_t seed, double *work, struct pool *pool,
                 struct nh_draws *d)
{
    struct nh_rng rng = {seed};
    double *at = work;
    for (size_t i = 0; i < s->count; i++) {
        d->runs[i] = nh_billed_times(s->points[i].source, at);
        add_deviations(pool, at, d->runs[i], &d->spread[i]);
        d->few += d->runs[i] < NH_DRAWS_RUNS;
        d->borrowed += d->runs[i] == 1;
        at += d->runs[i];
    }
    finish_pool(pool);
    d->known = pool->count > 0;
    at = work;
    for (size_t i = 0; i < s->count; i++) {
        if (d->runs[i] == 1)
            d->spread[i] = pool->spread;
        draw_point(at, d->runs[i], pool, &rng, d->seconds + i * d->count, d->count);
        at += d->runs[i];
    }
}

static size_t fitting_count(size_t points, size_t wanted)
{
    size_t most = MOST_VALUES / (points ? points : 1);
    most = most < LEAST_COUNT ? LEAST_COUNT : most;
    return wanted < most ? wanted : most;
}

static size_t all_rows(const struct nh_scaling *s)
{
    size_t rows = 0;
    for (size_t i = 0; i < s->count; i++)
        rows += s->points[i].source->row_count;
    return rows;
}

int nh_draws_make(const struct nh_scaling *s, size_t count, uint64_t seed, struct nh_draws *out,
                  struct nh_error *err)
{
    size_t rows = all_rows(s);
    *out = (struct nh_draws){.points = s->count, .count = fitting_count(s->count, count)};
    out->seconds = malloc((s->count * out->count + 1) * sizeof *out->seconds);
    out->spread = malloc((s->count + 1) * sizeof *out->spread);
    out->runs = malloc((s->count + 1) * sizeof *out->runs);
    double *work = malloc((2 * rows + 1) * sizeof *work);
    int rc = NH_OK;
    if (out->seconds && out->spread && out->runs && work) {
        struct pool pool = {.items = work + rows};
        fill(s, seed, work, &pool, out);
    } else {
        rc = nh_fail(err, NH_EFAIL, "out of memory while resampling times");
        nh_draws_clear(out);
    }
    free(work);
    return rc;
}

void nh_draws_clear(struct nh_draws *d)
{
    free(d->seconds);
    free(d->spread);
    free(d->runs);
    *d = (struct nh_draws){0};
}
