/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>

#include "analysis/report/chart_plot.h"

/* The data: pale dots of repeats, lines, whiskers, points with their hover text. */

enum { TIP_CHARS = 74 };

bool nh_plot_drawable(const struct nh_plot *p, const struct nh_chart_point *point)
{
    return isfinite(point->x) && isfinite(point->y) && (!p->chart->log_x || point->x > 0.0) &&
           (!p->chart->log_y || point->y > 0.0);
}

double nh_plot_x(const struct nh_plot *p, const struct nh_chart_point *point)
{
    return nh_axis_pixel(&p->x, point->x) + point->aside;
}

double nh_plot_y(const struct nh_plot *p, const struct nh_chart_point *point)
{
    return nh_axis_pixel(&p->y, point->y);
}

static void draw_path(struct nh_plot *p, const struct nh_chart_series *s)
{
    char command = 'M';
    double last_x = 0.0, last_y = 0.0;
    fprintf(p->out, "<path class=\"%s %s%s\" d=\"", s->guide ? "gd" : "ln",
            nh_svg_series_class(s->colour), s->dashed && !s->guide ? " ds" : "");
    for (size_t i = 0; i < s->count; i++) {
        if (!nh_plot_drawable(p, &s->points[i]))
            continue;
        double px = nh_plot_x(p, &s->points[i]), py = nh_plot_y(p, &s->points[i]);
        nh_svg_pair(p->out, command, px, py);
        if (command == 'L')
            nh_label_avoid(&p->labels, (struct nh_segment){last_x, last_y, px, py});
        last_x = px;
        last_y = py;
        command = 'L';
    }
    fputs("\"/>", p->out);
}

/* Lines of no length with round ends: one path for all repeats of a series. */
static void draw_faint(struct nh_plot *p, const struct nh_chart_series *s)
{
    fprintf(p->out, "<path class=\"fa %s\" d=\"", nh_svg_series_class(s->colour));
    for (size_t i = 0; i < s->count; i++) {
        if (!nh_plot_drawable(p, &s->points[i]))
            continue;
        nh_svg_pair(p->out, 'M', nh_plot_x(p, &s->points[i]), nh_plot_y(p, &s->points[i]));
        fputs("h0", p->out);
    }
    fputs("\"/>", p->out);
}

static void draw_whisker(struct nh_plot *p, const struct nh_chart_point *point, double px)
{
    if (!isfinite(point->lo) || !isfinite(point->hi) || (p->chart->log_y && point->lo <= 0.0))
        return;
    double top = nh_axis_pixel(&p->y, point->hi), bottom = nh_axis_pixel(&p->y, point->lo);
    fputs("<path class=\"wh\" d=\"", p->out);
    nh_svg_pair(p->out, 'M', px - 3, top);
    fputs("h6m-3,0V", p->out);
    nh_svg_number(p->out, bottom);
    fputs("m-3,0h6\"/>", p->out);
    nh_label_avoid(&p->labels, (struct nh_segment){px, top, px, bottom});
}

/* Bytes of the first line of a hover text: up to the last space that fits. */
static size_t tip_break(const char *text)
{
    size_t length = strlen(text), at = 0;
    if (nh_text_width(text) <= TIP_CHARS)
        return length;
    for (size_t i = 0; i < length && i < TIP_CHARS; i++) {
        if (text[i] == ' ')
            at = i;
    }
    return at > 0 ? at : length;
}

/* The hover text again, as a line under the plot: shown for keyboard focus too. */
static void draw_tip(struct nh_plot *p, const char *text)
{
    char first[4 * TIP_CHARS];
    size_t cut = tip_break(text);
    snprintf(first, sizeof first, "%.*s", (int)cut, text);
    fprintf(p->out, "<g class=\"tip\"><path d=\"M0,%dh%dv%dh-%dz\"/>", NH_PLOT_BASE + 22,
            NH_PLOT_WIDTH, NH_PLOT_BOTTOM - 22, NH_PLOT_WIDTH);
    nh_svg_text(p->out, "m", NH_PLOT_WIDTH / 2.0, NH_PLOT_BASE + 34, first, TIP_CHARS + 2);
    if (text[cut] == ' ')
        nh_svg_text(p->out, "m", NH_PLOT_WIDTH / 2.0, NH_PLOT_BASE + 47, text + cut + 1,
                    TIP_CHARS + 2);
    fputs("</g>", p->out);
}

static void draw_hover(struct nh_plot *p, const char *text, double px, double py)
{
    fputs("<title>", p->out);
    nh_write_escaped_short(p->out, text, 2 * TIP_CHARS);
    fputs("</title>", p->out);
    nh_svg_circle(p->out, "hit", px, py, "9");
}

static void draw_point(struct nh_plot *p, const struct nh_chart_series *s,
                       const struct nh_chart_point *point)
{
    double px = nh_plot_x(p, point), py = nh_plot_y(p, point);
    fprintf(p->out, "<g class=\"pt %s\"%s>", nh_svg_series_class(s->colour),
            point->hover != NULL ? " tabindex=\"0\" role=\"img\"" : "");
    if (point->hover != NULL)
        draw_hover(p, point->hover, px, py);
    draw_whisker(p, point, px);
    if (point->badge != NULL)
        nh_svg_circle(p->out, "ring", px, py, "8.5");
    nh_svg_marker(p->out, s->colour, px, py, point->hollow ? "mk o" : "mk");
    if (point->hover != NULL)
        draw_tip(p, point->hover);
    fputs("</g>\n", p->out);
}

static bool has_points(const struct nh_chart_series *s)
{
    return s->markers && !s->faint && !s->band;
}

static void block_markers(struct nh_plot *p, const struct nh_chart_series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!nh_plot_drawable(p, &s->points[i]))
            continue;
        double size = s->points[i].badge != NULL ? 9.0 : 5.0;
        double px = nh_plot_x(p, &s->points[i]), py = nh_plot_y(p, &s->points[i]);
        nh_label_block(&p->labels, (struct nh_box){px - size, py - size, 2 * size, 2 * size});
    }
}

static bool draws_nothing(const struct nh_plot *p, const struct nh_chart_series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (nh_plot_drawable(p, &s->points[i]))
            return false;
    }
    return true;
}

void nh_plot_series(struct nh_plot *p)
{
    const struct nh_chart_series *all = p->chart->series;
    size_t count = p->chart->series_count;
    for (size_t s = 0; s < count; s++) {
        if (all[s].faint && !draws_nothing(p, &all[s]))
            draw_faint(p, &all[s]);
    }
    for (size_t s = 0; s < count; s++) {
        if (all[s].line && !draws_nothing(p, &all[s]))
            draw_path(p, &all[s]);
    }
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; has_points(&all[s]) && i < all[s].count; i++) {
            if (nh_plot_drawable(p, &all[s].points[i]))
                draw_point(p, &all[s], &all[s].points[i]);
        }
        if (has_points(&all[s]))
            block_markers(p, &all[s]);
    }
}
