/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHART_H
#define NH_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Charts as inline SVG that follows the page's theme (CSS variables), prints well,
 * and shows the value on hover and on keyboard focus (<title>, no script needed).
 */
struct nh_chart_point {
    double x, y;
    double lo, hi;     /* whisker, NaN for none */
    const char *label; /* drawn beside the point, or NULL */
    const char *badge; /* drawn bold after the label, with a ring round the point, or NULL */
    const char *hover; /* text of <title>; with unit and interval */
    bool hollow;       /* dominated or uncertain points */
    double aside;      /* drawn that many pixels to the right, so that points lie side by side */
};

struct nh_chart_series {
    const char *name; /* legend */
    const struct nh_chart_point *points;
    size_t count;
    int colour; /* 0..7, index into the palette; also chooses the marker; -1 neutral */
    bool line, markers, dashed;
    bool faint;   /* small pale dots without hover: repeats behind their median */
    bool band;    /* an area between lo and hi of its points, behind everything */
    bool hatched; /* a band that is a guess */
    bool guide;   /* thin and dotted */
};

struct nh_chart_mark { /* a vertical or horizontal guide with a label */
    bool vertical;
    double at;
    const char *label;
};

struct nh_chart_zone { /* a pale stripe across the plot: what values of y there mean */
    double lo, hi;
    int grade; /* 0 good, 1 fair, 2 poor */
};

struct nh_chart {
    const char *id;                  /* unique in the page */
    const char *title, *description; /* of the figure, for screen readers */
    const char *note;                /* a line under the title, or NULL */
    const char *x_label, *y_label;   /* with units */
    bool log_x, log_y, reverse_x, y_from_zero;
    bool x_is_bytes;       /* ticks as 1 KiB, 4 MiB at powers of two */
    bool x_base2, y_base2; /* log ticks at powers of two, for counts of nodes and cores */
    const struct nh_chart_series *series;
    size_t series_count;
    const struct nh_chart_mark *marks;
    size_t mark_count;
    const struct nh_chart_zone *zones;
    size_t zone_count;
};

/** Writes one <figure> with the SVG, and its data as a table and as CSV. Returns 0 or -1 on a write
 * error. Points with a NaN, or not positive on a log axis, are left out. */
int nh_chart_write(FILE *out, const struct nh_chart *chart);

/** Writes text with &, <, >, ", ' escaped for HTML and XML. Bytes that are not UTF-8 and
 *  characters that XML forbids become U+FFFD. */
void nh_write_escaped(FILE *out, const char *text);

/** The same for at most `limit` characters; the rest is replaced by an ellipsis. */
void nh_write_escaped_short(FILE *out, const char *text, size_t limit);

/** Characters (code points) of a text as nh_write_escaped writes it. */
size_t nh_text_width(const char *text);

#endif
