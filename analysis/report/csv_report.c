/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>

#include "analysis/report/format.h"
#include "analysis/report/html.h"

/* The report as a table for other programs: RFC 4180, base units, all digits. */

static void text_cell(FILE *out, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    fputs(quoted ? "\"" : "", out);
    for (; *text != '\0'; text++) {
        fputs(*text == '"' ? "\"" : "", out);
        putc(*text, out);
    }
    fputs(quoted ? "\"," : ",", out);
}

static void number_cell(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, "%.12g", value);
    putc(',', out);
}

static void interval_cells(FILE *out, struct nh_interval ci, double scale)
{
    number_cell(out, nh_html_has(ci) ? ci.lo * scale : NAN);
    number_cell(out, nh_html_has(ci) ? ci.hi * scale : NAN);
}

static void count_cell(FILE *out, long n)
{
    number_cell(out, n > 0 ? (double)n : NAN);
}

static void scaling_cells(FILE *out, const struct nh_scaling_point *p)
{
    count_cell(out, p->source->nodes);
    count_cell(out, p->source->cores);
    number_cell(out, p->source->cells);
    number_cell(out, (double)p->repeats);
    number_cell(out, p->solver_s);
    interval_cells(out, p->solver_ci, 1.0);
    number_cell(out, p->scale_up);
    interval_cells(out, p->scale_up_ci, 1.0);
    number_cell(out, p->efficiency);
    interval_cells(out, p->efficiency_ci, 1.0);
    number_cell(out, p->karp_flatt);
}

static void app_row(FILE *out, const struct nh_app_answer *a, size_t m, size_t i)
{
    const struct nh_advice *advice = &a->advice[m];
    const struct nh_cost_point *c = &advice->points[i];
    char model[NH_HTML_TEXT];
    text_cell(out, a->scaling.app->name);
    text_cell(out, a->scaling.app->machine);
    text_cell(out, a->scaling.app->kind == NH_WEAK ? "weak" : "strong");
    scaling_cells(out, &a->scaling.points[i]);
    text_cell(out, nh_html_model(advice, model));
    number_cell(out, c->time_s);
    interval_cells(out, nh_html_turn_around_ci(advice, i), 1.0);
    number_cell(out, c->amount * advice->shown_factor);
    interval_cells(out, c->cost_ci, advice->shown_factor);
    text_cell(out, advice->unit);
    text_cell(out, advice->shown_per);
    fprintf(out, "%d,%d,%d,%d\r\n", c->on_front, i == advice->cheapest, i == advice->fastest,
            i == advice->recommended);
}

static void curve_rows(FILE *out, const struct nh_curve *c)
{
    for (size_t i = 0; i < c->point_count; i++) {
        const struct nh_curve_point *p = &c->points[i];
        text_cell(out, c->kernel);
        text_cell(out, c->label);
        count_cell(out, c->ranks);
        count_cell(out, c->nodes);
        number_cell(out, p->size_bytes);
        number_cell(out, (double)p->launches);
        number_cell(out, p->median_ns * 1e-9);
        interval_cells(out, p->ci, 1e-9);
        number_cell(out, p->bandwidth_Bps);
        fprintf(out, "%d\r\n", p->bimodal);
    }
}

int nh_report_csv(FILE *out, const struct nh_report *r, struct nh_error *err)
{
    if (r->app_count > 0)
        fputs("case,machine,scaling,nodes,cores,cells,launches,solver_s,solver_low_s,solver_high_s,"
              "scale_up,scale_up_low,scale_up_high,efficiency,efficiency_low,efficiency_high,"
              "karp_flatt,price_model,turn_around_s,turn_around_low_s,turn_around_high_s,cost,"
              "cost_low,cost_high,unit,cost_per,on_front,cheapest,fastest,recommended\r\n",
              out);
    else
        fputs("kernel,label,ranks,nodes,size_bytes,launches,median_s,low_s,high_s,"
              "bandwidth_bytes_per_s,two_modes\r\n",
              out);
    for (size_t a = 0; a < r->app_count; a++)
        for (size_t m = 0; m < r->apps[a].advice_count; m++)
            for (size_t i = 0; i < r->apps[a].advice[m].count; i++)
                app_row(out, &r->apps[a], m, i);
    for (size_t c = 0; r->app_count == 0 && c < r->data.curve_count; c++)
        curve_rows(out, &r->data.curves[c]);
    return ferror(out) ? nh_fail_errno(err, "cannot write CSV") : NH_OK;
}
