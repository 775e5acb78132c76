/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/compare/change_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/rng.h"
#include "common/stats.h"

/* Permutations cost O(n^2) each: a long segment gets fewer, but enough for alpha. */
static const double most_work = 2e8;

/* ---- The statistic ---- */

/* within[k]: sum of |z_i - z_j| over pairs below k, of values from some start on. */
static void sums_within(const double *z, size_t n, double *within)
{
    within[0] = 0;
    for (size_t k = 0; k < n; k++) {
        double sum = 0;
        for (size_t i = 0; i < k; i++)
            sum += fabs(z[k] - z[i]);
        within[k + 1] = within[k] + sum;
    }
}

static double statistic(double cross, double left, double right, double n, double m)
{
    double q = 2 / (m + n) * cross;
    if (n > 1)
        q -= 2 * m / ((m + n) * (n - 1)) * left;
    if (m > 1)
        q -= 2 * n / ((m + n) * (m - 1)) * right;
    return q;
}

/* From the last t down, pairs within Y = [t,k) are those of t + 1 and the distances from z_t: so
 * all t and k together take O(n^2). */
static void search(const double *z, size_t n, size_t least, double *within, double *tail,
                   struct nh_split *best)
{
    *best = (struct nh_split){0, 0, 0};
    sums_within(z, n, within);
    for (size_t k = 0; k <= n; k++)
        tail[k] = 0; /* pairs within [t, k), for the present t */
    for (size_t t = n; t-- > 1;) {
        double row = 0;
        for (size_t k = t + 1; k <= n; k++) {
            row += fabs(z[k - 1] - z[t]);
            tail[k] += row;
            double cross = within[k] - within[t] - tail[k];
            double q = statistic(cross, within[t], tail[k], (double)t, (double)(k - t));
            if (t >= least && k - t >= least && q > best->q)
                *best = (struct nh_split){q, t, k};
        }
    }
}

int nh_split_find(const double *z, size_t n, size_t min_segment, struct nh_split *out)
{
    *out = (struct nh_split){0, 0, 0};
    double *work = malloc(2 * (n + 1) * sizeof *work);
    if (!work)
        return NH_EFAIL;
    search(z, n, min_segment, work, work + n + 1, out);
    free(work);
    return NH_OK;
}

/* ---- Splitting ---- */

struct search_state {
    const double *z;
    const struct nh_change_options *o;
    struct nh_rng rng;
    double *shuffled, *work; /* n and 2 (n + 1) */
    struct nh_change_points *out;
};

static void shuffle(struct nh_rng *rng, double *x, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)nh_rng_below(rng, i);
        double t = x[i - 1];
        x[i - 1] = x[j];
        x[j] = t;
    }
}

static size_t permutations_for(const struct nh_change_options *o, size_t n)
{
    double affordable = most_work / ((double)n * (double)n);
    double needed = ceil(2 / o->alpha);
    double count = fmin((double)o->permutations, fmax(affordable, needed));
    return (size_t)count;
}

/* Share of random orders with as high a statistic, this order counted among them. */
static double p_value(struct search_state *s, size_t from, size_t n, double q)
{
    size_t rounds = permutations_for(s->o, n), reached = 1;
    memcpy(s->shuffled, s->z + from, n * sizeof *s->shuffled);
    for (size_t i = 0; i < rounds; i++) {
        struct nh_split random;
        shuffle(&s->rng, s->shuffled, n);
        search(s->shuffled, n, s->o->min_segment, s->work, s->work + n + 1, &random);
        reached += random.q >= q * (1 - 1e-12);
    }
    return (double)reached / (double)(rounds + 1);
}

static int keep(struct search_state *s, size_t index, double p)
{
    struct nh_change_points *c = s->out;
    struct nh_change_point *grown = c->items;
    if ((c->count & (c->count - 1)) == 0)
        grown = realloc(c->items, (c->count ? 2 * c->count : 1) * sizeof *grown);
    if (!grown)
        return NH_EFAIL;
    c->items = grown;
    c->items[c->count++] = (struct nh_change_point){.index = index, .p = p};
    return NH_OK;
}

/* In order: what lies left of a split, the split, what lies right of it. */
static int split(struct search_state *s, size_t from, size_t to)
{
    struct nh_split best;
    size_t n = to - from;
    if (n < 2 * s->o->min_segment)
        return NH_OK;
    search(s->z + from, n, s->o->min_segment, s->work, s->work + n + 1, &best);
    if (!(best.q > 0))
        return NH_OK;
    double p = p_value(s, from, n, best.q);
    if (p > s->o->alpha)
        return NH_OK;
    int rc = split(s, from, from + best.t);
    if (!rc)
        rc = keep(s, from + best.t, p);
    return rc ? rc : split(s, from + best.t, to);
}

/* ---- What is left ---- */

static double median_between(const double *z, size_t from, size_t to, double *scratch)
{
    return nh_median(z + from, to - from, scratch);
}

static void measure(struct search_state *s, size_t n)
{
    struct nh_change_points *c = s->out;
    for (size_t i = 0; i < c->count; i++) {
        size_t from = i ? c->items[i - 1].index : 0;
        size_t to = i + 1 < c->count ? c->items[i + 1].index : n;
        c->items[i].before = median_between(s->z, from, c->items[i].index, s->shuffled);
        c->items[i].after = median_between(s->z, c->items[i].index, to, s->shuffled);
    }
}

static double magnitude(const struct nh_change_point *c)
{
    return fabs(log(c->after / c->before));
}

/* The smallest change goes first, since its going moves the medians of its neighbours. */
static void drop_small(struct search_state *s, size_t n)
{
    struct nh_change_points *c = s->out;
    double least = log1p(s->o->min_magnitude);
    for (;;) {
        size_t smallest = 0;
        measure(s, n);
        for (size_t i = 1; i < c->count; i++)
            if (magnitude(&c->items[i]) < magnitude(&c->items[smallest]))
                smallest = i;
        if (c->count == 0 || magnitude(&c->items[smallest]) >= least)
            return;
        memmove(&c->items[smallest], &c->items[smallest + 1],
                (c->count - smallest - 1) * sizeof *c->items);
        c->count--;
    }
}

int nh_change_points_find(const double *z, size_t n, const struct nh_change_options *o,
                          struct nh_change_points *out, struct nh_error *err)
{
    *out = (struct nh_change_points){0};
    if (n > NH_HISTORY_MAX)
        return nh_fail(err, NH_EINPUT, "a history of %zu values is too long; give at most %d", n,
                       NH_HISTORY_MAX);
    double *room = malloc((3 * n + 3) * sizeof *room);
    struct search_state s = {.z = z,
                             .o = o,
                             .rng = {o->seed},
                             .shuffled = room,
                             .work = room ? room + n : NULL,
                             .out = out};
    int rc = room ? split(&s, 0, n) : NH_EFAIL;
    if (!rc)
        drop_small(&s, n);
    free(room);
    if (rc) {
        nh_change_points_clear(out);
        return nh_fail(err, NH_EFAIL, "out of memory while looking for changes");
    }
    return NH_OK;
}

void nh_change_points_clear(struct nh_change_points *c)
{
    free(c->items);
    *c = (struct nh_change_points){0};
}
