/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/draw.h"

#include <math.h>

/* Beta(a, b), 1 < a <= b: R. C. H. Cheng, "Generating beta variates with nonintegral shape
 * parameters", CACM 21 (1978), algorithm BB. */
static double draw_beta(double a, double b, struct nh_rng *rng)
{
    static const double log4 = 1.3862943611198906, one_log5 = 2.6094379124341003;
    double sum = a + b, scale = sqrt((sum - 2) / (2 * a * b - sum)), shift = a + 1 / scale;
    for (;;) {
        double u = nh_rng_unit(rng), z = u * u * nh_rng_unit(rng);
        double v = scale * log(u / (1 - u)), w = a * exp(v);
        double r = shift * v - log4, s = a + r - w;
        if (s + one_log5 >= 5 * z || r + sum * log(sum / (b + w)) >= log(z))
            return w / (b + w);
    }
}

static double at_share(const double *sorted, size_t n, double u)
{
    size_t i = (size_t)(u * (double)n);
    return sorted[i < n ? i : n - 1];
}

double nh_draw_median(const double *sorted, size_t n, struct nh_rng *rng)
{
    if (n < 2 || sorted[0] == sorted[n - 1])
        return sorted[0];
    size_t m = (n + 1) / 2;
    double above = (double)(n - m);
    double u =
        m == 1 ? 1 - pow(nh_rng_unit(rng), 1 / (above + 1)) : draw_beta((double)m, above + 1, rng);
    double low = at_share(sorted, n, u);
    if (n % 2 == 1)
        return low;
    return (low + at_share(sorted, n, 1 - (1 - u) * pow(nh_rng_unit(rng), 1 / above))) / 2;
}
