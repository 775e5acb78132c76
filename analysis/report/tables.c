/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/tables.h"

#include <math.h>

#include "analysis/report/html.h"

static void number_cell(struct nh_table *t, double value, int digits)
{
    char text[NH_HTML_TEXT];
    nh_table_cell(t, "%s", isfinite(value) ? nh_html_digits(value, digits, text) : "");
}

static void interval_cell(struct nh_table *t, struct nh_interval ci, double scale, int digits)
{
    char lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    if (nh_html_has(ci))
        nh_table_cell(t, "%s to %s", nh_html_digits(ci.lo * scale, digits, lo),
                      nh_html_digits(ci.hi * scale, digits, hi));
    else
        nh_table_cell(t, "%s", "");
}

static void count_cell(struct nh_table *t, long n)
{
    if (n > 0)
        nh_table_cell(t, "%ld", n);
    else
        nh_table_cell(t, "%s", "");
}

static void scaling_row(struct nh_table *t, const struct nh_scaling_point *p,
                        struct nh_time_unit unit)
{
    char text[NH_HTML_TEXT];
    nh_table_row(t);
    count_cell(t, p->source->nodes);
    count_cell(t, p->source->cores);
    if (isfinite(p->cells_per_core))
        nh_table_cell(t, "%s", nh_html_number(rint(p->cells_per_core), text));
    else
        nh_table_cell(t, "%s", "");
    nh_table_cell(t, "%zu", p->repeats);
    number_cell(t, p->solver_s / unit.seconds, 4);
    interval_cell(t, p->solver_ci, 1.0 / unit.seconds, 4);
    number_cell(t, p->scale_up, 4);
    nh_table_cell(t, "%.1f", 100.0 * p->efficiency);
    interval_cell(t, p->efficiency_ci, 100.0, 3);
    number_cell(t, p->karp_flatt, 3);
}

void nh_scaling_table(struct nh_table *t, const struct nh_scaling *s)
{
    struct nh_time_unit unit = nh_html_time_unit(s->points[0].solver_s);
    nh_table_row(t);
    nh_table_cell(t, "Nodes");
    nh_table_cell(t, "Cores");
    nh_table_cell(t, "Cells per core");
    nh_table_cell(t, "Launches");
    nh_table_cell(t, "Time per %s (%s)", nh_html_work(s), unit.name);
    nh_table_cell(t, "95 %% interval");
    nh_table_cell(t, "Scale-up");
    nh_table_cell(t, "Efficiency (%%)");
    nh_table_cell(t, "95 %% interval");
    nh_table_cell(t, "Karp-Flatt");
    for (size_t i = 0; i < s->count; i++)
        scaling_row(t, &s->points[i], unit);
}

static const char *roles_of(const struct nh_advice *advice, size_t i)
{
    if (i == advice->recommended)
        return i == advice->cheapest ? "recommended, cheapest" : "recommended";
    if (i == advice->cheapest)
        return "cheapest";
    return i == advice->fastest ? "fastest" : "";
}

void nh_cost_table(struct nh_table *t, const struct nh_app_answer *a, size_t m)
{
    const struct nh_advice *advice = &a->advice[m];
    char text[NH_HTML_TEXT];
    nh_table_row(t);
    nh_table_cell(t, "Size");
    nh_table_cell(t, "Turn-around time");
    nh_table_cell(t, "Cost per %s (%s)", advice->shown_per, advice->unit);
    nh_table_cell(t, "95 %% interval");
    nh_table_cell(t, "Licence (%%)");
    nh_table_cell(t, "Front");
    nh_table_cell(t, "Role");
    for (size_t i = 0; i < advice->count; i++) {
        const struct nh_cost_point *p = &advice->points[i];
        nh_table_row(t);
        nh_table_cell(t, "%s", nh_html_size(&a->scaling, i, text));
        nh_table_cell(t, "%s", nh_html_time(p->time_s, text));
        nh_table_cell(t, advice->priced ? "%.2f" : "%.4g", p->amount * advice->shown_factor);
        interval_cell(t, p->cost_ci, advice->shown_factor, 4);
        number_cell(t, advice->priced ? 100.0 * p->licence_share : NAN, 3);
        nh_table_cell(t, "%s", p->on_front ? "yes" : "");
        nh_table_cell(t, "%s", roles_of(advice, i));
    }
}

void nh_curves_table(struct nh_table *t, const struct nh_dataset *set)
{
    nh_table_row(t);
    nh_table_cell(t, "Kernel");
    nh_table_cell(t, "What");
    nh_table_cell(t, "Bytes");
    nh_table_cell(t, "Launches");
    nh_table_cell(t, "Time (us)");
    nh_table_cell(t, "95 %% interval");
    nh_table_cell(t, "GB/s");
    for (size_t i = 0; i < set->curve_count; i++) {
        const struct nh_curve *c = &set->curves[i];
        for (size_t k = 0; k < c->point_count; k++) {
            const struct nh_curve_point *p = &c->points[k];
            nh_table_row(t);
            nh_table_cell(t, "%s", c->kernel);
            nh_table_cell(t, "%.60s", c->label);
            nh_table_cell(t, "%.0f", p->size_bytes);
            nh_table_cell(t, "%zu", p->launches);
            number_cell(t, p->median_ns * 1e-3, 4);
            interval_cell(t, p->ci, 1e-3, 4);
            number_cell(t, p->bandwidth_Bps * 1e-9, 4);
        }
    }
}
