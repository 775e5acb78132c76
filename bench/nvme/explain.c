/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/explain.h"

#include <math.h>
#include <string.h>

#include "common/stats.h"

static const double slow_below = 0.7, busy_above = 0.9, lost_below = 0.85;
static const double near = 1.15; /* an array is called as fast as a bound up to this ratio */

static double median_alone(const struct nh_nvme_sides *s)
{
    double x[NH_DRIVES_MOST];
    memcpy(x, s->alone, sizeof x);
    return s->count ? nh_median(x, s->count, x) : NAN;
}

size_t nh_nvme_slow_drive(const struct nh_nvme_sides *s)
{
    size_t slowest = 0;
    for (size_t i = 1; i < s->count; i++)
        if (s->alone[i] < s->alone[slowest])
            slowest = i;
    return s->count && s->alone[slowest] < slow_below * median_alone(s) ? slowest : s->count;
}

double nh_nvme_sum(const struct nh_nvme_sides *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum += s->alone[i];
    return sum;
}

enum nh_nvme_bound nh_nvme_bound(const struct nh_nvme_sides *s)
{
    double sum = nh_nvme_sum(s);
    size_t slow = nh_nvme_slow_drive(s);
    double got = isnan(s->array) ? s->together : s->array;
    double cpu = isnan(s->array) ? s->cpu_together : s->cpu_array;
    if (!(s->count > 0 && got > 0 && sum > 0))
        return NH_BOUND_UNKNOWN;
    if (slow < s->count && s->array <= near * (double)s->count * s->alone[slow])
        return NH_BOUND_DRIVE;
    if (cpu > busy_above)
        return NH_BOUND_CPU;
    if (s->together < lost_below * sum)
        return NH_BOUND_PATH;
    if (s->array < lost_below * s->together)
        return NH_BOUND_ARRAY;
    return NH_BOUND_DRIVES;
}

static void print_drives(const struct nh_nvme_sides *s, FILE *out)
{
    size_t slow = nh_nvme_slow_drive(s);
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < s->count; i++) {
        low = fmin(low, s->alone[i]);
        high = fmax(high, s->alone[i]);
    }
    fprintf(out, "# drives alone: %.4g to %.4g GB/s, together %.4g GB/s by their sum\n", low / 1e9,
            high / 1e9, nh_nvme_sum(s) / 1e9);
    if (slow < s->count)
        fprintf(out, "# SLOW DRIVE: %s gives %.4g GB/s, %.0f %% of the median drive\n",
                s->names[slow], s->alone[slow] / 1e9, 100 * s->alone[slow] / median_alone(s));
}

static const char *words_of(enum nh_nvme_bound bound)
{
    static const char *const words[] = {
        [NH_BOUND_UNKNOWN] = "not known",
        [NH_BOUND_DRIVE] = "the slow drive: every stripe waits for it",
        [NH_BOUND_CPU] = "the processors, busy more than 90 % of the time",
        [NH_BOUND_PATH] = "what the drives share (PCIe, interrupts): at once they give less",
        [NH_BOUND_ARRAY] = "the array: its drives give more without it",
        [NH_BOUND_DRIVES] = "the drives: they give the same alone"};
    return words[bound];
}

void nh_nvme_explain(const struct nh_nvme_sides *s, FILE *out)
{
    double sum = nh_nvme_sum(s);
    if (!s->count)
        return;
    print_drives(s, out);
    if (s->together > 0)
        fprintf(out,
                "# all at once: %.4g GB/s, %.0f %% of the sum; slowest over fastest drive %.2f\n",
                s->together / 1e9, 100 * s->together / sum, s->share_least);
    if (s->array > 0)
        fprintf(out, "# array: %.4g GB/s, %.0f %% of the sum\n", s->array / 1e9,
                100 * s->array / sum);
    if (s->together > 0 || s->array > 0)
        fprintf(out, "# bound: %s\n", words_of(nh_nvme_bound(s)));
}
