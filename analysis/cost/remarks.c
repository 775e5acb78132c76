/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/remarks.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/cost/interval.h"
#include "common/units.h"

enum { MOST_NODES = 10000 }; /* looked at for where spot stops paying */

/* ---- Commitments ---- */

static void say_break_even(struct nh_advice *a)
{
    const struct nh_break_even *b = &a->break_even;
    double hours = nh_price_term_hours(&a->price);
    if (b->utilisation > 1)
        nh_advice_caveat(a, "%s costs more than on-demand even when used all the time",
                         a->price.model);
    else if (hours < NH_HOURS_PER_YEAR)
        nh_advice_caveat(a,
                         "%s is paid whole, %.0f hours of every node: it is cheaper than on-demand "
                         "only when used more than %.2f %% of them (%.1f h)",
                         a->price.model, hours, 100 * b->utilisation, b->node_hours);
    else
        nh_advice_caveat(
            a,
            "%s is paid for every hour of the term: it is cheaper than on-demand only "
            "when used more than %.2f %% of the time: %.1f h a year, %.1f of the %.0f h "
            "of each node",
            a->price.model, 100 * b->utilisation, b->hours_per_year, b->node_hours, hours);
}

/* The same as a number that a user knows: runs. */
static void say_runs(const struct nh_scaling *s, struct nh_advice *a)
{
    bool block = nh_price_term_hours(&a->price) < NH_HOURS_PER_YEAR;
    double hours = block ? a->break_even.node_hours : a->break_even.hours_per_year;
    double runs = hours * 3600 / a->points[a->recommended].parts.billed_s;
    char size[NH_SIZE_TEXT];
    if (nh_time_is_of_run(s) && a->break_even.utilisation <= 1)
        nh_advice_caveat(a, "%s, %s: it pays from %.0f such runs %s on, one after the other",
                         a->price.model, nh_size_text(s, a->recommended, size), ceil(runs),
                         block ? "in the block" : "a year");
}

/* Two years of price changes can be more than a discount. */
static void say_dates(const struct nh_price *on_demand, struct nh_advice *a)
{
    if (strncmp(on_demand->as_of, a->price.as_of, 4) != 0)
        nh_advice_caveat(a,
                         "%s is a price of %s, on-demand one of %s: 'nodehour prices update' "
                         "fetches both of one day",
                         a->price.model, a->price.as_of, on_demand->as_of);
}

static void say_upfront(struct nh_advice *a)
{
    char amount[NH_MONEY_TEXT], size[NH_SIZE_TEXT];
    double usd = nh_price_upfront_usd(&a->price);
    long nodes = a->points[a->recommended].scaling->source->nodes;
    struct nh_money m = a->price.per_hour;
    m.micro = llround(usd * 1e6);
    snprintf(size, sizeof size, "%ld node%s", nodes, nodes == 1 ? "" : "s");
    if (usd > 0)
        nh_advice_caveat(a, "%s: %s for %s is paid at the start, whatever is used", a->price.model,
                         nh_money_format(nh_money_times(m, nodes), amount), size);
}

static void remark_commitment(const struct nh_scaling *s, const struct nh_price *on_demand,
                              struct nh_advice *a)
{
    if (nh_price_term_hours(&a->price) <= 0)
        return;
    if (on_demand && nh_break_even(&a->price, on_demand, &a->break_even)) {
        say_break_even(a);
        say_runs(s, a);
        say_dates(on_demand, a);
    }
    say_upfront(a);
}

/* ---- Spot ---- */

static void remark_checkpoints(const struct nh_scaling *s, struct nh_advice *a)
{
    const struct nh_scaling_point *p = &s->points[a->recommended];
    long nodes = p->source->nodes;
    double best = nh_spot_best_interval_s(&a->spot, nodes, p->billed_s);
    double rate = nh_spot_rate_for_checkpoints(&a->spot, nodes, p->billed_s);
    char size[NH_SIZE_TEXT], time[NH_UNIT_TEXT];
    nh_size_text(s, a->recommended, size);
    if (best > 0)
        nh_advice_caveat(a, "Spot, %s: the best checkpoint interval is %s", size,
                         nh_format_duration(best, time));
    else if (a->spot.checkpoint_cost_s > 0)
        nh_advice_caveat(a,
                         "Spot, %s: checkpoints do not pay, as starting over costs less time than "
                         "saving work",
                         size);
    if (isfinite(rate) && rate > a->spot.interruptions_per_node_hour)
        nh_advice_caveat(a,
                         "Spot, %s: checkpoints as given pay only above %.2g interruptions per "
                         "node-hour",
                         size, rate);
}

static void remark_limit(const struct nh_scaling *s, const struct nh_price *on_demand,
                         struct nh_advice *a)
{
    const struct nh_scaling_point *p = &s->points[a->recommended];
    struct nh_cost_terms other = a->terms;
    char time[NH_UNIT_TEXT];
    if (!on_demand || p->source->nodes < 1)
        return;
    other.price = on_demand;
    other.spot = NULL;
    long most = nh_cost_spot_most_nodes(&a->terms, &other, p->source->cores / p->source->nodes,
                                        p->billed_s, MOST_NODES);
    nh_format_duration(p->billed_s, time);
    if (most == 0)
        nh_advice_caveat(a, "Spot costs more than on-demand for a run of %s on any number of nodes",
                         time);
    else if (most < MOST_NODES)
        nh_advice_caveat(a,
                         "Spot costs less than on-demand for a run of %s on up to %ld nodes: more "
                         "are interrupted too often",
                         time, most);
}

static void remark_spot(const struct nh_scaling *s, const struct nh_price *on_demand,
                        struct nh_advice *a)
{
    if (!a->terms.spot)
        return;
    if (!(a->spot.interruptions_per_node_hour > 0))
        nh_advice_caveat(a, "Spot is counted without interruptions, since their rate is not known; "
                            "give --spot-interruption-rate");
    if (!(a->price.deciles[NH_PRICE_DECILES - 1] > 0))
        nh_advice_caveat(a, "Of the spot price only its mean is known: its changes are in no "
                            "interval; 'nodehour prices update' fetches them");
    remark_checkpoints(s, a);
    remark_limit(s, on_demand, a);
}

/* ---- Terms that count, and that do not ---- */

static void add_text(char *buf, size_t len, const char *fmt, ...) NH_PRINTF(3, 4);

static void add_text(char *buf, size_t len, const char *fmt, ...)
{
    size_t used = strlen(buf);
    va_list args;
    if (used && used + 2 < len)
        used += (size_t)snprintf(buf + used, len - used, ", ");
    va_start(args, fmt);
    vsnprintf(buf + used, len - used, fmt, args);
    va_end(args);
}

static void add_time(char *buf, size_t len, const char *what, double seconds)
{
    char time[NH_UNIT_TEXT];
    if (seconds > 0)
        add_text(buf, len, "%s of %s", what, nh_format_duration(seconds, time));
}

/* Wherever costs are shown, what they are made of is said. */
static void remark_included(struct nh_advice *a)
{
    const struct nh_cost_terms *t = &a->terms;
    char text[200] = "", licence[NH_LICENCE_TEXT];
    if (t->licence.kind > NH_LICENCE_PER_HOUR)
        add_text(text, sizeof text, "%s", nh_licence_text(&t->licence, licence));
    add_time(text, sizeof text, "a boot time", t->boot_s);
    add_time(text, sizeof text, "an idle time", t->idle_s);
    if (t->storage_usd_per_hour > 0)
        add_text(text, sizeof text, "storage %.10g USD per hour", t->storage_usd_per_hour);
    if (t->transfer_usd > 0)
        add_text(text, sizeof text, "transfer %.10g USD per run", t->transfer_usd);
    if (t->billing_step_s > 1)
        add_text(text, sizeof text, "each started hour billed whole");
    if (*text)
        nh_advice_caveat(a, "Cost includes: %s", text);
    if (strcmp(a->price.per_hour.currency, "USD") != 0 && (*text || t->licence.kind))
        nh_advice_caveat(a, "Licence, storage and transfer are taken in %s, as the price is",
                         a->price.per_hour.currency);
}

static void remark_left_out(const struct nh_scaling *s, const struct nh_cost_terms *given,
                            struct nh_advice *a)
{
    bool of_runs = given->boot_s > 0 || given->idle_s > 0 || given->transfer_usd > 0 ||
                   given->licence.kind == NH_LICENCE_PER_JOB;
    if (of_runs && !nh_time_is_of_run(s))
        nh_advice_caveat(a,
                         "Times are of one %s: boot, idle, transfer and fees for each job belong "
                         "to a whole run and are not counted",
                         s->app->work);
    if (!a->priced && (given->storage_usd_per_hour > 0 || given->transfer_usd > 0))
        nh_advice_caveat(a, "Storage and transfer are not counted, since cost is in %s", a->unit);
    if (!a->priced && given->licence.kind > NH_LICENCE_PER_HOUR)
        nh_advice_caveat(a, "The licence fee is not counted, since cost is in %s", a->unit);
}

void nh_cost_remarks(const struct nh_scaling *s, const struct nh_cost_settings *given,
                     const struct nh_price *on_demand, struct nh_advice *a)
{
    if (a->priced) {
        remark_commitment(s, on_demand, a);
        remark_spot(s, on_demand, a);
        remark_included(a);
        if (a->price.region_by_default)
            nh_advice_caveat(a, "Prices of %s are of %s; other regions are known too (--region)",
                             a->price.machine, a->price.region);
    }
    remark_left_out(s, &given->terms, a);
}
