/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/interval.h"

#include <math.h>
#include <stdbool.h>

enum { TIMES = 40, PRICES = 20 };
static const double level = 0.95;

static bool price_varies(const struct nh_cost_terms *t)
{
    return t->price && t->spot && t->spot->price_deciles[NH_PRICE_DECILES - 1] > 0;
}

/* The price at share `q` of the time. */
static double price_at(const struct nh_spot *s, double q)
{
    double at = q * (NH_PRICE_DECILES - 1);
    int i = (int)at;
    i = i < NH_PRICE_DECILES - 1 ? i : NH_PRICE_DECILES - 2;
    return s->price_deciles[i] + (at - i) * (s->price_deciles[i + 1] - s->price_deciles[i]);
}

/* Total where the mean price is replaced: only what nodes cost goes with it. */
static double total_at_price(const struct nh_cost_terms *t, const struct nh_cost_parts *parts,
                             double price)
{
    double mean = nh_money_value(t->price->per_hour);
    double nodes = parts->compute + parts->overhead;
    return mean > 0 && isfinite(parts->total) ? parts->total + nodes * (price / mean - 1)
                                              : parts->total;
}

static double time_at(double job_s, struct nh_interval time, double q)
{
    if (!(time.lo > 0 && isfinite(time.hi)))
        return job_s;
    double z = nh_normal_quantile(q) / nh_normal_quantile((1 + level) / 2);
    double middle = (log(time.lo) + log(time.hi)) / 2;
    return exp(middle + z * (log(time.hi) - log(time.lo)) / 2);
}

static struct nh_interval joint(const struct nh_cost_terms *t, long nodes, long cores, double job_s,
                                struct nh_interval time)
{
    double totals[TIMES * PRICES];
    struct nh_cost_parts parts;
    for (int i = 0; i < TIMES; i++) {
        nh_cost(t, nodes, cores, time_at(job_s, time, (i + 0.5) / TIMES), &parts);
        for (int j = 0; j < PRICES; j++)
            totals[i * PRICES + j] =
                total_at_price(t, &parts, price_at(t->spot, (j + 0.5) / PRICES));
    }
    nh_sort(totals, TIMES * PRICES);
    return (struct nh_interval){nh_percentile_sorted(totals, TIMES * PRICES, (1 - level) / 2),
                                nh_percentile_sorted(totals, TIMES * PRICES, (1 + level) / 2),
                                level};
}

struct nh_interval nh_cost_interval(const struct nh_cost_terms *t, long nodes, long cores,
                                    double job_s, struct nh_interval time)
{
    struct nh_cost_parts lo, hi;
    if (price_varies(t))
        return joint(t, nodes, cores, job_s, time);
    if (!isfinite(time.lo) || !isfinite(time.hi))
        return time;
    nh_cost(t, nodes, cores, time.lo, &lo);
    nh_cost(t, nodes, cores, time.hi, &hi);
    return (struct nh_interval){lo.total, hi.total, time.coverage};
}

double nh_cost_spot_quantile(const struct nh_cost_terms *t, long nodes, long cores, double job_s,
                             double q)
{
    double totals[TIMES * PRICES];
    struct nh_cost_terms kept = *t; /* with the length of the run given */
    struct nh_cost_parts parts;
    kept.spot = NULL;
    if (!price_varies(t)) {
        nh_cost(&kept, nodes, cores, nh_spot_quantile_s(t->spot, nodes, job_s, q), &parts);
        return parts.total;
    }
    for (int i = 0; i < TIMES; i++) {
        double run_s = nh_spot_quantile_s(t->spot, nodes, job_s, (i + 0.5) / TIMES);
        nh_cost(&kept, nodes, cores, run_s, &parts);
        for (int j = 0; j < PRICES; j++)
            totals[i * PRICES + j] =
                total_at_price(t, &parts, price_at(t->spot, (j + 0.5) / PRICES));
    }
    nh_sort(totals, TIMES * PRICES);
    return nh_percentile_sorted(totals, TIMES * PRICES, q);
}

static bool spot_pays(const struct nh_cost_terms *spot, const struct nh_cost_terms *on_demand,
                      long nodes, long cores_per_node, double job_s)
{
    struct nh_cost_parts a, b;
    nh_cost(spot, nodes, nodes * cores_per_node, job_s, &a);
    nh_cost(on_demand, nodes, nodes * cores_per_node, job_s, &b);
    return a.total <= b.total;
}

long nh_cost_spot_most_nodes(const struct nh_cost_terms *spot,
                             const struct nh_cost_terms *on_demand, long cores_per_node,
                             double job_s, long most)
{
    long lo = 0, hi = most + 1; /* pays at lo, not at hi */
    while (hi - lo > 1) {
        long mid = lo + (hi - lo) / 2;
        if (spot_pays(spot, on_demand, mid, cores_per_node, job_s))
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}
