/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STOP_H
#define NH_STOP_H

#include "bench/engine/engine.h"

/* What is known at the end of a chunk of samples. */
struct nh_stop_state {
    const struct nh_limits *limits;
    const struct nh_summary *stats; /* of all samples so far, warm-up cut */
    size_t count;                   /* samples so far, warm-up included */
    double sampled_s;               /* time within all samples so far */
    double elapsed_s;               /* since the first operation began */
    double sample_s;                /* what one sample of the last chunk took, sync included */
};

/* Enough samples? The first rule of the table that says yes is the one reported. */
struct nh_stop_rule {
    const char *name;
    bool (*reached)(const struct nh_stop_state *state);
};

/** "precision", "count", "time"; NULL-terminated. */
extern const struct nh_stop_rule *const nh_stop_rules[];

/** Index in nh_stop_rules of the first rule reached, -1 for none. */
int nh_stop_reached(const struct nh_stop_state *state);

/**
 * Samples to take before looking again: up to 1, 5, min_samples, what fills min_time_s, then
 * x 1.25, but no more than fit into half of the time that is left, so that operations that turn
 * slow overshoot the time cap by one sample and not by a chunk. At least 1.
 */
size_t nh_stop_next_chunk(const struct nh_stop_state *state);

#endif
