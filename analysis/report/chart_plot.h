/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHART_PLOT_H
#define NH_CHART_PLOT_H

#include "analysis/report/chart.h"
#include "analysis/report/chart_axis.h"
#include "analysis/report/chart_label.h"

/* A chart being drawn: shared by the files that draw its frame, its series and its text. */

/* The picture is drawn in these units and scaled to its column by the browser. */
enum { NH_PLOT_WIDTH = 440, NH_PLOT_HEIGHT = 308 };
enum { NH_PLOT_TOP = 26, NH_PLOT_RIGHT = 12, NH_PLOT_BOTTOM = 50 };
enum {
    NH_PLOT_BASE = NH_PLOT_HEIGHT - NH_PLOT_BOTTOM,
    NH_PLOT_END = NH_PLOT_WIDTH - NH_PLOT_RIGHT
};
enum { NH_PLOT_NAME_CHARS = 26 };
#define NH_PLOT_TEXT_HEIGHT 13.0

struct nh_plot {
    FILE *out;
    const struct nh_chart *chart;
    struct nh_axis x, y;
    struct nh_ticks x_ticks, y_ticks;
    enum nh_tick_style x_style, y_style;
    struct nh_label_field labels;
};

/** False for a point with a NaN, or not positive on a log axis. */
bool nh_plot_drawable(const struct nh_plot *p, const struct nh_chart_point *point);
double nh_plot_x(const struct nh_plot *p, const struct nh_chart_point *point);
double nh_plot_y(const struct nh_plot *p, const struct nh_chart_point *point);

/** Ranges, ticks and margins from the data; false when there is nothing to draw. */
bool nh_plot_set_up(struct nh_plot *p);
/** Grid, axes and their titles. */
void nh_plot_frame(struct nh_plot *p);
/** Stripes of zones, then bands between values; behind the grid. */
void nh_plot_areas(struct nh_plot *p);
/** Lines of the guides; they become obstacles of labels. */
void nh_plot_guides(struct nh_plot *p);
/** Repeats, lines, whiskers and points with their hover text. */
void nh_plot_series(struct nh_plot *p);
/** Labels of points and guides, where they fit. */
void nh_plot_labels(struct nh_plot *p);

/* --- pieces of SVG ---------------------------------------------------------- */

/** A coordinate with one decimal, without a trailing ".0": half the size of the page. */
void nh_svg_number(FILE *out, double value);
void nh_svg_attribute(FILE *out, const char *name, double value);
void nh_svg_pair(FILE *out, char command, double x, double y);
/** Data of a path through points, without those that lie within a tenth of a pixel of the line
 *  between their neighbours. Begins with `out` set, the rest zero. */
enum { NH_TRACE_POINTS = 64 };
struct nh_trace {
    FILE *out;
    size_t held; /* the last point written, and those after it that may not be needed */
    double x[NH_TRACE_POINTS], y[NH_TRACE_POINTS];
};
void nh_trace_add(struct nh_trace *t, double x, double y);
void nh_trace_end(struct nh_trace *t);
void nh_svg_line(FILE *out, const char *class_name, struct nh_segment s);
void nh_svg_text(FILE *out, const char *class_name, double x, double y, const char *text,
                 size_t limit);
void nh_svg_circle(FILE *out, const char *class_name, double x, double y, const char *r);
/** Class of a series: "s3", or "sn" for neutral. */
const char *nh_svg_series_class(int colour);
/** A marker: shapes differ as well as colours, and have about the same area. */
void nh_svg_marker(FILE *out, int shape, double x, double y, const char *classes);
/** Estimated width in pixels; system fonts differ, so it errs on the wide side. */
double nh_svg_text_width(const char *text, bool bold);

#endif
