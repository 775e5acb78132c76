/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>

#include "analysis/report/chart_plot.h"

/* The data: pale dots of repeats, lines, whiskers, points with their hover text. */

enum { TIP_CHARS = 74, HIDDEN = 3 }; /* HIDDEN: pixels of a whisker that its marker covers */

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
    struct nh_trace line = {.out = p->out};
    double last_x = 0.0, last_y = 0.0;
    fprintf(p->out, "<path class=\"%s %s%s\" d=\"", s->guide ? "gd" : "ln",
            nh_svg_series_class(s->colour), s->dashed && !s->guide ? " ds" : "");
    for (size_t i = 0; i < s->count; i++) {
        if (!nh_plot_drawable(p, &s->points[i]))
            continue;
        double px = nh_plot_x(p, &s->points[i]), py = nh_plot_y(p, &s->points[i]);
        if (line.held > 0)
            nh_label_avoid(&p->labels, (struct nh_segment){last_x, last_y, px, py});
        nh_trace_add(&line, px, py);
        last_x = px;
        last_y = py;
    }
    nh_trace_end(&line);
    fputs("\"/>", p->out);
}

/* Squares of the plot that have a dot, which is wider than they are. */
enum { SQUARE = 3 }; /* pixels */
struct dots {
    unsigned char taken[NH_PLOT_HEIGHT / SQUARE + 1][NH_PLOT_WIDTH / SQUARE + 1];
};

/* False where a dot has been drawn, or outside the picture. */
static bool take_place(struct dots *dots, double px, double py)
{
    bool inside = px >= 0 && px < NH_PLOT_WIDTH && py >= 0 && py < NH_PLOT_HEIGHT;
    unsigned char *taken = inside ? &dots->taken[(int)py / SQUARE][(int)px / SQUARE] : NULL;
    if (taken == NULL || *taken)
        return false;
    *taken = 1;
    return true;
}

/* Lines of no length with round ends: one path for all repeats of a series. Whole pixels, and one
 * dot in a square, since thousands of repeats make most of a page otherwise. */
static void draw_faint(struct nh_plot *p, const struct nh_chart_series *s)
{
    struct dots dots = {0};
    double last_x = 0, last_y = 0;
    const char *format = "M%.0f,%.0fh0";
    fprintf(p->out, "<path class=\"fa %s\" d=\"", nh_svg_series_class(s->colour));
    for (size_t i = 0; i < s->count; i++) {
        if (!nh_plot_drawable(p, &s->points[i]))
            continue;
        double px = rint(nh_plot_x(p, &s->points[i])), py = rint(nh_plot_y(p, &s->points[i]));
        if (!take_place(&dots, px, py))
            continue;
        fprintf(p->out, format, px - last_x + 0.0, py - last_y + 0.0);
        format = "m%.0f,%.0fh0";
        last_x = px;
        last_y = py;
    }
    fputs("\"/>", p->out);
}

static void draw_whisker(struct nh_plot *p, const struct nh_chart_point *point, double px)
{
    if (!isfinite(point->lo) || !isfinite(point->hi) || (p->chart->log_y && point->lo <= 0.0))
        return;
    double top = nh_axis_pixel(&p->y, point->hi), bottom = nh_axis_pixel(&p->y, point->lo);
    if (bottom - top < HIDDEN)
        return;
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
    fprintf(p->out, "<g class=\"tip m\"><path d=\"M0,%dH%dV%dH0\"/>", NH_PLOT_BASE + 22,
            NH_PLOT_WIDTH, NH_PLOT_HEIGHT);
    nh_svg_text(p->out, "", NH_PLOT_WIDTH / 2.0, NH_PLOT_BASE + 34, first, TIP_CHARS + 2);
    if (text[cut] == ' ')
        nh_svg_text(p->out, "", NH_PLOT_WIDTH / 2.0, NH_PLOT_BASE + 47, text + cut + 1,
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
