/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/draws.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_VALUES = 4000000, LEAST_COUNT = 200 };

/* ---- The median of a resample ---- */

/* Beta(a, b), 1 < a <= b: R. C. H. Cheng, "Generating beta variates with nonintegral shape
 * parameters", CACM 21 (1978), algorithm BB. */
static double draw_beta(double a, double b, struct nh_rng *rng)
{
    static const double log4 = 1.3862943611198906, one_log5 = 2.6094379124341003;
    double sum = a + b, scale = sqrt((sum - 2) / (2 * a * b - sum)), shift = a + 1 / scale;
    for (;;) {
        double u = nh_rng_unit(rng), z = u * u * nh_rng_unit(rng);
        double v = scale * log(u / (1 - u)), w = a * exp(v);
        double r = shift * v - log4, s = a + r - w;
        if (s + one_log5 >= 5 * z || r + sum * log(sum / (b + w)) >= log(z))
            return w / (b + w);
    }
}

static double at_share(const double *sorted, size_t n, double u)
{
    size_t i = (size_t)(u * (double)n);
    return sorted[i < n ? i : n - 1];
}

double nh_draw_median(const double *sorted, size_t n, struct nh_rng *rng)
{
    if (n < 2 || sorted[0] == sorted[n - 1])
        return sorted[0];
    size_t m = (n + 1) / 2;
    double above = (double)(n - m);
    double u =
        m == 1 ? 1 - pow(nh_rng_unit(rng), 1 / (above + 1)) : draw_beta((double)m, above + 1, rng);
    double low = at_share(sorted, n, u);
    if (n % 2 == 1)
        return low;
    return (low + at_share(sorted, n, 1 - (1 - u) * pow(nh_rng_unit(rng), 1 / above))) / 2;
}

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
