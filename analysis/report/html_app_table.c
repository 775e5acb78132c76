/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <math.h>
#include <stdlib.h>

/* Every figure of an application, as a table under its charts. */

enum { MOST_ROWS = 80 };

/* MAD / median of the launches of a point; NaN below two. */
static double spread_of_launches(const struct nh_app_point *p)
{
    double *x = malloc(2 * (p->row_count + 1) * sizeof *x);
    if (x == NULL)
        return NAN;
    for (size_t i = 0; i < p->row_count; i++)
        x[i] = isnan(p->rows[i].solver_s) ? p->rows[i].job_s : p->rows[i].solver_s;
    double spread = NAN;
    if (p->row_count >= 2) {
        nh_sort(x, p->row_count);
        spread = nh_mad_sorted(x, p->row_count, x + p->row_count + 1) /
                 nh_median_sorted(x, p->row_count);
    }
    free(x);
    return spread;
}

static void count_cells(FILE *out, const struct nh_scaling_point *p)
{
    char text[NH_HTML_TEXT];
    nh_html_row_open(out, "%s",
                     p->source->nodes > 0 ? nh_html_number((double)p->source->nodes, text) : "–");
    nh_html_cell(out, "%s",
                 p->source->cores > 0 ? nh_html_number((double)p->source->cores, text) : "–");
    nh_html_cell(out, "%s",
                 nh_html_number(isfinite(p->cells_per_core) ? rint(p->cells_per_core) : NAN, text));
}

static void scaling_row(FILE *out, const struct nh_scaling_point *p, struct nh_time_unit unit)
{
    char text[NH_HTML_TEXT];
    count_cells(out, p);
    nh_html_cell(out, "%zu", p->repeats);
    nh_html_cell(out, "%s", nh_html_digits(p->solver_s / unit.seconds, 4, text));
    nh_html_cell_interval(out, p->solver_ci, 1.0 / unit.seconds, 4);
    nh_html_cell(out, "%s", nh_html_digits(100.0 * spread_of_launches(p->source), 2, text));
    nh_html_cell(out, "%s", nh_html_digits(p->scale_up, 4, text));
    nh_html_cell_interval(out, p->scale_up_ci, 1.0, 4);
    nh_html_cell(out, "%s", nh_html_digits(100.0 * p->efficiency, 4, text));
    nh_html_cell_interval(out, p->efficiency_ci, 100.0, 4);
    nh_html_cell(out, "%s", nh_html_digits(100.0 * p->incremental, 4, text));
    nh_html_cell(out, "%s", nh_html_digits(p->karp_flatt, 3, text));
    nh_html_cell_prose(out, p->source->note);
    nh_html_row_close(out);
}

static void cut_note(FILE *out, size_t total)
{
    if (total > MOST_ROWS)
        fprintf(out, "<p>%zu more rows are not shown; they are in the files named below.</p>\n",
                total - MOST_ROWS);
}

static void scaling_table(FILE *out, const struct nh_app_answer *a)
{
    const struct nh_scaling *s = &a->scaling;
    struct nh_time_unit unit = nh_html_time_unit(s->points[0].solver_s);
    char time[NH_HTML_TEXT], interval[NH_HTML_TEXT];
    snprintf(time, sizeof time, "Time per %s (%s)", nh_html_work(s), unit.name);
    snprintf(interval, sizeof interval, "95 %% interval (%s)", unit.name);
    const char *const columns[] = {"Nodes",
                                   "Cores",
                                   "Cells per core",
                                   "Launches",
                                   time,
                                   interval,
                                   "Spread between launches (%)",
                                   "Scale-up",
                                   "95 % interval of scale-up",
                                   "Efficiency (%)",
                                   "95 % interval of efficiency (%)",
                                   "Efficiency against the point before (%)",
                                   "Karp–Flatt fraction",
                                   "<Note",
                                   NULL};
    nh_html_table_open(out, "Scaling: medians over launches; the clock is the solver's", columns);
    for (size_t i = 0; i < s->count && i < MOST_ROWS; i++)
        scaling_row(out, &s->points[i], unit);
    nh_html_table_close(out);
    cut_note(out, s->count);
}

static void cost_row(FILE *out, const struct nh_app_answer *a, const struct nh_advice *advice,
                     size_t i, struct nh_time_unit time)
{
    const struct nh_cost_point *c = &advice->points[i];
    char text[NH_HTML_TEXT], lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    nh_html_row_open(out, "%s", nh_html_size(&a->scaling, i, text));
    nh_html_cell_words(out, "%s", nh_html_model(advice, text));
    nh_html_cell(out, "%s", nh_html_digits(nh_html_turn_around(advice, i) / time.seconds, 4, text));
    nh_html_cell_interval(out, nh_html_turn_around_ci(advice, i), 1.0 / time.seconds, 4);
    nh_html_cell(out, "%s", nh_html_cost(advice, c->amount, text));
    if (nh_html_has(c->cost_ci))
        nh_html_cell(out, "%s to %s", nh_html_cost(advice, c->cost_ci.lo, lo),
                     nh_html_cost(advice, c->cost_ci.hi, hi));
    else
        nh_html_cell(out, "–");
    nh_html_cell(out, "%s", advice->priced ? nh_html_digits(100 * c->licence_share, 3, text) : "–");
    nh_html_cell_words(out, "%s", c->on_front ? "yes" : "no");
    nh_html_row_close(out);
}

static void cost_table(FILE *out, const struct nh_app_answer *a)
{
    struct nh_time_unit time = nh_html_time_unit(a->scaling.points[0].billed_s);
    char turn_around[NH_HTML_TEXT], interval[NH_HTML_TEXT], cost[NH_HTML_TEXT];
    snprintf(turn_around, sizeof turn_around, "Turn-around time (%s)", time.name);
    snprintf(interval, sizeof interval, "95 %% interval (%s)", time.name);
    snprintf(cost, sizeof cost, "Cost per %s (%s)", a->advice->shown_per, a->advice->unit);
    const char *const columns[] = {
        "Size", "<Price model",          turn_around,         interval,
        cost,   "95 % interval of cost", "Licence share (%)", "<On the front",
        NULL};
    size_t rows = 0;
    nh_html_table_open(out, "Cost: the clock is what is billed", columns);
    for (size_t m = 0; m < a->advice_count; m++) {
        for (size_t i = 0; i < a->advice[m].count; i++) {
            if (rows++ < MOST_ROWS)
                cost_row(out, a, &a->advice[m], i, time);
        }
    }
    nh_html_table_close(out);
    cut_note(out, rows);
}

void nh_html_app_table(FILE *out, const struct nh_app_answer *a)
{
    fputs("<details><summary>Every figure behind these charts</summary>\n", out);
    scaling_table(out, a);
    cost_table(out, a);
    fputs("</details>\n", out);
}
