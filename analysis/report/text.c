/* SPDX-License-Identifier: BSD-3-Clause */
/* The report as a user reads it in the terminal: answer, tables, curves, warnings. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/cost/options.h"
#include "analysis/decide/show.h"
#include "analysis/overhead.h"
#include "analysis/report/report.h"
#include "analysis/report/table.h"
#include "analysis/report/text_guard.h"
#include "analysis/report/text_matrix.h"
#include "analysis/report/text_models.h"
#include "analysis/report/text_parts.h"
#include "common/units.h"

static const double worth_listing = 0.005; /* of a size's chance to be the cheapest */

struct style {
    const char *bold, *dim, *warn, *off;
};

static const struct style plain = {"", "", "", ""};
static const struct style coloured = {"\033[1m", "\033[2m", "\033[33m", "\033[0m"};

/* One unit for a column of times. */
struct unit {
    const char *name;
    double seconds;
};

static struct unit unit_for(double shortest_s)
{
    static const struct unit units[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}};
    return units[shortest_s < 1e-3 ? 0 : shortest_s < 1 ? 1 : 2];
}

/* `count` significant digits without an exponent. */
static const char *significant(double value, int count, char *buf)
{
    int whole = value > 0 ? (int)floor(log10(value)) + 1 : 1;
    int decimals = whole >= count ? 0 : count - whole;
    snprintf(buf, NH_UNIT_TEXT, "%.*f", decimals < 9 ? decimals : 9, value);
    return buf;
}

static const char *digits(double value, char *buf)
{
    return significant(value, 4, buf);
}

static void number_cell(struct nh_table *t, double value)
{
    char buf[NH_UNIT_TEXT];
    nh_table_cell(t, "%s", isfinite(value) ? digits(value, buf) : "-");
}

static void interval_cell(struct nh_table *t, struct nh_interval ci, double factor)
{
    char lo[NH_UNIT_TEXT], hi[NH_UNIT_TEXT];
    if (isfinite(ci.lo) && isfinite(ci.hi))
        nh_table_cell(t, "[%s, %s]", significant(ci.lo * factor, 3, lo),
                      significant(ci.hi * factor, 3, hi));
    else
        nh_table_cell(t, "-");
}

static void count_cell(struct nh_table *t, long n)
{
    if (n > 0)
        nh_table_cell(t, "%ld", n);
    else
        nh_table_cell(t, "-");
}

/* ---- Scaling ---- */

/* Columns that say nothing for this application are left out, and so is what does not fit
 * beside the rest on a terminal: cells per core and Karp-Flatt stand in the page. */
struct shown {
    bool nodes, cores, job, time_ci, ratio_ci, cost_ci;
    struct unit unit;
};

static struct shown choose_columns(const struct nh_scaling *s)
{
    struct shown c = {.job = !s->solver_is_billed};
    double shortest = INFINITY;
    for (size_t i = 0; i < s->count; i++) {
        const struct nh_scaling_point *p = &s->points[i];
        c.nodes = c.nodes || p->source->nodes > 1 || s->by_nodes;
        c.cores = c.cores || p->source->cores > 0;
        c.time_ci = c.time_ci || isfinite(p->solver_ci.lo);
        c.ratio_ci = c.ratio_ci || isfinite(p->efficiency_ci.lo);
        c.cost_ci = c.cost_ci || isfinite(p->billed_ci.lo);
        shortest = fmin(shortest, p->solver_s);
    }
    c.unit = unit_for(shortest);
    return c;
}

static void size_head(struct nh_table *t, const struct shown *c)
{
    if (c->nodes)
        nh_table_cell(t, "nodes");
    if (c->cores)
        nh_table_cell(t, "cores");
}

static void size_cells(struct nh_table *t, const struct shown *c, const struct nh_app_point *p)
{
    if (c->nodes)
        count_cell(t, p->nodes);
    if (c->cores)
        count_cell(t, p->cores);
}

static void scaling_head(struct nh_table *t, const struct shown *c)
{
    nh_table_row(t);
    size_head(t, c);
    nh_table_cell(t, "runs");
    nh_table_cell(t, c->job ? "solver (%s)" : "time (%s)", c->unit.name);
    if (c->time_ci)
        nh_table_cell(t, "95%% interval");
    if (c->job)
        nh_table_cell(t, "billed (%s)", c->unit.name);
    nh_table_cell(t, "scale-up");
    nh_table_cell(t, "efficiency (%%)");
    if (c->ratio_ci)
        nh_table_cell(t, "95%% interval");
    nh_table_cell(t, "%s", "");
}

static void scaling_row(struct nh_table *t, const struct shown *c, const struct nh_scaling_point *p)
{
    char buf[NH_UNIT_TEXT];
    nh_table_row(t);
    size_cells(t, c, p->source);
    nh_table_cell(t, "%zu", p->repeats);
    number_cell(t, p->solver_s / c->unit.seconds);
    if (c->time_ci)
        interval_cell(t, p->solver_ci, 1 / c->unit.seconds);
    if (c->job)
        number_cell(t, p->billed_s / c->unit.seconds);
    nh_table_cell(t, "%s", digits(p->scale_up, buf));
    nh_table_cell(t, "%.1f", 100 * p->efficiency);
    if (c->ratio_ci)
        interval_cell(t, p->efficiency_ci, 100);
    nh_table_cell(t, "%s", "");
}

/* The caveats carry the notes of the points that the answer names. */
static void print_notes(FILE *out, const struct nh_app_answer *answer)
{
    const struct nh_advice *a = &answer->advice[0];
    char text[NH_SIZE_TEXT + 160], size[NH_SIZE_TEXT];
    for (size_t i = 0; i < a->count; i++) {
        const char *note = answer->scaling.points[i].source->note;
        if (!*note || i == a->recommended || i == a->cheapest || i == a->fastest)
            continue;
        snprintf(text, sizeof text, "%s: %s", nh_size_text(&answer->scaling, i, size), note);
        nh_print_wrapped(out, "  ", "    ", text);
    }
}

static int print_scaling(FILE *out, const struct nh_scaling *s, const struct shown *c,
                         const struct style *style, struct nh_error *err)
{
    struct nh_table t = {0};
    char size[NH_SIZE_TEXT], time[NH_UNIT_TEXT];
    fprintf(out, "\n  %s scaling, time per %s; scale-up against %s, %s %s\n",
            s->app->kind == NH_WEAK ? "Weak" : "Strong", s->app->work, nh_size_text(s, 0, size),
            digits(s->points[0].solver_s / c->unit.seconds, time), c->unit.name);
    scaling_head(&t, c);
    for (size_t i = 0; i < s->count; i++)
        scaling_row(&t, c, &s->points[i]);
    return nh_table_print(&t, out, 2, 0, style->dim, style->off, err);
}

/* ---- Cost ---- */

static void rule_cell(struct nh_table *t, const struct nh_advice *a, size_t i)
{
    const char *names[3];
    size_t n = 0;
    if (i == a->recommended)
        names[n++] = "recommended";
    if (i == a->cheapest)
        names[n++] = "cheapest";
    else if (a->points[i].tied_cheapest)
        names[n++] = "same cost";
    if (i == a->fastest)
        names[n++] = "fastest";
    nh_table_cell(t, "%s%s%s%s%s", n > 0 ? names[0] : "", n > 1 ? ", " : "", n > 1 ? names[1] : "",
                  n > 2 ? ", " : "", n > 2 ? names[2] : "");
}

static void cost_head(struct nh_table *t, const struct shown *c, const struct nh_advice *a)
{
    nh_table_row(t);
    size_head(t, c);
    nh_table_cell(t, "turn-around");
    nh_table_cell(t, "cost (%s)", a->unit);
    if (c->cost_ci)
        nh_table_cell(t, "95%% interval");
    if (a->terms.licence.kind && a->priced)
        nh_table_cell(t, "licence (%%)");
    nh_table_cell(t, "front");
    nh_table_cell(t, "%s", "");
}

static void cost_row(struct nh_table *t, const struct shown *c, const struct nh_advice *a, size_t i)
{
    const struct nh_cost_point *p = &a->points[i];
    char time[NH_UNIT_TEXT], cost[NH_MONEY_TEXT];
    double s = p->time_s;
    nh_table_row(t);
    size_cells(t, c, p->scaling->source);
    nh_table_cell(t, "%s", s < 1 ? nh_format_ns(s * 1e9, time) : nh_format_duration(s, time));
    if (a->priced)
        nh_table_cell(t, "%s", nh_amount_text(a, p->amount * a->shown_factor, cost));
    else
        number_cell(t, p->amount * a->shown_factor);
    if (c->cost_ci)
        interval_cell(t, p->cost_ci, a->shown_factor);
    if (a->terms.licence.kind && a->priced)
        nh_table_cell(t, "%.1f", 100 * p->licence_share);
    nh_table_cell(t, p->on_front ? "*" : "");
    rule_cell(t, a, i);
}

static void print_price(FILE *out, const struct nh_advice *a)
{
    char price[NH_MONEY_TEXT], licence[NH_LICENCE_TEXT];
    fprintf(out, "\n  Cost per %s", a->shown_per);
    if (a->priced)
        fprintf(out, ", %s: %s %s per node-hour (%s, %s)", a->price.model,
                nh_money_decimal(a->price.per_hour, price), a->price.per_hour.currency,
                a->price.region, a->price.as_of);
    if (a->priced && a->terms.licence.kind)
        fprintf(out, ", %s", nh_licence_text(&a->terms.licence, licence));
    fputc('\n', out);
}

/* " [0.46, 0.61]"; nothing without repeats. */
static const char *ratio_interval(struct nh_interval ci, char *buf)
{
    *buf = '\0';
    if (isfinite(ci.lo) && isfinite(ci.hi))
        snprintf(buf, NH_UNIT_TEXT, " [%.3g, %.3g]", ci.lo, ci.hi);
    return buf;
}

static void print_steps(FILE *out, const struct nh_scaling *s, const struct nh_advice *a)
{
    char from[NH_SIZE_TEXT], to[NH_SIZE_TEXT], money[NH_MONEY_TEXT], time[NH_UNIT_TEXT],
        cost[NH_UNIT_TEXT];
    for (size_t i = 0; i < a->step_count; i++) {
        const struct nh_step *step = &a->steps[i];
        fprintf(out, "  %s -> %s: time x %.3f%s, cost x %.3f%s, %s per hour saved\n",
                nh_size_text(s, step->from, from), nh_size_text(s, step->to, to), step->time_ratio,
                ratio_interval(step->time_ratio_ci, time), step->cost_ratio,
                ratio_interval(step->cost_ratio_ci, cost),
                nh_amount_text(a, step->per_hour_saved, money));
    }
}

/* "; the cheapest is 32 nodes in 94.3 %, 64 nodes in 5.7 %": sizes that come up at all. */
static void list_cheapest(const struct nh_scaling *s, const struct nh_advice *a, char *buf,
                          size_t len)
{
    char size[NH_SIZE_TEXT];
    size_t used = 0;
    *buf = '\0';
    for (size_t i = 0; i < a->count && used + NH_SIZE_TEXT + 16 < len; i++)
        if (a->points[i].p_cheapest >= worth_listing)
            used += (size_t)snprintf(buf + used, len - used, "%s%s in %.3g %%",
                                     used ? ", " : "; the cheapest is ", nh_size_text(s, i, size),
                                     100 * a->points[i].p_cheapest);
}

static void print_chances(FILE *out, const struct nh_scaling *s, const struct nh_advice *a)
{
    char size[NH_SIZE_TEXT], cheapest[400], text[800];
    const struct nh_chances *c = &a->chances;
    if (c->draws == 0 || a->count < 2)
        return;
    list_cheapest(s, a, cheapest, sizeof cheapest);
    snprintf(text, sizeof text,
             "In %.3g %% of %zu resamples of all times %s is within %.0f %% of the least cost%s%s",
             100 * c->stands, c->draws, nh_size_text(s, a->recommended, size), 100 * NH_RECOMMEND,
             cheapest,
             c->indicative ? "; indicative, since some sizes have fewer than 6 runs" : "");
    nh_print_wrapped(out, "  ", "  ", text);
}

static int print_cost(FILE *out, const struct nh_scaling *s, const struct nh_advice *a,
                      const struct shown *shown, const struct style *style, struct nh_error *err)
{
    struct nh_table t = {0};
    struct shown c = *shown;
    c.cost_ci = c.cost_ci || isfinite(a->points[0].cost_ci.lo); /* spot prices vary too */
    print_price(out, a);
    cost_head(&t, &c, a);
    for (size_t i = 0; i < a->count; i++)
        cost_row(&t, &c, a, i);
    int rc = nh_table_print(&t, out, 2, 0, style->dim, style->off, err);
    print_steps(out, s, a);
    print_chances(out, s, a);
    return rc ? rc : nh_text_parts(out, s, a, style->dim, style->off, err);
}

/* ---- Answer of one application ---- */

static void print_verdicts(FILE *out, const struct nh_app_answer *answer, const struct style *style)
{
    char first[64];
    for (size_t i = 0; i < answer->advice_count; i++) {
        const struct nh_advice *a = &answer->advice[i];
        snprintf(first, sizeof first, "  %s%s", answer->advice_count > 1 ? a->price.model : "",
                 answer->advice_count > 1 ? ": " : "");
        fputs(i == 0 ? style->bold : "", out);
        nh_print_wrapped(out, first, "  ", a->verdict);
        fputs(i == 0 ? style->off : "", out);
    }
}

static int print_app(FILE *out, const struct nh_app_answer *answer, const struct style *style,
                     struct nh_error *err)
{
    const struct nh_scaling *s = &answer->scaling;
    struct shown c = choose_columns(s);
    fprintf(out, "%s%s%s%s%s\n", style->bold, s->app->name, s->app->machine[0] ? " on " : "",
            s->app->machine, style->off);
    print_verdicts(out, answer, style);
    int rc = print_scaling(out, s, &c, style, err);
    print_notes(out, answer);
    nh_text_bottleneck(out, answer);
    nh_text_models(out, answer);
    if (!rc)
        rc = nh_text_network(out, answer, err);
    for (size_t i = 0; !rc && i < answer->advice_count; i++) {
        rc = print_cost(out, s, &answer->advice[i], &c, style, err);
        if (!rc)
            rc = nh_decision_text(out, s, &answer->advice[i], &answer->decisions[i], err);
    }
    if (!rc)
        rc = nh_across_text(out, s, &answer->advice[0], &answer->across, err);
    fputc('\n', out);
    return rc;
}

/* ---- Curves ---- */

static const struct nh_curve_point *at_size(const struct nh_curve *c, double size)
{
    for (size_t i = 0; i < c->point_count; i++)
        if (c->points[i].size_bytes == size)
            return &c->points[i];
    return NULL;
}

static const struct nh_curve_point *peak(const struct nh_curve *c)
{
    const struct nh_curve_point *best = NULL;
    for (size_t i = 0; i < c->point_count; i++)
        if (isfinite(c->points[i].bandwidth_Bps) &&
            (!best || c->points[i].bandwidth_Bps > best->bandwidth_Bps))
            best = &c->points[i];
    return best;
}

static void print_time(FILE *out, const char *what, const struct nh_curve_point *p)
{
    char time[NH_UNIT_TEXT], lo[NH_UNIT_TEXT], hi[NH_UNIT_TEXT];
    if (!p)
        return;
    fprintf(out, "    %-6s %10s", what, nh_format_ns(p->median_ns, time));
    if (isfinite(p->ci.lo))
        fprintf(out, "   95%% interval [%s, %s]", nh_format_ns(p->ci.lo, lo),
                nh_format_ns(p->ci.hi, hi));
    fputc('\n', out);
}

static void print_curve(FILE *out, const struct nh_curve *c, const struct style *style)
{
    char rate[NH_UNIT_TEXT], size[NH_UNIT_TEXT];
    const struct nh_curve_point *best = peak(c);
    size_t launches = c->point_count ? c->points[0].launches : 0;
    fprintf(out, "  %s%s, %.60s%s: ", style->dim, c->kernel, c->label, style->off);
    if (*c->statistic)
        fprintf(out, "%s, no interval\n", c->statistic);
    else
        fprintf(out, "%zu launches\n", launches);
    print_time(out, "8 B", at_size(c, 8));
    print_time(out, "1 MiB", at_size(c, 1048576));
    if (best)
        fprintf(out, "    %-6s %10s   at %s\n", "peak", nh_format_rate(best->bandwidth_Bps, rate),
                nh_format_bytes((size_t)best->size_bytes, size));
}

static void print_overheads(FILE *out, const struct nh_dataset *set, const struct nh_curve *mpi)
{
    char text[NH_OVERHEAD_TEXT];
    for (size_t i = 0; i < set->curve_count; i++) {
        const struct nh_curve *below = &set->curves[i];
        if (nh_overhead_applies(mpi, below) && *nh_overhead_text(mpi, below, text))
            fprintf(out, "    MPI overhead %s\n      over %s\n", text, below->label);
    }
}

static void print_curves(FILE *out, const struct nh_dataset *set, const struct style *style)
{
    if (set->curve_count == 0)
        return;
    fprintf(out, "%sMessages%s (median over launches of the time of one operation)\n", style->bold,
            style->off);
    for (size_t i = 0; i < set->curve_count; i++) {
        print_curve(out, &set->curves[i], style);
        print_overheads(out, set, &set->curves[i]);
    }
    fputc('\n', out);
}

/* ---- Warnings ---- */

/* Price models share most caveats; each is said once. */
static bool said_before(const struct nh_app_answer *answer, size_t advice, const char *text)
{
    for (size_t i = 0; i < advice; i++)
        for (size_t j = 0; j < answer->advice[i].caveat_count; j++)
            if (strcmp(answer->advice[i].caveats[j], text) == 0)
                return true;
    return false;
}

static void print_caveats(FILE *out, const struct nh_app_answer *answer, bool named)
{
    char text[384];
    for (size_t i = 0; i < answer->advice_count; i++)
        for (size_t j = 0; j < answer->advice[i].caveat_count; j++) {
            const char *caveat = answer->advice[i].caveats[j];
            if (said_before(answer, i, caveat))
                continue;
            snprintf(text, sizeof text, "%s%s%s", named ? answer->scaling.app->name : "",
                     named ? ": " : "", caveat);
            nh_print_wrapped(out, "  - ", "    ", text);
        }
}

static void print_warnings(FILE *out, const struct nh_report *r, const struct style *style)
{
    size_t count = r->data.warning_count;
    for (size_t i = 0; i < r->app_count; i++)
        for (size_t j = 0; j < r->apps[i].advice_count; j++)
            count += r->apps[i].advice[j].caveat_count;
    if (count == 0)
        return;
    fprintf(out, "%sMind%s\n", style->warn, style->off);
    for (size_t i = 0; i < r->data.warning_count; i++)
        nh_print_wrapped(out, "  - ", "    ", r->data.warnings[i]);
    for (size_t i = 0; i < r->app_count; i++)
        print_caveats(out, &r->apps[i], r->app_count > 1);
}

/* ---- Published figures ---- */

static int print_references(FILE *out, const struct nh_references *r, const struct style *style,
                            struct nh_error *err)
{
    enum { MOST = 24 };
    struct nh_table t = {0};
    if (r->data.source_count == 0)
        return NH_OK;
    fprintf(out, "%sAgainst published figures%s (%zu that cannot be true are left out)\n",
            style->bold, style->off, r->doubts.levels[NH_IMPOSSIBLE]);
    nh_references_table(&t, r, MOST);
    int rc = nh_table_print(&t, out, 2, 1, style->dim, style->off, err);
    if (r->count > MOST)
        fprintf(out, "  %zu more rows are in the page and in --json\n", r->count - MOST);
    if (*r->note)
        nh_print_wrapped(out, "  ", "  ", r->note);
    fputc('\n', out);
    return rc;
}

int nh_report_text(FILE *out, const struct nh_report *r, bool colour, struct nh_error *err)
{
    const struct style *style = colour ? &coloured : &plain;
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < r->app_count; i++)
        rc = print_app(out, &r->apps[i], style, err);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < r->mesh_count; i++)
        rc = nh_text_mesh(out, &r->meshes[i], err);
    if (r->mesh_count)
        fputc('\n', out);
    print_curves(out, &r->data, style);
    rc = print_references(out, &r->references, style, err);
    nh_text_matrix(out, &r->data.records, style->bold, style->off);
    nh_text_guard(out, &r->doubts, style->warn, style->off);
    print_warnings(out, r, style);
    return !rc && ferror(out) ? nh_fail_errno(err, "cannot write the summary") : rc;
}
