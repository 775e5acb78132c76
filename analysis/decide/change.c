/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/decide/change.h"

#include <math.h>

static const double far_away = 100;      /* how far a factor is followed */
static const double rounding = 1e-10;    /* costs that differ by less are equal */
static const double most_licence = 1000; /* times the price of all nodes, where there is none */
enum { BISECTIONS = 100 };

/* The terms of an advice with one input changed. Points at itself, so it is not copied. */
struct scenario {
    struct nh_price price;
    struct nh_cost_terms terms;
    size_t point; /* whose time is `slower` times longer; none: count of points */
    double slower;
};

static void set_scenario(const struct nh_scaling *s, const struct nh_advice *a,
                         enum nh_factor factor, size_t point, double value, double now,
                         struct scenario *out)
{
    out->price = a->price;
    out->terms = a->terms;
    out->terms.price = &out->price;
    out->point = s->count;
    out->slower = 1;
    if (factor == NH_FACTOR_PRICE) {
        out->price.per_hour.micro = llround(value * 1e6);
    } else if (factor == NH_FACTOR_LICENCE) {
        if (out->terms.licence.kind == NH_LICENCE_NONE)
            out->terms.licence.kind = NH_LICENCE_PER_HOUR;
        out->terms.licence.usd = value;
    } else {
        out->point = point;
        out->slower = now / value;
    }
}

static double cost_in(const struct nh_scaling *s, const struct scenario *x, size_t i)
{
    const struct nh_app_point *p = s->points[i].source;
    double job_s = s->points[i].billed_s * (i == x->point ? x->slower : 1);
    return nh_run_cost(&x->terms, s->by_nodes, p->nodes, p->cores, job_s).amount /
           nh_advice_work(s, i);
}

struct study {
    const struct nh_scaling *s;
    const struct nh_advice *a;
    enum nh_factor factor;
    size_t point, answer;
    double now;
};

/* Cost of another size less that of the answer, relative; below 0 the answer has changed. */
static double lead(const struct study *q, double value, size_t other)
{
    struct scenario x;
    set_scenario(q->s, q->a, q->factor, q->point, value, q->now, &x);
    double ours = cost_in(q->s, &x, q->answer);
    return (cost_in(q->s, &x, other) - ours) / ours + rounding;
}

/* Where between `now` (not yet) and `end` the other size takes over; NaN: it does not. */
static double takeover(const struct study *q, double end, size_t other)
{
    double from = q->now, to = end;
    if (lead(q, end, other) >= 0)
        return NAN;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (from + to) / 2;
        if (lead(q, middle, other) < 0)
            to = middle;
        else
            from = middle;
    }
    return to;
}

static struct nh_what_if nearest(const struct study *q, double end)
{
    struct nh_what_if found = {.value = NAN, .cheapest = q->answer};
    for (size_t i = 0; i < q->s->count; i++) {
        double at = i == q->answer ? NAN : takeover(q, end, i);
        if (isfinite(at) && !(fabs(at - q->now) >= fabs(found.value - q->now)))
            found = (struct nh_what_if){.value = at, .cheapest = i};
    }
    return found;
}

/* The size of least cost; the answer itself where it is as good as any. */
static struct nh_what_if at_value(const struct study *q, double value)
{
    struct scenario x;
    struct nh_what_if w = {.value = value, .cheapest = q->answer};
    set_scenario(q->s, q->a, q->factor, q->point, value, q->now, &x);
    w.amount = cost_in(q->s, &x, q->answer);
    for (size_t i = 0; i < q->s->count; i++) {
        double cost = cost_in(q->s, &x, i);
        if (cost < w.amount * (1 - rounding)) {
            w.amount = cost;
            w.cheapest = i;
        }
    }
    w.amount *= nh_advice_work(q->s, w.cheapest);
    return w;
}

static double far_end(const struct study *q, bool up)
{
    double nodes = (double)q->s->points[q->s->count - 1].source->nodes;
    if (q->factor == NH_FACTOR_LICENCE && up)
        return fmax(q->now, 1) * most_licence * nodes;
    return up ? q->now * far_away : q->now / far_away;
}

static void vary(const struct study *q, struct nh_sensitivity *out)
{
    *out = (struct nh_sensitivity){.applies = true, .point = q->point};
    out->now = at_value(q, q->now);
    out->low = at_value(q, q->now * (1 - NH_FACTOR_STEP));
    out->high = at_value(q, q->now * (1 + NH_FACTOR_STEP));
    out->above = nearest(q, far_end(q, true));
    out->below = nearest(q, q->factor == NH_FACTOR_LICENCE ? 0 : far_end(q, false));
}

/* ---- Between the points ---- */

double nh_licence_threshold(double nodes, double price, double elasticity)
{
    return elasticity * nodes * price / (1 - elasticity);
}

/* Nothing but nodes and a licence by the hour: then only the shares of the two matter. */
static bool plain(const struct nh_cost_terms *t)
{
    return !t->spot && t->boot_s == 0 && t->idle_s == 0 && t->storage_usd_per_hour == 0 &&
           t->transfer_usd == 0 &&
           (t->licence.kind == NH_LICENCE_NONE || t->licence.kind == NH_LICENCE_PER_HOUR);
}

static void find_elasticity(const struct nh_scaling *s, const struct nh_advice *a,
                            struct nh_changes *out)
{
    size_t i = a->cheapest;
    out->elasticity = out->licence_share = out->licence_from = NAN;
    if (i + 1 >= s->count || !plain(&a->terms) || s->app->kind == NH_WEAK)
        return;
    double n = (double)s->points[i].source->nodes, next = (double)s->points[i + 1].source->nodes;
    double e = 1 / (n * s->points[i].billed_s), e_next = 1 / (next * s->points[i + 1].billed_s);
    if (!(next > n))
        return;
    out->elasticity = n / e * (e - e_next) / (next - n);
    out->licence_share = a->points[i].licence_share;
    if (out->elasticity > 0 && out->elasticity < 1)
        out->licence_from =
            nh_licence_threshold(n, nh_money_value(a->price.per_hour), out->elasticity);
}

static size_t next_on_front(const struct nh_advice *a)
{
    for (size_t i = 0; i < a->step_count; i++)
        if (a->steps[i].from == a->cheapest)
            return a->steps[i].to;
    return a->count;
}

void nh_changes_find(const struct nh_scaling *s, const struct nh_advice *a, struct nh_changes *out)
{
    size_t next = next_on_front(a);
    *out = (struct nh_changes){.known = a->priced && a->count > 1};
    out->elasticity = out->licence_share = out->licence_from = NAN;
    if (!out->known)
        return;
    struct study q = {.s = s, .a = a, .answer = a->cheapest, .point = a->cheapest};
    const double now[] = {[NH_FACTOR_PRICE] = nh_money_value(a->price.per_hour),
                          [NH_FACTOR_LICENCE] =
                              a->terms.licence.kind == NH_LICENCE_NONE ? 0 : a->terms.licence.usd,
                          [NH_FACTOR_OWN] = s->points[a->cheapest].efficiency,
                          [NH_FACTOR_NEXT] = next < a->count ? s->points[next].efficiency : 0};
    for (int f = 0; f < NH_FACTORS; f++) {
        q.factor = (enum nh_factor)f;
        q.now = now[f];
        q.point = f == NH_FACTOR_NEXT ? next : a->cheapest;
        if (f != NH_FACTOR_NEXT || next < a->count)
            vary(&q, &out->factors[f]);
    }
    find_elasticity(s, a, out);
}
