/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_FIGURE_H
#define NH_HTML_FIGURE_H

#include "analysis/report/chart.h"
#include "common/error.h"

/*
 * A chart while it is being filled: owns the points and texts that struct nh_chart
 * only refers to. Use: zero it, set the fields of `chart`, add series, write.
 */
enum { NH_FIGURE_SERIES = 24 };

struct nh_figure_texts; /* blocks of text, freed together */

struct nh_figure {
    struct nh_chart chart; /* series and marks are set by nh_figure_write */
    struct nh_chart_series series[NH_FIGURE_SERIES];
    struct nh_chart_point *points[NH_FIGURE_SERIES];
    struct nh_chart_mark marks[6];
    size_t series_count, mark_count;
    struct nh_figure_texts *texts;
};

/** Adds a series of `count` points, zeroed but for the whiskers (none). The caller fills
 *  the points and sets line, markers etc. on the series; NULL when no more fit. */
struct nh_chart_series *nh_figure_add(struct nh_figure *f, const char *name, int colour,
                                      size_t count, struct nh_chart_point **points);

void nh_figure_mark(struct nh_figure *f, bool vertical, double at, const char *label);

/** Formatted text that lives as long as the figure; "" when memory is short. */
const char *nh_figure_text(struct nh_figure *f, const char *fmt, ...) NH_PRINTF(2, 3);

/** Writes the chart and frees everything. */
void nh_figure_write(FILE *out, struct nh_figure *f);

#endif
