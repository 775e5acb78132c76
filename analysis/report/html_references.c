/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "analysis/report/html.h"
#include "analysis/report/html_figure.h"

/* What was measured against published figures: times of both, by message size. */

enum { MOST_CURVES = 6 };

static size_t rows_of(const struct nh_references *r, size_t first)
{
    size_t end = first;
    while (end < r->count && r->rows[end].measured == r->rows[first].measured)
        end++;
    return end - first;
}

static void add_published(struct nh_figure *f, const struct nh_reference_row *rows, size_t count)
{
    struct nh_chart_point *points;
    struct nh_chart_series *s =
        nh_figure_add(f, "published: median and range of the sets", 1, count, &points);
    if (s == NULL)
        return;
    s->line = s->markers = s->dashed = true;
    for (size_t i = 0; i < count; i++) {
        points[i].x = rows[i].size_bytes;
        points[i].y = rows[i].median_ns * 1e-3;
        points[i].lo = rows[i].least_ns * 1e-3;
        points[i].hi = rows[i].most_ns * 1e-3;
    }
}

static void add_measured(struct nh_figure *f, const struct nh_reference_row *rows, size_t count)
{
    struct nh_chart_point *points;
    char time[NH_HTML_TEXT], ratio[NH_HTML_TEXT], size[NH_HTML_TEXT];
    struct nh_chart_series *s = nh_figure_add(f, "measured", 0, count, &points);
    if (s == NULL)
        return;
    s->line = s->markers = true;
    for (size_t i = 0; i < count; i++) {
        points[i].x = rows[i].size_bytes;
        points[i].y = rows[i].measured_ns * 1e-3;
        points[i].lo = rows[i].ci.lo * 1e-3;
        points[i].hi = rows[i].ci.hi * 1e-3;
        points[i].hover = nh_figure_text(f, "%s B: %s, %s times the published median",
                                         nh_html_number(rows[i].size_bytes, size),
                                         nh_html_time(rows[i].measured_ns * 1e-9, time),
                                         nh_html_digits(rows[i].ratio, 3, ratio));
    }
}

static void draw(FILE *out, const struct nh_reference_row *rows, size_t count, size_t number)
{
    struct nh_figure f = {0};
    const struct nh_curve *c = rows[0].measured;
    f.chart = (struct nh_chart){.log_x = true, .log_y = true, .x_is_bytes = true};
    f.chart.id = nh_figure_text(&f, "reference%zu", number);
    f.chart.title = nh_figure_text(&f, "%s against published figures", c->kernel);
    f.chart.note =
        nh_figure_text(&f, "%s, %ld node%s", c->label, c->nodes, c->nodes == 1 ? "" : "s");
    f.chart.description = "Time of one operation against message size, measured and published. "
                          "Both axes logarithmic.";
    f.chart.x_label = "message size";
    f.chart.y_label = "time, µs";
    add_published(&f, rows, count);
    add_measured(&f, rows, count);
    nh_figure_write(out, &f);
}

static void write_list(FILE *out, const struct nh_references *r)
{
    fputs("<ul class=\"plain\">\n", out);
    for (size_t i = 0; i < r->data.source_count; i++) {
        fputs("<li><code>", out);
        nh_write_escaped(out, r->data.sources[i]);
        fputs("</code></li>\n", out);
    }
    fputs("</ul>\n", out);
}

void nh_html_references(FILE *out, const struct nh_report *report)
{
    const struct nh_references *r = &report->references;
    size_t number = 0;
    if (r->data.source_count == 0)
        return;
    fputs("<section id=\"references\">\n<h2>Measured against published figures</h2>\n<p>", out);
    nh_html_text(out,
                 "The study names these files. %zu of their figures cannot be true by the physics "
                 "guard and are left out. %s",
                 r->doubts.levels[NH_IMPOSSIBLE], r->note);
    fputs("</p>\n", out);
    write_list(out, r);
    fputs("<div class=\"charts\">\n", out);
    for (size_t i = 0; i < r->count && number < MOST_CURVES; i += rows_of(r, i))
        draw(out, &r->rows[i], rows_of(r, i), ++number);
    fputs("</div>\n</section>\n", out);
}
