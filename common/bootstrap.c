/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/rng.h"
#include "common/stats.h"

/*
 * Of many values the median of a resample is drawn at once: n draws with replacement are the
 * values at floor(n u) of n uniform u, so their median is the value at the middle one of the
 * u, which is Beta distributed (David, Nagaraja: Order Statistics, 2.3). Exact, and its time
 * does not grow with n.
 */
enum { DRAWN_AT_ONCE = 1000 };

/* Gamma with unit scale, shape of at least 1 (Marsaglia, Tsang 2000). */
static double draw_gamma(struct nh_rng *rng, double shape)
{
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = nh_normal_quantile(nh_rng_unit(rng)), v = 1 + c * x;
        v = v * v * v;
        if (v > 0 && log(nh_rng_unit(rng)) < 0.5 * x * x + d * (1 - v + log(v)))
            return d * v;
    }
}

static double value_at(const double *sorted, size_t n, double u)
{
    size_t i = (size_t)((double)n * u);
    return sorted[i < n ? i : n - 1];
}

/* For even n the median is the mean of the two in the middle: the upper one is the least of the
 * n/2 draws above the lower. */
static double drawn_median(const double *sorted, size_t n, struct nh_rng *rng)
{
    double below = (double)((n + 1) / 2), above = (double)(n + 1) - below;
    double g = draw_gamma(rng, below), u = g / (g + draw_gamma(rng, above));
    if (n % 2)
        return value_at(sorted, n, u);
    double next = 1 - (1 - u) * pow(nh_rng_unit(rng), 1 / (above - 1));
    return 0.5 * (value_at(sorted, n, u) + value_at(sorted, n, next));
}

static double resampled_median(const double *x, size_t n, struct nh_rng *rng, double *scratch)
{
    if (n > DRAWN_AT_ONCE)
        return drawn_median(x, n, rng);
    for (size_t i = 0; i < n; i++)
        scratch[i] = x[nh_rng_below(rng, n)];
    return nh_median(scratch, n, scratch);
}

/* The values themselves, or sorted ones in `room`. */
static const double *sorted_if_many(const double *x, size_t n, double *room)
{
    if (n <= DRAWN_AT_ONCE)
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
    double *ratios = malloc((resamples + 2 * (na + nb)) * sizeof *ratios);
    if (!ratios)
        return none;
    double *scratch = ratios + resamples, *room = scratch + na + nb;
    a = sorted_if_many(a, na, room);
    b = sorted_if_many(b, nb, room + na);
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
