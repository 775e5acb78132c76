/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/draw.h"
#include "common/stats.h"

/* The sample itself where it is sorted, else a sorted copy in `room`. */
static const double *sorted(const double *x, size_t n, double *room)
{
    size_t i = 1;
    while (i < n && x[i - 1] <= x[i])
        i++;
    if (i >= n)
        return x;
    memcpy(room, x, n * sizeof *x);
    nh_sort(room, n);
    return room;
}

struct nh_interval nh_bootstrap_median_ratio(const double *a, size_t na, const double *b, size_t nb,
                                             double level, size_t resamples, uint64_t seed)
{
    struct nh_interval none = {NAN, NAN, NAN};
    struct nh_rng rng = {seed};
    if (na < 2 || nb < 2 || resamples == 0)
        return none;
    double *ratios = malloc((resamples + na + nb) * sizeof *ratios);
    if (!ratios)
        return none;
    a = sorted(a, na, ratios + resamples);
    b = sorted(b, nb, ratios + resamples + na);
    for (size_t i = 0; i < resamples; i++) {
        double above = nh_draw_median(a, na, &rng);
        ratios[i] = above / nh_draw_median(b, nb, &rng);
    }
    nh_sort(ratios, resamples);
    struct nh_interval ci = {nh_percentile_sorted(ratios, resamples, (1 - level) / 2),
                             nh_percentile_sorted(ratios, resamples, (1 + level) / 2), level};
    free(ratios);
    return ci;
}
