/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STORAGE_H
#define NH_STORAGE_H

#include "common/record.h"
#include "common/stats.h"

/* Tests of storage (kernel nvme): the launches of one test on one machine and target together. */
enum nh_storage_fact {
    NH_STORAGE_BANDWIDTH, /* bytes/s, of each launch over the time of its last thread */
    NH_STORAGE_OPERATIONS,
    NH_STORAGE_P50, /* completion latency, ns */
    NH_STORAGE_P99,
    NH_STORAGE_P999,
    NH_STORAGE_LIMIT_SHARE, /* of what the drives' data sheet allows, 0..1 */
    NH_STORAGE_FACTS
};

struct nh_storage_line {
    const struct nh_record *first;   /* of the launches: parameters and machine */
    size_t launches, steady;         /* steady: launches without a trend */
    double median[NH_STORAGE_FACTS]; /* over launches; NaN when no launch has it */
    struct nh_interval bandwidth_ci; /* 95 %, by order statistics; NaN below six launches */
};

/** True for a record of this kind. */
bool nh_storage_is(const struct nh_record *r);

/** Lines in the order in which their first records stand; malloc'ed into `*lines`, which point
 *  into `records`. NH_EFAIL when memory is short. */
int nh_storage_lines(const struct nh_records *records, struct nh_storage_line **lines,
                     size_t *count, struct nh_error *err);

/** "random read", the name of the test. */
const char *nh_storage_name(const struct nh_storage_line *line);

#endif
