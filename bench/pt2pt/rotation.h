/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_ROTATION_H
#define NH_ROTATION_H

#include <stddef.h>

/* How a region is cut into the places that messages take in turn. */
struct nh_rotation {
    size_t stride; /* bytes from place to place: whole pages */
    size_t slots;  /* at least 1 */
    size_t bytes;  /* of the region: slots x stride */
};

/**
 * For messages of `message` bytes that begin `offset` bytes behind a page. With region = 0 one
 * place is used again and again; else there are as many as fill `region` bytes, and at least
 * two. bytes = 0 when the region is beyond what size_t counts.
 */
struct nh_rotation nh_rotation_plan(size_t message, size_t offset, size_t region, size_t page);

/**
 * Bytes that each of `ranks` on a host must go round in so that the data of all of them cannot
 * stay in a last-level cache of `cache` bytes (0: not known, 32 MiB are assumed): twice the
 * cache together, and at least 8 MiB each, beyond any private cache.
 */
size_t nh_rotation_region(size_t cache, int ranks);

#endif
