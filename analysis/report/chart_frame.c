/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "analysis/report/chart_plot.h"

/* What stands behind the data: ranges, grid, ticks, titles of the axes, guides. */

enum { MOST_X_TICKS = 7, MOST_Y_TICKS = 6, TITLE_CHARS = 60 };

struct range {
    double lo, hi;
};

static void extend(struct range *r, double value, bool positive)
{
    if (!isfinite(value) || (positive && value <= 0.0))
        return;
    r->lo = fmin(r->lo, value);
    r->hi = fmax(r->hi, value);
}

static void find_ranges(const struct nh_plot *p, struct range *x, struct range *y)
{
    const struct nh_chart *c = p->chart;
    *x = *y = (struct range){INFINITY, -INFINITY};
    for (size_t s = 0; s < c->series_count; s++) {
        for (size_t i = 0; i < c->series[s].count; i++) {
            const struct nh_chart_point *point = &c->series[s].points[i];
            if (!nh_plot_drawable(p, point))
                continue;
            extend(x, point->x, c->log_x);
            extend(y, point->y, c->log_y);
            extend(y, point->lo, c->log_y);
            extend(y, point->hi, c->log_y);
        }
    }
    for (size_t m = 0; m < c->mark_count; m++)
        extend(c->marks[m].vertical ? x : y, c->marks[m].at,
               c->marks[m].vertical ? c->log_x : c->log_y);
}

/* The left margin is as wide as the longest tick text, so ticks come before pixels. */
static double left_margin(const struct nh_plot *p)
{
    double widest = 0.0;
    char text[NH_TICK_TEXT];
    for (size_t i = 0; i < p->y_ticks.count; i++)
        widest = fmax(widest,
                      nh_svg_text_width(nh_tick_text(p->y_ticks.at[i], p->y_style, text), false));
    return widest + 12.0;
}

static enum nh_tick_style x_style(const struct nh_chart *c)
{
    if (c->x_is_bytes)
        return NH_TICKS_BYTES;
    return c->x_base2 ? NH_TICKS_BASE2 : NH_TICKS_DECIMAL;
}

bool nh_plot_set_up(struct nh_plot *p)
{
    const struct nh_chart *c = p->chart;
    struct range x, y;
    find_ranges(p, &x, &y);
    if (!(x.lo <= x.hi) || !(y.lo <= y.hi))
        return false;
    p->x = (struct nh_axis){.log = c->log_x, .reverse = c->reverse_x, .end_px = NH_PLOT_END};
    p->y = (struct nh_axis){.log = c->log_y, .start_px = NH_PLOT_BASE, .end_px = NH_PLOT_TOP};
    nh_axis_fit(&p->x, x.lo, x.hi, false);
    nh_axis_fit(&p->y, y.lo, y.hi, c->y_from_zero);
    p->x_style = x_style(c);
    p->y_style = c->y_base2 ? NH_TICKS_BASE2 : NH_TICKS_DECIMAL;
    nh_axis_ticks(&p->x, p->x_style, MOST_X_TICKS, &p->x_ticks);
    nh_axis_ticks(&p->y, p->y_style, MOST_Y_TICKS, &p->y_ticks);
    p->x.start_px = left_margin(p);
    p->labels.area =
        (struct nh_box){p->x.start_px + 1, NH_PLOT_TOP - 4, NH_PLOT_WIDTH - p->x.start_px - 1,
                        NH_PLOT_BASE - NH_PLOT_TOP + 3};
    return true;
}

static void draw_x_ticks(struct nh_plot *p)
{
    char text[NH_TICK_TEXT];
    double free_from = -INFINITY;
    for (size_t n = 0; n < p->x_ticks.count; n++) {
        size_t i = p->x.reverse ? p->x_ticks.count - 1 - n : n;
        double px = nh_axis_pixel(&p->x, p->x_ticks.at[i]);
        nh_tick_text(p->x_ticks.at[i], p->x_style, text);
        double half = nh_svg_text_width(text, false) / 2;
        double middle = fmin(px, NH_PLOT_WIDTH - half);
        if (middle - half < free_from)
            continue;
        nh_svg_text(p->out, "", middle, NH_PLOT_BASE + 18, text, NH_TICK_TEXT);
        free_from = middle + half + 4.0;
    }
}

/* One path: there are some ten lines in each of dozens of charts. */
static void draw_grid(struct nh_plot *p)
{
    fputs("<path class=\"gr\" d=\"", p->out);
    for (size_t i = 0; i < p->x_ticks.count; i++) {
        nh_svg_pair(p->out, 'M', nh_axis_pixel(&p->x, p->x_ticks.at[i]), NH_PLOT_TOP);
        fprintf(p->out, "V%d", NH_PLOT_BASE);
    }
    for (size_t i = 0; i < p->y_ticks.count; i++) {
        nh_svg_pair(p->out, 'M', p->x.start_px, nh_axis_pixel(&p->y, p->y_ticks.at[i]));
        fprintf(p->out, "H%d", NH_PLOT_END);
    }
    fputs("\"/>", p->out);
}

void nh_plot_frame(struct nh_plot *p)
{
    char text[NH_TICK_TEXT];
    draw_grid(p);
    fputs("<g class=\"tk m\">", p->out);
    draw_x_ticks(p);
    fputs("</g><g class=\"tk e\">", p->out);
    for (size_t i = 0; i < p->y_ticks.count; i++) {
        double py = nh_axis_pixel(&p->y, p->y_ticks.at[i]);
        nh_svg_text(p->out, "", p->x.start_px - 6, py + 4,
                    nh_tick_text(p->y_ticks.at[i], p->y_style, text), NH_TICK_TEXT);
    }
    fputs("</g>", p->out);
    nh_svg_line(p->out, "ax",
                (struct nh_segment){p->x.start_px, NH_PLOT_BASE, NH_PLOT_END, NH_PLOT_BASE});
    nh_svg_text(p->out, "at", 2, 12, p->chart->y_label, TITLE_CHARS);
    nh_svg_text(p->out, "at m", (p->x.start_px + NH_PLOT_END) / 2, NH_PLOT_BASE + 36,
                p->chart->x_label, TITLE_CHARS);
}

static struct nh_segment guide_line(const struct nh_plot *p, const struct nh_chart_mark *m)
{
    if (m->vertical) {
        double px = nh_axis_pixel(&p->x, m->at);
        return (struct nh_segment){px, NH_PLOT_TOP, px, NH_PLOT_BASE};
    }
    double py = nh_axis_pixel(&p->y, m->at);
    return (struct nh_segment){p->x.start_px, py, NH_PLOT_END, py};
}

void nh_plot_guides(struct nh_plot *p)
{
    for (size_t m = 0; m < p->chart->mark_count; m++) {
        struct nh_segment s = guide_line(p, &p->chart->marks[m]);
        nh_svg_line(p->out, "gd", s);
        nh_label_avoid(&p->labels, s);
    }
}
