/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COPYBW_H
#define NH_COPYBW_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/*
 * Copy bandwidth, counted as STREAM does: 16 bytes per element, eight read and eight
 * written, write-allocation not counted (McCalpin 1995). Two ways of copying are timed,
 * because their store instructions differ: a plain loop and memcpy.
 */
enum nh_copy_way { NH_COPY_LOOP, NH_COPY_MEMCPY, NH_COPY_WAYS };
enum { NH_COPY_PASSES_MAX = 32 };

struct nh_copy {
    double *from, *to;
    size_t count;             /* elements of each */
    int passes[NH_COPY_WAYS]; /* taken so far */
    int64_t ns[NH_COPY_WAYS][NH_COPY_PASSES_MAX];
};

/** Elements of each buffer, so that both together are four times a rank's share of the
 *  last-level cache (32 MiB at least) and 32 MiB at least, beyond any private cache. */
size_t nh_copy_count(size_t cache_bytes, int ranks_sharing);

/** Size of the last-level cache in bytes; 0 when the system does not say. */
size_t nh_last_level_cache(void);

/** Allocates and touches the buffers; the timings of earlier passes are kept. */
int nh_copy_open(struct nh_copy *c, size_t count, struct nh_error *err);
void nh_copy_close(struct nh_copy *c);

/** One timed pass of `way`. */
void nh_copy_pass(struct nh_copy *c, enum nh_copy_way way, int64_t (*now)(void *), void *clock);

/** Bytes per second from the median pass of `way`; 0 without passes. */
double nh_copy_bandwidth(const struct nh_copy *c, enum nh_copy_way way);

#endif
