/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_NVME_RESULT_H
#define NH_NVME_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* One bin of fio's histogram: so many operations took about that long. fio's bins are 64 to an
 * octave, so that a value is off by less than 0.8 % (stat.h of fio). */
struct nh_bin {
    double ns, count;
};

/* What one section of the job file did: a device, or all scratch files. */
struct nh_fio_part {
    char name[32];
    double bytes, first_done_s, last_done_s;
};

enum { NH_FIO_PARTS = 64 };

/* What fio says of one test, all threads together. */
struct nh_fio_result {
    double bytes, operations;
    double first_done_s, last_done_s; /* run times of the threads that ended first and last */
    double user_s, system_s;          /* CPU time of all threads */
    double min_ns, max_ns, mean_ns;   /* completion latency */
    struct nh_bin *bins;              /* ascending; owned */
    size_t bin_count;
    struct nh_fio_part parts[NH_FIO_PARTS];
    size_t part_count;
};

/**
 * Reads fio's json+ (`name` is for errors). NH_EFAIL when it is cut or a thread failed: then the
 * text says with what error, by its number.
 */
int nh_fio_result_read(const char *name, const char *data, size_t len, struct nh_fio_result *r,
                       struct nh_error *err);
void nh_fio_result_clear(struct nh_fio_result *r);

/** Bytes over the time of the thread that ended last. */
double nh_fio_bandwidth(const struct nh_fio_result *r);

/** Nearest-rank percentile of the latency, ns, 0 < p < 1; NaN without bins, or with fewer
 *  operations than could show it (10 beyond the percentile). */
double nh_fio_percentile(const struct nh_fio_result *r, double p);

/**
 * Rates of all threads together from fio's log (TIME_MS, KIB_PER_S, ...), one for each whole
 * window, bytes per second. The first and the last window are left out, as not all of them lies
 * within the test. `*rates` is malloc'ed. NH_EFAIL when the log is damaged.
 */
int nh_fio_rates(const char *name, const char *data, long window_ms, long threads, double **rates,
                 size_t *count, struct nh_error *err);

#endif
