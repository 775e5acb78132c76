/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/pt2pt/refine.h"

#include <math.h>

static double width(const struct nh_timed_size *p)
{
    return log((double)p[1].size / (double)p[0].size);
}

static double slope(const struct nh_timed_size *p)
{
    return log(p[1].ns / p[0].ns) / width(p);
}

/* Of the interval that begins at p; there is one more on either side. */
static double bend(const struct nh_timed_size *p)
{
    double here = slope(p);
    return fmin(fabs(here - slope(p - 1)), fabs(here - slope(p + 1))) * width(p);
}

/* 0 when there is no multiple of the unit between the ends. */
static size_t middle(const struct nh_timed_size *p, size_t unit)
{
    size_t low = p[0].size / unit, high = p[1].size / unit;
    if (high - low < 2)
        return 0;
    size_t half = (size_t)(sqrt((double)low) * sqrt((double)high) + 0.5);
    half = half <= low ? low + 1 : half >= high ? high - 1 : half;
    return half * unit;
}

size_t nh_refine_next(const struct nh_timed_size *points, size_t n, size_t unit)
{
    size_t best = 0;
    double most = NH_REFINE_LEAST;
    while (n > 0 && points->size == 0) {
        points++;
        n--;
    }
    for (size_t i = 1; i + 2 < n; i++) {
        size_t size = middle(points + i, unit);
        double b = size ? bend(points + i) : 0;
        if (b >= most) {
            most = b;
            best = size;
        }
    }
    return best;
}
