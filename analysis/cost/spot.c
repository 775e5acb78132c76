/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/spot.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

static const double hour_s = 3600;
static const double most_interruptions = 1e3; /* expected; beyond it a run does not end */
enum { BISECTIONS = 100 };

/* A run as segments that each have to be got through without an interruption. */
struct segments {
    double count;    /* real, as in the formula */
    double length_s; /* work and checkpoint */
    double rate;     /* interruptions of the run per second */
    double restart_s;
};

static struct segments cut(const struct nh_spot *s, long nodes, double job_s)
{
    bool saved = s->checkpoint_interval_s > 0 && s->checkpoint_interval_s < job_s;
    return (struct segments){.count = saved ? job_s / s->checkpoint_interval_s : 1,
                             .length_s =
                                 saved ? s->checkpoint_interval_s + s->checkpoint_cost_s : job_s,
                             .rate = (double)nodes * s->interruptions_per_node_hour / hour_s,
                             .restart_s = s->restart_s};
}

static double expected_s(const struct segments *g)
{
    if (!(g->rate > 0))
        return g->count * g->length_s;
    return g->count * expm1(g->rate * g->length_s) * (1 / g->rate + g->restart_s);
}

double nh_spot_expected_s(const struct nh_spot *s, long nodes, double job_s)
{
    struct segments g = cut(s, nodes, job_s);
    return expected_s(&g);
}

/* ---- Quantiles ---- */

/* Work lost in one interruption: an exponential time cut off at the segment's length. */
struct loss {
    double mean_s, deviation_s, length_s, rate;
};

static struct loss loss_of(const struct segments *g)
{
    double x = g->rate * g->length_s, q = expm1(x);
    double mean = 1 / g->rate - g->length_s / q;
    double variance = 1 / (g->rate * g->rate) - g->length_s * g->length_s * exp(x) / (q * q);
    /* Below it both are differences of nearly equal numbers: uniform on the segment. */
    if (x < 1e-4)
        return (struct loss){g->length_s / 2, g->length_s / sqrt(12), g->length_s, g->rate};
    return (struct loss){mean, sqrt(fmax(variance, 0)), g->length_s, g->rate};
}

/* Share of runs with `count` interruptions that lose at most `lost_s` of work in them. */
static double share_within(const struct loss *l, double count, double lost_s)
{
    if (count == 0)
        return lost_s >= 0;
    if (lost_s <= 0)
        return 0;
    if (lost_s >= count * l->length_s)
        return 1;
    if (count == 1)
        return expm1(-l->rate * lost_s) / expm1(-l->rate * l->length_s);
    double z = (lost_s - count * l->mean_s) / (l->deviation_s * sqrt(count));
    return erfc(-z / M_SQRT2) / 2;
}

/* Share of runs that end within `total_s`; terms come by the recursion of the negative
 * binomial distribution, in logarithms, as the first may be too small for a double. */
static double share_done(const struct segments *g, const struct loss *l, double total_s)
{
    double lost = total_s - g->count * g->length_s, share = 0;
    double log_again = log(-expm1(-g->rate * g->length_s));
    double log_p = -g->rate * g->length_s * g->count;
    for (double k = 0; lost >= k * g->restart_s; k++) {
        double p = exp(log_p), mean = g->count * expm1(g->rate * g->length_s);
        share += p * share_within(l, k, lost - k * g->restart_s);
        if (k > mean && p < DBL_EPSILON)
            break;
        log_p += log((g->count + k) / (k + 1)) + log_again;
    }
    return share;
}

double nh_spot_quantile_s(const struct nh_spot *s, long nodes, double job_s, double q)
{
    struct segments g = cut(s, nodes, job_s);
    double lo = g.count * g.length_s;
    if (!(g.rate > 0))
        return lo;
    if (!(g.count * expm1(g.rate * g.length_s) < most_interruptions))
        return INFINITY;
    struct loss l = loss_of(&g);
    if (share_done(&g, &l, lo) >= q)
        return lo;
    double hi = 2 * expected_s(&g);
    while (share_done(&g, &l, hi) < q)
        hi *= 2;
    for (int i = 0; i < BISECTIONS && hi - lo > 1e-9 * hi; i++) {
        double mid = (lo + hi) / 2;
        if (share_done(&g, &l, mid) < q)
            lo = mid;
        else
            hi = mid;
    }
    return hi;
}

/* ---- Checkpoints ---- */

/* dE/dc = 0 where 1 - L c = e^{-L(c+o)}; the left side falls faster, so there is one root
 * in (0, 1/L). */
static double root_interval_s(double rate, double cost_s)
{
    double lo = 0, hi = 1 / rate;
    for (int i = 0; i < BISECTIONS; i++) {
        double c = (lo + hi) / 2;
        /* 1 - L c - e^{-L(c+o)} without cancellation */
        if (-expm1(-rate * (c + cost_s)) > rate * c)
            lo = c;
        else
            hi = c;
    }
    return hi;
}

static double with_interval(const struct nh_spot *s, long nodes, double job_s, double c)
{
    struct nh_spot changed = *s;
    changed.checkpoint_interval_s = c;
    return nh_spot_expected_s(&changed, nodes, job_s);
}

double nh_spot_best_interval_s(const struct nh_spot *s, long nodes, double job_s)
{
    double rate = (double)nodes * s->interruptions_per_node_hour / hour_s;
    if (!(rate > 0) || !(s->checkpoint_cost_s > 0))
        return 0;
    double c = root_interval_s(rate, s->checkpoint_cost_s);
    bool pays = c < job_s && with_interval(s, nodes, job_s, c) < with_interval(s, nodes, job_s, 0);
    return pays ? c : 0;
}

static bool checkpoints_pay(const struct nh_spot *s, long nodes, double job_s, double rate)
{
    struct nh_spot at = *s;
    at.interruptions_per_node_hour = rate;
    return nh_spot_expected_s(&at, nodes, job_s) < with_interval(&at, nodes, job_s, 0);
}

double nh_spot_rate_for_checkpoints(const struct nh_spot *s, long nodes, double job_s)
{
    if (!(s->checkpoint_interval_s > 0 && s->checkpoint_interval_s < job_s))
        return INFINITY;
    if (!(s->checkpoint_cost_s > 0))
        return 0;
    /* With a run interrupted ten times on average, starting over costs far more. */
    double lo = 0, hi = 10 * hour_s / job_s / (double)nodes;
    if (!checkpoints_pay(s, nodes, job_s, hi))
        return INFINITY;
    for (int i = 0; i < BISECTIONS; i++) {
        double mid = (lo + hi) / 2;
        if (checkpoints_pay(s, nodes, job_s, mid))
            hi = mid;
        else
            lo = mid;
    }
    return hi;
}
