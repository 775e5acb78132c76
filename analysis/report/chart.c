/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/chart.h"

#include "analysis/report/chart_data.h"
#include "analysis/report/chart_plot.h"

/* The figure around a plot: caption, legend, what screen readers are told. */

enum { LEGEND_CHARS = 60 };

static bool in_legend(const struct nh_chart_series *s)
{
    return s->name != NULL && s->count > 0;
}

static void write_legend_entry(FILE *out, const struct nh_chart_series *s)
{
    const char *class_name = nh_svg_series_class(s->colour);
    fprintf(out, "<li><svg class=\"sw %s\" viewBox=\"0 0 28 14\" aria-hidden=\"true\">",
            class_name);
    if (s->band)
        fprintf(out, "<path class=\"%s\" d=\"%s\"/>", s->hatched ? "hl" : "bd",
                s->hatched ? "M3,12l8,-10m0,10l8,-10m0,10l8,-10" : "M2,2h24v10h-24z");
    if (s->line)
        fprintf(out, "<path class=\"%s\" d=\"M1,7H27\"/>",
                s->guide    ? "gd"
                : s->dashed ? "ln ds"
                            : "ln");
    if (s->faint)
        fputs("<path class=\"fa\" d=\"M8,7h0M14,5h0M20,8h0\"/>", out);
    else if (s->markers)
        nh_svg_marker(out, s->colour, 14, 7, "mk");
    fputs("</svg>", out);
    nh_write_escaped_short(out, s->name, LEGEND_CHARS);
    fputs("</li>", out);
}

static void write_legend(FILE *out, const struct nh_chart *c)
{
    size_t names = 0;
    for (size_t s = 0; s < c->series_count; s++)
        names += in_legend(&c->series[s]);
    if (names < 2)
        return;
    fputs("<ul class=\"legend\">", out);
    for (size_t s = 0; s < c->series_count; s++) {
        if (in_legend(&c->series[s]))
            write_legend_entry(out, &c->series[s]);
    }
    fputs("</ul>\n", out);
}

static void write_caption(FILE *out, const struct nh_chart *c)
{
    fputs("<figcaption><strong>", out);
    nh_write_escaped(out, c->title);
    fputs("</strong>", out);
    if (c->note != NULL) {
        fputs(" <span>", out);
        nh_write_escaped(out, c->note);
        fputs("</span>", out);
    }
    fputs("</figcaption>\n", out);
}

static void write_picture(struct nh_plot *p)
{
    const struct nh_chart *c = p->chart;
    fprintf(p->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"document\" "
            "aria-describedby=\"%s-d\" aria-label=\"",
            NH_PLOT_WIDTH, NH_PLOT_HEIGHT, c->id);
    nh_write_escaped(p->out, c->title);
    /* Not <title>: browsers would show that over the whole picture. */
    fprintf(p->out, "\"><desc id=\"%s-d\">", c->id);
    nh_write_escaped(p->out, c->description);
    fputs("</desc>\n", p->out);
    nh_plot_areas(p);
    nh_plot_frame(p);
    nh_plot_guides(p);
    nh_plot_series(p);
    nh_plot_labels(p);
    fputs("</svg>\n", p->out);
}

int nh_chart_write(FILE *out, const struct nh_chart *chart)
{
    struct nh_plot p = {.out = out, .chart = chart};
    fprintf(out, "<figure class=\"chart\" id=\"%s\">", chart->id);
    write_caption(out, chart);
    if (nh_plot_set_up(&p)) {
        write_picture(&p);
        write_legend(out, chart);
        nh_chart_data(out, chart);
    } else {
        fputs("<p class=\"empty\">No value can be drawn here.</p>\n", out);
    }
    fputs("</figure>\n", out);
    return ferror(out) ? -1 : 0;
}
