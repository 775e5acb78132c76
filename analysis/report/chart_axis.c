/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/chart_axis.h"

#include <math.h>
#include <stdio.h>

void nh_axis_fit(struct nh_axis *axis, double lo, double hi, bool from_zero)
{
    if (axis->log) {
        double margin = hi > lo ? pow(hi / lo, 0.07) : 1.5;
        margin = fmax(margin, 1.04);
        axis->lo = lo / margin;
        axis->hi = hi * margin;
        return;
    }
    double span = hi > lo ? hi - lo : fmax(fabs(hi), 1.0) * 0.5;
    axis->lo = from_zero && lo >= 0.0 ? 0.0 : lo - 0.08 * span;
    axis->hi = hi + 0.08 * (from_zero ? hi : span);
    if (!(axis->hi > axis->lo))
        axis->hi = axis->lo + 1.0;
}

double nh_axis_pixel(const struct nh_axis *axis, double value)
{
    double part = axis->log ? log(value / axis->lo) / log(axis->hi / axis->lo)
                            : (value - axis->lo) / (axis->hi - axis->lo);
    if (axis->reverse)
        part = 1.0 - part;
    return axis->start_px + part * (axis->end_px - axis->start_px);
}

/* Adds a tick if it is within the axis; false when the table is full. */
static bool add_tick(const struct nh_axis *axis, double value, struct nh_ticks *ticks)
{
    double slack = axis->log ? 0.0 : 1e-9 * (axis->hi - axis->lo);
    if (value < axis->lo - slack || value > axis->hi + slack)
        return true;
    if (ticks->count == NH_TICKS_MAX)
        return false;
    ticks->at[ticks->count++] = value;
    return true;
}

/* Steps of 1, 2 or 5 times a power of ten. */
static void linear_ticks(const struct nh_axis *axis, size_t most, struct nh_ticks *ticks)
{
    static const double steps[] = {1.0, 2.0, 5.0};
    double span = axis->hi - axis->lo;
    double decade = pow(10.0, floor(log10(span / (double)most)));
    for (int i = 0;; i++) {
        double step = steps[i % 3] * decade * pow(10.0, i / 3);
        if (span / step > (double)most)
            continue;
        for (double n = ceil(axis->lo / step - 1e-9); n * step <= axis->hi + 1e-9 * span; n++) {
            if (!add_tick(axis, n * step, ticks))
                return;
        }
        return;
    }
}

/* All powers of `base` to a multiple of `stride`, times each of the multiples. */
static bool log_ticks(const struct nh_axis *axis, double base, int stride, const double *multiples,
                      size_t count, struct nh_ticks *ticks)
{
    ticks->count = 0;
    int first = (int)floor(log(axis->lo) / log(base));
    int last = (int)ceil(log(axis->hi) / log(base));
    first -= ((first % stride) + stride) % stride;
    for (int e = first; e <= last; e += stride) {
        for (size_t m = 0; m < count; m++) {
            if (!add_tick(axis, multiples[m] * pow(base, e), ticks))
                return false;
        }
    }
    return true;
}

static void decimal_log_ticks(const struct nh_axis *axis, size_t most, struct nh_ticks *ticks)
{
    static const double multiples[] = {1.0, 2.0, 5.0};
    bool fits = log_ticks(axis, 10.0, 1, multiples, 3, ticks) && ticks->count <= most;
    if (fits && ticks->count >= 3)
        return;
    if (fits) { /* less than a decade: round steps say more */
        ticks->count = 0;
        linear_ticks(axis, most, ticks);
        return;
    }
    for (int stride = 1;; stride++) {
        if (log_ticks(axis, 10.0, stride, multiples, 1, ticks) && ticks->count <= most)
            return;
    }
}

static void binary_log_ticks(const struct nh_axis *axis, size_t most, struct nh_ticks *ticks)
{
    static const double one = 1.0;
    for (int stride = 1;; stride++) {
        if (log_ticks(axis, 2.0, stride, &one, 1, ticks) && ticks->count <= most)
            return;
    }
}

void nh_axis_ticks(const struct nh_axis *axis, enum nh_tick_style style, size_t most,
                   struct nh_ticks *ticks)
{
    ticks->count = 0;
    if (!axis->log) {
        linear_ticks(axis, most, ticks);
        return;
    }
    if (style != NH_TICKS_DECIMAL)
        binary_log_ticks(axis, most, ticks);
    /* Between two powers of two there is still a scale to read. */
    if (style == NH_TICKS_DECIMAL || (style == NH_TICKS_BASE2 && ticks->count < 2))
        decimal_log_ticks(axis, most, ticks);
}

static void bytes_text(double value, char *buf)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    for (; value >= 1024.0 && unit < 4; unit++)
        value /= 1024.0;
    snprintf(buf, NH_TICK_TEXT, "%.4g %s", value, units[unit]);
}

const char *nh_tick_text(double value, enum nh_tick_style style, char *buf)
{
    double size = fabs(value);
    if (style == NH_TICKS_BYTES)
        bytes_text(value, buf);
    else if (size >= 1e9)
        snprintf(buf, NH_TICK_TEXT, "%.4g G", value / 1e9);
    else if (size >= 1e6)
        snprintf(buf, NH_TICK_TEXT, "%.4g M", value / 1e6);
    else if (size >= 1e4)
        snprintf(buf, NH_TICK_TEXT, "%.4g k", value / 1e3);
    else if (size >= 1e3 && fabs(value - rint(value)) < 1e-9 * size)
        snprintf(buf, NH_TICK_TEXT, "%.0f,%03.0f", trunc(value / 1e3), fmod(size, 1e3));
    else
        snprintf(buf, NH_TICK_TEXT, "%.4g", size < 1e-12 ? 0.0 : value);
    return buf;
}
