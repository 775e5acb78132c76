/* SPDX-License-Identifier: BSD-3-Clause */
/* How sure an advice is: its rules over joint resamples of all times. */
#include <math.h>
#include <stdlib.h>

#include "analysis/advice.h"
#include "analysis/draws.h"

static const double tail = 0.025; /* of a 95 % interval, on each side */

/* One resample: time and amount of every point, per unit of work. */
struct resample {
    double *seconds, *amounts;
};

static struct nh_run_cost run_in(const struct nh_scaling *s, const struct nh_advice *a,
                                 const struct nh_draws *d, size_t point, size_t draw)
{
    const struct nh_app_point *p = s->points[point].source;
    double work = nh_advice_work(s, point);
    struct nh_run_cost run =
        nh_advice_run(a, p->nodes, p->cores, d->seconds[point * d->count + draw]);
    return (struct nh_run_cost){run.time_s / work, run.amount / work};
}

static void take(const struct nh_scaling *s, const struct nh_advice *a, const struct nh_draws *d,
                 size_t draw, struct resample *r)
{
    for (size_t i = 0; i < d->points; i++) {
        struct nh_run_cost run = run_in(s, a, d, i, draw);
        r->seconds[i] = run.time_s;
        r->amounts[i] = run.amount;
    }
}

static void reset(struct nh_advice *a)
{
    for (size_t i = 0; i < a->count; i++)
        a->points[i].p_cheapest = a->points[i].p_fastest = a->points[i].p_recommended = 0;
}

static void count_choices(const struct nh_scaling *s, const struct nh_draws *d, struct nh_advice *a,
                          struct resample *r)
{
    double share = 1 / (double)d->count, good = 0, loss = 0;
    reset(a);
    for (size_t draw = 0; draw < d->count; draw++) {
        take(s, a, d, draw, r);
        struct nh_chosen chosen = nh_choose(r->seconds, r->amounts, a->count);
        double ours = r->amounts[a->recommended];
        a->points[chosen.cheapest].p_cheapest += share;
        a->points[chosen.fastest].p_fastest += share;
        a->points[chosen.recommended].p_recommended += share;
        good += ours <= chosen.least * (1 + NH_RECOMMEND) ? share : 0;
        loss += (ours - chosen.least) * share;
    }
    a->chances.stands = fmin(good, 1);
    a->chances.expected_loss = fmax(loss, 0);
}

/* ---- Neighbours on the front ---- */

static struct nh_interval interval_of(double *x, size_t n)
{
    nh_sort(x, n);
    return (struct nh_interval){nh_percentile_sorted(x, n, tail),
                                nh_percentile_sorted(x, n, 1 - tail), 1 - 2 * tail};
}

/* Does the order of two costs change from resample to resample? Equal costs count half. */
static bool indistinct(const struct nh_scaling *s, const struct nh_advice *a,
                       const struct nh_draws *d, size_t from, size_t to)
{
    double dearer = 0;
    for (size_t draw = 0; draw < d->count; draw++) {
        double x = run_in(s, a, d, from, draw).amount, y = run_in(s, a, d, to, draw).amount;
        dearer += y > x ? 1 : y == x ? 0.5 : 0;
    }
    dearer /= (double)d->count;
    return dearer >= tail && dearer <= 1 - tail;
}

/* `x` and `y` hold a value for each resample. */
static void relate_step(const struct nh_scaling *s, const struct nh_advice *a,
                        const struct nh_draws *d, struct nh_step *step, double *x, double *y)
{
    for (size_t draw = 0; draw < d->count; draw++) {
        struct nh_run_cost from = run_in(s, a, d, step->from, draw),
                           to = run_in(s, a, d, step->to, draw);
        x[draw] = to.time_s / from.time_s;
        y[draw] = to.amount / from.amount;
    }
    step->time_ratio_ci = interval_of(x, d->count);
    step->cost_ratio_ci = interval_of(y, d->count);
    step->indistinct = indistinct(s, a, d, step->from, step->to);
}

/* Steps run from the cheapest point on the front to the fastest. A group is kept to what cannot be
 * told from its first, cheapest member. */
static void group_front(const struct nh_scaling *s, struct nh_advice *a, const struct nh_draws *d)
{
    size_t groups = 0, first = a->step_count ? a->steps[0].from : 0;
    for (size_t i = 0; i < a->step_count; i++) {
        size_t to = a->steps[i].to;
        if (!indistinct(s, a, d, first, to)) {
            first = to;
            continue;
        }
        if (a->points[first].group == 0)
            a->points[first].group = ++groups;
        a->points[to].group = a->points[first].group;
    }
}

static int work_out(const struct nh_scaling *s, const struct nh_draws *d, struct nh_advice *a,
                    struct nh_error *err)
{
    size_t room = d->count > a->count ? d->count : a->count;
    double *x = malloc(2 * room * sizeof *x);
    if (!x)
        return nh_fail(err, NH_EFAIL, "out of memory while resampling costs");
    struct resample r = {x, x + room};
    a->chances.draws = d->count;
    a->chances.indicative = d->few > 0;
    count_choices(s, d, a, &r);
    for (size_t i = 0; i < a->step_count; i++)
        relate_step(s, a, d, &a->steps[i], x, x + room);
    group_front(s, a, d);
    free(x);
    return NH_OK;
}

int nh_advice_chances(const struct nh_scaling *s, struct nh_advice *a, struct nh_error *err)
{
    struct nh_draws d;
    a->chances = (struct nh_chances){.stands = NAN, .expected_loss = NAN};
    int rc = nh_draws_make(s, NH_BOOTSTRAP_RESAMPLES, NH_BOOTSTRAP_SEED, &d, err);
    if (rc)
        return rc;
    if (d.known)
        rc = work_out(s, &d, a, err);
    nh_draws_clear(&d);
    return rc;
}
