/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/report/html_decide.h"
#include "analysis/report/html_figure.h"
#include "analysis/report/html_loss.h"
#include "analysis/report/html_model.h"
#include "analysis/report/html_parts.h"
#include "analysis/report/html_predict.h"

/* Charts of one application: scale-up, efficiency, cost against time. */

enum { MOST_REPEATS_DRAWN = 250 };

static double row_time(const struct nh_timing_row *row)
{
    return isnan(row->solver_s) ? row->job_s : row->solver_s;
}

static const char *count_axis(struct nh_figure *f, const struct nh_scaling *s)
{
    char number[NH_HTML_TEXT];
    long per_node = 0;
    if (!nh_html_by_nodes(s))
        return "cores";
    for (size_t i = 0; i < s->count; i++) {
        const struct nh_app_point *p = s->points[i].source;
        if (p->cores <= 0 || p->cores % p->nodes != 0 || (i > 0 && p->cores / p->nodes != per_node))
            return "nodes";
        per_node = p->cores / p->nodes;
    }
    return nh_figure_text(f, "nodes of %s core%s", nh_html_number((double)per_node, number),
                          per_node == 1 ? "" : "s");
}

static const char *ratio_interval(struct nh_figure *f, struct nh_interval ci, double scale,
                                  const char *unit)
{
    char lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    if (!nh_html_has(ci))
        return ", no interval";
    return nh_figure_text(f, ", 95 %% interval %s to %s%s", nh_html_digits(ci.lo * scale, 3, lo),
                          nh_html_digits(ci.hi * scale, 3, hi), unit);
}

static void whisker(struct nh_chart_point *p, struct nh_interval ci, double scale)
{
    if (nh_html_has(ci)) {
        p->lo = ci.lo * scale;
        p->hi = ci.hi * scale;
    }
}

/* --- scale-up --------------------------------------------------------------- */

static void add_ideal(struct nh_figure *f, const struct nh_scaling *s)
{
    struct nh_chart_point *points;
    struct nh_chart_series *ideal = nh_figure_add(f, "ideal", -1, s->count, &points);
    if (ideal == NULL)
        return;
    ideal->line = ideal->dashed = true;
    for (size_t i = 0; i < s->count; i++) {
        points[i].x = nh_html_count(s, i);
        points[i].y = s->points[i].k;
    }
}

/* A share of ideal: a ray from the base, parallel to ideal where both axes are logarithmic. */
static void add_ray(struct nh_figure *f, const struct nh_scaling *s, const char *name, double share)
{
    struct nh_chart_point *points;
    struct nh_chart_series *ray = s->count > 1 ? nh_figure_add(f, name, -1, 2, &points) : NULL;
    if (ray == NULL)
        return;
    ray->line = ray->dashed = ray->guide = true;
    for (size_t i = 0; i < 2; i++) {
        size_t at = i * (s->count - 1);
        points[i].x = nh_html_count(s, at);
        points[i].y = share * s->points[at].k;
    }
}

/* Scale-up of each repeat against the median of the base: shows the spread itself. */
static void add_repeats(struct nh_figure *f, const struct nh_scaling *s)
{
    size_t total = 0, n = 0, seen = 0;
    for (size_t i = 0; i < s->count; i++)
        total += s->points[i].source->row_count;
    size_t stride = total / MOST_REPEATS_DRAWN + 1;
    if (total <= s->count)
        return;
    struct nh_chart_point *points;
    struct nh_chart_series *series = nh_figure_add(f, "single launches", 0, total, &points);
    if (series == NULL)
        return;
    series->faint = series->markers = true;
    for (size_t i = 0; i < s->count; i++) {
        const struct nh_app_point *source = s->points[i].source;
        double work = s->app->kind == NH_WEAK ? s->points[i].k : 1.0;
        for (size_t j = 0; j < source->row_count; j++) {
            if (seen++ % stride != 0)
                continue;
            points[n].x = nh_html_count(s, i);
            points[n++].y = work * s->points[0].solver_s / row_time(&source->rows[j]);
        }
    }
    series->count = n;
}

static void add_medians(struct nh_figure *f, const struct nh_scaling *s)
{
    struct nh_chart_point *points;
    struct nh_chart_series *series = nh_figure_add(f, "measured median", 0, s->count, &points);
    char size[NH_HTML_TEXT], up[NH_HTML_TEXT], time[NH_HTML_TEXT], k[NH_HTML_TEXT];
    if (series == NULL)
        return;
    series->line = series->markers = true;
    for (size_t i = 0; i < s->count; i++) {
        const struct nh_scaling_point *p = &s->points[i];
        points[i].x = nh_html_count(s, i);
        points[i].y = p->scale_up;
        whisker(&points[i], p->scale_up_ci, 1.0);
        points[i].hover =
            nh_figure_text(f, "%s: scale-up %s (ideal %s)%s; %s per %s", nh_html_size(s, i, size),
                           nh_html_digits(p->scale_up, 3, up), nh_html_digits(p->k, 3, k),
                           ratio_interval(f, p->scale_up_ci, 1.0, ""),
                           nh_html_time(p->solver_s, time), nh_html_work(s));
    }
}

static void scale_up_chart(FILE *out, const struct nh_app_answer *a, size_t app)
{
    const struct nh_scaling *s = &a->scaling;
    struct nh_figure f = {0};
    char size[NH_HTML_TEXT], time[NH_HTML_TEXT];
    f.chart = (struct nh_chart){.log_x = true, .log_y = true, .x_base2 = true, .y_base2 = true};
    f.chart.id = nh_figure_text(&f, "scaleup%zu", app + 1);
    f.chart.title = "Scale-up";
    f.chart.note = nh_figure_text(&f, "base: %s, %s", nh_html_size(s, 0, size),
                                  nh_html_time(s->points[0].solver_s, time));
    f.chart.description = "How many times as fast as the smallest measured point, against size. "
                          "Both axes logarithmic. Dashed lines are ideal scale-up, 80 and 50 "
                          "percent of it; hatched is what was not measured.";
    f.chart.x_label = count_axis(&f, s);
    f.chart.y_label = "times the base";
    nh_model_add_scale_up(&f, a);
    add_repeats(&f, s);
    add_ideal(&f, s);
    add_ray(&f, s, "80 % of ideal", 0.8);
    add_ray(&f, s, "50 % of ideal", 0.5);
    add_medians(&f, s);
    nh_figure_write(out, &f);
}

/* --- efficiency ------------------------------------------------------------- */

/* Good, fair and poor as CSC's users' guide has them: from 85 %, from 75 %, below. */
static const struct nh_chart_zone efficiency_zones[] = {
    {85.0, 1000.0, 0}, {75.0, 85.0, 1}, {0.0, 75.0, 2}};

static void efficiency_guides(struct nh_figure *f, bool per_cell)
{
    nh_figure_mark(f, false, 100.0, "100 %");
    nh_figure_mark(f, false, per_cell ? 85.0 : 80.0, per_cell ? "85 %" : "80 %");
    nh_figure_mark(f, false, 75.0, "75 %");
    if (per_cell) {
        f->chart.zones = efficiency_zones;
        f->chart.zone_count = sizeof efficiency_zones / sizeof efficiency_zones[0];
    }
}

static void add_efficiency(struct nh_figure *f, const struct nh_scaling *s, bool per_cell)
{
    struct nh_chart_point *points;
    struct nh_chart_series *series = nh_figure_add(f, "efficiency", 0, s->count, &points);
    char size[NH_HTML_TEXT], percent[NH_HTML_TEXT], cells[NH_HTML_TEXT], number[NH_HTML_TEXT];
    if (series == NULL)
        return;
    series->line = series->markers = true;
    for (size_t i = 0; i < s->count; i++) {
        const struct nh_scaling_point *p = &s->points[i];
        points[i].x = per_cell ? p->cells_per_core : (double)p->source->cores;
        if (!per_cell && s->by_nodes)
            points[i].x = (double)p->source->nodes;
        points[i].y = 100.0 * p->efficiency;
        whisker(&points[i], p->efficiency_ci, 100.0);
        snprintf(cells, sizeof cells, ", %s cells per core",
                 nh_html_number(rint(p->cells_per_core), number));
        points[i].label = nh_figure_text(f, "%s", nh_html_number(nh_html_count(s, i), number));
        points[i].hover = nh_figure_text(f, "%s%s: efficiency %s%s", nh_html_size(s, i, size),
                                         isfinite(p->cells_per_core) ? cells : "",
                                         nh_html_percent(p->efficiency, percent),
                                         ratio_interval(f, p->efficiency_ci, 100.0, " %"));
    }
}

static void efficiency_chart(FILE *out, const struct nh_scaling *s, size_t app, bool per_cell)
{
    struct nh_figure f = {0};
    f.chart = (struct nh_chart){.log_x = true, .reverse_x = per_cell, .x_base2 = !per_cell};
    f.chart.id = nh_figure_text(&f, "%s%zu", per_cell ? "cells" : "efficiency", app + 1);
    f.chart.title = per_cell ? "Efficiency against cells per core" : "Parallel efficiency";
    f.chart.note = per_cell ? "fewer cells per core, that is more nodes, to the right"
                            : nh_figure_text(&f, "points carry the number of %s",
                                             nh_html_by_nodes(s) ? "nodes" : "cores");
    f.chart.description = "Scale-up divided by ideal scale-up, in percent, with guides at 100, 80 "
                          "and 75 percent. The horizontal axis is logarithmic.";
    f.chart.x_label = per_cell ? "cells per core" : s->by_nodes ? "nodes" : "cores";
    f.chart.y_label = "parallel efficiency, %";
    efficiency_guides(&f, per_cell);
    add_efficiency(&f, s, per_cell);
    nh_figure_write(out, &f);
}

static bool has_cells(const struct nh_scaling *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (isfinite(s->points[i].cells_per_core))
            return true;
    }
    return false;
}

/* --- cost against time -------------------------------------------------------- */

static const char *badge(const struct nh_advice *advice, size_t i, bool every)
{
    bool chosen = i == advice->recommended, cheap = i == advice->cheapest;
    if (!every)
        return chosen ? "" : NULL;
    if (chosen)
        return cheap ? "cheapest, recommended" : "recommended";
    if (cheap)
        return "cheapest";
    return i == advice->fastest ? "fastest" : NULL;
}

static void fill_cost_point(struct nh_figure *f, const struct nh_app_answer *a,
                            const struct nh_advice *advice, size_t i, double seconds,
                            struct nh_chart_point *point)
{
    const struct nh_cost_point *c = &advice->points[i];
    char size[NH_HTML_TEXT], cost[NH_HTML_TEXT], time[NH_HTML_TEXT], ci[2 * NH_HTML_TEXT] = "";
    char lo[NH_HTML_TEXT], hi[NH_HTML_TEXT], model[NH_HTML_TEXT], number[NH_HTML_TEXT];
    point->x = nh_html_turn_around(advice, i) / seconds;
    point->y = c->amount * advice->shown_factor;
    whisker(point, c->cost_ci, advice->shown_factor);
    if (nh_html_has(c->cost_ci))
        snprintf(ci, sizeof ci, ", 95 %% %s to %s", nh_html_cost(advice, c->cost_ci.lo, lo),
                 nh_html_cost(advice, c->cost_ci.hi, hi));
    point->hollow = !c->on_front;
    point->label = nh_figure_text(f, "%s", nh_html_number(nh_html_count(&a->scaling, i), number));
    point->hover =
        nh_figure_text(f, "%s, %s: %s%s per %s, %s%s", nh_html_size(&a->scaling, i, size),
                       nh_html_model(advice, model), nh_html_cost(advice, c->amount, cost), ci,
                       advice->shown_per, nh_html_time(nh_html_turn_around(advice, i), time),
                       c->on_front ? ", on the front" : ", dominated");
}

static void add_costs(struct nh_figure *f, const struct nh_app_answer *a, size_t m, double seconds)
{
    const struct nh_advice *advice = &a->advice[m];
    struct nh_chart_point *points;
    char model[NH_HTML_TEXT];
    const char *name = nh_figure_text(f, "%s", nh_html_model(advice, model));
    struct nh_chart_series *series = nh_figure_add(f, name, (int)(m % 8), advice->count, &points);
    if (series == NULL)
        return;
    series->line = series->markers = true;
    for (size_t i = 0; i < advice->count; i++) {
        fill_cost_point(f, a, advice, i, seconds, &points[i]);
        points[i].badge =
            badge(advice, i, m == 0 || advice->recommended != a->advice[0].recommended);
    }
}

static double typical_time(const struct nh_scaling *s)
{
    double longest = 0.0;
    for (size_t i = 0; i < s->count; i++)
        longest = fmax(longest, s->points[i].billed_s);
    return longest;
}

/* Deadline and budget as lines, where they lie near what was measured: farther ones would take
 * the room of the points. */
static void add_goals(struct nh_figure *f, const struct nh_app_answer *a,
                      const struct nh_goal *goal, double seconds)
{
    const struct nh_advice *advice = a->advice;
    char text[NH_HTML_TEXT];
    double most = 0.0, shortest = nh_html_turn_around(advice, advice->fastest), longest = shortest;
    if (!nh_time_is_of_run(&a->scaling))
        return;
    for (size_t i = 0; i < advice->count; i++) {
        most = fmax(most, advice->points[i].amount);
        longest = fmax(longest, nh_html_turn_around(advice, i));
    }
    if (goal->deadline_s >= 0.5 * shortest && goal->deadline_s <= 2.0 * longest)
        nh_figure_mark(f, true, goal->deadline_s / seconds,
                       nh_figure_text(f, "deadline %s", nh_html_time(goal->deadline_s, text)));
    if (goal->budget > 0.0 && goal->budget <= 1.5 * most)
        nh_figure_mark(f, false, goal->budget * advice->shown_factor,
                       nh_figure_text(f, "budget %s", nh_html_cost(advice, goal->budget, text)));
}

static void cost_chart(FILE *out, const struct nh_report *r, size_t app)
{
    const struct nh_app_answer *a = &r->apps[app];
    struct nh_figure f = {0};
    struct nh_time_unit time = nh_html_time_unit(typical_time(&a->scaling));
    f.chart = (struct nh_chart){.log_x = true, .y_from_zero = true};
    f.chart.id = nh_figure_text(&f, "cost%zu", app + 1);
    f.chart.title = "Cost against turn-around time";
    f.chart.note = nh_figure_text(&f,
                                  "points carry the number of %s; hollow: another point is both "
                                  "cheaper and faster, or as good in one",
                                  nh_html_by_nodes(&a->scaling) ? "nodes" : "cores");
    f.chart.description = "Cost of one run against its turn-around time, one line for each price "
                          "model. Filled points are on the front: no other point is at least as "
                          "good in both.";
    f.chart.x_label =
        nh_figure_text(&f, "turn-around time per %s, %s", nh_html_work(&a->scaling), time.name);
    f.chart.y_label = nh_figure_text(&f, "%s per %s", a->advice->unit, a->advice->shown_per);
    for (size_t m = 0; m < a->advice_count; m++)
        add_costs(&f, a, m, time.seconds);
    add_goals(&f, a, &r->goal, time.seconds);
    nh_figure_write(out, &f);
}

void nh_html_application(FILE *out, const struct nh_report *r, size_t app)
{
    const struct nh_app_answer *a = &r->apps[app];
    if (a->scaling.count == 0 || a->advice_count == 0)
        return;
    fputs("<div class=\"charts\">\n", out);
    cost_chart(out, r, app);
    scale_up_chart(out, a, app);
    efficiency_chart(out, &a->scaling, app, false);
    if (has_cells(&a->scaling))
        efficiency_chart(out, &a->scaling, app, true);
    nh_html_parts_chart(out, a, app);
    nh_html_loss_chart(out, &a->scaling, app);
    nh_html_repeats_chart(out, &a->scaling, app);
    nh_html_model_charts(out, a, app);
    fputs("</div>\n", out);
    nh_html_bottleneck(out, r, app);
    nh_html_predictions(out, a, app);
    nh_html_decisions(out, a, app);
    nh_html_app_table(out, a);
    nh_html_model_table(out, a);
    nh_html_prices(out, a, app);
}
