/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "common/rng.h"
#include "common/stats.h"

static double resampled_median(const double *x, size_t n, struct nh_rng *rng, double *scratch)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = x[nh_rng_below(rng, n)];
    return nh_median(scratch, n, scratch);
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
    double *scratch = ratios + resamples;
    for (size_t i = 0; i < resamples; i++) {
        double above = resampled_median(a, na, &rng, scratch);
        ratios[i] = above / resampled_median(b, nb, &rng, scratch);
    }
    nh_sort(ratios, resamples);
    struct nh_interval ci = {nh_percentile_sorted(ratios, resamples, (1 - level) / 2),
                             nh_percentile_sorted(ratios, resamples, (1 + level) / 2), level};
    free(ratios);
    return ci;
}
