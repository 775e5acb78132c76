/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/bottleneck.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/model/usl.h"
#include "common/units.h"

static const double no_loss = 0.95, superlinear = 1.02;
/* Karp-Flatt's fraction at the last size over that at the first: flat between these. */
static const double flat_low = 0.8, flat_high = 1.25;

static void note(struct nh_bottleneck *b, const char *fmt, ...) NH_PRINTF(2, 3);

static void note(struct nh_bottleneck *b, const char *fmt, ...)
{
    va_list args;
    if (b->note_count == NH_BOTTLENECK_NOTES)
        return;
    va_start(args, fmt);
    vsnprintf(b->notes[b->note_count++], NH_BOTTLENECK_TEXT, fmt, args);
    va_end(args);
}

static double percent(double fraction)
{
    return 100 * fraction;
}

/* ---- Above and below the usual ---- */

static void find_superlinear(const struct nh_scaling *s, struct nh_bottleneck *b)
{
    for (size_t i = 1; i < s->count; i++) {
        const struct nh_scaling_point *p = &s->points[i];
        if (!(p->efficiency > superlinear) ||
            (b->superlinear && p->efficiency <= s->points[b->superlinear_point].efficiency))
            continue;
        b->superlinear = true;
        b->significant = p->efficiency_ci.lo > 1;
        b->superlinear_point = i;
    }
}

static void explain_superlinear(const struct nh_scaling *s, struct nh_bottleneck *b)
{
    char at[NH_SIZE_TEXT], base[NH_SIZE_TEXT];
    const struct nh_scaling_point *p = &s->points[b->superlinear_point];
    nh_size_text(s, b->superlinear_point, at);
    nh_size_text(s, 0, base);
    note(b,
         "Efficiency is %.0f %% at %s, above ideal (%s): %s the base was slow (memory-bound, "
         "paging, or one bad run). Against %s as the base, later sizes have %.0f %% of these "
         "efficiencies",
         percent(p->efficiency), at,
         b->significant ? "beyond doubt" : "not beyond doubt; six repeats of both sizes would tell",
         isnan(p->cells_per_core) ? "each core's share began to fit its caches, or"
                                  : "fewer cells a core fit its caches, or",
         at, percent(1 / p->efficiency));
}

/* Intervals that do not overlap, or, without them, medians that differ by 2 %. */
static bool slower(const struct nh_scaling_point *p, const struct nh_scaling_point *q)
{
    if (isfinite(p->solver_ci.hi) && isfinite(q->solver_ci.lo))
        return q->solver_ci.lo > p->solver_ci.hi;
    return q->solver_s > superlinear * p->solver_s;
}

static void find_anti_scaling(const struct nh_scaling *s, struct nh_bottleneck *b)
{
    size_t best = 0;
    for (size_t i = 1; i < s->count; i++)
        if (s->points[i].solver_s < s->points[best].solver_s)
            best = i;
    b->anti_scaling = s->app->kind == NH_STRONG && s->count > 1 &&
                      slower(&s->points[best], &s->points[s->count - 1]);
    b->turning_point = best;
}

static void explain_anti_scaling(const struct nh_scaling *s, struct nh_bottleneck *b)
{
    char at[NH_SIZE_TEXT], last[NH_SIZE_TEXT];
    nh_size_text(s, b->turning_point, at);
    nh_size_text(s, s->count - 1, last);
    note(b,
         "Beyond %s more of them make it slower: at %s it takes %.2f times as long. What is added "
         "(messages, synchronisation, waiting) outgrows what is shared",
         at, last, s->points[s->count - 1].solver_s / s->points[b->turning_point].solver_s);
}

/* ---- From what each rank did ---- */

static bool factors_of(const struct nh_scaling *s, const struct nh_shares *shares, size_t app,
                       struct nh_bottleneck *b)
{
    struct nh_pop_run base, last;
    const struct nh_app_point *p = s->points[0].source, *q = s->points[s->count - 1].source;
    bool weak = s->app->kind == NH_WEAK;
    if (!shares || !nh_shares_run(shares, app, p->nodes, p->cores, &base) ||
        !nh_shares_run(shares, app, q->nodes, q->cores, &last))
        return false;
    b->base = nh_pop_factors(&base, &base, weak);
    b->last = nh_pop_factors(&last, &base, weak);
    return true;
}

struct part {
    enum nh_loss loss;
    double factor; /* of the last size over that of the base */
    const char *what;
};

static const struct part *worst(const struct part *parts, size_t n)
{
    const struct part *least = parts;
    for (size_t i = 1; i < n; i++)
        if (parts[i].factor < least->factor)
            least = &parts[i];
    return least;
}

/* Which of the three parts of computation lost most, where counters were read. */
static void explain_computation(const struct nh_pop_factors *f, struct nh_bottleneck *b)
{
    const struct part parts[] = {
        {NH_LOSS_COMPUTATION, f->instructions, "more instructions are executed"},
        {NH_LOSS_COMPUTATION, f->ipc,
         "fewer instructions are executed in a cycle (memory, caches)"},
        {NH_LOSS_COMPUTATION, f->frequency, "the clock is lower"}};
    if (!isfinite(f->instructions) || !isfinite(f->ipc) || !isfinite(f->frequency)) {
        if (f->computation < no_loss)
            note(b,
                 "All ranks together compute %.2f times as long as the base for the same work: "
                 "more instructions, fewer in a cycle, or a lower clock; counters of "
                 "instructions and cycles would tell which",
                 1 / f->computation);
        return;
    }
    note(b,
         "Computation keeps %.1f %%: instructions %.1f %%, IPC %.1f %%, clock %.1f %%; mostly %s",
         percent(f->computation), percent(f->instructions), percent(f->ipc), percent(f->frequency),
         worst(parts, 3)->what);
}

static void split_loss(const struct nh_scaling *s, struct nh_bottleneck *b)
{
    const struct nh_pop_factors *f = &b->last;
    const struct part parts[] = {
        {NH_LOSS_COMMUNICATION, f->communication / b->base.communication, "communication"},
        {NH_LOSS_BALANCE, f->load_balance / b->base.load_balance,
         "load imbalance: ranks wait for the one with the most to compute"},
        {NH_LOSS_COMPUTATION, f->computation, "computation: the same work takes longer"}};
    const struct part *most = worst(parts, 3);
    double efficiency = parts[0].factor * parts[1].factor * parts[2].factor;
    char at[NH_SIZE_TEXT];
    b->loss = efficiency >= no_loss ? NH_LOSS_NONE : most->loss;
    b->faster_network = (1 + f->communication) / 2;
    snprintf(b->verdict, sizeof b->verdict,
             "At %s %.0f %% of the base's efficiency is kept: communication %.1f %%, load balance "
             "%.1f %%, computation %.1f %%. %s%s",
             nh_size_text(s, s->count - 1, at), percent(efficiency), percent(parts[0].factor),
             percent(parts[1].factor), percent(parts[2].factor),
             b->loss == NH_LOSS_NONE ? "Nothing worth naming is lost" : "Most is lost to ",
             b->loss == NH_LOSS_NONE ? "" : most->what);
    explain_computation(f, b);
}

/* ---- From times alone ---- */

/* Karp-Flatt's serial fraction at the first size beyond the base, and at the last. */
static double trend(const struct nh_scaling *s)
{
    return s->points[s->count - 1].karp_flatt / s->points[1].karp_flatt;
}

static bool law_grows(const struct nh_models *m)
{
    for (size_t i = 0; m && i < m->count; i++) {
        const struct nh_model_fit *fit = &m->fits[i];
        if (strcmp(fit->name, "USL") == 0 && fit->param_count == 3)
            return !fit->params[1].bound && fit->params[1].ci.lo > 0;
    }
    return false;
}

static void explain_law(const struct nh_models *m, struct nh_bottleneck *b)
{
    for (size_t i = 0; m && i < m->count; i++) {
        const struct nh_model_fit *fit = &m->fits[i];
        if (strcmp(fit->name, "USL") != 0 || fit->param_count != 3)
            continue;
        struct nh_usl law = {.alpha = fit->params[0].value, .beta = fit->params[1].value};
        if (law.beta > 0)
            note(b,
                 "Universal scalability law: contention %.2g, coherency %.2g per pair; most "
                 "throughput at %.3g times the base",
                 law.alpha, law.beta, nh_usl_peak(&law));
        else
            note(b, "Universal scalability law: contention %.2g, no coherency cost to be seen",
                 law.alpha);
    }
}

static void judge_times(const struct nh_scaling *s, const struct nh_models *m,
                        struct nh_bottleneck *b)
{
    static const char cannot[] = "Times alone cannot say whether that is communication, waiting "
                                 "or slower computation; times of each rank can";
    const struct nh_scaling_point *last = &s->points[s->count - 1];
    double change = trend(s);
    char at[NH_SIZE_TEXT];
    nh_size_text(s, s->count - 1, at);
    if (last->efficiency >= no_loss) {
        b->loss = NH_LOSS_NONE;
        snprintf(b->verdict, sizeof b->verdict,
                 "At %s efficiency is still %.0f %%: nothing worth "
                 "naming is lost",
                 at, percent(last->efficiency));
    } else if (s->app->kind == NH_WEAK || !isfinite(change)) {
        b->loss = NH_LOSS_GROWING;
        snprintf(b->verdict, sizeof b->verdict, "At %s efficiency is %.0f %%. %s", at,
                 percent(last->efficiency), cannot);
    } else if ((change > flat_high || law_grows(m)) && change > flat_low) {
        b->loss = NH_LOSS_GROWING;
        snprintf(b->verdict, sizeof b->verdict,
                 "At %s efficiency is %.0f %%; the part that does not scale grows with the size "
                 "(Karp-Flatt %.2g to %.2g). %s",
                 at, percent(last->efficiency), s->points[1].karp_flatt, last->karp_flatt, cannot);
    } else {
        b->loss = NH_LOSS_CONSTANT;
        snprintf(b->verdict, sizeof b->verdict,
                 "At %s efficiency is %.0f %%; a part of about %.3g %% of the base's time does not "
                 "shrink (Karp-Flatt %s). %s",
                 at, percent(last->efficiency), percent(last->karp_flatt),
                 change < flat_low ? "falls with the size" : "is flat", cannot);
    }
}

/* ---- All of it ---- */

static void explain_network(const struct nh_scaling *s, struct nh_bottleneck *b)
{
    char at[NH_SIZE_TEXT];
    if (isfinite(b->faster_network) && s->count > 1)
        note(b,
             "A network twice as fast would save at most %.1f %% of the time, and of what "
             "node-hours cost, at %s: waiting for others is counted as communication here",
             percent(1 - b->faster_network), nh_size_text(s, s->count - 1, at));
}

void nh_bottleneck_tie(struct nh_bottleneck *b, const struct nh_scaling *s, double explained_s)
{
    char spent[NH_UNIT_TEXT], wire[NH_UNIT_TEXT];
    double seconds = (1 - b->last.communication) * s->points[s->count - 1].solver_s;
    if (!b->has_factors || !isfinite(explained_s) || !(seconds > 0))
        return;
    double share = explained_s / seconds;
    nh_format_ns(seconds * 1e9, spent);
    nh_format_ns(explained_s * 1e9, wire);
    if (share < 0.8)
        note(b,
             "Of %s communication in an iteration ping-pong and all-reduce explain %s (%.0f %%): "
             "the "
             "rest is waiting for other ranks, packing or contention, and a faster network alone "
             "would not take it away",
             spent, wire, percent(share));
    else
        note(b,
             "Ping-pong and all-reduce predict %s of communication in an iteration, %s are "
             "spent: the network explains all of it",
             wire, spent);
}

void nh_bottleneck_price(struct nh_bottleneck *b, const struct nh_advice *a)
{
    char saved[NH_MONEY_TEXT], whole[NH_MONEY_TEXT];
    if (!isfinite(b->faster_network) || a->count < 2)
        return;
    double amount = a->points[a->count - 1].amount * a->shown_factor;
    note(b,
         "In money, a network twice as fast saves at most %s of the %s that the largest size "
         "costs per %s",
         nh_amount_text(a, amount * (1 - b->faster_network), saved),
         nh_amount_text(a, amount, whole), a->shown_per);
}

void nh_bottleneck_find(const struct nh_scaling *s, const struct nh_models *models,
                        const struct nh_shares *shares, size_t app, struct nh_bottleneck *out)
{
    *out = (struct nh_bottleneck){.loss = NH_LOSS_UNKNOWN, .faster_network = NAN};
    if (s->count < 2) {
        snprintf(out->verdict, sizeof out->verdict,
                 "One size is measured: nothing can be said of scaling; measure another");
        return;
    }
    find_superlinear(s, out);
    find_anti_scaling(s, out);
    out->has_factors = factors_of(s, shares, app, out);
    if (out->has_factors)
        split_loss(s, out);
    else
        judge_times(s, models, out);
    if (out->anti_scaling)
        explain_anti_scaling(s, out);
    if (out->superlinear)
        explain_superlinear(s, out);
    if (s->app->kind == NH_STRONG)
        explain_law(models, out);
    explain_network(s, out);
}
