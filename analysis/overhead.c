/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/overhead.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/units.h"

/* Shared memory less TCP is no overhead. */
static bool same_path(const struct nh_curve *mpi, const struct nh_curve *below)
{
    return !*mpi->path || !*below->path || strcmp(mpi->path, below->path) == 0;
}

bool nh_overhead_applies(const struct nh_curve *mpi, const struct nh_curve *below)
{
    return strcmp(mpi->kernel, "pingpong") == 0 && strcmp(below->kernel, "pingpong") == 0 &&
           strcmp(mpi->metric, "one_way_latency") == 0 && strcmp(below->metric, mpi->metric) == 0 &&
           !*mpi->over && *below->over && !*mpi->statistic && !*below->statistic &&
           mpi->ranks == below->ranks && mpi->nodes == below->nodes && same_path(mpi, below);
}

static const struct nh_curve_point *at(const struct nh_curve *c, double size)
{
    for (size_t i = 0; i < c->point_count; i++)
        if (c->points[i].size_bytes == size)
            return &c->points[i];
    return NULL;
}

/* The size itself when both have it, else the smallest (or the largest) above 0 of both. */
static double shared_size(const struct nh_curve *a, const struct nh_curve *b, double wanted,
                          bool smallest)
{
    double found = NAN;
    if (at(a, wanted) && at(b, wanted))
        return wanted;
    for (size_t i = 0; i < a->point_count; i++) {
        double size = a->points[i].size_bytes;
        if (size > 0 && at(b, size) && (isnan(found) || !smallest))
            found = size;
    }
    return found;
}

static size_t append_size(const struct nh_curve *mpi, const struct nh_curve *below, double size,
                          char *buf, size_t len)
{
    char text[NH_UNIT_TEXT], bytes[NH_UNIT_TEXT];
    double above = at(mpi, size)->median_ns, base = at(below, size)->median_ns;
    int n = snprintf(buf, len, "%s%s at %s (x%.3g)", above < base ? "-" : "",
                     nh_format_ns(fabs(above - base), text), nh_format_bytes((size_t)size, bytes),
                     above / base);
    return n > 0 ? (size_t)n : 0;
}

const char *nh_overhead_text(const struct nh_curve *mpi, const struct nh_curve *below, char *buf)
{
    double small = shared_size(mpi, below, 8, true);
    double large = shared_size(mpi, below, 1048576, false);
    buf[0] = '\0';
    if (isnan(small))
        return buf;
    size_t used = append_size(mpi, below, small, buf, NH_OVERHEAD_TEXT);
    if (large != small && used + 2 < NH_OVERHEAD_TEXT) {
        strcpy(buf + used, ", ");
        append_size(mpi, below, large, buf + used + 2, NH_OVERHEAD_TEXT - used - 2);
    }
    return buf;
}
