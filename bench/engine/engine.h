/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ENGINE_H
#define NH_ENGINE_H

#include <stdbool.h>

#include "bench/engine/clock.h"
#include "bench/engine/kernel.h"
#include "bench/engine/times.h"
#include "common/stats.h"

/*
 * The one loop that measures everything: first operation, batch size, samples, stop
 * rule. It knows kernels only through nh_kernel_ops.
 *
 * A batch is made long enough (nh_batch_floor_ns) that the clock does not matter; the
 * number of operations in a batch is in the record. A sample is thus the mean of that
 * many operations done back to back. Control messages travel between chunks of samples
 * only, never between samples.
 */
struct nh_limits {
    double precision;   /* stop when the CI half-width / median is at most this: 0.02 */
    double level;       /* confidence, 0.95 */
    double max_time_s;  /* per measurement, verification not counted */
    size_t min_samples; /* before precision is looked at: 30 */
    double min_time_s;  /* of sampling before precision is looked at: 0.005 */
    size_t max_samples; /* count cap: 2000 */
    bool verify;
    const char *sync;  /* name of a sync method instead of the kernel's own; NULL: that */
    bool common_clock; /* times on a common clock also for methods that need none */
};

struct nh_series {
    int64_t *samples_ns; /* durations of batches, in time order; on rank 0 */
    size_t count;
    size_t ops_per_sample;   /* operations (reps x ops_per_rep) in each batch */
    int64_t first_op_ns;     /* first repetition / ops_per_rep, alone */
    struct nh_summary stats; /* ns per operation; the same on every rank */
    const char *stop_rule;   /* "precision", "time", "count" */
    double elapsed_s;        /* of the whole, verification included */
    double ops_performed;    /* all: of timed batches, those of no sample included, and of verify */
    const char *sync;        /* the sync method that was in force */
    struct nh_times times;   /* other definitions of time; on rank 0 */
};

void nh_limits_default(struct nh_limits *limits);

/**
 * Shortest batch in ns: 20 clock readings (reading costs under 5 %: Hoefler and Belli,
 * SC'15), 10 steps of the clock (same source), as many steps as keep rounding within the
 * precision asked for (1000 at most), and 10 us, where the two readings are far below 1 %.
 * Long enough also that max_samples last for min_time_s, with a quarter to spare.
 */
double nh_batch_floor_ns(const struct nh_clock *clock, const struct nh_limits *limits);

/** Measures `state`; collective over `group`. `out` is filled on every rank, samples on
 *  rank 0 only. Codes: NH_EFAIL for a failed verification or kernel, on every rank. */
int nh_measure(const struct nh_kernel_ops *kernel, void *state, const struct nh_group *group,
               const struct nh_clock *clock, const struct nh_limits *limits, struct nh_series *out,
               struct nh_error *err);
void nh_series_clear(struct nh_series *series);

#endif
