/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SEGMENT_H
#define NH_SEGMENT_H

#include <stddef.h>

#include "common/error.h"

/* POSIX shared memory between two processes of one host. The pages are given by the kernel
 * when the segment is made, so that a full /dev/shm is an error and not a crash later. */
enum { NH_SEGMENT_NAME = 48 };

struct nh_segment {
    void *memory; /* page-aligned, zeroed by the one who made it */
    size_t bytes;
    char name[NH_SEGMENT_NAME]; /* "/nodehour-..."; "" once it is removed */
};

/** Makes a segment with a name of its own. NH_EFAIL says why and what to change. */
int nh_segment_make(struct nh_segment *s, size_t bytes, struct nh_error *err);
/** Maps one that another process has made. */
int nh_segment_join(struct nh_segment *s, const char *name, size_t bytes, struct nh_error *err);
/** Takes the name away as soon as both have it: nothing is left behind by a crash. */
void nh_segment_unname(struct nh_segment *s);
void nh_segment_close(struct nh_segment *s);

#endif
