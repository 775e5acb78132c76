/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_KERNEL_H
#define NH_KERNEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/engine/group.h"
#include "common/error.h"

/*
 * What the engine knows of a thing that it measures. A kernel is one entry of a
 * table; its `state` is one measurement (one size, one set of parameters) that is
 * set up on every rank. All functions are collective over the ranks.
 */
enum nh_timing {
    NH_TIMING_ROOT,          /* rank 0's clock: ping-pong, windowed bandwidth */
    NH_TIMING_MAX_OVER_RANKS /* slowest rank's duration: collectives, applications */
};

struct nh_kernel_ops {
    const char *name;
    const char *metric; /* "one_way_latency" */
    enum nh_timing timing;
    const char *sync; /* name in the table of sync methods: "none", "barrier" */
    /** Performs the operation `reps` times; the engine times the call. A rank that fails
     *  must still do its part of the communication, or the others wait for ever. */
    int (*batch)(void *state, size_t reps, struct nh_error *err);
    /** Operations per repetition: 2 when a repetition is a round trip of two hops. */
    double ops_per_rep;
    /** Upper limit of reps in one batch, 0 for none (1 when each must be timed alone). */
    size_t max_reps;
    /** Optional. Called on every rank before each batch and before the ranks start together,
     *  outside the timed region: to put caches into a known state. */
    void (*prepare)(void *state);
    /** Checks data outside the timed region; NULL when there is nothing to check. */
    int (*verify)(void *state, struct nh_error *err);
    /** Operations that one call of verify performs, as wire_bytes counts them; 0 where they
     *  are not modelled. */
    double verify_ops;
    /** Fills params, derived and detail of the record from the median time of one
     *  operation (ns); any of the three may stay empty. `derived` numbers carry units. */
    int (*describe)(void *state, double median_ns, json_t *params, json_t *derived, json_t *detail,
                    struct nh_error *err);
    /** Every rank needs data of another one in each operation (all but the root: broadcast;
     *  all: all-reduce, all-gather, all-to-all, barrier). Then none can be quicker than the
     *  way between two hosts. */
    bool reaches_all;
    /** Optional. Bytes that one operation moves between ranks, summed over all ranks, by the
     *  plainest model (docs/method.md): what the counters of the transport are held against.
     *  NULL: not modelled. */
    double (*wire_bytes)(const void *state);
    /** Optional. Called once on every rank after the last sample, before describe, and may
     *  communicate: gathers what describe needs. */
    int (*finish)(void *state, struct nh_error *err);
};

#endif
