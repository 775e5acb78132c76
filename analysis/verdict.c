/* SPDX-License-Identifier: BSD-3-Clause */
/* The answer in words: verdict and caveats of an advice. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/advice.h"
#include "common/units.h"

enum { LEAST_REPEATS = 6 };               /* for a 95 % interval of a median */
static const double superlinear = 1.02;   /* efficiency that wants an explanation */
static const double large_overhead = 0.2; /* of the billed time */
static const double uneven_cells = 1.1;   /* cells per core, largest over smallest */
static const double other_unit = 50;      /* times as long: as minutes among seconds */
static const double likely = 0.95;        /* what need not be said */
static const double most_money = 9e12;    /* what nh_money holds */

void nh_advice_caveat(struct nh_advice *a, const char *fmt, ...)
{
    char(*grown)[256] = nh_grow(a->caveats, a->caveat_count, sizeof *grown);
    if (!grown)
        return; /* an answer without a caveat is better than none */
    a->caveats = grown;
    va_list args;
    va_start(args, fmt);
    vsnprintf(a->caveats[a->caveat_count++], sizeof *grown, fmt, args);
    va_end(args);
}

static const char *plural(long n)
{
    return n == 1 ? "" : "s";
}

/* Within one node the number of nodes says nothing. */
static bool within_a_node(const struct nh_scaling *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->points[i].source->nodes > 1)
            return false;
    return !s->by_nodes;
}

const char *nh_size_words(const struct nh_scaling *s, long nodes, long cores, char *buf)
{
    if (cores > 0 && (nodes == 0 || within_a_node(s)))
        snprintf(buf, NH_SIZE_TEXT, "%ld core%s", cores, plural(cores));
    else if (cores > 0)
        snprintf(buf, NH_SIZE_TEXT, "%ld node%s (%ld core%s)", nodes, plural(nodes), cores,
                 plural(cores));
    else
        snprintf(buf, NH_SIZE_TEXT, "%ld node%s", nodes, plural(nodes));
    return buf;
}

const char *nh_size_text(const struct nh_scaling *s, size_t point, char *buf)
{
    const struct nh_app_point *p = s->points[point].source;
    return nh_size_words(s, p->nodes, p->cores, buf);
}

const char *nh_amount_text(const struct nh_advice *a, double amount, char *buf)
{
    if (a->priced) {
        struct nh_money m = a->price.per_hour;
        m.micro = llround(fmin(amount, most_money) * 1e6);
        return nh_money_format(m, buf);
    }
    snprintf(buf, NH_MONEY_TEXT, "%.4g %s", amount, a->unit);
    return buf;
}

/* ---- Verdict ---- */

static void say(struct nh_advice *a, const char *fmt, ...) NH_PRINTF(2, 3);

static void say(struct nh_advice *a, const char *fmt, ...)
{
    size_t used = strlen(a->verdict);
    va_list args;
    va_start(args, fmt);
    vsnprintf(a->verdict + used, sizeof a->verdict - used, fmt, args);
    va_end(args);
}

static const char *shown_amount(const struct nh_advice *a, size_t i, char *buf)
{
    return nh_amount_text(a, a->points[i].amount * a->shown_factor, buf);
}

/* "45 nodes (1620 cores): 1 h 00 min and $196.96 per run" */
static void say_point(const struct nh_scaling *s, struct nh_advice *a, size_t i)
{
    char size[NH_SIZE_TEXT], time[NH_UNIT_TEXT], cost[NH_MONEY_TEXT];
    say(a, "%s: %s", nh_size_text(s, i, size), nh_format_time(a->points[i].time_s, time));
    if (a->shown_factor != 1)
        say(a, " per %s", s->app->work);
    say(a, " and %s per %s", shown_amount(a, i, cost), a->shown_per);
}

static void say_ties(const struct nh_scaling *s, struct nh_advice *a)
{
    size_t ties = 0, first = a->count, last = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (!a->points[i].tied_cheapest)
            continue;
        first = i < first ? i : first;
        last = i;
        ties++;
    }
    char from[NH_SIZE_TEXT], to[NH_SIZE_TEXT];
    if (ties > 1)
        say(a, " (%zu sizes from %s to %s cost the same; this is the fastest of them)", ties,
            nh_size_text(s, first, from), nh_size_text(s, last, to));
}

static void say_fastest(const struct nh_scaling *s, struct nh_advice *a)
{
    const struct nh_cost_point *r = &a->points[a->recommended], *f = &a->points[a->fastest];
    double saved = (r->time_s - f->time_s) / 3600;
    double extra = a->points[a->fastest].amount - a->points[a->recommended].amount;
    char cost[NH_MONEY_TEXT];
    say(a, " Fastest is ");
    say_point(s, a, a->fastest);
    if (saved > 0)
        say(a, ", which is %s for each hour saved", nh_amount_text(a, extra / saved, cost));
    say(a, ".");
}

static void strong_verdict(const struct nh_scaling *s, struct nh_advice *a)
{
    char size[NH_SIZE_TEXT], cost[NH_MONEY_TEXT];
    bool cheapest = a->recommended == a->cheapest, fastest = a->recommended == a->fastest;
    say(a, "Use ");
    say_point(s, a, a->recommended);
    if (cheapest) {
        say(a, fastest ? ", both the least cost and the fastest measured" : ", the least cost");
        say_ties(s, a);
    } else {
        say(a, fastest ? ", the fastest measured and" : ",");
        say(a, " within %.0f %% of the least cost (%s, %s)", 100 * NH_RECOMMEND,
            nh_size_text(s, a->cheapest, size), shown_amount(a, a->cheapest, cost));
    }
    say(a, ".");
    if (!fastest)
        say_fastest(s, a);
}

static void weak_verdict(const struct nh_scaling *s, struct nh_advice *a)
{
    char from[NH_SIZE_TEXT], to[NH_SIZE_TEXT];
    size_t last = s->count - 1;
    say(a, "Weak scaling from %s to %s keeps %.0f %% of the efficiency. For the work done, use ",
        nh_size_text(s, 0, from), nh_size_text(s, last, to), 100 * s->points[last].efficiency);
    say_point(s, a, a->recommended);
    say(a, a->recommended > 0 ? " of its larger problem." : " of its problem.");
}

static void write_verdict(const struct nh_scaling *s, struct nh_advice *a)
{
    if (s->count > 1 && s->app->kind == NH_WEAK) {
        weak_verdict(s, a);
    } else if (s->count > 1) {
        strong_verdict(s, a);
    } else {
        say(a, "Only one size was measured, ");
        say_point(s, a, 0);
        say(a, "; measure more sizes to learn how it scales.");
    }
}

/* ---- Caveats ---- */

static void warn_repeats(const struct nh_scaling *s, struct nh_advice *a)
{
    size_t few = 0, least = LEAST_REPEATS;
    for (size_t i = 0; i < s->count; i++) {
        few += s->points[i].repeats < LEAST_REPEATS;
        least = s->points[i].repeats < least ? s->points[i].repeats : least;
    }
    if (few)
        nh_advice_caveat(
            a,
            "%zu of %zu sizes have fewer than %d repeats (the least: %zu), so no 95 %% "
            "interval exists for their times, ratios and costs",
            few, s->count, LEAST_REPEATS, least);
}

static void warn_base(const struct nh_scaling *s, struct nh_advice *a)
{
    const struct nh_app_point *base = s->points[0].source;
    char size[NH_SIZE_TEXT];
    if (base->nodes > 1 || (base->nodes == 0 && base->cores > 1))
        nh_advice_caveat(
            a,
            "Efficiency is relative to the smallest measured size, %s, not to one node: "
            "losses below it are not seen",
            nh_size_text(s, 0, size));
}

static void warn_clock(const struct nh_scaling *s, struct nh_advice *a)
{
    size_t worst = 0;
    double most = 0;
    char size[NH_SIZE_TEXT];
    for (size_t i = 0; i < s->count; i++) {
        double share = 1 - s->points[i].solver_s / s->points[i].billed_s;
        if (share > most) {
            most = share;
            worst = i;
        }
    }
    if (s->solver_is_billed)
        nh_advice_caveat(a,
                         "No job time was given, so the solver time is billed: start-up, input and "
                         "output come on top");
    else if (most > large_overhead)
        nh_advice_caveat(a,
                         "At %s %.0f %% of the billed time is not the solver: start-up, input and "
                         "output limit this size",
                         nh_size_text(s, worst, size), 100 * most);
}

static void warn_superlinear(const struct nh_scaling *s, struct nh_advice *a)
{
    size_t best = 0;
    char size[NH_SIZE_TEXT], base[NH_SIZE_TEXT];
    for (size_t i = 1; i < s->count; i++)
        if (s->points[i].efficiency > s->points[best].efficiency)
            best = i;
    const struct nh_scaling_point *p = &s->points[best];
    if (p->efficiency > superlinear && !(p->efficiency_ci.lo <= 1))
        nh_advice_caveat(a,
                         "Efficiency is %.0f %% at %s: either caches begin to hold the problem, or "
                         "the base (%s) was short of memory or a slow run",
                         100 * p->efficiency, nh_size_text(s, best, size),
                         nh_size_text(s, 0, base));
}

static void warn_slower(const struct nh_scaling *s, struct nh_advice *a)
{
    char from[NH_SIZE_TEXT], to[NH_SIZE_TEXT];
    for (size_t i = 1; i < s->count && s->app->kind == NH_STRONG; i++)
        if (s->points[i].solver_s > s->points[i - 1].solver_s) {
            nh_advice_caveat(a,
                             "Time rises from %s to %s: more of the machine makes the run slower",
                             nh_size_text(s, i - 1, from), nh_size_text(s, i, to));
            return;
        }
}

static double time_of(const struct nh_timing_row *row)
{
    return isnan(row->solver_s) ? row->job_s : row->solver_s;
}

/* Least and greatest time of the runs of a size. */
static struct nh_interval range_of(const struct nh_app_point *p)
{
    struct nh_interval r = {INFINITY, 0, NAN};
    for (size_t i = 0; i < p->row_count; i++) {
        r.lo = fmin(r.lo, time_of(&p->rows[i]));
        r.hi = fmax(r.hi, time_of(&p->rows[i]));
    }
    return r;
}

/* How far the time of a size is from between that of the size before it and its ideal. */
static double beyond_belief(const struct nh_scaling *s, size_t i)
{
    const struct nh_scaling_point *p = &s->points[i], *before = &s->points[i - 1];
    double rise = p->solver_s / before->solver_s;
    double ideal = s->app->kind == NH_STRONG ? before->k / p->k : 1;
    return fmax(rise, ideal / rise);
}

/* Milliseconds among seconds are seen; minutes may be. */
static void warn_units(const struct nh_scaling *s, struct nh_advice *a)
{
    char size[NH_SIZE_TEXT], before[NH_SIZE_TEXT];
    for (size_t i = 0; i < s->count; i++) {
        struct nh_interval runs = range_of(s->points[i].source);
        if (runs.hi > other_unit * runs.lo)
            nh_advice_caveat(a,
                             "Runs of %s took from %.4g to %.4g s: is one of them in another unit?",
                             nh_size_text(s, i, size), runs.lo, runs.hi);
        else if (i > 0 && beyond_belief(s, i) > other_unit)
            nh_advice_caveat(a,
                             "%.4g s on %s and %.4g s on %s cannot both be of one problem: is one "
                             "of them in another unit, or of another case?",
                             s->points[i - 1].solver_s, nh_size_text(s, i - 1, before),
                             s->points[i].solver_s, nh_size_text(s, i, size));
    }
}

/* Repeated measurements differ; rounded or copied figures do not. */
static void warn_equal(const struct nh_scaling *s, struct nh_advice *a)
{
    size_t repeated = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct nh_interval runs = range_of(s->points[i].source);
        if (runs.hi > runs.lo)
            return;
        repeated += s->points[i].source->row_count > 1;
    }
    if (repeated > 0)
        nh_advice_caveat(a, "All runs of a size took the same time to the last digit: these are "
                            "copied or rounded figures, which say nothing of the spread of runs, "
                            "so that no interval here can be relied on");
}

static void warn_uneven_cells(const struct nh_scaling *s, struct nh_advice *a)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < s->count && s->app->kind == NH_WEAK; i++) {
        double c = s->points[i].cells_per_core;
        least = c < least ? c : least;
        most = c > most ? c : most;
    }
    if (most > uneven_cells * least)
        nh_advice_caveat(a,
                         "Weak scaling is declared, but the cells per core vary from %.4g to %.4g",
                         least, most);
}

/* "45 nodes (1620 cores), 60 nodes (2160 cores)": the sizes of a group on the front. */
static void group_text(const struct nh_scaling *s, const struct nh_advice *a, size_t group,
                       char *buf, size_t len)
{
    char size[NH_SIZE_TEXT];
    size_t used = 0, members = 0, left = 0;
    for (size_t i = 0; i < a->count; i++)
        members += a->points[i].group == group;
    for (size_t i = 0; i < a->count && used < len; i++)
        if (a->points[i].group == group) {
            const char *before = left == 0 ? "" : left + 1 == members ? " and " : ", ";
            used +=
                (size_t)snprintf(buf + used, len - used, "%s%s", before, nh_size_text(s, i, size));
            left++;
        }
}

static void warn_indistinct(const struct nh_scaling *s, struct nh_advice *a)
{
    char sizes[160];
    size_t groups = 0;
    for (size_t i = 0; i < a->count; i++)
        groups = a->points[i].group > groups ? a->points[i].group : groups;
    for (size_t group = 1; group <= groups; group++) {
        group_text(s, a, group, sizes, sizeof sizes);
        nh_advice_caveat(a,
                         "%s cannot be told apart on cost: in %zu resamples of all times, either "
                         "may be the cheaper",
                         sizes, a->chances.draws);
    }
}

static void warn_unsure(const struct nh_scaling *s, struct nh_advice *a)
{
    char size[NH_SIZE_TEXT], loss[NH_MONEY_TEXT];
    if (a->count < 2 || a->chances.draws == 0 || a->chances.stands >= likely)
        return;
    nh_advice_caveat(
        a,
        "In %.0f %% of %zu resamples %s costs over %.0f %% more than the cheapest size; "
        "on average it costs %s more",
        100 * (1 - a->chances.stands), a->chances.draws, nh_size_text(s, a->recommended, size),
        100 * NH_RECOMMEND, nh_amount_text(a, a->chances.expected_loss * a->shown_factor, loss));
}

/* Notes of the points that the answer names. */
static void warn_notes(const struct nh_scaling *s, struct nh_advice *a)
{
    const size_t named[] = {a->recommended, a->cheapest, a->fastest};
    char size[NH_SIZE_TEXT];
    for (size_t i = 0; i < 3; i++) {
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again = again || named[j] == named[i];
        const char *note = s->points[named[i]].source->note;
        if (!again && *note)
            nh_advice_caveat(a, "%s: %s", nh_size_text(s, named[i], size), note);
    }
}

static void warn_unpriced(struct nh_advice *a)
{
    if (a->priced)
        return;
    nh_advice_caveat(a, "Cost is in %s, since no price is known for this machine; give --machine",
                     a->unit);
    if (a->licence_per_hour.micro > 0)
        nh_advice_caveat(a, "The licence fee is not counted, since cost is in %s", a->unit);
}

void nh_advice_explain(const struct nh_scaling *scaling, struct nh_advice *a)
{
    write_verdict(scaling, a);
    warn_unpriced(a);
    warn_notes(scaling, a);
    warn_repeats(scaling, a);
    warn_base(scaling, a);
    warn_clock(scaling, a);
    warn_superlinear(scaling, a);
    warn_slower(scaling, a);
    warn_units(scaling, a);
    warn_equal(scaling, a);
    warn_uneven_cells(scaling, a);
    warn_indistinct(scaling, a);
    warn_unsure(scaling, a);
}
