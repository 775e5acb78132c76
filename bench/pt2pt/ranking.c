/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/pt2pt/ranking.h"

#include <math.h>

#include "common/stats.h"

static const double least_spread = 0.02;

struct nh_yardstick nh_yardstick_of(const double *values, size_t n, bool more_is_worse,
                                    double *scratch)
{
    struct nh_yardstick y = {NAN, NAN, more_is_worse};
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            scratch[known++] = values[i];
    if (known == 0)
        return y;
    nh_sort(scratch, known);
    y.median = nh_median_sorted(scratch, known);
    y.spread = fmax(nh_mad_sorted(scratch, known, scratch + n), least_spread * y.median);
    return y;
}

double nh_yardstick_score(const struct nh_yardstick *y, double value)
{
    double excess = y->more_is_worse ? value - y->median : y->median - value;
    return excess == 0 ? 0 : excess / y->spread;
}

void nh_worst_offer(struct nh_worst *w, struct nh_suspect suspect)
{
    size_t i = w->count;
    if (isnan(suspect.score) || w->room == 0)
        return;
    if (w->count == w->room) {
        if (suspect.score <= w->items[w->room - 1].score)
            return;
        i--;
    } else {
        w->count++;
    }
    for (; i > 0 && w->items[i - 1].score < suspect.score; i--)
        w->items[i] = w->items[i - 1];
    w->items[i] = suspect;
}
