/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/clockmodel.h"

#include <math.h>
#include <stdlib.h>

#include "common/stats.h"

int64_t nh_model_global(const struct nh_clock_model *m, int64_t t)
{
    return t - m->offset - llround(m->slope * (double)(t - m->t0));
}

int64_t nh_offset_mid(const struct nh_offset *o)
{
    return o->lo + (o->hi - o->lo) / 2;
}

/* Differences to the first point are small, and doubles hold them exactly. */
static double x_of(const struct nh_offset *points, size_t i)
{
    return (double)(points[i].stamp - points[0].stamp);
}

static double y_of(const struct nh_offset *points, size_t i)
{
    return (double)(nh_offset_mid(&points[i]) - nh_offset_mid(&points[0]));
}

static double slope_of(const struct nh_offset *points, size_t n, double *scratch)
{
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (points[j].stamp != points[i].stamp)
                scratch[pairs++] =
                    (y_of(points, j) - y_of(points, i)) / (x_of(points, j) - x_of(points, i));
    return pairs ? nh_median(scratch, pairs, scratch) : 0;
}

int nh_model_fit(const struct nh_offset *points, size_t n, struct nh_clock_model *out,
                 double *spread_ns, struct nh_error *err)
{
    double *scratch = malloc((n * (n - 1) / 2 + 2 * n) * sizeof *scratch);
    if (!scratch)
        return nh_fail(err, NH_EFAIL, "out of memory for %zu clock offsets", n);
    double slope = slope_of(points, n, scratch), centre = x_of(points, n - 1) / 2;
    for (size_t i = 0; i < n; i++)
        scratch[i] = y_of(points, i) - slope * (x_of(points, i) - centre);
    nh_sort(scratch, n);
    *spread_ns = nh_mad_sorted(scratch, n, scratch + n);
    *out = (struct nh_clock_model){.t0 = points[0].stamp + llround(centre),
                                   .offset = nh_offset_mid(&points[0]) +
                                             llround(nh_median_sorted(scratch, n)),
                                   .slope = slope};
    free(scratch);
    return NH_OK;
}
