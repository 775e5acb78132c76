/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_EXPLAIN_H
#define NH_NVME_EXPLAIN_H

#include <stdio.h>

#include "bench/nvme/drive.h"

/* What drives give alone, all at once, and as an array: bytes/s; NaN when not measured. */
struct nh_nvme_sides {
    const char *names[NH_DRIVES_MOST]; /* serial numbers */
    double alone[NH_DRIVES_MOST];
    size_t count;
    double together;    /* all at once, without the array */
    double share_least; /* of the drives at once: the slowest over the fastest, 0..1 */
    double array;
    double cpu_together, cpu_array; /* shares of the time that processors were busy, mean */
};

/** What the figure of the array, or of all drives at once, is bound by. */
enum nh_nvme_bound {
    NH_BOUND_UNKNOWN, /* a figure is missing */
    NH_BOUND_DRIVE,   /* one slow drive: a stripe waits for its slowest member */
    NH_BOUND_CPU,     /* processors busy for more than 90 % of the time */
    NH_BOUND_PATH,    /* at once drives give less than 85 % of their sum: what they share */
    NH_BOUND_ARRAY,   /* the array gives less than 85 % of what its drives give at once */
    NH_BOUND_DRIVES   /* nothing of these: all drives are at their limit */
};

/** Index of a drive below 70 % of the median drive, the slowest; `count` when none is. */
size_t nh_nvme_slow_drive(const struct nh_nvme_sides *s);
double nh_nvme_sum(const struct nh_nvme_sides *s);
enum nh_nvme_bound nh_nvme_bound(const struct nh_nvme_sides *s);

/** Prints it in words, a line each beginning with "# ". */
void nh_nvme_explain(const struct nh_nvme_sides *s, FILE *out);

#endif
