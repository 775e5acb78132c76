/* SPDX-License-Identifier: BSD-3-Clause */
/* Two modes in one sample, by the widest gap. */
#include <math.h>

#include "common/stats.h"

enum { LEAST_SIDE = 5 };

/* Widest gap with enough samples on both sides. */
static size_t widest_gap(const double *x, size_t n, size_t side)
{
    size_t at = side;
    for (size_t i = side; i <= n - side; i++)
        if (x[i] - x[i - 1] > x[at] - x[at - 1])
            at = i;
    return at;
}

/* Smallest step between different values other than the gap itself: the clock's step when
 * the samples are that coarse. 0 when there is no other step. */
static double smallest_step(const double *x, size_t n, size_t gap_at, double noise)
{
    double step = 0;
    for (size_t i = 1; i < n; i++) {
        double d = x[i] - x[i - 1];
        if (i != gap_at && d > noise && (step == 0 || d < step))
            step = d;
    }
    return step;
}

bool nh_bimodal_sorted(const double *x, size_t n, double *scratch, struct nh_modes *out)
{
    size_t side = (size_t)ceil(0.05 * (double)n);
    if (side < LEAST_SIDE)
        side = LEAST_SIDE;
    if (n < 2 * side)
        return false;
    size_t at = widest_gap(x, n, side);
    double gap = x[at] - x[at - 1], size = fabs(nh_median_sorted(x, n));
    double spread = fmax(nh_mad_sorted(x, at, scratch), nh_mad_sorted(x + at, n - at, scratch));
    double step = smallest_step(x, n, at, 1e-9 * size);
    /* With two values only, nothing tells a clock step from a mode but its size: the
     * engine keeps a step below a tenth of a sample. */
    bool coarse = step > 0 ? gap <= 3 * step : gap <= 0.1 * size;
    if (gap <= 4 * spread || gap <= 0.02 * size || coarse)
        return false;
    *out = (struct nh_modes){nh_median_sorted(x, at), nh_median_sorted(x + at, n - at),
                             (double)at / (double)n};
    return true;
}
