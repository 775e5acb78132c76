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

static bool belongs(const struct nh_share *s, size_t app, long nodes, long cores)
{
    return s->app == app && s->cores == cores && (s->nodes == nodes || s->nodes == 0);
}

/* The median over launches of the figure at `offset` in a run. */
static double pooled(const struct nh_shares *shares, size_t app, long nodes, long cores,
                     size_t offset, double *work)
{
    size_t n = 0;
    for (size_t i = 0; i < shares->count; i++) {
        const struct nh_share *s = &shares->items[i];
        if (!belongs(s, app, nodes, cores))
            continue;
        work[n] = *(const double *)((const char *)&s->run + offset);
        if (isnan(work[n++]))
            return NAN;
    }
    return n ? nh_median(work, n, work) : NAN;
}

bool nh_shares_run(const struct nh_shares *shares, size_t app, long nodes, long cores,
                   struct nh_pop_run *out)
{
    double *work = malloc((shares->count + 1) * sizeof *work);
    if (!work)
        return false;
#define POOL(field)                                                                                \
    out->field = pooled(shares, app, nodes, cores, offsetof(struct nh_pop_run, field), work)
    *out = (struct nh_pop_run){.ranks = (size_t)cores};
    POOL(elapsed_s);
    POOL(useful_total_s);
    POOL(useful_max_s);
    POOL(ideal_elapsed_s);
    POOL(ideal_useful_max_s);
    POOL(instructions);
    POOL(cycles);
#undef POOL
    free(work);
    return isfinite(out->elapsed_s);
}
