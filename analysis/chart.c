/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/chart.h"

#include <math.h>
#include <string.h>

#include "analysis/chart_axis.h"
#include "analysis/chart_label.h"

/* The picture is drawn in these units and scaled to its column by the browser. */
enum { WIDTH = 440, HEIGHT = 308, TOP = 26, RIGHT = 12, BOTTOM = 50 };
enum { MOST_X_TICKS = 7, MOST_Y_TICKS = 6, NAME_CHARS = 26, LABEL_CHARS = 34, TIP_CHARS = 74 };
static const double text_height = 13.0, digit_width = 6.9;

struct plot {
    FILE *out;
    const struct nh_chart *chart;
    struct nh_axis x, y;
    struct nh_ticks x_ticks, y_ticks;
    enum nh_tick_style x_style, y_style;
    struct nh_label_field labels;
};

static bool drawable(const struct nh_chart *c, const struct nh_chart_point *p)
{
    return isfinite(p->x) && isfinite(p->y) && (!c->log_x || p->x > 0.0) &&
           (!c->log_y || p->y > 0.0);
}

/* --- text and numbers ----------------------------------------------------- */

/* A coordinate with one decimal, without a trailing ".0": half the size of the page. */
static void put_number(FILE *out, double value)
{
    double rounded = rint(value * 10.0) / 10.0;
    fprintf(out, rounded == rint(rounded) ? "%.0f" : "%.1f", rounded + 0.0);
}

static void put_attribute(FILE *out, const char *name, double value)
{
    fprintf(out, " %s=\"", name);
    put_number(out, value);
    putc('"', out);
}

static void put_class(FILE *out, int colour)
{
    if (colour < 0)
        fputs("sn", out);
    else
        fprintf(out, "s%d", colour % 8);
}

static double text_width(const char *text, bool bold)
{
    return (double)nh_text_width(text) * (bold ? 7.3 : digit_width);
}

static void put_line(FILE *out, const char *class_name, struct nh_segment s)
{
    fprintf(out, "<path class=\"%s\" d=\"M", class_name);
    put_number(out, s.x1);
    putc(',', out);
    put_number(out, s.y1);
    putc('L', out);
    put_number(out, s.x2);
    putc(',', out);
    put_number(out, s.y2);
    fputs("\"/>", out);
}

static void put_text(FILE *out, const char *class_name, double x, double y, const char *text,
                     size_t limit)
{
    fprintf(out, "<text class=\"%s\"", class_name);
    put_attribute(out, "x", x);
    put_attribute(out, "y", y);
    putc('>', out);
    nh_write_escaped_short(out, text, limit);
    fputs("</text>", out);
}

/* --- ranges --------------------------------------------------------------- */

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

static void find_ranges(const struct nh_chart *c, struct range *x, struct range *y)
{
    *x = *y = (struct range){INFINITY, -INFINITY};
    for (size_t s = 0; s < c->series_count; s++) {
        for (size_t i = 0; i < c->series[s].count; i++) {
            const struct nh_chart_point *p = &c->series[s].points[i];
            if (!drawable(c, p))
                continue;
            extend(x, p->x, c->log_x);
            extend(y, p->y, c->log_y);
            extend(y, p->lo, c->log_y);
            extend(y, p->hi, c->log_y);
        }
    }
    for (size_t m = 0; m < c->mark_count; m++)
        extend(c->marks[m].vertical ? x : y, c->marks[m].at,
               c->marks[m].vertical ? c->log_x : c->log_y);
}

static enum nh_tick_style x_style(const struct nh_chart *c)
{
    if (c->x_is_bytes)
        return NH_TICKS_BYTES;
    return c->x_base2 ? NH_TICKS_BASE2 : NH_TICKS_DECIMAL;
}

/* The left margin is as wide as the longest tick text, so ticks come before pixels. */
static double left_margin(const struct plot *p)
{
    double widest = 0.0;
    char text[NH_TICK_TEXT];
    for (size_t i = 0; i < p->y_ticks.count; i++)
        widest = fmax(widest, text_width(nh_tick_text(p->y_ticks.at[i], p->y_style, text), false));
    return widest + 12.0;
}

static bool set_up(struct plot *p)
{
    const struct nh_chart *c = p->chart;
    struct range x, y;
    find_ranges(c, &x, &y);
    if (!(x.lo <= x.hi) || !(y.lo <= y.hi))
        return false;
    p->x = (struct nh_axis){.log = c->log_x, .reverse = c->reverse_x, .end_px = WIDTH - RIGHT};
    p->y = (struct nh_axis){.log = c->log_y, .start_px = HEIGHT - BOTTOM, .end_px = TOP};
    nh_axis_fit(&p->x, x.lo, x.hi, false);
    nh_axis_fit(&p->y, y.lo, y.hi, c->y_from_zero);
    p->x_style = x_style(c);
    p->y_style = c->y_base2 ? NH_TICKS_BASE2 : NH_TICKS_DECIMAL;
    nh_axis_ticks(&p->x, p->x_style, MOST_X_TICKS, &p->x_ticks);
    nh_axis_ticks(&p->y, p->y_style, MOST_Y_TICKS, &p->y_ticks);
    p->x.start_px = left_margin(p);
    p->labels.area = (struct nh_box){p->x.start_px + 1, TOP - 4, WIDTH - p->x.start_px - 1,
                                     HEIGHT - BOTTOM - TOP + 3};
    return true;
}

/* --- frame: grid, ticks, axis titles, guides ------------------------------- */

static void draw_x_ticks(struct plot *p)
{
    char text[NH_TICK_TEXT];
    double free_from = -INFINITY;
    for (size_t n = 0; n < p->x_ticks.count; n++) {
        size_t i = p->x.reverse ? p->x_ticks.count - 1 - n : n;
        double px = nh_axis_pixel(&p->x, p->x_ticks.at[i]);
        put_line(p->out, "gr", (struct nh_segment){px, TOP, px, HEIGHT - BOTTOM});
        double half = text_width(nh_tick_text(p->x_ticks.at[i], p->x_style, text), false) / 2;
        if (px - half < free_from)
            continue;
        put_text(p->out, "tk m", fmin(px, WIDTH - half), HEIGHT - BOTTOM + 15, text, NAME_CHARS);
        free_from = px + half + 5.0;
    }
}

static void draw_frame(struct plot *p)
{
    char text[NH_TICK_TEXT];
    draw_x_ticks(p);
    for (size_t i = 0; i < p->y_ticks.count; i++) {
        double py = nh_axis_pixel(&p->y, p->y_ticks.at[i]);
        put_line(p->out, "gr", (struct nh_segment){p->x.start_px, py, WIDTH - RIGHT, py});
        put_text(p->out, "tk e", p->x.start_px - 6, py + 4,
                 nh_tick_text(p->y_ticks.at[i], p->y_style, text), NAME_CHARS);
    }
    put_line(p->out, "ax",
             (struct nh_segment){p->x.start_px, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM});
    put_text(p->out, "at", 2, 12, p->chart->y_label, 60);
    put_text(p->out, "at m", (p->x.start_px + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 32,
             p->chart->x_label, 60);
}

static struct nh_segment guide_line(const struct plot *p, const struct nh_chart_mark *m)
{
    if (m->vertical) {
        double px = nh_axis_pixel(&p->x, m->at);
        return (struct nh_segment){px, TOP, px, HEIGHT - BOTTOM};
    }
    double py = nh_axis_pixel(&p->y, m->at);
    return (struct nh_segment){p->x.start_px, py, WIDTH - RIGHT, py};
}

/* Guides are named at an end of their line, on the side that is free. */
static void name_guide(struct plot *p, const struct nh_chart_mark *m, struct nh_segment s)
{
    double w = text_width(m->label, false), h = text_height;
    double right = WIDTH - RIGHT - w, left = p->x.start_px + 3;
    struct nh_box places[4] = {{right, s.y1 - h, w, h},
                               {right, s.y1 + 1, w, h},
                               {left, s.y1 - h, w, h},
                               {left, s.y1 + 1, w, h}};
    if (m->vertical) {
        places[0] = (struct nh_box){s.x1 + 3, TOP, w, h};
        places[1] = (struct nh_box){s.x1 - w - 3, TOP, w, h};
        places[2] = (struct nh_box){s.x1 + 3, HEIGHT - BOTTOM - h - 2, w, h};
        places[3] = (struct nh_box){s.x1 - w - 3, HEIGHT - BOTTOM - h - 2, w, h};
    }
    struct nh_box at;
    if (nh_label_place_at(&p->labels, places, 4, &at))
        put_text(p->out, "gl", at.x, at.y + h - 3, m->label, NAME_CHARS);
}

/* --- series ---------------------------------------------------------------- */

static void draw_path(struct plot *p, const struct nh_chart_series *s)
{
    bool open = false;
    struct nh_segment last = {0};
    fputs("<path class=\"ln ", p->out);
    put_class(p->out, s->colour);
    fputs(s->dashed ? " ds\" d=\"" : "\" d=\"", p->out);
    for (size_t i = 0; i < s->count; i++) {
        if (!drawable(p->chart, &s->points[i]))
            continue;
        double px = nh_axis_pixel(&p->x, s->points[i].x), py = nh_axis_pixel(&p->y, s->points[i].y);
        putc(open ? 'L' : 'M', p->out);
        put_number(p->out, px);
        putc(',', p->out);
        put_number(p->out, py);
        if (open)
            nh_label_avoid(&p->labels, (struct nh_segment){last.x1, last.y1, px, py});
        last = (struct nh_segment){px, py, px, py};
        open = true;
    }
    fputs(open ? "\"/>" : "M0,0\"/>", p->out);
}

/* Shapes differ as well as colours; all have about the same area. */
static void draw_marker(FILE *out, int shape, double x, double y, const char *classes)
{
    static const char *const paths[] = {
        NULL, "h7.4v7.4h-7.4z", "l4.9,8.6h-9.8z", "l5.2,5.2l-5.2,5.2l-5.2,-5.2z",
        "h9.8l-4.9,8.6z", "l2.3,3.4h3.4l-2.3,3.4l2.3,3.4h-3.4l-2.3,3.4l-2.3,-3.4h-3.4l2.3,-3.4l-2.3,-3.4h3.4z",
        "h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z", "l5,3.6l-1.9,5.9h-6.2l-1.9,-5.9z"};
    static const double start[][2] = {{0, 0},       {-3.7, -3.7}, {0, -5.5}, {0, -5.2},
                                      {-4.9, -3.4}, {0, -6.8},    {-1.5, -5}, {0, -5.2}};
    int kind = shape < 0 ? 0 : shape % 8;
    if (paths[kind] == NULL) {
        fprintf(out, "<circle class=\"%s\"", classes);
        put_attribute(out, "cx", x);
        put_attribute(out, "cy", y);
        fputs(" r=\"4.2\"/>", out);
        return;
    }
    fprintf(out, "<path class=\"%s\" d=\"M", classes);
    put_number(out, x + start[kind][0]);
    putc(',', out);
    put_number(out, y + start[kind][1]);
    fprintf(out, "%s\"/>", paths[kind]);
}

static void draw_faint(struct plot *p, const struct nh_chart_series *s)
{
    fputs("<path class=\"fa ", p->out);
    put_class(p->out, s->colour);
    fputs("\" d=\"", p->out);
    bool any = false;
    for (size_t i = 0; i < s->count; i++) {
        if (!drawable(p->chart, &s->points[i]))
            continue;
        putc('M', p->out);
        put_number(p->out, nh_axis_pixel(&p->x, s->points[i].x));
        putc(',', p->out);
        put_number(p->out, nh_axis_pixel(&p->y, s->points[i].y));
        fputs("h0", p->out);
        any = true;
    }
    fputs(any ? "\"/>" : "M0,0\"/>", p->out);
}

static void draw_whisker(struct plot *p, const struct nh_chart_point *point, double px)
{
    if (!isfinite(point->lo) || !isfinite(point->hi) || (p->chart->log_y && point->lo <= 0.0))
        return;
    double top = nh_axis_pixel(&p->y, point->hi), bottom = nh_axis_pixel(&p->y, point->lo);
    fputs("<path class=\"wh\" d=\"M", p->out);
    put_number(p->out, px - 3);
    putc(',', p->out);
    put_number(p->out, top);
    fputs("h6m-3,0V", p->out);
    put_number(p->out, bottom);
    fputs("m-3,0h6\"/>", p->out);
    nh_label_avoid(&p->labels, (struct nh_segment){px, top, px, bottom});
}

/* Where to break the hover text in two lines: the last space within the first line. */
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
static void draw_tip(struct plot *p, const char *text)
{
    char first[2 * TIP_CHARS];
    size_t cut = tip_break(text);
    if (cut >= sizeof first)
        cut = sizeof first - 1;
    memcpy(first, text, cut);
    first[cut] = '\0';
    fputs("<g class=\"tip\">", p->out);
    fprintf(p->out, "<path d=\"M0,%dh%dv%dh-%dz\"/>", HEIGHT - BOTTOM + 18, WIDTH, BOTTOM - 18,
            WIDTH);
    put_text(p->out, "m", WIDTH / 2.0, HEIGHT - BOTTOM + 30, first, TIP_CHARS + 2);
    if (text[cut] == ' ')
        put_text(p->out, "m", WIDTH / 2.0, HEIGHT - BOTTOM + 43, text + cut + 1, TIP_CHARS + 2);
    fputs("</g>", p->out);
}

static void draw_point(struct plot *p, const struct nh_chart_series *s,
                       const struct nh_chart_point *point)
{
    double px = nh_axis_pixel(&p->x, point->x), py = nh_axis_pixel(&p->y, point->y);
    fputs("<g class=\"pt ", p->out);
    put_class(p->out, s->colour);
    fputs(point->hover != NULL ? "\" tabindex=\"0\" role=\"img\">" : "\">", p->out);
    if (point->hover != NULL) {
        fputs("<title>", p->out);
        nh_write_escaped_short(p->out, point->hover, 2 * TIP_CHARS);
        fputs("</title><circle class=\"hit\"", p->out);
        put_attribute(p->out, "cx", px);
        put_attribute(p->out, "cy", py);
        fputs(" r=\"9\"/>", p->out);
    }
    draw_whisker(p, point, px);
    if (point->badge != NULL) {
        fputs("<circle class=\"ring\"", p->out);
        put_attribute(p->out, "cx", px);
        put_attribute(p->out, "cy", py);
        fputs(" r=\"8.5\"/>", p->out);
    }
    draw_marker(p->out, s->colour, px, py, point->hollow ? "mk o" : "mk");
    if (point->hover != NULL)
        draw_tip(p, point->hover);
    fputs("</g>\n", p->out);
}

static void block_markers(struct plot *p)
{
    for (size_t s = 0; s < p->chart->series_count; s++) {
        const struct nh_chart_series *series = &p->chart->series[s];
        for (size_t i = 0; series->markers && !series->faint && i < series->count; i++) {
            if (!drawable(p->chart, &series->points[i]))
                continue;
            double size = series->points[i].badge != NULL ? 9.0 : 5.0;
            double px = nh_axis_pixel(&p->x, series->points[i].x);
            double py = nh_axis_pixel(&p->y, series->points[i].y);
            nh_label_block(&p->labels, (struct nh_box){px - size, py - size, 2 * size, 2 * size});
        }
    }
}

static void draw_series(struct plot *p)
{
    const struct nh_chart *c = p->chart;
    for (size_t s = 0; s < c->series_count; s++) {
        if (c->series[s].faint)
            draw_faint(p, &c->series[s]);
    }
    for (size_t s = 0; s < c->series_count; s++) {
        if (c->series[s].line)
            draw_path(p, &c->series[s]);
    }
    for (size_t s = 0; s < c->series_count; s++) {
        const struct nh_chart_series *series = &c->series[s];
        for (size_t i = 0; series->markers && !series->faint && i < series->count; i++) {
            if (drawable(c, &series->points[i]))
                draw_point(p, series, &series->points[i]);
        }
    }
}

/* --- labels ---------------------------------------------------------------- */

static void draw_label(struct plot *p, const struct nh_chart_point *point, bool badges)
{
    char text[256];
    snprintf(text, sizeof text, "%s%s%s", point->label != NULL ? point->label : "",
             point->label != NULL && point->badge != NULL && point->badge[0] != '\0' ? " " : "",
             point->badge != NULL ? point->badge : "");
    double w = fmin(text_width(text, badges), LABEL_CHARS * 7.3) + 4.0;
    double clearance = point->badge != NULL ? 9.5 : 5.5;
    struct nh_box at;
    if (nh_label_place(&p->labels, nh_axis_pixel(&p->x, point->x), nh_axis_pixel(&p->y, point->y),
                       clearance, w, text_height, &at))
        put_text(p->out, badges ? "lb b m" : "lb m", at.x + w / 2, at.y + text_height - 3, text,
                 LABEL_CHARS);
}

/* Badges choose their places before plain labels do. */
static void draw_labels(struct plot *p, bool badges)
{
    for (size_t s = 0; s < p->chart->series_count; s++) {
        const struct nh_chart_series *series = &p->chart->series[s];
        for (size_t i = 0; i < series->count; i++) {
            const struct nh_chart_point *point = &series->points[i];
            bool text = point->label != NULL || point->badge != NULL;
            if (text && (point->badge != NULL) == badges && drawable(p->chart, point))
                draw_label(p, point, badges);
        }
    }
}

/* The name of a line stands near one of its points, the last ones first. */
static void draw_name(struct plot *p, const struct nh_chart_series *s)
{
    double w = fmin(text_width(s->name, false), NAME_CHARS * digit_width) + 4.0;
    for (size_t i = s->count; i-- > 0;) {
        if (!drawable(p->chart, &s->points[i]))
            continue;
        double px = nh_axis_pixel(&p->x, s->points[i].x), py = nh_axis_pixel(&p->y, s->points[i].y);
        struct nh_box at;
        if (!nh_label_place(&p->labels, px, py, 6.0, w, text_height, &at))
            continue;
        fputs("<text class=\"nm m ", p->out);
        put_class(p->out, s->colour);
        putc('"', p->out);
        put_attribute(p->out, "x", at.x + w / 2);
        put_attribute(p->out, "y", at.y + text_height - 3);
        putc('>', p->out);
        nh_write_escaped_short(p->out, s->name, NAME_CHARS);
        fputs("</text>", p->out);
        return;
    }
}

static void draw_plot(struct plot *p)
{
    draw_frame(p);
    block_markers(p);
    for (size_t m = 0; m < p->chart->mark_count; m++) {
        struct nh_segment s = guide_line(p, &p->chart->marks[m]);
        put_line(p->out, "gd", s);
        nh_label_avoid(&p->labels, s);
    }
    draw_series(p);
    fputs("<g class=\"tx\">", p->out);
    draw_labels(p, true);
    draw_labels(p, false);
    for (size_t m = 0; m < p->chart->mark_count; m++)
        name_guide(p, &p->chart->marks[m], guide_line(p, &p->chart->marks[m]));
    for (size_t s = 0; s < p->chart->series_count; s++) {
        if (p->chart->series[s].named)
            draw_name(p, &p->chart->series[s]);
    }
    fputs("</g>", p->out);
}

/* --- figure ---------------------------------------------------------------- */

static void write_legend_entry(FILE *out, const struct nh_chart_series *s)
{
    fputs("<li><svg class=\"sw\" viewBox=\"0 0 28 14\" aria-hidden=\"true\">", out);
    if (s->line) {
        fputs("<path class=\"ln ", out);
        put_class(out, s->colour);
        fputs(s->dashed ? " ds\" d=\"M1,7H27\"/>" : "\" d=\"M1,7H27\"/>", out);
    }
    fputs("<g class=\"", out);
    put_class(out, s->colour);
    fputs("\">", out);
    if (s->faint)
        fputs("<path class=\"fa\" d=\"M8,7h0M14,5h0M20,8h0\"/>", out);
    else if (s->markers)
        draw_marker(out, s->colour, 14, 7, "mk");
    fputs("</g></svg>", out);
    nh_write_escaped_short(out, s->name, 60);
    fputs("</li>", out);
}

static void write_legend(FILE *out, const struct nh_chart *c)
{
    size_t names = 0;
    for (size_t s = 0; s < c->series_count; s++)
        names += c->series[s].name != NULL && c->series[s].count > 0;
    if (names < 2)
        return;
    fputs("<ul class=\"legend\">", out);
    for (size_t s = 0; s < c->series_count; s++) {
        if (c->series[s].name != NULL && c->series[s].count > 0)
            write_legend_entry(out, &c->series[s]);
    }
    fputs("</ul>\n", out);
}

static void open_figure(FILE *out, const struct nh_chart *c)
{
    fprintf(out, "<figure class=\"chart\" id=\"%s\"><figcaption><strong>", c->id);
    nh_write_escaped(out, c->title);
    fputs("</strong>", out);
    if (c->note != NULL) {
        fputs(" <span>", out);
        nh_write_escaped(out, c->note);
        fputs("</span>", out);
    }
    fputs("</figcaption>\n", out);
}

int nh_chart_write(FILE *out, const struct nh_chart *chart)
{
    struct plot p = {.out = out, .chart = chart};
    open_figure(out, chart);
    if (!set_up(&p)) {
        fputs("<p class=\"empty\">No value can be drawn here.</p></figure>\n", out);
        return ferror(out) ? -1 : 0;
    }
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"group\" "
            "aria-describedby=\"%s-d\" aria-label=\"",
            WIDTH, HEIGHT, chart->id);
    nh_write_escaped(out, chart->title);
    /* Not <title>: browsers would show that over the whole picture. */
    fprintf(out, "\"><desc id=\"%s-d\">", chart->id);
    nh_write_escaped(out, chart->description);
    fputs("</desc>\n", out);
    draw_plot(&p);
    fputs("</svg>\n", out);
    write_legend(out, chart);
    fputs("</figure>\n", out);
    return ferror(out) ? -1 : 0;
}
