/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/pt2pt/refine.h"

#include <math.h>

/* Of interval i, from point i to the next. */
static double width(const struct nh_timed_size *p, size_t i)
{
    return log((double)p[i + 1].size / (double)p[i].size);
}

/* ln of the time of point i; of one that stands out above both neighbours, what they say. */
static double level(const struct nh_timed_size *p, size_t n, size_t i)
{
    const double wild = 1.5;
    if (i == 0 || i + 1 == n || p[i].ns <= wild * fmax(p[i - 1].ns, p[i + 1].ns))
        return log(p[i].ns);
    double left = width(p, i - 1), right = width(p, i);
    return (log(p[i - 1].ns) * right + log(p[i + 1].ns) * left) / (left + right);
}

static double slope(const struct nh_timed_size *p, size_t n, size_t i)
{
    return (level(p, n, i + 1) - level(p, n, i)) / width(p, i);
}

static double bend(const struct nh_timed_size *p, size_t n, size_t i)
{
    double here = slope(p, n, i), before = slope(p, n, i - 1), after = slope(p, n, i + 1);
    return fmin(fabs(here - before), fabs(here - after)) * width(p, i);
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
        double b = size ? bend(points, n, i) : 0;
        if (b >= most) {
            most = b;
            best = size;
        }
    }
    return best;
}
