/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "analysis/report/html_figure.h"
#include "analysis/report/html_parts.h"

/* How far the launches of a size lie apart. */

enum { MOST_DRAWN = 250, STRIP = 26 }; /* pixels */

static double row_time(const struct nh_timing_row *row)
{
    return isnan(row->solver_s) ? row->job_s : row->solver_s;
}

static double deviation(const struct nh_scaling_point *p, size_t row)
{
    return 100.0 * (row_time(&p->source->rows[row]) / p->solver_s - 1.0);
}

static size_t launches_of(const struct nh_scaling *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += s->points[i].source->row_count;
    return n;
}

/* Side by side in the order of the file, so that a drift shows as a slope. */
static void add_strip(struct nh_figure *f, const struct nh_scaling *s, size_t launches)
{
    struct nh_chart_point *points;
    size_t stride = launches / MOST_DRAWN + 1, seen = 0, n = 0;
    struct nh_chart_series *strip =
        nh_figure_add(f, "single launches, in the order of the file", 0, launches, &points);
    if (strip == NULL)
        return;
    strip->faint = strip->markers = true;
    for (size_t i = 0; i < s->count; i++) {
        size_t rows = s->points[i].source->row_count;
        for (size_t j = 0; j < rows; j++) {
            double place = rows > 1 ? (double)j / (double)(rows - 1) - 0.5 : 0.0;
            if (seen++ % stride != 0)
                continue;
            points[n].x = nh_html_count(s, i);
            points[n].aside = STRIP * place;
            points[n++].y = deviation(&s->points[i], j);
        }
    }
    strip->count = n;
}

/* Quartiles by linear interpolation between order statistics (R's type 7). */
static double quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t below = (size_t)at, above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

static void fill_box(struct nh_figure *f, const struct nh_scaling *s, size_t i, double *work,
                     struct nh_chart_point *point)
{
    const struct nh_scaling_point *p = &s->points[i];
    size_t n = p->source->row_count;
    char size[NH_HTML_TEXT], lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    for (size_t j = 0; j < n; j++)
        work[j] = deviation(p, j);
    nh_sort(work, n);
    point->x = nh_html_count(s, i);
    point->y = 0.0;
    point->lo = quantile(work, n, 0.25);
    point->hi = quantile(work, n, 0.75);
    point->hover = nh_figure_text(f, "%s: %zu launches, quartiles %s and %s %% from the median",
                                  nh_html_size(s, i, size), n, nh_html_digits(point->lo, 2, lo),
                                  nh_html_digits(point->hi, 2, hi));
}

static void add_boxes(struct nh_figure *f, const struct nh_scaling *s, size_t launches)
{
    struct nh_chart_point *points;
    double *work = malloc((launches + 1) * sizeof *work);
    struct nh_chart_series *boxes =
        work != NULL ? nh_figure_add(f, "median and quartiles", 0, s->count, &points) : NULL;
    for (size_t i = 0; boxes != NULL && i < s->count; i++)
        fill_box(f, s, i, work, &points[i]);
    if (boxes != NULL)
        boxes->markers = true;
    free(work);
}

void nh_html_repeats_chart(FILE *out, const struct nh_scaling *s, size_t app)
{
    struct nh_figure f = {0};
    size_t launches = launches_of(s);
    if (launches <= s->count)
        return;
    f.chart = (struct nh_chart){.log_x = true, .x_base2 = true};
    f.chart.id = nh_figure_text(&f, "repeats%zu", app + 1);
    f.chart.title = "How far launches lie apart";
    f.chart.note = "each launch against the median of its size";
    f.chart.description = "Deviation of the time of each launch from the median of its size, in "
                          "percent, with the quartiles as whiskers.";
    f.chart.x_label = nh_html_by_nodes(s) ? "nodes" : "cores";
    f.chart.y_label = "from the median, %";
    add_strip(&f, s, launches);
    add_boxes(&f, s, launches);
    nh_figure_write(out, &f);
}
