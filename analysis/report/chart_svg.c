/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "analysis/report/chart_plot.h"

void nh_svg_number(FILE *out, double value)
{
    double rounded = rint(value * 10.0) / 10.0;
    fprintf(out, rounded == rint(rounded) ? "%.0f" : "%.1f", rounded + 0.0);
}

void nh_svg_attribute(FILE *out, const char *name, double value)
{
    fprintf(out, " %s=\"", name);
    nh_svg_number(out, value);
    putc('"', out);
}

void nh_svg_pair(FILE *out, char command, double x, double y)
{
    putc(command, out);
    nh_svg_number(out, x);
    putc(',', out);
    nh_svg_number(out, y);
}

/* Whether a point held is off the line from the first of them to (x, y). */
static bool bends(const struct nh_trace *t, double x, double y)
{
    double dx = x - t->x[0], dy = y - t->y[0], length = hypot(dx, dy);
    for (size_t i = 1; i < t->held; i++) {
        double px = t->x[i] - t->x[0], py = t->y[i] - t->y[0];
        double along = px * dx + py * dy;
        if (!(fabs(px * dy - py * dx) <= 0.1 * length && along >= 0 && along <= length * length))
            return true;
    }
    return false;
}

void nh_trace_add(struct nh_trace *t, double x, double y)
{
    if (t->held == 0)
        nh_svg_pair(t->out, 'M', x, y);
    else if (t->held == NH_TRACE_POINTS || bends(t, x, y)) {
        t->x[0] = t->x[t->held - 1];
        t->y[0] = t->y[t->held - 1];
        t->held = 1;
        nh_svg_pair(t->out, 'L', t->x[0], t->y[0]);
    }
    t->x[t->held] = x;
    t->y[t->held++] = y;
}

void nh_trace_end(struct nh_trace *t)
{
    if (t->held > 1)
        nh_svg_pair(t->out, 'L', t->x[t->held - 1], t->y[t->held - 1]);
}

void nh_svg_line(FILE *out, const char *class_name, struct nh_segment s)
{
    fprintf(out, "<path class=\"%s\" d=\"", class_name);
    nh_svg_pair(out, 'M', s.x1, s.y1);
    nh_svg_pair(out, 'L', s.x2, s.y2);
    fputs("\"/>", out);
}

void nh_svg_text(FILE *out, const char *class_name, double x, double y, const char *text,
                 size_t limit)
{
    fprintf(out, class_name[0] != '\0' ? "<text class=\"%s\"" : "<text%s", class_name);
    nh_svg_attribute(out, "x", x);
    nh_svg_attribute(out, "y", y);
    putc('>', out);
    nh_write_escaped_short(out, text, limit);
    fputs("</text>", out);
}

void nh_svg_circle(FILE *out, const char *class_name, double x, double y, const char *r)
{
    fprintf(out, "<circle class=\"%s\"", class_name);
    nh_svg_attribute(out, "cx", x);
    nh_svg_attribute(out, "cy", y);
    fprintf(out, " r=\"%s\"/>", r);
}

const char *nh_svg_series_class(int colour)
{
    static const char *const names[] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};
    return colour < 0 ? "sn" : names[colour % 8];
}

void nh_svg_marker(FILE *out, int shape, double x, double y, const char *classes)
{
    /* Square, triangle, diamond, triangle down, star, plus, pentagon; the circle is apart. */
    static const struct {
        double x, y;
        const char *path;
    } shapes[] = {{-3.7, -3.7, "h7.4v7.4h-7.4z"},
                  {0, -5.5, "l4.9,8.6h-9.8z"},
                  {0, -5.2, "l5.2,5.2l-5.2,5.2l-5.2,-5.2z"},
                  {-4.9, -3.4, "h9.8l-4.9,8.6z"},
                  {0, -6.8,
                   "l2.3,3.4h3.4l-2.3,3.4l2.3,3.4h-3.4l-2.3,3.4l-2.3,-3.4h-3.4l2.3,-3.4"
                   "l-2.3,-3.4h3.4z"},
                  {-1.5, -5, "h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z"},
                  {0, -5.2, "l5,3.6l-1.9,5.9h-6.2l-1.9,-5.9z"}};
    int kind = shape < 0 ? 0 : shape % 8;
    if (kind == 0) {
        nh_svg_circle(out, classes, x, y, "4.2");
        return;
    }
    fprintf(out, "<path class=\"%s\" d=\"", classes);
    nh_svg_pair(out, 'M', x + shapes[kind - 1].x, y + shapes[kind - 1].y);
    fprintf(out, "%s\"/>", shapes[kind - 1].path);
}

double nh_svg_text_width(const char *text, bool bold)
{
    return (double)nh_text_width(text) * (bold ? 8.0 : 7.2);
}
