/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/advice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The largest amount that money holds exactly, with room to add. */
static const double largest_amount = 4e12;
static const double half_a_cent = 0.005;

/* What a point is compared by. */
struct rank {
    size_t index;
    double time, cost;
};

static double tie_of(double cost)
{
    double relative = NH_COST_TIE * cost;
    return relative < half_a_cent ? relative : half_a_cent;
}

/* ---- Cost of a point ---- */

static double rate_per_hour(const struct nh_advice *a, const struct nh_scaling *s,
                            const struct nh_app_point *p)
{
    if (a->priced)
        return (double)p->nodes * nh_money_value(a->price.per_hour) +
               nh_money_value(a->licence_per_hour);
    return (double)(s->by_nodes ? p->nodes : p->cores);
}

static int cost_point(const struct nh_advice *a, const struct nh_scaling *s, size_t i,
                      struct nh_cost_point *out, struct nh_error *err)
{
    const struct nh_scaling_point *p = &s->points[i];
    double hours = p->billed_s / 3600, rate = rate_per_hour(a, s, p->source);
    *out = (struct nh_cost_point){.scaling = p, .amount = rate * hours};
    if (a->priced && p->source->nodes < 1)
        return nh_fail(err, NH_EINPUT,
                       "case '%s': a price is per node, but the nodes are not known; "
                       "give the column nodes",
                       s->app->name);
    if (!(out->amount < largest_amount && rate < largest_amount))
        return nh_fail(err, NH_EINPUT,
                       "case '%s': the cost is beyond any bill; check times and sizes",
                       s->app->name);
    out->cost_ci = p->billed_ci;
    out->cost_ci.lo *= rate / 3600;
    out->cost_ci.hi *= rate / 3600;
    if (!a->priced)
        return NH_OK;
    struct nh_money nodes = nh_money_times(a->price.per_hour, p->source->nodes);
    out->cost = nh_money_for_hours(nh_money_add(nodes, a->licence_per_hour), hours);
    out->licence_share = rate > 0 ? nh_money_value(a->licence_per_hour) / rate : 0;
    return NH_OK;
}

/* ---- Rules ---- */

static int faster_first(const void *left, const void *right)
{
    const struct rank *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* Weak scaling does more work on more cores, so both are taken per unit of work. */
static void rank_points(const struct nh_advice *a, const struct nh_scaling *s, struct rank *ranks)
{
    for (size_t i = 0; i < a->count; i++) {
        double work = s->app->kind == NH_WEAK ? s->points[i].k : 1;
        ranks[i] = (struct rank){i, s->points[i].billed_s / work, a->points[i].amount / work};
    }
    qsort(ranks, a->count, sizeof *ranks, faster_first);
}

/* Ranks run from the fastest on, so the first that fits a rule is the fastest one. */
static size_t first_within(const struct rank *ranks, size_t n, double most)
{
    size_t i = 0;
    while (i + 1 < n && ranks[i].cost > most)
        i++;
    return ranks[i].index;
}

static void apply_rules(struct nh_advice *a, const struct rank *ranks)
{
    double least = ranks[0].cost;
    for (size_t i = 1; i < a->count; i++)
        least = ranks[i].cost < least ? ranks[i].cost : least;
    a->fastest = ranks[0].index;
    a->cheapest = first_within(ranks, a->count, least + tie_of(least));
    a->recommended = first_within(ranks, a->count, least * (1 + NH_RECOMMEND));
    for (size_t i = 0; i < a->count; i++)
        a->points[ranks[i].index].tied_cheapest = ranks[i].cost <= least + tie_of(least);
}

/* From the fastest on, a point counts when it is cheaper than all before it. */
static void find_front(struct nh_advice *a, const struct rank *ranks)
{
    double best = INFINITY;
    for (size_t i = 0; i < a->count; i++) {
        bool cheaper = ranks[i].cost + tie_of(ranks[i].cost) < best;
        a->points[ranks[i].index].on_front = cheaper || ranks[i].index == a->cheapest;
        best = ranks[i].cost < best ? ranks[i].cost : best;
    }
}

static struct nh_step step_between(const struct rank *from, const struct rank *to)
{
    return (struct nh_step){.from = from->index,
                            .to = to->index,
                            .per_hour_saved =
                                (to->cost - from->cost) / (from->time - to->time) * 3600,
                            .time_ratio = to->time / from->time,
                            .cost_ratio = to->cost / from->cost};
}

static void walk_front(struct nh_advice *a, const struct rank *ranks)
{
    const struct rank *from = NULL;
    for (size_t i = a->count; i-- > 0;) {
        if (!a->points[ranks[i].index].on_front)
            continue;
        if (from && from->time > ranks[i].time)
            a->steps[a->step_count++] = step_between(from, &ranks[i]);
        from = &ranks[i];
    }
}

static int cost_all(const struct nh_scaling *s, struct nh_advice *a, struct nh_error *err)
{
    for (size_t i = 0; i < a->count; i++) {
        int rc = cost_point(a, s, i, &a->points[i], err);
        if (rc)
            return rc;
    }
    return NH_OK;
}

static int compare_all(const struct nh_scaling *s, struct nh_advice *a, struct nh_error *err)
{
    struct rank *ranks = malloc(a->count * sizeof *ranks);
    if (!ranks)
        return nh_fail(err, NH_EFAIL, "out of memory while comparing costs");
    rank_points(a, s, ranks);
    apply_rules(a, ranks);
    find_front(a, ranks);
    walk_front(a, ranks);
    free(ranks);
    return NH_OK;
}

/* An iteration costs far less than a cent: a million of them is a number to look at. */
static void choose_unit(const struct nh_scaling *s, struct nh_advice *a)
{
    const char *work = s->app->work[0] ? s->app->work : "run";
    double most = 0;
    for (size_t i = 0; i < a->count; i++)
        most = fmax(most, a->points[i].amount);
    bool small = most < (a->priced ? 0.05 : 0.001);
    a->shown_factor = small ? 1e6 : 1;
    snprintf(a->shown_per, sizeof a->shown_per, small ? "million %ss" : "%s", work);
}

static void name_unit(const struct nh_scaling *s, struct nh_advice *a)
{
    const char *unit = s->by_nodes ? "node-hours" : "core-hours";
    snprintf(a->unit, sizeof a->unit, "%s", a->priced ? a->price.per_hour.currency : unit);
}

int nh_advise(const struct nh_scaling *scaling, const struct nh_price *price,
              struct nh_money licence_per_hour, struct nh_advice *out, struct nh_error *err)
{
    *out = (struct nh_advice){.count = scaling->count, .licence_per_hour = licence_per_hour};
    out->priced = price != NULL;
    if (price)
        out->price = *price;
    name_unit(scaling, out);
    if (scaling->count == 0)
        return nh_fail(err, NH_EINPUT, "case '%s': no timings; nothing to compare",
                       scaling->app->name);
    out->points = calloc(out->count, sizeof *out->points);
    out->steps = calloc(out->count, sizeof *out->steps);
    int rc = out->points && out->steps ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc)
        rc = cost_all(scaling, out, err);
    if (!rc)
        rc = compare_all(scaling, out, err);
    if (rc) {
        nh_advice_clear(out);
        return rc;
    }
    choose_unit(scaling, out);
    nh_advice_explain(scaling, out);
    return NH_OK;
}

void nh_advice_clear(struct nh_advice *a)
{
    free(a->points);
    free(a->steps);
    free(a->caveats);
    *a = (struct nh_advice){0};
}
