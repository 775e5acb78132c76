/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/advice.h"
#include "analysis/cost/interval.h"

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

bool nh_cost_ties(double cost, double least)
{
    return cost <= least + tie_of(least);
}

/* ---- Cost of a point ---- */

/* Cores as costs count them: none where node-hours stand in for core-hours. */
static long charged_cores(const struct nh_cost_terms *t, bool by_nodes, long cores)
{
    return !t->price && by_nodes ? 0 : cores;
}

static double turn_around(const struct nh_cost_terms *t, const struct nh_cost_parts *parts)
{
    return t->boot_s + parts->run_s;
}

struct nh_run_cost nh_run_cost(const struct nh_cost_terms *terms, bool by_nodes, long nodes,
                               long cores, double job_s)
{
    struct nh_cost_parts parts;
    nh_cost(terms, nodes, charged_cores(terms, by_nodes, cores), job_s, &parts);
    return (struct nh_run_cost){turn_around(terms, &parts), parts.total};
}

struct nh_run_cost nh_advice_run(const struct nh_advice *a, long nodes, long cores, double job_s)
{
    return nh_run_cost(&a->terms, a->by_nodes, nodes, cores, job_s);
}

static bool licence_by_core(const struct nh_licence *l)
{
    return l->kind == NH_LICENCE_PER_CORE_HOUR || l->kind == NH_LICENCE_TOKENS;
}

static int check_size(const struct nh_advice *a, const struct nh_scaling *s,
                      const struct nh_app_point *p, struct nh_error *err)
{
    if (a->priced && p->nodes < 1)
        return nh_fail(err, NH_EINPUT,
                       "case '%s': a price is per node, but the nodes are not known; "
                       "give the column nodes",
                       s->app->name);
    if (a->priced && p->cores < 1 && licence_by_core(&a->terms.licence))
        return nh_fail(err, NH_EINPUT,
                       "case '%s': the licence is per core, but the cores are not known; give the "
                       "column cores, or --machine",
                       s->app->name);
    return NH_OK;
}

static int check_amount(const struct nh_advice *a, const struct nh_scaling *s,
                        const struct nh_app_point *p, const struct nh_cost_point *c,
                        struct nh_error *err)
{
    if (c->amount < largest_amount &&
        nh_cost_rate(&a->terms, p->nodes, charged_cores(&a->terms, a->by_nodes, p->cores)) <
            largest_amount)
        return NH_OK;
    if (a->terms.spot && !isfinite(c->parts.run_s))
        return nh_fail(err, NH_EINPUT,
                       "case '%s': on spot, a run on %ld nodes is interrupted too often to end; "
                       "give a shorter --checkpoint-interval, or another --price-model",
                       s->app->name, p->nodes);
    return nh_fail(err, NH_EINPUT, "case '%s': the cost is beyond any bill; check times and sizes",
                   s->app->name);
}

static void cost_on_spot(const struct nh_advice *a, const struct nh_app_point *p, double job_s,
                         struct nh_cost_point *out)
{
    out->p90_time_s = out->p90_amount = NAN;
    if (!a->terms.spot)
        return;
    out->p90_time_s = a->terms.boot_s + nh_spot_quantile_s(&a->spot, p->nodes, job_s, 0.9);
    out->p90_amount = nh_cost_spot_quantile(&a->terms, p->nodes, p->cores, job_s, 0.9);
}

static int cost_point(const struct nh_advice *a, const struct nh_scaling *s, size_t i,
                      struct nh_cost_point *out, struct nh_error *err)
{
    const struct nh_scaling_point *p = &s->points[i];
    long nodes = p->source->nodes, cores = charged_cores(&a->terms, a->by_nodes, p->source->cores);
    int rc = check_size(a, s, p->source, err);
    *out = (struct nh_cost_point){
        .scaling = p, .p_cheapest = NAN, .p_fastest = NAN, .p_recommended = NAN};
    nh_cost(&a->terms, nodes, cores, p->billed_s, &out->parts);
    out->amount = out->parts.total;
    out->time_s = turn_around(&a->terms, &out->parts);
    if (!rc)
        rc = check_amount(a, s, p->source, out, err);
    if (rc)
        return rc;
    out->cost_ci = nh_cost_interval(&a->terms, nodes, cores, p->billed_s, p->billed_ci);
    cost_on_spot(a, p->source, p->billed_s, out);
    if (!a->priced)
        return NH_OK;
    out->cost = a->price.per_hour; /* its currency */
    out->cost.micro = llround(out->amount * 1e6);
    out->licence_share = out->amount > 0 ? out->parts.licence / out->amount : 0;
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
double nh_advice_work(const struct nh_scaling *s, size_t point)
{
    return s->app->kind == NH_WEAK ? s->points[point].k : 1;
}

static void rank_points(const struct nh_advice *a, const struct nh_scaling *s, struct rank *ranks)
{
    for (size_t i = 0; i < a->count; i++) {
        double work = nh_advice_work(s, i);
        ranks[i] = (struct rank){i, a->points[i].time_s / work, a->points[i].amount / work};
    }
    qsort(ranks, a->count, sizeof *ranks, faster_first);
}

/* Of the points that cost `most` or less, the fastest; among equally fast ones the cheapest. */
static size_t fastest_within(const double *seconds, const double *amounts, size_t n, double most)
{
    size_t best = n;
    for (size_t i = 0; i < n; i++)
        if (amounts[i] <= most && (best == n || seconds[i] < seconds[best] ||
                                   (seconds[i] == seconds[best] && amounts[i] < amounts[best])))
            best = i;
    return best;
}

struct nh_chosen nh_choose(const double *seconds, const double *amounts, size_t n)
{
    double least = amounts[0];
    for (size_t i = 1; i < n; i++)
        least = amounts[i] < least ? amounts[i] : least;
    return (struct nh_chosen){
        .cheapest = fastest_within(seconds, amounts, n, least + tie_of(least)),
        .fastest = fastest_within(seconds, amounts, n, INFINITY),
        .recommended = fastest_within(seconds, amounts, n, least * (1 + NH_RECOMMEND)),
        .least = least};
}

/* `both` holds times, then amounts, in the order of the points. */
static void apply_rules(struct nh_advice *a, const struct rank *ranks, double *both)
{
    double *amounts = both + a->count;
    for (size_t i = 0; i < a->count; i++) {
        both[ranks[i].index] = ranks[i].time;
        amounts[ranks[i].index] = ranks[i].cost;
    }
    struct nh_chosen chosen = nh_choose(both, amounts, a->count);
    a->fastest = chosen.fastest;
    a->cheapest = chosen.cheapest;
    a->recommended = chosen.recommended;
    for (size_t i = 0; i < a->count; i++)
        a->points[i].tied_cheapest = nh_cost_ties(amounts[i], chosen.least);
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
                            .cost_ratio = to->cost / from->cost,
                            .time_ratio_ci = {NAN, NAN, NAN},
                            .cost_ratio_ci = {NAN, NAN, NAN}};
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
    double *both = malloc(2 * a->count * sizeof *both);
    int rc = NH_OK;
    if (ranks && both) {
        rank_points(a, s, ranks);
        apply_rules(a, ranks, both);
        find_front(a, ranks);
        walk_front(a, ranks);
    } else {
        rc = nh_fail(err, NH_EFAIL, "out of memory while comparing costs");
    }
    free(ranks);
    free(both);
    return rc;
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

bool nh_time_is_of_run(const struct nh_scaling *s)
{
    return s->app->work[0] == '\0' || strcmp(s->app->work, "run") == 0;
}

struct nh_cost_terms nh_terms_applicable(const struct nh_scaling *s, const struct nh_cost_terms *t)
{
    struct nh_cost_terms kept = *t;
    if (nh_time_is_of_run(s))
        return kept;
    kept.boot_s = kept.idle_s = kept.transfer_usd = 0;
    kept.billing_step_s = kept.billing_minimum_s = 0;
    kept.spot = NULL;
    if (kept.licence.kind == NH_LICENCE_PER_JOB)
        kept.licence.kind = NH_LICENCE_NONE;
    return kept;
}

static void set_terms(const struct nh_scaling *s, const struct nh_cost_terms *t,
                      struct nh_advice *out)
{
    out->terms = nh_terms_applicable(s, t);
    out->priced = t->price != NULL;
    if (t->price) {
        out->price = *t->price;
        out->terms.price = &out->price;
    }
    if (out->terms.spot) {
        out->spot = *t->spot;
        out->terms.spot = &out->spot;
    }
    if (t->licence.kind == NH_LICENCE_PER_HOUR)
        out->licence_per_hour.micro = llround(t->licence.usd * 1e6);
}

int nh_advise(const struct nh_scaling *scaling, const struct nh_price *price,
              struct nh_money licence_per_hour, struct nh_advice *out, struct nh_error *err)
{
    struct nh_cost_terms terms = {
        .price = price,
        .licence = {.kind = licence_per_hour.micro > 0 ? NH_LICENCE_PER_HOUR : NH_LICENCE_NONE,
                    .usd = nh_money_value(licence_per_hour)}};
    return nh_advise_terms(scaling, &terms, out, err);
}

int nh_advise_terms(const struct nh_scaling *scaling, const struct nh_cost_terms *terms,
                    struct nh_advice *out, struct nh_error *err)
{
    *out = (struct nh_advice){
        .count = scaling->count, .licence_per_hour = {0, "USD"}, .by_nodes = scaling->by_nodes};
    set_terms(scaling, terms, out);
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
    if (!rc)
        rc = nh_advice_chances(scaling, out, err);
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
