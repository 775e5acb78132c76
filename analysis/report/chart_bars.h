/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHART_BARS_H
#define NH_CHART_BARS_H

#include <stddef.h>
#include <stdio.h>

/* Stacked bars as inline SVG: what a whole is made of, side by side for several sizes. */
enum { NH_BARS_PARTS = 8, NH_BARS_MOST = 24 };

struct nh_bar {
    const char *name;            /* under the bar */
    double parts[NH_BARS_PARTS]; /* from the bottom up; not negative */
    const char *hover;           /* with unit */
};

struct nh_bars {
    const char *id;                  /* unique in the page */
    const char *title, *description; /* of the figure, for screen readers */
    const char *note;                /* a line under the title, or NULL */
    const char *x_label, *y_label;   /* with units */
    const char *part_names[NH_BARS_PARTS];
    size_t part_count;
    const struct nh_bar *bars;
    size_t count; /* at most NH_BARS_MOST are drawn; the table has all */
};

/** Writes one <figure> with the SVG, and its data as a table and as CSV. Parts that are zero in
 *  every bar are left out of the legend. */
void nh_bars_write(FILE *out, const struct nh_bars *bars);

#endif
