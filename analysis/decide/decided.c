/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/decided.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/draws.h"

/* Value `i` of the sample with `more` values below all others. */
static double with_low(const double *sorted, size_t more, size_t i)
{
    return i < more ? -INFINITY : sorted[i - more];
}

static double with_high(const double *sorted, size_t n, size_t i)
{
    return i < n ? sorted[i] : INFINITY;
}

struct nh_interval nh_median_reach(const double *sorted, size_t n, size_t more)
{
    size_t low = (n + more - 1) / 2, high = (n + more) / 2;
    return (struct nh_interval){(with_low(sorted, more, low) + with_low(sorted, more, high)) / 2,
                                (with_high(sorted, n, low) + with_high(sorted, n, high)) / 2, NAN};
}

/* Cost of a unit of work at a point whose job takes `seconds`; 0 for -INFINITY: as cheap as
 * can be. */
static double cost_at(const struct nh_scaling *s, const struct nh_advice *a, size_t i,
                      double seconds)
{
    const struct nh_app_point *p = s->points[i].source;
    if (!isfinite(seconds))
        return seconds < 0 ? 0 : INFINITY;
    return nh_advice_run(a, p->nodes, p->cores, seconds).amount / nh_advice_work(s, i);
}

/* The least cost of all sizes but one. */
static double least_without(const struct nh_scaling *s, const struct nh_advice *a, size_t without)
{
    double least = INFINITY;
    for (size_t i = 0; i < a->count; i++)
        if (i != without)
            least = fmin(least, a->points[i].amount / nh_advice_work(s, i));
    return least;
}

static bool shakes(const struct nh_scaling *s, const struct nh_advice *a, size_t i,
                   struct nh_interval reach)
{
    double most = 1 + NH_RECOMMEND,
           ours = a->points[a->recommended].amount / nh_advice_work(s, a->recommended);
    if (i == a->recommended)
        return cost_at(s, a, i, reach.hi) > most * least_without(s, a, i);
    return ours > most * cost_at(s, a, i, reach.lo);
}

/* Neither a faster one for the others nor a slower one for ours. */
static void find_shaken(const struct nh_scaling *s, const struct nh_advice *a, double *work,
                        struct nh_decided *out)
{
    out->shaken_by = a->count;
    for (size_t i = 0; i < a->count && out->shaken_by == a->count; i++) {
        size_t n = nh_billed_times(s->points[i].source, work);
        if (shakes(s, a, i, nh_median_reach(work, n, NH_DECIDED_RUNS)))
            out->shaken_by = i;
    }
    out->unshakable = out->shaken_by == a->count;
}

static void write_text(const struct nh_scaling *s, const struct nh_advice *a,
                       struct nh_decided *out)
{
    char size[NH_SIZE_TEXT], other[NH_SIZE_TEXT];
    const struct nh_chances *c = &a->chances;
    nh_size_text(s, a->recommended, size);
    if (out->decided)
        snprintf(out->text, sizeof out->text,
                 "Decided: %s is within %.0f %% of the least cost in %.3g %% of the resamples, and "
                 "another %d runs of any one size cannot change that",
                 size, 100 * NH_RECOMMEND, 100 * c->stands, NH_DECIDED_RUNS);
    else if (c->draws == 0)
        snprintf(out->text, sizeof out->text,
                 "Not decided: no size was run twice, so nothing is known of the spread");
    else if (!out->unshakable)
        snprintf(out->text, sizeof out->text, "Not decided: %d more runs of %s could change it",
                 NH_DECIDED_RUNS, nh_size_text(s, out->shaken_by, other));
    else
        snprintf(out->text, sizeof out->text,
                 "Not decided: only in %.3g %% of the resamples %s is within %.0f %% of the least "
                 "cost",
                 100 * c->stands, size, 100 * NH_RECOMMEND);
}

int nh_decided_find(const struct nh_scaling *s, const struct nh_advice *a, struct nh_decided *out,
                    struct nh_error *err)
{
    size_t rows = 1;
    *out = (struct nh_decided){0};
    for (size_t i = 0; i < s->count; i++)
        rows = s->points[i].source->row_count > rows ? s->points[i].source->row_count : rows;
    if (a->count < 2)
        return NH_OK;
    double *work = malloc(rows * sizeof *work);
    if (!work)
        return nh_fail(err, NH_EFAIL, "out of memory while asking whether more runs are needed");
    find_shaken(s, a, work, out);
    free(work);
    bool sure = a->chances.draws > 0 && a->chances.stands >= NH_DECIDED_SHARE;
    out->decided = out->unshakable && sure;
    write_text(s, a, out);
    return NH_OK;
}
