/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_model.h"

#include <math.h>

#include "analysis/model/work.h"
#include "analysis/report/chart_bars.h"

/* Models of the run time: the curve through the scale-up, residuals, the table of fits. */

enum { CURVE_POINTS = 32 };
static const double furthest = 2.0; /* times the largest size: as far as grade B goes */

/* ---- The curve ---- */

/* k counts what the axis counts, so that a size between measured ones has a place on it. */
static bool axis_is_k(const struct nh_scaling *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (fabs(nh_html_count(s, i) / nh_html_count(s, 0) / s->points[i].k - 1.0) > 1e-9)
            return false;
    return s->count > 1;
}

static double scale_up_of(const struct nh_scaling *s, double k, double time_s)
{
    return (s->app->kind == NH_WEAK ? k : 1.0) * s->points[0].solver_s / time_s;
}

static void fill_curve(const struct nh_app_answer *a, double from, double to,
                       struct nh_chart_point *line, struct nh_chart_point *band)
{
    const struct nh_scaling *s = &a->scaling;
    for (size_t i = 0; i < CURVE_POINTS; i++) {
        double k = from * pow(to / from, (double)i / (CURVE_POINTS - 1));
        struct nh_prediction p;
        nh_models_predict(&a->models, k, &p);
        line[i].x = band[i].x = nh_html_count(s, 0) * k;
        line[i].y = band[i].y = scale_up_of(s, k, p.time_s);
        band[i].lo = scale_up_of(s, k, p.pi.hi);
        band[i].hi = scale_up_of(s, k, p.pi.lo);
    }
}

static void add_part(struct nh_figure *f, const struct nh_app_answer *a, double from, double to,
                     bool beyond)
{
    struct nh_chart_point *line, *band;
    struct nh_chart_series *area =
        nh_figure_add(f, beyond ? "its 95 % interval, not measured" : "95 % interval of one run", 1,
                      CURVE_POINTS, &band);
    if (area == NULL)
        return;
    area->band = true;
    area->hatched = beyond;
    struct nh_chart_series *curve =
        nh_figure_add(f, beyond ? "extrapolated" : "averaged models", 1, CURVE_POINTS, &line);
    if (curve == NULL)
        return;
    curve->line = true;
    curve->dashed = beyond;
    fill_curve(a, from, to, line, band);
}

void nh_model_add_scale_up(struct nh_figure *f, const struct nh_app_answer *a)
{
    const struct nh_scaling *s = &a->scaling;
    if (a->models.averaged == 0 || !axis_is_k(s))
        return;
    double last = s->points[s->count - 1].k;
    add_part(f, a, s->points[0].k, last, false);
    add_part(f, a, last, furthest * last, true);
}

/* ---- Residuals ---- */

static double row_time(const struct nh_timing_row *row)
{
    return isnan(row->solver_s) ? row->job_s : row->solver_s;
}

/* Least and greatest of the launches as whiskers: the spread that a model cannot explain. */
static void fill_residual(struct nh_figure *f, const struct nh_app_answer *a, size_t i,
                          struct nh_chart_point *point)
{
    const struct nh_scaling_point *p = &a->scaling.points[i];
    double fitted = nh_model_time(&a->models.fits[0], p->k, NULL);
    char size[NH_HTML_TEXT], text[NH_HTML_TEXT];
    point->x = nh_html_count(&a->scaling, i);
    point->y = 100.0 * (p->solver_s / fitted - 1.0);
    point->lo = point->hi = point->y;
    for (size_t j = 0; j < p->source->row_count; j++) {
        double residual = 100.0 * (row_time(&p->source->rows[j]) / fitted - 1.0);
        point->lo = fmin(point->lo, residual);
        point->hi = fmax(point->hi, residual);
    }
    point->hover =
        nh_figure_text(f, "%s: measured %s %% %s the model", nh_html_size(&a->scaling, i, size),
                       nh_html_digits(fabs(point->y), 2, text), point->y < 0.0 ? "below" : "above");
}

static void residual_chart(FILE *out, const struct nh_app_answer *a, size_t app)
{
    struct nh_figure f = {0};
    struct nh_chart_point *points;
    f.chart = (struct nh_chart){.log_x = true, .x_base2 = true};
    f.chart.id = nh_figure_text(&f, "residuals%zu", app + 1);
    f.chart.title = "What the best model misses";
    f.chart.note =
        nh_figure_text(&f, "measured against %s; whiskers: all launches", a->models.fits[0].name);
    f.chart.description = "Measured time over fitted time less one, in percent, against size. A "
                          "trend means that the model has the wrong shape.";
    f.chart.x_label = nh_html_by_nodes(&a->scaling) ? "nodes" : "cores";
    f.chart.y_label = "residual, %";
    nh_figure_mark(&f, false, 0.0, "the model");
    struct nh_chart_series *s = nh_figure_add(&f, "residual", 1, a->scaling.count, &points);
    for (size_t i = 0; s != NULL && i < a->scaling.count; i++)
        fill_residual(&f, a, i, &points[i]);
    if (s != NULL)
        s->markers = true;
    nh_figure_write(out, &f);
}

/* ---- The parts of the universal scalability law ---- */

enum { IDEAL, CONTENTION, COHERENCY, USL_PARTS };

static const struct nh_model_fit *find_usl(const struct nh_models *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->fits[i].model == &nh_model_usl && m->fits[i].param_count == USL_PARTS)
            return &m->fits[i];
    return NULL;
}

/* T = (1 + alpha (k-1) + beta k (k-1))/(gamma k), term by term. */
static void usl_parts(const struct nh_model_fit *usl, double k, double *parts)
{
    double alpha = usl->params[0].value, beta = usl->params[1].value, gamma = usl->params[2].value;
    parts[IDEAL] = 1.0 / (gamma * k);
    parts[CONTENTION] = alpha * (k - 1.0) / (gamma * k);
    parts[COHERENCY] = beta * (k - 1.0) / gamma;
}

static void usl_chart(FILE *out, const struct nh_app_answer *a, const struct nh_model_fit *usl,
                      size_t app)
{
    const struct nh_scaling *s = &a->scaling;
    struct nh_bar bars[NH_BARS_MOST] = {0};
    char names[NH_BARS_MOST][NH_HTML_TEXT], hovers[NH_BARS_MOST][5 * NH_HTML_TEXT];
    char id[32], unit[NH_HTML_TEXT], size[NH_HTML_TEXT];
    char time[USL_PARTS][NH_HTML_TEXT];
    size_t count = s->count < NH_BARS_MOST ? s->count : NH_BARS_MOST;
    for (size_t i = 0; i < count; i++) {
        bars[i].name = nh_html_number(nh_html_count(s, i), names[i]);
        bars[i].hover = hovers[i];
        usl_parts(usl, s->points[i].k, bars[i].parts);
        for (size_t p = 0; p < USL_PARTS; p++)
            nh_html_time(bars[i].parts[p], time[p]);
        snprintf(hovers[i], sizeof hovers[i], "%s: shared work %s, contention %s, coherency %s",
                 nh_html_size(s, i, size), time[IDEAL], time[CONTENTION], time[COHERENCY]);
    }
    snprintf(id, sizeof id, "usl%zu", app + 1);
    snprintf(unit, sizeof unit, "s per %s", nh_html_work(s));
    struct nh_bars chart = {
        .id = id,
        .title = "What a run waits for",
        .note = "by the universal scalability law: work that is shared out, waiting for what is "
                "not, agreeing with each other",
        .description = "Stacked bars of the time at each size as the universal scalability law "
                       "splits it: shared work, contention, coherency.",
        .x_label = nh_html_by_nodes(s) ? "nodes" : "cores",
        .y_label = unit,
        .part_names = {"shared work", "contention", "coherency"},
        .part_count = USL_PARTS,
        .bars = bars,
        .count = count};
    nh_bars_write(out, &chart);
}

void nh_html_model_charts(FILE *out, const struct nh_app_answer *a, size_t app)
{
    const struct nh_model_fit *usl = find_usl(&a->models);
    if (a->models.averaged == 0)
        return;
    residual_chart(out, a, app);
    if (usl != NULL)
        usl_chart(out, a, usl, app);
}

/* ---- The table ---- */

static void cell_or_dash(FILE *out, double value, int digits)
{
    char text[NH_HTML_TEXT];
    nh_html_cell(out, "%s", nh_html_digits(value, digits, text));
}

static void fit_row(FILE *out, const struct nh_model_fit *fit)
{
    nh_html_row_open(out, "%s", fit->name);
    nh_html_cell_words(out, "%s", fit->formula);
    cell_or_dash(out, fit->aicc, 4);
    nh_html_cell(out, "%.1f", 100.0 * fit->weight);
    cell_or_dash(out, 100.0 * expm1(fit->held_out), 3);
    cell_or_dash(out, fit->skill, 3);
    nh_html_cell_prose(out, fit->why_not);
    nh_html_row_close(out);
}

static void param_row(FILE *out, const struct nh_model_fit *fit, const struct nh_model_param *p)
{
    char text[NH_HTML_TEXT];
    nh_html_row_open(out, "%s", fit->name);
    nh_html_cell_words(out, "%s", p->name);
    nh_html_cell(out, "%s", nh_html_digits(p->value, 4, text));
    nh_html_cell_interval(out, p->ci, 1.0, 3);
    if (p->bound != NULL)
        nh_html_cell_words(out, "on its bound %s; the rest was fitted without it", p->bound);
    else
        nh_html_cell_words(out, "free");
    nh_html_row_close(out);
}

static void params_table(FILE *out, const struct nh_models *m)
{
    static const char *const columns[] = {"Model",         "<Parameter", "Value",
                                          "95 % interval", "<State",     NULL};
    nh_html_table_open(out, "Parameters of the averaged models, times in seconds", columns);
    for (size_t i = 0; i < m->averaged; i++)
        for (size_t j = 0; j < m->fits[i].param_count; j++)
            param_row(out, &m->fits[i], &m->fits[i].params[j]);
    nh_html_table_close(out);
}

static void fits_table(FILE *out, const struct nh_models *m)
{
    static const char *const columns[] = {"Model",
                                          "<Time in seconds; k: size over the base",
                                          "AICc",
                                          "Weight (%)",
                                          "Held-out error (%)",
                                          "Cross-validated R²",
                                          "<Not averaged because",
                                          NULL};
    nh_html_table_open(out, "Models, fitted to every launch", columns);
    for (size_t i = 0; i < m->count; i++)
        fit_row(out, &m->fits[i]);
    nh_html_table_close(out);
}

static void say_averaged(FILE *out, const struct nh_models *m)
{
    char text[NH_HTML_TEXT];
    fputs("<p>", out);
    if (m->averaged > 0)
        nh_html_text(out,
                     "%zu of %zu models make the prediction, weighted by AICc. Each size left out "
                     "in turn is missed by %s %% on average. Beyond twice the largest size nothing "
                     "is drawn.",
                     m->averaged, m->count, nh_html_digits(100.0 * expm1(m->held_out), 2, text));
    else
        nh_html_text(out, "There is no model of the run time: %s.", m->refusal);
    fputs("</p>\n", out);
}

void nh_html_model_table(FILE *out, const struct nh_app_answer *a)
{
    const struct nh_models *m = &a->models;
    if (m->averaged == 0 && m->refusal == NULL)
        return;
    fputs("<details><summary>Models of the run time</summary>\n", out);
    say_averaged(out, m);
    if (m->count > 0)
        fits_table(out, m);
    if (m->averaged > 0)
        params_table(out, m);
    fputs("</details>\n", out);
}
