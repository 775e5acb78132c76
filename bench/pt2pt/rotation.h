/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ROTATION_H
#define NH_ROTATION_H

#include <stddef.h>

/*
 * How messages go round a region that no cache holds. Places are whole cache lines, so that
 * small messages too use every line of it; from one message to the next the place moves on
 * by `step` places, over a page, which hardware prefetchers do not follow. `step` and `slots`
 * share no divisor, so every place is used before one is used again.
 */
struct nh_rotation {
    size_t stride; /* bytes from place to place */
    size_t slots;  /* at least 1 */
    size_t step;   /* at least 1 */
    size_t bytes;  /* slots x stride; 0 when beyond size_t */
};

/** For messages of `message` bytes: places that fill `region` bytes, `least` (>= 1) at least. */
struct nh_rotation nh_rotation_plan(size_t message, size_t region, size_t least);

/**
 * Bytes that each of `ranks` on a host must go round in so that the data of all of them cannot
 * stay in a last-level cache of `cache` bytes (0: not known, 32 MiB are assumed): twice the
 * cache together, and at least 8 MiB each, beyond any private cache.
 */
size_t nh_rotation_region(size_t cache, int ranks);

#endif
