/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FLOOR_H
#define NH_FLOOR_H

#include <jansson.h>

#include "bench/engine/clock.h"
#include "bench/shm/handover.h"

/*
 * What the hardware allows two processes of one host, looked at in a few milliseconds
 * before and after a measurement: the hand-over of a cache line, and one memcpy of the
 * same size by one core. The hand-over has two modes on many machines, so its samples are
 * kept and summarised as any others.
 */
enum {
    NH_FLOOR_SAMPLES = 40,   /* of each look */
    NH_FLOOR_ROUNDS = 64,    /* in each sample: 8 to 40 us */
    NH_FLOOR_COPIES_MAX = 32 /* passes of each look */
};

struct nh_floor_look {
    double handover_ns[NH_FLOOR_SAMPLES]; /* one way */
    size_t handovers;                     /* samples that are there */
    double copy_ns[NH_FLOOR_COPIES_MAX];  /* one memcpy of copy_bytes */
    size_t copies;
};

/* Largest copy that is timed: with both buffers beyond the caches of most machines, and
 * within what a rank may take beside its messages. */
#define NH_FLOOR_COPY_MAX ((size_t)24 << 20)

struct nh_floor {
    struct nh_handover handover;
    void *from, *to; /* side 0: copy buffers, grown when needed */
    size_t room;     /* bytes of each */
    size_t copy_bytes;
    struct nh_floor_look before, after;
};

/** Both sides. NH_EFAIL when the partner does not answer. */
int nh_floor_handover(struct nh_floor *f, struct nh_floor_look *look, struct nh_error *err);

/** One side alone: times memcpy of f->copy_bytes for some `budget_ns`, three passes at
 *  least. Nothing for 0 bytes, or without memory. */
void nh_floor_copy(struct nh_floor *f, struct nh_floor_look *look, double budget_ns);

void nh_floor_close(struct nh_floor *f);

/**
 * The record's `limits` from both looks, and the ratio of the measurement to them.
 * `time_ns` is the time of one operation; `bandwidth_Bps` is NaN when it means nothing;
 * `cores` is how many cores copy at the same time (2 when both directions are summed).
 * NULL when there are no samples.
 */
json_t *nh_floor_json(const struct nh_floor *f, double time_ns, double bandwidth_Bps, int cores);

#endif
