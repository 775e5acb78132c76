/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <math.h>
#include <string.h>

#include "analysis/network.h"
#include "analysis/overhead.h"
#include "analysis/report/html_figure.h"
#include "common/units.h"

/* Message passing: how long a message takes and what rate is reached, by size. */

enum { MOST_CURVES = 6, MOST_ROWS = 120, MOST_OTHERS = 24, ID_BYTES = 16 };

/* What of a curve a chart shows. */
enum quantity { LATENCY, BANDWIDTH };

struct view {
    const char *kernel, *id, *title, *note, *y_label;
    enum quantity quantity;
};

static const struct view views[] = {
    {"pingpong", "latency", "One-way latency", "half of a round trip between two ranks", "µs",
     LATENCY},
    {"bandwidth", "bandwidth", "Bandwidth", "windows of messages kept in flight", "GB/s",
     BANDWIDTH},
    {"rate", "rate", "Several pairs together", "windows of messages of all pairs, summed", "GB/s",
     BANDWIDTH},
    {"rma", "rma", "One-sided operations", "time of one, in windows before a flush or fence", "µs",
     LATENCY},
    {"allreduce", "allreduce", "All-reduce", "time of the slowest rank", "µs", LATENCY},
    {"reduce", "reduce", "Reduce", "time of the slowest rank", "µs", LATENCY},
    {"reducescatter", "reducescatter", "Reduce-scatter", "time of the slowest rank", "µs", LATENCY},
    {"reducescatterblock", "reducescatterblock", "Reduce-scatter, equal blocks",
     "time of the slowest rank", "µs", LATENCY},
    {"bcast", "bcast", "Broadcast", "time of the slowest rank", "µs", LATENCY},
    {"allgather", "allgather", "All-gather", "time of the slowest rank", "µs", LATENCY},
    {"alltoall", "alltoall", "All-to-all", "time of the slowest rank", "µs", LATENCY},
    {"gather", "gather", "Gather", "time of the slowest rank", "µs", LATENCY},
    {"scatter", "scatter", "Scatter", "time of the slowest rank", "µs", LATENCY},
    {"limits", "limits", "Limits of two cores", "copies by one core and between two, without MPI",
     "GB/s", BANDWIDTH}};
enum { VIEWS = sizeof views / sizeof views[0] };

/* The views above, and one for each other kernel of the data. */
struct view_list {
    struct view items[VIEWS + MOST_OTHERS];
    char ids[MOST_OTHERS][ID_BYTES];
    size_t count;
};

static bool in_view(const struct view *v, const struct nh_curve *c)
{
    return strcmp(v->kernel, c->kernel) == 0;
}

static bool has_view(const struct view *v, const struct nh_dataset *data)
{
    for (size_t i = 0; i < data->curve_count; i++) {
        if (in_view(v, &data->curves[i]))
            return true;
    }
    return false;
}

static bool has_rates(const struct nh_curve *c)
{
    for (size_t i = 0; i < c->point_count; i++) {
        if (!isfinite(c->points[i].bandwidth_Bps))
            return false;
    }
    return c->point_count > 0;
}

static void add_view(struct view_list *list, const struct nh_curve *c)
{
    size_t other = list->count - VIEWS;
    bool rates = has_rates(c);
    if (other == MOST_OTHERS)
        return;
    snprintf(list->ids[other], ID_BYTES, "other-%zu", other);
    list->items[list->count++] = (struct view){c->kernel,
                                               list->ids[other],
                                               c->kernel,
                                               *c->statistic ? c->statistic : c->metric,
                                               rates ? "GB/s" : "µs",
                                               rates ? BANDWIDTH : LATENCY};
}

static void collect_views(struct view_list *list, const struct nh_dataset *data)
{
    list->count = VIEWS;
    memcpy(list->items, views, sizeof views);
    for (size_t i = 0; i < data->curve_count; i++) {
        size_t k = 0;
        while (k < list->count && !in_view(&list->items[k], &data->curves[i]))
            k++;
        if (k == list->count)
            add_view(list, &data->curves[i]);
    }
}

static const char *nanoseconds(double ns, char *buf)
{
    return nh_html_time(ns * 1e-9, buf);
}

/* Bandwidth and its interval: a rate falls as its time rises, so the ends swap. */
static void fill_bandwidth(struct nh_figure *f, const struct nh_curve_point *p,
                           struct nh_chart_point *point)
{
    char size[NH_UNIT_TEXT], rate[NH_UNIT_TEXT];
    point->y = p->bandwidth_Bps * 1e-9;
    if (nh_html_has(p->ci) && p->ci.lo > 0.0) {
        point->lo = point->y * p->median_ns / p->ci.hi;
        point->hi = point->y * p->median_ns / p->ci.lo;
    }
    point->hover =
        nh_figure_text(f, "%s: %s, %zu launch%s%s", nh_format_bytes((size_t)p->size_bytes, size),
                       nh_format_rate(p->bandwidth_Bps, rate), p->launches,
                       p->launches == 1 ? "" : "es", p->bimodal ? ", two modes" : "");
}

static void fill_latency(struct nh_figure *f, const struct nh_curve_point *p,
                         struct nh_chart_point *point)
{
    char size[NH_UNIT_TEXT], time[NH_HTML_TEXT], lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    char ci[2 * NH_HTML_TEXT + 32] = ", no interval";
    point->y = p->median_ns * 1e-3;
    if (nh_html_has(p->ci)) {
        point->lo = p->ci.lo * 1e-3;
        point->hi = p->ci.hi * 1e-3;
        snprintf(ci, sizeof ci, ", 95 %% interval %s to %s", nanoseconds(p->ci.lo, lo),
                 nanoseconds(p->ci.hi, hi));
    }
    point->hover =
        nh_figure_text(f, "%s: %s%s, %zu launch%s%s", nh_format_bytes((size_t)p->size_bytes, size),
                       nanoseconds(p->median_ns, time), ci, p->launches,
                       p->launches == 1 ? "" : "es", p->bimodal ? ", two modes" : "");
}

static void add_curve(struct nh_figure *f, const struct view *v, const struct nh_curve *c,
                      int colour)
{
    struct nh_chart_point *points;
    struct nh_chart_series *series = nh_figure_add(f, c->label, colour, c->point_count, &points);
    if (series == NULL)
        return;
    series->line = series->markers = true;
    for (size_t i = 0; i < c->point_count; i++) {
        points[i].x = c->points[i].size_bytes;
        points[i].hollow = c->points[i].bimodal;
        if (v->quantity == BANDWIDTH)
            fill_bandwidth(f, &c->points[i], &points[i]);
        else
            fill_latency(f, &c->points[i], &points[i]);
    }
}

/* T = alpha + m beta through a curve of one-way times, and the size that reaches half of the
 * bandwidth 1/beta. Only where one curve is drawn: with more the picture would be full. */
static void add_link(struct nh_figure *f, const struct nh_curve *c)
{
    struct nh_link link;
    struct nh_chart_point *points;
    char alpha[NH_HTML_TEXT], rate[NH_UNIT_TEXT], half[NH_UNIT_TEXT];
    if (!nh_link_fit(c, &link) || !(link.byte_s > 0.0) || !(link.alpha_s > 0.0))
        return;
    const char *name =
        nh_figure_text(f, "fit: %s + size / %s, off by %.0f %%", nh_html_time(link.alpha_s, alpha),
                       nh_format_rate(1.0 / link.byte_s, rate), 100.0 * link.miss);
    struct nh_chart_series *series = nh_figure_add(f, name, -1, c->point_count, &points);
    if (series == NULL)
        return;
    series->line = series->dashed = true;
    for (size_t i = 0; i < c->point_count; i++) {
        points[i].x = c->points[i].size_bytes;
        points[i].y = (link.alpha_s + link.byte_s * points[i].x) * 1e6;
    }
    if (link.half_bytes > points[0].x && link.half_bytes < points[c->point_count - 1].x)
        nh_figure_mark(
            f, true, link.half_bytes,
            nh_figure_text(f, "half rate: %s", nh_format_bytes((size_t)link.half_bytes, half)));
}

static const struct nh_curve *only_curve(const struct view *v, const struct nh_dataset *data)
{
    const struct nh_curve *only = NULL;
    for (size_t i = 0; i < data->curve_count; i++) {
        if (in_view(v, &data->curves[i]) && only != NULL)
            return NULL;
        only = in_view(v, &data->curves[i]) ? &data->curves[i] : only;
    }
    return only;
}

static void write_chart(FILE *out, const struct view *v, const struct nh_dataset *data)
{
    const struct nh_curve *only = only_curve(v, data);
    struct nh_figure f = {0};
    int shown = 0, total = 0;
    f.chart = (struct nh_chart){.log_x = true, .log_y = true, .x_is_bytes = true};
    f.chart.id = v->id;
    f.chart.title = v->title;
    f.chart.description =
        "Median over launches against message size, both axes logarithmic, with "
        "the 95 percent interval where there is one. Hollow: two modes were seen.";
    f.chart.x_label = "message size";
    f.chart.y_label = v->y_label;
    for (size_t i = 0; i < data->curve_count; i++) {
        if (!in_view(v, &data->curves[i]))
            continue;
        if (total++ < MOST_CURVES)
            add_curve(&f, v, &data->curves[i], shown++);
    }
    f.chart.note = total > shown
                       ? nh_figure_text(&f, "%s; the first %d of %d curves", v->note, shown, total)
                       : v->note;
    if (total == 1)
        f.chart.note = nh_figure_text(&f, "%s; %s", v->note, f.series[0].name);
    if (only != NULL && strcmp(v->kernel, "pingpong") == 0)
        add_link(&f, only);
    nh_figure_write(out, &f);
}

/* --- table ------------------------------------------------------------------ */

static void curve_row(FILE *out, const struct nh_curve *c, const struct nh_curve_point *p)
{
    char text[NH_HTML_TEXT], size[NH_UNIT_TEXT];
    nh_html_row_open(out, "%s", nh_format_bytes((size_t)p->size_bytes, size));
    nh_html_cell_words(out, "%s", c->label);
    nh_html_cell(out, "%s", nh_html_digits(p->median_ns * 1e-3, 4, text));
    nh_html_cell_interval(out, p->ci, 1e-3, 4);
    nh_html_cell(out, "%s", nh_html_digits(p->bandwidth_Bps * 1e-9, 3, text));
    nh_html_cell(out, "%zu", p->launches);
    nh_html_cell(out, "%s", nh_html_digits(100.0 * p->within_spread, 2, text));
    nh_html_cell(out, "%s",
                 p->launches < 2 ? "–" : nh_html_digits(100.0 * p->between_spread, 2, text));
    nh_html_cell_words(out, "%s%s", p->bimodal ? "two modes" : "", c->statistic);
    nh_html_row_close(out);
}

static void write_table(FILE *out, const struct view *v, const struct nh_dataset *data)
{
    static const char *const columns[] = {
        "Message size",     "<Curve",   "Median time (µs)",           "95 % interval (µs)",
        "Bandwidth (GB/s)", "Launches", "Spread within launches (%)", "Spread between launches (%)",
        "<Remark",          NULL};
    size_t rows = 0;
    nh_html_table_open(out, v->title, columns);
    for (size_t i = 0; i < data->curve_count; i++) {
        for (size_t j = 0; in_view(v, &data->curves[i]) && j < data->curves[i].point_count; j++) {
            if (rows++ < MOST_ROWS)
                curve_row(out, &data->curves[i], &data->curves[i].points[j]);
        }
    }
    nh_html_table_close(out);
    if (rows > MOST_ROWS)
        fprintf(out, "<p>%zu more rows are not shown; they are in the files named below.</p>\n",
                rows - MOST_ROWS);
}

/* --- the three numbers people quote ------------------------------------------- */

/* The point of a kernel that says most: 8 bytes (or the smallest size above 0), or the
 * highest rate. */
static const struct nh_curve_point *
telling_point(const struct view *v, const struct nh_dataset *data, const struct nh_curve **curve)
{
    const struct nh_curve_point *best = NULL;
    for (size_t i = 0; i < data->curve_count; i++) {
        const struct nh_curve *c = &data->curves[i];
        for (size_t j = 0; in_view(v, c) && j < c->point_count; j++) {
            const struct nh_curve_point *p = &c->points[j];
            bool better =
                v->quantity == BANDWIDTH
                    ? isfinite(p->bandwidth_Bps) &&
                          (best == NULL || p->bandwidth_Bps > best->bandwidth_Bps)
                    : p->size_bytes >= 8.0 && (best == NULL || p->size_bytes < best->size_bytes);
            if (better) {
                best = p;
                *curve = c;
            }
        }
    }
    return best;
}

static void write_fact(FILE *out, const struct view *v, const struct nh_curve_point *p,
                       const struct nh_curve *c)
{
    char value[NH_HTML_TEXT], size[NH_UNIT_TEXT], lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    if (v->quantity == BANDWIDTH)
        nh_format_rate(p->bandwidth_Bps, value);
    else
        nanoseconds(p->median_ns, value);
    fputs("<article class=\"card\"><h3>", out);
    if (v->quantity == BANDWIDTH && strcmp(v->title, "Bandwidth") == 0)
        fputs("Highest bandwidth", out);
    else
        nh_html_text(out, "%s", v->title);
    fputs("</h3><p class=\"big\">", out);
    nh_html_text(out, "%s", value);
    fputs("</p><p class=\"detail\">", out);
    nh_html_text(out, "%s, %s", nh_format_bytes((size_t)p->size_bytes, size), c->label);
    fputs("</p><p class=\"rule\">", out);
    if (*c->statistic)
        nh_html_text(out, "%s, no interval", c->statistic);
    else if (!nh_html_has(p->ci))
        nh_html_text(out, "no interval: fewer than 6 launches (here %zu)", p->launches);
    else if (v->quantity == LATENCY)
        nh_html_text(out, "95 %% interval %s to %s, %zu launches", nanoseconds(p->ci.lo, lo),
                     nanoseconds(p->ci.hi, hi), p->launches);
    else
        nh_html_text(out, "median of %zu launches", p->launches);
    fputs("</p></article>\n", out);
}

static void write_facts(FILE *out, const struct view_list *list, const struct nh_dataset *data)
{
    fputs("<div class=\"cards small\">\n", out);
    for (size_t i = 0; i < list->count; i++) {
        const struct nh_curve *curve = NULL;
        const struct nh_curve_point *p = telling_point(&list->items[i], data, &curve);
        if (p != NULL)
            write_fact(out, &list->items[i], p, curve);
    }
    fputs("</div>\n", out);
}

/* What MPI adds where the same was measured without it. */
static void write_overheads(FILE *out, const struct nh_dataset *data)
{
    char text[NH_OVERHEAD_TEXT];
    for (size_t i = 0; i < data->curve_count; i++) {
        for (size_t j = 0; j < data->curve_count; j++) {
            const struct nh_curve *mpi = &data->curves[i], *below = &data->curves[j];
            if (!nh_overhead_applies(mpi, below) || !*nh_overhead_text(mpi, below, text))
                continue;
            fputs("<p>", out);
            nh_html_text(out, "MPI overhead (%s) over %s: %s", mpi->label, below->label, text);
            fputs("</p>\n", out);
        }
    }
}

void nh_html_micro(FILE *out, const struct nh_report *r)
{
    struct view_list list;
    if (r->data.curve_count == 0)
        return;
    collect_views(&list, &r->data);
    fputs("<section id=\"micro\">\n<h2>Message passing</h2>\n", out);
    write_facts(out, &list, &r->data);
    write_overheads(out, &r->data);
    fputs("<div class=\"charts three\">\n", out);
    for (size_t i = 0; i < list.count; i++) {
        if (has_view(&list.items[i], &r->data))
            write_chart(out, &list.items[i], &r->data);
    }
    fputs("</div>\n<details><summary>Every figure behind these charts</summary>\n"
          "<p>A median of launch medians; its interval is over launches. Spread is the median "
          "absolute deviation times 1.4826, over the median. Zero bytes cannot stand on a "
          "logarithmic axis and are in this table only.</p>\n",
          out);
    for (size_t i = 0; i < list.count; i++) {
        if (has_view(&list.items[i], &r->data))
            write_table(out, &list.items[i], &r->data);
    }
    fputs("</details>\n</section>\n", out);
}
