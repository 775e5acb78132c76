/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHART_AXIS_H
#define NH_CHART_AXIS_H

#include <stdbool.h>
#include <stddef.h>

/* One axis of a chart: a range of values laid on a range of pixels, and its ticks. */
enum nh_tick_style {
    NH_TICKS_DECIMAL,
    NH_TICKS_BASE2, /* powers of two: counts of nodes and cores */
    NH_TICKS_BYTES  /* powers of two, as 64 B, 4 KiB, 1 MiB */
};

struct nh_axis {
    bool log, reverse;
    double lo, hi; /* values; 0 < lo < hi on a log axis */
    double start_px, end_px;
};

enum { NH_TICKS_MAX = 24, NH_TICK_TEXT = 32 };
struct nh_ticks {
    double at[NH_TICKS_MAX]; /* ascending */
    size_t count;
};

/** Sets the range to hold [lo, hi] with a margin; `from_zero` puts a linear axis on zero.
 *  A range of one value is widened so that the point stands in the middle. */
void nh_axis_fit(struct nh_axis *axis, double lo, double hi, bool from_zero);

/** Pixel of a value. */
double nh_axis_pixel(const struct nh_axis *axis, double value);

/** At most `most` round values within the range (most <= NH_TICKS_MAX). */
void nh_axis_ticks(const struct nh_axis *axis, enum nh_tick_style style, size_t most,
                   struct nh_ticks *ticks);

/** The text of a tick, "1,000", "50 k", "4 KiB"; `buf` of NH_TICK_TEXT bytes is returned. */
const char *nh_tick_text(double value, enum nh_tick_style style, char *buf);

#endif
