/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/shares.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/dataset.h"

/* Computing time of a rank in an iteration: its median, which interruptions of the machine do
 * not touch; else its share of all the time, times the median iteration. */
static double useful(const json_t *row, double iteration_s)
{
    double compute = nh_json_number(row, "compute_s", NAN);
    double total =
        compute + nh_json_number(row, "halo_s", NAN) + nh_json_number(row, "allreduce_s", NAN);
    double median = nh_json_number(row, "compute_median_s", NAN);
    return median > 0 ? fmin(median, iteration_s) : iteration_s * compute / total;
}

/* The elapsed time is that of the scaling, so that the factors multiply to its efficiency. */
static bool read_run(const struct nh_record *r, struct nh_pop_run *run)
{
    const json_t *rows = json_object_get(r->detail, "ranks");
    double iterations = nh_json_number(r->detail, "timed_iterations", NAN);
    *run = (struct nh_pop_run){.ranks = json_array_size(rows),
                               .elapsed_s = r->stats.median * 1e-9,
                               .ideal_elapsed_s = NAN,
                               .ideal_useful_max_s = NAN};
    for (size_t i = 0; i < run->ranks; i++) {
        const json_t *row = json_array_get(rows, i);
        double seconds = useful(row, run->elapsed_s);
        run->useful_total_s += seconds;
        run->useful_max_s = fmax(run->useful_max_s, seconds);
        run->instructions += nh_json_number(row, "instructions", NAN) / iterations;
        run->cycles += nh_json_number(row, "cycles", NAN) / iterations;
    }
    return run->ranks > 0 && run->useful_total_s > 0 && isfinite(run->useful_total_s) &&
           run->elapsed_s > 0;
}

bool nh_shares_add(struct nh_shares *shares, size_t app, const struct nh_record *r)
{
    struct nh_share share = {.app = app, .nodes = r->nodes, .cores = r->ranks};
    if (!read_run(r, &share.run))
        return true;
    struct nh_share *grown = nh_grow(shares->items, shares->count, sizeof *grown);
    if (!grown)
        return false;
    shares->items = grown;
    shares->items[shares->count++] = share;
    return true;
}

void nh_shares_clear(struct nh_shares *shares)
{
    free(shares->items);
    *shares = (struct nh_shares){0};
}

/* Launches of one size lie together. */
static int by_size(const void *left, const void *right)
{
    const struct nh_share *a = left, *b = right;
    if (a->app != b->app)
        return a->app < b->app ? -1 : 1;
    if (a->cores != b->cores)
        return a->cores < b->cores ? -1 : 1;
    return (a->nodes > b->nodes) - (a->nodes < b->nodes);
}

void nh_shares_order(struct nh_shares *shares)
{
    if (shares->count)
        qsort(shares->items, shares->count, sizeof *shares->items, by_size);
}

/* The launches of one size, by halving. */
static struct nh_shares launches_of(const struct nh_shares *shares, const struct nh_share *key)
{
    size_t lo = 0, hi = shares->count;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (by_size(&shares->items[middle], key) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    if (lo == shares->count)
        return (struct nh_shares){NULL, 0};
    struct nh_shares part = {shares->items + lo, 0};
    while (lo + part.count < shares->count && by_size(&part.items[part.count], key) == 0)
        part.count++;
    return part;
}

/* The median over launches of the figure at `offset` in a run; NaN where one has none. */
static double pooled(const struct nh_shares *launches, size_t offset, double *work)
{
    for (size_t i = 0; i < launches->count; i++) {
        const char *run = (const char *)&launches->items[i].run;
        work[i] = *(const double *)(run + offset);
        if (isnan(work[i]))
            return NAN;
    }
    return nh_median(work, launches->count, work);
}

bool nh_shares_run(const struct nh_shares *shares, size_t app, long nodes, long cores,
                   struct nh_pop_run *out)
{
    static const size_t offsets[] = {offsetof(struct nh_pop_run, elapsed_s),
                                     offsetof(struct nh_pop_run, useful_total_s),
                                     offsetof(struct nh_pop_run, useful_max_s),
                                     offsetof(struct nh_pop_run, ideal_elapsed_s),
                                     offsetof(struct nh_pop_run, ideal_useful_max_s),
                                     offsetof(struct nh_pop_run, instructions),
                                     offsetof(struct nh_pop_run, cycles)};
    struct nh_share key = {.app = app, .nodes = nodes, .cores = cores};
    struct nh_shares launches = launches_of(shares, &key);
    if (!launches.count) { /* records that do not say their nodes */
        key.nodes = 0;
        launches = launches_of(shares, &key);
    }
    double *work = launches.count ? malloc(launches.count * sizeof *work) : NULL;
    if (!work)
        return false;
    *out = (struct nh_pop_run){.ranks = (size_t)cores};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
        *(double *)((char *)out + offsets[i]) = pooled(&launches, offsets[i], work);
    free(work);
    return isfinite(out->elapsed_s);
}
